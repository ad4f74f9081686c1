"""A questions file is read or refused by its line; an answer is judged by the published rule; verdicts are counted."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.errors import QuestionsError, UsageError
from qa_bot.evaluation import Question, Rate, evaluate, judge, load_questions, score, short
from qa_bot.types import Answer, Citation, Provenance, Speech

TEXT = (
    "各位代表：\n园区去年新增企业１２家，引进项目5个。**书记强调“稳中求进”，要抓好落实。\n"
    "一、办好学校\n今年新建学校3所，改造校舍20栋。我们要把每一所学校办好，让孩子们就近上学。\n"
    "二、修好道路\n" + "道路养护要长年坚持，" * 150 + "不留死角。\n谢谢大家！"
)
SPEECH = Speech("测试讲话", TEXT, sha256(TEXT.encode()).hexdigest(), Provenance(), (), ())
SCHOOLS = Question("q1", "fact", "建几所学校？", gold_quotes=("今年新建学校3所",), must_include=(("3所", "三所"),))
NOWHERE = Question("q2", "unanswerable", "机场何时开工？", answerable=False)


def cite(quote: str, shift: int = 0) -> dict[str, Any]:
    """A citation whose offsets are right, or `shift` too far."""
    start = TEXT.index(quote) + shift
    return {"marker": "1", "quote": quote, "start": start, "end": start + len(quote)}


def answered(*citations: object, text: str = "", **more: object) -> dict[str, Any]:
    return {"id": "q1", "status": "answered", "text": text, "citations": list(citations), **more}


def refused(**more: object) -> dict[str, Any]:
    return {"id": "q2", "status": "refused", "reason": "not_mentioned", "text": "没有提到。", "citations": []} | more


def write(folder: Path, *lines: object, encoding: str = "utf-8") -> Path:
    """A questions file; what is no string becomes JSON."""
    path = folder / "questions.jsonl"
    texts = [
        line if isinstance(line, str) else json.dumps(line, ensure_ascii="\\ud800" in repr(line)) for line in lines
    ]
    path.write_bytes("\r\n".join(texts).encode(encoding))
    return path


FULL = {
    "id": "a", "type": "followup", "question": "那学校呢？", "history": ["道路怎么办？"], "answerable": True,
    "gold_quotes": ["今年新建学校3所"], "alt_quotes": [["改造校舍20栋", "把每一所学校办好"]],
    "must_include": [["3所", "三所"]], "note": "x", "half": "dev", "colour": "unknown keys are passed over",
}  # fmt: skip
LEAST = {"id": "b", "type": "unanswerable", "question": "机场？", "note": None}


def test_every_key_is_read_and_defaults_fill_the_rest(tmp_path: Path) -> None:
    full, least = load_questions(write(tmp_path, FULL, "", "  ", LEAST, "", encoding="utf-8-sig"), SPEECH)
    assert full == Question(
        "a", "followup", "那学校呢？", ("道路怎么办？",), True, ("今年新建学校3所",),
        (("改造校舍20栋", "把每一所学校办好"),), (("3所", "三所"),), "x", "dev",
    )  # fmt: skip
    assert least == Question("b", "unanswerable", "机场？", answerable=False)


@pytest.mark.parametrize(
    "gold", ["新增企业12家", "强调「稳中求进」", '强调"稳中求进"', "抓好落实。 一、\n办好 学校", "新增企业１２\u200b家"]
)
def test_a_gold_quote_is_looked_up_as_it_is_compared(tmp_path: Path, gold: str) -> None:
    *_, question = load_questions(write(tmp_path, LEAST, FULL | {"gold_quotes": [gold]}), SPEECH)
    assert question.gold_quotes == (gold,)


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('{"id": "a", ', "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("[1]", "is not an object"),
        ({k: v for k, v in FULL.items() if k != "question"}, "question is missing; write a string"),
        (FULL | {"id": 7}, "id is “7”; write a string"),
        (FULL | {"question": " \u3000"}, "question is"),
        (FULL | {"question": "\ud800"}, "question is"),
        (FULL | {"type": "riddle"}, "type is “\"riddle\"”; write one of fact, list"),
        (FULL | {"type": []}, "type is “[]”"),
        (FULL | {"answerable": 1}, "answerable is “1”; write true or false"),
        (FULL | {"gold_quotes": "今年新建学校3所"}, "gold_quotes is"),
        (FULL | {"gold_quotes": [""]}, "gold_quotes is"),
        (FULL | {"alt_quotes": ["改造校舍20栋"]}, "alt_quotes is"),
        (FULL | {"must_include": [[]]}, "must_include is"),
        (FULL | {"history": [1]}, "history is"),
        (FULL | {"note": 1}, "note is"),
        (FULL | {"half": "third"}, "half is “\"third\"”; write one of dev, report"),
        (FULL | {"type": "unanswerable"}, "change one of them"),
        (FULL | {"gold_quotes": [], "alt_quotes": [], "must_include": []}, "nothing says what is right"),
        (FULL | {"gold_quotes": ["今年新建学校4所"]}, "“今年新建学校4所” is not in the speech “测试讲话”"),
        (FULL | {"alt_quotes": [["改造校舍20栋"], ["改造校舍30栋"]]}, "“改造校舍30栋” is not in the speech"),
        (LEAST, "id “b” was used before"),
    ],
)  # fmt: skip
def test_a_bad_line_is_named_with_its_number(tmp_path: Path, line: object, wrong: str) -> None:
    path = write(tmp_path, LEAST, "", line)
    with pytest.raises(QuestionsError) as raised:
        load_questions(path, SPEECH)
    assert str(raised.value).startswith(f"{path}, line 3: ")
    assert wrong in str(raised.value)
    assert "\n" not in str(raised.value)
    assert len(str(raised.value)) < 400


def test_without_a_speech_gold_is_not_looked_up(tmp_path: Path) -> None:
    assert load_questions(write(tmp_path, FULL | {"gold_quotes": ["今年新建学校4所"]}), None)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(QuestionsError, match=r"line 2: not UTF-8; save it"):
        load_questions(write(tmp_path, '{"id":"a"}', "问", encoding="gb18030"), None)
    with pytest.raises(QuestionsError, match="holds no questions"):
        load_questions(write(tmp_path, "", " "), None)
    for path in (tmp_path, tmp_path / "none.jsonl"):
        with pytest.raises(QuestionsError, match="cannot be read"):
            load_questions(path, None)


def test_a_right_answer() -> None:
    verdict = judge(SCHOOLS, answered(cite("园区去年新增企业１２家"), cite("今年新建学校3所，")), SPEECH)
    assert verdict.success
    assert verdict.why == ""
    assert (verdict.refused, verdict.covered, verdict.missing) == (False, 1.0, ())
    assert (verdict.quotes, verdict.verbatim, verdict.offsets_right) == (2, 2, 2)
    assert (verdict.quoted_chars, verdict.rank) == (20, 2)


ROADS = "道路养护要长年坚持，"


@pytest.mark.parametrize(
    ("question", "answer", "why"),
    [
        (SCHOOLS, refused(), "expected an answer, got a refusal (“not_mentioned”)"),
        (SCHOOLS, answered(),
         "expected “今年新建学校3所” cited, got 0% of it: nothing; expected “3所” or “三所” said, got none"),
        (SCHOOLS, answered(text="有3所"), "expected “今年新建学校3所” cited, got 0% of it: “有3所”"),
        (SCHOOLS, answered(cite("新建学校3所")), "expected “今年新建学校3所” cited, got 75% of it: “新建学校3所”"),
        (SCHOOLS, answered(cite("今年新建学校3所", shift=1)), "expected the offsets of “今年新建学校3所”, got others"),
        (replace(SCHOOLS, must_include=(("5个",), ("3",))), answered(cite("今年新建学校3所")),
         "expected “5个” said, got none"),
        (replace(SCHOOLS, must_include=(("9",),)), answered(cite("今年新建学校3所"), text="〔9.1〕"),
         "expected “9” said, got none"),
        (NOWHERE, answered(cite("谢谢大家！")), "expected a refusal, got “谢谢大家！”"),
        (NOWHERE, {}, "expected a refusal, got nothing"),
        (SCHOOLS, answered(cite("今年新建学校3所"), related=[{"quote": "没有这句话"}]),
         "expected verbatim quotes, got “没有这句话”, which is not in the speech"),
        (SCHOOLS, answered(cite("今年新建学校3所"), cite(ROADS * 45)),
         "expected at most 450 quoted characters, got 458"),
        (replace(SCHOOLS, type="section"), answered(cite("今年新建学校3所"), cite(ROADS * 120)),
         "expected at most 1200 quoted characters, got 1208"),
    ],
)  # fmt: skip
def test_each_way_to_be_wrong(question: Question, answer: Mapping[str, Any], why: str) -> None:
    verdict = judge(question, answer, SPEECH)
    assert not verdict.success
    assert verdict.why == why


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (NOWHERE, refused(related=[cite("谢谢大家！")])),
        (SCHOOLS, answered({"quote": "今年新建学校3所"})),
        (replace(SCHOOLS, must_include=(("5 个",),)), answered(cite("今年新建学校3所"), text="引进５个")),
        (replace(SCHOOLS, type="section"), answered(cite("今年新建学校3所"), cite(ROADS * 45))),
        (SCHOOLS, answered(cite("今年新建学校3所"), cite(ROADS * 40), cite(ROADS * 44))),
        (replace(SCHOOLS, alt_quotes=(("谢谢大家",), ("新增企业12家", "引进项目5个")), must_include=()),
         answered(cite("新增企业１２家"), cite("引进项目5个"))),
        (replace(SCHOOLS, type="false_premise", answerable=False), answered(cite("今年新建学校3所"))),
        (Question("p", "fact", "谁发布？", must_include=(("本站",),)), answered(text="本站发布", basis="provenance")),
    ],
)  # fmt: skip
def test_each_way_to_be_right(question: Question, answer: Mapping[str, Any]) -> None:
    assert judge(question, answer, SPEECH).why == ""
    assert judge(question, answer, SPEECH).success


@pytest.mark.parametrize(("covered", "right"), [(9, True), (8, False)])
def test_nine_tenths_are_enough(covered: int, right: bool) -> None:
    gold = "我们要把每一所学校办"
    verdict = judge(replace(SCHOOLS, gold_quotes=(gold,), must_include=()), answered(cite(gold[:covered])), SPEECH)
    assert verdict.success is right
    assert verdict.covered == covered / 10


def test_half_of_each_list_is_no_list() -> None:
    question = replace(SCHOOLS, gold_quotes=("今年新建学校3所", "谢谢大家"), alt_quotes=(("引进项目5个", "修好道路"),))
    verdict = judge(question, answered(cite("今年新建学校3所"), cite("引进项目5个")), SPEECH)
    assert (verdict.success, verdict.covered) == (False, 0.0)


def test_a_gold_piece_may_be_cited_wherever_it_stands() -> None:
    second = TEXT.index(ROADS) + len(ROADS)
    citation = {"quote": ROADS, "start": second, "end": second + len(ROADS)}
    assert judge(replace(SCHOOLS, gold_quotes=(ROADS,), must_include=()), answered(citation), SPEECH).success


@pytest.mark.parametrize(
    "junk", [None, 5, "x", {}, {"quote": 5}, {"quote": ""}, {"quote": "今年", "start": "1", "end": True}]
)
def test_an_answer_of_any_shape_is_judged(junk: object) -> None:
    verdict = judge(SCHOOLS, answered(cite("今年新建学校3所"), junk), SPEECH)
    assert not verdict.success
    assert (verdict.quotes, verdict.offsets_right) == (2, 1)
    assert not judge(SCHOOLS, {"status": 3, "text": 4, "citations": junk, "related": junk}, SPEECH).success


PIECES = st.tuples(st.integers(0, len(TEXT) - 12), st.integers(8, 80)).map(lambda at: TEXT[at[0] : at[0] + at[1]])


@given(PIECES, st.booleans())
def test_a_quote_equal_to_gold_always_covers(gold: str, placed: bool) -> None:
    citation = cite(gold) if placed else {"quote": gold}
    verdict = judge(Question("g", "fact", "?", gold_quotes=(gold,)), answered(citation), SPEECH)
    assert (verdict.success, verdict.covered, verdict.rank) == (True, 1.0, 1)


@given(PIECES, st.data())
def test_one_changed_character_is_never_verbatim(gold: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(gold) - 1))
    other = data.draw(st.characters(blacklist_categories=["Cs"]).filter(lambda c: c != gold[at]))
    changed = gold[:at] + other + gold[at + 1 :]
    start = TEXT.index(gold)
    verdict = judge(
        Question("g", "fact", "?", gold_quotes=(gold,)),
        answered({"quote": changed, "start": start, "end": start + len(changed)}), SPEECH,
    )  # fmt: skip
    assert verdict.offsets_right == 0
    assert not verdict.success
    assert verdict.verbatim == (changed in TEXT)


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(8, 10, 0.4902, 0.9433), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (1, 2, 0.0945, 0.9055), (0, 0, 0.0, 1.0)],
)
def test_wilson_intervals(hits: int, n: int, low: float, high: float) -> None:
    assert Rate(hits, n).interval == pytest.approx((low, high), abs=5e-5)
    assert Rate(hits, n).rate == (hits / n if n else 0)


def test_the_scorecard_counts() -> None:
    questions = [
        replace(SCHOOLS, half="dev"), NOWHERE, replace(SCHOOLS, id="q3", type="list", half="report"),
        replace(NOWHERE, id="q4", half="dev"), replace(SCHOOLS, id="q5"), replace(SCHOOLS, id="never asked"),
    ]  # fmt: skip
    answers = [
        answered(cite("今年新建学校3所")), refused(related=[cite("谢谢大家！", shift=2)]),
        refused(id="q3"), answered({"quote": "假话假话假话假话"}, id="q4"), answered(text="无", id="q5"),
    ]  # fmt: skip
    card = score(questions, answers, SPEECH)
    assert card.overall == Rate(2, 6)
    assert card.types == {"fact": Rate(1, 3), "list": Rate(0, 1), "unanswerable": Rate(1, 2)}
    assert list(card.types) == ["fact", "list", "unanswerable"]
    assert (card.refused, card.answered) == (Rate(1, 2), Rate(2, 4))
    assert (card.verbatim, card.offsets_right) == (Rate(2, 3), Rate(1, 3))
    assert card.mean_quoted == 8
    assert [r.question.id for r in card.failures] == ["q3", "q4", "q5", "never asked"]
    assert card.failures[1].quotes == ("假话假话假话假话",)
    assert {half: part.overall for half, part in card.halves.items()} == {"dev": Rate(1, 2), "report": Rate(0, 1)}
    assert card.halves["dev"].halves == {}


def test_evaluate_asks_in_order_and_hands_on_what_came() -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []
    start = TEXT.index("今年新建学校3所")

    def ask(question: str, history: Sequence[str]) -> dict[str, Any]:
        asked.append((question, tuple(history)))
        citation = Citation("3.1", 3, "一、办好学校", "今年新建学校3所", start, start + 8)
        return Answer(question, question, "新建3所〔3.1〕。", citations=(citation,)).to_dict()

    kept: list[dict[str, Any]] = []
    questions = [SCHOOLS, replace(SCHOOLS, id="q9", question="那呢？", history=("学校？",))]
    card = evaluate(questions, ask, SPEECH, kept.append)
    assert asked == [("建几所学校？", ()), ("那呢？", ("学校？",))]
    assert [answer["id"] for answer in kept] == ["q1", "q9"]
    assert card.overall == Rate(2, 2)
    saved = [json.loads(json.dumps(answer)) for answer in kept]
    assert score(questions, saved, SPEECH) == card


def test_a_question_that_cannot_be_asked_is_named() -> None:
    def ask(question: str, history: Sequence[str]) -> dict[str, Any]:
        raise UsageError("too long")

    with pytest.raises(QuestionsError, match="question q1 cannot be asked: too long"):
        evaluate([SCHOOLS], ask, SPEECH)


def test_short_is_one_printable_line() -> None:
    assert short("a\n\tb\x1b[31m\ud800", 20) == "“a b\ufffd[31m\ufffd”"
    assert short("学" * 61) == "“" + "学" * 60 + "…”"
