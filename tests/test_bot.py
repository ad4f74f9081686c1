"""A bot from settings: what holds of every answer, whoever asks, how often and how many at once."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from embeddings import reader
from embeddings.encoder import SHIPPED
from qa_bot.bot import LONGEST_QUESTION, Bot, check_question, open_bot, open_encoder
from qa_bot.errors import EncoderError, SpeechError, UsageError
from qa_bot.settings import Settings
from qa_bot.speech import parse_speech
from qa_bot.types import Answer
from qa_bot.understanding import understand
from tests.answering import NESTED, ODD_QUESTIONS, TEXTS, hold_to_the_contract, open_bots, speech_of

SHORT = [shape for shape in TEXTS if shape != "long"]


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bot]]:
    with open_bots(tmp_path_factory.mktemp("bot"), *TEXTS) as opened:
        yield opened


@pytest.fixture(scope="module")
def bot(bots: dict[str, Bot]) -> Bot:
    return bots["nested"]


def untimed(answer: Answer) -> Answer:
    return replace(answer, timings_ms={})


@pytest.mark.parametrize("shape", SHORT)
def test_whatever_is_asked_the_answer_keeps_the_contract(bots: dict[str, Bot], shape: str) -> None:
    for question in ODD_QUESTIONS:
        answer = bots[shape].ask(question)
        assert answer.question == question.strip()
        hold_to_the_contract(answer, bots[shape].speech)


def test_several_answers_in_one_are_no_longer_than_one(tmp_path: Path) -> None:
    with closing(open_bot(Settings(home=tmp_path))) as bot:
        asked = "要打好哪“六仗”？|要查处哪些不正之风？|怎样招引人才？|产业基金要做什么？|发展新兴产业为什么重要？"
        queries = [understand(question) for question in asked.split("|")]
        each = [(query, bot.retriever.hits(query)) for query in queries]
        assert sum(len(c.quote) for q, hits in each for c in bot.quoter.answer(q, hits).citations) > 450
        answer = bot.quoter.answer(understand("恐龙吃什么？"), (), each)
        hold_to_the_contract(replace(answer, notices=()), bot.speech)
    quoted = "".join(c.quote for c in answer.citations)
    assert all(word in quoted for word in ("经济增长主动仗", "庸懒散拖", "招引各类产业人才", "产业基金", "新兴产业"))


def test_a_name_that_was_taken_out_is_told_beside_what_is_answered(bots: dict[str, Bot]) -> None:
    bot = bots["redacted"]
    asked = [understand(q) for q in ("去年到位资金是多少？", "通报招商情况的张**同志叫什么名字？")]
    answer = bot.quoter.answer(understand("恐龙吃什么？"), (), [(query, bot.retriever.hits(query)) for query in asked])
    assert "四十一亿元" in answer.citations[0].quote
    assert answer.text.splitlines()[-1].startswith(f"{asked[1].question}——讲话公布时隐去了这个名字")
    hold_to_the_contract(answer, bot.speech)


def test_the_contract_holds_of_an_endless_sentence(bots: dict[str, Bot]) -> None:
    for question in (
        "食堂的新烤箱什么时候启用？",
        "第700号车间的产量是多少？",
        "主要内容是什么？",
        "最后一段讲什么？",
        "恐龙吃什么？",
    ):
        hold_to_the_contract(bots["long"].ask(question), bots["long"].speech)


texts = st.one_of(st.text(max_size=60), st.text("水库谁什么第二部分的段落呢他们多少？.aA1 ", max_size=30))


@settings(max_examples=60)
@given(shape=st.sampled_from(SHORT), question=texts, history=st.lists(texts, max_size=2))
def test_any_text_is_answered_or_cannot_be_used(
    bots: dict[str, Bot], shape: str, question: str, history: list[str]
) -> None:
    try:
        answer = bots[shape].ask(question, history)
    except UsageError:
        bad = [text for text in (question, *history) if not any(c.isalnum() for c in text)]
        assert bad
    else:
        hold_to_the_contract(answer, bots[shape].speech)


words = st.text("水库建设茶叶学校，；：", min_size=1, max_size=25)
lines = st.one_of(words.map("{}。".format), words.map("一、{}".format), words.map("（二）{}。**说，是的！".format))


@settings(max_examples=6)
@given(body=st.lists(lines, min_size=1, max_size=8), data=st.data())
def test_any_speech_is_quoted_to_the_letter(
    tmp_path_factory: pytest.TempPathFactory, body: list[str], data: st.DataObject
) -> None:
    speech = parse_speech("在会上的讲话\n\n同志们：\n\n" + "\n\n".join(body))
    with closing(Bot(speech, Settings(home=tmp_path_factory.mktemp("any")))) as bot:
        for question in data.draw(st.lists(st.sampled_from(ODD_QUESTIONS), min_size=4, max_size=4)):
            hold_to_the_contract(bot.ask(question), speech)


def test_asked_twice_it_says_the_same(bot: Bot) -> None:
    for question in ODD_QUESTIONS[:20]:
        assert untimed(bot.ask(question)) == untimed(bot.ask(question))


def test_asked_by_eight_at_once_it_says_the_same(bots: dict[str, Bot]) -> None:
    asked = [(shape, question) for question in ODD_QUESTIONS[:24] for shape in SHORT]
    alone = [untimed(bots[shape].ask(question)) for shape, question in asked]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda pair: untimed(bots[pair[0]].ask(pair[1])), asked))
    assert together == alone


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("月牙湾水库什么时候竣工？", "月牙灣水庫什麼時候竣工？"),
        ("茶叶出口额是不是2.3亿元？", "茶葉出口額是不是２．３億元？"),
        ("第2部分讲了什么？", "第２部分講了什麼？"),
        ("讲话分为几个部分？", "  講話分為幾個部分？\u3000"),
        ("水库由谁负责？", "水库\u200b由谁\x07负责？"),
    ],
)
def test_another_script_or_width_finds_the_same_sentences(bot: Bot, one: str, other: str) -> None:
    answer = bot.ask(one)
    assert answer.status == "answered"
    assert answer.citations == bot.ask(other).citations


def test_a_conversation(bot: Bot) -> None:
    said = [
        "月牙湾水库什么时候竣工？",
        "谁负责？",
        "讲话分为几个部分？",
        "那第三个呢？",
        "县人民医院分院建在哪里？",
        "谢谢！",
    ]
    held = ["2026年6月", "周明远", "三、加强领导", "（一）压实责任", "柳河镇", ""]
    for i, (question, quote) in enumerate(zip(said, held, strict=True)):
        answer = bot.ask(question, said[:i])
        hold_to_the_contract(answer, bot.speech)
        assert quote in "\n".join(citation.quote for citation in answer.citations)
    assert answer.reason == "out_of_scope"


@pytest.mark.parametrize("question", ["", " \n\t", "？！……", "\x00\x1f", "\u200b\ufeff", "—— “”", "😀"])
def test_a_question_of_nothing_cannot_be_used(bot: Bot, question: str) -> None:
    with pytest.raises(UsageError, match="empty"):
        bot.ask(question)
    with pytest.raises(UsageError, match="empty"):
        bot.ask("水库多大？", [question])


def test_a_pasted_text_is_no_question() -> None:
    assert check_question("水" * LONGEST_QUESTION) == "水" * LONGEST_QUESTION
    with pytest.raises(UsageError, match=rf"{LONGEST_QUESTION + 1}.*at most {LONGEST_QUESTION}"):
        check_question("水" * (LONGEST_QUESTION + 1))


@given(question=st.text(max_size=50))
def test_a_checked_question_can_be_printed_and_checked_again(question: str) -> None:
    try:
        clean = check_question(question)
    except UsageError:
        return
    clean.encode("utf-8")
    assert clean == clean.strip() == check_question(clean)
    assert "\x00" not in clean


def test_a_bot_from_a_file_and_its_second_opening(tmp_path: Path) -> None:
    (tmp_path / "speech.txt").write_bytes(NESTED.encode("gb18030"))
    options = Settings(home=tmp_path / "home", speech=tmp_path / "speech.txt")
    heard: list[tuple[int, int]] = []
    with closing(open_bot(options, progress=lambda done, of: heard.append((done, of)))) as first:
        assert first.index.built
        assert heard[-1] == (len(first.index.passages),) * 2
        answer = untimed(first.ask("茶叶出口额是多少？"))
    assert "2.3亿元" in answer.text
    with closing(open_bot(options, tmp_path / "speech.txt", encoding="gb18030")) as second:
        assert not second.index.built
        assert untimed(second.ask("茶叶出口额是多少？")) == answer


def test_what_cannot_be_opened_is_one_line_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SpeechError, match=r"nowhere\.txt"):
        open_bot(Settings(home=tmp_path, speech=tmp_path / "nowhere.txt"))
    for spec in ("word2vec", "static:nowhere", "sentence-transformers:./nowhere"):
        with pytest.raises(EncoderError, match=f"QA_BOT_ENCODER={spec}") as caught:
            open_encoder(spec)
        assert "\n" not in str(caught.value)
    monkeypatch.setattr(reader, "load", partial(reader.load, tmp_path))
    with pytest.raises(EncoderError, match="copy the whole folder again"):
        open_bot(Settings(home=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_a_bot_with_another_encoder(tmp_path: Path) -> None:
    spec = f"static:{shutil.copytree(SHIPPED, tmp_path / 'model')}"
    with closing(Bot(speech_of("lists"), Settings(home=tmp_path, encoder=spec))) as bot:
        assert bot.encoder.name == spec
        for question in ODD_QUESTIONS[::8]:
            hold_to_the_contract(bot.ask(question), bot.speech)
        assert "百分之四十五" in bot.ask("森林覆盖率提高到多少？").text


def test_what_is_of_another_world_is_refused(tmp_path: Path) -> None:
    with closing(open_bot(Settings(home=tmp_path))) as shipped:
        for question in (
            "今天中午吃什么？",
            "世界上最高的山是哪一座？",
            "明天会下雨吗",
            "感冒了该吃什么药",
            "谁会赢得世界杯",
        ):
            assert shipped.ask(question).status == "refused", question
