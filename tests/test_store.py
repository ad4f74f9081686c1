"""Conversations kept: by their owner alone, for good or not at all, by many at once, and through every fault."""

from __future__ import annotations

import json
import os
import random
import re
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.documents import Source
from qa_bot.errors import StoreError
from qa_bot.evaluation import load_questions
from qa_bot.settings import load_settings
from qa_bot.speech import to_speech
from qa_bot.store import KeptTurn, Store, new_owner, open_store
from qa_bot.store.database import MIGRATIONS, transaction
from qa_bot.types import Answer, Citation, Notice, Quotation, Related
from tests.store_worker import (
    ANNA,
    BEN,
    OTHER,
    SPEECH,
    Work,
    Worker,
    add_many,
    answered,
    begin_one,
    begun,
    fill,
    half_way,
    read_and_write,
    told,
    write_on,
)
from tests.test_index_disks import MEANS, full_at, read_only


def refused(question: str) -> Answer:
    related = Related(2, "新建学校十所。", *SPEECH.spans["2.1"])
    return Answer(question, question, "讲话没有提到。", status="refused", reason="not_mentioned", related=(related,))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home" / "kept.sqlite3")


def test_nothing_is_made_before_it_is_needed() -> None:
    kept = open_store(load_settings())
    assert not kept.path.parent.exists()
    assert kept.conversations(ANNA) == []
    assert stat.S_IMODE(kept.path.stat().st_mode) == 0o600


def test_what_was_kept_comes_back(store: Store) -> None:
    id = begun(store)
    assert store.add(ANNA, id, "增长多少？", answered("增长多少？")) == 1
    assert store.add(ANNA, id, "坏了？", fault="ModelError") == 2
    assert store.add(ANNA, id, "断了？") == 3
    turns = Store(store.path).turns(ANNA, id)
    assert [(t.number, t.question, t.answer, t.fault) for t in turns] == [
        (1, "增长多少？", answered("增长多少？"), ""),
        (2, "坏了？", None, "ModelError"),
        (3, "断了？", None, ""),
    ]
    assert all(t.asked and abs(t.asked - datetime.now(UTC)) < timedelta(minutes=1) for t in turns)
    [listed] = store.conversations(ANNA)
    assert (listed.id, listed.title, listed.speech, listed.speech_title, listed.turns) == (
        id, "经济", SPEECH.sha256, SPEECH.title, 3,
    )  # fmt: skip


def test_asked_again(store: Store) -> None:
    id = begun(store)
    for question in ("一？", "二？"):
        store.add(ANNA, id, question, refused(question))
    assert store.rate(ANNA, id, 1, False, "有的")
    assert store.replace(ANNA, id, 1, "一个？", answered("一个？"))
    first, second = store.turns(ANNA, id)
    assert (first.question, first.answer, first.good, first.reason) == ("一个？", answered("一个？"), None, "")
    assert second.question == "二？"
    assert not store.replace(ANNA, id, 3, "三？")


def test_the_newest_comes_first_and_anything_said_is_found(store: Store) -> None:
    ids = [begun(store, title=title) for title in ("甲", "乙", "丙")]
    store.add(ANNA, ids[0], "GDP 的增长？", answered("GDP 的增长？", "100%_是"))
    assert [c.title for c in store.conversations(ANNA)] == ["甲", "丙", "乙"]
    assert store.rename(ANNA, ids[1], "学习经济")
    for like, titles in {
        "增长": ["甲"], "gdp": ["甲"], "經濟": ["甲", "学习经济"], " 丙 ": ["丙"], "%_": ["甲"], "status": [], "无": [],
    }.items():  # fmt: skip
        assert [c.title for c in store.conversations(ANNA, like)] == titles, like


def everything(store: Store, owner: str, id: str, number: int = 1) -> list[object]:
    """What each method gives this owner for this id."""
    return [
        store.turns(owner, id), store.rename(owner, id, "别人的"), store.add(owner, id, "？"),
        store.replace(owner, id, number, "？"), store.rate(owner, id, number, True), store.delete(owner, id),
        store.speech(owner, id), store.forget_speech(owner, id),
    ]  # fmt: skip


@pytest.mark.parametrize("other", [BEN, "", ANNA[:-1], "%", "' OR 1=1 --", "\ud800"])
def test_another_owner_is_told_what_is_said_of_an_unknown_id(store: Store, other: str) -> None:
    id = begun(store)
    store.add(ANNA, id, "增长多少？", answered("增长多少？"))
    sha = store.keep_speech(ANNA, SPEECH, "原稿")
    unknown = everything(store, ANNA, "no-such-id")
    assert everything(store, other, id) == everything(store, other, sha) == unknown
    assert store.conversations(other) == store.conversations(other, "增长") == store.speeches(other) == []
    assert store.ratings_as_questions(SPEECH.sha256, other) == []
    assert [c.title for c in store.conversations(ANNA)] == ["经济"]
    [turn] = store.turns(ANNA, id)
    assert (turn.question, turn.good) == ("增长多少？", None)
    assert store.speech(ANNA, sha)


