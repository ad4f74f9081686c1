"""What holds for every test: a clean environment, a home of its own, no network but loopback."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

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
