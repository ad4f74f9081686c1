"""The benchmarks' own arithmetic, what a cold question may load, and that the table is the command's work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, RESULTS, renew
from benchmarks.chunks import chunk_rows, difference, english_rows, figures, ours, ranks
from benchmarks.corpus import LENGTH, changed, long_report, reports
from benchmarks.measure import Run, interleave, ratio, table
from benchmarks.tutorial import answer
from qa_bot.evaluation import Question, judge
from qa_bot.speech import parse_speech
from tests.test_imports import imported
from tests.test_project import OURS, ROOT, named

LAUNCH = "from benchmarks.startup import ask; import sys; run = ask(sys.argv[1]); print(f'{run.peak}\\n{run.out}')"


def test_a_cold_question_is_light(tmp_path: Path) -> None:
    environment = {"PYTHONPROFILEIMPORTTIME": "1", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    command = [sys.executable, "-c", LAUNCH, str(tmp_path)]  # a small process: its child counts its memory too
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", check=True)
    peak, _, said = done.stdout.partition("\n")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "10家以上" in said
    assert {"chromadb", "bm25s"} <= loaded
    assert not {"torch", "jieba", "sentence_transformers", "transformers", "streamlit"} & loaded
    assert float(peak) <= 300


def test_subjects_take_turns_and_the_first_round_is_not_counted() -> None:
    order: list[str] = []

    def subject(name: str, seconds: float) -> Run:
        order.append(name)
        return Run(seconds, seconds * len(order), seconds, 1, name)

    found = interleave({"a": lambda: subject("a", 1.0), "b": lambda: subject("b", 3.0)}, 2)
    assert order == list("ababab")
    assert [r.wall for r in found["a"]] == [3, 5]
    assert ratio(found["b"], found["a"], lambda r: r.cpu) == 3


def test_scores_of_a_ranking() -> None:
    ranked = {"a": [3, 1], "b": [1, 2, 4], "c": [5], "d": [*range(10, 21)]}
    places = ranks(ranked.__getitem__, [("a", {3}), ("b", {4, 9}), ("c", {6}), ("d", {20})])
    assert places.tolist() == [1, 3, 0, 0]
    assert figures(places) == ["25.0 (0.0–75.0)", "50.0", "33.3"]
    assert difference(places, places) == "+0.0 (+0.0 to +0.0)"


def test_missing_data_is_named(tmp_path: Path) -> None:
    for data in (None, tmp_path):
        ((_, told, *_),) = chunk_rows(data, "CMRC", "eval_cmrc_dev", {})
        assert "eval/eval_cmrc_dev_chunks.jsonl" in told
        ((told, *_),) = english_rows(data, {})
        assert "train/parallel_government_reports.jsonl" in told


@pytest.mark.parametrize(("question", "gold"), [("世界最高峰是哪座？", 2), ("长江的发源地在哪里？", 0)])
def test_chunks_are_ranked_by_the_bots_own_retriever(question: str, gold: int) -> None:
    texts = ["长江是中国最长的河流，发源于青藏高原。", "黄河流经九个省区。", "珠穆朗玛峰是世界最高峰。"]
    assert [rank(question)[0] for rank in ours(texts).values()] == [gold] * 2


def test_reports_differ_and_keep_their_length() -> None:
    texts = reports(None, 14)
    assert len(set(texts)) == 14
    assert {len(text) for text in texts} == {LENGTH} == {len(long_report(None))}
    text = "2025年，长沙市新增企业120家，长沙市第一。"
    other = changed(text, 1)
    assert len(other) == len(text)
    assert other != text
    assert "长沙" not in other
    assert other.count(other[6:8]) == 2, "one name stays one name"
    assert changed(text, 1) == other


def test_the_tutorials_passages_are_judged_as_citations() -> None:
    speech = parse_speech("同志们：\n今年新增企业120家，增长百分之五。\n明年再新增企业200家。")
    question = Question("q", "fact", "今年新增多少家？", gold_quotes=("今年新增企业120家",))
    right, wrong = ((text, speech.text.index(text)) for text in ("今年新增企业120家，增长", "明年再新增企业200家。"))
    assert judge(question, answer(question, [right, wrong]), speech).success
    assert not judge(question, answer(question, [wrong]), speech).success


def test_one_section_is_renewed_and_the_others_stay() -> None:
    both = renew(renew("", NAMES[1], "| b |"), NAMES[0], "| a |")
    assert both.index("| a |") < both.index("| b |")
    again = renew(both, NAMES[1], "| c |")
    assert again == both.replace("| b |", "| c |")


def test_the_results_are_as_the_command_writes_them() -> None:
    kept = RESULTS.read_text(encoding="utf-8")
    found = [line.removeprefix("## ") for line in kept.splitlines() if line.startswith("## ")]
    assert found == [name for name in NAMES if name in found] != []
    assert renew(kept, found[0], kept.split("\n## ")[1].partition("\n")[2].strip()) == kept


def test_a_table() -> None:
    assert table(["a", "b"], [["x", 1]]) == "| a | b |\n| --- | ---: |\n| x | 1 |"


def test_what_is_compared_with_is_named() -> None:
    sources = [path.relative_to(ROOT).as_posix() for path in ROOT.glob("benchmarks/*.py")]
    modules = {dotted.split(".")[0] for source in sources for dotted in imported(source)} - set(sys.stdlib_module_names)
    used = {module.replace("_", "-") for module in modules - OURS - {"benchmarks"}}
    assert used - named("requirements.in") == named("benchmarks/requirements.in")


def test_building_is_measured() -> None:
    command = [sys.executable, "-m", "benchmarks.indexing", "--runs", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert len([line for line in done.stdout.splitlines() if line.startswith(("| the shipped", "| a long"))]) == 2
