"""Generated passages: read, held against their sentences, searched, labelled, and never quoted."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embeddings.encoder import SHIPPED as ENCODER
from embeddings.encoder import StaticEncoder
from embeddings.finder import FinderEncoder
from qa_bot.bot import Bot
from qa_bot.enrichment import LONGEST, SHIPPED, Check, Enrichment, enrichment_file, home_file, load_enrichment
from qa_bot.errors import EnrichmentError
from qa_bot.index import open_index
from qa_bot.retrieval import Retriever
from qa_bot.settings import DEFAULT_SPEECH, Settings
from qa_bot.speech import read_speech
from qa_bot.types import Answer, Notice, Speech
from qa_bot.understanding import understand
from tests.answering import ODD_QUESTIONS, hold_to_the_contract
from tests.command import run
from tests.fakes import GramEncoder, make_speech

SPEECH = make_speech(
    ("一、建设", ["全年修建水库3座。山门村通了公路。", "渡口镇的茶叶卖到外省。"]),
    ("二、民生", ["两所学校搬迁。GDP增长5%。"]),
)
SCHOOLS = {
    "address": "3.1",
    "plain": "燕子垒了新巢",
    "questions": ["燕子垒新巢了吗？", "谁垒了巢？"],
    "english": "Two schools moved.",
    "names": ["燕子", "新巢"],
}


def write(home: Path, *rows: Mapping[str, Any] | str, speech: Speech = SPEECH) -> Settings:
    """The settings of a home that holds these rows for a speech."""
    file = home_file(speech, home)
    file.parent.mkdir(parents=True, exist_ok=True)
    head = {"speech": speech.sha256, "by": "a test"}
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in (head, *rows)]
    file.write_text("\n".join(lines), "utf-8")
    return Settings(home=home)


def test_the_shipped_speech_has_passages_for_each_sentence_and_heading_and_all_of_them_hold(tmp_path: Path) -> None:
    speech = read_speech(DEFAULT_SPEECH)
    found = load_enrichment(speech, Settings(home=tmp_path))
    assert found.left_out == 0
    kinds = {"plain", "question", "english", "names"}
    assert {(p.addresses[0], p.generated) for p in found.passages} == {
        (address, kind) for address in speech.spans if "." in address or "§" in address for kind in kinds
    }
    assert all((p.start, p.end) == speech.spans[p.addresses[0]] for p in found.passages)
    assert all(p.text not in speech.text for p in found.passages if p.generated != "names")


def test_the_shipped_file_does_as_its_page_says() -> None:
    lines = (SHIPPED / "speech.jsonl").read_text("utf-8").splitlines()
    head, *rows = map(json.loads, lines)
    assert set(head) == {"speech", "by"}
    assert all(list(row) == ["address", "plain", "questions", "english", "names"] for row in rows)
    assert all(f"`{key}`" in (SHIPPED / "README.md").read_text("utf-8") for key in (*head, *rows[0]))


def test_off_or_without_a_file_there_is_nothing(tmp_path: Path) -> None:
    settings = write(tmp_path, SCHOOLS)
    assert len(load_enrichment(SPEECH, settings).passages) == 5
    assert load_enrichment(SPEECH, replace(settings, enrich=False)) == Enrichment()
    assert load_enrichment(make_speech(("", ["别的话。"])), settings) == Enrichment()


@pytest.mark.parametrize(
    ("row", "left_out"),
    [
        ({"address": "3.1", "plain": "二所学校搬了家"}, 0),
        ({"address": "3.1", "plain": "三所学校搬了家"}, 1),
        ({"address": "3.1", "english": "All 12 schools moved."}, 1),
        ({"address": "3.2", "plain": "gdp涨了百分之五"}, 0),
        ({"address": "3.2", "plain": "GDP和CPI都涨了"}, 1),
        ({"address": "3.2", "names": ["GDP", "CPI指数", "生产总值", 7]}, 2),
        ({"address": "3.1", "questions": ["搬了吗？", "5所学校？", ["搬"], ""]}, 3),
        ({"address": "9.9", "plain": "没有这一句"}, 1),
        ({"address": "1-2", "plain": "没有这一句"}, 1),
        ({"address": ["3.1"], "plain": "没有这一句"}, 1),
        ({"plain": "没有地址"}, 1),
        ({"address": "3.1", "plain": "搬" * (LONGEST + 1)}, 1),
        ({"address": "3.1", "plain": {"deep": 1}}, 1),
        ({"address": "3.1", "plain": None, "questions": "搬了吗？", "names": 3}, 0),
        ('{"address": "3.1", "plain": "搬', 1),
        ("[1, 2]", 1),
        ("[" * 100_000, 1),
    ],
)
def test_what_does_not_hold_against_its_sentence_is_left_out_and_counted(
    tmp_path: Path, row: Mapping[str, Any] | str, left_out: int
) -> None:
    found = load_enrichment(SPEECH, write(tmp_path, SCHOOLS, row))
    assert found.left_out == left_out
    assert {p.generated for p in found.passages} == {"plain", "question", "english", "names"}
    assert all(p.addresses[0] in SPEECH.spans for p in found.passages)


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("“六仗”要打好。", "The six battles."),
        ("创建“五好”园区。", "a five-good park"),
        ("晋升千亿园区。", "It became a hundred-billion park."),
        ("全年10家以上。", "十家往上"),
        ("二十大报告强调。", "the 20th congress"),
        ("我先讲几点意见。", "Let me first say a few things, one by one."),
        ("大家努力。", "机械零件和一般的事"),
    ],
)
def test_one_number_may_be_written_in_many_ways(sentence: str, text: str) -> None:
    assert Check(sentence).passes(text)


def test_a_file_that_cannot_be_read_is_told_with_its_mend(tmp_path: Path) -> None:
    settings = write(tmp_path, SCHOOLS)
    file = home_file(SPEECH, tmp_path)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(EnrichmentError, match=r"cannot be read .*; remove the file, or set QA_BOT_ENRICH=off$"):
        load_enrichment(SPEECH, settings)
    assert load_enrichment(SPEECH, replace(settings, enrich=False)) == Enrichment()
    assert enrichment_file(SPEECH, tmp_path) == file


@pytest.fixture
def searched(tmp_path: Path) -> Iterator[tuple[Retriever, Retriever]]:
    """With and without what is generated; the encoder knows nothing but characters."""
    encoder, words = GramEncoder(), StaticEncoder(ENCODER)
    settings = write(tmp_path, SCHOOLS)
    with ExitStack() as stack:
        indexes = [
            stack.enter_context(closing(open_index(SPEECH, encoder, settings, generated=generated)))
            for generated in (load_enrichment(SPEECH, settings).passages, ())
        ]
        assert indexes[0].identity != indexes[1].identity
        yield Retriever(indexes[0], encoder, words), Retriever(indexes[1], encoder, words)


def test_what_is_generated_is_found_by_its_words_alone(tmp_path: Path) -> None:
    settings, encoder = write(tmp_path, SCHOOLS), FinderEncoder(StaticEncoder(ENCODER))
    generated = load_enrichment(SPEECH, settings).passages
    with closing(open_index(SPEECH, encoder, settings, generated=generated)) as index:
        rows, kinds = index.vectors(range(len(index.passages))), [p.kind for p in index.passages]
    assert rows[:, encoder.words.dimension :].any(axis=1).tolist() == [kind != "generated" for kind in kinds]
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_a_hit_on_a_generated_passage_gives_its_sentence_and_says_so(searched: Sequence[Retriever]) -> None:
    question = understand("燕子垒新巢")
    enriched, plain = (retriever.hits(question) for retriever in searched)
    assert plain[0].passage.addresses != ("3.1",)
    assert enriched[0].passage.addresses == ("3.1",)
    assert enriched[0].passage.text == "两所学校搬迁。"
    assert enriched[0].via in {"plain", "question", "names"}
    assert all(hit.passage.kind != "generated" for hit in enriched)
    assert [hit.via for hit in plain] == [""] * len(plain)


def test_what_was_not_moved_up_is_not_labelled(searched: Sequence[Retriever]) -> None:
    for retriever in searched:
        first = retriever.hits(understand("渡口镇的茶叶卖到哪里？"))[0]
        assert (first.passage.addresses, first.via) == (("2.1",), "")


def test_the_index_keeps_what_a_passage_is(searched: Sequence[Retriever]) -> None:
    kept = searched[0].index.collection.get(where={"kind": "generated"})
    told = {(m["addresses"], m["generated"]) for m in kept["metadatas"] or ()}
    assert told == {("3.1", kind) for kind in ("plain", "question", "english", "names")}
    assert {(m["start"], m["end"]) for m in kept["metadatas"] or ()} == {SPEECH.spans["3.1"]}
    assert searched[1].index.collection.get(where={"kind": "generated"})["ids"] == []


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Bot, Bot]]:
    """Over a speech with generated passages for one sentence, and the same with `QA_BOT_ENRICH=off`."""
    settings = write(tmp_path_factory.mktemp("enriched"), SCHOOLS | {"plain": "两处学堂挪窝了"})
    with closing(Bot(SPEECH, settings)) as on, closing(Bot(SPEECH, replace(settings, enrich=False))) as off:
        yield on, off


def unlabelled(answer: Answer) -> Answer:
    return replace(answer, notices=tuple(n for n in answer.notices if n.kind != "generated"))


def test_an_answer_that_generated_words_found_quotes_the_speech_and_is_labelled(bots: tuple[Bot, Bot]) -> None:
    on, off = (bot.ask("几处学堂挪窝了？") for bot in bots)
    assert on.citations[0].quote.startswith("两所学校搬迁。")
    assert {n.kind for n in on.notices} == {"generated"}
    assert off.status == "refused"
    assert off.notices == ()


def test_generated_words_are_never_shown(bots: tuple[Bot, Bot]) -> None:
    for question in (*ODD_QUESTIONS, "学堂挪窝没有？", "燕子垒新巢了吗？", "新巢", "谁垒了巢？"):
        answer = bots[0].ask(question)
        hold_to_the_contract(unlabelled(answer), SPEECH)
        shown = answer.text + "".join(n.detail for n in answer.notices)
        assert not any(word in shown.replace(question, "") for word in ("学堂挪窝了", "Two schools moved"))


@pytest.mark.parametrize("question", ["新巢什么时候垒？", "垒新巢花了多少钱？", "新巢是谁垒的？"])
def test_other_words_for_a_sentence_do_not_make_it_say_more(bots: tuple[Bot, Bot], question: str) -> None:
    assert [bot.ask(question).status for bot in bots] == ["refused"] * 2


def test_an_answer_without_help_is_not_labelled(bots: tuple[Bot, Bot]) -> None:
    answer = bots[0].ask("渡口镇的茶叶卖到哪里？")
    assert [c.marker for c in answer.citations] == ["2.1"]
    assert not any(isinstance(n, Notice) for n in answer.notices)


def test_ingest_and_doctor_say_how_many_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = f"{len(load_enrichment(read_speech(DEFAULT_SPEECH), Settings(home=tmp_path)).passages)} generated passages"
    assert told in run("ingest", DEFAULT_SPEECH).err
    assert f"utf-8; {told})\n" in run("doctor").out
    monkeypatch.setenv("QA_BOT_ENRICH", "off")
    assert "; no generated passages" in run("ingest", DEFAULT_SPEECH).err
    assert "utf-8; no generated passages)\n" in run("doctor").out
