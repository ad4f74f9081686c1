"""Text → lines: what no reader sees is taken out, and lines that were broken by the page or the mail are joined."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from qa_bot.speech.patterns import NOTE_MARK, is_note_heading, is_numbered, is_vocative


@dataclass(frozen=True, slots=True)
class Line:
    """A line that holds something; `number` is that of its first source line, `level` that of a Markdown heading."""

    number: int
    text: str
    gap: bool = False
    """Whether a blank line stands before it."""
    indent: bool = False
    level: int | None = None


_UNSEEN = re.compile(r"[\u200b\u2060\ufeff\u00ad\u200e\u200f]|[\x00-\x08\x0e-\x1b\x1f\x7f-\x84\x86-\x9f]")
_OTHER = r"[\s\x00-\x7f\u2e80-\uffef]"
_JOINER = re.compile(rf"(?:^|(?<={_OTHER}))[\u200c\u200d]+|[\u200c\u200d]+(?={_OTHER}|$)")
_BREAK = re.compile(r"\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")
_WIDE_GAP = re.compile(r"\u3000{2,}(?=\S)")
_PARAGRAPH = re.compile(r"(?<=[。！？：:”…!?])\u3000{2,}(?=\S)")
_BOLD = re.compile(r"(?<![\\*])\*\*(?=[^\s*])([^*\n]+?)(?<=[^\s*\\])\*\*(?!\*)")
_HEADING = re.compile(r"(#{1,6})\s+(.*?)(?:\s+#+)?$")


def split_lines(text: str, markdown: bool = False) -> list[Line]:
    """The lines that hold something, trimmed; spaces that are drawn alike become one kind of space.

    Two full-width spaces after the end of a sentence begin a new line, as texts without line breaks have them; in a
    long line with more than two such gaps each gap does.
    """
    lines: list[Line] = []
    gap = False
    for number, raw in enumerate(_BREAK.split(text), 1):
        seen = _JOINER.sub("", _UNSEEN.sub("", raw.replace("\xa0", " ").replace("\t", " ")))
        one_line = len(seen) > 40 and len(_WIDE_GAP.findall(seen)) > 2
        for piece in (_WIDE_GAP if one_line else _PARAGRAPH).split(seen):
            if piece.strip():
                indent = bool(re.match(r"[\u3000\u2003]|\s{2}", piece))
                lines.append(_line(number, piece.strip(), gap, indent or piece is not seen, markdown))
            gap = not piece.strip()
    return lines


def _line(number: int, text: str, gap: bool, indent: bool, markdown: bool) -> Line:
    if not markdown:
        return Line(number, text, gap, indent)
    heading = _HEADING.match(text)
    level = len(heading[1]) if heading else None
    plain = _BOLD.sub(r"\1", heading[2] if heading else text).replace("\\*", "*").strip()
    return Line(number, plain or text, gap, indent, level)


_END = "。！？；：…!?:;.”’」』）)】》]"
_OPEN = "“‘（(《〈【「『"
_CLOSING_FIRST = re.compile(r"[，。、；：！？）】》〉”’」』]|[,;:!?]|(?:是|为)[：:]")
_UNFINISHED = re.compile(r"(?<![目是好真有])的$|[和与及或、]$")
_HAN = re.compile(r"[\u3400-\u9fff]")
_WIDE = re.compile(r"[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]")
_PAIRS = {"“": "”", "‘": "’", "（": "）", "《": "》", "「": "」", "『": "』"}


def join_broken(lines: Sequence[Line]) -> list[Line]:
    """Lines that surely are one are joined: split inside a bracket or before a comma, at the fixed width of a mail or
    a typed page, or inside an endnote."""
    filled = _wrapped(lines)
    joined: list[Line] = []
    notes = False
    for line, goes_on in zip(lines, filled, strict=True):
        last = joined[-1] if joined else None
        if last and (goes_on or _broken(last.text, line.text) or (notes and _same_note(last, line))):
            joined[-1] = replace(last, text=last.text + _glue(last.text, line.text) + line.text)
        else:
            joined.append(line)
        notes = notes or (bool(NOTE_MARK.match(line.text)) and last is not None and is_note_heading(last.text))
    return joined


def _same_note(last: Line, line: Line) -> bool:
    return not (is_note_heading(last.text) or last.text[-1] in _END or is_numbered(line.text))


def _broken(last: str, text: str) -> bool:
    if is_vocative(last) or is_numbered(text):
        return last[-1] in _OPEN
    if _CLOSING_FIRST.match(text) or last[-1] in _OPEN:
        return True
    if last[-1] in _END:
        return False
    if _UNFINISHED.search(last[-2:]) or _left_open(last[-30:]):
        return True
    prose = len(last) > 30 or "。" in last
    return prose and last[-1].isascii() and last[-1].isalnum() and bool(_HAN.search(last[-60:]))


def _left_open(tail: str) -> bool:
    return any(tail.rfind(opener) > tail.rfind(closer) for opener, closer in _PAIRS.items())


def _glue(last: str, text: str) -> str:
    """A space between two Latin words, nothing between Chinese characters or inside `PM` + `2.5`."""
    latin = last[-1].isascii() and text[0].isascii() and last[-1] not in "-("
    return " " if latin and (text[0].isalpha() or not _HAN.search(last)) else ""


def columns(text: str) -> int:
    """Width as printed: two for a full-width character."""
    return len(text) + len(_WIDE.findall(text))


def _wrapped(lines: Sequence[Line]) -> list[bool]:
    """For each line, whether it goes on with the one before because that one fills the width of a wrapped text.

    A text was wrapped where 40 % of the lines end in mid-sentence, and 70 % of these within a word of the widest
    line, which is of 30 to 120 columns.
    """
    never = [False] * len(lines)
    if any(len(line.text) > 120 for line in lines):
        return never
    widths = [columns(line.text) for line in lines]
    widest = max(widths, default=0)
    if not 30 <= widest <= 120:
        return never
    least = widest - (8 if any(_HAN.search(line.text) for line in lines[:50]) else 18)
    pairs = list(zip(lines, widths, lines[1:], strict=False))
    cut = [width for line, width, after in pairs if line.text[-1] not in _END and not after.gap]
    if len(cut) < max(3, 0.4 * len(lines)) or sum(width >= least for width in cut) < 0.7 * len(cut):
        return never
    return [False] + [
        width >= least and not (after.gap or after.indent or is_numbered(after.text)) for _, width, after in pairs
    ]
