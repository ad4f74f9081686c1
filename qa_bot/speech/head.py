"""What stands before a speech: breadcrumb, buttons, posting line, captions, a teaser; `title.py` reads the rest."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from qa_bot.speech import chrome
from qa_bot.speech.lines import Line
from qa_bot.speech.patterns import is_vocative, marker
from qa_bot.speech.title import (
    Head,
    goes_with_title,
    is_name,
    is_title,
    name_title,
    reads_as_title,
    speaker_and_occasion,
)

_ZONE = 80
"""Lines at most before a salutation."""
_LABEL = re.compile(r"(?:核心提示|内容提要|内容摘要|内容简介|摘要|提要|导读|导语)\s?[：:]\s*")
_PAGE = ("buttons", "breadcrumb", "posting line")


def read_head(lines: Sequence[Line], title: str | None = None) -> Head:
    """Sort the lines before the salutation; where there is none, the first lines as long as each is sure."""
    salutation = _salutation(lines)
    end = salutation if salutation is not None else _end_without_salutation(lines, title)
    zone, bounded = lines[:end], salutation is not None
    head = _page_lines(lines, zone, Head(end=end, title=title), bounded)
    name_title(zone, head, bounded)
    speaker_and_occasion(zone, head, bounded)
    _navigation(zone, head)
    pages = [i for i, reason in head.reasons.items() if reason in _PAGE]
    if len(pages) == 1 and head.reasons[pages[0]] == "buttons" and not chrome.is_telling(lines[pages[0]].text):
        del head.reasons[pages[0]]
    return head


def _salutation(lines: Sequence[Line]) -> int | None:
    """Index of the line that addresses the audience, unless over three paragraphs or a numbered heading come first."""
    prose = 0
    for i, line in enumerate(lines[:_ZONE]):
        if is_vocative(line.text):
            return i if prose == 0 or line.text[-1] in "：:" else None
        first = marker(line.text)
        if first and first[0] in (2, 3):
            return None
        prose += chrome.is_prose(line.text) and not chrome.CAPTION.match(line.text)
        if prose > 3:
            return None
    return None


def _end_without_salutation(lines: Sequence[Line], title: str | None) -> int:
    """Where such a head ends: after a posting line that only short lines precede and prose follows; then at the first
    line that is neither the page's nor a title, nor the occasion, speaker or day under a title. 0 where none follows:
    then it is not known what all these lines are."""
    zone = lines[:_ZONE]
    probe = _page_lines(lines, zone, Head(title=title), bounded=False)
    start = _posted_at(zone, probe) + 1
    named, dated = start > 0, False
    for i, line in enumerate(zone[start:], start):
        if i in probe.reasons:
            continue
        if is_title(zone, i, title or probe.title):
            named = True
        elif not (named and (goes_with_title(line.text) or (dated and is_name(line.text)))):
            return i
        dated = goes_with_title(line.text)
    return 0


def _posted_at(zone: Sequence[Line], probe: Head) -> int:
    """Index of the posting line of a page whose first lines are not all known: -1 where there is none."""
    for i, line in enumerate(zone[:40]):
        reason = probe.reasons.get(i)
        if reason == "posting line" and chrome.POSTED.search(line.text):
            follows = any(len(after.text) > 20 and "。" in after.text for after in zone[i + 1 :])
            return i if follows else -1
        if reason is None and (chrome.is_prose(line.text) or marker(line.text) or line.text[-1] in "，,：:、"):
            return -1
    return -1


def _page_lines(lines: Sequence[Line], zone: Sequence[Line], head: Head, bounded: bool) -> Head:
    """The lines that are known by their form alone, and the paragraphs that repeat the opening."""
    trail = _breadcrumb(zone, head)
    held = any(chrome.PLACE.match(line.text) for line in zone)
    label = ""
    for i, line in enumerate(zone):
        text = line.text
        if i in head.reasons:
            continue
        if label and not chrome.is_prose(text) and len(text) <= 40 and not reads_as_title(text):
            head.posting(label + text)
            head.reasons[i], label = "posting line", ""
        elif chrome.is_buttons(text):
            head.reasons[i] = "buttons"
        elif held and chrome.is_held(text) and chrome.is_posting(text):
            occasion = " ".join(filter(None, (head.provenance.occasion, text)))
            head.provenance = replace(head.provenance, occasion=occasion)
            head.reasons[i] = "occasion"
        elif chrome.is_posting(text):
            head.posting(text)
            head.reasons[i] = "posting line"
            label = text if chrome.EMPTY_LABEL.match(text) else ""
        elif i and chrome.CAPTION.match(text):
            head.reasons[i] = "caption"
        elif i and chrome.is_byline(text):
            head.reasons[i] = "byline"
        elif chrome.is_editors_note(text):
            head.reasons[i] = "editor's note"
    head.trail(trail, zone)
    _teasers(lines, zone, head, bounded)
    return head


def _breadcrumb(zone: Sequence[Line], head: Head) -> list[str]:
    """The steps of a breadcrumb, on one line or one step a line, and the step that stands again as a line."""
    trail: list[str] = []
    expected = False
    for i, line in enumerate(zone):
        text, after = line.text, zone[i + 1].text if i + 1 < len(zone) else ""
        steps = chrome.crumbs(text)
        if steps is not None:
            trail += steps
            expected = not steps or text[-1] in ":：>"
        elif chrome.CRUMB_SIGN.fullmatch(text) and (trail or expected):
            expected = True
        elif len(text) <= 40 and not chrome.is_prose(text) and (expected or chrome.CRUMB_SIGN.fullmatch(after)):
            trail.append(text)
            expected = False
        elif text not in trail or is_title(zone, i, None):
            continue
        head.reasons[i] = "breadcrumb"
    return trail


def _teasers(lines: Sequence[Line], zone: Sequence[Line], head: Head, bounded: bool) -> None:
    """Paragraphs that repeat the beginning of the speech: what follows the common part is the note of an editor; or
    nothing, or an ellipsis, with a salutation, a title or furniture between the two."""
    for i, line in enumerate(zone):
        mine = chrome.squeeze(_LABEL.sub("", line.text))
        if head.reasons.get(i, "editor's note") != "editor's note" or len(mine) < 15 or not chrome.is_prose(line.text):
            continue
        for j in range(i + 1, min(i + 12, len(lines))):
            theirs = "".join(chrome.squeeze(after.text) for after in lines[j : j + 4])
            common = _common(mine, theirs)
            rest = _LABEL.sub("", line.text)
            rest = rest[_offset(rest, common) :]
            enough = common >= max(15, len(mine) // 2) and len(theirs) > len(mine)
            cut = not chrome.squeeze(rest) or "…" in rest[:3] or "..." in rest[:4]
            between = bounded or any(
                k in head.reasons or reads_as_title(zone[k].text) for k in range(i + 1, min(j, len(zone)))
            )
            if enough and ((cut and between) or "小编" in rest):
                head.reasons[i] = "teaser that repeats the opening"
                break


def _common(one: str, other: str) -> int:
    """Length of the common beginning."""
    return next((k for k, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _offset(text: str, letters: int) -> int:
    """Where the text goes on after so many letters."""
    seen = 0
    for at, char in enumerate(text):
        if seen == letters:
            return at
        seen += char.isalnum()
    return len(text)


def _navigation(zone: Sequence[Line], head: Head) -> None:
    """Short lines before the title go where the page shows by other furniture that it is one."""
    titled = min((i for i, reason in head.reasons.items() if reason == "title"), default=0)
    if any(reason in _PAGE for reason in head.reasons.values()):
        for i, line in enumerate(zone[:titled]):
            if i not in head.reasons and len(line.text) <= 20 and not chrome.is_prose(line.text):
                head.reasons[i] = "navigation before the title"
