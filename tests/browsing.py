"""What the tests in a real Chromium share: the page on a server of its own, asking, waiting, pictures."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).parent.parent
ARTIFACTS = ROOT / "artifacts"
WIDE, NARROW = (1440, 900), (390, 844)
Visit = Callable[..., Page]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@contextmanager
def served(script: Path, home: Path, port: int | None = None, **settings: str) -> Iterator[str]:
    """`streamlit run` on a free port; gives its address. What it writes stands in `server.log` of its home."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {**os.environ, "QA_BOT_HOME": str(home), **settings}
    with (home / "server.log").open("ab") as log:
        command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                break
            except OSError:
                assert server.poll() is None, (home / "server.log").read_text()
                time.sleep(0.1)
        yield url
    finally:
        server.terminate()
        server.wait(timeout=20)


def ask(page: Page, question: str) -> Locator:
    """Ask, and wait for what comes of it."""
    before = page.locator(".qb-turn").count()
    page.locator('[data-testid="stChatInput"] textarea').fill(question)
    page.keyboard.press("Enter")
    turn = page.locator(".qb-turn").nth(before)
    expect(turn.locator(".qb-answer:not(.qb-draft), .qb-fault")).to_be_visible(timeout=20_000)
    settled(page)
    return turn


def settled(page: Page) -> None:
    """Wait until the script has run."""
    expect(page.locator('[data-test-script-state="notRunning"]')).to_be_attached(timeout=20_000)


def shoot(page: Page, name: str) -> None:
    """A picture for `artifacts/`."""
    ARTIFACTS.mkdir(exist_ok=True)
    page.wait_for_timeout(250)
    page.screenshot(path=ARTIFACTS / f"{name}.png")
