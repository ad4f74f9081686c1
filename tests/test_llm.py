"""Chat models over HTTP, every misbehaviour of a server included: one error of ours, in time, without the key."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from qa_bot.errors import ModelError, ModelFault
from qa_bot.llm import LangChainModel, open_model
from qa_bot.llm.faults import Provider
from qa_bot.settings import LLMSettings, Timeouts, load_settings
from qa_bot.types import Piece
from tests.model_server import (
    End,
    ModelServer,
    Ping,
    Raw,
    Reply,
    Request,
    Scripted,
    Text,
    Wait,
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

KEY = "sk-3f9aQ7zLm2XvB8"
ANSWER = "全年新增高新技术企业十家〔1.2〕。"
PATIENT = Timeouts(20, 20, 20, 60)
PROVIDERS = ("openai", "anthropic", "ollama")
MESSAGES = (("system", "用{句号}标出出处。"), ("human", "新增多少家？"))


@pytest.fixture
def server() -> Iterator[ModelServer]:
    with ModelServer() as server:
        yield server


def model_at(where: ModelServer | str, provider: str = "openai", **changes: Any) -> LangChainModel:
    url = where if isinstance(where, str) else where.url
    settings = LLMSettings(f"{provider}:any", url, KEY, max_tokens=100, timeouts=PATIENT, retries=0)
    return open_model(replace(settings, **changes))


def read(model: LangChainModel) -> str:
    text = ""
    for piece in model.stream(MESSAGES):
        text = piece.text if piece.restart else text + piece.text
    return text


def fault(model: LangChainModel) -> ModelError:
    """The error that asking ends in: one printable line, that names the model and holds no part of the key."""
    with pytest.raises(ModelError) as caught:
        read(model)
    line = str(caught.value)
    assert line.isprintable()
    assert line.startswith(model.name)
    assert KEY[:8] not in line
    assert caught.value.__cause__ is None
    return caught.value


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_answer_comes_in_pieces_and_tells_at_last_what_it_used(server: ModelServer, provider: str) -> None:
    server.script(say(ANSWER, by=3))
    model = model_at(server, provider)
    *pieces, last = model.stream(MESSAGES)
    assert (model.name, model.where) == (f"{provider}:any", server.root.removeprefix("http://"))
    assert [piece.text for piece in pieces] == [ANSWER[at : at + 3] for at in range(0, len(ANSWER), 3)]
    assert all(piece == Piece(piece.text) for piece in pieces)
    assert last == Piece(usage={"input_tokens": 100, "output_tokens": 20})
    assert "用{句号}标出出处。" in server.requests[0].prompt
    assert "新增多少家？" in server.requests[0].prompt


FAILING: dict[str, tuple[ModelFault, Reply]] = {
    "an empty stream": ("nonsense", Reply()),
    "an empty body": ("nonsense", Reply(raw=True)),
    "an empty answer": ("nonsense", say("")),
    "a web page": ("nonsense", page()),
    "no protocol": ("nonsense", Reply((Raw(b"data: {nonsense\n\n"), End()))),
    "invalid UTF-8": ("nonsense", say(f"{ANSWER}\udcff\udcfe")),
    "half a character": ("nonsense", say(f"{ANSWER}\ud83d", escaped=True)),
    "a JSON object": ("nonsense", say('{"answer": "十家"}')),
    "fenced JSON": ("nonsense", say('```json\n[{"answer": "十家"}]\n```')),
    "nothing but thinking": ("nonsense", say(f"<think>{ANSWER}")),
    "a tool call": ("nonsense", calls_tool(ANSWER)),
    "an error at first": ("overloaded", broken()),
    "an error later": ("overloaded", broken(ANSWER)),
    "a rate limit in the stream": ("rate_limited", broken(ANSWER, "Rate limit reached", "rate_limit_error")),
    "a breach": ("cut_short", cut(ANSWER)),
    "a reset": ("cut_short", cut(ANSWER, reset=True)),
    "no finish reason": ("cut_short", say(ANSWER, finish=None)),
    "finish reason length": ("cut_short", say(ANSWER, finish="length")),
    "an endless answer": ("cut_short", endless()),
    "endless thinking": ("cut_short", endless("<think>又")),
    "finish reason content_filter": ("content_filter", say(ANSWER, finish="content_filter")),
    "400": ("refused", fail(400)),
    "a long prompt": ("context_too_long", fail(400, "This model's maximum context length is 8192 tokens")),
    "a filtered prompt": ("content_filter", fail(400, "The prompt triggers the content management policy")),
    "a model that does not exist": ("unknown_model", fail(400, "The model `any` does not exist")),
    "401": ("refused_key", fail(401)),
    "403": ("refused_key", fail(403)),
    "404": ("unknown_model", fail(404)),
    "408": ("timed_out", fail(408)),
    "413": ("context_too_long", fail(413)),
    "422": ("refused", fail(422)),
    "429": ("rate_limited", fail(429)),
    "500": ("overloaded", fail(500)),
    "503": ("overloaded", fail(503)),
    "529": ("overloaded", fail(529)),
    "a gateway's page": ("overloaded", page(status=502)),
}
RAW_OF_OPENAI = {"no protocol"}


@pytest.mark.filterwarnings("ignore:Received unexpected tool content block")
@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("row", FAILING)
def test_what_fails_is_one_error_and_the_next_question_works(server: ModelServer, row: str, provider: str) -> None:
    kind, reply = FAILING[row]
    server.script(reply, say(ANSWER))
    model = model_at(server, provider)
    assert fault(model).kind == kind
    assert read(model) == ANSWER


@pytest.mark.parametrize("reason", ["tool_calls", "insufficient_system_resource"])
def test_a_finish_reason_that_is_no_end_is_none(server: ModelServer, reason: str) -> None:
    server.script(say(ANSWER, finish=reason))
    assert fault(model_at(server)).kind in ("nonsense", "cut_short")


STALLING = {
    "before the first byte": (stall(), "to the first token"),
    "behind the headers": (stall(""), "to the first token"),
    "behind some text": (stall(ANSWER), "between two tokens"),
    "pings": (pings(), "to the first token"),
    "pings behind some text": (pings(ANSWER), "between two tokens"),
    "empty pieces": (Reply(tuple(part for _ in range(500) for part in (Text(""), Wait(0.02)))), "to the first token"),
    "text without end": (say("又" * 700, by=1, pause=0.02), "in all"),
    "thinking without end": (say("<think>" + "又" * 700, by=1, pause=0.02), "in all"),
}


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("row", STALLING)
def test_a_deadline_holds_whatever_drips_and_the_server_is_left(server: ModelServer, row: str, provider: str) -> None:
    reply, phase = STALLING[row]
    server.script(reply)
    hasty = {"to the first token": "first", "between two tokens": "between", "in all": "whole"}
    error = fault(model_at(server, provider, timeouts=replace(PATIENT, **{hasty[phase]: 0.4}), max_tokens=1000))
    assert error.kind == "timed_out"
    assert phase in str(error)
    assert server.requests[0].left.wait(20)


def test_nobody_there() -> None:
    with nobody_listens() as url:
        assert fault(model_at(url)).kind == "unreachable"
        assert fault(model_at(url, "anthropic")).kind == "unreachable"
        assert fault(model_at(url, "ollama")).kind == "unreachable"
    with nobody_accepts() as url:
        error = fault(model_at(url, timeouts=replace(PATIENT, connect=0.3)))
        assert (error.kind, "0.3 s to connect" in str(error)) == ("timed_out", True)


def test_a_name_that_nobody_knows_is_unreachable() -> None:
    error = Provider("openai:any", "nowhere", "").read(socket.gaierror(-2, "Name or service not known"), begun=False)
    assert error.kind == "unreachable"
    assert "Name or service not known" in str(error)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize(
    "reply",
    [
        say(ANSWER, drip=0.0005),
        say(ANSWER, by=1, pause=0.02),
        say(f"<think>想一想</think>\n\n{ANSWER}", by=1),
        say(f"想一想，先看第一段。</think>\n\n{ANSWER}", by=2),
        say(f"<THINKING>想</THINKING>{ANSWER}<think>还没完", by=5),
        say(ANSWER, thought="想一想"),
        Reply((Text(ANSWER), End(), Wait())),
        Reply((Text(ANSWER), End(), Ping(), Ping())),
    ],
    ids=["drip", "slow", "think", "lone", "twice", "reasoning", "silence behind the end", "pings behind the end"],
)
def test_what_is_no_fault(server: ModelServer, reply: Reply, provider: str) -> None:
    server.script(reply)
    assert read(model_at(server, provider)) == ANSWER


@pytest.mark.parametrize(
    "text", ["〔12.3〕〔1.1-1.3〕", "[12.3]", "[1, 2]", "Ten firms 〔1.2〕.", "a < b，即 <b", "好😀"]
)
def test_odd_answers_are_kept(server: ModelServer, text: str) -> None:
    server.script(say(text, by=1), say(text.encode("utf-16", "surrogatepass").decode("utf-16"), by=1, escaped=True))
    assert [read(model_at(server)), read(model_at(server))] == [text, text]


def test_a_character_in_two_halves_is_joined(server: ModelServer) -> None:
    server.script(say("好\ud83d\ude00。", by=1, escaped=True))
    assert read(model_at(server)) == "好😀。"


def test_reasoning_is_a_sign_of_life(server: ModelServer) -> None:
    thought = [part for _ in range(24) for part in (Text("想", thought=True), Wait(0.1))]
    server.script(Reply((*thought, Text(ANSWER), End())))
    assert read(model_at(server, timeouts=Timeouts(20, 2, 2, 60))) == ANSWER


def test_who_reads_slowly_loses_nothing(server: ModelServer) -> None:
    server.script(say(ANSWER, by=3))
    pieces = model_at(server, timeouts=Timeouts(20, 20, 0.5, 60)).stream(MESSAGES)
    first = next(pieces)
    threading.Event().wait(0.8)
    assert first.text + "".join(piece.text for piece in pieces) == ANSWER


RETRIED = [fail(408), fail(429), fail(500), fail(503), fail(529), broken(), fail(429, retry_after=0)]


@pytest.mark.parametrize("reply", RETRIED, ids=["408", "429", "500", "503", "529", "error object", "Retry-After 0"])
def test_a_passing_fault_is_tried_again(server: ModelServer, reply: Reply) -> None:
    server.script(reply, say(ANSWER))
    assert read(model_at(server, retries=1)) == ANSWER
    assert len(server.requests) == 2


def test_a_connection_that_breaks_before_the_first_piece_is_tried_again(server: ModelServer) -> None:
    server.script(cut(reset=True), say(ANSWER))
    assert read(model_at(server, retries=1)) == ANSWER


@pytest.mark.parametrize(
    ("reply", "tries"),
    [
        (fail(503), 3),
        (fail(400), 1),
        (fail(401), 1),
        (fail(404), 1),
        (broken(ANSWER), 1),
        (cut(ANSWER), 1),
        (cut(ANSWER, reset=True), 1),
        (page(), 1),
        (stall(), 1),
    ],
    ids=["503", "400", "401", "404", "later error", "breach", "reset", "page", "stall"],
)
def test_only_what_may_pass_is_tried_again_and_only_before_the_first_piece(
    server: ModelServer, reply: Reply, tries: int
) -> None:
    server.script(reply)
    fault(model_at(server, retries=2, timeouts=replace(PATIENT, first=0.5) if reply == stall() else PATIENT))
    assert len(server.requests) == tries


def at(seconds: float) -> str:
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("after", "tries"),
    [(0.01, 2), (at(-9999), 2), (1000, 1), (at(9999), 1), ("soon", 2), ("-5", 2), ("1e9", 2), ("nan", 2)],
)
def test_retry_after_is_respected_where_it_fits(server: ModelServer, after: float | str, tries: int) -> None:
    server.script(fail(429, retry_after=after))
    error = fault(model_at(server, retries=1))
    assert (error.kind, len(server.requests)) == ("rate_limited", tries)
    assert ("asks to wait 1000 s" in str(error)) == (after == 1000)


def test_no_try_is_made_past_the_limit_for_all(server: ModelServer) -> None:
    server.script(fail(503))
    assert fault(model_at(server, retries=9, timeouts=Timeouts(20, 20, 20, 0.2))).kind in ("overloaded", "timed_out")
    assert len(server.requests) == 1


@pytest.mark.parametrize("provider", PROVIDERS)
def test_closing_leaves_the_server_at_once(server: ModelServer, provider: str) -> None:
    server.script(stall(ANSWER))
    with closing(model_at(server, provider).stream(MESSAGES)) as pieces:
        assert next(pieces).text == ANSWER
    assert server.requests[0].left.wait(20)
    assert next(pieces, None) is None


def test_what_is_dropped_is_closed(server: ModelServer) -> None:
    server.script(stall(ANSWER))
    pieces = model_at(server).stream(MESSAGES)
    assert next(pieces).text == ANSWER
    del pieces
    assert server.requests[0].left.wait(20)


@pytest.mark.parametrize("reply", [stall(), fail(429, retry_after=30)], ids=["waiting", "between two tries"])
def test_another_thread_may_close(server: ModelServer, reply: Reply) -> None:
    asked, told = threading.Event(), list[ModelError]()

    def scripted(request: Request) -> Reply:
        asked.set()
        return reply

    def wait(pieces: Iterator[Piece]) -> None:
        try:
            next(pieces)
        except ModelError as error:
            told.append(error)

    server.script(scripted)
    pieces = model_at(server, retries=1).stream(MESSAGES)
    waiting = threading.Thread(target=wait, args=(pieces,))
    waiting.start()
    assert asked.wait(20)
    pieces.close()
    waiting.join(20)
    assert not waiting.is_alive()
    assert [error.kind for error in told] == ["cut_short"]


def test_more_bytes_than_any_answer_needs_end_the_call(server: ModelServer) -> None:
    server.script(Reply((Raw(b"data: " + b"x" * 4_000_000), Wait())))
    assert fault(model_at(server)).kind == "cut_short"
    assert server.requests[0].left.wait(20)


def test_a_redirect_is_not_followed(server: ModelServer) -> None:
    with ModelServer() as other:
        server.script(Reply(status=307, headers={"Location": f"{other.url}/chat/completions"}))
        error = fault(model_at(server))
    assert error.kind == "refused"
    assert "QA_BOT_LLM_BASE_URL" in str(error)
    assert other.requests == []


def key_of(request: Request) -> str:
    headers = {name.lower(): value for name, value in request.headers.items()}
    return headers.get("x-api-key") or headers["authorization"].removeprefix("Bearer ")


def echo(words: Callable[[str], str], status: int) -> Scripted:
    return lambda request: fail(status, words(key_of(request)))


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("status", [200, 400, 401, 500])
def test_the_key_is_sent_and_never_told(
    server: ModelServer, provider: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script(
        echo(lambda key: f"wrong key {key}", status),
        echo(lambda key: f"wrong key '{key[:-5]}…'\x1b[31m\u202e\r\n", status),
        say(ANSWER),
    )
    model = model_at(server, provider)
    for _ in range(2):
        error = fault(model)
        assert KEY[-8:] not in str(error)
        assert "wrong key" in str(error)
    read(model)
    assert {key_of(request) for request in server.requests} == {KEY}
    assert KEY not in caplog.text
    assert KEY not in repr((model, vars(model), model.stream(MESSAGES), error))


def test_what_is_asked_for(server: ModelServer) -> None:
    for provider in PROVIDERS:
        list(model_at(server, provider).stream(MESSAGES, 7))
        list(model_at(server, provider, temperature=None, api_key=None).stream(MESSAGES))
    openai, plain, anthropic, plain_anthropic, ollama, plain_ollama = (request.body for request in server.requests)
    assert (openai["max_tokens"], openai["temperature"]) == (7, 0)
    assert openai["stream_options"] == {"include_usage": True}
    assert (plain["max_tokens"], "temperature" in plain) == (100, False)
    assert (anthropic["max_tokens"], anthropic["temperature"]) == (7, 0)
    assert (plain_anthropic["max_tokens"], "temperature" in plain_anthropic) == (100, False)
    context = LLMSettings("").context
    assert ollama["options"] == {"num_predict": 7, "num_ctx": context + 7, "temperature": 0}
    assert plain_ollama["options"] == {"num_predict": 100, "num_ctx": context + 100}


@pytest.mark.parametrize("model", ["openai:any", "anthropic:any", "anthropic:claude-fable-5"])
def test_a_model_that_takes_no_temperature_gets_none_from_then_on(server: ModelServer, model: str) -> None:
    refusal = fail(400, "Unsupported value: 'temperature' does not support 0 with this model.")
    server.script(lambda request: refusal if "temperature" in request.body else say(ANSWER))
    opened = model_at(server, model=model)
    assert [read(opened), read(opened)] == [ANSWER, ANSWER]
    assert "temperature" not in server.requests[-1].body


@pytest.mark.parametrize(
    ("settings", "kind", "told"),
    [
        (LLMSettings("openai:any"), "no_key", "OPENAI_API_KEY or QA_BOT_LLM_API_KEY"),
        (LLMSettings("anthropic:any"), "no_key", "ANTHROPIC_API_KEY or QA_BOT_LLM_API_KEY"),
        (LLMSettings("cohere:any", api_key=KEY), "no_package", "pip install langchain-cohere"),
        (LLMSettings("nobody:any", api_key=KEY), "unknown_model", "nobody"),
    ],
)
def test_what_cannot_be_opened_says_why(settings: LLMSettings, kind: ModelFault, told: str) -> None:
    with pytest.raises(ModelError) as caught:
        open_model(settings)
    assert caught.value.kind == kind
    assert told in str(caught.value)
    assert str(caught.value).isprintable()


def test_where_the_texts_go_without_a_base_url() -> None:
    wheres = [open_model(LLMSettings(f"{provider}:any", api_key=KEY)).where for provider in PROVIDERS]
    assert wheres == ["api.openai.com", "api.anthropic.com", "127.0.0.1:11434"]


def test_the_readmes_lines_switch_a_model_on() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    lines = readme.partition("```sh\n")[2].partition("```")[0].splitlines()
    exports = [line.partition("#")[0].split()[1].partition("=") for line in lines if line.startswith("export ")]
    settings = load_settings({name: value for name, _, value in exports}).llm
    assert settings is not None
    assert (settings.api_key is not None, open_model(settings).name) == (True, settings.model)
