"""``omnitok count-superwords``, and the superwords of ``omnitok train`` and ``omnitok extend``."""

from __future__ import annotations

import json
from pathlib import Path

import omnitok

from .conftest import Invoke


def test_in_one_run_and_in_three(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    size = ("--vocab-size", "300", "--special", "none")
    result = invoke("train", corpus, "--out", tmp_path / "all", *size, "--superwords", "8", "--min-frequency", "1")
    assert result.exit_code == 0, result.stderr
    assert "300 ids from" in result.stderr
    words = ("--vocab-size", "292", "--special", "none", "--whole-characters", "--min-frequency", "1", "--quiet")
    assert invoke("train", corpus, "--out", tmp_path / "words", *words).exit_code == 0
    phrases = tmp_path / "phrases.counts"
    counting = ("count-superwords", "-t", tmp_path / "words", corpus, "--out", phrases, "--memory", "32MiB")
    result = invoke(*counting, "--superwords", "8", "--json")
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert f"{record['pieces']:,} pieces of phrases" in result.stderr
    assert record["digest"] == omnitok.WordCounts.load(phrases).digest
    grown = ("extend", "-t", tmp_path / "words", phrases, "--out", tmp_path / "grown", "--vocab-size", "300")
    assert invoke(*grown, "--min-frequency", "1").exit_code == 0
    assert omnitok.load(tmp_path / "grown").ranks() == omnitok.load(tmp_path / "all").ranks()
    result = invoke(*counting)
    assert result.exit_code == 1
    assert "exists already" in result.stderr


def test_what_is_refused(invoke: Invoke, vocabulary: Path, corpus: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    both = ("--superwords", "0.1", "--save-counts", tmp_path / "words.counts")
    result = invoke("train", corpus, "--out", out, "--vocab-size", "300", *both)
    assert result.exit_code == 2
    assert "superwords are not learnt from counts of words" in result.stderr
    result = invoke("count-superwords", "-t", vocabulary, corpus, "--out", out, "--min-count", "0")
    assert result.exit_code == 2
    result = invoke("train", corpus, "--out", out, "--superwords", "9", "--mode", "rustbpe")
    assert result.exit_code == 1
    assert "superwords are learnt in the mode exact only" in result.stderr
    assert not out.exists()
