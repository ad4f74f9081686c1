"""Two runs over the same questions: paired by id, counted, tested for chance; what is no such run is one line."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.errors import QuestionsError
from qa_bot.evaluation import Comparison, Question, Result, check_earlier, compare, judge, score
from qa_bot.report import render_comparison
from qa_bot.types import Provenance, Speech
from tests.command import fault, run

TEXT = "各位代表：\n一、工作\n今年新建学校10所。去年植树三千亩。我们要继续努力。\n"
SPEECH = Speech("讲话", TEXT, "", Provenance(), (), ())
ASKED = Question("", "fact", "新建学校多少所？", gold_quotes=("今年新建学校10所",))
RIGHT = {"status": "answered", "text": "10所", "citations": [{"quote": "今年新建学校10所"}]}
WRONG = {"status": "refused", "reason": "unclear", "text": "没有。", "citations": []}


def compared(*outcomes: tuple[bool, bool], kind: str = "fact") -> Comparison:
    """A comparison whose pairs came out so, earlier and now."""
    questions = [replace(ASKED, id=f"q{i}", type=kind) for i in range(len(outcomes))]
    earlier, now = (
        {q.id: {"id": q.id, **(RIGHT if o[side] else WRONG)} for q, o in zip(questions, outcomes, strict=True)}
        for side in (0, 1)
    )
    return compare(score(questions, now.values(), SPEECH), earlier, "earlier", SPEECH)


BOTH, LOST, GAINED, NEITHER = (True, True), (True, False), (False, True), (False, False)


def test_pairs_are_counted() -> None:
    found = compared(BOTH, LOST, GAINED, GAINED, NEITHER, NEITHER, NEITHER)
    assert found.counts == {"both": 1, "only_earlier": 1, "only_now": 2, "neither": 3}
    assert [now.question.id for _, now in found.gained] == ["q2", "q3"]
    assert [(before.verdict.success, now.verdict.success) for before, now in found.lost] == [LOST]
    assert [rate.hits for rate in found.rates] == [2, 3]
    assert list(found.types) == ["fact"]
    assert found.types["fact"].counts == found.counts


@pytest.mark.parametrize(
    ("lost", "gained", "p"),
    [
        (0, 0, 1),
        (1, 0, 1),
        (0, 5, 0.0625),
        (1, 7, 0.0703125),
        (7, 1, 0.0703125),
        (5, 5, 1),
        (4, 6, 0.75390625),
        (0, 15, 2 / 2**15),
    ],
)
def test_the_sign_test_is_exact_and_two_sided(lost: int, gained: int, p: float) -> None:
    assert compared(*[LOST] * lost, *[GAINED] * gained, BOTH, NEITHER).p == pytest.approx(p, rel=1e-12)


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_p_value_is_a_share_and_knows_no_direction(lost: int, gained: int) -> None:
    verdict = judge(ASKED, RIGHT, SPEECH)
    right, wrong = (Result(ASKED, "", (), v) for v in (verdict, replace(verdict, success=False)))
    there, back = (
        Comparison((*[(right, wrong)] * a, *[(wrong, right)] * b), "", 0, 0)
        for a, b in ((lost, gained), (gained, lost))
    )
    assert 0 < there.p <= 1
    assert there.p == back.p


def test_what_only_one_run_was_asked_is_left_out_and_counted() -> None:
    questions = [replace(ASKED, id=name) for name in ("a", "b")]
    card = score(questions, [RIGHT | {"id": "a"}, RIGHT | {"id": "b"}], SPEECH)
    found = compare(card, {name: WRONG | {"id": name} for name in ("b", "c", "d")}, "old", SPEECH)
    assert (len(found.pairs), found.only_earlier, found.only_now) == (1, 2, 1)
    text = render_comparison(found)
    assert "0 earlier, 1 now; 2 asked only earlier, left out; 1 asked only now, left out." in text
    assert "gained: b (fact) “新建学校多少所？”" in text


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        (["x"], "old, answer 1: no answer with an id"),
        ([{"id": None, "status": "answered"}], "old, answer 1: no answer with an id"),
        ([RIGHT | {"id": "a"}, {"id": "b"}], "old, answer 2: no answer with an id"),
        ([RIGHT | {"id": "a"}, RIGHT | {"id": "a"}], "old, answer 2: id “a” was used before"),
        ([RIGHT | {"id": "a", "question": "植树\n多少亩？"}],
         "“a” asked “植树 多少亩？”, and now asks “新建学校多少所？”"),
        ([RIGHT | {"id": "z"}], "old has no question in common"),
        ([], "old has no question in common"),
    ],
)  # fmt: skip
def test_what_is_no_earlier_run_is_told(answers: list[Any], why: str) -> None:
    with pytest.raises(QuestionsError) as raised:
        check_earlier(answers, [replace(ASKED, id="a")], "old")
    assert why in str(raised.value)
    assert "name " in str(raised.value)
    assert "\n" not in str(raised.value)


def test_spelling_of_a_question_is_no_difference() -> None:
    answers = [RIGHT | {"id": "a", "question": " 新建學校 多少所?"}]
    assert list(check_earlier(answers, [replace(ASKED, id="a")], "old")) == ["a"]


@pytest.fixture
def given_eval(tmp_path: Path) -> tuple[str, ...]:
    """`eval` over two questions on a short speech."""
    (tmp_path / "s.txt").write_text(TEXT, "utf-8")
    lines = [
        {"id": "a", "type": "fact", "question": "新建学校多少所？", "gold_quotes": ["今年新建学校10所"]},
        {"id": "b", "type": "unanswerable", "question": "火星基地投资多少？"},
    ]
    (tmp_path / "q.jsonl").write_text("\n".join(json.dumps(q, ensure_ascii=False) for q in lines), "utf-8")
    return ("eval", "--questions", "q.jsonl", "--speech", "s.txt")


def test_a_run_is_compared_with_a_file_and_with_a_folder(given_eval: tuple[str, ...], tmp_path: Path) -> None:
    assert run(*given_eval, "--out", "old.jsonl", "--report", "old").code == 0
    assert (tmp_path / "old" / "answers.jsonl").read_text("utf-8") == (tmp_path / "old.jsonl").read_text("utf-8")
    answers = [json.loads(line) for line in (tmp_path / "old.jsonl").read_text("utf-8").splitlines()]
    changed = answers[0] | {"citations": [], "text": "不知道。"}
    (tmp_path / "worse.jsonl").write_text("\n".join(map(json.dumps, [changed, answers[1]])), "utf-8")
    by_file = run(*given_eval, "--compare", "worse.jsonl", "--report", "new")
    assert (by_file.code, by_file.err) == (0, "")
    assert "gained: a (fact)" in by_file.out
    told = json.loads((tmp_path / "new" / "scorecard.json").read_text("utf-8"))["comparison"]
    assert (told["earlier"], told["gained"], told["lost"], told["p"]) == ("worse.jsonl", ["a"], [], 1.0)
    same = run(*given_eval, "--compare", "old", "--report", "old")
    assert same.code == 0, "a folder may be compared with what it held, and then holds the new run"
    assert "Right of the 2 questions in both runs: 2 earlier, 2 now." in same.out
    assert same.out.startswith(run(*given_eval).out.rstrip("\n"))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"{", "old.jsonl is no JSON"),
        (b"\xff\xfe", "old.jsonl cannot be read (not UTF-8)"),
        (b"", "holds no answer"),
        (b'{"id": "a", "status": "answered"}\n{"id": "a", "status": "answered"}', "“a” was used before"),
        (b'{"id": "other", "status": "answered"}', "no question in common"),
        (None, "old.jsonl cannot be read (No such file"),
    ],
)
def test_an_earlier_run_that_cannot_be_used_is_one_line_and_nothing_is_written(
    given_eval: tuple[str, ...], tmp_path: Path, content: bytes | None, why: str
) -> None:
    if content is not None:
        (tmp_path / "old.jsonl").write_bytes(content)
    before = sorted(tmp_path.rglob("*"))
    text = fault(run(*given_eval, "--compare", "old.jsonl", "--out", "out.jsonl", "--report", "new"))
    assert why in text
    assert sorted(tmp_path.rglob("*")) == before, "neither answers nor report nor index"


def test_a_folder_without_a_report_is_told(given_eval: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "answers.jsonl cannot be read" in fault(run(*given_eval, "--compare", "empty"))
