"""The command line.

Standard output carries the answer, standard error all else. Exit codes: 0 answered or refused; 1 a fault; 2 bad usage;
3 a check that did not hold; 130 interrupted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

from qa_bot.cli.commands import app
from qa_bot.cli.streams import run

__all__ = ["app", "main"]


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command that the arguments (of the process, when None) name, and leave."""
    run(lambda: app(args))
