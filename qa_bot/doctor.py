"""What is installed and in force, what would fail, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa_bot.errors import QABotError
from qa_bot.settings import Settings

PACKAGES = ("chromadb", "langchain", "sentence-transformers", "streamlit", "bm25s", "tokenizers")
OPTIONAL = frozenset({"langchain", "sentence-transformers"})


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `mend` says what to do where it is not well, or could be better."""

    what: str
    ok: bool
    found: str
    mend: str = ""


def examine(settings: Settings) -> list[Check]:
    """Every check, in the order in which a question would meet them. Builds no index."""
    checks = [Check("python", True, platform.python_version()), *_packages()]
    checks.append(_check("speech", lambda: _speech(settings), "name a readable file in QA_BOT_SPEECH"))
    checks.append(_check("encoder", lambda: _encoder(settings), "unset QA_BOT_ENCODER for the shipped one"))
    checks.append(_check("index", lambda: _index(settings), "mend QA_BOT_HOME or QA_BOT_CHROMA"))
    return [*checks, Check("answers", True, "quoting (no chat model is used)")]


def _packages() -> Iterator[Check]:
    for name in PACKAGES:
        try:
            yield Check(name, True, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            needed = name not in OPTIONAL
            yield Check(
                name,
                not needed,
                "not installed",
                "install requirements.txt" if needed else "only needed for models of its own",
            )


def _check(what: str, look: Callable[[], str], mend: str) -> Check:
    try:
        return Check(what, True, look())
    except QABotError as error:
        return Check(what, False, str(error), mend)


def _speech(settings: Settings) -> str:
    from qa_bot.speech import read_speech

    speech = read_speech(settings.speech, max_bytes=settings.max_bytes)
    bodies = sum(p.kind == "body" for p in speech.paragraphs)
    return f"{settings.speech} ({bodies} paragraphs, {speech.encoding})"


def _encoder(settings: Settings) -> str:
    from qa_bot.bot import open_encoder

    encoder = open_encoder(settings.encoder)
    return f"{encoder.name}, {encoder.dimension} dimensions, {encoder.fingerprint}"


def _index(settings: Settings) -> str:
    from qa_bot.index import inspect

    return str(inspect(settings))
