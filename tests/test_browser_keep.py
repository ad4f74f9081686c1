"""What stays, what is brought and what is taken away, in a real Chromium: reloads, restarts, two tabs, two browsers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from conftest import ROOT
from docx import Document
from playwright.sync_api import Page, expect

from qa_bot.settings import DEFAULT_SPEECH
from tests.browsing import NARROW, Visit, ask, free_port, served, settled, shoot
from tests.command import run

pytestmark = pytest.mark.browser

FIGURE, PARTS = "全年新增高新技术企业多少家？", "讲话分为几个部分？"
PASTED = "在青石县校友会上的发言\n\n各位校友：\n\n青石县去年建成图书馆三座，藏书一百二十万册。\n\n谢谢大家。\n"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(ROOT / "app.py", tmp_path_factory.mktemp("kept")) as address:
        yield address


def opened(page: Page, what: str) -> None:
    """Open a dialog of the bar."""
    page.locator(f'.st-key-bar [data-do="{what}"]').click()
    expect(page.locator('[role="dialog"]')).to_be_visible()
    settled(page)


def closed(page: Page) -> None:
    page.locator('[role="dialog"] button[aria-label="关闭"]').click()
    expect(page.locator('[role="dialog"]')).to_have_count(0)


def test_conversations_stay_with_their_browser(visit: Visit, tmp_path: Path) -> None:
    """A reload, a second tab, another browser, a restart; named, found, deleted for good."""
    port = free_port()
    with served(ROOT / "app.py", tmp_path, port) as url:
        page, other = visit(url, loud=True), visit(url, loud=True)
        ask(page, FIGURE)
        first = page.url
        assert "?c=" in first
        page.reload()
        turn = page.locator(".qb-turn").first
        turn.locator("a.qb-chip").first.click()
        assert page.locator("#reader mark.qb-now").all_text_contents() == [turn.locator("blockquote").inner_text()]
        tab = page.context.new_page()
        tab.goto(first)
        expect(tab.locator(".qb-quote")).to_be_visible()
        ask(tab, PARTS)
        ask(page, "讲话是怎么结尾的？")
        page.reload()
        expect(page.locator(".qb-asked bdi")).to_have_text([FIGURE, PARTS, "讲话是怎么结尾的？"])

        other.goto(first)
        expect(other.locator(".qb-fault")).to_contain_text("不在这个浏览器里")
        expect(other.locator(".qb-turn")).to_have_count(0)
        opened(other, "conversations")
        expect(other.locator(".qb-item")).to_have_count(0)
    with served(ROOT / "app.py", tmp_path, port):
        page.goto(first)
        expect(page.locator(".qb-turn")).to_have_count(3, timeout=30_000)
        page.locator(".st-key-new button").click()
        expect(page.locator(".qb-turn")).to_have_count(0)
        ask(page, "金融被比作什么？")
        opened(page, "conversations")
        expect(page.locator(".qb-item")).to_have_count(2)
        shoot(page, "1440-light-conversations")
        item = page.locator(".qb-item", has_text=FIGURE)
        item.locator('[data-edit="rename"]').click()
        item.locator("textarea").fill("**给处长的** 材料")
        page.keyboard.press("Enter")
        expect(page.locator(".qb-item", has_text="**给处长的** 材料")).to_be_visible()
        page.locator('[role="dialog"] input').fill("三、优化环境")  # stands in an answer
        page.keyboard.press("Enter")
        expect(page.locator(".qb-item")).to_have_count(1)
        page.locator(".qb-open").click()
        expect(page.locator(".qb-turn")).to_have_count(3)
        settled(page)
        opened(page, "conversations")
        item = page.locator(".qb-item", has_text="给处长的")
        item.locator(".qb-sure summary").click()
        item.locator('[data-do="delete"]').click()
        expect(page.locator(".qb-item")).to_have_count(1)
        closed(page)
        page.goto(first)
        expect(page.locator(".qb-fault")).to_contain_text("已经删除")
    assert "给处长的".encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("conversations*"))


def test_take_away_judge_and_link(url: str, visit: Visit, tmp_path: Path) -> None:
    page = visit(url, permissions=["clipboard-read", "clipboard-write"])
    turn = ask(page, FIGURE)
    quote = turn.locator("blockquote").inner_text()
    ask(page, "高铁什么时候通车？")
    turn.locator('[data-do="take"]').click()
    expect(page.locator('[role="dialog"]')).to_be_visible()
    settled(page)
    taken = {}
    for kind in ("markdown", "word", "printable", "proof"):
        with page.expect_download() as started:
            page.locator(f".st-key-as_{kind} button").click()
        taken[kind] = started.value.path().read_bytes()
    shoot(page, "1440-light-take")
    assert quote in "\n".join(p.text for p in Document(BytesIO(taken["word"])).paragraphs)
    assert all("第8段" in taken[kind].decode() for kind in ("markdown", "printable"))
    (tmp_path / "proof.json").write_bytes(taken["proof"])
    assert [answer["question"] for answer in json.loads(taken["proof"])] == [FIGURE]
    assert run("verify", str(tmp_path / "proof.json")).code == 0
    page.locator('[role="dialog"] button', has_text="整个对话").click()
    expect(page.get_by_role("dialog")).to_contain_text("2 个问题")
    settled(page)
    with page.expect_download() as started:
        page.locator(".st-key-as_proof button").click()
    assert len(json.loads(started.value.path().read_bytes())) == 2
    closed(page)

    refused = page.locator(".qb-turn").nth(1)
    refused.locator('[data-edit="wrong"]').click()
    refused.locator('form[data-ask="wrong"] textarea').fill("第7段就有")
    page.keyboard.press("Enter")
    expect(refused.locator(".qb-wrong")).to_contain_text("第7段就有")
    opened(page, "conversations")
    with page.expect_download() as started:
        page.locator('[data-testid="stDownloadButton"] button').click()
    rated = json.loads(started.value.path().read_text("utf-8"))
    assert rated["question"] == "高铁什么时候通车？"
    assert "第7段就有" in rated["note"]
    closed(page)

    turn.locator(".qb-link").click()
    expect(turn.locator(".qb-link")).to_have_text("已复制")
    link = page.evaluate("navigator.clipboard.readText()")
    other = visit(url)
    other.goto(link)
    expect(other.locator(".qb-asked bdi")).to_have_text(FIGURE)
    expect(other.locator(".qb-quote")).to_be_visible()
    expect(other.locator("#reader mark.qb-now").first).to_be_visible()
    assert "".join(other.locator("#reader mark.qb-now").all_text_contents()) == quote
    other.goto(f"{url}/?speech={'0' * 64}&q=%3Cimg%20src%3Dx%3E**x**&at=99999999-1")
    expect(other.locator(".qb-asked bdi")).to_have_text("<img src=x>**x**")
    expect(other.locator(".qb-fault").last).to_contain_text("默认的讲话")
    expect(other.locator("#reader mark.qb-now")).to_have_count(0)


def test_bring_a_speech(url: str, visit: Visit) -> None:
    """Several files, one of them bad; furniture put back, a title changed; another browser sees nothing of it."""
    page, other = visit(url), visit(url, NARROW, "dark")
    ask(page, FIGURE)
    opened(page, "speeches")
    field = page.locator('[role="dialog"] input[type="file"]')
    good = DEFAULT_SPEECH.read_text("utf-8").replace("高新区", "经开区").encode("gb18030")
    field.set_input_files(
        [
            {"name": "坏 **件**.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 nonsense"},
            {"name": "../../经开区.txt", "mimeType": "text/plain", "buffer": good},
        ]
    )
    expect(page.get_by_role("dialog").get_by_text("经开区.txt")).to_be_visible()
    settled(page)
    page.locator('[data-testid="stFormSubmitButton"] button').click()
    expect(page.locator(".qb-title")).to_have_text("2023年在经开区高质量发展大会上讲话", timeout=20_000)
    settled(page)
    expect(page.locator(".qb-fault")).to_contain_text("坏 **件**.pdf")
    lines = page.locator(".qb-stripped li")
    before = lines.count()
    expect(lines.first).to_contain_text("当前位置")
    shoot(page, "1440-light-brought")
    lines.first.locator('[data-do="restore"]').click()
    expect(lines).to_have_count(before - 1)
    expect(page.locator("#reader")).to_contain_text("当前位置")
    settled(page)
    page.locator('.qb-stripped [data-edit="title"]').click()
    page.locator(".qb-stripped textarea").fill("经开区的 **讲话**")
    page.keyboard.press("Enter")
    expect(page.locator(".qb-title")).to_have_text("经开区的 **讲话**")
    settled(page)
    expect(ask(page, FIGURE).locator("blockquote")).to_contain_text("让经开区成为企业孵化")

    opened(page, "speeches")
    page.locator('[role="dialog"] [data-testid="stTextArea"] textarea').fill(PASTED)
    page.locator('[data-testid="stFormSubmitButton"] button').click()
    expect(page.locator(".qb-title")).to_have_text("在青石县校友会上的发言", timeout=20_000)
    page.reload()
    expect(page.locator(".qb-title")).to_have_text("在青石县校友会上的发言")
    settled(page)
    expect(ask(page, "藏书多少册？").locator("blockquote")).to_contain_text("一百二十万册")

    opened(page, "speeches")
    expect(page.locator(".qb-item")).to_have_count(3)
    shoot(page, "1440-light-speeches")
    item = page.locator(".qb-item", has_text="青石县")
    item.locator(".qb-sure summary").click()
    item.locator('[data-do="forget"]').click()
    expect(page.locator(".qb-item")).to_have_count(2)
    expect(page.locator(".qb-title")).to_have_text("2023年在高新区高质量发展大会上讲话")
    page.locator(".qb-item", has_text="经开区的").locator(".qb-open").click()
    expect(page.locator(".qb-title")).to_have_text("经开区的 **讲话**")
    settled(page)

    opened(other, "speeches")
    expect(other.locator(".qb-item")).to_have_count(1)
    shoot(other, "390-dark-speeches")
