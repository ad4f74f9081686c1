"""What is built once a process and speech: the bot, the reader's HTML, the questions that can be suggested."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from qa_bot.settings import Settings
from qa_bot.types import ChatModel, Event, Mode, Speech
from qa_bot.ui import reader
from qa_bot.ui.jobs import Stoppable
from qa_bot.ui.samples import Pool
from qa_bot.ui.wording import WORDS

if TYPE_CHECKING:
    from qa_bot.bot import Bot

Opener = Callable[..., "Bot"]


class Room:
    """A speech that answers, and what the page shows of it. Shared by all sessions."""

    def __init__(self, bot: Bot) -> None:
        self.bot = bot
        self.text: Mapping[str, str] = {lang: reader.render(bot.speech, words) for lang, words in WORDS.items()}
        self.pools = {lang: Pool(bot.speech, lambda question: bot.ask(question, mode="quote"), lang) for lang in WORDS}
        if bot.step:
            bot.step.model = Stoppable(bot.step.model)

    @property
    def speech(self) -> Speech:
        return self.bot.speech

    @property
    def model(self) -> ChatModel | None:
        return self.bot.model

    def stream(self, question: str, history: Sequence[str], mode: Mode | None) -> Iterator[Event]:
        """The answer as it is made; `quote` leaves out a model that is configured."""
        return self.bot.stream(question, history, mode)


def open_bot(settings: Settings, speech: Speech | None = None) -> Bot:
    """The bot; imported here, so that the page is there before what it stands on is."""
    from qa_bot import bot

    return bot.Bot(speech, settings) if speech else bot.open_bot(settings)


@st.cache_resource(show_spinner=False)
def open_room(settings: Settings, _opener: Opener) -> Room:
    """The room for these settings; a failure is not kept, so that the next run tries again."""
    return _settled(Room(_opener(settings)))


@st.cache_resource(show_spinner=False, max_entries=16, on_release=lambda room: room.bot.close())
def open_brought(settings: Settings, sha: str, title: str, _opener: Opener, _load: Callable[[], Speech]) -> Room:
    """The room of a speech that somebody brought, of this text and title; `_load` reads it where there is none yet."""
    return _settled(Room(_opener(settings, _load())))


def _settled(room: Room) -> Room:
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # Streamlit collects after every run: 0.1 s of each, were all that a room holds looked through again
    return room
