"""Generated passages written by a chat model: whole, resumed, kept by sentence, held against the sentence."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.enriching import BATCH, GIVES_UP, Enricher, Written, digest
from qa_bot.enrichment import home_file, load_enrichment, read_rows
from qa_bot.errors import EnrichmentError, ModelError
from qa_bot.prompting import load_prompts
from qa_bot.settings import DEFAULT_SPEECH, Settings
from qa_bot.speech import read_speech
from qa_bot.types import Speech
from tests.command import run
from tests.fakes import ScriptedModel, make_speech
from tests.model_server import ModelServer, Reply, Request, fail, say

WORDS = StaticEncoder(SHIPPED)
SENTENCES = [
    "全年修建水库3座。",
    "山门村通了公路。",
    "渡口镇的茶叶卖到外省。",
    "两所学校搬迁。",
    "GDP增长5%。",
    "老人免费坐车。",
]
SPEECH = make_speech(("一、建设", ["".join(SENTENCES[:3])]), ("二、民生", ["".join(SENTENCES[3:])]))


def asked_about(prompt: str) -> list[tuple[str, str]]:
    """(address, sentence) of every line of a prompt's last speech block."""
    return re.findall(r"^\[([\d.]+)\] (.+)$", prompt.rpartition("<speech>")[2], re.MULTILINE)


def row(address: str, **changes: Any) -> str:
    told = {"address": address, "plain": f"换句话说{'甲乙丙丁'[int(address[-1]) % 4]}", "questions": ["说了什么？"]}
    return json.dumps(told | changes, ensure_ascii=False)


def obey(request: Request) -> Reply:
    """A row for each sentence asked about."""
    return say("\n".join(row(address) for address, _ in asked_about(request.prompt)), by=40)


def enricher(*replies: str | Exception, speech: Speech = SPEECH) -> tuple[Enricher, ScriptedModel]:
    model = ScriptedModel(*replies)
    return Enricher(speech, model, load_prompts(), WORDS), model


def rows(home: Path, speech: Speech = SPEECH) -> dict[str, dict[str, Any]]:
    return {str(row.get("address")): dict(row) for row in read_rows(home_file(speech, home))}


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    file = tmp_path / "talk.txt"
    file.write_text("一篇讲话\n\n同志们：\n\n" + "\n\n".join(["".join(SENTENCES[:3]), "".join(SENTENCES[3:])]), "utf-8")
    return file


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer(obey) as server:
        monkeypatch.setenv("QA_BOT_LLM", "openai:any")
        monkeypatch.setenv("QA_BOT_LLM_BASE_URL", server.url)
        monkeypatch.setenv("QA_BOT_LLM_RETRIES", "0")
        yield server


