"""What one browser tab does: its turns, the answer under way, and what the page's own buttons ask for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from qa_bot.types import Mode
from qa_bot.ui.conversation import Turn
from qa_bot.ui.jobs import Job

REMEMBERED = 8  # earlier questions that a follow-up may lean on
AGAIN: Mapping[str, Mode] = {"again_quote": "quote", "again_chat": "chat"}


@dataclass
class Session:
    """The conversation on the page. `job` makes the answer of the first turn that waits."""

    turns: list[Turn] = field(default_factory=list)
    job: Job | None = None
    dialog: str = ""
    """What is to be opened over the page in this run."""

    def take(self, question: str | None, mode: Mode | None = None, after: int | None = None) -> None:
        """Put a question into the conversation; the run that follows answers it."""
        if question and question.strip():
            self.turns.append(Turn(question, mode=mode, after=after))

    def history(self, number: int) -> list[str]:
        """The earlier questions that this turn may lean on, oldest first."""
        turn = self.turns[number]
        earlier = self.turns[: number if turn.after is None else turn.after]
        return [t.question for t in earlier if t.answer][-REMEMBERED:]

    def stop(self) -> None:
        """End the answer under way. What was there of it is shown as what it is: unchecked."""
        number = next((i for i, turn in enumerate(self.turns) if turn.waits), None)
        if self.job and number is not None:
            self.job.stop()
            self.turns[number] = replace(self.turns[number], stopped=self.job.draft.text)
            self.job = None

    def clear(self) -> None:
        """Begin another conversation."""
        if self.job:
            self.job.stop()
        self.turns, self.job = [], None

    def act(self, told: Any) -> None:
        """Do what a button of the page asks for; what no button sends is passed over."""
        if not isinstance(told, Mapping):
            return
        what, number, text = told.get("do"), told.get("turn"), told.get("text")
        if what == "stop":
            self.stop()
        elif what == "ask" and isinstance(text, str):
            self.take(text)
        elif isinstance(number, int) and 0 <= number < len(self.turns):
            self._again(str(what), number, text)

    def _again(self, what: str, number: int, text: Any) -> None:
        """A question asked once more, in the place of the conversation where it was asked first."""
        turn = self.turns[number]
        place = number if turn.after is None else turn.after
        if what == "edit" and isinstance(text, str):
            self.take(text, turn.mode, place)
        elif what == "correct" and isinstance(text, str):
            self.take(text, turn.mode, 0)
        elif what in AGAIN:
            self.take(turn.question, AGAIN[what], place)
        elif what == "retry" and (turn.fault or turn.stopped is not None):
            self.turns[number] = Turn(turn.question, mode=turn.mode, after=turn.after)
