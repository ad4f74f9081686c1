"""What only a process of its own shows: locales, pipes that close, interrupts, what is imported, the page's server."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from tests.command import fault, run, spawn

HEAVY = {"jieba", "sentence_transformers", "streamlit", "torch", "transformers"}
MORE = {"bm25s", "chromadb", "langchain_core", "numpy", "rich", "prompt_toolkit"}
TEXT = "同志们：今年新建厂房12座。企业要用好人才。"


def loaded(stderr: str) -> set[str]:
    """The packages that `-X importtime` lists."""
    return {line.split("|")[2].strip().split(".")[0] for line in stderr.splitlines() if line.startswith("import time:")}


def test_a_cold_question_imports_nothing_heavy_and_writes_utf8_in_the_c_locale(tmp_path: Path) -> None:
    env = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"}
    done = spawn("ask", "全年新增高新技术企业多少家？", "--json", env=env, python=["-X", "importtime"])
    assert (done.code, json.loads(done.out)["question"]) == (0, "全年新增高新技术企业多少家？")
    assert {"chromadb", "bm25s"} <= loaded(done.err)
    assert loaded(done.err) & HEAVY == set()


def test_help_imports_hardly_anything() -> None:
    done = spawn("--help", python=["-X", "importtime"])
    assert (done.code, "Commands:" in done.out) == (0, True)
    assert loaded(done.err) & (HEAVY | MORE) == set()


def test_a_locale_that_has_no_chinese_is_set_right(tmp_path: Path) -> None:
    (tmp_path / "讲话.txt").write_text(TEXT, "utf-8")
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    plain = spawn("show", "讲话.txt", "--plain", env=env)
    told = spawn("show", "没有.txt", env=env)
    assert (plain.code, plain.out, plain.err) == (0, TEXT, "")
    assert "没有.txt" in fault(told)


def test_arguments_that_are_no_utf8_are_no_traceback() -> None:
    done = spawn("show", b"\xff\xfe.txt")
    assert "there is no file" in fault(done)


def test_a_reader_who_has_seen_enough_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text((TEXT + "\n") * 20_000, "utf-8")
    for args in (("show", "long.txt", "--plain"), ("show", "long.txt", "--stripped"), ("--help",)):
        reading, writing = os.pipe()
        os.close(reading)
        with os.fdopen(writing, "wb") as gone:
            command = [sys.executable, "-m", "qa_bot", *args]
            ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=gone, stderr=subprocess.PIPE, timeout=120)
        assert (ended.returncode, ended.stderr) == (0, b""), args


def test_a_full_disk_is_one_line() -> None:
    with Path("/dev/full").open("wb") as full:
        command = [sys.executable, "-m", "qa_bot", "show", "--plain"]
        ended = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, timeout=120)
    assert (ended.returncode, ended.stderr) == (1, b"qa_bot: No space left on device\n")


def test_streams_that_were_closed_are_no_fault() -> None:
    command = f"exec {sys.executable} -m qa_bot show --plain <&- >&- 2>&-"
    assert subprocess.run(["sh", "-c", command], timeout=120).returncode == 0


def test_a_package_that_is_missing_is_named() -> None:
    done = spawn("ask", "几个部分？", python=["-S"])  # no site-packages
    assert "the package typer is not installed for " in fault(done)
    assert "install requirements.txt" in done.err


def test_an_interrupt_ends_quietly_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("\n".join(f"{n}{TEXT}" for n in range(3000)), "utf-8")
    question = {"type": "fact", "question": "新建厂房多少座？", "gold_quotes": ["今年新建厂房12座"]}
    lines = [json.dumps({"id": str(n), **question}, ensure_ascii=False) for n in range(3000)]
    (tmp_path / "q.jsonl").write_text("\n".join(lines), "utf-8")
    (tmp_path / "out.jsonl").write_text("an earlier run", "utf-8")
    command = ["eval", "--questions", "q.jsonl", "--speech", "long.txt", "--out", "out.jsonl"]
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_bot", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    wait_for(lambda: any(tmp_path.glob(".out.jsonl.*.part")), process)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")
    assert (tmp_path / "out.jsonl").read_text("utf-8") == "an earlier run"
    assert not any(tmp_path.glob(".out.jsonl.*"))


@pytest.mark.parametrize("error", ["ImportError", "ModuleNotFoundError", "ValueError"])
def test_an_import_that_makes_an_error_of_the_interrupt_ends_quietly_too(tmp_path: Path, error: str) -> None:
    lines = (
        "import os, signal, time",
        "try:",
        "    os.kill(os.getpid(), signal.SIGINT)",
        "    time.sleep(9)",
        "except KeyboardInterrupt as interrupt:",
        f"    raise {error}('initialization failed') from interrupt",
    )
    (tmp_path / "chromadb.py").write_text("\n".join(lines), "utf-8")
    done = spawn("ask", "人才", env={"PYTHONPATH": f"{tmp_path}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"})
    assert (done.code, done.out, done.err) == (130, "", "")


def test_the_page_is_served_until_interrupted(tmp_path: Path) -> None:
    (tmp_path / "讲话.txt").write_text(TEXT, "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert f"127.0.0.1:{port} cannot be served" in fault(run("serve", "--port", str(port), "--no-browser"))
    command = ["serve", "--port", str(port), "--no-browser", "--speech", "讲话.txt"]
    process = subprocess.Popen(
        [sys.executable, "-m", "qa_bot", *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        wait_for(lambda: get(f"http://127.0.0.1:{port}/_stcore/health") == "ok", process)
        assert any((tmp_path / "qa_bot_home" / "index").glob("*.ready")), "the index was built before"
        assert "<title>Streamlit</title>" in get(f"http://127.0.0.1:{port}/")
    finally:
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 130)
    assert b"Traceback" not in out + err
    assert re.search(rf"http://127\.0\.0\.1:{port}", out.decode())


def test_a_speech_that_cannot_be_read_is_not_served() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    done = run("serve", "--speech", "nowhere.txt", "--no-browser", "--port", port)
    assert "there is no file nowhere.txt" in fault(done)


def get(url: str) -> str:
    """What an address answers; nothing while nobody does."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return str(answer.read().decode())
    except OSError:
        return ""


def wait_for(happened: object, process: subprocess.Popen[bytes], seconds: float = 90) -> None:
    """Wait until it happened; fails when the process ends before, or the time is over."""
    assert callable(happened)
    end = time.monotonic() + seconds
    while not happened():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.05)
