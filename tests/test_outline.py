"""Questions about the speech as a whole: parts by number and by name, at any depth, and without any heading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.outline import LIMIT, SHORT, counted_spans, member_spans, outline_items, outline_spans, parts, topic_spans
from qa_bot.speech import parse_speech
from qa_bot.types import Speech
from qa_bot.understanding import OUTLINE_KINDS, understand
from tests.answering import speech_of
from tests.fakes import long_speech, make_speech

NESTED, FLAT = speech_of("nested"), speech_of("flat")
DEEP = parse_speech(
    """在全市交通工作会议上的讲话

各位同志：

今天的会议很重要。

一、建好路网
（一）高速公路
1. 东线
东线全长八十公里，明年开工。
2. 西线
西线全长六十公里，已经通车。
（二）农村公路
今年新修农村公路三百公里。

二、管好运输
（一）货运
支持货运企业更换新能源车辆。
（二）客运
开通夜间公交十条。

让我们一路向前！
"""
)


def quoted(speech: Speech, question: str) -> list[str]:
    """What the outline gives for a question, without closing punctuation."""
    query = understand(question)
    assert query.kind in OUTLINE_KINDS
    return [speech.text[start:end].rstrip("。") for start, end in outline_spans(speech, query)]


def test_how_many_parts_is_answered_by_the_announcement_and_the_outermost_headings() -> None:
    for question in (
        "讲话分为几个部分？",
        "講話分為幾個部分？",
        "一共分几个部份，讲了几点意见",
        "青石县的工作报告总共几大块？标题给我列一下",
        "How many parts does the speech have?",
    ):
        assert quoted(NESTED, question) == [
            "下面，我讲三点意见",
            "一、肯定成绩，坚定信心",
            "二、突出重点，办好实事",
            "三、加强领导，狠抓落实",
        ]


def test_a_numbered_part_gives_its_heading_and_what_stands_under_it() -> None:
    assert list(dict.fromkeys(quoted(NESTED, "第二部分讲了什么？"))) == [
        "二、突出重点，办好实事",
        "（一）把水利建设抓紧抓实",
        "（二）把教育医疗办好办实",
        "（三）把人居环境改好改美",
    ]


@pytest.mark.parametrize(
    ("question", "first"),
    [
        ("第1部分讲了什么？", "一、肯定成绩，坚定信心"),
        ("最后一部分讲什么？", "三、加强领导，狠抓落实"),
        ("What does part two say?", "二、突出重点，办好实事"),
        ("What is the last section about?", "三、加强领导，狠抓落实"),
        ("第二部分的第三点是什么？", "（三）把人居环境改好改美"),
        ("第三部分的第一个方面是什么？", "（一）压实责任"),
        ("关于教育医疗的那部分讲了什么？", "（二）把教育医疗办好办实"),
        ("乡村产业那一段讲了什么？", "（二）乡村产业加快发展"),
        ("第4段讲了什么？", "（一）把水利建设抓紧抓实"),
        ("讲话是怎么开头的？", "今天我们召开全县农村工作会议，总结去年，部署今年"),
        ("What is in the last paragraph?", "谢谢大家！"),
    ],
)
def test_the_part_that_is_meant(question: str, first: str) -> None:
    assert quoted(NESTED, question)[0] == first


def test_a_number_that_no_outermost_part_has_is_that_of_an_inner_one_and_not_of_what_is_below_it() -> None:
    below = "".join(f"{i}. 第{i}样事\n先办第{i}样事。\n" for i in range(1, 4))
    inner = "".join(f"（{n}）办好{n}号工程\n要办好。\n" for n in "一二三")
    speech = parse_speech(f"同志们：\n一、回顾\n过去不易。\n二、今后\n要努力。\n{inner}{below}谢谢大家！\n")
    assert quoted(speech, "第三部分讲了什么？")[0] == "（三）办好三号工程"
    assert quoted(speech, "第九部分讲了什么？") == []


def test_the_ending_is_the_closing() -> None:
    assert quoted(NESTED, "讲话是怎么结尾的？") == [
        "同志们，春耕在即，时不我待",
        "让我们撸起袖子加油干，为建设富裕美丽的新青石而努力奋斗！",
        "谢谢大家！",
    ]


def test_the_main_points_hold_every_heading_where_they_fit() -> None:
    found = quoted(NESTED, "讲话的主要内容是什么？")
    assert {NESTED.text[s.start : s.end].rstrip("。") for s in NESTED.sections if s.address} <= set(found)


@pytest.mark.parametrize("question", ["第四部分讲了什么？", "第二部分的第九点是什么？", "第99段讲什么？", "part ten"])
def test_a_part_that_there_is_not_gives_nothing(question: str) -> None:
    assert quoted(NESTED, question) == []


@pytest.mark.parametrize(
    ("question", "held"),
    [
        ("讲话分为几个部分？", ["一、建好路网", "二、管好运输"]),
        ("第一部分讲了什么？", ["一、建好路网", "（一）高速公路", "（二）农村公路"]),
        ("第一部分的第二点是什么？", ["（二）农村公路", "今年新修农村公路三百公里"]),
        ("高速公路那一部分讲了什么？", ["（一）高速公路", "1. 东线", "2. 西线"]),
        ("西线那一部分讲了什么？", ["2. 西线", "西线全长六十公里，已经通车"]),
    ],
)
def test_three_levels_deep(question: str, held: list[str]) -> None:
    assert [text for text in held if text in quoted(DEEP, question)] == held


def test_one_heading_around_everything_is_no_part() -> None:
    speech = parse_speech(
        "在会上的讲话\n\n一、总体要求\n（一）守住底线\n守住安全底线。\n（二）稳住增长\n稳住工业增长。\n"
    )
    assert [section.title for section in parts(speech)] == ["（一）守住底线", "（二）稳住增长"]


def test_an_annex_is_no_part() -> None:
    speech = parse_speech(
        "在会上的讲话\n\n各位代表：\n\n一、去年工作\n去年修路十条。\n\n二、今年工作\n今年修桥三座。\n\n"
        "附件1\n\n重点任务\n\n一、修桥三座，今年完工。\n二、修路两条，明年完工。\n"
    )
    assert [section.title for section in parts(speech)][:2] == ["一、去年工作", "二、今年工作"]
    assert not any("附件" in section.title for section in parts(speech))


def test_a_speech_without_headings_has_no_parts_but_has_points_an_opening_and_an_end() -> None:
    assert parts(FLAT) == []
    assert quoted(FLAT, "第二部分讲了什么？") == []
    firsts = [FLAT.text[start:end] for start, end in topic_spans(FLAT, FLAT.paragraphs)]
    assert len(firsts) == 3
    assert quoted(FLAT, "讲话的主要内容是什么？") == [text.rstrip("。") for text in firsts]
    assert quoted(FLAT, "讲话怎么开头的？")[0] == "很高兴见到大家"
    assert quoted(FLAT, "讲话怎么结尾的？")[-1] == "希望大家常回来看看"
    assert quoted(FLAT, "第2段讲了什么？")[0].startswith("过去一年")


@pytest.mark.parametrize(
    ("question", "items"),
    [
        ("讲话分为几个部分？", ["一、肯定成绩，坚定信心", "二、突出重点，办好实事", "三、加强领导，狠抓落实"]),
        ("第三部分讲了什么？", ["（一）压实责任", "（二）改进作风"]),
        ("第九部分讲了什么？", []),
        ("粮食增产多少？", []),
    ],
)
def test_what_the_second_one_means_after_it(question: str, items: list[str]) -> None:
    spans = outline_items(NESTED, understand(question))
    assert [NESTED.text[start:end].rstrip("。") for start, end in spans] == items


QUESTIONS = (
    """
