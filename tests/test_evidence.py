"""Whether sentences carry a question: the wanted kind, the question's words, names that were taken out."""

from __future__ import annotations

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.evidence import FEATURES, Support, assess
from qa_bot.kinds import holds_kind, lacks_meaning, lacks_members, lacks_reason
from qa_bot.speech import parse_speech
from qa_bot.types import Speech
from qa_bot.understanding import make_standalone, understand
from tests.answering import REASONS, speech_of

VECTORS = StaticEncoder(SHIPPED)
NESTED, REDACTED = speech_of("nested"), speech_of("redacted")


def support(speech: Speech, question: str, *addresses: str) -> Support:
    """What these sentences hold of the question, with their paragraphs around them."""
    spans = [speech.spans[address] for address in addresses]
    around = [(p.start, p.end) for p in (speech.by_address[address] for address in addresses)]
    return assess(understand(question), spans, around, speech, VECTORS)


@pytest.mark.parametrize(
    ("question", "text", "holds"),
    [
        ("大桥什么时候通车？", "大桥将于2026年6月通车。", True),
        ("大桥什么时候通车？", "大桥去年通车。", True),
        ("大桥什么时候通车？", "大桥二〇二六年通车。", True),
        ("大桥什么时候通车？", "大桥已经通车。", False),
        ("大桥哪一天通车？", "大桥6月18日通车。", True),
        ("大桥哪一天通车？", "大桥2026年通车。", False),
        ("修了多少公里公路？", "修了公路３０公里。", True),
        ("修了多少公里公路？", "修了三百多公里公路。", True),
        ("修了多少公里公路？", "修了公路12条。", False),
        ("修了多少公里公路？", "修了不少公路。", False),
        ("重点公路一共有几个？", "四大重点公路开工。", True),
        ("粮食增长百分之几？", "粮食增长4.1%。", True),
        ("粮食增长百分之几？", "粮食增长百分之四。", True),
        ("粮食增长百分之几？", "粮食增长2万吨。", False),
        ("总量在全省排第几？", "总量位居全省第三。", True),
        ("总量在全省排第几？", "总量达到300亿元。", False),
        ("花了多少钱？", "投资1.2亿元。", True),
        ("花了多少钱？", "投资了三个项目。", False),
        ("工程由谁负责？", "工程由周明远局长负责。", True),
        ("工程由谁负责？", "工程进展顺利。", False),
        ("医院建在哪里？", "医院建在柳河镇。", True),
        ("医院建在哪里？", "医院已经建成。", False),
        ("医院建在哪个市？", "医院建在信阳市。", True),
        ("医院建在哪个市？", "威海要建医院。", True),
        ("医院建在哪个市？", "市里要建医院。", False),
        ("信阳的医院建在哪个市？", "信阳要建医院。", False),
        ("接待了多少旅客？", "接待旅客5000万人次。", True),
        ("接待了多少旅客？", "旅客增长5%。", False),
        ("发射了多少颗卫星？", "发射卫星137颗。", True),
        ("聘了几名医生？", "聘请医生十二人。", True),
        ("合格的占几成？", "合格率89.4%。", True),
        ("机器什么时候坏？", "机器三天两头坏。", False),
        ("夜诊开到几点？", "夜诊开到晚上十点。", True),
        ("夜诊开到几点？", "夜诊增长一个百分点。", False),
        ("跑了几次？", "老人跑了三趟。", True),
        ("一年下多少雨？", "年降雨量1460毫米。", True),
        ("谁去劝架？", "由乡镇长当天到场调处。", True),
        ("差在什么地方？", "差在变频调速的业绩不足。", True),
        ("如何修路？", "修路要快。", True),
        ("茶叶是什么？", "茶叶好。", True),
        ("大桥是哪家公司修的？", "大桥由中铁集团承建。", True),
        ("大桥是哪家公司修的？", "公司的大桥已经通车。", False),
        ("质量奖是哪家企业拿的？", "海康获中国质量奖。", True),
        ("工厂有几个？", "工厂3家。", True),
        ("公园有多少座？", "公园120个。", True),
        ("公园有多少座？", "公园120亩。", False),
        ("得冠军的是哪支球队？", "足球联赛吸引了很多观众。", False),
        ("Which banks joined?", "银企合作更加紧密。", False),
        ("“三张清单”指的是什么？", "落实“三张清单”，即权力、责任和负面清单。", True),
        ("“三张清单”指的是什么？", "落实“三张清单”（权力、责任、负面）。", True),
        ("“三张清单”管什么？", "落实“三张清单”，干部更敢担当。", True),
        ("大桥总投资多少？", "大桥总投资12亿元。", True),
        ("去年收了多少粮食？", "粮食产量515.6亿斤。", True),
        ("去年收了多少粮食？", "粮食产量创历史新高。", False),
        ("产值涨了几个点？", "产值增长5.5%。", True),
        ("产值涨了几个点？", "产值达到30亿元。", False),
        ("女职工几岁退休？", "落实退休改革，最低标准1190元。", False),
        ("女职工几岁退休？", "女职工55周岁退休。", False),
        ("女职工几岁退休？", "女职工55岁退休。", True),
        ("育儿补贴每人发多少？", "下达育儿补贴26.4亿元。", False),
        ("育儿补贴每人发多少？", "育儿补贴每人3600元。", True),
        ("出口是增了还是降了？", "出口额115.6亿美元。", False),
        ("出口是增了还是降了？", "出口额115.6亿美元、增长8%。", True),
        ("这个计划怎么报名？", "实施万名大学生助企计划。", False),
        ("这个计划怎么报名？", "登录平台即可申请参加计划。", True),
        ("补偿是给钱还是给房？", "改造城中村6万户。", False),
        ("补偿是给钱还是给房？", "城中村改造以房安置。", True),
        ("旅居的人来自哪些省？", "旅居人数超550万。", False),
        ("旅居的人来自哪些省？", "旅居的人多来自四川、贵州。", True),
        ("大桥总投资多少？", "大桥等40个项目开工。", False),
        ("高新区的面积有多大？", "高新区新增企业30家。", False),
        ("高新区的面积有多大？", "高新区占地５０平方公里。", True),
    ],
)
def test_whether_a_text_has_the_kind_of_thing_that_is_asked_for(question: str, text: str, holds: bool) -> None:
    assert holds_kind(understand(question), text) is holds


