"""The title of a speech, its speaker and its occasion, from the lines that a page prints above it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from qa_bot.speech import chrome
from qa_bot.speech.lines import Line
from qa_bot.speech.patterns import SURNAMES, marker
from qa_bot.types import Provenance

_SPEAKER_LABEL = re.compile(
    r"(?:主讲人?|演讲[者人]|讲话人|发言人|致辞人|报告人|讲者|講者|演講者)\s?[：:]\s*(\S.{0,30})$"
)
_POSTS = (
    "总书记|总理|副总理|国务委员|主席|副主席|省长|副省长|市长|副市长|县长|区长|州长|盟长|旗长|镇长|乡长|书记|副书记"
    "|部长|主任|局长|厅长|司长|处长|校长|院长|所长|会长|理事长|董事长|行长|总裁|总经理|秘书长|委员长|检察长|总统"
    "|首相|大使|行政长官|教授|司令员|政委|馆长|社长|创始人|首席执行官"
)
_NAME = (
    r"(?:[\u4e00-\u9fff]?[*＊×]{2,4}|[\u4e00-\u9fff](?:\s*[\u4e00-\u9fff]){1,3}"
    r"|[\u4e00-\u9fff]{1,8}(?:[·•][\u4e00-\u9fff]{1,8}){1,3})"
)
_SPEAKER = re.compile(rf"[^，。：；、\s]{{0,24}}(?:{_POSTS})(?:、[^，。：；\s]{{2,20}}(?:{_POSTS}))?\s*{_NAME}$")
_NAME_ALONE = re.compile(r"[\u4e00-\u9fff]\s*[\u4e00-\u9fff](?:\s*[\u4e00-\u9fff])?$")
_CN = "〇○零一二三四五六七八九十"
_DAY = (
    rf"(?:(?:19|20)\d{{2}}|(?:中華|中华)?民[國国]\d{{1,3}}|二[{_CN}]{{3}})年[\d{_CN}]{{1,3}}月(?:[\d{_CN}]{{1,3}}日)?"
)
_ONLY_DAY = re.compile(rf"[（(]?{_DAY}[）)]?$")
_OCCASION = re.compile(
    rf"(?:——|--)\s?\S.{{1,60}}$|[（(]?{_DAY}[^。；！？]{{0,50}}(?:上|会|会议|论坛|仪式|典礼)[）)]?$|[（(]{_DAY}[^。；！？（）()]{{0,40}}[）)]$|{_ONLY_DAY.pattern}"
)
_BOTH = re.compile(rf"({_DAY}\s?(?:在|于)[^。；！？\s]{{2,50}}(?:上|会议|大会))\s+(\S.{{1,30}})$")
_AND_DAY = re.compile(
    rf"(\S.{{0,40}}\S)(?:\s*[（(]((?=[^（）()]*{_DAY})[^（）()]{{6,40}})[）)]|\s+({_DAY}[^。；！？]{{0,20}}))$"
)
"""A speaker, and the day after that, maybe with the place."""
_OPEN_END = re.compile(r"(?:会议|大会|会)上(?:的?(?:讲话|报告|致辞))?$")
_REPORTS = re.compile(r"[作做]了?(?:题为)?.{0,20}(?:报告|讲话|致辞|发言|演讲)$")
_GENRES = (
    "讲话|致辞|致词|演讲|发言|工作报告|的报告|主持词|贺词|献词|贺信|讲稿|讲话稿|发言稿|演讲稿|演讲词|开幕词|闭幕词|答谢词|欢迎词|悼词|寄语"
    "|谈话|讲演|講話|致辭|致詞|演講|演說|談話|發言|工作報告|開幕詞|閉幕詞|Speech|Address|Remarks"
)
_TITLE_LIKE = re.compile(
    rf"(?:[^。！？；：]{{2,12}}：)?[^。！？；：]{{2,60}}(?:{_GENRES})(?:稿|全文|摘要|实录)?(?:[（(][^（）()]{{1,16}}[）)])?$"
)


@dataclass(slots=True)
class Head:
    """Index → reason of the lines taken out, where the head ends, and what it said."""

    end: int = 0
    title: str | None = None
    reasons: dict[int, str] = field(default_factory=dict)
    provenance: Provenance = field(default_factory=Provenance)

    def posting(self, text: str) -> None:
        """Take posted date, source and category from a posting line; what is known already stays."""
        known = self.provenance
        posted, source, category = (p.search(text) for p in (chrome.POSTED, chrome.SOURCE, chrome.CATEGORY))
        self.provenance = replace(
            known,
            posted=known.posted or (posted[0] if posted else None),
            source=known.source or (source[1] if source else None),
            category=known.category or (category[1] if category else None),
        )

    def trail(self, trail: list[str], zone: Sequence[Line]) -> None:
        """Site and category of a breadcrumb; its last step may be the title."""
        texts = {chrome.squeeze(line.text) for i, line in enumerate(zone) if i not in self.reasons}
        steps = [step for step in trail if step not in ("首页", "返回首页", "正文", "文章正文", "详情")]
        if steps and chrome.squeeze(steps[-1]) in texts:
            self.title = self.title or steps[-1]
            steps.pop()
        site = steps[0].removesuffix("首页") if len(steps) > 1 and trail[0] != "首页" else None
        known = self.provenance
        self.provenance = replace(
            known, site=known.site or site or None, category=known.category or (steps[-1] if steps else None)
        )


def is_title(zone: Sequence[Line], i: int, title: str | None) -> bool:
    """Whether a line of a head without a salutation is surely a title: it is known to be, reads as one, is the one
    Markdown heading of its level, or stands alone before prose."""
    line = zone[i]
    if title and chrome.squeeze(line.text) == chrome.squeeze(title):
        return True
    if line.level == 1 and i == 0 and sum(other.level == 1 for other in zone) == 1:
        return True
    if reads_as_title(line.text) and not any(
        reads_as_title(other.text) and other.text != line.text for other in zone[i + 2 :]
    ):
        return True
    return i == 0 and _stands_above(zone)


def reads_as_title(text: str) -> bool:
    """Whether a line names a kind of speech: `在……会议上的讲话`, `新年贺词`."""
    return len(text) <= 60 and marker(text) is None and bool(_TITLE_LIKE.match(text))


def _stands_above(zone: Sequence[Line]) -> bool:
    """Whether the first line is short and without punctuation, above a blank line and then a heading that has prose
    below it, or prose where no other line is of its kind. (Without the blank line it may be the first heading.)"""
    if len(zone) < 2 or not zone[1].gap or not _is_bare(zone[0].text):
        return False
    if _is_bare(zone[1].text) or marker(zone[1].text):
        return len(zone) > 2 and len(zone[1].text) <= 40 and chrome.is_prose(zone[2].text)
    return chrome.is_prose(zone[1].text) and not any(_is_bare(line.text) for line in zone[1:])


def _is_bare(text: str) -> bool:
    return (
        len(text) <= 40
        and text[-1] not in '。！？!?；;：:.…，,、”"）)'
        and marker(text) is None
        and not chrome.is_prose(text)
    )


def goes_with_title(text: str) -> bool:
    """Whether a line can stand right under a title, and be nothing else: occasion, speaker, day."""
    known = any(pattern.match(text) for pattern in (_OCCASION, _BOTH, _SPEAKER_LABEL))
    return known or _names_speaker(text) or _speaker_and_day(text) is not None


def _names_speaker(text: str) -> bool:
    """Whether a line is a post and a name: `董事长致辞` is none."""
    return bool(_SPEAKER.match(text)) and not reads_as_title(text)


def _speaker_and_day(text: str) -> re.Match[str] | None:
    found = _AND_DAY.match(text)
    return found if found and _names_speaker(found[1]) else None


def is_name(text: str, sure: bool = False) -> bool:
    """Whether the line is a name of two or three characters; unless it is `sure` to be one, with a common surname."""
    return bool(_NAME_ALONE.match(text)) and "的" not in text and (sure or text[0] in SURNAMES)


def name_title(zone: Sequence[Line], head: Head, bounded: bool) -> None:
    """Choose the title among the lines that are left, and take out its repetitions and further lines."""
    left = [i for i, line in enumerate(zone) if i not in head.reasons and _may_be_title(line.text)]
    texts = {i: chrome.squeeze(zone[i].text) for i in left}
    chosen = _chosen(zone, head, left, texts)
    if chosen is None:
        return
    block = _block(zone, left, chosen, texts, bounded)
    for i in left:
        if i in block:
            head.reasons[i] = "title"
        elif texts[i] == texts[chosen]:
            head.reasons[i] = "title repeated"
    head.title = head.title or _joined([zone[i].text for i in block])


def _chosen(zone: Sequence[Line], head: Head, left: list[int], texts: dict[int, str]) -> int | None:
    """In this order: the line that is known to be the title, one that stands twice, one that reads as a title, the last
    before the posting line, and the first with no prose below it."""
    often = Counter(text for text in texts.values() if len(text) >= 6)
    given = chrome.squeeze(head.title or "")
    prose = max((i for i, line in enumerate(zone) if i not in head.reasons and chrome.is_prose(line.text)), default=-1)
    posted = next((i for i in sorted(head.reasons) if head.reasons[i] == "posting line"), -1)
    orders = (
        (i for i in left if given and (texts[i] == given or (len(texts[i]) >= 6 and given.startswith(texts[i])))),
        (i for i in left if often[texts[i]] > 1),
        (i for i in left if reads_as_title(zone[i].text)),
        (i for i in left[::-1] if i < posted and marker(zone[i].text) is None),
        (i for i in left if i > prose and marker(zone[i].text) is None),
    )
    return next((i for order in orders for i in order), None)


def _may_be_title(text: str) -> bool:
    bracketed = text[0] in "（([【" and text[-1] in "）)]】"
    other = chrome.is_prose(text) or goes_with_title(text) or bracketed
    return len(text) <= 80 and not other and text[-1] not in "，,、："


def _block(zone: Sequence[Line], left: list[int], chosen: int, texts: dict[int, str], bounded: bool) -> list[int]:
    """The lines of the title: the chosen one, those right before it that are no mere catchwords, and those after."""
    block = [chosen]
    while block[0] - 1 in left and len(texts[block[0] - 1]) > 8 and texts[block[0] - 1] != texts[chosen]:
        block.insert(0, block[0] - 1)
    while bounded and block[-1] + 1 in left and texts[block[-1] + 1] != texts[chosen] and len(block) < 4:
        further = zone[block[-1] + 1].text
        if is_name(further, sure=True) or _REPORTS.search(further):
            break
        block.append(block[-1] + 1)
    return block


def _joined(parts: list[str]) -> str:
    title = parts[0]
    for part in parts[1:]:
        tight = title[-1] in "的上于、在" or part[0] in "的（(" or part in ("讲话", "致辞", "发言", "报告", "演讲")
        title += part if tight else " " + part
    return title


def speaker_and_occasion(zone: Sequence[Line], head: Head, bounded: bool) -> None:
    """Who spoke, when and where, from the lines below the title."""
    titled = min((i for i, reason in head.reasons.items() if reason == "title"), default=len(zone))
    unfinished = False
    for i in range(titled, len(zone)):
        text, known = zone[i].text, head.provenance
        if i in head.reasons or chrome.is_prose(text):
            unfinished = False
        elif unfinished and len(text) <= 40 and _OPEN_END.search(text):
            head.provenance = replace(known, occasion=(known.occasion or "") + text)
            head.reasons[i] = "occasion"
            unfinished = False
        else:
            near = bounded and (i + 1 == len(zone) or head.reasons.get(i - 1) in ("title", "occasion"))
            unfinished = _sort(i, text, head, sure=near)


def _sort(i: int, text: str, head: Head, sure: bool) -> bool:
    """Sort one line, where a name is `sure` to stand or not; whether it is an occasion that goes on below."""
    known = head.provenance
    both, label, dated = _BOTH.match(text), _SPEAKER_LABEL.match(text), _speaker_and_day(text)
    if both:
        head.provenance = replace(known, occasion=known.occasion or both[1], speaker=known.speaker or both[2])
        head.reasons[i] = "occasion and speaker"
    elif dated:
        occasion = " ".join(filter(None, (known.occasion, dated[2] or dated[3])))
        head.provenance = replace(known, occasion=occasion, speaker=known.speaker or dated[1])
        head.reasons[i] = "occasion and speaker"
    elif _REPORTS.search(text) and known.speaker and chrome.squeeze(known.speaker)[-2:] in text:
        head.reasons[i] = "caption"
    elif _OCCASION.match(text):
        bare = re.sub(r"^(?:[—\-（(]|\s)+|[）)]$", "", text)
        head.provenance = replace(known, occasion=known.occasion or bare)
        head.reasons[i] = "occasion"
        return not (_OPEN_END.search(text) or _ONLY_DAY.match(text) or text[-1] in "）)")
    elif label or _names_speaker(text) or (known.speaker is None and is_name(text, sure)):
        head.provenance = replace(known, speaker=known.speaker or (label[1] if label else text))
        head.reasons[i] = "speaker"
    return False
