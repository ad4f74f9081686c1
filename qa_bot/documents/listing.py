"""What a Word file's styles and lists say of a paragraph: its level as a heading, and the number that Word prints."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from docx.oxml.ns import qn

_DIGITS = "〇一二三四五六七八九"
_CHINESE = re.compile(r"(?:chinese|japanese|taiwanese|ideograph).*(?:counting|traditional)", re.IGNORECASE)
_ROMAN = ((100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


@dataclass(frozen=True, slots=True)
class Style:
    """`level` is that of a heading, from 1; `list` is (id, depth) of the list that its paragraphs are items of."""

    name: str = ""
    level: int | None = None
    list: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class _Depth:
    start: int = 1
    kind: str = "decimal"
    text: str = ""


class Lists:
    """The styles and lists of one document. `label` counts: it is asked once for each paragraph, in their order."""

    def __init__(self, styles: Any, numbering: Any) -> None:
        self._styles = {node.get(qn("w:styleId")): node for node in _all(styles, "w:style")}
        self._known: dict[str, Style] = {}
        depths = {node.get(qn("w:abstractNumId")): _depths(node) for node in _all(numbering, "w:abstractNum")}
        self._lists: dict[str, tuple[str, dict[int, _Depth]]] = {}
        for node in _all(numbering, "w:num"):
            of = _value(node, "w:abstractNumId") or ""
            mine = dict(depths.get(of, {}))
            for change in node.iterchildren(qn("w:lvlOverride")):
                depth, start = int(change.get(qn("w:ilvl"), "0")), _value(change, "w:startOverride")
                mine |= _depths(change)
                if start and depth in mine:
                    mine[depth] = _Depth(int(start), mine[depth].kind, mine[depth].text)
            fresh = node.find(qn("w:lvlOverride")) is not None
            key = str(node.get(qn("w:numId")))
            self._lists[key] = (f"num {key}" if fresh else of, mine)
        self._counts: dict[str, dict[int, int]] = {}

    def style_of(self, paragraph: Any) -> Style:
        """What its style says, and what it says itself."""
        own = paragraph.find(qn("w:pPr"))
        return _with(own, self._style(_value(own, "w:pStyle") or ""))

    def label(self, paragraph: Any) -> str:
        """The number that Word prints before the paragraph, with a space after it where one is needed."""
        key, depth = self.style_of(paragraph).list or ("0", 0)
        if key not in self._lists or depth not in self._lists[key][1]:
            return ""
        of, depths = self._lists[key]
        counts = self._counts.setdefault(of, {})
        counts[depth] = counts.get(depth, depths[depth].start - 1) + 1
        for deeper in [d for d in counts if d > depth]:
            del counts[deeper]
        if depths[depth].kind in ("bullet", "none"):
            return ""

        def number(match: re.Match[str]) -> str:
            of_depth = depths.get(int(match[1]) - 1, _Depth())
            return written(counts.get(int(match[1]) - 1, of_depth.start), of_depth.kind)

        label = re.sub(r"%(\d)", number, depths[depth].text).strip()
        return label + " " * (label != "" and label[-1].isascii())

    def _style(self, key: str) -> Style:
        chain = []
        while key in self._styles and key not in chain:
            chain.append(key)
            key = _value(self._styles[key], "w:basedOn") or ""
        style = Style()
        for one in reversed(chain):
            if one not in self._known:
                node = self._styles[one]
                style = _with(node.find(qn("w:pPr")), style)
                self._known[one] = Style(_value(node, "w:name") or "", style.level, style.list)
            style = self._known[one]
        return style


def _with(properties: Any, style: Style) -> Style:
    """The style, overruled by the properties of a paragraph or of a style based on it."""
    level, listed = style.level, style.list
    if outline := _value(properties, "w:outlineLvl"):
        level = int(outline) + 1 if int(outline) < 9 else None
    numbers = properties.find(qn("w:numPr")) if properties is not None else None
    if numbers is not None:
        key, depth = _value(numbers, "w:numId"), _value(numbers, "w:ilvl")
        before = listed or ("0", 0)
        listed = (key if key is not None else before[0], int(depth) if depth is not None else before[1])
    return Style(style.name, level, listed)


def _depths(node: Any) -> dict[int, _Depth]:
    return {
        int(one.get(qn("w:ilvl"), "0")): _Depth(
            int(_value(one, "w:start") or 1), _value(one, "w:numFmt") or "decimal", _value(one, "w:lvlText") or ""
        )
        for one in node.iterchildren(qn("w:lvl"))
    }


def _all(tree: Any, tag: str) -> list[Any]:
    return list(tree.iterchildren(qn(tag))) if tree is not None else []


def _value(node: Any, tag: str) -> str | None:
    found = node.find(qn(tag)) if node is not None else None
    return found.get(qn("w:val")) if found is not None else None


def written(number: int, kind: str) -> str:
    """A number as a list shows it: `一`, `①`, `iv`, `b`; in digits where the kind is unknown or the number too high."""
    if kind.startswith("decimalEnclosedCircle"):
        return chr(0x245F + number) if 1 <= number <= 20 else str(number)
    if kind == "ideographDigital" or _CHINESE.match(kind):
        return _chinese(number) if 0 <= number < 100 else str(number)
    if kind in ("lowerLetter", "upperLetter") and 1 <= number <= 26:
        letter = chr(96 + number)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in ("lowerRoman", "upperRoman") and 1 <= number < 400:
        roman, rest = "", number
        for value, sign in _ROMAN:
            roman, rest = roman + sign * (rest // value), rest % value
        return roman.upper() if kind == "upperRoman" else roman
    return f"{number:02}" if kind == "decimalZero" else str(number)


def _chinese(number: int) -> str:
    tens, ones = divmod(number, 10)
    if not tens:
        return _DIGITS[ones]
    return (_DIGITS[tens] if tens > 1 else "") + "十" + (_DIGITS[ones] if ones else "")
