"""What is installed and in force, what would fail, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from qa_bot.errors import QABotError
from qa_bot.settings import TABLE, Settings, load_settings, read_env_file

NEEDED = ("bm25s", "chromadb", "langchain-core", "numpy", "opencc-python-reimplemented", "prompt_toolkit", "streamlit")
OPTIONAL = {
    "langchain-openai": "only chat models need it",
    "sentence-transformers": "only encoders other than the shipped one need it",
}
INSTALL = "install requirements.txt"
SENT = "the question, the evidence or the whole speech, and earlier questions"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `mend` says what to do where it is not well, unless `found` does."""

    what: str
    ok: bool
    found: str
    mend: str = ""


def examine() -> list[Check]:
    """Every check, in the order in which a question would meet them. Builds no index, changes nothing.

    Where a chat model is chosen it is asked for one word.
    """
    checks = [Check("python", True, platform.python_version())]
    checks += [package(name, INSTALL) for name in NEEDED]
    checks += [package(name, f"{why}: {INSTALL}", needed=False) for name, why in OPTIONAL.items()]
    checks.append(_check("settings", _in_force))
    if not checks[-1].ok:
        return checks
    settings = load_settings()
    checks.append(_check("speech", lambda: _speech(settings), "name another one in QA_BOT_SPEECH"))
    checks.append(_check("encoder", lambda: _encoder(settings)))
    checks.append(_check("index", lambda: _index(settings)))
    return [*checks, _check("model", lambda: _model(settings))]


def package(name: str, mend: str, *, needed: bool = True) -> Check:
    """Whether a package is installed, and which version."""
    try:
        return Check(name, True, importlib.metadata.version(name))
    except importlib.metadata.PackageNotFoundError:
        return Check(name, not needed, "not installed", mend)


def _check(what: str, look: Callable[[], str], mend: str = "") -> Check:
    """What `look` finds, or the line of its error, which itself names a mend."""
    try:
        return Check(what, True, look())
    except QABotError as error:
        return Check(what, False, str(error), mend)
    except ModuleNotFoundError as error:
        return Check(what, False, f"the package {error.name} is not installed", INSTALL)


def _in_force() -> str:
    load_settings()
    return "; ".join(_set()) or "all by default"


def _set() -> Iterator[str]:
    kept = read_env_file()
    for name in TABLE:
        if name in os.environ:
            yield f"{name}={_shown(name, os.environ[name])} (environment)"
        elif name in kept:
            yield f"{name}={_shown(name, kept[name])} (.env)"


def _shown(name: str, value: str) -> str:
    return value if not value or not name.endswith("_KEY") else "(set)"


def _speech(settings: Settings) -> str:
    from qa_bot.enrichment import load_enrichment
    from qa_bot.speech import read_speech

    speech = read_speech(settings.speech, max_bytes=settings.max_bytes)
    bodies = sum(p.kind == "body" for p in speech.paragraphs)
    return f"{settings.speech} ({bodies} paragraphs, {speech.encoding}; {load_enrichment(speech, settings)})"


def _encoder(settings: Settings) -> str:
    from qa_bot.bot import open_encoder, open_reader

    open_reader()
    encoder = open_encoder(settings.encoder)
    return f"{encoder.name}, {encoder.dimension} dimensions, {encoder.fingerprint}"


def _index(settings: Settings) -> str:
    from qa_bot.index import inspect

    return str(inspect(settings))


def _model(settings: Settings) -> str:
    if settings.llm is None:
        return "none: answers are made of the speech's own sentences"
    from qa_bot.llm import open_model

    model = open_model(settings.llm)
    began, first, usage = time.monotonic(), 0.0, None
    with closing(model.stream([("human", "Answer with one word: OK")])) as pieces:
        for piece in pieces:
            first = first or time.monotonic() - began
            usage = piece.usage or usage
    used = f", {usage['input_tokens']} tokens in, {usage['output_tokens']} out" if usage else ""
    traced = any(
        os.environ.get(f"{name}_TRACING{v}") == "true" for name in ("LANGSMITH", "LANGCHAIN") for v in ("", "_V2")
    )
    gets = f"{model.where}{' and LangSmith get' if traced else ' gets'} {SENT}"
    return f"{model.name}; {gets}; its first words came after {first:.1f} s{used}"
