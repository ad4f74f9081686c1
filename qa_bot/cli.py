"""The command line: one function a command, heavy imports inside them.

Standard output carries the answer, standard error all else. Exit codes: 0 answered or refused; 1 a fault; 2 bad usage;
3 a check that did not hold; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from qa_bot.errors import QABotError, UsageError

if TYPE_CHECKING:
    from qa_bot.bot import Bot
    from qa_bot.types import Speech

app = typer.Typer(
    name="qa_bot",
    help="Ask what a speech said about something, and where. Answers cite the paragraph and quote it word for word, "
    "or say that the speech does not say it.",
    epilog='Try:  python -m qa_bot ask "全年新增高新技术企业多少家？"',
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

SpeechOption = Annotated[
    Path | None,
    typer.Option("--speech", help="A speech file (.txt, .md); by default the one that QA_BOT_SPEECH names."),
]
EncodingOption = Annotated[
    str | None, typer.Option("--encoding", help="The file's encoding, where the guess is wrong: utf-8, gb18030, big5 …")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def main() -> NoReturn:
    """Run a command; faults become one line on standard error and an exit code."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")  # type: ignore[union-attr]
    try:
        app(standalone_mode=True)
    except QABotError as error:
        typer.echo(f"qa_bot: {error}", err=True)
        _leave(error.exit_code)
    except KeyboardInterrupt:
        _leave(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        _leave(0)
    _leave(0)


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="What you want to know, in Chinese or English.")],
    as_json: JsonOption = False,
    speech: SpeechOption = None,
    history: Annotated[
        list[str] | None,
        typer.Option("--history", help="An earlier question of the same conversation; repeat, oldest first."),
    ] = None,
    encoding: EncodingOption = None,
) -> None:
    """Ask one question."""
    from qa_bot.bot import check_question

    check_question(question)
    answer = _open(speech, encoding).ask(question, history or ())
    if as_json:
        print(json.dumps(answer.to_dict(), ensure_ascii=False, indent=2))
    else:
        from qa_bot.terminal import show_answer

        show_answer(answer)


@app.command()
def chat(speech: SpeechOption = None, encoding: EncodingOption = None) -> None:
    """Talk with the speech: a conversation with line editing and history. Leave with Ctrl-D or /quit."""
    from qa_bot.terminal import converse

    bot = _open(speech, encoding)
    converse(bot, bot.settings.home)


