"""Questions about the speech as a whole, answered from its headings and topic sentences, at any depth of nesting."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeVar

from qa_bot import phrases
from qa_bot.enumerations import SHORT, TOPIC, Span, enumerations, shortened, size_of, topic_spans
from qa_bot.places import Place, Run
from qa_bot.text import fold, grams
from qa_bot.types import CLOSING, NOTES, OPENING, Paragraph, Section, Speech
from qa_bot.understanding import Query

_T = TypeVar("_T")

LIMIT = 1150
"""Characters quoted at most for a section; a beginning or an ending is held to `SHORT`."""
GREETING, THANKS = 60, 20
"""Characters up to which a first or last paragraph may be a mere greeting; up to which an opening or closing is one."""
BARE = 8
"""Characters of a topic sentence that says little by itself (`一要领导上前。`)."""
COUNTED, FEW = 0.2, 4
"""Share of the question's bigrams that an enumeration must hold; three times that where it has few members."""
SHARED = 0.6
"""Share of the words common to the question and one topic sentence that its siblings must have too."""
NAMED = 0.6
"""Share of the asked words' grams that a heading must hold to be the one that is meant."""
_ANNEX = re.compile(r"附[件录表注]|名词解释")
_ANNOUNCES = re.compile(
    r"[一二三四五六七八九十两几\d]+(?:点|个方面|个部分|方面)(?:的)?(?:意见|要求|建议|看法|想法|体会|内容|问题|工作)"
)


def outline_spans(speech: Speech, query: Query) -> list[Span]:
    """What to quote for a question about the outline, in the order of the speech; nothing where it has no such part."""
    limit = SHORT if query.followup else LIMIT
    match query.kind:
        case "parts":
            return _cap(_announcement(speech) + outline_items(speech, query), limit)
        case "points":
            return _points(speech)
        case "beginning":
            return _cap(_sentences(_edge(speech, OPENING)), SHORT)
        case "ending":
            return sorted(_cap(_sentences(_edge(speech, CLOSING))[::-1], SHORT))
        case "paragraph":
            return _cap(place_spans(speech, query.place or Place()), limit)
        case "paragraphs":
            firsts = [p.sentences[0] for p in place_paragraphs(speech, query.place or Place()) if p.sentences]
            return [(s.start, s.end) for s in (firsts[0], firsts[-1])] if firsts else []
        case "section":
            part = _wanted(speech, query)
            if isinstance(part, Section):
                return _inside(speech, part, limit)
            if part:
                alike = siblings(speech, part.start, query.focus)
                return _cap(alike if len(alike) > 2 else _sentences([part]), limit)
            if query.stretch and not phrases.PARTS.search(fold(query.question)):
                return []
            return next((_cap(spans, limit) for spans in _about(speech, query, query.part, NAMED)), [])
    return []


def place_spans(speech: Speech, place: Place) -> list[Span]:
    """The sentences at a place, in order; none where the speech has no such place."""
    if place.step:
        return []
    sentences = _sentences(_run(place_paragraphs(speech, place), place.paragraphs))
    return _run(sentences, place.sentences)


def stretch_spans(speech: Speech, span: Span) -> list[Span]:
    """The sentences of the paragraph that a sentence stands in, from the first, or from that one, as far as they
    fit."""
    spans = _sentences([speech.paragraph_at(span[0])]) or [span]
    return spans if size_of(spans) <= LIMIT else _cap([other for other in spans if other >= span], LIMIT)


def place_paragraphs(speech: Speech, place: Place) -> list[Paragraph]:
    """The numbered paragraphs of the part or edge that a place lies in, or of the whole speech."""
    section = _pick(parts(speech), place.part)
    if place.edge:
        found = _edge(speech, place.edge)
    elif place.part:
        below = _descendants(speech, speech.sections.index(section)) if section else set()
        found = [p for p in speech.paragraphs if p.section in below]
    else:
        found = list(speech.paragraphs)
    return [p for p in found if p.number]


def outline_items(speech: Speech, query: Query) -> list[Span]:
    """The members of the outline that a question asked for: what `the second one` means after it."""
    if query.kind == "parts":
        return [(s.start, s.end) for s in parts(speech)] or topic_spans(speech, speech.paragraphs)
    part = _wanted(speech, query) if query.kind == "section" else None
    if not isinstance(part, Section):
        return []
    index = speech.sections.index(part)
    inner = [(s.start, s.end) for s in speech.sections if s.parent == index and s.address]
    return inner or topic_spans(speech, (p for p in speech.paragraphs if p.section == index))


def counted_spans(speech: Speech, query: Query) -> list[Span]:
    """The enumeration that has as many members as the question says, and its words."""
    least = COUNTED if query.count > FEW else 3 * COUNTED
    found = next((s for s in _about(speech, query, query.focus, least) if len(s) == query.count), [])
    return _cap(found, LIMIT)


