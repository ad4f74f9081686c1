// Shows quotations in the reader and, on a narrow screen, moves between the panes.
// It wraps text that is there already in <mark>, and makes no other element.

const root = document.documentElement
const calm = matchMedia("(prefers-reduced-motion: reduce)")
let shown = { turn: -1, marks: [] }
let chip = null
let top = 0
let bound = false

const reader = () => document.getElementById("reader")

// UTF-16 index of a code point offset in a string.
const index = (text, points) => Array.from(text).slice(0, points).join("").length

function clear() {
  for (const mark of reader().querySelectorAll("mark")) {
    const parent = mark.parentNode
    mark.replaceWith(...mark.childNodes)
    parent.normalize()
  }
}

// Marks the code points from…to of the speech; returns the first mark.
function mark([from, to], name) {
  const found = []
  for (const part of reader().querySelectorAll("[data-start]")) {
    let at = Number(part.dataset.start)
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
    while (at < to && walker.nextNode()) {
      const text = walker.currentNode.data
      const end = at + Array.from(text).length
      if (end > from) found.push([walker.currentNode, index(text, Math.max(from - at, 0)), index(text, Math.min(to, end) - at)])
      at = end
    }
  }
  const marks = found.filter(([, start, end]) => start < end).map(([node, start, end]) => {
    const range = document.createRange()
    range.setStart(node, start)
    range.setEnd(node, end)
    const element = document.createElement("mark")
    element.className = name
    range.surroundContents(element)
    return element
  })
  return marks[0]
}

function scroll(element) {
  const pane = reader()
  const offset = element.getBoundingClientRect().top - pane.getBoundingClientRect().top
  pane.scrollTo({ top: pane.scrollTop + offset - pane.clientHeight / 4, behavior: calm.matches ? "auto" : "smooth" })
}

function pane(name) {
  root.dataset.pane = name
  for (const button of document.querySelectorAll("button[data-to-pane]"))
    button.setAttribute("aria-pressed", String(button.dataset.toPane === name))
}

function point(link) {
  document.querySelectorAll(".qb-chip[aria-current]").forEach((other) => other.removeAttribute("aria-current"))
  link?.setAttribute("aria-current", "true")
  chip = link
}

// Marks the last answer's quotations, and over them the one that was pressed; returns the first mark of each.
function draw() {
  clear()
  const cited = shown.marks.map((span) => mark(span, "qb-cited"))
  const now = chip && mark([Number(chip.dataset.from), Number(chip.dataset.to)], "qb-now")
  return [cited[0], now]
}

function show(link) {
  point(link)
  const [, now] = draw()
  pane("text")
  if (!now) return
  now.closest("[tabindex]").focus({ preventScroll: true })
  scroll(now)
}

function click(event) {
  const link = event.target.closest("a.qb-chip")
  const button = event.target.closest("button[data-to-pane]")
  if (button) pane(button.dataset.toPane)
  if (!link || !reader()) return
  event.preventDefault()
  show(link)
}

function key(event) {
  if (event.key !== "Escape" || !event.target.closest?.("#reader") || !chip?.isConnected) return
  pane("talk")
  chip.focus()
}

function scrolled(event) {
  if (event.target.id === "reader") top = event.target.scrollTop
}

export default function ({ data }) {
  if (!bound) {
    bound = true
    document.addEventListener("click", click)
    document.addEventListener("keydown", key)
    document.addEventListener("scroll", scrolled, true)
  }
  root.lang = data.lang === "zh" ? "zh-CN" : "en"
  pane(root.dataset.pane ?? "talk")
  const talk = document.querySelector(".st-key-talk")
  talk?.setAttribute("aria-live", "polite")
  const fresh = data.turn !== shown.turn
  shown = data
  if (!reader()) return
  const last = [...document.querySelectorAll(".qb-turn")].at(-1)
  if (!chip?.isConnected || (fresh && !last.contains(chip))) point(null)
  const [cited] = draw()
  if (!fresh) reader().scrollTop = top // drawn anew in another language
  else if (!chip) {
    pane("talk")
    if (cited) scroll(cited)
  }
}
