"""Whether a sentence says the opposite of what a question takes for granted; only where it does."""

from __future__ import annotations

import pytest

from qa_bot.premise import says_otherwise


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("去年信访总量上升了，是哪些方面的问题？", "去年信访总量下降3.8%。"),
        ("城乡收入差距又拉大了，是什么原因？", "城乡收入差距从2.1缩小至1.9。"),
        ("县队拿了足球联赛冠军，怎么表扬的？", "县队夺得足球联赛亚军。"),
        ("全县经济总量已经很大，怎么夸的？", "全县还存在经济总量不大、集群不强等问题。"),
        ("职业中专为什么决定不搬？", "启动职业中专整体搬迁。"),
        ("茶园面积还是没达到目标，差多少？", "茶园面积达到12万亩。"),
        ("今年新增中小企业150家，为什么这么多？", "新增中小企业80家。"),
        ("新增中小企业两三家就行了？", "全年新增中小企业10家以上。"),
        ("去年信訪總量上升了，為什麼？", "去年信访总量下降3.8%。"),
        ("去年发生的几起生产安全事故，原因查清了吗？", "全年未发生重大生产安全事故。"),
    ],
)
def test_it_says_otherwise(question: str, sentence: str) -> None:
    assert says_otherwise(question, sentence)


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("去年信访总量下降了多少？", "去年信访总量下降3.8%。"),
        ("去年信访总量上升还是下降了？", "去年信访总量下降3.8%。"),
        ("学校的数量上升了吗？", "去年信访总量下降3.8%。"),
        ("获评先进集群的是哪四个集群？", "航空、船舶、机床、石化4个集群获评先进集群。"),
        ("新增中小企业十家以上吗？", "新增中小企业10家以上。"),
        ("2026年新增中小企业多少家？", "2027年新增中小企业80家。"),
        ("经济总量不大的问题怎么办？", "全县还存在经济总量不大、集群不强等问题。"),
        ("水库什么时候竣工？", "水库将于2026年6月竣工。"),
        ("去年没有发生生产安全事故吗？", "全年未发生重大生产安全事故。"),
        ("Why did exports fall?", "外贸出口增长8%。"),
    ],
)
def test_it_says_nothing_else(question: str, sentence: str) -> None:
    assert not says_otherwise(question, sentence)
