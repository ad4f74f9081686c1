"""A map of single characters in the form that Hugging Face `tokenizers` calls a precompiled charsmap.

SentencePiece's format: the byte length of a double-array trie (uint32), the trie (darts-clone: Yata, Morita et al.),
then the replacements, each ended by a zero byte. A trie unit holds its label in bits 0–7, whether a value hangs
below it in bit 8, and in bits 10–31 what leads to its children: child = position ^ offset ^ label. A unit with bit 31
set is a value: the place of a replacement.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from itertools import count
from typing import Any

LEAF, VALUE = 1 << 8, 1 << 31


class CharMap(dict[int, str]):
    """For `str.translate`: looks a character up in the trie when it is first met.

    Raises:
        ValueError: `blob` is not a charsmap.
    """

    def __init__(self, blob: bytes) -> None:
        size = struct.unpack_from("<I", blob)[0] if len(blob) >= 4 else 0
        if not 1024 <= size <= len(blob) - 4 or size % 1024:
            raise ValueError("not a precompiled charsmap")
        self._units = struct.unpack_from(f"<{size // 4}I", blob, 4)
        self._targets = blob[4 + size :]

    def __missing__(self, codepoint: int) -> str:
        self[codepoint] = found = self._find(chr(codepoint))
        return found

    def _find(self, char: str) -> str:
        units, position = self._units, self._units[0] >> 10
        for byte in char.encode("utf-8", "surrogatepass"):
            position ^= byte
            if position >= len(units) or units[position] & (VALUE | 0xFF) != byte:
                return char
            leaf = units[position] & LEAF
            position ^= units[position] >> 10
        if not leaf:
            return char
        start = units[position] & ~VALUE
        return self._targets[start : self._targets.index(0, start)].decode("utf-8")


def build_charsmap(mapping: Mapping[str, str]) -> bytes:
    """The charsmap of a map from single characters to replacements."""
    targets = bytearray()
    trie: dict[int, Any] = {}
    for source, target in sorted(mapping.items()):
        node = trie
        for byte in source.encode():
            node = node.setdefault(byte, {})
        node[0] = len(targets)
        targets += target.encode() + b"\0"
    units = [0] * 256
    _place(trie, 0, units, {0}, set())
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + bytes(targets)


def _place(node: Mapping[int, Any], position: int, units: list[int], taken: set[int], bases: set[int]) -> None:
    """Write the children of the node at `position`, at the first base of its own where all find a free place."""
    base = next(b for b in count(1) if b not in bases and not any(b ^ label in taken for label in node))
    bases.add(base)
    taken.update(base ^ label for label in node)
    while len(units) <= base | 0xFF:
        units.extend([0] * 256)
    units[position] |= (position ^ base) << 10 | (LEAF if 0 in node else 0)
    for label, child in node.items():
        if isinstance(child, dict):
            units[base ^ label] = label
            _place(child, base ^ label, units, taken, bases)
        else:
            units[base] = VALUE | child
