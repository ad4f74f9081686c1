"""A report as one HTML page that needs nothing else: no script, no font, no request; every text escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path

from qa_bot.report.blocks import Block, Entry, Figure, Heading, Row, Table, Text, Tiles, visible

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")


def to_html(blocks: Iterable[Block], title: str) -> str:
    """The blocks under a style sheet for light, dark, narrow and printed."""
    body = "\n".join(map(_block, blocks))
    return f"""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>{_text(title)}</title>
<style>
{STYLE}</style></head><body><main>
{body}
</main></body></html>
"""


def _block(block: Block) -> str:
    match block:
        case Heading(level, text, anchor):
            place = f' id="{anchor}"' if anchor else ""
            return f"<h{level}{place}>{_text(text)}</h{level}>"
        case Text(text):
            return f"<p>{_text(text)}</p>"
        case Tiles(tiles):
            each = (
                f"<div><dt>{_text(t.label)}</dt><dd><b>{_text(t.figure)}</b> {_text(t.beside)}</dd></div>"
                for t in tiles
            )
            return f'<dl class="tiles">{"".join(each)}</dl>'
        case Table():
            return _table(block)
        case Figure(svg):
            return f"<figure>{svg}</figure>"
        case Entry():
            return _entry(block)


def _table(table: Table) -> str:
    head = "".join(f'<th scope="col">{_text(name)}</th>' if name else "<td></td>" for name in table.header)
    head += f'<th scope="col" class="drawn">{_text(table.drawn)}</th>' if table.drawn else ""
    rows = "\n".join(map(_row, table.rows))
    caption, figures = _text(table.caption), len(table.header) - 1
    return (
        f'<p class="caption">{caption}</p><div class="scroll" role="region" aria-label="{caption}" tabindex="0">'
        f'<table aria-label="{caption}" style="--figures: {figures}">\n'
        f"<thead><tr>{head}</tr></thead><tbody>\n{rows}\n</tbody></table></div>"
    )


def _row(row: Row) -> str:
    first, *others = (_text(cell) for cell in row.cells)
    name = f'<a href="#{row.link}">{first}</a>' if row.link else first
    cells = "".join(f"<td>{cell}</td>" for cell in others)
    drawn = f'<td class="drawn">{row.drawn}</td>' if row.drawn else ""
    return f'<tr{" class=chosen" if row.chosen else ""}><th scope="row">{name}</th>{cells}{drawn}</tr>'


def _entry(entry: Entry) -> str:
    items = "".join(f"<dt>{name}</dt><dd>{_text(value)}</dd>" for name, value in entry.items)
    found = "".join(
        f'<li value="{place}">{"<strong>gold 应引</strong> " if gold else ""}<bdi>{_text(sentence)}</bdi></li>'
        for place, gold, sentence in entry.evidence
    )
    evidence = f"<details><summary>retrieved 检索到的句子</summary><ol>{found}</ol></details>" if found else ""
    title, content = f"<h4><bdi>{_text(entry.title)}</bdi></h4>", f"<dl>{items}</dl>{evidence}"
    folded = f"<details><summary>{title}</summary>{content}</details>" if entry.folded else title + content
    return f"<article>{folded}</article>"


def _text(text: str) -> str:
    return escape(visible(text))
