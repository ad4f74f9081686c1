"""What the reader learns of this project's speeches: development questions, and those of `written/speeches.jsonl.gz`.

    python -m benchmarks.asked --speeches DIR --out FILE

DIR holds the reports named in data/questions/reports/README.md. FILE is what `embeddings.train_reader --pairs` takes: a
line for each question with a sentence, whether that answers it, and how much that counts. An answered question stands
with the sentences that answer it and with the best hit that does not; another with what a careless reader would quote.
Half of the sentences stand behind the end of what is before them, as the bot reads them. Each speech belongs to one of
two halves, so that what is measured and fitted on it can be read by a network that has not seen it.
"""

from __future__ import annotations

import argparse
import gzip
import json
import random
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from qa_bot.bot import Bot, open_bot
from qa_bot.chain import HITS, replay
from qa_bot.chain import Asked as Turn
from qa_bot.citations import SENTENCE, clip
from qa_bot.evaluation import Question, load_questions
from qa_bot.evaluation.judging import gold_offsets
from qa_bot.evidence import BEFORE
from qa_bot.kinds import Span
from qa_bot.settings import DEFAULT_SPEECH, Settings
from qa_bot.types import Speech
from qa_bot.understanding import OUTLINE_KINDS

DATA = Path(__file__).parent.parent / "data" / "questions"
FILE = Path(__file__).parent.parent / "embeddings" / "training" / "written" / "speeches.jsonl.gz"
TYPES = {"reason": "paraphrase", "correction": "false_premise"}
"""What the question sets call a type of that file; what begins with `no-` is unanswerable there."""
BEHIND, SECOND, OTHER = 0.5, 0.5, 0.7
"""Share of the sentences behind what is before them; weights of a further sentence, and of a hit beside the answer."""
SHOWN = 8
"""Best hits among which the one that does not answer is looked for."""

FIRST = "bank cadres company court graduation hospital keynote museum science shanghai village zhejiang"
"""The sets whose speeches are of the first half."""


class Asked(NamedTuple):
    """A question, and the sentences that answer it or, where nothing does, would deceive; none where not known."""

    question: Question
    sentences: tuple[Span, ...] = ()


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
    """0 or 1: the half that the speech of a set belongs to."""
    return int(name not in FIRST.split())


def read_asked(name: str, speech: Speech) -> Iterator[Asked]:
    """The questions of the file on one speech, as development questions."""
    spans = [(s.start, s.end) for p in speech.paragraphs for s in p.sentences]
    with gzip.open(FILE, "rt", encoding="utf-8") as lines:
        for number, row in enumerate(map(json.loads, lines)):
            if row["set"] != name:
                continue
            found = [next((s for s in spans if speech.text.startswith(at, s[0])), None) for at in row["at"]]
            sentences = tuple(span for span in found if span)
            answerable = not row["type"].startswith("no-")
            golds = tuple(speech.text[a:b] for a, b in sentences) if answerable else ()
            kind = TYPES.get(row["type"], row["type"]) if answerable else "unanswerable"
            question = Question(f"asked-{number}", kind, row["question"], (), answerable, golds, half="dev")
            if len(sentences) == len(found):
                yield Asked(question, sentences)


def pairs(bot: Bot, asked: Iterable[Asked]) -> Iterator[tuple[str, Span, bool, float]]:
    """Question, sentence, whether it answers, and how much that counts; only of what is left to the evidence."""
    for question, sentences in asked:
        query = replay(Turn(question.question, question.history), bot.retriever, bot.quoter)
        hits = bot.retriever.hits(query, HITS)
        if query.kind in OUTLINE_KINDS or not hits:
            continue
        ranked = [(h.passage.start, h.passage.end) for h in bot.quoter.picker.ranker.rank(query, hits)[:SHOWN]]
        if question.answerable:
            gold = gold_offsets(question, bot.speech)
            own = sentences or [span for span in ranked if gold & set(range(*span))][:2]
            rest = [span for span in ranked if own and not _meets(span, own) and not gold & set(range(*span))]
            other = [(span, OTHER) for span in rest[:1] if question.type in ("fact", "paraphrase", "english")]
        else:
            own = sentences or bot.quoter.picker.pick(query, hits)
            other = [(s, SECOND) for s in bot.quoter.picker.pick(query, hits)[:1] if not _meets(s, own)]
        for at, span in enumerate(own[:2]):
            yield (
                query.search,
                clip(bot.speech, span, query.focus, SENTENCE),
                question.answerable,
                SECOND if at else 1.0,
            )
        for span, weight in other:
            yield query.search, clip(bot.speech, span, query.focus, SENTENCE), False, weight


def _meets(span: Span, others: Sequence[Span]) -> bool:
    """Whether it lies in one of the others or beside it."""
    return any(span[0] <= end + 2 and start <= span[1] + 2 for start, end in others)


def main() -> None:
    """Write the pairs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--speeches", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    chance, count = random.Random(0), 0
    with tempfile.TemporaryDirectory() as home, gzip.open(options.out, "wt", encoding="utf-8") as out:
        for speech, questions in question_sets(options.speeches):
            bot = open_bot(Settings(home=Path(home)), speech)
            text = bot.speech.text
            known = [Asked(q) for q in load_questions(questions, bot.speech) if q.half == "dev"]
            for question, (start, end), answers, weight in pairs(
                bot, [*known, *read_asked(questions.stem, bot.speech)]
            ):
                begin = max(start - BEFORE, 0) if chance.random() < BEHIND else start
                half = half_of(questions.stem)
                row = {"half": half, "q": question, "s": text[begin:end], "a": int(answers), "w": weight}
                out.write(json.dumps(row, ensure_ascii=False) + "\n")
                count += 1
            bot.close()
    print(f"{count} pairs")


if __name__ == "__main__":
    main()
