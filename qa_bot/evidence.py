"""Whether sentences carry a question: what every answer, quoted or written by a model, is held against.

No single score decides. Each content word of the question is looked for in the sentences, in the paragraph around
them, and by meaning (the nearest word vector, ColBERT's MaxSim over a static table); what found no place, weighed by
how much it says, is put beside the kind of answer that was asked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from embeddings.reader import read_each
from qa_bot import phrases
from qa_bot.alignment import SLIGHT, TELLING, Side, Word, beside, clauses_of, content, look_for, mean
from qa_bot.citations import SENTENCE, clip, join_neighbours
from qa_bot.elsewhere import names_another, names_away, speaks_of_another_year
from qa_bot.kinds import ATTRIBUTE, Span, asks_withheld, holds_kind, lacks_meaning, lacks_members, lacks_reason
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.text import fold, grams
from qa_bot.types import Reason, Speech, WordVectors
from qa_bot.understanding import FACT_KINDS, Query, own_words


@dataclass(frozen=True, slots=True)
class Support:
    """What was found. `probability` that a careful reader would say that these sentences answer the question."""

    probability: float
    reason: Reason | None
    words: tuple[Word, ...]
    features: tuple[float, ...]
    told: bool = False
    """Whether the sentences would be found wanting without what was generated about them."""

    @property
    def missing(self) -> tuple[str, ...]:
        """The question's words that found no place, heaviest first."""
        lost = sorted((w for w in self.words if w.around < 0.5 and w.weight > SLIGHT), key=lambda w: -w.weight)
        return tuple(w.text for w in lost)


FEATURES = (
    *("kind", "near", "within", "elsewhere", "away", "unsaid", "attribute", "unit", "one", "english"),
    *("list", "manner", "whether", "reason", "length"),
    *("held", "around", "letter", "known", "asked", "topic", "first", "last", "lost", "least", "covered"),
    *("cosine", "size", "alone", "read"),
)
"""What decides, of one sentence.

Flags: the wanted kind does not stand in the clause of the question's words, or no members are named; nor in the clauses
beside that; nor anywhere in the sentence; the sentence is of another year than the question, or the question names whom
or what the speech does not; the question names what the paragraph does not; a reason is asked for and not given; an
attribute is asked for (conditions, a maker) that the sentence does not hold; a number with the unit that is asked for
stands near; one thing is asked for (a number, a date, a person, which one), as a rule in the speech's own words;
English; several things, a manner, a yes or no, a reason are asked for: each is carried otherwise. Then the logarithm
of the number of words, from `SHORT` to `LONG`: everyday words are more in number, and fewer are held.

Shares of the question's words, weighed: that the sentence holds; that what lies around holds; that stand there to the
letter; that stand to the letter anywhere in the speech; held of those beside the question word, and of the others
(where the thing is named and not what is asked about it, these two part); of the first one and of the last two. The
weight of the heaviest one as far as it is not held; how well the least held is, of those that say something. The share
of the question's bigrams that the sentence has; the cosine of both texts; the logarithm of the speech's length, from
`BRIEF` to `LENGTHY`: in a long one more is held by chance; two logits of the reader (`_read`)."""

SHORT, LONG = 7, 12
BRIEF, LENGTHY = 3_000, 20_000
"""Characters of a speech."""
BEFORE, READ = 80, 3
"""Characters in front of a sentence that are read with it; sentences that are read."""
THRESHOLD = 0.5
"""Probability below which nothing is answered: the network is shifted so that this is the chosen point of the curve."""


def assess(
    query: Query,
    spans: Sequence[Span],
    around: Sequence[Span],
    speech: Speech,
    vectors: WordVectors,
    told: Mapping[int, str] | None = None,
) -> Support:
    """How well the best of the sentences at `spans`, with what lies `around` them, carries the question.

    `told` is other words for the sentences that begin at these offsets: a word of the question may be found there too,
    what kind of thing a sentence holds is read from itself.
    """
    context = Side(" ".join(speech.text[start:end] for start, end in around), vectors)
    support = _assess(query, spans, context, speech, vectors, told or {})
    if support.reason or not any(start in (told or {}) for start, _ in spans):
        return support
    return replace(support, told=_assess(query, spans, context, speech, vectors, {}).reason is not None)


def _assess(
    query: Query,
    spans: Sequence[Span],
    context: Side,
    speech: Speech,
    vectors: WordVectors,
    told: Mapping[int, str],
) -> Support:
    words = content(query, vectors)
    title = fold(speech.title)
    another = names_another(query, speech, vectors)
    texts = [speech.text[start:end] for start, end in spans]
    undefined = lacks_meaning(query, texts)
    common = (float(names_away(query, speech, context.folded, vectors)), float(lacks_reason(query, texts)))
    whole = fold(speech.text)
    asked = beside(query, [token for token, _ in words])
    seen = _read(query, spans, speech)
    highest, best = -math.inf, tuple[float, ...]()
    found: tuple[Word, ...] = ()
    lacking: dict[Span, tuple[float, ...]] = {}
    for start, end in dict.fromkeys([*spans, *join_neighbours(speech, spans)]):
        side = Side(speech.text[start:end], vectors, told.get(start, ""))
        looked = look_for(words, side, context, title)
        elsewhere = float(another or speaks_of_another_year(query, speech, start, end))
        parts = [own for (a, b), own in lacking.items() if start <= a and b <= end]
        lacking[start, end] = (
            tuple(map(min, zip(*parts, strict=True)))
            if parts
            else lacks(query, looked, side.folded, whole, few=len(spans) < 3, undefined=undefined)
        )
        features = (
            *lacking[start, end],
            elsewhere,
            *common,
            *_form(query, looked, lacking[start, end][0]),
            *_shares(query, looked, asked, side, whole),
            *seen,
        )
        if (said := logit(features)) > highest:
            highest, best, found = said, features, looked
    probability = 1 / (1 + math.exp(-highest)) if best else 0.0
    around_share = sum(w.weight * w.around for w in found) / (sum(w.weight for w in found) or 1.0)
    reason: Reason | None = None
    if asks_withheld(query, spans, speech):
        reason = "redacted"
    elif probability < THRESHOLD:
        reason = "detail_missing" if around_share > 0.6 else "not_mentioned"
    return Support(probability, reason, found, best)


