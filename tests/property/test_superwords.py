"""Superwords: what is learnt from candidates is what the oracle learns from whole phrases."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import _native, oracle
from omnitok.errors import TrainingError

#: Words that meet at every kind of place: spaces, symbols, commas, joiners, marks on nothing, numbers, sentence ends.
WORDS = st.sampled_from(
    [
        "a",
        "ab",
        "aaaa",
        "the",
        "THE",
        "don't",
        "d’un",
        "12",
        "é",
        "❤️",
        "क्या",
        "है",
        "।",
        "中文",
        "。",
        ",",
        "x-y",
        "\u200c",
        "می‌خ",
    ]
)
LINES = st.lists(
    st.lists(WORDS, min_size=1, max_size=8).flatmap(lambda words: st.sampled_from([" ".join(words), "".join(words)])),
    min_size=1,
    max_size=8,
)
PATTERNS = st.sampled_from(["o200k", "omni"])


def options(size: int, min_frequency: int = 1, **more: object) -> dict[str, object]:
    common: dict[str, object] = {"max_token_bytes": None, "weights": [], "mode": "exact", "parity": None}
    kind = {"whole_characters": True, "spare_word_ends": False}
    return {"vocab_size": size, "min_frequency": min_frequency, **common, **kind, **more}


def first_stage(lines: list[str], pattern: str, more: int) -> list[bytes]:
    """Up to ``more`` tokens besides the bytes."""
    counts = omnitok.count_words(texts=lines, pattern=pattern)
    for size in range(256 + more, 255, -1):
        try:
            return _native.learn(counts, options(size, spare_word_ends=True))[0]
        except TrainingError:
            continue
    raise AssertionError("the bytes are always there")


def count(
    lines: list[str], pattern: str, base: list[bytes], min_count: int, *, bits: int = 10, num_threads: int = 1
) -> omnitok.WordCounts:
    stage = _native.FirstStage(pattern, base, table_bits=bits)
    stage.pair_counter(num_threads=num_threads).add_texts(lines)
    counter = stage.candidate_counter(min_count, num_threads=num_threads)
    counter.add_texts(lines)
    return counter.finish()


@settings(max_examples=150)
@given(LINES, PATTERNS, st.integers(0, 20), st.integers(1, 4), st.sampled_from([1, 4, 12]))
def test_superwords_are_those_of_the_oracle(
    lines: list[str], pattern: str, more: int, min_count: int, bits: int
) -> None:
    lines = lines * 3
    base = first_stage(lines, pattern, more)
    phrases = dict(omnitok.count_words(texts=lines, pattern=f"{pattern}-super").items())
    expected = oracle.learn_superwords(phrases, base, len(base) + 30, pattern == "o200k", min_count)
    assume(len(expected) > len(base))
    candidates = count(lines, pattern, base, min_count, bits=bits)
    wanted = options(len(expected), min_count)
    tokens, merges = _native.learn(candidates, wanted, base=base)
    assert tokens == expected
    _native.check_merges(candidates, wanted, tokens, merges)
    if len(expected) < len(base) + 30:
        with pytest.raises(TrainingError, match=f"lower vocab_size to {len(expected)}"):
            _native.learn(candidates, wanted | {"vocab_size": len(expected) + 1}, base=base)
    # Words by themselves, then what superwords join, is the same as whole phrases by rank.
    ranks = {token: rank for rank, token in enumerate(tokens)}
    native = _native.Tokenizer(name="", pattern=f"{pattern}-super", ranks=ranks, special_tokens={})
    tokenizer = omnitok.Tokenizer._from_native(native)
    for line in lines:
        assert tokenizer.encode_ordinary(line) == oracle.encode(line, ranks, tokenizer.regex)


@settings(max_examples=40)
@given(LINES, PATTERNS, st.integers(1, 4))
def test_threads_order_and_parts_change_nothing(lines: list[str], pattern: str, min_count: int) -> None:
    lines = [*(lines * 3), "the end of the end of the end"]
    base = first_stage(lines, pattern, 8)
    expected = count(lines, pattern, base, min_count)
    assert count(lines[::-1], pattern, base, min_count, num_threads=3).digest == expected.digest
    # Pairs of all, pieces of two parts.
    stage = _native.FirstStage(pattern, base, table_bits=10)
    stage.pair_counter().add_texts(lines)
    halves = []
    for half in (lines[::2], lines[1::2]):
        counter = stage.candidate_counter(min_count)
        counter.add_texts(half)
        halves.append(counter.finish())
    assert halves[0].merge(halves[1]).digest == expected.digest


@settings(max_examples=80)
@given(LINES, LINES, st.integers(0, 25), st.integers(0, 30), st.integers(0, 3), st.sets(st.integers(256, 290)))
def test_pruning_by_what_a_text_becomes_follows_the_oracle(
    lines: list[str], other: list[str], more: int, left: int, min_use: int, unwanted: set[int]
) -> None:
    base = first_stage(lines * 2, "omni", more)
    phrases = dict(omnitok.count_words(texts=lines * 2, pattern="omni-super").items())
    tokens = oracle.learn_superwords(phrases, base, len(base) + 12, joiners_lead=False)
    text = other if left % 2 else lines  # also by text that nothing was learnt from
    counter = _native.token_counter("omni-super", tokens, num_threads=2)
    counter.add_texts(text)
    emitted = counter.finish()
    ranks = {token: rank for rank, token in enumerate(tokens)}
    regex = _native.PATTERNS["omni-super"]
    uses = Counter(tokens[rank] for line in text for rank in oracle.encode(line, ranks, regex))
    assert dict(emitted.items()) == uses
    unwanted = {rank for rank in unwanted if rank < len(tokens)}
    size = min(256 + left, len(tokens))
    kept = _native.prune_emitted(emitted, tokens, size, min_use=min_use, unwanted=sorted(unwanted), weights=[])
    expected = oracle.prune_emitted(uses, tokens, size, min_use, {tokens[rank] for rank in unwanted})
    assert [tokens[rank] for rank in kept] == expected
    ranks = {token: rank for rank, token in enumerate(expected)}
    assert all(len(token) == 1 or oracle.parts(token, ranks) for token in expected)


@settings(max_examples=25)
@given(LINES, st.integers(0, 150), st.integers(1, 60), st.sampled_from([1.0, 1.3, 2.0]), st.integers(1, 3))
def test_no_token_stays_that_the_text_never_becomes(
    lines: list[str], words: int, superwords: int, over_train: float, min_use: int
) -> None:
    lines = lines * 3 + Path("corpora/parallel/en.txt").read_text(encoding="utf-8").splitlines()[:60]
    options = {"superwords": superwords, "over_train": over_train, "min_use": min_use, "special_tokens": ()}
    size = 256 + words + superwords
    tok = omnitok.train(texts=lines, vocab_size=size, pattern="omni", num_threads=1, **options)
    assert tok.vocab_size == size
    ranks = tok.ranks()
    uses = Counter(rank for line in lines for rank in oracle.encode(line, ranks, tok.regex))
    assert all(uses[rank] >= min_use for rank in range(256, size))
    backwards = omnitok.train(texts=lines[::-1], vocab_size=size, pattern="omni", num_threads=3, **options)
    assert backwards.digest == tok.digest
