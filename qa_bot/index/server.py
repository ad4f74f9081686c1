"""Generations in collections of a Chroma server that several machines share.

A collection's metadata says whose it is, whether it is ready, and when its builder last gave a sign; Chroma replaces
all of it at once, which publishes a generation in one step.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from qa_bot.errors import IndexStoreError
from qa_bot.index.store import NAME, ORPHAN_S, Inspection, faults, open_client

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

PROBE_S = 3.0
"""Seconds that the server may be silent at the first contact."""
PAGE = 100
"""Collections listed in one request."""


class ServerStore:
    """The store of `QA_BOT_CHROMA`. Raises IndexStoreError where no Chroma server answers."""

    mend = "start the server (`chroma run`), mend QA_BOT_CHROMA, or leave it out to keep the index in a folder"

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.place = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        self._stack = ExitStack()
        with faults(self, "reached"):
            _probe(f"{self.place}/api/v2/heartbeat")
            self._client = open_client(self._stack, url=url)

    def ready(self, identity: str) -> list[str]:
        with faults(self, "read"):
            found = [c for c in self._collections() if c.metadata["identity"] == identity and c.metadata["ready"]]
        return [c.name for c in sorted(found, key=_touched, reverse=True)]

    def connect(self, name: str, stack: ExitStack, *, new: bool = False) -> ClientAPI:
        return self._client

    def metadata(self, identity: str) -> dict[str, Any]:
        return {"identity": identity, "ready": False, "touched": time.time()}

    def touch(self, collection: Collection) -> None:
        collection.modify(metadata={**collection.metadata, "touched": time.time()})

    def publish(self, name: str, collection: Collection) -> None:
        collection.modify(metadata={**collection.metadata, "ready": True, "touched": time.time()})

    def discard(self, name: str) -> None:
        with suppress(IndexStoreError), faults(self, "tidied"):
            self._client.delete_collection(name)

    def sweep(self) -> None:
        """One that was replaced is as old as the publication of the newest of its identity."""
        now = time.time()
        current = self._current()
        for c in self._collections():
            newest = current.get(c.metadata["identity"])
            since = _touched(newest) if newest and c.metadata["ready"] else _touched(c)
            if (newest is None or c.name != newest.name) and now - since > ORPHAN_S:
                self.discard(c.name)

    def inspect(self) -> Inspection:
        ready = len(self._current())
        return Inspection(self.place, ready, len(self._collections()) - ready)

    def close(self) -> None:
        self._stack.close()

    def _current(self) -> dict[str, Collection]:
        """Identity → the newest ready generation."""
        return {c.metadata["identity"]: c for c in sorted(self._collections(), key=_touched) if c.metadata["ready"]}

    def _collections(self) -> list[Collection]:
        found: list[Collection] = []
        while page := self._client.list_collections(limit=PAGE, offset=len(found)):
            found += page
        return [
            c for c in found if NAME.fullmatch(c.name) and {"identity", "ready", "touched"} <= set(c.metadata or ())
        ]


def _touched(collection: Collection) -> float:
    return float(collection.metadata["touched"])


def _probe(url: str) -> None:
    """One request with a limit, since Chroma's own first requests have none."""
    try:
        with urllib.request.urlopen(url, timeout=PROBE_S) as answer:
            told = json.loads(answer.read(1000))
    except urllib.error.HTTPError as error:
        error.close()
        raise
    if not isinstance(told, dict) or "nanosecond heartbeat" not in told:
        raise ValueError("what answers is no Chroma server")
