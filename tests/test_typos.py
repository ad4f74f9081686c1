"""Wrong characters put right by their sound: only into words of the speech, and never a word that is one."""

from __future__ import annotations

import pytest

from embeddings.encoder import load_encoder
from qa_bot.chain import Asked, replay
from qa_bot.typos import LONGEST, Speller
from qa_bot.understanding import understand
from tests.answering import open_bots, speech_of

SPELLER = Speller(speech_of("nested"), load_encoder("static"))


@pytest.mark.parametrize(
    ("question", "mended"),
    [
        ("水库什么时候竣攻", "水库什么时候竣工"),
        ("縣裏的水褲什麼時候竣攻", "县里的水库什么时候竣工"),
    ],
)
def test_a_wrong_character_is_put_right(question: str, mended: str) -> None:
    assert SPELLER.mend(question) == mended


@pytest.mark.parametrize(
    "question",
    [
        "水库什么时候竣工？",
        "水庫什麼時候竣工？",
        "龙虎榜上第一是谁？",
        "這份報告分幾大塊？",
        "What about the reservoir?",
        "",
        "**",
        "新增的十项工程有哪些？",
    ],
)
def test_what_is_no_mistake_stays_as_it_is(question: str) -> None:
    assert SPELLER.mend(question) == question


def test_the_mended_question_is_searched_for_and_the_asked_one_kept(tmp_path_factory: pytest.TempPathFactory) -> None:
    with open_bots(tmp_path_factory.mktemp("home"), "nested") as bots:
        bot = bots["nested"]
        query = replay(Asked("水库什么时候竣攻？"), bot.retriever, bot.quoter)
    assert (query.question, query.search) == ("水库什么时候竣攻？", "水库什么时候竣工?")


@pytest.mark.parametrize(
    ("question", "search"),
    [
        ("Who is in charge of the Yueyawan reservoir?", "Who is in charge of the 月牙湾 reservoir?"),
        ("What did Zhou Mingyuan build in Qingshi County?", "What did 周明远 build in 青石 County?"),
        ("where is bailuhu", "where is 白鹭湖"),
        ("Who is Zhao Mingyuan?", "Who is Zhao 明远?"),
    ],
)
def test_an_english_question_finds_the_names_of_the_speech(question: str, search: str) -> None:
    named = SPELLER.name(understand(question))
    assert (named.search, named.english, named.question) == (search, True, question)
    assert all(name in named.focus for name in search.strip("?").split() if not name[0].isascii())


@pytest.mark.parametrize(
    "question",
    [
        "How many women change schools?",
        "What about Shuikoo of Mars?",
        "水库 Yueyawan 在哪里？",
        "Who is Wang Dahai?",
        "lian" * LONGEST,
        "",
    ],
)
def test_what_is_no_name_of_the_speech_stays_as_it_is(question: str) -> None:
    query = understand(question)
    assert SPELLER.name(query) == query


def test_a_followup_keeps_the_names_and_a_brief_question_in_another_language_is_a_new_one(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    with open_bots(tmp_path_factory.mktemp("home"), "nested") as bots:
        bot = bots["nested"]
        new = replay(Asked("Bailuhu visitors?", ("水库由谁负责？",)), bot.retriever, bot.quoter)
        first = "Who is in charge of the reservoir?"
        follow = replay(Asked("When does it help Qingshi?", (first,)), bot.retriever, bot.quoter)
    assert (new.search, new.followup) == ("白鹭湖 visitors?", False)
    assert follow.followup
    assert follow.search.endswith("When does it help 青石?")
