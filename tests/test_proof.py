"""The proof of written answers: what is right stays as it is, what is wrong is told; nothing unproved between marks."""

from __future__ import annotations

import re
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.numbers import in_figures, numbers
from qa_bot.proof import Proved, Prover, prove
from qa_bot.proof.draft import Draft
from qa_bot.proof.figures import figures, is_of_another
from qa_bot.proof.prose import MARKS, Marker, Quoted, clean, is_apostrophe, parts
from qa_bot.proof.verify import verify
from qa_bot.speech import read_speech

SPEECH = read_speech(Path(__file__).parent.parent / "data" / "speech.txt")
PROVER = Prover(SPEECH, StaticEncoder(SHIPPED))
SHOWN = frozenset(SPEECH.spans)
TARGET = "全年新增高新技术企业10家以上"


def proved(text: str) -> Proved:
    """The text proved, after what holds for any output was checked."""
    result = prove(text, SPEECH, SHOWN, prover=PROVER)
    for citation in result.citations:
        assert SPEECH.text[citation.start : citation.end] == citation.quote
    assert set(re.findall("〔([^〔〕]*)〕", result.text)) == {c.marker for c in result.citations}
    for quotation in result.quotations:
        said = result.text[quotation.start : quotation.end]
        assert quotation.state == "downgraded" or said in SPEECH.text
        assert quotation.citation is None or said in result.citations[quotation.citation].quote
    for notice in result.notices:
        assert notice.start is None or 0 <= notice.start <= (notice.end or 0) <= len(result.text)
    spans = [(q.start - 1, q.end + 1) for q in result.quotations if q.state != "downgraded"]
    loose = [i for i, c in enumerate(result.text) if c in MARKS and not any(a <= i < b for a, b in spans)]
    assert all(is_apostrophe(result.text, i) for i in loose), result.text
    return result


def kinds(text: str) -> set[str]:
    return {notice.kind for notice in proved(text).notices}


def address(piece: str) -> str:
    """The sentence of the speech that holds a piece of text."""
    at = SPEECH.text.index(piece)
    return next(s.address for p in SPEECH.paragraphs for s in p.sentences if s.start <= at < s.end)


GOAL, FINANCE, TALENT = address(TARGET), address("金融是实体经济"), address("人才是第一资源")


@pytest.mark.parametrize(
    "text",
    [
        f"讲话提出，{TARGET}〔{GOAL}〕。",
        f"讲话提出“{TARGET}”〔{GOAL}〕。",
        f"讲话提出，全年要新增十家以上高新技术企业[{GOAL}]。",
        f"讲话提出「{TARGET}」【{GOAL}】",
        f"金融被比作实体经济的‘血液’（{FINANCE}）。",
        f"“人才是第一资源。”〔{TALENT}〕",
        f"要点如下：\n1. 人才是第一资源〔{TALENT}〕\n2. 金融是实体经济的“血液”〔{FINANCE}〕",
        f"讲话要求新增高新技术企业10家以上〔{GOAL}〕。讲话没有说明具体名单。",
        f"The speech calls for “{TARGET}” (translation: at least ten new high-tech firms)〔{GOAL}〕.",
        f"讲话在“金融服务必须迈出关键性步伐”之下说，{TARGET}〔{GOAL}〕。",
    ],
)
def test_what_is_right_stays(text: str) -> None:
    result = proved(text)
    assert result.citations
    assert not {n.kind for n in result.notices} - {"quote_repaired"}, result


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f"讲话提出“全年新增高新技术企业20家以上”〔{GOAL}〕。", "quote_downgraded"),
        (f"讲话提出“让高新区成为企业孵化、培育、创新、成长的摇蓝”〔{GOAL}〕。", "quote_repaired"),
        (f"讲话说“人才不是第一资源”〔{TALENT}〕。", "quote_downgraded"),
        (f"讲话说“人才是第一资源。金融是实体经济的血液”〔{TALENT}〕。", "quote_downgraded"),
        (f"讲话提出“{TARGET}”〔{TALENT}〕。", "citation_dropped"),
        (f"{TARGET}〔99.9〕。", "citation_dropped"),
        (f"全年新增高新技术企业12家以上〔{GOAL}〕。", "number_unsupported"),
        (f"全年新增高新技术企业10家以上，由李明书记负责〔{GOAL}〕。", "name_invented"),
        (f"全年新增高新技术企业10家以上，主要在长沙〔{GOAL}〕。", "name_invented"),
        (f"**书记明确提出建设火星基地，投资很大〔{TALENT}〕。", "claim_unsupported"),
        ("火星移民计划由航天部门在月球背面实施。", "claim_unsupported"),
        (f"{TARGET}〔{GOAL}〕，见[这里](http://evil.example/x)。", "markup_removed"),
        (f"{TARGET}〔{GOAL}〕![x](http://evil.example/x.png)<script>alert(1)</script>", "markup_removed"),
        (f"讲话说“为人民服务是我们的宗旨”，{TARGET}〔{GOAL}〕。", "quote_downgraded"),
        (f"讲话要求“流于形式”〔{address('不流于形式')}〕。", "quote_downgraded"),
        (f"努力锤炼实干作风，流于形式，不浮于表面〔{address('不流于形式')}〕。", "claim_unsupported"),
    ],
)
def test_what_is_wrong_is_told(text: str, told: str) -> None:
    assert told in kinds(text)


