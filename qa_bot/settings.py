"""Environment variables and `.env` → one frozen `Settings`. `TABLE` is the list that README and `doctor` print."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from qa_bot.errors import SettingError

DEFAULT_SPEECH = Path(__file__).parent.parent / "data" / "speech.txt"

TABLE: dict[str, tuple[str, str]] = {
    "QA_BOT_HOME": ("the platform's data folder", "where indexes and conversations are kept"),
    "QA_BOT_SPEECH": ("data/speech.txt", "the speech that is read when none is named"),
    "QA_BOT_ENCODER": (
        "shipped",
        "`shipped`, `static` (its table alone), `static:FOLDER`, or `sentence-transformers:NAME-OR-FOLDER`",
    ),
    "QA_BOT_ENRICH": (
        "on",
        "`on`, or `off` to search the speech without the passages that a language model wrote about it",
    ),
    "QA_BOT_CHROMA": ("embedded", "`http://host:port` of a Chroma server that keeps the index instead"),
    "QA_BOT_MAX_BYTES": (
        "5000000",
        "the largest text that is read, in bytes; a page, a Word or a PDF file may have four times as many",
    ),
    "QA_BOT_LANG": ("zh", "language of the page and of lead-ins: `zh` or `en`"),
    "QA_BOT_LLM": (
        "none",
        "`provider:model`, the chat model that writes the answers: `openai:…`, `anthropic:…`, `ollama:…`",
    ),
    "QA_BOT_LLM_BASE_URL": (
        "the provider's own",
        "`http(s)://…` of another server that speaks the provider's protocol",
    ),
    "QA_BOT_LLM_API_KEY": (
        "the provider's own variable",
        "the key; where a base URL is set, `OPENAI_API_KEY` and its like are not sent there",
    ),
    "QA_BOT_LLM_TEMPERATURE": ("0", "0 to 2, or `none` for models that take none"),
    "QA_BOT_LLM_MAX_TOKENS": ("1024", "tokens of an answer at most, a model's thinking included"),
    "QA_BOT_LLM_CONTEXT": ("32000", "tokens of a prompt at most"),
    "QA_BOT_LLM_TIMEOUT": (
        "10,30,20,120",
        "seconds to connect, to the first token, between tokens, for all; one number sets all",
    ),
    "QA_BOT_LLM_RETRIES": ("2", "tries after the first, before the first token and within the time for all"),
    "QA_BOT_LLM_PRICE": ("none", "`IN,OUT` a million tokens, for `eval`"),
}

KEY_VARIABLES = {
    "google_genai": "GOOGLE_API_KEY",
    "huggingface": "HUGGINGFACEHUB_API_TOKEN",
    "mistralai": "MISTRAL_API_KEY",
    "perplexity": "PPLX_API_KEY",
}
"""Where a provider's key is looked for, other than in `PROVIDER_API_KEY`."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds that a model may take; `whole` includes the retries."""

    connect: float = 10.0
    first: float = 30.0
    between: float = 20.0
    whole: float = 120.0


@dataclass(frozen=True, slots=True)
class LLMSettings:
    """How the chat model is reached. `price` is for a million tokens, in and out."""

    model: str
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    temperature: float | None = 0.0
    max_tokens: int = 1024
    context: int = 32_000
    timeouts: Timeouts = Timeouts()
    retries: int = 2
    price: tuple[float, float] | None = None

    @property
    def key_variable(self) -> str:
        """The variable in which the provider's own key is looked for."""
        provider = self.model.partition(":")[0]
        return KEY_VARIABLES.get(provider, f"{provider.upper()}_API_KEY")


@dataclass(frozen=True, slots=True)
class Settings:
    """What every part is told. Built by `load_settings`, passed down, never looked up elsewhere."""

    home: Path
    speech: Path = DEFAULT_SPEECH
    encoder: str = "shipped"
    chroma: str | None = None
    max_bytes: int = 5_000_000
    lang: str = "zh"
    enrich: bool = True
    llm: LLMSettings | None = None


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
        encoder=get.get("encoder", "shipped"),
        chroma=_server(get.get("chroma", "embedded")),
        max_bytes=_positive("QA_BOT_MAX_BYTES", get.get("max_bytes", "5000000")),
        lang=_one_of("QA_BOT_LANG", get.get("lang", "zh"), ("zh", "en")),
        enrich=_one_of("QA_BOT_ENRICH", get.get("enrich", "on"), ("on", "off")) == "on",
        llm=_llm({key.removeprefix("llm_"): value for key, value in get.items() if key.startswith("llm")}, values),
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
    if not _is_url(value):
        raise SettingError(f"QA_BOT_CHROMA is {value!r}; write http://host:port, or leave it out")
    return value.rstrip("/")


