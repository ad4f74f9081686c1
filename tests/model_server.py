"""A model server on loopback that speaks OpenAI's, Anthropic's and Ollama's protocol, and misbehaves on request.

    with ModelServer(fail(429, retry_after=1), say("…〔1.2〕")) as server:
        server.url                 # http://127.0.0.1:PORT/v1; server.root is without /v1, for Anthropic and Ollama
        server.script(stall("半句"))
        server.requests            # what came, in order

One reply a request, the last one again and again. A reply may be a function of the request, which reads the prompt.
By hand: `python -m tests.model_server --help`.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from tests.model_protocols import PROTOCOLS, End, Fault, Message, OpenAI, Ping, Text, Tool, Wire


@dataclass(frozen=True)
class Wait:
    """Silence; for ever where no seconds are given."""

    seconds: float = math.inf


@dataclass(frozen=True)
class Raw:
    """Bytes that no protocol made."""

    data: bytes


@dataclass(frozen=True)
class Reset:
    """The connection breaks in the middle of a chunk."""


@dataclass(frozen=True)
class Forever:
    """The same thing again and again."""

    part: Text | Ping
    pause: float = 0.01


Part = Message | Wait | Raw | Reset | Forever


@dataclass(frozen=True)
class Reply:
    """What one request gets: `before` seconds of silence, the status line, the headers, and then the parts.

    With `drip` the bytes come one by one, so many seconds apart. `escaped` writes JSON in ASCII, lone surrogates
    included. `raw` leaves out what the protocol would write of itself.
    """

    parts: tuple[Part, ...] = ()
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    before: float = 0.0
    drip: float | None = None
    escaped: bool = False
    raw: bool = False


@dataclass(frozen=True)
class Request:
    """What came. `left` is set when the client hung up before the reply was through."""

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]
    left: threading.Event = field(default_factory=threading.Event)

    @property
    def prompt(self) -> str:
        """Everything that the model was told, instructions first."""
        told = [self.body.get("system"), *(m.get("content") for m in self.body.get("messages", []))]
        return "\n\n".join(t if isinstance(t, str) else json.dumps(t, ensure_ascii=False) for t in told if t)


Scripted = Reply | Callable[[Request], Reply]


def say(
    text: str,
    by: int = 8,
    *,
    pause: float = 0.0,
    finish: str | None = "stop",
    usage: tuple[int, int] | None = (100, 20),
    thought: str = "",
    drip: float | None = None,
    escaped: bool = False,
) -> Reply:
    """An answer in pieces of `by` characters; without `finish` the stream closes properly but gives no reason.

    `thought` comes first, in the protocol's own field; `<think>` blocks are part of the text.
    """
    parts: list[Part] = [Text(thought, thought=True)] if thought else []
    for at in range(0, len(text), by):
        parts += [Text(text[at : at + by]), *([Wait(pause)] if pause else [])]
    return Reply((*parts, End(finish, usage)), drip=drip, escaped=escaped)


def fail(
    status: int, message: str = "it failed", code: str = "error", *, retry_after: float | str | None = None
) -> Reply:
    """An error in the protocol's own form."""
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    return Reply((Fault(message, code),), status, headers)


def page(body: str = "<html><body><h1>Welcome to nginx!</h1></body></html>", status: int = 200) -> Reply:
    """A web page instead of an answer."""
    return Reply((Raw(body.encode()),), status, {"Content-Type": "text/html"}, raw=True)


def broken(text: str = "", message: str = "the engine died", code: str = "server_error") -> Reply:
    """An error object inside the stream, after some text or before any."""
    return Reply((*said(text), Fault(message, code)))


def cut(text: str = "", *, reset: bool = False) -> Reply:
    """The stream just ends after some text; with `reset` the connection breaks in the middle of a chunk."""
    return Reply((*said(text), *([Reset()] if reset else [])))


def stall(after: str | None = None) -> Reply:
    """Silence without end: before the first byte; with `""` after the headers; else after some text."""
    return Reply((*said(after or ""), Wait()), before=math.inf if after is None else 0.0)


def endless(text: str = "又", pause: float = 0.001) -> Reply:
    """The same text again and again."""
    return Reply((Forever(Text(text), pause),))


def pings(after: str = "", pause: float = 0.05) -> Reply:
    """Signs of life without end, after some text or before any."""
    return Reply((*said(after), Forever(Ping(), pause)))


