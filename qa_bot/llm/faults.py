"""What clients raise → `ModelError`: a kind, and one line that holds no key and says what to do.

Told by what errors carry (a status, a body, their class's name), so that no provider's package is imported.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from qa_bot.errors import ModelError, ModelFault

_DETAIL = 200
"""Characters of a provider's own words that are shown."""

_LINES: Mapping[ModelFault, tuple[str, str]] = {
    "no_package": ("needs a package that is not installed", "install it"),
    "no_key": ("wants a key, and none is set", "set {keys}"),
    "refused_key": ("refuses the key", "check {keys}"),
    "unknown_model": (
        "does not know this model or this address",
        "check QA_BOT_LLM and QA_BOT_LLM_BASE_URL (with OpenAI's protocol it mostly ends in /v1)",
    ),
    "rate_limited": ("takes no more requests for now", "wait a little, or look at the account's limits and credit"),
    "overloaded": ("is overloaded or out of order", "try again later, or name another model in QA_BOT_LLM"),
    "context_too_long": ("cannot hold a prompt of this length", "lower QA_BOT_LLM_CONTEXT"),
    "content_filter": ("withholds the answer by its content filter", "ask in other words, or name another model"),
    "unreachable": ("cannot be reached", "check QA_BOT_LLM_BASE_URL, the network, and that the server runs"),
    "timed_out": ("takes too long", "try again, or raise QA_BOT_LLM_TIMEOUT"),
    "cut_short": ("ended before the answer was whole", "try again"),
    "nonsense": ("gave no answer in prose", "try again; if it stays so, check QA_BOT_LLM and QA_BOT_LLM_BASE_URL"),
    "refused": ("turns the request down", "check QA_BOT_LLM and its settings"),
}

_CONTEXT = re.compile(
    r"context.?(length|window|size)|maximum context|prompt is too long|reduce the length|too many (input )?tokens"
    r"|(input|prompt|request)\b.{0,40}\btoo (long|large)|exceed.{0,40}\b(context|tokens)",
    re.IGNORECASE | re.DOTALL,
)
_FILTER = re.compile(r"content.?(filter|policy|management|exists risk)|data.?inspection|safety", re.IGNORECASE)
_MODEL = re.compile(
    r"\bmodel\b.{0,80}\b(not (found|exist)|does(n't| not) exist|unknown|invalid)|(invalid|unknown).model",
    re.IGNORECASE,
)
_IN_STREAM: tuple[tuple[ModelFault, re.Pattern[str]], ...] = (
    ("context_too_long", _CONTEXT),
    ("content_filter", _FILTER),
    ("rate_limited", re.compile(r"rate.?limit|quota|too many requests|insufficient.?balance", re.IGNORECASE)),
    ("refused_key", re.compile(r"authentication|unauthorized|permission|api.?key", re.IGNORECASE)),
    ("unknown_model", _MODEL),
)
_BROKEN = ("Connect", "ReadError", "WriteError", "ProtocolError", "NetworkError", "ProxyError")
"""Parts of the names of errors that say that a connection could not be made, or broke."""


