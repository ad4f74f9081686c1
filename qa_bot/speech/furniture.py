"""Page furniture: which lines around a speech go, and why. What is not surely furniture stays.

Only two zones are looked at: the head, before the salutation (or before the first line that is none of the page's),
and the foot, after the last line of the speech. A line inside the speech is never taken out.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def clean(lines: Sequence[Line], title: str | None = None) -> Page:
    """Take out the furniture and join what was broken, until nothing changes: so reading the outcome again, which
    knows nothing of blank lines, indents and the page's title, changes nothing either."""
    page = _once(lines, title)
    while True:
        bare = [replace(line, gap=False, indent=False, level=None) for line in page.lines]
        again = _once(bare, None)
        if [line.text for line in again.lines] == [line.text for line in bare]:
            return replace(page, stripped=tuple(sorted(page.stripped, key=lambda s: s.line)))
        level = {line.number: line.level for line in page.lines}
        page = Page(
            tuple(replace(line, level=level.get(line.number)) for line in again.lines),
            page.title or again.title,
            page.provenance,
            page.stripped + again.stripped,
        )


def _once(lines: Sequence[Line], title: str | None) -> Page:
    head = read_head(lines, title)
    reasons = dict(head.reasons)
    opening = "".join(chrome.squeeze(line.text) for i, line in enumerate(lines[: head.end + 12]) if i not in reasons)
    reasons.update(_foot(lines, head.end, head.title, opening))
    if len(reasons) == len(lines):
        return Page(tuple(join_broken(lines)), title, Provenance(), ())
    kept = [line for i, line in enumerate(lines) if i not in reasons]
    stripped = tuple(Stripped(lines[i].number, lines[i].text, reasons[i]) for i in sorted(reasons))
    return Page(tuple(join_broken(kept)), head.title, head.provenance, stripped)


def _foot(lines: Sequence[Line], first: int, title: str | None, opening: str) -> dict[int, str]:
    """Index → reason, for the lines after the speech: from the end upwards, as long as the lines are furniture, or
    short lines that may be the names of links and editors."""
    reasons: dict[int, str] = {}
    maybe: list[int] = []
    at = len(lines)
    while at > first:
        at -= 1
        reason = _foot_reason(lines[at].text, title, opening)
        if reason:
            reasons[at] = reason
            below = [i for i in maybe if i > at]
            if chrome.RELATED.match(lines[at].text):
                reasons.update(dict.fromkeys(below, "related links"))
                maybe.clear()
            elif chrome.EMPTY_LABEL.match(lines[at].text) and at + 1 in below:
                reasons[at + 1] = "credits"
                maybe.remove(at + 1)
        elif _short(lines[at].text):
            maybe.append(at)
        else:
            break
    alone = len(reasons) == 1 and chrome.is_slight(lines[next(iter(reasons))].text)
    return {} if alone else reasons


def _foot_reason(text: str, title: str | None, opening: str) -> str | None:
    same = chrome.squeeze(text)
    if title and same == chrome.squeeze(title):
        return "title repeated"
    if chrome.RELATED.match(text):
        return "related links"
    if chrome.is_buttons(text) or (chrome.is_slight(text) and not text.isascii()) or text in "|>":
        return "buttons"
    if len(text) <= 200 and chrome.CREDIT.match(text):
        return "credits"
    if len(text) <= 60 and chrome.POSTING.match(text) and not text.endswith("。"):
        return "credits"
    if len(text) <= 200 and chrome.EDITOR.search(text) and "小编" in text:
        return "editor's note"
    if len(same) >= 15 and len(opening) > len(same) and opening.startswith(same):
        return "teaser that repeats the opening"
    return None


def _short(text: str) -> bool:
    return len(text) <= 80 and text[-1] not in "。！？!?；;：:…"