def test_the_sentence_that_answers_carries_more_than_one_that_does_not() -> None:
    answering = support(NESTED, "水库什么时候竣工？", "4.2")
    assert answering.reason is None
    assert answering.probability > 0.5
    assert answering.missing == ()
    for other in ("4.4", "5.2", "8.2"):
        assert support(NESTED, "水库什么时候竣工？", other).probability < answering.probability


def test_the_best_of_several_sentences_decides() -> None:
    alone, together = support(NESTED, "水库什么时候竣工？", "4.2"), support(NESTED, "水库什么时候竣工？", "6.2", "4.2")
    assert together.probability == pytest.approx(alone.probability, abs=0.1)
    assert together.reason is None


@pytest.mark.parametrize(
    ("question", "address", "lost"),
    [
        ("孙悟空什么时候到火星？", "4.2", {"孙悟空", "火星"}),
        ("谁获得了奥运会金牌？", "5.3", {"奥运会", "金牌"}),
        ("每吨黄金卖多少元？", "8.2", {"黄金"}),
    ],
)
def test_what_is_not_there_is_named_and_refused(question: str, address: str, lost: set[str]) -> None:
    found = support(NESTED, question, address)
    assert found.reason in ("not_mentioned", "detail_missing")
    assert found.probability < 0.5
    assert any(word in missing or missing in word for word in lost for missing in found.missing)


def test_a_fact_that_the_sentence_does_not_give_is_a_missing_detail() -> None:
    found = support(NESTED, "县人民医院分院什么时候建成？", "5.3")
    assert found.reason == "detail_missing"


def test_no_sentence_carries_nothing() -> None:
    found = assess(understand("水库多大？"), [], [], NESTED, VECTORS)
    assert (found.probability, found.words, found.missing) == (0.0, (), ())
    assert found.reason in REASONS


