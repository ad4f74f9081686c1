"""Conversations, speeches that somebody brought, and ratings, kept in one SQLite file.

Everything belongs to an owner: an unguessable id that the browser was given (`new_owner`). Whoever asks with another
one gets what is said of an id that does not exist: nothing. The file holds the owner's hash alone. One connection a
call: any thread, any process.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from qa_bot.settings import Settings
from qa_bot.store.database import transaction
from qa_bot.store.kept import (
    Conversation,
    KeptSpeech,
    KeptTurn,
    speech_of,
    storable,
    turn_columns,
    turn_of,
    utc,
)
from qa_bot.store.rated import Rated, question_line
from qa_bot.text import fold
from qa_bot.types import Answer, Speech

__all__ = ["Conversation", "KeptSpeech", "KeptTurn", "Store", "new_owner", "open_store"]

LEAST_OWNER = 16
LONGEST_TITLE = 200
LONGEST_REASON = 2000


def new_owner() -> str:
    """An id that nobody can guess, for a browser to keep."""
    return secrets.token_urlsafe(24)


def open_store(settings: Settings) -> Store:
    """The store under `QA_BOT_HOME`; touches no file before it is used."""
    return Store(settings.home / "conversations.sqlite3")


class Store:
    """What is kept in `path`. Any method may raise StoreError; one that changes something says whether it was there."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def conversations(self, owner: str, like: str = "") -> list[Conversation]:
        """The owner's, newest first; with `like` those that hold it in a title, a question or an answer."""
        sought = fold(storable(like)).strip()
        with self._read() as db:
            rows = db.execute(
                """SELECT id, title, speech, speech_title,
                    (SELECT count(*) FROM turn WHERE conversation = c.id), updated
                FROM conversation AS c WHERE owner = ?1 AND (?2 = '' OR instr(folded, ?2) OR EXISTS (
                    SELECT 1 FROM turn AS t WHERE t.conversation = c.id AND instr(t.folded, ?2)))
                ORDER BY updated DESC, rowid DESC""",
                (_hash(owner), sought),
            ).fetchall()
        return [Conversation(id, title, sha, of, turns, utc(at)) for id, title, sha, of, turns, at in rows]

    def begin(self, owner: str, speech: Speech, title: str) -> str:
        """A new conversation about this speech; its unguessable id."""
        id = secrets.token_urlsafe(16)
        title = storable(title, LONGEST_TITLE)
        with self._write() as db:
            db.execute(
                "INSERT INTO conversation VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    id,
                    _creator(owner),
                    speech.sha256,
                    storable(speech.title, LONGEST_TITLE),
                    title,
                    fold(title),
                    time.time(),
                ),
            )
        return id

    def rename(self, owner: str, id: str, title: str) -> bool:
        """Give it another name."""
        title = storable(title, LONGEST_TITLE)
        with self._write() as db:
            values = (title, fold(title), id, _hash(owner))
            return _one(db.execute("UPDATE conversation SET title = ?, folded = ? WHERE id = ? AND owner = ?", values))

    def delete(self, owner: str, id: str) -> bool:
        """Delete it for good: its questions, answers and ratings are overwritten in the file."""
        with self._write(scrub=True) as db:
            return _one(db.execute("DELETE FROM conversation WHERE id = ? AND owner = ?", (id, _hash(owner))))

    def turns(self, owner: str, id: str) -> list[KeptTurn]:
        """The conversation's turns in order. The answers are to be proved again before they are shown."""
        with self._read() as db:
            rows = db.execute(
                """SELECT question, answer, fault, number, asked, good, reason FROM turn
                WHERE conversation = (SELECT id FROM conversation WHERE id = ? AND owner = ?) ORDER BY number""",
                (id, _hash(owner)),
            ).fetchall()
        return [turn_of(row) for row in rows]

    def add(self, owner: str, id: str, question: str, answer: Answer | None = None, fault: str = "") -> int | None:
        """A turn at the end, its number; None where there is no such conversation (any more).

        Args:
            fault: the class name of the error that came instead of an answer; its line may name this machine's
                folders, and is not kept.
        """
        with self._write() as db:
            if not _touch(db, owner, id):
                return None
            [number] = db.execute(
                "SELECT coalesce(max(number), 0) + 1 FROM turn WHERE conversation = ?", (id,)
            ).fetchone()
            values = (id, number, *turn_columns(question, answer, fault), time.time())
            db.execute(
                "INSERT INTO turn VALUES (?, ?, ?, ?, ?, ?, ?, NULL, '')",
                values,
            )
        return int(number)

    def replace(
        self, owner: str, id: str, number: int, question: str, answer: Answer | None = None, fault: str = ""
    ) -> bool:
        """The question was edited, or asked again: what stood there, and its rating, is gone."""
        with self._write() as db:
            return _touch(db, owner, id) and _one(
                db.execute(
                    """UPDATE turn SET question = ?, answer = ?, fault = ?, folded = ?, asked = ?,
                    good = NULL, reason = '' WHERE conversation = ? AND number = ?""",
                    (*turn_columns(question, answer, fault), time.time(), id, number),
                )
            )

    def rate(self, owner: str, id: str, number: int, good: bool | None, reason: str = "") -> bool:
        """Thumb up or down, None takes it back."""
        with self._write() as db:
            return _one(
                db.execute(
                    """UPDATE turn SET good = ?, reason = ? WHERE number = ? AND conversation =
                    (SELECT id FROM conversation WHERE id = ? AND owner = ?)""",
                    (good, storable(reason, LONGEST_REASON), number, id, _hash(owner)),
                )
            )

    def ratings_as_questions(self, speech: str, owner: str | None = None) -> list[str]:
        """Rated turns about the speech of this sha256, of all owners or of one, as lines of a questions file.

        They are to be reviewed. No line names an owner or a conversation.
        """
        with self._read() as db:
            rows = db.execute(
                """SELECT question, answer, fault, number, asked, good, reason, conversation FROM turn
                JOIN conversation ON conversation = id
                WHERE speech = ?1 AND (?2 IS NULL OR owner = ?2)
                AND conversation IN (SELECT conversation FROM turn WHERE good IS NOT NULL)
                ORDER BY conversation.rowid, number""",
                (speech, owner and _hash(owner)),
            ).fetchall()
        lines, earlier = [], dict[str, list[str]]()
        for row in rows:
            turn, asked = turn_of(row[:7]), earlier.setdefault(row[7], [])
            if turn.answer and turn.good is not None:
                id = _hash(f"{row[7]}/{turn.number}")[:12]
                lines.append(question_line(Rated(id, turn.answer, turn.good, turn.reason, tuple(asked))))
            if turn.answer:
                asked.append(turn.question)
        return lines

    def keep_speech(
        self,
        owner: str,
        speech: Speech,
        source: str | bytes,
        name: str = "",
        restored: Sequence[int] = (),
        instead_of: str = "",
    ) -> str:
        """Keep what somebody brought, by which it can be read again; its sha256.

        The same text once more takes the place of the first; its conversations are given the new title.

        Args:
            instead_of: the sha256 of what it was before lines were put back; that is gone, its conversations go over.
        """
        own, sha, title = _creator(owner), speech.sha256, storable(speech.title, LONGEST_TITLE)
        brought = storable(source) if isinstance(source, str) else source
        kept = (own, sha, storable(name, LONGEST_TITLE), title, brought, json.dumps(list(restored)), time.time())
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO speech VALUES (?, ?, ?, ?, ?, ?, ?)", kept)
            if instead_of not in ("", sha) and _one(
                db.execute("DELETE FROM speech WHERE owner = ? AND sha = ?", (own, instead_of))
            ):
                values = (sha, own, instead_of)
                db.execute("UPDATE conversation SET speech = ? WHERE owner = ? AND speech = ?", values)
            values = (title, own, sha)
            db.execute("UPDATE conversation SET speech_title = ? WHERE owner = ? AND speech = ?", values)
        return sha

    def speeches(self, owner: str) -> list[KeptSpeech]:
        """The owner's, newest first, without their sources."""
        with self._read() as db:
            rows = db.execute(
                "SELECT sha, title, name, restored, kept FROM speech WHERE owner = ? ORDER BY kept DESC, rowid DESC",
                (_hash(owner),),
            ).fetchall()
        return [speech_of(*row) for row in rows]

    def speech(self, owner: str, sha: str) -> KeptSpeech | None:
        """One of the owner's, with its source."""
        with self._read() as db:
            row = db.execute(
                "SELECT sha, title, name, restored, kept, source FROM speech WHERE owner = ? AND sha = ?",
                (_hash(owner), sha),
            ).fetchone()
        return speech_of(*row) if row else None

    def forget_speech(self, owner: str, sha: str) -> int | None:
        """Delete a speech for good, and with it the conversations about it: how many; None where it is not there."""
        with self._write(scrub=True) as db:
            if not _one(db.execute("DELETE FROM speech WHERE owner = ? AND sha = ?", (_hash(owner), sha))):
                return None
            return db.execute("DELETE FROM conversation WHERE owner = ? AND speech = ?", (_hash(owner), sha)).rowcount

    def _read(self) -> AbstractContextManager[sqlite3.Connection]:
        return transaction(self.path, write=False)

    def _write(self, scrub: bool = False) -> AbstractContextManager[sqlite3.Connection]:
        return transaction(self.path, write=True, scrub=scrub)


def _hash(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()


def _creator(owner: str) -> str:
    if len(owner) < LEAST_OWNER:
        raise ValueError(f"an owner is an id that nobody can guess, of {LEAST_OWNER} characters or more")
    return _hash(owner)


def _touch(db: sqlite3.Connection, owner: str, id: str) -> bool:
    values = (time.time(), id, _hash(owner))
    return _one(db.execute("UPDATE conversation SET updated = ? WHERE id = ? AND owner = ?", values))


def _one(cursor: sqlite3.Cursor) -> bool:
    return cursor.rowcount == 1
