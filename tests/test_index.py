"""The index as its users see it: what is found, when it is built, what is refused."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path

import chromadb
import numpy as np
import pytest
from numpy.typing import NDArray

from qa_bot.errors import EncoderError, IndexStoreError
from qa_bot.index import NEAREST, SMALL, Index, inspect, open_index
from qa_bot.index.folder import DATABASE
from qa_bot.settings import Settings
from qa_bot.types import Speech
from tests.fakes import GramEncoder, long_speech, make_speech
from tests.index_worker import check

ENCODER = GramEncoder()
SPEECH = make_speech(
    ("", ["同志们好。今天开会。"]),
    ("一、过去一年", ["粮食丰收。出口增长一成。", "就业稳定。"]),
    ("二、明年工作", ["办好五件事。"]),
)


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@contextlib.contextmanager
def opened(speech: Speech, settings: Settings, encoder: GramEncoder = ENCODER) -> Iterator[Index]:
    with contextlib.closing(open_index(speech, encoder, settings)) as index:
        yield index


def generations(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.home / "index").iterdir() if path.is_dir())


def test_built_once_then_opened_without_encoding_anything(home: Settings) -> None:
    encoder = GramEncoder()
    with opened(SPEECH, home, encoder) as index:
        assert (index.built, encoder.encoded) == (True, len(index.passages))
        check(index)
    encoder = GramEncoder()
    with opened(SPEECH, home, encoder) as index:
        assert (index.built, encoder.encoded) == (False, 0)
        check(index)


def test_finds_by_cosine_best_first(home: Settings) -> None:
    with opened(SPEECH, home) as index:
        [row] = index.query(ENCODER.encode_queries(["出口增长一成。"]), 3)
        ids = [index.passages[i].id for i, _ in row]
        assert ids[:2] == ["s:2.2", "p:2"]
        assert row[0][1] == pytest.approx(1.0)
        assert -1 <= row[2][1] <= row[1][1] < 1


@pytest.mark.parametrize(
    ("kind", "k", "count"),
    [(None, 100, 12), ("heading", 5, 2), ("sentence", 2, 2), ("paragraph", 0, 0), ("note", 5, 0)],
)
def test_asks_for_no_more_than_there_is(home: Settings, kind: str | None, k: int, count: int) -> None:
    with opened(SPEECH, home) as index:
        rows = index.query(ENCODER.encode_queries(["丰收", "就业"]), k, kind)
        assert [len(row) for row in rows] == [count, count]
        assert {index.passages[i].kind for row in rows for i, _ in row} <= (
            {kind} if kind else {"heading", "sentence", "paragraph"}
        )
        assert index.query(ENCODER.encode_queries([]), 3) == []


def test_a_kind_in_a_large_index_is_found_as_by_comparison_with_all(home: Settings) -> None:
    speech = long_speech(1500)
    with opened(speech, home) as index:
        check(index)
        queries = ENCODER.encode_queries(["第37项工作是教育", "农业", "医疗改革，完成100件", "第3部分"])
        for kind, k in (("sentence", 20), ("paragraph", 10), ("heading", 3)):
            own = [i for i, p in enumerate(index.passages) if p.kind == kind]
            vectors = ENCODER.encode_queries([index.passages[i].text for i in own])
            for row, scores in zip(index.query(queries, k, kind), queries @ vectors.T, strict=True):
                np.testing.assert_allclose([s for _, s in row], np.sort(scores)[::-1][:k], atol=1e-5)
                assert {index.passages[i].kind for i, _ in row} == {kind}


@pytest.mark.parametrize("sentences", [60, 1500])
def test_all_kinds_at_once_are_those_of_each_kind(home: Settings, sentences: int) -> None:
    most = {"sentence": 64, "heading": 40, "paragraph": 7, "generated": 5}
    with opened(long_speech(sentences), home) as index:
        vector = ENCODER.encode_queries(["第37项工作是教育"])
        found = index.query_kinds(vector, most)
        assert list(found) == list(most)
        for kind, k in most.items():
            [row] = index.query(vector, k, kind)
            np.testing.assert_allclose([s for _, s in found[kind]], [s for _, s in row], atol=1e-6)
            assert {index.passages[i].kind for i, _ in found[kind]} <= {kind}


def test_in_a_small_index_what_is_far_away_is_left_out(home: Settings) -> None:
    most = {"sentence": 400, "paragraph": 7}
    with opened(long_speech(400), home) as index:
        assert NEAREST < len(index.passages) <= SMALL
        vector = ENCODER.encode_queries(["第37项工作是教育"])
        found = index.query_kinds(vector, most)
        for kind, k in most.items():
            [row] = index.query(vector, k, kind)
            assert 0 < len(found[kind]) <= len(row)
            np.testing.assert_allclose([s for _, s in found[kind]], [s for _, s in row][: len(found[kind])], atol=1e-6)
        assert len(found["sentence"]) <= NEAREST


def test_chroma_holds_text_metadata_and_the_cosine(home: Settings) -> None:
    with opened(SPEECH, home) as index:
        identity = index.identity
    [folder] = generations(home)
    with chromadb.PersistentClient(folder) as client:
        collection = client.get_collection(folder.name, embedding_function=None)
        assert collection.configuration_json["hnsw"]["space"] == "cosine"
        assert collection.metadata == {"identity": identity}
        kept = collection.get(ids=["p:2"])
    assert kept["documents"] == ["粮食丰收。出口增长一成。"]
    start = SPEECH.text.index("粮食")
    expected = {"kind": "paragraph", "path": "一、过去一年", "addresses": "2.1 2.2", "start": start, "end": start + 12}
    assert kept["metadatas"] == [expected]


def test_another_speech_or_encoder_has_an_index_of_its_own(home: Settings) -> None:
    other = make_speech(("", ["另一篇讲话。"]))
    wide = GramEncoder(96)
    for _ in range(2):
        for speech, encoder in ((SPEECH, ENCODER), (other, ENCODER), (SPEECH, wide), (SPEECH, GramEncoder(64, "new"))):
            with opened(speech, home, encoder) as index:
                check(index, encoder)
    assert len(generations(home)) == 4
    assert str(inspect(home)) == f"{home.home / 'index'} (4 ready, 0 unfinished or replaced)"


def test_the_same_text_read_into_other_sentences_is_another_index(home: Settings) -> None:
    with (
        opened(make_speech(("", ["甲乙。丙丁。"])), home) as one,
        opened(make_speech(("", ["甲乙。丙丁。"])), home) as same,
    ):
        assert one.identity == same.identity
    read_otherwise = make_speech(("", ["甲乙。", "丙丁。"]))
    object.__setattr__(read_otherwise, "sha256", make_speech(("", ["甲乙。丙丁。"])).sha256)
    with opened(read_otherwise, home) as other:
        assert other.identity != one.identity


def test_rebuilding_replaces_and_readers_keep_what_they_opened(home: Settings) -> None:
    with opened(SPEECH, home) as old:
        with contextlib.closing(open_index(SPEECH, ENCODER, home, rebuild=True)) as new:
            assert new.built
            check(old)
            check(new)
        check(old)
    assert (inspect(home).ready, inspect(home).unfinished) == (1, 1)


def test_progress_is_told_after_every_batch(home: Settings) -> None:
    told: list[tuple[int, int]] = []
    index = open_index(long_speech(400), ENCODER, home, progress=lambda done, total: told.append((done, total)))
    index.close()
    assert told == [(256, 488), (488, 488)]


def test_a_speech_of_nothing(home: Settings) -> None:
    for built in (True, False):
        with opened(make_speech(), home) as index:
            assert (index.built, index.query(ENCODER.encode_queries(["有吗"]), 5)) == (built, [[]])


class ZeroEncoder(GramEncoder):
    """Knows no word."""

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.zeros((len(texts), self.dimension), np.float32)


def test_a_vector_of_zeros_is_like_nothing(home: Settings) -> None:
    with opened(SPEECH, home) as index:
        [row] = index.query(np.zeros((1, index.dimension), np.float32), 20)
        assert [score for _, score in row] == [0.0] * len(index.passages)
    with opened(SPEECH, home, ZeroEncoder(64, "zeros")) as index:
        [row] = index.query(ENCODER.encode_queries(["粮食"]), 20)
        assert [score for _, score in row] == [0.0] * len(index.passages)


@pytest.mark.parametrize("shape", [(1, 63), (1, 128), (64,)])
def test_questions_of_another_dimension_are_refused_by_name(home: Settings, shape: tuple[int, ...]) -> None:
    with opened(SPEECH, home) as index, pytest.raises(IndexStoreError, match=r"64 dimensions; .*QA_BOT_ENCODER"):
        index.query(np.ones(shape, np.float32), 3)


class WrongEncoder(GramEncoder):
    """Gives other vectors than it says."""

    wrong: NDArray[np.float32]

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self.wrong


@pytest.mark.parametrize(
    "wrong", [np.ones((12, 32)), np.ones((11, 64)), np.full((12, 64), np.nan)], ids=["narrow", "short", "not-a-number"]
)
def test_an_encoder_that_does_not_keep_its_word_leaves_nothing(home: Settings, wrong: NDArray[np.float64]) -> None:
    encoder = WrongEncoder(64, "wrong")
    encoder.wrong = wrong.astype(np.float32)
    with pytest.raises(EncoderError, match="QA_BOT_ENCODER"):
        open_index(SPEECH, encoder, home)
    assert list((home.home / "index").iterdir()) == []


def test_an_interrupted_build_leaves_nothing_and_what_was_ready(home: Settings) -> None:
    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with opened(SPEECH, home):
        pass
    for speech in (SPEECH, long_speech(30)):
        with pytest.raises(KeyboardInterrupt):
            open_index(speech, ENCODER, home, rebuild=True, progress=interrupt)
    assert len(generations(home)) == 1
    with opened(SPEECH, home) as index:
        assert not index.built


def test_asked_and_opened_from_many_threads(home: Settings) -> None:
    faults: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(3):
                with opened(SPEECH, home) as own:
                    check(own)
                check(shared)
        except BaseException as error:
            faults.append(error)

    with opened(SPEECH, home) as shared:
        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert faults == []


def test_after_closing_a_question_is_one_line(home: Settings) -> None:
    index = open_index(SPEECH, ENCODER, home)
    index.close()
    with pytest.raises(IndexStoreError, match="cannot be read"):
        index.query(ENCODER.encode_queries(["粮食"]), 3)


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)


def test_importing_the_index_does_not_import_chroma() -> None:
    assert run("import sys, qa_bot.index; print('chromadb' in sys.modules)").stdout == "False\n"


OPEN = """
from pathlib import Path
from qa_bot.errors import IndexStoreError
from qa_bot.index import open_index
from qa_bot.settings import Settings
from tests.fakes import GramEncoder, make_speech
try:
    index = open_index(make_speech(("", ["甲。"])), GramEncoder(), Settings(home=Path("home")))
    print(len(index.passages), *sorted(path.name for path in Path.cwd().iterdir()))
except IndexStoreError as error:
    print(error)
"""


def test_chroma_takes_nothing_from_the_working_folder(tmp_path: Path) -> None:
    values = {"PERSIST_DIRECTORY": "elsewhere", "IS_PERSISTENT": "false", "CHROMA_SERVER_HOST": "example.org"}
    (tmp_path / ".env").write_text("".join(f"{key}={value}\n" for key, value in values.items()), "utf-8")
    assert run(OPEN).stdout == "2 .env home\n"


def test_an_env_file_that_chroma_cannot_be_imported_beside_is_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("IS_PERSISTENT=perhaps\n", "utf-8")
    told = run(OPEN).stdout
    assert told.startswith("Chroma cannot be loaded (")
    assert "is_persistent" in told
    assert told.count("\n") == 1


def test_a_foreign_folder_beside_the_generations_is_left_alone(home: Settings) -> None:
    for name in ("photos", f"qa-bot-{'0' * 32}"):
        (home.home / "index" / name).mkdir(parents=True)
        (home.home / "index" / name / DATABASE).write_text("mine")
    with opened(SPEECH, home):
        pass
    assert (inspect(home).ready, inspect(home).unfinished) == (1, 0)
