"""Lists that the speech announces by their number, asked for by the same words."""

from __future__ import annotations

import pytest

from qa_bot.announced import announced_spans
from qa_bot.speech import parse_speech

SPEECH = parse_speech(
    """在全县水利工作会议上的讲话

同志们：

去年有几条规矩立住了，谁也没有破。闸门每天查两遍；值班不许换人；水位一小时一报。这些都记在本子上。

一、去年算了三笔账
第一笔，修渠花了多少。渠修了四十公里。
第二笔，省了多少水。省下的水够两个镇喝一年。
第三笔，欠了谁的。欠着下湾村一座桥。

二、今年办好四件实事
今年要把力气用在刀刃上，办好四件实事。
一要清淤。六月底以前清完。
二要打井。北边先打三十眼。
三要补坝。东坝最急。
四要架桥。下湾村的桥今年通。

还有两项成果值得一提。一是新闸门不漏水了，试了一百天；二是水价三年没有涨。我给大家看三样东西：
去年的渠修好了。第二件实事没有办好。

开头有一件事。没有忘。

有人问我信什么，我只讲两个字眼。忘了。讲完了。
"""
)


def members(question: str) -> list[str]:
    """How the members that a question is answered with begin."""
    return [SPEECH.text[start : start + 4] for start, _ in announced_spans(SPEECH, question)]


@pytest.mark.parametrize(
    ("question", "begin"),
    [
        ("去年立了哪几条规矩？", ["闸门每天"]),
        ("三笔账分别是什么？", ["第一笔，", "第二笔，", "第三笔，"]),
        ("他算了几笔账，都是什么", ["第一笔，", "第二笔，", "第三笔，"]),
        ("所谓“办好四件实事”，具体是哪四件？", ["一要清淤", "二要打井", "三要补坝", "四要架桥"]),
        ("值得一提的两项成果是什么", ["一是新闸", "二是水价"]),
        ("信哪两个字眼？", ["忘了。", "讲完了。"]),
    ],
)
def test_the_members_are_what_follows_the_announcement(question: str, begin: list[str]) -> None:
    assert [text[: len(mark)] for text, mark in zip(members(question), begin, strict=True)] == begin


@pytest.mark.parametrize(
    "question",
    [
        "四笔账分别是什么？",
        "三件实事是什么？",
        "水位一小时一报是谁定的？",
        "三样东西是什么？",
        "第三笔账是什么？",
        "两件实事是哪两件？",
        "有一件事是什么？",
        "修渠花了多少？",
        "提高了几个百分点？",
        "",
    ],
)
def test_another_number_or_nothing_announced_gives_no_list(question: str) -> None:
    assert members(question) == []
