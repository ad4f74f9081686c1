"""Where sentences end, and what was removed before publication."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_bot.speech import find_redactions, split_sentences


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "text",
    [
        "今天开会。|大家好！|是吗？|真的吗？！|我们……|走吧。",
        "他强调：“空谈误国，实干兴邦。我们要实干。”|我们要牢记。",
        "他说：“走吧。”然后我们出发了。|到家了。",
        "“幸福是奋斗出来的。”习近平总书记说。|我们要奋斗。",
        "这叫“事不过三。”|他走了。",
        "第一句。）|第二句。",
        "（掌声。）|谢谢。",
        "我们（注：见后。）继续。|好。",
        "这是《怎么办？》一书的内容。|很好。",
        "要弘扬“宁可前进一步死，决不后退半步生！”的精神。|好。",
        "我们要坚持“三个一。二个二。三个三”的原则。|好。",
        "要做到“心中有数。|然后继续。|没有结束",
        "『好。』|他說。",
        "增长1.5%，达到2.0万亿元。|No.1企业。|U.S. companies grew 1.5 percent. |Yes.",
        'Mr. Smith and Dr. Lee came. |"Go," he said. |What? |I see.',
        "1. 加强领导。|2.狠抓落实。",
        "www.example.com是网站。|好。",
        "今天天气很好.|我们出发吧.",
        "一、加强领导",
        "1.“四上”企业：\n|现阶段的习惯称谓。",
    ],
)
def test_boundaries(text: str) -> None:
    whole = text.replace("|", "")
    assert [s.strip() for s in text.split("|")] == sentences(whole)


def test_long_sentences_also_end_at_semicolons() -> None:
    long = "一是要坚持学习，不断提高本领，" * 8 + "持续进步；二是要努力工作；三是要生活。"
    assert len(long) > 120
    assert [s[-1] for s in sentences(long)] == ["；", "；", "。"]
    assert len(sentences("一是学习；二是工作；三是生活。")) == 1


def test_a_quotation_over_a_whole_paragraph_does_not_swallow_it() -> None:
    paragraph = "“" + "我们要努力学习，不断进步，做到最好。" * 10 + "”"
    assert len(sentences(paragraph)) == 10


@given(
    st.text(alphabet=st.sampled_from("我们a 1。！？….；”“（）\"'\n：，.!?;Mr《》"), max_size=80) | st.text(max_size=80)
)
def test_sentences_cover_everything_that_is_seen(text: str) -> None:
    spans = split_sentences(text)
    at = 0
    for start, end in spans:
        assert at <= start < end <= len(text)
        assert not text[at:start].strip()
        assert text[start:end] == text[start:end].strip()
        at = end
    assert not text[at:].strip()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("**同志在**高新区说,**书记也说", ["**", "**", "**"]),
        ("XX市XXX同志，××县×××，xx省", ["XX", "XXX", "××", "×××", "xx"]),
        ("20XX年X月X日，X市", ["XX", "X", "X", "X"]),
        ("某市某县某区某局某同志某某公司", ["某市", "某县", "某区", "某局", "某同志", "某某公司"]),
        ("王某、李某某和张某", ["某", "某某", "某"]),
        ("＊＊ □□ ███ ____", ["＊＊", "□□", "███", "____"]),
    ],
)
def test_redactions(text: str, found: list[str]) -> None:
    assert [text[a:b] for a, b in find_redactions(text)] == found


@pytest.mark.parametrize(
    "text",
    [
        "某些人、某种情况、某个时候、某一天、某年某月某日、某时某刻",
        "the XXI century, in XX we trust, size XXL",
        "XX世纪是变革的世纪",
        "3×5=15，2**3，5XX错误",
        "上文\n***\n* * *\n下文",
    ],
)
def test_ordinary_words_are_no_redactions(text: str) -> None:
    assert find_redactions(text) == []


def test_splitting_is_linear_on_hostile_text() -> None:
    for unit in ("“", "（", "”", "。", "1.5 ", "U.S. ", '"a" ', "*", "某", " ", "我们要努力；"):
        text = unit * (100_000 // len(unit))
        start = time.process_time()
        split_sentences(text)
        find_redactions(text)
        assert time.process_time() - start < 5, unit
