"""The encoders: what every vector must be, what the shipped model must know, and what is said when one cannot load."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from embeddings.charmap import CharMap, build_charsmap
from embeddings.encoder import SHIPPED, EncoderLoadError, StaticEncoder, load_encoder

TEXTS = ["人才引进的条件是什么？", "推动经济高质量发展。", "What did the government do about jobs?", "５Ｇ 网络 at 8%"]


@pytest.fixture(scope="module")
def static() -> StaticEncoder:
    return StaticEncoder(SHIPPED)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The shipped folder, to be damaged."""
    return Path(shutil.copytree(SHIPPED, tmp_path / "model"))


def cosine(encoder: StaticEncoder, query: str, *passages: str) -> NDArray[np.float32]:
    found: NDArray[np.float32] = encoder.encode_passages(passages) @ encoder.encode_queries([query])[0]
    return found


def test_rows_are_unit_vectors_and_repeat_exactly(static: StaticEncoder) -> None:
    vectors = static.encode_queries(TEXTS)
    assert vectors.shape == (len(TEXTS), static.dimension) == (4, 256)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert np.array_equal(vectors, StaticEncoder(SHIPPED).encode_passages(TEXTS))
    assert np.array_equal(vectors[2:3], static.encode_queries(TEXTS[2:3]))


@pytest.mark.parametrize("text", ["", "  \n", "？！……", "\x00\u200b", "qzxqzx", "\ud800"])
def test_nothing_known_is_zeros(static: StaticEncoder, text: str) -> None:
    assert not static.encode_queries([text]).any()
    assert static.token_vectors(text)[1].shape == (0, static.dimension)


def test_no_texts(static: StaticEncoder) -> None:
    assert static.encode_passages([]).shape == (0, 256)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_encoded(static: StaticEncoder, text: str) -> None:
    length = np.linalg.norm(static.encode_queries([text])[0])
    assert length == 0 or length == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("simplified", "traditional"),
    [("请问经济发展与学习体验有什么计划？", "請問經濟發展與學習體驗有什麼計劃？"), ("优化营商环境", "優化營商環境")],
)
def test_traditional_characters_are_simplified_ones(static: StaticEncoder, simplified: str, traditional: str) -> None:
    assert cosine(static, traditional, simplified) == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("spelling", ["５Ｇ　网络", "5g 网络", "5G网 络"])
def test_width_case_and_spaces_do_not_matter(static: StaticEncoder, spelling: str) -> None:
    assert cosine(static, spelling, "5G网络") == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("form", ["policies", "Policy", "policy's"])
def test_english_words_are_found_in_all_their_forms(static: StaticEncoder, form: str) -> None:
    assert cosine(static, form, "policy") == pytest.approx(1, abs=1e-5)


ENGLISH = {
    "Which industries should be upgraded?": "推动产业转型升级。",
    "How many new jobs will be created in cities?": "城镇新增就业一千万人以上。",
    "What is said about environmental protection?": "加强生态环境保护和污染防治。",
    "How will rural schools be supported?": "改善乡村学校的办学条件。",
    "What is done for small businesses and their loans?": "加大对小微企业的信贷支持。",
}


def test_english_finds_the_chinese_sentence(static: StaticEncoder) -> None:
    found = static.encode_queries(list(ENGLISH)) @ static.encode_passages(list(ENGLISH.values())).T
    others = found[~np.eye(len(found), dtype=bool)].reshape(len(found), -1)
    assert (found.diagonal() > others.max(axis=1) + 0.1).all()


@pytest.mark.parametrize(
    ("word", "near", "far"),
    [("工资", "薪水", "河流"), ("医院", "大夫", "钢铁"), ("学生", "教师", "石油"), ("贫困", "穷人", "音乐")],
)
def test_words_of_like_meaning_are_near(static: StaticEncoder, word: str, near: str, far: str) -> None:
    close, distant = cosine(static, word, near, far)
    assert close > distant + 0.2


def test_token_vectors_add_up_to_the_text(static: StaticEncoder) -> None:
    words, vectors = static.token_vectors("請問 Policies 对经济发展？")
    assert words == ["请问", "policy", "对", "经济", "发展"]
    total = vectors.sum(axis=0)
    assert total.any()
    assert static.encode_queries(["请问policy对经济发展"])[0] @ total / np.linalg.norm(total) == pytest.approx(
        1, abs=1e-5
    )


