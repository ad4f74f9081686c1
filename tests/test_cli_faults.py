"""Bad input at the command line: one clear line, an exit code, and nothing half-written."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from qa_bot.cli.streams import run as run_command
from qa_bot.settings import DEFAULT_SPEECH
from tests.command import fault, run

TEXT = "同志们：今年新建厂房12座。企业要用好人才。"
GOOD = {"id": "a", "type": "fact", "question": "新建厂房多少座？", "gold_quotes": ["今年新建厂房12座"]}


def line(**changes: object) -> str:
    """A line of a questions file: a good one, changed."""
    return json.dumps(GOOD | changes, ensure_ascii=False)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, with what is in it."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


FILES = {
    "empty.txt": (b"", "is empty"),
    "blank.txt": ("\n \t\u3000\r\n".encode(), "is empty"),
    "binary.txt": (bytes(range(256)) * 8, "is a binary file"),
    "picture.txt": (b"\x89PNG\r\n\x1a\n" + bytes(64), "is a picture"),
    "large.txt": ((TEXT * 200).encode(), "over the limit of 5,000; raise QA_BOT_MAX_BYTES"),
}


@pytest.mark.parametrize("name", [*FILES, "missing.txt", "folder"])
def test_a_file_that_is_no_speech_is_told_and_the_index_stays(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QA_BOT_MAX_BYTES", "5000")
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "folder").mkdir()
    for file, (data, _) in FILES.items():
        (tmp_path / file).write_bytes(data)
    assert run("ingest", "good.txt").code == 0
    before = contents(tmp_path)
    told = {"missing.txt": "no file", "folder": "is a folder"} | {file: why for file, (_, why) in FILES.items()}
    for command in (("show", name, "--plain"), ("ingest", name), ("ask", "几座？", "--speech", name)):
        text = fault(run(*command))
        assert name in text
        assert told[name] in text
        assert "; " in text, "what to do"
    assert contents(tmp_path) == before


def test_an_encoding_that_does_not_fit_is_told_with_the_offset(tmp_path: Path) -> None:
    (tmp_path / "old.txt").write_bytes(TEXT.encode("gb18030"))
    assert run("show", "old.txt", "--plain").out == TEXT
    assert run("show", "old.txt", "--plain", "--encoding", "gbk").out == TEXT
    wrong = fault(run("show", "old.txt", "--encoding", "utf-8"))
    assert all(said in wrong for said in ("old.txt is not utf-8", "offset 4", "--encoding"))
    assert "unknown encoding 'klingon'; try utf-8" in fault(run("show", "old.txt", "--encoding", "klingon"))


@pytest.mark.parametrize("question", ["", " \u3000", "？！……", "\x00\x07\x1b", "\u200b\ufeff", "\udcff\udcfe", "🙂"])
def test_a_question_with_nothing_in_it_is_bad_usage(question: str) -> None:
    assert "the question is empty" in fault(run("ask", question), 2)
    assert "the question is empty" in fault(run("ask", "为什么？", "--history", question), 2)


def test_a_question_that_is_a_text_is_bad_usage() -> None:
    assert "10000 characters; ask with at most 2000" in fault(run("ask", "问" * 10_000), 2)


@pytest.mark.parametrize(
    "question",
    [
        "Сколько частей в речи?",
        "كم عدد أجزاء الخطاب؟",
        "이 연설은 몇 부분입니까?",
        "高新区\x1b[31m有多少\x00家企业\x07",
        "企业\udcff多少家",
        "🙂🙂企业🙂",
        "**",
        "<script>alert(1)</script>",
        "讲" * 2000,
        "'; DROP TABLE speech; --",
    ],
)
def test_any_other_question_is_answered_or_refused(question: str) -> None:
    done = run("ask", "--json", "--", question)
    assert (done.code, done.err) == (0, "") or (done.code, done.out) == (2, "")
    if not done.code:
        assert json.loads(done.out)["status"] in ("answered", "refused")
        assert not [c for c in done.out if c < " " and c != "\n"]


@pytest.mark.parametrize(
    ("lines", "number", "why"),
    [
        (["{"], 1, "not JSON"),
        ([line(), "[]"], 2, "not an object"),
        ([line(), "", line()], 3, "id “a” was used before"),
        ([line(gold_quotes=["这句没有说过"])], 1, "is not in the speech"),
        ([line(type="riddle")], 1, 'type is “"riddle"”; write one of fact, list'),
        ([line(question="")], 1, "question is"),
        ([line(half="third")], 1, "half is"),
    ],
)
def test_a_malformed_question_is_told_by_file_and_line_and_nothing_is_written(
    lines: list[str], number: int, why: str, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "out.jsonl").write_text("an earlier run", "utf-8")
    before = contents(tmp_path)
    given = ("--speech", "good.txt", "--out", "out.jsonl", "--report", "report")
    text = fault(run("eval", "--questions", "q.jsonl", *given))
    assert text.startswith(f"q.jsonl, line {number}: ")
    assert why in text
    assert contents(tmp_path) == before
    assert not (tmp_path / "report").exists()


def test_a_question_that_cannot_be_asked_leaves_the_old_answers(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text(f"{line()}\n{line(id='b', question='问' * 3000)}\n", "utf-8")
    (tmp_path / "out.jsonl").write_text("an earlier run", "utf-8")
    given = ("--speech", "good.txt", "--out", "out.jsonl", "--report", "report")
    assert "question b cannot be asked" in fault(run("eval", "--questions", "q.jsonl", *given))
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "an earlier run"
    assert {path.name for path in tmp_path.iterdir()} == {"good.txt", "q.jsonl", "out.jsonl", "qa_bot_home"}


@pytest.mark.parametrize(
    ("option", "place", "why"),
    [
        ("--out", "nowhere/out.jsonl", "No such file or directory"),
        ("--out", "folder", "Is a directory"),
        ("--out", "good.txt/out.jsonl", "Not a directory"),
        ("--report", "good.txt", "good.txt is no folder"),
        ("--report", "good.txt/below/it", "good.txt is no folder"),
    ],
)
def test_a_place_that_cannot_be_written_is_told_before_anything_is_asked(
    option: str, place: str, why: str, tmp_path: Path
) -> None:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text(line(), "utf-8")
    (tmp_path / "folder").mkdir()
    before = contents(tmp_path)
    text = fault(run("eval", "--questions", "q.jsonl", "--speech", "good.txt", option, place))
    assert text.startswith(f"{option} {place}")
    assert why in text
    assert "name another" in text
    assert contents(tmp_path) == before, "no index was built either"


def test_answers_may_go_to_a_device(tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text(line(), "utf-8")
    assert run("eval", "--questions", "q.jsonl", "--speech", "good.txt", "--out", os.devnull).code == 0
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("same", ["q.jsonl", "good.txt"])
def test_answers_do_not_replace_what_they_were_made_from(same: str, tmp_path: Path) -> None:
    (tmp_path / "good.txt").write_text(TEXT, "utf-8")
    (tmp_path / "q.jsonl").write_text(line(), "utf-8")
    before = contents(tmp_path)
    given = ("--questions", "q.jsonl", "--speech", "good.txt", "--out", f"./{same}")
    assert f"--out {same} would replace" in fault(run("eval", *given), 2)
    assert contents(tmp_path) == before


SETTINGS = [
    ("QA_BOT_LANG", "fr", "QA_BOT_LANG is 'fr'; write one of zh, en"),
    ("QA_BOT_LAGN", "zh", "unknown setting QA_BOT_LAGN; the settings are QA_BOT_HOME"),
    ("QA_BOT_MAX_BYTES", "5 MB", "QA_BOT_MAX_BYTES is '5 MB'; write a whole number above 0"),
    ("QA_BOT_SPEECH", "nowhere.txt", "QA_BOT_SPEECH: there is no file nowhere.txt; "),
    ("QA_BOT_ENCODER", "word2vec", "QA_BOT_ENCODER=word2vec: unknown encoder"),
    ("QA_BOT_ENCODER", "static:nowhere", "QA_BOT_ENCODER=static:nowhere: no model folder nowhere; name one"),
    ("QA_BOT_CHROMA", "localhost:8000", "QA_BOT_CHROMA is 'localhost:8000'; write http://host:port"),
    ("QA_BOT_CHROMA", "http://127.0.0.1:9", "http://127.0.0.1:9 cannot be reached"),
    ("QA_BOT_HOME", str(DEFAULT_SPEECH), "speech.txt/index cannot be "),
]


@pytest.mark.parametrize(("name", "value", "told"), SETTINGS)
def test_a_setting_that_cannot_be_is_told(name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    assert told in fault(run("ask", "企业多少家？"))
    assert told in fault(run("chat", typed="企业多少家？\n"))


@pytest.mark.parametrize(
    "args",
    [
        ("nonsense",),
        ("ask",),
        ("ask", "几个部分？", "--nope"),
        ("show", "--speech"),
        ("eval",),
        ("eval", "--questions", "q.jsonl", "--fail-under", "many"),
        ("eval", "--questions", "q.jsonl", "--fail-under", "nan"),
        ("eval", "--questions", "q.jsonl", "--fail-under", "80"),
        ("eval", "--questions", "q.jsonl", "--half", "third"),
        ("show", "--plain", "--json"),
        ("show", "a.txt", "--speech", "b.txt"),
        ("serve", "--port", "0"),
        ("serve", "--port", "http"),
    ],
)
def test_bad_usage_leaves_with_2_and_says_why(args: tuple[str, ...]) -> None:
    done = run(*args)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1].startswith(("Error: ", "qa_bot: "))


def _key() -> object:
    return {}["\nmissing\x1b"]


def _disk() -> object:
    raise OSError(28, "No space left on device", "some/file")


@pytest.mark.parametrize(
    ("command", "told"),
    [(_key, r"qa_bot: KeyError: '\nmissing\x1b'; nobody foresaw this: "), (_disk, "qa_bot: some/file: No space left")],
)
def test_what_nobody_foresaw_is_one_line_too(
    command: Callable[[], object], told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))
    with pytest.raises(SystemExit) as left:
        run_command(command)
    out, err = capsys.readouterr()
    assert (left.value.code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(told)
