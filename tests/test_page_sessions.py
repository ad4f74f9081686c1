"""Many sessions at once, over Streamlit's own protocol: each its own conversation, what is heavy built once."""

from __future__ import annotations

import asyncio
from pathlib import Path

from benchmarks.page_session import PageSession, text
from tests.browsing import served

TOPICS = (
    "金融服务",
    "人力资源",
    "营商环境",
    "科技创新",
    "实体经济",
    "政务服务",
    "干事氛围",
    "产业体系",
    "项目建设",
    "开放",
)

COUNTING = """
import sys
from pathlib import Path

import app
from qa_bot import bot, index
from qa_bot.ui import reader

def counted(module, name):
    made = getattr(module, name)
    def counting(*args, **named):
        with Path(__file__).with_name("built").open("a") as built:
            built.write(f"{name}\\n")
        return made(*args, **named)
    setattr(module, name, counting)

if not hasattr(sys, "counting"):
    sys.counting = True
    for module, name in ((bot, "open_index"), (bot, "open_encoder"), (bot, "read_speech"), (reader, "render")):
        counted(module, name)
app.page()
"""


def asked_of(turn: str) -> str:
    return text(turn.partition("<bdi>")[2].partition("</bdi>")[0])


def test_sessions_at_once_share_what_is_heavy_and_nothing_else(tmp_path: Path) -> None:
    script = tmp_path / "counting.py"
    script.write_text(COUNTING, encoding="utf-8")

    async def one(place: str, topic: str) -> None:
        async with PageSession(place) as session:
            for count, asked in enumerate((f"{topic}讲了什么？", f"{topic}怎么做？"), 1):
                assert asked in await session.ask(asked)
                assert "qb-answer" in session.turns[-1]
                assert len(session.turns) == count
            await session.run()
            assert [asked_of(turn)[: len(topic)] for turn in session.turns] == [topic, topic]
            assert session.faults == []

    async def everybody(place: str) -> None:
        await asyncio.gather(*(one(place, topic) for topic in TOPICS * 2))

    with served(script, tmp_path) as address:
        asyncio.run(everybody(address.removeprefix("http://")))
    built = (tmp_path / "built").read_text().split()
    assert sorted(built) == ["open_encoder", "open_index", "read_speech", "render", "render"]
