"""`provider:model` → a chat model that streams within its deadlines; whatever goes wrong is a `ModelError`."""

from qa_bot.llm.model import LangChainModel, open_model

__all__ = ["LangChainModel", "open_model"]
