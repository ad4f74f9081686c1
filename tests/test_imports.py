"""Imports go one way, and a heavy library has one room; read from the source of every file that there is."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# A room may use the rooms on its own line and on the lines above it, as long as no circle comes of it.
ROOMS = (
    {"errors", "numbers", "phrases", "places", "settings", "text", "types", "wording"},
    {"documents"},
    {"speech"},
    {"passages"},
    {"announced", "citations", "enrichment", "enumerations", "index", "llm", "outline", "prompting", "retrieval"}
    | {"understanding"},
    {"elsewhere", "premise"},
    {"alignment", "kinds"},
    {"evidence"},
    {"chain", "picking", "proof", "quoting", "ranking", "typos"},
    {"chatting", "enriching"},
    {"bot", "store"},
    {"__init__", "__main__", "app", "cli", "doctor", "evaluation", "export", "report", "server", "terminal", "ui"},
)
LEVEL = {room: level for level, rooms in enumerate(ROOMS) for room in rooms}

OWNERS = {
    "streamlit": ("app.py", "server.py", "qa_bot/ui/"),
    "chromadb": ("qa_bot/index",),
    "lxml": ("qa_bot/documents/",),
    "pypdf": ("qa_bot/documents/",),
    "trafilatura": ("qa_bot/documents/",),
    "langchain": ("qa_bot/retrieval.py", "qa_bot/chain.py", "qa_bot/llm/"),
    "sentence_transformers": ("embeddings/",),
    "transformers": ("embeddings/",),
    "torch": ("embeddings/",),
    "model2vec": ("embeddings/",),
    "tokenizers": ("embeddings/",),
    "onnxruntime": ("embeddings/",),
    "docx": ("qa_bot/export/", "qa_bot/documents"),
    "sqlite3": ("qa_bot/store/",),
}
HEAVY = {
    "bm25s",
    "chromadb",
    "docx",
    "dotenv",
    "jieba",
    "langchain",
    "lxml",
    "numpy",
    "onnxruntime",
    "pypdf",
    "rich",
    "streamlit",
    "tokenizers",
    "torch",
    "trafilatura",
    "typer",
}

SOURCES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [*ROOT.glob("*.py"), *ROOT.glob("qa_bot/**/*.py"), *ROOT.glob("embeddings/**/*.py")]
)


def imported(source: str) -> Iterator[str]:
    """Dotted names that a file imports, wherever in the file; `from qa_bot import bot` gives `qa_bot.bot`."""
    package = source.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(ast.parse((ROOT / source).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def room(dotted: str) -> str | None:
    """The room of an imported name, None for the package itself and for what is not ours."""
    first, *rest = dotted.split(".")
    return rest[0] if first == "qa_bot" and rest and rest[0] in LEVEL else None


def home(source: str) -> str:
    """The room that a file of `qa_bot` or the page belongs to."""
    return source.removeprefix("qa_bot/").split("/")[0].removesuffix(".py")


OURS = [source for source in SOURCES if not source.startswith("embeddings/")]


@pytest.mark.parametrize("source", OURS)
def test_a_room_uses_only_rooms_before_it(source: str) -> None:
    assert home(source) in LEVEL, "a new room needs its place in ROOMS and in docs/architecture.md"
    later = {name for name in map(room, imported(source)) if name and LEVEL[name] > LEVEL[home(source)]}
    assert not later


def test_no_circle_of_imports() -> None:
    graph: dict[str, set[str]] = {}
    for source in OURS:
        used = {name for name in map(room, imported(source)) if name}
        graph.setdefault(home(source), set()).update(used - {home(source)})
    assert circle(graph) == []


def circle(graph: dict[str, set[str]]) -> list[str]:
    """The rooms of one circle in order, none where there is none."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


@pytest.mark.parametrize("source", [source for source in SOURCES if source not in OURS])
def test_embeddings_know_nothing_of_the_bot(source: str) -> None:
    assert not [name for name in imported(source) if name.split(".")[0] == "qa_bot"]


@pytest.mark.parametrize(("library", "owners"), OWNERS.items())
def test_a_heavy_library_has_one_room(library: str, owners: tuple[str, ...]) -> None:
    users = {source for source in SOURCES for name in imported(source) if _of_family(name, library)}
    assert {source for source in users if not source.startswith(owners)} == set()


def _of_family(dotted: str, library: str) -> bool:
    first = dotted.split(".")[0]
    return first == library or first.startswith(f"{library}_")


@pytest.mark.parametrize(
    "module", ["qa_bot", "qa_bot.settings", "qa_bot.types", "qa_bot.llm", "qa_bot.cli", "qa_bot.speech"]
)
def test_importing_costs_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert HEAVY.intersection(loaded) - ({"rich", "typer"} if module == "qa_bot.cli" else set()) == set()
