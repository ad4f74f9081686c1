"""A scorecard as text, Markdown, HTML and JSON: the figures stand in it, and nothing in it is taken for markup."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa_bot.errors import QABotError
from qa_bot.evaluation import Question, Scorecard, score
from qa_bot.report import expected, pad, render_text, width, write_report
from qa_bot.types import Provenance, Speech

TEXT = "**同志说：“<b>今年</b>新建学校3所。”\n谢谢大家！"
SPEECH = Speech("<i>测试</i>讲话*", TEXT, "", Provenance(), (), ())
NASTY = '</dd><script src="http://example.invalid/x.js"></script>![x](http://example.invalid/y.png)'


def card() -> Scorecard:
    """Ten facts of which eight are right, and an unanswerable one that was answered."""
    fact = Question(
        "", "fact", f"学校几所？{NASTY}", ("道路？",), gold_quotes=("新建学校3所",), must_include=(("3所", "三所"),)
    )
    questions = [replace(fact, id=f"f{i}", half="dev" if i < 5 else "report") for i in range(10)]
    questions.append(Question("u_1", "unanswerable", "机场？", answerable=False))
    start = TEXT.index("新建学校3所")
    right = {
        "citations": [{"quote": "新建学校3所", "start": start, "end": start + 6}],
        "status": "answered",
        "text": "3所",
    }
    answers = [right | {"id": f"f{i}"} for i in range(8)]
    answers.append({"id": "f8", "status": "refused", "reason": "unclear", "text": "没有。", "citations": []})
    answers.append({"id": "u_1", "status": "answered", "text": NASTY, "citations": [{"quote": TEXT[:10]}]})
    return score(questions, answers, SPEECH)


def test_the_text_is_aligned_and_complete() -> None:
    text = render_text(card())
    lines = text.splitlines()
    assert lines[0] == "<i>测试</i>讲话* (11 questions)"
    assert lines[1].split() == ["right", "of", "rate", "95", "%", "interval"]
    assert "fact                      8  10   80.0%    49.0%–94.3%" in lines
    assert "unanswerable refused      0   1    0.0%     0.0%–79.3%" in lines
    assert "answerable answered       8  10   80.0%    49.0%–94.3%" in lines
    assert "quotes verbatim           9   9  100.0%   70.1%–100.0%" in lines
    assert "half: dev (5 questions)" in lines
    assert "3 of 11 wrong" in lines
    at = next(i for i, line in enumerate(lines) if line.startswith("f8 (fact)"))
    assert lines[at + 1] == "    expected an answer, got a refusal (“unclear”)"
    assert {width(line) for line in lines[1:9]} == {len(lines[2])}


def test_nothing_counted_is_a_dash() -> None:
    empty = render_text(score([Question("u", "unanswerable", "机场？", answerable=False)], [], SPEECH))
    row = next(line for line in empty.splitlines() if line.startswith("answerable answered"))
    assert row.split()[2:] == ["0", "0", "–", "–"]
    assert render_text(Scorecard("空", ())).endswith("0 of 0 wrong")


class Page(HTMLParser):
    """Tags, attribute values and text as a browser reads them."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.values: list[str] = []
        self.text = ""
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [value or "" for _, value in attrs]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_escaped_and_needs_nothing_else(tmp_path: Path) -> None:
    write_report(card(), tmp_path)
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(source)
    assert not {"script", "img", "link", "iframe", "i", "b"} & set(page.tags)
    assert not [value for value in page.values if "//" in value]
    assert "url(" not in source
    assert "@import" not in source
    assert "color-scheme: light dark" in source
    assert page.tags.count("article") == 3
    assert page.tags.count("table") == 3
    for wanted in (
        NASTY,
        "49.0%–94.3%",
        "“新建学校3所”; one of 3所 / 三所",
        "refused: 没有。",
        TEXT[:10],
        "道路？",
        "a refusal",
    ):
        assert wanted in page.text


def test_markdown_takes_nothing_for_markup(tmp_path: Path) -> None:
    write_report(card(), tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| fact | 8 | 10 | 80\\.0% | 49\\.0%–94\\.3% |" in text
    assert "- quoted: \\*\\*同志说：“\\<b\\>" in text
    assert "### u\\_1 (unanswerable) 机场？" in text
    page = Page(MarkdownIt("commonmark").enable("table").render(text))
    assert set(page.tags) == {"h1", "h2", "h3", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li"}
    assert f"came: {NASTY}" in page.text
    assert f"quoted: {TEXT[:10]}" in page.text


def test_json_holds_the_figures_and_every_verdict(tmp_path: Path) -> None:
    write_report(card(), tmp_path)
    values = json.loads((tmp_path / "scorecard.json").read_text(encoding="utf-8"))
    fact = values["rates"]["fact"]
    assert (fact["hits"], fact["n"], fact["rate"]) == (8, 10, 0.8)
    assert fact["interval"] == pytest.approx([0.4902, 0.9433], abs=5e-5)
    assert values["rates"]["all"]["hits"] == 8
    assert values["halves"]["report"]["rates"]["all"]["n"] == 5
    assert len(values["verdicts"]) == 11
    assert values["verdicts"][-1]["why"].startswith("expected a refusal, got")


def test_a_second_report_replaces_the_first_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    first = write_report(card(), folder)
    kept = [path.read_bytes() for path in first]
    second = write_report(Scorecard("另一篇\ud800", ()), folder)
    assert sorted(folder.iterdir()) == sorted(second) == sorted(first)
    assert all(path.read_bytes() != old for path, old in zip(second, kept, strict=True))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(QABotError, match=r"no report can be written to .*file .*; name another folder"):
        write_report(card(), tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_was_expected_is_told() -> None:
    question = Question(
        "a", "list", "?", gold_quotes=("甲", "乙"), alt_quotes=(("丙",),), must_include=(("1", "一"), ("2",))
    )
    assert expected(question) == "“甲” + “乙” or “丙”; one of 1 / 一; one of 2"
    assert expected(replace(question, answerable=False)) == "a refusal"


@pytest.mark.parametrize(
    ("text", "columns"), [("ab", 2), ("学校", 4), ("ＡＢ", 4), ("é", 1), ("e\u0301", 1), ("“", 1), ("，", 2)]
)
def test_width_as_a_terminal_counts(text: str, columns: int) -> None:
    assert width(text) == columns


@given(st.text(st.sampled_from("a学é\u0301，\u200b"), max_size=10), st.booleans())
def test_padding_fills_exactly(text: str, left: bool) -> None:
    assert width(pad(text, 30, left=left)) == 30
    assert pad(text, 30, left=left).strip(" ") == text
