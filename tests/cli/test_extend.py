"""``omnitok extend``, and what it shares with ``omnitok train``."""

from __future__ import annotations

from pathlib import Path

import pytest

import omnitok
from omnitok.progress import Progress

from .conftest import Invoke

PARALLEL = Path("corpora/parallel")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_is_what_the_function_extends(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    omnitok.train(corpus, 262, min_frequency=1).save(tmp_path / "old")
    arguments = ("-t", tmp_path / "old", corpus, "--out", tmp_path / "cli", "--vocab-size", "270", "--name", "n")
    result = invoke("extend", *arguments, "--min-frequency", "1", "--check", "--whole-characters")
    assert result.exit_code == 0, result.stderr
    assert "270 ids from" in result.stderr
    old = omnitok.load(tmp_path / "old")
    grown = omnitok.extend(old, corpus, 270, name="n", min_frequency=1, whole_characters=True)
    grown.save(tmp_path / "function")
    assert content(tmp_path / "cli") == content(tmp_path / "function")


def test_parity_is_that_of_the_function(invoke: Invoke, tmp_path: Path) -> None:
    for folder, text in (
        ("corpus", {"de": "gut besser\n" * 9, "en": "good\n" * 9}),
        ("dev", {"de": "b\n", "en": "ood\n"}),
    ):
        (tmp_path / folder).mkdir()
        for code, lines in text.items():
            (tmp_path / folder / f"{code}.txt").write_text(lines, encoding="utf-8")
    omnitok.train(tmp_path / "corpus", 258).save(tmp_path / "old")
    arguments = ("extend", "-t", tmp_path / "old", tmp_path / "corpus", "--vocab-size", "263", "--check")
    parity = ("--parity", tmp_path / "dev", "--parity-global", "1", "--parity-window", "3")
    result = invoke(*arguments, *parity, "--out", tmp_path / "cli")
    assert result.exit_code == 0, result.stderr
    old = omnitok.load(tmp_path / "old")
    expected = omnitok.extend(old, tmp_path / "corpus", 263, parity=tmp_path / "dev", parity_global=1, parity_window=3)
    assert omnitok.load(tmp_path / "cli") == expected
    assert expected.ranks() != omnitok.extend(old, tmp_path / "corpus", 263).ranks()
    assert expected.training is not None
    assert expected.training["options"]["parity"]["window"] == 3


def test_mixtures_are_those_of_the_function(invoke: Invoke, tmp_path: Path) -> None:
    sources = [str(PARALLEL / f"{code}.txt") for code in ("en", "ta")]
    options = ("--temperature", "2", "--target", "ta=0.7", "--weight", "en=0.5", "--vocab-size", "900", "--quiet")
    result = invoke("train", *sources, "--out", tmp_path / "cli", *options)
    assert result.exit_code == 0, result.stderr
    mixture: dict[str, object] = {"temperature": 2.0, "targets": {"ta": 0.7}, "weights": {"en": 0.5}}
    expected = omnitok.train(sources, 900, **mixture)  # type: ignore[arg-type]
    assert omnitok.load(tmp_path / "cli") == expected
    assert expected.training is not None
    assert mixture.items() <= expected.training["options"].items()
    assert expected.ranks() != omnitok.train(sources, 900).ranks()


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--target", "fr=0.5", 'there is a target for language "fr", in which nothing was counted'),
        ("--weight", "fr=2", 'there is a weight for language "fr", in which nothing was counted'),
        ("--temperature", "0", "the temperature 0 is not a number above 0"),
    ],
)
def test_a_mixture_that_cannot_be(invoke: Invoke, tmp_path: Path, option: str, value: str, message: str) -> None:
    result = invoke("train", PARALLEL / "en.txt", "--out", tmp_path / "v", "--vocab-size", "300", option, value)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not (tmp_path / "v").exists()


def test_a_run_that_was_stopped_goes_on_to_the_same_bytes(invoke: Invoke, tmp_path: Path) -> None:
    counts, file = omnitok.count_words(PARALLEL), tmp_path / "merges"
    counts.save(tmp_path / "words.counts")
    omnitok.train(counts, 6000).save(tmp_path / "plain")

    def stop(progress: Progress) -> None:
        if progress.done >= 2000:
            assert progress.share is not None
            assert 0 < progress.share < 1
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        omnitok.train(counts, 6000, checkpoint=file, progress=stop)
    assert 2000 < file.read_text(encoding="utf-8").count("\n") < 2800
    arguments = (tmp_path / "words.counts", "--vocab-size", "6000", "--checkpoint", file)
    result = invoke("train", *arguments, "--out", tmp_path / "kept")
    assert result.exit_code == 0, result.stderr
    assert content(tmp_path / "kept") == content(tmp_path / "plain")
    assert file.read_text(encoding="utf-8").count("\n") > 5700


def test_a_checkpoint_of_another_run_is_refused(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    arguments = (corpus, "--vocab-size", "265", "--checkpoint", tmp_path / "merges")
    assert invoke("train", *arguments, "--out", tmp_path / "one").exit_code == 0
    result = invoke("train", *arguments, "--out", tmp_path / "two", "--min-frequency", "1")
    assert result.exit_code == 1
    assert "this checkpoint is of another run" in result.stderr
    assert not (tmp_path / "two").exists()
