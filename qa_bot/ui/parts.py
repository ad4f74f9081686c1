"""Small pieces of HTML that questions and answers are made of. Every text is escaped here."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

Words = Mapping[str, str]


def badge(letter: str) -> str:
    """The letter beside a question or an answer."""
    return f'<span class="qb-badge" aria-hidden="true">{escape(letter)}</span>'


def edit_form(kind: str, text: str, words: Words) -> str:
    """A folded form in which a question is changed; `page.js` opens it and sends `kind` with the text."""
    return (
        f'<form class="qb-edit" data-ask="{kind}" hidden><textarea rows="2" maxlength="2000"'
        f' aria-label="{escape(words["edit_label"])}">{escape(text)}</textarea>'
        f'<div><button type="button" class="qb-strong" data-send>{escape(words["ask_again"])}</button>'
        f'<button type="button" data-unedit>{escape(words["cancel"])}</button></div></form>'
    )


def edit_button(kind: str, words: Words) -> str:
    """What opens the form of this kind."""
    return (
        f'<button type="button" class="qb-act" data-edit="{kind}" aria-expanded="false"'
        f' title="{escape(words[f"{kind}_why"])}">{escape(words[kind])}</button>'
    )


def act_button(kind: str, words: Words, more: str = "") -> str:
    """A button that tells the server `kind`; `words` holds its label and, under `<kind>_why`, perhaps its title."""
    title = f' title="{escape(words[f"{kind}_why"])}"' if f"{kind}_why" in words else ""
    return f'<button type="button" class="qb-act{more}" data-do="{kind}"{title}>{escape(words[kind])}</button>'
