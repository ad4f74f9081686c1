"""Text → unit vectors. Two encoders stand here: the shipped static table, and any sentence-transformers model.

Nothing is fetched unless a model is named that is not on this machine.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import re
import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from embeddings.segmenter import Segmenter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

SHIPPED = Path(__file__).parent / "zh-en-static-256"
REMEMBERED = 2048
"""Texts whose words are kept, some 4 kB each: an answer looks at the same sentences more than once."""
NAME_ANOTHER = "name one that exists, or use `shipped`"

USUAL_PROMPTS = (
    (r"\be5-", {"query": "query: ", "document": "passage: "}),
    (r"\bbge-\w+-zh", {"query": "为这个句子生成表示以用于检索相关文章："}),
)
"""Prompts that the cards of these families ask for and their folders do not hold."""


class EncoderLoadError(Exception):
    """One line: what cannot be loaded, from where, and what to do."""


class Encoder(Protocol):
    """What retrieval needs of a model."""

    @property
    def name(self) -> str:
        """For people: what `load_encoder` was told."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    @property
    def fingerprint(self) -> str:
        """Changes whenever the vectors may."""

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension), rows of length 1; zeros for a text with nothing in it that the model knows."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same for what is searched."""


def load_encoder(spec: str) -> Encoder:
    """`shipped` (`FinderEncoder`), `static` (its table), `static:FOLDER` or `sentence-transformers:NAME-OR-FOLDER`.

    Raises:
        EncoderLoadError: an unknown spec, or a model that is missing, unreadable or unreachable.
    """
    kind, _, place = spec.partition(":")
    if spec == "shipped":
        from embeddings.finder import FinderEncoder

        return FinderEncoder(StaticEncoder(SHIPPED))
    if kind == "static":
        return StaticEncoder(Path(place).expanduser() if place else SHIPPED, spec)
    if kind == "sentence-transformers" and place:
        return SentenceTransformersEncoder(place)
    raise EncoderLoadError(
        f"unknown encoder {spec!r}; it is `shipped`, `static`, `static:FOLDER` or "
        "`sentence-transformers:NAME-OR-FOLDER`"
    )


class StaticEncoder:
    """One vector for each word of a vocabulary; a text is the sum of its words' vectors, scaled to length 1.

    The length of a word's vector is its weight (smooth inverse frequency, then learned). The folder is one that
    sentence-transformers loads as a `StaticEmbedding`. The weights are mapped, not read: only the rows that a text
    needs come into memory. Safe to share between threads; pickled as its folder's name.
    """

    def __init__(self, folder: Path, name: str | None = None) -> None:
        self.name = name or f"static:{folder}"
        self._folder = folder
        if not folder.is_dir():
            raise EncoderLoadError(f"no model folder {folder}; {NAME_ANOTHER}")
        self._segmenter = _read(folder / "tokenizer.json", Segmenter)
        self._segment = lru_cache(REMEMBERED)(self._segmenter.segment)
        self._weights = _read(folder / "model.safetensors", _map_weights)
        if len(self._weights) != len(self._segmenter):
            raise EncoderLoadError(
                f"model folder {folder} does not fit together: {len(self._segmenter)} words, "
                f"{len(self._weights)} vectors; put both files of one model there"
            )
        self.dimension = int(self._weights.shape[1])
        self.fingerprint = f"static-{file_digest(folder / 'tokenizer.json', folder / 'model.safetensors')}"

    def __reduce__(self) -> tuple[type[StaticEncoder], tuple[Path, str]]:
        return StaticEncoder, (self._folder, self.name)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1; zeros where no word is known."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            ids = [word_id for _, word_id in self._segmenter.segment(text)]
            if ids:
                self._weights[ids].sum(axis=0, dtype=np.float32, out=row)
        return _unit(vectors)

    encode_passages = encode_queries

    def token_vectors(self, text: str) -> tuple[list[str], NDArray[np.float32]]:
        """The text's words that have a vector, as normalised, and their (n, dimension) vectors.

        The vectors are not of length 1: their lengths are the words' weights, for matching word by word.
        """
        segments = self._segment(text)
        vectors = self._weights[[word_id for _, word_id in segments]].astype(np.float32)
        known = np.flatnonzero(vectors.any(axis=1))
        return [segments[i][0].strip("▁") for i in known], vectors[known]

    def word_ids(self, text: str) -> NDArray[np.intp]:
        """Row of the table for each of the text's words; one unknown word where it has none."""
        ids = [word_id for _, word_id in self._segment(text)]
        return np.array(ids or [self._segmenter.unknown_id], np.intp)

    def vectors(self, ids: NDArray[np.intp]) -> NDArray[np.float32]:
        """(n, dimension) vectors of n rows of the table; their lengths are the words' weights."""
        return np.asarray(self._weights[ids], np.float32)


