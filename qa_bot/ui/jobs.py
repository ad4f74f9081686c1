"""An answer that is made in a thread of its own, so that the page can be drawn, and the answer stopped, meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress

from qa_bot.types import Answer, ChatModel, Event, Message, Pieces
from qa_bot.ui.conversation import Draft

_here = threading.local()
RETRACTS = ("fallback", "restart")
"""Notices that take back what was written before them."""


class Job:
    """One answer under way. Any thread may look at `draft`, wait for `news`, or `stop` it."""

    def __init__(self, events: Callable[[], Iterator[Event]], found: str) -> None:
        """`found` is the draft's state from when the passages are found to the first words."""
        self.draft = Draft()
        self.answer: Answer | None = None
        self.error: Exception | None = None
        self.ended = False
        self._found, self._stopped = found, False
        self._pieces: Pieces | None = None
        self._news, self._count = threading.Condition(), 0
        threading.Thread(target=self._run, args=(events,), name="answer", daemon=True).start()

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
        finally:
            self._tell(ended=True)

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
        self.answer = event.answer
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
