"""Settings: defaults, `.env`, the environment before it, and every value that cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_bot.errors import SettingError
from qa_bot.settings import DEFAULT_SPEECH, TABLE, LLMSettings, Settings, Timeouts, load_settings


def test_nothing_set_is_a_home_of_the_platform_and_the_shipped_speech() -> None:
    settings = load_settings({})
    assert settings == Settings(home=settings.home)
    assert settings.home.is_absolute()
    assert settings.home.name == "qa_bot"
    assert DEFAULT_SPEECH.is_file()


def test_the_table_tells_the_defaults() -> None:
    told = {name: default for name, (default, _) in TABLE.items()}
    in_words = ("QA_BOT_HOME", "QA_BOT_SPEECH", "QA_BOT_LLM_BASE_URL", "QA_BOT_LLM_API_KEY")
    assert load_settings({name: told[name] for name in told if name not in in_words}) == load_settings({})
    chosen = {name: told[name] for name in told if name not in in_words} | {"QA_BOT_LLM": "openai:any"}
    assert load_settings(chosen).llm == load_settings({"QA_BOT_LLM": "openai:any"}).llm == LLMSettings("openai:any")
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


def test_every_setting_of_the_model_is_read() -> None:
    environ = {
        "QA_BOT_LLM": "ollama:qwen3:8b",
        "QA_BOT_LLM_BASE_URL": "http://127.0.0.1:11434/",
        "QA_BOT_LLM_API_KEY": "a-key",
        "QA_BOT_LLM_TEMPERATURE": "0.5",
        "QA_BOT_LLM_MAX_TOKENS": "99",
        "QA_BOT_LLM_CONTEXT": "4000",
        "QA_BOT_LLM_TIMEOUT": "1, 2, 3.5, 4",
        "QA_BOT_LLM_RETRIES": "0",
        "QA_BOT_LLM_PRICE": "0.25,2",
    }
    read = load_settings(environ).llm
    assert read == LLMSettings(
        "ollama:qwen3:8b", "http://127.0.0.1:11434", "a-key", 0.5, 99, 4000, Timeouts(1, 2, 3.5, 4), 0, (0.25, 2)
    )
    assert "a-key" not in f"{read!r} {read}"
    assert load_settings({**environ, "QA_BOT_LLM": "none"}).llm is None
    one = load_settings({**environ, "QA_BOT_LLM_TIMEOUT": "7", "QA_BOT_LLM_TEMPERATURE": "none"}).llm
    assert one is not None
    assert (one.timeouts, one.temperature) == (Timeouts(7, 7, 7, 7), None)


@pytest.mark.parametrize(
    ("environ", "key"),
    [
        ({"QA_BOT_LLM": "openai:any", "OPENAI_API_KEY": " own "}, "own"),
        ({"QA_BOT_LLM": "openai:any", "OPENAI_API_KEY": "own", "QA_BOT_LLM_API_KEY": "ours"}, "ours"),
        ({"QA_BOT_LLM": "openai:any", "OPENAI_API_KEY": "own", "QA_BOT_LLM_BASE_URL": "http://elsewhere"}, None),
        ({"QA_BOT_LLM": "mistralai:any", "MISTRAL_API_KEY": "own"}, "own"),
        ({"QA_BOT_LLM": "anthropic:any", "OPENAI_API_KEY": "own"}, None),
    ],
)
def test_a_providers_own_key_goes_to_that_provider_only(environ: dict[str, str], key: str | None) -> None:
    llm = load_settings(environ).llm
    assert llm is not None
    assert llm.api_key == key


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *[(name, f"secret{c}key") for name in ("QA_BOT_LLM_API_KEY", "OPENAI_API_KEY") for c in " \n钥\x7f"],
        ("QA_BOT_LLM_BASE_URL", "https://secret@host"),
        ("QA_BOT_LLM_BASE_URL", "https://host/?key=secret"),
        ("QA_BOT_LLM_BASE_URL", "https://host/ secret"),
    ],
)
def test_what_may_be_a_secret_is_refused_without_being_shown(name: str, value: str) -> None:
    with pytest.raises(SettingError, match=f"^{name} ") as caught:
        load_settings({"QA_BOT_LLM": "openai:any", name: value})
    assert "secret" not in str(caught.value)


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
        ("QA_BOT_LLM", "gpt-5", "write provider:model"),
        ("QA_BOT_LLM", "openai:", "write provider:model"),
        ("QA_BOT_LLM_TEMPERATURE", "-1", "a number from 0 to 2, or none"),
        ("QA_BOT_LLM_TEMPERATURE", "0,1", "a number from 0 to 2, or none"),
        ("QA_BOT_LLM_MAX_TOKENS", "1.5", "a whole number above 0"),
        ("QA_BOT_LLM_CONTEXT", "0", "a whole number above 0"),
        ("QA_BOT_LLM_TIMEOUT", "0", "seconds above 0"),
        ("QA_BOT_LLM_TIMEOUT", "1,2,3", "seconds above 0"),
        ("QA_BOT_LLM_TIMEOUT", "inf", "seconds above 0"),
        ("QA_BOT_LLM_TIMEOUT", "99999", "seconds above 0"),
        ("QA_BOT_LLM_RETRIES", "-1", "a whole number from 0 to 9"),
        ("QA_BOT_LLM_PRICE", "1", "two prices"),
        ("QA_BOT_LLM_PRICE", "1,$2", "two prices"),
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
