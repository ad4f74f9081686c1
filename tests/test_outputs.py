"""The outputs that the check of written answers is held against are sound, and so is the judging of it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter

import pytest

from benchmarks.judging import FILES, OUTPUTS, Case, cases, faults
from benchmarks.measure import SPEECH
from qa_bot.citations import cite
from qa_bot.proof import Proved
from qa_bot.speech import read_speech
from qa_bot.text import fold
from qa_bot.types import Notice
from tests.test_project import ROOT

SPEECH_READ = read_speech(SPEECH)
EVERY = [case for name in FILES for case in cases(name)]


def test_every_kind_is_there_in_both_halves() -> None:
    assert {path.stem for path in OUTPUTS.glob("*.jsonl")} == set(FILES)
    numbers = [int(case.id.partition("-")[2]) for case in EVERY]
    assert sorted(numbers) == list(range(1, len(EVERY) + 1))
    assert all(case.half == ("tune" if number % 2 else "report") for case, number in zip(EVERY, numbers, strict=True))
    wrong = Counter(case.kind for case in EVERY if case.span)
    assert sum(wrong.values()) >= 100
    assert min(wrong.values()) >= 8
    assert len(EVERY) - sum(wrong.values()) >= 70
    assert all({c.half for c in EVERY if c.kind == kind} == {"tune", "report"} for kind in wrong)


@pytest.mark.parametrize("case", EVERY, ids=lambda case: case.id)
def test_an_output_is_what_it_says(case: Case) -> None:
    assert case.question
    if case.span:
        assert case.span in case.output
        assert case.expect
        assert case.id.startswith("wrong-")
    else:
        assert case.id.startswith("right-")
        assert case.status in ("answered", "refused")
    if case.speech == "speech" and not case.span:
        assert all(SPEECH_READ.resolve(address) for address in case.cites)
        for quoted in re.findall("“([^”“]+)”|「([^」]+)」", case.output):
            assert _bare("".join(quoted)) in _bare(SPEECH_READ.text)


def _bare(text: str) -> str:
    return re.sub(r"\W", "", fold(text))


WRONG = Case("wrong-1", "tune", "speech", "k", "？", "人才十家", span="十家", expect=("number_unsupported",))
RIGHT = Case("right-1", "tune", "speech", "k", "？", "人才是第一资源〔10.2〕。", cites=("10.2",))
CITED = (cite(SPEECH_READ, SPEECH_READ.spans["10.2"]),)


@pytest.mark.parametrize(
    ("case", "text", "notices", "told"),
    [
        (WRONG, "人才十家", [Notice("number_unsupported", "", 2, 4)], True),
        (WRONG, "人才十（引文中没有）家", [Notice("number_unsupported", "", 2, 3)], True),
        (WRONG, "人才十家", [Notice("number_unsupported", "", 0, 2)], False),
        (WRONG, "人才十家", [Notice("claim_unsupported", "", 2, 4)], False),
        (WRONG, "人才十家", [], False),
    ],
)
def test_what_counts_as_told(case: Case, text: str, notices: list[Notice], told: bool) -> None:
    proved = Proved(text, CITED, (), tuple(notices), False)
    assert faults(case, proved, SPEECH_READ) == ([] if told else ["not told"])


def test_what_counts_as_harm() -> None:
    whole = Proved(RIGHT.output, CITED, (), (Notice("quote_repaired", ""),), False)
    assert faults(RIGHT, whole, SPEECH_READ) == []
    flagged = Proved(RIGHT.output, CITED, (), (Notice("claim_unsupported", "", 0, 4),), False)
    assert faults(RIGHT, flagged, SPEECH_READ) == ["claim_unsupported"]
    assert faults(RIGHT, Proved("", (), (), (), False), SPEECH_READ) == ["refused", "10.2 not cited"]


def test_what_failed_is_listed_for_the_tuning_half_only() -> None:
    command = [sys.executable, "-m", "benchmarks.checking", "--half", "report", "-v"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stderr == ""
    assert "| all | 0 / 0 | " in done.stdout
