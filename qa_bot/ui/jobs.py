"""An answer that is made in a thread of its own, so that the page can be drawn, and the answer stopped, meanwhile."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from qa_bot.errors import QABotError, UsageError
from qa_bot.types import ChatModel, Event, Message, Pieces, Speech
from qa_bot.ui.conversation import Draft, Fault, Turn

LOG = logging.getLogger(__name__)
_here = threading.local()
RETRACTS = ("fallback", "restart")
"""Notices that take back what was written before them."""


class Job:
    """One answer under way. Any thread may see `draft`, wait for `news`, or `stop` it; at the end `turn` is whole."""

    def __init__(
        self,
        turn: Turn,
        speech: Speech,
        events: Callable[[], Iterator[Event]],
        keep: Callable[[Turn], int | None],
        modelled: bool = False,
    ) -> None:
        """`keep` is given the turn with its answer or its fault, in the job's thread, unless it was stopped."""
        self.turn, self.draft = turn, Draft()
        self.error: Exception | None = None
        self.ended = False
        self._speech, self._keep, self._stopped = speech, keep, False
        self._found = "asking" if modelled else "picking"
        self._pieces: Pieces | None = None
        self._news, self._count = threading.Condition(), 0
        self._thread = threading.Thread(target=self._run, args=(events,), name="answer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def news(self, seen: int, seconds: float) -> int:
        """Wait until there is more than at `seen`, or so long; gives what to call with next."""
        with self._news:
            self._news.wait_for(lambda: self._count > seen, seconds)
            return self._count

    def stop(self) -> None:
        """End it now: the model's stream is closed under the thread that reads it."""
        self._stopped = True
        if self._pieces:
            self._pieces.close()

    def reads(self, pieces: Pieces) -> None:
        """Told by `Stoppable`: what `stop` has to close."""
        self._pieces = pieces
        if self._stopped:
            pieces.close()

    def _run(self, events: Callable[[], Iterator[Event]]) -> None:
        _here.job = self
        try:
            for event in events():
                if self._stopped:
                    break
                self._take(event)
        except Exception as error:
            self.error = error
        try:
            if not self._stopped:
                self._finish()
        finally:
            self._tell(ended=True)

    def _finish(self) -> None:
        if self.turn.waits:
            self.turn = replace(self.turn, fault=fault_of(self.error) if self.error else Fault("else"))
        self.turn = replace(self.turn, kept=self._keep(self.turn))

    def _take(self, event: Event) -> None:
        text, state = self.draft.text, self.draft.state
        if event.kind == "hits":
            state = self._found
        elif event.text:
            text, state = text + event.text, "writing"
        elif event.notice and event.notice.kind in RETRACTS:
            text, state = "", self._found
        elif event.notice and event.notice.kind == "checking":
            state = "checking"
        if event.answer:
            self.turn = replace(self.turn, answer=event.answer, speech=self._speech)
        if (text, state) != (self.draft.text, self.draft.state):
            self.draft = Draft(text, state)
            self._tell()

    def _tell(self, ended: bool = False) -> None:
        with self._news:
            self.ended = ended
            self._count += 1
            self._news.notify_all()


class Stoppable:
    """A chat model whose streams the job that asks for them can close."""

    def __init__(self, model: ChatModel) -> None:
        self._model = model

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def where(self) -> str:
        return self._model.where

    def stream(self, messages: Sequence[Message], max_tokens: int | None = None) -> Pieces:
        pieces = self._model.stream(messages, max_tokens)
        with suppress(AttributeError):  # nobody's job: asked by another than the page
            _here.job.reads(pieces)
        return pieces


def fault_of(error: Exception) -> Fault:
    """What the page says of an error; one that we did not foresee goes to the log in full."""
    if isinstance(error, UsageError):
        return Fault("UsageError")
    if isinstance(error, QABotError):
        return Fault(type(error).__name__, str(error))
    LOG.error("the page met an error that nobody foresaw", exc_info=error)
    return Fault("else")
