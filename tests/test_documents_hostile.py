"""Files that mean harm, or are broken: one clear line each, in bounded time, and this process never holds a parser."""

from __future__ import annotations

import importlib.util
import io
import random
import sys
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader, PdfWriter

from qa_bot.documents import LIMITS, Limits, read_document
from qa_bot.errors import DocumentError, SpeechError
from qa_bot.speech import to_speech
from qa_bot.ui.wording import WORDS
from tests.documents import body, pdf, raw_pdf, site, with_parts, word

PROSE = "今天我们召开这次会议，主要任务是总结经验、部署工作，把各项任务落到实处。"
DOCX = word("各位代表：", PROSE)
TEXT = pdf([[(72, 700, PROSE)]])
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1000)


def entities(depth: int = 9) -> str:
    """A main part whose entities would grow tenfold at each of so many steps."""
    steps = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, depth))
    declared = f'?><!DOCTYPE x [<!ENTITY a0 "{"a" * 10}">{steps}]>'
    return body(f"<w:p><w:r><w:t>&a{depth - 1};</w:t></w:r></w:p>").replace("?>", declared, 1)


def locked(password: str) -> bytes:
    writer, out = PdfWriter(), io.BytesIO()
    writer.append(PdfReader(io.BytesIO(TEXT)))
    writer.encrypt(password, "owner", algorithm="RC4-128")
    writer.write(out)
    return out.getvalue()


def unpacking(size: int) -> bytes:
    return raw_pdf([zlib.compress(b" " * size)], b"/Filter/FlateDecode")


def fault_of(data: bytes, name: str, limits: Limits = LIMITS) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read_document(data, name, limits=limits)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith((name, f"the text of {name}"))
    assert all(f"document_{caught.value.kind}" in words for words in WORDS.values())
    return caught.value


@pytest.mark.parametrize(
    ("kind", "name", "data"),
    [
        ("unsafe", "bomb.docx", with_parts(DOCX, bomb=bytes(60_000_000))),
        ("unsafe", "entities.docx", with_parts(DOCX, document=entities())),
        ("unsafe", "utf16.docx", with_parts(DOCX, document=entities().replace("UTF-8", "UTF-16").encode("utf-16"))),
        ("unsafe", "bomb.pdf", unpacking(200_000_000)),
        ("unsafe", "deep.html", b"<html><body>" + b"<div>" * 5000 + PROSE.encode()),
        ("too_long", "pages.pdf", pdf([[(72, 700, "1")]] * 501)),
        ("locked", "locked.pdf", locked("geheim")),
        ("locked", "locked.docx", OLE + "EncryptedPackage".encode("utf-16-le")),
        ("old", "old.doc", OLE),
        ("no_text", "scan.pdf", raw_pdf([b"q 600 0 0 800 0 0 cm /Im0 Do Q"] * 2)),
        ("other", "other.docx", b"PK\x05\x06" + bytes(18)),
        ("damaged", "cut.docx", DOCX[:-200]),
        ("damaged", "cut.pdf", b"%PDF-1.7\n%\xe2\xe3"),
    ],
)
def test_one_clear_line(kind: str, name: str, data: bytes) -> None:
    began = time.monotonic()
    assert fault_of(data, name).kind == kind
    assert time.monotonic() - began < LIMITS.seconds


def test_a_document_that_hangs_is_ended() -> None:
    slow = raw_pdf([b"BT /F 9 Tf " + b"<00410042> Tj 0 -9 Td " * 9000 + b"ET"] * 30)
    began = time.monotonic()
    assert fault_of(slow, "slow.pdf", Limits(seconds=1.5)).kind == "slow"
    assert time.monotonic() - began < 5


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_a_document_that_eats_memory_is_ended() -> None:
    many = with_parts(DOCX, document=body(f"<w:p><w:r><w:t>{PROSE * 300}</w:t></w:r></w:p>" * 900))
    assert fault_of(many, "large.docx", Limits(memory=200_000_000)).kind == "large"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a process to its address space")
def test_a_parser_that_cannot_even_start_is_one_line_too() -> None:
    assert fault_of(TEXT, "a.pdf", Limits(memory=30_000_000)).kind in ("large", "damaged")


def test_an_owner_password_alone_locks_nothing() -> None:
    assert to_speech(read_document(locked(""), "a.pdf")).text == PROSE


