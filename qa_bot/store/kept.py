"""What is kept, and how it stands in the rows of the file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from qa_bot.text import fold
from qa_bot.types import Answer


@dataclass(frozen=True, slots=True)
class Conversation:
    """A line of an owner's list. `speech` is a sha256, `turns` their count, `updated` in UTC."""

    id: str
    title: str
    speech: str
    speech_title: str
    turns: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """A question and what came of it: an answer, or the class name of an error, or nothing (it was cut off)."""

    question: str
    answer: Answer | None = None
    fault: str = ""
    number: int = 0
    """From 1, in the order of asking."""
    asked: datetime | None = None
    good: bool | None = None
    """The reader's thumb, None where there is none."""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KeptSpeech:
    """A speech that somebody brought, of this sha256 when it was kept; `restored` are the numbers of lines put back."""

    sha: str
    title: str
    name: str
    restored: tuple[int, ...]
    kept: datetime
    source: str | bytes | None = None
    """What was brought; None in a list."""


def storable(text: str, most: int | None = None) -> str:
    """What can be stored: no lone surrogates, and no more than that many characters."""
    return text.encode("utf-8", "replace").decode()[:most]


def turn_columns(question: str, answer: Answer | None, fault: str) -> tuple[str, str | None, str, str]:
    """`question, answer, fault, folded`; the last is what is searched."""
    told = storable(json.dumps(answer.to_dict(), ensure_ascii=False)) if answer else None
    return storable(question), told, fault, fold(storable(f"{question}\n{answer.text if answer else ''}"))


def utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def turn_of(row: Sequence[Any]) -> KeptTurn:
    """`question, answer, fault, number, asked, good, reason`; an answer that cannot be read any more is a fault."""
    question, told, fault, number, asked, good, reason = row
    answer = None
    try:
        answer = Answer.from_dict(json.loads(told)) if told else None
    except ValueError:
        fault = "StoreError"
    return KeptTurn(question, answer, str(fault), number, utc(asked), None if good is None else bool(good), str(reason))


def speech_of(
    sha: str, title: str, name: str, restored: str, kept: float, source: str | bytes | None = None
) -> KeptSpeech:
    return KeptSpeech(sha, title, name, tuple(json.loads(restored)), utc(kept), source)
