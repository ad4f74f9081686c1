"""Servers that speak OpenAI's protocol without being OpenAI: vLLM, llama.cpp, DeepSeek, Qwen, GLM, Moonshot …"""

from __future__ import annotations

from typing import Any

from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI


class CompatibleOpenAI(ChatOpenAI):
    """Asks for `max_tokens`, which all of them know, and keeps their reasoning, which is a sign of life."""

    use_responses_api: bool | None = False

    def _get_request_payload(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        payload: dict[str, Any] = super()._get_request_payload(*args, **kwargs)
        if "max_completion_tokens" in payload:
            payload["max_tokens"] = payload.pop("max_completion_tokens")
        return payload

    def _convert_chunk_to_generation_chunk(self, chunk: dict[str, Any], *args: Any) -> ChatGenerationChunk | None:
        made = super()._convert_chunk_to_generation_chunk(chunk, *args)
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            if made and (thought := delta.get("reasoning_content") or delta.get("reasoning")):
                made.message.additional_kwargs["reasoning_content"] = thought
        return made
