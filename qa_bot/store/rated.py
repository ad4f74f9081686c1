"""A rated answer → a line of a questions file (`docs/questions.md`): the best guess, marked for review."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from qa_bot.text import is_han
from qa_bot.types import Answer

TO_WRITE = "needs review: write here what a right answer says, or give gold_quotes, or answerable false"
REMEMBERED = 8


@dataclass(frozen=True, slots=True)
class Rated:
    """An answer with the reader's thumb; `earlier` questions of the same conversation, oldest first."""

    id: str
    answer: Answer
    good: bool
    reason: str
    earlier: tuple[str, ...] = ()


def question_line(rated: Rated) -> str:
    """One object as JSON. A praised answer is to be given again; one that was not must not: its line fails in `eval`
    until the bot, or the line, is mended."""
    answer = rated.answer
    followup = bool(rated.earlier) and answer.search_query.strip() != answer.question.strip()
    line: dict[str, Any] = {
        "id": f"rated-{rated.id}",
        "type": _type(rated, followup),
        "question": answer.question,
        "history": list(rated.earlier[-REMEMBERED:]) if followup else [],
        **_right(rated),
        "note": _note(rated),
    }
    return json.dumps(line, ensure_ascii=False)


def _type(rated: Rated, followup: bool) -> str:
    if rated.good and rated.answer.status == "refused":
        return "unanswerable"
    if followup:
        return "followup"
    return "fact" if any(map(is_han, rated.answer.question)) else "english"


def _right(rated: Rated) -> dict[str, Any]:
    """What the right answer would be, as far as the thumb tells."""
    answer = rated.answer
    if rated.good and answer.status == "refused":
        return {"answerable": False}
    if rated.good and answer.citations:
        return {"answerable": True, "gold_quotes": [c.quote for c in answer.citations]}
    if not rated.good and answer.related:  # refused, and wrongly so: perhaps one of these answers it
        return {"answerable": True, "gold_quotes": [], "alt_quotes": [[r.quote] for r in answer.related]}
    return {"answerable": True, "gold_quotes": [], "must_include": [[TO_WRITE]]}


def _note(rated: Rated) -> str:
    answer = rated.answer
    was = f"refused ({answer.reason})" if answer.status == "refused" else "answered"
    cited = "".join(f"〔{c.marker}〕" for c in answer.citations)
    by = answer.model if answer.mode == "chat" and answer.model else answer.mode
    thumb = "good" if rated.good else "bad"
    return f"needs review; rated {thumb}: {rated.reason or 'no reason given'}; {was} {cited} by {by}".replace("  ", " ")
