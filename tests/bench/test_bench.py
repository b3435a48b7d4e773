"""The benchmark: a tiny run on the project's own data, tasks that fail, and tables from samples."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omnitok
from bench import readme, report
from bench.child import call
from bench.clock import in_turns
from bench.documents import DOCUMENT_BYTES, packed
from bench.figures import Bar
from bench.long_inputs import LONG_INPUTS
from bench.peers import Omnitok, Tiktoken
from bench.record import Record
from bench.rows import ROWS
from bench.spread import ratios, spread
from bench.tasks.encoding import rounds_of
from bench.tasks.training import train

ROOT = Path(__file__).resolve().parents[2]
PROJECT_TEXT = sorted((ROOT / "corpora" / "parallel").glob("*.txt"))

RUN = {
    "commit": "0" * 40,
    "uncommitted_changes": False,
    "date": "2026-01-02T03:04:05+00:00",
    "cpu": "a CPU",
    "cpus": 2,
    "python": "3.11.0",
    "versions": {"omnitok": "0.1.0"},
    "scale": {"name": "full"},
}


@pytest.fixture(scope="module")
def small() -> omnitok.Tokenizer:
    """1,000 text tokens learnt from the project's own text."""
    return omnitok.train(PROJECT_TEXT, vocab_size=1000, special_tokens=())


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


# --- measuring --------------------------------------------------------------------------------------------------------


def test_a_quick_run_without_shared_data_measures_what_it_can_and_skips_the_rest_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    only = ("--only", "import", "encode-warm", "train")
    done = command("run", "--quick", *only, "--out", str(out), OMNITOK_BENCH_DATA=str(tmp_path / "nothing"))
    assert done.returncode == 0, done.stderr
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))["rows"]
    assert list(rows) == ["encode-warm", "train", "import"]
    assert "ntrex128/gu.txt" in rows["encode-warm"]["skipped"]
    assert "mono" in rows["train"]["skipped"]
    assert rows["import"]["samples"]["heavy"] == []
    assert {len(one) for one in rows["import"]["samples"]["seconds"].values()} == {7}
    assert "| import omnitok | below 60 ms over bare Python |" in done.stdout
    assert "skipped" in done.stdout
    assert done.stdout.strip() in (out / "report.md").read_text(encoding="utf-8")


def test_a_second_run_keeps_the_rows_that_it_does_not_measure(tmp_path: Path) -> None:
    record = Record.read(tmp_path)
    for name in ("load", "train"):
        record.begin({**RUN, "commit": name})
        record.put(name, {"skipped": "for now"})
    record.write(tmp_path, list(ROWS))
    record = Record.read(tmp_path)
    assert list(record.rows) == ["train", "load"]
    record.begin({**RUN, "commit": "later"})
    record.put("train", {"skipped": "again"})
    record.write(tmp_path, list(ROWS))
    record = Record.read(tmp_path)
    assert [record.run_of(name)["commit"] for name in ("load", "train")] == ["load", "later"]
    assert len(record.runs) == 2


def test_peers_that_agree_are_timed_in_turn(small: omnitok.Tokenizer) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    encoding = tiktoken.Encoding("small", pat_str=small.regex, mergeable_ranks=small.ranks(), special_tokens={})
    texts = packed(PROJECT_TEXT[0].read_text(encoding="utf-8").splitlines(keepends=True))
    found = rounds_of({"omnitok": Omnitok(small), "tiktoken": Tiktoken(encoding)}, texts, rounds=2)
    assert found["differences"] == 0
    assert found["bytes"] == PROJECT_TEXT[0].stat().st_size
    assert found["tokens"] == sum(small.count(text) for text in texts)
    assert {name: len(samples) for name, samples in found["seconds"].items()} == {"omnitok": 2, "tiktoken": 2}


def test_peers_that_differ_are_not_timed(small: omnitok.Tokenizer) -> None:
    class Wrong(Omnitok):
        def each(self, texts: Any) -> Any:
            return [np.array([7], dtype=np.uint32) if text == "b" else ids for text, ids in self._pairs(texts)]

        def _pairs(self, texts: Any) -> Any:
            return zip(texts, super().each(texts), strict=True)

    found = rounds_of({"omnitok": Omnitok(small), "wrong": Wrong(small)}, ["a", "b", "c"], rounds=2)
    assert found["differences"] == 1
    assert "seconds" not in found


def test_another_contender_begins_each_round() -> None:
    order: list[str] = []

    def contender(name: str) -> Any:
        return lambda: order.append(name) or 1.0

    assert in_turns({name: contender(name) for name in "abc"}, 3) == {name: [1.0] * 3 for name in "abc"}
    assert "".join(order) == "abcbcacab"


