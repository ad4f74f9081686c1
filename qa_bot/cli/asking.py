"""How `eval` asks: published objects; what a model answered is kept from run to run."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from qa_bot.evaluation.kept import Asking, identity, keeping

if TYPE_CHECKING:
    from qa_bot.bot import Bot


def asking(bot: Bot) -> Asking:
    """A bot's `ask` as the evaluation takes it."""

    def plain(question: str, history: Sequence[str]) -> dict[str, Any]:
        return bot.ask(question, history).to_dict()

    if not bot.settings.llm:
        return plain
    return keeping(plain, bot.settings.home / "answers" / identity(bot.settings, bot.index.identity))
