"""The values that travel between the rooms; `docs/architecture.md` explains the words.

Every offset counts Unicode code points. Offsets of speech parts, citations and related passages point into
`Speech.text`; those of quotations and notices into `Answer.text`. `end` is exclusive.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from pydantic import TypeAdapter

Status = Literal["answered", "refused"]
Reason = Literal["not_mentioned", "detail_missing", "redacted", "out_of_scope", "unclear"]
Basis = Literal["speech", "provenance"]
Mode = Literal["quote", "chat"]
Message = tuple[Literal["system", "human", "ai"], str]
ParagraphKind = Literal["salutation", "body", "note"]
Generated = Literal["", "plain", "question", "english", "names"]
"""What a language model wrote about a sentence; empty for the speech's own text."""

OPENING, CLOSING, NOTES = "开篇", "结语", "注释"


class WordVectors(Protocol):
    """What gives words their vectors: `embeddings.StaticEncoder` does."""

    def token_vectors(self, text: str) -> tuple[list[str], NDArray[np.float32]]:
        """The text's n words and their (n, d) vectors, longer where a word says more."""
        ...

    def word_ids(self, text: str) -> NDArray[np.intp]:
        """The text's words as rows of the table: never empty, that of an unknown word is zeros."""
        ...

    def vectors(self, ids: NDArray[np.intp]) -> NDArray[np.float32]:
        """(n, d) vectors of n rows of the table."""
        ...


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of what a chat model writes, as it comes."""

    text: str = ""
    usage: Mapping[str, int] | None = None
    """`input_tokens` and `output_tokens`; on the last piece, where the server told them."""
    restart: bool = False
    """Whether all earlier pieces turned out to be thinking: the answer begins anew with this piece's text."""


class Pieces(Protocol):
    """The pieces of one answer; a generator of them fits."""

    def __iter__(self) -> Pieces: ...

    def __next__(self) -> Piece: ...

    def close(self) -> None:
        """End the call at once; no more pieces come."""
        ...


class ChatModel(Protocol):
    """What writes prose: `llm.open_model` gives one."""

    @property
    def name(self) -> str:
        """`provider:model`, as it is shown to the reader."""
        ...

    @property
    def where(self) -> str:
        """Host and port that the texts go to."""
        ...

    def stream(self, messages: Sequence[Message], max_tokens: int | None = None) -> Pieces:
        """Pieces of the answer as they come, thinking left out.

        Raises:
            ModelError: no answer, or, also after pieces were given, none that can be used.
        """
        ...


@dataclass(frozen=True, slots=True)
class Sentence:
    """The smallest unit with an address: `12.3`, `0.1`, `注3.1`."""

    address: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """The unit that is cited. `number` is 0 for the salutation, 1…n through the speech, None for an endnote."""

    address: str
    number: int | None
    kind: ParagraphKind
    section: int
    """Index into `Speech.sections`."""
    start: int
    end: int
    sentences: tuple[Sentence, ...]
    lead: bool = False
    """Whether the first sentence is a heading or a topic sentence."""


