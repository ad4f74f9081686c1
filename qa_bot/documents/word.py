"""Word (.docx) → Source: the paragraphs in their order, tables, text boxes, automatic numbers, notes at the end.

python-docx opens the package; the text is walked here, as its own `Paragraph.text` leaves out what was inserted under
revision, content controls and text boxes. Left out: headers and footers, deleted and hidden text, the codes of fields,
and the marks of notes (their texts stand at the end, under 注释).
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml
from docx.package import Package
from lxml import etree

from qa_bot.documents.listing import Lists
from qa_bot.documents.source import Limits, Source
from qa_bot.errors import DocumentError

_OTHERS = "w:del w:moveFrom w:delText w:instrText w:pPr w:rPr w:sectPr w:tblPr w:trPr w:tcPr"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_LEFT_OUT = frozenset((*map(qn, _OTHERS.split()), _FALLBACK))
_BREAKS = (qn("w:br"), qn("w:cr"))
_WRITTEN = {qn("w:tab"): " ", qn("w:ptab"): " ", qn("w:noBreakHyphen"): "-"}
_TEXTS = (qn("w:t"), "{http://schemas.openxmlformats.org/officeDocument/2006/math}t")
_NOTES = {qn("w:footnoteReference"): "footnotes", qn("w:endnoteReference"): "endnotes"}
_CONTENTS = re.compile(r"toc( \d| heading)?$", re.IGNORECASE)


@dataclass(slots=True)
class _Text:
    """The lines so far; `notes` holds (kind, id) of each note in the order of its mark."""

    lines: list[str] = field(default_factory=list)
    levels: list[tuple[int, int]] = field(default_factory=list)
    furniture: list[tuple[int, str]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def read_word(data: bytes, name: str, limits: Limits) -> Source:
    """The lines of a Word file.

    Raises:
        DocumentError: it is no Word file, locked, unpacks to too much, holds entities of its own, or no text.
    """
    main: Any = Package.open(_packed(_checked(data, name, limits))).main_document_part
    parts = {rel.reltype.rpartition("/")[2]: rel.target_part for rel in main.rels.values() if not rel.is_external}
    trees = {kind: parse_xml(part.blob) for kind, part in parts.items() if kind in _USED}
    text = _Text()
    reader = _Reader(text, Lists(trees.get("styles"), trees.get("numbering")))
    reader.blocks(parse_xml(main.blob))
    reader.add_notes(trees)
    if not any(text.lines):
        raise DocumentError("no_text", f"{name} holds no text; if it is a picture of one, give the text itself")
    title = text.titles[0] if len(text.titles) == 1 else None
    return Source(name, "word", "\n".join(text.lines), "docx", title, tuple(text.levels), tuple(text.furniture))


_USED = ("styles", "numbering", "footnotes", "endnotes")


def _checked(data: bytes, name: str, limits: Limits) -> dict[str, bytes]:
    """Name → content of the XML parts of a package, which is judged before anything is unpacked."""
    package = zipfile.ZipFile(io.BytesIO(data))
    entries = package.infolist()
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError("locked", f"{name} is locked with a password; save it without one")
    size = sum(entry.file_size for entry in entries)
    if size > limits.unpacked or len(entries) > 10_000:
        line = f"{name} unpacks to {size:,} bytes in {len(entries):,} parts, over the limit of {limits.unpacked:,}"
        raise DocumentError("unsafe", f"{line}; save its text alone")
    if not any(entry.filename.startswith("word/") for entry in entries):
        raise DocumentError("other", f"{name} is a packed file, and no Word text; unpack it, or save it as .docx")
    parts = {e.filename: package.read(e) for e in entries if e.filename.lower().endswith((".xml", ".rels"))}
    for xml in (part.replace(b"\0", b"") for part in parts.values()):
        if b"<!DOCTYPE" in xml or b"<!ENTITY" in xml:
            raise DocumentError("unsafe", f"{name} defines entities of its own, as no Word file does; save it again")
    return parts


def _packed(parts: dict[str, bytes]) -> io.BytesIO:
    """The parts as a package again, without the relationships to parts that are not there: pictures, which are not
    needed, and what some writers name and leave out, over which python-docx trips."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as package:
        for name, content in parts.items():
            if name.endswith(".rels"):
                tree = parse_xml(content)
                folder = posixpath.dirname(posixpath.dirname("/" + name))
                for relation in list(tree):
                    target = posixpath.normpath(posixpath.join(folder, relation.get("Target", "")))
                    if relation.get("TargetMode") != "External" and target.lstrip("/") not in parts:
                        tree.remove(relation)
                content = etree.tostring(tree)
            package.writestr(name, content)
    return stream


