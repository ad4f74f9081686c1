"""Speech → HTML of the whole text: headings, numbered paragraphs, redactions; every character at its offset.

An element with `data-start` holds contiguous characters of `Speech.text` from that offset and nothing else, so that
`page.js` can mark any span of them. Ids: `p12` a paragraph, `s12-3` a sentence, `h2` the section of that index.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

from qa_bot.types import Paragraph, Section, Speech
from qa_bot.ui.outline import strip_html, toolbar_html
from qa_bot.ui.plain import tamed

Words = Mapping[str, str]


@tamed
def render(speech: Speech, words: Words) -> str:
    """The reader's pane: its tools, the strip of paragraphs, and a focusable scrolling region with the whole text."""
    sections = [((s.start, 0, s.level), _heading(speech, i, s, words)) for i, s in enumerate(speech.sections)]
    paragraphs = [((p.start, 1, 0), _paragraph(speech, p, words)) for p in speech.paragraphs]
    body = "".join(html for _, html in sorted(sections + paragraphs))
    return (
        f'<div class="qb-desk" data-speech="{speech.sha256}">{toolbar_html(speech, words)}{strip_html(speech, words)}'
        f'<div id="reader" class="qb-reader" role="region" tabindex="0" aria-label="{escape(words["reader"])}">'
        f'<article class="qb-sheet" lang="zh-CN"><header>{masthead(speech, words)}</header>{body}</article></div></div>'
    )


def masthead(speech: Speech, words: Words) -> str:
    """Title and origin, escaped: what the page that carries the speech says about it."""
    origin = speech.provenance
    known = [origin.speaker, origin.occasion, origin.site, origin.source]
    facts = [*known, words["posted"].format(value=origin.posted)] if origin.posted else known
    bodies = sum(p.kind == "body" for p in speech.paragraphs)
    size = words["size"].format(paragraphs=bodies, characters=f"{sum(not c.isspace() for c in speech.text):,}")
    items = "".join(f"<span>{escape(fact)}</span>" for fact in [*facts, size] if fact)
    return f'<h2 class="qb-title">{escape(speech.title or words["untitled"])}</h2><p class="qb-origin">{items}</p>'


def anchor(speech: Speech, offset: int) -> str:
    """The id of the paragraph or the heading that holds this offset."""
    if paragraph := speech.paragraph_at(offset):
        return f"p{paragraph.address}"
    return next((f"h{i}" for i, s in enumerate(speech.sections) if s.start <= offset < s.end), "reader")


def slice_html(speech: Speech, start: int, end: int, words: Words) -> str:
    """These characters of the speech, escaped, each redaction shown as one."""
    pieces, at = [], start
    for low, high in ((max(a, start), min(b, end)) for a, b in speech.redactions if a < end and start < b):
        gone = escape(speech.text[low:high])
        pieces += [escape(speech.text[at:low]), f'<span class="qb-gone" title="{escape(words["gone"])}">{gone}</span>']
        at = high
    return "".join([*pieces, escape(speech.text[at:end])])


def _heading(speech: Speech, index: int, section: Section, words: Words) -> str:
    if section.start == section.end:
        return f'<p class="qb-part" id="h{index}">{escape(words.get(section.title, section.title))}</p>'
    if speech.paragraph_at(section.start):  # the heading is the beginning of a paragraph, which shows it
        return f'<span id="h{index}"></span>'
    level = min(section.level + 2, 6)
    text = slice_html(speech, section.start, section.end, words)
    return f'<h{level} id="h{index}" tabindex="-1"><span data-start="{section.start}">{text}</span></h{level}>'


def _paragraph(speech: Speech, paragraph: Paragraph, words: Words) -> str:
    pieces, at = [], paragraph.start
    for i, sentence in enumerate(paragraph.sentences):
        pieces.append(slice_html(speech, at, sentence.start, words))
        lead = ' class="qb-lead"' if i == 0 and paragraph.lead else ""
        text = slice_html(speech, sentence.start, sentence.end, words)
        pieces.append(f'<span id="s{escape(sentence.address.replace(".", "-"))}"{lead}>{text}</span>')
        at = sentence.end
    pieces.append(slice_html(speech, at, paragraph.end, words))
    number = ""
    if paragraph.number:
        label = escape(words["paragraph"].format(n=paragraph.number))
        number = f'<span class="qb-number" title="{label}" aria-label="{label}" role="img">{paragraph.number}</span>'
    return (
        f'<div class="qb-paragraph qb-{paragraph.kind}" id="p{escape(paragraph.address)}" tabindex="-1">{number}'
        f'<p data-start="{paragraph.start}">{"".join(pieces)}</p></div>'
    )
