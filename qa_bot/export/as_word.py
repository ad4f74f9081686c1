"""Lines → a Word document: plain styles, Chinese fonts named, no macro, no field, no link."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import docx
from docx.oxml.ns import qn
from docx.shared import Pt, RGBColor

from qa_bot.export.document import Kind, Line

_STYLES: dict[Kind, str] = {
    "title": "Title",
    "question": "Heading 1",
    "cited": "List Bullet",
    "notice": "Caption",
    "meta": "Caption",
    "label": "Caption",
    "foot": "Caption",
}
_FONTS = {"Normal": ("Times New Roman", "宋体"), "Title": ("Arial", "黑体"), "Heading 1": ("Arial", "黑体")}
_SIZES = {"Normal": 12, "Title": 20, "Heading 1": 14, "Caption": 10}


def render(lines: Sequence[Line], lang: str) -> bytes:
    """The bytes of a `.docx`."""
    made = docx.Document()
    for name, size in _SIZES.items():
        _style(made.styles[name], size, *_FONTS.get(name, _FONTS["Normal"]))
    for language in made.styles.element.xpath("w:docDefaults//w:lang"):
        language.set(qn("w:eastAsia"), "zh-CN")  # how lines break, and what is checked for spelling
    for line in lines:
        made.add_paragraph(line.text, style=_STYLES.get(line.kind))
    about = made.core_properties
    about.author, about.comments, about.title = "", "", lines[0].text[:255]
    about.language = {"zh": "zh-CN"}.get(lang, lang)
    about.created = about.modified = datetime.now(UTC).replace(tzinfo=None)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def _style(style: Any, size: int, latin: str, chinese: str) -> None:
    """Fonts by name in place of the template's theme, black on white, upright."""
    style.font.name, style.font.size = latin, Pt(size)
    style.font.bold = style.name in ("Title", "Heading 1")
    style.font.color.rgb = RGBColor(0, 0, 0)
    properties = style.element.get_or_add_rPr()
    fonts = properties.find(qn("w:rFonts"))
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(qn(f"w:{theme}"), None)
    fonts.set(qn("w:eastAsia"), chinese)
