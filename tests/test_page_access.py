"""The page for everyone: axe on every view, the keyboard alone, large text, little motion; in a real Chromium."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.browsing import NARROW, ROOT, WIDE, Visit, ask, served, settled, shoot
from tests.model_server import ModelServer, fail, say, stall

pytestmark = pytest.mark.browser

FIGURE = "全年新增高新技术企业多少家？"
REPLY = "讲话要求新增高新技术企业10家以上〔8.1〕，还说“月球也要开发”〔8.1〕，投资99亿元。“人才是第一资源”〔9.1〕。"
FRAME: dict[str, str] = {}
"""What axe finds in Streamlit's own frame and we cannot mend: a rule → the element that it may name."""

# Boxes of the letters in view inside a selector, with the text that they belong to.
BOXES = """selector => [...document.querySelectorAll(selector)].flatMap((root) => {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT), found = []
    while (walker.nextNode()) {
        const node = walker.currentNode
        const shown = node.parentElement.checkVisibility({ visibilityProperty: true, opacityProperty: true })
        if (!node.data.trim() || !shown) continue
        const range = document.createRange()
        range.selectNodeContents(node)
        for (const { left, top, right, bottom } of range.getClientRects())
            found.push([node.data.trim(), left, top, right, bottom])
    }
    return found
})"""


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(say(REPLY)) as server:
        yield server


