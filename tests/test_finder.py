"""The shipped encoder: both vectors in one, the same however it is asked, near for what answers in other words."""

from __future__ import annotations

import gzip
import json
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import SHIPPED, StaticEncoder, load_encoder
from embeddings.finder import FILE, LENGTH, MANY, FinderEncoder, tokens, words_of
from embeddings.reader import END, FOLDER, START
from embeddings.segmenter import Segmenter
from tests.fakes import GramEncoder

KEPT = FOLDER.parent / "training" / "written" / "read-kept.jsonl.gz"
ENCODER = FinderEncoder(StaticEncoder(SHIPPED))
TEXTS = [
    "孩子放学早，没人接怎么办？",
    "全市小学开展课后延时托管。",
    "What did the government do about jobs?",
    "５Ｇ 网络 at 8%",
]


def test_rows_are_unit_vectors_of_both_parts() -> None:
    vectors = ENCODER.encode_passages(TEXTS)
    assert vectors.shape == (len(TEXTS), ENCODER.dimension)
    assert vectors.dtype == np.float32
    words, read = vectors[:, :256], vectors[:, 256:]
    assert np.allclose(words * np.sqrt(2), ENCODER.words.encode_passages(TEXTS), atol=1e-6)
    assert np.linalg.norm(read, axis=1) == pytest.approx(np.full(4, np.sqrt(0.5)), abs=1e-5)


def test_how_many_are_encoded_at_once_changes_nothing() -> None:
    texts = [f"{text}{i}" for i in range(MANY) for text in TEXTS]
    together = ENCODER.encode_passages(texts)
    assert np.array_equal(together, np.concatenate([ENCODER.encode_passages([text]) for text in texts]))
    with ThreadPoolExecutor(8) as threads:
        for found in threads.map(lambda _: ENCODER.encode_passages(texts), range(4)):
            assert np.array_equal(found, together)
    assert ENCODER.encode_passages([]).shape == (0, ENCODER.dimension)


@pytest.mark.parametrize("text", ["", "  \n", "？！……", "\x00\u200b", "qzxqzx", "\ud800"])
def test_nothing_known_is_zeros(text: str) -> None:
    assert not ENCODER.encode_queries([text, text]).any()
    assert ENCODER.encode_passages([text, "人才"]).any(axis=1).tolist() == [False, True]


@pytest.mark.parametrize("text", ["问" * 2000, "人才😀" * 500, "人" + "*" * 100, "jobs " * 3000])
def test_whatever_is_encoded_is_of_length_one(text: str) -> None:
    assert np.linalg.norm(ENCODER.encode_queries([text])[0]) == pytest.approx(1, abs=1e-5)


def test_what_is_too_long_is_cut_and_both_ends_are_marked() -> None:
    segmenter = Segmenter(FOLDER / "tokenizer.json")
    ids = tokens("水库多大？" * 100, segmenter)
    assert (len(ids), ids[0], ids[-1]) == (LENGTH, START, END)
    assert len(tokens("水库多大？", segmenter)) == 8


def test_forms_of_the_same_characters_are_read_alike() -> None:
    one, other = ENCODER.encode_queries(["修这座桥要花多少钱？", "修這座橋要花多少錢?"])
    assert np.array_equal(one, other)


def test_of_passages_that_it_has_not_learned_from_it_finds_the_sentence() -> None:
    """Among the sentences of twenty passages."""
    with gzip.open(KEPT, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::6]
    sentences = [sentence for row in rows for sentence in row["s"]]
    found, first = [], 0
    for row in rows:
        nearest = (ENCODER.encode_queries([q for q, _ in row["a"]]) @ ENCODER.encode_passages(sentences).T).argmax(1)
        found += [i - first in places for i, (_, places) in zip(nearest, row["a"], strict=True)]
        first += len(row["s"])
    assert len(found) == 160
    assert np.mean(found) > 0.68


@pytest.mark.parametrize(
    ("question", "answer", "other"),
    [
        ("孩子放学早，没人接怎么办？", "全市小学开展课后延时托管。", "全市新建改建小学十二所。"),
        ("老家的房子漏雨能找谁？", "改造农村危房三千户。", "新开工商品住房三千套。"),
        ("钱从哪里来？", "所需经费由市财政和企业各承担一半。", "工程预计后年完工。"),
        ("Who takes care of the old people?", "社区养老服务站为独居老人送餐助浴。", "社区图书室周末开放。"),
    ],
)
def test_other_words_for_the_same_are_near(question: str, answer: str, other: str) -> None:
    near, far = ENCODER.encode_passages([answer, other]) @ ENCODER.encode_queries([question])[0]
    assert near > far


def test_pickled_as_its_folders() -> None:
    pickled = pickle.dumps(ENCODER)
    again = pickle.loads(pickled)
    assert len(pickled) < 1000
    assert (again.name, again.fingerprint) == ("shipped", load_encoder("shipped").fingerprint)
    assert np.array_equal(again.encode_queries(TEXTS), ENCODER.encode_queries(TEXTS))


def test_the_fingerprint_tells_models_apart(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(FOLDER, tmp_path / "model"))
    assert FinderEncoder(ENCODER.words, folder).fingerprint == ENCODER.fingerprint != ENCODER.words.fingerprint
    weights = (folder / FILE).read_bytes()
    changed = weights.replace(b"onnx.quantize", b"onnx.quantizE", 1)  # the name of what wrote it
    assert changed != weights
    shutil.copytree(FOLDER, tmp_path / "other")
    (tmp_path / "other" / FILE).write_bytes(changed)
    assert FinderEncoder(ENCODER.words, tmp_path / "other").fingerprint != ENCODER.fingerprint


def test_every_encoder_has_a_table_of_words() -> None:
    assert words_of(ENCODER) is ENCODER.words
    assert words_of(ENCODER.words) is ENCODER.words
    assert words_of(GramEncoder()).fingerprint == ENCODER.words.fingerprint
