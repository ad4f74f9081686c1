"""Page furniture: which lines around a speech go, and why. What is not surely furniture stays.

Only two zones are looked at: the head, before the salutation (or before the first line that is none of the page's),
and the foot, after the last line of the speech. A line inside the speech is never taken out.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from qa_bot.speech import chrome
from qa_bot.speech.head import read_head
from qa_bot.speech.lines import Line, join_broken
from qa_bot.types import Provenance, Stripped


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of the speech, what the page said about it, and what was taken out."""

    lines: tuple[Line, ...]
    title: str | None
    provenance: Provenance
    stripped: tuple[Stripped, ...]


def clean(lines: Sequence[Line], title: str | None = None, restored: Collection[int] = ()) -> Page:
    """Take out the furniture and join what was broken, until nothing changes: so reading the outcome again, which
    knows nothing of blank lines, indents and the page's title, changes nothing either. Lines whose number is in
    `restored` stay."""
    page = _once(lines, title, restored)
    while True:
        bare = [replace(line, gap=False, indent=False, level=None) for line in page.lines]
        again = _once(bare, None, restored)
        if [line.text for line in again.lines] == [line.text for line in bare]:
            return replace(page, stripped=tuple(sorted(page.stripped, key=lambda line: line.line)))
        levels = {line.text: line.level for line in page.lines if line.level is not None}
        page = Page(
            tuple(replace(line, level=levels.get(line.text)) for line in again.lines),
            page.title or again.title,
            page.provenance,
            page.stripped + again.stripped,
        )


def _once(lines: Sequence[Line], title: str | None, restored: Collection[int]) -> Page:
    head = read_head(lines, title)
    opening = "".join(chrome.squeeze(line.text) for line in lines[head.end : head.end + 8])
    reasons = head.reasons | _foot(lines, head.end, head.title, opening)
    reasons = {i: reason for i, reason in reasons.items() if lines[i].number not in restored}
    if len(reasons) == len(lines):
        return Page(tuple(join_broken(lines)), title, Provenance(), ())
    kept = [line for i, line in enumerate(lines) if i not in reasons]
    stripped = tuple(Stripped(lines[i].number, lines[i].text, reasons[i]) for i in sorted(reasons))
    return Page(tuple(join_broken(kept)), head.title, head.provenance, stripped)


def _foot(lines: Sequence[Line], first: int, title: str | None, opening: str) -> dict[int, str]:
    """Index → reason, for the lines after the speech.

    The zone is the longest end of the page that holds only furniture and short lines without the end of a sentence.
    Of the short lines those go that follow the heading of a list of links, or a label without its name; above
    another that stays, buttons stay too.
    """
    known: dict[int, str | None] = {}
    for i in range(len(lines) - 1, first - 1, -1):
        reason = _reason(lines[i].text) or _repetition(lines[i].text, title, opening)
        if reason is None and not chrome.is_link_like(lines[i].text):
            break
        known[i] = reason
    reasons = _decided(lines, known)
    stays = max((i for i, reason in reasons.items() if reason is None), default=first - 1)
    sure = ("credits", "related links")
    found = {i: reason for i, reason in reasons.items() if reason and (i > stays or reason in sure)}
    alone = len(found) == 1 and "buttons" in found.values()
    return found if not alone or chrome.is_telling(lines[min(found)].text) else {}


def _decided(lines: Sequence[Line], known: dict[int, str | None]) -> dict[int, str | None]:
    """The reasons of the lines in the foot, from above, where the line before decides what a short line is."""
    reasons: dict[int, str | None] = {}
    listed = named = False
    for i in sorted(known):
        reason = known[i] if known[i] not in _ONLY_BELOW or reasons.get(i - 1) else None
        if reason is None and listed:
            reason = "related links"
        elif reason is None and named and len(lines[i].text) <= 20:
            reason = "credits"
        reasons[i] = reason
        listed = listed or bool(chrome.RELATED.match(lines[i].text))
        named = bool(chrome.EMPTY_LABEL.match(lines[i].text))
    return reasons


_ONLY_BELOW = ("title repeated", "teaser that repeats the opening")
"""Reasons that hold only right below other furniture: a speech may end on its title, or as it began."""


def _reason(text: str) -> str | None:
    if chrome.RELATED.match(text):
        return "related links"
    if chrome.is_buttons(text):
        return "buttons"
    if chrome.is_credit(text):
        return "credits"
    if chrome.is_editors_note(text):
        return "editor's note"
    return None


def _repetition(text: str, title: str | None, opening: str) -> str | None:
    same = chrome.squeeze(text)
    if title and same and same == chrome.squeeze(title):
        return "title repeated"
    if len(same) >= 15 and len(opening) > len(same) and opening.startswith(same):
        return "teaser that repeats the opening"
    return None
