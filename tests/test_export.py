"""Answers taken away: every character itself, nothing alive in any form, and a proof that holds or does not."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa_bot.bot import open_bot
from qa_bot.citations import cite
from qa_bot.export import markdown, printable, proof, reference, word
from qa_bot.export.as_markdown import escape
from qa_bot.export.document import UNSEEN, document, visible
from qa_bot.settings import load_settings
from qa_bot.speech import parse_speech
from qa_bot.store import KeptTurn
from qa_bot.types import Answer, Notice, Provenance, Quotation, Related, Speech
from qa_bot.wording import EXPORT
from tests.command import run

ODD = "企业**要*多*、_少_、`码`、[链](javascript:alert(1))、<b>粗</b>、$x^2$、# 号、![图](http://evil.example/i.png)。"
TEXT = f"各位代表：\n一、经济\n今年新建学校十所，**同志负责。\n{ODD}\n1. 说“好”&amp;。"
SPEECH = parse_speech(TEXT, title="2024年讲话")
WHEN = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)


def answered(question: str, address: str, said: str = "讲话的原话是：", *, quoted: bool = True) -> Answer:
    citation = cite(SPEECH, SPEECH.spans[address])
    start = len(said) + 1
    if not quoted:
        return Answer(question, question, f"{said}〔{citation.marker}〕", "chat", "openai:some", citations=(citation,))
    quotations = (Quotation(start, start + len(citation.quote), "exact", 0),)
    text = f"{said}“{citation.quote}”〔{citation.marker}〕"
    return Answer(question, question, text, citations=(citation,), quotations=quotations)


def refused(question: str) -> Answer:
    start, end = SPEECH.spans["1.1"]
    related = (Related(1, SPEECH.text[start:end], start, end),)
    return Answer(question, "别的问法", "讲话没有提到。", status="refused", reason="not_mentioned", related=related)


TURNS = (
    KeptTurn("学校多少？", answered("学校多少？", "1.1"), asked=WHEN),
    KeptTurn("企业呢？", answered("企业呢？", "2", "企业要多要少", quoted=False), asked=WHEN),
    KeptTurn(
        "火星？", replace(refused("火星？"), notices=(Notice("language", "模型没有用提问的语言回答"),)), asked=WHEN
    ),
    KeptTurn("谁发的？", Answer("谁发的？", "谁发的？", "网站：某网", basis="provenance"), asked=WHEN),
    KeptTurn("坏了？", fault="ModelError", asked=WHEN),
)

RENDERERS = (
    MarkdownIt("commonmark"),
    MarkdownIt("js-default", {"typographer": True, "html": True}).enable(["replacements", "smartquotes"]),
)


def shown(source: str, renderer: MarkdownIt) -> list[str]:
    """The text of each block, as a reader sees it; anything but plain text is told by its name in braces."""
    blocks = [token.children or [] for token in renderer.parse(source) if token.type == "inline"]
    return ["".join(t.content if t.type == "text" else f"{{{t.type}}}" for t in block) for block in blocks]


class Page(HTMLParser):
    """The text of each line in the body of an HTML page, and every tag with its attributes."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, str | None]] = []
        self.lines: list[str] = []
        self.inside = False
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags += [(tag, name) for name, _ in attrs] or [(tag, None)]
        if tag in ("h1", "h2", "p"):
            self.lines.append("")
            self.inside = True

    def handle_endtag(self, tag: str) -> None:
        self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.lines[-1] += data


def in_markdown(turns: tuple[KeptTurn, ...], speech: Speech, lang: str) -> list[str]:
    first, *others = [shown(markdown(turns, speech, lang), renderer) for renderer in RENDERERS]
    assert all(other == first for other in others)
    return first


