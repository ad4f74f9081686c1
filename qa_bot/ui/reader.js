// The reader: marks the cited characters, finds text, jumps, and colours the strip of paragraphs.
// Citations are wrapped in <mark>; what is searched for is highlighted without touching the text.

const root = document.documentElement
const calm = matchMedia("(prefers-reduced-motion: reduce)")
let chip = null // the citation that was pressed last
let link = null // [from, to] that the page's address names
let top = 0

const $ = (selector) => document.querySelector(selector)
const all = (selector, within = document) => [...within.querySelectorAll(selector)]
const reader = () => document.getElementById("reader")
const span = (element) => [Number(element.dataset.from), Number(element.dataset.to)]

// UTF-16 index of a code point offset in a string.
const index = (text, points) => Array.from(text).slice(0, points).join("").length

function texts(part) {
  const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT)
  const nodes = []
  while (walker.nextNode()) nodes.push(walker.currentNode)
  return nodes
}

function clear() {
  for (const mark of all("mark", reader())) {
    const parent = mark.parentNode
    mark.replaceWith(...mark.childNodes)
    parent.normalize()
  }
}

// Marks the code points from…to of the speech; returns the first mark.
function mark([from, to], name) {
  const found = []
  for (const part of all("[data-start]", reader())) {
    let at = Number(part.dataset.start)
    if (at >= to) continue
    for (const node of texts(part)) {
      const end = at + Array.from(node.data).length
      if (end > from && at < to) found.push([node, index(node.data, Math.max(from - at, 0)), index(node.data, Math.min(to, end) - at)])
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

function scroll(target) {
  const pane = reader()
  const offset = target.getBoundingClientRect().top - pane.getBoundingClientRect().top
  pane.scrollTo({ top: pane.scrollTop + offset - pane.clientHeight / 4, behavior: calm.matches ? "auto" : "smooth" })
}

function pane(name) {
  root.dataset.pane = name
  for (const button of all("button[data-to-pane]")) button.setAttribute("aria-pressed", String(button.dataset.toPane === name))
}

function point(pressed) {
  all(".qb-chip[aria-current]").forEach((other) => other.removeAttribute("aria-current"))
  pressed?.setAttribute("aria-current", "true")
  chip = pressed
}

// Marks the last answer's quotations, and over them the one that was pressed; returns the first mark of each.
function draw() {
  clear()
  const last = all(".qb-turn").at(-1)
  const cited = last ? all(".qb-answer:not(.qb-refused) a.qb-chip[data-from]", last).map((a) => mark(span(a), "qb-cited")) : []
  const wanted = chip?.isConnected ? span(chip) : link
  const now = wanted && mark(wanted, "qb-now")
  colour()
  seek() // its ranges may have been taken apart
  return [cited[0], now]
}

function show(pressed) {
  point(pressed)
  const [, now] = draw()
  pane("text")
  if (!now) return
  now.closest("[tabindex]").focus({ preventScroll: true })
  scroll(now)
}

function jump(id) {
  const target = document.getElementById(id)
  if (!target || !reader().contains(target)) return
  $(".qb-outline").open = false
  pane("text")
  const holder = target.closest("[tabindex]")
  ;(holder === reader() ? target : holder)?.focus({ preventScroll: true })
  scroll(target)
}

// The strip and the outline: what this conversation has cited.
function colour() {
  const spans = all(".qb-answer a.qb-chip[data-from]").filter((a) => !a.closest(".qb-near")).map(span)
  const now = chip?.isConnected ? span(chip) : link
  const marks = all(".qb-strip [data-jump]")
  let count = 0
  for (const cell of marks) {
    const part = document.getElementById(cell.dataset.jump)?.querySelector("[data-start]")
    if (!part) continue
    const start = Number(part.dataset.start)
    const end = start + Array.from(part.textContent).length
    const within = ([a, b]) => a < end && start < b
    const cited = spans.some(within)
    cell.classList.toggle("qb-cited", cited)
    cell.classList.toggle("qb-now", Boolean(now && within(now)))
    count += cited
  }
  const covered = $(".qb-covered")
  if (!covered) return
  covered.hidden = !count
  covered.textContent = covered.dataset.said.replace("{n}", count).replace("{all}", marks.length)
}

// Search: every place where the words stand, without regard to case and full or half width.
let places = []
let place = -1
let sought = ""

const fold = (text) => Array.from(text, (c) => {
  const plain = c.normalize("NFKC").toLowerCase()
  return plain.length === c.length ? plain : c
}).join("")

function find(words) {
  const found = []
  for (const part of all("[data-start]", reader())) {
    const nodes = texts(part)
    const whole = fold(nodes.map((node) => node.data).join(""))
    for (let at = whole.indexOf(words); at >= 0; at = whole.indexOf(words, at + words.length)) found.push(range(nodes, at, at + words.length))
  }
  return found
}

function range(nodes, start, end) {
  const made = document.createRange()
  let at = 0
  for (const node of nodes) {
    if (start >= at && start < at + node.length) made.setStart(node, start - at)
    if (end > at && end <= at + node.length) made.setEnd(node, end - at)
    at += node.length
  }
  return made
}

function seek() {
  const words = fold($("#find")?.value ?? "").trim()
  if (words !== sought) place = -1
  sought = words
  places = words ? find(words) : []
  lit("qb-found", places)
  lit("qb-here", places[place] ? [places[place]] : [])
  for (const cell of all(".qb-strip [data-jump]")) {
    const part = document.getElementById(cell.dataset.jump)
    cell.classList.toggle("qb-hit", places.some((found) => part?.contains(found.startContainer)))
  }
  const count = $(".qb-count")
  if (count) count.textContent = !words ? "" : places.length ? `${place < 0 ? "" : `${place + 1}/`}${places.length}` : count.dataset.none
}

function lit(name, ranges) {
  if (CSS.highlights) CSS.highlights.set(name, new Highlight(...ranges))
}

function step(by) {
  if (!places.length) return
  place = place < 0 ? (by > 0 ? 0 : places.length - 1) : (place + by + places.length) % places.length
  seek()
  scroll(places[place])
  if (!CSS.highlights) getSelection().setBaseAndExtent(places[place].startContainer, places[place].startOffset, places[place].endContainer, places[place].endOffset)
}
