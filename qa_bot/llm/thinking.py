"""What a model says in thinking aloud, taken out of what it streams."""

from __future__ import annotations

import re

_NAMES = ("think", "thinking", "thought", "reasoning")
_TAGS = (*(f"<{slash}{name}>" for slash in ("", "/") for name in _NAMES), "◁think▷", "◁/think▷")
_TAG = re.compile("|".join(map(re.escape, _TAGS)), re.IGNORECASE)
_LONGEST = max(map(len, _TAGS))


class Aloud:
    """Takes text piece by piece, tags split anywhere, and gives what is no thinking.

    Behind an opening tag all is thinking up to the closing one, or to the end. Before a closing tag that nothing
    opened all was thinking too: what was given is to be forgotten.
    """

    def __init__(self) -> None:
        self._held = ""
        self._inside = self._begun = False

    def take(self, text: str) -> tuple[bool, str]:
        """Whether all that was given is to be forgotten, and what is to be shown now."""
        rest, shown, forget = self._held + text, "", False
        while tag := _TAG.search(rest):
            before, rest = rest[: tag.start()], rest[tag.end() :]
            if "/" in tag[0]:
                forget = forget or (self._begun and not self._inside)
                shown = shown if self._inside else ""
                self._begun = self._begun and self._inside
                self._inside = False
            else:
                shown += "" if self._inside else before
                self._inside = True
        held = _begun_tag(rest)
        self._held = rest[len(rest) - held :]
        return forget, self._given(shown + ("" if self._inside else rest[: len(rest) - held]))

    def end(self) -> str:
        """What was held back because a tag might have come of it."""
        held, self._held = self._held, ""
        return self._given("" if self._inside else held)

    def _given(self, shown: str) -> str:
        shown = shown if self._begun else shown.lstrip()
        self._begun = self._begun or bool(shown)
        return shown


def _begun_tag(text: str) -> int:
    """How many characters at the end may be the beginning of a tag."""
    end = text[-_LONGEST:].lower()
    at = max(end.rfind("<"), end.rfind("◁"))
    return len(end) - at if at >= 0 and any(tag.startswith(end[at:]) for tag in _TAGS) else 0
