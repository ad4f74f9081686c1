"""The page in a real Chromium, on a real server: two widths, two themes. Screenshots go to `artifacts/`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import ROOT
from playwright.sync_api import Page, expect
from test_page import HOSTILE, HOSTILE_SPEECH

from tests.browsing import NARROW, WIDE, Visit, ask, served, shoot

pytestmark = pytest.mark.browser

FIGURE = "全年新增高新技术企业多少家？"

# The real page over the real bot, but for an answer step that, asked to, takes its time or breaks in the middle.
SLOW_PAGE = """
import time
import app
from qa_bot.chain import QuotingStep, build_chain

def opener(settings):
    bot = app.open_bot(settings)
    quoting = QuotingStep(bot.quoter)
    def step(found):
        for event in quoting(found):
            time.sleep(0.7 if "请问" in found.query.question else 0)
            yield event
            if "断" in found.query.question:
                raise RuntimeError("broken in the middle")
    bot.chain = build_chain(bot.retriever, bot.quoter, step)
    return bot

app.page(opener)
"""


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(ROOT / "app.py", tmp_path_factory.mktemp("served")) as address:
        yield address


@pytest.fixture(scope="module")
def hostile_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hostile")
    (home / "slow.py").write_text(SLOW_PAGE, encoding="utf-8")
    (home / "speech.txt").write_text(HOSTILE_SPEECH, encoding="utf-8")
    with served(home / "slow.py", home, QA_BOT_SPEECH=str(home / "speech.txt")) as address:
        yield address


def marked(page: Page, name: str) -> str:
    return "".join(page.locator(f"#reader mark.{name}").all_text_contents())


def in_view(page: Page, selector: str) -> bool:
    """Whether the first such element lies inside the reader's window."""
    return bool(
        page.evaluate(
            """selector => {
                const pane = document.getElementById("reader").getBoundingClientRect()
                const mark = document.querySelector(selector).getBoundingClientRect()
                return pane.height > 300 && mark.height > 0 && mark.top >= pane.top && mark.top + 20 <= pane.bottom
            }""",
            selector,
        )
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_ask_and_look(url: str, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    page = visit(url, size, scheme)
    narrow, name = size == NARROW, f"{size[0]}-{scheme}"
    expect(page.locator('[data-testid="stPills"], [data-testid="stButtonGroup"]').last).to_be_visible()
    shoot(page, f"{name}-welcome")

    turn = ask(page, FIGURE)
    expect(page.locator("#reader mark.qb-cited").first).to_be_attached()
    expect(page.locator('button[data-to-pane="talk"]')).to_have_attribute("aria-pressed", "true")
    shoot(page, f"{name}-answered")
    chip = turn.locator("a.qb-chip").first
    quote = turn.locator("blockquote").first.inner_text()
    assert "新增高新技术企业10家以上" in quote
    chip.click()
    expect(page.locator("#reader mark.qb-now").first).to_be_visible()
    assert marked(page, "qb-now") == quote
    assert in_view(page, "#reader mark.qb-now")
    shoot(page, f"{name}-cited")

    page.keyboard.press("Escape")  # from the reader back to the chip
    expect(chip).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#p8")).to_be_focused()
    if narrow:
        expect(page.locator('[data-testid="stChatInput"]')).to_be_hidden()
        page.locator('button[data-to-pane="talk"]').click()
        expect(page.locator('button[data-to-pane="talk"]')).to_have_attribute("aria-pressed", "true")
        expect(page.locator("#reader")).to_be_hidden()

    refused = ask(page, "高铁什么时候通车？")
    expect(refused.locator(".qb-refused")).to_be_visible()
    near = refused.locator(".qb-near a").first
    expect(near).to_be_visible()
    shoot(page, f"{name}-refused")
    near.click()
    assert marked(page, "qb-now") == refused.locator(".qb-near li span[lang]").first.text_content()
    if narrow:
        page.locator('button[data-to-pane="talk"]').click()
    chip.click()
    assert marked(page, "qb-now") == quote
    shoot(page, f"{name}-page")
    if narrow:
        page.locator('button[data-to-pane="talk"]').click()

    expect(ask(page, "这篇讲话是什么时候发布的？").locator(".qb-provenance")).to_be_visible()
    expect(ask(page, "？？！").locator(".qb-fault")).to_be_visible()
    shoot(page, f"{name}-provenance-fault")
    page.locator(".st-key-lang button", has_text="EN").click()
    expect(page.locator(".qb-refused")).to_contain_text("does not mention")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    shoot(page, f"{name}-english")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_parts_and_a_followup(url: str, visit: Visit) -> None:
    page = visit(url)
    page.locator(".st-key-sample button").first.click()
    turn = page.locator(".qb-turn").first
    expect(turn.locator("a.qb-chip").nth(2)).to_be_visible(timeout=20_000)
    for index in range(turn.locator("a.qb-chip").count()):
        turn.locator("a.qb-chip").nth(index).click()
        assert marked(page, "qb-now") == turn.locator("blockquote").nth(index).inner_text()
        assert in_view(page, "#reader mark.qb-now")
    ask(page, FIGURE)
    expect(ask(page, "那“专精特新”中小企业呢？").locator(".qb-understood")).to_be_visible()
    shoot(page, "1440-light-followup")
    page.locator("#reader").focus()
    top = page.evaluate("document.getElementById('reader').scrollTop")
    page.keyboard.press("End")
    page.wait_for_function("top => document.getElementById('reader').scrollTop > top", arg=top)


def test_an_answer_streams_and_a_broken_one_keeps_the_conversation(hostile_url: str, visit: Visit) -> None:
    page = visit(hostile_url)
    page.evaluate(
        """() => {
            window.states = []
            new MutationObserver(() => {
                const text = document.querySelector(".qb-draft")?.innerText
                if (text && text !== window.states.at(-1)) window.states.push(text)
            }).observe(document.body, { childList: true, subtree: true, characterData: true })
        }"""
    )
    turn = ask(page, "请问蓝鲸项目投资多少亿元？")
    expect(turn.locator(".qb-quote").first).to_contain_text("35亿元")
    states = page.evaluate("window.states")
    assert "正在全文里查找" in states[0]
    assert any("35亿元" in state and "正在写出答案" in state for state in states)
    expect(ask(page, "断了的蓝鲸项目？").locator(".qb-fault")).to_be_visible()
    shoot(page, "1440-light-broken")
    expect(turn.locator(".qb-quote").first).to_be_visible()
    expect(page.locator('[data-testid="stException"]')).to_have_count(0)
    expect(ask(page, "讲话分为几个部分？").locator(".qb-speech")).to_be_visible()


def test_hostile_text_becomes_nothing_but_text(hostile_url: str, visit: Visit) -> None:
    page = visit(hostile_url, scheme="dark")
    page.on("dialog", lambda dialog: pytest.fail(dialog.message))
    expect(page.locator("#reader")).to_contain_text(HOSTILE)
    for question in (HOSTILE, "注入的文字怎样显示？"):
        turn = ask(page, question)
        expect(turn.locator(".qb-asked bdi")).to_have_text(question)
    quotes = page.locator("blockquote").all_inner_texts()
    assert any(HOSTILE in quote for quote in quotes), quotes
    page.locator(".qb-turn a.qb-chip", has_text="1").last.click()
    shoot(page, "1440-dark-hostile")
    made = page.locator(".stMain :is(img, script, iframe, strong, em, code, .katex, [style*='color: rgb'])")
    expect(made).to_have_count(0)
    links = page.locator(".stMain a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert links
    assert all(link.startswith("#") for link in links)
