"""What is asked: its kind, its content words, its language; and a follow-up made to stand alone.

Rules over the question's words alone; nothing here knows a speech. The turns of phrase are in `phrases.py`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from qa_bot import phrases
from qa_bot.numbers import to_number
from qa_bot.phrases import Kind
from qa_bot.places import Place, after, part_of, place_of, without_place
from qa_bot.text import fold, is_han, runs

OUTLINE_KINDS = frozenset({"parts", "section", "paragraph", "paragraphs", "points", "beginning", "ending"})
FACT_KINDS = frozenset({"person", "number", "time", "place"})
"""Kinds whose answer is one thing, which must stand where the question's words stand."""
APART = frozenset({"smalltalk", "task", "empty", "provenance"})
"""Kinds of question that lean on nothing and that nothing leans on."""
PREAMBLE = 5
"""Characters that a preamble, and the question after it, must at least have."""
BRIEF = 6
"""Characters of content up to which a question may lean on an earlier one, though it does not point back."""
MOST, MOST_THINGS, SLIGHT = 4, 7, 4
"""Questions in one that are answered one by one, at most; things of which the same is asked; characters of content
that all but the first must have more than, or they may lean on it."""
_SENTENCES = re.compile("[^?？;；。!！]+[?？;；。!！]*")
_CLAUSES = re.compile("[,，。;；?？!！]")
_SHARED = re.compile(f"^(?:{phrases.YEAR.pattern})|(?<=、)([^、和与]+)的[^的、和与]*$")
"""What the first or the last of several things says of all: `今年粮食、棉花的产量`."""
_EDGES = re.compile("^[的是有了在和与]+|(?:的那|[的是有了])+$")


@dataclass(frozen=True, slots=True)
class Query:
    """A question understood. `focus` is its content without frame and question words; what is searched for."""

    question: str
    search: str
    kind: Kind
    focus: str
    english: bool = False
    unit: str = ""
    """For `number`: what is counted or measured."""
    ordinals: tuple[int, ...] = ()
    """For `section`: 1 the first, -1 the last, 0 the one that `part` names; an inner one follows."""
    place: Place | None = None
    """For `paragraph` (sentences too), and for `paragraphs`, how many there are."""
    count: int = 0
    """How many members the list has that is asked for; 0 where the question does not say."""
    part: str = ""
    """For `section`, and where a member of an enumeration is asked for: the words that name it; for `beginning` and
    `ending`, what else is named."""
    stretch: bool = False
    """For `section`: whether it is called a paragraph or the like (`讲人才的那一段`)."""
    item: int = 0
    """Which member of an enumeration is asked for, from 1; -1 the last; 0 where none is."""
    fields: tuple[str, ...] = ()
    """For `provenance`: what is asked of the page's own data."""
    followup: bool = False
    own: str = ""
    """For a follow-up: the focus of its own words, without what was filled in."""
    near: tuple[str, ...] = ()
    """Addresses of paragraphs that the conversation has been about: what a follow-up probably means."""


def understand(question: str) -> Query:
    """The question by itself."""
    whole = fold(question).strip().replace("部份", "部分")
    folded = _without_preamble(_joined(whole))
    search = question if folded == whole else folded
    words = runs(folded)
    english = not any(is_han(word) for word in words) and any(word[0].isalpha() for word in words)
    counted = phrases.COUNTED.search(folded)
    count = to_number(counted[1]) if counted else 0
    query = Query(question, search, "thing", _focus(folded, english), english, count=count)
    if not words:
        return replace(query, kind="empty")
    if phrases.SMALLTALK.search(folded):
        return replace(query, kind="smalltalk")
    if phrases.TASK.search(folded):
        return replace(query, kind="task")
    if fields := tuple(field for field, pattern in phrases.PROVENANCE if pattern.search(folded)):
        return replace(query, kind="provenance", fields=fields)
    member = _member(query, folded)
    return (None if member.item else _outline(query, folded)) or plain(member)


