"""How the finder learns: a question is to be nearer to the sentences that answer it than to all others of its batch,
many of which are of the same passage (contrastive learning with a batch's own negatives, Karpukhin et al. 2020); at
last to those of a whole speech, the nearest of which stand in the batch, and with the cosines of the table beside."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import normalize

from embeddings.encoder import StaticEncoder
from embeddings.finder import QUESTION, TEXT
from embeddings.training.corpus import DataError
from embeddings.training.reader.examples import others, read_passages
from embeddings.training.reader.start import Start
from embeddings.training.transformer import Transformer, filled, learn

SHARPNESS = 20.0
"""What cosines are multiplied with before they are compared."""
PASSAGES, PAIRS = 6, 24
"""Passages in a batch, and pairs beside them."""
WRITTEN, GIVEN = 1.0, 0.7
"""Weight of a question about a passage, and of a pair."""
ASKED = 2
"""Questions of a text that are drawn for one batch, where it has more."""
OF_SPEECHES, OF_PASSAGES = (16, 8), 6
"""Questions on the two speeches of a batch, and on each of the two passages beside."""
NEAREST, HARD, MORE = 6, 2, 12
"""Sentences nearest to a question that do not answer it, how many of them stand in its batch, and how many others."""
TOGETHER = 48
"""Texts of like length that are encoded together."""

Tokens = Callable[[str], list[int]]
Beside = Callable[["Texts"], Tensor]
"""(questions, texts) cosines of the table."""


class Texts(NamedTuple):
    """Texts that are compared; questions, each with the places of the texts that answer it, and its weight."""

    texts: list[str]
    questions: list[tuple[str, list[int], float]]


class Finder(nn.Module):
    """The mean of what the tokens have become, scaled to length 1."""

    def __init__(self, start: Start, layers: int) -> None:
        super().__init__()
        self.trunk = Transformer(start, layers)

    def forward(self, ids: Tensor, sides: Tensor, there: Tensor | None = None) -> Tensor:
        """(batch, width) of (batch, tokens) ids; the sides are those of `embeddings.finder`."""
        x = self.trunk(ids, sides, there)
        weights = torch.ones_like(x[..., :1]) if there is None else there.unsqueeze(-1).float()
        return normalize((x * weights).sum(1) / weights.sum(1), dim=-1)


def read_written(file: Path) -> list[Texts]:
    """The passages with the questions that they answer.

    Raises:
        DataError: a line that is not of this form.
    """
    return [Texts(s, [(q, at, WRITTEN) for q, at in answered]) for s, answered, _ in read_passages(file)]


def read_speeches(file: Path) -> tuple[list[Texts], list[Texts]]:
    """What `benchmarks.asked --passages` wrote: the speeches of each half with the questions that they answer.

    Raises:
        DataError: a line that is not of this form, or no such file.
    """
    try:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            halves = [int(json.loads(line)["half"]) for line in lines]
        speeches = read_written(file)
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"{file}: not what benchmarks.asked writes ({error})") from error
    first, second = ([s for s, half in zip(speeches, halves, strict=True) if half == wanted] for wanted in (0, 1))
    return first, second


def pairs(questions: Iterable[tuple[str, str]]) -> list[Texts]:
    """Texts of one sentence each, from (question, text)."""
    asked: dict[str, list[str]] = {}
    for question, text in questions:
        asked.setdefault(text, []).append(question)
    return [Texts([text], [(question, [0], GIVEN) for question in all_]) for text, all_ in asked.items()]


def batches(passages: Sequence[Texts], given: Sequence[Sequence[Texts]], seed: int) -> Iterator[Texts]:
    """Without end: passages in ever new order, and by turns pairs of one `given` kind and the next, neighbours of one
    another there, which are on like subjects."""
    chance = random.Random(seed)
    waiting: list[Texts] = []
    turn = 0
    while True:
        if len(waiting) < PASSAGES:  # what is left over has its turn later: no passage stands twice in a batch
            waiting = chance.sample(passages, len(passages))
        beside = given[turn % len(given)]
        first = chance.randrange(max(len(beside) - PAIRS, 0) + 1)
        some = [Texts(t, chance.sample(asked, min(ASKED, len(asked)))) for t, asked in beside[first : first + PAIRS]]
        yield _joined([*waiting[:PASSAGES], *some])
        waiting, turn = waiting[PASSAGES:], turn + 1


def table_beside(words: StaticEncoder) -> Beside:
    """The cosines that are added to those of the finder wherever it is used."""

    def cosines(batch: Texts) -> Tensor:
        asked = words.encode_queries([question for question, *_ in batch.questions])
        return torch.from_numpy(asked @ words.encode_passages(batch.texts).T)

    return cosines


def hardest(network: Finder, speech: Texts, tokens: Tokens, beside: Beside) -> list[list[int]]:
    """The places of the `NEAREST` sentences that do not answer each question and stand beside none that does."""
    network.eval()
    with torch.no_grad():
        order = (_cosines(network, speech, tokens) + beside(speech)).argsort(1, descending=True).tolist()
    allowed = (set(others(speech.texts, places)) for _, places, _ in speech.questions)
    return [[i for i in near if i in far][:NEAREST] for near, far in zip(order, allowed, strict=True)]


def speech_batches(
    speeches: Sequence[Texts], hard: Sequence[Sequence[Sequence[int]]], passages: Sequence[Texts], seed: int
) -> Iterator[Texts]:
    """Without end: questions on two speeches, each with its sentences, some that are near, and more; two passages."""
    chance = random.Random(seed)
    share = [len(speech.questions) ** 0.7 for speech in speeches]
    while True:
        chosen = chance.choices(range(len(speeches)), share, k=len(OF_SPEECHES))
        parts = [_drawn(speeches[i], hard[i], size, chance) for i, size in zip(chosen, OF_SPEECHES, strict=True)]
        for texts, asked in chance.sample(passages, 2):
            some = chance.sample(asked, min(OF_PASSAGES, len(asked)))
            parts.append(Texts(texts, [(question, at, GIVEN) for question, at, _ in some]))
        yield _joined(parts)


def _drawn(speech: Texts, hard: Sequence[Sequence[int]], size: int, chance: random.Random) -> Texts:
    asked = chance.sample(range(len(speech.questions)), min(size, len(speech.questions)))
    kept = {place for i in asked for place in speech.questions[i][1]}
    kept |= {place for i in asked for place in chance.sample(hard[i], min(HARD, len(hard[i])))}
    rest = [place for place in range(len(speech.texts)) if place not in kept]
    order = sorted(kept.union(chance.sample(rest, min(MORE, len(rest)))))
    at = {place: i for i, place in enumerate(order)}
    questions = [
        (text, [at[i] for i in places], weight) for text, places, weight in (speech.questions[i] for i in asked)
    ]
    return Texts([speech.texts[place] for place in order], questions)


def train(
    network: Finder,
    drawn: Iterator[Texts],
    tokens: Tokens,
    steps: int,
    rate: float,
    seed: int,
    report: Callable[[int, float], None] = lambda step, loss: None,
    beside: Beside | None = None,
) -> None:
    """On so many batches, as `transformer.learn` does it."""
    torch.manual_seed(seed)

    def loss() -> Tensor:
        batch = next(drawn)
        cosines = _cosines(network, batch, tokens)
        found = SHARPNESS * (cosines + beside(batch) if beside else cosines)
        wanted = torch.full_like(found, -torch.inf)
        for row, (_, places, _) in zip(wanted, batch.questions, strict=True):
            row[places] = 0
        weights = torch.tensor([weight for *_, weight in batch.questions])
        told = torch.logsumexp(found, 1) - torch.logsumexp(found + wanted, 1)
        return (told * weights).sum() / weights.sum()

    learn(network, loss, steps, rate, report)


def found_first(network: Finder, passages: Sequence[Texts], tokens: Tokens, together: int = 20) -> float:
    """How often the nearest of all sentences of so many passages answers the question."""
    network.eval()
    found = []
    for at in range(0, len(passages), together):
        batch = _joined(passages[at : at + together])
        with torch.no_grad():
            nearest = _cosines(network, batch, tokens).argmax(1).tolist()
        found += [i in places for i, (_, places, _) in zip(nearest, batch.questions, strict=True)]
    return float(np.mean(found))


def _cosines(network: Finder, batch: Texts, tokens: Tokens) -> Tensor:
    """(questions, texts)."""
    questions = _encoded(network, [tokens(question) for question, *_ in batch.questions], QUESTION)
    return questions @ _encoded(network, [tokens(text) for text in batch.texts], TEXT).T


def _encoded(network: Finder, rows: Sequence[list[int]], side: int) -> Tensor:
    order = sorted(range(len(rows)), key=lambda i: len(rows[i]))
    parts = []
    for at in range(0, len(order), TOGETHER):
        ids, there = filled([rows[i] for i in order[at : at + TOGETHER]])
        parts.append(network(ids, torch.full_like(ids, side), there))
    return torch.cat(parts)[torch.tensor(order).argsort()]


def _joined(parts: Sequence[Texts]) -> Texts:
    whole = Texts([], [])
    for part in parts:
        whole.questions.extend((q, [len(whole.texts) + i for i in at], weight) for q, at, weight in part.questions)
        whole.texts.extend(part.texts)
    return whole
