"""The page: wiring and the chat loop. `streamlit run app.py`, or `python -m qa_bot serve`."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import streamlit as st

from qa_bot.errors import IndexStoreError, QABotError, SettingError, UsageError
from qa_bot.settings import Settings, load_settings
from qa_bot.types import Mode, Speech
from qa_bot.ui import conversation, reader
from qa_bot.ui.conversation import Fault, Turn
from qa_bot.ui.jobs import Job
from qa_bot.ui.rooms import Opener, Room, open_bot, open_room
from qa_bot.ui.session import Session
from qa_bot.ui.wording import LANGUAGES, WORDS

UI = Path(reader.__file__).parent
SCRIPTS = ("reader.js", "acts.js", "page.js")
LOOK_S = 0.2  # between two looks whether something else is wanted while an answer is made

LOG = logging.getLogger(__name__)
Words = Mapping[str, str]

page_script = st.components.v2.component(
    "qa_bot_page", js="\n".join((UI / name).read_text(encoding="utf-8") for name in SCRIPTS)
)


def page(opener: Opener = open_bot) -> None:
    """Draw the page; Streamlit runs this again after every action."""
    session: Session = st.session_state.setdefault("session", Session())
    settings, fault = settings_or_fault()
    lang: str = st.session_state.setdefault("lang", settings.lang if settings else "zh")
    words = WORDS[lang]
    st.set_page_config(page_title=words["name"], layout="wide")
    st.html(UI / "style.css")
    page_script(key="page", data={"lang": lang}, on_act_change=lambda: session.act(st.session_state.page.get("act")))
    bar = st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")
    talk, text = st.container(key="talk"), st.container(key="text")
    with bar:
        draw_bar(session, words)
    st.chat_input(words["input"], key="question", on_submit=lambda: session.take(st.session_state.question))
    room = None
    if settings:
        with talk:
            room, fault = room_or_fault(settings, opener, words)
    with talk:
        thread, below = st.container(key="thread"), st.empty()  # emptied at once, not when the answer is there
    text.html(room.text[lang] if room else f'<div class="qb-desk"><p class="qb-blank">{words["no_text"]}</p></div>')
    with thread:
        draw_conversation(session, room, lang)
    with below.container():
        if room and not any(turn.waits for turn in session.turns):
            draw_suggestions(session.turns, room, lang)
        if fault:
            st.html(conversation.fault_html(fault, words))
            st.button(words["retry"], key="retry")


def settings_or_fault() -> tuple[Settings | None, Fault | None]:
    """The settings in force, or what is wrong with them."""
    try:
        return load_settings(), None
    except SettingError as error:
        return None, fault_of(error)


def room_or_fault(settings: Settings, opener: Opener, words: Words) -> tuple[Room | None, Fault | None]:
    """The room, built where it is not there yet, or why it cannot be."""
    try:
        with st.spinner(words["opening"]):
            return open_room(settings, opener), None
    except Exception as error:
        return None, fault_of(error)


def draw_bar(session: Session, words: Words) -> None:
    """Name, language, and where there is a conversation, a way to begin another; on a narrow screen the two panes."""
    st.html(
        f'<div class="qb-brand"><span class="qb-seal" lang="zh-CN" aria-hidden="true">{words["seal"]}</span>'
        f"<h1>{words['name']}</h1><p>{words['motto']}</p></div>"
    )
    place = st.empty()  # always there: what follows must not move, or the browser makes it anew
    if session.turns:
        place.button(words["new"], key="new", type="tertiary", on_click=session.clear)
    st.segmented_control(
        words["language"], list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="lang", label_visibility="collapsed",
        required=True,
    )  # fmt: skip
    panes = "".join(
        f'<button type="button" data-to-pane="{pane}" aria-pressed="false">{words[pane]}</button>'
        for pane in ("talk", "text")
    )
    st.html(f'<div class="qb-panes" role="group" aria-label="{words["panes"]}">{panes}</div>')


def draw_conversation(session: Session, room: Room | None, lang: str) -> None:
    """Every turn, the waiting ones answered; before the first, a welcome."""
    words, turns = WORDS[lang], session.turns
    if not turns:
        st.html(conversation.welcome_html(words, room.model if room else None))
    for number, turn in enumerate(turns):
        if turn.waits and room:
            turns[number] = answer(session, number, room, words)
        else:
            st.html(turn_html(turn, number, room, words))


def draw_suggestions(turns: list[Turn], room: Room, lang: str) -> None:
    """Questions that the speech answers: to begin with, or not asked yet and near to what was cited last."""
    if not turns:
        st.html(conversation.suggestions_html(room.pools[lang].begin(), WORDS[lang], "samples"))
        return
    cited = [(c.start, c.end) for t in turns if t.answer and shows(room.speech, t) for c in t.answer.citations]
    following = room.pools[lang].next([t.question for t in turns], cited)
    if following:
        st.html(conversation.suggestions_html(following, WORDS[lang], "following"))


def answer(session: Session, number: int, room: Room, words: Words) -> Turn:
    """The turn with its answer or its fault, drawn as it is made by a thread of its own."""
    turn, place, seen = session.turns[number], st.empty(), -1
    if session.job is None:
        history, modelled = session.history(number), bool(room.model) and turn.mode != "quote"
        session.job = Job(lambda: room.stream(turn.question, history, turn.mode), "asking" if modelled else "picking")
    job = session.job
    while not job.ended:
        if (count := job.news(seen, LOOK_S)) != seen:
            place.html(conversation.turn_html(turn, words, draft=job.draft, number=number))
        seen = count
        st.session_state.get("session")  # here Streamlit leaves this run where another is wanted
    session.job = None
    if job.answer:
        turn = replace(turn, answer=job.answer, speech=room.speech)
    else:
        turn = replace(turn, fault=fault_of(job.error) if job.error else Fault("else"))
    if isinstance(job.error, IndexStoreError):
        open_room.clear()  # the next question opens it anew
    place.html(turn_html(turn, number, room, words))
    return turn


def turn_html(turn: Turn, number: int, room: Room | None, words: Words) -> str:
    """A turn that waits for nothing."""
    other: Mode | None = None
    if room and room.model and turn.answer:
        other = "quote" if turn.answer.mode == "chat" else "chat"
    return conversation.turn_html(turn, words, shows(room.speech if room else None, turn), number=number, other=other)


def shows(speech: Speech | None, turn: Turn) -> bool:
    """Whether the reader shows the speech that this turn's answer cites."""
    return bool(speech and turn.speech and speech.sha256 == turn.speech.sha256)


def fault_of(error: Exception) -> Fault:
    """What the page says of an error; one that we did not foresee goes to the log in full."""
    if isinstance(error, UsageError):
        return Fault("UsageError")
    if isinstance(error, QABotError):
        return Fault(type(error).__name__, str(error))
    LOG.error("the page met an error that nobody foresaw", exc_info=error)
    return Fault("else")


if __name__ == "__main__":
    page()
