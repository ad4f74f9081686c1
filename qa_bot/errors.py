"""Every error that the package raises on purpose.

QABotError                 one clear line: what was wrong, with what, what to do
├── SpeechError            a file that cannot be read as a speech
│   └── DocumentError      a page, a Word or a PDF file that cannot be read; `kind` says why
├── SettingError           an unknown or impossible value of a setting
├── EncoderError           a model folder that is missing, or does not fit
├── IndexStoreError        the index: a folder, a disk, a Chroma server
├── EnrichmentError        a file of generated passages that cannot be read or written
├── QuestionsError         a malformed questions file: file, line, what is wrong
├── ModelError             the chat model gave no answer that can be used; `kind` says why
├── StoreError             conversations cannot be kept or read: a folder, a disk, a damaged file
├── PromptError            a prompt that is missing, or whose variables are not those that are filled in
└── UsageError             a question or an argument that cannot be used

A refusal is an answer, not an error. The command line prints the line and leaves with `exit_code`.
"""

from __future__ import annotations

from typing import Literal

ModelFault = Literal[
    "no_package",
    "no_key",
    "refused_key",
    "unknown_model",
    "rate_limited",
    "overloaded",
    "context_too_long",
    "content_filter",
    "unreachable",
    "timed_out",
    "cut_short",
    "nonsense",
    "refused",
]
"""Why a model gave no answer; `refused` is any other request that the provider turns down."""

DocumentFault = Literal[
    "locked", "old", "other", "too_large", "too_long", "no_text", "slow", "large", "unsafe", "damaged"
]
"""Why a document is not read: `slow` and `large` are the limits of time and memory, `too_large` and `too_long` those of
bytes and pages."""


class QABotError(Exception):
    """The root; its text is the one line that a person reads."""

    exit_code = 1


class SpeechError(QABotError):
    """A file that cannot be read as a speech."""


class DocumentError(SpeechError):
    """A page, a Word or a PDF file that cannot be read; `kind` says why."""

    def __init__(self, kind: DocumentFault, line: str) -> None:
        super().__init__(line)
        self.kind = kind


class SettingError(QABotError):
    """An unknown or impossible value of a setting."""


class EncoderError(QABotError):
    """An encoder that cannot be loaded, or does not fit."""


class IndexStoreError(QABotError):
    """The index cannot be built, published or read."""


class EnrichmentError(QABotError):
    """Generated passages that cannot be read or written."""


class QuestionsError(QABotError):
    """A malformed questions file."""


class ModelError(QABotError):
    """The chat model gave no answer that can be used; `kind` says why."""

    def __init__(self, kind: ModelFault, line: str) -> None:
        super().__init__(line)
        self.kind = kind


class StoreError(QABotError):
    """Conversations cannot be kept or read."""


class PromptError(QABotError):
    """A prompt that is missing, or whose variables are not those that the code fills in."""


class UsageError(QABotError):
    """A question or an argument that cannot be used."""

    exit_code = 2
