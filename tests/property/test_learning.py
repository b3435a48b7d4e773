"""Going on from a vocabulary, whole characters and other ties: the fast learner gives what the oracle does."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import oracle
from omnitok.errors import TrainingError
from tests.property.strategies import CHARACTERS

lines = st.lists(st.one_of(st.text("ab ", max_size=20), st.text(CHARACTERS, max_size=12)), min_size=1, max_size=8)


def counts_of(corpus: list[str]) -> tuple[omnitok.WordCounts, dict[bytes, int]]:
    assume(any(corpus))
    counts = omnitok.count_words(texts=corpus)
    return counts, dict(counts.items())


@settings(max_examples=80)
@given(lines, st.sets(st.text("ab", min_size=2, max_size=4).map(str.encode), max_size=6), st.integers(0, 8))
def test_extending_any_vocabulary_follows_the_oracle(corpus: list[str], extra: set[bytes], more: int) -> None:
    counts, words = counts_of(corpus)
    base = [*(bytes([byte]) for byte in range(256)), *sorted(extra, key=hash)]
    expected = oracle.extend(words, base, len(base) + more)
    old = omnitok.train(counts, 256, special_tokens=())
    old = omnitok.extend(old, counts, 256) if base == list(old.ranks()) else _tokenizer(base)
    grown = omnitok.extend(old, counts, len(expected), min_frequency=1, check=True)
    assert list(grown.ranks()) == expected
    for word in words:
        ranks = {token: rank for rank, token in enumerate(expected)}
        assert grown.encode_ordinary(word.decode()) == oracle.encode_word(word, ranks)
    if len(expected) < len(base) + more:
        with pytest.raises(TrainingError, match=f"yields {len(expected)} tokens"):
            omnitok.extend(old, counts, len(base) + more, min_frequency=1)


def _tokenizer(tokens: list[bytes]) -> omnitok.Tokenizer:
    from omnitok import _native

    ranks = {token: rank for rank, token in enumerate(tokens)}
    native = _native.Tokenizer(name="base", pattern="o200k", ranks=ranks, special_tokens={})
    return omnitok.Tokenizer._from_native(native)


@settings(max_examples=80)
@given(lines, st.integers(0, 40), st.booleans(), st.booleans())
def test_ties_and_whole_characters_follow_the_oracle(corpus: list[str], more: int, shorter: bool, whole: bool) -> None:
    counts, words = counts_of(corpus)
    merges = oracle.learn(words, 256 + more, "", shorter_first=shorter, whole_characters=whole)
    tokenizer = omnitok.train(
        counts,
        256 + len(merges),
        special_tokens=(),
        min_frequency=1,
        mode="sentencepiece" if shorter else "exact",
        whole_characters=whole,
        check=True,
    )
    assert tokenizer.ranks() == oracle.ranks_of(merges)


def test_a_grown_vocabulary_is_what_a_larger_one_would_have_been(tmp_path: Path) -> None:
    counts = omnitok.count_words("corpora/parallel/ta.txt")
    small, large = (omnitok.train(counts, size, special_tokens=()) for size in (600, 1500))
    grown = omnitok.extend(small, counts, 1500)
    assert grown.ranks() == large.ranks()
    grown.save(tmp_path / "grown")
    manifest = (tmp_path / "grown" / "manifest.json").read_text(encoding="utf-8")
    assert f'"parent": "{small.digest}"' in manifest
    assert omnitok.load(tmp_path / "grown") == grown


def test_ids_that_are_no_text_stay_where_they_are() -> None:
    old = omnitok.train("corpora/parallel/hi.txt", 500).with_codes("image", [16]).with_reserved("room", 4)
    grown = omnitok.extend(old, "corpora/parallel/ta.txt", 800)
    assert grown.vocab_size == 800
    assert grown.blocks[: len(old.blocks)] == old.blocks
    assert grown.special_tokens == old.special_tokens
    assert old.ranks().items() <= grown.ranks().items()


def test_what_cannot_be_extended_says_why() -> None:
    old = omnitok.train(texts=["low lower lowest"] * 10, vocab_size=262)
    with pytest.raises(TrainingError, match="vocab_size is 261, and omnitok has 262 ids already"):
        omnitok.extend(old, texts=["low"], vocab_size=261)
    other = omnitok.train(texts=["low lower lowest"] * 10, vocab_size=262, mode="huggingface")
    with pytest.raises(TrainingError, match="does not merge by rank alone"):
        omnitok.extend(other, texts=["low"], vocab_size=263)
    with pytest.raises(TrainingError, match="the counts were made with the pattern 'gpt2', not 'o200k'"):
        omnitok.extend(old, omnitok.count_words(texts=["low"], pattern="gpt2"), vocab_size=263)
