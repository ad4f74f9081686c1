"""What PDF writers make of Chinese characters, undone: radicals, ligatures, spaces between characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

_RADICALS = (
    "⺁厂⺎兀⺟母⺠民⻁虎⻄西⻅见⻆角⻉贝⻋车⻑長⻓长⻔门⻘青⻙韦⻚页⻛风⻜飞⻝食⻢马⻣骨⻤鬼⻥鱼⻦鸟"
    "⻧卤⻨麦⻩黄⻪黾⻬齐⻮齿⻰龙⻱龜⻲亀⻳龟㬵胶"
)
_MENDED = {ord(a): b for a, b in zip(_RADICALS[::2], _RADICALS[1::2], strict=True)}
_MENDED |= {code: unicodedata.normalize("NFKC", chr(code)) for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFB07))}
_TRADITIONAL = frozenset("國會們這為個來")
_WIDE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff“”‘’…—"
_HAN = r"\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_MIXED = re.compile(
    rf"(?<=[{_WIDE}]) (?=[!-~])|(?<=[!-~]) (?=[{_WIDE}])|(?<=[，。、；：？！）》”’]) | (?=[，。、；：？！）》”’])"
)
_BETWEEN = re.compile(rf"(?<=[{_HAN}]) +(?=[{_HAN}])")
_PAIR = re.compile(rf"[{_HAN}] *(?=[{_HAN}])")
_SPACED = 0.1
"""More spaces than this between two characters are the writer's, not the speaker's."""


def mended(lines: Sequence[str]) -> list[str]:
    """The lines with the ideographs that its radicals look like (⾼ 高), and ligatures taken apart."""
    traditional = any(_TRADITIONAL.intersection(line) for line in lines)
    table = _MENDED | {ord("⼾"): "戶" if traditional else "户", ord("⸺"): "——"}
    return [line.translate(table) for line in lines]


def unspaced(lines: Sequence[str]) -> list[str]:
    """The lines without the spaces that a PDF shows between Chinese and Latin, and, where many are spaced, between
    Chinese characters."""
    pairs = sum(len(_PAIR.findall(line)) for line in lines)
    many = sum(len(_BETWEEN.findall(line)) for line in lines) > _SPACED * pairs
    mixed = [_MIXED.sub("", re.sub(r"[ \t]+", " ", line).strip()) for line in lines]
    return [_BETWEEN.sub("", line) for line in mixed] if many else mixed
