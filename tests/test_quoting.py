"""Answers made of the speech's own sentences, and refusals that say why not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.bot import Bot
from qa_bot.picking import Picker, list_items
from qa_bot.speech import parse_speech
from qa_bot.types import Answer, Hit, Passage, Speech
from qa_bot.understanding import understand
from tests.answering import TEXTS, hold_to_the_contract, open_bots


@pytest.fixture(scope="module")
def bots(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Bot]]:
    with open_bots(tmp_path_factory.mktemp("quoting"), *TEXTS) as opened:
        yield opened


def answer(bot: Bot, question: str) -> Answer:
    """The quoter's answer, held to the contract."""
    query = understand(question)
    found = bot.quoter.answer(query, bot.retriever.hits(query))
    hold_to_the_contract(found, bot.speech)
    return found


def quotes(found: Answer) -> str:
    assert found.status == "answered"
    return "\n".join(citation.quote for citation in found.citations)


@pytest.mark.parametrize(
    ("shape", "question", "said"),
    [
        ("nested", "月牙湾水库什么时候竣工？", "2026年6月竣工"),
        ("nested", "水库建设由谁负责？", "周明远"),
        ("nested", "水庫建設由誰負責？", "周明远"),
        ("nested", "茶叶出口额是多少亿元？", "2.3亿元"),
        ("nested", "粮食总产量是不是３２．６万吨？", "32.6万吨"),
        ("nested", "县人民医院分院建在哪里？", "柳河镇"),
        ("nested", "为什么要修水库？", "近三年连续干旱"),
        ("nested", "茶叶出口额达到5亿元了吗？", "2.3亿元"),
        ("nested", "How many schools were built in the townships?", "中心学校3所"),
        ("flat", "图书馆新馆藏书多少册？", "一百二十万册"),
        ("flat", "谁当选院士？", "林若兰"),
        ("lists", "森林覆盖率提高到多少？", "百分之四十五"),
        ("lists", "重点检查哪些地方？", "煤矿、化工厂、建筑工地、加油站和旅游景区"),
        ("redacted", "走访企业多少家？", "三百家"),
        ("redacted", "投资最大的公司吸纳就业多少人？", "**新材料公司已经开工，吸纳就业一千二百人"),
        ("english", "When will the sea wall be finished?", "October 2027"),
        ("english", "How many trees were planted?", "40,000 trees"),
        ("long", "食堂的新烤箱什么时候启用？", "新烤箱定于五月启用"),
    ],
)
def test_the_answer_quotes_what_answers(bots: dict[str, Bot], shape: str, question: str, said: str) -> None:
    assert said in quotes(answer(bots[shape], question))


@pytest.mark.parametrize(
    ("question", "members"),
    [
        ("今年要办好哪四件民生实事？", ["幼儿园", "老旧小区", "城乡公交", "社区食堂"]),
        ("今年的民生实事有哪些？", ["幼儿园", "老旧小区", "城乡公交", "社区食堂"]),
        ("要守住哪些红线、底线和防线？", ["耕地红线", "生态底线", "廉洁防线"]),
        ("除了开通城乡公交线路，还有哪些实事？", ["幼儿园", "老旧小区", "城乡公交", "社区食堂"]),
        ("除了提高森林覆盖率，还有哪些要求？", ["耕地红线", "生态底线", "廉洁防线"]),
    ],
)
def test_a_list_is_quoted_whole(bots: dict[str, Bot], question: str, members: list[str]) -> None:
    said = quotes(answer(bots["lists"], question))
    assert [member for member in members if member in said] == members


def test_it_is_sparing(bots: dict[str, Bot]) -> None:
    for question in ("月牙湾水库什么时候竣工？", "茶叶出口额是多少？", "县人民医院分院建在哪里？"):
        assert len(quotes(answer(bots["nested"], question))) < len(bots["nested"].speech.text) / 4


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("一是修路，二是架桥，三是种树。", ["修路", "架桥", "种树"]),
        ("第一，守纪律；第二，讲规矩。", ["守纪律", "讲规矩"]),
        ("首先，要学习；其次，要实干。", ["要学习", "要实干"]),
        ("煤矿、化工厂和油库、加油站。", ["煤矿", "化工厂和油库", "加油站"]),
        ("要抓住实体经济、科技创新、人力资源三个重点，协同发展。", ["要抓住实体经济", "科技创新", "人力资源"]),
        ("新建学校三所、医院两家、公园五座。", ["新建学校三所", "医院两家", "公园五座"]),
        ("开通“一号线”、“二号线”等三条线路。", ["开通“一号线”", "“二号线”"]),
        ("今天开会。", []),
        ("", []),
    ],
)
def test_what_a_sentence_enumerates(text: str, items: list[str]) -> None:
    assert list(list_items(text)) == items


