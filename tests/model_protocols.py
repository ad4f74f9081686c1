"""What a model server writes: the parts of a reply, and three protocols that put them into bytes.

Text travels as it is, so that a character can be torn between two writes; a lone surrogate `\\udc80`…`\\udcff` stands
for the byte 0x80…0xff, which no UTF-8 text holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol


@dataclass(frozen=True)
class Text:
    """A piece of the answer; `thought` where it is reasoning, in the protocol's own field for it."""

    text: str
    thought: bool = False


@dataclass(frozen=True)
class Tool:
    """A call of a tool."""

    name: str = "look_up"
    arguments: str = '{"query": "讲话"}'


@dataclass(frozen=True)
class Fault:
    """An error object."""

    message: str = "The server had an error while processing your request"
    code: str = "server_error"


@dataclass(frozen=True)
class Ping:
    """A sign of life that says nothing."""


@dataclass(frozen=True)
class End:
    """Finish reason in OpenAI's words (None: the stream's closing signs without one), and (input, output) tokens."""

    reason: str | None = "stop"
    usage: tuple[int, int] | None = (100, 20)


Message = Text | Tool | Fault | Ping | End


class Wire(Protocol):
    """One protocol, for one request."""

    content_type: str
    stream_type: str

    def opening(self) -> str: ...
    def part(self, part: Message) -> str: ...
    def whole(self, parts: Iterable[Message]) -> str: ...
    def fault(self, fault: Fault) -> str: ...


def dump(value: Any, escaped: bool = False) -> str:
    return json.dumps(value, ensure_ascii=escaped)


def joined(parts: Iterable[Message], thought: bool = False) -> str:
    return "".join(p.text for p in parts if isinstance(p, Text) and p.thought is thought)


def last_end(parts: Iterable[Message]) -> End:
    return next((p for p in parts if isinstance(p, End)), End(None, None))


class OpenAI:
    """`POST /v1/chat/completions`."""

    content_type, stream_type = "application/json", "text/event-stream"

    def __init__(self, body: Mapping[str, Any], escaped: bool = False) -> None:
        self.model, self.escaped = body.get("model", ""), escaped
        self.tells_usage = bool((body.get("stream_options") or {}).get("include_usage"))

    def _data(self, value: Any) -> str:
        return f"data: {dump(value, self.escaped)}\n\n"

    def _object(self, kind: str, choices: list[Any], usage: tuple[int, int] | None = None) -> dict[str, Any]:
        made = {"id": "chatcmpl-1", "object": kind, "created": 1683504000, "model": self.model, "choices": choices}
        if usage:
            named = zip(("prompt_tokens", "completion_tokens", "total_tokens"), (*usage, sum(usage)), strict=True)
            made["usage"] = dict(named)
        return made

    def _chunk(self, delta: dict[str, Any], finish: str | None = None) -> str:
        return self._data(self._object("chat.completion.chunk", [choice(finish, delta=delta)]))

    def opening(self) -> str:
        return self._chunk({"role": "assistant", "content": ""})

    def part(self, part: Message) -> str:
        match part:
            case Text(text, thought):
                return self._chunk({"reasoning_content" if thought else "content": text})
            case Tool():
                return self._chunk({"tool_calls": [{"index": 0, **called(part)}]})
            case Fault():
                return self._data(json.loads(self.fault(part)))
            case Ping():
                return ": keep-alive\n\n"
            case End(reason, usage):
                ending = self._chunk({}, reason) if reason else ""
                if usage and self.tells_usage:
                    ending += self._data(self._object("chat.completion.chunk", [], usage))
                return ending + "data: [DONE]\n\n"

    def whole(self, parts: Iterable[Message]) -> str:
        parts = list(parts)
        end = last_end(parts)
        message: dict[str, Any] = {"role": "assistant", "content": joined(parts) or None}
        if thought := joined(parts, thought=True):
            message["reasoning_content"] = thought
        if tools := [called(p) for p in parts if isinstance(p, Tool)]:
            message["tool_calls"] = tools
        return dump(self._object("chat.completion", [choice(end.reason, message=message)], end.usage), self.escaped)

    def fault(self, fault: Fault) -> str:
        return dump({"error": {"message": fault.message, "type": fault.code, "param": None, "code": fault.code}})


def choice(finish: str | None, **said: Any) -> dict[str, Any]:
    return {"index": 0, **said, "logprobs": None, "finish_reason": finish}


def called(tool: Tool) -> dict[str, Any]:
    return {"id": "call_1", "type": "function", "function": {"name": tool.name, "arguments": tool.arguments}}


