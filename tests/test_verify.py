"""`verify`: what ask wrote holds; whatever is changed in it afterwards does not."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from qa_bot.proof.verify import still_holds
from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import parse_speech, read_speech
from qa_bot.types import Answer
from tests.command import fault, run

QUESTION = "全年新增高新技术企业多少家？"


@pytest.fixture(scope="module")
def answer(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QA_BOT_HOME", str(tmp_path_factory.mktemp("verify")))
        return dict(json.loads(run("ask", QUESTION, "--json").out))


def tampered(change: Callable[[dict[str, Any]], object]) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def apply(answer: dict[str, Any]) -> dict[str, Any]:
        other = copy.deepcopy(answer)
        change(other)
        return other

    return apply


def swap(key: str, old: str, new: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return tampered(lambda a: a.update({key: a[key].replace(old, new)}))


def first(key: str, **values: Any) -> Callable[[dict[str, Any]], dict[str, Any]]:
    return tampered(lambda a: a[key][0].update(values))


TAMPERED = {
    "a figure in the text": swap("text", "10家", "11家"),
    "a figure in the quote": tampered(
        lambda a: a["citations"][0].update(quote=a["citations"][0]["quote"].replace("10", "20"))
    ),
    "one character of the quote": tampered(
        lambda a: a["citations"][0].update(quote="今" + a["citations"][0]["quote"][1:])
    ),
    "the start": tampered(lambda a: a["citations"][0].update(start=a["citations"][0]["start"] + 1)),
    "the end": tampered(lambda a: a["citations"][0].update(end=a["citations"][0]["end"] - 1)),
    "the marker": first("citations", marker="2.1"),
    "a marker that does not exist": first("citations", marker="99.9"),
    "the paragraph": first("citations", paragraph=3),
    "the section": first("citations", section="四、后记"),
    "another marker in the text": swap("text", "〔", "〔99.1〕〔"),
    "no marker in the text": tampered(lambda a: a.update(text=a["text"].split("〔")[0])),
    "no citations": tampered(lambda a: a.update(citations=[], quotations=[])),
    "a refusal that cites": tampered(lambda a: a.update(status="refused", reason="not_mentioned")),
    "an unknown status": tampered(lambda a: a.update(status="maybe")),
    "a reason beside an answer": tampered(lambda a: a.update(reason="redacted")),
    "an unknown mode": tampered(lambda a: a.update(mode="guess")),
    "a quotation outside the text": first("quotations", start=0, end=10_000),
    "a quotation elsewhere": tampered(lambda a: a["quotations"][0].update(start=a["quotations"][0]["start"] - 3)),
    "an unknown state": first("quotations", state="nearly"),
    "a quotation of no citation": first("quotations", citation=7),
    "words added between marks": tampered(lambda a: a.update(text=a["text"] + "讲话还说“月球也要开发”。")),
    "a number added": tampered(lambda a: a.update(text=a["text"] + "共投资35亿元。")),
    "a name added": tampered(lambda a: a.update(text=a["text"] + "由李明书记负责。")),
    "a link added": tampered(lambda a: a.update(text=a["text"] + "[见](http://evil.example)")),
    "a notice outside the text": tampered(
        lambda a: a.update(notices=[{"kind": "x", "detail": "", "start": 5, "end": 9999}])
    ),
    "related words of its own": tampered(
        lambda a: a.update(related=[{"paragraph": 1, "quote": "月球", "start": 0, "end": 2}])
    ),
}


def test_what_ask_wrote_holds(answer: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(answer), "utf-8")
    done = run("verify", "a.json")
    assert (done.code, done.out) == (0, "")
    assert "everything holds: 1 answer" in done.err


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_does_not_hold(answer: dict[str, Any], tmp_path: Path, name: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(TAMPERED[name](answer), ensure_ascii=False), "utf-8")
    done = run("verify", "a.json")
    assert done.code == 3
    assert done.out.strip()


def test_many_answers_and_another_speech(answer: dict[str, Any], tmp_path: Path) -> None:
    lines = [answer, TAMPERED["a figure in the text"](answer)]
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(line) for line in lines), "utf-8")
    assert run("verify", "a.jsonl").out.startswith("answer 2: ")
    (tmp_path / "b.txt").write_text("各位代表：\n今年新建学校十所。我们要加油。", "utf-8")
    (tmp_path / "a.json").write_text(json.dumps([answer]), "utf-8")
    assert run("verify", "a.json", "--speech", "b.txt").code == 3


@pytest.mark.parametrize("text", ["", "no json", "[]", "\x00"])
def test_what_is_no_answer_is_refused_in_a_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    assert "a.json" in fault(run("verify", "a.json"))
    assert "nowhere.json" in fault(run("verify", "nowhere.json"))


@pytest.mark.parametrize(
    "text", ["1", "{}", '{"text": 3}', '{"text": "x"}', '[{"text": "“x”", "citations": 3, "status": []}]']
)
def test_odd_answers_do_not_hold(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text, "utf-8")
    assert run("verify", "a.json").code == 3


def test_what_was_kept_is_shown_only_beside_its_speech(answer: dict[str, Any]) -> None:
    speech = read_speech(DEFAULT_SPEECH)
    kept = Answer.from_dict(answer)
    assert still_holds(kept, speech)
    assert not still_holds(kept, parse_speech(speech.text.replace("10家", "11家")))
    for name in ("one character of the quote", "the start", "the marker", "another marker in the text"):
        assert not still_holds(Answer.from_dict(TAMPERED[name](answer)), speech), name
    assert not still_holds(replace(kept, text=kept.text.replace("10家", "11家")), speech)
