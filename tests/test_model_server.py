"""The model server does what its scripts say, byte for byte, and leaves nothing running."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.model_server import (
    BEHAVIOURS,
    ModelServer,
    Reply,
    Request,
    broken,
    calls_tool,
    cut,
    endless,
    fail,
    nobody_accepts,
    nobody_listens,
    page,
    pings,
    say,
    stall,
)

OPENAI, ANTHROPIC, OLLAMA = "/v1/chat/completions", "/v1/messages", "/api/chat"
POSTED = b'POST /v1/messages HTTP/1.1\r\nContent-Length: 16\r\n\r\n{"stream": true}'
PATHS = pytest.mark.parametrize("path", [OPENAI, ANTHROPIC, OLLAMA])


@contextmanager
def ask(server: ModelServer, path: str = OPENAI, *, stream: bool = True) -> Iterator[http.client.HTTPResponse]:
    wanted: dict[str, Any] = {"model": "any", "messages": [{"role": "user", "content": "问？"}], "stream": stream}
    if path == OPENAI and stream:
        wanted["stream_options"] = {"include_usage": True}
    with closing(http.client.HTTPConnection(urlsplit(server.root).netloc, timeout=20)) as connection:
        connection.request("POST", path, json.dumps(wanted), {"Content-Type": "application/json", "X-Key": "k"})
        with connection.getresponse() as response:
            yield response


def read(server: ModelServer, path: str = OPENAI, *, stream: bool = True) -> str:
    with ask(server, path, stream=stream) as response:
        return response.read().decode()


def objects(streamed: str) -> list[dict[str, Any]]:
    lines = (line.removeprefix("data: ") for line in streamed.splitlines())
    return [json.loads(line) for line in lines if line.startswith("{")]


def address(url: str) -> tuple[str | None, int | None]:
    return urlsplit(url).hostname, urlsplit(url).port


def text_of(path: str, streamed: str) -> str:
    """The answer's text, as a client of this protocol puts it together."""
    if path == ANTHROPIC:
        return "".join(o["delta"].get("text", "") for o in objects(streamed) if o["type"] == "content_block_delta")
    if path == OLLAMA:
        return "".join(o["message"]["content"] for o in objects(streamed))
    return "".join(c["delta"].get("content", "") for o in objects(streamed) for c in o["choices"])


@PATHS
def test_an_answer_in_pieces(path: str) -> None:
    with ModelServer(say("高新技术企业十家〔1.2〕。", 3, usage=(7, 5))) as server:
        streamed = read(server, path)
    assert text_of(path, streamed) == "高新技术企业十家〔1.2〕。"
    assert len(objects(streamed)) > 5
    last = objects(streamed)[-2 if path == ANTHROPIC else -1]
    usage = last if path == OLLAMA else last["usage"]
    assert 5 in usage.values()
    [request] = server.requests
    assert (request.path, request.headers["X-Key"], request.prompt) == (path, "k", "问？")
    assert not request.left.is_set()


@PATHS
def test_an_answer_at_once(path: str) -> None:
    with ModelServer(say("好。", finish="length")) as server:
        answer = json.loads(read(server, path, stream=False))
    if path == OPENAI:
        [choice] = answer["choices"]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("好。", "length")
    elif path == ANTHROPIC:
        assert (answer["content"], answer["stop_reason"]) == ([{"type": "text", "text": "好。"}], "max_tokens")
    else:
        assert (answer["message"]["content"], answer["done_reason"]) == ("好。", "length")


@PATHS
def test_thoughts_and_tools_have_their_own_fields(path: str) -> None:
    with ModelServer(say("好。", thought="想一想"), calls_tool()) as server:
        thinking, tool = read(server, path), read(server, path)
    assert "想一想" in thinking
    assert text_of(path, thinking) == "好。"
    assert "look_up" in tool
    assert text_of(path, tool) == ""


def test_events_of_anthropic_come_in_order() -> None:
    with ModelServer(say("好。", thought="想")) as server:
        kinds = [o["type"] for o in objects(read(server, ANTHROPIC))]
    block = ["content_block_start", "content_block_delta", "content_block_stop"]
    assert kinds == ["message_start", *block, *block, "message_delta", "message_stop"]


