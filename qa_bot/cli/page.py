"""The page's server: Streamlit, in the place of this process."""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import typer

from qa_bot.errors import QABotError

PAGE = Path(__file__).parents[2] / "server.py"


def check_server(host: str, port: int) -> None:
    """Look whether a page can be served there.

    Raises:
        QABotError: Streamlit is not installed, or the address is taken or not ours.
    """
    if importlib.util.find_spec("streamlit") is None:
        raise QABotError("the page needs the package streamlit, which is not installed; install requirements.txt")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        raise QABotError(f"{host}:{port} cannot be served ({error.strerror}); name another --port or --host") from error


def run_page(speech: Path, host: str, port: int, *, browser: bool) -> None:
    """Become the page's server; it reads the settings of this environment and folder, and this speech."""
    screen = sys.platform != "linux" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    options: dict[str, object] = {
        "server.port": port,
        "server.address": host,
        "server.headless": not (browser and screen),
    }
    if host not in ("127.0.0.1", "localhost", "::1"):
        options["server.allowedHosts"] = ["*"]
        typer.echo(f"qa_bot: whoever reaches this machine at {host}:{port} can read the page", err=True)
    os.environ["QA_BOT_SPEECH"] = str(speech.absolute())
    command = [sys.executable, str(PAGE), json.dumps(options)]
    if os.name == "nt":  # where exec gives the terminal back at once
        raise typer.Exit(subprocess.call(command))
    os.execv(sys.executable, command)
