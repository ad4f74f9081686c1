"""What a terminal shows: an answer, a reading of the speech, a conversation. Rich for people, plain for pipes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from qa_bot.types import Answer, Speech

if TYPE_CHECKING:
    from qa_bot.bot import Bot


def show_answer(answer: Answer) -> None:
    """The answer's text; on a terminal the quotations stand out, and a refusal shows what is near."""
    if not sys.stdout.isatty():
        print(answer.text)
        return
    from rich.console import Console
    from rich.text import Text

    text = Text(answer.text, style="yellow" if answer.status == "refused" else "")
    for quotation in answer.quotations:
        text.stylize("bold green", quotation.start, quotation.end)
    console = Console(highlight=False, soft_wrap=True)
    console.print(text)
    for near in answer.related:
        console.print(Text(f"  第{near.paragraph}段  {near.quote}", style="dim"))


def converse(bot: Bot, home: Path) -> None:
    """Questions from the terminal until Ctrl-D or /quit; from a pipe, one a line."""
    from qa_bot.errors import QABotError

    asked: list[str] = []
    for line in _lines(home):
        if line in ("/quit", "/exit"):
            return
        if line == "/new":
            asked.clear()
            continue
        try:
            show_answer(bot.ask(line, asked))
            asked.append(line)
        except QABotError as error:
            print(f"qa_bot: {error}", file=sys.stderr)


def _lines(home: Path) -> Iterator[str]:
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        yield from (line.strip() for line in sys.stdin if line.strip())
        return
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    try:
        home.mkdir(parents=True, exist_ok=True)
        (home / "history").touch()
        session: PromptSession[str] = PromptSession(history=FileHistory(str(home / "history")))
    except OSError:
        session = PromptSession(history=InMemoryHistory())
    print("Ask the speech. /new begins a new conversation, /quit or Ctrl-D leaves.", file=sys.stderr)
    while True:
        try:
            line = session.prompt("? ").strip()
        except EOFError:
            return
        if line:
            yield line


@contextmanager
def progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A callback (done, of) that draws a bar on standard error, on a terminal only, and only after a second."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, visible=(bar.tasks[0].elapsed or 0) > 1)

        yield advance


def reading(speech: Speech) -> str:
    """Title, what the page said of itself, headings, numbered paragraphs."""
    lines = [speech.title] if speech.title else []
    lines += [f"{key}: {value}" for key, value in asdict(speech.provenance).items() if value]
    lines += [f"encoding: {speech.encoding}", ""]
    shown: set[int] = set()
    for paragraph in speech.paragraphs:
        lines += [f"\n{title}" for title in _new_headings(speech, paragraph.section, shown)]
        lines.append(f"[{paragraph.address}] {speech.text[paragraph.start : paragraph.end]}")
    return "\n".join(lines)


def outline(speech: Speech) -> str:
    """Headings with their addresses, and under each the topic sentences of its paragraphs."""
    lines: list[str] = []
    shown: set[int] = set()
    for paragraph in speech.paragraphs:
        lines += _new_headings(speech, paragraph.section, shown)
        if paragraph.sentences and paragraph.kind == "body":
            first = paragraph.sentences[0]
            indent = "  " * speech.sections[paragraph.section].level
            lines.append(f"{indent}[{paragraph.address}] {speech.text[first.start : first.end]}")
    return "\n".join(lines)


def stripped(speech: Speech) -> str:
    """Every line that was taken out: its number, why, the line."""
    return "\n".join(f"{line.line}\t{line.reason}\t{line.text}" for line in speech.stripped)


def as_json(speech: Speech) -> str:
    """The whole reading as one JSON object."""
    keys = ("title", "text", "sha256", "encoding", "provenance", "sections", "paragraphs", "redactions", "stripped")
    values = asdict(speech)
    return json.dumps({key: values[key] for key in keys}, ensure_ascii=False, indent=2)


def _new_headings(speech: Speech, section: int | None, shown: set[int]) -> list[str]:
    above: list[str] = []
    while section is not None and section not in shown:
        shown.add(section)
        part = speech.sections[section]
        above.append("  " * max(part.level - 1, 0) + f"{part.address} {part.title}".strip())
        section = part.parent
    return above[::-1]