def _is_url(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return bool(
            parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and parts.netloc[-1:] != ":"
        )
    except ValueError:
        return False


def _llm(get: Mapping[str, str], environ: Mapping[str, str]) -> LLMSettings | None:
    """The model's settings; all are looked at, also where no model is chosen."""
    settings = LLMSettings(
        model=_model(get.get("llm", "none")),
        base_url=_base_url(get.get("base_url")),
        api_key=_key("QA_BOT_LLM_API_KEY", get.get("api_key")),
        temperature=_temperature(get.get("temperature", "0")),
        max_tokens=_positive("QA_BOT_LLM_MAX_TOKENS", get.get("max_tokens", "1024")),
        context=_positive("QA_BOT_LLM_CONTEXT", get.get("context", "32000")),
        timeouts=_timeouts(get.get("timeout", "10,30,20,120")),
        retries=_retries(get.get("retries", "2")),
        price=_price(get.get("price", "none")),
    )
    if settings.model == "none":
        return None
    if settings.api_key or settings.base_url:
        return settings
    variable = settings.key_variable
    return replace(settings, api_key=_key(variable, environ.get(variable, "").strip() or None))


def _model(value: str) -> str:
    if value != "none" and not re.fullmatch(r"[a-z][a-z0-9_]*:[!-~]+", value):
        raise SettingError(f"QA_BOT_LLM is {value!r}; write provider:model, as in ollama:qwen3, or none")
    return value


def _base_url(value: str | None) -> str | None:
    if value is None:
        return None
    if not _is_url(value) or not re.fullmatch(r"[!-~]+", value) or set("@?#") & set(value):  # may hold a password
        raise SettingError(
            "QA_BOT_LLM_BASE_URL cannot be used; write http(s)://host[:port][/path], without name, ? and #"
        )
    return value.rstrip("/")


def _key(name: str, value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"[!-~]+", value):
        raise SettingError(
            f"{name} holds characters that no key has (blanks, line breaks, non-ASCII); copy the key again"
        )
    return value


def _temperature(value: str) -> float | None:
    if value == "none":
        return None
    if not (numbers := _numbers(value)) or len(numbers) != 1 or numbers[0] > 2:
        raise SettingError(f"QA_BOT_LLM_TEMPERATURE is {value!r}; write a number from 0 to 2, or none")
    return numbers[0]


def _timeouts(value: str) -> Timeouts:
    numbers = _numbers(value)
    if len(numbers) not in (1, 4) or not all(0 < number <= 86400 for number in numbers):
        raise SettingError(
            f"QA_BOT_LLM_TIMEOUT is {value!r}; write seconds above 0: one number, or four such as 10,30,20,120"
        )
    return Timeouts(*(numbers * 4)[:4])


def _retries(value: str) -> int:
    if not re.fullmatch("[0-9]", value):
        raise SettingError(f"QA_BOT_LLM_RETRIES is {value!r}; write a whole number from 0 to 9")
    return int(value)


def _price(value: str) -> tuple[float, float] | None:
    if value == "none":
        return None
    if len(numbers := _numbers(value)) != 2:
        raise SettingError(
            f"QA_BOT_LLM_PRICE is {value!r}; write two prices of a million tokens such as 0.25,2, or none"
        )
    return numbers[0], numbers[1]


def _numbers(value: str) -> list[float]:
    """Plain decimal numbers with commas between; none where one of them is no such number."""
    parts = [part.strip() for part in value.split(",")]
    return [float(part) for part in parts] if all(re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", p) for p in parts) else []


def _positive(name: str, value: str) -> int:
    if not value.isascii() or not value.isdigit() or not 0 < (number := int(value[:19])) < 10**18:
        raise SettingError(f"{name} is {value!r}; write a whole number above 0")
    return number


def _one_of(name: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise SettingError(f"{name} is {value!r}; write one of {', '.join(allowed)}")
    return value