def member_spans(speech: Speech, query: Query) -> list[Span]:
    """The one member that is asked for of the enumeration that the question's words name."""
    asked = query.item
    found = _about(speech, query, query.part, COUNTED)
    member = next((s[asked - (asked > 0)] for s in found if len(s) >= max(asked, 2)), None)
    part = next((s for s in speech.sections if member and s.start == member[0]), None)
    if part and query.kind in ("list", "manner"):
        within = [p for p in speech.paragraphs if p.section == speech.sections.index(part)]
        return _inside(speech, part, SHORT) if len(within) > 1 else _cap(_sentences(within), SHORT)
    return [member] if member else []


def _about(speech: Speech, query: Query, words: str, least: float) -> list[list[Span]]:
    """The members of each enumeration that holds at least this share of these words, best first, so that they fit.

    Its own heading and what leads up to it count beside all its words (of one word asked for, only these); so does
    having as many members as are asked for, and saying so (`四笔账`).
    """
    plain = phrases.OUTLINE_FILLER.sub(" ", phrases.COUNTED.sub(" ", fold(words)))
    wanted = {gram for gram in grams(plain) if len(gram) > 1}
    quoted = phrases.TERM.findall(fold(query.search))
    counts = [found[0] for found in phrases.COUNTED.finditer(fold(words))]
    held: list[tuple[float, int, list[Span]]] = []
    for members, own, around in enumerations(speech):
        text = f"{own} {around}" if len(wanted) > 1 else around
        share = len(wanted & set(grams(text))) / max(len(wanted), 1)
        told = share >= COUNTED and any(count in fold(own) for count in counts)
        if len(members) == query.count and (told or (query.item and query.count > FEW)):
            share = max(share, least)
        if share >= least and all(term in fold(f"{own} {around}") for term in quoted):
            close = len(wanted & set(grams(own))) / max(len(wanted), 1) + (len(members) == query.count)
            held.append((share + close, len(around), members))
    return [shortened(speech, members) for _, _, members in sorted(held, key=lambda e: (-e[0], e[1]))]


def siblings(speech: Speech, offset: int, focus: str) -> list[Span]:
    """The headings or topic sentences beside the one at an offset that say the same of other things as the question.

    `…取得决定性进展` stands in several neighbours: all of them are members of the list that is asked for.
    """
    series = next((spans for spans in _series(speech) if any(start == offset for start, _ in spans)), [])
    own = next((set(grams(speech.text[a:b])) for a, b in series if a == offset), set())
    shared = {gram for gram in own & set(grams(focus)) if len(gram) > 1}
    alike = [(a, b) for a, b in series if len(shared & set(grams(speech.text[a:b]))) >= SHARED * len(shared)]
    return alike if len(shared) > 1 else []


def _series(speech: Speech) -> Iterable[list[Span]]:
    """Headings of one level under one parent; topic sentences of one section."""
    for index in [None, *range(len(speech.sections))]:
        yield [(s.start, s.end) for s in speech.sections if s.parent == index and s.address]
        leads = [p.sentences[0] for p in speech.paragraphs if p.section == index and p.lead]
        yield [(s.start, s.end) for s in leads]


def parts(speech: Speech) -> list[Section]:
    """The outermost numbered parts; where one heading holds everything, what it holds."""
    level = [s for s in speech.sections if s.address and not _ANNEX.match(s.title)]
    for depth in sorted({s.level for s in level}):
        found = [s for s in level if s.level == depth]
        if len(found) > 1:
            return found
    return level


def _filled(speech: Speech, leads: Sequence[Span]) -> list[Span]:
    """The topic sentences, and what comes after those that are `BARE`, where all of it is short."""
    after = {p.sentences[0].start: p.sentences[1] for p in speech.paragraphs if len(p.sentences) > 1}
    further = [after[start] for start, end in leads if end - start <= BARE and start in after]
    filled = sorted({*leads, *((s.start, s.end) for s in further)})
    return filled if size_of(filled) <= SHORT else list(leads)


def _announcement(speech: Speech) -> list[Span]:
    """The sentence before the first part that says how many points follow (`我讲三点意见`)."""
    first = min((s.start for s in parts(speech)), default=len(speech.text))
    sentences = [s for p in speech.paragraphs if p.kind == "body" and p.end <= first for s in p.sentences]
    return [(s.start, s.end) for s in sentences if _ANNOUNCES.search(speech.text, s.start, s.end)][-1:]


def _points(speech: Speech) -> list[Span]:
    headings = [(s.start, s.end) for s in speech.sections if s.address]
    body = [p for p in speech.paragraphs if speech.sections[p.section].title not in (OPENING, CLOSING, NOTES)]
    leads = topic_spans(speech, body)
    outer = [(s.start, s.end) for s in parts(speech)]
    for spans in (headings + leads, headings, outer + leads, outer):
        if spans and size_of(spans) <= LIMIT:
            return sorted(set(spans))
    return _cap(outer or leads, LIMIT)


