"""Training: the same bytes for any number of threads, any order of files and any cut into shards."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import oracle
from omnitok.errors import TrainingError
from tests.property.strategies import CHARACTERS

# Small alphabets make ties, and ties are where order could show.
lines = st.lists(st.one_of(st.text("ab ", max_size=30), st.text(CHARACTERS, max_size=20)), min_size=1, max_size=12)
modes = st.sampled_from(["exact", "huggingface"])
Mode = Literal["exact", "huggingface"]


def files_of(counts: omnitok.WordCounts, mode: Mode, threads: int, size: int) -> dict[str, bytes] | str:
    """The files of the vocabulary, or why there is none."""
    options: dict[str, Any] = {"mode": mode, "min_frequency": 1, "special_tokens": (), "num_threads": threads}
    try:
        tokenizer = omnitok.train(counts, size, **options)
    except TrainingError as error:
        return str(error)
    rebuild, (files,) = tokenizer.__reduce__()
    assert rebuild(files) == tokenizer
    return dict(files)


@settings(max_examples=100)
@given(lines, modes, st.integers(256, 300), st.randoms(use_true_random=False))
def test_threads_and_order_change_no_byte(corpus: list[str], mode: Mode, size: int, order: Any) -> None:
    if not any(corpus):
        corpus = ["a"]
    expected = files_of(omnitok.count_words(texts=corpus, num_threads=1), mode, 1, size)
    for threads in (1, 2, 3):
        order.shuffle(corpus)
        counts = omnitok.count_words(texts=corpus, num_threads=threads)
        assert files_of(counts, mode, threads, size) == expected


@settings(max_examples=60)
@given(lines, modes, st.lists(st.integers(0, 3), min_size=12, max_size=12), st.randoms(use_true_random=False))
def test_shards_change_no_byte(corpus: list[str], mode: Mode, shard_of: list[int], order: Any) -> None:
    """Counted in parts on several machines, saved, and merged in any order."""
    corpus = [*corpus, "a b"]
    expected = files_of(omnitok.count_words(texts={"en": corpus}), mode, 1, 265)
    parts: dict[int, list[str]] = {}
    for shard, line in zip([*shard_of, 0], corpus, strict=False):
        parts.setdefault(shard, []).append(line)
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for shard, part in parts.items():
            if any(part):
                paths.append(Path(folder) / f"{shard}.counts")
                omnitok.count_words(texts={"en": part}).save(paths[-1])
        order.shuffle(paths)
        assert files_of(omnitok.count_words(paths), mode, 2, 265) == expected


@settings(max_examples=60)
@given(st.lists(lines, min_size=2, max_size=5), modes, st.randoms(use_true_random=False))
def test_the_order_of_files_changes_no_byte(corpora: list[list[str]], mode: Mode, order: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        paths = []
        for number, corpus in enumerate(corpora):
            paths.append(Path(folder) / f"{number}.txt")
            paths[-1].write_text("\n".join([*corpus, "a b"]), encoding="utf-8", newline="")
        expected = files_of(omnitok.count_words(paths, num_threads=1), mode, 1, 270)
        for threads in (1, 2):
            order.shuffle(paths)
            assert files_of(omnitok.count_words(paths, num_threads=threads), mode, threads, 270) == expected


@settings(max_examples=100)
@given(lines)
def test_a_trained_vocabulary_encodes_as_the_definition_says(corpus: list[str]) -> None:
    counts = omnitok.count_words(texts=[*corpus, "a b"])
    merges = oracle.learn(dict(counts.items()), 290, "")
    tokenizer = omnitok.train(counts, 256 + len(merges), min_frequency=1, special_tokens=())
    assert tokenizer.ranks() == oracle.ranks_of(merges)
    for line in corpus:
        assert tokenizer.encode(line) == oracle.encode(line, tokenizer.ranks(), tokenizer.regex)
        assert tokenizer.decode(tokenizer.encode(line)) == line


@pytest.mark.parametrize("mode", ["exact", "huggingface"])
def test_a_larger_corpus_changes_no_byte_with_threads(mode: Mode) -> None:
    """Enough text for the counting and the learning to be shared among threads at all."""
    corpus = [f"{number % 977} words in {number % 13} lines, नमस्ते {number * number % 101}" for number in range(20_000)]
    expected = files_of(omnitok.count_words(texts=corpus, num_threads=1), mode, 1, 700)
    assert isinstance(expected, dict)
    for threads in (2, 4):
        assert files_of(omnitok.count_words(texts=corpus[::-1], num_threads=threads), mode, threads, 700) == expected