@pytest.fixture(scope="module")
def url(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {"QA_BOT_LLM": "openai:any", "QA_BOT_LLM_BASE_URL": model.url, "QA_BOT_LLM_RETRIES": "0"}
    home = tmp_path_factory.mktemp("access")
    with served(ROOT / "server.py", home, **settings, QA_BOT_LLM_TIMEOUT="10,10,4,20") as address:
        yield address


def no_barrier(page: Page) -> None:
    """No serious or critical violation; Streamlit's own are named in `FRAME`."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        (rule["id"], *node["target"], node["html"][:200])
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if FRAME.get(rule["id"]) not in node["target"]
    ]
    assert serious == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_axe_finds_no_barrier(url: str, model: ModelServer, visit: Visit, size: tuple[int, int], scheme: str) -> None:
    page, name = visit(url, size, scheme), f"{size[0]}-{scheme}"
    settled(page)
    no_barrier(page)
    model.script(say(REPLY))
    written = ask(page, FIGURE)
    expect(written.locator(".qb-answer")).to_contain_text("月球也要开发")
    for folded in page.locator("details:visible > summary").all():
        folded.click()
    no_barrier(page)
    shoot(page, f"{name}-access-written")
    for dialog in ("speeches", "conversations", "take"):
        page.locator(f'[data-do="{dialog}"]:visible').first.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        settled(page)
        no_barrier(page)
        shoot(page, f"{name}-access-{dialog}")
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
    model.script(fail(500))
    ask(page, "高铁什么时候通车？")
    ask(page, "？？！")
    no_barrier(page)
    model.script(stall("讲话要求新增"))
    page.locator('[data-testid="stChatInput"] textarea').fill("请问科技创新？")
    page.keyboard.press("Enter")
    expect(page.locator(".qb-draft").last).to_contain_text("讲话要求新增")
    no_barrier(page)
    shoot(page, f"{name}-access-streaming")
    expect(page.locator(".qb-draft")).to_have_count(0, timeout=20_000)
    if size == NARROW:
        page.locator('button[data-to-pane="text"]').click()
        expect(page.locator("#reader")).to_be_visible()
        no_barrier(page)
        shoot(page, f"{name}-access-text")


def test_a_fault_has_no_barrier(visit: Visit, tmp_path_factory: pytest.TempPathFactory) -> None:
    home = tmp_path_factory.mktemp("fault")
    with served(ROOT / "server.py", home, QA_BOT_LANG="fr") as address:
        page = visit(address)
        page.locator(".qb-fault summary").click()
        no_barrier(page)
        page.context.close()


def tab_to(page: Page, wanted: Locator, key: str = "Tab") -> None:
    """Press Tab until the focus is there; every stop on the way can be seen."""
    for _ in range(60):
        page.keyboard.press(key)
        stop = page.evaluate(
            """() => {
                let at = document.activeElement
                while (at.shadowRoot?.activeElement) at = at.shadowRoot.activeElement
                const look = getComputedStyle(at), ours = at.closest('[data-testid="stHtml"]') !== null
                const seen = look.outlineStyle !== "none" && parseFloat(look.outlineWidth) >= 1
                return [at.outerHTML.slice(0, 120), seen || !ours]
            }"""
        )
        assert stop[1], f"no visible focus: {stop[0]}"
        if wanted.evaluate("element => element.matches(':focus')"):
            return
    raise AssertionError(f"the Tab key does not lead to {wanted}")


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_keyboard_is_enough(url: str, model: ModelServer, visit: Visit, size: tuple[int, int]) -> None:
    model.script(fail(500))
    page = visit(url, size)
    settled(page)
    entry = page.locator('[data-testid="stChatInput"] textarea')
    tab_to(page, entry)
    page.keyboard.insert_text(FIGURE)
    page.keyboard.press("Enter")
    answer = page.locator(".qb-answer:not(.qb-draft)")
    expect(answer).to_be_visible(timeout=20_000)
    settled(page)
    live = answer.evaluate("element => element.closest('[aria-live=polite], [role=log], [role=status]') !== null")
    assert live, "what is answered must be told"

    entry.focus()
    chip = page.locator(".qb-turn a.qb-chip").first
    tab_to(page, chip, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#reader mark.qb-now").first).to_be_visible()
    assert page.locator("#reader").evaluate("element => element.contains(document.activeElement)")
    page.keyboard.press("Escape")
    expect(chip).to_be_focused()
    if size == NARROW:
        to_text = page.locator('button[data-to-pane="text"]')
        tab_to(page, to_text, "Shift+Tab")
        page.keyboard.press("Enter")
        expect(page.locator("#reader")).to_be_visible()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        expect(chip).to_be_visible()
    tab_to(page, page.locator(".st-key-lang button[aria-checked=true], .st-key-lang [tabindex='0']").first, "Shift+Tab")
    page.keyboard.press("ArrowRight")
    if page.locator("html").get_attribute("lang") != "en":
        page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "en", timeout=20_000)


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_motion_is_only_for_those_who_want_it(url: str, model: ModelServer, visit: Visit, motion: Any) -> None:
    model.script(fail(500))
    page = visit(url, reduced_motion=motion)
    ask(page, FIGURE)
    at_once = page.evaluate(
        """async () => {
            const pane = document.getElementById("reader"), frame = () => new Promise(requestAnimationFrame)
            pane.scrollTop = 0
            await frame()
            document.querySelector(".qb-turn a.qb-chip").click()
            await frame()
            return pane.scrollTop
        }"""
    )
    page.wait_for_function(
        "() => Math.abs(document.querySelector('#reader mark.qb-now').getBoundingClientRect().top - 300) < 200"
    )
    there = page.evaluate("document.getElementById('reader').scrollTop")
    assert there > 0
    assert (at_once == there) == (motion == "reduce")
    moving = page.evaluate(
        "document.getAnimations().filter((a) => a.effect.target.closest('[data-testid=stHtml], [class*=st-key-]'))"
    )
    assert motion == "no-preference" or moving == []


@pytest.mark.parametrize(
    ("size", "large"),
    [(WIDE, True), (NARROW, True), ((720, 450), False), ((320, 640), False)],
    ids=["1440-text", "390-text", "1440-zoom", "320"],
)
def test_text_at_200_percent_is_whole(
    url: str, model: ModelServer, visit: Visit, size: tuple[int, int], large: bool
) -> None:
    model.script(fail(500))
    page, name = visit(url, size), f"{size[0]}-light-{'double' if large else 'zoomed'}"
    if large:
        page.add_style_tag(content="html { font-size: 200% !important }")
    page.evaluate("scrollTo(0, 0)")
    shoot(page, f"{name}-welcome")
    whole(page)
    ask(page, FIGURE)
    shoot(page, f"{name}-answered")
    whole(page)


def whole(page: Page) -> None:
    """Nothing is wider than the window, no two texts of the bar lie on each other, the bar covers no heading."""
    width = page.evaluate("innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    bar = page.evaluate(BOXES, ".st-key-bar")
    assert bar
    cut = [box for box in [*bar, *page.evaluate(BOXES, ".st-key-talk")] if box[1] < -1 or box[3] > width + 1]
    assert cut == []
    crossing = [
        (one[0], other[0])
        for i, one in enumerate(bar)
        for other in bar[:i]
        if one[0] != other[0]  # a text that ends in an ellipsis has two boxes
        and min(one[3], other[3]) - max(one[1], other[1]) > 2
        and min(one[4], other[4]) - max(one[2], other[2]) > 4
    ]
    assert crossing == []
    foot = max(box[4] for box in bar)
    assert [box for box in page.evaluate(BOXES, ".qb-title") if box[2] < foot - 2 and box[4] > 0] == []
    entry = page.locator('[data-testid="stChatInput"] textarea').bounding_box()
    assert entry
    assert entry["y"] > foot
