"""The page in a real Chromium, on a real server: two widths, two themes. Screenshots go to `artifacts/`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from conftest import ROOT
from playwright.sync_api import Page, expect
from test_page import HOSTILE, HOSTILE_SPEECH

from qa_bot.settings import DEFAULT_SPEECH
from qa_bot.speech import read_speech
from tests.browsing import NARROW, WIDE, Visit, ask, served, settled, shoot
from tests.model_server import ModelServer, cut, say, stall

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


WRITTEN = (
    "讲话说“人才是第一资源”〔10.2〕，要“全年新增高新技术企业10家以上，新增专精特新中小企业10家以上”〔8.7〕，"
    "还说“要在月球上建设三座新的高新技术园区”〔8.7〕。"
)


@pytest.fixture(scope="module")
def model_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, ModelServer]]:
    """The page with a model that says what the test has it say."""
    home = tmp_path_factory.mktemp("model")
    with (
        ModelServer() as model,
        served(ROOT / "app.py", home, QA_BOT_LLM="openai:test", QA_BOT_LLM_BASE_URL=model.url) as url,
    ):
        yield url, model


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


def test_the_whole_text_its_outline_and_what_stands_where(url: str, visit: Visit) -> None:
    page = visit(url)
    speech = read_speech(DEFAULT_SPEECH)
    held = page.locator("#reader [data-start]").all_text_contents()
    assert "".join("".join(held).split()) == "".join(speech.text.split())

    page.locator(".qb-outline summary").focus()
    page.keyboard.press("Enter")
    entry = page.locator(".qb-outline a", has_text="金融服务必须迈出关键性步伐")
    entry.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#p9")).to_be_focused()
    assert in_view(page, "#p9")
    expect(page.locator(".qb-outline nav")).to_be_hidden()

    page.keyboard.press("/")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("高新区")
    total = speech.text.count("高新区")
    expect(page.locator(".qb-count")).to_have_text(f"1/{total}")
    page.keyboard.press("Enter")
    expect(page.locator(".qb-count")).to_have_text(f"2/{total}")
    page.keyboard.press("Shift+Enter")
    page.locator('button[data-find="-1"]').click()
    expect(page.locator(".qb-count")).to_have_text(f"{total}/{total}")
    lit = "[...CSS.highlights.get('{}')].map(String)"
    assert page.evaluate(lit.format("qb-found")) == ["高新区"] * total
    assert page.evaluate(lit.format("qb-here")) == ["高新区"]
    expect(page.locator(".qb-strip a.qb-hit")).not_to_have_count(0)
    shoot(page, "1440-light-find")
    page.locator("#find").fill("１０家")  # full width
    expect(page.locator(".qb-count")).to_have_text("1/2")
    page.locator("#find").fill("月球")
    expect(page.locator(".qb-count")).to_have_text("没有")
    page.locator("#find").press("Escape")
    expect(page.locator("#reader")).to_be_focused()
    expect(page.locator(".qb-strip a.qb-hit")).to_have_count(0)


def test_ask_on(url: str, visit: Visit) -> None:
    """Correct how a follow-up was understood, edit a question, follow a suggestion, copy with the reference."""
    page = visit(url, permissions=["clipboard-read", "clipboard-write"])
    first = ask(page, FIGURE)
    expect(page.locator(".qb-strip a.qb-cited")).to_have_count(1)
    first.locator(".qb-copy").click()
    expect(first.locator(".qb-copy")).to_have_text("已复制")
    quote = first.locator("blockquote").inner_text()
    assert (
        page.evaluate("navigator.clipboard.readText()") == f"“{quote}”（《2023年在高新区高质量发展大会上讲话》第8段）"
    )

    ask(page, "那“专精特新”中小企业呢？")
    second = page.locator(".qb-turn").nth(1)
    second.locator('[data-edit="correct"]').click()
    field = second.locator('form[data-ask="correct"] textarea')
    expect(field).to_be_focused()
    expect(field).to_have_value(second.locator(".qb-understood bdi").inner_text())
    field.fill("金融服务有哪些要求？")
    page.keyboard.press("Enter")
    third = page.locator(".qb-turn").nth(2)
    expect(third.locator(".qb-asked bdi")).to_have_text("金融服务有哪些要求？")
    expect(third.locator("blockquote").first).to_be_visible()
    expect(third.locator(".qb-understood")).to_have_count(0)

    second.hover()
    second.locator('[data-edit="edit"]').click()
    page.keyboard.press("Escape")
    expect(second.locator('[data-edit="edit"]')).to_be_focused()
    page.keyboard.press("Enter")
    second.locator('form[data-ask="edit"] textarea').fill("那规模以上工业企业呢？")
    second.locator("[data-send]:visible").click()
    fourth = page.locator(".qb-turn").nth(3)
    expect(fourth.locator(".qb-understood")).to_contain_text("规模以上工业企业")  # after the first, not after the third
    expect(fourth.locator(".qb-answer:not(.qb-draft)")).to_be_visible()
    settled(page)
    suggestion = page.locator(".qb-suggest button").first
    question = suggestion.inner_text()
    suggestion.click()
    expect(page.locator(".qb-turn").nth(4).locator(".qb-asked bdi")).to_have_text(question)
    expect(page.locator(".qb-turn").nth(4).locator("blockquote").first).to_be_visible()


def test_a_model_writes_is_checked_and_stopped(model_url: tuple[str, ModelServer], visit: Visit) -> None:
    url, model = model_url
    page = visit(url)
    expect(page.locator(".qb-welcome")).to_contain_text("openai:test")  # which provider gets what, before it does
    model.script(say(WRITTEN, 4, pause=0.02))
    turn = ask(page, FIGURE)
    expect(turn.locator("q.qb-exact")).to_have_text("人才是第一资源")
    expect(turn.locator("q.qb-repaired + .qb-tag")).to_have_text("已按原文改正")
    expect(turn.locator("span.qb-downgraded + .qb-tag")).to_have_text("不是原话")
    turn.locator(".qb-sources summary").click()
    turn.locator(".qb-sources a.qb-chip").first.click()
    assert marked(page, "qb-now") == turn.locator(".qb-sources blockquote").first.inner_text()
    shoot(page, "1440-light-model")
    turn.locator('[data-do="again_quote"]').click()
    again = page.locator(".qb-turn").nth(1)
    expect(again.locator(".qb-quote")).to_be_visible()
    settled(page)

    model.script(stall("全年新增"))
    page.locator('[data-testid="stChatInput"] textarea').fill(FIGURE)
    page.keyboard.press("Enter")
    halted = page.locator(".qb-turn").nth(2)
    expect(halted.locator(".qb-state")).to_contain_text("正在写出答案")
    shoot(page, "1440-light-streaming")
    halted.locator('[data-do="stop"]').click()
    expect(halted.locator(".qb-halted")).to_contain_text("没有核对")
    assert model.requests[-1].left.wait(5)  # the provider was hung up on
    expect(halted.locator("a.qb-chip")).to_have_count(0)
    shoot(page, "1440-light-stopped")
    model.script(say("人才是第一资源〔10.2〕。"))
    halted.locator('[data-do="retry"]').click()
    expect(halted.locator("a.qb-chip").first).to_be_visible()
    settled(page)
    model.script(say("人才是第一资源〔10.2〕。", 2, pause=0.3))
    page.locator('[data-testid="stChatInput"] textarea').fill(FIGURE)
    page.keyboard.press("Enter")
    expect(page.locator(".qb-turn").nth(3).locator(".qb-draft")).to_contain_text("人才")
    page.reload()  # in mid-answer: it goes on, and is there once
    expect(page.locator(".qb-turn").nth(3).locator("a.qb-chip").first).to_be_visible(timeout=15_000)
    expect(page.locator(".qb-turn")).to_have_count(4)
    settled(page)
    model.script(cut("全年"))
    fallen_back = ask(page, "金融被比作什么？").locator(".qb-notice").filter(has_text="改用讲话的原句")
    expect(fallen_back).to_be_visible()


def test_parts_and_a_followup(url: str, visit: Visit) -> None:
    page = visit(url)
    page.locator(".qb-suggest button").first.click()
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
    assert any("正在挑选原句" in state for state in states)
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
