"""An exported answer, ours or another system's in the same form, proved again from scratch against the speech."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any

from qa_bot.numbers import numbers
from qa_bot.proof.counting import SMALL
from qa_bot.proof.figures import is_year
from qa_bot.proof.folding import has_words
from qa_bot.proof.matching import Span
from qa_bot.proof.names import invented
from qa_bot.proof.prose import MARKS, Plain, Quoted, clean, parts
from qa_bot.proof.prover import Prover
from qa_bot.proof.units import listing_end
from qa_bot.types import Answer, Speech

_MARKER = re.compile("〔([^〔〕]*)〕")
_PLACES = re.compile(
    r"第\s*\d+\s*段|\bparagraphs? \d+|（[^（）]*(?:没有|未见)[^（）]*）|\((?:this|no) [^()]*\)", re.IGNORECASE
)
_FLAGGED = ("number_unsupported", "name_invented", "claim_unsupported", "quote_downgraded")
_STATUSES: dict[str, set[str | None]] = {
    "answered": {None},
    "refused": {"not_mentioned", "detail_missing", "redacted", "out_of_scope", "unclear"},
}


def verify(answer: Mapping[str, Any], prover: Prover) -> list[str]:
    """Each thing that does not hold, a line each; none where everything does.

    Quotes are held character for character against the speech at their offsets; markers against the citations;
    quotation marks, numbers and names of the text against the speech, but for what a notice already tells.
    """
    if not isinstance(answer, Mapping) or not isinstance(answer.get("text"), str):
        return ["this is no answer: an object with a `text` is needed"]
    faults = [*_same_speech(answer, prover), *_status(answer)]
    spans: list[Span] = []
    for key in ("citations", "related"):
        for i, item in enumerate(_items(answer, key)):
            found = list(_quote(f"{key}[{i}]", item, prover.speech, cited=key == "citations"))
            faults += found
            if not found and key == "citations":
                spans.append((item["start"], item["end"]))
    faults += _markers(answer)
    faults += _quotations(answer, prover)
    faults += _notices(answer)
    if answer.get("basis", "speech") == "speech":
        faults += _prose(answer, prover, spans)
    return faults


def still_holds(answer: Answer, speech: Speech) -> bool:
    """Whether an answer that was kept may be shown beside this speech: every quote stands at its place, every marker
    has one. Quick; `verify` looks at the prose too."""
    values = answer.to_dict()
    quotes = (_quote(k, item, speech, cited=k == "citations") for k in ("citations", "related") for item in values[k])
    said = [answer.text[q.start : q.end] for q in answer.quotations if q.state != "downgraded"]
    faults = chain(_status(values), *quotes, _markers(values), _notices(values))
    return not any(faults) and all(quotation in speech.text for quotation in said)


def _items(answer: Mapping[str, Any], key: str) -> list[Any]:
    value = answer.get(key)
    return list(value) if isinstance(value, list | tuple) else []


def _same_speech(answer: Mapping[str, Any], prover: Prover) -> Iterator[str]:
    """An exported answer names its speech."""
    told = answer.get("speech")
    if isinstance(told, Mapping) and told.get("sha256") != (sha := prover.speech.sha256):
        other = f"{str(told.get('title'))[:60]!r} (sha256 {str(told.get('sha256'))[:12]}…)"
        yield f"the answer is from another speech, {other}, not from {prover.speech.title[:60]!r} ({sha[:12]}…)"


def _status(answer: Mapping[str, Any]) -> Iterator[str]:
    status, reason = answer.get("status"), answer.get("reason")
    if not isinstance(status, str) or status not in _STATUSES:
        yield f"status is {status!r}; it is answered or refused"
    elif reason not in list(_STATUSES[status]):
        yield f"reason {reason!r} does not go with status {status!r}"
    if status == "refused" and _items(answer, "citations"):
        yield "a refusal cites nothing, and this one does"
    if status == "answered" and answer.get("basis", "speech") == "speech" and not _items(answer, "citations"):
        yield "an answer from the speech cites it, and this one does not"
    if answer.get("mode", "quote") not in ("quote", "chat"):
        yield f"mode is {answer['mode']!r}; it is quote or chat"


def _quote(where: str, item: Any, speech: Speech, *, cited: bool) -> Iterator[str]:
    """Faults of one citation or related passage."""
    values = item if isinstance(item, Mapping) else {}
    quote, start, end = (values.get(key) for key in ("quote", "start", "end"))
    if not (isinstance(quote, str) and type(start) is int and type(end) is int and 0 <= start < end):
        yield f"{where} has no quote with its start and end"
        return
    if speech.text[start:end] != quote:
        yield f"{where}: the speech does not say {quote[:60]!r} at {start}–{end}"
        return
    paragraph = speech.paragraph_at(start)
    if "paragraph" in values and values["paragraph"] != (paragraph.number if paragraph else None):
        yield f"{where} stands in paragraph {paragraph.number if paragraph else None}, not {values['paragraph']}"
    if not cited:
        return
    span = speech.resolve(str(values.get("marker")))
    if span is None or not (span[0] <= start and end <= span[1]):
        yield f"{where}: the marker {values.get('marker')!r} is not the place of its quote"
    title = next((s.title for s in speech.sections if s.start <= start < s.end), "")
    section = speech.sections[paragraph.section].title if paragraph else title
    if "section" in values and values["section"] != section:
        yield f"{where} stands in the section {section!r}, not {values['section']!r}"


def _markers(answer: Mapping[str, Any]) -> Iterator[str]:
    """Markers without citation, citations without marker."""
    written = _MARKER.findall(answer["text"])
    known = [str(item.get("marker")) for item in _items(answer, "citations") if isinstance(item, Mapping)]
    yield from (f"the marker 〔{m}〕 has no citation" for m in dict.fromkeys(written) if m not in known)
    yield from (f"the citation {m!r} has no marker in the text" for m in dict.fromkeys(known) if m not in written)


def _quotations(answer: Mapping[str, Any], prover: Prover) -> Iterator[str]:
    """What stands between quotation marks and is not the speech's; offsets and states that are wrong."""
    text, allowed = answer["text"], []
    for i, item in enumerate(_items(answer, "quotations")):
        values = item if isinstance(item, Mapping) else {}
        start, end, state = values.get("start"), values.get("end"), values.get("state")
        if not (type(start) is int and type(end) is int and 0 <= start < end <= len(text)):
            yield f"quotations[{i}] lies outside the text"
            continue
        marked = text[start - 1 : start] in MARKS and text[end : end + 1] in MARKS
        if state in ("exact", "repaired"):
            allowed.append((start, end))
            if text[start:end] not in prover.speech.text:
                yield f"quotations[{i}]: the speech does not say {text[start:end][:60]!r}"
            cited = values.get("citation")
            if cited is not None and not (type(cited) is int and 0 <= cited < len(_items(answer, "citations"))):
                yield f"quotations[{i}] points at citation {cited}, which is not there"
        elif state != "downgraded":
            yield f"quotations[{i}]: the state is {state!r}; it is exact, repaired or downgraded"
        elif marked:
            yield f"quotations[{i}] was downgraded and stands between quotation marks"
    for part in parts(text):
        if isinstance(part, Quoted) and has_words(part.text) and part.text not in prover.speech.text:
            whole = any(part.text in text[a:b] or text[a:b] in part.text for a, b in allowed)
            match = prover.source.find(part.text)
            if not whole and (match is None or match.kind in ("near", "contrary")):
                yield f"the text quotes {part.text[:60]!r}, and the speech does not say it"


