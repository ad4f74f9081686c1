// Binds the page's events once, and follows what Streamlit draws.

let bound = false
let seen = ""
let words = {}

function click(event) {
  const on = (selector) => event.target.closest?.(selector)
  const pressed = on("a.qb-chip")
  if (pressed && reader()) {
    event.preventDefault()
    show(pressed)
  } else if (on("[data-jump]")) {
    event.preventDefault()
    jump(on("[data-jump]").dataset.jump)
  } else if (on("button[data-to-pane]")) pane(on("button[data-to-pane]").dataset.toPane)
  else if (on("button[data-find]")) step(Number(on("button[data-find]").dataset.find))
  else if (on("button:is([data-copy], [data-link])")) copy(on("button:is([data-copy], [data-link])"))
  else if (on("button[data-edit]")) edit(on("button[data-edit]"))
  else if (on("button[data-unedit]")) unedit(on("form"))
  else if (on("button[data-send]")) submit(on("form"))
  else if (on("button[data-do]")) act(on("button[data-do]"))
  const outline = $(".qb-outline[open]")
  if (outline && !outline.contains(event.target)) outline.open = false
}

function key(event) {
  const within = (selector) => event.target.closest?.(selector)
  if (event.isComposing) return
  if (within("#find") && event.key === "Enter") {
    event.preventDefault()
    step(event.shiftKey ? -1 : 1)
  } else if (within("#find") && event.key === "Escape") {
    event.target.value = ""
    seek()
    reader().focus({ preventScroll: true })
  } else if (within(".qb-outline") && event.key === "Escape") {
    $(".qb-outline").open = false
    $(".qb-outline summary").focus()
  } else if (within("form[data-ask]") && event.key === "Enter" && !event.shiftKey && within("textarea")) {
    event.preventDefault()
    submit(within("form"))
  } else if (within("form[data-ask]") && event.key === "Escape") unedit(within("form"))
  else if (within("#reader") && event.key === "Escape" && chip?.isConnected) {
    pane("talk")
    chip.focus()
  } else if (within("#reader") && event.key === "/" && $("#find")) {
    event.preventDefault()
    $("#find").focus()
  }
}

function typed(event) {
  if (event.target.id !== "find" || event.isComposing) return
  seek()
  if (place < 0) step(1)
}

// Streamlit drew something: if the last answer or the reader is another one now, mark and scroll.
function follow() {
  const talk = $(".st-key-talk")
  if (talk && !talk.hasAttribute("aria-live")) talk.setAttribute("aria-live", "polite")
  pane(root.dataset.pane ?? "talk")
  measure()
  const app = $(".stApp")
  if (app) root.style.colorScheme = getComputedStyle(app).colorScheme
  $('[role="dialog"] button[aria-label="Close"]')?.setAttribute("aria-label", words.close)
  if (!reader()) return
  const turns = all(".qb-turn")
  const said = JSON.stringify([turns.length, all("a.qb-chip", turns.at(-1) ?? talk).map((a) => a.dataset.from)])
  const drawn = reader() !== follow.reader
  if (said === seen && !drawn) return
  const fresh = said !== seen
  seen = said
  follow.reader = reader()
  if (!chip?.isConnected || (fresh && !turns.at(-1)?.contains(chip))) point(null)
  const [cited, now] = draw()
  const speech = reader().parentElement.dataset.speech
  if (follow.speech && speech !== follow.speech) top = 0
  follow.speech = speech
  if (drawn) reader().scrollTop = top // drawn anew, as in another language
  if (!turns.length) $(".stMain").scrollTop = 0
  if (!fresh || chip) return
  if (turns.length && !link) pane("talk")
  if (now ?? cited) scroll(now ?? cited)
}

// The bar grows with its text; what lies beneath it begins where it ends.
function measure() {
  const bar = $(".st-key-bar")
  if (!bar || bar === measure.bar) return
  measure.bar = bar
  new ResizeObserver(() => $(".stApp").style.setProperty("--qb-bar", `${bar.offsetHeight}px`)).observe(bar)
}

// An id that nobody can guess, made here once: it is what this browser's conversations belong to.
function owner() {
  const kept = /(?:^|; )qa_bot_owner=([\w-]{22,64})(?:;|$)/.exec(document.cookie)?.[1]
  let id = kept
  try {
    id ??= localStorage.getItem("qa_bot_owner")
    if (!/^[\w-]{22,64}$/.test(id ?? "")) id = Array.from(crypto.getRandomValues(new Uint8Array(24)), (byte) => byte.toString(16).padStart(2, "0")).join("")
    localStorage.setItem("qa_bot_owner", id)
  } catch {} // no storage allowed: it lasts as long as the page
  document.cookie = `qa_bot_owner=${id}; path=/; max-age=34560000; SameSite=Strict`
  return id
}

export default function ({ data, setTriggerValue, setStateValue }) {
  tell = setTriggerValue
  words = data.words
  if (!data.owned) setStateValue("owner", owner())
  if (data.link && !link && !seen) link = data.link
  if (!bound) {
    bound = true
    document.addEventListener("click", click)
    document.addEventListener("keydown", key)
    document.addEventListener("input", typed)
    document.addEventListener("compositionend", typed)
    document.addEventListener("scroll", (event) => event.target.id === "reader" && (top = event.target.scrollTop), true)
    let waits = false
    new MutationObserver(() => {
      if (!waits) requestAnimationFrame(() => ((waits = false), follow()))
      waits = true
    }).observe(document.body, { childList: true, subtree: true })
  }
  root.lang = data.lang === "zh" ? "zh-CN" : "en"
  follow()
}