def test_an_owner_that_can_be_guessed_begins_nothing(store: Store) -> None:
    for attempt in (lambda: store.begin("", SPEECH, "甲"), lambda: store.keep_speech("anna", SPEECH, "原稿")):
        with pytest.raises(ValueError, match="nobody can guess"):
            attempt()
    assert len({new_owner() for _ in range(100)} | {begun(store) for _ in range(20)}) == 120


def on_disk(store: Store) -> bytes:
    return b"".join(path.read_bytes() for path in store.path.parent.iterdir())


def test_what_is_deleted_is_not_left_in_the_file(store: Store) -> None:
    kept, gone = begun(store, title="留下的题目"), begun(store, title="隐秘题目")
    secrets = ["隐秘题目", "隐秘问题", "隐秘答案", "隐秘理由", "隐秘原稿", "改掉的问题"]
    with sqlite3.connect(store.path) as reader:  # keeps the log from being removed
        reader.execute("SELECT count(*) FROM conversation").fetchall()
        reader.commit()
        store.add(ANNA, gone, "改掉的问题")
        store.replace(ANNA, gone, 1, "隐秘问题" * 50, answered("隐秘问题", "隐秘答案" * 900))
        store.rate(ANNA, gone, 1, False, "隐秘理由")
        store.keep_speech(ANNA, OTHER, "隐秘原稿" * 2000)
        assert [s for s in secrets if s.encode() not in on_disk(store)] == []
        assert ANNA.encode() not in on_disk(store)
        assert store.delete(ANNA, gone)
        assert store.forget_speech(ANNA, OTHER.sha256) == 0
        assert [s for s in secrets if s.encode() in on_disk(store)] == []
    reader.close()
    assert "留下的题目".encode() in on_disk(store)
    assert [c.id for c in store.conversations(ANNA)] == [kept]
    assert not store.delete(ANNA, gone)


def test_no_copy_is_left_of_what_was_moved_about_in_the_file(store: Store) -> None:
    ids = {name: begun(store, title=name) for name in "甲乙丙丁"}
    chance = random.Random(7)
    with transaction(store.path, write=True) as db:
        for number in range(1, 400):
            for name, id in ids.items():
                row = (id, number, f"{name}的隐秘" * chance.randint(1, 9), None, "", "", 0.0)
                db.execute("INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?, NULL, '')", row)
                row = (f"{name}的隐秘" * chance.randint(1, 40), id, chance.randint(1, number))
                db.execute("UPDATE turn SET reason = ? WHERE conversation = ? AND number = ?", row)
    for name in "乙丁":
        assert f"{name}的隐秘".encode() in on_disk(store)
        assert store.delete(ANNA, ids[name])
        assert f"{name}的隐秘".encode() not in on_disk(store)
    assert "甲的隐秘".encode() in on_disk(store)
    assert len(store.turns(ANNA, ids["丙"])) == 399


def test_a_speech_that_was_brought_can_be_read_again(store: Store) -> None:
    text = "打印本页\n各位代表：\n一、经济\n今年新建学校十所。\n大家要加油。\n关闭窗口\n"
    source = Source("../讲话.txt", "text", text, "utf-8", furniture=((6, "menu"),))
    plain, restored = to_speech(source), to_speech(source, title="新题目", restored=(6,))
    assert plain.text != restored.text
    sha = store.keep_speech(ANNA, plain, text, source.name)
    id = store.begin(ANNA, plain, "经济")
    kept = store.speech(ANNA, sha)
    assert kept
    assert (kept.sha, kept.title, kept.name, kept.source) == (plain.sha256, plain.title, "../讲话.txt", text)
    assert store.speeches(ANNA) == [replace(kept, source=None)]
    assert store.keep_speech(ANNA, restored, b"\x00\xff", "b.pdf", (6,), instead_of=sha) == restored.sha256
    assert [s.sha for s in store.speeches(ANNA)] == [restored.sha256]
    again = store.speech(ANNA, restored.sha256)
    assert again
    assert (again.source, again.title, again.restored) == (b"\x00\xff", "新题目", (6,))
    assert [(c.id, c.speech, c.speech_title) for c in store.conversations(ANNA)] == [(id, restored.sha256, "新题目")]


