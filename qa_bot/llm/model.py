"""`provider:model` through LangChain, and its stream turned into pieces of prose."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

from qa_bot.errors import ModelError
from qa_bot.llm.calling import Call, EndlessError, watch
from qa_bot.llm.faults import Provider, TransientError
from qa_bot.llm.reading import Reading
from qa_bot.settings import LLMSettings
from qa_bot.types import Message, Piece

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_BYTES, _BYTES_A_TOKEN = 2**20, 4096
"""What an answer may take on the wire, many times what it does take."""
_KEYLESS = ("ollama", "bedrock", "anthropic_bedrock", "google_vertexai", "google_anthropic_vertex", "litellm")
"""Providers that take no key, or take their credentials from elsewhere."""
_OPENAI = (".openai.com", ".azure.com")
"""Hosts that speak OpenAI's protocol as OpenAI does; what else is named by a base URL is merely compatible."""
_GRACE_S = 1.0
"""Seconds that the usage may come after the finish reason."""


def open_model(settings: LLMSettings) -> LangChainModel:
    """The chat model that the settings name. Imports LangChain; sends nothing.

    Raises:
        ModelError: no_package, no_key, unknown_model (a provider that LangChain does not know), refused (settings that
            the provider's package does not take).
    """
    return LangChainModel(settings)


class LangChainModel:
    """A `ChatModel`; may be asked by several threads at once."""

    def __init__(self, settings: LLMSettings) -> None:
        self.settings = settings
        self.name = settings.model
        self._kind = settings.model.partition(":")[0]
        keys = "QA_BOT_LLM_API_KEY" if settings.base_url else f"{settings.key_variable} or QA_BOT_LLM_API_KEY"
        where = urlsplit(settings.base_url).netloc if settings.base_url else ""
        self.provider = Provider(self.name, where, keys, settings.api_key)
        self._model = self._built()
        if not settings.api_key and not settings.base_url and self._kind not in _KEYLESS:
            raise self.provider.error("no_key")
        if self.watched:
            where = _http_client(self._model).base_url.netloc.decode() or where
            self.provider = replace(self.provider, where=where)
        self.where = where or self._kind

    @property
    def watched(self) -> bool:
        """Whether its connections can be followed, and broken; with an unknown package's client they cannot."""
        return _http_client(self._model) is not None

    def stream(self, messages: Sequence[Message], max_tokens: int | None = None) -> ModelStream:
        """See `ChatModel.stream`; any thread may close what is returned."""
        return ModelStream(self, messages, max_tokens or self.settings.max_tokens)

    def chunks(self, messages: Sequence[Message], max_tokens: int) -> Iterator[Any]:
        """LangChain's chunks, as they come, without a deadline."""
        limit: dict[str, Any] = {} if max_tokens == self.settings.max_tokens else {"max_tokens": max_tokens}
        if self._kind == "ollama":
            context = self.settings.context + max_tokens  # Ollama cuts a longer prompt without a word
            temperature = {} if self.settings.temperature is None else {"temperature": self.settings.temperature}
            limit = {"options": {"num_predict": max_tokens, "num_ctx": context, **temperature}}
        return self._model.stream(list(messages), **limit)

    def goes_without_temperature(self, error: ModelError) -> bool:
        """Whether it was the temperature that was refused, and none is sent from now on: many models take none."""
        if error.kind != "refused" or "temperature" not in str(error) or self.settings.temperature is None:
            return False
        self.settings = replace(self.settings, temperature=None)
        self._model = self._built()
        return True

    def _built(self) -> BaseChatModel:
        try:
            from langchain.chat_models import init_chat_model

            if self._kind == "openai" and self.settings.base_url and not self.provider.where.endswith(_OPENAI):
                from qa_bot.llm.compatible import CompatibleOpenAI

                model: BaseChatModel = CompatibleOpenAI(model=self.name.partition(":")[2], **self._arguments())
            else:
                model = init_chat_model(self.name, **self._arguments())
            if client := _http_client(model):
                watch(client)
                if self._kind == "ollama" and self.settings.api_key:  # its package takes headers only where they show
                    client.headers["Authorization"] = f"Bearer {self.settings.api_key}"
        except ImportError as error:
            package = f"langchain-{self._kind.split('_')[0]}"
            named = str(error).partition("`pip install ")[2].partition("`")[0] or package
            raise self.provider.error("no_package", mend=f"pip install {named}") from None
        except Exception as error:
            if "model provider" in str(error):
                detail = f"LangChain knows no provider {self._kind}"
                raise self.provider.error("unknown_model", detail, "write openai:…, anthropic:…, ollama:…") from None
            raise self.provider.error("refused", str(error).partition(" [type=")[0]) from None
        return model

    def _arguments(self) -> dict[str, Any]:
        settings = self.settings
        base_url = settings.base_url
        if base_url and self._kind in ("anthropic", "ollama"):
            base_url = base_url.removesuffix("/v1")  # they add it themselves
        given: dict[str, Any] = {"base_url": base_url, "temperature": settings.temperature}
        seconds = math.ceil(settings.timeouts.whole)  # for a reader that `Call` cannot reach
        if self._kind == "ollama":
            given |= {"reasoning": False, "client_kwargs": {"timeout": seconds}}
        else:
            given |= {"max_tokens": settings.max_tokens, "timeout": seconds, "max_retries": 0}
            if self._kind not in _KEYLESS or settings.api_key:
                given["api_key"] = settings.api_key or "none"  # servers that want none still get one
        if self._kind == "openai":
            given["stream_usage"] = True
        return {name: value for name, value in given.items() if value is not None}


