"""Generated passages of any speech, written by the chat model: resumable, kept by sentence, held against it.

A sentence that any speech of this home has passages for is not asked about again. Lines are appended as they come,
so that whatever ends a run, the next one goes on.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from qa_bot.alignment import Side
from qa_bot.enrichment import Check, home_file, read_rows
from qa_bot.errors import EnrichmentError, ModelError
from qa_bot.prompting import Prompts, enrich_messages, parse_enrichment
from qa_bot.proof.names import invented
from qa_bot.types import ChatModel, Speech, WordVectors

BATCH = 4
"""Sentences asked about in one call."""
TOKENS = 500
"""What an answer may take for one sentence, beside what the settings allow."""
GIVES_UP = 6
"""Calls in a row without a single usable line, after which the model is held to be unable to do it."""
BROKEN = frozenset({"cut_short", "nonsense", "content_filter", "context_too_long"})
"""Faults of one answer: what came before them counts, and fewer sentences at a time may do."""

_CAPITAL = re.compile(r"(?<=[^\s.!?:;] )[A-Z][\w’'-]*")
"""A word with a capital letter that does not begin a sentence."""

Progress = Callable[[int, int], None]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Written:
    """How many sentences have generated passages now, how many of them this run asked the model about, which have none,
    and how many texts were left out because they did not hold against their sentences."""

    sentences: int
    asked: int
    lacking: tuple[str, ...]
    left_out: int


class Enricher:
    """Asks one model about the sentences of one speech; an answer may take `room` tokens beside `TOKENS`."""

    def __init__(
        self, speech: Speech, model: ChatModel, prompts: Prompts, words: WordVectors, room: int = 1024
    ) -> None:
        self.speech, self.model, self.prompts, self.words, self.room = speech, model, prompts, words, room
        sentences = [s for p in speech.paragraphs for s in p.sentences]
        self.texts = {s.address: speech.text[s.start : s.end] for s in sentences}

    def write(self, home: Path, progress: Progress | None = None) -> Written:
        """Append what is lacking to the file of this speech; `progress` hears sentences done, sentences in all.

        Raises:
            ModelError: the model cannot be reached, or does not do what it is asked; what was written is kept.
            EnrichmentError: the file cannot be read or written.
        """
        file = home_file(self.speech, home)
        kept = _kept(file.parent)
        there = {row.get("address") for row in read_rows(file)} if file.is_file() else set()
        todo = [address for address in self.texts if address not in there]
        known = [kept[key] | {"address": a} for a in todo if (key := digest(self.texts[a])) in kept]
        _append(file, self.speech, known)
        todo = [a for a in todo if digest(self.texts[a]) not in kept]
        asked, left_out, lacking = 0, 0, list[str]()
        for rows, lost, none in self._answers(todo):
            _append(file, self.speech, rows)
            asked, left_out, lacking = asked + len(rows), left_out + lost, lacking + none
            if progress:
                progress(len(self.texts) - len(todo) + asked + len(lacking), len(self.texts))
        return Written(len(self.texts) - len(lacking), asked, tuple(lacking), left_out)

    def _answers(self, todo: Sequence[str]) -> Iterator[tuple[list[Row], int, list[str]]]:
        """For one call after the other: rows to keep, texts left out, and addresses that nothing came of."""
        batches = [list(todo[i : i + BATCH]) for i in range(0, len(todo), BATCH)]
        in_vain, done = 0, 0
        while batches:
            batch = batches.pop(0)
            try:
                found = self._ask(batch)
            except ModelError as error:
                raise ModelError(error.kind, f"{error}; {done} sentences are written: start again to go on") from error
            cleaned = {address: self._hold(found[address], address) for address in batch if address in found}
            rows = [row for row, _ in cleaned.values() if row]
            missing = [address for address in batch if not cleaned.get(address, ({}, 0))[0]]
            in_vain, done = 0 if rows else in_vain + 1, done + len(rows)
            if in_vain == GIVES_UP:
                line = f"{self.model.name} writes no lines that can be used; choose another model, then start again"
                raise ModelError("nonsense", f"{line} ({done} sentences are written)")
            batches = [[address] for address in missing] * (len(batch) > 1) + batches
            yield rows, sum(lost for _, lost in cleaned.values()), missing if len(batch) == 1 else []

    def _ask(self, addresses: Sequence[str]) -> dict[str, Row]:
        text = ""
        limit = self.room + TOKENS * len(addresses)
        try:
            with closing(self.model.stream(enrich_messages(self.prompts, self.speech, addresses), limit)) as pieces:
                for piece in pieces:
                    text = piece.text if piece.restart else text + piece.text
        except ModelError as error:
            if error.kind not in BROKEN:
                raise
        return {row["address"]: row for row in parse_enrichment(text) if row["address"] in addresses}

    def _hold(self, row: Mapping[str, Any], address: str) -> tuple[Row, int]:
        """What of a row holds against its sentence, empty where nothing does, and how many texts were left out."""
        sentence = self.texts[address]
        alone, check = replace(self.speech, title="", text=sentence), Check(sentence)
        side = Side(sentence, self.words)
        held: Row = {}
        left_out = 0
        for key in ("plain", "questions", "english", "names"):
            texts = row.get(key) if isinstance(row.get(key), list) else [row.get(key)]
            tidy = [_tidy(text, side, self.words) for text in texts or () if text is not None]
            good = [t for t in tidy if check.passes(t) and not any(invented(t, alone, self.words))]
            left_out += len(tidy) - len(good)
            if good:
                held[key] = good if key in ("questions", "names") else good[0]
        told = {"address": address, "sentence": digest(sentence), "by": self.model.name}
        return (told | held if held else {}), left_out


def digest(sentence: str) -> str:
    """By which a sentence is known again, in whatever speech it stands."""
    return hashlib.sha256(sentence.encode()).hexdigest()[:32]


def _tidy(text: Any, side: Side, words: WordVectors) -> Any:
    """One line; capitalised words inside an English sentence that translate no word of the Chinese one are taken out.

    How a Chinese name is spelled in Latin cannot be looked up, so such names are not searched.
    """
    if not isinstance(text, str):
        return text

    def translates(match: re.Match[str]) -> str:
        tokens, table = words.token_vectors(match[0].lower())
        held = match[0].lower() in side.folded or any(map(side.holds, tokens, table))
        return match[0] if held else ""

    return " ".join(_CAPITAL.sub(translates, " ".join(text.split())).split())


def _kept(folder: Path) -> dict[str, Row]:
    """Every sentence that this home has generated passages for."""
    files = sorted(folder.glob("*.jsonl")) if folder.is_dir() else []
    return {str(row["sentence"]): dict(row) for file in files for row in read_rows(file) if "sentence" in row}


def _append(file: Path, speech: Speech, rows: Sequence[Row]) -> None:
    """Add lines at the end; a line that a kill cut short stays one that is no object."""
    if not rows:
        return
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in rows]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a+b") as stream:
            if not stream.tell():
                lines.insert(0, json.dumps({"speech": speech.sha256, "title": speech.title}, ensure_ascii=False) + "\n")
            else:
                stream.seek(-1, 2)
                lines.insert(0, "\n" * (stream.read(1) != b"\n"))
            stream.write("".join(lines).encode())
    except OSError as error:
        raise EnrichmentError(
            f"the generated passages cannot be written to {file} ({error}); free space, or set QA_BOT_HOME to a folder "
            "that can be written"
        ) from error
