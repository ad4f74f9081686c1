"""Citation recall and precision by ALCE's definitions, on answers whose attribution is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.citations import cite
from qa_bot.evaluation import Question, Rate
from qa_bot.evaluation.attribution import Attribution, Refuser, attribution, refused_by, statements
from qa_bot.proof import prove
from qa_bot.speech import parse_speech
from tests.answering import TEXTS

SPEECH = parse_speech(TEXTS["nested"])
WORDS = StaticEncoder(SHIPPED)
GRAIN, FIELDS, TEA, RESERVOIR, CHIEF, DROUGHT = "2.2", "2.3", "3.2", "4.2", "4.3", "4.4"


def answer(text: str, *markers: str, **others: Any) -> dict[str, Any]:
    cited = [cite(SPEECH, SPEECH.spans[marker]) for marker in markers]
    citations = [{"marker": c.marker, "quote": c.quote, "start": c.start, "end": c.end} for c in cited]
    return {"id": "1", "status": "answered", "mode": "chat", "text": text, "citations": citations} | others


def judged(text: str, *markers: str) -> list[tuple[bool, tuple[bool, ...]]]:
    return [(s.supported, s.precise) for s in statements(answer(text, *markers), SPEECH, WORDS)]


def test_the_addresses_of_these_tests() -> None:
    said = {
        marker: SPEECH.text[slice(*SPEECH.spans[marker])] for marker in (GRAIN, FIELDS, TEA, RESERVOIR, CHIEF, DROUGHT)
    }
    wanted = ("粮食总产量", "高标准农田", "茶叶", "月牙湾", "周明远", "之所以")
    assert all(word in text for word, text in zip(wanted, said.values(), strict=True)), said


@pytest.mark.parametrize(
    ("text", "markers", "supported"),
    [
        ("去年全县粮食总产量达到32.6万吨〔2.2〕。", [GRAIN], True),
        ("粮食总产量“达到32.6万吨”〔2.2〕。", [GRAIN], True),
        ("The total grain output of the county reached 326,000 tons〔2.2〕.", [GRAIN], True),
        ("去年全县粮食总产量达到32.6万吨〔2.3〕。", [FIELDS], False),
        ("去年全县粮食总产量达到33.6万吨〔2.2〕。", [GRAIN], False),
        ("粮食总产量“达到33.6万吨”〔2.2〕。", [GRAIN], False),
        ("去年全县粮食总产量达到32.6万吨。", [], False),
        ("去年全县粮食总产量达到32.6万吨〔9.9〕。", [GRAIN], False),
        ("水库建设由局长王建国同志负责〔4.3〕。", [CHIEF], False),
        ("水库建设由水利局局长周明远同志负责〔4.3〕。", [CHIEF], True),
        ("全县下一步要大力发展太空旅游和量子计算〔4.3〕。", [CHIEF], False),
        ("第4段说：“月牙湾水库将于2026年6月竣工”〔4.2〕。", [RESERVOIR], True),
    ],
)
def test_recall_of_a_statement(text: str, markers: list[str], supported: bool) -> None:
    assert [s for s, _ in judged(text, *markers)] == [supported]


def test_an_unneeded_citation_costs_precision_and_not_recall() -> None:
    text = "去年全县粮食总产量达到32.6万吨〔2.2〕〔3.2〕。"
    assert judged(text, GRAIN, TEA) == [(True, (True, False))]


def test_citations_that_only_together_support_are_both_precise() -> None:
    text = "去年全县粮食总产量达到32.6万吨，茶叶出口额达到2.3亿元〔2.2〕〔3.2〕。"
    assert judged(text, GRAIN, TEA) == [(True, (True, True))]
    assert [s for s, _ in judged(text, GRAIN)] == [False]


def test_two_citations_that_each_support_are_both_precise() -> None:
    assert judged("粮食总产量“达到32.6万吨”〔2.2〕〔2.2〕。", GRAIN) == [(True, (True, True))]


def test_of_an_unsupported_statement_no_citation_is_precise() -> None:
    assert judged("“达到99万吨”〔2.2〕〔3.2〕。", GRAIN, TEA) == [(False, (False, False))]


def test_a_lead_in_and_a_denial_are_no_statements() -> None:
    assert judged("讲话给出的数字在这里：\n第2段：“去年全县粮食总产量达到32.6万吨”〔2.2〕", GRAIN) == [(True, (True,))]
    assert judged("讲话没有提到粮食的价格。") == []


@pytest.mark.parametrize("others", [{"status": "refused"}, {"basis": "provenance"}])
def test_refusals_and_the_page_s_own_data_state_nothing_of_the_speech(others: dict[str, Any]) -> None:
    assert statements(answer("全县粮食总产量达到32.6万吨。", **others), SPEECH, WORDS) == ()


def test_a_quote_that_is_not_in_the_speech_supports_nothing() -> None:
    forged = {"marker": "2.2", "quote": "全县粮食总产量达到99万吨", "start": 0, "end": 12}
    (one,) = statements(answer("粮食总产量达到99万吨〔2.2〕。", citations=[forged]), SPEECH, WORDS)
    assert not one.supported


@pytest.mark.parametrize(
    ("others", "side"),
    [
        ({"status": "answered"}, None),
        ({"status": "refused", "mode": "chat", "model": "a:b"}, "model"),
        ({"status": "refused", "mode": "quote", "model": "a:b"}, "code"),
        ({"status": "refused", "mode": "quote", "model": None}, "quoter"),
    ],
)
def test_who_refused(others: dict[str, Any], side: Refuser | None) -> None:
    assert refused_by(answer("…", **others)) == side


def run() -> Attribution:
    text = "“达到32.6万吨”，“增长4.1%”，九成九"
    states = [(1, 9, "exact"), (12, 18, "repaired"), (20, 23, "downgraded")]
    quotations = [{"start": a, "end": b, "state": state, "citation": 0} for a, b, state in states]
    answers = [
        answer("粮食总产量“达到32.6万吨”〔2.2〕〔3.2〕。今年要建太空电梯〔2.2〕。", GRAIN, TEA, id="a"),
        answer("茶叶出口额达到2.3亿元〔3.2〕。", TEA, id="b"),
        answer("【未提及】", status="refused", model="x:y", id="c"),
        answer("没有提到", status="refused", mode="quote", model="x:y", id="d"),
        answer(text, id="e", status="refused", model="x:y", quotations=quotations),
        answer(text, id="f", mode="quote", status="refused", quotations=quotations),
    ]
    unanswerable = [Question(id, "unanswerable", "？", answerable=False) for id in "cd"]
    return attribution(answers, [*unanswerable, Question("e", "fact", "？")], SPEECH, WORDS)


def test_a_run_is_counted() -> None:
    found = run()
    assert (found.recall, found.precision) == (Rate(2, 3), Rate(2, 4))
    assert found.mean_recall == pytest.approx((0.5 + 1) / 2)
    assert found.mean_precision == pytest.approx((1 / 3 + 1) / 2)
    assert found.states == {"exact": 1, "repaired": 1, "downgraded": 1}
    assert (found.before, found.after) == (Rate(1, 3), Rate(2, 2))
    assert found.refusals == {"model": Rate(1, 2), "code": Rate(1, 1), "quoter": Rate(0, 1)}


def test_a_quotation_that_was_let_through_wrongly_shows_after_checking() -> None:
    wrong = answer("“达到99万吨”〔2.2〕", GRAIN, quotations=[{"start": 1, "end": 7, "state": "exact", "citation": 0}])
    outside = answer("短", quotations=[{"start": 5, "end": 900, "state": "exact", "citation": 0}])
    assert attribution([wrong, outside], [], SPEECH, WORDS).after == Rate(0, 2)


def test_nothing_is_nothing() -> None:
    found = attribution([], [], SPEECH, WORDS)
    assert (found.recall, found.mean_recall, found.mean_precision) == (Rate(0, 0), 0.0, 0.0)


def test_what_the_proof_lets_through_is_attributed() -> None:
    written = "全县粮食总产量“达到32.6万吨”〔3.2〕。月牙湾水库“将于2028年竣工”〔4.2〕。白鹭湖民宿集群接待游客86万人次。"
    proved = prove(written, SPEECH, set(SPEECH.spans), words=WORDS)
    citations = [{"marker": c.marker, "quote": c.quote, "start": c.start, "end": c.end} for c in proved.citations]
    (first, *_), (raw, *_) = (
        statements(one, SPEECH, WORDS)
        for one in (answer(proved.text, citations=citations), answer(written, TEA, RESERVOIR))
    )
    assert (first.supported, raw.supported) == (True, False)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["id", "status", "mode", "basis", "text", "citations", "quotations", "model"])


@given(st.lists(st.dictionaries(keys, values)))
def test_any_object_can_be_counted(answers: list[dict[str, Any]]) -> None:
    found = attribution(answers, [], SPEECH, WORDS)
    assert 0 <= found.recall.rate <= 1
    assert found.precision.hits <= found.precision.n
