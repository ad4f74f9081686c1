"""The file that conversations are kept in: opened for one transaction at a time, its faults told in one line."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from qa_bot.errors import StoreError

PATIENCE = 10.0
"""Seconds that a transaction waits for those of others."""

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE speech (
            owner TEXT NOT NULL, sha TEXT NOT NULL, name TEXT NOT NULL, title TEXT NOT NULL, source NOT NULL,
            restored TEXT NOT NULL, kept REAL NOT NULL, PRIMARY KEY (owner, sha))""",
        """CREATE TABLE conversation (
            id TEXT PRIMARY KEY, owner TEXT NOT NULL, speech TEXT NOT NULL, speech_title TEXT NOT NULL,
            title TEXT NOT NULL, folded TEXT NOT NULL, updated REAL NOT NULL)""",
        """CREATE TABLE turn (
            conversation TEXT NOT NULL REFERENCES conversation ON DELETE CASCADE, number INTEGER NOT NULL,
            question TEXT NOT NULL, answer TEXT, fault TEXT NOT NULL, folded TEXT NOT NULL, asked REAL NOT NULL,
            good INTEGER, reason TEXT NOT NULL DEFAULT '', PRIMARY KEY (conversation, number))""",
        "CREATE INDEX conversation_owner ON conversation (owner, updated)",
    ),
)
"""Statements that lead from each version (`user_version`) to the next."""

_SCRUB = ("PRAGMA temp_store=FILE", "VACUUM", "PRAGMA wal_checkpoint(TRUNCATE)")
"""`secure_delete` overwrites a deleted row, but not copies of it that stayed where rows were moved inside the file
(seen in one of fifteen random conversations): the file is written anew."""

_MENDS = {
    sqlite3.SQLITE_FULL: ("cannot be written (the disk is full)", "make free space"),
    sqlite3.SQLITE_READONLY: ("cannot be written (read-only)", "name another folder with QA_BOT_HOME"),
    sqlite3.SQLITE_CANTOPEN: ("cannot be opened", "name another folder with QA_BOT_HOME"),
    sqlite3.SQLITE_PERM: ("cannot be opened", "name another folder with QA_BOT_HOME"),
    sqlite3.SQLITE_NOTADB: ("is damaged", "move it away, and a new one is begun"),
    sqlite3.SQLITE_CORRUPT: ("is damaged", "move it away, and a new one is begun"),
    sqlite3.SQLITE_BUSY: ("is in use by others", "try again"),
    sqlite3.SQLITE_LOCKED: ("is in use by others", "try again"),
}


@contextmanager
def transaction(path: Path, *, write: bool, scrub: bool = False) -> Iterator[sqlite3.Connection]:
    """A connection inside one transaction: all of it happens, or nothing.

    Args:
        scrub: afterwards nothing of what was deleted is left in the file or in its log.

    Raises:
        StoreError: the file cannot be opened, read or written; one line.
    """
    try:
        with closing(_connect(path, write)) as connection:
            with connection:
                connection.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield connection
            if scrub:
                for statement in _SCRUB:
                    connection.execute(statement).fetchone()
    except sqlite3.Error as error:
        what, mend = _MENDS.get(
            getattr(error, "sqlite_errorcode", 0) & 0xFF,
            (f"cannot be used ({error})", "make free space, or name another folder with QA_BOT_HOME"),
        )
        raise StoreError(f"what is kept in {path} {what}; {mend}") from error
    except OSError as error:
        line = f"{path.parent} cannot be written ({error.strerror}); name another folder with QA_BOT_HOME"
        raise StoreError(f"conversations cannot be kept: {line}") from error


def _connect(path: Path, write: bool) -> sqlite3.Connection:
    """A connection; where nothing can be written (a read-only folder, a full disk), one that reads what is there."""
    try:
        return _open(path)
    except sqlite3.OperationalError:
        log = path.with_name(f"{path.name}-wal")
        if write or not path.is_file() or (log.exists() and log.stat().st_size):
            raise
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True, isolation_level=None)


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))  # for its owner's eyes; SQLite's log is made alike
    connection = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    try:
        for pragma in ("secure_delete=ON", "foreign_keys=ON", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}").fetchone()
        _keep_log(connection)
        if _version(connection) != len(MIGRATIONS):
            _migrate(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _keep_log(connection: sqlite3.Connection) -> None:
    """Write-ahead logging; where several processes begin a file at once, SQLite refuses rather than wait."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
            time.sleep(0.01)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        version = _version(connection)  # another process may have been quicker
        if version > len(MIGRATIONS):
            raise StoreError(f"{path} was written by a newer version of this program; use that one, or move it away")
        for statement in (statement for step in MIGRATIONS[version:] for statement in step):
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version={len(MIGRATIONS)}")
