"""Text from outside, made harmless for a prompt, and its length in tokens."""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile("[A-Za-z]+")
_COMMON = {bytes((high, low)).decode("gb2312", "ignore") for high in range(0xB0, 0xD8) for low in range(0xA1, 0xFF)}
_COMMON |= {*"，。、；：“”‘’（）《》！？—…·"}
_COMMON.discard("")


def count_tokens(text: str) -> int:
    """An upper bound of the text's tokens, without any tokenizer: its UTF-8 bytes, less what common text saves.

    A byte-level tokenizer makes at most one token of a byte. For the 3,755 characters of GB 2312's first level and
    for Chinese punctuation two are counted, for an ASCII word half of its letters. Held against cl100k, o200k, Qwen,
    DeepSeek, Claude 2, Tekken, Mistral v1 and v3 on 5,440 sentences of twelve work reports: these make 29 to 62 % of
    it, and more than it in 0.15 % of sentences at most, all of them of a few characters; on English prose 37 to 46 %.
    Random letters can make 1.4 times as many. `count(a + b)` is at most `count(a) + count(b)`, and at least either.
    """
    letters = sum(len(word) // 2 for word in _WORD.findall(text))
    return len(text.encode("utf-8", "surrogatepass")) - sum(c in _COMMON for c in text) - letters


class _Harmless(dict[int, "int | str | None"]):
    """Code point → what stands for it in a prompt; filled as it is used."""

    def __missing__(self, code: int) -> int | str | None:
        category = unicodedata.category(chr(code))
        if category == "Cf" or 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF:
            self[code] = None
        elif category in ("Zl", "Zp") or chr(code) in "\t\n\v\f\r\x1c\x1d\x1e\x85":
            self[code] = " "
        else:
            self[code] = "\ufffd" if category in ("Cc", "Cs") else code
        return self[code]


_HARMLESS = _Harmless(zip(map(ord, "<>[]〔〕【】"), "＜＞［］︹︺︻︼", strict=True))


def defuse(text: str) -> str:
    """One line in which nothing can pass for the prompt's own marks.

    Delimiters (`<…>`), addresses (`[12.3]`, `〔12.3〕`) and the agreed refusal (`【…】`) are made of eight brackets.
    Those of the text become compatibility forms of the same brackets: NFKC folds them back, so that a quotation copied
    from the prompt still matches. Line breaks become spaces, invisible characters (format characters, variation
    selectors) go, control characters and lone surrogates become U+FFFD.
    """
    return text.translate(_HARMLESS)
