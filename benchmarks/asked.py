"""What the reader learns of speeches, and questions that are only measured on.

    python -m benchmarks.asked --speeches DIR --out FILE --passages FILE

DIR holds the reports named in data/questions/reports/README.md. The second FILE is what `embeddings.train_finder
--asked` takes: the sentences of each speech, and its questions with the places of those that answer. The first is what
`embeddings.train_reader --pairs` takes: a line for each question with a sentence, whether that answers it, and how much
that counts. An answered question stands with the sentences that answer it and with the best hit that does not (a
follow-up with that only by its own words); another with what a careless reader would quote. Half of the sentences stand
behind the end of what is before them, as the bot reads them. Each speech belongs to one of two halves, so that what is
measured and fitted on it can be read by networks that have not seen it. The questions are the development ones of the
sets; `LEARNED`, on the same speeches by other writers, half of the answered and unanswered ones alike in wording; some
of `WORLD`, which are about no speech; and `SPOKEN`, on invented speeches. Nothing is learned from `KEPT`, `WORLD_KEPT`
and `SPOKEN_KEPT`, by others again.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from typing import Any

from embeddings import reader
from qa_bot.bot import Bot, open_bot
from qa_bot.chain import HITS, Asked, replay
from qa_bot.citations import SENTENCE, clip
from qa_bot.evaluation import Question, load_questions
from qa_bot.evaluation.judging import gold_offsets
from qa_bot.evidence import BEFORE
from qa_bot.kinds import Span
from qa_bot.settings import DEFAULT_SPEECH, Settings
from qa_bot.types import Speech
from qa_bot.understanding import OUTLINE_KINDS, own_words

DATA = Path(__file__).parent.parent / "data" / "questions"
WRITTEN = Path(__file__).parent.parent / "embeddings" / "training" / "written"
LEARNED, KEPT = WRITTEN / "speeches.jsonl.gz", WRITTEN / "speeches-kept.jsonl.gz"
WORLD, WORLD_KEPT = WRITTEN / "world.txt", WRITTEN / "world-kept.txt"
SPOKEN, SPOKEN_KEPT = WRITTEN / "spoken.jsonl.gz", WRITTEN / "spoken-kept.jsonl.gz"
TAUGHT = ("sets", "speeches", "world", "spoken")
"""The sources that are learned from: development questions, and the files above by their names."""
TYPES = {"reason": "paraphrase", "correction": "false_premise"}
"""What the question sets call a type of the written questions; what begins with `no-` is unanswerable there."""
STRANGE = 40
"""Questions about no speech that are put to each."""
BEHIND, SECOND, OTHER = 0.5, 0.5, 0.7
"""Share of the sentences behind what is before them; weights of a further sentence that was picked, and of a hit
beside the answer."""
SHOWN = 8
"""Best hits among which the one that does not answer is looked for."""
FIRST = "bank cadres company court graduation hospital keynote museum science shanghai village zhejiang"
"""The sets whose speeches are of the first half."""

Row = Mapping[str, Any]
"""Of a file: `type`, `question`, `at` how the sentences begin that answer it or would deceive; `history`, `alt`."""
Sources = dict[str, list[Question]]


def question_sets(speeches: Path) -> Iterator[tuple[Path, Path]]:
    """(speech file, questions file) of every set."""
    yield DEFAULT_SPEECH, DATA / "speech.jsonl"
    for questions in sorted((DATA / "speeches").glob("*.jsonl")):
        yield DEFAULT_SPEECH.parent / "speeches" / f"{questions.stem}.txt", questions
    table = (DATA / "reports" / "README.md").read_text(encoding="utf-8")
    for name, title in re.findall(r"`(\w+)\.jsonl` \|([^|]*)\|", table):
        for file in (f for f in speeches.glob("*.txt") if f.stem in title):
            yield file, DATA / "reports" / f"{name}.jsonl"


def half_of(name: str) -> int:
    """0 or 1: the half that a speech belongs to; of the invented ones every second."""
    _, invented, number = name.rpartition("-")
    return int(number) % 2 if invented else int(name not in FIRST.split())


def opened(speeches: Path, readers: Path | None = None, **settings: Any) -> Iterator[tuple[str, Bot, Sources]]:
    """Name, bot and development questions of every speech that is learned from or measured on, by source.

    Each is read by the reader of `readers` that has not learned from it, where there are such.
    """
    with tempfile.TemporaryDirectory() as home:
        for file, questions in question_sets(speeches):
            if sets := [q for q in load_questions(questions, None) if q.half == "dev"]:
                with _bot(file, questions.stem, readers, Settings(home=Path(home), **settings)) as bot:
                    asked = {"sets": sets}
                    for written in (LEARNED, KEPT):
                        asked[_source(written)] = list(read_written(written, questions.stem, bot.speech))
                    asked |= {_source(world): list(read_world(world, questions.stem)) for world in (WORLD, WORLD_KEPT)}
                    yield questions.stem, bot, asked
        for spoken in (SPOKEN, SPOKEN_KEPT):
            for file, rows in write_spoken(spoken, Path(home)):
                with _bot(file, file.stem, readers, Settings(home=Path(home), **settings)) as bot:
                    yield file.stem, bot, {_source(spoken): list(_questions(file.stem, rows, bot.speech))}


@contextmanager
def _bot(file: Path, name: str, readers: Path | None, settings: Settings) -> Iterator[Bot]:
    if readers:
        reader.FOLDER = readers / f"without-{half_of(name)}"
        reader.read.cache_clear()
    bot = open_bot(settings, file)
    try:
        yield bot
    finally:
        bot.close()


def _source(file: Path) -> str:
    return file.name.partition(".")[0]


def read_written(file: Path, name: str, speech: Speech) -> Iterator[Question]:
    """The questions of `LEARNED` or `KEPT` on one speech, as development questions."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["set"] == name]
    yield from _questions(f"{_source(file)}-{name}", rows, speech)


