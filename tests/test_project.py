"""What the project's own files promise: settings, pins, the closed network."""

from __future__ import annotations

import re
import socket
import sys
import urllib.request
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from qa_bot.settings import TABLE
from tests.test_imports import imported

ROOT = Path(__file__).parent.parent
OURS = {
    "app",
    "benchmarks",
    "embeddings",
    "qa_bot",
    "server",
    "tests",
    *(path.stem for path in ROOT.glob("tests/*.py")),
}


def pins(name: str) -> dict[str, str]:
    """Package → version of a requirements file; fails on a line that pins nothing exactly."""
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    found = {}
    for line in (line for line in lines if not line.startswith("#")):
        match = re.fullmatch(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)(?: ; .+)?", line)
        assert match, f"{name}: {line!r} is no exact pin"
        found[match[1]] = match[2]
    return found


def named(name: str) -> set[str]:
    """The packages that a file of requirements asks for by name, with those of the files that it includes."""
    found: set[str] = set()
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        text = line.partition("#")[0].strip()
        found |= named(text.removeprefix("-r ")) if text.startswith("-r ") else {re.split(r"[=<>]", text)[0]}
    return {package.lower().replace("_", "-") for package in found if package}


def test_env_example_lists_every_setting() -> None:
    expected = ["# Copy to .env and uncomment what you change. The environment overrules this file.", ""]
    for name, (default, meaning) in TABLE.items():
        expected += [f"# {meaning} (default: {default})", f"#{name}=", ""]
    assert (ROOT / ".env.example").read_text(encoding="utf-8") == "\n".join(expected)


@pytest.mark.parametrize("name", ["requirements", "requirements-light", "requirements-dev"])
def test_what_is_named_is_pinned_and_without_gpu_libraries(name: str) -> None:
    pinned = pins(f"{name}.txt")
    assert named(f"{name}.in") <= set(pinned)
    assert not [package for package in pinned if package.startswith(("nvidia", "cuda", "triton"))]


@pytest.mark.parametrize(
    ("files", "requirements"),
    [
        ("qa_bot/**/*.py", "requirements-light.in"),
        ("embeddings/*.py", "requirements.in"),
        ("tests/**/*.py", "requirements-dev.in"),
    ],
)
def test_what_is_imported_is_named(files: str, requirements: str) -> None:
    sources = [path.relative_to(ROOT).as_posix() for path in ROOT.glob(files)]
    modules = {dotted.split(".")[0] for source in sources for dotted in imported(source)} - set(sys.stdlib_module_names)
    provided = packages_distributions()
    missing = {
        module
        for module in modules - OURS
        if not {name.lower().replace("_", "-") for name in provided.get(module, [])} & named(requirements)
    }
    assert missing == set()


def test_the_three_files_agree() -> None:
    light, full, dev = (pins(f"requirements{kind}.txt") for kind in ("-light", "", "-dev"))
    assert light.items() <= full.items() <= dev.items()
    assert {"langchain", "chromadb", "sentence-transformers", "streamlit", "pytest"} <= set(full)
    assert not {"sentence-transformers", "torch", "transformers"} & set(light)


def test_no_test_reaches_the_network() -> None:
    with pytest.raises(RuntimeError, match="reached for the network"):
        urllib.request.urlopen("http://example.invalid")
    with socket.socket() as outside, pytest.raises(RuntimeError, match="reached for the network"):
        outside.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as inside:
        assert inside.getpeername() == server.getsockname()
