"""HTML → Source. The text is the page's own, all of it; trafilatura says which of it is the main text."""

from __future__ import annotations

import codecs
import re
from collections.abc import Sequence

from lxml import html

from qa_bot.documents.blocks import Block, blocks
from qa_bot.documents.decoding import decode
from qa_bot.documents.source import Source
from qa_bot.errors import DocumentError, SpeechError

_CHARSET = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "big5": "big5hkscs", "iso8859-1": "cp1252", "ascii": "cp1252"}
_BOMS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_OUTSIDE = "outside the main text"
_NEAR = 12
"""So many lines above and below the main text are left for the speech reader to sort, as long as they are no links."""
_LARGEST = 500_000
"""Characters of a page whose main text is looked for."""
_LEAST = 8
"""Characters of a line that is surely found again in the main text."""
_CRUMBS = re.compile(r"位置\s?[:：]|^首页|[>›»＞].*[>›»＞]")
_SUFFIX = re.compile(r"\s*[_|｜]\s*|\s+[-–—]\s+|--|\s*-\s*(?=[^-]{2,20}$)")


def read_page(data: bytes, name: str, encoding: str | None) -> Source:
    """The lines of a page. Those far from the main text that are no prose are furniture.

    Raises:
        SpeechError: the bytes are no text; DocumentError: there is no text in the page.
    """
    text, used = _decoded(data, encoding, name)
    tree = _tree(text, name)
    lines = blocks(tree) if tree is not None else []
    if not lines:
        raise DocumentError("no_text", f"{name} holds no text; save the page again, or copy its text")
    kept = _main(lines, _main_text(text))
    numbered: list[str] = []
    levels, furniture = [], []
    for line, keep in zip(lines, kept, strict=True):
        if line.gap and numbered:
            numbered.append("")
        numbered.append(line.text)
        if line.level and len(line.text) <= 60 and line.text[-1] not in "。；，":
            levels.append((len(numbered), line.level))
        if not keep:
            furniture.append((len(numbered), _OUTSIDE))
    title = _title(tree, [line for line, keep in zip(lines, kept, strict=True) if keep])
    return Source(name, "html", "\n".join(numbered), used, title, tuple(levels), tuple(furniture))


def _decoded(data: bytes, encoding: str | None, name: str) -> tuple[str, str]:
    """In the encoding that is forced, marked, declared, or most plausible; a declared one may have faulty bytes."""
    declared = _CHARSET.search(data[:4096])
    if encoding or data.startswith(_BOMS) or not declared:
        return decode(data, encoding, name)
    try:
        codec = codecs.lookup(declared[1].decode("ascii")).name
        codec = _WIDER.get(codec, codec)
        if codec.startswith("utf-16"):
            return decode(data, None, name)
        return data.decode(codec), codec
    except UnicodeDecodeError:
        try:
            return decode(data, None, name)
        except SpeechError:
            return data.decode(codec, "replace"), codec
    except LookupError:
        return decode(data, None, name)


def _tree(text: str, name: str) -> html.HtmlElement | None:
    parser = html.HTMLParser(encoding="utf-8", no_network=True, remove_comments=True, remove_pis=True, huge_tree=True)
    seen = "".join(c for c in text if c in "\t\n\r\f" or c >= " ")
    if not seen.strip():
        return None
    tree = html.document_fromstring(seen.encode("utf-8", "replace"), parser=parser, ensure_head_body=True)
    if any(error.type_name == "ERR_RESOURCE_LIMIT" for error in parser.error_log):
        raise DocumentError("unsafe", f"{name} nests deeper than any page does; copy its text")
    return tree


def _main_text(text: str) -> str:
    """The letters of what trafilatura takes for the main text; empty where it finds none, trips, or would take long."""
    if len(text) > _LARGEST:
        return ""
    from trafilatura import extract

    try:
        found = extract(text, favor_recall=True, include_comments=False, include_tables=True, deduplicate=False)
    except Exception:  # it only says what may go
        found = None
    return _squeezed(found or "")


def _main(lines: Sequence[Block], main: str) -> list[bool]:
    """Whether each line stays: from the first to the last line of the main text, and near it, unless it is a link and
    no prose stands around it; prose stays anywhere. All stay where the main text holds too little of the prose."""
    squeezed = [_squeezed(line.text) for line in lines]
    inside = [i for i, one in enumerate(squeezed) if len(one) >= _LEAST and one in main and not lines[i].is_link]
    prose = {i for i, line in enumerate(lines) if _is_prose(line)}
    held = sum(len(squeezed[i]) for i in prose.intersection(inside))
    if not inside or held * 2 < sum(len(squeezed[i]) for i in prose):
        return [True] * len(lines)
    first, last = _reach(lines, inside[0], -1), _reach(lines, inside[-1], 1)
    among = [i for i in sorted(prose) if first <= i <= last] or [first, last]
    return [
        i in prose or (first <= i <= last and (among[0] < i < among[-1] or not _is_menu(line)))
        for i, line in enumerate(lines)
    ]


def _is_menu(line: Block) -> bool:
    return line.is_link and not _CRUMBS.search(line.text)


def _reach(lines: Sequence[Block], at: int, step: int) -> int:
    for _ in range(_NEAR):
        after = at + step
        if not 0 <= after < len(lines) or _is_menu(lines[after]):
            break
        at = after
    return at


def _is_prose(line: Block) -> bool:
    return len(line.text) >= 30 and not line.is_link and any(mark in line.text for mark in "。！？；.!?")


def _title(tree: html.HtmlElement | None, kept: Sequence[Block]) -> str | None:
    """The part of the page's title that stands as a line of its own, else its one main heading."""
    lines = {_squeezed(line.text): line.text for line in kept if len(line.text) <= 80}
    named = tree.findtext(".//title") if tree is not None else None
    parts = [part for part in (named or "", *_SUFFIX.split(named or "")) if part and len(_squeezed(part)) >= 4]
    found = next((lines[_squeezed(part)] for part in parts if _squeezed(part) in lines), None)
    heads = [line.text for line in kept if line.level == 1]
    return found or (heads[0] if len(heads) == 1 and 4 <= len(heads[0]) <= 80 else None)


def _squeezed(text: str) -> str:
    return "".join(filter(str.isalnum, text))