def in_word(turns: tuple[KeptTurn, ...], speech: Speech, lang: str) -> list[str]:
    data = word(turns, speech, lang)
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        assert not [name for name in parts.namelist() if re.search("vba|embed|external", name, re.IGNORECASE)]
        body = parts.read("word/document.xml").decode()
        assert not re.search(r"<w:(hyperlink|fld|instrText|object|drawing|pict)|TargetMode=\"External\"", body)
        assert b'TargetMode="External"' not in b"".join(parts.read(n) for n in parts.namelist() if n.endswith(".rels"))
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs]


def in_page(turns: tuple[KeptTurn, ...], speech: Speech, lang: str) -> list[str]:
    source = printable(turns, speech, lang)
    page = Page(source)
    assert {tag for tag, _ in page.tags} <= {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p"}
    assert {name for tag, name in page.tags if tag in ("h1", "h2", "p")} == {"class", "dir"}
    assert "default-src 'none'" in source
    assert not re.search(r"url\(|@import", source.partition("</style>")[0])
    return page.lines


FORMS = {"markdown": in_markdown, "word": in_word, "page": in_page}
form = pytest.mark.parametrize("form", FORMS)
lang = pytest.mark.parametrize("lang", ["zh", "en"])


@form
@lang
def test_every_form_shows_the_same_lines(form: str, lang: str) -> None:
    lines = [line.text for line in document(TURNS, SPEECH, lang)]
    assert FORMS[form](TURNS, SPEECH, lang) == lines
    assert any(SPEECH.text[slice(*SPEECH.spans["1.1"])] in line for line in lines)
    assert any(ODD in line for line in lines)


def test_what_the_lines_say() -> None:
    speech = replace(SPEECH, provenance=Provenance(site="某网", posted="2024-05-06"))
    lines = [line.text for line in document(TURNS, speech, "zh")]
    assert lines[:4] == [
        "《2024年讲话》问答", "网站：某网", "网页发布时间：2024-05-06（不是讲话的时间）",
        f"讲话全文的 SHA-256：{SPEECH.sha256}",
    ]  # fmt: skip
    told, odd = "\n".join(lines), cite(SPEECH, SPEECH.spans["2"]).marker
    for part in (
        "问：学校多少？\n讲话的原话是：“今年新建学校十所，**同志负责。”〔1.1〕\n〔1.1〕《2024年讲话》第1段（一、经济）",
        f"企业要多要少〔{odd}〕\n〔{odd}〕《2024年讲话》第2段（一、经济）：“{ODD}”\n1 处原文，导出时与全文逐字一致；",
        "由模型 openai:some 写成",
        "按这个意思查找：别的问法\n讲话没有提到\n讲话没有提到。\n全文中最接近的地方：\n《2024年讲话》第1段：“今年新建学校十所，",
        "模型没有用提问的语言回答",
        "网页信息，不是讲话原文\n网站：某网\n由程序写成",
        "问：坏了？\n这个问题没有得到答案。\n提问时间：2026-11-24 08:30 UTC+0000",
        "照原样保留",
    ):
        assert part in told, part


def test_both_languages_say_the_same_things() -> None:
    def keys(words: Any) -> Any:
        return {key: keys(value) for key, value in words.items()} if isinstance(words, dict) else None

    assert keys(EXPORT["zh"]) == keys(EXPORT["en"])
    english = [line.text for line in document(TURNS[3:], SPEECH, "en")]
    assert not [line for line in english if re.search("[\u4e00-\u9fff]", line.replace(SPEECH.title, "")[20:])]


HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](http://evil.example/x.png)",
    "&lt;b&gt; &#60;",
    "[x](javascript:alert(1))",
    "<http://evil.example>",
    "http://evil.example www.evil.example",
    "**粗** __b__ ~~s~~ `c`",
    "# 标题",
    "1. 列",
    "- 列",
    "> 引",
    "```\nx\n```",
    "    缩进",
    "\t缩进",
    "|a|b|\n|-|-|",
    "[x]: http://evil.example",
    "---",
    "$x$ $$y$$ \\(z\\) :red[x] :smile:",
    "\u202eevil\u202c \u2066x\u2069",
    "\u200b\ufeff\u200e\u061c",
    "<!--",
    "]]>",
    "行尾两格  \n下一行\\",
    "\x00\x01\x08\x0b\x0c\x1b[31m\x7f\x85",
    "\udfff\ud800",
    "\ufffe\uffff",
    "\u2028\u2029",
    "'\" onload=",
    "{{x}} {0} %s",
    '=HYPERLINK("http://evil.example")',
    "\U000e0041\U000e007f",
    "--- ... (c) \"x\" 'y' -- +-",
    "</title></style><script>",
]


