"""What a place for generations must offer, and how Chroma is opened and its errors are turned into one line."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from qa_bot.errors import IndexStoreError, QABotError

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

ORPHAN_S = 3600.0
"""Seconds after which a generation that nobody published, or that was replaced, may be removed."""
REQUEST_S = 60.0
"""Seconds that a server may be silent in a request."""

NAME = re.compile(r"qa-bot-(?P<identity>[0-9a-f]{32})-[0-9a-f]{32}")
"""A generation's name, of its folder and of its collection."""

_CLIENTS = threading.RLock()
"""Chroma keeps its clients in a table that is not safe to change from two threads."""


@dataclass(frozen=True, slots=True)
class Inspection:
    """Where indexes are kept; how many are ready, and how many are being built, were left behind or replaced."""

    place: str
    ready: int
    unfinished: int
    writable: bool = True

    def __str__(self) -> str:
        only = "" if self.writable else "; read-only: what is ready is used, a new one needs another QA_BOT_HOME"
        return f"{self.place} ({self.ready} ready, {self.unfinished} unfinished or replaced{only})"


class Store(Protocol):
    """A place for generations. What its methods raise is turned into one line by `faults`."""

    place: str
    mend: str

    def ready(self, identity: str) -> list[str]:
        """Names of the published generations of this identity, newest first."""

    def connect(self, name: str, stack: ExitStack, *, new: bool = False) -> ClientAPI:
        """A client that sees this generation; what must be closed afterwards is put on the stack."""

    def metadata(self, identity: str) -> dict[str, Any]:
        """What is kept with a generation that is being built."""

    def touch(self, collection: Collection) -> None:
        """Show that its builder lives."""

    def publish(self, name: str, collection: Collection) -> None:
        """Make a complete generation the one to open, in one step."""

    def discard(self, name: str) -> None:
        """Remove a generation as far as possible; raises nothing."""

    def sweep(self) -> None:
        """Discard what was never published, or was replaced, over `ORPHAN_S` ago."""

    def inspect(self) -> Inspection:
        """Count what is there."""

    def close(self) -> None:
        """Let go of connections."""


@contextmanager
def faults(store: Store, doing: str) -> Iterator[None]:
    """Whatever Chroma, its server or the disk raises becomes an IndexStoreError of one line."""
    try:
        yield
    except QABotError:
        raise
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":  # a panic of Chroma's core
            raise
        raise IndexStoreError(f"the index in {store.place} cannot be {doing} ({_line(error)}); {store.mend}") from error


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


def open_client(stack: ExitStack, *, folder: str = "", url: str = "") -> ClientAPI:
    """A Chroma client for a folder or a server, without telemetry and without `.env`; closed by the stack."""
    unset: dict[str, Any] = dict.fromkeys(("_env_file", "chroma_server_host", "chroma_server_http_port"))
    try:
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False, **unset)
    except Exception as error:  # its import reads the environment, and `.env` whatever it is told later
        raise IndexStoreError(
            f"Chroma cannot be loaded ({_line(error)}); mend what it reads in .env of this folder or in the environment"
        ) from error
    client: Any
    with _CLIENTS:
        if folder:
            client = chromadb.PersistentClient(folder, settings)
        else:
            client = chromadb.HttpClient(url, settings=settings)
            for part in (client, client._admin_client):  # Chroma sets no limit, and leaves connections open
                part._server._session.timeout = REQUEST_S
                stack.callback(part._server._session.close)
    stack.callback(_close, client)
    return client  # type: ignore[no-any-return]


def _close(client: Any) -> None:
    with _CLIENTS:
        client.close()
