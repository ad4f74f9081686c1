"""The check of written answers: what it tells of falsified ones, what it says of right ones, and how long it takes.

The answers are made by rule of a speech's own sentences, half of them falsified in one place. No rule of the check was
made with their wording in view; they show what it can tell apart, not how a model writes.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.judging import section
from benchmarks.measure import SPEECH, Options, options, table
from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.proof import Prover, prove
from qa_bot.speech import read_speech
from qa_bot.types import Speech

MOST_SPEECHES, ANSWERS = 6, 60
Sentence = tuple[str, str]
Maker = Callable[[random.Random, Sentence, Sentence], "str | None"]

RIGHT: dict[str, Maker] = {
    "copied without marks": lambda _, a, b: f"报告提出，{a[1]}〔{a[0]}〕。",
    "quoted": lambda _, a, b: f"报告指出：“{a[1]}”〔{a[0]}〕。{b[1]}〔{b[0]}〕。",
    "quoted in other punctuation": lambda _, a, b: f"关于这一点，报告说“{a[1].replace(',', '，')}”[{a[0]}]",
    "without a reference": lambda _, a, b: f"{a[1]}。",
    "a numbered list": lambda _, a, b: f"主要有：\n1. {a[1]}〔{a[0]}〕\n2. {b[1]}〔{b[0]}〕",
}


def _figure(chance: random.Random, text: str) -> str | None:
    found = list(re.finditer(r"\d+(?:\.\d+)?", text))
    if not found:
        return None
    one = chance.choice(found)
    new = str(int(one[0]) + chance.choice([1, 10])) if one[0].isdigit() else f"{float(one[0]) + 0.3:.1f}"
    return text[: one.start()] + new + text[one.end() :]


def _character(chance: random.Random, text: str) -> str:
    at = chance.randrange(2, len(text) - 2)
    return text[:at] + chance.choice("的是在了和高大小中上".replace(text[at], "")) + text[at + 1 :]


def _said(a: Sentence, text: str | None, form: str = "{}") -> str | None:
    return None if text is None else f"报告提出，{form.format(text)}〔{a[0]}〕。"


WRONG: dict[str, Maker] = {
    "a figure, quoted": lambda r, a, b: _said(a, _figure(r, a[1]), "“{}”"),
    "a figure": lambda r, a, b: _said(a, _figure(r, a[1])),
    "不 dropped, quoted": lambda r, a, b: _said(a, a[1].replace("不", "", 1) if "不" in a[1] else None, "“{}”"),
    "不 dropped": lambda r, a, b: _said(a, a[1].replace("不", "", 1) if "不" in a[1] else None),
    "one character, quoted": lambda r, a, b: _said(a, _character(r, a[1]), "“{}”"),
    "two sentences welded": lambda r, a, b: _said(a, f"{a[1]}。{b[1]}", "“{}”"),
    "another paragraph's reference": lambda r, a, b: _said(b, a[1], "“{}”"),
    "a place that is not named": lambda r, a, b: _said(a, f"在火奴鲁鲁，{a[1]}"),
    "a person who is not named": lambda r, a, b: _said(a, f"王建国书记强调，{a[1]}"),
    "a claim that is not made": lambda r, a, b: _said(a, "要在全境推广无人驾驶拖拉机补贴办法"),
}


def report(given: Options) -> str:
    """Told of, by kind; false alarms, by kind; milliseconds an answer."""
    speeches = [SPEECH, *(sorted((given.data / "speeches").glob("*.txt"))[:MOST_SPEECHES] if given.data else [])]
    wrong, right, seconds = Counter[str](), Counter[str](), list[float]()
    made: Counter[str] = Counter()
    for kind, told, took in _checked(speeches):
        made[kind] += 1
        seconds.append(took)
        (wrong if kind in WRONG else right)[kind] += told
    rows = [[kind, made[kind], wrong[kind], "–"] for kind in WRONG]
    rows += [[kind, made[kind], "–", right[kind]] for kind in RIGHT]
    late = sorted(seconds)[int(0.95 * len(seconds))]
    told = f"""Answers made by rule of the sentences of {len(speeches)} speeches; typographic repairs are no alarm.
Checking one takes {1000 * median(seconds):.1f} ms (median), {1000 * late:.1f} ms (95 %)."""
    return f"{table(['answers', 'made', 'told of', 'false alarms'], rows)}\n\n{told}"


def _checked(files: list[Path]) -> Iterator[tuple[str, bool, float]]:
    words = StaticEncoder(SHIPPED)
    for file in files:
        speech, chance = read_speech(file), random.Random(7)
        prover, shown = Prover(speech, words), frozenset(speech.spans)
        sentences = _sentences(speech)
        for _ in range(ANSWERS):
            a, b = chance.sample(sentences, 2)
            for kind, make in {**RIGHT, **WRONG}.items():
                if text := make(chance, a, b):
                    began = perf_counter()
                    proved = prove(text, speech, shown, prover=prover)
                    took = perf_counter() - began
                    kinds = {notice.kind for notice in proved.notices}
                    yield kind, bool(kinds - {"quote_repaired"} if kind in RIGHT else kinds), took


def _sentences(speech: Speech) -> list[Sentence]:
    """Addresses and texts of sentences that are neither very short nor very long, without their full stop."""
    every = [s for p in speech.paragraphs if p.kind == "body" for s in p.sentences]
    return [(s.address, speech.text[s.start : s.end].rstrip("。；;！")) for s in every if 15 < s.end - s.start < 100]


if __name__ == "__main__":
    chosen = options()
    print(section(chosen))
    if not chosen.half:
        print(f"\n{report(chosen)}")
