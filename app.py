"""The page: wiring and the chat loop. `streamlit run app.py`, or `python -m qa_bot serve`."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import streamlit as st

from qa_bot.errors import IndexStoreError, QABotError, SettingError, UsageError
from qa_bot.settings import Settings, load_settings
from qa_bot.types import Speech
from qa_bot.ui import conversation, reader
from qa_bot.ui.conversation import Fault, Turn
from qa_bot.ui.samples import samples
from qa_bot.ui.wording import LANGUAGES, WORDS

if TYPE_CHECKING:
    from qa_bot.bot import Bot

UI = Path(reader.__file__).parent
REMEMBERED = 8  # earlier questions that a follow-up may lean on

LOG = logging.getLogger(__name__)
Words = Mapping[str, str]
Opener = Callable[[Settings], "Bot"]

show_quotations = st.components.v2.component("qa_bot_page", js=(UI / "page.js").read_text(encoding="utf-8"))


class Room(NamedTuple):
    """What is built once a process: the bot, and by language the reader's HTML and the sample questions."""

    bot: Bot
    text: Mapping[str, str]
    samples: Mapping[str, tuple[str, ...]]


@st.cache_resource(show_spinner=False)
def open_room(settings: Settings, _opener: Opener) -> Room:
    """The room for these settings; a failure is not kept, so that the next run tries again."""
    bot = _opener(settings)
    text = {lang: reader.render(bot.speech, words) for lang, words in WORDS.items()}
    return Room(bot, text, {lang: samples(bot.speech, bot.ask, lang) for lang in WORDS})


def open_bot(settings: Settings) -> Bot:
    """The bot; imported here, so that the page is there before what it stands on is."""
    from qa_bot import bot

    return bot.open_bot(settings)


def page(opener: Opener = open_bot) -> None:
    """Draw the page; Streamlit runs this again after every action."""
    turns: list[Turn] = st.session_state.setdefault("turns", [])
    settings, fault = settings_or_fault()
    lang: str = st.session_state.setdefault("lang", settings.lang if settings else "zh")
    words = WORDS[lang]
    st.set_page_config(page_title=words["name"], layout="wide")
    st.html(UI / "style.css")
    bar = st.container(key="bar", horizontal=True, vertical_alignment="center", gap="small")
    talk, text = st.container(key="talk"), st.container(key="text")
    with bar:
        draw_bar(words, bool(turns))
    st.chat_input(words["input"], key="question", on_submit=lambda: take(st.session_state.question))
    room = None
    if settings:
        with talk:
            room, fault = room_or_fault(settings, opener, words)
    text.html(room.text[lang] if room else f'<div class="qb-reader"><p class="qb-blank">{words["no_text"]}</p></div>')
    with talk:
        draw_conversation(turns, room, lang)
        if fault:
            st.html(conversation.fault_html(fault, words))
            st.button(words["retry"], key="retry")
    draw_quotations(turns, room.bot.speech if room else None, lang)


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


def draw_bar(words: Words, begun: bool) -> None:
    """Name, language, and where there is a conversation, a way to begin another; on a narrow screen the two panes."""
    st.html(
        f'<div class="qb-brand"><span class="qb-seal" lang="zh-CN" aria-hidden="true">{words["seal"]}</span>'
        f"<h1>{words['name']}</h1><p>{words['motto']}</p></div>"
    )
    place = st.empty()  # always there: what follows must not move, or the browser makes it anew
    if begun:
        place.button(words["new"], key="new", type="tertiary", on_click=st.session_state.turns.clear)
    st.segmented_control(
        words["language"], list(LANGUAGES), format_func=LANGUAGES.__getitem__, key="lang", label_visibility="collapsed",
        required=True,
    )  # fmt: skip
    panes = "".join(
        f'<button type="button" data-to-pane="{pane}" aria-pressed="false">{words[pane]}</button>'
        for pane in ("talk", "text")
    )
    st.html(f'<div class="qb-panes" role="group" aria-label="{words["panes"]}">{panes}</div>')


def draw_conversation(turns: list[Turn], room: Room | None, lang: str) -> None:
    """Every turn, the waiting ones answered; before the first, a welcome and questions to begin with."""
    words = WORDS[lang]
    welcome = st.empty()  # emptied at once where a conversation begins; else the pills would fade beside the answer
    if not turns:
        with welcome.container():
            st.html(conversation.welcome_html(words, room.bot.model if room else None))
            if room and room.samples[lang]:
                st.pills(words["samples"], room.samples[lang], key="sample", on_change=take_sample)
    for number, turn in enumerate(turns):
        if turn.waits and room:
            turns[number] = answer(turn, [t.question for t in turns[:number] if t.answer], room.bot, words)
        else:
            st.html(conversation.turn_html(turn, words, shows(room.bot.speech if room else None, turn)))


def answer(turn: Turn, history: list[str], bot: Bot, words: Words) -> Turn:
    """The turn with its answer or its fault, drawn as it is made."""
    place, draft = st.empty(), ""
    try:
        place.html(conversation.turn_html(turn, words, draft=draft))
        for event in bot.stream(turn.question, history[-REMEMBERED:]):
            draft = "" if event.notice and event.notice.kind in ("fallback", "restart") else draft + event.text
            if event.answer:
                turn = replace(turn, answer=event.answer, speech=bot.speech)
            elif event.text:
                place.html(conversation.turn_html(turn, words, draft=draft))
    except Exception as error:
        turn = replace(turn, fault=fault_of(error))
        if isinstance(error, IndexStoreError):
            open_room.clear()  # the next question opens it anew
    if turn.waits:
        turn = replace(turn, fault=Fault("else"))
    place.html(conversation.turn_html(turn, words))
    return turn


def draw_quotations(turns: list[Turn], speech: Speech | None, lang: str) -> None:
    """Hand the last answer's spans to the script that marks them in the reader."""
    last = next((t.answer for t in reversed(turns) if t.answer and shows(speech, t)), None)
    marks = [[c.start, c.end] for c in last.citations] if last else []
    show_quotations(key="page", data={"lang": lang, "turn": len(turns), "marks": marks})


def shows(speech: Speech | None, turn: Turn) -> bool:
    """Whether the reader shows the speech that this turn's answer cites."""
    return bool(speech and turn.speech and speech.sha256 == turn.speech.sha256)


def take_sample() -> None:
    """Ask the pill that was pressed."""
    take(st.session_state.sample)


def take(question: str | None) -> None:
    """Put a question into the conversation; the run that follows answers it."""
    if question:
        st.session_state.turns.append(Turn(question))


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
