"""What is installed and in force, what would fail, and how to mend it."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from qa_bot.errors import QABotError
from qa_bot.settings import TABLE, Settings, load_settings, read_env_file

NEEDED = ("bm25s", "chromadb", "langchain-core", "numpy", "opencc-python-reimplemented", "prompt_toolkit", "streamlit")
OPTIONAL = {
    "langchain-openai": "only chat models need it",
    "sentence-transformers": "only encoders other than the shipped one need it",
}
INSTALL = "install requirements.txt"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at; `mend` says what to do where it is not well, unless `found` does."""

    what: str
    ok: bool
    found: str
    mend: str = ""


def examine() -> list[Check]:
    """Every check, in the order in which a question would meet them. Builds no index, changes nothing."""
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
    return [*checks, Check("model", True, "none: answers are made of the speech's own sentences")]


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
            yield f"{name}={os.environ[name]} (environment)"
        elif name in kept:
            yield f"{name}={kept[name]} (.env)"


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