@form
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_inert(form: str, text: str) -> None:
    speech = replace(SPEECH, title=text, provenance=Provenance(site=text, speaker=text))
    notices = (Notice("claim_unsupported", text),)
    answer = replace(TURNS[1].answer or refused(""), question=text, search_query=f"{text}？", text=text, model=text)
    turns = (KeptTurn(text, replace(answer, notices=notices)), KeptTurn(text, replace(refused(text), text=text)))
    lines = [line.text for line in document(turns, speech, "zh")]
    assert FORMS[form](turns, speech, "zh") == lines
    assert not UNSEEN.search("".join(lines))
    assert sum(visible(text).strip() in line for line in lines) >= 7


@given(st.text())
def test_any_text_is_itself_in_markdown(text: str) -> None:
    line = UNSEEN.sub("", re.sub(r"[\n\t]", "", text))
    for renderer in RENDERERS:
        assert shown(f"- {escape(line)}\n", renderer) == [line][: bool(line)]
        assert shown(f"{escape('x' + line)}\n", renderer) == [f"x{line}"]


def test_what_is_unseen_is_named() -> None:
    turn = KeptTurn("好\u202e吗\x1b？", answered("好", "1.1"))
    assert "问：好⟨U+202E⟩吗⟨U+001B⟩？" in [line.text for line in document((turn,), SPEECH, "zh")]


def test_a_quotation_that_the_speech_does_not_hold_is_told() -> None:
    other = parse_speech(TEXT.replace("十所", "九所"), title="2024年讲话")
    for lang in ("zh", "en"):
        lines = [line.text for line in document(TURNS[:1], other, lang)]
        assert [line for line in lines if "十所" in line and line.endswith(EXPORT[lang]["differs"])]
        assert EXPORT[lang]["unchecked"].format(n=1, not_held=1) in "".join(lines)


def test_a_quotation_with_its_reference() -> None:
    [citation] = answered("", "1.1").citations
    assert reference(citation, SPEECH) == "“今年新建学校十所，**同志负责。”（《2024年讲话》第1段）"
    assert reference(citation, SPEECH, "en") == "“今年新建学校十所，**同志负责。” (《2024年讲话》, paragraph 1)"
    places = {"0": "称呼", "§1": "标题"}
    for address, place in places.items():
        heading = cite(SPEECH, SPEECH.spans[address])
        assert reference(heading, SPEECH).endswith(f"（《2024年讲话》{place}）")
        near = Related(heading.paragraph, heading.quote, heading.start, heading.end)
        assert reference(near, SPEECH) == reference(heading, SPEECH)