def _member(query: Query, folded: str) -> Query:
    """With the member of an enumeration that is asked for, and the words that name the enumeration."""
    numbered = part_of(folded) or place_of(folded) or phrases.NAMED_PARAGRAPH.search(folded)
    found = None if numbered else phrases.MEMBER.search(folded)
    part = _focus(found[1], query.english) if found and not phrases.ANAPHOR.search(found[1]) else ""
    item = to_number(next(g for g in found.groups()[1:] if g)) if found else 0
    return replace(query, item=item, part=part) if len(part) > 1 else query


def _joined(folded: str) -> str:
    """Without the spaces inside words; those between bare keywords stay."""
    bare = not phrases.ASKING.search(folded) and all(len(word) > 1 for word in runs(folded))
    return folded if bare else phrases.INNER_SPACE.sub("", folded)


def _without_preamble(folded: str) -> str:
    """What follows `请问`, `想知道` or the like in a long question: what goes before is who asks, and why."""
    for match in reversed(list(phrases.PREAMBLE.finditer(folded))):
        rest = folded[match.end() :]
        if match.start() > PREAMBLE and phrases.ASKING.search(rest) and len("".join(runs(rest))) > PREAMBLE:
            return rest
    return folded


def plain(query: Query) -> Query:
    """The question as one about the content, not about the outline."""
    folded = fold(query.search)
    unit = phrases.UNIT.search(folded)
    return replace(query, kind=_kind(folded), unit=next((g for g in unit.groups() if g), "") if unit else "")


def wants_day(query: Query) -> bool:
    """Whether a month or a day is asked for, so that a mere year is no answer."""
    return bool(phrases.FINE_TIME.search(fold(query.search)))


def is_followup(query: Query) -> bool:
    """Whether the question leans on an earlier one: it points back, or says too little to stand alone."""
    if query.kind in APART:
        return False
    folded = fold(query.question).strip()
    if query.place:
        return bool(query.place.step or phrases.ANAPHOR.search(folded))
    if query.kind in OUTLINE_KINDS and not folded.startswith(("那", "and ", "what about")):
        return bool(_bare_point(query, folded)) and not phrases.ITSELF.search(folded)
    short = _size(query) < 3 or bool(phrases.ABOUT.match(folded) and _size(query) < 9)
    return bool(phrases.ANAPHOR.search(folded)) or (short and not phrases.ITSELF.search(folded))


def is_brief(query: Query) -> bool:
    """Whether the question says so little that it may lean on an earlier one, though nothing in it shows it."""
    return _size(query) <= BRIEF and query.kind not in OUTLINE_KINDS


def own_words(query: Query) -> str:
    """What is read beside a sentence: of a follow-up its own words alone. Those of the earlier question, by which it is
    found, lead back to what answered that."""
    return phrases.LINK.sub("", query.question) if query.followup else query.search


def things(question: str) -> tuple[str, ...]:
    """The things of each of which the same is asked (`粮食、棉花各多少`), two to `MOST_THINGS`; else none."""
    folded = fold(question)
    found = phrases.THINGS.search(folded) if phrases.APIECE.search(folded) and len(_asked(folded)) < 2 else None
    names = phrases.AND.split(_SHARED.sub(r"\1", found[1])) if found else []
    named = tuple(name for name in names if name and not phrases.POINT.search(name))
    return named if 1 < len(named) <= MOST_THINGS else ()


def several(question: str) -> tuple[str, ...]:
    """The questions in one: two to `MOST` that each stand alone, or the same of several `things`."""
    if named := things(question):
        before, run, after = phrases.THINGS.split(fold(question), maxsplit=1)
        before, after = before + run.partition(named[0])[0], run.rpartition(named[-1])[2] + after
        return tuple(f"{before}{name}{phrases.APIECE.sub('', after).strip()}" for name in named)
    asked = _asked(question)
    queries = [understand(piece) for piece in asked]
    full = all(len("".join(runs(query.focus))) > SLIGHT for query in queries[1:])
    alone = full and not any(query.kind in APART or is_followup(query) for query in queries)
    return tuple(asked) if alone and 1 < len(asked) <= MOST else ()


def _asked(question: str) -> list[str]:
    """Its sentences that ask something."""
    pieces = [piece.strip() for piece in _SENTENCES.findall(question)]
    return [piece for piece in pieces if phrases.POINT.search(fold(piece)) or piece[-1:] in ("?", "？")]


