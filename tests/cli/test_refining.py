"""``omnitok prune``, ``omnitok nest`` and ``omnitok train --over-train``: what the functions give, as folders."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import omnitok

from .conftest import Invoke

PARALLEL = Path("corpora/parallel")
SOURCES = [str(PARALLEL / f"{code}.txt") for code in ("en", "ta")]


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a vocabulary of 900 ids."""
    folder = tmp_path_factory.mktemp("large") / "v"
    omnitok.train(SOURCES, 900).save(folder)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_prunes_as_the_function_does(invoke: Invoke, large: Path, tmp_path: Path) -> None:
    options = ("--vocab-size", "700", "--min-use", "3", "--weight", "ta=0.5", "--temperature", "2", "--name", "small")
    places = ("--out", tmp_path / "cli", "--old-ids", tmp_path / "ids.npy")
    result = invoke("prune", "-t", large, *SOURCES, *options, *places, "--json")
    assert result.exit_code == 0, result.stderr
    assert json.loads(result.stdout)["name"] == "small"
    old = omnitok.load(large)
    expected = omnitok.prune(old, SOURCES, 700, min_use=3, weights={"ta": 0.5}, temperature=2.0, name="small")
    expected.tokenizer.save(tmp_path / "function")
    assert content(tmp_path / "cli") == content(tmp_path / "function")
    old_ids = np.load(tmp_path / "ids.npy")
    assert old_ids.dtype == np.uint32
    assert old_ids.tolist() == expected.old_ids.tolist()
    record = omnitok.load(tmp_path / "cli").training
    assert record is not None
    assert record["prunes"] == old.digest
    assert record["options"] == {"min_use": 3, "temperature": 2.0, "weights": {"ta": 0.5}, "whole_words": False}
    assert invoke("inspect", "-t", tmp_path / "cli").exit_code == 0


def test_over_trains_as_the_function_does(invoke: Invoke, tmp_path: Path) -> None:
    arguments = (*SOURCES, "--vocab-size", "700", "--over-train", "1.2", "--out", tmp_path / "cli")
    assert invoke("train", *arguments, "--quiet").exit_code == 0
    tokenizer = omnitok.load(tmp_path / "cli")
    assert tokenizer == omnitok.train(SOURCES, 700, over_train=1.2)
    assert tokenizer.vocab_size == 700
    counts = omnitok.count_words(SOURCES)
    pruned = omnitok.prune(omnitok.train(counts, 839, special_tokens=()), counts, 699, whole_words=True).tokenizer
    assert pruned.ranks() == tokenizer.ranks()


def test_nests_as_the_function_does(invoke: Invoke, large: Path, tmp_path: Path) -> None:
    arguments = ("nest", "-t", large, "--size", "600", "--size", "300", "--out", tmp_path / "family")
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0, result.stderr
    folders = [tmp_path / "family" / name for name in ("omnitok-300", "omnitok-600")]
    made = json.loads(result.stdout)
    assert [one["folder"] for one in made] == [str(folder) for folder in folders]
    members = omnitok.nest(omnitok.load(large), [300, 600])
    assert [omnitok.load(folder) for folder in folders] == members
    manifest = json.loads((folders[1] / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["parent"] == members[0].digest == made[0]["digest"]
    again = invoke(*arguments)
    assert again.exit_code == 1
    assert "omnitok-300 exists already" in again.stderr
    assert invoke(*arguments, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "there is neither a vocab_size nor a min_use"),
        (["--vocab-size", "256"], "so ask for 257 to 900"),
        (["--vocab-size", "901"], "so ask for 257 to 900"),
        (["--vocab-size", "800", "--weight", "fr=2"], 'a weight for language "fr", in which nothing was counted'),
    ],
)
def test_what_cannot_be_pruned(invoke: Invoke, large: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = invoke("prune", "-t", large, *SOURCES, "--out", tmp_path / "v", *arguments)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "v").exists()


def test_nothing_is_written_where_an_id_map_is_there(invoke: Invoke, large: Path, tmp_path: Path) -> None:
    (tmp_path / "ids.npy").touch()
    arguments = ("prune", "-t", large, *SOURCES, "--vocab-size", "800", "--out", tmp_path / "v")
    result = invoke(*arguments, "--old-ids", tmp_path / "ids.npy")
    assert result.exit_code == 1
    assert "ids.npy exists already" in result.stderr
    assert not (tmp_path / "v").exists()


@pytest.mark.parametrize(
    ("sizes", "message"),
    [(["300", "300"], "size 300 is given twice"), (["256"], "size 256 is not to be had"), (["901"], "has 900 ids")],
)
def test_what_cannot_be_nested(invoke: Invoke, large: Path, tmp_path: Path, sizes: list[str], message: str) -> None:
    options = [word for size in sizes for word in ("--size", size)]
    result = invoke("nest", "-t", large, *options, "--out", tmp_path / "family")
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "family").exists()
