"""Lines → one HTML page for paper: no script, no link, nothing that is fetched."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from qa_bot.export.document import Kind, Line

_TAGS: dict[Kind, str] = {"title": "h1", "question": "h2"}
_STYLE = """
body { max-width: 42em; margin: 2em auto; padding: 0 1em; color: #111; background: #fff;
  font: 1rem/1.75 "Songti SC", "Noto Serif CJK SC", SimSun, serif; overflow-wrap: anywhere; }
h1, h2 { font-family: "PingFang SC", "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; line-height: 1.4; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2em; border-top: 1px solid #999; padding-top: 1em; }
p { margin: .5em 0; white-space: pre-wrap; }
.meta, .label, .foot, .notice { font-size: .85rem; color: #444; }
.cited { padding-left: 1em; border-left: 3px solid #999; }
@page { margin: 2cm; }
@media print { body { max-width: none; margin: 0; padding: 0; font-size: 11pt; } h2 { break-after: avoid; }
  p { orphans: 2; widows: 2; } .cited { break-inside: avoid; } }
"""


def render(lines: Sequence[Line], lang: str) -> str:
    """The whole page."""
    body = "\n".join(
        f'<{tag} class="{line.kind}" dir="auto">{escape(line.text)}</{tag}>'
        for line in lines
        for tag in (_TAGS.get(line.kind, "p"),)
    )
    return f"""<!doctype html>
<html lang="{"zh-CN" if lang == "zh" else lang}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(lines[0].text)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""
