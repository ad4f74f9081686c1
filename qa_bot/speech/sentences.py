"""Where sentences end. The rules, in the order in which they are tried, stand with `split_sentences`."""

from __future__ import annotations

import re

LONG = 120
"""Characters: a longer sentence also ends at `；`; a longer quotation does not hold its sentences together."""
_PAIRS = dict(zip("“‘「『（(《〈【[", "”’」』）)》〉】]", strict=True))
_OPENERS = {close: open_ for open_, close in _PAIRS.items()}
_BRACKETS = "）)》〉】]"
_CLOSERS = '”’」』）)》〉】\\]"'
_MARK = re.compile(r'[“”‘’「」『』（）()《》〈〉【】\[\]"\n]')
_STOP = re.compile(rf"(?:[。！？!?｡]|…+|\.{{3,}})+[{_CLOSERS}]*|(?<=\S)\.[{_CLOSERS}]*|\n")
_GOES_ON = re.compile(
    r"[，、；：,;:。！？)）]|[的等之和与及]|然后|接着|随后|说|道|并且|而且|这一|这句|这样的|一类|一词|一说"
    r"|[^，。：！？“”]{0,12}(?:说|道|指出|强调|表示|写道|问|答|喊)[，。：,:.]"
)
_SHORT_FORM = re.compile(
    r"(?:^|[\s(“\"])(?:[A-Za-z]|[A-Za-z]\.[A-Za-z.]*[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|No|Nos|vs|etc|Inc|Ltd|Jr|Sr|Gen"
    r"|Sen|Rep|Gov|Col|Hon|Rev|Fig|Vol|pp?|[Cc]f|e\.g|i\.e)$"
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_BLANK = re.compile(r"\s*")
_SEMICOLON = re.compile(rf"[；;][{_CLOSERS}]*")


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of one paragraph; they cover every visible character, in order, and none is blank.

    A sentence ends at `。！？!?……` with the closing quotation marks and brackets that follow, and at a line's end; at
    an ASCII full stop after a word that is no short form and before a blank (`1.5`, `No.1`, `U.S.` go on). Inside a
    quotation or a bracket of up to `LONG` characters nothing ends; after `。”` the sentence goes on where what
    follows belongs to it (`“走吧。”他说`). A sentence of over `LONG` characters also ends at `；`. Linear in the text.
    """
    inside, opened = _enclosed(text)
    cuts: list[int] = []
    start = 0
    for match in _STOP.finditer(text):
        if _ends(text, start, match, inside, opened):
            start = match.end()
            cuts.append(start)
    return _visible(text, _shorter(text, cuts, inside))


def _enclosed(text: str) -> tuple[bytearray, dict[int, int]]:
    """Which characters lie inside a short quotation or bracket; and where each closing mark was opened."""
    inside, opened, stack = bytearray(len(text)), dict[int, int](), list[int]()
    for match in _MARK.finditer(text):
        at, char = match.start(), match[0]
        nearest = [text[i] for i in stack[:-5:-1]]
        if char == "\n":
            stack.clear()
        elif char in _PAIRS or (char == '"' and '"' not in nearest):
            stack.append(at)
        elif _OPENERS.get(char, '"') in nearest:
            depth = nearest.index(_OPENERS.get(char, '"')) + 1
            first = opened[at] = stack[-depth]
            del stack[-depth:]
            if at - first <= LONG:
                inside[first + 1 : at] = b"\1" * (at - first - 1)
    return inside, opened


def _ends(text: str, start: int, match: re.Match[str], inside: bytearray, opened: dict[int, int]) -> bool:
    end = match.end()
    if match[0] == "\n":
        return True
    if inside[end - 1]:
        return False
    if text[match.start()] == "." and not match[0].startswith("..."):
        return _period(text, start, match.start(), end)
    if end < len(text) and text[end] in "，、；：,;:":
        return False
    first = opened.get(end - 1)
    if first is None:
        return True
    if text[end - 1] in _BRACKETS:
        return _BLANK.match(text, start, first).end() == first  # type: ignore[union-attr]
    if _GOES_ON.match(text, end):
        return False
    return text[first - 1 : first] in ("", "：", ":", "，", ",") or first <= start or "。" in match[0]


def _period(text: str, start: int, at: int, end: int) -> bool:
    """Whether an ASCII full stop at `at` ends the sentence that began at `start`."""
    before, after = text[max(start, at - 12) : at].lstrip(), text[end : end + 1]
    if _HAN.match(before[-1:]):
        return len(before) > 3 and not (after.isascii() and after.isalnum())
    if after and not after.isspace():
        return False
    following = text[end : end + 40].lstrip()[:1]
    return not (before.isdigit() or _SHORT_FORM.search(before) or following.islower())


def _shorter(text: str, cuts: list[int], inside: bytearray) -> list[int]:
    """More cuts at `；` where a sentence is long."""
    more: list[int] = []
    for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True):
        if end - start > LONG:
            more += [m.end() for m in _SEMICOLON.finditer(text, start, end) if not inside[m.end() - 1]]
        more.append(end)
    return more


def _visible(text: str, cuts: list[int]) -> list[tuple[int, int]]:
    """Trimmed spans; a piece without a letter or digit joins the one before it (the first: the one after)."""
    spans: list[tuple[int, int]] = []
    start, whole = 0, False
    for end in cuts:
        piece = text[start:end]
        low, high = start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())
        start = end
        if low >= high:
            continue
        word = any(c.isalnum() for c in piece)
        if spans and not (whole and word):
            spans[-1] = (spans[-1][0], high)
        else:
            spans.append((low, high))
        whole = whole or word
    return spans
