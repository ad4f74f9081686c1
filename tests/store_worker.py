"""Processes that keep conversations: the tests let them write at once, kill them, and take the disk from them."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from qa_bot.citations import cite
from qa_bot.errors import QABotError, StoreError
from qa_bot.store import Store
from qa_bot.store.database import transaction
from qa_bot.types import Answer
from tests.fakes import make_speech
from tests.index_worker import CONTEXT, PATIENCE

CONTEXT.set_forkserver_preload(["tests.index_worker", "tests.store_worker"])

SPEECH = make_speech(("一、经济", ["今年经济增长百分之五。明年再看。"]), ("二、民生", ["新建学校十所。"]))
OTHER = make_speech(("", ["另一篇讲话。"]), title="另一篇")
ANNA, BEN = "anna-whom-nobody-can-guess", "ben-whom-nobody-can-guess"


def answered(question: str, said: str = "讲话的原话是：") -> Answer:
    citation = cite(SPEECH, SPEECH.spans["1.1"])
    return Answer(
        question, question, f"{said}“{citation.quote}”〔1.1〕", citations=(citation,), timings_ms={"total": 1.5}
    )


def begun(store: Store, owner: str = ANNA, title: str = "经济") -> str:
    return store.begin(owner, SPEECH, title)


Work = Callable[[Path, Connection], None]


class Worker:
    """A process that does something with a store, and tells of it through `pipe`."""

    def __init__(self, path: Path, work: Work, prepare: Callable[[], None] | None = None) -> None:
        self.pipe, theirs = CONTEXT.Pipe()
        self.process = CONTEXT.Process(target=_work, args=(path, work, theirs, prepare))
        self.process.start()
        theirs.close()

    def heard(self) -> Any:
        assert self.pipe.poll(PATIENCE), "the worker says nothing"
        return self.pipe.recv()

    def close(self) -> None:
        self.process.join(PATIENCE)
        self.pipe.close()
        self.process.close()


def _work(path: Path, work: Work, pipe: Connection, prepare: Callable[[], None] | None) -> None:
    if prepare:
        prepare()
    try:
        work(path, pipe)
    except QABotError as error:
        pipe.send(f"{type(error).__name__}: {error}")


def told(path: Path, work: Work, prepare: Callable[[], None] | None = None) -> Any:
    """What one worker says."""
    worker = Worker(path, work, prepare)
    said = worker.heard()
    worker.close()
    return said


def add_many(path: Path, pipe: Connection) -> None:
    store = Store(path)
    [id] = [c.id for c in store.conversations(ANNA)] or [""]
    pipe.send([store.add(ANNA, id, "？", answered("？")) for _ in range(20)])


def begin_one(path: Path, pipe: Connection) -> None:
    pipe.recv()
    pipe.send(begun(Store(path)))


def write_on(path: Path, pipe: Connection) -> None:
    store = Store(path)
    [id] = [c.id for c in store.conversations(ANNA)]
    while True:
        pipe.send(store.add(ANNA, id, "问" * 5000))


def half_way(path: Path, pipe: Connection) -> None:
    with transaction(path, write=True) as db:
        db.execute("DELETE FROM turn")
        pipe.send("half-way")
        pipe.recv()


def read_and_write(path: Path, pipe: Connection) -> None:
    store = Store(path)
    found = store.conversations(ANNA)
    assert [t.question for c in found for t in store.turns(ANNA, c.id)] == ["？"]
    store.add(ANNA, found[0].id, "写" * 100_000)


def fill(path: Path, pipe: Connection) -> None:
    store = Store(path)
    id = begun(store)
    for number in range(1, 2000):
        try:
            store.add(ANNA, id, "写" * 1000)
        except StoreError as error:
            pipe.send((number, str(error), len(store.turns(ANNA, id))))
            return
