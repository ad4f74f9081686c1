"""Text → words of a vocabulary: the most probable segmentation (Viterbi over a unigram model), as jieba does it.

Reads the `tokenizer.json` of Hugging Face `tokenizers` and gives the same segmentation, in plain Python: the Rust
library is faster over many texts and needs 30 MB more, which a single question feels.
"""

from __future__ import annotations

import base64
import json
import re
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

from embeddings.charmap import CharMap

UNKNOWN_PENALTY = 10.0
"""How far below the rarest word an unknown character scores; `tokenizers` holds the same constant."""


class Segmenter:
    """A `Sequence` of NFKC, Lowercase, Replace and Precompiled normalizers before a Unigram model.

    Raises:
        ValueError, KeyError, TypeError: `file` holds another kind of tokenizer, or none.
        OSError: `file` cannot be read.
    """

    def __init__(self, file: Path) -> None:
        config = json.loads(file.read_bytes())
        model = config["model"]
        if model["type"] != "Unigram" or config["pre_tokenizer"] is not None:
            raise ValueError("not a plain Unigram tokenizer")
        self._steps = [_step(part) for part in config["normalizer"]["normalizers"]]
        self.unknown_id: int = model["unk_id"]
        self._ids: dict[str, int] = {word: i for i, (word, _) in enumerate(model["vocab"])}
        self._scores: dict[str, float] = dict(model["vocab"])
        self._unknown_score = min(self._scores.values()) - UNKNOWN_PENALTY
        self._longest: dict[str, int] = {}
        """The first two characters of words → the length of the longest such word."""
        for word in self._ids:
            self._longest[word[:2]] = max(len(word), self._longest.get(word[:2], 0))

    def __len__(self) -> int:
        return len(self._ids)

    def normalize(self, text: str) -> str:
        """The text as the vocabulary spells it."""
        for step in self._steps:
            text = step(text)
        return text

    def segment(self, text: str) -> list[tuple[str, int]]:
        """(word, id) from left to right; characters that the vocabulary lacks stand alone with the unknown id."""
        text = self.normalize(text)
        starts = self._best_starts(text)
        words: list[tuple[str, int]] = []
        end = len(text)
        while end:
            word = text[starts[end] : end]
            words.append((word, self._ids.get(word, self.unknown_id)))
            end = starts[end]
        return words[::-1]

    def _best_starts(self, text: str) -> list[int]:
        """For every end: where the last word on the most probable path to it starts."""
        score_of, longest, size = self._scores.get, self._longest, len(text)
        best = [0.0] + [float("-inf")] * size
        starts = [0] * (size + 1)
        for start in range(size):
            base, end = best[start], start + 1
            score = base + score_of(text[start], self._unknown_score)
            if score > best[end]:
                best[end], starts[end] = score, start
            for end in range(start + 2, min(start + longest.get(text[start : start + 2], 0), size) + 1):
                found = score_of(text[start:end])
                if found is not None and base + found > best[end]:
                    best[end], starts[end] = base + found, start
        return starts


def _step(part: dict[str, Any]) -> Callable[[str], str]:
    match part["type"]:
        case "NFKC":
            return lambda text: unicodedata.normalize("NFKC", text)
        case "Lowercase":
            return str.lower
        case "Precompiled":
            charmap = CharMap(base64.b64decode(part["precompiled_charsmap"]))
            return lambda text: text.translate(charmap)
        case "Replace":
            pattern, content = re.compile(part["pattern"]["Regex"]), part["content"]
            return lambda text: pattern.sub(content, text)
        case kind:
            raise ValueError(f"normalizer {kind} is not known here")
