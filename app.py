"""The page: wiring and the chat loop. `streamlit run app.py`, or `python -m qa_bot serve`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape
from pathlib import Path

import streamlit as st

from qa_bot.errors import IndexStoreError, SettingError
from qa_bot.settings import Settings, load_settings
from qa_bot.types import Mode, Speech
from qa_bot.ui import conversation, dialogs, reader
from qa_bot.ui.conversation import Fault, Turn
from qa_bot.ui.jobs import fault_of
from qa_bot.ui.plain import tame
from qa_bot.ui.rooms import Opener, Room, open_bot, open_brought, open_room
from qa_bot.ui.session import Session
from qa_bot.ui.shelf import Shelf
from qa_bot.ui.wording import LANGUAGES, WORDS

UI = Path(reader.__file__).parent
SCRIPTS = ("reader.js", "acts.js", "page.js")
TITLE = 24  # characters of a title in the bar
LOOK_S = 0.2  # between two looks whether something else is wanted while an answer is made
OWNER = re.compile(r"[\w-]{22,64}", re.ASCII)

Words = Mapping[str, str]

page_script = st.components.v2.component(
    "qa_bot_page", js="\n".join((UI / name).read_text(encoding="utf-8") for name in SCRIPTS)
)


def page(opener: Opener = open_bot) -> None:
    """Draw the page; Streamlit runs this again after every action."""
    settings, fault = settings_or_fault()
    lang = language(settings.lang if settings else "zh")
    words = WORDS[lang]
    st.set_page_config(page_title=words["name"], layout="wide")
    session = open_session(settings)
    st.html(UI / "style.css")
    data = {"lang": lang, "words": {"close": words["close"]}, "owned": bool(session.shelf.owner), "link": session.link}
    page_script(key="page", data=data, on_act_change=lambda: session.act(st.session_state.page.get("act")))
    bar = st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")
    talk, text = st.container(key="talk"), st.container(key="text")
    st.chat_input(words["input"], key="question", on_submit=lambda: session.take(st.session_state.question))
    home = room = None
    if settings:
        with talk, st.spinner(words["opening"]):
            home, room, fault = rooms_or_fault(settings, opener, session)
    if room:
        session.resume(room.speech)
        if room is home:
            session.speech = ""
        set_address(session)
    with bar:
        draw_bar(session, room.speech.title if room else "", words)
    dialogs.open_dialog(session, home.speech if home else None, room, words)
    with talk:
        thread, below = st.container(key="thread"), st.empty()  # emptied at once, not when the answer is there
    text.html(room.text[lang] if room else f'<div class="qb-desk"><p class="qb-blank">{words["no_text"]}</p></div>')
    with thread:
        draw_conversation(session, room, lang)
    with below.container():
        draw_below(session, room, fault, lang)


def open_session(settings: Settings | None) -> Session:
    """This tab's session; a new one takes up what the page's address names."""
    owner = st.context.cookies.get("qa_bot_owner") or st.session_state.get("page", {}).get("owner") or ""
    known = owner if isinstance(owner, str) and OWNER.fullmatch(owner) else ""
    if "session" not in st.session_state:
        st.session_state.session = Session(Shelf(settings or Settings(Path()), known))
        st.session_state.session.follow(st.query_params.to_dict())
    session: Session = st.session_state.session
    session.shelf.owner = session.shelf.owner or known
    session.shelf.settings = settings or session.shelf.settings
    return session


def language(otherwise: str) -> str:
    """The page's language; a run that was cut off can leave its control without a value."""
    lang: str = st.session_state.get("lang") or st.session_state.get("spoken") or otherwise
    st.session_state.lang = st.session_state.spoken = lang
    return lang


def settings_or_fault() -> tuple[Settings | None, Fault | None]:
    """The settings in force, or what is wrong with them."""
    try:
        return load_settings(), None
    except SettingError as error:
        return None, fault_of(error)


