"""Merges chosen by the language that is worst off: what the oracle learns, and what real text gains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import oracle
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.errors import CorpusError, TrainingError
from tests.property.strategies import CHARACTERS

CODES = ("de", "en", "ta")
Write = Callable[[dict[str, str]], Path]

line = st.one_of(st.text("ab ", min_size=1, max_size=16), st.text(CHARACTERS, min_size=1, max_size=10)).filter(
    lambda text: text.strip() and not set(text) & {"\n", "\r"}
)
texts = st.lists(line, min_size=1, max_size=4)


@pytest.fixture(scope="module")
def write(tmp_path_factory: pytest.TempPathFactory) -> Write:
    """Writes parallel texts into a new folder."""

    def to_folder(content: dict[str, str]) -> Path:
        folder = tmp_path_factory.mktemp("parallel")
        for code, text in content.items():
            (folder / f"{code}.txt").write_text(text, encoding="utf-8", newline="")
        return folder

    return to_folder


@settings(max_examples=60)
@given(
    st.tuples(*[texts] * 3),
    st.lists(st.tuples(*[line] * 3), min_size=1, max_size=4),
    st.integers(0, 40),
    st.integers(0, 5),
    st.integers(0, 6),
    st.integers(1, 3),
)
def test_every_form_follows_the_oracle(
    write: Write,
    corpus: tuple[list[str], ...],
    parallel: list[tuple[str, ...]],
    more: int,
    first: int,
    window: int,
    least: int,
) -> None:
    counts = omnitok.count_words(texts=dict(zip(CODES, corpus, strict=True)))
    spoken = dict(zip(CODES, zip(*parallel, strict=True), strict=True))
    development = omnitok.count_words(texts=spoken)
    merges = oracle.learn_parity(
        {code: dict(counts.items(code)) for code in CODES},
        {code: dict(development.items(code)) for code in CODES},
        256 + more,
        global_merges=first,
        window=window,
        min_count=least,
    )
    assume(not first or first < len(merges))
    folder = write({code: "\n".join(lines) + "\n" for code, lines in spoken.items()})
    parity: dict[str, Any] = {"parity": folder, "parity_window": window or None, "min_frequency": least}
    for threads in (1, 3):
        tokenizer = omnitok.train(
            counts,
            256 + len(merges),
            special_tokens=(),
            parity_global=first,
            num_threads=threads,
            check=threads == 1,
            **parity,
        )
        assert tokenizer.ranks() == oracle.ranks_of(merges)
    # All words together choose the first merges, also when they did so in another run.
    together = omnitok.train(counts, 256 + first, special_tokens=(), min_frequency=least)
    grown = omnitok.extend(together, counts, 256 + len(merges), check=True, **parity)
    assert grown.ranks() == oracle.ranks_of(merges)


def test_a_record_names_the_text_and_the_form(write: Write, tmp_path: Path) -> None:
    counts = omnitok.count_words(texts={"de": ["gut besser"] * 3, "en": ["good better"] * 3})
    folder = write({"de": "gut\nbesser\n", "en": "good\nbetter\n"})
    tokenizer = omnitok.train(counts, 260, parity=folder, parity_global=1, parity_window=9)
    tokenizer.save(tmp_path / "saved")
    options = omnitok.load(tmp_path / "saved").training["options"]
    assert options["parity"] == {
        "development_sha256": omnitok.count_words(texts=read_parallel(folder)).digest,
        "global_merges": 1,
        "window": 9,
    }
    assert "parity" not in omnitok.train(counts, 260).training["options"]


def test_saved_counts_and_their_caps_serve_as_well(write: Write, tmp_path: Path) -> None:
    counts = omnitok.count_words(texts={"de": ["abcdefgh" * 9], "en": ["xyz" * 9]}, max_word_bytes=6)
    counts.save(tmp_path / "all.counts")
    folder = write({"de": "abcdefgh" * 9, "en": "xyz" * 20})
    saved = omnitok.train(omnitok.WordCounts.load(tmp_path / "all.counts"), 262, min_frequency=1, parity=folder)
    assert saved == omnitok.train(counts, 262, min_frequency=1, parity=folder)


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ({"de": "eins\nzwei\n", "en": "one\n"}, CorpusError, "not aligned"),
        ({"de": "eins\n\n", "en": "one\ntwo\n"}, CorpusError, "de.txt, line 2 is empty"),
        ({"de": "eins\n", "en": "one\n", "hi": "एक\n"}, TrainingError, 'speaks "hi", in which nothing was counted'),
        ({"de": "eins\n"}, TrainingError, 'language "en" has no development text'),
        ({}, CorpusError, "holds no <code>.txt file"),
    ],
)
def test_texts_that_do_not_fit_say_why(
    write: Write, content: dict[str, str], error: type[Exception], message: str
) -> None:
    counts = omnitok.count_words(texts={"de": ["eins zwei"] * 3, "en": ["one two"] * 3})
    with pytest.raises(error, match=message):
        omnitok.train(counts, 260, parity=write(content))


def test_options_that_make_no_sense_say_why(write: Write, tmp_path: Path) -> None:
    counts = omnitok.count_words(texts={"de": ["eins zwei"] * 3})
    folder = write({"de": "eins\n"})
    for options, message in (
        ({"parity_global": 3}, "name the parallel texts too"),
        ({"parity_window": 3}, "name the parallel texts too"),
        ({"parity": folder, "parity_window": 0}, "parity_window is 0; it must be at least 1"),
        ({"parity": folder, "parity_global": -1}, "parity_global is -1; it must be at least 0"),
        ({"parity": folder, "parity_global": 4}, "leaves none of 3 for parity"),
        ({"parity": folder, "mode": "rustbpe"}, "parity is not to be had in the mode rustbpe"),
        ({"parity": folder, "parity_window": 3, "checkpoint": tmp_path / "merges"}, "who chose the last merges"),
    ):
        with pytest.raises(TrainingError, match=message):
            omnitok.train(counts, 260, **options)  # type: ignore[arg-type]
    old = omnitok.train(counts, 260)
    for options, message in (
        ({"parity_global": 3}, "name the parallel texts too"),
        ({"parity": folder, "parity_global": 4}, "leaves none of 4 for parity"),
        ({"parity": folder, "parity_window": 0}, "parity_window is 0; it must be at least 1"),
    ):
        with pytest.raises(TrainingError, match=message):
            omnitok.extend(old, counts, 264, **options)  # type: ignore[arg-type]


def test_real_text_becomes_fairer(shared_data: Path) -> None:
    # The development text is the one of this project, and what is measured is another.
    counts = omnitok.count_words(shared_data / "parallel" / "ntrex128")
    measured = read_parallel(shared_data / "parallel" / "udhr")

    def spread(tokenizer: omnitok.Tokenizer) -> float:
        totals = [sum(map(tokenizer.count, lines)) for lines in measured.values()]
        return max(totals) / min(totals)

    plain = omnitok.train(counts, 8000)
    fair = omnitok.train(counts, 8000, parity=bundled_parallel())
    assert spread(fair) < spread(plain)
