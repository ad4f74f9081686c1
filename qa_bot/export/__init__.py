"""One answer or a whole conversation, taken away: Markdown, Word, a page to print, JSON that `verify` proves again.

Every quotation is compared with the speech as it is written. Whatever is in a question, a title or an answer is plain
text in each form; control and bidirectional characters are named instead. No form holds a key, a path, an owner or
what a failing server said.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from qa_bot.export.document import UNSEEN, document, own_notice, reference
from qa_bot.store import KeptTurn
from qa_bot.types import Speech
from qa_bot.wording import EXPORT

__all__ = ["markdown", "printable", "proof", "reference", "word"]


def markdown(turns: Sequence[KeptTurn], speech: Speech, lang: str = "zh") -> str:
    """CommonMark in which every character of the source is itself, `**` included."""
    from qa_bot.export.as_markdown import render

    return render(document(turns, speech, lang))


def word(turns: Sequence[KeptTurn], speech: Speech, lang: str = "zh") -> bytes:
    """A `.docx`."""
    from qa_bot.export.as_word import render

    return render(document(turns, speech, lang), lang)


def printable(turns: Sequence[KeptTurn], speech: Speech, lang: str = "zh") -> str:
    """An HTML page that fetches nothing."""
    from qa_bot.export.as_page import render

    return render(document(turns, speech, lang), lang)


def proof(turns: Sequence[KeptTurn], speech: Speech, lang: str = "zh") -> str:
    """The answers as `ask --json` prints them, in a list, each with its speech's title and sha256, and its time.

    Turns without an answer prove nothing and are left out.
    """
    answers = [_proof(turn, speech, lang) for turn in turns if turn.answer]
    told = json.dumps(answers, ensure_ascii=False, indent=2) + "\n"
    return UNSEEN.sub(lambda found: json.dumps(found[0])[1:-1], told)


def _proof(turn: KeptTurn, speech: Speech, lang: str) -> dict[str, Any]:
    assert turn.answer is not None
    notices = tuple(replace(n, detail=own_notice(n, EXPORT[lang])) for n in turn.answer.notices)
    asked = turn.asked.isoformat(timespec="seconds") if turn.asked else None
    of = {"title": speech.title, "sha256": speech.sha256}
    return {**replace(turn.answer, notices=notices).to_dict(), "speech": of, "asked": asked}