def test_a_speech_goes_with_its_conversations_and_only_its_owners(store: Store) -> None:
    for owner in (ANNA, BEN):
        store.keep_speech(owner, SPEECH, "原稿")
        begun(store, owner)
    store.keep_speech(ANNA, OTHER, "原稿")
    assert [s.sha for s in store.speeches(ANNA)] == [OTHER.sha256, SPEECH.sha256]
    store.keep_speech(ANNA, replace(SPEECH, title="新题目"), "原稿", instead_of=SPEECH.sha256)
    assert [c.speech_title for owner in (ANNA, BEN) for c in store.conversations(owner)] == ["新题目", SPEECH.title]
    assert store.forget_speech(ANNA, SPEECH.sha256) == 1
    assert [s.sha for s in store.speeches(ANNA)] == [OTHER.sha256]
    assert store.conversations(ANNA) == []
    assert store.forget_speech(ANNA, SPEECH.sha256) is None
    assert [len(store.conversations(BEN)), len(store.speeches(BEN))] == [1, 1]


def test_ratings_become_questions_that_eval_reads(store: Store, tmp_path: Path) -> None:
    id, lines = begun(store), []
    followup = Answer("民生呢？", "民生的增长？", answered("").text, citations=answered("").citations)
    turns = [
        (answered("增长多少？"), True), (refused("火星？"), True), (refused("学校几所？"), False), (followup, False),
        (answered("What grew?"), False), (answered("不评价"), None),
    ]  # fmt: skip
    for number, (answer, good) in enumerate(turns, 1):
        store.add(ANNA, id, answer.question, answer)
        store.rate(ANNA, id, number, good, "" if good else "引错了\n一段")
    lines = store.ratings_as_questions(SPEECH.sha256)
    assert lines == store.ratings_as_questions(SPEECH.sha256, ANNA)
    assert store.ratings_as_questions(OTHER.sha256) == []
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8")
    questions = load_questions(tmp_path / "q.jsonl", SPEECH)
    assert [(q.type, q.question, q.answerable) for q in questions] == [
        ("fact", "增长多少？", True),
        ("unanswerable", "火星？", False),
        ("fact", "学校几所？", True),
        ("followup", "民生呢？", True),
        ("english", "What grew?", True),
    ]
    assert questions[0].gold_quotes == ("今年经济增长百分之五。",)
    assert questions[2].alt_quotes == (("新建学校十所。",),)
    assert questions[3].history == ("增长多少？", "火星？", "学校几所？")
    assert questions[3].must_include[0][0].startswith("needs review")
    assert all(q.note.startswith("needs review") for q in questions)
    assert "引错了 一段" in questions[2].note.replace("\n", " ")
    assert not re.search(f"{ANNA}|{id}", "".join(lines))


texts = st.text(max_size=20)
numbers = st.integers(0, 10**6)
spans = {"start": numbers, "end": numbers}
quotes = {"paragraph": st.none() | numbers, "quote": texts} | spans
answers = st.builds(
    Answer, texts, texts, texts, model=st.none() | texts, mode=st.sampled_from(["quote", "chat"]),
    status=st.sampled_from(["answered", "refused"]), basis=st.sampled_from(["speech", "provenance"]),
    reason=st.sampled_from([None, "not_mentioned", "redacted"]),
    citations=st.lists(st.builds(Citation, marker=texts, section=texts, **quotes), max_size=2).map(tuple),
    quotations=st.lists(st.builds(Quotation, **spans), max_size=2).map(tuple),
    related=st.lists(st.builds(Related, **quotes), max_size=2).map(tuple),
    notices=st.lists(st.builds(Notice, texts, texts), max_size=2).map(tuple),
    usage=st.none() | st.dictionaries(texts, numbers, max_size=2),
    timings_ms=st.dictionaries(texts, st.floats(0, 1e6), max_size=2),
)  # fmt: skip


@given(answers)
def test_an_answer_comes_back_from_its_published_form(answer: Answer) -> None:
    assert Answer.from_dict(answer.to_dict()) == answer
    assert Answer.from_dict(json.loads(json.dumps(answer.to_dict("7"))) | {"speech": {}}) == answer


