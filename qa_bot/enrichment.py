"""Generated passages: what a language model wrote about single sentences. Searched, never quoted.

Those of the shipped speech lie in `data/enrichment/`, those of others in `QA_BOT_HOME/enrichment/`. In both the first
line of a file names the speech by its sha256, every other line is one sentence's: `address`, `plain`, `questions`,
`english`, `names`. Document expansion after doc2query (Nogueira et al. 2019).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from qa_bot.errors import EnrichmentError
from qa_bot.numbers import numbers
from qa_bot.settings import Settings
from qa_bot.text import HAN, fold
from qa_bot.types import Generated, Passage, Speech

SHIPPED = Path(__file__).parent.parent / "data" / "enrichment"
MOST_QUESTIONS, MOST_NAMES = 8, 24
LONGEST = 1000
"""Characters of one text; more is no rendering of a sentence."""
IDLE = {Decimal(0), Decimal(1)}
"""Hardly ever meant as numbers: `first`, `零件`."""

_HAN = re.compile(f"[{HAN}]")
_LATIN = re.compile(r"[a-z][a-z0-9]*", re.IGNORECASE)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_NUMERALS = re.compile("[零〇一二两三四五六七八九十百千万亿]+")


@dataclass(frozen=True, slots=True)
class Enrichment:
    """The generated passages of one speech, and how many texts were left out because they did not pass the check."""

    passages: tuple[Passage, ...] = ()
    left_out: int = 0

    def __str__(self) -> str:
        """For people."""
        left_out = f"; {self.left_out} texts do not hold against their sentences and are left out" * bool(self.left_out)
        return f"{len(self.passages) or 'no'} generated passages{left_out}"

    def renderings(self) -> dict[int, str]:
        """Offset of a sentence → other words for it; not the questions, which say nothing."""
        found: dict[int, str] = {}
        for p in self.passages:
            if p.generated != "question":
                found[p.start] = f"{found.get(p.start, '')}\n{p.text}"
        return found


def load_enrichment(speech: Speech, settings: Settings) -> Enrichment:
    """What there is for this speech; nothing where there is no file, or `QA_BOT_ENRICH` is off.

    Left out is what points at no sentence, and what holds a number or a Latin name that the sentence does not.

    Raises:
        EnrichmentError: a file that is there cannot be read.
    """
    file = enrichment_file(speech, settings.home) if settings.enrich else None
    if file is None:
        return Enrichment()
    found: dict[str, Passage] = {}
    left_out = 0
    for row in read_rows(file):
        own = list(_passages(row, speech))
        left_out += sum(p is None for p in own)
        found |= {p.id: p for p in own if p}
    return Enrichment(tuple(found.values()), left_out)


def enrichment_file(speech: Speech, home: Path) -> Path | None:
    """The file of this speech: shipped, or of `home`; None where there is none."""
    shipped = (file for file in sorted(SHIPPED.glob("*.jsonl")) if _of(file) == speech.sha256)
    own = home_file(speech, home)
    return next(shipped, own if own.is_file() else None)


def home_file(speech: Speech, home: Path) -> Path:
    """Where the generated passages of any other speech are kept."""
    return home / "enrichment" / f"{speech.sha256}.jsonl"


def read_rows(file: Path) -> Iterator[Mapping[str, Any]]:
    """The objects of a file, one a sentence; an empty one for a line that is none (a kill may cut the last one short).

    Raises:
        EnrichmentError: the file cannot be read as UTF-8.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise EnrichmentError(
            f"the generated passages in {file} cannot be read ({error}); remove the file, or set QA_BOT_ENRICH=off"
        ) from error
    yield from (_object(line) for line in lines[1:] if line.strip())


class Check:
    """Holds generated texts against the sentence that they stand for."""

    def __init__(self, sentence: str) -> None:
        self.folded = fold(sentence)
        counted = (f"{run}个" for run in _NUMERALS.findall(sentence))  # 五好 counts nothing, and says five
        self.values = {n.value for part in (sentence, *counted) for n in numbers(part)} | IDLE

    def passes(self, text: Any) -> bool:
        """Whether it is a text, and says no number and no name that the sentence does not.

        A Latin word in a Chinese text must be the sentence's own; of an English text only the numbers can be held
        against a Chinese sentence.
        """
        if not isinstance(text, str) or not text.strip() or len(text) > LONGEST or _UNSTORABLE.search(text):
            return False
        latin = _LATIN.findall(text) if _HAN.search(text) else []
        return all(fold(word) in self.folded for word in latin) and all(n.value in self.values for n in numbers(text))


def _passages(row: Mapping[str, Any], speech: Speech) -> Iterator[Passage | None]:
    """The passages of one line; None for each text that does not pass."""
    address = row.get("address")
    span = speech.spans.get(address) if isinstance(address, str) else None
    if span is None or not isinstance(address, str):
        yield None
        return
    sentence = speech.text[slice(*span)]
    paragraph = speech.paragraph_at(span[0])
    path = speech.path(paragraph.section) if paragraph else (sentence,)
    check = Check(sentence)
    names = _list(row.get("names"), MOST_NAMES)
    fit = [name for name in names if check.passes(name)]
    yield from (None for _ in range(len(names) - len(fit)))
    texts: list[tuple[str, Generated, Any]] = [
        ("plain", "plain", row.get("plain")),
        ("english", "english", row.get("english")),
    ]
    texts += [(f"question/{i}", "question", q) for i, q in enumerate(_list(row.get("questions"), MOST_QUESTIONS), 1)]
    texts += [("names", "names", " ".join(fit))] if fit else []
    for name, kind, text in texts:
        if text is None:
            continue
        keep = kind == "names" or check.passes(text)
        yield Passage(f"g:{address}/{name}", "generated", text, path, (address,), *span, kind) if keep else None


def _list(value: Any, most: int) -> list[Any]:
    return value[:most] if isinstance(value, list) else []


def _object(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _of(file: Path) -> str:
    """The sha256 that a file's first line names."""
    try:
        with file.open(encoding="utf-8") as lines:
            return str(_object(lines.readline()).get("speech"))
    except (OSError, UnicodeDecodeError):
        return ""
