// What the page's own buttons do: `data-do` is told to the server, the rest stays in the browser.

let tell = () => {}
let nonce = 0

function act(button) {
  const { do: what, ...more } = button.dataset
  tell("act", { ...more, do: what, turn: number(button), nonce: ++nonce })
}

const number = (element) => Number(element.closest(".qb-turn")?.dataset.turn ?? -1)

// A question, or how it was understood, is changed where it stands.
function edit(button) {
  const form = button.closest(".qb-turn").querySelector(`form[data-ask="${button.dataset.edit}"]`)
  form.hidden = !form.hidden
  button.setAttribute("aria-expanded", String(!form.hidden))
  if (form.hidden) return button.focus()
  const field = form.querySelector("textarea")
  field.value = field.defaultValue
  field.focus()
  field.setSelectionRange(field.value.length, field.value.length)
}

function unedit(form) {
  form.hidden = true
  const opener = form.closest(".qb-turn").querySelector(`[data-edit="${form.dataset.ask}"]`)
  opener.setAttribute("aria-expanded", "false")
  opener.focus()
}

function submit(form) {
  const text = form.querySelector("textarea").value.trim()
  if (!text) return
  form.hidden = true
  tell("act", { do: form.dataset.ask, turn: number(form), text, nonce: ++nonce })
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
