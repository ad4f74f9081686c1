"""A clause of a claim against the one of the evidence that it is made of: the contrary is told, other words are not."""

from __future__ import annotations

import pytest

from embeddings.encoder import SHIPPED, StaticEncoder
from qa_bot.proof.agreement import clauses, contradicts, named

WORDS = StaticEncoder(SHIPPED)


@pytest.mark.parametrize(
    ("claim", "evidence", "contrary"),
    [
        ("有5项指标如期完成", "5项指标、1项任务未能如期完成", True),
        ("有5项指标没有如期完成", "5项指标、1项任务未能如期完成", False),
        ("发生了重大事故", "全年未发生重大事故", True),
        ("全年没有发生重大事故", "全年未发生重大事故", False),
        ("企业没有发言权", "企业感触最深，企业最有发言权", True),
        ("产业集群强、体制机制活", "产业集群不强、体制机制不活", True),
        ("产业集群还不够强、体制机制还不活", "产业集群不强、体制机制不活", False),
        ("不能让作风流于形式、浮于表面", "作风不流于形式,不浮于表面", False),
        ("要防止作风流于形式", "作风不流于形式,不浮于表面", False),
        ("作风流于形式", "作风不流于形式,不浮于表面", True),
        ("主城区不得新建重污染企业", "主城区严控新建重污染企业", False),
        ("不断提高服务水平", "不断提高服务水平", False),
        ("提高服务水平", "不断提高服务水平", False),
        ("经济运行中不确定因素较少", "经济运行中不确定因素较多", True),
        ("鼓励发展高耗能项目", "限制发展高耗能项目", True),
        ("去年开封市实现空气质量二级达标", "信阳市实现空气质量二级达标", True),
        ("大连、沈阳入选试点城市", "沈阳、大连入选试点城市", False),
        ("沈阳、鞍山入选试点城市", "沈阳、大连入选试点城市", True),
        ("支持沈阳建设船舶制造基地", "支持沈阳建设航空产业基地、支持大连建设船舶制造基地", True),
        ("加强与湖南大学的合作", "加强与中南大学的合作", True),
        ("月球", "月球上没有水", False),
    ],
)
def test_what_is_contrary(claim: str, evidence: str, contrary: bool) -> None:
    there = clauses(evidence)
    assert any(contradicts(clause, there, lambda text: named(text, WORDS)) for clause in clauses(claim)) == contrary


def test_clauses_are_parted_where_both_sides_are_long() -> None:
    assert [c.piece for c in clauses("沈阳、大连入选，产业集群不强、体制机制不活")] == [
        "沈阳、大连入选",
        "产业集群不强",
        "体制机制不活",
    ]
    assert [c.denied for c in clauses("产业集群不强、体制机制活")] == [False, True]