讲话分为几个部分？|主要内容是什么？|讲话怎么开头的？|讲话怎么结尾的？|第二部分讲什么？|最后一部分讲什么？|第二部分的第二点是什么？
第3段讲什么？|the last paragraph|关于经济民生的那部分讲了什么？
""".strip()
    .replace("\n", "|")
    .split("|")
)
headings = st.sampled_from(["", "一、经济民生", "二、" + "长" * 200, "三、科技"])
bodies = st.lists(st.integers(1, 300).map(lambda n: "字" * n + "。"), min_size=1, max_size=4).map("".join)
LONGEST = long_speech(3000)


@given(st.lists(st.tuples(headings, st.lists(bodies, max_size=4)), max_size=5), st.sampled_from(QUESTIONS))
def test_of_any_speech_little_enough_in_order_and_never_a_piece_of_a_sentence(
    sections: list[tuple[str, list[str]]], question: str
) -> None:
    speech, query = make_speech(*sections), understand(question)
    spans = outline_spans(speech, query)
    whole = set(speech.spans.values())
    assert set(spans) <= whole
    assert len(set(spans)) == len(spans)
    assert spans == sorted(spans)
    limit = SHORT if query.kind in ("beginning", "ending") else LIMIT
    assert len(spans) <= 1 or sum(end - start for start, end in spans) <= limit


@pytest.mark.parametrize("question", QUESTIONS)
def test_of_a_long_speech_no_more_than_may_be_quoted(question: str) -> None:
    spans = outline_spans(LONGEST, understand(question))
    assert sum(end - start for start, end in spans) <= LIMIT


STEPS = parse_speech(
    """在全市工作会议上的讲话