def make_standalone(
    query: Query, earlier: Query, near: tuple[str, ...], items: tuple[str, ...], *, leaning: bool = False
) -> Query:
    """A follow-up with what it leaves out filled in from the earlier question and its answer; another as it is.

    Args:
        earlier: the earlier question, itself standing alone.
        near: addresses of the paragraphs that answered it.
        items: the members of the list that answered it, in order, for `那第二个呢`.
        leaning: whether it is to be taken for a follow-up, whatever it looks like.
    """
    if not (leaning or is_followup(query)):
        return query
    folded = fold(query.question).strip()
    if query.place:
        part = earlier.ordinals[0] if earlier.kind == "section" else 0
        paragraphs = [int(address) for address in near if address.isdecimal()]
        return replace(query, place=after(query.place, part, paragraphs))
    item = phrases.ITEM.search(folded)
    rest = phrases.LINK.sub("", phrases.ITEM.sub(" ", folded))
    if item and earlier.item:
        search = f"{earlier.part} {phrases.LINK.sub('', query.search)}"
        return replace(earlier, question=query.question, search=search, item=_ordinal(item), followup=True, near=near)
    if item and items and (n := _ordinal(item)) and n <= len(items):
        return _about_item(query, items[n - 1 if n > 0 else -1], rest, near, earlier)
    about = phrases.ABOUT.match(folded)
    if about and _size(query) and earlier.kind not in OUTLINE_KINDS:
        topic = next(g for g in about.groups() if g)
        search = _other_topic(earlier, topic)
        focus = _focus(fold(search), True) if query.english else f"{_focus(topic, False)} {earlier.focus}"
        own = _focus(topic, query.english)
        unit = "" if phrases.PASSING.sub("", topic) else earlier.unit
        return replace(
            earlier, question=query.question, search=search, focus=focus, unit=unit, followup=True, near=near, own=own
        )
    before, content = earlier.search.rstrip("?？。"), earlier.focus
    if phrases.YEAR.search(folded):
        before = phrases.YEAR.sub("", fold(before))
        content = _focus(before, earlier.english)
    search = f"{before.strip()} {phrases.LINK.sub('', query.search)}"
    focus = f"{_focus(phrases.LINK.sub('', folded), query.english)} {content}".strip()
    kind, unit = (
        (earlier.kind, earlier.unit) if query.kind == "thing" and not _size(query) else (query.kind, query.unit)
    )
    own = query.focus if _size(query) > 3 else ""
    return replace(query, search=search, focus=focus, kind=kind, unit=unit, followup=True, near=near, own=own)


def _about_item(query: Query, item: str, rest: str, near: tuple[str, ...], earlier: Query) -> Query:
    """The question about one member of an earlier list; about nothing more of it where the list was an outline."""
    asked = _focus(phrases.OUTLINE_FILLER.sub(" ", rest), query.english)
    search, focus = f"{item} {asked}".strip(), f"{fold(item)} {asked}".strip()
    follow = replace(plain(query), search=search, focus=focus, ordinals=(), followup=True, near=near)
    if earlier.kind in OUTLINE_KINDS and len(asked) < 2:
        return replace(follow, kind="section", ordinals=(0,), part=fold(item), near=())
    return replace(follow, near=() if earlier.kind in OUTLINE_KINDS else near)


def _size(query: Query) -> int:
    """Characters of content that a question has of its own."""
    if query.english:
        return 2 * len(phrases.YEAR.sub(" ", query.focus).split())
    return len(phrases.PASSING.sub("", "".join(runs(query.focus)).lstrip("那")))


def _kind(folded: str) -> Kind:
    return next((kind for kind, pattern in phrases.KINDS if pattern.search(folded)), "thing")


def _focus(folded: str, english: bool) -> str:
    if english:
        return " ".join(word for word in runs(folded) if word not in phrases.STOP_EN)
    text = phrases.ASKING.sub(" ", phrases.FRAME.sub(" ", folded))
    kept = [_EDGES.sub("", run) if is_han(run) else run for run in runs(text)]
    return " ".join(run for run in kept if run)


