"""Questions as a JSON Lines file holds them, read with every fault named by its line; and how texts are compared."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any

from qa_bot.errors import QuestionsError
from qa_bot.types import Speech

TYPES = ("fact", "list", "paraphrase", "section", "unanswerable", "false_premise", "followup", "english")
HALVES = ("dev", "report")
_QUOTE_MARKS = frozenset("\"'“”„‟‘’‚‛「」『』〝〞〟«»‹›")


@dataclass(frozen=True, slots=True)
class Question:
    """One line of a questions file. `half` says which half of a set it belongs to, where the set is halved."""

    id: str
    type: str
    question: str
    history: tuple[str, ...] = ()
    answerable: bool = True
    gold_quotes: tuple[str, ...] = ()
    alt_quotes: tuple[tuple[str, ...], ...] = ()
    must_include: tuple[tuple[str, ...], ...] = ()
    note: str = ""
    half: str = ""

    @property
    def golds(self) -> tuple[tuple[str, ...], ...]:
        """The lists of gold pieces; covering any one of them is enough."""
        return tuple(pieces for pieces in (self.gold_quotes, *self.alt_quotes) if pieces)

    @property
    def wants_refusal(self) -> bool:
        """Whether the right answer is a refusal."""
        return not self.answerable and not (self.type == "false_premise" and self.gold_quotes)


def load_questions(path: Path, speech: Speech | None) -> tuple[Question, ...]:
    """The questions of a JSON Lines file; with a speech, their gold and alternative quotes are looked up in it.

    A byte order mark, blank lines and unknown keys are passed over; every key but `id`, `type` and `question` may be
    left out or null.

    Raises:
        QuestionsError: an unreadable file, or a line that is wrong: file, line, what is wrong, what to write.
    """
    found: dict[str, Question] = {}
    for where, line in _lines(path):
        question = _question(line, where)
        if question.id in found:
            raise QuestionsError(f"{where}: id {short(question.id)} was used before; every id must be unique")
        for quote in chain(*question.golds):
            if speech and fold(quote)[0] not in fold(speech.text)[0]:
                raise QuestionsError(
                    f"{where}: {short(quote)} is not in the speech {short(speech.title)}; copy it from `show --plain`"
                )
        found[question.id] = question
    if not found:
        raise QuestionsError(f"{path} holds no questions; write one JSON object a line")
    return tuple(found.values())


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise QuestionsError(f"{path} cannot be read ({error.strerror}); name a questions file") from error
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise QuestionsError(f"{path}, line {line}: not UTF-8; save it as UTF-8") from error
    lines = enumerate(text.split("\n"), 1)
    return ((f"{path}, line {number}", line) for number, line in lines if line.strip())


def _question(line: str, where: str) -> Question:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        why = f"{error.msg} at column {error.colno}" if isinstance(error, json.JSONDecodeError) else error
        raise QuestionsError(f"{where}: not JSON ({why}); write one object on this line") from error
    if not isinstance(values, dict):
        raise QuestionsError(f'{where}: {short(line)} is not an object; write {{"id": …, "type": …, "question": …}}')

    def take(key: str, default: Any, fits: Callable[[Any], bool], mend: str) -> Any:
        value = values.get(key)
        if value is None and default is not None:
            return default
        if value is None or not fits(value):
            wrong = "missing" if value is None else short(json.dumps(value, ensure_ascii=False))
            raise QuestionsError(f"{where}: {key} is {wrong}; write {mend}")
        return value

    kind = take("type", None, lambda v: v in TYPES, f"one of {', '.join(TYPES)}")
    texts, groups = "a list of strings, none empty", "a list of lists of strings, none empty"
    question = Question(
        id=take("id", None, _is_text, "a string"),
        type=kind,
        question=take("question", None, _is_text, "a string"),
        history=tuple(take("history", (), _is_texts, texts)),
        answerable=take("answerable", kind != "unanswerable", lambda v: isinstance(v, bool), "true or false"),
        gold_quotes=tuple(take("gold_quotes", (), _is_texts, texts)),
        alt_quotes=tuple(map(tuple, take("alt_quotes", (), _is_groups, groups))),
        must_include=tuple(map(tuple, take("must_include", (), _is_groups, groups))),
        note=take("note", "", lambda v: isinstance(v, str), "a string"),
        half=take("half", "", lambda v: v in HALVES, f"one of {', '.join(HALVES)}"),
    )
    if question.answerable and kind == "unanswerable":
        raise QuestionsError(f"{where}: type unanswerable, yet answerable true; change one of them")
    if question.answerable and not (question.gold_quotes or question.alt_quotes or question.must_include):
        raise QuestionsError(f"{where}: nothing says what is right; write gold_quotes, or answerable false")
    return question


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(fold(value)[0]) and not any("\ud800" <= c <= "\udfff" for c in value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_groups(value: Any) -> bool:
    return isinstance(value, list) and all(group and _is_texts(group) for group in value)


def short(text: str, most: int = 60) -> str:
    """The text in “…” on one line, without control characters, cut after `most` characters."""
    line = "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))
    return f"“{line[:most]}…”" if len(line) > most else f"“{line}”"


@lru_cache(maxsize=1024)
def fold(text: str) -> tuple[str, tuple[int, ...]]:
    """The text without white space, invisible characters and style of quotation marks, and where each character
    stood. Compatibility forms are decomposed (NFKD): what is equal so is equal after NFKC, and each character is on
    its own."""
    kept = [
        ('"' if c in _QUOTE_MARKS else c, offset)
        for offset, char in enumerate(text)
        for c in unicodedata.normalize("NFKD", char)
        if not c.isspace() and unicodedata.category(c) != "Cf"
    ]
    return "".join(c for c, _ in kept), tuple(offset for _, offset in kept)
