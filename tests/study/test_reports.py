"""The published reports: small, without a sentence of the texts, and what the README shows of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok
from omnitok.evaluation import Settings, measure_run, read_parallel_text
from study import reports

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared" / "data"
FOLDERS = [
    *(ROOT / "reports" / "o200k-cl100k" / name for name in ("greetings", *reports.TEXTS)),
    *(ROOT / "reports" / "tokenizers" / name for name in reports.TEXTS),
]


def test_results_are_those_of_the_run(tiny: omnitok.Tokenizer) -> None:
    lines = {"en": ["the dog", "the quick fox"], "hi": ["नमस्ते", "दुनिया"]}
    run = measure_run([tiny], read_parallel_text(lines), settings=Settings(draws=0))
    found = reports.results(run)
    expected = {code: float(tiny.count_batch(part).mean()) for code, part in lines.items()}
    one = found["tokenizers"]["tiny"]
    assert (found["sentences"], one["vocab_size"], one["round_trip"]) == (2, 448, 1.0)
    assert one["tokens_per_sentence"] == {**expected, "all": sum(expected.values()) / 2}
    assert one["worst_premium"] == ["hi", round(expected["hi"] / expected["en"], 4)]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_what_is_committed_is_small_and_complete(folder: Path) -> None:
    files = {path.name: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    assert {*reports.COMMITTED, reports.RESULTS} <= files.keys()
    assert sum(files.values()) < 2_000_000
    names = json.loads((folder / reports.RESULTS).read_bytes())["tokenizers"]
    record = json.loads((folder / "run.json").read_bytes())
    assert list(names) == [one["name"] for one in record["tokenizers"]]
    assert all(one["round_trip"] == 1 for one in names.values())


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared data folder is not there")
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_no_sentence_of_the_texts_is_passed_on(folder: Path) -> None:
    pages = "".join(path.read_text("utf-8") for path in folder.iterdir() if path.suffix in (".html", ".md", ".json"))
    sentences = [row["sentence"] for row in json.loads((SHARED / "gpt4o_table.json").read_bytes())]
    for text in reports.TEXTS:
        for file in sorted((SHARED / "parallel" / text).glob("*.txt")):
            sentences += file.read_text("utf-8").split("\n")[:50]
    assert len(sentences) > 2000
    assert [one for one in sentences if len(one) > 20 and one in pages] == []
