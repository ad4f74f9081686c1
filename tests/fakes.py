"""Real small stand-ins: an encoder that hashes n-grams, a chat model with a script, speeches put together by hand."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Generator, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qa_bot.types import Message, Paragraph, Piece, Provenance, Section, Sentence, Speech


class GramEncoder:
    """Counts of hashed character uni- and bigrams, scaled to length 1: the same text, the same vector, anywhere."""

    def __init__(self, dimension: int = 64, name: str = "grams") -> None:
        self.name, self.dimension = name, dimension
        self.fingerprint = f"{name}-{dimension}"
        self.encoded = 0

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        return self.encode_queries(texts)

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for gram in [*text, *map("".join, pairwise(text))]:
                row[zlib.crc32(gram.encode()) % self.dimension] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return vectors / np.where(lengths > 0, lengths, 1)


class ScriptedModel:
    """A chat model that says what it was told to, a few characters at a time, and keeps what it was asked."""

    name, where = "scripted:model", "nowhere"

    def __init__(self, *replies: str | Exception, by: int = 3) -> None:
        self.replies, self.by = list(replies), by
        self.asked: list[tuple[Message, ...]] = []

    def stream(self, messages: Sequence[Message], max_tokens: int | None = None) -> Generator[Piece, None, None]:
        self.asked.append(tuple(messages))
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        yield from (Piece(reply[i : i + self.by]) for i in range(0, len(reply), self.by))
        yield Piece(usage={"input_tokens": 7, "output_tokens": len(reply)})


def make_speech(*sections: tuple[str, Sequence[str]], title: str = "一篇讲话") -> Speech:
    """A speech of (heading, paragraphs) pairs; sentences end at `。`, an empty heading prints none."""
    text, parts, paragraphs, headings = "", [], [], 0
    for heading, bodies in sections:
        headings += bool(heading)
        start = len(text)
        text += f"{heading}\n" if heading else ""
        address = f"§{headings}" if heading else ""
        parts.append(Section(address, heading or "开篇", 1, None, start, start + len(heading)))
        for body in bodies:
            number, at, sentences = len(paragraphs) + 1, len(text), []
            for piece in body.removesuffix("。").split("。"):
                sentences.append(Sentence(f"{number}.{len(sentences) + 1}", at, at + len(piece) + 1))
                at += len(piece) + 1
            paragraphs.append(Paragraph(str(number), number, "body", len(parts) - 1, len(text), at, tuple(sentences)))
            text += body + "\n"
    text = text.removesuffix("\n")
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Speech(title, text, digest, Provenance(), tuple(parts), tuple(paragraphs))


def long_speech(sentences: int, words: str = "经济民生科技农业教育医疗生态改革开放安全") -> Speech:
    """A speech of that many different sentences, five to a paragraph, ten paragraphs to a section."""
    said = [
        f"第{i}项工作是{words[i % len(words)]}{words[i * 7 % len(words)]}，完成{i * 37 % 1009}件。"
        for i in range(sentences)
    ]
    bodies = ["".join(said[i : i + 5]) for i in range(0, sentences, 5)]
    return make_speech(*((f"第{i // 10 + 1}部分", bodies[i : i + 10]) for i in range(0, len(bodies), 10)))
