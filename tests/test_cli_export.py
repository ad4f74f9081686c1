"""`export` and `ratings`: documents of exported answers, and the page's thumbs for `eval`."""

from __future__ import annotations

import io
import json
from pathlib import Path

import docx
import pytest

from qa_bot.settings import load_settings
from qa_bot.speech import read_speech
from qa_bot.store import open_store
from qa_bot.types import Answer
from tests.command import fault, run

QUOTE = "今年新建厂房12座。"
OWNER = "a-browser-that-nobody-can-guess"


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A short speech, and in `a.json` an answer from it."""
    path = tmp_path / "讲话.txt"
    path.write_text(f"同志们：\n一、抓产业\n{QUOTE}企业要用好人才。\n", "utf-8")
    (tmp_path / "a.json").write_text(run("ask", "新建厂房多少座？", "--json", "--speech", path).out, "utf-8")
    return path


@pytest.mark.parametrize("ending", ["md", "html", "json", "docx", "DOCX"])
def test_a_document_of_an_answer(talk: Path, ending: str) -> None:
    done = run("export", "a.json", "--out", f"b.{ending}", "--speech", talk)
    assert (done.code, done.out, done.err) == (0, "", "")
    made = Path(f"b.{ending}").read_bytes()
    if ending.lower() == "docx":
        told = "\n".join(paragraph.text for paragraph in docx.Document(io.BytesIO(made)).paragraphs)
    else:
        told = made.decode()
    assert QUOTE in told
    assert not list(Path.cwd().glob(".*.part"))


def test_a_document_can_be_made_again_of_the_proof(talk: Path) -> None:
    assert run("export", "a.json", "--out", "b.json", "--speech", talk).code == 0
    assert run("verify", "b.json", "--speech", talk).code == 0
    told = json.loads(Path("b.json").read_text("utf-8"))
    told[0]["asked"] = "2026-11-24T16:30:00+08:00"
    Path("c.json").write_text(json.dumps(told), "utf-8")
    assert run("export", "c.json", "--out", "c.md", "--lang", "en", "--speech", talk).code == 0
    assert "Asked\\: 2026-11-24 16\\:30 UTC\\+0800" in Path("c.md").read_text("utf-8")


def test_what_cannot_be_exported_is_told(talk: Path, tmp_path: Path) -> None:
    assert "names no format" in fault(run("export", "a.json", "--out", "b.pdf", "--speech", talk), 2)
    assert "nowhere.json" in fault(run("export", "nowhere.json", "--out", "b.md", "--speech", talk))
    assert "cannot be written" in fault(run("export", "a.json", "--out", tmp_path / "no" / "b.md", "--speech", talk))
    (tmp_path / "b.md").write_text("mine")
    (tmp_path / "odd.json").write_text('[{"text": 3}]')
    assert "answer 1 is none" in fault(run("export", "odd.json", "--out", "b.md", "--speech", talk))
    assert (tmp_path / "b.md").read_text() == "mine"


def test_thumbs_become_a_questions_file(talk: Path) -> None:
    assert run("ratings", "--speech", talk).out == ""
    store, speech = open_store(load_settings()), read_speech(talk)
    id = store.begin(OWNER, speech, "厂房")
    store.add(OWNER, id, "新建厂房多少座？", Answer.from_dict(json.loads(Path("a.json").read_bytes())))
    store.rate(OWNER, id, 1, True)
    done = run("ratings", "--speech", talk)
    assert (done.code, done.err) == (0, "")
    Path("q.jsonl").write_text(done.out, "utf-8")
    evaluated = run("eval", "--questions", "q.jsonl", "--speech", talk, "--fail-under", "1")
    assert evaluated.code == 0, evaluated.out
    store.path.write_bytes(b"not a database, " * 99)
    assert "is damaged" in fault(run("ratings", "--speech", talk))
