"""The page without a browser: what is drawn, asked for, refused, and what a fault looks like."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from qa_bot import errors
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import read_speech
from qa_bot.text import HAN
from qa_bot.types import Answer, Notice, Quotation, Reason, Speech
from qa_bot.ui import conversation, reader
from qa_bot.ui.conversation import Turn, turn_html
from qa_bot.ui.wording import WORDS

ROOT = Path(__file__).parent.parent
HOSTILE = (
    "**加粗** $x^2$ :red[红] <script>alert(1)</script> <img src=x onerror=alert(1)> [链接](javascript:alert(1)) "
    "![图](http://example.invalid/a.png) &lt;b&gt; </span></div> :material/home: `code` # 标题"
)
HOSTILE_SPEECH = f"""注入大会上的讲话

同志们：

开场白说明情况。我们今天讨论安全问题。

一、{HOSTILE}

注入的文字必须原样显示。{HOSTILE}这一段说明蓝鲸项目投资35亿元。

二、收尾工作。接在标题后面的一段话。

三、结束语

最后大家要继续努力，把蓝鲸项目的各项工作做好。
"""

Page = Callable[..., AppTest]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """Opens the page on a speech, in a process that has opened nothing yet."""
    st.cache_resource.clear()

    def open_page(speech: Path = DEFAULT_SPEECH, **settings: str) -> AppTest:
        for name, value in {"QA_BOT_SPEECH": str(speech), **settings}.items():
            monkeypatch.setenv(name, value)
        return AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run()

    yield open_page
    st.cache_resource.clear()


class Seen(HTMLParser):
    """Every tag of a piece of HTML, its text, and the text under `data-start` by offset."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[dict[str, str | None]] = []
        self.text = ""
        self.held: dict[int, str] = {}
        self._at: list[int | None] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes.append(given)
        start = given.get("data-start")
        self._at.append(int(start) if start else self._at[-1] if self._at else None)

    def handle_endtag(self, tag: str) -> None:
        self._at.pop()

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._at and (start := self._at[-1]) is not None:
            self.held[start] = self.held.get(start, "") + data


def turns(at: AppTest) -> list[Seen]:
    assert not at.exception
    bodies = [element.proto.body for element in at.get("html")]
    return [Seen(body) for body in bodies if body.startswith('<section class="qb-turn"')]


def ask(at: AppTest, question: str) -> Seen:
    return turns(at.chat_input[0].set_value(question).run())[-1]


def classes(seen: Seen) -> set[str]:
    return {name for given in seen.attributes for name in (given.get("class") or "").split()}


