"""Places by number, as people say them; and what stands there, to the sentence."""

from __future__ import annotations

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.outline import outline_spans
from qa_bot.passages import make_passages
from qa_bot.places import Place
from qa_bot.quoting import Quoter, label_generated
from qa_bot.types import CLOSING, OPENING, Hit
from qa_bot.understanding import Query, is_followup, make_standalone, understand
from tests.fakes import make_speech

SPEECH = make_speech(
    ("", ["同志们好。今天讲三件事，讲得简短一些，大家记住就行。"]),
    ("一、修路", ["先说路。去年修了两条。", "今年修三条。明年修四条。后年再说。"]),
    ("二、办学", ["学校要搬。", "老师要来。工资照发。", "学生要回。"]),
    ("三、看病", ["医院开门。"]),
)
QUOTER = Quoter(SPEECH, StaticEncoder(SHIPPED))


def said(query: Query) -> list[str]:
    return [SPEECH.text[start:end] for start, end in outline_spans(SPEECH, query)]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("第5段说了什么？", Place(paragraphs=(5, 5))),
        ("第十二个自然段写了什么？", Place(paragraphs=(12, 12))),
        ("最后一段", Place(paragraphs=(-1, -1))),
        ("最后那段话说了什么", Place(paragraphs=(-1, -1))),
        ("末段末句是什么", Place(paragraphs=(-1, -1), sentences=(-1, -1))),
        ("请把倒数第二段给我看看", Place(paragraphs=(-2, -2))),
        ("第３到５段講了什麼？", Place(paragraphs=(3, 5))),
        ("第四段和第五段分别讲了什么", Place(paragraphs=(4, 5))),
        ("前三段讲了什么", Place(paragraphs=(1, 3))),
        ("最后两段", Place(paragraphs=(-2, -1))),
        ("第七段的第二句话是什么", Place(paragraphs=(7, 7), sentences=(2, 2))),
        ("第二部分的最后一段", Place(part=2, paragraphs=(-1, -1))),
        ("倒数第二部分第一段", Place(part=-2, paragraphs=(1, 1))),
        ("“二”这个标题下面的第一段说了些什么？", Place(part=2, paragraphs=(1, 1))),
        ("二、下面第一段", Place(part=2, paragraphs=(1, 1))),
        ("标题二的第一句", Place(part=2, sentences=(1, 1))),
        ("结语最后一句", Place(edge=CLOSING, sentences=(-1, -1))),
        ("开头第一句话怎么说的", Place(edge=OPENING, sentences=(1, 1))),
        ("全文一共有多少段？", Place(counted=True)),
        ("第一部分有几段", Place(part=1, counted=True)),
        ("What does paragraph 7 say?", Place(paragraphs=(7, 7))),
        ("Read me the last paragraph", Place(paragraphs=(-1, -1))),
        ("paragraphs 3 to 5", Place(paragraphs=(3, 5))),
        ("the second to last paragraph", Place(paragraphs=(-2, -2))),
        ("What is the third sentence of paragraph seven?", Place(paragraphs=(7, 7), sentences=(3, 3))),
        ("What is the first paragraph of section two?", Place(part=2, paragraphs=(1, 1))),
        ("开头几段都讲了什么", Place(paragraphs=(1, 3))),
        ("最后几句话怎么说的", Place(sentences=(-3, -1))),
        ("the last few sentences", Place(sentences=(-3, -1))),
        ("Show me the last two sentences", Place(sentences=(-2, -1))),
        ("How many paragraphs are there?", Place(counted=True)),
    ],
)
def test_the_place_that_is_named(question: str, place: Place) -> None:
    query = understand(question)
    assert (query.kind, query.place) == ("paragraphs" if place.counted else "paragraph", place)


@pytest.mark.parametrize(
    "question",
    [
        "校长说的第一句话是什么？",
        "第一段高速公路什么时候通车？",
        "前一段时间发生了什么？",
        "他一共记得多少段？",
        "用一句话概括这篇讲话",
        "目前三段铁路修好了吗？",
        "第二部分讲了什么？",
        "最后那段日子是怎么过的？",
        "桥下那段河堤是谁修的？",
        "他前两段婚姻是怎么结束的？",
        "第二部分提到的第一句口号是什么？",
    ],
)
def test_what_is_no_place(question: str) -> None:
    assert understand(question).place is None