@pytest.mark.parametrize(
    "change",
    [{"text": 3}, {"status": "maybe"}, {"citations": [{}]}, {"citations": "x"}, {"related": [{"start": "1"}]},
     {"notices": [3]}, {"usage": 3}, {"mode": None}, {"timings_ms": {"total": object()}}],
)  # fmt: skip
def test_what_is_no_answer_is_not_taken_for_one(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\S"):
        Answer.from_dict(answered("？").to_dict() | change)


def test_an_answer_that_cannot_be_read_any_more_is_a_fault_of_its_turn(store: Store) -> None:
    id = begun(store)
    for question in ("甲？", "乙？"):
        store.add(ANNA, id, question, answered(question))
    with transaction(store.path, write=True) as db:
        db.execute("UPDATE turn SET answer = '{\"text\": 3}' WHERE number = 1")
    assert [(t.answer is None, t.fault) for t in store.turns(ANNA, id)] == [(True, "StoreError"), (False, "")]


def test_processes_and_threads_write_at_once(store: Store) -> None:
    id = begun(store)
    workers = [Worker(store.path, add_many) for _ in range(3)]
    with ThreadPoolExecutor(4) as pool:
        mine = list(pool.map(lambda _: store.add(ANNA, id, "？"), range(20)))
    theirs = [number for worker in workers for number in worker.heard()]
    for worker in workers:
        worker.close()
    assert sorted([*mine, *theirs]) == list(range(1, 81))
    assert [t.number for t in store.turns(ANNA, id)] == list(range(1, 81))


def test_processes_begin_the_file_at_once(store: Store) -> None:
    workers = [Worker(store.path, begin_one) for _ in range(6)]
    for worker in workers:
        worker.pipe.send("go")
    ids = {worker.heard() for worker in workers}
    for worker in workers:
        worker.close()
    assert {c.id for c in store.conversations(ANNA)} == ids


@pytest.mark.parametrize(("work", "heard"), [(write_on, 1), (write_on, 7), (half_way, 1)])
def test_a_kill_at_any_moment_loses_nothing_that_was_kept(store: Store, work: Work, heard: int) -> None:
    id = begun(store)
    store.add(ANNA, id, "先问的？", answered("先问的？"))
    worker = Worker(store.path, work)
    said = [worker.heard() for _ in range(heard)]
    worker.process.kill()
    worker.close()
    turns = store.turns(ANNA, id)
    assert turns[0].answer == answered("先问的？")
    assert [t.number for t in turns] == list(range(1, len(turns) + 1))
    assert {number for number in said if isinstance(number, int)} <= {t.number for t in turns}
    with transaction(store.path, write=False) as db:
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert store.add(ANNA, id, "再问？") == len(turns) + 1


@pytest.mark.parametrize("means", MEANS)
def test_a_read_only_folder_is_read_and_told_of(store: Store, means: str) -> None:
    store.add(ANNA, begun(store), "？")
    with read_only(store.path.parent, means) as prepare:
        line = told(store.path, read_and_write, prepare)
        none = told(store.path.with_name("new.sqlite3"), read_and_write, prepare)
    for said in (line, none):
        assert re.fullmatch(r"StoreError: [^\n]*(?:cannot be|read-only)[^\n]*; [^\n]*QA_BOT_HOME", said)
    assert [t.question for c in store.conversations(ANNA) for t in store.turns(ANNA, c.id)] == ["？"]


@pytest.mark.parametrize("means", MEANS)
def test_a_full_disk_is_one_line_and_loses_nothing(store: Store, means: str) -> None:
    with full_at(400, store.path.parent, means) as prepare:
        number, line, left = told(store.path, fill, prepare)
        assert number > 5
        assert left == number - 1
        assert re.fullmatch(r"what is kept in \S+ cannot be [^\n]*; make free space[^\n]*", line)


@pytest.mark.parametrize("means", MEANS)
@pytest.mark.parametrize("kilobytes", [4, 20, 60])
def test_on_a_disk_that_is_full_at_the_start_nothing_is_begun(store: Store, means: str, kilobytes: int) -> None:
    with full_at(kilobytes, store.path.parent, means) as prepare:
        line = told(store.path, fill, prepare)
        line = line if isinstance(line, str) else line[1]
        assert "make free space" in line
    if means == "permissions":
        assert store.add(ANNA, begun(store), "？") == 1


def garbage(path: Path) -> None:
    path.write_bytes(b"not a database, " * 500)


def cut(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def scribbled(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    path.write_bytes(data)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def newer(path: Path) -> None:
    with transaction(path, write=True) as db:
        db.execute(f"PRAGMA user_version={len(MIGRATIONS) + 1}")


@pytest.mark.parametrize("damage", [garbage, cut, scribbled, folder, newer])
def test_a_damaged_file_is_told_in_one_line_and_left_alone(store: Store, damage: Callable[[Path], None]) -> None:
    id = begun(store)
    for _ in range(20):
        store.add(ANNA, id, "问" * 500, answered("？"))
    damage(store.path)
    before = store.path.read_bytes() if store.path.is_file() else b""
    for use in (lambda: store.turns(ANNA, id), lambda: store.add(ANNA, id, "？")):
        with pytest.raises(StoreError, match=r"^[^\n]*kept\.sqlite3[^\n]*$") as fault:
            use()
        assert re.search("damaged|cannot be opened|newer", str(fault.value))
    assert (store.path.read_bytes() if store.path.is_file() else b"") == before


def test_a_file_where_a_folder_is_due(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("mine")
    with pytest.raises(StoreError, match=r"cannot be kept: .*QA_BOT_HOME"):
        Store(tmp_path / "home" / "kept.sqlite3").conversations(ANNA)


def test_an_empty_turn_can_be_made_without_a_store() -> None:
    assert KeptTurn("？") == KeptTurn("？", None, "", 0, None, None, "")
