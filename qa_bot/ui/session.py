"""What one browser tab does: its turns, the answer under way, and what the page's own buttons ask for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from qa_bot.types import Mode, Speech
from qa_bot.ui.conversation import Fault, Turn
from qa_bot.ui.jobs import Job
from qa_bot.ui.rooms import Room
from qa_bot.ui.shelf import Shelf, shown_again

REMEMBERED = 8  # earlier questions that a follow-up may lean on
AGAIN: Mapping[str, Mode] = {"again_quote": "quote", "again_chat": "chat"}
LONGEST = 2000
_SHA, _SPAN = re.compile(r"[0-9a-f]{64}"), re.compile(r"([0-9]{1,9})-([0-9]{1,9})")
RUNNING: dict[str, Job] = {}
"""Answers under way by their conversation, for a page that is loaded anew meanwhile."""


@dataclass
class Session:
    """The conversation on the page. `job` makes the answer of the first turn that waits."""

    shelf: Shelf
    turns: list[Turn] = field(default_factory=list)
    job: Job | None = None
    conversation: str = ""
    """Its id in the store; empty before it is kept."""
    speech: str = ""
    """sha256 of the speech that is talked about; empty is the one that the settings name."""
    reopened: bool = False
    """Whether the turns of `conversation` are still to be fetched."""
    dialog: str = ""
    """What is to be opened over the page in this run: `speeches`, `conversations` or `take`."""
    about: int | None = None
    """The turn that the dialog is about."""
    link: tuple[int, int] | None = None
    """The characters that the page's address points at."""
    lines: list[tuple[str, Fault]] = field(default_factory=list)
    """What is to be said once, each about a file of that name."""

    def take(self, question: str | None, mode: Mode | None = None, after: int | None = None) -> None:
        """Put a question into the conversation; the run that follows answers it."""
        if question and question.strip():
            self.turns.append(Turn(question, mode=mode, after=after))

    def begin(self, number: int, room: Room) -> Job:
        """Have the answer of a turn made, or go on with it."""
        if self.job is None:
            turn = self.turns[number] = replace(self.turns[number], asked=datetime.now(UTC))
            self.conversation = self.conversation or self.shelf.begin(room.speech, turn.question)
            shelf, conversation, history = self.shelf, self.conversation, self._history(number)

            def keep(turn: Turn) -> int | None:
                kept = shelf.keep(conversation, turn)
                RUNNING.pop(conversation, None)
                return kept

            modelled = bool(room.model) and turn.mode != "quote"
            job = Job(turn, room.speech, lambda: room.stream(turn.question, history, turn.mode), keep, modelled)
            self.job = RUNNING[conversation] = job
            job.start()
        return self.job

    def _history(self, number: int) -> list[str]:
        """The earlier questions that this turn may lean on, oldest first."""
        turn = self.turns[number]
        earlier = self.turns[: number if turn.after is None else turn.after]
        return [t.question for t in earlier if t.answer][-REMEMBERED:]

    def stop(self) -> None:
        """End the answer under way. What was there of it is shown as what it is: unchecked."""
        number = next((i for i, turn in enumerate(self.turns) if turn.waits), None)
        if self.job and number is not None:
            self.job.stop()
            turn = replace(self.turns[number], stopped=self.job.draft.text)
            self.turns[number] = replace(turn, kept=self.shelf.keep(self.conversation, turn))
            RUNNING.pop(self.conversation, None)
            self.job = None

    def clear(self, speech: str | None = None) -> None:
        """Begin another conversation; about this speech, or the same. An answer under way goes on, and is kept."""
        self.turns, self.job, self.conversation, self.link, self.reopened = [], None, "", None, False
        self.speech = self.speech if speech is None else speech

    def open(self, conversation: str) -> bool:
        """Take up a conversation of this browser again."""
        found = next((c for c in self.shelf.conversations(begun=True) if c.id == conversation), None)
        if found:
            self.clear(found.speech)
            self.conversation, self.reopened = conversation, True
        return bool(found)

    def follow(self, address: Mapping[str, str]) -> None:
        """Take up what the page's address names: a conversation, or a speech with a question and a quotation.

        A question that comes by a link is answered in the speech's words: a link sends nothing to a model.
        """
        if conversation := address.get("c"):
            if not self.open(conversation):
                self.lines.append(("", Fault("not_yours")))
        elif _SHA.fullmatch(address.get("speech", "")):
            self.speech = address["speech"]
            self.take(address.get("q", "")[:LONGEST], "quote")
            if span := _SPAN.fullmatch(address.get("at", "")):
                self.link = int(span[1]), int(span[2])

    def resume(self, speech: Speech) -> None:
        """Fetch the turns of a conversation that was taken up; those under way with their job."""
        if not self.reopened:
            return
        self.reopened = False
        job = RUNNING.get(self.conversation)
        known = speech if not self.speech or self.speech == speech.sha256 else None
        self.turns = [shown_again(kept, known) for kept in self.shelf.turns(self.conversation)]
        if job and job.turn.waits and job.turn.kept is None and job is RUNNING.get(self.conversation):
            self.turns, self.job = [*self.turns, job.turn], job

    def act(self, told: Any) -> None:
        """Do what a button of the page asks for; what no button sends is passed over."""
        if not isinstance(told, Mapping):
            return
        what, number, text, id = (told.get(key) for key in ("do", "turn", "text", "id"))
        text, id = text if isinstance(text, str) else "", id if isinstance(id, str) else ""
        if what == "stop":
            self.stop()
        elif what == "ask":
            self.take(text)
        elif what in ("speeches", "conversations"):
            self.dialog = str(what)
        elif isinstance(number, int) and 0 <= number < len(self.turns):
            self._of_turn(str(what), number, text)
        elif id:
            self._of_kept(str(what), id, text, told.get("line"))

    def _of_turn(self, what: str, number: int, text: str) -> None:
        """A question asked once more, in the place of the conversation where it was asked first; an answer judged."""
        turn = self.turns[number]
        place = number if turn.after is None else turn.after
        if what == "edit":
            self.take(text, turn.mode, place)
        elif what == "correct":
            self.take(text, turn.mode, 0)
        elif what in AGAIN:
            self.take(turn.question, AGAIN[what], place)
        elif what == "retry" and (turn.fault or turn.stopped is not None):
            self.turns[number] = Turn(turn.question, mode=turn.mode, after=turn.after, kept=turn.kept)
        elif what == "take":
            self.dialog, self.about = "take", number
        elif what in ("wrong", "not_wrong") and turn.kept is not None:
            good = False if what == "wrong" else None
            if self.shelf.rate(self.conversation, turn.kept, good, text):
                self.turns[number] = replace(turn, wrong=text if what == "wrong" else None)

    def _of_kept(self, what: str, id: str, text: str, line: Any) -> None:
        """A conversation or a speech that is kept: opened, named, deleted; a line of a speech put back."""
        if what == "open":
            self.open(id)
        elif what == "rename":
            self.shelf.rename(id, text)
            self.dialog = "conversations"
        elif what == "delete":
            self.shelf.delete(id)
            self.dialog = "conversations"
            if id == self.conversation:
                self.clear()
        elif what == "speech":
            self.clear("" if id == "default" else id)
        elif what == "forget":
            self.shelf.forget(id)
            self.dialog = "speeches"
            if id == self.speech:
                self.clear("")
        elif what in ("title", "restore"):
            lines = [int(line)] if what == "restore" and str(line).isdecimal() else []
            changed = self.shelf.change(id, text, lines)
            if changed and id == self.speech:
                self.speech = changed.sha256
                if changed.sha256 != id:
                    self.clear()
