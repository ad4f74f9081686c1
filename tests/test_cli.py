"""The commands and what they promise: the published object, exact text, files, exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.main import get_command

from qa_bot.cli import app
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import read_speech
from tests.command import run

KEYS = (
    "id question search_query mode model status reason basis text citations quotations related notices usage timings_ms"
)
TALK = "同志们：\n一、抓产业\n今年新建厂房12座。企业要用好人才。\n二、抓服务\n窗口周六也开门。\n"
QUESTIONS = [
    {"id": "a", "type": "fact", "question": "新建厂房多少座？", "gold_quotes": ["今年新建厂房12座。"], "half": "dev"},
    {"id": "b", "type": "fact", "question": "哪天窗口也开门？", "gold_quotes": ["窗口周六也开门。"], "half": "report"},
    {"id": "c", "type": "unanswerable", "question": "地铁票价是多少？", "answerable": False, "half": "report"},
]


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """A short speech in a file."""
    path = tmp_path / "讲话.txt"
    path.write_text(TALK, "utf-8")
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    """Three questions on it."""
    path = tmp_path / "questions.jsonl"
    path.write_text("".join(json.dumps(q, ensure_ascii=False) + "\n" for q in QUESTIONS), "utf-8")
    return path


def test_ask_prints_the_published_object_and_quotes_what_show_prints() -> None:
    done, shown = run("ask", "全年新增高新技术企业多少家？", "--json"), run("show", "--plain")
    answer = json.loads(done.out)
    assert (done.code, done.err, shown.code, shown.err) == (0, "", 0, "")
    assert list(answer) == KEYS.split()
    assert (answer["id"], answer["mode"], answer["model"], answer["status"]) == (None, "quote", None, "answered")
    assert [list(c) for c in answer["citations"]] == [["marker", "paragraph", "section", "quote", "start", "end"]]
    assert "新增高新技术企业10家以上" in answer["citations"][0]["quote"]
    assert all(shown.out[c["start"] : c["end"]] == c["quote"] for c in answer["citations"])
    assert all(answer["text"][q["start"] : q["end"]] in shown.out for q in answer["quotations"])
    assert set(answer["timings_ms"]) == {"retrieve", "answer", "total"}


def test_ask_prints_the_answer_and_nothing_else(talk: Path) -> None:
    done = run("ask", "新建厂房多少座？", "--speech", "讲话.txt")
    answer = json.loads(run("ask", "新建厂房多少座？", "--speech", talk, "--json").out)
    assert (done.code, done.out, done.err) == (0, answer["text"] + "\n", "")
    assert "今年新建厂房12座。" in done.out
    assert "〔1.1" in done.out


def test_a_refusal_is_an_answer() -> None:
    done, as_json = (run("ask", "今天天气怎么样？", *more) for more in ((), ("--json",)))
    answer = json.loads(as_json.out)
    assert (done.code, as_json.code, answer["status"], answer["citations"]) == (0, 0, "refused", [])
    assert done.out.startswith(answer["text"])


def test_earlier_questions_make_a_follow_up_stand_alone() -> None:
    earlier = ("--history", "讲话分为几个部分？", "--history", "金融服务要怎么做？")
    alone, asked = (json.loads(run("ask", "为什么？", "--json", *more).out) for more in ((), earlier))
    assert (alone["question"], alone["search_query"], asked["question"]) == ("为什么？", "为什么？", "为什么？")
    assert "金融服务" in asked["search_query"]


def test_show_plain_is_the_text_to_the_byte(talk: Path) -> None:
    done = run("show", talk, "--plain")
    assert done.out == read_speech(talk).text
    assert not done.out.endswith("\n")
    assert "\r" not in done.out


def test_show_lays_out_what_was_read() -> None:
    speech = read_speech(DEFAULT_SPEECH)
    lines = run("show").out.splitlines()
    assert lines[0] == speech.title
    assert f"posted: {speech.provenance.posted}" in lines
    assert f"encoding: {speech.encoding}" in lines
    for paragraph in speech.paragraphs:
        assert f"[{paragraph.address}] {speech.text[paragraph.start : paragraph.end]}" in lines
    numbered = [line for line in lines if line.startswith(("[", "§"))]
    assert numbered[:3] == [f"[0] {speech.text.splitlines()[0]}", numbered[1], "§1 一、乘势而上,始终保持发展定力"]


def test_show_outline_gives_headings_and_topic_sentences(talk: Path) -> None:
    assert run("show", talk, "--outline").out == (
        "开篇\n§1 一、抓产业\n  [1] 今年新建厂房12座。\n§2 二、抓服务\n  [2] 窗口周六也开门。\n"
    )


def test_show_stripped_names_line_reason_and_text() -> None:
    source = DEFAULT_SPEECH.read_text("utf-8").splitlines()
    rows = [line.split("\t", 2) for line in run("show", "--stripped").out.splitlines()]
    assert rows[0][0] == "1"
    assert all(reason and text in source[int(number) - 1] for number, reason, text in rows)


def test_show_stripped_prints_nothing_where_nothing_was_taken_out(talk: Path) -> None:
    assert run("show", talk, "--stripped").out == ""


def test_show_json_holds_the_reading(talk: Path) -> None:
    read = json.loads(run("show", "--json", "--speech", talk).out)
    assert (read["text"], [p["address"] for p in read["paragraphs"]]) == (read_speech(talk).text, ["0", "1", "2"])


def test_ingest_builds_once(talk: Path) -> None:
    first, second = run("ingest", talk), run("ingest", talk)
    assert (first.code, second.code) == (0, 0)
    assert first.out.endswith("; index built\n")
    assert second.out == first.out.replace("index built", "index was ready")
    assert (
        first.err
        == "read as utf-8; 0 lines of page furniture taken out (show --stripped lists them); no generated passages\n"
    )


def test_eval_writes_every_answer_the_scorecard_and_a_report(talk: Path, questions: Path, tmp_path: Path) -> None:
    out, report = tmp_path / "out.jsonl", tmp_path / "reports" / "new"
    done = run("eval", "--questions", questions, "--speech", talk, "--out", out, "--report", report)
    answers = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert (done.code, done.err) == (0, "")
    assert [list(answer) for answer in answers] == [KEYS.split()] * 3
    assert [answer["id"] for answer in answers] == ["a", "b", "c"]
    assert "(3 questions)" in done.out.splitlines()[0]
    assert "half: dev (1 questions)" in done.out
    assert {path.name for path in report.iterdir()} == {"report.md", "report.html", "scorecard.json", "answers.jsonl"}
    assert (report / "answers.jsonl").read_bytes() == out.read_bytes()
    assert {path.name for path in tmp_path.iterdir() if path.suffix == ".part"} == set()


def test_eval_asks_one_half(talk: Path, questions: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = run("eval", "--questions", questions, "--speech", talk, "--half", "report", "--out", out)
    assert (done.code, [json.loads(line)["id"] for line in out.read_text("utf-8").splitlines()]) == (0, ["b", "c"])


def test_eval_leaves_with_3_below_the_share_and_still_writes(talk: Path, questions: Path, tmp_path: Path) -> None:
    wrong = {"id": "d", "type": "fact", "question": "地铁票价是多少？", "gold_quotes": ["今年新建厂房12座。"]}
    with questions.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(wrong, ensure_ascii=False) + "\n")
    out = tmp_path / "out.jsonl"
    given = ("eval", "--questions", questions, "--speech", talk, "--out", out)
    below, above = run(*given, "--fail-under", "0.9"), run(*given, "--fail-under", "0")
    assert (below.code, above.code, above.err) == (3, 0, "")
    assert below.out == above.out
    assert below.err.startswith("qa_bot: 0.")
    assert len(out.read_text("utf-8").splitlines()) == 4


def test_the_settings_of_the_working_folder_are_in_force(talk: Path, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QA_BOT_SPEECH=讲话.txt\n", "utf-8")
    assert run("show", "--plain").out == read_speech(talk).text


def test_chat_from_a_pipe_answers_line_by_line(talk: Path) -> None:
    typed = "\ufeff新建厂房多少座？\n\n  哪天窗口也开门？  \n/new\n那里呢？\n/quit\n不再回答\n"
    done = run("chat", "--speech", talk, typed=typed)
    assert (done.code, done.err) == (0, "")
    answers = done.out.strip().split("\n\n")
    assert len(answers) == 3
    assert "今年新建厂房12座。" in answers[0]
    assert "窗口周六也开门。" in answers[1]


def test_chat_outlives_a_fault_and_tells_it_at_the_end(talk: Path) -> None:
    done = run("chat", "--speech", talk, typed="？！\n".encode() + b"\xff\xfe\n" + "新建厂房多少座？\n".encode())
    assert (done.code, done.err.count("qa_bot: ")) == (2, done.err.count("\n"))
    assert "今年新建厂房12座。" in done.out


def test_every_command_and_option_says_what_it_is_for() -> None:
    commands = get_command(app).commands  # type: ignore[attr-defined]
    assert set(commands) == {"ask", "chat", "show", "ingest", "eval", "serve", "verify", "export", "ratings", "doctor"}
    for name, command in commands.items():
        text = run(name, "--help")
        assert (text.code, text.err) == (0, "")
        assert len(command.help.splitlines()[0]) < 70, "the list of commands cuts it"
        for parameter in command.params:
            assert parameter.help, f"{name} {parameter.name}"
            assert parameter.opts[-1] in text.out or parameter.name in text.out.lower()
    assert all(f"\n  {name} " in run("--help").out for name in commands)


def test_without_a_command_the_help_is_shown_as_bad_usage() -> None:
    done = run()
    assert (done.code, "Commands:" in done.out + done.err) == (2, True)
