"""The reader: what it is shown, that it tells an answer from what is merely near, and that nothing else changes it."""

from __future__ import annotations

import gzip
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import EncoderLoadError
from embeddings.reader import END, FOLDER, LENGTH, QUESTION, START, load, pair, read, read_each
from embeddings.segmenter import Segmenter

KEPT = FOLDER.parent / "training" / "written" / "read-kept.jsonl.gz"
SEGMENTER = Segmenter(FOLDER / "tokenizer.json")
BRIDGE = "青石大桥去年六月动工，总投资四亿元，由市交通集团承建，计划后年国庆前通车。"
RICE = "合作社今年种了八百亩水稻，亩产一千一百斤，卖给县粮库六成，余下的分给社员。"


@pytest.mark.parametrize(
    ("text", "answered", "unanswered"),
    [
        (BRIDGE, "大桥什么时候开工的？", "大桥有多长？"),
        (BRIDGE, "修这座桥要花多少钱？", "设计大桥的是哪家单位？"),
        (BRIDGE, "哪个单位在修桥？", "大桥的监理是谁？"),
        (BRIDGE, "谁在修这座桥？", "大桥的监理是谁？"),
        (BRIDGE, "桥啥时候能走车？", "过桥要不要收费？"),
        (RICE, "今年一亩地打了多少斤稻子？", "去年亩产是多少？"),
    ],
)
def test_an_answer_is_above_what_is_merely_near(text: str, answered: str, unanswered: str) -> None:
    assert read(answered, text) > read(unanswered, text)


def test_on_passages_that_it_has_not_learned_from_it_does_what_its_card_says() -> None:
    with gzip.open(KEPT, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines][::6]
    told = {
        key: np.array([read(asked, " ".join(row["s"][i] for i in at)) for row in rows for asked, at in row[key]])
        for key in "an"
    }
    assert len(told["a"]) == len(told["n"]) == 160
    assert (told["a"][:, None] > told["n"]).mean() > 0.78


def test_a_text_of_something_else_is_far_below() -> None:
    assert read("大桥什么时候开工的？", BRIDGE) > 2 + read("大桥什么时候开工的？", RICE)


def test_forms_of_the_same_characters_are_read_alike() -> None:
    assert read("修這座橋要花多少錢？", BRIDGE) == read("修这座桥要花多少钱?", BRIDGE.replace("，", ","))


@pytest.mark.parametrize("question", ["", "？", "**", "\x00\x1f", "😀" * 500, "问" * 2000])
@pytest.mark.parametrize("text", ["", " ", BRIDGE * 40])
def test_whatever_is_asked_there_is_a_number(question: str, text: str) -> None:
    assert abs(read(question, text)) < 100


def test_what_is_too_long_is_cut_and_both_ends_are_marked() -> None:
    ids, sides = pair("水库多大？" * 60, BRIDGE * 40, SEGMENTER)
    assert len(ids) == len(sides) == LENGTH
    assert [i for i, id_ in enumerate(ids) if id_ == END] == [QUESTION + 1, LENGTH - 1]
    assert ids[0] == START
    assert [i for i, (a, b) in enumerate(pairwise(sides)) if a != b] == [QUESTION + 1]


@pytest.mark.parametrize("network", ["model.onnx", "finder.onnx"])
@pytest.mark.parametrize("broken", ["network", "tokenizer.json"])
@pytest.mark.parametrize("left", [None, 0, 1000])
def test_a_model_that_is_not_whole_is_one_line(tmp_path: Path, network: str, broken: str, left: int | None) -> None:
    shutil.copytree(FOLDER, tmp_path / "model")
    damaged = tmp_path / "model" / (network if broken == "network" else broken)
    whole = damaged.read_bytes()
    damaged.unlink()
    if left is not None:
        damaged.write_bytes(whole[:left])
    told = f"{network} or tokenizer.json in {tmp_path / 'model'} does not load"
    with pytest.raises(EncoderLoadError, match=told) as caught:
        load(tmp_path / "model", network)
    assert "\n" not in str(caught.value)


def test_threads_and_order_change_nothing() -> None:
    asked = [
        (f"{question}{i}", text)
        for i in range(8)
        for question in ("修桥花了多少钱", "谁种的")
        for text in (BRIDGE, RICE)
    ]
    alone = [read.__wrapped__(*both) for both in asked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda both: read.__wrapped__(*both), reversed(asked))) == alone[::-1]


@pytest.mark.parametrize("texts", [[], [RICE], [RICE, BRIDGE, RICE, BRIDGE * 2, ""]])
def test_several_texts_are_read_as_each_by_itself(texts: list[str]) -> None:
    read.cache_clear()
    assert read_each("谁在修桥？", texts) == [read.__wrapped__("谁在修桥？", text) for text in texts]


@pytest.mark.sentence_transformers
def test_the_tokens_are_those_of_the_library() -> None:
    from tokenizers import Tokenizer

    library = Tokenizer.from_file(str(FOLDER / "tokenizer.json"))
    for text in (BRIDGE, RICE, "  “**书记”說：GDP增長30%， and  the Policy… "):
        assert [i for _, i in SEGMENTER.segment(text)] == library.encode(text).ids


def test_the_folder_names_its_origin() -> None:
    card = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert "license: cc-by-sa-4.0" in card
    assert "MIT" in card
    assert f"{len(SEGMENTER):,} of its 250,000 pieces" in card
