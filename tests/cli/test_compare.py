"""``omnitok compare``, and the runs that ``omnitok evaluate --run`` keeps."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke

pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A vocabulary of 600 tokens and one of 1,200, saved."""
    folder = tmp_path_factory.mktemp("vocabularies")
    for name, size in (("small", 600), ("large", 1200)):
        omnitok.train("corpora/parallel", vocab_size=size, name="ours").save(folder / name)
    return {name: folder / name for name in ("small", "large")}


@pytest.fixture
def kept(runs: dict[str, Path], invoke: Invoke, tmp_path: Path) -> dict[str, Path]:
    """Their runs."""
    for name, vocabulary in runs.items():
        arguments = ("--language", "hi", "--language", "fr", "--draws", 200, "--run", tmp_path / name)
        result = invoke("evaluate", "-t", vocabulary, *arguments)
        assert (result.exit_code, result.stdout) == (0, ""), result.stderr
        assert f"{tmp_path / name}: " in result.stderr
    return {name: tmp_path / name for name in runs}


def test_a_regression_has_its_exit_status_and_names_languages(kept: dict[str, Path], invoke: Invoke) -> None:
    worse = invoke("compare", kept["large"], kept["small"], "--max-regression", "1%")
    assert worse.exit_code == 3
    assert worse.stderr == "ours got worse in Hindi, French, English\n"
    assert "Tokens per sentence · ours" in worse.stdout
    better = invoke("compare", kept["small"], kept["large"])
    assert (better.exit_code, better.stderr) == (0, "")
    allowed = invoke("compare", kept["large"], kept["small"], "--max-regression", "0.9")
    assert allowed.exit_code == 0


def test_json_has_every_change(kept: dict[str, Path], invoke: Invoke) -> None:
    result = invoke("compare", kept["large"], kept["small"], "--json")
    (comparison,) = json.loads(result.stdout)
    assert result.exit_code == 3
    assert comparison["is_regression"] is True
    assert [change["language"] for change in comparison["changes"]] == ["hi", "fr", "en"]
    assert all(change["lo"] > 1 for change in comparison["changes"])


def test_refusals(kept: dict[str, Path], invoke: Invoke, tmp_path: Path) -> None:
    assert invoke("compare", kept["small"], kept["large"], "--max-regression", "much").exit_code == 2
    missing = invoke("compare", kept["small"], tmp_path / "nothing")
    assert (missing.exit_code, "No such file" in missing.stderr) == (1, True)
    again = invoke("evaluate", "-t", "no such tokenizer", "--run", kept["small"])
    assert (again.exit_code, "exists already" in again.stderr) == (1, True)


def test_a_language_that_is_not_there(runs: dict[str, Path], invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    arguments = ("evaluate", "-t", runs["small"], "--parallel", parallel, "--language", "fr")
    refused = invoke(*arguments)
    assert (refused.exit_code, "no fr.txt" in refused.stderr) == (1, True)
    went_on = invoke(*arguments, "--allow-missing")
    assert (went_on.exit_code, went_on.stderr) == (0, "fr: left out, tiny does not have it\n")
    page = tmp_path / "page"
    options = ("--allow-missing", "--language", "hi", "--no-playground", "--draws", "0", "--out", page)
    reported = invoke("report", *arguments[1:], *options)
    assert (reported.exit_code, "fr: left out" in reported.stderr) == (0, True)
    assert "--language hi --language en --no-playground" in (page / "report.md").read_text("utf-8")
