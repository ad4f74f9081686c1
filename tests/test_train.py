"""The training script: a model made from a small invented corpus, the gradient, and what is said without data."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from embeddings.encoder import StaticEncoder

pytestmark = pytest.mark.sentence_transformers  # scipy comes with the full requirements

ENTRIES = (
    ("經濟", "经济", ("economy", "economic")),
    ("發展", "发展", ("development", "to develop")),
    ("學校", "学校", ("school", "CL:所[suo3]")),
    ("學堂", "学堂", ("school (old)",)),
    ("老師", "老师", ("teacher",)),
    ("工資", "工资", ("wages", "pay")),
    ("薪水", "薪水", ("wages", "salary")),
    ("增長", "增长", ("to grow", "to increase")),
    ("為", "为", ("because of",)),
)
ALIGNED = (
    ("学校的老师工资增长。", "The wages of teachers in schools grew."),
    ("经济发展很快。", "The economy developed fast."),
    ("老师的薪水不高。", "The salaries of the teachers are not high."),
    ("学校发展，工资增长。", "Schools develop and wages increase."),
)


def write_data(folder: Path) -> Path:
    """A data folder of the shared layout, small and invented."""
    question = {"question": "老师的工资怎么样？", "passage": "学校发展很好。老师的工资增长了。", "answer": "增长"}
    rows = {
        "parallel_government_reports": [{"year": 2020, "zh": zh, "en": en} for zh, en in ALIGNED],
        "text_political": [{"text": "经济发展很快，工资也在增长。学校的老师多了。经济发展很快。"}] * 3,
        "train_clean_mrc": [question] * 2,
        "synsets_cow": [{"synset": "1-n", "words": ["工资", "薪水"]}],
    }
    (folder / "train").mkdir(parents=True)
    for name, content in rows.items():
        lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in content)
        (folder / "train" / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.fixture
def made(tmp_path: Path) -> Path:
    return make(tmp_path, "model")


def make(folder: Path, name: str) -> Path:
    from embeddings.train import Recipe, make_model
    from embeddings.training.corpus import Corpus, Question

    corpus = Corpus(
        dictionary=ENTRIES,
        frequencies={"经济": 50, "发展": 50, "的": 900, "很": 90, "了": 400, "快": 20},
        aligned=ALIGNED[::2],
        held_back=ALIGNED[1::2],
        paragraphs=("经济发展很快，工资也在增长。学校的老师多了。经济发展很快。",) * 3,
        questions=(Question("老师的工资怎么样？", "学校发展很好。老师的工资增长了。", "增长"),),
        synonyms=(("工资", "薪水"),),
    )
    make_model(corpus, folder / name, Recipe(dimension=16, steps=30, seed=3))
    return folder / name


def test_the_same_seed_makes_the_same_files(made: Path, tmp_path: Path) -> None:
    again = make(tmp_path, "again")
    names = sorted(file.name for file in made.iterdir())
    assert names == ["config_sentence_transformers.json", "model.safetensors", "modules.json", "tokenizer.json"]
    assert all((made / name).read_bytes() == (again / name).read_bytes() for name in names)


def test_what_is_made_can_be_read_and_has_learned(made: Path) -> None:
    encoder = StaticEncoder(made)
    assert encoder.dimension == 16
    queries = encoder.encode_queries(["薪水", "teacher", "學校"])
    near = encoder.encode_passages(["工资", "老师", "学校"])
    assert np.array_equal((queries @ near.T).argmax(axis=1), [0, 1, 2])
    assert encoder.token_vectors("qqq经济")[0] == ["经济"]


def test_the_gradient_is_that_of_the_loss() -> None:
    import scipy.sparse as sp

    from embeddings.training.contrast import infonce

    random = np.random.default_rng(0)
    vectors = random.standard_normal((7, 3))
    left, right = (sp.csr_matrix(random.integers(0, 3, (4, 7)) + np.eye(4, 7)) for _ in range(2))
    loss, slope = infonce(vectors, left, right, 5.0)
    for place in [(0, 0), (3, 1), (6, 2)]:
        moved = vectors.copy()
        moved[place] += 1e-6
        assert (infonce(moved, left, right, 5.0)[0] - loss) / 1e-6 == pytest.approx(slope[place], abs=1e-4)


def test_the_year_that_is_held_back_is_not_learned_from() -> None:
    from embeddings.training.corpus import hold_back

    held, other = "老师的工资比去年增长了一成。", "经济发展很快，学校也在发展。"
    rows = [(2020, other, "a"), (2021, held, "b"), (2020, held, "b"), (2021, "一、老师", "c")]
    paragraphs = [f"{other}{held}", f"{other}一、老师"]
    learned, measured, texts = hold_back(rows, paragraphs, 2021)
    assert learned == ((other, "a"),)
    assert measured == ((held, "b"), ("一、老师", "c"))
    assert texts == (f"{other}一、老师",)


@pytest.mark.parametrize(
    ("file", "content", "said"),
    [
        ("text_political", None, "text_political.jsonl; --data names the folder"),
        ("synsets_cow", '{"words": ["甲"]}\n{', "synsets_cow.jsonl, line 2: not a JSON object with words"),
        ("synsets_cow", "[1]\n", "line 1: not a JSON object"),
        ("train_clean_mrc", '{"question": "甲"}\n', "line 1: not a JSON object with question, passage, answer"),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, content: str | None, said: str
) -> None:
    from embeddings.train import main

    place = write_data(tmp_path) / "train" / f"{file}.jsonl"
    place.unlink() if content is None else place.write_text(content, encoding="utf-8")
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_what_people_say_instead_comes_near_the_official_word(tmp_path: Path) -> None:
    from embeddings.train import Recipe, make_model
    from embeddings.training.corpus import Corpus, Question

    told = Corpus(
        dictionary=ENTRIES,
        frequencies={"经济": 50, "发展": 50, "的": 900, "钱袋子": 5},
        aligned=ALIGNED,
        held_back=(),
        paragraphs=("经济发展很快，工资也在增长。学校的老师多了。经济发展很快。",) * 3,
        questions=(),
        synonyms=(),
        everyday=(("工资", ("钱袋子", "pay")),),
        asked=(Question("钱袋子鼓了没有", "工资增长。", "工资增长。"),) * 3,
    )
    make_model(told, tmp_path / "told", Recipe(dimension=16, steps=30, seed=3))
    encoder = StaticEncoder(tmp_path / "told")
    scores = encoder.encode_queries(["钱袋子"]) @ encoder.encode_passages(["经济", "学校", "工资"]).T
    assert int(scores.argmax()) == 2


def test_a_written_question_belongs_to_the_sentence_that_its_key_stands_for() -> None:
    from embeddings.training.corpus import WRITTEN, read_asked, sentence_key

    keys = {line.split("\t")[0] for line in (WRITTEN / "asked.tsv").read_text(encoding="utf-8").splitlines()}
    assert list(read_asked(["今年将增加学位。这句话谁也没有问过。"])) == []
    assert all(len(key) == len(sentence_key("今年将增加学位。")) for key in keys)
    assert sentence_key("今年将增加学位。") != sentence_key("今年将增加学位")


@pytest.mark.parametrize(("file", "parted"), [("words", True), ("asked", False), ("clauses", True)])
def test_the_written_files_hold_two_columns(file: str, parted: bool) -> None:
    from embeddings.training.corpus import WRITTEN

    lines = (WRITTEN / f"{file}.tsv").read_text(encoding="utf-8").splitlines()
    assert len(lines) > 1000
    assert len({line.split("\t")[0] for line in lines}) == len(lines) or not parted
    for line in lines:
        left, right = line.split("\t")
        assert left == left.strip() != ""
        assert all(way.strip() for way in (right.split("|") if parted else [right]))
