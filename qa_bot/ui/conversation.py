"""Question and what came of it → HTML. Nothing from a question or a fault reaches the page unescaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape

from qa_bot.types import Answer, ChatModel, Mode, Speech
from qa_bot.ui.answer import MARKER, AnswerView
from qa_bot.ui.parts import act_button, badge, edit_button, edit_form
from qa_bot.ui.plain import tamed

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Fault:
    """Why there is no answer: the class of the error, and its one line."""

    kind: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what came of it: an answer with the speech that it cites, a fault, a stop, or nothing yet."""

    question: str
    answer: Answer | None = None
    speech: Speech | None = None
    fault: Fault | None = None
    stopped: str | None = None
    """What was there of the answer when it was stopped: never checked to the end."""
    mode: Mode | None = None
    """How it is to be answered, where the asker chose."""
    after: int | None = None
    """How many earlier turns it may lean on; None is all."""
    kept: int | None = None
    """Its number in the store, None where it is not kept."""
    asked: datetime | None = None
    wrong: str | None = None
    """Why the reader found the answer wrong; None where he did not say so."""

    @property
    def waits(self) -> bool:
        return self.answer is None and self.fault is None and self.stopped is None


@dataclass(frozen=True, slots=True)
class Draft:
    """What there is of an answer that is being made; `state` is `searching`, `asking`, `writing` or `checking`."""

    text: str = ""
    state: str = "searching"


@tamed
def turn_html(
    turn: Turn,
    words: Words,
    linked: bool = True,
    draft: Draft | None = None,
    number: int = 0,
    other: Mode | None = None,
) -> str:
    """One turn: question, then its answer, its fault, or what there is of it so far.

    Args:
        linked: whether the reader shows the speech that the answer cites; without it a citation leads nowhere.
        draft: the answer that is being made, None where none is.
        number: the turn's place in the conversation, from 0.
        other: the other way in which it can be answered.
    """
    body = ""
    if turn.fault:
        body = fault_html(turn.fault, words) + _again(words)
    elif turn.stopped is not None:
        body = _stopped(turn.stopped, words)
    elif turn.answer and turn.speech:
        body = AnswerView(turn.answer, turn.speech, words, linked, other, turn.kept is not None, turn.wrong).html()
    elif turn.answer:
        body = _unproved(turn.answer.text, words)
    elif draft:
        body = _draft(draft, words)
    asked = f"{badge(words['asked'])}<bdi>{escape(turn.question)}</bdi>"
    change = "" if turn.waits else edit_button("edit", words)
    form = "" if turn.waits else edit_form("edit", turn.question, words)
    return (
        f'<section class="qb-turn" data-turn="{number}"><div class="qb-head"><h2 class="qb-asked">{asked}</h2>{change}'
        f"</div>{form}{body}</section>"
    )


@tamed
def fault_html(fault: Fault, words: Words, name: str = "") -> str:
    """One calm line, about the file of this name; what exactly went wrong stands folded beneath it."""
    line = words.get(f"fault_{fault.kind}", words["fault_else"])
    about = f"<b>{escape(name)}</b> " if name else ""
    more = f"<details><summary>{escape(words['detail'])}</summary>{escape(fault.detail)}</details>"
    return f'<div class="qb-fault" role="status"><p>{about}{escape(line)}</p>{more if fault.detail else ""}</div>'


@tamed
def welcome_html(words: Words, model: ChatModel | None = None, title: str = "") -> str:
    """What stands where the conversation will be; where a model writes, which one, and what it is sent."""
    told = f"<p>{escape(words['told'].format(model=model.name, where=model.where))}</p>" if model else ""
    promise = words["promise_model" if model else "promise"]
    return f'<section class="qb-welcome"><h2>{escape(words["welcome"])}</h2><p>{escape(promise)}</p>{told}</section>'


@tamed
def suggestions_html(questions: Sequence[str], words: Words, heading: str) -> str:
    """Questions to press."""
    buttons = "".join(
        f'<button type="button" data-do="ask" data-text="{escape(q)}">{escape(q)}</button>' for q in questions
    )
    label = escape(words[heading])
    return f'<div class="qb-suggest" role="group" aria-label="{label}"><p class="qb-small">{label}</p>{buttons}</div>'


def _draft(draft: Draft, words: Words) -> str:
    stop = act_button("stop", words, " qb-stop")
    state = f'<p class="qb-state" role="status"><span>{escape(words[draft.state])}</span>{stop}</p>'
    return f'<div class="qb-answer qb-draft">{badge(words["answered"])}{_plain(draft.text)}{state}</div>'


def _stopped(text: str, words: Words) -> str:
    said = f'<p class="qb-label">{escape(words["stopped_text" if text else "stopped"])}</p>'
    return f'<div class="qb-answer qb-halted">{badge(words["answered"])}{said}{_plain(text)}</div>{_again(words)}'


def _unproved(text: str, words: Words) -> str:
    said = f'<p class="qb-label">{escape(words["unproved"])}</p>'
    return f'<div class="qb-answer qb-halted">{badge(words["answered"])}{said}{_plain(text)}</div>'


def _plain(text: str) -> str:
    return "".join(f"<p>{escape(MARKER.sub('', line))}</p>" for line in text.splitlines() if line.strip())


def _again(words: Words) -> str:
    return f'<div class="qb-acts">{act_button("retry", words)}</div>'
