"""Speech → HTML of what stands over and beside the reader: its outline, the search field, the strip of paragraphs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from qa_bot.types import Paragraph, Speech

Words = Mapping[str, str]

TOPIC = 28
"""Characters of a topic sentence in the outline, at most."""


def toolbar_html(speech: Speech, words: Words) -> str:
    """The outline, folded, and a search field with its count; `page.js` makes them work."""
    say = {key: escape(words[key]) for key in ("outline", "find", "find_none", "previous", "next", "covered")}
    items = "".join(
        f'<li class="qb-level{level}"><a href="#{target}" data-jump="{target}" lang="zh-CN">{escape(title)}</a></li>'
        for level, target, title in entries(speech, words)
    )
    return (
        f'<div class="qb-tools"><details class="qb-outline"><summary>{say["outline"]}</summary>'
        f'<nav aria-label="{say["outline"]}"><p class="qb-covered" data-said="{say["covered"]}" hidden></p>'
        f"<ol>{items}</ol></nav></details>"
        f'<div class="qb-find" role="search"><input id="find" type="search" autocomplete="off" spellcheck="false"'
        f' maxlength="100" placeholder="{say["find"]}" aria-label="{say["find"]}">'
        f'<output class="qb-count" for="find" data-none="{say["find_none"]}"></output>'
        f'<button type="button" data-find="-1" title="{say["previous"]}" aria-label="{say["previous"]}">↑</button>'
        f'<button type="button" data-find="1" title="{say["next"]}" aria-label="{say["next"]}">↓</button></div></div>'
    )


def entries(speech: Speech, words: Words) -> Iterator[tuple[int, str, str]]:
    """(level, id in the reader, title) of every section and topic sentence, in the order of the speech.

    A speech with neither is listed by the first words of its paragraphs.
    """
    plain = not any(s.end > s.start for s in speech.sections) and not any(p.lead for p in speech.paragraphs)
    found = [
        ((s.start, 0), (s.level, f"h{i}", words.get(s.title, s.title)))
        for i, s in enumerate(speech.sections)
        if not (plain and s.start == s.end)
    ]
    found += [
        ((p.start, 1), (_level(speech, p), f"p{p.address}", _topic(speech, p)))
        for p in speech.paragraphs
        if p.lead or (plain and p.kind == "body")
    ]
    yield from (entry for _, entry in sorted(found))


def strip_html(speech: Speech, words: Words) -> str:
    """One mark a paragraph, as tall as the paragraph is long; `page.js` colours those that were cited or found."""
    marks = "".join(
        f'<a href="#p{escape(p.address)}" data-jump="p{escape(p.address)}" tabindex="-1"'
        f' style="flex-grow:{p.end - p.start}" title="{escape(words["paragraph"].format(n=p.number))}"></a>'
        for p in speech.paragraphs
        if p.number
    )
    return f'<div class="qb-strip" aria-hidden="true">{marks}</div>'


def _level(speech: Speech, paragraph: Paragraph) -> int:
    section = speech.sections[paragraph.section] if speech.sections else None
    return section.level + 1 if section else 1


def _topic(speech: Speech, paragraph: Paragraph) -> str:
    first = paragraph.sentences[0]
    text = " ".join(speech.text[first.start : first.end].split())
    return text if len(text) <= TOPIC else text[: TOPIC - 1] + "…"
