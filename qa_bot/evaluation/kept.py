"""Answers of a model, kept between runs of `eval`: a run that broke off goes on, a repeated one costs nothing."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from qa_bot.settings import Settings

Asking = Callable[[str, Sequence[str]], dict[str, Any]]
_PACKAGE = Path(__file__).parents[1]


def identity(settings: Settings, index: str) -> str:
    """Everything that can change an answer, hashed: code, prompts, names, model and its settings, the index (and in it
    speech and encoder). The key and the time limits are no part of it."""
    llm = asdict(settings.llm) if settings.llm else {}
    for name in ("api_key", "timeouts", "retries", "price"):
        llm.pop(name, None)
    digest = hashlib.sha256(json.dumps([index, settings.encoder, llm], sort_keys=True).encode())
    root = _PACKAGE.parent
    files = [
        *_PACKAGE.rglob("*.py"),
        *(root / "embeddings").glob("*.py"),
        *(root / "prompts").glob("*"),
        root / "data" / "names.txt",
    ]
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:32]


def keeping(ask: Asking, folder: Path) -> Asking:
    """`ask`, whose answers are kept in `folder`, one file each; a fallback is asked anew the next time."""

    def kept(question: str, history: Sequence[str]) -> dict[str, Any]:
        name = hashlib.sha256(json.dumps([question, list(history)]).encode()).hexdigest()[:32]
        path = folder / f"{name}.json"
        with suppress(OSError, ValueError):
            return dict(json.loads(path.read_text(encoding="utf-8")))
        answer = ask(question, history)
        if not any(notice["kind"] == "fallback" for notice in answer["notices"]):
            with suppress(OSError):
                folder.mkdir(parents=True, exist_ok=True)
                part = path.with_suffix(f".{os.getpid()}.{id(answer)}.part")
                part.write_text(json.dumps(answer, ensure_ascii=False), encoding="utf-8")
                part.replace(path)
        return answer

    return kept