各位同志：

回顾去年的成绩，主要有四个方面。一是产业做强了，新增企业三十家。二是环境变美了。三是民生改善了，新建学校五所。四是队伍过硬了。

一、今年的重点任务
（一）抓好项目。
全年开工项目四十个。
（二）抓好农业。
粮食产量稳中有增。
（三）抓好教育。
新增学位三千个。
"""
)


def members(question: str) -> list[str]:
    query = understand(question)
    spans = member_spans(STEPS, query) if query.item else counted_spans(STEPS, query)
    return [STEPS.text[start:end].rstrip("。") for start, end in spans]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("今年的重点任务里第二项是抓什么？", ["（二）抓好农业"]),
        ("今年的重点任务中，最后一项是什么？", ["（三）抓好教育"]),
        ("去年的成绩第三条讲了什么？", ["三是民生改善了，新建学校五所"]),
        ("今年的重点任务第九项是什么？", []),
    ],
)
def test_a_member_of_an_enumeration_by_its_number(question: str, found: list[str]) -> None:
    assert members(question) == found


def test_the_steps_of_a_paragraph_are_counted() -> None:
    assert [step[:2] for step in members("去年的成绩有哪四个方面？")] == ["一是", "二是", "三是", "四是"]
    assert members("去年的成绩有哪七个方面？") == []


def test_the_steps_below_a_heading_that_says_how_many() -> None:
    steps = ["第一笔，高峰少。", "第二笔，设备闲。", "第三笔，专利睡。", "第四笔，诚信差。"]
    debts = parse_speech(
        f"科研大会讲话\n\n一、成绩\n论文多了。\n\n二、欠下了四笔账\n{''.join(steps)}\n\n三、今年\n把账还上。\n"
    )
    for question, found in (("欠下了哪四笔账？", steps), ("欠下了哪三笔账？", []), ("食堂换掉了哪四笔账？", [])):
        assert [debts.text[a:b] for a, b in counted_spans(debts, understand(question))] == found


def test_a_number_within_a_followup_names_no_enumeration() -> None:
    assert understand("那第二个呢？").item == 0
    assert understand("其中的第二项是什么？").item == 0


ALIKE = parse_speech(
    """在全县工作会议上的报告

一、去年工作回顾
一是农业稳步增长。粮食产量五百万斤。
二是工业提质增效。新增企业三家。
三是民生持续改善。新建学校一所。

二、今年重点工作
（一）加强民生建设
办好十件实事。
扩大就业。开展技能培训。
保障住房。改造老旧小区。
办好教育。新建幼儿园两所。
（二）加强城市建设
完成今年的任务，必须加强政府自身建设。要对党忠诚。坚决做到令行禁止。要依法行政。自觉接受监督。要廉洁从政。
"""
)


@pytest.mark.parametrize(
    ("question", "members"),
    [
        (
            "讲民生的那一项下面又分了哪几个小点？",
            ["（一）加强民生建设", "扩大就业", "开展技能培训", "保障住房", "改造老旧小区", "办好教育", "新建幼儿园"],
        ),
        ("政府自身建设提了哪几条要求？", ["要对党忠诚", "要依法行政", "要廉洁从政"]),
        (
            "去年工作回顾是从哪几个方面总结的？",
            ["一、去年工作回顾", "一是农业稳步增长", "二是工业提质增效", "三是民生持续改善"],
        ),
    ],
)
def test_the_members_of_what_is_named(question: str, members: list[str]) -> None:
    quotes = quoted(ALIKE, question)
    assert [next((m for m in members if m in quote), "") for quote in quotes if "实事" not in quote] == members


@pytest.mark.parametrize(
    ("question", "member"),
    [
        ("今年重点工作里第二项是什么？", "（二）加强城市建设"),
        ("去年工作回顾里第二点讲的是什么？", "二是工业提质增效"),
        ("加强政府自身建设的要求里，排第三的是什么？", "要廉洁从政"),
    ],
)
def test_one_member_of_what_is_named(question: str, member: str) -> None:
    query = understand(question)
    spans = member_spans(ALIKE, query)
    assert len(spans) == 1
    assert ALIKE.text[slice(*spans[0])].startswith(member)


UNPARTED = parse_speech(
    """在开学典礼上的讲话