def write_spoken(file: Path, folder: Path) -> Iterator[tuple[Path, list[Row]]]:
    """Each invented speech as a text file in the folder, and what is asked of it."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            text = folder / f"{_source(file)}-{number}.txt"
            text.write_text(row["text"], encoding="utf-8")
            yield text, row["asked"]


def _questions(name: str, rows: Iterable[Row], speech: Speech) -> Iterator[Question]:
    """What a row says of the sentences, by how they begin, is taken from the speech."""
    spans = [(s.start, s.end) for p in speech.paragraphs for s in p.sentences]

    def quotes(beginnings: Sequence[str]) -> tuple[str, ...]:
        found = (next(s for s in spans if speech.text.startswith(at, s[0])) for at in beginnings)
        return tuple(speech.text[start:end] for start, end in found)

    for number, row in enumerate(rows):
        answerable = not row["type"].startswith(("no-", "unanswerable"))
        kind = TYPES.get(row["type"], row["type"]) if answerable else "unanswerable"
        golds = quotes(row["at"]) if answerable else ()
        others, history = tuple(map(quotes, row.get("alt", ()))), tuple(row.get("history", ()))
        yield Question(f"{name}-{number}", kind, row["question"], history, answerable, golds, others, half="dev")


def read_world(file: Path, name: str, most: int = STRANGE) -> Iterator[Question]:
    """Some of the questions about no speech, others for each name, as unanswerable development questions."""
    lines = file.read_text(encoding="utf-8").splitlines()
    for number in random.Random(name).sample(range(len(lines)), most):
        yield Question(f"{file.name}-{number}", "unanswerable", lines[number], answerable=False, half="dev")


def pairs(bot: Bot, questions: Iterable[Question]) -> Iterator[tuple[str, Span, bool, float]]:
    """Question, sentence, whether it answers, and how much that counts; only of what is left to the evidence."""
    for question in (q for q in questions if q.half == "dev"):
        query = replay(Asked(question.question, question.history), bot.retriever, bot.quoter)
        hits = bot.retriever.hits(query, HITS)
        if query.kind in OUTLINE_KINDS or not hits:
            continue
        put: list[tuple[Span, bool, float]] = []
        if question.answerable:
            gold = gold_offsets(question, bot.speech)
            ranked = [(h.passage.start, h.passage.end) for h in bot.quoter.picker.ranker.rank(query, hits)[:SHOWN]]
            own = [span for span in ranked if gold & set(range(*span))][: 2 if question.type == "list" else 1]
            put += [(span, True, 1.0) for span in own]
            if own and question.type not in ("list", "section"):
                put += [(span, False, OTHER) for span in [s for s in ranked if not _meets(s, own)][:1]]
        else:
            picked = bot.quoter.picker.pick(query, hits)
            put += [(span, False, SECOND if at else 1.0) for at, span in enumerate(picked)]
        alone = own_words(query)
        for words, (span, answers, weight) in product(dict.fromkeys([query.search, alone]), put):
            if words == alone or answers == question.answerable:
                yield words, clip(bot.speech, span, query.focus, SENTENCE), answers, weight


def passage(bot: Bot, questions: Iterable[Question]) -> dict[str, list[Any]]:
    """The speech's sentences, and what is searched for by each answered question about the content, with their
    places."""
    spans = [(s.start, s.end) for p in bot.speech.paragraphs for s in p.sentences]
    found = []
    for question in (q for q in questions if q.answerable and q.type != "section"):
        query = replay(Asked(question.question, question.history), bot.retriever, bot.quoter)
        gold = gold_offsets(question, bot.speech)
        places = [i for i, span in enumerate(spans) if gold & set(range(*span))]
        if places and query.kind not in OUTLINE_KINDS:
            found.append((query.search, places))
    return {"s": [bot.speech.text[start:end] for start, end in spans], "a": found, "n": []}


def _meets(span: Span, others: Sequence[Span]) -> bool:
    """Whether it lies in one of the others or beside it."""
    return any(span[0] <= end + 2 and start <= span[1] + 2 for start, end in others)


def main() -> None:
    """Write the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speeches", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--passages", type=Path, required=True)
    options = parser.parse_args()
    chance, count = random.Random(0), 0
    with (
        gzip.open(options.out, "wt", encoding="utf-8") as out,
        gzip.open(options.passages, "wt", encoding="utf-8") as whole,
    ):
        for name, bot, asked in opened(options.speeches):
            text, half = bot.speech.text, half_of(name)
            taught = [question for source in TAUGHT for question in asked.get(source, ())]
            for question, (start, end), answers, weight in pairs(bot, taught):
                begin = max(start - BEFORE, 0) if chance.random() < BEHIND else start
                row = {"half": half, "q": question, "s": text[begin:end], "a": int(answers), "w": weight}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
            whole.write(json.dumps({"half": half, **passage(bot, taught)}, ensure_ascii=False) + "\n")
    print(f"{count} pairs")


if __name__ == "__main__":
    main()
