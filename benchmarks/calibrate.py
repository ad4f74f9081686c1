"""Fits the network of `evidence.logit` on the development questions, and shows what the choice costs.

    python -m benchmarks.calibrate --speeches DIR [--readers DIR] [--answered 0.88]

The first DIR holds the reports named in data/questions/reports/README.md; the other speeches are shipped. The second is
where `embeddings.train_reader --pairs` and `train_finder --asked` left the networks of both halves of the speeches:
each speech is read by those that have not learned from it (without it by the shipped ones, which have). Fitted on are
the sources of `FITTED`; the others are only shown. `NETS` networks of one hidden layer, averaged, which is one network
of so many times as many units; unanswerable questions weigh up to 0.6 of the answerable ones, and an answerable one
whose answer would be wrong counts by half, for little is lost where it is refused. The curve leaves one speech out (of
the invented ones every fourth): refusals right against answers lost. The point is moved so that `--answered` of the
answerable questions of the sets stay answered, and all is written to data/evidence.npz. That a question is a follow-up
is no feature: too few of those in the sets are unanswerable.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.asked import DATA, opened
from qa_bot import evidence
from qa_bot.bot import Bot
from qa_bot.chain import HITS, Asked, replay
from qa_bot.evaluation import Question, judge
from qa_bot.understanding import OUTLINE_KINDS

BALANCE, WRONG = 0.6, 0.5
NETS, HIDDEN, STEPS, RATE, DECAY, DROPPED = 8, 16, 400, 0.01, 0.02, 0.15
FITTED = {"sets": 1.0, "speeches": 0.05, "world": 0.3, "spoken": 0.3}
"""What is learned from (`asked.TAUGHT`), and how much each question of it counts."""
Example = tuple[tuple[float, ...], bool, bool]
"""Features; whether the question is answerable; whether the answer would be right."""


def examples(bot: Bot, questions: Iterable[Question]) -> Iterator[Example]:
    """Every development question that is left to the evidence."""
    for question in (q for q in questions if q.half == "dev"):
        query = replay(Asked(question.question, question.history), bot.retriever, bot.quoter)
        hits = bot.retriever.hits(query, HITS)
        answer = bot.quoter.answer(query, hits)
        decided = query.kind not in OUTLINE_KINDS and answer.basis == "speech" and hits
        if decided and answer.reason in (None, "not_mentioned", "detail_missing"):
            picked = bot.quoter.picker.pick(query, hits)
            right = judge(question, bot.quoter.compose(query, picked).to_dict(), bot.speech).success
            yield bot.quoter.support(query, picked).features, question.answerable, question.answerable and right


def fit(
    features: NDArray[np.float64],
    answerable: NDArray[np.float64],
    right: NDArray[np.float64],
    counts: NDArray[np.float64],
) -> dict[str, NDArray[np.float32]]:
    """The network for (n, k) features, its point at 0; `counts` is what each question counts."""
    unanswerable = BALANCE * answerable.sum() / max((answerable == 0).sum(), 1)
    weight = torch.tensor(counts * np.where(answerable > 0, np.where(right > 0, 1.0, WRONG), unanswerable)).float()
    mean, scale = features.mean(axis=0), features.std(axis=0) + 1e-3
    inputs = torch.tensor(np.clip((features - mean) / scale, -3, 3)).float()
    nets = [_trained(inputs, torch.tensor(answerable).float(), weight, seed) for seed in range(NETS)]
    joined = {
        "in": torch.cat([net[1].weight for net in nets]).T,
        "bias": torch.cat([net[1].bias for net in nets]),
        "out": torch.cat([net[4].weight[0] for net in nets]) / NETS,
        "point": torch.stack([net[4].bias[0] for net in nets]).mean(),
    }
    return {
        "mean": mean.astype(np.float32),
        "scale": scale.astype(np.float32),
        **{name: value.detach().numpy() for name, value in joined.items()},
    }


def _trained(inputs: torch.Tensor, answerable: torch.Tensor, weight: torch.Tensor, seed: int) -> torch.nn.Sequential:
    torch.manual_seed(seed)
    hidden, out = torch.nn.Linear(inputs.shape[1], HIDDEN), torch.nn.Linear(HIDDEN, 1)
    net = torch.nn.Sequential(torch.nn.Dropout(DROPPED), hidden, torch.nn.Tanh(), torch.nn.Dropout(DROPPED), out)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    loss = torch.nn.BCEWithLogitsLoss(weight)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss(net(inputs)[:, 0], answerable).backward()
        optimizer.step()
        schedule.step()
    return net.eval()


def main() -> None:
    """Print the leave-one-out curves and write the network."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speeches", type=Path, required=True)
    parser.add_argument("--readers", type=Path)
    parser.add_argument("--answered", type=float, default=0.88)
    options = parser.parse_args()
    file, width = DATA.parent / "evidence.npz", len(evidence.FEATURES)
    if len(np.load(file)["mean"]) != width:  # other features than before: the first sentence is looked at, run again
        zeros = np.zeros(width, np.float32)
        nothing = {"mean": zeros, "scale": zeros + 1, "in": zeros[:, None], "bias": zeros[:1], "out": zeros[:1]}
        np.savez(file, **nothing, point=zeros[0])
    rows = list(sourced(options.speeches, options.readers))
    groups, sources = np.array([_group(name) for name, *_ in rows]), np.array([source for _, source, _ in rows])
    features = np.array([features for _, _, (features, _, _) in rows])
    answerable, right = np.array([(float(a), float(r)) for _, _, (_, a, r) in rows]).T
    counts, logits = np.array([FITTED.get(source, 0.0) for source in sources]), np.zeros(len(rows))
    for group in sorted(set(groups)):
        out, learned = groups == group, (groups != group) & (counts > 0)
        net = fit(features[learned], answerable[learned], right[learned], counts[learned])
        logits[out] = [evidence.logit(row, net) for row in features[out]]
    point = np.quantile(logits[(sources == "sets") & (answerable > 0)], 1 - options.answered)
    for source in dict.fromkeys(sources):
        here = sources == source
        show(str(source), logits[here], answerable[here], right[here], point)
    fitted = counts > 0
    net = fit(features[fitted], answerable[fitted], right[fitted], counts[fitted])
    np.savez(file, **net | {"point": net["point"] - np.float32(point)})


