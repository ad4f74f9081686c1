"""Long texts to measure on: work reports from --data, else the shipped speech's own paragraphs in other orders."""

from __future__ import annotations

import random
import re
from itertools import cycle, islice
from pathlib import Path

from benchmarks.measure import SPEECH
from qa_bot.speech import read_speech

LENGTH = 30_000
"""Characters of a long report."""
_PLACE = re.compile(r"[\u4e00-\u9fff]{2}(?=[省市县区州])")
_DIGIT = re.compile(r"\d")


def reports(data: Path | None, count: int) -> list[str]:
    """`count` long texts, no two alike."""
    sources = _reports(data) or [_synthetic(seed) for seed in range(12)]
    return [changed(text, seed) for seed, text in enumerate(islice(cycle(sources), count))]


def long_report(data: Path | None) -> str:
    """The report whose length is nearest to `LENGTH`, as it is."""
    return min(_reports(data) or [_synthetic(0)], key=lambda text: abs(len(text) - LENGTH))


def origin(data: Path | None) -> str:
    """One sentence about where the long texts come from."""
    if _reports(data):
        return "Reports: the work reports of --data."
    return "Reports: the shipped speech's paragraphs, reordered; `--data DIR` with speeches/*.txt gives real ones."


def changed(text: str, seed: int) -> str:
    """The text with other digits and other names of places; as long as it was."""
    chance = random.Random(seed)
    names = {name: "".join(chance.choices("安平宁和庆丰泰康永兴", k=2)) for name in sorted(set(_PLACE.findall(text)))}
    return _DIGIT.sub(lambda _: str(chance.randrange(10)), _PLACE.sub(lambda match: names[match[0]], text))


def _reports(data: Path | None) -> list[str]:
    return [read_speech(file).text for file in sorted((data / "speeches").glob("*.txt"))] if data else []


def _synthetic(seed: int) -> str:
    speech, chance = read_speech(SPEECH), random.Random(seed)
    paragraphs = [speech.text[p.start : p.end] for p in speech.paragraphs]
    times = LENGTH // sum(map(len, paragraphs)) + 1
    return "\n".join(p for _ in range(times) for p in chance.sample(paragraphs, len(paragraphs)))[:LENGTH]