class ModelStream:
    """The pieces of one answer. `close` may be called by any thread, and wakes the one that waits."""

    def __init__(self, model: LangChainModel, messages: Sequence[Message], max_tokens: int) -> None:
        self._line = _Line()
        self._pieces = _pieces(model, messages, max_tokens, self._line)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Piece:
        return next(self._pieces)

    def close(self) -> None:
        """End the call at once."""
        self._line.stop()
        with suppress(ValueError):  # another thread waits inside; it has been woken
            self._pieces.close()


class _Line:
    """The call that is under way, and whether somebody wants it ended."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self._call: Call | None = None

    def open(self, start: Callable[[], Iterator[Any]], most_bytes: int) -> Call:
        self._call = call = Call(start, most_bytes)
        if self.stopped.is_set():
            call.stop()
        return call

    def stop(self) -> None:
        self.stopped.set()
        if self._call:
            self._call.stop()


def _pieces(
    model: LangChainModel, messages: Sequence[Message], max_tokens: int, line: _Line
) -> Generator[Piece, None, None]:
    """One answer, tried again until its first sign of life."""
    until, tries = time.monotonic() + model.settings.timeouts.whole, 0
    while True:
        reading = Reading(model.provider, max_tokens)
        call = line.open(lambda: model.chunks(messages, max_tokens), _BYTES + _BYTES_A_TOKEN * max_tokens)
        try:
            yield from _attempt(model, call, reading, until)
            yield from reading.end()
            return
        except ModelError as error:
            if model.goes_without_temperature(error):
                continue
            after = error.after if isinstance(error, TransientError) else math.inf
            wait = random.uniform(0.25, 0.75) * 2**tries if after is None else after
            if tries == model.settings.retries or time.monotonic() + wait >= until:
                raise
        finally:
            call.stop()
        tries += 1
        if line.stopped.wait(wait):
            raise model.provider.error("cut_short", "it was stopped")


def _attempt(model: LangChainModel, call: Call, reading: Reading, until: float) -> Iterator[Piece]:
    """The pieces of one request, up to its end; each has to come within its deadline."""
    limits = model.settings.timeouts
    phase, seconds = ("to connect", limits.connect) if model.watched else ("to the first token", limits.first)
    limit = time.monotonic() + seconds
    while True:
        late = f"more than {seconds:g} s {phase}" if limit < until else f"more than {limits.whole:g} s in all"
        try:
            came, item = call.get(min(limit, until))
        except TimeoutError:
            if reading.finished:
                return
            raise model.provider.error("timed_out", late) from None
        except EndlessError:
            raise model.provider.error("cut_short", "it does not end") from None
        if item == "connected":
            phase, seconds = "to the first token", limits.first
        elif item == "end" or (reading.finished and isinstance(item, BaseException)):
            return
        elif item == "stopped":
            raise model.provider.error("cut_short", "it was stopped")
        elif isinstance(item, BaseException):
            raise model.provider.read(item, begun=reading.signs > 0)
        else:
            signs = reading.signs
            yield from reading.take(item)
            if came > (until if reading.signs > signs else min(limit, until)):
                raise model.provider.error("timed_out", late)
            if reading.signs == signs and not reading.finished:
                continue
            phase, seconds = "between two tokens", min(limits.between, _GRACE_S if reading.finished else math.inf)
        limit = time.monotonic() + seconds


def _http_client(model: Any) -> Any:
    """The httpx client under the client of a provider's package; None where it is not found."""
    for name in ("root_client", "_client"):
        client = getattr(getattr(model, name, None), "_client", None)
        if hasattr(client, "event_hooks"):
            return client
    return None
