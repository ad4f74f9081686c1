"""What the reader learns from the development questions, and the questions that are kept apart from that."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.asked import (
    DATA,
    FIRST,
    KEPT,
    LEARNED,
    SPOKEN,
    SPOKEN_KEPT,
    STRANGE,
    WORLD,
    WORLD_KEPT,
    half_of,
    opened,
    pairs,
    passage,
    question_sets,
    read_world,
    read_written,
    write_spoken,
)
from qa_bot.bot import open_bot, read_speech
from qa_bot.evaluation import Question, load_questions
from qa_bot.settings import DEFAULT_SPEECH, Settings

SHIPPED = [sets for sets in question_sets(Path("none")) if sets[0].exists()]


def test_each_development_speech_is_in_one_half() -> None:
    files = [DATA / "speech.jsonl", *(DATA / "speeches").glob("*.jsonl"), *(DATA / "reports").glob("*.jsonl")]
    dev = [file.stem for file in files if any(q.half == "dev" for q in load_questions(file, None))]
    assert set(FIRST.split()) < set(dev)
    assert Counter(map(half_of, dev)) == {0: 12, 1: 12}


@pytest.mark.parametrize(("file", "count", "speeches"), [(LEARNED, 7251, 24), (KEPT, 600, 9)])
def test_every_written_question_stands_by_its_sentences_and_in_no_reported_speech(
    file: Path, count: int, speeches: int
) -> None:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        written = Counter(json.loads(line)["set"] for line in lines)
    assert (sum(written.values()), len(written)) == (count, speeches)
    halves = {questions.stem: {q.half for q in load_questions(questions, None)} for _, questions in SHIPPED}
    for speech, questions in SHIPPED:
        found = list(read_written(file, questions.stem, read_speech(speech)))
        assert len(found) == written[questions.stem]
        assert not found or "dev" in halves[questions.stem]
        assert file == KEPT or bool(found) == ("dev" in halves[questions.stem])
        assert all(q.half == "dev" and bool(q.gold_quotes) == q.answerable for q in found)
        assert all(bool(q.history) == (q.type == "followup") for q in found if q.answerable or file == KEPT)


@pytest.mark.parametrize(("file", "count", "speeches"), [(SPOKEN, 2560, 64), (SPOKEN_KEPT, 320, 8)])
def test_invented_speeches_are_whole(tmp_path: Path, file: Path, count: int, speeches: int) -> None:
    texts = [(text.stem, rows) for text, rows in write_spoken(file, tmp_path)]
    assert (len(texts), sum(len(rows) for _, rows in texts)) == (speeches, count)
    assert Counter(half_of(name) for name, _ in texts) == {0: speeches // 2, 1: speeches // 2}
    assert all(
        row["at"] and bool(row.get("history")) == (row["type"] == "followup") for _, rows in texts for row in rows
    )


def test_every_speech_comes_with_its_questions_by_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.asked.question_sets", lambda speeches: SHIPPED[:1])
    monkeypatch.setattr("benchmarks.asked.write_spoken", lambda file, home: list(write_spoken(file, home))[:1])
    found = {name: asked for name, bot, asked in opened(tmp_path)}
    assert {name: list(asked) for name, asked in found.items()} == {
        "speech": ["sets", "speeches", "speeches-kept", "world", "world-kept"],
        "spoken-0": ["spoken"],
        "spoken-kept-0": ["spoken-kept"],
    }
    assert all(q.half == "dev" for asked in found.values() for questions in asked.values() for q in questions)
    assert all(bool(q.golds) == q.answerable for q in found["spoken-0"]["spoken"])


def test_questions_about_no_speech_are_other_ones_for_learning_and_for_measuring() -> None:
    files = [set(file.read_text(encoding="utf-8").splitlines()) for file in (WORLD, WORLD_KEPT)]
    assert not files[0] & files[1]
    found = [list(read_world(file, name)) for file in (WORLD, WORLD_KEPT) for name in ("court", "flood")]
    assert all(len({q.question for q in of}) == STRANGE and not any(q.answerable for q in of) for of in found)
    assert {q.question for q in found[0]} != {q.question for q in found[1]}


@pytest.mark.parametrize(
    ("question", "answers"),
    [
        (Question("1", "fact", "全年新增高新技术企业多少家？", (), True, ("10家以上",), half="dev"), [True, False]),
        (Question("2", "unanswerable", "高新技术企业一共有多少员工？", (), False, half="dev"), [False]),
        (Question("3", "fact", "全年新增高新技术企业多少家？", (), True, ("10家以上",), half="report"), []),
        (
            Question(
                "5", "followup", "多少家？", ("全年新增高新技术企业的目标是什么？",), True, ("10家以上",), half="dev"
            ),
            [True, True, False],
        ),
        (Question("4", "section", "讲话分几个部分？", (), True, ("一、",), half="dev"), []),
    ],
)
def test_a_question_is_put_to_what_answers_and_to_what_would_deceive(
    tmp_path: Path, question: Question, answers: list[bool]
) -> None:
    bot = open_bot(Settings(home=tmp_path), DEFAULT_SPEECH)
    try:
        found = list(pairs(bot, [question]))
    finally:
        bot.close()
    assert [answer for _, _, answer, _ in found][: len(answers)] == answers
    assert bool(found) == bool(answers)
    for _, (start, end), answer, _ in found:
        text = bot.speech.text[start:end]
        assert text.strip() == text != ""
        assert answer == any(gold in text for gold in question.gold_quotes)


def test_of_a_passage_the_answered_questions_about_its_content_have_their_places(tmp_path: Path) -> None:
    bot = open_bot(Settings(home=tmp_path), DEFAULT_SPEECH)
    try:
        found = passage(
            bot,
            [
                Question("1", "fact", "全年新增高新技术企业多少家？", (), True, ("10家以上",), half="dev"),
                Question("2", "unanswerable", "高新技术企业一共有多少员工？", (), False, half="dev"),
                Question("3", "section", "讲话分几个部分？", (), True, ("一、",), half="dev"),
            ],
        )
    finally:
        bot.close()
    assert [question for question, _ in found["a"]] == ["全年新增高新技术企业多少家？"]
    assert all("10家以上" in found["s"][place] for _, places in found["a"] for place in places)
    assert "".join(found["s"][:3]) in bot.speech.text.replace("\n", "")