def test_protection_that_is_not_undone_here() -> None:
    """AES, with an owner's password alone: read where `cryptography` is installed, which nothing here needs."""
    protected = (Path(__file__).parent / "protected.pdf").read_bytes()
    if importlib.util.find_spec("cryptography"):
        assert "今天我们召开这次会议。" in read_document(protected, "a.pdf").text
    else:
        assert fault_of(protected, "a.pdf").kind == "locked"


def test_sizes() -> None:
    with pytest.raises(SpeechError, match="over the limit of 100;"):
        read_document(b"a" * 101, "a.txt", max_bytes=100)
    with pytest.raises(SpeechError, match="over the limit of 400;"):
        read_document(TEXT, "a.pdf", max_bytes=100)
    assert fault_of_text(max_bytes=len(DOCX) // 4 + 1).kind == "too_large"


def fault_of_text(max_bytes: int) -> DocumentError:
    """What a small package with much text in it gives."""
    packed = with_parts(DOCX, document=body(f"<w:p><w:r><w:t>{PROSE * 1000}</w:t></w:r></w:p>"))
    with pytest.raises(DocumentError) as caught:
        read_document(packed, "a.docx", max_bytes=max_bytes + len(packed) // 4)
    return caught.value


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\a.html", "a\0b.html", "\u202elmth.x\n" + "长" * 900])
def test_a_name_is_no_path(name: str) -> None:
    source = read_document(site("讲话", "", [PROSE]).encode("gb18030"), name)
    assert PROSE in source.text
    assert len(source.name) <= 200
    assert source.name.isprintable()


def test_nothing_is_fetched_and_the_environment_stays_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """External entities and links name a file that is there and a port that nobody answers."""
    secret = tmp_path / "secret.txt"
    secret.write_text("秘密的内容")
    monkeypatch.setenv("OPENAI_API_KEY", "秘密的内容")
    for kind in (f'SYSTEM "file://{secret}"', 'SYSTEM "http://127.0.0.1:9/x"'):
        page = (
            f'<!DOCTYPE html [<!ENTITY x {kind}>]><html><body><p>{PROSE}&x;</p><iframe src="{secret}"></iframe></body>'
        )
        source = read_document(page.encode(), "a.html")
        assert PROSE in source.text
        assert "秘密" not in source.text


def broken(data: bytes, seed: int) -> bytes:
    """The file with a few bytes changed, a part cut out, or cut off."""
    chance = random.Random(seed)
    made = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        made[chance.randrange(len(made))] = chance.randrange(256)
    if chance.random() < 0.5:
        at = chance.randrange(len(made))
        del made[at : at + chance.randrange(len(made))]
    return bytes(made)


WHOLE = [DOCX, TEXT, site("讲话", "", [PROSE]).encode("gb18030")]


@given(st.sampled_from(WHOLE), st.integers(0, 2**32), st.sampled_from(["a.txt", "a.pdf", "a.html"]))
@settings(max_examples=12 if settings().max_examples <= 100 else 200)
def test_any_broken_document_is_a_speech_or_one_line(data: bytes, seed: int, name: str) -> None:
    speech_or_line(broken(data, seed), name)


@given(
    st.binary(max_size=300) | st.text(max_size=100).map(str.encode), st.sampled_from(["a.txt", "a.md", "a.docx", ""])
)
def test_any_bytes_are_a_speech_or_one_line(data: bytes, name: str) -> None:
    speech_or_line(data, name)


def speech_or_line(data: bytes, name: str) -> None:
    began = time.monotonic()
    try:
        told = to_speech(read_document(data, name)).text
    except SpeechError as error:
        told = str(error)
        one_line = "\n" not in told
    else:
        one_line = True
    assert told
    assert one_line
    assert time.monotonic() - began < LIMITS.seconds + 5


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="only Linux lists what is open")
def test_a_document_leaves_nothing_open() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(3):
        fault_of(DOCX[:-200], "cut.docx")
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_many_at_once_from_threads() -> None:
    """Each gets its own document; six at a time, as sessions of a page do."""
    texts = [f"第{i}份，{PROSE}" for i in range(6)]
    with ThreadPoolExecutor(6) as pool:
        read = list(pool.map(lambda text: read_document(word(text), "a.docx").text, texts))
    assert read == texts
