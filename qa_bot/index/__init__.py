"""Passages → Chroma: build, publish, open. The only place that knows Chroma, and when an index is stale.

Every build is a generation: immutable, in a folder (embedded) or a collection (server) whose name is never used again.
It is filled, read back, and then published by one atomic step. A generation that does not open whole is passed over
and built anew; nothing is mended in place.
"""

from __future__ import annotations

import hashlib
import json
import math
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from embeddings.finder import FinderEncoder
from qa_bot.errors import EncoderError, IndexStoreError
from qa_bot.index.folder import FolderStore
from qa_bot.index.server import ServerStore
from qa_bot.index.store import Inspection, Store, faults
from qa_bot.passages import PASSAGE_RULES, embedding_text, make_passages
from qa_bot.settings import Settings
from qa_bot.types import Passage, Speech

if TYPE_CHECKING:
    from chromadb.api.collection_configuration import CreateHNSWConfiguration

    from embeddings.encoder import Encoder

__all__ = ["Index", "Inspection", "inspect", "open_index"]

SMALL, NEAREST = 1000, 256
"""Passages up to which one query of Chroma, for so many of all kinds, is quicker than one for each kind; what is
further away says nothing."""
BATCH = 256
"""Passages encoded and written at a time."""
HNSW: CreateHNSWConfiguration = {"space": "cosine", "ef_search": 256, "sync_threshold": 16}
"""With a low `sync_threshold` almost nothing is left in Chroma's log, which every opening would replay."""

Progress = Callable[[int, int], None]
Found = list[tuple[int, float]]


def open_index(
    speech: Speech,
    encoder: Encoder,
    settings: Settings,
    *,
    generated: Sequence[Passage] = (),
    rebuild: bool = False,
    progress: Progress | None = None,
) -> Index:
    """The ready index of this speech and encoder, or one built now; `progress` hears passages done, passages in all.

    The index holds the speech's own passages and those that were `generated` about it.

    Raises:
        IndexStoreError: neither is possible; whatever was ready before is untouched.
        EncoderError: the encoder's vectors are not what it says.
    """
    passages = (*make_passages(speech), *generated)
    identity = _identity(speech, passages, encoder)
    store = _store(settings)
    try:
        for name in () if rebuild else store.ready(identity):
            with suppress(IndexStoreError):
                return Index(store, name, identity, passages, encoder.dimension)
        return _build(store, identity, passages, encoder, progress)
    except BaseException:
        store.close()
        raise


def inspect(settings: Settings) -> Inspection:
    """Where indexes are kept and how many there are.

    Raises:
        IndexStoreError: the server is not reachable, or the folder can neither be read nor made.
    """
    store = _store(settings)
    try:
        with faults(store, "read"):
            return store.inspect()
    finally:
        store.close()


class Index:
    """An open generation; may be shared between threads. Holds files or connections until `close`."""

    built = False
    """Whether this opening built it."""

    def __init__(self, store: Store, name: str, identity: str, passages: tuple[Passage, ...], dimension: int) -> None:
        self.passages, self.identity, self.dimension = passages, identity, dimension
        self.store = store
        self._counts: Counter[str] = Counter(p.kind for p in passages)
        self._position = {p.id: i for i, p in enumerate(passages)}
        with faults(store, "read"), ExitStack() as stack:
            self.collection = store.connect(name, stack).get_collection(name, embedding_function=None)
            self._verify()
            self._resources = stack.pop_all()

    def query(self, vectors: NDArray[np.float32], k: int, kind: str | None = None) -> list[Found]:
        """For each of the (n, dimension) vectors at most `k` (position in `passages`, cosine similarity), best first.

        Raises:
            IndexStoreError: vectors of another dimension, or an index that was damaged or removed since it was opened.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self.dimension:
            raise IndexStoreError(
                f"the question's vectors have shape {vectors.shape}, the index {self.dimension} dimensions; "
                "open the index with the encoder of the questions (QA_BOT_ENCODER)"
            )
        total = len(self.passages)
        among = total if kind is None else self._counts[kind]
        k = min(k, among)
        if k < 1 or not len(vectors):
            return [[] for _ in vectors]
        # Chroma's own filter takes time in proportion to what it lets through: in a large index, take more and choose.
        fetch = k if kind is None else math.ceil(2 * k * total / among)
        if kind is None or 4 * fetch <= total:
            rows = [
                [hit for hit in row if kind in (None, self.passages[hit[0]].kind)][:k]
                for row in self._nearest(vectors, fetch)
            ]
            if min(map(len, rows)) == k:
                return rows
        return self._nearest(vectors, k, kind)

    def query_kinds(self, vector: NDArray[np.float32], most: Mapping[str, int]) -> dict[str, Found]:
        """For one vector of shape (1, dimension) at most `most[kind]` of each kind, as `query` finds them; in a small
        index only those among the `NEAREST` of all kinds, where any is."""
        total = len(self.passages)
        rows: dict[str, Found] = {kind: [] for kind in most}
        for hit in self.query(vector, min(total, NEAREST))[0] if total <= SMALL else ():
            kind = self.passages[hit[0]].kind
            if len(rows.get(kind, ())) < most.get(kind, 0):
                rows[kind].append(hit)
        lacking = [kind for kind, row in rows.items() if not row and min(most[kind], self._counts[kind])]
        return rows | {kind: self.query(vector, most[kind], kind)[0] for kind in lacking}

    def vectors(self, positions: Sequence[int]) -> NDArray[np.float32]:
        """(n, dimension), those of the passages at these n positions, at least one."""
        ids = [self.passages[i].id for i in positions]
        with faults(self.store, "read"):
            found = self.collection.get(ids=ids, include=["embeddings"])
            rows = dict(zip(found["ids"], np.asarray(found["embeddings"], np.float32), strict=True))
            return np.stack([rows[i] for i in ids])

    def close(self) -> None:
        """Let go of files and connections; the index cannot be asked afterwards."""
        self._resources.close()
        self.store.close()

    def _nearest(self, vectors: NDArray[np.float32], k: int, kind: str | None = None) -> list[Found]:
        with faults(self.store, "read"):
            found = self.collection.query(
                query_embeddings=vectors, n_results=k, where={"kind": kind} if kind else None, include=["distances"]
            )
            rows = [
                [(self._position[i], max(-1.0, min(1.0, 1.0 - d))) for i, d in zip(ids, distances, strict=True)]
                for ids, distances in zip(found["ids"], found["distances"] or (), strict=True)
            ]
        return [sorted(row, key=lambda hit: (-hit[1], hit[0])) for row in rows]

    def _verify(self) -> None:
        """Identity, distance, count, and one question in the encoder's dimension."""
        if (self.collection.metadata or {}).get("identity") != self.identity:
            raise ValueError("another index stands in its place")
        if self.collection.configuration_json["hnsw"]["space"] != HNSW["space"]:
            raise ValueError("its distance is not the cosine")
        if self.collection.count() != len(self.passages):
            raise ValueError("passages are missing")
        if self.passages and not self._nearest(np.eye(1, self.dimension, dtype=np.float32), 1)[0]:
            raise ValueError("vectors are missing")


