"""The lists of a speech: headings and topic sentences, numbered steps wherever they stand, what begins alike."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from qa_bot.numbers import to_number
from qa_bot.phrases import CN
from qa_bot.types import Paragraph, Speech

Span = tuple[int, int]

SHORT = 440
"""Characters that the members of a list, quoted together, have at most; else they are cut."""
ALIKE, TOPIC = 3, 24
"""Characters by which members of an enumeration begin alike; of a topic sentence inside a paragraph, at most."""
STEP = re.compile(
    r"(?:^|(?<=[,，;；。:：]))(?:[一二三四五六七八九十]+(?:是要?|要)|第[一二三四五六七八九十]++(?![天年月日季周届时方代])(?:[\u4e00-\u9fff]?[,，、])?|头一[\u4e00-\u9fff][,，]|首先[,，]?|其次[,，]?|再次[,，]?)"
)
"""How a member of an enumeration begins inside a paragraph."""
_WORDS = ("首先", "其次", "再次")
_NUMBERED = re.compile(
    rf"(?<![^\s,，;；。:：!！?？”」])(?:[第其头]([{CN}]++)(?![天年月日季周届时方代]|个[月季])(个?[^\W\d]|[,，、])"
    rf"|([{CN}]++)(是|要)|({'|'.join(_WORDS)}))"
)
"""A step: its number, and the manner in which it is numbered."""
_COMMAS = str.maketrans("，、", ",,")


def enumerations(speech: Speech) -> Iterator[tuple[list[Span], str, str]]:
    """Members; the heading and what leads up to them; the headings above and their own words."""
    for index, section in enumerate(speech.sections):
        own = [p for p in speech.paragraphs if p.section == index]
        members = [(s.start, s.end) for s in speech.sections if s.parent == index and s.address] or topic_spans(
            speech, own
        )
        if members:
            leading = [p.sentences[-1] for p in own if p.start < members[0][0] and p.sentences][-1:]
            spans = [(section.start, section.end), *((s.start, s.end) for s in leading)]
            yield members, _texts(speech, spans), " ".join([*speech.path(index), _texts(speech, members)])
    for members, before in _alike(speech):
        yield members, _texts(speech, [before]), _texts(speech, members)
    places = {paragraph.start: place for place, paragraph in enumerate(speech.paragraphs)}
    for members in numbered(speech):
        if paragraph := speech.paragraph_at(members[0][0]):
            spans = [(paragraph.start, members[0][0])]
            if members[0][0] == paragraph.start:
                above = speech.paragraphs[max(places[paragraph.start] - 1, 0)]
                beside = above.section == paragraph.section and above != paragraph and above.sentences
                led = above.sentences[-1] if beside else speech.sections[paragraph.section]
                spans = [(led.start, led.end)]
            yield members, _texts(speech, spans), " ".join([*speech.path(paragraph.section), _texts(speech, members)])


def numbered(speech: Speech) -> list[list[Span]]:
    """The members of every list whose steps are numbered in one manner (`第一件事…第二件事…`, `一是…二是…`) in one
    section, whatever stands between them: other lists do, and whole paragraphs."""
    runs: list[list[int]] = []
    last = defaultdict[tuple[str, int | None, int], list[list[int]]](list)  # by manner, section and number
    for found in _NUMBERED.finditer(speech.text):
        paragraph = speech.paragraph_at(found.start())
        if paragraph and paragraph.kind == "body":
            nth, of, n, by, word = found.groups()
            number = _WORDS.index(word) + 1 if word else int(to_number(nth or n) or 0)
            manner = (_WORDS[0] if word else of or by).translate(_COMMAS)
            before = last[manner, paragraph.section, number - 1]
            if number == 1:
                runs.append([])
            if number == 1 or before:
                run = runs[-1] if number == 1 else before.pop()
                run.append(found.start())
                last[manner, paragraph.section, number].append(run)
    return [list(_members(speech, starts)) for starts in runs if len(starts) > 1]


def _members(speech: Speech, starts: Sequence[int]) -> Iterator[Span]:
    """From each start to the next in its paragraph. One without another behind it there ends with its sentence; the
    last of several that stand there, where another has more than one sentence, with the paragraph."""
    long = False
    for before, start, after in zip([-1, *starts], starts, [*starts[1:], len(speech.text)], strict=False):
        home = speech.paragraph_at(start)
        if home:
            end = next(s.end for s in home.sentences if start < s.end)
            if after < home.end:
                long = long or bool(speech.text[end:after].strip())
                end = after
            elif long and before >= home.start:
                end = home.end
            yield start, start + len(speech.text[start:end].rstrip())


def _alike(speech: Speech) -> Iterator[tuple[list[Span], Span]]:
    """Three and more paragraphs in a row, or sentences of one, that begin alike (`要…`, `始终做到…`), and what leads up
    to them."""

    def begins(start: int) -> str:
        return "要" if speech.text[start] == "要" else speech.text[start : start + ALIKE]

    bodies = [p for p in speech.paragraphs if p.kind == "body" and p.sentences]
    for before, run in pairwise([[], *(list(run) for _, run in groupby(bodies, key=lambda p: begins(p.start)))]):
        if len(run) > 2:
            last = before[-1].sentences[-1] if before else run[0].sentences[0]
            yield topic_spans(speech, run), (last.start, last.end)
    for paragraph in bodies:
        first = Counter(begins(s.start) for s in paragraph.sentences).most_common(1)[0]
        members = [(s.start, s.end) for s in paragraph.sentences if begins(s.start) == first[0]]
        if len(members) > 2:
            yield members, (paragraph.start, members[0][0])


def topic_spans(speech: Speech, paragraphs: Iterable[Paragraph]) -> list[Span]:
    """The topic sentences, and short first ones beside them; where no paragraph has one, the first ones."""
    bodies = [p for p in paragraphs if p.kind == "body" and p.sentences]
    led = {p.section for p in bodies if p.lead}
    firsts = [(p, (p.sentences[0].start, p.sentences[0].end)) for p in bodies]
    chosen = [
        (start, end)
        for p, (start, end) in firsts
        if p.lead or (p.section in led and len(p.sentences) > 1 and end - start <= TOPIC)
    ]
    return chosen or [span for _, span in firsts]


def shortened(speech: Speech, members: list[Span]) -> list[Span]:
    """The members whole, else the first sentence of each, else the first clause: what fits."""
    for stop in ("$", "[。；;]", "[，,。；;]"):
        ends = [(a, re.search(stop, speech.text[a:b])) for a, b in members]
        shorter = [(a, a + found.end()) for a, found in ends if found]
        if len(shorter) == len(members) and size_of(shorter) <= SHORT:
            return shorter
    return members


def _texts(speech: Speech, spans: Iterable[Span]) -> str:
    return " ".join(speech.text[start:end] for start, end in spans)


def size_of(spans: Sequence[Span]) -> int:
    """Characters of different spans together."""
    return sum(end - start for start, end in set(spans))
