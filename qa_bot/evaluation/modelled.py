"""What a run with a chat model cost, and how its answers fared in the checks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from qa_bot.evaluation.attribution import Attribution
from qa_bot.evaluation.scorecard import Rate


def model_lines(
    answers: Sequence[Mapping[str, Any]], counted: Attribution, price: tuple[float, float] | None
) -> list[str]:
    """Lines for people; none where no model was asked.

    Args:
        counted: the citations of the same answers.
        price: of a million tokens, in and out.
    """
    asked = [a for a in answers if a.get("model") or _kinds(a)["fallback"]]
    if not asked:
        return []
    notices: Counter[str] = sum((_kinds(a) for a in asked), Counter())
    tokens = [sum((a.get("usage") or {}).get(key, 0) for a in asked) for key in ("input_tokens", "output_tokens")]
    firsts = [a["timings_ms"]["first_token"] / 1000 for a in asked if "first_token" in a["timings_ms"]]
    own = sum(a["mode"] == "chat" for a in asked)
    lines = [
        f"model: asked {len(asked)} times; {own} answers are its own, {notices['fallback']} fell back",
        f"citations (ALCE): recall {_share(counted.recall)}, precision {_share(counted.precision)}",
        f"quotations verbatim: {_share(counted.before)} as written, {_share(counted.after)} after the check",
        "refusals that the question wanted, by who refused: "
        + ", ".join(f"{side} {_share(rate)}" for side, rate in counted.refusals.items()),
        "checks: " + (", ".join(f"{kind} {n}" for kind, n in sorted(notices.items())) or "nothing found"),
        f"tokens: {tokens[0]} in, {tokens[1]} out" + (f"; cost {_cost(tokens, price):.4f}" if price else ""),
    ]
    return lines + ([f"first token: {median(firsts):.2f} s (median)"] if firsts else [])


def _share(rate: Rate) -> str:
    return f"{rate.hits}/{rate.n}" + (f" = {rate.rate:.2f}" if rate.n else "")


def _kinds(answer: Mapping[str, Any]) -> Counter[str]:
    return Counter(notice["kind"] for notice in answer.get("notices", ()))


def _cost(tokens: Sequence[int], price: tuple[float, float]) -> float:
    return sum(n * p for n, p in zip(tokens, price, strict=True)) / 1_000_000