def test_trainers_agree_on_the_projects_own_text(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(b"".join(path.read_bytes() for path in PROJECT_TEXT))
    theirs = train("tokenizers", str(corpus), 1000, 2)
    ours = train("omnitok, parity mode", str(corpus), 1000, 2)
    assert ours["merges"] == theirs["merges"] > 700
    assert (ours["merges_sha256"], ours["tokens_sha256"]) == (theirs["merges_sha256"], theirs["tokens_sha256"])
    assert ours["peak_bytes"] > 1_000_000


@pytest.mark.parametrize(
    ("function", "arguments", "failure"),
    [
        ("os:abort", {}, "ended by SIGABRT"),
        ("json:loads", {"s": "{"}, "JSONDecodeError"),
        ("subprocess:check_call", {"args": ["sleep", "2"]}, "no result after 1 s"),
    ],
)
def test_a_task_that_crashes_or_hangs_is_recorded(function: str, arguments: dict[str, Any], failure: str) -> None:
    outcome = call(function, limit=1, **arguments)
    assert outcome.value is None
    assert failure in str(outcome.failure)


def test_documents_are_whole_lines_of_four_kilobytes() -> None:
    lines = PROJECT_TEXT[0].read_text(encoding="utf-8").splitlines(keepends=True)
    documents = packed(lines)
    assert "".join(documents) == "".join(lines)
    assert all(len(document.encode()) >= DOCUMENT_BYTES for document in documents[:-1])


@pytest.mark.parametrize("kind", LONG_INPUTS)
def test_long_inputs_are_one_word_of_the_size_asked_for(kind: str, small: omnitok.Tokenizer) -> None:
    text = LONG_INPUTS[kind](30_000)
    assert len(text.encode()) == 30_000
    assert text == LONG_INPUTS[kind](30_000)
    assert small.split(text) == [text]


# --- showing ----------------------------------------------------------------------------------------------------------


def test_a_spread_is_of_samples_and_a_ratio_of_rounds() -> None:
    assert spread([3.0]).median == spread([3.0]).most == 3.0
    assert f"{spread([1.0, 2.0, 3.0, 4.0, 5.0]):.1f}" == "3.0 [2.0–4.0]"
    assert ratios([2.0, 30.0], [1.0, 10.0]).median == 2.5


@pytest.mark.parametrize(
    ("side", "value", "reached"),
    [
        ("at least", 5.0, "yes"),
        ("at least", 4.9, "no"),
        ("at most", 5.0, "yes"),
        ("at most", 5.1, "no"),
        ("below", 5.0, "no"),
    ],
)
def test_a_bar_judges(side: Any, value: float, reached: str) -> None:
    assert Bar(side, 5.0, "asked").judge("what", value, "measured").reached == reached


def test_the_report_shows_what_was_reached_and_what_panicked(tmp_path: Path) -> None:
    ours = {"seconds": [0.5, 0.4, 0.6], "ids_sha256": "ab" * 32}
    found = {"omnitok": ours, "tiktoken": {"failure": "pyo3_runtime.PanicException: stack"}}
    record = Record([], {})
    record.begin(RUN)
    record.put("long-words", {"samples": {"bytes": 2_000_000, "inputs": {"spaces": found}}})
    record.put("train", {"failed": "ended by SIGKILL"})
    record.write(tmp_path, list(ROWS))
    text = report.render(Record.read(tmp_path), ROWS)
    assert "| encode 2 MB: spaces | below 1 s, no panic | 0.50 s (tiktoken panics) | yes |" in text
    assert "| Train on the 20-language mix |  | ended by SIGKILL | failed |" in text
    assert "| spaces | omnitok | 0.500 | 0.400–0.600 | 4.0 | abababababab |" in text
    assert "Commit `000000000000`, 2 × a CPU" in text


def test_other_ids_are_not_a_figure_that_was_reached() -> None:
    found = {
        "omnitok": {"seconds": [0.5], "ids_sha256": "ab" * 32},
        "tokenizers": {"seconds": [0.5], "ids_sha256": "cd" * 32},
    }
    (figure,) = ROWS["long-words"].figures({"bytes": 2_000_000, "inputs": {"spaces": found}})
    assert (figure.measured, figure.reached) == ("other ids than tokenizers", "no")


def test_the_readme_has_the_rendered_results_and_keeps_the_rest() -> None:
    text = f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n"
    assert readme.replaced(text, "new") == f"before\n{readme.BEGIN}\n\nnew\n\n{readme.END}\nafter\n"
    with pytest.raises(ValueError, match="no results between"):
        readme.replaced("nothing", "new")


def test_the_compression_table_has_every_language() -> None:
    table = readme.compression_table(ROOT / "reports" / "first-run" / "ntrex128" / "metrics.csv")
    assert len(table.splitlines()) == 2 + 20 + 1
    assert "| mean of 20 |" in table.replace("**", "")