同学们：
早上好！昨夜下雨，老师们四点就来扫操场。
今年新生有六百人。他们来自十二个乡镇。
一、看清家底
家底要算清楚，不能只报喜。去年我们用了三间旧教室。
机遇也是实实在在的。县里拨来新的实验室。
差距的根子在思想上。有的同学迟到成了习惯。
同学们，雨停了，操场也扫干净了。什么时候累了，回来看一看那棵桂树。
祝大家一路平安！
"""
)


@pytest.mark.parametrize(
    ("question", "held", "absent"),
    [
        ("讲话一开头说了谁来扫操场？", "老师们四点就来扫操场", "家底"),
        ("最后结尾那几句是怎么收的？", "那棵桂树", "家底"),
        ("结尾那段的号召原话是什么？", "那棵桂树", "家底"),
        ("讲话结尾借什么打了比方？", "那棵桂树", "家底"),
        ("讲话最后一句落在什么话上？", "一路平安", "家底"),
        ("讲话最后祝愿了什么？", "一路平安", "家底"),
        ("结尾部分向大家发出了什么祝愿？", "一路平安", "家底"),
    ],
)
def test_the_edge_answers_whatever_is_asked_of_it(question: str, held: str, absent: str) -> None:
    quotes = " ".join(quoted(UNPARTED, question))
    assert held in quotes
    assert absent not in quotes


def test_a_beginning_that_is_not_the_speechs_is_no_edge() -> None:
    assert understand("一开始新生为什么迟到？").kind == "reason"
    assert understand("工程收尾用了多少钱？").kind == "number"
    assert understand("音乐节开场用了谁的歌？").kind == "person"


def test_a_short_first_sentence_is_a_topic_beside_topic_sentences() -> None:
    assert quoted(UNPARTED, "第一部分讲了哪几层意思？") == [
        "一、看清家底",
        "家底要算清楚，不能只报喜",
        "机遇也是实实在在的",
        "差距的根子在思想上",
    ]


LEAPS = parse_speech(
    """在总结会上的讲话
同志们：
五年来成绩很大。
一、五年回顾
经济实力实现新跃升。总产值翻了一番。
科技创新实现新跃升。专利有三百项。
人民生活实现新跃升。收入年年增长。
二、今后工作
要继续努力。
"""
)


def test_where_topic_sentences_say_the_same_of_several_things_all_are_meant() -> None:
    assert quoted(LEAPS, "总结时列了哪几个“新跃升”？") == [
        f"{what}实现新跃升" for what in ("经济实力", "科技创新", "人民生活")
    ]
    assert quoted(LEAPS, "讲科技创新的那一段说了什么？") == ["科技创新实现新跃升", "专利有三百项"]


BATTLES = parse_speech(
    """在开发区会议上的讲话
同志们：
去年很不容易。厂房建了三万平方米，道路修了两条。
今年要打好三场硬仗。
第一场，打好产业升级的硬仗。投资三亿元。
第二场，打好项目建设的硬仗。开工十个项目。
第三场，打好人才集聚的硬仗。引进百名技工。
谢谢大家！
"""
)


def test_paragraphs_that_begin_with_steps_are_the_members_of_what_leads_up_to_them() -> None:
    members = [
        f"第{n}场，打好{what}的硬仗" for n, what in zip("一二三", ["产业升级", "项目建设", "人才集聚"], strict=True)
    ]
    query = understand("把今年的三场硬仗逐一告诉我")
    assert [BATTLES.text[a:b].rstrip("。") for a, b in counted_spans(BATTLES, query)] == members
    assert (query.kind, query.count) == ("list", 3)