def _read(query: Query, spans: Sequence[Span], speech: Speech) -> tuple[float, float]:
    """Two logits of the reader. The second is the best one of the sentences to be quoted, each behind the end of what
    stands before it (of whom `他` is said); the first the better one, by themselves, of that sentence and the first. Of
    a follow-up the mean of what its own words have and what it has with what they leave out."""
    if not spans:
        return 0.0, 0.0
    quoted = [clip(speech, span, query.focus, SENTENCE) for span in spans[:READ]]
    texts = [speech.text[start:end] for start, end in quoted]
    context = [speech.text[max(start - BEFORE, 0) : end] for start, end in quoted]
    read = [_logits(asked, texts, context) for asked in dict.fromkeys((query.search, own_words(query)))]
    by_itself, behind = (sum(values) / len(read) for values in zip(*read, strict=True))
    return by_itself, behind


def _logits(asked: str, texts: Sequence[str], context: Sequence[str]) -> tuple[float, float]:
    first, *behind = read_each(asked, [texts[0], *context])
    likeliest = texts[behind.index(max(behind))]
    return max(first, *read_each(asked, [likeliest])), max(behind)


def logit(features: Sequence[float], net: Mapping[str, NDArray[np.float32]] | None = None) -> float:
    """What a network of one hidden layer (tanh), by default that of `benchmarks/calibrate.py`, makes of `FEATURES`."""
    net = net or _network()
    inputs = np.clip((np.array(features) - net["mean"]) / net["scale"], -3, 3)
    hidden = np.tanh(np.einsum("f,fh->h", inputs, net["in"]) + net["bias"])
    return float(np.einsum("h,h->", hidden, net["out"]) + net["point"])


@lru_cache(maxsize=1)
def _network() -> Mapping[str, NDArray[np.float32]]:
    return dict(np.load(DEFAULT_SPEECH.parent / "evidence.npz"))


def lacks(
    query: Query, words: Sequence[Word], text: str, whole: str, *, few: bool, undefined: bool
) -> tuple[float, ...]:
    """`kind` to `within`. A fact must stand in the clause of the question's words, as far as these can stand together;
    the members of a group beside it, where but `few` sentences may be those. What is asked to be mentioned has to stand
    in the speech with its own words."""
    mention = query.kind in ("whether", "thing") and phrases.MENTION.search(fold(query.question))
    beside = clauses_of(words, text, reach=1)
    near = clauses_of(words, text, reach=0) if query.kind in FACT_KINDS and not query.english else beside
    at_all = not (undefined or (few and lacks_members(query, beside)) or (mention and not _stands(query, whole)))
    holds = [any(holds_kind(query, clause) for clause in clauses) for clauses in (near, beside, [text])]
    return float(not (at_all and holds[0])), float(not holds[1]), float(not holds[2])


def _form(query: Query, words: Sequence[Word], lacks: float) -> tuple[float, ...]:
    """`attribute` to `length`."""
    named = query.kind not in FACT_KINDS - {"person"} | {"reason"}
    unheld = named and any(w.held < 0.5 and ATTRIBUTE.fullmatch(w.text) for w in words)
    counted = query.kind == "number" and query.unit and not lacks
    one = query.kind in FACT_KINDS or (query.kind != "list" and phrases.WHICH.search(fold(query.question)))
    kinds = (query.kind == kind for kind in ("list", "manner", "whether", "reason"))
    flags = (unheld, counted, one, query.english, *kinds)
    return *(float(bool(flag)) for flag in flags), math.log1p(min(max(len(words), SHORT), LONG))


def _shares(query: Query, words: Sequence[Word], beside: Sequence[bool], side: Side, speech: str) -> tuple[float, ...]:
    """`held` to `size`."""
    around = np.array([w.around for w in words] or [0.0])
    weight = np.array([w.weight for w in words] or [1.0])
    held = np.array([w.held for w in words] or [0.0])
    near = np.array(beside or [True])
    letter = np.array([w.text in side.folded for w in words] or [False])
    known = np.array([w.text in speech for w in words] or [False])
    pairs = {gram for gram in grams(query.focus) if len(gram) > 1}
    covered = len(pairs & set(grams(side.folded))) / max(len(pairs), 1)
    return (
        *(mean(values, weight) for values in (held, around, letter, known)),
        *(mean(held[chosen], weight[chosen]) for chosen in (near, ~near)),
        *(float(held[0]), float(held[-2:].mean())),
        *(float((weight * (1 - held)).max()), float(min(held[weight > TELLING], default=1.0)), covered),
        side.cosine(query.focus),
        math.log(min(max(len(speech), BRIEF), LENGTHY)),
    )


def _stands(query: Query, whole: str) -> bool:
    """Whether at least half of the question's bigrams stand somewhere in the speech."""
    pairs = [gram for gram in grams(query.focus) if len(gram) > 1]
    return sum(pair in whole for pair in pairs) >= len(pairs) / 2
