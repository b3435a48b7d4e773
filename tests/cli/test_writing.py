"""``omnitok convert`` and ``omnitok report``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke

TARGETS = {"tiktoken": "ranks.tiktoken", "huggingface": "folder", "omnitok": "folder"}


def test_convert_gives_the_same_tokenizer_back(
    invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path
) -> None:
    original = omnitok.load(vocabulary)
    for target, name in TARGETS.items():
        out = tmp_path / target / name
        result = invoke("convert", "-t", vocabulary, "--to", target, "--out", out, "--parallel", parallel)
        assert result.exit_code == 0, result.stderr
        assert result.stdout.startswith(f"{out}: checked 6 texts in 3 languages with ")
        assert result.stdout.endswith(", no differences\n")
        written = omnitok.load(out)
        assert written.ranks() == original.ranks()
        assert written.special_tokens == original.special_tokens
        assert written.encode("The rain नमस्ते") == original.encode("The rain नमस्ते")


def test_convert_is_checked_on_the_bundled_texts(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    result = invoke("convert", "-t", vocabulary, "--to", "huggingface", "--out", tmp_path / "hf", "--json")
    record = json.loads(result.stdout)
    assert record["languages"] == 20
    assert record["checked"] >= 20 * 200
    assert record["differences"] == []


@pytest.mark.parametrize(("format", "library"), [("tiktoken", "tiktoken"), ("huggingface", "tokenizers")])
def test_the_library_it_is_for_reads_it_back(
    invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path, format: str, library: str
) -> None:
    pytest.importorskip(library)
    arguments = ("--out", tmp_path / TARGETS[format], "--parallel", parallel, "--json")
    record = json.loads(invoke("convert", "-t", vocabulary, "--to", format, *arguments).stdout)
    assert record["checked_with"].startswith(f"{library} ")


def test_without_that_library_omnitok_reads_it_back(
    invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "tokenizers", None)
    arguments = ("--out", tmp_path / "hf", "--parallel", parallel)
    result = invoke("convert", "-t", vocabulary, "--to", "huggingface", *arguments)
    assert result.exit_code == 0
    assert "tokenizers is not installed" in result.stderr
    assert f"with omnitok {omnitok.__version__}, no differences" in result.stdout


def test_a_difference_is_a_failed_check(
    invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A converter that loses a merge: what is read back is another vocabulary.
    other = omnitok.train(texts=["The rain, the rain"] * 3, vocab_size=262)
    monkeypatch.setattr("omnitok.cli.convert._write", lambda model, to, out, force: other.save(out, force=force))
    arguments = ("convert", "-t", vocabulary, "--to", "omnitok", "--parallel", parallel)
    result = invoke(*arguments, "--out", tmp_path / "a")
    assert result.exit_code == 3
    assert "checked 6 texts in 3 languages" in result.stdout
    assert "error: the ids differ, first in hi.txt, line 1, byte " in result.stderr
    record = json.loads(invoke(*arguments, "--out", tmp_path / "b", "--json").stdout)
    first = record["differences"][0]
    assert (first["language"], first["line"]) == ("hi", 1)
    assert first["expected"] != first["found"]


def test_convert_overwrites_only_when_asked(invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path) -> None:
    for target, name in TARGETS.items():
        arguments = ("convert", "-t", vocabulary, "--to", target, "--out", tmp_path / target / name)
        assert invoke(*arguments, "--parallel", parallel).exit_code == 0
        again = invoke(*arguments, "--parallel", parallel)
        assert again.exit_code == 1
        assert "hint: --force replaces it" in again.stderr
        assert invoke(*arguments, "--parallel", parallel, "--force").exit_code == 0


def test_a_rank_file_has_its_suffix(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    result = invoke("convert", "-t", vocabulary, "--to", "tiktoken", "--out", tmp_path / "ranks.json")
    assert result.exit_code == 2
    assert ".tiktoken" in result.stderr
    assert list(tmp_path.iterdir()) == []


# --- report -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def packages() -> None:
    for package in ("pandas", "matplotlib", "jinja2", "regex"):
        pytest.importorskip(package)


@pytest.mark.usefixtures("packages")
def test_report(invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path) -> None:
    arguments = ("report", "-t", vocabulary, "--baseline", f"again={vocabulary}", "--parallel", parallel)
    result = invoke(*arguments, "--out", tmp_path / "r")
    assert result.exit_code == 0, result.stderr
    assert result.stdout == f"{tmp_path / 'r' / 'report.html'}\n"
    page = (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert "Hello, this is a test." in page
    assert "again" in page
    again = invoke(*arguments, "--out", tmp_path / "r")
    assert (again.exit_code, "hint: --force replaces it" in again.stderr) == (1, True)
    assert 'id="vocabulary-0"' in page
    quiet = invoke(*arguments, "--out", tmp_path / "r", "--no-sentences", "--no-playground", "--force")
    assert quiet.exit_code == 0, quiet.stderr
    page = (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert "Hello, this is a test." not in page
    assert 'id="vocabulary-0"' not in page


@pytest.mark.usefixtures("packages")
def test_report_with_greetings(invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path) -> None:
    greetings = tmp_path / "greetings.json"
    greetings.write_text('[{"code": "de", "sentence": "Guten Tag!"}]', encoding="utf-8")
    arguments = ("report", "-t", vocabulary, "--parallel", parallel, "--greetings", greetings)
    assert invoke(*arguments, "--out", tmp_path / "r").exit_code == 0
    assert "Guten Tag!" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")


@pytest.mark.usefixtures("packages")
def test_force_never_deletes_what_is_no_report(
    invoke: Invoke, vocabulary: Path, parallel: Path, tmp_path: Path
) -> None:
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    result = invoke("report", "-t", vocabulary, "--parallel", parallel, "--out", tmp_path, "--force")
    assert result.exit_code == 1
    assert "is not a report" in result.stderr
    assert (tmp_path / "thesis.txt").is_file()
