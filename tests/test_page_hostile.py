"""What others wrote stays text: thrown at every place of the page where text is shown, looked at in a real Chromium."""

from __future__ import annotations

import re
import urllib.request
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from conftest import chromium
from playwright.sync_api import Browser, Page, expect

from qa_bot.speech import parse_speech
from qa_bot.ui.plain import tame
from qa_bot.ui.shield import headers
from tests.browsing import NARROW, ROOT, WIDE, Visit, ask, served, settled, shoot
from tests.model_server import ModelServer, fail, say

pytestmark = pytest.mark.browser

FOREIGN = "http://127.0.0.1:9/trap"
"""Of another origin than the page; a request there is one too many."""
ORDER = "\u202e甲子乙丑丙寅"
"""A right-to-left override and characters that must stand in this order all the same."""
WORD = "w" * 10_000
SHORT = f"**粗**<img/src=x/onerror=alert(1)>$x$:red[红]始{ORDER}"
"""As long as a title may be, and without blanks."""
LONG = (
    f"{SHORT} ![图]({FOREIGN}) __斜__ `码` $$y^2$$ :material/home: :smile: [链接](javascript:alert(1)) "
    f"[链接]({FOREIGN}) {FOREIGN}.html ![图]({FOREIGN}.png) <script>alert(1)</script> <img src={FOREIGN}2.png> "
    "<svg onload=alert(1)> <b onclick=alert(1)>按</b> <style>*{display:none}</style> "
    f"<iframe src={FOREIGN}></iframe> <a href={FOREIGN}>点</a> </span></div></section> "
    "&lt;b&gt; &amp; <!-- {model} {0} %s \\n # 标题 \u2066隔\u2069末"
)
SPEECH = f"""当前位置:{SHORT}网>讲话

{SHORT}在大会上的讲话

2023-05-08 来源:{SHORT}网

同志们:

开场白说明情况。我们今天讨论安全问题。

一、{LONG}

注入的文字必须原样显示。{LONG}这一段说明蓝鲸项目投资35亿元。{WORD}。

二、收尾工作

最后大家要继续努力，把蓝鲸项目的各项工作做好。
"""
MODEL = "openai:**m**$x$:red[r]<img/src=x/onerror=alert(1)>`c`"
SAID = f"蓝鲸项目投资35亿元〔2.7〕。{LONG}讲话说：“{LONG}”〔2.2〕。\n\n# 头\n\n- “注入的文字必须原样显示”〔2.1〕 {WORD}"

_URL = re.compile(r'"url":"(?:http|ws)s?://([^/"]+)')

# Elements and attributes that only text taken for markup would make; Streamlit's and our own code makes none of them.
MADE = """() => {
    const found = []
    const look = (root) => {
        for (const element of root.querySelectorAll("*")) {
            if (element.shadowRoot) look(element.shadowRoot)
            const odd = element.matches("strong, em, code, pre, del, table, .katex, img, iframe, object, embed, video")
                || element.matches('[data-testid="stHtml"] :is(script, link, meta, base, svg), [style*="color: rgb"]')
                || (element.matches('[data-testid="stHtml"] style') && !element.textContent.includes(".qb-"))
                || [...element.attributes].some((attribute) => attribute.name.startsWith("on"))
                || (element.matches("a[href]") && new URL(element.href, location).origin !== location.origin)
            if (odd) found.push(element.outerHTML.slice(0, 200))
        }
    }
    look(document.body)
    return found
}"""
# The characters after each override, as they stand from left to right in what is visible.
SHOWN = """first => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), found = []
    while (walker.nextNode()) {
        const node = walker.currentNode, range = document.createRange()
        for (let at = node.data.indexOf(first); at >= 0; at = node.data.indexOf(first, at + 1)) {
            const places = [...first].map((letter, i) => {
                range.setStart(node, at + i)
                range.setEnd(node, at + i + 1)
                const box = range.getBoundingClientRect()
                return [Math.round(box.top / 12), box.left, letter]
            })
            if (range.getBoundingClientRect().width && !node.parentElement.closest("textarea"))
                found.push(places.sort((a, b) => a[0] - b[0] || a[1] - b[1]).map((place) => place[2]).join(""))
        }
    }
    return found
}"""


