"""A chat model's text taken apart: plain words, markers, quotations; markup is taken out.

Nothing is proved here. What a model writes for a marker is read generously: `〔12.3〕`, `[12.3]`, `【１２.３】`,
`(12.3)`, `〔12.3、12.4〕`, `12.3-12.5`, `第12段第3句`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

CLOSING = {
    "“": "”",
    "「": "」",
    "『": "』",
    "‘": "’",
    '"': '"',
    "＂": "＂",
    "'": "'",
    "＇": "＇",
    "″": "″",
    "〝": "〞",
    "«": "»",
    "‹": "›",
    "｢": "｣",
    "❝": "❞",
    "❛": "❜",
    "❮": "❯",
    "﹁": "﹂",
    "﹃": "﹄",
    "„": "“",
    "´": "´",
    "ˮ": "ˮ",
    "ʺ": "ʺ",
    "˝": "˝",
}
MARKS = (
    frozenset(CLOSING)
    | frozenset(CLOSING.values())
    | {*"〟‚⹂❟❠"}
    | {c for c in map(chr, range(0x2000, 0x3000)) if unicodedata.category(c) in ("Pi", "Pf")}
)
"""Every quotation mark; `'`, `’` and `´` are none where they can be an apostrophe."""

_ONE = r"(?:[§注]\s*)?\d{1,4}(?:[.．。]\d{1,3}){0,3}"
_PLACE = rf"{_ONE}(?:\s*[-–—~～至]\s*{_ONE})?|第\s*\d+\s*段(?:\s*第\s*\d+\s*句)?"
_LIST = rf"(?:{_PLACE})(?:\s*[,，、;；]\s*(?:{_PLACE}))*"
_SOURCE = r"\s*(?:(?:来源|出处|原文|引文|参见|见|cite|citation|source|ref)\s*[:：]?\s*)?"
_SQUARE, _ROUND = (
    (rf"[〔【［\[]{_SOURCE}", r"\s*[〕】］\]](?!\()"),
    (rf"[(（]{_SOURCE}", r"\s*[)）]"),
)
_BRACKETED = re.compile(
    rf"{_SQUARE[0]}(?P<square>{_LIST}){_SQUARE[1]}|{_ROUND[0]}(?P<round>{_LIST}){_ROUND[1]}"
    r"|(?P<words>第\s*\d+\s*段\s*第\s*\d+\s*句)"
)
_INSIDE = re.compile(
    rf"{_SQUARE[0]}(?=[^\]〕】］]*[.．段]){_LIST}{_SQUARE[1]}|(?:{_SQUARE[0]}(?:{_LIST}){_SQUARE[1]})+$"
)
"""Markers that a model put into a quotation; `国发〔2023〕5号` is none."""
_SPLIT = re.compile(r"\s*[,，、;；]\s*")
_IN_WORDS = re.compile(r"第\s*(\d+)\s*段(?:\s*第\s*(\d+)\s*句)?")

_TAKEN_OUT = re.compile(
    r"<(script|style|iframe|svg)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)|!\[[^\]\n]*\](?:\([^)\n]*\)|\[[^\]\n]*\])"
    r"|</?[A-Za-z][^<>\n]*>|<(?=[A-Za-z/!?])|^ {0,3}\[[^\]\n]+\]: *<?(?:[a-z]+:|//|www\.)[^\n]*$"
    r"|&(?:#\d+|#x[0-9a-f]+|[a-z]+);",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
_LINK = re.compile(
    r"[〔【［\[](?P<said>[^\[\]〔〕【】［］\n]+)[\]〕】］](?P<to>\((?:[^()\n]|\([^()\n]*\))*\)|\[[^\[\]\n]+\])"
)
_ADDRESS = re.compile(r"\(\s*<?[^\s()\u4e00-\u9fff]*(?:[/:#]|\.\w)[^\s()\u4e00-\u9fff]*")
_URL = re.compile(
    r"(?:(?:https?|ftp|file)://|(?<![A-Za-z])(?:javascript|data|vbscript|mailto):|(?<![A-Za-z])www\.)[^\s，。；、）)”」\"]*",
    re.IGNORECASE,
)
_DRESS = re.compile(
    r"^\s*(?:```.*|~~~.*|[-*_](?:\s*[-*_]){2,}|\|?(?:\s*:?-{2,}:?\s*\|)+\s*:?-*:?)\s*$\n?"
    r"|^\s{0,3}#{1,6}\s+|^\s{0,3}>\s?|^(\s*)[*+]\s+(?!\*)|`+|~~",
    re.MULTILINE,
)
_HEAD = re.compile(
    r"^[ ]*\|([^\n]*)\|[ ]*$(?=\n[ ]*\|(?:[ ]*:?-{2,}:?[ ]*\|)+|\n[ ]*\|(?:[ ]*:?-+:?[ ]*\|)+[ ]*$)", re.MULTILINE
)
_BOLD = re.compile(r"(\*{1,3}|_{2,3})(?=\S)([^*\n]+?)(?<=\S)\1")


@dataclass(frozen=True, slots=True)
class Plain:
    """Words of the model's own."""

    text: str


@dataclass(frozen=True, slots=True)
class Marker:
    """Addresses that the model points at; `words` where it wrote them as words of its sentence (`第12段第3句`)."""

    addresses: tuple[str, ...]
    words: str = ""


@dataclass(frozen=True, slots=True)
class Quoted:
    """What stands between a pair of quotation marks."""

    text: str


