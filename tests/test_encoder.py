"""The encoders: what every vector must be, what the shipped model must know, and what is said when one cannot load."""

from __future__ import annotations

import json
import os
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
from tokenizers import Tokenizer

from embeddings.charmap import CharMap, build_charsmap
from embeddings.encoder import SHIPPED, EncoderLoadError, StaticEncoder, load_encoder
from embeddings.segmenter import Segmenter

SEGMENTER = Segmenter(SHIPPED / "tokenizer.json")
TOKENIZER = Tokenizer.from_file(str(SHIPPED / "tokenizer.json"))
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
    [("工资", "薪水", "河流"), ("医院", "大夫", "钢铁"), ("教师", "老师", "石油"), ("贫困", "穷人", "音乐")],
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
    with pytest.raises(EncoderLoadError, match="it is `shipped`, `static`"):
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


SCRIPTS = st.characters(max_codepoint=0x9FFF, exclude_characters="㋿") | st.sampled_from(  # ㋿: newer than the library
    "人才引进条件經濟發展學校為什麼的了，。？％ 政策 policies' 1,300.5 ｐｏｌｉｃｙ\u3000\n"
)


@settings(max_examples=200, deadline=None)
@given(st.text(SCRIPTS, max_size=60))
def test_words_are_found_as_the_tokenizers_library_finds_them(text: str) -> None:
    found = [word for word in SEGMENTER.segment(text) if word[1]]
    encoding = TOKENIZER.encode(text, add_special_tokens=False)
    assert found == [(word, i) for word, i in zip(encoding.tokens, encoding.ids, strict=True) if i]


@given(st.dictionaries(st.characters(codec="utf-8", exclude_characters="\0"), st.text(max_size=3)), st.text())
def test_a_charsmap_says_what_it_was_built_from(mapping: dict[str, str], text: str) -> None:
    mapping = {source: target.replace("\0", "") for source, target in mapping.items() if target.isprintable()}
    charmap = CharMap(build_charsmap(mapping))
    assert "".join([*mapping, text]).translate(charmap) == "".join(mapping.get(c, c) for c in [*mapping, *text])


def test_what_is_not_a_charsmap_is_refused() -> None:
    for blob in (b"", b"\0" * 4, b"\0\4\0\0" + b"\0" * 10):
        with pytest.raises(ValueError, match="not a precompiled charsmap"):
            CharMap(blob)


# sentence-transformers


@pytest.fixture(scope="module")
def prompted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers model of its own, with prompts: the shipped words, so that a prompt can be seen."""
    folder = Path(shutil.copytree(SHIPPED, tmp_path_factory.mktemp("models") / "prompted"))
    config = json.loads((folder / "config_sentence_transformers.json").read_text())
    config["prompts"] = {"query": "学校 ", "document": "工资 "}
    (folder / "config_sentence_transformers.json").write_text(json.dumps(config))
    return folder


@pytest.mark.sentence_transformers
def test_sentence_transformers_reads_the_shipped_folder_alike(static: StaticEncoder) -> None:
    encoder = load_encoder(f"sentence-transformers:{SHIPPED}")
    texts = [*TEXTS, "请问經濟發展 policies", "", "  "]
    for theirs, ours in (
        (encoder.encode_queries(texts), static.encode_queries(texts)),
        (encoder.encode_passages(texts), static.encode_passages(texts)),
    ):
        assert theirs.dtype == np.float32
        assert (theirs * ours).sum(axis=1) == pytest.approx([1, 1, 1, 1, 1, 0, 0], abs=1e-3)
    assert encoder.dimension == 256


@pytest.mark.sentence_transformers
def test_prompts_of_the_model_are_used(static: StaticEncoder, prompted: Path) -> None:
    encoder = load_encoder(f"sentence-transformers:{prompted}")
    query, passage = encoder.encode_queries(["经济"])[0], encoder.encode_passages(["经济"])[0]
    assert query @ static.encode_queries(["学校经济"])[0] == pytest.approx(1, abs=1e-3)
    assert passage @ static.encode_queries(["工资经济"])[0] == pytest.approx(1, abs=1e-3)
    assert not encoder.encode_queries([""]).any()
    assert encoder.fingerprint != load_encoder(f"sentence-transformers:{SHIPPED}").fingerprint
    assert pickle.loads(pickle.dumps(encoder)).encode_queries(["经济"])[0] == pytest.approx(query)


@pytest.mark.sentence_transformers
def test_a_family_that_wants_prompts_gets_them(static: StaticEncoder, tmp_path: Path) -> None:
    folder = shutil.copytree(SHIPPED, tmp_path / "multilingual-e5-tiny")
    encoder = load_encoder(f"sentence-transformers:{folder}")
    assert encoder.encode_passages(["经济"])[0] @ static.encode_queries(["passage: 经济"])[0] > 0.999
    assert encoder.encode_queries(["经济"])[0] @ static.encode_queries(["query: 经济"])[0] > 0.999


@pytest.mark.sentence_transformers
@pytest.mark.parametrize("place", ["./nowhere", "/nowhere/at/all"])
def test_a_folder_that_is_not_there_is_not_looked_for_elsewhere(place: str) -> None:
    with pytest.raises(EncoderLoadError, match=f"no model folder {place}"):
        load_encoder(f"sentence-transformers:{place}")


@pytest.mark.sentence_transformers
def test_a_folder_without_a_model(tmp_path: Path) -> None:
    (tmp_path / "modules.json").write_text("[")
    with pytest.raises(EncoderLoadError, match="cannot be loaded by sentence-transformers") as caught:
        load_encoder(f"sentence-transformers:{tmp_path}")
    assert "\n" not in str(caught.value)


@pytest.mark.sentence_transformers
def test_a_published_model_that_cannot_be_reached(tmp_path: Path) -> None:
    code = "from embeddings.encoder import load_encoder; load_encoder('sentence-transformers:nobody/nothing')"
    closed = {"HTTPS_PROXY": "http://127.0.0.1:9", "HTTP_PROXY": "http://127.0.0.1:9", "HF_HOME": str(tmp_path)}
    environment = {k: v for k, v in os.environ.items() if k.lower() not in ("no_proxy", "all_proxy")} | closed
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, timeout=60)
    assert "model 'nobody/nothing' cannot be loaded" in done.stderr.splitlines()[-1]
    assert "check the name and the network, or name a folder that holds it" in done.stderr.splitlines()[-1]


def test_the_package_is_missing() -> None:
    code = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from embeddings.encoder import load_encoder\n"
        "load_encoder('sentence-transformers:BAAI/bge-small-zh-v1.5')"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert "needs the package sentence-transformers; install requirements.txt, or use `shipped`" in done.stderr
