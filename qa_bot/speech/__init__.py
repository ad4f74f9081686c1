"""Bytes or text → Speech: decoded, page furniture taken out, structured, every sentence with an address."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

from qa_bot.documents import FACTOR, Source, check_size, read_document
from qa_bot.errors import SpeechError
from qa_bot.speech.furniture import clean
from qa_bot.speech.lines import Line, split_lines
from qa_bot.speech.marked import marked_lines, set_apart
from qa_bot.speech.redactions import find_redactions
from qa_bot.speech.sentences import split_sentences
from qa_bot.speech.structure import arrange
from qa_bot.types import Paragraph, Speech, Stripped

__all__ = ["find_redactions", "parse_speech", "read_speech", "split_sentences", "to_speech"]


def read_speech(path: Path, *, encoding: str | None = None, max_bytes: int = 5_000_000) -> Speech:
    """The speech in a file: text, Markdown, HTML, Word or PDF. A text is read in the encoding that is named or else
    most plausible; it has `max_bytes` at most, a document four times as many.

    Raises:
        SpeechError: no such file, a folder, unreadable, empty, binary, too large, or undecodable.
        DocumentError: a document that is locked, damaged, over the limits, or holds no text.
    """
    data = _bytes(path, FACTOR * max_bytes)
    return to_speech(read_document(data, str(path), encoding=encoding, max_bytes=max_bytes))


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        if path.is_dir():
            raise SpeechError(f"{path} is a folder; give the file of one speech")
        check_size(path.stat().st_size, max_bytes, str(path))
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SpeechError(f"there is no file {path}; check the path") from error
    except (OSError, ValueError) as error:
        raise SpeechError(f"{path} cannot be read ({error}); check its permissions") from error


def to_speech(source: Source, *, title: str | None = None, restored: Collection[int] = ()) -> Speech:
    """The speech in a source: the same for the same arguments.

    Args:
        title: what it shall be called; by default what the page says. The text is the same under any title.
        restored: numbers of lines (`Stripped.line`) that stay in the text, whatever they look like.

    Raises:
        SpeechError: nothing is to be seen in it.
    """
    lines = marked_lines(source)
    if not lines:
        raise SpeechError(f"{source.name} is empty; give a file with the text of a speech")
    lines, apart = set_apart(lines, dict(source.furniture), restored)
    speech = _speech(lines, source.title, source.encoding, apart, restored)
    return replace(speech, title=title) if title else speech


def parse_speech(text: str, *, title: str | None = None, markdown: bool = False, encoding: str = "utf-8") -> Speech:
    """The speech in a text. `title` is what is known of it beforehand; `markdown` says that balanced `**…**` is bold.

    Reading `Speech.text` again gives the same text. Raises SpeechError where nothing is to be seen.
    """
    lines = split_lines(text, markdown)
    if not lines:
        raise SpeechError("there is no text to read; give the text of a speech")
    return _speech(lines, title, encoding)


def _speech(
    lines: list[Line],
    title: str | None,
    encoding: str,
    apart: tuple[Stripped, ...] = (),
    restored: Collection[int] = (),
) -> Speech:
    page = clean(lines, title, restored)
    cleaned, sections, paragraphs = arrange(page.lines)
    return Speech(
        title=page.title or _first_words(cleaned, paragraphs),
        text=cleaned,
        sha256=hashlib.sha256(cleaned.encode("utf-8", "surrogatepass")).hexdigest(),
        provenance=page.provenance,
        sections=sections,
        paragraphs=paragraphs,
        redactions=tuple(find_redactions(cleaned)),
        stripped=tuple(sorted(page.stripped + apart, key=lambda line: line.line)),
        encoding=encoding,
    )


def _first_words(text: str, paragraphs: tuple[Paragraph, ...]) -> str:
    """A title for a speech that has none: its first line, or the first paragraph after a salutation, cut short."""
    if paragraphs and paragraphs[0].kind == "salutation" and len(paragraphs) > 1:
        text = text[paragraphs[1].start :]
    line = text.split("\n", 1)[0]
    return line if len(line) <= 30 else line[:28] + "……"
