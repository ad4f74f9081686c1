"""A page's tree → the lines that a reader sees, in order, nothing left out: one for each block, with what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import html

_OTHERS = (
    "script style template head noscript iframe object embed svg math canvas audio video map select datalist button"
    " input textarea"
)
_WORDS = (
    "a abbr acronym b bdi bdo big cite code del dfn em font i img ins kbd label mark nobr q rb rp rt rtc ruby s samp"
    " small span strike strong sub sup time tt u var wbr"
)
_UNSEEN, _INLINE = frozenset(_OTHERS.split()), frozenset(_WORDS.split())
_CELLS = ("td", "th")
_SPACE = re.compile(r"[ \t\n\r\f]+")


@dataclass(slots=True)
class Block:
    """A line of the page. `linked` counts its characters inside links."""

    text: str = ""
    level: int | None = None
    gap: bool = False
    """Whether it begins a block, and does not only follow a line break."""
    linked: int = 0

    @property
    def is_link(self) -> bool:
        """Whether two fifths of it or more are links: a list of links may give the day of each."""
        return self.linked * 5 >= len(self.text) * 2


@dataclass(slots=True)
class _Lines:
    done: list[Block] = field(default_factory=list)
    now: Block = field(default_factory=Block)
    links: int = 0
    level: int | None = None

    def add(self, text: str | None) -> None:
        squeezed = _SPACE.sub(" ", text or "")
        if not self.now.text or self.now.text.endswith(" "):
            squeezed = squeezed.lstrip(" ")
        self.now.text += squeezed
        self.now.linked += len(squeezed) if self.links else 0

    def end(self, gap: bool) -> None:
        text = self.now.text.strip(" ")
        if text:
            self.now.text, self.now.level = text, self.level
            self.done.append(self.now)
            self.now = Block(gap=gap)
        else:
            self.now = Block(gap=gap or self.now.gap)


def blocks(tree: html.HtmlElement) -> list[Block]:
    """The lines of a page."""
    lines = _Lines()
    for event, node in _walk(tree):
        tag = node.tag
        if event == "tail":
            lines.add(node.tail)
            continue
        opens = event == "start"
        if tag == "br" and opens:
            lines.end(gap=False)
        elif tag in _CELLS and _is_small(node):
            lines.add(" ")
        elif tag not in _INLINE:
            lines.end(gap=tag != "tr")
        lines.links += (1 if opens else -1) * (tag == "a")
        if tag in ("h1", "h2", "h3", "h4", "h5", "h6"):
            lines.level = int(tag[1]) if opens else None
        if opens:
            lines.add(node.text)
    lines.end(gap=True)
    return lines.done


def _walk(tree: html.HtmlElement) -> Iterator[tuple[str, html.HtmlElement]]:
    """(`start`, `end` or `tail`, element) in the order of the text; without recursion, as pages nest at will."""
    stack: list[tuple[str, html.HtmlElement]] = [("start", tree)]
    while stack:
        event, node = stack.pop()
        seen = isinstance(node.tag, str) and node.tag not in _UNSEEN
        if event == "tail" or seen:
            yield event, node
        if event == "start":
            if node is not tree:
                stack.append(("tail", node))
            if seen:
                stack.append(("end", node))
                stack.extend(("start", child) for child in reversed(node))


def _is_small(cell: html.HtmlElement) -> bool:
    """Whether a cell holds a word or a number, and no blocks."""
    return all(child.tag in _INLINE for child in cell) and len(cell.text_content()) <= 40