class TransientError(ModelError):
    """A fault that another try may mend; `after` is how many seconds the server asks to wait."""

    after: float | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """Whom the lines speak of, and the secret that they must not hold."""

    name: str
    where: str
    keys: str
    """The variables that its key may stand in."""
    key: str | None = field(default=None, repr=False)

    def error(self, kind: ModelFault, detail: str = "", mend: str = "", *, again: bool = False) -> ModelError:
        """The line of a fault, with the provider's own words, scrubbed, as its detail."""
        what, usual = _LINES[kind]
        named = f"{self.name} ({self.where})" if self.where else self.name
        told = f" ({said})" if (said := self.scrub(detail)) else ""
        line = f"{named} {what}{told}; {(mend or usual).format(keys=self.keys)}"
        return (TransientError if again else ModelError)(kind, line)

    def scrub(self, text: str) -> str:
        """One printable line of bounded length, without any word that shares eight characters with the key."""
        words = "".join(c if c.isprintable() else " " for c in text[: 20 * _DETAIL]).split()
        if (key := self.key) and len(key) > 3:
            size = min(8, len(key))
            parts = {key[i : i + size] for i in range(len(key) - size + 1)}
            words = ["***" if any(part in word for part in parts) else word for word in words]
        line = " ".join(words)
        return line if len(line) <= _DETAIL else f"{line[:_DETAIL]}…"

    def read(self, error: BaseException, *, begun: bool) -> ModelError:
        """What an error of a client means; `begun` where pieces of the answer had come already."""
        if isinstance(error, ModelError):
            return error
        errors = list(_chain(error))
        status = next((s for e in errors if (s := _status(e)) is not None), None)
        body = next((b for e in errors if (b := _body(e)) is not None), None)
        if status is not None and status >= 300:
            return self._of_status(status, _words(error, body), _retry_after(errors), begun)
        if status is not None or body is not None:
            return self._of_object(_words(error, body), body, begun)
        names = [type(e).__name__ for e in errors]
        if any("Timeout" in name for name in names):
            return self.error("timed_out")
        if any(isinstance(e, OSError) for e in errors) or any(part in name for part in _BROKEN for name in names):
            detail = str(errors[-1]) or names[-1]
            return self.error("cut_short", detail) if begun else self.error("unreachable", detail, again=True)
        if "temperature" in str(error):  # Anthropic's package knows which models take none
            return self._of_status(400, str(error), None, begun)
        return self.error("nonsense", f"what came could not be read: {names[0]}")

    def _of_status(self, status: int, words: str, after: float | None, begun: bool) -> ModelError:
        detail = f"HTTP {status}{f', asks to wait {after:.0f} s' if after else ''}: {words}"
        if 300 <= status < 400:
            return self.error("refused", detail, "set QA_BOT_LLM_BASE_URL to the address that it redirects to")
        kind = _kind(status, words)
        if kind == "refused" and "temperature" in words:
            return self.error(kind, detail, "set QA_BOT_LLM_TEMPERATURE=none")
        again = status in (408, 429) or status >= 500
        error = self.error(
            kind, detail, again=again and kind in ("timed_out", "rate_limited", "overloaded") and not begun
        )
        if isinstance(error, TransientError):
            error.after = after
        return error

    def _of_object(self, words: str, body: Any, begun: bool) -> ModelError:
        """An error that the server reports inside its stream."""
        told = _inner(body)
        code = str(told.get("code") or told.get("status") or "")
        if re.fullmatch(r"[45]\d\d", code):
            return self._of_status(int(code), words, None, begun)
        tags = " ".join([*(str(told.get(name) or "") for name in ("code", "type")), words])
        kind: ModelFault = next((kind for kind, pattern in _IN_STREAM if pattern.search(tags)), "overloaded")
        return self.error(kind, words, again=kind in ("rate_limited", "overloaded") and not begun)


def _kind(status: int, words: str) -> ModelFault:
    if status == 413 or (status in (400, 422, 500) and _CONTEXT.search(words)):
        return "context_too_long"
    if status in (400, 403, 422) and _FILTER.search(words):
        return "content_filter"
    if status == 404 or (status in (400, 422) and _MODEL.search(words)):
        return "unknown_model"
    known: dict[int, ModelFault] = {401: "refused_key", 403: "refused_key", 408: "timed_out", 429: "rate_limited"}
    return known.get(status, "overloaded" if status >= 500 else "refused")


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, and what it was raised from, outermost first."""
    seen: list[BaseException] = []
    at: BaseException | None = error
    while at is not None and at not in seen:
        seen.append(at)
        yield at
        at = at.__context__ if at.__cause__ is None else at.__cause__


def _status(error: BaseException) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        status = getattr(holder, "status_code", None)
        if isinstance(status, int):
            return status
    return None


def _body(error: BaseException) -> Any:
    """What the server said: `body` with OpenAI and Anthropic, `error` with Ollama."""
    return getattr(error, "body", None) or getattr(error, "error", None)


def _inner(body: Any) -> Mapping[str, Any]:
    """The object that says what is wrong, out of the wrapping that a protocol puts around it."""
    told = body.get("error", body) if isinstance(body, Mapping) else {}
    return told if isinstance(told, Mapping) else {"message": told}


def _words(error: BaseException, body: Any) -> str:
    """The provider's own words; of a web page only that it is one."""
    words = str(_inner(body).get("message") or "") or (body if isinstance(body, str) else str(error))
    return "a web page" if re.search(r"<(!doctype|html|head|body)\b", words, re.IGNORECASE) else words


def _retry_after(errors: list[BaseException]) -> float | None:
    """Seconds that `Retry-After` names, as a number or as a date; None where there is none that can be read."""
    headers = [getattr(getattr(error, "response", None), "headers", None) for error in errors]
    value = next((str(h["retry-after"]).strip() for h in headers if h and "retry-after" in h), "")
    if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