def holds(text: str) -> str:
    """What becomes of a text; no markup is in it, and our own verification finds nothing."""
    result = proved(text)
    assert not re.search(r"\]\(|!\[|<[A-Za-z/!]|https?:|(?:javascript|mailto):", result.text), result.text
    status = {"status": "answered", "reason": None} if result.citations else {"status": "refused", "reason": "unclear"}
    parts = {key: [asdict(one) for one in getattr(result, key)] for key in ("citations", "quotations", "notices")}
    assert verify({**status, "mode": "chat", "text": result.text, **parts}, PROVER) == []
    return result.text


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("“人才是第一资原”〔10.2〕", "“人才是第一资源”〔10.2〕"),
        ("“人才是第一资源。要有识才的慧眼”〔10.2〕", "“人才是第一资源。要有识才的慧眼”〔10.2-10.3〕"),
                ("“人才是”〔10.2〕“第一资源”〔10.2〕", "“人才是”〔10.2〕“第一资源”〔10.2〕"),
        ("“人才是〔10.2〕第一资源”", "“人才是第一资源”〔10.2〕"),
        ("“人才是第一资源”〔9.2〕", "“人才是第一资源”〔10.2〕"),
        ("“人才是第一资源”〔99.9〕〔第99段〕", "“人才是第一资源”〔10.2〕"),
        ("第99段说“人才是第一资源”。", "第99段（引文中没有这个数）说“人才是第一资源”〔10.2〕。"),
        ("人才是第一资源〔１０．２〕。", "人才是第一资源〔10.2〕。"),
        ("人才是第一资源【来源：10.2】", "人才是第一资源〔10.2〕"),
        ("人才是第一资源[citation:10.2]", "人才是第一资源〔10.2〕"),
        ("**“人才是第一资源”**〔10.2〕", "“人才是第一资源”〔10.2〕"),
        ("“**人才是第一资源**”〔10.2〕", "“人才是第一资源”〔10.2〕"),
        ("「人才『不是』第一资源」", "人才不是第一资源（原文是：“人才是第一资源”）〔10.2〕（讲话中未见依据）"),
        ("```\n“人才不是第一资源”\n```", "人才不是第一资源（原文是：“人才是第一资源”）〔10.2〕（讲话中未见依据）"),
        ("“人才是第一资源", "人才是第一资源〔10.2〕"),
        ("〝月球基地〞〔10.2〕", "月球基地"),
        ("ˮ月球基地ˮ", "月球基地"),
        ("“他说：‘月球基地’很好”〔10.2〕", "他说：月球基地很好"),
        ("“全年新增高新技术企业十家以上”", "“全年新增高新技术企业10家以上”〔8.6〕"),
        (
            "“李同志总结了高新区2022年”",
            "李同志（讲话中没有这个名字）总结了高新区2022年（原文是：“**同志总结了高新区2022年”）〔1.3〕",
        ),
        ("〔10.2〕(http://evil.example)", "〔10.2〕"),
        ("[10.2](http://evil.example)人才是第一资源", "〔10.2〕 人才是第一资源"),
        ("<scr<script>ipt>alert(1)</script>人才", "scr人才"),
        ("人才[看][b]\n\n[b]: http://evil.example", "人才看"),
        ("![a][b]人才是第一资源〔10.2〕\n[b]: http://evil.example/x.png", "人才是第一资源〔10.2〕"),
    ],
)  # fmt: skip
def test_misbehaviour_comes_out_sound(text: str, becomes: str) -> None:
    assert holds(text) == becomes


