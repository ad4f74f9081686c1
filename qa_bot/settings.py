"""Environment variables and `.env` → one frozen `Settings`. `TABLE` is the list that README and `doctor` print."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from qa_bot.errors import SettingError

DEFAULT_SPEECH = Path(__file__).parent.parent / "data" / "speech.txt"

TABLE: dict[str, tuple[str, str]] = {
    "QA_BOT_HOME": ("the platform's data folder", "where indexes are kept"),
    "QA_BOT_SPEECH": ("data/speech.txt", "the speech that is read when none is named"),
    "QA_BOT_ENCODER": ("static", "`static`, `static:FOLDER`, or `sentence-transformers:NAME-OR-FOLDER`"),
    "QA_BOT_CHROMA": ("embedded", "`http://host:port` of a Chroma server that keeps the index instead"),
    "QA_BOT_MAX_BYTES": ("5000000", "the largest file that is read, in bytes"),
    "QA_BOT_LANG": ("zh", "language of the page and of lead-ins: `zh` or `en`"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part is told. Built by `load_settings`, passed down, never looked up elsewhere."""

    home: Path
    speech: Path = DEFAULT_SPEECH
    encoder: str = "static"
    chroma: str | None = None
    max_bytes: int = 5_000_000
    lang: str = "zh"


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from `environ` (default: `.env` of the working folder, overruled by the environment).

    Raises:
        SettingError: an unknown `QA_BOT_…` name or a value that cannot be, named with its mend.
    """
    values = read_env_file() | dict(os.environ) if environ is None else environ
    mine = {key: value.strip() for key, value in values.items() if key.startswith("QA_BOT_")}
    if unknown := sorted(set(mine) - set(TABLE)):
        raise SettingError(f"unknown setting {', '.join(unknown)}; the settings are {', '.join(TABLE)}")
    get = {key.removeprefix("QA_BOT_").lower(): value for key, value in mine.items() if value}
    return Settings(
        home=_path("QA_BOT_HOME", get["home"]) if "home" in get else _default_home(),
        speech=_path("QA_BOT_SPEECH", get["speech"]) if "speech" in get else DEFAULT_SPEECH,
        encoder=get.get("encoder", "static"),
        chroma=_server(get.get("chroma", "embedded")),
        max_bytes=_positive("QA_BOT_MAX_BYTES", get.get("max_bytes", "5000000")),
        lang=_one_of("QA_BOT_LANG", get.get("lang", "zh"), ("zh", "en")),
    )


def read_env_file() -> dict[str, str]:
    """What `.env` of the working folder sets; nothing where there is none.

    Raises:
        SettingError: it cannot be read as UTF-8.
    """
    from dotenv import dotenv_values

    try:
        kept = dotenv_values(".env", encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingError(f".env of this folder cannot be read ({error}); save it as UTF-8, or remove it") from error
    return {key: value for key, value in kept.items() if value is not None}


def _default_home() -> Path:
    from platformdirs import user_data_path

    return user_data_path("qa_bot", appauthor=False)


def _path(name: str, value: str) -> Path:
    try:
        path = Path(value).expanduser()
    except RuntimeError as error:
        raise SettingError(f"{name} is {value!r}, and nobody here has that name; write a path without ~") from error
    if "\0" in value:
        raise SettingError(f"{name} is {value!r}, which no path can be; write a path")
    return path


def _server(value: str) -> str | None:
    if value == "embedded":
        return None
    try:
        parts = urlsplit(value)
        usable = parts.scheme in ("http", "https") and parts.hostname and (parts.port or ":" not in parts.netloc)
    except ValueError:
        usable = False
    if not usable:
        raise SettingError(f"QA_BOT_CHROMA is {value!r}; write http://host:port, or leave it out")
    return value.rstrip("/")


def _positive(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < (number := int(value[:19])) < 10**18:
        raise SettingError(f"{name} is {value!r}; write a whole number above 0")
    return number


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingError(f"{name} is {value!r}; write one of {', '.join(allowed)}")
    return value