def held(page: Page) -> None:
    """Nothing was made of any text, no control turned it round, nothing is wider than the window."""
    assert page.evaluate(MADE) == []
    assert set(page.evaluate(SHOWN, ORDER[1:])) <= {ORDER[1:]}
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("[...document.querySelectorAll('#reader')].every(r => r.scrollWidth <= r.clientWidth)")


def no_dialog(page: Page) -> Page:
    page.on("dialog", lambda dialog: pytest.fail(f"a script ran: {dialog.message}"))
    return page


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with ModelServer(say(SAID)) as server:
        yield server


@pytest.fixture(scope="module")
def url(model: ModelServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("hostile")
    speech = home / "speech.txt"
    speech.write_text(SPEECH, encoding="utf-8")
    settings = {"QA_BOT_SPEECH": str(speech), "QA_BOT_LLM": MODEL, "QA_BOT_LLM_RETRIES": "0"}
    with served(ROOT / "server.py", home, **settings, QA_BOT_LLM_BASE_URL=model.url) as address:
        yield address


@pytest.mark.parametrize(("size", "scheme"), [(WIDE, "dark"), (NARROW, "light")], ids=["wide", "narrow"])
def test_text_stays_text_wherever_it_is_shown(
    url: str, model: ModelServer, visit: Visit, size: tuple[int, int], scheme: str
) -> None:
    page = no_dialog(visit(url, size, scheme))
    expect(page.locator(".qb-title")).to_have_text(f"{SHORT}在大会上的讲话")
    expect(page.locator(".qb-origin span").first).to_contain_text("**粗**<img/src=x/onerror=alert(1)")
    expect(page.locator("#reader")).to_contain_text(" ".join(LONG.split()[:40]))
    expect(page.locator(".qb-welcome")).to_contain_text(MODEL)
    assert ORDER[1:] in page.evaluate(SHOWN, ORDER[1:]) or size == NARROW
    held(page)

    model.script(say(SAID))
    turn = ask(page, f"{LONG}\x07\x1b[31m\x85")
    asked = turn.locator(".qb-asked bdi").text_content()
    assert asked is not None
    assert SHORT in asked
    turn = ask(page, "蓝鲸项目投资多少亿元？")
    expect(turn.locator(".qb-answer")).to_contain_text("35亿元")
    held(page)
    model.script(fail(400, LONG, LONG))
    turn = ask(page, "注入的文字怎样显示？")
    expect(turn.locator("blockquote").first).to_contain_text("注入的文字必须原样显示")
    ask(page, WORD)
    held(page)
    shoot(page, f"{size[0]}-{scheme}-hostile-answers")
    page.locator(".qb-turn a.qb-chip").last.click()
    expect(page.locator("#reader mark").first).to_be_visible()
    held(page)
    shoot(page, f"{size[0]}-{scheme}-hostile-reader")


def test_names_of_files_and_conversations_are_text(url: str, model: ModelServer, visit: Visit) -> None:
    model.script(fail(400))
    page = no_dialog(visit(url))
    settled(page)
    page.locator('[data-do="speeches"]').first.click()
    name = f"{SHORT.replace('/', ' ')}.txt"
    page.locator('input[type="file"]').set_input_files(
        {"name": name, "mimeType": "text/plain", "buffer": f"{SPEECH}\n再接再厉。\n".encode()}
    )
    expect(page.locator('[data-testid="stFileUploaderFileName"], [data-testid="stFileChipName"]').first).to_be_visible()
    page.locator('[data-testid="stFormSubmitButton"] button').click()
    expect(page.locator(".qb-stripped")).to_be_visible(timeout=20_000)
    settled(page)
    held(page)
    ask(page, LONG)
    page.locator('[data-do="speeches"]').first.click()
    expect(page.locator(".qb-item small", has_text="onerror=alert(1)").first).to_be_visible()
    held(page)
    shoot(page, "1440-light-hostile-speeches")
    page.keyboard.press("Escape")
    page.locator('[data-do="conversations"]').first.click()
    expect(page.locator(".qb-item button span", has_text=SHORT[:20]).first).to_be_visible()
    held(page)
    shoot(page, "1440-light-hostile-conversations")


def test_a_link_is_text_too(url: str, visit: Visit) -> None:
    page = no_dialog(visit(url, query=urlencode(dict.fromkeys(("c", "speech", "q", "at", "lang", "embed"), LONG))))
    settled(page)
    held(page)
    page = no_dialog(visit(url, query=urlencode({"speech": parse_speech(SPEECH).sha256, "q": LONG, "at": "0-5"})))
    expect(page.locator(".qb-asked bdi")).to_contain_text(SHORT)
    settled(page)
    held(page)


def test_no_request_leaves_the_browser(url: str, browser: Browser, tmp_path: Path) -> None:
    """By Chromium's own log of what it asks of the network, and for whom; its own errands are not the page's."""
    log = tmp_path / "net.json"
    options = ["--no-sandbox", f"--log-net-log={log}", "--net-log-capture-mode=Everything"]
    watched = browser.browser_type.launch(executable_path=chromium(), args=options)
    page = watched.new_page(viewport={"width": 1440, "height": 900})
    page.goto(url)
    expect(page.locator("#reader")).to_be_visible(timeout=60_000)
    ask(page, LONG)
    ask(page, "蓝鲸项目投资多少亿元？")
    watched.close()
    lines = log.read_text(encoding="utf-8").splitlines()
    asked = {found[1] for line in lines if f'"initiator":"{url}"' in line and (found := _URL.search(line))}
    assert asked == {urlsplit(url).netloc}


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({}, 101),
        ({"Origin": "http://{own}"}, 101),
        ({"Origin": "http://127.0.0.1:9"}, 403),
        ({"Origin": "http://localhost"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "page.invalid", "Origin": "http://page.invalid"}, 403),
    ],
)
def test_only_the_page_itself_opens_a_session(url: str, given: dict[str, str], status: int) -> None:
    own = urlsplit(url).netloc
    line = HTTPConnection(own, timeout=10)
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    line.request("GET", "/_stcore/stream", headers={n: v.format(own=own) for n, v in (upgrade | key | given).items()})
    assert line.getresponse().status == status
    line.close()


