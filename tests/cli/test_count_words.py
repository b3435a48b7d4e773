"""``omnitok count-words``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke


def test_is_what_the_function_counts(invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    out = tmp_path / "words.counts"
    options = ("--pattern", "gpt2", "--max-word-bytes", "8", "--max-per-document", "1", "--memory", "4MiB")
    result = invoke("count-words", parallel, "--out", out, *options, "--threads", "1", "--json")
    assert result.exit_code == 0, result.stderr
    expected = omnitok.count_words(parallel, "gpt2", max_word_bytes=8, max_per_document=1)
    counts = omnitok.WordCounts.load(out)
    assert (counts.digest, counts.max_word_bytes, counts.max_per_document) == (expected.digest, 8, 1)
    record = json.loads(result.stdout)
    assert record.pop("seconds").keys() == {"count"}
    assert record == {
        "file": str(out),
        "words": counts.total,
        "distinct": counts.distinct,
        "bytes": counts.bytes,
        "languages": ["de", "en", "hi"],
        "digest": counts.digest,
        "skipped": [],
    }
    assert result.stderr == f"{out}: {counts.total:,} words, {counts.distinct:,} distinct\n"
    assert list(tmp_path.iterdir()) == [out]


def test_parts_merge_and_train(invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    whole = omnitok.count_words(parallel)
    for code in ("en", "hi", "de"):
        result = invoke("count-words", parallel / f"{code}.txt", "--out", tmp_path / f"{code}.counts", "--quiet")
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    merged = tmp_path / "merged"
    merged.mkdir()
    assert invoke("count-words", tmp_path, "--out", merged / "all.counts").exit_code == 0
    assert omnitok.WordCounts.load(merged / "all.counts").digest == whole.digest
    size = ("--vocab-size", "270", "--min-frequency", "1")
    assert invoke("train", merged, "--out", tmp_path / "v", *size).exit_code == 0
    result = invoke("train", merged, "--out", tmp_path / "w", "--pattern", "gpt2", *size)
    assert result.exit_code == 1
    assert "all.counts: these counts were made with different patterns" in result.stderr


def test_a_bad_shard_is_named_or_skipped(invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    bad, out = tmp_path / "bad.txt", tmp_path / "words.counts"
    bad.write_bytes(b"good, then \xff")
    result = invoke("count-words", parallel, bad, "--out", out)
    assert result.exit_code == 1
    assert "invalid UTF-8 at byte 11" in result.stderr
    assert str(bad) in result.stderr
    assert not out.exists()
    result = invoke("count-words", parallel, bad, "--out", out, "--skip-bad", "--json")
    assert result.exit_code == 0
    (skipped,) = json.loads(result.stdout)["skipped"]
    assert skipped["file"] == str(bad)
    assert f"skipped: {skipped['reason']}\n" in result.stderr
    assert result.stderr.endswith(", 1 files skipped\n")
    assert omnitok.WordCounts.load(out).digest == omnitok.count_words(parallel).digest


def test_resume_needs_the_same_options(invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    bad, out = tmp_path / "bad.txt", tmp_path / "words.counts"
    bad.write_bytes(b"\xff")
    call = ("count-words", parallel, bad, "--out", out, "--resume")
    assert invoke(*call).exit_code == 1
    bad.write_text("repaired", encoding="utf-8")
    assert invoke(*call).exit_code == 0
    assert omnitok.WordCounts.load(out).digest == omnitok.count_words([parallel, bad]).digest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["bad.txt", "words.counts"]
    result = invoke(*call)
    assert result.exit_code == 1
    assert "--force replaces it" in result.stderr


@pytest.mark.parametrize(
    ("option", "value", "status", "words"),
    [
        ("--max-word-bytes", "3", 2, "greater than or equal to 4"),
        ("--max-per-document", "0", 2, "greater than or equal to 1"),
        ("--memory", "much", 1, "give bytes, or a size such as 2GiB"),
        ("--memory", "1MiB", 1, "give at least 2097152"),
        ("--temporary", "none", 1, "none"),
    ],
)
def test_what_cannot_be_is_refused(
    invoke: Invoke, parallel: Path, tmp_path: Path, option: str, value: str, status: int, words: str
) -> None:
    more = ("--memory", "2MiB") if option == "--temporary" else ()
    value = str(tmp_path / value) if option == "--temporary" else value
    result = invoke("count-words", parallel, "--out", tmp_path / "w", option, value, *more, "--threads", "2")
    assert result.exit_code == status
    assert words in result.stderr
    assert not (tmp_path / "w").exists()
