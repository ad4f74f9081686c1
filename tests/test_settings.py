"""Settings: defaults, `.env`, the environment before it, and every value that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.errors import SettingError
from qa_bot.settings import DEFAULT_SPEECH, TABLE, Settings, load_settings


def test_nothing_set_is_a_home_of_the_platform_and_the_shipped_speech() -> None:
    settings = load_settings({})
    assert settings == Settings(home=settings.home)
    assert settings.home.is_absolute()
    assert settings.home.name == "qa_bot"
    assert DEFAULT_SPEECH.is_file()


def test_the_table_tells_the_defaults() -> None:
    told = {name: default for name, (default, _) in TABLE.items()}
    assert load_settings({name: told[name] for name in told if name not in ("QA_BOT_HOME", "QA_BOT_SPEECH")}) == (
        load_settings({})
    )
    assert DEFAULT_SPEECH.parts[-2:] == tuple(told["QA_BOT_SPEECH"].split("/"))


def test_every_setting_is_read() -> None:
    environ = {
        "QA_BOT_HOME": "~/there",
        "QA_BOT_SPEECH": "讲话.txt",
        "QA_BOT_ENCODER": "static:folder",
        "QA_BOT_CHROMA": " http://[::1]:8000/ ",
        "QA_BOT_MAX_BYTES": "7",
        "QA_BOT_LANG": "en",
        "PATH": "is not ours",
    }
    assert load_settings(environ) == Settings(
        Path.home() / "there", Path("讲话.txt"), "static:folder", "http://[::1]:8000", 7, "en"
    )


def test_an_empty_value_is_the_default() -> None:
    assert load_settings(dict.fromkeys(TABLE, "  ")) == load_settings({})


def test_env_file_of_the_working_folder_is_read_and_the_environment_wins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("\ufeffQA_BOT_LANG=en\nQA_BOT_MAX_BYTES='9'\nOTHER=x\nQA_BOT_CHROMA\n", "utf-8")
    assert (load_settings().lang, load_settings().max_bytes, load_settings().chroma) == ("en", 9, None)
    monkeypatch.setenv("QA_BOT_LANG", "zh")
    assert (load_settings().lang, load_settings().max_bytes) == ("zh", 9)
    monkeypatch.chdir("/")
    assert load_settings().max_bytes == 5_000_000


def test_an_env_file_that_is_no_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("QA_BOT_SPEECH=讲话.txt".encode("gb18030"))
    with pytest.raises(SettingError, match=r"^\.env of this folder cannot be read .*; save it as UTF-8, or remove it$"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "mend"),
    [
        ("QA_BOT_HOME", "~nobody-of-this-name/x", "write a path without ~"),
        ("QA_BOT_HOME", "a\0b", "write a path"),
        ("QA_BOT_CHROMA", "localhost:8000", "write http://host:port"),
        ("QA_BOT_CHROMA", "ftp://host:8000", "write http://host:port"),
        ("QA_BOT_CHROMA", "http://host:99999", "write http://host:port"),
        ("QA_BOT_CHROMA", "http://host:port", "write http://host:port"),
        ("QA_BOT_CHROMA", "http://:8000", "write http://host:port"),
        ("QA_BOT_CHROMA", "http://[::1", "write http://host:port"),
        ("QA_BOT_MAX_BYTES", "0", "a whole number above 0"),
        ("QA_BOT_MAX_BYTES", "-5", "a whole number above 0"),
        ("QA_BOT_MAX_BYTES", "5 MB", "a whole number above 0"),
        ("QA_BOT_MAX_BYTES", "５", "a whole number above 0"),
        ("QA_BOT_MAX_BYTES", "²", "a whole number above 0"),
        ("QA_BOT_MAX_BYTES", "9" * 5000, "a whole number above 0"),
        ("QA_BOT_LANG", "fr", "write one of zh, en"),
    ],
)
def test_a_value_that_cannot_be_is_named_with_its_mend(name: str, value: str, mend: str) -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({name: value})
    assert str(caught.value).startswith(f"{name} is {value!r}")
    assert mend in str(caught.value)


def test_every_unknown_name_is_named() -> None:
    with pytest.raises(SettingError) as caught:
        load_settings({"QA_BOT_X": "", "QA_BOT_HOEM": "1", "QA_BOT_LANG": "zh"})
    assert str(caught.value) == f"unknown setting QA_BOT_HOEM, QA_BOT_X; the settings are {', '.join(TABLE)}"
