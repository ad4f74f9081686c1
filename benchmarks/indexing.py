"""Building an index, in characters of the speech a second, beside the encoder's own speed."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.corpus import long_report, origin
from benchmarks.measure import SPEECH, Options, options, table, timed
from embeddings.encoder import Encoder, load_encoder
from qa_bot.index import open_index
from qa_bot.passages import embedding_text, make_passages
from qa_bot.settings import Settings
from qa_bot.speech import parse_speech
from qa_bot.types import Speech


def report(given: Options) -> str:
    """The shipped speech and a long report: reading, encoding alone, the whole build."""
    encoder = load_encoder("shipped")
    rows = [
        _row("the shipped speech", SPEECH.read_text(encoding="utf-8"), encoder, given.runs),
        _row("a long report", long_report(given.data), encoder, given.runs),
    ]
    head = ["text", "characters", "passages", "reading", "encoding alone", "the whole build", "build beside encoding"]
    told = f"""Speeds in characters of the speech a second, medians of {given.runs}; each character is encoded
twice, in its sentence and in its paragraph. {origin(given.data)}"""
    return f"{table(head, rows)}\n\n{told}"


def _row(name: str, source: str, encoder: Encoder, runs: int) -> list[str]:
    speech = parse_speech(source)
    texts = [embedding_text(passage) for passage in make_passages(speech)]
    encoder.encode_passages(texts[:1])
    reading, encoding = timed(lambda: parse_speech(source), runs), timed(lambda: encoder.encode_passages(texts), runs)
    build = timed(lambda: _build(speech, encoder), runs)
    size = len(speech.text)
    speeds = [f"{size / seconds:,.0f}" for seconds in (reading, encoding, build)]
    return [name, f"{size:,}", f"{len(texts):,}", *speeds, f"{build / encoding:.1f} ×"]


def _build(speech: Speech, encoder: Encoder) -> None:
    with tempfile.TemporaryDirectory() as home:
        open_index(speech, encoder, Settings(Path(home))).close()


if __name__ == "__main__":
    print(report(options()))
