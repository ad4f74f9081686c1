"""LangChain's chunks → pieces of prose, and whether the whole is an answer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from qa_bot.errors import ModelError
from qa_bot.llm.faults import Provider
from qa_bot.llm.thinking import Aloud
from qa_bot.types import Piece

_CHARACTERS_A_TOKEN = 8
_WHOLE = {"stop", "end_turn", "stop_sequence", "eos", "eos_token", "complete", "completed", "finish"}
_LENGTH = {"length", "max_tokens", "model_context_window_exceeded", "incomplete"}
_FILTERED = {"content_filter", "content_filtered", "refusal", "safety", "recitation", "prohibited_content", "blocklist"}
_TOOLS = {"tool_calls", "tool_use", "tool_call", "function_call"}
_SURROGATE = re.compile("[\ud800-\udfff]")


class Reading:
    """Takes the chunks of one answer."""

    def __init__(self, provider: Provider, max_tokens: int) -> None:
        self._provider, self._max_tokens = provider, max_tokens
        self._aloud = Aloud()
        self._half, self._size = "", 0
        self._shown: list[str] = []
        self._usage: dict[str, int] = {}
        self.signs = 0
        """How many chunks said or thought something."""
        self.finished: str | None = None
        """The finish reason, as soon as it came."""

    def take(self, chunk: Any) -> Iterator[Piece]:
        """What a chunk adds to the answer.

        Raises:
            ModelError: nonsense (a tool call), content_filter (a refusal), cut_short (far more text than asked for).
        """
        extra, told = chunk.additional_kwargs, chunk.response_metadata
        if getattr(chunk, "tool_call_chunks", None) or extra.get("tool_calls") or extra.get("function_call"):
            raise self._provider.error("nonsense", "a tool call that nobody asked for")
        if extra.get("refusal"):
            raise self._provider.error("content_filter", str(extra["refusal"]))
        for name, count in (chunk.usage_metadata or {}).items():
            if name in ("input_tokens", "output_tokens") and isinstance(count, int):
                self._usage[name] = max(count, self._usage.get(name, 0))
        reasons = [told.get(name) for name in ("finish_reason", "stop_reason", "done_reason", "status")]
        self.finished = next((str(reason).lower() for reason in reasons if reason), self.finished)
        text, thought = _parts(chunk.content, extra)
        self.signs += bool(text or thought)
        self._size += len(text) + thought
        if self._size > _CHARACTERS_A_TOKEN * self._max_tokens:
            raise self._provider.error("cut_short", f"far more text than {self._max_tokens} tokens")
        yield from self._piece(*self._aloud.take(self._characters(text)))

    def end(self) -> Iterator[Piece]:
        """What was held back, and what it used, if the whole is an answer.

        Raises:
            ModelError: cut_short, content_filter, nonsense.
        """
        forget, shown = self._aloud.take(_SURROGATE.sub("\ufffd", self._half))
        yield from self._piece(forget, shown + self._aloud.end())
        if fault := self._fault():
            raise fault
        yield Piece(usage=self._usage or None)

    def _piece(self, forget: bool, shown: str) -> Iterator[Piece]:
        if forget:
            self._shown.clear()
        if forget or shown:
            self._shown.append(shown)
            yield Piece(shown, restart=forget)

    def _characters(self, text: str) -> str:
        """Text with its surrogates, which broken escapes leave behind, joined to characters or replaced."""
        text, self._half = self._half + text, ""
        if "\ud800" <= text[-1:] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if _SURROGATE.search(text) else text

    def _fault(self) -> ModelError | None:
        error, reason = self._provider.error, self.finished
        if reason is None:
            detail = "the stream broke off without a finish reason"
            return error("cut_short", detail) if self.signs else error("nonsense", "an empty stream")
        if reason in _LENGTH:
            mend = f"raise QA_BOT_LLM_MAX_TOKENS, now {self._max_tokens}, which a model's thinking counts towards"
            return error("cut_short", f"finish reason {reason}", mend)
        if reason in _FILTERED:
            return error("content_filter", f"finish reason {reason}")
        if reason in _TOOLS:
            return error("nonsense", "a tool call that nobody asked for")
        if reason not in _WHOLE:
            return error("cut_short", f"finish reason {reason}")
        text = "".join(self._shown).strip()
        if not text:
            return error("nonsense", "nothing but thinking" if self.signs else "an empty answer")
        if "\ufffd" in text:
            return error("nonsense", "broken characters")
        return error("nonsense", "JSON") if _is_json(text) else None


def _parts(content: Any, extra: Any) -> tuple[str, int]:
    """The text of a chunk, and how many characters of thought there are beside it."""
    blocks = content if isinstance(content, list) else [content]
    text, thought = [], len(str(extra.get("reasoning_content") or ""))
    for block in blocks:
        if isinstance(block, str):
            text.append(block)
        elif block.get("type") == "text":
            text.append(str(block.get("text") or ""))
        else:
            thought += sum(len(str(block.get(name) or "")) for name in ("thinking", "reasoning", "summary"))
    return "".join(text), thought


def _is_json(text: str) -> bool:
    """Whether a text is a JSON object, or a list of more than numbers: `[12.3]` is a citation."""
    fenced = re.fullmatch(r"```\w*\s*(.*?)\s*```", text, re.DOTALL)
    try:
        value = json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) or (isinstance(value, list) and not all(isinstance(v, int | float) for v in value))
