"""What the reader learns from: `written/*.jsonl.gz`, and the questions of `train_clean_mrc.jsonl`."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from embeddings.training.corpus import WRITTEN, DataError, Question
from embeddings.training.reader.network import Example

READ, FOUND, NEARER, KEPT, NEARER_KEPT = (
    WRITTEN / f"{name}.jsonl.gz" for name in ("read", "found", "near", "read-kept", "near-kept")
)
"""Passages that are learned from, first, and then those with longer sentences; others that are kept for measuring."""
BESIDE, LIKEST = 0.3, 0.6
"""Shares: of pairs with a neighbouring sentence beside those named; of the other sentences that answered questions are
put to, those that share the most bigrams with the question."""
BEHIND, BEFORE = 0.5, 80
"""Share of the later pairs whose sentence stands behind the end of what is before it, and how many characters that is:
so the bot reads it."""
HARDEST, AGAIN = 0.8, 0.5
"""Shares: of the other sentences that answered questions are later put to, the hardest ones; of the unanswered
questions, those that are put to their hardest sentence too."""
NEAR, FURTHER = 1.0, 0.7
"""Weight of what was written, and of a pair that was put together here."""
_SENTENCE = re.compile(r"[^。！？!?；]+[。！？!?；]+[”’」]?|[^。！？!?；]+$")

Pair = Callable[[str, str], tuple[list[int], list[int]]]
Asked = tuple[str, list[int]]
"""A question, and the places of the sentences that it is put to."""
Hardest = Callable[[Sequence[str], Sequence[Asked]], Sequence[int | None]]
"""Of each question the other sentence of the passage that looks most like an answer."""


def read_written(file: Path, pair: Pair, seed: int = 0, far: int = 0) -> list[Example]:
    """Each question with the sentences that answer it or, where the passage does not, with those that a careless reader
    would quote; answered ones also with another sentence of the passage, and `far` with sentences of another passage.

    Raises:
        DataError: a line that is not of this form.
    """
    chance = random.Random(seed)
    found: list[tuple[str, str, float, float]] = []
    for sentences, answered, unanswered in read_passages(file):
        for question, places in answered:
            found.append((question, _text(sentences, places, chance), 1.0, NEAR))
            if rest := others(sentences, places):
                other = max(rest, key=lambda i: _shared(question, sentences[i]))
                other = other if chance.random() < LIKEST else chance.choice(rest)
                found.append((question, sentences[other], 0.0, FURTHER))
        found += [(question, _text(sentences, places, chance), 0.0, NEAR) for question, places in unanswered]
    questions, texts = [e[0] for e in found], [e[1] for e in found]
    found += [(chance.choice(questions), chance.choice(texts), 0.0, FURTHER) for _ in range(far)]
    return [Example(*pair(question, text), answers, weight) for question, text, answers, weight in found]


def read_hard(file: Path, pair: Pair, hardest: Hardest, seed: int = 0) -> list[Example]:
    """Each question with its sentences as the bot will read them, and with the sentence that so far deceives the most.

    Raises:
        DataError: a line that is not of this form.
    """
    chance = random.Random(seed)
    found: list[tuple[str, str, float, float]] = []
    for sentences, answered, unanswered in read_passages(file):
        for (question, places), hard in zip(answered, hardest(sentences, answered), strict=True):
            found.append((question, _text(sentences, places, chance, BEHIND), 1.0, NEAR))
            if hard is not None:
                other = hard if chance.random() < HARDEST else chance.choice(others(sentences, places))
                found.append((question, _text(sentences, [other], chance, BEHIND), 0.0, FURTHER))
        for (question, places), hard in zip(unanswered, hardest(sentences, unanswered), strict=True):
            found.append((question, _text(sentences, places, chance, BEHIND), 0.0, NEAR))
            if hard is not None and chance.random() < AGAIN:
                found.append((question, _text(sentences, [hard], chance, BEHIND), 0.0, FURTHER))
    return [Example(*pair(question, text), answers, weight) for question, text, answers, weight in found]


def read_pairs(file: Path, pair: Pair) -> tuple[list[Example], list[Example]]:
    """What `benchmarks.asked` wrote, of each half of the speeches.

    Raises:
        DataError: no such file, or a line that is not of this form.
    """
    halves: tuple[list[Example], list[Example]] = ([], [])
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                halves[row["half"]].append(Example(*pair(row["q"], row["s"]), float(row["a"]), float(row["w"])))
    except (OSError, EOFError, ValueError, KeyError, TypeError, IndexError) as error:
        raise DataError(f"{file}: not what benchmarks.asked writes ({error})") from error
    return halves


def others(sentences: Sequence[str], places: Sequence[int]) -> list[int]:
    """Places of the sentences that are neither named nor beside those."""
    return [i for i in range(len(sentences)) if not {i - 1, i, i + 1} & set(places)]


def behind(sentences: Sequence[str], place: int) -> str:
    """A sentence behind the end of what is before it."""
    return "".join(sentences[:place])[-BEFORE:] + sentences[place]


def read_questions(pair: Pair, questions: Sequence[Question]) -> list[Example]:
    """Each question with the sentence of its passage that holds the answer, and with the likest one that does not."""
    found = []
    for question in questions:
        sentences = sorted(_SENTENCE.findall(question.passage), key=lambda s: -_shared(question.text, s))
        right = [s for s in sentences if question.answer in s]
        wrong = [s for s in sentences if question.answer not in s]
        for text, answers in [(s, 1.0) for s in right[:1]] + [(s, 0.0) for s in wrong[:1] if right]:
            found.append(Example(*pair(question.text, text.strip()), answers, NEAR))
    return found


def read_passages(file: Path) -> Iterator[tuple[list[str], list[Asked], list[Asked]]]:
    """Of each passage its sentences, the questions that it answers, and those that it does not.

    Raises:
        DataError: a line that is not of this form.
    """
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
                sentences: list[str] = row["s"]
                answered, unanswered = ([(str(q), [int(i) for i in at]) for q, at in row[key]] for key in "an")
                places = [at for _, at in (*answered, *unanswered)]
                fits = all(at and min(at) >= 0 and max(at) < len(sentences) for at in places)
            except (ValueError, KeyError, TypeError):
                fits = False
            if not fits:
                raise DataError(f"{file}, line {number}: not a passage with its questions")
            yield sentences, answered, unanswered


def _text(sentences: Sequence[str], places: Sequence[int], chance: random.Random, before: float = 0.0) -> str:
    """The sentences at these places, a share of them behind the end of what is `before` them; now and then with one
    beside them, as the picker may quote more than is needed."""
    chosen = set(places)
    if before and chance.random() < before:
        first, *rest = sorted(chosen)
        return " ".join([behind(sentences, first), *(sentences[i] for i in rest)])
    if chance.random() < BESIDE:
        chosen.add(chance.choice([min(places) - 1, max(places) + 1]))
    return " ".join(sentences[i] for i in sorted(chosen) if 0 <= i < len(sentences))


def _shared(question: str, sentence: str) -> int:
    pairs = {question[i : i + 2] for i in range(len(question) - 1)}
    return sum(pair in sentence for pair in pairs)
