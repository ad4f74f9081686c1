"""The chat model's answer step: what it is told, what becomes of what it writes, and who answers where it fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from qa_bot.bot import Bot
from qa_bot.chain import Asked, build_chain
from qa_bot.chatting import ChatStep
from qa_bot.errors import ModelError
from qa_bot.prompting import load_prompts
from qa_bot.proof import Prover
from qa_bot.proof.verify import verify
from qa_bot.settings import Settings
from qa_bot.speech import read_speech
from qa_bot.types import Answer, Event
from tests.fakes import ScriptedModel

QUESTION = "全年新增高新技术企业多少家？"
GOAL = "全年新增高新技术企业10家以上"


@pytest.fixture(scope="module")
def bot(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bot]:
    speech = read_speech(Path(__file__).parent.parent / "data" / "speech.txt")
    with closing(Bot(speech, Settings(home=tmp_path_factory.mktemp("chatting")))) as opened:
        yield opened


@pytest.fixture(scope="module")
def goal(bot: Bot) -> str:
    at = bot.speech.text.index(GOAL)
    return next(s.address for p in bot.speech.paragraphs for s in p.sentences if s.start <= at < s.end)


def events(bot: Bot, model: ScriptedModel, *questions: str, budget: int = 16000) -> list[Event]:
    step = ChatStep(model, load_prompts(), bot.quoter, budget)
    *history, question = questions
    return list(build_chain(bot.retriever, bot.quoter, step, step.rewrite).stream(Asked(question, history)))


def ask(bot: Bot, reply: str | Exception | ScriptedModel, *questions: str) -> Answer:
    model = reply if isinstance(reply, ScriptedModel) else ScriptedModel(reply)
    answer = events(bot, model, *(questions or (QUESTION,)))[-1].answer
    assert answer is not None
    assert verify(answer.to_dict(), Prover(bot.speech, bot.quoter.vectors)) == []
    return answer


def test_prose_is_kept_and_cited(bot: Bot, goal: str) -> None:
    answer = ask(bot, f"讲话要求“{GOAL}”〔{goal}〕。")
    assert (answer.mode, answer.model, answer.status) == ("chat", "scripted:model", "answered")
    assert answer.text == f"讲话要求“{GOAL}”〔{goal}〕。"
    assert [c.marker for c in answer.citations] == [goal]
    assert answer.usage == {"input_tokens": 7, "output_tokens": len(answer.text)}
    assert answer.notices == ()


def test_the_model_is_told_numbered_sentences_and_the_question(bot: Bot, goal: str) -> None:
    model = ScriptedModel(f"{GOAL}〔{goal}〕")
    ask(bot, model)
    (_, system), (_, human) = model.asked[0]
    assert f"[{goal}] {GOAL}" in system
    assert QUESTION in human


def test_text_comes_as_it_is_written_and_never_with_a_wrong_quotation(bot: Bot, goal: str) -> None:
    said = f"讲话要求“全年新增高新技术企业30家以上”，也要求“{GOAL}”〔{goal}〕。"
    seen = ""
    for event in events(bot, ScriptedModel(said, by=1), QUESTION):
        seen += event.text
        assert all(quote in bot.speech.text for quote in re.findall("“([^”]*)”", seen))
    assert f"“{GOAL}”" in seen


@pytest.mark.parametrize("kind", ["unreachable", "timed_out", "nonsense", "rate_limited", "cut_short"])
def test_where_the_model_fails_the_quoter_answers(bot: Bot, kind: str) -> None:
    answer = ask(bot, ModelError(kind, "the model is away"))  # type: ignore[arg-type]
    offline = bot.ask(QUESTION)
    assert (answer.mode, answer.model, answer.text, answer.citations) == (
        "quote",
        None,
        offline.text,
        offline.citations,
    )
    kinds = [notice.kind for notice in answer.notices]
    assert kinds == (["fallback", "truncated"] if kind == "cut_short" else ["fallback"])


def test_where_the_model_fails_several_questions_are_answered_one_by_one_too(bot: Bot) -> None:
    question = "今年新增多少家高新技术企业？火星上的运河修了多少条？职业中专要怎么办？"
    answer = ask(bot, ModelError("timeout", "no answer"), question)
    assert (answer.mode, answer.text) == ("quote", bot.ask(question).text)
    quoted = "".join(c.quote for c in answer.citations)
    assert all(word in quoted for word in ("新增高新技术企业", "职业中专整体搬迁"))
    assert "火星上的运河修了多少条？——讲话没有提到这一点" in answer.text


def test_a_context_that_is_too_long_is_tried_once_with_half(bot: Bot, goal: str) -> None:
    model = ScriptedModel(ModelError("context_too_long", "too long"), f"{GOAL}〔{goal}〕。")
    assert ask(bot, model).mode == "chat"
    assert len(model.asked[1][0][1]) < len(model.asked[0][0][1])
    again = ScriptedModel(ModelError("context_too_long", "too long"))
    assert ask(bot, again).mode == "quote"
    assert len(again.asked) == 2


def test_nothing_supported_becomes_a_refusal_with_what_is_near(bot: Bot) -> None:
    answer = ask(bot, "火星移民计划由航天部门在月球背面实施，预算充足。")
    assert (answer.status, answer.reason, answer.citations) == ("refused", "not_mentioned", ())
    assert answer.related
    assert "claim_unsupported" in {notice.kind for notice in answer.notices}


def test_the_models_refusal_stands_with_what_the_quoter_found_beside_it(bot: Bot) -> None:
    answer = ask(bot, "【未提及】讲话没有提到新增企业的数量。")
    assert (answer.status, answer.mode) == ("refused", "chat")
    assert answer.text.startswith("讲话没有提到新增企业的数量。")
    assert any(GOAL in related.quote for related in answer.related)
    assert "quote_beside" in {notice.kind for notice in answer.notices}


def test_mere_citations_are_spelled_out(bot: Bot, goal: str) -> None:
    answer = ask(bot, f"[{goal}]")
    assert answer.mode == "chat"
    assert GOAL in answer.text


def test_a_withheld_name_is_never_filled_in(bot: Bot) -> None:
    at = bot.speech.text.index("**书记明确提出")
    place = next(s.address for p in bot.speech.paragraphs for s in p.sentences if s.start <= at < s.end)
    answer = ask(
        bot, f"李建国书记明确提出，高新区等五大重点园区是主战场〔{place}〕。", "哪位书记提出五大重点园区是主战场？"
    )
    assert "李建国" not in answer.text or "name_invented" in {n.kind for n in answer.notices}


def test_an_answer_in_another_language_is_kept_and_told(bot: Bot, goal: str) -> None:
    answer = ask(bot, f"The speech calls for at least 10 new high-tech enterprises this year 〔{goal}〕.")
    assert answer.mode == "chat"
    assert "language" in {notice.kind for notice in answer.notices}


def test_small_talk_needs_no_model(bot: Bot) -> None:
    model = ScriptedModel("你好！")
    assert ask(bot, model, "你好").reason == "out_of_scope"
    assert model.asked == []


def test_a_followup_is_made_to_stand_alone_by_the_model(bot: Bot) -> None:
    finance = next(
        s.address for p in bot.speech.paragraphs for s in p.sentences if bot.speech.text[s.start :].startswith("金融是")
    )
    model = ScriptedModel("金融被比作什么？", f"金融是实体经济的“血液”〔{finance}〕。")
    answer = ask(bot, model, "讲话怎么看金融？", "那它被比作什么？")
    assert answer.search_query == "金融被比作什么？"
    assert answer.question == "那它被比作什么？"


@pytest.mark.parametrize("reply", ["〔1.1〕金融很重要。", "很长" * 200, ""])
def test_a_rewriting_that_is_no_question_is_left_alone(bot: Bot, reply: str) -> None:
    history = ("月份安排是什么？", "金融被比作什么？", "为什么？")
    assert ask(bot, reply, *history).search_query == bot.ask(history[-1], history[:-1]).search_query


def test_a_model_that_fails_at_rewriting_is_not_asked_again(bot: Bot) -> None:
    model = ScriptedModel(ModelError("timed_out", "late"))
    assert ask(bot, model, "金融被比作什么？", "为什么？").mode == "quote"
    assert len(model.asked) == 1
