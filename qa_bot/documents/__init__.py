"""A file as it comes (text, Markdown, HTML, Word, PDF) → `Source`: lines of text, ready for the speech reader.

Text and Markdown are decoded here. The others are parsed in a process of its own (`apart.py`), which holds the parsers,
may neither write nor connect, and ends at limits of time and memory. Nothing is fetched from inside a document.
"""

from __future__ import annotations

import unicodedata

from qa_bot.documents.decoding import decode
from qa_bot.documents.kinds import kind_of
from qa_bot.documents.source import LIMITS, Kind, Limits, Source
from qa_bot.errors import DocumentError, SpeechError

__all__ = ["LIMITS", "Kind", "Limits", "Source", "read_document"]

FACTOR = 4
"""A document may have this many times the bytes of a text: it also holds pictures, fonts and markup."""


def read_document(
    data: bytes, name: str, *, encoding: str | None = None, max_bytes: int = 5_000_000, limits: Limits = LIMITS
) -> Source:
    """The text of a file. What kind it is, its content tells first and `name` second; `name` is never used as a path.

    Args:
        encoding: of a text or a page; by default the declared or else the most plausible one.
        max_bytes: size of a text at most, in bytes; of a document four times as much, its text this.

    Raises:
        SpeechError: empty, binary, too large, or undecodable.
        DocumentError: a document that is locked, damaged, over the limits, or holds no text.
    """
    name = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") else c for c in name)[-200:]
    kind = kind_of(data, name)
    plain = kind in ("text", "markdown")
    check_size(len(data), max_bytes if plain else FACTOR * max_bytes, name)
    if plain:
        text, used = decode(data, encoding, name=name)
        source = Source(name, kind, text, used)
    else:
        from qa_bot.documents.apart import parse_apart

        source = parse_apart(data, name, kind, encoding, limits)
        if len(source.text.encode("utf-8", "surrogatepass")) > max_bytes:
            raise DocumentError("too_large", f"the text of {name} is over the limit of {max_bytes:,} bytes; split it")
    if not source.text.strip():
        raise SpeechError(f"{name} is empty; give a file with the text of a speech")
    return source


def check_size(size: int, limit: int, name: str) -> None:
    """Raises SpeechError where a file has more bytes than it may."""
    if size > limit:
        raise SpeechError(
            f"{name} has {size:,} bytes, over the limit of {limit:,}; raise QA_BOT_MAX_BYTES, or split it"
        )