@dataclass(frozen=True, slots=True)
class Section:
    """A part under one heading. Opening, closing and endnotes have no address and no heading of their own,
    unless one is printed; `start == end` then says that no heading stands in the text."""

    address: str
    title: str
    level: int
    parent: int | None
    """Index into `Speech.sections`."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Stripped:
    """A line of the source that was taken out as page furniture: its number from 1, the line, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the page says about the speech; never the speech itself. `posted` is when the page was put up."""

    site: str | None = None
    category: str | None = None
    posted: str | None = None
    source: str | None = None
    speaker: str | None = None
    occasion: str | None = None


@dataclass(frozen=True, eq=False)
class Speech:
    """The cleaned text of one speech and its structure. Compared by identity; `sha256` is of `text`."""

    title: str
    text: str
    sha256: str
    provenance: Provenance
    sections: tuple[Section, ...]
    paragraphs: tuple[Paragraph, ...]
    redactions: tuple[tuple[int, int], ...] = ()
    stripped: tuple[Stripped, ...] = ()
    encoding: str = "utf-8"

    @cached_property
    def spans(self) -> Mapping[str, tuple[int, int]]:
        """Address → (start, end) of every sentence, paragraph and printed heading."""
        spans: dict[str, tuple[int, int]] = {}
        for section in self.sections:
            if section.address and section.end > section.start:
                spans[section.address] = (section.start, section.end)
        for paragraph in self.paragraphs:
            spans[paragraph.address] = (paragraph.start, paragraph.end)
            spans.update((s.address, (s.start, s.end)) for s in paragraph.sentences)
        return spans

    @cached_property
    def by_address(self) -> Mapping[str, Paragraph]:
        """Address of a paragraph or of one of its sentences → the paragraph."""
        found = {p.address: p for p in self.paragraphs}
        found.update((s.address, p) for p in self.paragraphs for s in p.sentences)
        return found

    def resolve(self, address: str) -> tuple[int, int] | None:
        """(start, end) of an address; of a run (`12.3-12.5`) inside one paragraph; None where there is none."""
        first, _, last = address.partition("-")
        if not last:
            return self.spans.get(first)
        a, b = self.by_address.get(first), self.by_address.get(last)
        if a is None or a is not b or first == a.address or last == a.address:
            return None
        (start, low), (high, end) = self.spans[first], self.spans[last]
        return (start, end) if low <= high or first == last else None

    def path(self, section: int | None) -> tuple[str, ...]:
        """Titles from the outermost section down to this one."""
        titles: list[str] = []
        while section is not None:
            titles.append(self.sections[section].title)
            section = self.sections[section].parent
        return tuple(reversed(titles))

    def paragraph_at(self, offset: int) -> Paragraph | None:
        """The paragraph that holds this offset; None inside a heading line or between paragraphs."""
        return next((p for p in self.paragraphs if p.start <= offset < p.end), None)


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit that is embedded and retrieved; lies in one section and stands for these sentences.

    A generated one is searched and never quoted: only its `text` is generated, `start` and `end` are its sentence's.
    """

    id: str
    kind: Literal["sentence", "paragraph", "heading", "generated"]
    text: str
    path: tuple[str, ...]
    addresses: tuple[str, ...]
    start: int
    end: int
    generated: Generated = ""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its fused score and the two halves that it was made of (each scaled to at most 1).

    `via` is the kind of generated passage that moved it up, empty where none did.
    """

    passage: Passage
    score: float
    lexical: float
    dense: float
    via: Generated = ""


@dataclass(frozen=True, slots=True)
class Citation:
    """A resolved marker. `paragraph` is None for headings and endnotes, 0 for the salutation."""

    marker: str
    paragraph: int | None
    section: str
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Quotation:
    """What stands between quotation marks in an answer's prose, and what the check made of it."""

    start: int
    end: int
    state: Literal["exact", "repaired", "downgraded"]
    citation: int | None


@dataclass(frozen=True, slots=True)
class Related:
    """What is near when the speech does not say it."""

    paragraph: int | None
    quote: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that the reader should know about this answer; offsets into its text, or None."""

    kind: str
    detail: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question gets, refusals included; `to_dict` is the published form."""

    question: str
    search_query: str
    text: str
    mode: Mode = "quote"
    model: str | None = None
    status: Status = "answered"
    reason: Reason | None = None
    basis: Basis = "speech"
    citations: tuple[Citation, ...] = ()
    quotations: tuple[Quotation, ...] = ()
    related: tuple[Related, ...] = ()
    notices: tuple[Notice, ...] = ()
    usage: Mapping[str, Any] | None = None
    timings_ms: Mapping[str, float] = field(default_factory=dict)

    def to_dict(self, id: str | None = None) -> dict[str, Any]:
        """The published object, in the published order of its keys."""
        order = (
            "question search_query mode model status reason basis text citations quotations related notices"
            " usage timings_ms"
        )
        values = asdict(self)
        return {"id": id} | {key: _plain(values[key]) for key in order.split()}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Answer:
        """The answer that `to_dict` made this of; other keys are passed over.

        Raises:
            ValueError: it is no such object.
        """
        try:
            return _answers().validate_json(json.dumps(values), strict=True)
        except (TypeError, RecursionError) as error:
            raise ValueError(str(error)) from error


@cache
def _answers() -> TypeAdapter[Answer]:
    from pydantic import TypeAdapter

    return TypeAdapter(Answer)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer as it is made: `hits`, `text` (a piece of it), `notice`, and at last `done`."""

    kind: Literal["hits", "text", "notice", "done"]
    hits: tuple[Hit, ...] = ()
    text: str = ""
    notice: Notice | None = None
    answer: Answer | None = None