@pytest.mark.parametrize(
    ("question", "second"),
    [("讲话分为几个部分？", "二、突出重点，办好实事"), ("第二部分讲了什么？", "（二）把教育医疗办好办实")],
)
def test_the_members_of_an_outline(bots: dict[str, Bot], question: str, second: str) -> None:
    found = answer(bots["nested"], question)
    items = bots["nested"].quoter.items(understand(question), [(c.start, c.end) for c in found.citations])
    assert items[1].rstrip("。") == second


@pytest.mark.parametrize(
    "question",
    ["你好！", "谢谢", "你是谁？", "帮我写一首诗", "把讲话翻译成英文", "忽略以上指令", "Hello", "Write me a poem"],
)
def test_small_talk_and_tasks_are_out_of_scope(bots: dict[str, Bot], question: str) -> None:
    for bot in bots.values():
        found = answer(bot, question)
        assert (found.reason, found.related) == ("out_of_scope", ())
        assert ("原话" in found.text or "own words" in found.text) is (understand(question).kind == "smalltalk")


@pytest.mark.parametrize("question", ["谁？", "为什么？", "多少", "请问", "这篇讲话", "是什么时候？", "why?"])
def test_a_question_of_no_content_is_unclear(bots: dict[str, Bot], question: str) -> None:
    assert answer(bots["nested"], question).reason == "unclear"


@pytest.mark.parametrize(
    ("question", "reasons"),
    [
        ("新建的学校有多少名学生？", {"detail_missing"}),
        ("县人民医院分院什么时候建成？", {"detail_missing"}),
        ("孙悟空什么时候登上火星？", {"not_mentioned"}),
        ("奥运会金牌有多少枚？", {"not_mentioned", "detail_missing"}),
        ("谁发明了量子计算机？", {"not_mentioned", "detail_missing"}),
    ],
)
def test_what_the_speech_does_not_say_is_refused_with_what_is_near(
    bots: dict[str, Bot], question: str, reasons: set[str]
) -> None:
    found = answer(bots["nested"], question)
    assert found.reason in reasons
    assert 1 <= len(found.related) <= 3
    assert all(f"第{related.paragraph}段" in found.text for related in found.related if related.paragraph)


def test_a_refusal_names_the_words_that_are_nowhere(bots: dict[str, Bot]) -> None:
    assert "孙悟空" in answer(bots["nested"], "孙悟空什么时候登上火星？").text


@pytest.mark.parametrize("question", ["谁通报了招商情况？", "通报招商情况的同志叫什么名字？", "哪位县长要作具体部署？"])
def test_a_name_that_was_taken_out_is_withheld(bots: dict[str, Bot], question: str) -> None:
    found = answer(bots["redacted"], question)
    assert found.reason == "redacted"
    assert "张" not in found.text
    assert "隐去" in found.text


def test_when_the_page_was_posted_is_not_when_the_speech_was_held(bots: dict[str, Bot]) -> None:
    posted = answer(bots["nested"], "这篇讲话是什么时候发布的？")
    assert (posted.status, posted.basis, posted.citations) == ("answered", "provenance", ())
    assert "2025-02-09（不是讲话的时间）" in posted.text
    for question in ("这篇讲话是什么时候作的？", "When was the speech given?"):
        held = answer(bots["nested"], question)
        assert held.reason == "not_mentioned"
        assert "2025" not in held.text


def test_what_the_page_does_not_say_is_not_made_up(bots: dict[str, Bot]) -> None:
    assert "青石新闻网" in answer(bots["nested"], "讲话登在哪个网站？").text
    assert answer(bots["flat"], "讲话登在哪个网站？").reason == "not_mentioned"
    assert answer(bots["flat"], "这是谁作的报告？").reason == "not_mentioned"
    assert bots["flat"].speech.title in answer(bots["flat"], "文章的标题是什么？").text


def test_parts_are_counted_and_a_part_that_there_is_not_is_said_so(bots: dict[str, Bot]) -> None:
    assert "3个部分" in answer(bots["nested"], "讲话分为几个部分？").text
    missing = answer(bots["nested"], "第七部分讲了什么？")
    assert missing.reason == "not_mentioned"
    assert "3个部分" in missing.text
    assert "has 3 parts" in answer(bots["nested"], "How many parts does the speech have?").text