def test_traditional_characters_and_full_width_digits_make_no_difference() -> None:
    for simple, other in (
        ("水库什么时候竣工？", "水庫什麼時候竣工？"),
        ("产量32.6万吨是真的吗？", "產量３２．６萬噸是真的嗎？"),
    ):
        assert support(NESTED, simple, "4.2", "2.2").probability == support(NESTED, other, "4.2", "2.2").probability


def test_every_word_found_is_weighed_between_nothing_and_whole() -> None:
    for question in ("水库什么时候竣工？", "How deep is the reservoir?", "孙悟空", "😀水库"):
        found = support(NESTED, question, "4.2", "4.3")
        assert 0 <= found.probability <= 1
        assert all(w.weight > 0 and 0 <= w.held <= w.around <= 1 for w in found.words)


@pytest.mark.parametrize(
    ("question", "address", "withheld"),
    [
        ("谁通报了招商情况？", "1.1", True),
        ("通报招商情况的同志叫什么名字？", "1.1", True),
        ("哪位县长要作具体部署？", "1.1", True),
        ("誰通報了招商情況？", "1.1", True),
        ("谁带队走访企业？", "2.2", False),
        ("走访企业多少家？", "2.2", False),
        ("引进项目多少个？", "1.2", False),
        ("吸纳就业多少人？", "2.1", False),
    ],
)
def test_a_name_that_was_taken_out_is_withheld_and_nothing_else(question: str, address: str, withheld: bool) -> None:
    assert (support(REDACTED, question, address).reason == "redacted") is withheld


def test_the_speechs_own_name_is_withheld_wherever_it_is_asked_for() -> None:
    text = "在**开发区大会上的讲话\n同志们：\n**开发区去年建成厂房十座。市委和**书记、守正主席一直关注我们。"
    speech = parse_speech(text)
    assert support(speech, "这个开发区的全称叫什么？", "1.1").reason == "redacted"
    assert support(speech, "咱们开发区到底叫什么？", "1.2").reason == "redacted"
    assert support(speech, "谁一直关注我们？", "1.2").reason != "redacted"
    assert support(speech, "哪位书记一直关注我们？", "1.2").reason == "redacted"


def test_a_speech_without_redactions_withholds_no_name() -> None:
    assert support(NESTED, "谁负责水库建设？", "4.3").reason is None


@pytest.mark.parametrize("question", ["这几年旱情怎么样？", "好几家企业停工，怎么办？", "近几年产量高吗？"])
def test_a_few_is_no_number_asked_for(question: str) -> None:
    assert understand(question).kind != "number"


def test_what_the_title_says_need_not_be_said_again() -> None:
    there, not_there = ("青石县的水库什么时候竣工？", "红石县的水库什么时候竣工？")
    assert support(NESTED, there, "4.2").probability > support(NESTED, not_there, "4.2").probability


def test_a_figure_of_another_year_carries_less() -> None:
    assert (
        support(NESTED, "水库2026年竣工吗？", "4.2").probability
        > support(NESTED, "水库2023年竣工吗？", "4.2").probability
    )


@pytest.mark.parametrize(
    ("question", "text", "lacks"),
    [
        ("为什么要修水库？", "水库已经开工。", True),
        ("为什么要修水库？", "由于连年干旱，水库已经开工。", False),
        ("为什么职业中专不搬？", "启动职业中专整体搬迁。", False),
        ("水库修好了吗？", "水库已经开工。", False),
    ],
)
def test_whether_a_reason_is_asked_for_and_not_given(question: str, text: str, lacks: bool) -> None:
    assert lacks_reason(understand(question), [text]) is lacks


@pytest.mark.parametrize(
    ("question", "texts", "lacks"),
    [
        ("得奖的是哪六家企业？", ["六家企业得奖。"], True),
        ("得奖的是哪三家企业？", ["海康、大华、宇视得奖。"], False),
        ("五个必须分别是什么？", ["做到五个必须。"], True),
        ("得奖的企业有多少？", ["六家企业得奖。"], False),
    ],
)
def test_whether_members_are_asked_for_and_not_named(question: str, texts: list[str], lacks: bool) -> None:
    assert lacks_members(understand(question), texts) is lacks


