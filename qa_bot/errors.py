"""Every error that the package raises on purpose.

QABotError                 one clear line: what was wrong, with what, what to do
├── SpeechError            a file that cannot be read as a speech
├── SettingError           an unknown or impossible value of a setting
├── EncoderError           a model folder that is missing, or does not fit
├── IndexStoreError        the index: a folder, a disk, a Chroma server
├── QuestionsError         a malformed questions file: file, line, what is wrong
└── UsageError             a question or an argument that cannot be used

A refusal is an answer, not an error. The command line prints the line and leaves with `exit_code`.
"""

from __future__ import annotations


class QABotError(Exception):
    """The root; its text is the one line that a person reads."""

    exit_code = 1


class SpeechError(QABotError):
    """A file that cannot be read as a speech."""


class SettingError(QABotError):
    """An unknown or impossible value of a setting."""


class EncoderError(QABotError):
    """An encoder that cannot be loaded, or does not fit."""


class IndexStoreError(QABotError):
    """The index cannot be built, published or read."""


class QuestionsError(QABotError):
    """A malformed questions file."""


class UsageError(QABotError):
    """A question or an argument that cannot be used."""

    exit_code = 2
