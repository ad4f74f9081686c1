"""What holds for every command: streams in UTF-8, faults in one line, a quiet end."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from qa_bot.errors import QABotError
from qa_bot.terminal import one_line


class Commands(TyperGroup):
    """A reader of standard output who has seen enough (`| head -1`) ends a command, or its help, without a fault."""

    def make_context(self, *args: Any, **kwargs: Any) -> Any:
        with _seen_enough():
            return super().make_context(*args, **kwargs)

    def invoke(self, ctx: Any) -> Any:
        with _seen_enough():
            result = super().invoke(ctx)
            sys.stdout.flush()
        return result


@contextmanager
def _seen_enough() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        _drop_output()
        raise typer.Exit from None


def run(command: Callable[[], object]) -> NoReturn:
    """Run it and leave; what it raises becomes one line on standard error and an exit code.

    Faults that nobody foresaw keep their traceback under `python -X dev`. What `__main__` explains passes through: a
    package that is missing, an interrupt.
    """
    _prepare()
    try:
        command()
    except Exception as error:
        if any(isinstance(before, KeyboardInterrupt) for before in _behind(error)):
            raise KeyboardInterrupt from error
        if isinstance(error, ModuleNotFoundError) or (sys.flags.dev_mode and not isinstance(error, QABotError)):
            raise
        typer.echo(f"qa_bot: {one_line(error)}", err=True)
        sys.exit(error.exit_code if isinstance(error, QABotError) else 1)
    finally:
        _flush()
    sys.exit(0)


def _behind(error: BaseException) -> Iterator[BaseException]:
    """What it came from: an extension module that is interrupted while it is imported makes an ImportError of that."""
    while before := error.__cause__ or error.__context__:
        yield (error := before)


def _prepare() -> None:
    """UTF-8 whatever the locale, LF whatever the system; streams that were closed lead nowhere."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
        else:
            stream.reconfigure(encoding="utf-8", errors="replace", **({"newline": "\n"} if mode == "w" else {}))


def _flush() -> None:
    try:
        sys.stdout.flush()
    except OSError:
        _drop_output()


def _drop_output() -> None:
    """Let the interpreter's last flush go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