def rooms_or_fault(
    settings: Settings, opener: Opener, session: Session
) -> tuple[Room | None, Room | None, Fault | None]:
    """The room of the settings' speech, that of the speech that is talked about, and why one of them is not there."""
    home = None
    try:
        home = open_room(settings, opener)
        if session.speech in ("", home.speech.sha256):
            return home, home, None
        kept = next((kept for kept in session.shelf.speeches() if kept.sha == session.speech), None)
        if kept is None:
            session.link = None
            return home, home, Fault("speech_gone")
        room = open_brought(settings, kept.sha, kept.title, opener, lambda: session.shelf.load(kept.sha))
        return home, room, None
    except Exception as error:
        return home, home, fault_of(error)


def set_address(session: Session) -> None:
    """Have the page's address name what is on it, so that it is there again when the page is loaded anew."""
    wanted = {"c": session.conversation} if session.conversation else {"speech": session.speech}
    wanted = {key: value for key, value in wanted.items() if value}
    if not session.link and st.query_params.to_dict() != wanted:
        st.query_params.from_dict(wanted)


def draw_bar(session: Session, title: str, words: Words) -> None:
    """Name, speech, earlier conversations, language, and on a narrow screen the two panes."""
    short = title if len(title) <= TITLE else f"{title[: TITLE - 1]}…"
    st.html(
        f'<div class="qb-brand"><span class="qb-seal" lang="zh-CN" aria-hidden="true">{words["seal"]}</span>'
        f"<h1>{words['name']}</h1>"
        f'<button type="button" class="qb-which" data-do="speeches" title="{words["which"]}">'
        + tame(f'<span lang="zh-CN">{escape(short or words["speeches"])}</span></button></div>')
    )
    st.html(f'<button type="button" class="qb-act" data-do="conversations">{words["history"]}</button>')
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


def draw_below(session: Session, room: Room | None, fault: Fault | None, lang: str) -> None:
    """What to ask next, and what went wrong."""
    words, turns = WORDS[lang], session.turns
    for name, wrong in [("", fault), ("", session.shelf.fault), *session.lines]:
        if wrong:
            st.html(conversation.fault_html(wrong, words, name))
    session.lines, session.shelf.fault = [], None
    if fault and not room:
        st.button(words["retry"], key="retry")
    if not room or any(turn.waits for turn in turns):
        return
    if not turns:
        first = conversation.suggestions_html(room.pools[lang].begin(), words, "samples")
        st.html(dialogs.furniture_html(session, room.speech, words) + first)
        return
    cited = [(c.start, c.end) for t in turns if t.answer and shows(room.speech, t) for c in t.answer.citations]
    if following := room.pools[lang].next([t.question for t in turns], cited):
        st.html(conversation.suggestions_html(following, words, "following"))


def answer(session: Session, number: int, room: Room, words: Words) -> Turn:
    """The turn with its answer or its fault, drawn as it is made by a thread of its own."""
    place, seen = st.empty(), -1
    job = session.begin(number, room)
    set_address(session)
    while not job.ended:
        if (count := job.news(seen, LOOK_S)) != seen:
            place.html(conversation.turn_html(session.turns[number], words, draft=job.draft, number=number))
        seen = count
        st.session_state.get("session")  # here Streamlit leaves this run where another is wanted
    session.job = None
    if isinstance(job.error, IndexStoreError):
        open_room.clear()  # the next question opens it anew
        open_brought.clear()
    place.html(turn_html(job.turn, number, room, words))
    return job.turn


def turn_html(turn: Turn, number: int, room: Room | None, words: Words) -> str:
    """A turn that waits for nothing."""
    other: Mode | None = None
    if room and room.model and turn.answer:
        other = "quote" if turn.answer.mode == "chat" else "chat"
    return conversation.turn_html(turn, words, shows(room.speech if room else None, turn), number=number, other=other)


def shows(speech: Speech | None, turn: Turn) -> bool:
    """Whether the reader shows the speech that this turn's answer cites."""
    return bool(speech and turn.speech and speech.sha256 == turn.speech.sha256)


if __name__ == "__main__":
    page()
