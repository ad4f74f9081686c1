"""Questions to begin with, made from the speech's own outline and figures; only those that it answers are offered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from qa_bot.outline import parts
from qa_bot.text import HAN
from qa_bot.types import Answer, Speech

MOST = 6
_PLAIN = re.compile(rf"[{HAN}0-9A-Za-z，,、：；！？“”‘’《》（）· ]+")
"""Characters that mean nothing in Markdown: a pill's label is one, and the speech may hold anything."""
_NUMBERING = re.compile(r"^\W*(?:第?[一二三四五六七八九十百]+[部章节是]?|\d+)[、.．，,）)]?\s*(?=\w)")
_FIGURE = re.compile(
    rf"(?<![^，,。；;：:])([{HAN}]{{6,16}}?)(?<![由从第])(?:近|约|超|逾)?\d[\d.,万亿]*(亿元|万元|公里|[家个项条名户人座所])(?![{HAN}]*(?:台阶|百分点))"
)
TOPIC = range(4, 17)
"""Characters of a topic that fits on a pill."""


def samples(speech: Speech, ask: Callable[[str], Answer], lang: str) -> tuple[str, ...]:
    """At most `MOST` questions in this language that the speech answers."""
    found: list[str] = []
    for question in dict.fromkeys(_chinese(speech) if lang == "zh" else _english(speech)):
        if len(found) < MOST and _PLAIN.fullmatch(question.replace("?", "？")) and ask(question).status == "answered":
            found.append(question)
    return tuple(found)


def _chinese(speech: Speech) -> Iterator[str]:
    yield "讲话分为几个部分？"
    yield from (f"{subject}多少{unit}？" for subject, unit in _figures(speech)[:2])
    yield from (f"“{topic}”讲了什么？" for topic in _topics(speech)[:3])
    yield "讲话是怎么结尾的？"
    yield "讲话是怎么开头的？"


def _english(speech: Speech) -> Iterator[str]:
    yield "How many parts does the speech have?"
    yield "What are the main points?"
    yield from (f"What does the speech say about “{topic}”?" for topic in _topics(speech)[:2])
    yield "How does the speech end?"
    yield "How does the speech begin?"


def _topics(speech: Speech) -> Sequence[str]:
    """Topic sentences and headings without their numbering, one a part, spread over the speech."""
    leads = {p.section: (p.sentences[0].start, p.sentences[0].end) for p in reversed(speech.paragraphs) if p.lead}
    spans = sorted({*leads.values(), *((s.start, s.end) for s in parts(speech))})
    topics = [_NUMBERING.sub("", speech.text[start:end]).strip(" 。；;：:，,") for start, end in spans]
    fitting = [topic for topic in topics if len(topic) in TOPIC and _PLAIN.fullmatch(topic) and "“" not in topic]
    return fitting[:: max(1, len(fitting) // 3)]


def _figures(speech: Speech) -> Sequence[tuple[str, str]]:
    return [(match[1], match[2]) for match in _FIGURE.finditer(speech.text)]