def calls_tool(text: str = "") -> Reply:
    """A tool call that nobody asked for."""
    return Reply((*said(text), Tool(), End("tool_calls")))


def said(text: str) -> tuple[Part, ...]:
    return (Text(text),) if text else ()


BEHAVIOURS: Mapping[str, Callable[[str], Reply]] = {
    "say": say,
    "slowly": lambda text: say(text, 1, pause=0.2),
    "drip": lambda text: say(text, drip=0.002),
    "think": lambda text: say(f"<think>想一想</think>{text}"),
    "think-unclosed": lambda text: say(f"<think>想一想。{text}"),
    "think-lone": lambda text: say(f"想一想</think>{text}"),
    "reasoning": lambda text: say(text, thought="想一想"),
    "length": lambda text: say(text, finish="length"),
    "filter": lambda text: say(text, finish="content_filter"),
    "no-reason": lambda text: say(text, finish=None),
    "cut": cut,
    "reset": lambda text: cut(text, reset=True),
    "error-first": lambda text: broken(),
    "error-later": broken,
    "page": lambda text: page(),
    "empty-body": lambda text: Reply(raw=True),
    "empty-stream": lambda text: Reply(),
    "empty-answer": lambda text: say(""),
    "not-utf8": lambda text: say(text + "\udcff\udcfe"),
    "surrogate": lambda text: say(text + "\ud83d", escaped=True),
    "not-json": lambda text: Reply((Raw(b"data: {nonsense\n\n"), End())),
    "json": lambda text: say(json.dumps({"answer": text}, ensure_ascii=False)),
    "tool": calls_tool,
    "type": lambda text: replace(say(text), headers={"Content-Type": "application/octet-stream"}),
    "stall-first": lambda text: stall(),
    "stall-headers": lambda text: stall(""),
    "stall-later": stall,
    "endless": endless,
    "pings": lambda text: pings(),
    "pings-later": pings,
    **{str(s): lambda text, s=s: fail(s) for s in (400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 529)},
    "429-after": lambda text: fail(429, retry_after=1),
}