def placeholders(text: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", text))


def test_both_languages_say_the_same_things() -> None:
    zh, en = WORDS["zh"], WORDS["en"]
    assert list(zh) == list(en)
    assert all(zh.values())
    assert [key for key in zh if placeholders(zh[key]) != placeholders(en[key])] == []
    assert [key for key, text in en.items() if key != "seal" and re.search(f"[{HAN}]", text)] == []
    assert set(get_args(Reason)) <= set(zh)
    faults = {kind.__name__ for kind in errors.QABotError.__subclasses__()} - {"QuestionsError"}
    assert {f"fault_{name}" for name in faults} <= set(zh)


def every_speech(tmp_path: Path) -> Iterator[Speech]:
    hostile = tmp_path / "hostile.txt"
    hostile.write_text(HOSTILE_SPEECH.replace("蓝鲸", "蓝𬶍"), encoding="utf-8")
    yield from (read_speech(DEFAULT_SPEECH), read_speech(hostile))


def test_the_reader_holds_every_character_once(tmp_path: Path) -> None:
    for speech in every_speech(tmp_path):
        seen = Seen(reader.render(speech, WORDS["zh"]))
        held = sorted(seen.held.items())
        assert all(speech.text[start : start + len(text)] == text for start, text in held)
        assert "".join("".join(text.split()) for _, text in held) == "".join(speech.text.split())
        ids = [given["id"] for given in seen.attributes if "id" in given]
        assert len(ids) == len(set(ids))
        assert {reader.anchor(speech, start) for start, _ in speech.spans.values()} <= set(ids)
        assert not {"script", "img", "b"}.intersection(seen.tags)
        jumps = {given["data-jump"] for given in seen.attributes if "data-jump" in given}
        assert {f"p{p.address}" for p in speech.paragraphs if p.number} <= jumps <= set(ids)


def test_an_answer_quotes_and_links(page: Page) -> None:
    at = page()
    speech = read_speech(DEFAULT_SPEECH)
    seen = ask(at, "全年新增高新技术企业多少家？")
    assert {"qb-answer", "qb-speech", "qb-quote"} <= classes(seen)
    chips = [given for given in seen.attributes if "data-from" in given]
    spans = [(int(chip["data-from"] or 0), int(chip["data-to"] or 0)) for chip in chips]
    assert any("新增高新技术企业10家以上" in speech.text[start:end] for start, end in spans)
    assert all(speech.text[start:end] in seen.text for start, end in spans)
    assert [chip["href"] for chip in chips] == [f"#{reader.anchor(speech, start)}" for start, _ in spans]
    assert "与全文逐字一致" in seen.text


def test_refusals_and_what_the_page_says_look_different(page: Page) -> None:
    at = page()
    refused = ask(at, "高铁什么时候通车？")
    assert "qb-refused" in classes(refused)
    assert WORDS["zh"]["not_mentioned"] in refused.text
    assert WORDS["zh"]["nearest"] in refused.text
    assert [given for given in refused.attributes if "data-from" in given]
    posted = ask(at, "这篇讲话是什么时候发布的？")
    assert "qb-provenance" in classes(posted)
    assert "2023-05-08" in posted.text
    assert "qb-quote" not in classes(posted)
    task = ask(at, "给我写一首诗")
    assert WORDS["zh"]["out_of_scope"] in task.text
    assert len(turns(at)) == 3


def test_a_followup_shows_how_it_was_understood(page: Page) -> None:
    at = page()
    first = ask(at, "全年新增高新技术企业多少家？")
    assert "qb-understood" not in classes(first)
    second = ask(at, "那“专精特新”中小企业呢？")
    assert "qb-understood" in classes(second)
    assert "新增“专精特新”中小企业10家以上" in second.text


def suggested(at: AppTest) -> list[str]:
    """The questions that stand there to be pressed."""
    assert not at.exception
    html = "".join(element.proto.body for element in at.get("html"))
    return [str(given["data-text"]) for given in Seen(html).attributes if given.get("data-do") == "ask"]


def test_every_sample_comes_from_the_speech_and_is_answered(page: Page, tmp_path: Path) -> None:
    at = page()
    first = suggested(at)
    assert len(first) >= 4
    for question in first:
        seen = ask(at, question)
        assert question in seen.text
        assert "qb-speech" in classes(seen), question
        at.button(key="new").click().run()
    hostile = tmp_path / "hostile.txt"
    hostile.write_text(HOSTILE_SPEECH, encoding="utf-8")
    others = suggested(page(hostile))
    assert others
    assert set(first) != set(others)
    assert not [question for question in others if set(question) & set("*$:[]<>`!#_\\&")]


def test_suggestions_follow_the_conversation_and_each_is_answered(page: Page) -> None:
    at = page()
    asked = ["全年新增高新技术企业多少家？"]
    ask(at, asked[0])
    for _ in range(3):
        following = suggested(at)
        assert following
        assert not set(following) & set(asked)
        asked.append(following[0])
        assert "qb-speech" in classes(ask(at, following[0])), following[0]
    assert suggested(at) != following
    assert "金融服务" in asked[1]  # the paragraph after the one that was cited


def test_the_other_language_keeps_the_conversation(page: Page) -> None:
    at = page()
    ask(at, "高铁什么时候通车？")
    at.segmented_control[0].set_value("en").run()
    (seen,) = turns(at)
    assert WORDS["en"]["not_mentioned"] in seen.text
    assert "高铁什么时候通车？" in seen.text
    assert at.chat_input[0].placeholder == WORDS["en"]["input"]
    at.button(key="new").click().run()
    assert turns(at) == []
    assert all(re.search("[A-Za-z]", question) for question in suggested(at))
    assert page(QA_BOT_LANG="en").segmented_control[0].value == "en"


def test_hostile_text_stays_text(page: Page, tmp_path: Path) -> None:
    hostile = tmp_path / "hostile.txt"
    hostile.write_text(HOSTILE_SPEECH, encoding="utf-8")
    at = page(hostile)
    for question in (HOSTILE, "注入的文字怎样显示？", "蓝鲸项目投资多少亿元？"):
        seen = ask(at, question)
        assert question in seen.text
        assert not {"script", "img", "strong", "em", "code", "h1"}.intersection(seen.tags)
        assert all((given.get("href") or "#").startswith("#") for given in seen.attributes)
    assert [element.value for element in at.markdown if element.value and not element.value.startswith("<style")] == []


@pytest.mark.parametrize("question", ["？？！", "   。", "问" * 10_000])
def test_what_cannot_be_asked_gets_one_line(page: Page, question: str) -> None:
    at = page()
    seen = ask(at, question)
    assert "qb-fault" in classes(seen)
    assert WORDS["zh"]["fault_UsageError"] in seen.text
    assert "qb-answer" in classes(ask(at, "讲话分为几个部分？"))


def test_a_missing_speech_is_a_line_and_what_was_asked_waits(page: Page, tmp_path: Path) -> None:
    late = tmp_path / "late.txt"
    at = page(late)
    at.chat_input[0].set_value("讲话分为几个部分？").run()
    assert not at.exception
    bodies = " ".join(element.proto.body for element in at.get("html"))
    assert WORDS["zh"]["fault_SpeechError"] in bodies
    assert "late.txt" in bodies
    late.write_bytes(DEFAULT_SPEECH.read_bytes())
    at.button(key="retry").click().run()
    assert "qb-speech" in classes(turns(at)[-1])


@pytest.mark.parametrize(
    ("settings", "fault"),
    [
        ({"QA_BOT_CHROMA": "http://127.0.0.1:9"}, "fault_IndexStoreError"),
        ({"QA_BOT_CHROMA": "nowhere"}, "fault_SettingError"),
        ({"QA_BOT_ENCODER": "static:/nowhere"}, "fault_EncoderError"),
    ],
)
def test_what_does_not_open_is_a_line(page: Page, settings: dict[str, str], fault: str) -> None:
    at = page(**settings)
    assert not at.exception
    assert WORDS["zh"][fault] in " ".join(element.proto.body for element in at.get("html"))


def test_an_index_deleted_under_the_page_costs_one_question_at_most(page: Page, tmp_path: Path) -> None:
    at = page(QA_BOT_HOME=str(tmp_path / "gone"))
    shutil.rmtree(tmp_path / "gone")
    looks = [
        classes(ask(at, f"{what}讲了什么？")) for what in ("金融服务", "人力资源", "营商环境", "科技创新", "实体经济")
    ]
    assert all(look & {"qb-quote", "qb-fault"} for look in looks)
    assert sum("qb-fault" in look for look in looks) <= 1
    assert len(turns(at)) == len(looks)


def _counted(opened: list[object]) -> None:
    import app
    from qa_bot.settings import Settings

    def opener(settings: Settings) -> object:
        opened.append(settings)
        return app.open_bot(settings)

    app.page(opener)


def test_the_bot_is_opened_once_for_all_sessions(page: Page) -> None:
    opened: list[object] = []
    for _ in range(2):
        at = AppTest.from_function(_counted, args=(opened,), default_timeout=60).run()
        assert not at.exception
        for question in ("讲话分为几个部分？", "讲话是怎么结尾的？"):
            ask(at, question)
    assert len(opened) == 1


def test_what_was_downgraded_stands_between_no_marks_and_many_notices_are_folded() -> None:
    text = "讲话说月球也要开发，也说“人才是第一资源”。"
    quotations = (Quotation(3, 9, "downgraded", None), Quotation(13, 20, "exact", None))
    notices = tuple(Notice("quote_downgraded", f"第{n}处") for n in range(4))
    answer = Answer("?", "?", text, "chat", "a:model", quotations=quotations, notices=notices)
    html = turn_html(Turn("?", answer, read_speech(DEFAULT_SPEECH)), WORDS["zh"])
    assert re.search('<span class="qb-downgraded"[^>]*>月球也要开发</span><small[^>]*>不是原话</small>', html)
    assert re.search('“<q class="qb-exact"[^>]*>人才是第一资源</q>”', html)
    assert "核对发现 4 处要留意" in html
    assert ".qb-answer q { quotes: none; }" in (Path(conversation.__file__).parent / "style.css").read_text("utf-8")
