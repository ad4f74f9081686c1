"""What a chat model is told: the prompts of `prompts/`, filled with numbered sentences and questions.

Whatever comes from outside (speech, title, question, earlier questions) is made harmless first: see `harmless.defuse`.
"""

from qa_bot.prompting.answering import Shown, answer_messages
from qa_bot.prompting.asking import enrich_messages, parse_enrichment, parse_rewrite, rewrite_messages
from qa_bot.prompting.files import Prompts, load_prompts
from qa_bot.prompting.harmless import count_tokens, defuse

__all__ = [
    "Prompts",
    "Shown",
    "answer_messages",
    "count_tokens",
    "defuse",
    "enrich_messages",
    "load_prompts",
    "parse_enrichment",
    "parse_rewrite",
    "rewrite_messages",
]
