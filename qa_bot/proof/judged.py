"""A unit of prose and what was found out about it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Literal

from qa_bot.proof.matching import Match, Span
from qa_bot.proof.prose import Marker, Part, Plain, Quoted
from qa_bot.proof.units import Unit

Flag = tuple[int, int, Literal["number_unsupported", "name_invented"]]


@dataclass(slots=True)
class Judged:
    """A unit and what was found: the spans that each marker keeps, where each quotation stands, what is flagged."""

    unit: Unit
    kept: dict[int, list[Span]] = field(default_factory=dict)
    matches: dict[int, Match | None] = field(default_factory=dict)
    dropped: list[str] = field(default_factory=list)
    added: list[Span] = field(default_factory=list)
    flags: dict[int, list[Flag]] = field(default_factory=dict)
    unsupported: bool = False
    denies: bool = False

    def evidence(self) -> list[Span]:
        """Every span that the unit cites."""
        return list(dict.fromkeys([span for spans in self.kept.values() for span in spans] + self.added))

    def drop(self, markers: Collection[int]) -> None:
        """Take away what these markers, by index, point at."""
        self.dropped += [a for i in markers if self.kept.get(i) for a in addresses(self.unit[i])]
        self.kept |= {i: [] for i in markers if i in self.kept}

    def own(self) -> Iterator[tuple[int, str]]:
        """Index and text of what the model says itself: its plain words, and quotations that are none."""
        for i, part in enumerate(self.unit):
            if isinstance(part, Plain) or (isinstance(part, Quoted) and not stands(self.matches.get(i))):
                yield i, part.text

    def text(self, speech: str) -> tuple[str, dict[int, int]]:
        """The unit in one line, what it quotes in the speech's own words; where each part of its own begins there."""
        text, begins = "", {}
        for i, part in enumerate(self.unit):
            match = self.matches.get(i)
            if isinstance(part, Quoted) and match and stands(match):
                text += f"“{speech[match.start : match.end]}”"
            elif isinstance(part, Marker):
                text += " "
            else:
                before, behind = ("“", "”") if isinstance(part, Quoted) else ("", "")
                begins[i] = len(text) + len(before)
                text += before + part.text + behind
        return text, begins


def stands(match: Match | None) -> bool:
    """Whether a quotation is the speech's own, or can be made so."""
    return match is not None and match.kind != "contrary"


def addresses(part: Part) -> list[str]:
    """What a marker points at; nothing for other parts."""
    return list(part.addresses) if isinstance(part, Marker) else []


def overlap(a: Span, b: Span) -> bool:
    """Whether two spans share a character."""
    return a[0] < b[1] and b[0] < a[1]