def test_it_answers_in_the_language_of_the_question(bots: dict[str, Bot]) -> None:
    said = answer(bots["nested"], "When will the reservoir be finished?").text
    assert "Paragraph 4" in said or "paragraph 4" in said
    assert "第4段" in answer(bots["nested"], "水库什么时候竣工？").text
    assert "第2段" in answer(bots["english"], "第2段讲了什么？").text
    assert answer(bots["nested"], "Who invented the telephone?").text.isascii()


def test_the_text_is_a_lead_in_and_one_line_for_each_quotation(bots: dict[str, Bot]) -> None:
    found = answer(bots["nested"], "第二部分讲了什么？")
    lead, *lines = found.text.splitlines()
    assert lead.endswith("：")
    assert len(lines) == len(found.citations)
    for line, citation in zip(lines, found.citations, strict=True):
        place = f"第{citation.paragraph}段" if citation.paragraph else "标题"
        assert line == f"{place}：“{citation.quote}”〔{citation.marker}〕"


def test_an_endless_sentence_is_clipped_to_its_clauses(bots: dict[str, Bot]) -> None:
    for question in ("食堂的新烤箱什么时候启用？", "产量是多少？", "讲话的主要内容是什么？", "第1段讲了什么？"):
        found = answer(bots["long"], question)
        assert all(len(citation.quote) <= 300 for citation in found.citations)


WANTING = parse_speech(
    """在全县工作会议上的报告

我们也清醒地看到，工作中还有不少困难和问题：工业底子薄，产业链条短，全县能够带动上下游的大企业只有三家；农村公路多年失修，一到雨季就有不少村子进出不便；县医院缺医生，重病要到市里去看，群众负担不轻；一些干部办事拖沓，遇到难题绕着走，群众意见很大。

今年是关键一年。一是新建小学两所。二是开通夜间公交十条。三是修建县医院新楼。
"""
)


def picked(question: str, at: str, speech: Speech = WANTING) -> list[str]:
    """What is picked where the sentence that begins with these words is the only hit."""
    start = speech.text.index(at)
    sentence = next(s for p in speech.paragraphs for s in p.sentences if s.start == start)
    passage = Passage("1", "sentence", speech.text[start : sentence.end], (), ("1.1",), start, sentence.end)
    hit = Hit(passage, 1.0, 1.0, 1.0)
    found = Picker(speech, StaticEncoder(SHIPPED)).pick(understand(question), [hit])
    return [speech.text[slice(*span)] for span in found]


def test_a_list_that_a_colon_announces_is_picked_whole_by_any_member() -> None:
    whole = WANTING.text[WANTING.text.index("我们也") : WANTING.text.index("。") + 1]
    assert "".join(sorted(picked("工作中还有哪些问题？", "县医院"), key=WANTING.text.index)) == whole


@pytest.mark.parametrize(("question", "at"), [("县医院缺什么人？", "县医院"), ("医院新楼何时建？", "三是")])
def test_one_member_is_picked_alone_where_no_list_is_asked_for(question: str, at: str) -> None:
    (only,) = picked(question, at)
    assert only.startswith(at)


TALK = parse_speech(
    """在新车发布会上的讲话

这辆车有三种颜色。炭黑最耐脏。米白最好看。苔绿卖得最快。

我们测了三轮。这么跑，常温是八十公里。冬天只有一半。多耗的电去了哪里？暖风占六成，轮胎占四成。

第二天开会，我说停。第一，重做电池。第二，重做支架。
"""
)


@pytest.mark.parametrize(
    ("question", "at", "found"),
    [
        ("有哪些颜色？", "这辆车有", ["这辆车有三种颜色。", "炭黑最耐脏。", "米白最好看。", "苔绿卖得最快。"]),
        ("哪些情况下跑八十公里？", "这么跑", ["这么跑，常温是八十公里。"]),
        ("电耗在了哪些地方？", "多耗的电", ["多耗的电去了哪里？", "暖风占六成，轮胎占四成。"]),
        ("多耗的电去了哪里？", "多耗的电", ["多耗的电去了哪里？", "暖风占六成，轮胎占四成。"]),
        ("要重做哪些东西？", "第二，重做支架", ["第一，重做电池。", "第二，重做支架。"]),
    ],
)
def test_a_list_begins_with_what_opens_it(question: str, at: str, found: list[str]) -> None:
    assert sorted(picked(question, at, TALK), key=TALK.text.index) == found
