"""Prompt files: two parts with named variables, checked when they are loaded."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from qa_bot.errors import PromptError
from qa_bot.types import Message

PROMPTS = Path(__file__).parent.parent.parent / "prompts"
HUMAN = "=== human ==="
"""The line that parts the system message, which stays the same as long as it can, from the human one."""
VARIABLES = {
    "answer": ({"title", "outline", "speech"}, {"hits", "language", "question"}),
    "rewrite": (set[str](), {"earlier", "question"}),
    "enrich": (set[str](), {"title", "outline", "speech"}),
}
"""Of each prompt file, what its system part and its human part must hold as `{name}`, and nothing else."""
_VARIABLE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Prompt:
    """The two parts of a prompt file, with `{variables}`."""

    system: str
    human: str

    def fill(self, **values: str) -> tuple[Message, ...]:
        """Both messages; braces inside a value mean nothing."""
        system, human = (_VARIABLE.sub(lambda found: values[found[1]], part) for part in (self.system, self.human))
        return ("system", system), ("human", human)


Prompts = Mapping[str, Prompt]


def load_prompts(folder: Path = PROMPTS) -> Prompts:
    """The prompts by name.

    Raises:
        PromptError: a file is missing or unreadable, has not two parts, or a part's variables are not `VARIABLES`.
    """
    return {name: _load(folder / f"{name}.md", wanted) for name, wanted in VARIABLES.items()}


def _load(path: Path, wanted: tuple[set[str], set[str]]) -> Prompt:
    try:
        parts = path.read_text(encoding="utf-8").strip().split(f"\n{HUMAN}\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PromptError(f"the prompt {path} cannot be read ({error}); restore it") from error
    if len(parts) != 2:
        raise PromptError(f"the prompt {path} has {len(parts)} parts; one line {HUMAN!r} must divide it in two")
    for which, part, names in zip(("system", "human"), parts, wanted, strict=True):
        found = set(_VARIABLE.findall(part))
        for fault, wrong, mend in (("unknown", found - names, "take out"), ("missing", names - found, "put in")):
            if wrong:
                listed = ", ".join(f"{{{name}}}" for name in sorted(wrong))
                raise PromptError(f"the prompt {path}, {which} part: {fault} variable; {mend} {listed}")
    return Prompt(*parts)
