"""One request to a provider, read by a thread of its own, so that nobody waits longer than the deadlines allow.

A client's own timeout starts anew with every byte, so bytes that drip outlast it; and no client can be interrupted
while it reads. Here the caller waits on a queue, and ending a call shuts the sockets under the reader.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, Literal

_LOOK_S = 0.1
"""Seconds between two looks at how much has come."""
_here = threading.local()

Sign = Literal["connected", "end", "stopped"]


class EndlessError(Exception):
    """More bytes came than any answer of this length needs."""


class Call:
    """What `start` gives, item by item, each with the moment at which it came; `stop` ends it from any thread."""

    def __init__(self, start: Callable[[], Iterator[Any]], most_bytes: int) -> None:
        self._start, self._most_bytes = start, most_bytes
        self._queue: SimpleQueue[tuple[float, Any]] = SimpleQueue()
        self._streams: list[Any] = []
        self._response: Any = None
        self._stopped = False
        threading.Thread(target=self._read, name="chat model", daemon=True).start()

    def get(self, until: float) -> tuple[float, Any]:
        """The next item, an error of the client's, or a `Sign`, and when it came.

        Raises:
            TimeoutError: nothing came until then.
            EndlessError: bytes without end.
        """
        while True:
            rest = until - time.monotonic()
            with suppress(Empty):
                return self._queue.get(timeout=max(0.0, min(rest, _LOOK_S)))
            if rest <= 0:
                raise TimeoutError
            if self._response is not None and self._response.num_bytes_downloaded > self._most_bytes:
                raise EndlessError

    def stop(self) -> None:
        """End the call now: the connection breaks under the reader, whoever waits is told."""
        self._stopped = True
        self._put("stopped")
        for stream in list(self._streams):
            self._break(stream)

    def _put(self, item: Any) -> None:
        self._queue.put((time.monotonic(), item))

    def _read(self) -> None:
        _here.call = self
        try:
            items = self._start()
            try:
                for item in items:
                    if self._stopped:
                        return
                    self._put(item)
            finally:
                if close := getattr(items, "close", None):
                    close()
            ended: Any = "end"
        except BaseException as error:
            ended = error
        self._put(ended)

    def seen(self, event: str, info: Mapping[str, Any]) -> None:
        """Follow a request through httpcore, as its extension `trace`."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            self._streams.append(info["return_value"])
            if self._stopped:
                self._break(info["return_value"])
        elif event.endswith("send_request_headers.started"):
            self._put("connected")

    def answered(self, response: Any) -> None:
        """Keep a response, to see how much has come."""
        self._response = response

    @staticmethod
    def _break(stream: Any) -> None:
        with suppress(OSError, AttributeError):
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)


def watch(client: Any) -> None:
    """Have an httpx client's requests followed by the calls that they belong to, each on a connection of its own.

    Redirects are not followed: the texts go where the settings say.
    """
    client.event_hooks = {"request": [_asked], "response": [_answered]}
    client.follow_redirects = False


def _asked(request: Any) -> None:
    request.headers["Connection"] = "close"
    if call := getattr(_here, "call", None):
        request.extensions = {**request.extensions, "trace": call.seen}


def _answered(response: Any) -> None:
    if call := getattr(_here, "call", None):
        call.answered(response)