@pytest.mark.parametrize(
    "text",
    [
        '{"answer": "人才是第一资源", "citations": ["10.2"]}',
        "| 项 | “月球” |\n|---|---|\n| 一 | “人才是第一资源”〔10.2〕 |",
        "“人才是\n第一资源”〔10.2〕",
        "“人才是第一资源\u202e”〔10.2〕",
        "&lt;script&gt;alert(1)&lt;/script&gt;人才是第一资源〔10.2〕",
        "〔“月球基地”〕",
        "〔10.2〕" * 50,
        "It's the speaker's “moon base”〔10.2〕. Don't “can't”.",
        "“人才'不是“第一」资源",
    ],
)
def test_whatever_is_written_proves_again(text: str) -> None:
    holds(text)


def test_a_quotation_in_other_typography_becomes_the_speechs_own() -> None:
    result = proved("“岁序更替，华章日新”〔1.1〕")
    assert "“岁序更替,华章日新”" in result.text
    assert [q.state for q in result.quotations] == ["repaired"]


def test_a_contrary_quotation_stands_beside_the_original() -> None:
    assert f"（原文是：“{TARGET}”）" in proved("讲话提出“全年新增高新技术企业20家以上”。").text


def test_a_refusal_is_seen_in_its_agreed_form_and_in_plain_words() -> None:
    assert proved("【未提及】讲话没有说明产业基金的规模。").refused
    assert proved("【NOT MENTIONED】 The speech does not say how large the fund is.").refused
    assert proved("讲话没有提到火星。").refused
    assert not proved(f"{TARGET}〔{GOAL}〕。讲话没有说明名单。").refused


def test_what_was_not_shown_cannot_be_cited() -> None:
    result = prove(f"{TARGET}〔{GOAL}〕。", SPEECH, SHOWN - {GOAL}, prover=PROVER)
    assert GOAL not in {c.marker for c in result.citations}
    assert "citation_dropped" in {n.kind for n in result.notices}


@given(st.text(alphabet="“”‘’「」\"'〔〕[]【】()（）<>*!.,。，、0123456789第段句人才是一资源a \n-§注", max_size=80))
@example("“a‘b”20家「c“d」")
@example("0'0")
def test_any_text_comes_out_sound(text: str) -> None:
    proved(text)


PIECES = [
    "“",
    "”",
    "‘",
    "’",
    "「",
    "」",
    '"',
    "'",
    "〔10.2〕",
    "〔99.9〕",
    "[8.6]",
    "（第10段第2句）",
    "人才是第一资源",
    "人才不是第一资源",
    "全年新增高新技术企业",
    "10家",
    "20家以上",
    "。",
    "，",
    "1.",
    "**",
    "`",
    "|---|",
    "<b>",
    "</b>",
    "<script>",
    "[看](http://x.y)",
    "![x](y)",
    "http://x.y/z",
    "月球基地",
    "李明书记",
    "**书记明确提出",
    "第五",
    "国发〔2023〕5号",
    "（",
    "）",
    "[",
    "]",
    "the",
    "speech's",
    "says",
    "not",
    "§1",
    "〔§1〕",
    "注",
    "５",
    "％",
    "&lt;",
    "~~",
    "::",
    "：",
    "；",
]


@given(st.lists(st.sampled_from([*PIECES, "\n", " ", "- ", "| ", "```\n"]), max_size=14))
@example(["月球", "http://x.y/z"])
@example(["“", "５", "”", "20家以上", "[8.6]"])
@example(["“", "the", " ", "”"])
def test_any_misbehaviour_comes_out_sound(pieces: list[str]) -> None:
    holds("".join(pieces))


@given(
    st.lists(
        st.sampled_from(["“", "”", "人才是第一资源", "。", "〔10.2〕", "[", "]", "**", "\n", "<b>", "20家", " "]),
        max_size=25,
    )
)
def test_a_draft_never_shows_a_quotation_that_the_speech_does_not_hold(pieces: list[str]) -> None:
    draft = Draft(PROVER, SHOWN)
    shown = "".join(draft.feed(piece) for piece in pieces)
    quoted = [p.text for line in shown.split("\n") for p in parts(line) if isinstance(p, Quoted)]
    assert all(not q.strip("。 ") or q in SPEECH.text for q in quoted)