def _outline(query: Query, folded: str) -> Query | None:
    number, place = part_of(folded), place_of(folded)
    inner, named = phrases.SUBSECTION.search(folded), phrases.NAMED_PARAGRAPH.search(folded)
    bare = bool(place) and not "".join(runs(_rest(without_place(folded), query)))
    if place and (bare or place.step or (place.paragraphs and phrases.SURELY.search(folded))) and not place.counted:
        return replace(query, kind="paragraph", place=place)
    if place and place.counted and bare and not phrases.PARTS.search(phrases.SECTION.sub(" ", folded)):
        return replace(query, kind="paragraphs", place=place)
    number = number or _bare_point(query, folded)
    if number:
        return replace(query, kind="section", ordinals=(number, to_number(inner[1])) if inner else (number,))
    if named and (
        part := _without(phrases.SUBSECTION.sub(" ", folded[: named.start()]), phrases.NAMED_PARAGRAPH, query)
    ):
        ordinals = (0, to_number(inner[1])) if inner else (0,)
        return replace(query, kind="section", ordinals=ordinals, part=part, stretch=True)
    kinds: tuple[tuple[Kind, re.Pattern[str]], ...] = (
        ("parts", phrases.PARTS),
        ("beginning", phrases.BEGINNING),
        ("ending", phrases.ENDING),
        ("points", phrases.POINTS),
    )
    for kind, pattern in kinds:
        if pattern.search(folded):
            rest = _beside(folded, pattern, query)
            edge = kind in ("beginning", "ending") and phrases.EDGE.search(folded)
            whole = kind == "parts" and _of_the_whole(folded, query)
            if not rest or edge or whole or (len("".join(runs(rest))) < 2 and not query.english):
                return replace(query, kind=kind, part=_beside(folded, phrases.EDGE, query) if edge else "")
            if kind in ("parts", "points") and _kind(folded) not in {*FACT_KINDS - {"number"}, "reason"}:
                return replace(query, kind="section", ordinals=(0,), part=rest)
    return None


def _bare_point(query: Query, folded: str) -> int:
    """Which point (of the speech, where it says so: which member) is asked for and nothing else; 0 where none is."""
    found = (phrases.ITEM if phrases.ITSELF.search(folded) else phrases.BARE_POINT).search(folded)
    return 0 if found is None or _rest(phrases.ITEM.sub(" ", folded), query) else _ordinal(found)


def _of_the_whole(folded: str, query: Query) -> bool:
    """Whether a clause asks for the parts of the speech by its name and nothing else: `辽宁的报告分几个部分`."""
    asked = (phrases.ITSELF.split(clause)[-1] for clause in _CLAUSES.split(folded) if phrases.ITSELF.search(clause))
    return any(phrases.PARTS.search(text) and not _beside(text, phrases.PARTS, query) for text in asked)


def _without(folded: str, pattern: re.Pattern[str], query: Query) -> str:
    return _focus(pattern.sub(" ", folded), query.english)


def _beside(folded: str, pattern: re.Pattern[str], query: Query) -> str:
    """What an outline question names beside the outline's own words: a part, or nothing."""
    return _rest(pattern.sub(" ", folded), query)


def _rest(folded: str, query: Query) -> str:
    """What is left of a question without the words that a question about the outline may say besides."""
    bare = phrases.ASKING.sub(" ", phrases.FRAME.sub(" ", folded))
    left = _focus(phrases.OUTLINE_FILLER.sub(" ", bare), query.english)
    return " ".join(word for word in left.split() if word not in phrases.OUTLINE_EN)


def _ordinal(match: re.Match[str]) -> int:
    return to_number(next(group for group in match.groups() if group))


def _other_topic(earlier: Query, topic: str) -> str:
    """The earlier question about another topic: its question words stay, its longest content run gives way."""
    if earlier.english:
        words = [w if runs(w) and runs(w)[0] not in phrases.STOP_EN else None for w in earlier.search.split()]
        first = next((i for i, word in enumerate(words) if word), len(words))
        last = next((i for i in range(first, len(words)) if not words[i]), len(words))
        return " ".join([*earlier.search.split()[:first], topic, *earlier.search.split()[last:]])
    longest = max(earlier.focus.split(), key=len, default="")
    search = fold(earlier.search)
    return search.replace(longest, topic, 1) if longest and longest in search else f"{topic} {earlier.search}"
