"""What may be shown of an answer while it is being written: quotations proved as they close, nothing half-said."""

from __future__ import annotations

import re

from qa_bot.proof.folding import has_words
from qa_bot.proof.prose import (
    CLOSING,
    Marker,
    Plain,
    Quoted,
    clean,
    is_apostrophe,
    parts,
    quotation_end,
    visible,
    without_marks,
)
from qa_bot.proof.prover import Prover

_OPEN = re.compile(r"[〔【［\[(（<!*_`|【]")
_BEGUN = re.compile(
    r"(?:&[#A-Za-z0-9]{0,9}|[A-Za-z][A-Za-z0-9+.-]*:?/{0,2}"
    r"|(?:(?:https?|ftp|file)://|(?:javascript|data|vbscript):|www\.)[^\s，。；、）)”」\"]*)$",
    re.IGNORECASE,
)
"""An entity, a word or an address that the next piece may go on with."""
LONGEST = 600
"""Characters that a quotation or markup may hold things back; then they are shown as what they are so far."""


class Draft:
    """Turns pieces of a model's text into what can be shown at once. The finished answer replaces it."""

    def __init__(self, prover: Prover, shown: frozenset[str]) -> None:
        self.prover, self.shown = prover, shown
        self._held = ""

    def feed(self, text: str) -> str:
        """What can be shown now, after this piece."""
        self._held += visible(text)
        safe = _safe(self._held)
        ready, self._held = self._held[:safe], self._held[safe:]
        return self._prove(ready) if ready else ""

    def _prove(self, text: str) -> str:
        """The text with its quotations copied from the speech, or without their marks, and its markers known ones."""
        bare, _ = clean(text, self.prover.speech.text)
        lead, tail = text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]
        said = lead
        for part in parts(bare):
            if isinstance(part, Plain):
                said += part.text
            elif isinstance(part, Marker):
                said += part.words + "".join(f"〔{a}〕" for a in part.addresses if self.prover.resolve(a, self.shown))
            else:
                said += self._quotation(part)
        return said + tail if bare else lead

    def _quotation(self, part: Quoted) -> str:
        match = self.prover.source.find(part.text) if has_words(part.text) else None
        if match and match.kind != "contrary":
            return f"“{self.prover.speech.text[match.start : match.end]}”"
        return without_marks(part.text)


def _safe(text: str) -> int:
    """Up to where nothing is open: no quotation, no bracket, no markup on the last line."""
    line = text.rfind("\n") + 1
    match = _OPEN.search(text, line)
    open_at = match.start() if match and not _bracket_closed(text, match.start()) else len(text)
    begun = _BEGUN.search(text, line)
    start = min(_first_unclosed(text, line), open_at, begun.start() if begun else len(text))
    return start if len(text) - start < LONGEST else len(text)


def _first_unclosed(text: str, at: int) -> int:
    """Where a quotation begins that has no end yet; the text's length where none does."""
    while at < len(text):
        end = quotation_end(text, at)
        if not end and text[at] in CLOSING and not is_apostrophe(text, at):
            return at
        at = max(end, at) + 1
    return len(text)


def _bracket_closed(text: str, start: int) -> bool:
    """Whether what opens at `start` and later is closed; after `]` one more character decides (a link's round one)."""
    rest = text[start:]
    pairs = (*zip("〔【［[(（<", "〕】］])）>", strict=True),)
    even = all(rest.count(a) <= rest.count(b) for a, b in pairs) and all(rest.count(c) % 2 == 0 for c in "`")
    return even and rest[-1] not in "]!*_" and rest.count("**") % 2 == 0
