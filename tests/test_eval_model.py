"""`eval` with a chat model: asked side by side, kept from run to run, its cost and its checks told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.command import Done, run
from tests.model_server import ModelServer, fail, say

TEXT = "各位代表：\n一、工作\n今年新建学校10所。去年植树三千亩。我们要继续努力。\n"
QUESTIONS = [
    {"id": "a1", "type": "fact", "question": "新建学校多少所？", "gold_quotes": ["今年新建学校10所"]},
    {"id": "a2", "type": "fact", "question": "植树多少亩？", "gold_quotes": ["去年植树三千亩"]},
    {"id": "a3", "type": "unanswerable", "question": "火星基地投资多少？", "answerable": False},
]
RIGHT = "今年新建学校“10所”，去年植树3000亩〔2.1〕〔2.2〕。"


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    (tmp_path / "s.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text("\n".join(json.dumps(q, ensure_ascii=False) for q in QUESTIONS), "utf-8")
    monkeypatch.setenv("QA_BOT_LLM", "openai:any")
    monkeypatch.setenv("QA_BOT_LLM_RETRIES", "0")
    monkeypatch.setenv("QA_BOT_LLM_PRICE", "1,2")
    return ["eval", "--questions", "q.jsonl", "--speech", "s.txt", "--out", "out.jsonl"]


def evaluated(server: ModelServer, command: list[str], monkeypatch: pytest.MonkeyPatch) -> Done:
    monkeypatch.setenv("QA_BOT_LLM_BASE_URL", server.url)
    done = run(*command)
    assert done.code == 0, done
    return done


def test_answers_come_in_order_and_are_told_of(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ModelServer(say(RIGHT)) as server:
        done = evaluated(server, [*command, "--jobs", "3"], monkeypatch)
        answers = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text("utf-8").splitlines()]
        assert [a["id"] for a in answers] == ["a1", "a2", "a3"]
        assert {a["mode"] for a in answers} == {"chat"}
        assert all("first_token" in a["timings_ms"] for a in answers)
        assert "model: asked 3 times; 3 answers are its own, 0 fell back" in done.out
        assert "tokens: " in done.out
        assert "cost " in done.out
        assert len(server.requests) == 3
        again = evaluated(server, [*command, "--report", "report"], monkeypatch)
        assert len(server.requests) == 3, "what was kept is not asked again, and a report asks no model"
        assert again.out == done.out
        page = (tmp_path / "report" / "report.html").read_text("utf-8")
        assert "answers: openai:any" in page
        assert "model: asked 3 times; 3 answers are its own, 0 fell back" in page
        monkeypatch.setenv("QA_BOT_LLM_TEMPERATURE", "1")
        evaluated(server, command, monkeypatch)
        assert len(server.requests) == 6, "what could change the answer is asked anew"


def test_a_run_that_fell_back_is_asked_again(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    with ModelServer(fail(500)) as server:
        assert "0 answers are its own, 3 fell back" in evaluated(server, command, monkeypatch).out
        server.script(say(RIGHT))
        assert "3 answers are its own, 0 fell back" in evaluated(server, command, monkeypatch).out
