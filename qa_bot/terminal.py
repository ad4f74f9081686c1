"""What a terminal shows: an answer, a reading of the speech, a conversation. Colour for people, plain for pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa_bot.errors import QABotError
from qa_bot.types import Answer, Speech

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from qa_bot.bot import Bot
    from qa_bot.evaluation import Scorecard
    from qa_bot.evaluation.comparing import Comparison

REMEMBERED = 8
"""Earlier questions that a follow-up may lean on."""
LATE_S = 1.0
"""Seconds after which a bar is drawn."""
_CONTROLS = dict.fromkeys((*range(9), *range(11, 32), *range(127, 160)), "\ufffd")


def one_line(error: Exception) -> str:
    """What went wrong, without line breaks and control characters."""
    text = str(error)
    if not isinstance(error, QABotError):
        text = f"{type(error).__name__}: {text}; nobody foresaw this: `python -X dev -m qa_bot …` shows where it arose"
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return "".join(c if c.isprintable() else "\ufffd" for c in text)


def put(text: str) -> None:
    """Print lines; a terminal gets no control characters of the speech."""
    print(text.translate(_CONTROLS) if sys.stdout.isatty() else text)


def show_answer(answer: Answer) -> None:
    """The answer's text; under a refusal what is near. On a terminal the quotations stand out.

    What the checks of a model's answer found goes to standard error.
    """
    for notice in answer.notices:
        print(f"note: {one_line(QABotError(notice.detail))}", file=sys.stderr, flush=True)
    near = [f"  {r.paragraph if r.paragraph is not None else '·'}  {r.quote}" for r in answer.related]
    if not sys.stdout.isatty():
        print("\n".join([answer.text, *near]), flush=True)
        return
    from rich.text import Text

    text = Text(answer.text.translate(_CONTROLS), style="yellow" if answer.status == "refused" else "")
    for quotation in answer.quotations:
        text.stylize("bold green", quotation.start, quotation.end)
    _print(text, *(Text(line.translate(_CONTROLS), style="dim") for line in near))


def show_scorecard(card: Scorecard, comparison: Comparison | None = None) -> None:
    """The tables and the failures, and the comparison; on a terminal headings and failures stand out."""
    from qa_bot.report import render_comparison, render_text

    shown = render_text(card) + (f"\n\n{render_comparison(comparison)}" if comparison else "")
    if not sys.stdout.isatty():
        print(shown)
        return
    from rich.text import Text

    text = Text(shown)
    text.highlight_regex(r"(?m)^.* \(\d+ questions\)$", "bold")
    text.highlight_regex(r"(?m)^compared with .*$", "bold")
    text.highlight_regex(r"(?m)^all .*$", "bold green")
    text.highlight_regex(r"(?m)^\d+ of \d+ wrong$", "bold red")
    text.highlight_regex(r"(?m)^    .*$", "dim")
    _print(text)


def _print(*texts: Text) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for text in texts:
        console.print(text)


def converse(bot: Bot, home: Path) -> int:
    """Questions until Ctrl-D or /quit; from a pipe one a line, and what could not be answered counts.

    Returns:
        The exit code: 0; from a pipe that of the last fault.
    """
    person = sys.stdin.isatty() and sys.stdout.isatty()
    asked: list[str] = []
    code = 0
    for line in _typed(home) if person else _piped():
        if line in ("/quit", "/exit"):
            break
        if line == "/new":
            asked.clear()
            continue
        try:
            answer = bot.ask(line, asked[-REMEMBERED:])
        except Exception as error:  # a conversation outlives a fault
            print(f"qa_bot: {one_line(error)}", file=sys.stderr, flush=True)
            code = error.exit_code if isinstance(error, QABotError) else 1
            continue
        show_answer(answer)
        print(flush=True)
        asked.append(line)
    return 0 if person else code


def _piped() -> Iterator[str]:
    return (line.strip() for line in sys.stdin if line.strip())


def _typed(home: Path) -> Iterator[str]:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory

    class History(FileHistory):
        """Lasts as long as the conversation where its file cannot be read or written."""

        def load_history_strings(self) -> list[str]:
            with suppress(OSError):
                return list(super().load_history_strings())
            return []

        def store_string(self, string: str) -> None:
            with suppress(OSError):
                super().store_string(string)

    with suppress(OSError):
        home.mkdir(parents=True, exist_ok=True)
        (home / "history").touch(0o600)
    session: PromptSession[str] = PromptSession(history=History(str(home / "history")))
    print("Ask the speech. /new begins a new conversation, /quit or Ctrl-D leaves.", file=sys.stderr)
    while True:
        try:
            line = session.prompt("> ").strip()
        except EOFError:
            return
        if line:
            yield line


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A callback (done, of) for a bar on standard error: on a terminal only, after a second, gone at the end."""
    if not sys.stderr.isatty():
        yield lambda done, of: None
        return
    from rich.console import Console
    from rich.progress import Progress

    class Late(Progress):
        def get_renderables(self) -> Iterator[RenderableType]:
            if any((task.elapsed or 0) > LATE_S for task in self.tasks):
                yield from super().get_renderables()

    with Late(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of)


def reading(speech: Speech) -> str:
    """Title, what the page said of itself, headings, numbered paragraphs."""
    lines = [speech.title] if speech.title else []
    lines += [f"{key}: {value}" for key, value in asdict(speech.provenance).items() if value]
    lines.append(f"encoding: {speech.encoding}")
    paragraphs = [(p.start, f"\n[{p.address}] {speech.text[p.start : p.end]}") for p in speech.paragraphs]
    headings = [(start, f"\n{line.lstrip()}") for start, line in _headings(speech)]
    return "\n".join([*lines, *_in_order(headings, paragraphs)])


def outline(speech: Speech) -> str:
    """Headings with their addresses, and under each the topic sentences of its paragraphs."""
    firsts = [
        (
            p.start,
            "  " * speech.sections[p.section].level
            + f"[{p.address}] {speech.text[p.sentences[0].start : p.sentences[0].end]}",
        )
        for p in speech.paragraphs
        if p.kind == "body" and p.sentences
    ]
    return "\n".join(_in_order(_headings(speech), firsts))


def stripped(speech: Speech) -> str:
    """Every line that was taken out: its number, why, the line."""
    return "\n".join(f"{line.line}\t{line.reason}\t{line.text}" for line in speech.stripped)


def as_json(speech: Speech) -> str:
    """The whole reading as one JSON object."""
    return json.dumps(asdict(speech), ensure_ascii=False, indent=2)


def _headings(speech: Speech) -> list[tuple[int, str]]:
    return [
        (s.start, "  " * (s.level - 1) + (f"{s.address} {s.title}" if s.address else s.title)) for s in speech.sections
    ]


def _in_order(headings: list[tuple[int, str]], paragraphs: list[tuple[int, str]]) -> Iterator[str]:
    """By offset; a heading before the paragraph that begins where it does."""
    return (line for _, line in sorted([*headings, *paragraphs], key=lambda placed: placed[0]))