def test_a_draft_shows_words_at_once_and_quotations_whole() -> None:
    draft = Draft(PROVER, SHOWN)
    assert draft.feed("讲话提出") == "讲话提出"
    assert draft.feed("“人才是") == ""
    assert draft.feed("第一资源”") == "“人才是第一资源”"


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("十家 10家 ten firms", [10, 10, 10]),
        ("百分之十 10% 一成", [10, 10, 10]),
        ("1.5万亿元 三千五百万人 1,200家", [Decimal("1.5e12"), 35_000_000, 1200]),
        ("第五 5th no. 5 榜首", [5, 5, 5, 1]),
        ("二〇二三年 2023年", [2023, 2023]),
        ("三分之一 一半", [Decimal(100) / 3, 50]),
        ("十五个百分点 1.5个百分点 一个百分点", [15, Decimal("1.5"), 1]),
        ("进一步 一方面 一系列 千方百计 万众一心 一起 零件", []),
    ],
)
def test_numbers_are_read_as_values(text: str, values: list[Decimal]) -> None:
    assert [n.value for n in numbers(text)] == values


def test_numbers_become_figures() -> None:
    assert in_figures("第五名，十家以上，百分之十，一家") == "第5名，10家以上，10%，1家"


@pytest.mark.parametrize(
    ("claim", "evidence", "wrong"),
    [
        ("出口增长5%，进口增长3%", "出口增长5%、进口增长3%", []),
        ("出口增长3%，进口增长5%", "出口增长5%、进口增长3%", [3, 5]),
        ("进口增长3%，出口增长5%", "出口和进口分别增长5%、3%", []),
        ("出口增长3%", "出口和进口分别增长5%、3%", [3]),
        ("城镇居民收入增长5.3%", "城镇和农村居民收入分别增长4.3%、5.3%", [Decimal("5.3")]),
        ("建成9所职业学校", "建成8所职业学校，新设9所幼儿园", [9]),
        ("培育5个工业县和3个旅游县", "培育5个农业县、5个工业县、3个旅游县", []),
        ("培育3个工业县和5个旅游县", "培育5个农业县、5个工业县、3个旅游县", [3, 5]),
        ("服务业增长5%", "服务业发展，零售额增长7%，服务业增长5%", []),
        ("Exports grew by 3%", "出口增长5%、进口增长3%", []),
    ],
)
def test_a_figure_belongs_to_what_it_counts(claim: str, evidence: str, wrong: list[Decimal | int]) -> None:
    there = figures(evidence)
    assert [f.number.value for f in figures(claim) if is_of_another(f, there)] == wrong


@pytest.mark.parametrize(
    ("claim", "evidence", "is_so"),
    [("近八成", "比例达到77.9%", True), ("近八成", "比例达到69%", False), ("超过1万家", "超市10100家", False),
     ("企业超过1万家", "企业10100家", True), ("企业约1万家", "企业12000家", False)],
)  # fmt: skip
def test_what_is_rounded(claim: str, evidence: str, is_so: bool) -> None:
    (one,), (other,) = figures(f"优良比例{claim}"), figures(f"优良{evidence}")
    assert one.rounds(other) == is_so


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("〔12.3〕", ["12.3"]),
        ("[12.3]", ["12.3"]),
        ("【１２.３】", ["12.3"]),
        ("（12.3）", ["12.3"]),
        ("〔12.3、12.4〕", ["12.3", "12.4"]),
        ("〔12.3-12.5〕", ["12.3-12.5"]),
        ("〔第12段第3句〕", ["12.3"]),
        ("第12段第3句", ["12.3"]),
        ("〔§2〕", ["§2"]),
        ("(3)", []),
    ],
)
def test_markers_are_read_generously(text: str, addresses: list[str]) -> None:
    assert [a for part in parts(text) if isinstance(part, Marker) for a in part.addresses] == addresses


def test_withheld_names_are_no_markup() -> None:
    assert clean("**书记提出,**高新区要**加快**发展", SPEECH.text) == ("**书记提出,**高新区要加快发展", False)
