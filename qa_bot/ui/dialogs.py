"""What opens over the page: speeches to choose and bring, conversations to find, an answer to take away."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import streamlit as st

from qa_bot import export
from qa_bot.errors import QABotError
from qa_bot.types import Speech
from qa_bot.ui.conversation import fault_html
from qa_bot.ui.jobs import fault_of
from qa_bot.ui.parts import act_button, edit_button, edit_form, sure_button
from qa_bot.ui.plain import tame
from qa_bot.ui.rooms import Room
from qa_bot.ui.session import Session
from qa_bot.ui.shelf import kept_turns
from qa_bot.ui.wording import REASONS

Words = Mapping[str, str]
KINDS = ("txt", "md", "html", "htm", "docx", "pdf")


def open_dialog(session: Session, home: Speech | None, room: Room | None, words: Words) -> None:
    """Open what was asked for in this run, if anything was."""
    asked, session.dialog = session.dialog, ""
    if asked == "speeches":
        st.dialog(words["speeches"], width="medium")(lambda: speeches(session, home, words))()
    elif asked == "conversations":
        st.dialog(words["conversations"], width="medium")(lambda: conversations(session, room, words))()
    elif asked == "take" and room and session.turns:
        st.dialog(words["take"])(lambda: take_away(session, room, words))()


def speeches(session: Session, home: Speech | None, words: Words) -> None:
    """The speeches of this browser, and a place to bring others."""
    items = [_speech("default", home.title, words["home_speech"], not session.speech, words)] if home else []
    items += [
        _speech(kept.sha, kept.title, kept.name or words["pasted"], kept.sha == session.speech, words)
        for kept in session.shelf.speeches()
    ]
    st.html(tame(f'<ul class="qb-items">{"".join(items)}</ul>'))
    if not session.shelf.owner:
        st.html(f'<p class="qb-small">{escape(words["no_owner"])}</p>')
        return
    with st.form("bring", border=False, clear_on_submit=False):
        text = st.text_area(
            words["paste"], key="pasted", height=140, max_chars=1_000_000, placeholder=words["paste_why"]
        )
        files = st.file_uploader(words["files"], type=list(KINDS), accept_multiple_files=True, key="files")
        sent = st.form_submit_button(words["bring"], type="primary")
    if sent:
        given: list[tuple[str | bytes, str]] = [(file.getvalue(), file.name) for file in files]
        given += [(text.encode("utf-8", "replace").decode(), f"{words['pasted']}.txt")] * bool(text.strip())
        bring(session, given, words)


def bring(session: Session, given: list[tuple[str | bytes, str]], words: Words) -> None:
    """Read and keep each; a file that cannot be read gets its line, and the others are there all the same."""
    brought, lines = [], []
    bar = st.progress(0.0, words["reading"]) if given else None
    for number, (data, name) in enumerate(given):
        if bar:
            bar.progress(number / len(given), words["reading"])
        try:
            brought.append(session.shelf.bring(data, name))
        except QABotError as error:
            lines.append((name, fault_of(error)))
    if bar:
        bar.empty()
    if brought:
        session.clear(brought[-1].sha256)
        session.lines += lines
        st.rerun()
    for name, fault in lines:
        st.html(tame(fault_html(fault, words, name)))
    if not given:
        st.html(f'<p class="qb-small">{escape(words["nothing_given"])}</p>')


def _speech(sha: str, title: str, name: str, current: bool, words: Words) -> str:
    shown = escape(title or words["untitled"])
    mine = "" if sha == "default" else edit_button("title", words) + sure_button("forget", words)
    form = "" if sha == "default" else edit_form("title", title, words, "save", "title_label")
    here = ' aria-current="true"' if current else ""
    return (
        f'<li class="qb-item" data-id="{escape(sha)}"><button type="button" class="qb-open" data-do="speech"{here}>'
        f'<span lang="zh-CN">{shown}</span><small>{escape(name)}</small></button>{mine}{form}</li>'
    )


def conversations(session: Session, room: Room | None, words: Words) -> None:
    """The conversations of this browser, newest first, found by what was asked and answered."""
    sought = st.text_input(words["find_conversation"], key="sought", placeholder=words["find_conversation"])
    found = session.shelf.conversations(sought or "")
    items = "".join(
        f'<li class="qb-item" data-id="{escape(c.id)}"><button type="button" class="qb-open" data-do="open"'
        f"{' aria-current=true' * (c.id == session.conversation)}><span>{escape(c.title)}</span>"
        f"<small>{escape(c.speech_title)} · {escape(words['turns'].format(n=c.turns))} · {c.updated:%Y-%m-%d %H:%M} UTC"
        f"</small></button>{edit_button('rename', words)}{sure_button('delete', words)}"
        f"{edit_form('rename', c.title, words, 'save', 'name_label')}</li>"
        for c in found
    )
    none = f'<p class="qb-small">{escape(words["found_none" if sought else "none_kept"])}</p>'
    st.html(tame(f'<ul class="qb-items">{items}</ul>' if items else none))
    if room and (rated := session.shelf.rated(room.speech.sha256)):
        st.download_button(
            words["rated"], rated, "questions.jsonl", "application/jsonl", on_click="ignore", type="tertiary"
        )


def take_away(session: Session, room: Room, words: Words) -> None:
    """One answer, or all of them, as a file."""
    whole = len(session.turns) > 1 and st.segmented_control(
        words["how_much"], ["one", "all"], default="one", format_func=lambda key: words[f"take_{key}"],
        label_visibility="collapsed", required=True, key="how_much",
    ) == "all"  # fmt: skip
    about = session.about if session.about is not None and session.about < len(session.turns) else -1
    turns = [t for t in (session.turns if whole else [session.turns[about]]) if not t.answer or t.speech]
    kept, speech, lang = kept_turns(turns), room.speech, words["lang"]
    files = (
        ("markdown", "md", "text/markdown", lambda: export.markdown(kept, speech, lang)),
        ("word", "docx", "application/octet-stream", lambda: export.word(kept, speech, lang)),
        ("printable", "html", "text/html", lambda: export.printable(kept, speech, lang)),
        ("proof", "json", "application/json", lambda: export.proof(kept, speech, lang)),
    )
    for kind, ending, mime, make in files:
        st.download_button(
            words[f"as_{kind}"], make, f"qa.{ending}", mime, key=f"as_{kind}", on_click="ignore", width="stretch",
            help=None,
        )  # fmt: skip
    st.html(f'<p class="qb-small">{escape(words["take_why"].format(n=len(kept)))}</p>')


def furniture_html(session: Session, speech: Speech, words: Words) -> str:
    """What was taken out of a speech that was brought, line by line, each to be put back; empty of another one."""
    if not session.speech or session.speech != speech.sha256:
        return ""
    lines = "".join(
        f'<li><span lang="zh-CN">{escape(line.text)}</span><small>{escape(_why(line.reason, words))}</small>'
        f"{act_button('restore', words, line=line.line)}</li>"
        for line in speech.stripped
    )
    said = words["stripped" if lines else "stripped_none"].format(n=len(speech.stripped))
    listed = f'<ul tabindex="0" aria-label="{escape(words["stripped_label"])}">{lines}</ul>' if lines else ""
    return tame(
        f'<section class="qb-stripped" data-id="{escape(speech.sha256)}"><h2>{escape(speech.title)}</h2>'
        f'<p class="qb-small">{escape(said)} {edit_button("title", words)}</p>'
        f"{edit_form('title', speech.title, words, 'save', 'title_label')}{listed}</section>"
    )


def _why(reason: str, words: Words) -> str:
    return reason if words["lang"] == "en" else REASONS.get(reason, words["not_speech"])
