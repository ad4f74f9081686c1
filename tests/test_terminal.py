"""What people see: colour and bars on a terminal, none in a pipe; the conversation in a pseudo-terminal."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import stat
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from pathlib import Path

import pytest

from qa_bot.evaluation import load_questions, score
from qa_bot.speech import read_speech
from qa_bot.terminal import one_line, put, show_answer, show_scorecard
from qa_bot.types import Answer, Quotation, Related

TEXT = "同志们：今年新建厂房12座。企业要用好人才。"
REFUSED = Answer(
    "谁？", "谁？", "讲话没有提到\x1b[2J。", status="refused", reason="not_mentioned", related=(
        Related(9, "第九段的话。", 0, 6), Related(None, "标题", 7, 9), Related(0, "同志们：", 10, 14)
    ),
)  # fmt: skip


class Screen(io.StringIO):
    """Standard output that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def shown(action: Callable[[], None]) -> tuple[str, str]:
    """What an action prints on a terminal with colours, and in a pipe."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "COLORTERM"):
            patch.delenv(name, raising=False)
        patch.setenv("TERM", "xterm")
        patch.setenv("COLUMNS", "80")
        with redirect_stdout(Screen()) as screen:
            action()
    with redirect_stdout(io.StringIO()) as pipe:
        action()
    return screen.getvalue(), pipe.getvalue()


def plain(text: str) -> str:
    """Without the escapes that Rich and prompt_toolkit write."""
    return re.sub(r"\x1b(\[[0-9;?]*[A-Za-z]|[=>])", "", text).replace("\r", "")


def test_on_a_terminal_quotations_stand_out() -> None:
    answer = Answer("几座？", "几座？", "原话是：“新建[bold]12座。”〔1.1〕", quotations=(Quotation(5, 17, "exact", 0),))
    screen, pipe = shown(lambda: show_answer(answer))
    assert "\x1b[1;32m新建[bold]12座。\x1b[0m" in screen
    assert plain(screen) == pipe == answer.text + "\n"


def test_a_refusal_looks_like_one_and_shows_what_is_near() -> None:
    screen, pipe = shown(lambda: show_answer(REFUSED))
    near = ["  9  第九段的话。", "  ·  标题", "  0  同志们："]
    assert pipe.splitlines() == [REFUSED.text, *near]
    assert screen.startswith("\x1b[33m讲话没有提到\ufffd[2J。")
    assert plain(screen).splitlines()[1:] == near


def test_control_characters_of_a_speech_reach_no_terminal() -> None:
    text = "一\x1b]0;title\x07\n\t二\x9b31m\x7f"
    assert shown(lambda: put(text)) == ("一\ufffd]0;title\ufffd\n\t二\ufffd31m\ufffd\n", text + "\n")


def test_the_scorecard_is_coloured_on_a_terminal_only(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(TEXT, "utf-8")
    question = '{"id": "a", "type": "fact", "question": "几座？", "gold_quotes": ["今年新建厂房12座"]}'
    (tmp_path / "q.jsonl").write_text(question, "utf-8")
    speech = read_speech(tmp_path / "talk.txt")
    card = score(load_questions(tmp_path / "q.jsonl", speech), [], speech)
    screen, pipe = shown(lambda: show_scorecard(card))
    assert "\x1b[1;31m1 of 1 wrong\x1b[0m" in screen
    assert plain(screen) == pipe
    assert "1 of 1 wrong" in pipe


def test_one_line_is_one_line() -> None:
    assert one_line(OSError(28, "No space left on device", "a\nb")) == "a\ufffdb: No space left on device"
    assert one_line(OSError("said so")).startswith("OSError: said so; nobody foresaw this: `python -X dev")


class Terminal:
    """A process in a terminal of its own: what it shows is read, what is typed arrives as from a keyboard."""

    def __init__(self, command: Sequence[str], stderr: str = "2>&1") -> None:
        self.keys, screen = pty.openpty()
        termios.tcsetwinsize(self.keys, (24, 120))
        place = os.ttyname(screen)
        env = {**os.environ, "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"}
        redirected = f'exec "$@" <{place} >{place} {stderr}'
        self.process = subprocess.Popen(
            ["sh", "-c", redirected, "sh", *command], env=env, start_new_session=True, stdin=screen, stdout=screen
        )
        os.close(screen)
        self.seen = ""

    def type(self, keys: str) -> None:
        """Press these keys."""
        os.write(self.keys, keys.encode())

    def wait(self, pattern: str, seconds: float = 90) -> str:
        """Read until the pattern was seen, and give what was read; then forget it."""
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, plain(self.seen))):
            assert time.monotonic() < end, plain(self.seen)[-500:]
            assert self._read(), plain(self.seen)[-500:]
        seen, self.seen = self.seen, ""
        assert found
        return seen

    def end(self) -> tuple[int, str]:
        """The exit code, and what was shown to the end."""
        while self._read():
            pass
        return self.process.wait(60), plain(self.seen)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.keys], [], [], 60)
        try:
            data = os.read(self.keys, 65536) if ready else b""
        except OSError:  # Linux says so when the other end is closed
            data = b""
        self.seen += data.decode("utf-8", "replace")
        return bool(data)


@contextmanager
def terminal(command: Sequence[str], stderr: str = "2>&1") -> Iterator[Terminal]:
    """A terminal whose process does not outlive the test."""
    opened = Terminal(command, stderr)
    try:
        yield opened
    finally:
        opened.process.kill()
        opened.process.wait()
        os.close(opened.keys)


def test_a_conversation_in_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(TEXT, "utf-8")
    with terminal([sys.executable, "-m", "qa_bot", "chat", "--speech", "talk.txt"]) as chat:
        chat.wait(r"/new begins a new conversation.*\s+>")
        chat.type("？！\r")
        chat.wait(r"qa_bot: the question is empty.*\s+>")
        chat.type("新建X\x7f厂房多少座？\r")  # a typing error taken back
        assert "\x1b[1;32m" in chat.wait(r"今年新建厂房12座.*\s+>")
        chat.type("\x1b[A\r")  # the line before, again
        chat.wait(r"今年新建厂房12座.*\s+>")
        chat.type("\x04")
        code, rest = chat.end()
    assert (code, "Traceback" in rest) == (0, False)
    history = tmp_path / "qa_bot_home" / "history"
    assert "+新建厂房多少座？\n" in history.read_text("utf-8")
    assert stat.S_IMODE(history.stat().st_mode) == 0o600


def test_an_interrupt_ends_a_conversation_quietly(tmp_path: Path) -> None:
    (tmp_path / "talk.txt").write_text(TEXT, "utf-8")
    (tmp_path / "qa_bot_home" / "history").mkdir(parents=True)  # no history can be kept there
    with terminal([sys.executable, "-m", "qa_bot", "chat", "--speech", "talk.txt"]) as chat:
        chat.wait(r"leaves\.\s+>")
        chat.type("企业要用好什么？\r")
        chat.wait(r"企业要用好人才.*\s+>")
        chat.type("新建\x03")
        code, rest = chat.end()
    assert (code, "qa_bot" in rest, "Traceback" in rest) == (130, False, False)


BAR = "from qa_bot.terminal import progress; import time\nwith progress('index') as tell: tell(1, 3); time.sleep({})"


@pytest.mark.parametrize(("seconds", "stderr", "drawn"), [(2, "2>&1", True), (0.2, "2>&1", False), (2, "2>err", False)])
def test_a_bar_is_drawn_after_a_second_and_on_a_terminal_only(
    seconds: float, stderr: str, drawn: bool, tmp_path: Path
) -> None:
    with terminal([sys.executable, "-c", BAR.format(seconds)], stderr) as run:
        code, seen = run.end()
    assert code == 0
    assert ("index" in seen, "33%" in seen) == (drawn, drawn)
    assert not (tmp_path / "err").exists() or (tmp_path / "err").read_text() == ""
