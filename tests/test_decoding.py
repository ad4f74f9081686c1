"""Bytes → text: the right encoding on short texts too, and one clear line where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.documents.decoding import decode
from qa_bot.errors import SpeechError
from qa_bot.speech import read_speech

SIMPLIFIED = "各位代表：我们要坚持稳中求进，推动高质量发展。"
TRADITIONAL = "各位鄉親、各位同胞：我們的經濟成長了百分之三，會繼續努力。"


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_simplified_text_is_read_in_every_encoding(codec: str) -> None:
    assert decode(SIMPLIFIED.encode(codec))[0].lstrip("\ufeff") == SIMPLIFIED


@pytest.mark.parametrize("codec", ["utf-8", "gb18030", "big5", "cp950", "utf-16-le"])
def test_traditional_text_is_read_in_every_encoding(codec: str) -> None:
    text, used = decode(TRADITIONAL.encode(codec))
    assert text == TRADITIONAL
    assert used == {"cp950": "big5"}.get(codec, codec)


@pytest.mark.parametrize("text", ["联通", "你好", "同志们：", "谢谢大家！", "大家好😀", "加快发展"])
def test_a_few_characters_are_enough_for_gb18030(text: str) -> None:
    assert decode(text.encode("gb18030")) == (text, "gb18030")


@pytest.mark.parametrize("text", ["謝謝大家！", "各位同胞：", "我們會努力"])
def test_big5_is_not_taken_for_gb18030_which_decodes_it_too(text: str) -> None:
    raw = text.encode("big5")
    assert raw.decode("gb18030", "ignore")
    assert decode(raw) == (text, "big5")


@pytest.mark.parametrize("text", ["Café au lait", "é", "안녕하세요", "Hello", "a"])
def test_other_scripts_in_utf8_stay_utf8(text: str) -> None:
    assert decode(text.encode()) == (text, "utf-8")


def test_typographic_marks_of_windows_are_read() -> None:
    text = "“Ladies and gentlemen,” he said — it’s a pleasure."
    assert decode(text.encode("cp1252")) == (text, "cp1252")


def test_utf16_without_a_mark_whose_bytes_are_all_ascii() -> None:
    assert decode("就来之不易。根本".encode("utf-16-le")) == ("就来之不易。根本", "utf-16-le")


def test_the_offset_of_a_broken_byte_is_named() -> None:
    head = (SIMPLIFIED * 3).encode()
    with pytest.raises(SpeechError, match=f"not utf-8: byte 0xff at offset {len(head)} "):
        decode(head + b"\xff" + SIMPLIFIED.encode())


def test_a_gb18030_file_cut_short_says_so() -> None:
    raw = (SIMPLIFIED * 3).encode("gb18030")[:-3]
    with pytest.raises(SpeechError, match=f"not gb18030: byte 0x.. at offset {len(raw) - 1} "):
        decode(raw)


def test_a_forced_encoding_overrules() -> None:
    raw = "你好".encode("gb18030")
    assert decode(raw, "gbk") == ("你好", "gbk")
    assert decode(raw, "big5")[0] == raw.decode("big5")
    with pytest.raises(SpeechError, match="not utf-8: byte 0xc4 at offset 0"):
        decode(raw, "utf-8")


@pytest.mark.parametrize("name", ["nosuch", "", "base64", "rot13", "utf-8\0", "undefined"])
def test_an_unknown_encoding_is_named(name: str) -> None:
    with pytest.raises(SpeechError, match="unknown encoding"):
        decode(b"abc", name)


@pytest.mark.parametrize(
    ("raw", "what"),
    [
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"PK\x03\x04....", "a Word or zip file"),
        (b"%PDF-1.7", "a PDF"),
        (b"abc\0def" * 50, "a binary file"),
        (b"text\x01\x02\x03" * 50, "a binary file"),
        (bytes(range(256)) * 8, "a binary file"),
    ],
)
def test_what_is_no_text_is_refused(raw: bytes, what: str) -> None:
    with pytest.raises(SpeechError, match=what):
        decode(raw)


def test_faults_of_files_are_one_line_that_names_the_file(tmp_path: Path) -> None:
    for name, content in {
        "empty.txt": b"",
        "white.txt": b"\xef\xbb\xbf \r\n\xe3\x80\x80\t",
        "unseen.txt": b"\xe2\x80\x8b",
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SpeechError, match=f"{name} is empty"):
            read_speech(tmp_path / name)
    with pytest.raises(SpeechError, match="there is no file"):
        read_speech(tmp_path / "nowhere.txt")
    with pytest.raises(SpeechError, match="is a folder"):
        read_speech(tmp_path)
    (tmp_path / "loop.txt").symlink_to("loop.txt")
    with pytest.raises(SpeechError, match="cannot be read"):
        read_speech(tmp_path / "loop.txt")
    with pytest.raises(SpeechError, match=r"cannot be read|there is no file"):
        read_speech(Path("a\0b"))


def test_a_file_over_the_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("很长。" * 100, encoding="utf-8")
    with pytest.raises(SpeechError, match=r"900 bytes, over the limit of 899"):
        read_speech(path, max_bytes=899)
    assert read_speech(path, max_bytes=900).paragraphs


def test_the_guess_is_shown_and_can_be_overruled(tmp_path: Path) -> None:
    path = tmp_path / "speech.txt"
    path.write_bytes(SIMPLIFIED.encode("gb18030"))
    assert (read_speech(path).encoding, read_speech(path).text) == ("gb18030", SIMPLIFIED)
    assert read_speech(path, encoding="gbk").encoding == "gbk"
