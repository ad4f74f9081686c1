"""Bytes or text → Speech: decoded, page furniture taken out, structured, every sentence with an address."""

from __future__ import annotations

import hashlib
from pathlib import Path

from qa_bot.errors import SpeechError
from qa_bot.speech.decoding import decode
from qa_bot.speech.furniture import clean
from qa_bot.speech.lines import Line, split_lines
from qa_bot.speech.redactions import find_redactions
from qa_bot.speech.sentences import split_sentences
from qa_bot.speech.structure import arrange
from qa_bot.types import Paragraph, Speech

__all__ = ["find_redactions", "parse_speech", "read_speech", "split_sentences"]


def read_speech(path: Path, *, encoding: str | None = None, max_bytes: int = 5_000_000) -> Speech:
    """The speech in a text file, in the encoding that is named or else most plausible; `.md` is read as Markdown.

    Raises:
        SpeechError: no such file, a folder, unreadable, empty, binary, over `max_bytes`, or undecodable.
    """
    data = _bytes(path, max_bytes)
    text, used = decode(data, encoding, name=str(path))
    lines = split_lines(text, markdown=path.suffix.lower() in (".md", ".markdown"))
    if not lines:
        raise SpeechError(f"{path} is empty; give a file with the text of a speech")
    return _speech(lines, None, used)


def _bytes(path: Path, max_bytes: int) -> bytes:
    try:
        if path.is_dir():
            raise SpeechError(f"{path} is a folder; give the file of one speech")
        size = path.stat().st_size
        if size > max_bytes:
            limit = f"over the limit of {max_bytes:,}; raise QA_BOT_MAX_BYTES, or split it"
            raise SpeechError(f"{path} has {size:,} bytes, {limit}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise SpeechError(f"there is no file {path}; check the path") from error
    except (OSError, ValueError) as error:
        raise SpeechError(f"{path} cannot be read ({error}); check its permissions") from error


def parse_speech(text: str, *, title: str | None = None, markdown: bool = False, encoding: str = "utf-8") -> Speech:
    """The speech in a text. `title` is what is known of it beforehand; `markdown` says that balanced `**…**` is bold.

    Reading `Speech.text` again gives the same text. Raises SpeechError where nothing is to be seen.
    """
    lines = split_lines(text, markdown)
    if not lines:
        raise SpeechError("there is no text to read; give the text of a speech")
    return _speech(lines, title, encoding)


def _speech(lines: list[Line], title: str | None, encoding: str) -> Speech:
    page = clean(lines, title)
    cleaned, sections, paragraphs = arrange(page.lines)
    return Speech(
        title=page.title or _first_words(cleaned, paragraphs),
        text=cleaned,
        sha256=hashlib.sha256(cleaned.encode("utf-8", "surrogatepass")).hexdigest(),
        provenance=page.provenance,
        sections=sections,
        paragraphs=paragraphs,
        redactions=tuple(find_redactions(cleaned)),
        stripped=page.stripped,
        encoding=encoding,
    )


def _first_words(text: str, paragraphs: tuple[Paragraph, ...]) -> str:
    """A title for a speech that has none: its first line, or the first paragraph after a salutation, cut short."""
    if paragraphs and paragraphs[0].kind == "salutation" and len(paragraphs) > 1:
        text = text[paragraphs[1].start :]
    line = text.split("\n", 1)[0]
    return line if len(line) <= 30 else line[:28] + "……"