class SentenceTransformersEncoder:
    """Any model of sentence-transformers, by the name of a folder or of a published model.

    Queries and passages get the prompts that the model's folder holds, or those usual for its family. One text batch
    at a time: the tokenizers below are not safe to share between threads.
    """

    def __init__(self, place: str) -> None:
        self.name = f"sentence-transformers:{place}"
        self._place = place
        self._lock = threading.Lock()
        self._model = _sentence_transformer(place)
        if not any(self._model.prompts.values()):
            usual = (prompts for pattern, prompts in USUAL_PROMPTS if re.search(pattern, place.lower()))
            self._model.prompts.update(next(usual, {}))
        self.dimension = int(self._model.get_embedding_dimension() or 0)
        self.fingerprint = f"sentence-transformers-{self._identity()}"

    def __reduce__(self) -> tuple[type[SentenceTransformersEncoder], tuple[str]]:
        return SentenceTransformersEncoder, (self._place,)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1, with the model's query prompt; zeros for a blank text."""
        return self._encode(self._model.encode_query, texts)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dimension) rows of length 1, with the model's passage prompt; zeros for a blank text."""
        return self._encode(self._model.encode_document, texts)

    def _encode(self, encode: Any, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        filled = [i for i, text in enumerate(texts) if text.strip()]
        if filled:
            with self._lock:
                vectors[filled] = encode([texts[i] for i in filled], show_progress_bar=False)
        return _unit(vectors)

    def _identity(self) -> str:
        """Of a folder: its files. Of a published model: its name and the revision that was loaded."""
        told = json.dumps([self._model.prompts, self._model.max_seq_length], sort_keys=True, default=str)
        folder = Path(self._place).expanduser()
        if folder.is_dir():
            return file_digest(*sorted(path for path in folder.rglob("*") if path.is_file()), told=told)
        config = getattr(getattr(self._model[0], "auto_model", None), "config", None)
        revision = getattr(config, "_commit_hash", None) or "unknown"
        return file_digest(told=f"{self._place}@{revision} {told}")


def _sentence_transformer(place: str) -> SentenceTransformer:
    if importlib.util.find_spec("sentence_transformers") is None:
        raise EncoderLoadError(
            f"encoder sentence-transformers:{place} needs the package sentence-transformers; "
            "install requirements.txt, or use `shipped`"
        )
    folder = Path(place).expanduser()
    if not folder.is_dir() and (folder.is_absolute() or place.startswith((".", "~"))):
        raise EncoderLoadError(f"no model folder {place}; {NAME_ANOTHER}")
    try:
        return _opened(folder, place)
    except Exception as error:  # whatever its many libraries raise for a missing, broken or unreachable model
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        raise EncoderLoadError(
            f"model {place!r} cannot be loaded by sentence-transformers ({reason}); "
            "check the name and the network, or name a folder that holds it"
        ) from error


def _opened(folder: Path, name: str) -> SentenceTransformer:
    """From a folder; else from the network, asked once (left alone, the library retries for a minute and a half); else
    from what an earlier download left."""
    from huggingface_hub import model_info
    from sentence_transformers import SentenceTransformer

    if folder.is_dir():
        return SentenceTransformer(str(folder), local_files_only=True)
    try:
        model_info(name, timeout=10)
    except Exception:  # any of several libraries' errors; the next line raises where nothing was kept
        return SentenceTransformer(name, local_files_only=True)
    return SentenceTransformer(name)


def _read(file: Path, reader: Any) -> Any:
    try:
        return reader(file)
    except FileNotFoundError as error:
        raise EncoderLoadError(f"model folder {file.parent} lacks {file.name}; copy the whole model there") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError, re.error) as error:
        raise EncoderLoadError(
            f"{file} is damaged or not of a static Unigram model ({str(error)[:100]}); copy the model again, "
            "or try `sentence-transformers:FOLDER`"
        ) from error


def _map_weights(file: Path) -> NDArray[np.float16]:
    """(words, dimension) over a safetensors file: header length (uint64), header (JSON), tensors."""
    with file.open("rb") as stream:
        length = int.from_bytes(stream.read(8), "little")
        header = json.loads(stream.read(min(length, 100_000)))
    tensor = header["embedding.weight"]
    if tensor["dtype"] not in ("F16", "F32") or len(tensor["shape"]) != 2 or 0 in tensor["shape"]:
        raise ValueError(f"weights of type {tensor['dtype']} and shape {tensor['shape']}")
    dtype = np.dtype("<f2" if tensor["dtype"] == "F16" else "<f4")
    (words, dimension), (start, end) = tensor["shape"], tensor["data_offsets"]
    if end - start != dtype.itemsize * words * dimension or 8 + length + end > file.stat().st_size:
        raise ValueError("the file is shorter than its header says")
    return np.asarray(np.memmap(file, dtype, "r", 8 + length + start, (words, dimension)))


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors /= np.where(lengths > 0, lengths, 1)
    return vectors


def file_digest(*files: Path, told: str = "") -> str:
    """Changes with any byte of the files, and with what is told beside them."""
    digest = hashlib.sha256(told.encode())
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:24]
