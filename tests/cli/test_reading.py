"""``omnitok count``, ``inspect`` and ``evaluate``."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke, Run


@pytest.fixture(scope="module")
def tokenizer(vocabulary: Path) -> omnitok.Tokenizer:
    return omnitok.load(vocabulary)


def test_count(invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer, parallel: Path) -> None:
    files = sorted(parallel.iterdir())
    result = invoke("count", "-t", vocabulary, *files, "--json")
    record = json.loads(result.stdout)
    assert record["tokenizer"] == "tiny"
    assert [row["file"] for row in record["files"]] == [str(file) for file in files]
    for row, file in zip(record["files"], files, strict=True):
        assert row["bytes"] == file.stat().st_size
        assert row["tokens"] == len(tokenizer.encode(file.read_text(encoding="utf-8")))
        assert row["bytes_per_token"] == pytest.approx(row["bytes"] / row["tokens"], abs=1e-4)
    for key in ("bytes", "tokens"):
        assert record["total"][key] == sum(row[key] for row in record["files"])
    table = invoke("count", "-t", vocabulary, *files).stdout.splitlines()
    assert len(table) == 1 + len(files) + 1
    assert table[-1].split()[:3] == ["total", f"{record['total']['bytes']:,}", f"{record['total']['tokens']:,}"]


def test_count_of_stdin(invoke: Invoke, vocabulary: Path) -> None:
    for arguments in ([], ["-"]):
        result = invoke("count", "-t", vocabulary, *arguments, "--json", stdin="ab <|pad|>")
        assert json.loads(result.stdout)["files"][0]["file"] == "stdin"
    assert json.loads(invoke("count", "-t", vocabulary, "--json", stdin="").stdout)["total"] == {
        "bytes": 0,
        "tokens": 0,
        "bytes_per_token": None,
    }


def test_inspect(invoke: Invoke, vocabulary: Path, tokenizer: omnitok.Tokenizer) -> None:
    record = json.loads(invoke("inspect", "-t", vocabulary, "--json").stdout)
    assert record["digest"] == tokenizer.digest
    assert record["special_tokens"] == {"<|endoftext|>": 278, "<|pad|>": 279}
    assert record["blocks"][0] == {"name": "text", "kind": "text", "start": 0, "end": 278}
    assert record["training"] == tokenizer.training
    longest = record["longest_tokens"][0]
    assert longest["bytes"] == max(map(len, tokenizer.ranks()))
    assert tokenizer.token_bytes(longest["id"]) == longest["text"].encode()
    shown = invoke("inspect", "-t", vocabulary).stdout
    assert all(word in shown for word in ("tiny", tokenizer.digest, "o200k", "<|pad|> 279", "0 to 277", "278 to 279"))


def test_inspect_shows_every_block(invoke: Invoke, tokenizer: omnitok.Tokenizer, tmp_path: Path) -> None:
    tokenizer.with_reserved("tail", 1_000_000).with_reserved("end", 1).save(tmp_path / "v")
    rows = [line for line in invoke("inspect", "-t", tmp_path / "v").stdout.splitlines() if "█" in line]
    assert [row.split()[0] for row in rows] == ["text", "special", "tail", "end"]
    assert [row.count("█") for row in rows] == [1, 1, 39, 1]


def test_inspect_text(invoke: Invoke, vocabulary: Path) -> None:
    record = json.loads(invoke("inspect", "-t", vocabulary, "--text", "a é<|pad|>", "--json").stdout)
    assert record["tokens"][0] == {"ids": [97], "text": "a", "bytes": ["61"]}
    assert "".join(token["text"] for token in record["tokens"]) == "a é<|pad|>"
    shown = invoke("inspect", "-t", vocabulary, "--text", "a [red]é").stdout
    assert "61" in shown
    assert "[" in shown, "the text must not be taken for markup"
    assert "195 169" in shown


def test_inspect_of_an_empty_text(invoke: Invoke, vocabulary: Path) -> None:
    assert json.loads(invoke("inspect", "-t", vocabulary, "--text", "", "--json").stdout)["tokens"] == []


def test_a_rank_file_needs_its_pattern(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    ranks = tmp_path / "text.tiktoken"
    ranks.write_bytes((vocabulary / "text.tiktoken").read_bytes())
    result = invoke("encode", "-t", ranks, stdin="The rain")
    assert result.exit_code == 1
    assert "o200k" in result.stderr
    named = invoke("encode", "-t", ranks, "--pattern", "o200k", stdin="The rain")
    assert named.stdout == invoke("encode", "-t", vocabulary, stdin="The rain").stdout


# --- evaluate ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def pandas() -> None:
    pytest.importorskip("pandas")


@pytest.mark.usefixtures("pandas")
def test_evaluate(invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path) -> None:
    import pandas as pd

    arguments = ("evaluate", "-t", vocabulary, "--baseline", f"again={vocabulary}", "--parallel", parallel)
    table = invoke(*arguments)
    assert table.exit_code == 0, table.stderr
    assert all(word in table.stdout for word in ("Hindi", "German", "English", "tiny", "again", "Gini"))
    rows = json.loads(invoke(*arguments, "--json").stdout)
    assert {row["language"] for row in rows} == {"en", "hi", "de", "all"}
    files = [tmp_path / f"figures{suffix}" for suffix in (".csv", ".json", ".parquet")]
    for file in files:
        result = invoke(*arguments, "--out", file)
        assert (result.exit_code, result.stdout, result.stderr) == (0, "", f"{file}: {len(rows)} figures\n")
    assert json.loads(files[1].read_text(encoding="utf-8")) == rows
    frames = [pd.read_csv(files[0], keep_default_na=False, na_values={"value": ""}), pd.read_parquet(files[2])]
    for frame in frames:
        assert list(frame.columns) == list(rows[0])
        values = [math.nan if row["value"] is None else row["value"] for row in rows]
        assert frame["value"].tolist() == pytest.approx(values, nan_ok=True)
        assert frame["metric"].tolist() == [row["metric"] for row in rows]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures.csv", "figures.json", "figures.parquet"]


@pytest.mark.usefixtures("pandas")
def test_evaluate_refuses_before_any_work(invoke: Invoke, vocabulary: Path, corpus: Path, tmp_path: Path) -> None:
    result = invoke("evaluate", "-t", "no such tokenizer", "--out", tmp_path / "figures.xlsx")
    assert result.exit_code == 2
    assert "figures.xlsx" in result.stderr
    (tmp_path / "old.csv").write_text("old", encoding="utf-8")
    result = invoke("evaluate", "-t", "no such tokenizer", "--out", tmp_path / "old.csv")
    assert (result.exit_code, "exists already" in result.stderr) == (1, True)
    result = invoke("evaluate", "-t", "no such tokenizer", "--out", corpus / "new.csv")
    assert (result.exit_code, result.stderr) == (1, f"error: {corpus}: Not a directory\n")
    assert (tmp_path / "old.csv").read_text(encoding="utf-8") == "old"


@pytest.mark.usefixtures("pandas")
def test_two_of_one_name_can_be_told_apart(invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path) -> None:
    omnitok.load(vocabulary).with_special_tokens(["<|x|>"]).save(tmp_path / "grown")
    arguments = ("evaluate", "--parallel", parallel, "--json", "-t", vocabulary, "-t")
    result = invoke(*arguments, tmp_path / "grown")
    assert result.exit_code == 1
    assert "hint: -t NAME=TOK" in result.stderr
    rows = json.loads(invoke(*arguments, f"grown={tmp_path / 'grown'}").stdout)
    assert {"tiny", "grown"} < {row["tokenizer"] for row in rows}


@pytest.mark.usefixtures("pandas")
def test_evaluate_takes_the_bundled_texts(invoke: Invoke, vocabulary: Path) -> None:
    rows = json.loads(invoke("evaluate", "-t", vocabulary, "--json").stdout)
    assert len({row["language"] for row in rows} - {"all"}) == 20


def test_a_published_name(run: Run, environment: dict[str, str]) -> None:
    if "TIKTOKEN_CACHE_DIR" not in environment:
        pytest.skip("the rank file of o200k_base is not here")
    assert run("encode", "-t", "o200k_base", stdin=b"hello").stdout == b"24912\n"
