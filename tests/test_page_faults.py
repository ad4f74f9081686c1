"""What breaks under a page that is open: a clear line, the conversation kept, no red box."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browsing import ROOT, Visit, ask, free_port, served, settled, shoot
from tests.index_worker import may_mount, mount, unmount
from tests.model_server import ModelServer, cut, say, stall

pytestmark = pytest.mark.browser

FIGURE = "全年新增高新技术企业多少家？"
TOPICS = [f"{topic}讲了什么？" for topic in ("金融服务", "人力资源", "营商环境", "科技创新")]
RED = '[data-testid="stException"], [data-testid="stErrorCodeBlock"]'


def questions(page: Page) -> list[str]:
    """What was asked, as the page shows it; no red box beside it."""
    expect(page.locator(RED)).to_have_count(0)
    return page.locator(".qb-turn .qb-asked bdi").all_inner_texts()


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(say("讲话要求新增高新技术企业10家以上〔8.1〕。")) as server:
        yield server


@pytest.fixture(scope="module")
def url(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {"QA_BOT_LLM": "openai:any", "QA_BOT_LLM_BASE_URL": model.url, "QA_BOT_LLM_RETRIES": "0"}
    home = tmp_path_factory.mktemp("faults")
    with served(ROOT / "server.py", home, **settings, QA_BOT_LLM_TIMEOUT="5,5,2,10") as address:
        yield address


def test_a_model_that_dies_half_way_is_replaced(url: str, model: ModelServer, visit: Visit) -> None:
    page = visit(url)
    asked = [FIGURE, "请问金融服务讲了什么？", "请问营商环境讲了什么？"]
    for question, reply in zip(asked, (cut("讲话要求", reset=True), cut("讲话"), stall("讲话要求")), strict=True):
        model.script(reply)
        turn = ask(page, question)
        expect(turn.locator(".qb-answer")).to_contain_text("模型")
        expect(turn.locator("blockquote").first).to_be_visible()
    assert questions(page) == asked
    shoot(page, "1440-light-fault-model")


def test_a_connection_that_breaks_comes_back_with_the_conversation(url: str, model: ModelServer, visit: Visit) -> None:
    model.script(say("讲话要求新增高新技术企业10家以上〔8.1〕。"))
    page = visit(url, loud=True)
    open_ones: list[WebSocketRoute] = []

    def through(browser_side: WebSocketRoute) -> None:
        browser_side.connect_to_server()
        open_ones.append(browser_side)

    page.route_web_socket("**/_stcore/stream", through)
    page.reload()
    settled(page)
    ask(page, FIGURE)
    open_ones[-1].close()
    page.context.set_offline(True)
    page.context.set_offline(False)
    expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_be_attached(timeout=20_000)
    ask(page, "金融服务讲了什么？")
    assert questions(page) == [FIGURE, "金融服务讲了什么？"]
    assert len(open_ones) > 1


def test_two_tabs_are_two_conversations(url: str, model: ModelServer, visit: Visit) -> None:
    model.script(say("讲话要求新增高新技术企业10家以上〔8.1〕。"))
    one = visit(url)
    other = one.context.new_page()
    other.goto(url)
    settled(other)
    ask(one, FIGURE)
    ask(other, "金融服务讲了什么？")
    ask(one, "营商环境讲了什么？")
    assert questions(one) == [FIGURE, "营商环境讲了什么？"]
    assert questions(other) == ["金融服务讲了什么？"]


def test_a_deleted_index_and_a_new_server_leave_the_page_at_work(visit: Visit, tmp_path: Path) -> None:
    port = free_port()
    with served(ROOT / "server.py", tmp_path, port) as address:
        page = visit(address, loud=True)
        ask(page, FIGURE)
        shutil.rmtree(tmp_path / "index")
        asked = TOPICS[:3]
        for question in asked:
            ask(page, question)
        assert page.locator(".qb-turn .qb-fault").count() <= 1
        assert questions(page) == [FIGURE, *asked]
    expect(page.locator(".qb-turn .qb-asked").first).to_be_visible()
    with served(ROOT / "server.py", tmp_path, port):
        expect(page.locator('[data-test-connection-state="CONNECTED"]')).to_be_attached(timeout=30_000)
        page.reload()
        expect(page.locator("#reader")).to_be_visible(timeout=30_000)
        expect(page.locator(".qb-turn")).to_have_count(1 + len(asked), timeout=20_000)
        settled(page)
        expect(ask(page, TOPICS[3]).locator(".qb-answer")).to_be_visible()
        assert questions(page) == [FIGURE, *asked, TOPICS[3]]
        page.context.close()


@pytest.mark.skipif(not may_mount(), reason="a full disk is mounted")
def test_a_full_disk_is_a_line(visit: Visit, tmp_path: Path) -> None:
    home = tmp_path / "disk"
    home.mkdir()
    mount(home, "-t", "tmpfs", "-o", "size=64k", "tmpfs")
    with ExitStack() as stack:
        stack.callback(unmount, home)
        address = stack.enter_context(served(ROOT / "server.py", tmp_path, QA_BOT_HOME=str(home)))
        page = visit(address)
        settled(page)
        fault = page.locator(".qb-fault")
        expect(fault).to_be_visible(timeout=20_000)
        expect(fault).to_contain_text("索引")
        assert questions(page) == []
        shoot(page, "1440-light-fault-disk")
        mount(home, "-o", "remount,size=64m")
        page.locator(".st-key-retry button").click()
        expect(page.locator("#reader")).to_be_visible(timeout=20_000)
        expect(ask(page, FIGURE).locator(".qb-answer")).to_be_visible()
        page.context.close()
