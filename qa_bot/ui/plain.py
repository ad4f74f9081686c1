"""HTML in which no character turns the text around: bidirectional controls stand, seen, in boxes of their own."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

Given = ParamSpec("Given")

_CONTROLS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_PARTS = re.compile(rf'<textarea\b.*?</textarea>|<span class="qb-control".*?</span>|<[^>]*>|([{_CONTROLS}])', re.DOTALL)


def tame(html: str) -> str:
    """The same HTML; each bidirectional control of its text in a span that its effect does not leave.

    Text and attributes must be escaped already. No character is added or lost, so offsets into the text hold.
    """
    return _PARTS.sub(lambda part: _box(part[1]) if part[1] else part[0], html)


def tamed(make: Callable[Given, str]) -> Callable[Given, str]:
    """A maker of HTML whose HTML is tame."""

    @wraps(make)
    def made(*args: Given.args, **named: Given.kwargs) -> str:
        return tame(make(*args, **named))

    return made


def _box(control: str) -> str:
    return f'<span class="qb-control" title="U+{ord(control):04X}">{control}</span>'