class ModelServer:
    """Serves while it is open; closing ends every reply, thread and connection. A script's own error is raised then."""

    def __init__(self, *replies: Scripted, port: int = 0) -> None:
        self.requests: list[Request] = []
        self.script(*replies or (say("好。"),))
        self.errors: list[BaseException] = []
        self._server = _Server(("127.0.0.1", port), self)
        self.root = f"http://127.0.0.1:{self._server.server_address[1]}"
        self.url = f"{self.root}/v1"

    def script(self, *replies: Scripted) -> None:
        """What the requests from now on get."""
        self._next = list(replies)

    def reply(self, request: Request) -> Reply:
        self.requests.append(request)
        scripted = self._next.pop(0) if len(self._next) > 1 else self._next[0]
        return scripted if isinstance(scripted, Reply) else scripted(request)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.hang_up()
        self._server.server_close()
        if self.errors and error is None:
            raise self.errors[0]


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # joined by server_close
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], scripts: ModelServer) -> None:
        super().__init__(address, _Handler)
        self.scripts, self.closing, self.open = scripts, threading.Event(), set[socket.socket]()

    def hang_up(self) -> None:
        for connection in list(self.open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        error = sys.exception()
        if error and not isinstance(error, ConnectionError):
            self.scripts.errors.append(error)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, format: str, *args: object) -> None: ...

    def do_GET(self) -> None:
        self._send_whole(Reply(status=404), OpenAI({}), OpenAI({}).fault(Fault("no such page", "not_found")).encode())

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path not in PROTOCOLS:
            return self.do_GET()
        request = Request(self.path, dict(self.headers.items()), json.loads(sent))
        reply = self.server.scripts.reply(request)
        wire = PROTOCOLS[self.path](request.body, reply.escaped)
        try:
            self._answer(reply, wire, bool(request.body.get("stream", self.path == "/api/chat")))
        except ConnectionError:
            self.close_connection = True
            if not self.server.closing.is_set():
                request.left.set()
        return None

    def _answer(self, reply: Reply, wire: Wire, streamed: bool) -> None:
        self._wait(reply.before)
        raw = b"".join(p.data for p in reply.parts if isinstance(p, Raw))
        fault = next((p for p in reply.parts if isinstance(p, Fault)), None)
        if reply.raw:
            self._send_whole(reply, wire, raw)
        elif fault and (not streamed or reply.status != 200):
            self._send_whole(reply, wire, wire.fault(fault).encode())
        elif streamed:
            self._stream(reply, wire)
        else:
            self._whole(reply, wire, raw)

    def _head(self, reply: Reply, kind: str, **more: str) -> None:
        self.send_response(reply.status)
        for name, value in ({"Content-Type": kind} | more | dict(reply.headers)).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def _send_whole(self, reply: Reply, wire: Wire, body: bytes) -> None:
        self._head(reply, wire.content_type, Content_Length=str(len(body)))
        self._write(body, reply.drip, chunked=False)

    def _whole(self, reply: Reply, wire: Wire, raw: bytes) -> None:
        """A reply that was not asked for as a stream; what never ends is sent before it, as blanks."""
        for part in reply.parts:
            if isinstance(part, Wait):
                self._wait(part.seconds)
            elif isinstance(part, Forever):
                self._head(reply, wire.content_type, Transfer_Encoding="chunked")
                self._forever(b" ", part.pause)
        body = raw or wire.whole(p for p in reply.parts if isinstance(p, Message)).encode("utf-8", "surrogateescape")
        if not any(isinstance(p, Reset) for p in reply.parts):
            return self._send_whole(reply, wire, body)
        self._head(reply, wire.content_type, Content_Length=str(len(body)))
        self.wfile.write(body[: len(body) // 2])
        return self._reset()

    def _stream(self, reply: Reply, wire: Wire) -> None:
        self._head(reply, wire.stream_type, Transfer_Encoding="chunked")
        opened = not reply.parts
        for part in reply.parts:
            if not opened and isinstance(part, Text | Tool | End):
                self._write(wire.opening().encode(), reply.drip)
                opened = True
            match part:
                case Wait(seconds):
                    self._wait(seconds)
                case Raw(data):
                    self._write(data, reply.drip)
                case Reset():
                    self.wfile.write(b"ff\r\n" + wire.part(Text("断")).encode()[:40])
                    return self._reset()
                case Forever(part, pause):
                    self._forever(wire.part(part).encode(), pause)
                case _:
                    self._write(wire.part(part).encode("utf-8", "surrogateescape"), reply.drip)
        self.wfile.write(b"0\r\n\r\n")
        return None

    def _forever(self, data: bytes, pause: float) -> None:
        while True:
            self._write(data)
            self._wait(pause)

    def _write(self, data: bytes, drip: float | None = None, chunked: bool = True) -> None:
        for piece in [data] if drip is None else [data[i : i + 1] for i in range(len(data))]:
            if piece:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked else piece)
            if drip:
                self._wait(drip)

    def _reset(self) -> None:
        """Close at once, so that the client's system is told that the connection broke."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True
        self.rfile.close()
        self.server.open.discard(self.connection)
        self.connection.close()

    def _wait(self, seconds: float) -> None:
        """Sleep; ConnectionError once the client has left or the server closes."""
        until = time.monotonic() + seconds
        while (rest := until - time.monotonic()) > 0:
            if select.select([self.connection], [], [], min(rest, 0.02))[0] and not self.connection.recv(
                1, socket.MSG_PEEK
            ):
                raise ConnectionAbortedError("the client left")
            if self.server.closing.is_set():
                raise ConnectionAbortedError("the server closes")


@contextlib.contextmanager
def nobody_listens() -> Iterator[str]:
    """The base URL of a port where every connection is refused; nobody else can take it meanwhile."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/v1"


@contextlib.contextmanager
def nobody_accepts() -> Iterator[str]:
    """The base URL of a port where a connection is neither refused nor made."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"


def main() -> None:
    """Serve one behaviour until it is interrupted, and print what comes."""
    parser = argparse.ArgumentParser("python -m tests.model_server", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("behaviour", choices=BEHAVIOURS, metavar="BEHAVIOUR", help=", ".join(BEHAVIOURS))
    parser.add_argument("text", nargs="?", default="好。", metavar="TEXT")
    parser.add_argument("--port", type=int, default=0)
    asked = parser.parse_args()
    reply = BEHAVIOURS[asked.behaviour](asked.text)

    def told(request: Request) -> Reply:
        print(request.path, request.prompt, sep="\n", end="\n\n", flush=True)
        return reply

    with ModelServer(told, port=asked.port) as server, contextlib.suppress(KeyboardInterrupt):
        print(f"QA_BOT_LLM=openai:any QA_BOT_LLM_BASE_URL={server.url}", flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