def _wanted(speech: Speech, query: Query) -> Section | Paragraph | None:
    """The part that is asked for, by its number or its name; then the part inside it."""
    outer, *inner = query.ordinals or (0,)
    found = _numbered(speech, outer) if outer else _named(speech, query)
    if found is None or not inner or isinstance(found, Paragraph):
        return found
    index = speech.sections.index(found)
    if within := [s for s in speech.sections if s.parent == index and s.address]:
        return _pick(within, inner[0])
    bodies = [p for p in speech.paragraphs if p.section == index]
    return _pick([p for p in bodies if p.lead] or bodies, inner[0])


def _numbered(speech: Speech, ordinal: int) -> Section | None:
    """The outermost part of this number; where there are fewer, the last one of the outermost inner ones."""
    outer = sorted(range(len(speech.sections)), key=lambda index: (speech.sections[index].level, -index))
    inner = ([s for s in speech.sections if s.parent == index and s.address] for index in outer)
    return next((found for level in (parts(speech), *inner) if (found := _pick(level, ordinal))), None)


def _named(speech: Speech, query: Query) -> Section | Paragraph | None:
    """The part, or the paragraph with a topic sentence, whose heading carries the words of the question, else the last
    of them.

    A part before a paragraph. Of several the last: what is to be done stands after what was; the first where the
    question looks back.
    """
    latest = -1 if phrases.BACK.search(fold(query.search)) else 1
    heads: list[tuple[Span, Section | Paragraph]] = [((s.start, s.end), s) for s in speech.sections if s.address]
    heads += [((p.sentences[0].start, p.sentences[0].end), p) for p in speech.paragraphs if p.lead]
    name = phrases.OUTLINE_FILLER.sub(" ", fold(query.part))
    name = name if name.strip() else query.part
    last = [word for word in name.split()[-1:] if len(word) > 2]
    for wanted in map(set, map(grams, [name, *last])):
        held = [
            (
                isinstance(part, Section),
                len(wanted & set(grams(speech.text[a:b]))) / max(len(wanted), 1),
                latest * a,
                part,
            )
            for (a, b), part in heads
        ]
        if named := [rank for rank in held if rank[1] >= NAMED]:
            return max(named, key=lambda rank: rank[:3])[3]
    return None


def _inside(speech: Speech, section: Section, limit: int) -> list[Span]:
    """A part's heading, then what stands under it: inner headings and topic sentences, as far as they fit."""
    index = speech.sections.index(section)
    inner = [(s.start, s.end) for s in speech.sections if s.parent == index and s.address]
    below = _descendants(speech, index)
    bodies = [p for p in speech.paragraphs if p.section in below and p.kind == "body"]
    leads = _filled(speech, topic_spans(speech, bodies)) if len(bodies) > 1 else _inner_topics(bodies)
    heading = [(section.start, section.end)] if section.end > section.start else []
    both = sorted(set(heading + inner + leads))
    return both if size_of(both) <= limit else _cap(heading + (inner or leads), limit)


def _inner_topics(paragraphs: Sequence[Paragraph]) -> list[Span]:
    """Of a part in one paragraph: the short sentences that say what the next ones are about, else all sentences."""
    spans = _sentences(paragraphs)
    short = [(a, b) for a, b in spans if b - a <= TOPIC]
    return short if len(short) > 2 else spans


def _edge(speech: Speech, title: str) -> list[Paragraph]:
    """The paragraphs of the opening or the closing; where the speech has none, or one that only greets, the first or
    last ones, up to one that says something."""
    bodies = [p for p in speech.paragraphs if p.kind == "body"]
    found = [p for p in bodies if speech.sections[p.section].title == title]
    if sum(p.end - p.start for p in found) > THANKS:
        return found
    inwards = bodies if title == OPENING else bodies[::-1]
    length = next((i for i, p in enumerate(inwards, 1) if p.end - p.start > GREETING), len(inwards))
    return sorted(inwards[:length], key=lambda p: p.start)


def _descendants(speech: Speech, index: int) -> set[int]:
    found = {index}
    for i, section in enumerate(speech.sections):
        if section.parent in found:
            found.add(i)
    return found


def _sentences(paragraphs: Iterable[Paragraph | None]) -> list[Span]:
    return [(s.start, s.end) for p in paragraphs if p for s in p.sentences]


def _cap(spans: Sequence[Span], limit: int) -> list[Span]:
    """As many spans from the front as fit; at least one."""
    kept: list[Span] = []
    for span in dict.fromkeys(spans):
        if kept and size_of([*kept, span]) > limit:
            break
        kept.append(span)
    return kept


def _pick(items: Sequence[_T], ordinal: int) -> _T | None:
    return next(iter(_run(items, (ordinal, ordinal))), None)


def _run(items: Sequence[_T], run: Run | None) -> list[_T]:
    """The items from the first to the last of a run; all without one; none where it reaches beyond them."""
    first, last = (n - 1 if n > 0 else len(items) + n if n else -1 for n in run or (1, -1))
    return list(items[first : last + 1]) if 0 <= first <= last < len(items) else []