@pytest.mark.parametrize(
    ("question", "texts", "lacks"),
    [
        ("“三张清单”是哪三张？", ["落实“三张清单”，干部更敢担当。"], True),
        ("“三张清单”是哪三张？", ["干部更敢担当。"], False),
        ("“三张清单”是哪三张？", ["落实“三张清单”。", "“三张清单”即权力、责任和负面清单。"], False),
        ("“三张清单”管什么？", ["落实“三张清单”，干部更敢担当。"], False),
        ("“牛鼻子”指的是什么？", ["抓住招商引资这个“牛鼻子”，开工一批项目。"], False),
        ("“牛鼻子”指的是什么？", ["要牵住“牛鼻子”，开工一批项目。"], True),
    ],
)
def test_whether_a_term_is_used_and_not_explained(question: str, texts: list[str], lacks: bool) -> None:
    assert lacks_meaning(understand(question), texts) is lacks


def test_where_the_thing_is_named_and_not_what_is_asked_about_it_the_words_beside_the_question_word_are_not_held() -> (
    None
):
    said = "城市更新行动改造老旧小区三百个，惠及居民十万户。"
    speech = parse_speech(said)
    shares = {}
    for asked in ("改造老旧小区惠及的居民有多少？", "改造老旧小区的电梯品牌有多少？"):
        support = assess(understand(asked), [(0, len(said))], [(0, len(said))], speech, VECTORS)
        shares[asked[6:]] = dict(zip(FEATURES, support.features, strict=True))
    (told, untold) = shares.values()
    assert untold["asked"] < told["asked"]
    assert untold["topic"] - untold["asked"] > told["topic"] - told["asked"]


def test_where_and_when_stand_before_the_fact_and_belong_to_it() -> None:
    from qa_bot.speech import parse_speech

    speech = parse_speech("在大会上的讲话\n\n同志们：\n\n在全省园区综合评价中,我区虽然位列第五,但压力很大。\n")
    assert support(speech, "全省综合评价里我区第几？", "1.1").reason is None
    assert support(speech, "全省综合评价里我区得了多少分？", "1.1").reason is not None


def test_the_words_beside_the_question_word_are_a_followups_own() -> None:
    earlier = understand("月牙湾水库什么时候竣工？")
    query = make_standalone(understand("谁负责？"), earlier, (), ())
    support = assess(query, [(0, 5)], [(0, 5)], parse_speech("由他负责。水库很大。"), VECTORS)
    shares = dict(zip(FEATURES, support.features, strict=True))
    assert shares["asked"] > shares["topic"] == 0


def test_the_wanted_kind_is_looked_for_in_the_clause_beside_it_and_in_the_sentence() -> None:
    said = {
        "南屿引水工程合同额11.8亿元，要供四十二台水泵。": (0, 0, 0),
        "去年签下的南屿引水工程，合同额11.8亿元。": (1, 0, 0),
        "去年签下南屿引水工程，业主看重能耗，也看重备件，合同额11.8亿元。": (1, 1, 0),
        "去年签下南屿引水工程，业主看重能耗。": (1, 1, 1),
    }
    for text, flags in said.items():
        query, speech = understand("南屿引水工程值多少钱？"), parse_speech(text)
        found = assess(query, [(0, len(text))], [(0, len(text))], speech, VECTORS)
        assert found.features[:3] == flags, text


def test_of_whom_a_sentence_speaks_is_read_in_what_stands_before_it() -> None:
    about, other = (
        parse_speech(f"同志们：\n{first}他在山里教了三十一年书，去年腊月才退休。")
        for first in ("我们村的老校长姓周。", "我们村的水库修好了。")
    )
    question = understand("周校长教书教了多少年？")
    first, second = (
        assess(question, [(s.text.index("他在"), len(s.text))], [(0, len(s.text))], s, VECTORS).features[-1]
        for s in (about, other)
    )
    assert first > second
