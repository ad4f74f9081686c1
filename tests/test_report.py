"""A scorecard as text, Markdown, HTML and JSON: the figures stand in it, and nothing in it is taken for markup."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from qa_bot.errors import QABotError
from qa_bot.evaluation import Question, Scorecard, compare, score
from qa_bot.evaluation.traces import Trace
from qa_bot.report import Report, as_dict, expected, pad, render_text, width, write_report
from qa_bot.types import Hit, Passage, Provenance, Speech
from tests.browsing import NARROW, WIDE, shoot

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ViewportSize

TEXT = "**同志说：“<b>今年</b>新建学校3所。”\n谢谢大家！"
SPEECH = Speech("<i>测试</i>讲话*", TEXT, "", Provenance(), (), ())
NASTY = (
    '</dd><script src="http://example.invalid/x.js"></script>![x](http://example.invalid/y.png) **粗** $x$ '
    "<img src=x onerror=alert(1)> [x](javascript:alert(1)) | `a` :red[b]"
)


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


def traced() -> Report:
    """The same with traces and an earlier run that knew one answer more and two less; hostile text at every place."""
    made = card()
    at = TEXT.index("新建学校3所")
    gold = Hit(Passage("g", "sentence", TEXT[at : at + 6], (), ("2.1",), at, at + 6), 1.0, 1.0, 1.0)
    other = Hit(Passage("o", "sentence", f"\u202e别的句子{NASTY}", (), (f"1.1{NASTY}",), 0, 5), 2.0, 1.0, 1.0)
    scores = [0.9, 0.8, 0.8, 0.7, 0.7, 0.6, 0.6, 0.55, 0.4, None, 0.52]
    traces = {
        r.question.id: Trace(NASTY, (other,) * 6 + (gold,), (7,) if i % 2 else (), s, r.verdict.refused)
        for i, (r, s) in enumerate(zip(made.results, scores, strict=True))
    }
    earlier = {f"f{i}": {"id": f"f{i}", "status": "refused", "text": NASTY} for i in (0, 1)}
    right = {"citations": [{"quote": "新建学校3所"}], "status": "answered", "text": "3所"}
    earlier |= {f"f{i}": right | {"id": f"f{i}"} for i in range(2, 9)}
    answers = [{"id": r.question.id, "text": NASTY} for r in made.results]
    return Report(made, answers, traces, compare(made, earlier, f"old{NASTY}", SPEECH), {"questions": NASTY})


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
    write_report(traced(), tmp_path)
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    page = Page(source)
    assert not {"script", "img", "link", "iframe", "i", "em", "foreignobject", "use", "image"} & set(page.tags)
    assert not [value for value in page.values if "://" in value]
    assert "url(" not in source
    assert "@import" not in source
    assert "prefers-color-scheme" in source or "light-dark(" in source
    assert page.tags.count("article") == 3 + 3
    assert page.tags.count("table") == 3 + 3
    for wanted in (
        NASTY,
        "49.0%–94.3%",
        "“新建学校3所”; one of 3所 / 三所",
        "refused: 没有。",
        TEXT[:10],
        "道路？",
        "a refusal",
        "gold 应引",
        "\ufffd别的句子",
    ):
        assert wanted in page.text
    assert "\u202e" not in source


def test_markdown_takes_nothing_for_markup(tmp_path: Path) -> None:
    write_report(traced(), tmp_path)
    text = (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| fact 事实 | 8 | 10 | 80\\.0% | 49\\.0%–94\\.3% |" in text
    assert "- quoted: \\*\\*同志说：“\\<b\\>" in text
    assert "#### u\\_1 \\(unanswerable\\) 机场？" in text
    page = Page(MarkdownIt("commonmark").enable("table").render(text))
    ours = {"h1", "h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td", "p", "ul", "li", "strong"}
    assert set(page.tags) == ours
    assert f"came: {NASTY}" in page.text
    assert f"quoted: {TEXT[:10]}" in page.text
    assert "retrieved 7, gold: 〔2.1〕新建学校3所" in page.text


def test_the_curve_marks_and_explains_the_chosen_point(tmp_path: Path) -> None:
    write_report(traced(), tmp_path)
    source = (tmp_path / "report.html").read_text(encoding="utf-8")
    svg = source[source.index('<svg class="plot"') : source.index("</figure>")]
    words = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"chosen 选定 0.50", "answers lost 误拒的可答题", "refused rightly 拒对的无答案题", "100 %"} <= set(words)
    assert svg.count('class="chosen"') == 1
    text = Page(source).text
    assert "The chosen point is 0.50: 0 of 1 unanswerable questions are refused (0%, 95 % interval 0%–79%)" in text
    assert "and 1 of 10 answers are lost (10%, 2%–40%)" in text
    assert "1 of the questions come out the same at every threshold" in text
    rows = [re.sub(r"<[^>]+>", " ", row).split() for row in re.findall(r"<tr.*?</tr>", source)]
    assert ["0.50", "0", "1", "0%", "1", "10", "10%"] in rows
    assert ["0.52", "1", "1", "100%", "1", "10", "10%"] in rows


def test_without_traces_nothing_is_drawn_from_them(tmp_path: Path) -> None:
    write_report(Report(card()), tmp_path)
    text = Page((tmp_path / "report.html").read_text(encoding="utf-8")).text
    assert "Refusal curve" not in text
    assert "retrieved" not in text
    assert "earlier run" not in text
    assert "3 of 11 wrong" in text


def test_json_holds_the_figures_and_every_verdict(tmp_path: Path) -> None:
    write_report(traced(), tmp_path)
    values = json.loads((tmp_path / "scorecard.json").read_text(encoding="utf-8"))
    fact = values["rates"]["fact"]
    assert (fact["hits"], fact["n"], fact["rate"]) == (8, 10, 0.8)
    assert fact["interval"] == pytest.approx([0.4902, 0.9433], abs=5e-5)
    assert values["rates"]["all"]["hits"] == 8
    assert values["halves"]["report"]["rates"]["all"]["n"] == 5
    assert len(values["verdicts"]) == 11
    assert values["verdicts"][-1]["why"].startswith("expected a refusal, got")
    assert [values["verdicts"][1][key] for key in ("retrieved", "score")] == [7, 0.8]
    assert values["refusal_curve"][:2] == [
        {"threshold": 0.0, "refused": 0, "lost": 0},
        {"threshold": pytest.approx(0.4), "refused": 0, "lost": 1},
    ]
    assert values["ranks"] == {"1": 0, "2": 0, "3–5": 0, "6–10": 5, ">10": 0, "none": 5}
    assert values["comparison"]["all"] == {"both": 6, "only_earlier": 1, "only_now": 2, "neither": 0}
    assert values == json.loads(json.dumps(as_dict(traced())))


def test_a_second_report_replaces_the_first_and_leaves_nothing_else(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "reports"
    first = write_report(Report(card()), folder)
    kept = [path.read_bytes() for path in first]
    second = write_report(Report(Scorecard("另一篇\ud800", ()), ({"id": "\ud800"},)), folder)
    assert sorted(folder.iterdir()) == sorted(second) == sorted(first)
    assert all(path.read_bytes() != old for path, old in zip(second, kept, strict=True))


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(QABotError, match=r"no report can be written to .*file .*; name another folder"):
        write_report(Report(card()), tmp_path / "file")
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


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_page_in_a_browser(
    browser: Browser, tmp_path: Path, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    write_report(traced(), tmp_path)
    address = (tmp_path / "report.html").as_uri()
    viewport: ViewportSize = {"width": size[0], "height": size[1]}
    with browser.new_context(viewport=viewport, color_scheme=scheme) as context:
        page, asked, said = context.new_page(), list[str](), list[str]()
        context.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda line: said.append(line.text))
        page.on("dialog", lambda dialog: said.append(dialog.message))
        page.goto(address)
        shoot(page, f"report-{size[0]}-{scheme}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert NASTY in page.locator("main").inner_text()
        assert page.locator(".plot text.mark").text_content() == "chosen 选定 0.50"
        box, drawn = (page.locator(name).bounding_box() for name in (".plot", ".plot text.mark"))
        assert box
        assert drawn
        assert box["x"] <= drawn["x"] < drawn["x"] + drawn["width"] <= box["x"] + box["width"]
        page.locator("table a").first.click()
        page.locator("#type-fact").wait_for()
        page.locator("#type-fact ~ article summary").nth(1).click()
        assert page.locator("li[value='7'] strong").first.is_visible()
        page.locator(".plot").scroll_into_view_if_needed()
        shoot(page, f"report-{size[0]}-{scheme}-curve")
        found = Axe().run(page)
        assert not [v["id"] for v in found.response["violations"] if v["impact"] in ("serious", "critical")]
    assert {url.partition("#")[0] for url in asked} == {address}
    assert said == []
