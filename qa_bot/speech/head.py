"""What stands before a speech: breadcrumb, title, posting line, speaker, captions, a teaser."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa_bot.speech import chrome
from qa_bot.speech.lines import Line
from qa_bot.speech.patterns import is_vocative, marker
from qa_bot.types import Provenance

_ZONE = 80
"""Lines at most before a salutation."""
_PROSE = re.compile(r"[。；！？]")


@dataclass(slots=True)
class Head:
    """Index → reason of the lines taken out, where the head ends, and what it said."""

    end: int = 0
    title: str | None = None
    reasons: dict[int, str] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)


def read_head(lines: Sequence[Line], title: str | None = None) -> Head:
    """Sort the lines before the salutation; where there is none, the first lines as long as each is sure."""
    salutation = _salutation(lines)
    bounded = salutation is not None
    zone = lines[: salutation if bounded else _ZONE]
    head = Head(title=title)
    _page_lines(zone, head)
    _teasers(lines, zone, head)
    if bounded:
        head.end = len(zone)
    else:
        head.end = _sure(zone, head, title)
        zone = zone[: head.end]
        head.reasons = {i: r for i, r in head.reasons.items() if i < head.end}
    _name_title(zone, head, bounded)
    _speaker_and_occasion(zone, head, bounded)
    _navigation(zone, head)
    _only_slight(zone, head)
    return head


def _salutation(lines: Sequence[Line]) -> int | None:
    """Index of the line that addresses the audience, unless more than three paragraphs or a numbered heading come first."""
    prose = 0
    for i, line in enumerate(lines[:_ZONE]):
        if is_vocative(line.text):
            return i if prose == 0 or line.text[-1] in "：:" else None
        first = marker(line.text)
        if first and first[0] in (2, 3) and not chrome.POSTING.match(line.text):
            return None
        prose += bool(_is_prose(line.text) and not chrome.CAPTION.match(line.text))
        if prose > 3:
            return None
    return None


def _is_prose(text: str) -> bool:
    return bool(_PROSE.search(text)) or len(text) > 80


def _page_lines(zone: Sequence[Line], head: Head) -> None:
    """Buttons, breadcrumb and posting lines: the ones that are known by their form alone."""
    trail: list[str] = []
    label = ""
    in_trail = False
    for i, line in enumerate(zone):
        text, before = line.text, zone[i - 1].text if i else ""
        after = zone[i + 1].text if i + 1 < len(zone) else ""
        if label and not _is_prose(text) and len(text) <= 40 and not is_vocative(text):
            _posting(label + text, head)
            head.reasons[i], label = "posting line", ""
        elif (steps := chrome.crumbs(text)) is not None and not _is_prose(text) and len(text) <= 200:
            trail += steps
            in_trail = not steps or text[-1] in ":：>"
            head.reasons[i] = "breadcrumb"
        elif chrome.CRUMB_SIGN.fullmatch(text):
            in_trail = True
            head.reasons[i] = "breadcrumb"
        elif len(text) <= 40 and (in_trail or (chrome.CRUMB_SIGN.fullmatch(after) and not _is_prose(text))):
            trail.append(text)
            in_trail = False
            head.reasons[i] = "breadcrumb"
        elif text in trail and not chrome.TITLE_LIKE.match(text):
            head.reasons[i] = "breadcrumb"
        elif chrome.is_buttons(text) or chrome.is_slight(text):
            head.reasons[i] = "buttons"
        elif chrome.POSTING.match(text) and len(text) <= 160 and "。" not in text and not _spoken(text, head):
            _posting(text, head)
            head.reasons[i] = "posting line"
            label = text if chrome.EMPTY_LABEL.match(text) else ""
        elif chrome.CAPTION.match(text) and before:
            head.reasons[i] = "caption"
        elif len(text) <= 200 and "小编" in text and chrome.EDITOR.search(text):
            head.reasons[i] = "editor's note"
    _trail(trail, zone, head)


def _spoken(text: str, head: Head) -> bool:
    label = chrome.SPEAKER_LABEL.match(text)
    if label:
        head.provenance = replace(head.provenance, speaker=label[1])
    return False


def _posting(text: str, head: Head) -> None:
    known = head.provenance
    posted, source, category = chrome.POSTED.search(text), chrome.SOURCE.search(text), chrome.CATEGORY.search(text)
    head.provenance = replace(
        known,
        posted=known.posted or (posted[0] if posted else None),
        source=known.source or (source[1] if source else None),
        category=known.category or (category[1] if category else None),
    )


def _trail(trail: list[str], zone: Sequence[Line], head: Head) -> None:
    """Site and category of a breadcrumb; its last step may be the title."""
    texts = {chrome.squeeze(line.text) for i, line in enumerate(zone) if i not in head.reasons}
    steps = [step for step in trail if step not in ("首页", "返回首页", "正文", "文章正文")]
    if steps and chrome.squeeze(steps[-1]) in texts:
        head.title = head.title or steps.pop()
    site = steps[0].removesuffix("首页") if len(steps) > 1 and trail[0] != "首页" else None
    known = head.provenance
    category = known.category or (steps[-1] if steps else None)
    head.provenance = replace(known, site=known.site or site or None, category=category)


def _teasers(lines: Sequence[Line], zone: Sequence[Line], head: Head) -> None:
    """Paragraphs that repeat the beginning of the speech: what follows the common part is nothing, an ellipsis, or the
    note of an editor."""
    for i, line in enumerate(zone):
        mine = chrome.squeeze(line.text)
        if head.reasons.get(i, "") not in ("", "editor's note") or len(mine) < 15 or not _is_prose(line.text):
            continue
        for j in range(i + 1, min(i + 12, len(lines))):
            theirs = "".join(chrome.squeeze(after.text) for after in lines[j : j + 4])
            common = _common(mine, theirs)
            rest = line.text[_offset(line.text, common) :]
            enough = common >= max(15, len(mine) // 2) and len(theirs) > len(mine)
            if enough and (not chrome.squeeze(rest) or "…" in rest[:3] or "..." in rest[:4] or "小编" in rest):
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


def _sure(zone: Sequence[Line], head: Head, title: str | None) -> int:
    """Where a head without a salutation ends: at the first line that is neither the page's nor a title, nor the
    occasion, speaker or day under a title."""
    named = False
    for i, line in enumerate(zone):
        text = line.text
        if i in head.reasons:
            continue
        if _is_title(zone, i, title or head.title):
            named = True
        elif not (named and (chrome.OCCASION.match(text) or chrome.SPEAKER.match(text) or _is_day(text))):
            return i
    return len(zone)


def _is_title(zone: Sequence[Line], i: int, title: str | None) -> bool:
    text = zone[i].text
    if title and chrome.squeeze(text) == chrome.squeeze(title):
        return True
    if zone[i].level == 1 and i == 0:
        return True
    if marker(text) is None and chrome.TITLE_LIKE.match(text) and len(text) <= 60:
        return True
    return i == 0 and _stands_alone(zone)


def _stands_alone(zone: Sequence[Line]) -> bool:
    """Whether the first line is short, and between blank lines, before prose, and the only one of its kind."""
    if len(zone) < 3 or not zone[1].gap or marker(zone[0].text):
        return False
    short = [line.text for line in zone if len(line.text) <= 40 and line.text[-1] not in "。！？!?；;：:.…，,”\""]
    return short[:1] == [zone[0].text] and len(short) == 1 and len(zone[1].text) > 40


def _is_day(text: str) -> bool:
    return bool(re.fullmatch(rf"[（(]?{chrome.DAY}[）)]?", text))


def _name_title(zone: Sequence[Line], head: Head, bounded: bool) -> None:
    """Choose the title among the lines that are left, and take out its repetitions and further lines."""
    left = [i for i, line in enumerate(zone) if i not in head.reasons and len(line.text) <= 80 and not _is_prose(line.text)]
    left = [i for i in left if not _apart(zone[i].text)]
    texts = {i: chrome.squeeze(zone[i].text) for i in left}
    often = Counter(text for text in texts.values() if len(text) >= 6)
    given = chrome.squeeze(head.title or "")
    chosen = next((i for i in left if given and (texts[i] == given or (len(texts[i]) >= 6 and given.startswith(texts[i])))), None)
    if chosen is None:
        chosen = next((i for i in left if often[texts[i]] > 1), None)
    if chosen is None:
        chosen = next((i for i in left if chrome.TITLE_LIKE.match(zone[i].text)), None)
    if chosen is None and left and marker(zone[left[0]].text) is None:
        chosen = left[0]
    if chosen is None:
        return
    block = _block(zone, left, chosen, texts, bounded)
    for i in block:
        head.reasons[i] = "title"
    for i in left:
        if texts[i] and texts[i] == texts[chosen] and i not in block:
            head.reasons[i] = "title repeated"
    head.title = head.title or _joined([zone[i].text for i in block])


def _apart(text: str) -> bool:
    return bool(
        chrome.OCCASION.match(text) or chrome.SPEAKER.match(text) or chrome.OCCASION_SPEAKER.match(text) or _is_day(text)
        or chrome.SPEAKER_LABEL.match(text)
    )


def _block(zone: Sequence[Line], left: list[int], chosen: int, texts: dict[int, str], bounded: bool) -> list[int]:
    """The lines of the title: the chosen one, those right after it, and one before that plainly goes on into it."""
    block = [chosen]
    if chosen - 1 in left and (len(texts[chosen]) <= 6 or zone[chosen - 1].text[-1] in "的上于、在"):
        block.insert(0, chosen - 1)
    while bounded and block[-1] + 1 in left and texts[block[-1] + 1] != texts[chosen] and len(block) < 4:
        if chrome.NAME_ALONE.match(zone[block[-1] + 1].text) or _REPORTS.search(zone[block[-1] + 1].text):
            break
        block.append(block[-1] + 1)
    return block


_REPORTS = re.compile(r"[作做](?:了)?(?:题为)?.{0,20}(?:报告|讲话|致辞|发言|演讲)$")


def _joined(parts: list[str]) -> str:
    title = parts[0]
    for part in parts[1:]:
        tight = title[-1] in "的上于、在" or part[0] in "的（(" or part in ("讲话", "致辞", "发言", "报告", "演讲")
        title += part if tight else " " + part
    return title


def _speaker_and_occasion(zone: Sequence[Line], head: Head, bounded: bool) -> None:
    """Who spoke, when and where, from the lines around the title."""
    titled = min((i for i, reason in head.reasons.items() if reason == "title"), default=len(zone))
    open_ended: str | None = None
    for i, line in enumerate(zone):
        text = line.text
        if open_ended is not None and i not in head.reasons and len(text) <= 40 and text.endswith(("会议上", "大会上", "会上", "讲话", "报告")):
            head.provenance = replace(head.provenance, occasion=open_ended + text)
            head.reasons[i] = "occasion"
        open_ended = None
        if i in head.reasons or i < titled or _is_prose(text):
            continue
        both = chrome.OCCASION_SPEAKER.match(text)
        known = head.provenance
        if both:
            head.provenance = replace(known, occasion=known.occasion or both[1], speaker=known.speaker or both[2])
            head.reasons[i] = "occasion and speaker"
        elif _REPORTS.search(text) and known.speaker and chrome.squeeze(known.speaker)[-2:] in text:
            head.reasons[i] = "caption"
        elif chrome.OCCASION.match(text):
            bare = text.lstrip("—（( ").rstrip("）)")
            head.provenance = replace(known, occasion=known.occasion or bare)
            head.reasons[i] = "occasion"
            open_ended = None if text.endswith(("上", "）", ")", "日")) else bare
        elif label := chrome.SPEAKER_LABEL.match(text):
            head.provenance = replace(known, speaker=known.speaker or label[1])
            head.reasons[i] = "speaker"
        elif chrome.SPEAKER.match(text) or (bounded and known.speaker is None and chrome.NAME_ALONE.match(text)):
            head.provenance = replace(known, speaker=known.speaker or text)
            head.reasons[i] = "speaker"


def _navigation(zone: Sequence[Line], head: Head) -> None:
    """Short lines before the title go where the page shows by other furniture that it is one."""
    titled = min((i for i, reason in head.reasons.items() if reason.startswith("title")), default=0)
    if any(reason in ("buttons", "breadcrumb", "posting line") for reason in head.reasons.values()):
        for i, line in enumerate(zone[:titled]):
            if i not in head.reasons and len(line.text) <= 20 and not _is_prose(line.text):
                head.reasons[i] = "navigation before the title"


def _only_slight(zone: Sequence[Line], head: Head) -> None:
    """A single character between lines of text is no row of buttons."""
    pages = [i for i, reason in head.reasons.items() if reason in ("buttons", "breadcrumb", "posting line")]
    if len(pages) == 1 and chrome.is_slight(zone[pages[0]].text):
        del head.reasons[pages[0]]