class _Reader:
    def __init__(self, text: _Text, lists: Lists) -> None:
        self.text, self.lists = text, lists

    def blocks(self, container: Any) -> None:
        """Write the paragraphs of a container, tables and nested containers included."""
        for child in container:
            if child.tag == qn("w:p"):
                self.paragraph(child)
            elif child.tag == qn("w:tr"):
                self.row(child)
            elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT:
                self.blocks(child)

    def row(self, row: Any) -> None:
        """A row of short cells is one line; in other rows each paragraph is one."""
        at = len(self.text.lines)
        widths = []
        for cell in row.iterchildren(qn("w:tc"), qn("w:sdt")):
            before = len(self.text.lines)
            self.blocks(cell)
            widths.append(len(self.text.lines) - before)
        cells = self.text.lines[at:]
        if max(widths, default=0) <= 1 and all(len(cell) <= 40 for cell in cells):
            self.text.lines[at:] = [" ".join(filter(None, cells))] if any(cells) else []
            self.text.levels = [mark for mark in self.text.levels if mark[0] <= at]
            self.text.furniture = [mark for mark in self.text.furniture if mark[0] <= at]

    def paragraph(self, paragraph: Any) -> None:
        boxes: list[Any] = []
        written = "".join(self.inline(paragraph, boxes))
        style = self.lists.style_of(paragraph)
        label = self.lists.label(paragraph) if written.strip() else ""
        for piece in (label + written).split("\n"):
            self.text.lines.append(piece)
            number = len(self.text.lines)
            if not piece.strip():
                continue
            if _CONTENTS.match(style.name):
                self.text.furniture.append((number, "table of contents"))
            elif style.name.lower() == "title":
                self.text.titles.append(piece.strip())
            elif style.level and len(piece) <= 60 and piece.strip()[-1] not in "。；，":
                self.text.levels.append((number, style.level))
        for box in boxes:
            self.blocks(box)

    def inline(self, node: Any, boxes: list[Any]) -> Iterator[str]:
        """The text of a paragraph; its text boxes are put by."""
        for child in node:
            if child.tag in _TEXTS:
                yield (child.text or "").replace("\n", " ")
            elif child.tag in _BREAKS:
                yield "\n"
            elif child.tag in _WRITTEN:
                yield _WRITTEN[child.tag]
            elif child.tag in _NOTES:
                self.text.notes.append((_NOTES[child.tag], child.get(qn("w:id"))))
            elif child.tag == qn("w:txbxContent"):
                boxes.append(child)
            elif isinstance(child.tag, str) and child.tag not in _LEFT_OUT and not _is_hidden(child):
                yield from self.inline(child, boxes)

    def add_notes(self, trees: dict[str, Any]) -> None:
        """Write the notes that the text refers to, numbered in that order."""
        found = {
            (kind, note.get(qn("w:id"))): note for kind in ("footnotes", "endnotes") for note in trees.get(kind, ())
        }
        notes = [found[mark] for mark in self.text.notes if mark in found]
        if notes:
            self.text.lines += ["", "注释"]
        for number, note in enumerate(notes, 1):
            written = " ".join(filter(None, ("".join(self.inline(p, [])).strip() for p in note.iter(qn("w:p")))))
            self.text.lines.append(f"{number}. {' '.join(written.split(chr(10)))}")


def _is_hidden(run: Any) -> bool:
    properties = run.find(qn("w:rPr"))
    vanish = properties.find(qn("w:vanish")) if properties is not None else None
    return vanish is not None and vanish.get(qn("w:val")) not in ("0", "false", "off")
