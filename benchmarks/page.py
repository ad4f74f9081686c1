"""The page: a cold start beside Streamlit's own hello page, a question of a long report, twenty sessions at once."""

from __future__ import annotations

import asyncio
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.corpus import long_report, origin
from benchmarks.measure import Options, need, options, table
from benchmarks.page_session import PAGE, PageSession, served, text

TOPICS = (
    "科技创新",
    "营商环境",
    "人力资源",
    "金融服务",
    "实体经济",
    "政务服务",
    "干事氛围",
    "产业体系",
    "项目建设",
    "开放",
)
QUESTIONS = tuple(f"{topic}{asked}" for asked in ("讲了什么？", "有什么要求？") for topic in TOPICS)
"""Twenty, no two alike, that this speech and a report answer or refuse."""
ENTRY, ANSWER = '[data-testid="stChatInput"] textarea', ".qb-answer:not(.qb-draft)"


def report(given: Options) -> str:
    """Three tables."""
    need("playwright", "streamlit", "websockets")
    return "\n\n".join([_cold(given.runs), asyncio.run(_lengths(given)), asyncio.run(_together(given.runs))])


def _cold(runs: int) -> str:
    """Seconds from the command to what a person can use, median of interleaved rounds after one that is not counted."""
    import streamlit
    from playwright.sync_api import Browser, sync_playwright

    hello = Path(streamlit.__file__).parent / "hello" / "hello.py"

    def start(browser: Browser, script: Path, *steps: str) -> list[float]:
        """Seconds until each of these is seen; a question is asked before the last one."""
        began, seen = time.perf_counter(), []
        with served(script) as place:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"http://{place}")
            for step in steps:
                if step == ANSWER:
                    page.locator(ENTRY).fill(QUESTIONS[0])
                    page.keyboard.press("Enter")
                page.locator(step).first.wait_for()
                seen.append(time.perf_counter() - began)
            page.close()
        return seen

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        rounds = [
            [*start(browser, hello, "h1"), *start(browser, PAGE, ENTRY, "#reader", ANSWER)] for _ in range(runs + 1)
        ]
        browser.close()
    base = [seconds[0] for seconds in rounds[1:]]
    names = ("Streamlit's hello page", "this page: name and entry", "the speech", "the first answer, index built first")
    measured = {name: [seconds[i] for seconds in rounds[1:]] for i, name in enumerate(names)}
    rows = [
        [name, f"{median(found):.2f}", f"{median(a / b for a, b in zip(found, base, strict=True)):.2f} ×"]
        for name, found in measured.items()
    ]
    head = ["from the command, in Chromium", "s", "beside the hello page"]
    return f"{table(head, rows)}\n\nMedians of {runs} interleaved rounds, each with a new server and a new home."


async def _lengths(given: Options) -> str:
    """What a question costs with either text, each asked in turn in a session of its own."""
    with tempfile.TemporaryDirectory() as folder:
        long = Path(folder) / "report.txt"
        long.write_text(long_report(given.data), encoding="utf-8")
        with served() as short_place, served(QA_BOT_SPEECH=str(long)) as long_place:
            async with PageSession(short_place) as short_one, PageSession(long_place) as long_one:
                pairs = [(await _timed(short_one, q), await _timed(long_one, q)) for q in QUESTIONS]
    pairs = pairs[1:]
    both = [median(a for a, _ in pairs), median(b for _, b in pairs)]
    ratio = sum(b for _, b in pairs) / sum(a for a, _ in pairs)
    rows = [
        ["the shipped speech", f"{1000 * both[0]:.0f}", "1.00 ×"],
        ["a long report", f"{1000 * both[1]:.0f}", f"{ratio:.2f} ×"],
    ]
    head = ["a question, from Enter to its answer", "median ms", "all of them together"]
    return f"{table(head, rows)}\n\n{len(pairs)} questions in turn. Goal: 1.5 ×. {origin(given.data)}"


async def _timed(session: PageSession, question: str) -> float:
    began = time.perf_counter()
    await session.ask(question)
    return session.answered - began


async def _together(runs: int) -> str:
    """Twenty sessions, a question each: one after the other, and all at once; other questions in every round."""
    found: list[tuple[float, float]] = []
    with served() as place:
        for number in range(runs + 1):
            sessions = [await PageSession(place).__aenter__() for _ in QUESTIONS]
            row = await _round(sessions, number, together=False)
            found.append((row, await _round(sessions, number + 7, together=True)))
            for session in sessions:
                await session.__aexit__(None, None, None)
    found = found[1:]
    rows = [
        ["one after the other", f"{median(a for a, _ in found):.2f}", "1.00 ×"],
        ["all at once", f"{median(b for _, b in found):.2f}", f"{median(b / a for a, b in found):.2f} ×"],
    ]
    head = ["twenty sessions, a question each", "s", "beside one after the other"]
    told = (
        f"Medians of {runs} rounds. Every session got the answer to its own question and holds no other. Goal: 1.3 ×."
    )
    return f"{table(head, rows)}\n\n{told}"


async def _round(sessions: Sequence[PageSession], shift: int, *, together: bool) -> float:
    """Seconds until every session has its answer.

    Raises:
        SystemExit: an answer is missing, or a session shows what another one asked.
    """
    asked = [QUESTIONS[(i + shift) % len(QUESTIONS)] for i in range(len(sessions))]
    before = [len(session.turns) for session in sessions]
    began = time.perf_counter()
    if together:
        await asyncio.gather(*(session.ask(question) for session, question in zip(sessions, asked, strict=True)))
    else:
        for session, question in zip(sessions, asked, strict=True):
            await session.ask(question)
    seconds = time.perf_counter() - began
    for session, question, turns in zip(sessions, asked, before, strict=True):
        if len(session.turns) != turns + 1 or question not in text(session.turns[-1]) or session.faults:
            sys.exit("benchmark: a session was not answered, or with another's question")
        if "qb-answer" not in session.turns[-1]:
            sys.exit(f"benchmark: {question} got no answer")
    return seconds


if __name__ == "__main__":
    print(report(options()))
