"""A model server that fails in every way, before the first token and after half an answer, through the command line and
the chain: the quoting answerer answers.

The answer says so, cites what it cites without a model,
nothing outlasts the limits, and the next question has the model's answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_bot.bot import Bot
from qa_bot.settings import DEFAULT_SPEECH, LLMSettings, Settings, Timeouts
from qa_bot.speech import read_speech
from qa_bot.types import Answer, Event, Speech
from tests.command import Done, fault, run, spawn
from tests.model_server import (
    End,
    ModelServer,
    Ping,
    Raw,
    Reply,
    Request,
    Text,
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

QUESTION, NEXT = "全年新增高新技术企业多少家？", "金融被比作什么？"
SAID, FINANCE = "全年新增高新技术企业10家以上", "金融是实体经济的“血液”"
KEY = "sk-3f9aQ7zLm2XvB8"
UNKNOWN = "127." + ".".join(["nobody" * 10] * 5)  # too long for any name server to be asked for it


@pytest.fixture(scope="module")
def speech() -> Speech:
    return read_speech(DEFAULT_SPEECH)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest.fixture(scope="module")
def offline(speech: Speech, home: Path) -> Mapping[str, Answer]:
    """What the quoting answerer says."""
    with closing(Bot(speech, Settings(home=home))) as bot:
        return {question: bot.ask(question) for question in (QUESTION, NEXT)}


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch, home: Path, offline: Mapping[str, Answer]) -> pytest.MonkeyPatch:
    """A model with a key, patient and without retries."""
    values = {"": "openai:any", "_API_KEY": KEY, "_TIMEOUT": "20,20,20,60", "_RETRIES": "0", "_MAX_TOKENS": "100"}
    monkeypatch.setenv("QA_BOT_HOME", str(home))
    for name, value in values.items():
        monkeypatch.setenv(f"QA_BOT_LLM{name}", value)
    return monkeypatch


@pytest.fixture
def server(configured: pytest.MonkeyPatch) -> Iterator[ModelServer]:
    with ModelServer() as server:
        configured.setenv("QA_BOT_LLM_BASE_URL", server.url)
        yield server


def address(speech: Speech, words: str) -> str:
    at = speech.text.index(words)
    return next(s.address for p in speech.paragraphs for s in p.sentences if s.start <= at < s.end)


def good(speech: Speech, words: str = SAID) -> str:
    return f"讲话的原话是“{words}”〔{address(speech, words)}〕。"


def answered(done: Done) -> dict[str, Any]:
    """The one object that `ask --json` printed; the key is nowhere."""
    assert done.code == 0, done
    assert KEY[:8] not in done.out + done.err
    assert done.err == ""
    answer: dict[str, Any] = json.loads(done.out)
    return answer


def is_the_quoters(answer: Mapping[str, Any], offline: Answer) -> str:
    """What the reader is told of the fault; all else is as without a model."""
    same = {"text", "status", "reason", "citations", "quotations", "related"}
    without = json.loads(json.dumps(offline.to_dict()))
    assert {key: answer[key] for key in same} == {key: without[key] for key in same}
    assert (answer["mode"], answer["model"]) == ("quote", None)
    [notice] = [n for n in answer["notices"] if n["kind"] == "fallback"]
    assert notice["detail"].isprintable()
    assert notice["detail"]
    return str(notice["detail"])


NONSENSE = b"event: content_block_delta\ndata: {nonsense\n\n"
HALF = "讲话提出“全年新增高新技术企业30家"
FAILING: Mapping[str, Reply] = {
    **{str(s): fail(s) for s in (400, 401, 403, 404, 408, 413, 422, 429, 500, 502, 503, 504, 529)},
    "429 with Retry-After": fail(429, retry_after=9999),
    "a web page": page(),
    "a web page with status 503": page(status=503),
    "an empty body": Reply(raw=True),
    "an empty stream": Reply(),
    "an empty answer": say(""),
    "blanks": say(" \n\n "),
    "an error at first": broken(),
    "an error later": broken(HALF),
    "a breach at first": cut(),
    "a breach later": cut(HALF),
    "a reset at first": cut(reset=True),
    "a reset later": cut(HALF, reset=True),
    "no finish reason": say(HALF, finish=None),
    "length": say(HALF, finish="length"),
    "content_filter": say(HALF, finish="content_filter"),
    "content_filter at first": say("", finish="content_filter"),
    "invalid UTF-8": say(f"{HALF}\udcff\udcfe"),
    "half a character": say(f"{HALF}\ud83d", escaped=True),
    "no protocol": Reply((Raw(NONSENSE), End())),
    "no protocol later": Reply((Text(HALF), Raw(NONSENSE), End())),
    "an endless answer": endless(HALF),
    "an endless line": endless("又"),
    "endless blanks": endless(" "),
    "endless thinking": endless("<think>又"),
    "JSON": say(json.dumps({"answer": SAID}, ensure_ascii=False)),
    "fenced JSON": say(f'```json\n{{"answer": "{SAID}"}}\n```'),
    "a tool call": calls_tool(),
    "a tool call later": calls_tool(HALF),
    "nothing but thinking": say(f"<think>{HALF}"),
}
STALLING: Mapping[str, Reply] = {
    "before the first byte": stall(),
    "behind the headers": stall(""),
    "behind half an answer": stall(HALF),
    "pings": pings(),
    "pings behind half an answer": pings(HALF),
    "bytes that drip for too long": say(HALF * 9, drip=0.05),
    "text that drips for too long": say(HALF * 20, by=1, pause=0.2),
}


@pytest.mark.parametrize("row", [*FAILING, *STALLING])
def test_the_command_answers_by_itself(
    row: str, server: ModelServer, configured: pytest.MonkeyPatch, offline: Mapping[str, Answer]
) -> None:
    server.script(FAILING.get(row) or STALLING[row])
    if row in STALLING:
        configured.setenv("QA_BOT_LLM_TIMEOUT", "0.5")
    told = is_the_quoters(answered(run("ask", QUESTION, "--json")), offline[QUESTION])
    assert told.startswith("openai:any")
    assert server.requests


def open_bot(speech: Speech, home: Path, server: ModelServer, provider: str = "openai", **changes: Any) -> Bot:
    patient = LLMSettings(f"{provider}:any", server.url, KEY, max_tokens=100, timeouts=Timeouts(20, 20, 20, 60))
    return Bot(speech, Settings(home=home, llm=replace(patient, retries=0, **changes)))


def shown(events: list[Event]) -> Iterator[str]:
    """What stands on the page after each event; a fallback begins anew."""
    text = ""
    for event in events:
        if event.notice and event.notice.kind in ("fallback", "restart"):
            text = ""
        text += event.text
        yield event.answer.text if event.answer else text


@pytest.mark.filterwarnings("ignore:Received unexpected tool content block")
@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_one_chain_outlives_every_failure(
    provider: str, server: ModelServer, speech: Speech, home: Path, offline: Mapping[str, Answer]
) -> None:
    with closing(open_bot(speech, home, server, provider)) as bot:
        for row, reply in FAILING.items():
            server.script(reply)
            events = list(bot.stream(QUESTION))
            assert (events[0].kind, events[-1].kind) == ("hits", "done"), row
            assert events[-1].answer is not None, row
            is_the_quoters(events[-1].answer.to_dict(), offline[QUESTION])
            *drafts, last, final = shown(events)
            assert last == final == offline[QUESTION].text, row
            assert not [d for d in drafts if "“全年新增高新技术企业30家" in d], row
            server.script(say(good(speech, FINANCE), by=1))
            after = bot.ask(NEXT)
            assert (after.mode, after.model) == ("chat", f"{provider}:any"), row
            assert {n.kind for n in after.notices} <= {"generated"}, row
            assert [c.marker for c in after.citations] == [address(speech, FINANCE)], row


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
def test_nothing_outlasts_the_limits_and_the_server_is_left(
    provider: str, server: ModelServer, speech: Speech, home: Path, offline: Mapping[str, Answer]
) -> None:
    with closing(open_bot(speech, home, server, provider, timeouts=Timeouts(0.4, 0.4, 0.4, 0.4))) as bot:
        for row, reply in STALLING.items():
            server.script(reply)
            is_the_quoters(bot.ask(QUESTION).to_dict(), offline[QUESTION])
            assert server.requests[-1].left.wait(20), row


def test_a_follow_up_falls_back_too(
    server: ModelServer, speech: Speech, home: Path, offline: Mapping[str, Answer]
) -> None:
    with closing(Bot(speech, Settings(home=home))) as bot:
        without = bot.ask("那它被比作什么？", ["讲话怎么看金融？"])
    with closing(open_bot(speech, home, server)) as bot:
        for row, reply in FAILING.items():
            server.script(reply)
            answer = bot.ask("那它被比作什么？", ["讲话怎么看金融？"])
            assert (answer.mode, answer.text, answer.citations) == ("quote", without.text, without.citations), row


USED: Mapping[str, Callable[[str], Reply]] = {
    "a byte at a time": lambda text: say(text, drip=0.0005),
    "a character at a time": lambda text: say(text, by=1, pause=0.01),
    "all at once": lambda text: say(text, by=9999),
    "no usage": lambda text: say(text, usage=None),
    "thinking": lambda text: say(f"<think>也许是30家，“{HALF}”〔9.9〕</think>\n\n{text}", by=3),
    "thinking that nobody opened": lambda text: say(f"也许是30家〔9.9〕。\n</think>\n\n{text}", by=3),
    "thinking that nobody closes": lambda text: say(f"{text}<think>也许是30家〔9.9〕", by=3),
    "thinking in a field of its own": lambda text: say(text, thought="也许是30家〔9.9〕"),
    "characters in two halves": lambda text: say(text, by=1, escaped=True),
    "another content type": lambda text: replace(say(text), headers={"Content-Type": "text/plain"}),
    "silence behind the end": lambda text: Reply((*say(text).parts, *stall("").parts)),
    "pings before and after": lambda text: Reply((Ping(), *say(text).parts, *pings().parts)),
}


@pytest.mark.parametrize("row", USED)
def test_what_is_no_failure_is_used(row: str, server: ModelServer, speech: Speech) -> None:
    server.script(USED[row](good(speech)))
    answer = answered(run("ask", QUESTION, "--json"))
    assert (answer["mode"], answer["model"], answer["notices"]) == ("chat", "openai:any", [])
    assert answer["text"] == good(speech)
    [citation] = answer["citations"]
    assert (citation["marker"], SAID in citation["quote"]) == (address(speech, SAID), True)
    assert answer["usage"] == (None if row == "no usage" else {"input_tokens": 100, "output_tokens": 20})


def test_another_language_is_kept_with_a_notice(server: ModelServer, speech: Speech) -> None:
    place = address(speech, SAID)
    server.script(say(f"The speech calls for at least 10 new high-tech enterprises this year 〔{place}〕."))
    answer = answered(run("ask", QUESTION, "--json"))
    assert answer["mode"] == "chat"
    assert [n["kind"] for n in answer["notices"]] == ["language"]
    assert "at least 10 new high-tech enterprises" in answer["text"]


@pytest.mark.parametrize("form", ["〔{}〕", "[{}]", "【{}】", "({})", "〔{}〕〔{}〕", "- 〔{}〕\n"])
def test_mere_citations_are_used(form: str, server: ModelServer, speech: Speech) -> None:
    place = address(speech, SAID)
    server.script(say(form.format(place, place)))
    answer = answered(run("ask", QUESTION, "--json"))
    assert (answer["mode"], [c["marker"] for c in answer["citations"]]) == ("chat", [place])
    assert SAID in answer["text"]


@pytest.mark.parametrize("reply", [fail(429, retry_after=0), fail(503), broken()], ids=["429", "503", "error object"])
def test_a_passing_fault_is_not_told(
    reply: Reply, server: ModelServer, speech: Speech, configured: pytest.MonkeyPatch
) -> None:
    configured.setenv("QA_BOT_LLM_RETRIES", "2")
    server.script(reply, say(good(speech)))
    answer = answered(run("ask", QUESTION, "--json"))
    assert (answer["mode"], answer["notices"], len(server.requests)) == ("chat", [], 2)


@pytest.mark.parametrize("provider", ["openai", "anthropic", "ollama"])
@pytest.mark.parametrize("nobody", [nobody_listens, nobody_accepts])
def test_nobody_there(
    nobody: Callable[[], AbstractContextManager[str]],
    provider: str,
    configured: pytest.MonkeyPatch,
    offline: Mapping[str, Answer],
) -> None:
    configured.setenv("QA_BOT_LLM", f"{provider}:any")
    configured.setenv("QA_BOT_LLM_TIMEOUT", "1,20,20,20")
    with nobody() as url:
        configured.setenv("QA_BOT_LLM_BASE_URL", url)
        is_the_quoters(answered(run("ask", QUESTION, "--json")), offline[QUESTION])


@pytest.mark.parametrize("host", [UNKNOWN, "127.0.0.1..nobody", "[::1", "127.0.0.1:99999"])
def test_a_server_that_cannot_be(host: str, configured: pytest.MonkeyPatch, offline: Mapping[str, Answer]) -> None:
    configured.setenv("QA_BOT_LLM_BASE_URL", f"http://{host}/v1")
    done = run("ask", QUESTION, "--json")
    if done.code:
        assert "QA_BOT_LLM_BASE_URL" in fault(done)
    else:
        is_the_quoters(answered(done), offline[QUESTION])


def test_tls_where_none_is_spoken(
    server: ModelServer, configured: pytest.MonkeyPatch, offline: Mapping[str, Answer]
) -> None:
    configured.setenv("QA_BOT_LLM_BASE_URL", server.url.replace("http", "https"))
    is_the_quoters(answered(run("ask", QUESTION, "--json")), offline[QUESTION])


@pytest.mark.parametrize("status", [200, 400, 401, 404, 429, 500])
def test_a_key_that_the_server_tells_is_not_told_on(
    status: int, server: ModelServer, configured: pytest.MonkeyPatch, offline: Mapping[str, Answer]
) -> None:
    def echo(request: Request) -> Reply:
        key = request.headers["authorization"].removeprefix("Bearer ")
        return fail(status, f"Incorrect API key provided: {key}. {request.headers}", key)

    server.script(echo)
    told = is_the_quoters(answered(run("ask", QUESTION, "--json")), offline[QUESTION])
    assert "Incorrect" in told
    shown = run("ask", QUESTION)
    assert KEY not in shown.out + shown.err
    assert "note: openai:any" in shown.err


SPAWNED: Mapping[str, Reply] = {
    "a stall": stall(HALF),
    "a reset": cut(HALF, reset=True),
    "an endless answer": endless(HALF),
    "the key": fail(401, f"Incorrect API key provided: {KEY}"),
}


@pytest.mark.parametrize("row", SPAWNED)
def test_a_process_of_its_own_ends_by_itself(
    row: str, server: ModelServer, configured: pytest.MonkeyPatch, offline: Mapping[str, Answer]
) -> None:
    configured.setenv("QA_BOT_LLM_TIMEOUT", "20,1,1,20")
    server.script(SPAWNED[row])
    is_the_quoters(answered(spawn("ask", QUESTION, "--json")), offline[QUESTION])


def test_a_conversation_goes_on(server: ModelServer, speech: Speech, offline: Mapping[str, Answer]) -> None:
    server.script(cut(HALF), say(good(speech, FINANCE)), page(), say(good(speech)))
    typed = "\n/new\n".join([QUESTION, NEXT, QUESTION, QUESTION])
    done = spawn("chat", typed=typed.encode())
    assert done.code == 0
    assert done.out.split("\n\n") == [
        offline[QUESTION].text, good(speech, FINANCE), offline[QUESTION].text, good(speech), ""
    ]  # fmt: skip
    assert len(re.findall("^note: openai:any", done.err, re.MULTILINE)) >= 2
    assert KEY not in done.out + done.err
    assert "Traceback" not in done.err