Part = Plain | Marker | Quoted


def clean(text: str, source: str) -> tuple[str, bool]:
    """The text without control characters and markup, and whether links, images or HTML were among it.

    Asterisks that stand in `source` as they do here (a withheld name) are no markup.
    """
    bare = text = visible(text)
    while (less := _URL.sub("", _LINK.sub(_unlinked, _TAKEN_OUT.sub("", bare)))) != bare:
        bare = less
    removed = bare != text
    text = _DRESS.sub(r"\1", _rows(bare))
    return _BOLD.sub(lambda bold: bold[0] if _withheld(bold, source) else bold[2], text).strip(), removed


def _unlinked(link: re.Match[str]) -> str:
    """A link's words; a marker stays one, and what stands in brackets behind it, where that is no address."""
    if not re.fullmatch(_LIST, link["said"].strip()):
        return f"{link['said']}〔{link['to'][1:-1]}〕" if re.fullmatch(_LIST, link["to"][1:-1]) else link["said"]
    return f"〔{link['said']}〕 " if _ADDRESS.match(link["to"]) else f"〔{link['said']}〕 {link['to']}"


def _rows(text: str) -> str:
    """Table rows as lines with gaps between their cells; the head of a table leads to what follows."""
    if not re.search(r"^\s*\|.*\|\s*$", text, re.MULTILINE):
        return text
    text = _HEAD.sub(lambda head: " / ".join(cell.strip() for cell in head[1].split("|") if cell.strip()) + "：", text)
    return text.replace("|", " ")


def visible(text: str) -> str:
    """The text without control characters, but for line breaks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cf", "Co", "Cs"))


def _withheld(bold: re.Match[str], source: str) -> bool:
    """Whether the asterisks are those of the source: followed there by the same two characters, or after them."""
    mark, inside = bold[1], bold[2]
    return len(mark) > 1 and (f"{mark}{inside[:2]}" in source or f"{inside[-2:]}{mark}" in source)


def parts(text: str) -> Iterator[Part]:
    """The cleaned text in order; a marker inside a quotation comes after it, unpaired quotation marks are left out."""
    at = begin = 0
    while at < len(text):
        if end := quotation_end(text, at):
            yield from _plain(text[begin:at])
            inside = text[at + 1 : end]
            yield Quoted(_INSIDE.sub("", inside))
            cut = "".join(m[0] for m in _INSIDE.finditer(inside))
            yield from (_marker(m) for m in _BRACKETED.finditer(cut) if not m["words"])
            at = begin = end + 1
        elif match := _BRACKETED.match(text, at):
            yield from _plain(text[begin:at])
            yield _marker(match) if _marks(match) else Plain(match[0])  # 国发〔2023〕5号 is none
            at = begin = match.end()
        else:
            at += 1
    yield from _plain(text[begin:])


def _plain(text: str) -> Iterator[Plain]:
    if bare := without_marks(text):
        yield Plain(bare)


def without_marks(text: str) -> str:
    """The text without quotation marks."""
    return "".join(c for i, c in enumerate(text) if c not in MARKS or is_apostrophe(text, i))


def is_apostrophe(text: str, at: int) -> bool:
    """Whether the mark stands behind a Latin letter, as in don’t or the workers’ rights."""
    after = text[at + 1 : at + 2]
    return (
        text[at] in "’'´"
        and _latin(text[max(at - 1, 0) : at])
        and bool(after)
        and (not after.isalnum() or after.isascii())
    )


def _latin(char: str) -> bool:
    return char.isascii() and char.isalnum()


def quotation_end(text: str, at: int) -> int:
    """Where the quotation that begins at `at` closes; 0 where none begins, or none closes on its line."""
    mark = text[at]
    line = text.find("\n", at)
    stop = line if line >= 0 else len(text)
    if mark == "'":
        opens = not _latin(text[:at][-1:]) and text[at + 1 : at + 2].strip() and not text[at + 1].isdigit()
        ends = (i for i in range(at + 2, stop) if text[i] == "'" and not _latin(text[i + 1 : i + 2]))
        return next(ends, 0) if opens else 0
    if mark not in CLOSING or is_apostrophe(text, at):
        return 0
    close, depth = CLOSING[mark], 0
    for i in range(at, stop):
        if close == mark:
            if i > at and text[i] == mark:
                return i
        elif text[i] == mark:
            depth += 1
        elif text[i] == close and not is_apostrophe(text, i):
            depth -= 1
            if depth == 0:
                return i
    last = max((text.rfind(c, at + 1, stop) for c in (close, '"')), default=-1)
    return max(last, 0)


def _marks(match: re.Match[str]) -> bool:
    """Whether it is a marker: in round brackets only with a point or in words, else `(3)` counts a list."""
    if re.match(r"\s*\d+\s*号", match.string[match.end() :]):
        return False
    return not match["round"] or any(sign in match["round"] for sign in ".段§")


def _marker(match: re.Match[str]) -> Marker:
    said = match["square"] or match["round"] or match["words"]
    return Marker(tuple(map(_address, _SPLIT.split(said))), match["words"] or "")


def _address(said: str) -> str:
    """`１２.３ ~ １２.５` → `12.3-12.5`."""
    text = unicodedata.normalize("NFKC", said)
    text = _IN_WORDS.sub(lambda m: f"{m[1]}.{m[2]}" if m[2] else m[1], text)
    return re.sub(r"[-–—~～至]+", "-", re.sub(r"\s+", "", text).replace("。", "."))
