"""The prompt for an answer: the whole speech where it fits, else the hits and what stands around them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from qa_bot.citations import clip
from qa_bot.errors import ModelError
from qa_bot.outline import outline_spans
from qa_bot.prompting.files import Prompts
from qa_bot.prompting.harmless import count_tokens, defuse
from qa_bot.prompting.numbered import BETWEEN, GAP, Line, number, numbered, outline, rendered, whole
from qa_bot.types import Hit, Message, Speech
from qa_bot.understanding import OUTLINE_KINDS, Query

QUESTION_SHARE = 16
"""One part in so many of the budget is kept for the human message, so that a speech fits or not whatever is asked."""
MESSAGE = 16
"""Tokens that a provider's own template adds to one message, at most."""
OUTLINE_SHARE = 6
"""The outline may take one part in so many of the budget."""
SHORTEST = 30
"""Characters; with room for less of the best hit's sentence no model is asked."""
LABELS, TITLE = 24, 200
"""Addresses named as the best ones, and characters of the title, at most."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the model is sent, and the addresses of all sentences and headings that stand in it."""

    messages: tuple[Message, ...]
    addresses: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Draft:
    """A prompt in which only the speech is missing."""

    prompts: Prompts
    values: dict[str, str]
    lines: Sequence[Line]
    wanted: Sequence[int]
    headings: frozenset[str]

    def put(self, text: str, kept: Collection[int]) -> Shown:
        hits = "、".join(self.lines[i].address for i in self.wanted[:LABELS] if i in kept) or "（没有）"
        messages = self.prompts["answer"].fill(**self.values, speech=text, hits=hits)
        return Shown(messages, self.headings | {self.lines[i].address for i in kept})


def answer_messages(prompts: Prompts, speech: Speech, query: Query, hits: Sequence[Hit], budget: int) -> Shown:
    """The messages for one question. About a speech that fits, the system message is the same for every question.

    A speech that does not fit: what the outline gives for a question about it, then the hits, as far as they fit,
    then the rest of their paragraphs, then the paragraphs around; its beginning where there is no hit. Where
    not even the best sentence fits, the clauses of it that hold most of the question's words.

    Args:
        hits: best first.
        budget: tokens (as `count_tokens` counts) that all messages may hold; the answer's own are no part of it.

    Raises:
        ModelError: `context_too_long`: nothing of the speech fits.
    """
    lines = numbered(speech)
    shape, headings = outline(speech, budget // OUTLINE_SHARE)
    values = {"title": defuse(speech.title)[:TITLE], "outline": shape} | _asked(query)
    draft = _Draft(prompts, values, lines, _wanted(speech, lines, query, hits), headings)
    every = range(len(lines))
    system, human = (count_tokens(text) + MESSAGE for _, text in draft.put("", every).messages)
    room = budget - system - max(human, budget // QUESTION_SHARE)
    text, tokens = whole(speech)
    if tokens <= room:
        return draft.put(text, every)
    wanted = draft.wanted or [0]
    if kept := _selected(lines, wanted, room):
        return draft.put(rendered(lines, kept), kept)
    return draft.put(_clipped(speech, lines[wanted[0]], query, room), wanted[:1])


def _asked(query: Query) -> dict[str, str]:
    meant = f"（完整的意思：{defuse(query.search)}）" if query.followup and query.search != query.question else ""
    language = "英文（English）" if query.english else "与提问相同"
    return {"question": defuse(query.question) + meant, "language": language}


def _wanted(speech: Speech, lines: Sequence[Line], query: Query, hits: Sequence[Hit]) -> list[int]:
    """Indices of the lines that the question is about, best first."""
    by_start = {line.start: index for index, line in enumerate(lines)}
    by_address = {line.address: index for index, line in enumerate(lines)}
    outlined = outline_spans(speech, query) if query.kind in OUTLINE_KINDS else []
    found = [by_start[start] for start, _ in outlined if start in by_start]
    found += [by_address[address] for hit in hits for address in hit.passage.addresses if address in by_address]
    return list(dict.fromkeys(found))


def _selected(lines: Sequence[Line], wanted: Sequence[int], room: int) -> set[int]:
    """The wanted lines, the rest of their paragraphs, then lines ever further around; none without the best one."""
    kept: set[int] = set()
    room -= BETWEEN

    def take(index: int) -> bool:
        nonlocal room
        cost = 0 if index in kept else lines[index].tokens + BETWEEN
        if cost > room:
            return False
        kept.add(index)
        room -= cost
        return True

    if not take(wanted[0]):
        return set()
    for index in wanted[1:]:
        take(index)
    for near in _around(lines, dict.fromkeys(lines[index].block for index in wanted if index in kept)):
        if not all(take(index) for index in near):
            break
    return kept


def _around(lines: Sequence[Line], blocks: Collection[int]) -> Iterator[list[int]]:
    """The lines of each of these blocks, then of those beside them, and so on; every block once."""
    members: dict[int, list[int]] = {}
    for index, line in enumerate(lines):
        members.setdefault(line.block, []).append(index)
    for distance in range(len(members)):
        for block in blocks:
            for side in (block - distance, block + distance):
                if side in members:
                    yield members.pop(side)


def _clipped(speech: Speech, line: Line, query: Query, room: int) -> str:
    limit = (room - count_tokens(number(line.address, GAP + GAP)) - 2 * BETWEEN) // 4
    if limit < SHORTEST:
        raise ModelError("context_too_long", "the prompt leaves no room for the speech; raise QA_BOT_LLM_CONTEXT")
    start, end = clip(speech, (line.start, line.end), query.focus, limit)
    return f"{GAP}\n\n{number(line.address, GAP + speech.text[start:end] + GAP)}\n\n{GAP}"
