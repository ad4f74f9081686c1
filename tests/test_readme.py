"""What the README tells people to type works as written; its table and its links are right."""

from __future__ import annotations

import json
import re
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from qa_bot.settings import TABLE

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"^```bash\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    for line in block.splitlines()
]
COMMANDS = [shlex.split(command) for line in LINES for command in line.split(" && ")]
PYTHON = [".venv/bin/python", "-m"]
OURS = [command[3:] for command in COMMANDS if command[:3] == [*PYTHON, "qa_bot"]]


def qa_bot(*arguments: str) -> str:
    """Standard output of the command, typed in the project's folder."""
    command = [sys.executable, "-m", "qa_bot", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_chat_and_tests_are_one_command_each() -> None:
    installing = [line for line in LINES if line.startswith("python3 -m venv .venv && .venv/bin/pip install -r ")]
    assert [line.rpartition(" && ")[2] for line in installing] == [
        ".venv/bin/python -m qa_bot serve",
        ".venv/bin/python -m pytest",
    ]


def test_every_command_is_known_here() -> None:
    others = [command for command in COMMANDS if command[:3] != [*PYTHON, "qa_bot"] and command != [*PYTHON, "pytest"]]
    install = [".venv/bin/pip", "install", "-r"]
    assert [command for command in others if command[:-1] not in (["python3", "-m", "venv"], install)] == []
    assert [command[-1] for command in others if command[:-1] == install and not (ROOT / command[-1]).is_file()] == []


@pytest.mark.parametrize("command", [command for command in OURS if command[0] != "serve"], ids=" ".join)
def test_command(command: list[str]) -> None:
    out = qa_bot(*command)
    if command[0] == "ask":
        answer = json.loads(out if "--json" in command else qa_bot(*command, "--json"))
        assert answer["status"] == "answered"
        assert all(cited["quote"] in out for cited in answer["citations"])
    else:
        assert out.strip()


@pytest.mark.parametrize("command", [command for command in OURS if command[0] == "serve"], ids=" ".join)
def test_serve(command: list[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    arguments = [*command, "--no-browser", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "qa_bot", *arguments], cwd=ROOT, stdout=log, stderr=log)
    try:
        assert "<title>Streamlit</title>" in fetched(f"http://127.0.0.1:{port}/", server), (
            tmp_path / "log"
        ).read_text()
    finally:
        server.terminate()
        server.wait(timeout=20)


def fetched(url: str, server: subprocess.Popen[bytes], seconds: int = 60) -> str:
    """The page, as soon as the server gives it; empty where the server ended or time did."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and server.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return str(answer.read().decode())
        except OSError:
            time.sleep(0.2)
    return ""


def test_settings_table() -> None:
    rows = re.findall(r"^\| `(QA_BOT_\w+)` \| (.+?) \| (.+?) \|$", README, re.MULTILINE)
    assert rows == [(name, default, meaning) for name, (default, meaning) in TABLE.items()]


def test_links_lead_somewhere() -> None:
    links = [link for link in re.findall(r"\]\(([^)#]+)", README) if not link.startswith("http")]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []
