"""Small pieces of HTML that questions and answers are made of. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

Words = Mapping[str, str]


def badge(letter: str) -> str:
    """The letter beside a question or an answer."""
    return f'<span class="qb-badge" aria-hidden="true">{escape(letter)}</span>'


def edit_form(kind: str, text: str, words: Words, send: str = "ask_again", label: str = "edit_label") -> str:
    """A folded form in which a text is changed; `page.js` opens it and tells the server `kind` with the text."""
    empty = " data-empty" * (not text)
    return (
        f'<form class="qb-edit" data-ask="{kind}"{empty} hidden><textarea rows="2" maxlength="2000"'
        f' aria-label="{escape(words[label])}">{escape(text)}</textarea>'
        f'<div><button type="button" class="qb-strong" data-send>{escape(words[send])}</button>'
        f'<button type="button" data-unedit>{escape(words["cancel"])}</button></div></form>'
    )


def edit_button(kind: str, words: Words) -> str:
    """What opens the form of this kind."""
    return (
        f'<button type="button" class="qb-act" data-edit="{kind}" aria-expanded="false"'
        f' title="{escape(words.get(f"{kind}_why", words[kind]))}">{escape(words[kind])}</button>'
    )


def act_button(kind: str, words: Words, more: str = "", **data: int | str) -> str:
    """A button that tells the server `kind`, and `data`; `words` holds its label and, under `<kind>_why`, its title."""
    title = f' title="{escape(words[f"{kind}_why"])}"' if f"{kind}_why" in words else ""
    told = "".join(f' data-{name}="{escape(str(value))}"' for name, value in data.items())
    return f'<button type="button" class="qb-act{more}" data-do="{kind}"{told}{title}>{escape(words[kind])}</button>'


def sure_button(kind: str, words: Words) -> str:
    """A button that has to be confirmed."""
    return (
        f'<details class="qb-sure"><summary class="qb-act">{escape(words[kind])}</summary>'
        f"{act_button(kind, {**words, kind: words['sure']}, ' qb-strong')}</details>"
    )
