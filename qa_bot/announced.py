"""Lists that the speech announces by their number (`算了四笔账`, `有几条规矩`), asked for by the same words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from qa_bot import phrases
from qa_bot.enumerations import Span, enumerations, numbered, shortened
from qa_bot.numbers import to_number
from qa_bot.text import HAN, fold
from qa_bot.types import Speech

TAIL = 24
"""Characters from the announcement to the end of its sentence, at most, where what follows is not marked as a list."""
_MEASURE = "方面|[个大项条点件类场句样步笔种招块道关张]"
_FIRST = rf"(?<![第\d{phrases.CN}])"
"""No ordinal, and not the end of a longer number."""
_ASKED = re.compile(
    rf"{_FIRST}(几|{phrases.N})(?:大)?({_MEASURE})(?!百分)[“\"「]?([{HAN}]{{1,8}}?)"
    r"(?=[,，。?？”\"」』]|$|分别|各|是|有|都|具体|包括|指|哪|怎|如何|什么|啥|能|按|[呢吗呀啊])"
)
_SAYS = r"(?:有|讲|说|谈|提|做|抓|分|立|算)[了出成为]*"


def announced_spans(speech: Speech, question: str) -> list[Span]:
    """The members of the list; nothing where the speech announces none that the question means.

    Of several the one whose members say the same word, then the last, as what is to be done stands after what was done;
    the first where the question looks back.
    """
    asked = list(_ASKED.finditer(fold(question)))
    if found := next((members for a in asked for members in numbered(speech) if _are(speech, members, a)), None):
        return shortened(speech, found)
    announced = [(a[3], *found) for a in asked for found in _announcements(speech, a)]
    every = sorted((m for m, _, _ in enumerations(speech)), key=lambda m: m[0][0]) if announced else []
    lists: list[tuple[int, list[Span]]] = []
    for noun, place, count, says in announced:
        found = next((m for m in every if m[0][0] >= place and len(m) == count), [])
        if not found or not _follows(speech, place, found[0][0]):
            found = _after(speech, place, count) if says else []
        lists += [(sum(noun in speech.text[start:end] for start, end in found), found)] if found else []
    if not phrases.BACK.search(fold(question)):
        lists = lists[::-1]
    return shortened(speech, max(lists, key=lambda each: each[0])[1]) if lists else []


def _are(speech: Speech, members: list[Span], asked: re.Match[str]) -> bool:
    """Whether so many members call themselves what is asked for (`第一个难题`, `第一样，`)."""
    number, measure, noun = asked.groups()
    bare = "" if measure == "个" else "|[,，是]"
    label = re.compile(rf"[第头][{phrases.CN}]+{measure}(?:[{HAN}“]{{0,4}}?{re.escape(noun[-2:])}{bare})")
    count = len(members) if number == "几" else to_number(number)
    return count == len(members) and all(label.match(speech.text, start) for start, _ in members)


def _announcements(speech: Speech, asked: re.Match[str]) -> Iterator[tuple[int, int, bool]]:
    """Where the speech counts what the question does, how many (0: it says `几`), and whether by saying that they are
    or will be named."""
    number, measure, noun = asked.groups()
    if to_number(number) == 1 or (measure == "个" and len(noun) < 2):
        return
    pattern = rf"({_SAYS})?{_FIRST}(几|{phrases.N})(?:个|大)?{measure}[{HAN}]{{0,4}}?{re.escape(noun[-2:])}"
    for found in re.finditer(pattern, speech.text):
        if number == "几" or found[2] == "几" or to_number(number) == to_number(found[2]):
            yield found.end(), 0 if found[2] == "几" else to_number(found[2]), bool(found[1])


def _follows(speech: Speech, place: int, start: int) -> bool:
    """Whether a list that begins at `start` is the next thing behind a place: in its paragraph, right behind it, or
    under its heading."""
    here = speech.paragraph_at(place - 1)
    if here is None:
        return not any(place < p.end and p.start < start for p in speech.paragraphs)
    return start < here.end or not any(here.end <= p.start < start for p in speech.paragraphs)


def _after(speech: Speech, place: int, count: int) -> list[Span]:
    """What follows the sentence at a place: what semicolons part, or the rest of its paragraph, as many as are
    announced."""
    here = speech.paragraph_at(place)
    own = next((s for s in here.sentences if s.start <= place < s.end), None) if here else None
    if here is None or own is None or own.end - place > TAIL:
        return []
    rest = [(s.start, s.end) for s in here.sentences if s.start > place]
    last = next((i for i, (_, end) in enumerate(rest, 1) if speech.text[end - 1] not in ";；"), len(rest))
    parted = sum(1 + len(re.findall("[;；](?!$)", speech.text[start:end])) for start, end in rest[:last])
    if parted > 1 and parted == (count or parted):
        return rest[:last]
    return rest if len(rest) == count else []
