"""Settings → a ready Bot. The page, the command line and the evaluation all share it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from embeddings import reader
from embeddings.encoder import Encoder, EncoderLoadError, load_encoder
from embeddings.finder import words_of
from qa_bot.chain import Asked, build_chain
from qa_bot.enrichment import load_enrichment
from qa_bot.errors import EncoderError, ModelError, UsageError
from qa_bot.index import open_index
from qa_bot.quoting import Quoter
from qa_bot.retrieval import Retriever
from qa_bot.settings import Settings
from qa_bot.speech import read_speech
from qa_bot.text import runs
from qa_bot.types import Answer, ChatModel, Event, Mode, Speech

if TYPE_CHECKING:
    from qa_bot.chatting import ChatStep

LONGEST_QUESTION = 2000
"""Characters; more is a pasted text, not a question."""

Progress = Callable[[int, int], None]


class Bot:
    """One speech that answers. Opening it builds the index where none is ready; asking is safe from many threads."""

    def __init__(self, speech: Speech, settings: Settings, *, progress: Progress | None = None) -> None:
        self.speech, self.settings = speech, settings
        self.encoder = open_encoder(settings.encoder)
        open_reader()
        self.enrichment = load_enrichment(speech, settings)
        self.index = open_index(speech, self.encoder, settings, generated=self.enrichment.passages, progress=progress)
        words = words_of(self.encoder)
        self.retriever = Retriever(self.index, self.encoder, words)
        self.quoter = Quoter(speech, words, self.enrichment.renderings())
        self.model: ChatModel | None = None
        self.step: ChatStep | None = None
        self.chain = self.quoting = build_chain(self.retriever, self.quoter)
        if settings.llm:
            from qa_bot.chatting import Absent, ChatStep
            from qa_bot.llm import open_model
            from qa_bot.prompting import load_prompts

            try:
                self.model = open_model(settings.llm)
            except ModelError as error:
                self.model = Absent(settings.llm.model, error)
            self.step = ChatStep(self.model, load_prompts(), self.quoter, settings.llm.context)
            self.chain = build_chain(self.retriever, self.quoter, self.step, self.step.rewrite)

    def stream(self, question: str, history: Sequence[str] = (), mode: Mode | None = None) -> Iterator[Event]:
        """The answer as it is made: `hits`, `text`…, `done`. With the mode `quote` no model is asked.

        Raises:
            UsageError: an empty question, or one over `LONGEST_QUESTION` characters.
        """
        chain = self.quoting if mode == "quote" else self.chain
        return chain.stream(Asked(check_question(question), [check_question(q) for q in history]))

    def ask(self, question: str, history: Sequence[str] = (), mode: Mode | None = None) -> Answer:
        """The whole answer; a refusal is one too."""
        return next(event.answer for event in self.stream(question, history, mode) if event.answer)

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()


def open_bot(
    settings: Settings, speech: Path | None = None, *, encoding: str | None = None, progress: Progress | None = None
) -> Bot:
    """The bot for a file, by default the speech that the settings name."""
    read = read_speech(speech or settings.speech, encoding=encoding, max_bytes=settings.max_bytes)
    return Bot(read, settings, progress=progress)


@lru_cache(maxsize=2)
def open_encoder(spec: str) -> Encoder:
    """The encoder that `QA_BOT_ENCODER` names; one for all speeches of a process.

    Raises:
        EncoderError: it cannot be loaded; the line names the setting.
    """
    try:
        return load_encoder(spec)
    except EncoderLoadError as error:
        raise EncoderError(f"QA_BOT_ENCODER={spec}: {error}") from error


def open_reader() -> None:
    """Load the shipped reader before the first question needs it.

    Raises:
        EncoderError: it cannot be loaded.
    """
    try:
        reader.load()
    except EncoderLoadError as error:
        raise EncoderError(str(error)) from error


def check_question(question: str) -> str:
    """The question without control characters and outer white space.

    Raises:
        UsageError: nothing to ask in it, or too long.
    """
    clean = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Cs") else c for c in question).strip()
    if len(clean) > LONGEST_QUESTION:
        raise UsageError(f"the question has {len(clean)} characters; ask with at most {LONGEST_QUESTION}")
    if not runs(clean):
        raise UsageError("the question is empty; type what you want to know about the speech")
    return clean
