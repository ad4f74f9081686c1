"""The hybrid: sentences and headings, best first; and the same as a LangChain retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.documents import Document
from langchain_core.prompts import PromptTemplate
from langchain_core.runnables import RunnablePassthrough
from numpy.typing import NDArray

from embeddings.encoder import SHIPPED, StaticEncoder, load_encoder
from qa_bot.index import open_index
from qa_bot.retrieval import Retriever, SpeechRetriever
from qa_bot.settings import Settings
from qa_bot.types import Speech
from qa_bot.understanding import understand
from tests.answering import ODD_QUESTIONS, TEXTS, open_bots, speech_of
from tests.fakes import GramEncoder, make_speech


@contextmanager
def over(speech: Speech, home: Path) -> Iterator[Retriever]:
    """A retriever with an encoder that knows nothing but characters."""
    encoder = GramEncoder()
    with closing(open_index(speech, encoder, Settings(home=home))) as index:
        yield Retriever(index, encoder, StaticEncoder(SHIPPED))


class Crowded:
    """The shipped vectors beside a direction that is common to all: any two have a cosine above 0.8."""

    def __init__(self) -> None:
        self.apart = load_encoder("shipped")
        self.name = self.fingerprint = "crowded"
        self.dimension = self.apart.dimension + 1

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._crowded(self.apart.encode_queries(texts))

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._crowded(self.apart.encode_passages(texts))

    def _crowded(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        common = np.full((len(vectors), 1), np.sqrt(0.9), np.float32)
        return np.hstack([np.float32(np.sqrt(0.1)) * vectors, common])


@pytest.fixture(scope="module")
def retrievers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Retriever]]:
    """With the shipped encoder, over every speech."""
    with open_bots(tmp_path_factory.mktemp("retrieval"), *TEXTS) as bots:
        yield {shape: bot.retriever for shape, bot in bots.items()}


@pytest.fixture(scope="module")
def nested(retrievers: dict[str, Retriever]) -> Retriever:
    return retrievers["nested"]


@pytest.mark.parametrize(
    ("question", "address"),
    [
        ("月牙湾水库什么时候竣工？", "4.2"),
        ("月牙灣水庫什麼時候竣工？", "4.2"),
        ("３２．６万吨粮食", "2.2"),
        ("茶叶出口额是多少？", "3.2"),
        ("少开会、多下田", "8.2"),
        ("How many farm cooperatives are there?", "2.3"),
    ],
)
def test_the_sentence_that_answers_is_found_first(nested: Retriever, question: str, address: str) -> None:
    assert nested.hits(understand(question))[0].passage.addresses == (address,)


@pytest.mark.parametrize("shape", TEXTS)
def test_of_any_question_at_most_k_different_hits_best_first(retrievers: dict[str, Retriever], shape: str) -> None:
    retriever = retrievers[shape]
    for question in ODD_QUESTIONS[::3]:
        query = understand(question)
        hits = retriever.hits(query, 5)
        assert len({hit.passage.id for hit in hits}) == len(hits) <= 5
        assert all(a.score >= b.score for a, b in pairwise(hits))
        assert all(hit.passage.kind != "paragraph" for hit in hits)
        assert all(0 <= hit.lexical <= 1 and -1 <= hit.dense <= 1 for hit in hits)
        assert hits == retriever.hits(query, 12)[:5]


def test_a_question_of_no_words_finds_nothing(nested: Retriever) -> None:
    for question in ("", "  ", "？"):
        assert nested.hits(replace(understand(question), search="")) == []


def test_a_followup_prefers_the_paragraph_that_it_was_about(tmp_path: Path) -> None:
    query = replace(understand("何时完工？"), followup=True)
    with over(
        make_speech(("", ["修水库。明年完工。", "修校舍。明年完工。", "修公路。明年完工。"])), tmp_path
    ) as retriever:
        for number in "123":
            hits = retriever.hits(replace(query, near=(number,)))
            assert hits[0].passage.addresses == (f"{number}.2",)


def test_another_encoder_finds_the_same_words(tmp_path: Path) -> None:
    with over(speech_of("lists"), tmp_path) as retriever:
        assert retriever.hits(understand("森林覆盖率是多少？"))[0].passage.addresses == ("3.2",)
        assert retriever.hits(understand("检查组由谁牵头？"))[0].passage.addresses == ("2.3",)


def test_a_heading_is_found_too(tmp_path: Path) -> None:
    speech = make_speech(("一、水利建设", ["今年开工。资金到位。"]), ("二、教育公平", ["新建学校。"]))
    with over(speech, tmp_path) as retriever:
        assert retriever.hits(understand("教育公平"))[0].passage.addresses == ("§2",)


def test_a_sentence_gains_by_its_paragraph(tmp_path: Path) -> None:
    speech = make_speech(("", ["水库修好了。明年完工。", "校舍修好了。明年完工。"]))
    with over(speech, tmp_path) as retriever:
        same = [h for h in retriever.hits(understand("校舍何时完工？")) if h.passage.text == "明年完工。"]
        assert [hit.passage.addresses for hit in same] == [("2.2",), ("1.2",)]


@given(text=st.text(max_size=40))
def test_any_text_may_be_asked(nested: Retriever, text: str) -> None:
    hits = nested.hits(understand(text))
    assert all(hit.passage.text == speech_of("nested").text[hit.passage.start : hit.passage.end] for hit in hits)


def test_a_speech_of_one_word_or_none(tmp_path: Path) -> None:
    with over(make_speech(("", ["好。"])), tmp_path) as retriever:
        assert [hit.passage.text for hit in retriever.hits(understand("好"))] == ["好。"]
        assert [hit.lexical for hit in retriever.hits(understand("水库"))] in ([], [0.0])
    with over(make_speech(), tmp_path) as retriever:
        assert retriever.hits(understand("好")) == []


@pytest.mark.parametrize(
    ("question", "address"), [("茶叶出口额是多少？", "3"), ("水库由谁负责？", "4"), ("少开会、多下田", "8")]
)
def test_the_paragraph_that_answers_is_found_first(nested: Retriever, question: str, address: str) -> None:
    found = nested.paragraphs(understand(question), 3)
    assert {hit.passage.kind for hit in found} == {"paragraph"}
    assert found[0].passage.id == f"p:{address}"
    assert all(a.score >= b.score for a, b in pairwise(found))


def test_words_that_no_vector_knows_still_find_their_paragraph(tmp_path: Path) -> None:
    with over(make_speech(("", ["修水库。", "阿巴斯 qqzzx 三号。"])), tmp_path) as retriever:
        assert retriever.paragraphs(understand("qqzzx"))[0].passage.id == "p:2"
        assert retriever.paragraphs(replace(understand("？"), search="")) == []


def test_it_drops_into_a_langchain_chain(nested: Retriever) -> None:
    def numbered(documents: list[Document]) -> str:
        return "\n".join(f"[{d.metadata['address']}] {d.page_content}" for d in documents)

    search = SpeechRetriever(retriever=nested, k=3)
    prompt = PromptTemplate.from_template("{context}\n\nQuestion: {question}")
    chain = {"context": search | numbered, "question": RunnablePassthrough()} | prompt
    said = chain.invoke("月牙湾水库什么时候竣工？").to_string()
    assert said.startswith("[4.2] 月牙湾水库将于2026年6月竣工")
    assert said.endswith("Question: 月牙湾水库什么时候竣工？")
    assert said.count("[") == 3


def test_its_documents_say_where_they_stand(nested: Retriever) -> None:
    search = SpeechRetriever(retriever=nested, k=4)
    documents = search.invoke("水库由谁负责？")
    assert len(documents) == 4
    for document in documents:
        told = document.metadata
        assert speech_of("nested").text[told["start"] : told["end"]] == document.page_content
        assert speech_of("nested").resolve(told["address"]) == (told["start"], told["end"])
    first = documents[0].metadata
    assert (first["address"], first["section"]) == ("4.3", "二、突出重点，办好实事 / （一）把水利建设抓紧抓实")
    assert search.batch(["水库由谁负责？"]) == [documents]
    assert asyncio.run(search.ainvoke("水库由谁负责？")) == documents
    [whole] = SpeechRetriever(retriever=nested, k=1, unit="paragraph").invoke("水库由谁负责？")
    told = whole.metadata
    assert documents[0].page_content in whole.page_content
    assert speech_of("nested").resolve(told["address"]) == (told["start"], told["end"])


def test_the_range_of_an_encoders_cosines_does_not_matter(nested: Retriever, tmp_path: Path) -> None:
    speech, encoder = speech_of("nested"), Crowded()
    questions = ("老百姓喝水的事怎么办？", "年轻人为什么肯回乡？", "What was done for the schools?")
    with closing(open_index(speech, encoder, Settings(home=tmp_path))) as index:
        crowded = Retriever(index, encoder, StaticEncoder(SHIPPED))
        for query in map(understand, questions):
            plain, squeezed = nested.hits(query), {hit.passage.id: hit for hit in crowded.hits(query, 100)}
            spread = [(hit.dense, squeezed[hit.passage.id].dense) for hit in plain if hit.dense > 0]
            assert spread
            assert np.abs(np.diff(spread)).max() < 0.2
