"""Data sets of the library ``datasets`` stream as texts; local files stand in for the Hub."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from omnitok.corpora.datasets_loader import stream_dataset
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("datasets")

TEXTS = ["eins", "zwei \u00df", "\u4e09"]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")


def write_jsonl(path: Path) -> Path:
    content = "".join(json.dumps({"n": number, "body": text}) + "\n" for number, text in enumerate(TEXTS)).encode()
    path.write_bytes(gzip.compress(content) if path.suffix == ".gz" else content)
    return path


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz"])
@pytest.mark.parametrize("streaming", [True, False])
def test_a_json_lines_file(tmp_path: Path, name: str, streaming: bool) -> None:
    stream = stream_dataset(write_jsonl(tmp_path / name), text_field="body", language="de", streaming=streaming)
    assert list(stream) == TEXTS
    assert list(stream) == TEXTS, "iterating anew reads anew"
    assert stream.language == "de"


def test_a_parquet_file_without_its_nulls(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"text": [*TEXTS, None]}), tmp_path / "a.parquet")
    assert list(stream_dataset(tmp_path / "a.parquet", split="validation")) == TEXTS


def test_a_text_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(TEXTS), encoding="utf-8")
    assert list(stream_dataset(str(tmp_path / "a.txt"))) == TEXTS


def test_a_folder(tmp_path: Path) -> None:
    (tmp_path / "set").mkdir()
    write_jsonl(tmp_path / "set" / "train.jsonl")
    assert list(stream_dataset(tmp_path / "set", text_field="body")) == TEXTS


def test_a_missing_column_names_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="has no column 'text'; it has 'n', 'body'"):
        list(stream_dataset(write_jsonl(tmp_path / "a.jsonl")))
    with pytest.raises(CorpusError, match="row 0: 'n' is int; expected a string"):
        list(stream_dataset(tmp_path / "a.jsonl", text_field="n"))


def test_no_name_is_looked_up_when_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMNITOK_OFFLINE", "1")
    with pytest.raises(CorpusError, match="owner/name is no local file or folder and the network is switched off"):
        list(stream_dataset("owner/name"))


def test_counts_are_no_texts(tmp_path: Path) -> None:
    (tmp_path / "a.counts").touch()
    with pytest.raises(CorpusError, match="holds counts of words, not text"):
        list(stream_dataset(tmp_path / "a.counts"))
