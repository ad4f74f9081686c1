"""The prompts for a rewritten question and for enrichment, and what is taken from the answers to them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Sequence
from typing import Any

from qa_bot.prompting.files import Prompts
from qa_bot.prompting.harmless import defuse
from qa_bot.prompting.numbered import numbered, outline
from qa_bot.text import HAN, runs
from qa_bot.types import Message, Speech

EARLIER, LONGEST = 6, 300
"""Earlier questions that are told, and characters of each; a rewritten question may have as many."""
OUTLINE_ROOM = 2000
"""Tokens of the outline that goes with sentences to be enriched."""
_PREFIX = re.compile(
    r"^(?:(?:改写|独立|最后)[^：:\n]{0,12}|输出|提问|问题|问|(?:(?:rewritten|standalone) )*question)\s*[：:]\s*",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"“([^“”]*)”|\"([^\"]*)\"|「([^「」]*)」|『([^『』]*)』|'([^']*)'|‘([^‘’]*)’|`+([^`]*)`+|\*\*([^*]*)\*\*"
)
_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile("[A-Za-z]")


def rewrite_messages(prompts: Prompts, earlier: Sequence[str], question: str) -> tuple[Message, ...]:
    """Asks for one question that stands alone; `earlier` ones oldest first, of which the last six are told."""
    told = "\n".join(f"- {defuse(one)[:LONGEST]}" for one in earlier[-EARLIER:])
    return prompts["rewrite"].fill(earlier=told or "（没有）", question=defuse(question))


def parse_rewrite(text: str, question: str) -> str:
    """The question that a model wrote, without quotes and lead-in; the original where it is none.

    None is: several lines, over 300 characters, nothing to ask, invisible characters, or another script.
    """
    found = text.strip()
    while (bare := _bare(found)) != found:
        found = bare
    several = len(found.splitlines()) > 1
    found = " ".join(found.split())
    script = _HAN if _HAN.search(question) else _LATIN
    usable = not several and len(found) <= LONGEST and found.isprintable() and runs(found)
    return found if usable and bool(script.search(question)) <= bool(script.search(found)) else question


def _bare(text: str) -> str:
    text = _PREFIX.sub("", text).strip()
    quoted = _QUOTED.fullmatch(text)
    return next(group for group in quoted.groups() if group is not None).strip() if quoted else text


def enrich_messages(prompts: Prompts, speech: Speech, sentences: Collection[str]) -> tuple[Message, ...]:
    """Asks for other words for the sentences of these addresses, one JSON object a line.

    The keys: `address`, `plain`, `questions`, `english`, `names`.
    """
    told = "\n".join(line.text for line in numbered(speech) if line.address in sentences)
    shape, _ = outline(speech, OUTLINE_ROOM)
    return prompts["enrich"].fill(title=defuse(speech.title)[:LONGEST], outline=shape, speech=told)


def parse_enrichment(text: str) -> list[dict[str, Any]]:
    """The JSON objects with an address, one a line or all in one array; whatever else is there is passed over."""
    whole = _json(text)
    found = (
        whole if isinstance(whole, list) else [_json(line.strip().strip("`").rstrip(",")) for line in text.splitlines()]
    )
    return [item for item in found if isinstance(item, dict) and isinstance(item.get("address"), str)]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