def test_threads_share_an_encoder() -> None:
    fresh, texts = StaticEncoder(SHIPPED), TEXTS * 20
    expected = StaticEncoder(SHIPPED).encode_passages(texts)
    with ThreadPoolExecutor(8) as pool:
        for got in pool.map(lambda _: fresh.encode_passages(texts), range(16)):
            assert np.array_equal(got, expected)


def test_pickled_as_its_folder(static: StaticEncoder) -> None:
    pickled = pickle.dumps(static)
    again = pickle.loads(pickled)
    assert len(pickled) < 1000
    assert (again.name, again.fingerprint) == (static.name, static.fingerprint)
    assert np.array_equal(again.encode_queries(TEXTS), static.encode_queries(TEXTS))


def test_the_fingerprint_tells_models_apart(static: StaticEncoder, copy: Path) -> None:
    assert load_encoder(f"static:{copy}").fingerprint == static.fingerprint == load_encoder("static").fingerprint
    weights = bytearray((copy / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (copy / "model.safetensors").write_bytes(weights)
    assert load_encoder(f"static:{copy}").fingerprint != static.fingerprint


def test_nothing_heavy_is_imported() -> None:
    code = (
        "import sys; from embeddings.encoder import load_encoder; load_encoder('static').encode_queries(['人才']);"
        "print(*{'torch', 'sentence_transformers', 'transformers', 'tokenizers', 'jieba'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "\n"


@pytest.mark.parametrize("spec", ["", "bge", "static-", "sentence-transformers", "sentence-transformers:", "openai:x"])
def test_an_unknown_spec(spec: str) -> None:
    with pytest.raises(EncoderLoadError, match="it is `static`"):
        load_encoder(spec)


@pytest.mark.parametrize("file", ["tokenizer.json", "model.safetensors"])
def test_a_file_is_missing(copy: Path, file: str) -> None:
    (copy / file).unlink()
    with pytest.raises(EncoderLoadError, match=f"lacks {file}"):
        load_encoder(f"static:{copy}")


def test_the_folder_is_missing(tmp_path: Path) -> None:
    with pytest.raises(EncoderLoadError, match=r"no model folder .*nowhere; name one"):
        load_encoder(f"static:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize("file", ["tokenizer.json", "model.safetensors"])
@pytest.mark.parametrize("damage", [b"", b"\xff" * 64, b"{}", b"\x02\0\0\0\0\0\0\0{}", b"[1, 2]"])
def test_a_file_is_damaged(copy: Path, file: str, damage: bytes) -> None:
    (copy / file).write_bytes(damage)
    with pytest.raises(EncoderLoadError, match=f"{file} is damaged") as caught:
        load_encoder(f"static:{copy}")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("file", ["tokenizer.json", "model.safetensors"])
def test_a_file_is_cut_short(copy: Path, file: str) -> None:
    content = (copy / file).read_bytes()
    (copy / file).write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderLoadError, match="damaged"):
        load_encoder(f"static:{copy}")


def test_words_and_vectors_do_not_fit(copy: Path) -> None:
    config = json.loads((copy / "tokenizer.json").read_text())
    config["model"]["vocab"].pop()
    (copy / "tokenizer.json").write_text(json.dumps(config))
    with pytest.raises(EncoderLoadError, match="does not fit together"):
        load_encoder(f"static:{copy}")


def test_another_kind_of_tokenizer(copy: Path) -> None:
    config = json.loads((copy / "tokenizer.json").read_text())
    config["normalizer"]["normalizers"].append({"type": "BertNormalizer"})
    (copy / "tokenizer.json").write_text(json.dumps(config))
    with pytest.raises(EncoderLoadError, match="try `sentence-transformers:FOLDER`"):
        load_encoder(f"static:{copy}")


@given(st.dictionaries(st.characters(codec="utf-8", exclude_characters="\0"), st.text(max_size=3)), st.text())
def test_a_charsmap_says_what_it_was_built_from(mapping: dict[str, str], text: str) -> None:
    mapping = {source: target.replace("\0", "") for source, target in mapping.items() if target.isprintable()}
    charmap = CharMap(build_charsmap(mapping))
    assert "".join([*mapping, text]).translate(charmap) == "".join(mapping.get(c, c) for c in [*mapping, *text])
