"""The page without a browser: its server as a process, and sessions that speak Streamlit's own protocol with it."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.measure import ROOT

PAGE = ROOT / "server.py"
ENDED = (ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_WITH_COMPILE_ERROR)


@contextmanager
def served(script: Path = PAGE, **settings: str) -> Iterator[str]:
    """`streamlit run` on a free port in a home of its own; gives host and port once it answers."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        place = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as home:
        options = ["--server.address=127.0.0.1", f"--server.port={place.partition(':')[2]}", "--server.headless=true"]
        command = [sys.executable, "-m", "streamlit", "run", str(script), *options]
        environment = {**os.environ, "QA_BOT_HOME": home, **settings}
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
        try:
            for _ in range(600):
                try:
                    urllib.request.urlopen(f"http://{place}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    time.sleep(0.02)
            yield place
        finally:
            server.terminate()
            server.wait()


class PageSession:
    """One tab: `async with PageSession(place) as session: await session.ask("…")`."""

    def __init__(self, place: str) -> None:
        self.turns: list[str] = []
        """HTML of every turn that the last run drew."""
        self.faults: list[str] = []
        """Red boxes that Streamlit drew, at any time."""
        self._opening = connect(f"ws://{place}/_stcore/stream", subprotocols=["streamlit"], max_size=None)  # type: ignore[list-item]
        self.answered = 0.0
        """When the last answer was there, by `time.perf_counter`."""
        self._input = ""
        self._kept: dict[str, ForwardMsg] = {}

    async def __aenter__(self) -> Self:
        self._socket: ClientConnection = await self._opening.__aenter__()
        await self.run()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._opening.__aexit__(kind, error, trace)

    async def ask(self, question: str) -> str:
        """Put a question; the text of its turn once the script has run."""
        asked = BackMsg()
        state = asked.rerun_script.widget_states.widgets.add(id=self._input)
        state.chat_input_value.data = question
        await self.run(asked)
        return text(self.turns[-1])

    async def run(self, message: BackMsg | None = None) -> None:
        """Run the script, and wait until it has ended."""
        if message is None:
            message = BackMsg()
            message.rerun_script.query_string = ""
        message.rerun_script.cached_message_hashes.extend(self._kept)
        await self._socket.send(message.SerializeToString())
        drawn: dict[tuple[int, ...], str] = {}
        async for data in self._socket:
            said = ForwardMsg.FromString(data)  # type: ignore[arg-type]
            path = tuple(said.metadata.delta_path)
            if said.metadata.cacheable:
                self._kept[said.hash] = said
            said = self._kept.get(said.ref_hash, said)
            if said.script_finished in ENDED and said.WhichOneof("type") == "script_finished":
                break
            if said.WhichOneof("type") == "delta":
                self._draw(said.delta.new_element, path, drawn)
        self.turns = [body for _, body in sorted(drawn.items()) if body.startswith('<section class="qb-turn"')]

    def _draw(self, element: Element, path: tuple[int, ...], drawn: dict[tuple[int, ...], str]) -> None:
        kind = element.WhichOneof("type")
        if kind == "html":
            drawn[path] = element.html.body
            if "qb-answer" in element.html.body and "qb-draft" not in element.html.body:
                self.answered = time.perf_counter()
        elif kind == "chat_input":
            self._input = element.chat_input.id
        elif kind == "exception":
            self.faults.append(element.exception.message)


def text(html: str) -> str:
    """The text of a piece of HTML."""
    return re.sub("<[^>]*>", "", html)
