"""Places that a question names by number, as people say it: `第二部分最后一段`, `倒数第二句`, `第3到5段`.

Patterns over folded text; nothing here knows a speech. What stands there is `outline.place_spans`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from qa_bot.numbers import to_number
from qa_bot.phrases import NTH_EN, PARAGRAPH, SECTION, N
from qa_bot.types import CLOSING, OPENING

Run = tuple[int, int]
"""First and last of several, from 1; from the end below 0."""

SOME = 3
"""How many `前几段` are."""
_EN = r"(\d+|one|two|three|four|five|six|seven|eight|nine|ten)"
_FORMS: tuple[tuple[str, Callable[..., Run]], ...] = (
    (rf"倒数第?({N})个?{{zh}}", lambda n: (-n, -n)),
    (rf"第({N})(?:个?{{zh}})?(?:到|至|[-—~、]|和|跟|与)第?({N})个?{{zh}}", lambda n, m: (n, m)),
    (rf"第({N})个?{{zh}}", lambda n: (n, n)),
    (rf"(?:最后|末尾)的?({N})个?{{zh}}", lambda n: (-n, -1)),
    ("(?:最后|末尾)的?几个?{zh}", lambda: (-SOME, -1)),
    ("(?:(?<![目之以先年])(?:最前面?|前面?)|开?头)的?几个?{zh}", lambda: (1, SOME)),
    (rf"(?:(?<![目之以先年])(?:最前面?|前面?)|头)的?({N})个?{{zh}}", lambda n: (1, n)),
    ("首{zh}", lambda: (1, 1)),
    ("(?:末|最后那一?){zh}", lambda: (-1, -1)),
    (rf"\b{{en}}s? {_EN}(?: ?- ?| to | through | and ){_EN}\b", lambda n, m: (n, m)),
    (rf"\b{{en}} {_EN}\b", lambda n: (n, n)),
    (r"\b(second|third|fourth)[- ](?:to[- ])?last {en}\b", lambda n: (-n, -n)),
    (rf"\b({NTH_EN}) {{en}}\b", lambda n: (n, n)),
    (rf"\bfirst {_EN} {{en}}s\b", lambda n: (1, n)),
    (rf"\blast {_EN} {{en}}s\b", lambda n: (-n, -1)),
    (r"\bfirst few {en}s\b", lambda: (1, SOME)),
    (r"\blast few {en}s\b", lambda: (-SOME, -1)),
)
"""How one or several in a row are named, and which ones these are; the first that fits counts."""
HOW_MANY = re.compile(rf"(?:几|多少)个?{PARAGRAPH}|\bhow many paragraphs\b")
_ONE = "一二三四五六七八九"
NAMED = re.compile(
    rf"[“\"'「](\d{{1,2}}|[{_ONE}]?十[{_ONE}]?|[{_ONE}])[”\"'」]、?(?:[这那]一?)?个?[大小]?(?:标题|部分|章|节)|标题({N})(?![个点条级])(?:的?(?:下面?|里面?|底下|之下))?"
    rf"|^(?:请问)?({N})(?!下(?!面))、?(?:[这那]一?个?)?(?:标题|部分)?的?(?:下面?|里面?|底下|之下)的?"
)
"""A part by the number that stands before its heading."""
STEP = re.compile(
    rf"(?:^|(?<=[那再的这它看读问,，\s]))(?:([下后])|([上前]))(?:面|边)?的?(?:[那这]?一个?|[那这]个?){PARAGRAPH}"
    r"|\b(?:(next|following)|(previous|preceding)) paragraph\b"
)
_BEFORE = r"(?:部分)?的?(?=倒数|第|最后|末|首|头)"
EDGE = re.compile(rf"(开篇|开头|引言){_BEFORE}|(结语|结束语|结尾){_BEFORE}|\b(opening)\b|\b(closing|conclusion)\b")


def _named(zh: str, en: str) -> list[tuple[re.Pattern[str], Callable[..., Run]]]:
    return [(re.compile(form.replace("{zh}", zh).replace("{en}", en)), run) for form, run in _FORMS]


PARAGRAPHS, SENTENCES = _named(PARAGRAPH, "paragraph"), _named("(?:句子|句话?)", "sentence")


@dataclass(frozen=True, slots=True)
class Place:
    """Paragraphs, and sentences in them, of a part (1 the first, -1 the last, 0 any), of an edge, or of the whole."""

    part: int = 0
    edge: str = ""
    """Title of the opening or the closing."""
    paragraphs: Run | None = None
    sentences: Run | None = None
    counted: bool = False
    """Whether it is asked how many paragraphs there are."""
    step: int = 0
    """How many paragraphs behind what the conversation was about, below 0 before it."""


def place_of(folded: str) -> Place | None:
    """The place that is named; None where no paragraph and no sentence is, whatever part may be."""
    if step := STEP.search(folded):
        return Place(step=1 if step[1] or step[3] else -1)
    paragraphs, sentences, counted = _run(PARAGRAPHS, folded), _run(SENTENCES, folded), HOW_MANY.search(folded)
    if not (paragraphs or sentences or counted):
        return None
    edge = EDGE.search(folded)
    title = "" if not edge else OPENING if edge[1] or edge[3] else CLOSING
    return Place(part_of(folded), title, paragraphs, sentences, not paragraphs and not sentences)


def part_of(folded: str) -> int:
    """The number of the part that is named, below 0 from the end; 0 where none is."""
    found = SECTION.search(folded) or NAMED.search(folded)
    number = to_number(next(group for group in found.groups() if group)) if found else 0
    return -number if found and folded[: found.start()].endswith("倒数") else number


def after(place: Place, part: int, near: Sequence[int]) -> Place:
    """The place where the conversation was about this part (0 none) and these paragraphs."""
    if place.step and near:
        number = (max(near) if place.step > 0 else min(near)) + place.step
        return Place(paragraphs=(number, number)) if number > 0 else place
    return place if place.part or place.edge else replace(place, part=part)


def without_place(folded: str) -> str:
    """The question without the words that name the place."""
    patterns = [SECTION, NAMED, EDGE, *(pattern for pattern, _ in (*PARAGRAPHS, *SENTENCES)), HOW_MANY]
    for pattern in patterns:
        folded = pattern.sub(" ", folded)
    return folded.replace("倒数", " ")


def _run(forms: list[tuple[re.Pattern[str], Callable[..., Run]]], folded: str) -> Run | None:
    found = ((pattern.search(folded), run) for pattern, run in forms)
    return next((run(*map(to_number, match.groups())) for match, run in found if match), None)
