// What the page's own buttons do: `data-do` is told to the server, the rest stays in the browser.

let tell = () => {}
let nonce = 0

function act(button) {
  tell("act", { ...of(button), ...button.dataset, nonce: ++nonce })
}

// What a button or a form is about: a turn of the conversation, or something that is kept.
function of(element) {
  const { turn, id } = element.closest("[data-turn], [data-id]")?.dataset ?? {}
  return turn === undefined ? { id } : { turn: Number(turn) }
}

const form = (button) => button.closest("[data-turn], [data-id]").querySelector(`form[data-ask="${button.dataset.edit}"]`)
const opener = (form) => form.closest("[data-turn], [data-id]").querySelector(`[data-edit="${form.dataset.ask}"]`)

// A question, or how it was understood, is changed where it stands.
function edit(button) {
  const opened = form(button)
  if (!opened.hidden) return unedit(opened)
  opened.hidden = false
  button.setAttribute("aria-expanded", "true")
  const field = opened.querySelector("textarea")
  field.value = field.defaultValue
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
}

function unedit(opened) {
  opened.hidden = true
  opener(opened).setAttribute("aria-expanded", "false")
  opener(opened).focus()
}

function submit(filled) {
  const text = filled.querySelector("textarea").value.trim()
  if (!text && filled.dataset.empty === undefined) return
  filled.hidden = true
  tell("act", { ...of(filled), do: filled.dataset.ask, text, nonce: ++nonce })
}

async function copy(button) {
  const text = button.dataset.copy ?? location.origin + location.pathname + button.dataset.link
  try {
    await navigator.clipboard.writeText(text)
  } catch {
    const field = document.createElement("textarea") // no clipboard without https
    field.value = text
    field.style.cssText = "position:fixed;opacity:0"
    document.body.append(field)
    field.select()
    document.execCommand("copy")
    field.remove()
    button.focus()
  }
  const said = button.textContent
  if (button.dataset.was === undefined) button.dataset.was = said
  button.textContent = button.dataset.done
  setTimeout(() => (button.textContent = button.dataset.was), 2000)
}
