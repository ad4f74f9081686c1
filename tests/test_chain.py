"""The chain: events in their order, an exchangeable answer step, and conversations that are replayed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from langchain_core.runnables import RunnableLambda

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.bot import Bot
from qa_bot.chain import Asked, Found, build_chain, replay
from qa_bot.index import open_index
from qa_bot.quoting import Quoter
from qa_bot.retrieval import Retriever
from qa_bot.settings import Settings
from qa_bot.types import Answer, Event, Notice
from tests.answering import hold_to_the_contract, open_bots, speech_of
from tests.fakes import GramEncoder

QUESTIONS = (
    "月牙湾水库什么时候竣工？",
    "讲话分为几个部分？",
    "孙悟空打了谁？",
    "你好",
    "谁？",
    "这篇讲话是什么时候发布的？",
    "part two",
)


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bot]]:
    with open_bots(tmp_path_factory.mktemp("chain"), "nested", "lists") as opened:
        yield opened


@pytest.fixture(scope="module")
def bot(bots: dict[str, Bot]) -> Bot:
    return bots["nested"]


def ask(bot: Bot, *questions: str) -> Answer:
    """The answer to the last question, the others before it; without its timings."""
    *history, question = questions
    *_, last = bot.chain.stream(Asked(question, history))
    assert last.answer is not None
    return replace(last.answer, timings_ms={})


@pytest.mark.parametrize("question", QUESTIONS)
def test_hits_then_text_then_done(bot: Bot, question: str) -> None:
    events = list(bot.chain.stream(Asked(question)))
    kinds = [event.kind for event in events]
    assert kinds == ["hits", *["text"] * (len(kinds) - 2), "done"]
    answer = events[-1].answer
    assert answer is not None
    assert "".join(event.text for event in events) == answer.text != ""
    assert list(events[0].hits) == sorted(events[0].hits, key=lambda hit: -hit.score)
    hold_to_the_contract(answer, bot.speech)


@pytest.mark.parametrize(
    ("question", "markers", "unsaid"),
    [
        (
            "茶叶出口额是多少？孙悟空在火星上打了谁？月牙湾水库什么时候竣工？",
            {"3.2", "4.2"},
            "孙悟空在火星上打了谁？——讲话没有提到这一点",
        ),
        ("孙悟空在火星上打了谁？月牙湾水库什么时候竣工？", {"4.2"}, ""),
        ("茶叶出口额和乡村教师补贴分别是多少？", {"3.2", "5.2"}, ""),
        ("户厕改造、茶叶出口额这两样，各是多少？", {"3.2", "6.2"}, ""),
    ],
)
def test_several_questions_in_one_are_answered_and_what_is_not_said_is_told(
    bot: Bot, question: str, markers: set[str], unsaid: str
) -> None:
    answer = ask(bot, question)
    hold_to_the_contract(answer, bot.speech)
    assert answer.status == "answered"
    assert markers <= {c.marker.partition("-")[0] for c in answer.citations}
    assert unsaid in answer.text


def test_several_questions_of_which_none_is_answered_are_one_refusal(bot: Bot) -> None:
    answer = ask(bot, "孙悟空在火星上打了谁？地铁三号线什么时候通到机场？")
    hold_to_the_contract(answer, bot.speech)
    assert answer.status == "refused"


@pytest.mark.parametrize(
    ("earlier", "marker"),
    [
        ("今天中午吃什么？", "§3"),
        ("茶叶出口额是多少？", "§3"),
        ("讲话分为几个部分？", "§3"),
        ("要办好哪四件民生实事？", "1.4"),
    ],
)
def test_a_bare_point_is_of_the_list_that_was_shown_or_of_the_speech(
    bots: dict[str, Bot], earlier: str, marker: str
) -> None:
    bot = bots["lists" if marker == "1.4" else "nested"]
    answer = ask(bot, earlier, "第三点是什么？")
    assert answer.citations[0].marker.startswith(marker)
    assert marker == "§3" or "城乡公交线路" in answer.citations[0].quote


def test_timings_add_up(bot: Bot) -> None:
    *_, last = bot.chain.stream(Asked("水库什么时候竣工？"))
    assert last.answer is not None
    times = last.answer.timings_ms
    assert list(times) == ["retrieve", "answer", "total"]
    assert min(times.values()) >= 0
    assert times["retrieve"] + times["answer"] == pytest.approx(times["total"], abs=0.01)


def test_a_stream_that_is_left_half_way_leaves_nothing_behind(bot: Bot) -> None:
    whole = ask(bot, "讲话分为几个部分？")
    stream = bot.chain.stream(Asked("讲话分为几个部分？"))
    assert next(stream).kind == "hits"
    assert next(stream).kind == "text"
    stream.close()  # type: ignore[attr-defined]
    assert ask(bot, "讲话分为几个部分？") == whole


class Reciting:
    """An answer step of another kind: recites the best hit, a character at a time, with a notice."""

    def __init__(self) -> None:
        self.given: list[Found] = []

    def __call__(self, found: Found) -> Iterator[Event]:
        self.given.append(found)
        text = found.hits[0].passage.text
        yield from (Event("text", text=character) for character in text)
        notice = Notice("recited", "not checked")
        yield Event("notice", notice=notice)
        yield Event("done", answer=Answer(found.query.question, found.query.search, text, "chat", notices=(notice,)))


def test_the_answer_step_is_exchangeable(bot: Bot) -> None:
    step = Reciting()
    chain = build_chain(bot.retriever, bot.quoter, step)
    events = list(chain.stream(Asked("谁负责？", ["月牙湾水库什么时候竣工？"])))
    text = events[0].hits[0].passage.text
    assert "水库" in text
    assert [event.kind for event in events] == ["hits", *["text"] * len(text), "notice", "done"]
    answer = events[-1].answer
    assert answer is not None
    assert (answer.mode, answer.text, answer.question) == ("chat", text, "谁负责？")
    assert "月牙湾水库" in answer.search_query
    assert answer.timings_ms["total"] > 0
    assert [found.hits for found in step.given] == [events[0].hits]


def test_what_a_step_raises_comes_through(bot: Bot) -> None:
    def broken(found: Found) -> Iterator[Event]:
        yield Event("text", text="half")
        raise ConnectionError("the model went away")

    stream = build_chain(bot.retriever, bot.quoter, broken).stream(Asked("水库多大？"))
    assert [next(stream).kind, next(stream).kind] == ["hits", "text"]
    with pytest.raises(ConnectionError, match="went away"):
        next(stream)


def test_it_is_a_runnable_among_others(bot: Bot) -> None:
    chain = RunnableLambda(Asked) | bot.chain
    assert [e.answer.text for e in chain.stream("第二部分讲了什么？") if e.answer] == [
        ask(bot, "第二部分讲了什么？").text
    ]


def test_another_encoder_serves_the_same_chain(tmp_path: Path) -> None:
    speech, encoder, words = speech_of("lists"), GramEncoder(), StaticEncoder(SHIPPED)
    with closing(open_index(speech, encoder, Settings(home=tmp_path))) as index:
        chain = build_chain(Retriever(index, encoder, words), Quoter(speech, words))
        *_, last = chain.stream(Asked("森林覆盖率提高到多少？"))
    assert last.answer is not None
    hold_to_the_contract(last.answer, speech)
    assert "百分之四十五" in last.answer.citations[0].quote


@pytest.mark.parametrize(
    ("shape", "questions", "said"),
    [
        ("nested", "月牙湾水库什么时候竣工？|谁负责？", "周明远"),
        ("nested", "月牙灣水庫什麼時候竣工？|它由誰負責？", "周明远"),
        ("nested", "月牙湾水库什么时候竣工？|谁负责？|那县人民医院分院建在哪里？", "柳河镇"),
        ("nested", "月牙湾水库什么时候竣工？|为什么？", "近三年连续干旱"),
        ("nested", "月牙湾水库什么时候竣工？|它为什么非得动工不可？", "近三年连续干旱"),
        ("nested", "How many schools were built in the townships?|What about beds in the hospital?", "床位200张"),
        ("nested", "新建学校多少所？|每名教师每月补贴多少元？", "600元"),
        ("nested", "粮食总产量是多少？|那茶叶出口额呢？", "2.3亿元"),
        ("nested", "讲话分为几个部分？|那第二个呢？", "二、突出重点，办好实事"),
        ("nested", "讲话分为几个部分？|最后一个讲什么？", "三、加强领导，狠抓落实"),
        ("nested", "第一部分讲了什么？|那第三部分呢？", "三、加强领导，狠抓落实"),
        ("nested", "第二部分讲了什么？|其中第二点呢？", "教育医疗"),
        ("nested", "How many parts does the speech have?|What about the third one?", "三、加强领导，狠抓落实"),
        ("lists", "今年要办好哪些民生实事？|那第三个呢？", "三是开通城乡公交线路十二条"),
        ("lists", "要守住哪些红线、底线和防线？|第二条呢？", "第二，守住生态底线"),
    ],
)
def test_a_followup_is_answered_in_the_light_of_what_went_before(
    bots: dict[str, Bot], shape: str, questions: str, said: str
) -> None:
    answer = ask(bots[shape], *questions.split("|"))
    hold_to_the_contract(answer, bots[shape].speech)
    assert said in "\n".join(citation.quote for citation in answer.citations)
    assert answer.question == questions.split("|")[-1]


def test_the_search_query_shows_how_a_followup_was_read(bot: Bot) -> None:
    assert ask(bot, "月牙湾水库什么时候竣工？").search_query == "月牙湾水库什么时候竣工？"
    assert "月牙湾水库" in ask(bot, "月牙湾水库什么时候竣工？", "谁负责？").search_query
    assert ask(bot, "讲话分为几个部分？", "那第二个呢？").search_query == "二、突出重点，办好实事"
    assert ask(bot, "讲话分为几个部分？", "其中第二个呢？").search_query == "二、突出重点，办好实事"
    other = ask(bot, "粮食总产量是多少？", "那茶叶出口额呢？").search_query
    assert "茶叶出口额" in other
    assert "粮食" not in other


@pytest.mark.parametrize(
    "history",
    [["你好"], ["孙悟空打了谁？"], ["月牙湾水库什么时候竣工？", "谁负责？"], ["谁？"], ["讲话分为几个部分？"] * 5],
)
def test_a_new_topic_is_answered_as_if_nothing_went_before(bot: Bot, history: Sequence[str]) -> None:
    for question in ("县人民医院分院设床位多少张？", "第三部分讲了什么？", "谢谢！", "这篇讲话是什么时候发布的？"):
        assert ask(bot, *history, question) == ask(bot, question)


@pytest.mark.parametrize("earlier", ["月牙湾水库什么时候竣工？", "每名教师每月补贴多少元？", "新建学校多少所？"])
@pytest.mark.parametrize(
    "question", ["县城的动物园买了几头大象？", "县里的足球队去年拿了第几名？", "地铁三号线的造价是多少亿元？"]
)
def test_what_is_not_said_is_not_answered_by_what_went_before(bot: Bot, earlier: str, question: str) -> None:
    assert ask(bot, earlier, question) == ask(bot, question)
    assert ask(bot, question).status == "refused"


def test_a_followup_to_nothing_is_no_fault(bot: Bot) -> None:
    for history in (["你好"], ["？"], ["孙悟空打了谁？"], ["这篇讲话是什么时候发布的？"], ["谁？", "为什么？"]):
        for question in ("那第二个呢？", "为什么？", "他们呢？", "what about it?"):
            answer = ask(bot, *history, question)
            hold_to_the_contract(answer, bot.speech)
            assert answer.question == question


def test_replaying_gives_the_query_that_was_searched(bot: Bot) -> None:
    asked = Asked("谁负责？", ["月牙湾水库什么时候竣工？"])
    query = replay(asked, bot.retriever, bot.quoter)
    assert (query.question, query.kind, query.followup) == ("谁负责？", "person", True)
    assert "4" in query.near
    assert query.search == ask(bot, *asked.history, asked.question).search_query


def test_a_very_long_conversation_is_replayed_without_answering_all_of_it(bot: Bot) -> None:
    follow_ups = ["为什么？", "谁负责？"] * 750
    query = replay(Asked("多大？", ["月牙湾水库什么时候竣工？", *follow_ups]), bot.retriever, bot.quoter)
    assert query.followup
    before = ["县人民医院分院设床位多少张？", *follow_ups, "月牙湾水库什么时候竣工？"]
    assert "月牙湾水库" in ask(bot, *before, "谁负责？").search_query


def test_small_talk_in_between_does_not_break_a_conversation(bot: Bot) -> None:
    assert ask(bot, "月牙湾水库什么时候竣工？", "谢谢！", "你好", "谁负责？") == ask(
        bot, "月牙湾水库什么时候竣工？", "谁负责？"
    )