def test_every_sentence_is_asked_about_once_and_the_index_holds_what_came(
    server: ModelServer, talk: Path, tmp_path: Path
) -> None:
    first, second = run("ingest", talk, "--enrich"), run("ingest", talk, "--enrich")
    assert (first.code, second.code) == (0, 0), first.err
    address = server.root.removeprefix("http://")
    assert first.err.startswith(
        f"7 sentences have generated passages, 7 of them written now by openai:any at {address}\n"
    )
    assert second.err.startswith("7 sentences have generated passages, 0 of them written now")
    assert "; 14 generated passages\n" in first.err
    assert second.out.endswith("index was ready\n")
    told = [pair for request in server.requests for pair in asked_about(request.prompt)]
    assert [sentence for _, sentence in told] == ["同志们：", *SENTENCES]
    assert len(server.requests) == -(-len(told) // BATCH)


def test_a_run_that_fails_keeps_what_came_and_the_next_one_goes_on(server: ModelServer, talk: Path) -> None:
    server.script(obey, fail(401))
    failed = run("ingest", talk, "--enrich")
    assert (failed.code, failed.out) == (1, "")
    assert failed.err.endswith(f"; {BATCH} sentences are written: start again to go on\n")
    assert failed.err.count("\n") == 1
    server.script(obey)
    server.requests.clear()
    assert run("ingest", talk, "--enrich").code == 0
    told = [pair for request in server.requests for pair in asked_about(request.prompt)]
    assert [sentence for _, sentence in told] == SENTENCES[BATCH - 1 :]


def test_a_line_that_was_cut_off_is_asked_about_again(tmp_path: Path) -> None:
    batches = [
        "\n".join(row(address) for address in batch)
        for batch in (("1.1", "1.2", "1.3", "2.1"), ("2.2", "2.3"), ("2.3",))
    ]
    write, model = enricher(*batches)
    assert write.write(tmp_path) == Written(6, 6, (), 0)
    file = home_file(SPEECH, tmp_path)
    whole = file.read_bytes()
    for size in (len(whole) - 30, len(whole) - 1):
        file.write_bytes(whole[:size])
        write.write(tmp_path)
        assert set(rows(tmp_path)) - {"None"} == {"1.1", "1.2", "1.3", "2.1", "2.2", "2.3"}
        assert load_enrichment(SPEECH, Settings(home=tmp_path)).passages[-1].addresses == ("2.3",)
    assert len(model.asked) == 3


def test_a_sentence_of_another_speech_is_not_asked_about_again(tmp_path: Path) -> None:
    first, _ = enricher("\n".join(row(f"1.{n}") for n in (1, 2)), speech=make_speech(("", ["".join(SENTENCES[2:4])])))
    assert first.write(tmp_path).asked == 2
    write, model = enricher("\n".join(row(a) for a in ("1.1", "1.2", "2.2", "2.3")))
    assert write.write(tmp_path) == Written(6, 4, (), 0)
    assert [address for address, _ in asked_about(str(model.asked[0][1][1]))] == ["1.1", "1.2", "2.2", "2.3"]
    kept = rows(tmp_path)
    assert kept["2.1"]["plain"] == json.loads(row("1.2"))["plain"]
    assert {address: kept[address]["sentence"] for address in ("1.3", "2.1")} == {
        "1.3": digest(SENTENCES[2]), "2.1": digest(SENTENCES[3])
    }  # fmt: skip


def test_what_the_sentence_does_not_say_is_not_kept(tmp_path: Path) -> None:
    speech = make_speech(("", ["两所学校搬迁。"]))
    write, _ = enricher(
        row(
            "1.1",
            plain="北京的两所学校搬了家",
            questions=["哪里搬了？", "3所学校搬了吗？", "WTO搬了吗？", 5],
            english="Two Schools of Hunan moved.",
            names=["学校", "上海", "school"],
        ),
        speech=speech,
    )
    assert write.write(tmp_path) == Written(1, 1, (), 5)
    assert rows(tmp_path, speech)["1.1"] == {
        "address": "1.1",
        "sentence": digest("两所学校搬迁。"),
        "by": "scripted:model",
        "questions": ["哪里搬了？"],
        "english": "Two Schools of moved.",
        "names": ["学校", "school"],
    }
    assert load_enrichment(speech, Settings(home=tmp_path)).left_out == 0


@pytest.mark.parametrize("end", ["length", None, "content_filter"])
def test_an_answer_that_breaks_off_counts_as_far_as_it_went(server: ModelServer, talk: Path, end: str | None) -> None:
    def breaks_off(request: Request) -> Reply:
        (address, _), *more = asked_about(request.prompt)
        return say(row(address) + "\n" + row("9.9")[:20], finish=end) if more else obey(request)

    server.script(breaks_off)
    done = run("ingest", talk, "--enrich")
    assert (done.code, "nothing usable" in done.err) == (0, False), done.err
    assert done.err.startswith("7 sentences have generated passages, 7 of them written now")


def test_a_sentence_that_nothing_comes_of_is_named(tmp_path: Path) -> None:
    write, model = enricher(
        "\n".join(row(a) for a in ("1.1", "1.2", "1.3")), row("2.1", plain="九十九所", questions=[]),
        row("2.2") + "\n" + row("2.3"),
    )  # fmt: skip
    heard: list[tuple[int, int]] = []
    assert write.write(tmp_path, lambda done, of: heard.append((done, of))) == Written(5, 5, ("2.1",), 1)
    assert (len(model.asked), heard) == (3, [(3, 6), (4, 6), (6, 6)])


@pytest.mark.parametrize(
    "said", ["我不会写JSON。", "", "[]", '{"address": "7.7", "plain": "别的"}', row("1.1", plain=9, questions=1)]
)
def test_a_model_that_cannot_do_it_is_told_so(tmp_path: Path, said: str) -> None:
    write, model = enricher(said)
    with pytest.raises(ModelError, match=r"scripted:model writes no lines that can be used; choose another .*\(0 sent"):
        write.write(tmp_path)
    assert len(model.asked) == GIVES_UP
    assert not home_file(SPEECH, tmp_path).exists()


def test_an_address_that_was_not_asked_about_is_passed_over(tmp_path: Path) -> None:
    others = "\n".join(row(a) for a in ("1.1", "1.2", "1.3", "2.1", "2.2", "0.1", "§1"))
    write, _ = enricher(others, row("2.2") + "\n" + row("2.3"))
    assert write.write(tmp_path) == Written(6, 6, (), 0)
    assert list(rows(tmp_path)) == ["1.1", "1.2", "1.3", "2.1", "2.2", "2.3"]


@given(st.text() | st.recursive(st.none() | st.text() | st.integers(), lambda inner: st.lists(inner, max_size=3)))
def test_whatever_a_model_writes_the_file_can_be_read(tmp_path_factory: pytest.TempPathFactory, said: Any) -> None:
    home = tmp_path_factory.mktemp("said")
    speech = make_speech(("", ["两所学校搬迁。"]))
    answer = json.dumps({"address": "1.1", "plain": said, "names": said, "questions": [said], "english": said})
    write, _ = enricher(answer, speech=speech)
    write.write(home)
    assert load_enrichment(speech, Settings(home=home)).left_out == 0


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "--enrich needs a chat model; name one in QA_BOT_LLM"),
        ({"QA_BOT_LLM": "openai:any", "QA_BOT_ENRICH": "off"}, "QA_BOT_ENRICH=off leaves out; give one of them"),
    ],
)
def test_where_it_cannot_be_done_the_line_says_why(
    talk: Path, monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], told: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    done = run("ingest", talk, "--enrich")
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_for_the_shipped_speech_nothing_is_written(server: ModelServer) -> None:
    done = run("ingest", DEFAULT_SPEECH, "--enrich")
    assert done.code == 0
    assert done.err.startswith("generated passages of this speech are shipped; nothing was written\n")
    assert server.requests == []


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "enrichment").write_text("a file where the folder should be")
    write, _ = enricher("\n".join(row(a) for a in ("1.1", "1.2", "1.3", "2.1")))
    with pytest.raises(EnrichmentError, match=r"cannot be written to .*; free space, or set QA_BOT_HOME"):
        write.write(tmp_path)


def test_the_files_of_a_home_do_not_reach_the_shipped_speech(tmp_path: Path) -> None:
    speech = read_speech(DEFAULT_SPEECH)
    home_file(speech, tmp_path).parent.mkdir()
    home_file(speech, tmp_path).write_text("{}\n" + row("1.1") + "\n", "utf-8")
    assert row("1.1") not in {p.text for p in load_enrichment(speech, Settings(home=tmp_path)).passages}
    assert len(load_enrichment(speech, Settings(home=tmp_path)).passages) > 500
