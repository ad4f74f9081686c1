"""Questions to press, made from the speech's own outline, figures and lists; only those that it answers are offered."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from qa_bot.outline import parts
from qa_bot.text import HAN
from qa_bot.types import Answer, Speech

MOST = 6
NEXT = 3
_PLAIN = re.compile(rf"[{HAN}0-9A-Za-z，,、：；！？“”‘’《》（）· ]+")
"""What reads as a question; the speech may hold anything."""
_NUMBERING = re.compile(r"^\W*(?:第?[一二三四五六七八九十百]+[部章节是]?|\d+)[、.．，,）)]?\s*(?=\w)")
_FIGURE = re.compile(
    rf"(?<![^，,。；;：:])([{HAN}]{{6,16}}?)(?<![由从第])(?:近|约|超|逾)?\d[\d.,万亿]*(亿元|万元|公里|[家个项条名户人座所])(?![{HAN}]*(?:台阶|百分点))"
)
_LIST = re.compile(rf"[{HAN}]{{2,12}}(?:、[{HAN}]{{2,12}}){{2,}}等(?:[{HAN}]{{0,2}}的)?([{HAN}]{{2}})(?=[，,。；;、])")
TOPIC = range(4, 17)
"""Characters of a topic that fits on a button."""
_QUESTIONS = {
    "zh": {
        "parts": "讲话分为几个部分？",
        "topic": "“{topic}”讲了什么？",
        "list": "讲话列举了哪些{kind}？",
        "end": "讲话是怎么结尾的？",
        "begin": "讲话是怎么开头的？",
        "points": "讲话的要点是什么？",
    },
    "en": {
        "parts": "How many parts does the speech have?",
        "topic": "What does the speech say about “{topic}”?",
        "list": "",
        "end": "How does the speech end?",
        "begin": "How does the speech begin?",
        "points": "What are the main points?",
    },
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question, and the offset of what it was made from."""

    question: str
    at: int
    there: bool = False
    """Whether only an answer that cites this place is the one that is meant."""


class Pool:
    """The questions of one speech in one language; whether it answers one is looked up once, when it is wanted."""

    def __init__(self, speech: Speech, ask: Callable[[str], Answer], lang: str) -> None:
        self._ask = ask
        self._answered: dict[str, bool] = {}
        self._lock = threading.Lock()
        found = {c.question: c for c in candidates(speech, lang) if _PLAIN.fullmatch(c.question.replace("?", "？"))}
        self.candidates = tuple(found.values())

    def begin(self) -> tuple[str, ...]:
        """At most `MOST` to begin with."""
        return tuple(islice((c.question for c in self.candidates if self._answers(c)), MOST))

    def next(self, asked: Sequence[str], cited: Sequence[tuple[int, int]]) -> tuple[str, ...]:
        """At most `NEXT` that were not asked and whose place was not cited, near to the last citation.

        Args:
            cited: (start, end) of what the conversation has cited, the last citation last.
        """
        here = cited[-1][0] if cited else 0
        fresh = [
            c for c in self.candidates
            if c.question not in asked and not any(start <= c.at < end for start, end in cited)
        ]  # fmt: skip
        near = sorted(fresh, key=lambda c: abs(c.at - here))
        return tuple(islice((c.question for c in near if self._answers(c)), NEXT))

    def _answers(self, candidate: Candidate) -> bool:
        with self._lock:
            if candidate.question not in self._answered:
                answer = self._ask(candidate.question)
                there = not candidate.there or any(c.start <= candidate.at < c.end for c in answer.citations)
                self._answered[candidate.question] = answer.status == "answered" and there
            return self._answered[candidate.question]


def candidates(speech: Speech, lang: str) -> Iterator[Candidate]:
    """Questions about the speech, those to begin with first."""
    say = _QUESTIONS[lang]
    topics = [Candidate(say["topic"].format(topic=topic), at) for topic, at in _topics(speech)]
    figures = [Candidate(f"{m[1]}多少{m[2]}？", m.start()) for m in _FIGURE.finditer(speech.text)] * (lang == "zh")
    lists = [Candidate(say["list"].format(kind=m[1]), m.start(), there=True) for m in _LIST.finditer(speech.text)]
    first = topics[:: max(1, len(topics) // 3)][: 3 if lang == "zh" else 2]
    ends = [Candidate(say["end"], len(speech.text)), Candidate(say["begin"], 0)]
    yield Candidate(say["parts"], 0)
    yield from figures[:2] if lang == "zh" else [Candidate(say["points"], 0)]
    yield from first
    yield from ends
    yield from (c for c in (*topics, *figures, *(lists if lang == "zh" else ())) if c not in first)
    yield Candidate(say["points"], 0)


def _topics(speech: Speech) -> Sequence[tuple[str, int]]:
    """Topic sentences and headings without their numbering, with their offsets."""
    leads = [(p.sentences[0].start, p.sentences[0].end) for p in speech.paragraphs if p.lead]
    spans = sorted({*leads, *((s.start, s.end) for s in parts(speech))})
    topics = [(_NUMBERING.sub("", speech.text[start:end]).strip(" 。；;：:，,"), start) for start, end in spans]
    return [(topic, at) for topic, at in topics if len(topic) in TOPIC and "“" not in topic]