@app.command()
def show(
    file: Annotated[Path | None, typer.Argument(help="A speech file; --speech is the same.")] = None,
    plain: Annotated[bool, typer.Option("--plain", help="The cleaned text and nothing else.")] = False,
    stripped: Annotated[bool, typer.Option("--stripped", help="Every line that was taken out, and why.")] = False,
    outline: Annotated[bool, typer.Option("--outline", help="Headings and topic sentences.")] = False,
    as_json: JsonOption = False,
    speech: SpeechOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Show how a speech was read: title, sections, numbered paragraphs."""
    if plain + stripped + outline + as_json > 1:
        raise UsageError("--plain, --stripped, --outline and --json exclude each other; give one")
    read = _read(file or speech, encoding)
    if plain:
        sys.stdout.write(read.text)
        return
    from qa_bot import terminal

    view = (
        terminal.stripped
        if stripped
        else terminal.outline
        if outline
        else terminal.as_json
        if as_json
        else terminal.reading
    )
    print(view(read))


@app.command()
def ingest(
    file: Annotated[Path, typer.Argument(help="The speech file to read and index.")],
    encoding: EncodingOption = None,
) -> None:
    """Read a speech and build its index, so that the first question need not wait."""
    bot = _open(file, encoding)
    bodies = sum(p.kind == "body" for p in bot.speech.paragraphs)
    state = "built" if bot.index.built else "was ready"
    print(f"{bot.speech.title or file.name}: {bodies} paragraphs, {len(bot.index.passages)} passages; index {state}")
    typer.echo(
        f"read as {bot.speech.encoding}; {len(bot.speech.stripped)} lines of page furniture taken out (show --stripped)",
        err=True,
    )


@app.command("eval")
def evaluate(
    questions: Annotated[Path, typer.Option("--questions", help="Questions, JSON Lines (docs/questions.md says how).")],
    speech: SpeechOption = None,
    out: Annotated[Path | None, typer.Option("--out", help="Write each answer as a line of JSON here.")] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write report.md and report.html into this folder.")
    ] = None,
    fail_under: Annotated[
        float | None, typer.Option("--fail-under", min=0, max=1, help="Leave with 3 below this share of right answers.")
    ] = None,
    half: Annotated[str | None, typer.Option("--half", help="Only this half of the set: dev or report.")] = None,
    encoding: EncodingOption = None,
) -> None:
    """Answer a file of questions and judge the answers: a table by type with 95 % intervals, and every failure."""
    from qa_bot import evaluation
    from qa_bot.report import render_text, write_report
    from qa_bot.terminal import progress

    read = _read(speech, encoding)
    chosen = [q for q in evaluation.load_questions(questions, read) if half in (None, q.half)]
    if not chosen:
        raise UsageError(
            f"no question of {questions} is in the half {half!r}; leave --half out, or write dev or report"
        )
    bot = _open(speech, encoding)
    lines: list[str] = []
    with progress("questions") as advance:

        def keep(answer: dict[str, object]) -> None:
            lines.append(json.dumps(answer, ensure_ascii=False))
            advance(len(lines), len(chosen))

        card = evaluation.evaluate(chosen, bot.ask, read, keep)
    if out:
        _write(out, "".join(f"{line}\n" for line in lines))
    if report:
        write_report(card, report)
    print(render_text(card))
    if fail_under is not None and card.overall.rate < fail_under:
        raise typer.Exit(3)


@app.command()
def serve(
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The page's port.")] = 8501,
    host: Annotated[
        str, typer.Option("--host", help="The address to listen at; others than 127.0.0.1 are open to the network.")
    ] = "127.0.0.1",
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in a browser.")] = True,
    speech: SpeechOption = None,
    encoding: EncodingOption = None,
) -> None:
    """Open the chat in a browser."""
    bot = _open(speech, encoding)
    root = Path(__file__).parent.parent
    os.environ |= {
        "QA_BOT_SPEECH": str((speech or bot.settings.speech).resolve()),
        "QA_BOT_HOME": str(bot.settings.home.resolve()),
    }
    bot.close()
    shown = browser and (
        sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    )
    if host != "127.0.0.1":
        typer.echo(f"qa_bot: listening at {host}: whoever reaches this machine can read the page", err=True)
    options = [f"--server.port={port}", f"--server.address={host}", f"--server.headless={str(not shown).lower()}"]
    os.chdir(root)
    os.execv(sys.executable, [sys.executable, "-m", "streamlit", "run", str(root / "app.py"), *options])


@app.command()
def doctor() -> None:
    """Say what is installed and in force, what would fail, and how to mend it."""
    from qa_bot.doctor import examine
    from qa_bot.settings import load_settings

    checks = examine(load_settings())
    for check in checks:
        print(
            f"{'ok  ' if check.ok else 'FAIL'}  {check.what}: {check.found}"
            + (f"\n      → {check.mend}" if check.mend else "")
        )
    if not all(check.ok for check in checks):
        raise typer.Exit(1)


def _open(speech: Path | None, encoding: str | None) -> Bot:
    from qa_bot.bot import open_bot
    from qa_bot.settings import load_settings
    from qa_bot.terminal import progress

    with progress("index") as advance:
        return open_bot(load_settings(), speech, encoding=encoding, progress=advance)


def _read(speech: Path | None, encoding: str | None) -> Speech:
    from qa_bot.settings import load_settings
    from qa_bot.speech import read_speech

    settings = load_settings()
    return read_speech(speech or settings.speech, encoding=encoding, max_bytes=settings.max_bytes)


def _write(path: Path, text: str) -> None:
    """All of it or nothing."""
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise QABotError(f"{path} cannot be written ({error.strerror}); name another file with --out") from error


def _leave(code: int) -> NoReturn:
    """Without the interpreter's last words about streams that are gone."""
    try:
        sys.stdout.flush()
    except OSError:
        code = code or 0
    os._exit(code) if code == 130 else sys.exit(code)


__all__: Sequence[str] = ["app", "main"]
