"""A browser's own conversations and speeches in the store, as the page uses them. A store that fails costs a line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeVar

from qa_bot.documents import read_document
from qa_bot.errors import SpeechError, StoreError
from qa_bot.settings import Settings
from qa_bot.speech import to_speech
from qa_bot.store import Conversation, KeptSpeech, KeptTurn, Store, open_store
from qa_bot.types import Citation, Related, Speech
from qa_bot.ui.conversation import Fault, Turn

T = TypeVar("T")
NAME = 60
"""Characters of the first question that name a conversation."""
STOPPED = "Stopped"
"""What is kept, in the place of an error's name, of an answer that was stopped."""


@dataclass
class Shelf:
    """What belongs to one owner. Without an owner nothing is kept. `fault` is what went wrong last."""

    settings: Settings
    owner: str
    fault: Fault | None = None

    @property
    def store(self) -> Store:
        return open_store(self.settings)

    def conversations(self, like: str = "", begun: bool = False) -> list[Conversation]:
        """Those that something was asked in, newest first; with `begun` also those whose first answer is under way."""
        none: list[Conversation] = []
        found = self._try(lambda: self.store.conversations(self.owner, like), none) if self.owner else none
        return [conversation for conversation in found if begun or conversation.turns]

    def begin(self, speech: Speech, question: str) -> str:
        """A new conversation's id; empty where it cannot be kept."""
        name = " ".join(question.split())[:NAME]
        return self._try(lambda: self.store.begin(self.owner, speech, name), "") if self.owner else ""

    def keep(self, conversation: str, turn: Turn) -> int | None:
        """The number under which the turn is kept, None where it is not."""
        if not (conversation and self.owner):
            return None
        fault = turn.fault.kind if turn.fault else "" if turn.stopped is None else STOPPED
        if turn.kept is None:
            return self._try(lambda: self.store.add(self.owner, conversation, turn.question, turn.answer, fault), None)
        number = turn.kept
        self._try(
            lambda: self.store.replace(self.owner, conversation, number, turn.question, turn.answer, fault), False
        )
        return number

    def turns(self, conversation: str) -> list[KeptTurn]:
        """What is kept of a conversation; nothing of one that is another's."""
        return self._try(lambda: self.store.turns(self.owner, conversation), []) if self.owner else []

    def rate(self, conversation: str, number: int, good: bool | None, reason: str) -> bool:
        """Whether the thumb was kept."""
        return self._try(lambda: self.store.rate(self.owner, conversation, number, good, reason), False)

    def rename(self, conversation: str, title: str) -> None:
        if title.strip():
            self._try(lambda: self.store.rename(self.owner, conversation, title.strip()), False)

    def delete(self, conversation: str) -> None:
        self._try(lambda: self.store.delete(self.owner, conversation), False)

    def rated(self, sha: str) -> str:
        """The rated answers about a speech as a questions file."""
        none: list[str] = []
        return "".join(
            f"{line}\n" for line in self._try(lambda: self.store.ratings_as_questions(sha, self.owner), none)
        )

    def speeches(self) -> list[KeptSpeech]:
        return self._try(lambda: self.store.speeches(self.owner), []) if self.owner else []

    def bring(self, source: str | bytes, name: str) -> Speech:
        """Read a text, or the bytes of a file of this name, and keep it.

        Raises:
            QABotError: it cannot be read as a speech, or not be kept.
        """
        speech = self._read(source, name)
        self.store.keep_speech(self.owner, speech, source, name)
        return speech

    def load(self, sha: str) -> Speech:
        """A speech that was brought, read again.

        Raises:
            QABotError: there is none, or it cannot be read.
        """
        kept = self.store.speech(self.owner, sha)
        if kept is None:
            raise SpeechError("this speech is not kept here (any more); choose another one")
        return self._read(kept.source or "", kept.name, kept.title, kept.restored)

    def change(self, sha: str, title: str = "", restored: Sequence[int] = ()) -> Speech | None:
        """Give a speech another title, or put lines back into its text; None where that failed.

        With another text it takes the place of the former, also in the conversations about it.
        """
        return self._try(lambda: self._changed(sha, title, restored), None)

    def _changed(self, sha: str, title: str, restored: Sequence[int]) -> Speech | None:
        kept = self.store.speech(self.owner, sha)
        if kept is None or kept.source is None:
            return None
        lines = sorted({*kept.restored, *restored})
        speech = self._read(kept.source, kept.name, title.strip() or kept.title, lines)
        self.store.keep_speech(self.owner, speech, kept.source, kept.name, lines, instead_of=sha)
        return speech

    def forget(self, sha: str) -> None:
        """Delete a speech, and the conversations about it, for good."""
        self._try(lambda: self.store.forget_speech(self.owner, sha), None)

    def _read(self, source: str | bytes, name: str, title: str | None = None, restored: Sequence[int] = ()) -> Speech:
        data, encoding = (source.encode(), "utf-8") if isinstance(source, str) else (source, None)
        read = read_document(data, name, encoding=encoding, max_bytes=self.settings.max_bytes)
        return to_speech(read, title=title, restored=restored)

    def _try(self, use: Callable[[], T], otherwise: T) -> T:
        try:
            return use()
        except (StoreError, SpeechError) as error:
            self.fault = Fault(type(error).__name__, str(error))
            return otherwise


def shown_again(kept: KeptTurn, speech: Speech | None) -> Turn:
    """A kept turn for the page. Its answer is compared with the speech once more before it counts as proved."""
    turn = Turn(kept.question, kept=kept.number, asked=kept.asked, wrong=kept.reason if kept.good is False else None)
    if kept.answer and speech and _holds(kept, speech):
        return replace(turn, answer=kept.answer, speech=speech)
    if kept.answer:
        return replace(turn, answer=kept.answer)
    if kept.fault and kept.fault != STOPPED:
        return replace(turn, fault=Fault(kept.fault))
    return replace(turn, stopped="")


def kept_turns(turns: Sequence[Turn]) -> list[KeptTurn]:
    """The turns of the page as an export takes them."""
    return [
        KeptTurn(t.question, t.answer, t.fault.kind if t.fault else "", number, t.asked or datetime.now(UTC))
        for number, t in enumerate(turns, 1)
        if not t.waits
    ]


def _holds(kept: KeptTurn, speech: Speech) -> bool:
    places: list[Citation | Related] = [*kept.answer.citations, *kept.answer.related] if kept.answer else []
    return all(speech.text[place.start : place.end] == place.quote for place in places)