@pytest.mark.parametrize(
    ("question", "quoted"),
    [
        ("第二段", ["先说路。", "去年修了两条。"]),
        ("第3段第2句到第3句", ["明年修四条。", "后年再说。"]),
        ("第二部分第一段", ["学校要搬。"]),
        ("第二部分倒数第二段最后一句", ["工资照发。"]),
        ("最后一部分的第一句话", ["医院开门。"]),
        ("第二部分后半截？前两段是什么", ["学校要搬。", "老师要来。", "工资照发。"]),
        ("第一句话是什么", ["同志们好。"]),
        ("倒数第二句", ["学生要回。"]),
        ("第6到7段", ["学生要回。", "医院开门。"]),
        *((question, []) for question in ("第八段", "第二段第三句", "第四部分第一段", "第6到9段", "前九段", "第零段")),
        *((question, []) for question in ("第5到4段", "下一段讲什么")),
    ],
)
def test_what_stands_there(question: str, quoted: list[str]) -> None:
    assert said(understand(question)) == quoted


@pytest.mark.parametrize(
    ("question", "count", "ends"),
    [
        ("全文有几段？", 7, ["同志们好。", "医院开门。"]),
        ("第一部分有几段？", 2, ["先说路。", "今年修三条。"]),
        ("How many paragraphs are there?", 7, ["同志们好。", "医院开门。"]),
        ("第三部分有多少段", 1, ["医院开门。"]),
    ],
)
def test_how_many_paragraphs_there_are(question: str, count: int, ends: list[str]) -> None:
    answer = QUOTER.answer(understand(question), [])
    assert f"{count}" in answer.text.split("\n")[0]
    assert [c.quote for c in answer.citations] == ends


@pytest.mark.parametrize("question", ["第八段", "第四部分第一段", "第二段第九句"])
def test_a_place_that_there_is_not_is_refused_with_what_there_is(question: str) -> None:
    answer = QUOTER.answer(understand(question), [])
    assert (answer.status, answer.reason) == ("refused", "not_mentioned")
    assert "3个部分、7段" in answer.text
    assert not answer.related


def test_a_long_sentence_is_quoted_whole_where_it_is_asked_for_by_its_number() -> None:
    long = "修" * 200 + "，" + "路" * 200 + "。"
    speech = make_speech(("", [long, "好。"]))
    answer = Quoter(speech, QUOTER.vectors).answer(understand("第一段"), [])
    assert [c.quote for c in answer.citations] == [long]


def test_a_run_that_is_too_long_says_how_much_of_it_is_not_quoted() -> None:
    speech = make_speech(("", ["修路。" + "路" * 500 + "。" for _ in range(4)]))
    answer = Quoter(speech, QUOTER.vectors).answer(understand("第一段到第四段"), [])
    assert len(answer.citations) == 3
    assert "还有3句" in answer.text.splitlines()[-1]
    assert all(speech.text[c.start : c.end] == c.quote for c in answer.citations)


@pytest.mark.parametrize(("question", "markers"), [("第二段", ["2.1-2.2"]), ("第二部分讲了什么？", ["§2", "4.1"])])
def test_what_stands_at_a_place_was_not_found_by_what_was_generated(question: str, markers: list[str]) -> None:
    query = understand(question)
    hits = [Hit(passage, 1.0, 1.0, 1.0, via="plain") for passage in make_passages(SPEECH)]
    answer = QUOTER.answer(query, hits)
    assert [c.marker for c in answer.citations][:2] == markers
    assert not label_generated(answer, query, hits).notices


@pytest.mark.parametrize(
    ("earlier", "near", "question", "quoted"),
    [
        ("第2段说了什么？", ("2",), "那下一段呢", ["今年修三条。", "明年修四条。", "后年再说。"]),
        ("老师的工资呢？", ("5",), "上一段讲了什么？", ["学校要搬。"]),
        ("第二段", ("2",), "and the next paragraph?", ["今年修三条。", "明年修四条。", "后年再说。"]),
        ("第二部分讲了什么？", ("4", "5", "6"), "它的第一段呢？", ["学校要搬。"]),
        ("第二部分讲了什么？", ("4", "5", "6"), "那后面一段呢？", ["医院开门。"]),
        ("全文有几段？", ("1", "7"), "下一段", []),
        ("有几个部分？", (), "上一段", []),
    ],
)
def test_a_place_from_where_the_conversation_is(
    earlier: str, near: tuple[str, ...], question: str, quoted: list[str]
) -> None:
    query = understand(question)
    assert is_followup(query)
    assert said(make_standalone(query, understand(earlier), near, ())) == quoted