def test_word_has_chinese_fonts_and_says_nothing_of_who_made_it() -> None:
    made = docx.Document(io.BytesIO(word(TURNS, SPEECH)))
    used = {"Normal"} | {paragraph.style.name for paragraph in made.paragraphs if paragraph.style}
    for name in used & {"Normal", "Title", "Heading 1"}:
        fonts = made.styles[name].element.rPr.find(qn("w:rFonts"))
        assert re.search("[\u4e00-\u9fff]", fonts.get(qn("w:eastAsia")))
        assert not [key for key in fonts.attrib if "theme" in key.lower()]
    [language] = made.styles.element.xpath("w:docDefaults//w:lang")
    assert language.get(qn("w:eastAsia")) == "zh-CN"
    assert (made.core_properties.author, made.core_properties.comments) == ("", "")
    assert made.core_properties.title == "《2024年讲话》问答"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> tuple[tuple[KeptTurn, ...], Speech]:
    """A conversation with the shipped speech."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_BOT_HOME", str(tmp_path_factory.mktemp("export")))
        bot = open_bot(load_settings())
        questions = ("全年新增高新技术企业多少家？", "讲话分为几个部分？", "火星基地何时建成？", "谁发布的？")
        turns = tuple(KeptTurn(question, bot.ask(question), asked=WHEN) for question in questions)
        bot.close()
    return (*turns, KeptTurn("坏了？", fault="ModelError")), bot.speech


def test_a_proof_holds(real: tuple[tuple[KeptTurn, ...], Speech], tmp_path: Path) -> None:
    turns, speech = real
    (tmp_path / "a.json").write_text(proof(turns, speech), "utf-8")
    done = run("verify", "a.json")
    assert (done.code, done.out) == (0, "")
    assert "everything holds: 4 answers" in done.err
    first = json.loads((tmp_path / "a.json").read_bytes())[0]
    assert first.pop("speech") == {"title": speech.title, "sha256": speech.sha256}
    assert first.pop("asked") == "2026-11-24T08:30:00+00:00"
    assert turns[0].answer
    assert first == json.loads(json.dumps(turns[0].answer.to_dict()))
    assert Answer.from_dict(first) == turns[0].answer


TAMPERED: dict[str, Callable[[str], str]] = {
    "a figure": lambda text: text.replace("10家", "11家"),
    "a sha256": lambda text: re.sub('("sha256": ")....', r"\1beef", text),
    "a place": lambda text: text.replace('"paragraph": 8', '"paragraph": 9'),
    "a refusal": lambda text: text.replace('"refused"', '"answered"'),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_proof_that_was_changed_does_not(
    real: tuple[tuple[KeptTurn, ...], Speech], tmp_path: Path, name: str
) -> None:
    text = proof(*real)
    assert TAMPERED[name](text) != text
    (tmp_path / "a.json").write_text(TAMPERED[name](text), "utf-8")
    done = run("verify", "a.json")
    assert done.code == 3
    assert done.out.strip()


def test_a_proof_against_another_speech_says_so(real: tuple[tuple[KeptTurn, ...], Speech], tmp_path: Path) -> None:
    turns, speech = real
    (tmp_path / "a.json").write_text(proof(turns[3:4], speech), "utf-8")  # without citations: nothing else could differ
    (tmp_path / "b.txt").write_text("各位代表：\n今年新建学校十所。我们要加油。", "utf-8")
    done = run("verify", "a.json", "--speech", "b.txt")
    assert done.code == 3
    assert "another speech" in done.out
    assert speech.title in done.out
    assert speech.sha256[:12] in done.out


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_in_a_proof_is_escaped_and_unchanged(text: str) -> None:
    answer = replace(answered(text, "1.1"), notices=(Notice("claim_unsupported", text),))
    told = proof([KeptTurn(text, answer)], SPEECH)
    assert not UNSEEN.search(told)
    [back] = json.loads(told)
    assert (back["question"], back["notices"][0]["detail"]) == (text, text)


def test_nothing_of_this_machine_is_taken_along(tmp_path: Path) -> None:
    line = f"the server at http://10.0.0.7:8000 cannot be reached; see {tmp_path}"
    notices = (Notice("fallback", line), Notice("truncated", line))
    turns = (KeptTurn("？", replace(answered("？", "1.1"), notices=notices)),)
    for lang in ("zh", "en"):
        taken = "\n".join(
            [*in_markdown(turns, SPEECH, lang), *in_word(turns, SPEECH, lang), proof(turns, SPEECH, lang)]
        )
        assert "10.0.0.7" not in taken
        assert str(tmp_path) not in taken
        assert taken.count(EXPORT[lang]["notices"]["fallback"]) == 3


def test_a_conversation_without_turns_is_a_document_too() -> None:
    assert json.loads(proof((), SPEECH)) == []
    for form in FORMS.values():
        assert form((), SPEECH, "zh")[0] == "《2024年讲话》问答"