def _store(settings: Settings) -> Store:
    return ServerStore(settings.chroma) if settings.chroma else FolderStore(settings.home / "index")


def _identity(speech: Speech, passages: Sequence[Passage], encoder: Encoder) -> str:
    rows = [(p.id, p.start, p.end, embedding_text(p)) for p in passages]
    told = [PASSAGE_RULES, speech.sha256, encoder.fingerprint, encoder.dimension, HNSW, rows]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _build(
    store: Store, identity: str, passages: tuple[Passage, ...], encoder: Encoder, progress: Progress | None
) -> Index:
    name = f"qa-bot-{identity}-{uuid.uuid4().hex}"
    with ExitStack() as undo:
        undo.callback(store.discard, name)
        _fill(store, name, identity, passages, encoder, progress)
        index = Index(store, name, identity, passages, encoder.dimension)
        undo.callback(index._resources.close)
        with faults(store, "written"):
            store.publish(name, index.collection)
        undo.pop_all()
    index.built = True
    with suppress(IndexStoreError), faults(store, "tidied"):
        store.sweep()
    return index


def _fill(
    store: Store,
    name: str,
    identity: str,
    passages: tuple[Passage, ...],
    encoder: Encoder,
    progress: Progress | None,
) -> None:
    with ExitStack() as stack:
        with faults(store, "written"):
            collection = store.connect(name, stack, new=True).create_collection(
                name,
                embedding_function=None,
                configuration={"hnsw": HNSW},
                metadata=store.metadata(identity),
            )
        for start in range(0, len(passages), BATCH):
            batch = passages[start : start + BATCH]
            vectors = _encode(encoder, batch)
            with faults(store, "written"):
                collection.add(
                    ids=[p.id for p in batch],
                    embeddings=vectors,
                    documents=[p.text for p in batch],
                    metadatas=[_metadata(p) for p in batch],
                )
                store.touch(collection)
            if progress:
                progress(start + len(batch), len(passages))


def _encode(encoder: Encoder, passages: Sequence[Passage]) -> NDArray[np.float32]:
    """(passages, dimension). Of what was generated, many texts about sentences that are read, words must be enough."""
    texts = [embedding_text(p) for p in passages]
    own = sum(p.kind != "generated" for p in passages)  # they come first
    unread = encoder.encode_unread if isinstance(encoder, FinderEncoder) else encoder.encode_passages
    parts = ((encoder.encode_passages, texts[:own]), (unread, texts[own:]))
    return np.concatenate([_checked(encoder, encode(some), len(some)) for encode, some in parts if some])


def _checked(encoder: Encoder, found: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    vectors = np.asarray(found, np.float32)
    if vectors.shape != (count, encoder.dimension) or not np.isfinite(vectors).all():
        raise EncoderError(
            f"the encoder {encoder.name} gave vectors of shape {vectors.shape} or not finite ones, where "
            f"({count}, {encoder.dimension}) was due; name another one in QA_BOT_ENCODER"
        )
    return vectors


def _metadata(p: Passage) -> dict[str, str | int]:
    metadata: dict[str, str | int] = {
        "kind": p.kind,
        "path": " / ".join(p.path),
        "addresses": " ".join(p.addresses),
        "start": p.start,
        "end": p.end,
    }
    return metadata | {"generated": p.generated} if p.generated else metadata
