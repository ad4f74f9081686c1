"""What goes and what stays: for each kind of furniture, the page's line and the speech's line that looks like it."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.speech import parse_speech, read_speech
from qa_bot.types import Provenance, Speech

SPEECHES = Path(__file__).parent / "speeches"
BODY = "今天我们召开这次会议，主要任务是总结经验、部署工作。\n我们要努力工作，把各项任务落到实处。"


def taken(speech: Speech) -> list[tuple[str, str]]:
    return [(line.reason, line.text) for line in speech.stripped]


def test_a_report_with_buttons_over_many_lines() -> None:
    speech = read_speech(SPEECHES / "report.txt")
    assert speech.title == "2031年云山省政府工作报告"
    assert speech.provenance == Provenance(
        category="云山要闻",
        posted="2031-01-15 09:30",
        source="云山日报",
        speaker="云山省省长 欧 阳",
        occasion="2031年1月8日在云山省第三届人民代表大会第二次会议上",
    )
    assert speech.text.startswith("各位代表：\n现在，")
    assert speech.text.endswith("运营好“农村公路”的简称。")
    assert ("caption", "欧阳同志作政府工作报告。本报记者 钱多摄") in taken(speech)
    assert [r for r, _ in taken(speech)[-10:]] == [
        "credits", "credits", "buttons", "related links", "credits", "related links", "buttons", "buttons",
        "title repeated", "teaser that repeats the opening",
    ]  # fmt: skip


def test_an_article_without_a_salutation() -> None:
    speech = read_speech(SPEECHES / "article.txt")
    assert speech.title == "钱多在全县乡村振兴工作推进会上的讲话"
    assert speech.provenance == Provenance(category="领导讲话", posted="2031-03-05 09:30", source="县委办")
    assert speech.text.startswith("今天召开这次会议")
    assert speech.text.endswith("把好做法收藏起来。")
    assert len(speech.paragraphs) == 5


def test_every_line_is_kept_or_listed() -> None:
    for name in ("report.txt", "article.txt", "mail.txt", "english.txt"):
        source = (SPEECHES / name).read_text(encoding="utf-8")
        speech = parse_speech(source)
        seen = speech.text + "".join(line.text for line in speech.stripped)
        assert sorted("".join(seen.split())) == sorted("".join(source.split())), name
        lines = source.split("\n")
        assert all(line.text in lines[line.line - 1] for line in speech.stripped)


@pytest.mark.parametrize(
    ("head", "reason"),
    [
        ("在工作会议上的讲话", "title"),
        ("当前位置：首页 > 新闻 > 讲话", "breadcrumb"),
        ("时间：2031-05-08 10:10:05 公文范文 来源：网友投稿", "posting line"),
        ("【字号：大 中 小】 打印本页", "buttons"),
        ("下面是小编为大家整理的讲话，供大家参考。", "editor's note"),
    ],
)
def test_head_goes_before_a_salutation_and_without_one(head: str, reason: str) -> None:
    for body in (BODY, "同志们：\n" + BODY):
        speech = parse_speech(f"{head}\n{body}")
        assert taken(speech) == [(reason, head)]
        assert speech.text == body


@pytest.mark.parametrize(
    ("foot", "reason"),
    [
        ("相关报道：", "related links"),
        ("责任编辑：李四", "credits"),
        ("扫一扫在手机打开当前页", "buttons"),
        ("【打印本页】 【关闭窗口】", "buttons"),
        ("推荐访问:会上 高质量", "credits"),
        ("版权所有:某网 2015-2024 未经授权禁止复制。", "credits"),
        ("Powered by 某网 © All Rights Reserved.。备案号:闽ICP备15025815号-1", "credits"),
        ("下一篇：全县经济运行分析会召开", "related links"),
    ],
)
def test_foot_goes(foot: str, reason: str) -> None:
    speech = parse_speech(f"同志们：\n{BODY}\n{foot}")
    assert taken(speech) == [(reason, foot)]
    assert speech.text == f"同志们：\n{BODY}"


@pytest.mark.parametrize(
    "line",
    [
        "大家要下载软件，打印材料，分享经验。",
        "打印",
        "分享",
        "责任编辑要对每一篇稿件负责，做到不出差错。",
        "扫码支付已经成为人们生活的一部分。",
        "版权所有者的权益要依法保护。",
        "本文来源于生活，也服务于生活。",
        "来源于实践的经验最可靠。",
        "文章合为时而著，歌诗合为事而作。",
        "小编们的工作很辛苦。",
        "上一篇文章讲了道理，下一篇文章讲故事。",
        "图为形式，文为内容。",
    ],
)
def test_the_same_words_in_the_speech_stay(line: str) -> None:
    for text in (f"{BODY}\n{line}\n{BODY}", f"同志们：\n{BODY}\n{line}\n{BODY}", f"同志们：\n{BODY}\n{line}"):
        speech = parse_speech(text)
        assert taken(speech) == []
        assert speech.text == text


@pytest.mark.parametrize(
    "text",
    [
        f"同志们：\n{BODY}\n谢谢大家！\n张三\n2031年5月1日",
        "记者：您好\n李强：你好，请坐。今天我们谈谈经济。\n记者：好的\n李强：经济很好。",
        "我有一个梦想，今天我有一个梦想，永远有一个梦想。\n我们要努力。\n我有一个梦想，今天我有一个梦想，永远有一个梦想。",
        "床前明月光，\n疑是地上霜。\n举头望明月，\n低头思故乡。",
        "轻轻的我走了\n正如我轻轻的来\n我轻轻的招手\n作别西天的云彩",
        "首页\n登录\n注册\n版权所有 某某网",
        "大",
        "在工作会议上的讲话",
        "读《论语》《孟子》《大学》有感，很受启发。\n这几本书都很好。",
    ],
)
def test_a_text_without_furniture_comes_through_untouched(text: str) -> None:
    speech = parse_speech(text)
    assert taken(speech) == []
    assert speech.text == text


def test_a_teaser_goes_only_where_it_repeats_the_opening() -> None:
    opening = "岁序更替，华章日新。在这生机蓬勃的美好时节，我们举行大会，表彰先进集体和个人。"
    for end in ("", "……", "下面是小编为大家整理的讲话，供大家参考。"):
        speech = parse_speech(f"大会讲话\n同志们：{opening[:30]}{end}\n大会讲话\n同志们：\n{opening}\n{BODY}")
        assert speech.text == f"同志们：\n{opening}\n{BODY}"
        assert taken(speech)[1][0] == "teaser that repeats the opening"
    other = "编者按：这是一篇好讲话，现予刊发，请各单位认真学习。"
    assert parse_speech(f"{other}\n大会讲话\n同志们：\n{opening}").text.startswith(other)


def test_titles_over_lines_and_what_stands_below_them() -> None:
    head = "高举旗帜　团结奋斗\n——在代表大会上的报告\n（2031年10月16日）\n钱 多"
    speech = parse_speech(f"{head}\n同志们：\n{BODY}")
    assert speech.title == "高举旗帜　团结奋斗"
    assert (speech.provenance.occasion, speech.provenance.speaker) == ("在代表大会上的报告", "钱 多")
    assert parse_speech(f"在全市发展大会上\n的讲话\n同志们：\n{BODY}").title == "在全市发展大会上的讲话"
    event = parse_speech(f"座谈会讲话\n时间：2031年5月1日\n地点：人民大会堂\n各位来宾：\n{BODY}").provenance
    assert (event.posted, event.occasion) == (None, "时间：2031年5月1日 地点：人民大会堂")


def test_a_first_short_line_is_a_title_only_above_a_blank_line() -> None:
    body = "每个人都有自己的梦想，我的梦想是当一名老师，教书育人，桃李满天下。\n小时候，我常常站在讲台上。"
    titled = parse_speech(f"我的梦想\n\n{body}")
    assert (titled.title, titled.text) == ("我的梦想", body)
    heading = parse_speech(f"我的梦想\n{body}")
    assert (heading.title, heading.text) == ("我的梦想", f"我的梦想\n{body}")
    assert heading.sections[0].address == "§1"
    parts = parse_speech(f"环保的思考\n\n现状\n{body}\n打算\n{body}")
    assert (parts.title, [s.title for s in parts.sections]) == ("环保的思考", ["现状", "打算"])


def test_a_speech_without_a_title_goes_by_its_first_words() -> None:
    assert parse_speech(f"同志们：\n{BODY}").title == "今天我们召开这次会议，主要任务是总结经验、部署工作。"
    assert parse_speech("很长的句子" * 20 + "。").title == "很长的句子" * 5 + "很长的……"


def test_a_title_that_is_known_beforehand_is_found_in_the_page() -> None:
    speech = parse_speech(f"云山网\n我们的路\n{BODY}", title="我们的路")
    assert speech.title == "我们的路"
    assert parse_speech(f"我们的路\n{BODY}", title="我们的路").text == BODY


@pytest.mark.parametrize(
    ("lines", "title", "speaker", "occasion"),
    [
        (
            ["江泵业年度股东大会董事长致辞", "江泵业股份有限公司董事长 沈维（2025年5月16日，总部报告厅）"],
            "江泵业年度股东大会董事长致辞",
            "江泵业股份有限公司董事长 沈维",
            "2025年5月16日，总部报告厅",
        ),
        (["在防汛会上的讲话", "县委书记 **", "（2019年4月16日）"], "在防汛会上的讲话", "县委书记 **", "2019年4月16日"),
        (
            ["春季发布会演讲", "电动车创始人兼首席执行官 骆川　2026年3月18日　无锡"],
            "春季发布会演讲",
            "电动车创始人兼首席执行官 骆川",
            "2026年3月18日　无锡",
        ),
        (
            ["在旅游大会上的致辞", "市旅游局局长 陆澜", "（2024年10月18日，国际会展中心）"],
            "在旅游大会上的致辞",
            "市旅游局局长 陆澜",
            "2024年10月18日，国际会展中心",
        ),
        (
            ["奋力开创新局面", "——在年度工作会议上的讲话", "院长 沈舟 （2024年2月23日）"],
            "奋力开创新局面",
            "院长 沈舟",
            "在年度工作会议上的讲话 2024年2月23日",
        ),
    ],
)
def test_who_speaks_when_stands_under_the_title(lines: list[str], title: str, speaker: str, occasion: str) -> None:
    speech = parse_speech("\n".join([*lines, "同志们：", "今天我们开会。大家辛苦了。", "谢谢大家！"]))
    assert (speech.title, speech.provenance.speaker, speech.provenance.occasion) == (title, speaker, occasion)
    assert "2" not in speech.text