def test_every_response_forbids_what_the_page_does_not_need(url: str) -> None:
    for path in ("", "/_stcore/health", "/nothing"):
        with urllib.request.urlopen(url + path) as response:
            assert {name: response.headers[name] for name in headers()} == headers()
    policy = headers()["content-security-policy"]
    assert "unsafe-eval" not in policy
    assert "unsafe-inline" not in policy.partition("script-src")[2].partition(";")[0]
    assert "http" not in policy


@pytest.mark.parametrize("setting", ["QA_BOT_LANG", "QA_BOT_SPEECH"])
def test_the_detail_of_an_error_is_text(setting: str, visit: Visit, tmp_path: Path) -> None:
    with served(ROOT / "server.py", tmp_path, **{setting: LONG}) as url:
        page = no_dialog(visit(url))
        page.locator(".qb-fault summary").click()
        expect(page.locator(".qb-fault details")).to_contain_text("<img/src=x/onerror=alert(1)>")
        held(page)
        shoot(page, f"1440-light-hostile-{setting}")
        page.context.close()  # before its server goes


def test_controls_are_boxed_where_they_are_text_and_nowhere_else() -> None:
    kept = '<a title="\u202e">甲</a><textarea rows="1">\u202e\n乙</textarea>'
    assert tame(kept) == kept
    boxed = tame(f"{kept}丙\u202e丁\u2066")
    assert boxed.startswith(f"{kept}丙<span")
    assert re.sub("<[^>]*>", "", boxed) == re.sub("<[^>]*>", "", f"{kept}丙\u202e丁\u2066")
    assert boxed.count("qb-control") == 2
    assert tame(boxed) == boxed