def test_a_byte_at_a_time() -> None:
    answer = say("高", drip=0.0)
    with ModelServer(answer) as server, closing(socket.create_connection(address(server.url))) as client:
        client.sendall(POSTED)
        client.settimeout(20)
        received = b""
        while not received.endswith(b"0\r\n\r\n"):
            received += client.recv(65536)
    assert b"\r\n1\r\n\xe9\r\n1\r\n\xab\r\n1\r\n\x98\r\n" in received


def test_replies_come_in_order_and_the_last_one_again() -> None:
    with ModelServer(fail(429, retry_after=1), say("一"), lambda request: say(request.prompt)) as server:
        with ask(server) as refused:
            assert (refused.status, refused.headers["Retry-After"]) == (429, "1")
            assert json.loads(refused.read())["error"]["message"] == "it failed"
        assert [text_of(OPENAI, read(server)) for _ in range(3)] == ["一", "问？", "问？"]
        server.script(say("二"))
        assert text_of(OPENAI, read(server)) == "二"
    assert len(server.requests) == 5


@pytest.mark.parametrize("reply", [stall("半句"), pings("半句"), endless("半句")])
def test_it_sees_that_the_client_left(reply: Reply) -> None:
    with ModelServer(reply) as server:
        with ask(server) as response:
            assert "半句" in response.read1().decode() + response.read1().decode()
        assert server.requests[0].left.wait(5)


@pytest.mark.parametrize("reply", [stall(""), stall("半句"), pings(), endless()])
def test_closing_ends_what_never_ends(reply: Reply) -> None:
    before = threading.active_count()
    with ExitStack() as stack:
        with ModelServer(reply) as server:
            response = stack.enter_context(ask(server))
        assert threading.active_count() == before
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()
    assert not server.requests[0].left.is_set()


def test_silence_before_the_first_byte() -> None:
    with ModelServer(stall()) as server, closing(socket.create_connection(address(server.url))) as client:
        client.sendall(POSTED)
        client.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.recv(1)


def test_a_broken_connection() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(ModelServer(cut("半句", reset=True)))
        response = stack.enter_context(ask(server))
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            response.read()


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (cut("半句"), "半句"),
        (say("半句", finish=None), "[DONE]"),
        (broken("半句", "died"), '"message": "died"'),
        (say("\ud83d", finish=None, escaped=True), "\\ud83d"),
        (page(), "<html>"),
        (Reply(), ""),
    ],
)
def test_what_is_wrong_is_on_the_wire(reply: Reply, told: str) -> None:
    with ModelServer(reply) as server:
        streamed = read(server)
    assert told in streamed
    assert '"finish_reason": "' not in streamed


def test_bytes_that_are_not_utf8() -> None:
    with ModelServer(say("好\udcff\udcfe")) as server, ask(server) as response:
        assert "好".encode() + b"\xff\xfe" in response.read()


def test_a_script_that_fails_is_told() -> None:
    def wrong(request: Request) -> Reply:
        raise ValueError(request.path)

    with (
        pytest.raises(ValueError, match=OPENAI),
        ModelServer(wrong) as server,
        suppress(http.client.RemoteDisconnected),
    ):
        read(server)


def test_nobody_there() -> None:
    with nobody_listens() as url, pytest.raises(ConnectionRefusedError):
        socket.create_connection(address(url), timeout=20)
    with nobody_accepts() as url, pytest.raises(TimeoutError):
        socket.create_connection(address(url), timeout=0.1)


def test_by_hand() -> None:
    command = [sys.executable, "-m", "tests.model_server"]
    wide = {**os.environ, "COLUMNS": "2000"}
    shown = subprocess.run(
        [*command, "--help"], capture_output=True, text=True, env=wide, check=True, timeout=60
    ).stdout
    assert all(name in shown for name in BEHAVIOURS)
    served = subprocess.Popen([*command, "say", "好。"], stdout=subprocess.PIPE, encoding="utf-8")
    try:
        assert served.stdout
        url = served.stdout.readline().strip().partition("BASE_URL=")[2]
        with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)) as connection:
            asked = {"messages": [{"role": "user", "content": "问？"}]}
            connection.request("POST", OPENAI, json.dumps(asked))
            assert "好。" in connection.getresponse().read().decode()
    finally:
        served.kill()
        served.communicate()
