"""Files of other kinds become the speech that they hold; what was taken out can be put back."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path

import docx
import pytest
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml

from qa_bot.documents import Source, read_document
from qa_bot.errors import DocumentError
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import parse_speech, read_speech, to_speech
from qa_bot.speech.lines import columns
from tests.command import fault, run
from tests.documents import W, body, pdf, saved, site, with_parts, word

SHIPPED = read_speech(DEFAULT_SPEECH)
LINES = SHIPPED.text.split("\n")
CALL = "各位代表："
PROSE = "今天我们召开这次会议，主要任务是总结经验、部署工作，把各项任务落到实处。"
PAGE = site(SHIPPED.title, "时间:2023-05-08 10:10:05 公文范文 来源:网友投稿", LINES)


def lines_of(data: bytes, name: str) -> list[str]:
    return read_document(data, name).text.split("\n")


@pytest.fixture(scope="module")
def page() -> Source:
    return read_document(PAGE.encode("gb18030"), "speech.html")


def test_a_page_is_the_speech_in_it(page: Source) -> None:
    speech = to_speech(page)
    assert (page.kind, page.encoding) == ("html", "gb18030")
    assert speech.text == SHIPPED.text
    assert (speech.title, speech.provenance) == (SHIPPED.title, SHIPPED.provenance)
    assert "脚本" not in page.text
    assert "注解" not in page.text


def test_each_line_taken_out_comes_back_by_its_number(page: Source) -> None:
    speech = to_speech(page)
    assert len(speech.stripped) > 20
    for line in speech.stripped[::5]:
        back = to_speech(page, restored={line.line})
        assert line.text in back.text.split("\n")
        assert back.stripped == tuple(other for other in speech.stripped if other.line != line.line)
    whole = to_speech(page, restored={line.line for line in speech.stripped})
    assert whole.stripped == ()
    lines = page.text.replace("\xa0", " ").split("\n")
    assert [line for line in lines if line.strip("　 ") not in whole.text] == []


def test_another_title_changes_nothing_but_the_title(page: Source) -> None:
    named = to_speech(page, title="我的题目")
    assert (named.title, named.sha256) == ("我的题目", SHIPPED.sha256)


def test_a_restored_line_of_plain_text() -> None:
    source = read_document(f"当前位置：首页>讲话\n在会议上的讲话\n{CALL}\n{PROSE}\n打印本页".encode(), "a.txt")
    speech = to_speech(source)
    assert [line.line for line in speech.stripped] == [1, 2, 5]
    assert speech.text == f"{CALL}\n{PROSE}"
    assert to_speech(source, restored=[2, 5]).text == f"在会议上的讲话\n{CALL}\n{PROSE}\n打印本页"


@pytest.mark.parametrize(
    ("declared", "codec"),
    [
        ("gb2312", "gb18030"),
        ("utf-8", "utf-8"),
        ("big5", "big5"),
        ("", "gb18030"),
        ("utf-8", "gb18030"),
        ("", "utf-16"),
    ],
)
def test_encoding_of_a_page(declared: str, codec: str) -> None:
    prose = "現在我們要堅持穩中求進，推動高質量發展，把各項工作做好。" if codec == "big5" else PROSE
    meta = f'<meta charset="{declared}">' if declared else ""
    made = f"<!DOCTYPE html><html><head>{meta}</head><body><p>{CALL}</p><p>{prose}</p></body></html>".encode(codec)
    assert lines_of(made, "a.html") == [CALL, "", prose]


def test_prose_outside_of_what_looks_like_the_main_text_stays() -> None:
    parts = [f"第{i}，{PROSE}" for i in range(9)]
    far = "".join(f'<div class="comment footer"><p>{part}</p></div><li><a href="/">链接</a></li>' for part in parts)
    made = f"<html><body><article><p>{CALL}</p><p>{PROSE}</p></article>{far}</body></html>"
    speech = to_speech(read_document(made.encode(), "a.html"))
    assert [part for part in parts if part not in speech.text] == []


LINK = '<li><a href="/x">关于做好防汛工作的通知</a><span>2023-05-01</span></li>'
SHAPES = {
    "divs": (
        '<h1>云山市人民政府</h1><p>您现在的位置：<a href="/">首页</a> &gt; <a href="/a">领导讲话</a></p>'
        "<div>{title}</div><div><span>发布时间：2023-05-08</span><span>来源：市政府办</span><span>浏览次数：123</span></div>"
        "<div>{divs}</div><div><a>【打印本页】</a><a>【关闭窗口】</a></div><ul>{links}</ul><p>网站标识码：4300000001</p>"
    ),
    "breaks": (
        "<table><tr><td>{links}</td></tr></table><table><tr><td><b>{title}</b></td></tr><tr><td>2023-05-08 10:10 来源："
        "市政府办</td></tr><tr><td><font>{breaks}</font></td></tr></table><table><tr><td>{links}</td></tr></table>"
    ),
    "spans": "<div><p align=center><b><span>{title}</span></b></p>{spans}</div>",
}


@pytest.mark.parametrize("shape", SHAPES)
def test_other_shapes_of_pages(shape: str) -> None:
    inner = SHAPES[shape].format(
        title=SHIPPED.title,
        links=LINK * 4,
        divs="".join(f"<div>&nbsp;&nbsp;&nbsp;&nbsp;{line}</div>" for line in LINES),
        breaks="<br><br>　　".join(LINES),
        spans="".join(f"<p><span\nlang=x>{line[:9]}</span><span>{line[9:]}</span></p>" for line in LINES),
    )
    page = f"<html><head><title>{SHIPPED.title}_云山市人民政府</title></head><body>{inner}</body></html>"
    speech = to_speech(read_document(page.encode(), "a.html"))
    assert (speech.title, speech.text) == (SHIPPED.title, SHIPPED.text)
    assert speech.provenance.source == (None if shape == "spans" else "市政府办")


def test_lines_of_a_page() -> None:
    made = (
        f"<html><body><p>{CALL}<br>第一行，\n 接着&nbsp;写<b>完</b>。</p><table><tr><td>指标</td><td>10亿</td></tr>"
        "</table><h2>一、回顾</h2><div>没有<span>段落</span>标记的话。<p>又一段。</p></div></body></html>"
    )
    source = read_document(made.encode(), "a.html")
    assert [line for line in source.text.split("\n") if line] == [
        CALL, "第一行， 接着\xa0写完。", "指标 10亿", "一、回顾", "没有段落标记的话。", "又一段。",
    ]  # fmt: skip


def test_word_paragraphs_tables_and_headings_in_order() -> None:
    made = docx.Document()
    made.sections[0].header.paragraphs[0].text = "内部资料"
    made.add_heading("在会议上的讲话", 0)
    made.add_paragraph(CALL)
    made.add_heading("工作回顾", 1)
    made.add_paragraph(PROSE)
    table = made.add_table(2, 2)
    for i, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{i}"
    made.add_heading("工作安排", 1)
    made.add_heading("产业", 2)
    made.add_paragraph("软换行一。\n软换行二。")
    speech = to_speech(read_document(saved(made), "a.docx"))
    assert speech.title == "在会议上的讲话"
    assert speech.text == f"{CALL}\n工作回顾\n{PROSE}\n格0 格1\n格2 格3\n工作安排\n产业\n软换行一。\n软换行二。"
    assert [(section.title, section.level) for section in speech.sections][1:] == [
        ("工作回顾", 1), ("工作安排", 1), ("产业", 2),
    ]  # fmt: skip


def test_word_text_that_was_inserted_deleted_hidden_or_boxed() -> None:
    inner = (
        "<w:p><w:r><w:t>原有</w:t></w:r><w:ins><w:r><w:t>加入</w:t></w:r></w:ins><w:del><w:r><w:delText>删去</w:delText>"
        "</w:r></w:del><w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:r><w:fldChar w:fldCharType='begin'/>"
        "<w:instrText>PAGE</w:instrText></w:r></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>控件里的段落</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        "<w:p><w:r><w:t>框外</w:t><w:pict><w:txbxContent><w:p><w:r><w:t>框里</w:t></w:r></w:p></w:txbxContent></w:pict></w:r></w:p>"
    )
    assert lines_of(with_parts(word(), document=body(inner)), "a.docx") == ["原有加入", "控件里的段落", "框外", "框里"]


def test_word_with_a_part_that_is_named_and_not_there() -> None:
    package = zipfile.ZipFile(io.BytesIO(word(CALL, PROSE)))
    relations = package.read("word/_rels/document.xml.rels").decode()
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    image = f'<Relationship Id="rId99" Type="{kind}" Target="../NULL"/></Relationships>'
    made = with_parts(word(CALL, PROSE), **{"_rels/document.xml.rels": relations.replace("</Relationships>", image)})
    assert lines_of(made, "a.docx") == [CALL, PROSE]


def test_word_numbers_that_are_automatic() -> None:
    def item(depth: int, text: str) -> str:
        numbers = f'<w:pPr><w:numPr><w:ilvl w:val="{depth}"/><w:numId w:val="7"/></w:numPr></w:pPr>'
        return f"<w:p>{numbers}<w:r><w:t>{text}</w:t></w:r></w:p>"

    kinds = [("chineseCountingThousand", "%1、"), ("japaneseCounting", "（%2）"), ("decimal", "%3."), ("bullet", "·")]
    depths = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{kind}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (kind, text) in enumerate(kinds)
    )
    num = '<w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num>'
    lists = f'<w:abstractNum w:abstractNumId="3">{depths}</w:abstractNum>{num}'
    shape = [(0, "甲"), (1, "乙"), (1, "丙"), (2, "丁"), (3, "戊"), (0, "己"), (1, "庚")]
    made = with_parts(
        word(), document=body("".join(item(*one) for one in shape)), numbering=f"<w:numbering {W}>{lists}</w:numbering>"
    )
    assert lines_of(made, "a.docx") == ["一、甲", "（一）乙", "（二）丙", "1. 丁", "戊", "二、己", "（一）庚"]


def test_word_footnotes_are_endnotes() -> None:
    made = docx.Document()
    for i, text in enumerate((CALL, PROSE, PROSE)):
        run_ = made.add_paragraph(text).add_run()
        if i:
            run_._r.append(parse_xml(f'<w:footnoteReference {W} w:id="{3 - i}"/>'))
    note = '<w:footnote w:id="{0}"><w:p><w:r><w:t>第{0}条说明。</w:t></w:r></w:p></w:footnote>'
    notes = f"<w:footnotes {W}>{note.format(1)}{note.format(2)}</w:footnotes>".encode()
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    part = Part(PackURI("/word/footnotes.xml"), kind, notes, made.part.package)
    made.part.relate_to(part, "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes")
    speech = to_speech(read_document(saved(made), "a.docx"))
    assert [(p.address, speech.text[p.start : p.end]) for p in speech.paragraphs if p.kind == "note"] == [
        ("注1", "1. 第2条说明。"), ("注2", "2. 第1条说明。"),
    ]  # fmt: skip


def rows(text: str, top: float, indent: int = 2, width: int = 30) -> list[tuple[float, float, str]]:
    """A paragraph as rows of a PDF, of `width` characters of 12 points; the first row is indented."""
    cut, room = [""], width - indent
    for char in text:
        if columns(cut[-1] + char) > 2 * room:
            cut, room = [*cut, ""], width
        cut[-1] += char
    return [(72 + 12 * indent * (not i), top - 20 * i, piece) for i, piece in enumerate(cut)]


@pytest.mark.parametrize("indent", [0, 2])
def test_pdf_rows_are_joined_and_headers_taken_out(indent: int) -> None:
    first = "一年来，我们坚持高质量发展，" * 9 + "取得了显著成效。"
    second = "2022年以来，GDP增长5.2%，" * 8 + "好于预期。"
    third = "去年的工作成绩来之不易，要倍加珍惜。" * 4
    top, bottom = (72.0, 780.0, "在会议上的讲话"), 40.0
    split = rows(first, 700, indent=indent)
    pages = [
        [top, (72.0, 740.0, CALL), *split[:3], (300.0, bottom, "— 1 —")],
        [top, *((x, y + 60, t) for x, y, t in split[3:]), *rows(second, 640, indent=indent), (300.0, bottom, "— 2 —")],
        [top, *rows(third, 700, indent=indent), *rows("谢谢大家！", 400, indent=indent), (300.0, bottom, "— 3 —")],
    ]
    source = read_document(pdf(pages), "a.pdf")
    speech = to_speech(source)
    assert speech.text.split("\n") == [CALL, first, second, third, "谢谢大家！"]
    assert [line.text for line in speech.stripped if line.reason == "page number"] == ["— 1 —", "— 2 —", "— 3 —"]
    assert [line.reason for line in speech.stripped if line.text == top[2]] == ["repeated on each page"] * 3


def test_pdf_characters_are_the_usual_ones() -> None:
    made = pdf(
        [
            [
                (72, 700, "⾼质量发展是⾸要任务，⻓期坚持，⻅到万⼾⸺成效 。 2023 年 ﬁnal"),
                (72, 400, "高 新 区 的 同 志 们"),
            ]
        ]
    )
    assert lines_of(made, "a.pdf") == ["高质量发展是首要任务，长期坚持，见到万户——成效。2023年final", "高新区的同志们"]


def test_kinds_are_told_by_content_before_the_name() -> None:
    made = word(CALL, PROSE)
    assert read_document(made, "speech.txt").kind == "word"
    assert read_document(PAGE.encode("gb18030"), "speech.txt").kind == "html"
    assert read_document(f"{CALL}\n{PROSE}".encode(), "speech.pdf").kind == "text"
    assert read_document(f"# 讲话\n{CALL}\n<b>{PROSE}</b>".encode(), "a.md").kind == "markdown"
    assert read_document(f"{CALL}\n\n{PROSE}".encode(), "a.html").text == f"{CALL}\n\n{PROSE}"


def test_every_kind_on_the_command_line(tmp_path: Path) -> None:
    files = {"a.docx": word(*LINES), "a.html": PAGE.encode("gb18030"), "../a.pdf": pdf([[(72, 700, PROSE)]])}
    for name, data in files.items():
        (tmp_path / Path(name).name).write_bytes(data)
    assert run("show", "--plain", tmp_path / "a.docx").out == SHIPPED.text
    assert run("show", "--plain", "--speech", tmp_path / "a.html").out == SHIPPED.text
    assert run("show", "--plain", tmp_path / "a.pdf").out == PROSE
    (tmp_path / "b.docx").write_bytes(b"PK\x03\x04")
    assert "b.docx is damaged" in fault(run("ingest", tmp_path / "b.docx"))


def test_a_text_starts_no_process_and_loads_no_parser() -> None:
    code = (
        "import sys; from qa_bot.speech import *; from qa_bot.documents import read_document;"
        f"to_speech(read_document({PROSE.encode()!r}, 'a.txt'));"
        "print(*{'subprocess', 'lxml', 'qa_bot.documents.apart'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_reading_is_the_same_each_time(page: Source) -> None:
    again = read_document(PAGE.encode("gb18030"), "speech.html")
    assert again == page
    assert to_speech(again).stripped == to_speech(page).stripped
    assert parse_speech(to_speech(page).text).text == to_speech(page).text


def test_an_empty_document_says_so() -> None:
    for made, name in ((word(""), "a.docx"), (pdf([[]]), "a.pdf"), (b"<html><body></body></html>", "a.html")):
        with pytest.raises(DocumentError, match="holds no text") as caught:
            read_document(made, name)
        assert caught.value.kind == "no_text"
