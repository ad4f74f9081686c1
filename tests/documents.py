"""Real documents for the tests: pages, Word files, PDFs, made here; and Word files with a part exchanged."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import docx

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
FONTS = b"/Resources<</Font<</F 3 0 R>>>>"
TO_UNICODE = b"""/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /A def
1 begincodespacerange <0000> <FFFF> endcodespacerange
1 beginbfrange <0000> <FFFF> <0000> endbfrange
endcmap CMapName currentdict /CMap defineresource pop end end"""
FONT = (
    b"<</Type/Font/Subtype/Type0/BaseFont/A/Encoding/Identity-H/ToUnicode 4 0 R/DescendantFonts[<</Type/Font"
    b"/Subtype/CIDFontType2/BaseFont/A/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/DW 1000>>]>>"
)


def pdf(pages: Sequence[Sequence[tuple[float, float, str]]], size: int = 12) -> bytes:
    """A PDF whose pages hold rows of text at (x, y); its font maps each code to the character of that code."""
    streams = [
        b"\n".join(
            b"BT /F %d Tf %g %g Td <%s> Tj ET" % (size, x, y, text.encode("utf-16-be").hex().encode())
            for x, y, text in rows
        )
        for rows in pages
    ]
    return raw_pdf(streams)


def raw_pdf(streams: Sequence[bytes], about: bytes = b"") -> bytes:
    """A PDF with one page for each content stream; `about` goes into the dictionaries of the streams."""
    kids = b" ".join(b"%d 0 R" % (5 + 2 * i) for i in range(len(streams)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(streams), kids),
        FONT,
        b"<</Length %d>>stream\n%s\nendstream" % (len(TO_UNICODE), TO_UNICODE),
    ]
    for i, stream in enumerate(streams):
        objects += [
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % (6 + 2 * i),
            b"<</Length %d%s>>stream\n%s\nendstream" % (len(stream), about, stream),
        ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer <</Root 1 0 R /Size %d>>\nstartxref\n%d\n%%%%EOF"
    return out + end % (len(objects) + 1, table, len(objects) + 1, len(out))


def word(*paragraphs: str) -> bytes:
    """A Word file of plain paragraphs."""
    made = docx.Document()
    for paragraph in paragraphs:
        made.add_paragraph(paragraph)
    return saved(made)


def saved(made: docx.document.Document) -> bytes:
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def with_parts(package: bytes, **parts: str | bytes) -> bytes:
    """The Word file with parts exchanged or added: `word/NAME`, or `word/NAME.xml`, for each NAME."""
    source, out = zipfile.ZipFile(io.BytesIO(package)), io.BytesIO()
    exchanged = {f"word/{name}" + ".xml" * ("." not in name): content for name, content in parts.items()}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            if entry.filename not in exchanged:
                target.writestr(entry, source.read(entry))
        for name, content in exchanged.items():
            target.writestr(name, content)
    return out.getvalue()


def body(inner: str) -> str:
    """The main part of a Word file with this in its body."""
    return f'<?xml version="1.0" encoding="UTF-8"?><w:document {W}><w:body>{inner}</w:body></w:document>'


def site(title: str, head: str, paragraphs: Sequence[str], charset: str = "gb2312") -> str:
    """A page of the shape of the sites that put up speeches: menus, breadcrumb, teaser, text, links, owner."""
    words = ["首页", "范文大全", "工作总结", "心得体会", "公文范文", "演讲稿", "主持词"]
    menu = "".join(f'<li><a href="/{i}">{word}</a></li>' for i, word in enumerate(words))
    others = "".join(f'<li><a href="/x{i}">2023年在{word}会议上的讲话</a></li>' for i, word in enumerate(words))
    text = "\n".join(f"<p>　　{one}</p>" for one in paragraphs)
    return f"""<!DOCTYPE html><html><head><meta http-equiv="Content-Type" content="text/html; charset={charset}">
<title>{title}-力信秘书网</title><script>var a = "<p>不是讲话，是脚本。</p>";</script>
<style>p {{color: red}}</style></head>
<body><div><a href="/">力信秘书网</a><ul>{menu}</ul></div>
<div>当前位置:<a href="/">力信秘书网</a>&gt;<a href="/f">范文大全</a> &gt; <a href="/g">公文范文</a> &gt; {title}</div>
<div class="article"><h1>{title}</h1><div class="info">{head.replace(" ", "&nbsp;")}</div>
<div class="summary">{"".join(paragraphs[:2])[:90]}下面是小编为大家整理的{title},供大家参考。</div>
<div class="content"><!-- 不是讲话，是注解。 --><h2>{title}</h2>{text}</div>
<div><p>上一篇：<a href="/a">2023年学习心得体会</a></p><p>下一篇：<a href="/b">主题教育动员讲话</a></p></div></div>
<div class="side"><h3>相关文章</h3><ul>{others}</ul></div>
<div class="footer"><p>Copyright © 2020-2023 力信秘书网 版权所有 <a href="#">湘ICP备12345678号</a></p></div>
</body></html>"""