def _group(name: str) -> str:
    """What is left out together: a speech, or every fourth of the invented ones."""
    kind, invented, number = name.rpartition("-")
    return f"{kind}-{int(number) % 4}" if invented else name


def sourced(speeches: Path, readers: Path | None) -> Iterator[tuple[str, str, Example]]:
    """Speech, source and example of every question on the development speeches and the invented ones."""
    for name, bot, asked in opened(speeches, readers):
        for source, questions in asked.items():
            yield from ((name, source, example) for example in examples(bot, questions))


def show(
    source: str,
    logits: NDArray[np.float64],
    answerable: NDArray[np.float64],
    right: NDArray[np.float64],
    point: float,
) -> None:
    """Print what each share of answered ones costs, and what the point does."""
    yes, no = answerable > 0, answerable == 0
    print(f"{source}: {int(yes.sum())} answerable, {int(no.sum())} unanswerable questions")
    shares = (0.98, 0.96, 0.94, 0.92, 0.9, 0.88, 0.85, 0.8) if yes.any() else ()
    for threshold in (*(np.quantile(logits[yes], 1 - share) for share in shares), point):
        refused, answered = logits[no] < threshold, logits[right > 0] >= threshold
        kept = f"answered {(logits[yes] >= threshold).mean():.2f}   " if yes.any() else ""
        both = (refused.sum() + answered.sum()) / len(logits)
        print(f"{kept}refused {refused.mean():.2f}   right {both:.3f}{'   <- the point' if threshold == point else ''}")


if __name__ == "__main__":
    main()
