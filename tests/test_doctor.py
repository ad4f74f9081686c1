"""The doctor: what is in force, what would fail, each with its mend; nothing is built."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterator
from pathlib import Path

import pytest

from qa_bot.doctor import NEEDED, OPTIONAL, Check, examine, package
from tests.command import run
from tests.model_server import ModelServer, fail, say

ROOT = Path(__file__).parent.parent


def found(what: str) -> Check:
    return next(check for check in examine() if check.what == what)


def test_where_all_is_well_everything_is_named_and_nothing_is_built(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QA_BOT_LANG=en\n", "utf-8")
    done = run("doctor")
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(line.startswith(("ok    ", "      → ")) for line in lines), done.out
    assert f"ok    chromadb: {importlib.metadata.version('chromadb')}" in lines
    home = tmp_path / "qa_bot_home"
    assert f"ok    settings: QA_BOT_HOME={home} (environment); QA_BOT_LANG=en (.env)" in lines
    assert f"ok    index: {home / 'index'} (0 ready, 0 unfinished or replaced)" in lines
    assert any(line.startswith(f"ok    speech: {ROOT / 'data/speech.txt'} (15 paragraphs") for line in lines)
    assert any(line.startswith("ok    encoder: shipped, ") for line in lines)
    assert not home.exists()


def test_an_index_that_is_ready_is_counted() -> None:
    assert run("ingest", ROOT / "data/speech.txt").code == 0
    assert "(1 ready, 0 unfinished" in found("index").found


@pytest.mark.parametrize(
    ("name", "value", "what", "told"),
    [
        ("QA_BOT_SPEECH", "nowhere.txt", "speech", "nowhere.txt"),
        ("QA_BOT_ENCODER", "static:nowhere", "encoder", "QA_BOT_ENCODER=static:nowhere: no model folder nowhere; "),
        ("QA_BOT_ENCODER", "word2vec", "encoder", "unknown encoder 'word2vec'; it is `shipped`"),
        ("QA_BOT_CHROMA", "http://127.0.0.1:9", "index", "http://127.0.0.1:9 cannot be reached"),
        ("QA_BOT_HOME", str(ROOT / "README.md" / "x"), "index", "README.md is not a folder"),
        ("QA_BOT_LANG", "fr", "settings", "QA_BOT_LANG is 'fr'; write one of zh, en"),
        ("QA_BOT_LAGN", "zh", "settings", "unknown setting QA_BOT_LAGN; the settings are QA_BOT_HOME, "),
    ],
)
def test_what_would_fail_is_told(monkeypatch: pytest.MonkeyPatch, name: str, value: str, what: str, told: str) -> None:
    monkeypatch.setenv(name, value)
    done = run("doctor")
    failing = [line for line in done.out.splitlines() if not line.startswith(("ok  ", "      "))]
    assert (done.code, done.err) == (1, "")
    assert len(failing) == 1
    assert failing[0].startswith(f"FAIL  {what}: ")
    assert told in failing[0]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer() as server:
        monkeypatch.setenv("QA_BOT_LLM", "openai:any")
        monkeypatch.setenv("QA_BOT_LLM_BASE_URL", server.url)
        monkeypatch.setenv("QA_BOT_LLM_API_KEY", "sk-not-to-be-shown")
        yield server


def test_a_model_is_asked_for_one_word(server: ModelServer) -> None:
    server.script(say("OK"))
    done = run("doctor")
    line = next(line for line in done.out.splitlines() if "model:" in line)
    assert line.startswith(
        f"ok    model: openai:any; {server.root.removeprefix('http://')} gets the question, the evidence "
    )
    assert line.endswith(" s, 100 tokens in, 20 out")
    assert "QA_BOT_LLM_API_KEY=(set) (environment)" in done.out
    assert "sk-not" not in done.out
    assert len(server.requests) == 1


def test_a_model_that_fails_is_told_with_its_mend(server: ModelServer) -> None:
    server.script(fail(401, "sk-not-to-be-shown is wrong"))
    check = found("model")
    assert not check.ok
    assert check.found.endswith("refuses the key (HTTP 401: *** is wrong); check QA_BOT_LLM_API_KEY")


def test_a_package_that_is_missing_fails_where_it_is_needed() -> None:
    needed = package("no-package-has-this-name", "install it")
    spare = package("no-package-has-this-name", "install it", needed=False)
    assert needed == Check("no-package-has-this-name", False, "not installed", "install it")
    assert spare == Check("no-package-has-this-name", True, "not installed", "install it")


def test_the_packages_are_those_of_the_requirements() -> None:
    light, full = ((ROOT / name).read_text("utf-8") for name in ("requirements-light.in", "requirements.in"))
    assert all(f"\n{name}" in light for name in NEEDED)
    assert all(f"\n{name}" in light + full for name in OPTIONAL)
