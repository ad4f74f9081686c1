"""Headings, nesting, paragraphs, openings, closings, endnotes; lines that were broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.speech import parse_speech, read_speech
from qa_bot.types import Speech

SPEECHES = Path(__file__).parent / "speeches"


def outline(speech: Speech) -> list[str]:
    """One line a section: its address or title, its level, and the addresses of the paragraphs right under it."""
    lines = []
    for i, section in enumerate(speech.sections):
        under = " ".join(p.address for p in speech.paragraphs if p.section == i)
        lines.append(f"{'  ' * (section.level - 1)}{section.address or section.title}: {under}")
    return lines


def test_a_report_with_everything() -> None:
    speech = read_speech(SPEECHES / "report.txt")
    assert outline(speech) == [
        "开篇: 0 1", "§1: 2 5 6", "  §1.1: 3", "  §1.2: 4", "§2: 7", "  §2.1: 8", "  §2.2: 9", "§3: ",
        "  §3.1: 10 11 12", "  §3.2: 13", "结语: 14", "§4: ", "  §4.1: 15", "  §4.2: 16", "附件2 名词解释: 注1 注2",
    ]  # fmt: skip
    titles = {s.address: s.title for s in speech.sections}
    assert titles["§1.2"] == "二是加快修路架桥"
    assert titles["§2.2"] == "（二）改善人民生活"
    assert titles["§4"] == "附件1 2031年云山省民生实事"
    assert [p.address for p in speech.paragraphs if p.lead] == ["8", "9", "10", "11", "12"]


def test_a_heading_inside_a_paragraph_is_its_first_sentence() -> None:
    speech = read_speech(SPEECHES / "report.txt")
    paragraph = speech.by_address["9"]
    section = speech.sections[paragraph.section]
    assert speech.text[section.start : section.end] == "（二）改善人民生活。"
    assert (section.start, section.end) == speech.spans["9.1"] == speech.spans["§2.2"]


def test_lines_broken_by_the_page_are_one() -> None:
    speech = read_speech(SPEECHES / "report.txt")
    assert "全省空气中PM2.5浓度下降一成。" in speech.text
    assert "建好、管好、护好、运营好“农村公路”的简称。" in speech.text
    note = speech.by_address["注1"]
    assert speech.text[note.start : note.end] == "1.“三通一平”：\n指通水、通电、通路和平整土地。"
    assert [s.address for s in note.sentences] == ["注1.1", "注1.2"]


def test_wrapped_lines_are_joined_and_paragraphs_kept() -> None:
    speech = read_speech(SPEECHES / "mail.txt")
    assert [len(p.sentences) for p in speech.paragraphs] == [1, 2, 2, 1]
    assert "回顾过去一年的工作" in speech.text
    source = (SPEECHES / "mail.txt").read_text(encoding="utf-8")
    assert parse_speech(source.replace("    ", "").replace("结果。\n", "结果。\n\n")).text == speech.text
    english = read_speech(SPEECHES / "english.txt")
    assert english.title == "Remarks at the Annual Meeting"
    assert "told you about the U.S. economy" in english.text
    assert [p.address for p in english.paragraphs] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("你好", ["正文: 1"]),
        ("同志们：\n今天开会。\n谢谢大家！", ["正文: 0 1", "结语: 2"]),
        ("今天开会，我们要努力。", ["正文: 1"]),
        ("一、总结\n我们努力。\n二、任务\n我们加油。", ["§1: 1", "§2: 2"]),
        ("各位：\n一、甲\n（一）乙\n1.丙\n我们要丙。\n2.丁\n我们要丁。\n（二）戊\n我们要戊。\n二、己\n我们要己。",
         ["开篇: 0", "§1: ", "  §1.1: ", "    §1.1.1: 1", "    §1.1.2: 2", "  §1.2: 3", "§2: 4"]),
        ("开会。\n第一，要学习。学习很好。\n第二，要工作。工作很好。", ["开篇: 1", "§1: 2", "§2: 3"]),
        ("开会。\n首先，要学习。学习很好。\n其次，要工作。工作很好。\n最后，要生活。生活很好。",
         ["开篇: 1", "§1: 2", "§2: 3", "§3: 4"]),
        ("开会，一是学习。\n二是生活。要好。\n三是健康。要好。", ["正文: 1 2 3"]),
        ("开会。\n我们的做法\n我们做了很多工作，取得了成绩。\n今后的打算\n我们还要做很多工作，取得新成绩。",
         ["开篇: 1", "§1: 2", "§2: 3"]),
        ("下面讲三点。\n一、加强领导，落实责任。\n二、突出重点，狠抓落实。\n谢谢大家。", ["正文: 1 2 3", "结语: 4"]),
        ("第一部分\n总则\n我们要努力。\n第二部分 任务\n我们要加油。", ["§1: 1", "§2: 2"]),
        ("大家好。\n注释\n一、今天\n我们开会。", ["开篇: 1", "§1: ", "  §1.1: 2"]),
        ("大家好。\n注释：\n[1]甲：解释。\n[2]乙：解释。", ["正文: 1", "注释: 注1 注2"]),
        ("大家好。\n名词解释\n甲：解释\n乙：解释", ["正文: 1", "名词解释: 注1 注2"]),
    ],
)  # fmt: skip
def test_shapes(text: str, expected: list[str]) -> None:
    speech = parse_speech(text)
    assert speech.text == text
    assert outline(speech) == expected


def test_a_parallel_series_of_sentences_are_headings() -> None:
    long = "我们做了很多很多具体的工作，取得了很多很多实在的成绩，群众都很满意，社会都很认可，大家都很高兴。"
    text = f"一、回顾\n这是努力奋斗的五年。\n{long}\n这是成绩显著的五年。\n{long}\n这是不断前进的五年。\n{long}\n{long}"
    assert outline(parse_speech(text)) == ["§1: ", "  §1.1: 1", "  §1.2: 2", "  §1.3: 3 4"]
    once = f"一、回顾\n过去一年，主要做了以下工作。\n{long}"
    assert outline(parse_speech(once)) == ["§1: 1 2"]


def test_what_follows_a_series_is_out_of_its_last_part() -> None:
    items = "".join(f"（{n}）做好工作。我们要做好。\n" for n in "一二三四")
    regular = parse_speech(f"一、任务\n{items}此外，还要做好其他工作。")
    assert outline(regular)[-1] == "  §1.4: 4"
    assert outline(regular)[0] == "§1: 5"
    called = parse_speech("一、任务\n（一）甲\n做。\n又做。\n（二）乙\n做。\n各位代表！任务很重。\n二、展望\n好。")
    assert outline(called) == ["§1: 4", "  §1.1: 1 2", "  §1.2: 3", "§2: 5"]
    between = parse_speech("一、任务\n（一）甲\n做。\n各位代表！任务很重。\n（二）乙\n做。")
    assert outline(between) == ["§1: ", "  §1.1: 1 2", "  §1.2: 3"]


def test_topic_sentences_are_leads() -> None:
    speech = parse_speech(
        "一、抓发展\n一年来，我们抓产业，成绩很大。我们要努力。\n坚定信心抓发展。去年取得成绩。要继续。\n"
        "认清差距再出发。去年也有不足。要改进。\n发展是立市之本、强市之基，是经济社会的“脊梁”。我们要抓住。"
    )
    assert [p.address for p in speech.paragraphs if p.lead] == ["2", "3"]


def test_salutations_over_lines_are_one_paragraph() -> None:
    speech = parse_speech("尊敬的主席先生，\n各位来宾，\n女士们、先生们：\n大家好！今天很高兴。")
    salutation = speech.paragraphs[0]
    assert (salutation.address, salutation.kind, salutation.number) == ("0", "salutation", 0)
    assert [speech.text[s.start : s.end] for s in salutation.sentences] == [
        "尊敬的主席先生，",
        "各位来宾，",
        "女士们、先生们：",
    ]
    assert speech.by_address["1.2"].number == 1


def test_markdown_marks_go_only_where_the_text_is_markdown() -> None:
    source = "# 动员讲话\n\n**各位同事：**\n\n今天我们**开会**。\\*\\*同志说得好。"
    source += "\n\n## 学习\n\n要学习。\n\n### 读书\n\n要读书。"
    speech = parse_speech(source, markdown=True)
    assert speech.title == "动员讲话"
    assert speech.text == "各位同事：\n今天我们开会。**同志说得好。\n学习\n要学习。\n读书\n要读书。"
    assert [s.address for s in speech.sections] == ["", "§1", "§1.1"]
    assert len(speech.redactions) == 1
    plain = parse_speech("今天我们**开会**。")
    assert plain.text == "今天我们**开会**。"
    assert len(plain.redactions) == 2


def test_what_no_reader_sees_is_gone_and_the_rest_untouched() -> None:
    source = "\ufeff同志们：\r\n\u3000\u3000今天\u00a0开会。软\u00ad连\u200b字，Ａ１全角！\r\r谢谢\u2028大家"
    speech = parse_speech(source + "\U0001f468\u200d\U0001f469")
    assert speech.text == "同志们：\n今天 开会。软连字，Ａ１全角！\n谢谢\n大家\U0001f468\u200d\U0001f469"


def test_a_text_on_one_line_is_taken_apart_at_its_indents() -> None:
    speech = parse_speech(
        "在会上的讲话　　同志们：　　今天开会。大家辛苦了，我们要继续努力。　　一、总结　　我们总结经验。"
    )
    assert speech.title == "在会上的讲话"
    assert outline(speech) == ["开篇: 0 1", "§1: 2"]