class Anthropic:
    """`POST /v1/messages`."""

    content_type, stream_type = "application/json", "text/event-stream"
    REASONS: Mapping[str | None, str | None] = {
        "stop": "end_turn",
        "length": "max_tokens",
        "content_filter": "refusal",
        "tool_calls": "tool_use",
    }

    def __init__(self, body: Mapping[str, Any], escaped: bool = False) -> None:
        self.model, self.escaped = body.get("model", ""), escaped
        self.block, self.index = "", -1

    def _event(self, kind: str, **data: Any) -> str:
        return f"event: {kind}\ndata: {dump({'type': kind, **data}, self.escaped)}\n\n"

    def _message(self, content: list[Any], end: End) -> dict[str, Any]:
        tokens = dict(zip(("input_tokens", "output_tokens"), end.usage or (0, 0), strict=True))
        made = {"id": "msg_1", "type": "message", "role": "assistant", "model": self.model, "content": content}
        return made | {"stop_reason": self.REASONS.get(end.reason), "stop_sequence": None, "usage": tokens}

    def _enter(self, kind: str, **block: Any) -> str:
        """Close the open content block and open this one, where they are of two kinds."""
        if self.block == kind:
            return ""
        closed = self._event("content_block_stop", index=self.index) if self.block else ""
        self.block = kind
        self.index += bool(kind)
        start = self._event("content_block_start", index=self.index, content_block={"type": kind, **block})
        return closed + (start if kind else "")

    def _delta(self, **delta: Any) -> str:
        return self._event("content_block_delta", index=self.index, delta=delta)

    def opening(self) -> str:
        return self._event("message_start", message=self._message([], End(None, (100, 1))))

    def part(self, part: Message) -> str:
        match part:
            case Text(text, thought=False):
                return self._enter("text", text="") + self._delta(type="text_delta", text=text)
            case Text(text):
                return self._enter("thinking", thinking="") + self._delta(type="thinking_delta", thinking=text)
            case Tool(name, arguments):
                opened = self._enter("tool_use", id="toolu_1", name=name, input={})
                return opened + self._delta(type="input_json_delta", partial_json=arguments)
            case Fault():
                return f"event: error\ndata: {self.fault(part)}\n\n"
            case Ping():
                return self._event("ping")
            case End(reason, usage):
                told = {"usage": dict(zip(("input_tokens", "output_tokens"), usage, strict=True))} if usage else {}
                delta = {"stop_reason": self.REASONS.get(reason), "stop_sequence": None}
                middle = self._event("message_delta", delta=delta, **told) if reason else ""
                return self._enter("") + middle + self._event("message_stop")

    def whole(self, parts: Iterable[Message]) -> str:
        parts = list(parts)
        content: list[Any] = []
        if thought := joined(parts, thought=True):
            content.append({"type": "thinking", "thinking": thought, "signature": ""})
        if text := joined(parts):
            content.append({"type": "text", "text": text})
        content += [
            {"type": "tool_use", "id": "toolu_1", "name": tool.name, "input": json.loads(tool.arguments)}
            for tool in parts
            if isinstance(tool, Tool)
        ]
        return dump(self._message(content, last_end(parts)), self.escaped)

    def fault(self, fault: Fault) -> str:
        return dump({"type": "error", "error": {"type": fault.code, "message": fault.message}})


class Ollama:
    """`POST /api/chat`."""

    content_type, stream_type = "application/json", "application/x-ndjson"

    def __init__(self, body: Mapping[str, Any], escaped: bool = False) -> None:
        self.model, self.escaped = body.get("model", ""), escaped

    def _line(self, content: str, end: End | None = None, **more: Any) -> str:
        message = {"role": "assistant", "content": content, **more}
        made = {"model": self.model, "created_at": "2023-05-08T00:00:00Z", "message": message, "done": bool(end)}
        if end and end.reason:
            made["done_reason"] = end.reason
        if end and end.usage:
            made |= dict(zip(("prompt_eval_count", "eval_count"), end.usage, strict=True))
        return dump(made, self.escaped) + "\n"

    def opening(self) -> str:
        return ""

    def part(self, part: Message) -> str:
        match part:
            case Text(text, thought):
                return self._line("", thinking=text) if thought else self._line(text)
            case Tool(name, arguments):
                function = {"name": name, "arguments": json.loads(arguments)}
                return self._line("", tool_calls=[{"function": function}])
            case Fault():
                return self.fault(part) + "\n"
            case Ping():
                return self._line("")
            case End():
                return self._line("", part)

    def whole(self, parts: Iterable[Message]) -> str:
        parts = list(parts)
        end = last_end(parts)
        return self._line(joined(parts), replace(end, reason=end.reason or "stop"))

    def fault(self, fault: Fault) -> str:
        return dump({"error": fault.message})


PROTOCOLS: Mapping[str, type[OpenAI] | type[Anthropic] | type[Ollama]] = {
    "/v1/chat/completions": OpenAI,
    "/v1/messages": Anthropic,
    "/api/chat": Ollama,
}
