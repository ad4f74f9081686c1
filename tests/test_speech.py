"""Whole speeches: the shipped one, big ones, and what holds for any text at all."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_bot.errors import SpeechError
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import parse_speech, read_speech
from qa_bot.types import Provenance, Speech

SPEECHES = Path(__file__).parent / "speeches"
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"


@pytest.fixture(scope="module")
def shipped() -> Speech:
    return read_speech(DEFAULT_SPEECH)


def test_the_shipped_speech(shipped: Speech) -> None:
    assert shipped.title == "2023年在高新区高质量发展大会上讲话"
    assert shipped.provenance == Provenance("力信秘书网", "公文范文", "2023-05-08 10:10:05", "网友投稿")
    under = [
        (s.address or s.title, [p.number for p in shipped.paragraphs if p.section == i])
        for i, s in enumerate(shipped.sections)
    ]
    assert under == [
        ("开篇", [0, 1]), ("§1", [2, 3, 4, 5]), ("§2", [6, 7, 8, 9, 10]), ("§3", [11, 12, 13, 14]), ("结语", [15]),
    ]  # fmt: skip
    assert [p.number for p in shipped.paragraphs if p.lead] == [3, 4, 5, 7, 8, 9, 10, 12, 13, 14]
    assert shipped.text[slice(*shipped.spans["0.1"])] == "各位企业家、同志们:"
    assert shipped.text[slice(*shipped.spans["3.1"])] == "坚定信心抓发展。"


def test_what_was_taken_out_of_the_shipped_speech(shipped: Speech) -> None:
    assert [line.reason for line in shipped.stripped] == [
        "breadcrumb", "title", "posting line", "teaser that repeats the opening", "title repeated",
        "credits", "credits", "credits",
    ]  # fmt: skip
    source = DEFAULT_SPEECH.read_text(encoding="utf-8").split("\n")
    assert all(source[line.line - 1] == line.text for line in shipped.stripped)


def test_redactions_of_the_shipped_speech_survive(shipped: Speech) -> None:
    assert {shipped.text[a:b] for a, b in shipped.redactions} == {"**"}
    assert len(shipped.redactions) == shipped.text.count("**")


def test_a_text_with_nothing_to_see_is_an_error() -> None:
    for text in ("", " \n\u3000\t", "\u200b\ufeff", "\x00\x01"):
        with pytest.raises(SpeechError, match="no text to read"):
            parse_speech(text)


def test_many_paragraphs_and_a_long_one() -> None:
    many = parse_speech("\n".join(f"这是第{n}个段落，我们要努力工作。" for n in range(2000)))
    assert many.paragraphs[-1].address == "2000"
    long = parse_speech("这是一个普通的句子，我们要努力工作。" * 1200)
    assert len(long.paragraphs) == 1
    assert len(long.paragraphs[0].sentences) == 1200


def test_a_report_of_thirty_thousand_characters_is_read_fast() -> None:
    source = (SPEECHES / "report.txt").read_text(encoding="utf-8")
    body = "推动产业升级。改造传统产业，培育新兴产业，建成“十个”产业园区（含两个省级园区）。" * 8
    long = source.replace("改造传统产业，", "\n".join(body for _ in range(90)))
    assert len(long) > 30_000
    parse_speech(long)
    best = min(_seconds(long) for _ in range(3))
    assert best < 0.3


def _seconds(text: str) -> float:
    start = time.process_time()
    parse_speech(text)
    return time.process_time() - start


@pytest.mark.parametrize(
    "unit",
    ["大\n", ">\n", "来源：x\n", "在大会上的讲话\n", "一、标题\n", "（一）加强。我们要加强。\n", "各位代表！\n",
     "甲乙丙丁\n", "正文。\n名词解释\n甲\n", "“", "各位", "省长 ", "时间：\n", "**a", "的\n", "一是加强。我们加强。\n"],
)  # fmt: skip
def test_time_grows_with_the_text(unit: str) -> None:
    short, long = (_seconds(unit * (n // len(unit))) for n in (6_000, 48_000))
    assert long < 30 * short + 0.5


_PIECES = """各位代表：|同志们，|各位来宾，|一、总则|（一）加强学习。|一是抓好落实。|二是改进作风。|第一，要学习。
|1.医疗方面。|附件1|名词解释|注释：|我们要努力。|“走吧。”他说。|（|）|“|”|的|下载|大|>|首页|相关链接
|责任编辑：|张三|2024年5月1日|——在大会上|在会上的讲话|来源：新华社|2024-05-01 10:00|**高新区|XX|PM|2.5
|年平均浓度。|是：指|：|。|　　|    |Hello world. |……|；|# |**粗**|版权所有|上一篇：某|小编为大家整理
|在全市高质量发展工作推进大会上，我们认真总结经验，部署任务，明确方向，坚定信心，鼓舞干劲。"""
PIECES = st.sampled_from(
    [*_PIECES.replace("\n", "").split("|"), "\n", "\n", "\n\n", "\r\n", "\u200b", "\u200d", "\u00a0"]
)
TEXTS = (
    st.lists(PIECES, max_size=40).map("".join)
    | st.text(max_size=150)
    | st.lists(PIECES | st.text(max_size=4)).map("".join)
)


def read(text: str, markdown: bool = False) -> Speech | None:
    try:
        return parse_speech(text, markdown=markdown)
    except SpeechError:
        return None


@settings(max_examples=300)
@given(TEXTS, st.booleans())
def test_reading_again_changes_nothing(text: str, markdown: bool) -> None:
    if speech := read(text, markdown):
        again = parse_speech(speech.text)
        assert again.text == speech.text
        assert again.sha256 == speech.sha256 == hashlib.sha256(speech.text.encode()).hexdigest()


@settings(max_examples=300)
@given(TEXTS)
def test_nothing_that_a_reader_would_see_is_lost(text: str) -> None:
    if speech := read(text):
        kept = speech.text + "".join(line.text for line in speech.stripped)
        assert _seen(kept) == _seen(text)


def _seen(text: str) -> list[str]:
    return sorted(c for c in text if c not in UNSEEN and not c.isspace() and c >= " " and not "\x7f" <= c < "\xa0")


@settings(max_examples=300)
@given(TEXTS, st.booleans())
def test_offsets_addresses_and_copies_agree(text: str, markdown: bool) -> None:
    speech = read(text, markdown)
    if speech is None:
        return
    addresses = [p.address for p in speech.paragraphs] + [s.address for p in speech.paragraphs for s in p.sentences]
    addresses += [s.address for s in speech.sections if s.address]
    assert len(addresses) == len(set(addresses))
    numbers = [p.number for p in speech.paragraphs if p.kind == "body"]
    assert numbers == list(range(1, len(numbers) + 1))
    covered = [(s.start, s.end) for s in speech.sections if s.end > s.start]
    end = 0
    for p in speech.paragraphs:
        assert end <= p.start < (end := p.end) <= len(speech.text)
        at = p.start
        for sentence in p.sentences:
            assert at <= sentence.start < sentence.end <= p.end
            assert not speech.text[at : sentence.start].strip()
            at = sentence.end
        assert not speech.text[at : p.end].strip()
        covered.append((p.start, p.end))
    at = 0
    for start, stop in sorted(covered):
        assert not speech.text[at:start].strip()
        at = max(at, stop)
    assert not speech.text[at:].strip()
    assert all(s.parent is None or speech.sections[s.parent].start <= s.start for s in speech.sections)
