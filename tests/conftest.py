"""What holds for every test: a clean environment, a home of its own, no network but loopback."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browsing import Visit

ROOT = Path(__file__).parent.parent
NOT_OURS = ("QA_BOT_", "XDG_", "STREAMLIT_", "CHROMA_", "LANGCHAIN_", "LANGSMITH_", "OPENAI_", "ANTHROPIC_", "OLLAMA_")


def chromium() -> str | None:
    """The Chromium that the browser tests drive: `CHROMIUM` where set, else the first one on the path."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


hypothesis.settings.register_profile("same-each-time", deadline=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, max_examples=2000)  # pytest --hypothesis-profile search
hypothesis.settings.load_profile("same-each-time")

MEANS = {
    "browser": lambda: chromium() is not None,
    "sentence_transformers": lambda: importlib.util.find_spec("sentence_transformers") is not None,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and count as deselected, the tests whose means this machine lacks."""
    lacking = {marker for marker, present in MEANS.items() if not present()}
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in lacking)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _loopback_only(event: str, args: tuple[object, ...]) -> None:
    """An audit hook: sees every connection and look-up of this process, whichever library asks for it."""
    if event == "socket.getaddrinfo":
        host = args[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(args[1], tuple):
        host = args[1][0]
    else:
        return
    if not (host in (None, "", b"localhost", "localhost", "::1") or str(host).startswith("127.")):
        raise RuntimeError(f"a test reached for the network: {host!r}")


sys.addaudithook(_loopback_only)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # started in a shell's background, which children would inherit
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def same_main() -> Iterator[None]:
    """Streamlit puts the page's script in the place of `__main__`, which new processes would then run."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_this_machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """No setting, key or home of whoever runs the tests; subprocesses find the package from any folder."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(NOT_OURS) or name.upper().endswith(("_API_KEY", "_PROXY")):
                patch.delenv(name)
        for name in ("HOME", "USERPROFILE"):
            patch.setenv(name, str(home))
        patch.setenv("QA_BOT_HOME", str(home / "qa_bot"))
        patch.setenv("PYTHONPATH", str(ROOT))
        yield


@pytest.fixture(autouse=True)
def _clean_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each test has an index folder and a working folder of its own, so that no `.env` is read by chance."""
    monkeypatch.setenv("QA_BOT_HOME", str(tmp_path / "qa_bot_home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium for the tests of one file."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Opens a page and, at the end, holds it to: no request but to its own server, no word on the console.

    `loud` pages may write to the console: a connection that is cut is told there.
    """
    from playwright.sync_api import expect

    contexts: list[BrowserContext] = []
    said: list[str] = []
    asked: list[tuple[str, str]] = []

    def open_page(
        address: str,
        size: tuple[int, int] = (1440, 900),
        scheme: Any = "light",
        *,
        query: str = "",
        loud: bool = False,
        **options: Any,
    ) -> Page:
        viewport: Any = {"width": size[0], "height": size[1]}
        given = {"reduced_motion": "reduce", **options}
        context = browser.new_context(viewport=viewport, color_scheme=scheme, **given)
        contexts.append(context)
        page = context.new_page()
        context.on("request", lambda request: asked.append((address, request.url)))
        page.on("websocket", lambda socket: asked.append((address, socket.url)))
        page.on("console", lambda line: said.append(line.text) if line.type == "error" and not loud else None)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(f"{address}/?{query}" if query else address)
        expect(page.locator("#reader, .qb-blank").first).to_be_attached(timeout=60_000)
        expect(page.locator("html")).to_have_attribute("lang", "zh-CN", timeout=60_000)  # page.js is at work
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert said == []
    assert len(asked) > 1
    allowed = ("blob:", "data:")
    foreign = [to for own, to in asked if not to.startswith((f"{own}/", f"{own}/".replace("http", "ws"), *allowed))]
    assert foreign == []
