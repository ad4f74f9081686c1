"""Text → words of a vocabulary: the most probable segmentation (Viterbi over a unigram model), as jieba does it.

Reads the `tokenizer.json` of Hugging Face `tokenizers` and gives the same segmentation, in plain Python: the Rust
library is some 20 times faster over a library of texts and needs 30 MB more, which a single question feels.
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
        self._scores: list[float] = [score for _, score in model["vocab"]]
        self._unknown_score = min(self._scores) - UNKNOWN_PENALTY
        self._longest: dict[str, int] = {}
        for word in self._ids:
            self._longest[word[0]] = max(len(word), self._longest.get(word[0], 0))

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
        back = self._paths(text)
        words: list[tuple[str, int]] = []
        end = len(text)
        while end:
            start, word_id = back[end]
            words.append((text[start:end], word_id))
            end = start
        return words[::-1]

    def _paths(self, text: str) -> list[tuple[int, int]]:
        """For every end: the (start, id) of the last word on the most probable path to it."""
        ids, scores, longest, size = self._ids, self._scores, self._longest, len(text)
        best = [0.0] + [float("-inf")] * size
        back = [(0, self.unknown_id)] * (size + 1)
        for start, char in enumerate(text):
            base = best[start]
            if char not in ids and base + self._unknown_score > best[start + 1]:
                best[start + 1], back[start + 1] = base + self._unknown_score, (start, self.unknown_id)
            for end in range(start + 1, min(start + longest.get(char, 0), size) + 1):
                word_id = ids.get(text[start:end])
                if word_id is not None and base + scores[word_id] > best[end]:
                    best[end], back[end] = base + scores[word_id], (start, word_id)
        return back


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
