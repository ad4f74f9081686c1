"""The outputs of `benchmarks/outputs`, held against the check: told of and harmed, by kind and half."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.measure import MISSING, SPEECH, Options, table
from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.proof import Proved, Prover, prove
from qa_bot.speech import read_speech
from qa_bot.types import Notice, Speech

OUTPUTS = Path(__file__).parent / "outputs"
FILES = {"speech": "", "henan": "河南省.txt", "liaoning": "辽宁省.txt"}
HARM = frozenset({"quote_downgraded", "citation_dropped", "number_unsupported", "name_invented", "claim_unsupported"})
GONE = frozenset({"quote_repaired", "quote_downgraded", "citation_dropped", "markup_removed"})
MARK = r"(?:（[^）]*）|\s?\([^)]*\))?"
"""What the check may have put behind a flagged piece."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a file: a right output where `span` is empty, else one that is wrong there."""

    id: str
    half: str
    speech: str
    kind: str
    question: str
    output: str
    status: str = "answered"
    cites: Collection[str] = ()
    span: str = ""
    expect: Collection[str] = ()
    hidden: Collection[str] = ()


def cases(name: str) -> list[Case]:
    """The outputs about one speech."""
    return [Case(**json.loads(line)) for line in (OUTPUTS / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def faults(case: Case, proved: Proved, speech: Speech) -> list[str]:
    """What is amiss in what the check made of an output; nothing where it did what it should."""
    bare = not proved.citations
    if case.span:
        return [] if bare or any(_about(case, n, proved.text) for n in proved.notices) else ["not told"]
    found = sorted(HARM & {n.kind for n in proved.notices})
    if (case.status == "refused") != (proved.refused or bare):
        found.append("answered" if case.status == "refused" else "refused")
    return found + [f"{a} not cited" for a in case.cites if not _cited(a, proved, speech)]


def _about(case: Case, notice: Notice, text: str) -> bool:
    if notice.kind not in case.expect:
        return False
    if case.span in notice.detail:
        return True
    wrong = re.search(MARK.join(map(re.escape, case.span)), text)
    if not wrong:
        return notice.kind in GONE
    return notice.start is not None and notice.start < wrong.end() and wrong.start() < (notice.end or 0)


def _cited(address: str, proved: Proved, speech: Speech) -> bool:
    start, end = speech.resolve(address) or (0, sys.maxsize)
    return any(c.start <= start and end <= c.end for c in proved.citations)


def judged(given: Options) -> Iterator[tuple[Case, list[str], Proved, float]]:
    """Every output whose speech is there, what is amiss with it, what was made of it, and the seconds it took."""
    words = StaticEncoder(SHIPPED)
    for name, file in FILES.items():
        path = SPEECH if name == "speech" else (given.data or Path()) / "speeches" / file
        if name != "speech" and not (given.data and path.is_file()):
            continue
        speech = read_speech(path)
        prover = Prover(speech, words)
        for case in cases(name):
            if given.half in (None, case.half):
                began = perf_counter()
                shown = frozenset(speech.spans) - frozenset(case.hidden)
                proved = prove(case.output, speech, shown, case.question, prover=prover)
                took = perf_counter() - began
                yield case, faults(case, proved, speech), proved, took


def section(given: Options) -> str:
    """Two tables and the time; with `verbose` what failed of the tuning half, to standard error."""
    made, amiss, seconds = Counter[tuple[str, bool, str]](), Counter[tuple[str, bool, str]](), list[float]()
    for case, found, proved, took in judged(given):
        key = (case.kind, bool(case.span), case.half)
        made[key] += 1
        amiss[key] += bool(found)
        seconds.append(took)
        if found and given.verbose and case.half == "tune":
            print(_failed(case, found, proved), file=sys.stderr)
    note = "" if given.data else f"\nWithout those on two reports; {MISSING} speeches/*.txt."
    return f"""{_table("wrong ones, told of", True, made, amiss)}

{_table("right ones, harmed", False, made, amiss)}

{sum(made.values())} outputs written by hand as chat models write (`outputs/README.md`); one half may be tuned on,
the other is for the report only. Told of: a notice of an expected kind about the wrong place, or nothing left
as supported. Harmed: anything downgraded, dropped or flagged, or a reference lost. Checking one takes
{1000 * median(seconds):.1f} ms (median), {1000 * max(seconds):.0f} ms at most.{note}"""


def _table(title: str, wrong: bool, made: Mapping[tuple[str, bool, str], int], amiss: Mapping[object, int]) -> str:
    kinds = list(dict.fromkeys(kind for kind, w, _ in made if w == wrong))
    halves = ("tune", "report")

    def cell(kinds: list[str], half: str) -> str:
        n = sum(made.get((k, wrong, half), 0) for k in kinds)
        bad = sum(amiss.get((k, wrong, half), 0) for k in kinds)
        return f"{n - bad if wrong else bad} / {n}"

    rows = [[kind, *(cell([kind], half) for half in halves)] for kind in kinds]
    return table([title, *halves], [*rows, ["all", *(cell(kinds, half) for half in halves)]])


def _failed(case: Case, found: list[str], proved: Proved) -> str:
    notices = "; ".join(f"{n.kind}({proved.text[n.start : n.end] if n.end else n.detail})" for n in proved.notices)
    wanted = f"{case.span!r}: {'/'.join(case.expect)}" if case.span else "harmless"
    return (
        f"{case.id} [{case.speech}] {case.kind}: {', '.join(found)}\n  wanted {wanted}\n  output {case.output!r}\n"
        f"  became {proved.text!r}\n  notices {notices or 'none'}"
    )
