"""How the finder is made: what it learns from, that it learns it, and its form for onnxruntime."""

from __future__ import annotations

import gzip
import json
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from embeddings.finder import FILE, QUESTION, TEXT, FinderEncoder, tokens
from embeddings.segmenter import Segmenter
from tests.packed import package

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["package"]

pytestmark = pytest.mark.sentence_transformers  # torch comes with the full requirements


def test_a_finder_learns_and_runs_alike_in_eight_bits(package: Path, tmp_path: Path) -> None:
    from torch import no_grad, tensor

    from embeddings.training.finder import Finder, Texts, batches, found_first, pairs, train
    from embeddings.training.reader.start import read_start, write_tokenizer
    from embeddings.training.transformer import export

    start = read_start()
    write_tokenizer(start.vocabulary, tmp_path / "tokenizer.json")
    cut = partial(tokens, segmenter=Segmenter(tmp_path / "tokenizer.json"))
    passages = [
        Texts(["大桥多。", "the the", "20%"], [("大桥", [0], 1.0), ("the", [1], 1.0), ("多 20%", [2], 1.0)]),
        Texts(["长长", "大桥20%"], [("长", [0], 1.0), ("20%大桥", [1], 1.0)]),
    ]
    network, losses = Finder(start, 1), list[float]()
    drawn = batches(passages, [pairs([("多长", "the 多")])], seed=0)
    train(network, drawn, cut, 200, 1e-2, seed=0, report=lambda _, loss: losses.append(loss))
    assert len(losses) == 200
    assert np.mean(losses[-20:]) < 0.5 < 1.5 < np.mean(losses[:20])
    assert found_first(network, passages, cut) == 1

    ids = tensor([[0, 5, 2]])
    export(network, {"ids": ids, "sides": ids * 0}, "vector", tmp_path / FILE)
    encoder = FinderEncoder(StaticEncoder(SHIPPED), tmp_path)
    assert encoder.dimension == 256 + 32
    for side, encode in ((QUESTION, encoder.encode_queries), (TEXT, encoder.encode_passages)):
        ids = tensor([cut("大桥 the 20%")])
        with no_grad():
            expected = network(ids, ids * 0 + side)[0].numpy()
        assert encode(["大桥 the 20%"])[0, 256:] * np.sqrt(2) @ expected > 0.98


def test_a_batch_has_passages_and_pairs_that_are_neighbours() -> None:
    from embeddings.training.finder import ASKED, GIVEN, PAIRS, PASSAGES, Texts, batches, pairs

    passages = [Texts([f"p{i}", f"q{i}"], [(f"?q{i}", [1], 1.0)]) for i in range(10)]
    one = pairs((f"?{j}a{i}", f"a{i}") for i in range(40) for j in range(4))
    other = pairs((f"?b{i}", f"b{i}") for i in range(5))
    assert [len(texts.questions) for texts in one] == [4] * 40
    seen: set[str] = set()
    for n, batch in enumerate(islice(batches(passages, [one, other], seed=1), 20)):
        assert all(batch.texts[at] == question.lstrip("?0123") for question, [at], _ in batch.questions if n % 2 == 0)
        written, given = batch.texts[: 2 * PASSAGES], batch.texts[2 * PASSAGES :]
        seen |= set(written)
        assert len(set(written)) == 2 * PASSAGES
        numbers = [int(text[1:]) for text in given]
        assert numbers == list(range(numbers[0], numbers[0] + (PAIRS if n % 2 == 0 else 5)))
        weights = [weight for *_, weight in batch.questions]
        assert weights == [1.0] * PASSAGES + [GIVEN] * len(given) * (ASKED if n % 2 == 0 else 1)
    assert seen == {text for texts in passages for text in texts.texts}
    again = [next(batches(passages, [one, other], seed=1)) for _ in range(2)]
    assert again[0] == again[1]


def test_of_speeches_a_question_stands_with_its_sentences_and_the_nearest_others(package: Path, tmp_path: Path) -> None:
    from torch import equal, zeros

    from embeddings.training.finder import (
        GIVEN,
        HARD,
        MORE,
        OF_PASSAGES,
        OF_SPEECHES,
        WRITTEN,
        Finder,
        Texts,
        hardest,
        read_speeches,
        speech_batches,
        table_beside,
        train,
    )
    from embeddings.training.reader.start import read_start, write_tokenizer

    rows = [{"half": half, "s": ["水库", "学校", "大桥"] * 20, "a": [["桥", [2]]] * 20, "n": []} for half in (0, 1, 0)]
    with gzip.open(tmp_path / "asked.gz", "wt", encoding="utf-8") as file:
        file.write("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    first, second = read_speeches(tmp_path / "asked.gz")
    assert (len(first), len(second)) == (2, 1)
    assert first[0].questions == [("桥", [2], WRITTEN)] * 20

    start = read_start()
    write_tokenizer(start.vocabulary, tmp_path / "tokenizer.json")
    cut = partial(tokens, segmenter=Segmenter(tmp_path / "tokenizer.json"))
    network, beside = Finder(start, 1), table_beside(StaticEncoder(SHIPPED))
    speech = Texts(["水库竣工。", "新建大桥。", "学校开学。", "大桥通车。"], [("大桥", [1], 1.0), ("学校", [2], 1.0)])
    assert beside(speech)[0].argmax() in (1, 3)
    assert hardest(network, speech, cut, lambda batch: 9 * beside(batch)) == [[3], [0]]

    passages = [Texts([f"p{i}"], [(f"?{i}", [0], 1.0)] * 9) for i in range(4)]
    hard = [[[5, 8]] * 20] * 2
    for batch in islice(speech_batches(first, hard, passages, seed=0), 5):
        weights = [weight for *_, weight in batch.questions]
        assert weights == [WRITTEN] * sum(OF_SPEECHES) + [GIVEN] * 2 * OF_PASSAGES
        assert len(batch.texts) == 2 * (1 + HARD + MORE) + 2
        assert all(batch.texts[at] == "大桥" for question, [at], _ in batch.questions if question == "桥")
    counted = list[int]()

    def nothing(batch: Texts) -> Tensor:
        counted.append(len(batch.texts))
        return zeros(len(batch.questions), len(batch.texts))

    train(network, speech_batches(first, hard, passages, seed=0), cut, 2, 1e-3, seed=0, beside=nothing)
    assert len(counted) == 2
    assert not equal(network.trunk.pos.weight, Finder(start, 1).trunk.pos.weight)


def test_what_is_no_list_of_speeches_is_told(tmp_path: Path) -> None:
    from embeddings.training.corpus import DataError
    from embeddings.training.finder import read_speeches

    with gzip.open(tmp_path / "asked.gz", "wt", encoding="utf-8") as file:
        file.write('{"s": []}\n')
    for name in ("asked.gz", "none.gz"):
        with pytest.raises(DataError, match=r"not what benchmarks\.asked writes"):
            read_speeches(tmp_path / name)


def test_without_data_it_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from embeddings.train_finder import main

    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_what_was_written_is_whole() -> None:
    from embeddings.training.finder import WRITTEN, read_written
    from embeddings.training.reader.examples import FOUND, KEPT, READ

    for file, least in ((READ, 2000), (FOUND, 300), (KEPT, 100)):
        passages = read_written(file)
        assert len(passages) >= least
        assert all(weight == WRITTEN for passage in passages for *_, weight in passage.questions)