def _notices(answer: Mapping[str, Any]) -> Iterator[str]:
    for i, item in enumerate(_items(answer, "notices")):
        values = item if isinstance(item, Mapping) else {}
        start, end = values.get("start"), values.get("end")
        if not isinstance(values.get("kind"), str):
            yield f"notices[{i}] has no kind"
        if (start, end) != (None, None) and not (
            type(start) is int and type(end) is int and 0 <= start <= end <= len(answer["text"])
        ):
            yield f"notices[{i}] lies outside the text"


def _prose(answer: Mapping[str, Any], prover: Prover, spans: list[Span]) -> Iterator[str]:
    """Numbers and names of the text's own words that the evidence does not hold and no notice tells of."""
    text: str = answer["text"]
    told = [
        (n["start"], n["end"])
        for n in _items(answer, "notices")
        if isinstance(n, Mapping) and n.get("kind") in _FLAGGED and type(n.get("start")) is int
    ]
    blank = list(text)
    for a, b in [*told, *(m.span() for m in _PLACES.finditer(text)), *(m.span() for m in _MARKER.finditer(text))]:
        blank[a:b] = " " * (b - a)
    bare, smuggled = clean("".join(blank), prover.speech.text)
    if smuggled:
        yield "the text holds links, images or HTML"
    own = " ".join(part.text for part in parts(bare) if isinstance(part, Plain))
    said = " ".join(prover.speech.text[a:b] for a, b in spans)
    known = [*numbers(said)] if spans else [*numbers(f"{prover.speech.text} {answer.get('question', '')}")]
    counts = {1, len(spans), len(prover.speech.sections), len(prover.speech.paragraphs), text.count("\n")}
    counts |= {sum(s.level == 1 and bool(s.address) for s in prover.speech.sections)}
    counts |= {sum(p.kind == "body" for p in prover.speech.paragraphs)}
    for line in own.splitlines():
        for number in numbers(line):
            counted = (
                number.value <= SMALL and number.value in counts and number.unit[:1] in "个项点条大方类种部层段句章"
            )
            counted |= is_year(number) and number.value in prover.ground.years
            if number.start >= listing_end(line) and not counted and not any(number.same(k) for k in known):
                yield f"the number {line[number.start : number.end]!r} is not in the evidence"
    if answer.get("status") == "answered":
        names = invented(own, prover.speech, prover.words)
        yield from (f"the name {own[a:b]!r} is not in the speech" for a, b in names)
