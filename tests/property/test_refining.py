"""Pruning and nesting: the fast ones give what the oracle does, and no token is lost on the way."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import assume, given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import oracle
from tests.property.strategies import CHARACTERS, vocabularies

lines = st.lists(st.one_of(st.text("ab ", max_size=20), st.text(CHARACTERS, max_size=12)), min_size=1, max_size=8)


def trained(corpus: list[str], more: int, special: tuple[str, ...] = ()) -> tuple[omnitok.Tokenizer, dict[bytes, int]]:
    """A vocabulary of the bytes, up to ``more`` tokens and the special ones, and the words that it was learnt from."""
    assume(any(corpus))
    counts = omnitok.count_words(texts=corpus)
    words = dict(counts.items())
    size = 256 + len(oracle.learn(words, 256 + more, "")) + len(special)
    return omnitok.train(counts, size, special_tokens=special, min_frequency=1), words


@settings(max_examples=80)
@given(lines, lines, st.integers(0, 40), st.integers(0, 40), st.integers(0, 3))
def test_pruning_follows_the_oracle(corpus: list[str], other: list[str], more: int, left: int, min_use: int) -> None:
    assume(any(other))
    tokenizer, words = trained([*corpus, "a"], more)
    if len(other) % 2:  # also by text that the vocabulary was not learnt from
        words = dict(omnitok.count_words(texts=other).items())
    tokens = list(tokenizer.ranks())
    size = min(256 + left, len(tokens))
    counts = omnitok.WordCounts.from_items(tokenizer.pattern, "", list(words.items()))
    pruned, old_ids, uses = omnitok.prune(tokenizer, counts, size, min_use=min_use)
    expected = oracle.prune(words, tokens, size, min_use)
    assert list(pruned.ranks()) == expected == [tokens[old] for old in old_ids]
    ranks = {token: rank for rank, token in enumerate(expected)}
    expected_uses = oracle.token_uses(words, ranks)
    assert [int(number) for number in uses] == [expected_uses[token] for token in expected]
    for token in expected:
        assert len(token) == 1 or oracle.parts(token, ranks)


@settings(max_examples=80)
@given(lines, lines, st.integers(0, 40), st.integers(0, 40), st.integers(0, 3))
def test_looking_words_up_follows_the_oracle_and_leaves_nothing_that_is_used_too_little(
    corpus: list[str], other: list[str], more: int, left: int, min_use: int
) -> None:
    assume(any(other))
    tokenizer, words = trained([*corpus, "a"], more)
    if len(other) % 2:
        words = dict(omnitok.count_words(texts=other).items())
    tokens = list(tokenizer.ranks())
    size = min(256 + left, len(tokens))
    counts = omnitok.WordCounts.from_items(tokenizer.pattern, "", list(words.items()))
    pruned, _, uses = omnitok.prune(tokenizer, counts, size, min_use=min_use, whole_words=True)
    assert list(pruned.ranks()) == oracle.prune(words, tokens, size, min_use, whole_words=True)
    assert all(use >= min_use for use in uses[256:].tolist())


@settings(max_examples=60)
@given(vocabularies(), lines, st.integers(0, 30))
def test_any_vocabulary_can_be_pruned(tokenizer: omnitok.Tokenizer, corpus: list[str], fewer: int) -> None:
    assume(any(corpus))
    size = max(259, tokenizer.vocab_size - fewer)
    pruned = omnitok.prune(tokenizer, texts=corpus, vocab_size=size)
    words = dict(omnitok.count_words(texts=corpus, pattern=tokenizer.pattern).items())
    assert list(pruned.tokenizer.ranks()) == oracle.prune(words, list(tokenizer.ranks()), size - 3)
    ranks = pruned.tokenizer.ranks()
    for line in corpus:
        ids = pruned.tokenizer.encode_ordinary(line)
        assert ids == oracle.encode(line, ranks, tokenizer.regex)
        assert pruned.tokenizer.decode(ids) == line
    new_ids = pruned.new_ids(tokenizer.vocab_size)
    for name, old in tokenizer.special_tokens.items():
        assert new_ids[old] == pruned.tokenizer.special_tokens[name]


@settings(max_examples=60)
@given(lines, st.lists(st.integers(0, 40), min_size=1, max_size=4, unique=True))
def test_members_of_a_family_agree_on_ids_and_are_what_learning_gives(corpus: list[str], sizes: list[int]) -> None:
    special = ("<|end|>", "<|pad|>")
    tokenizer, words = trained([*corpus, "a b"], 40, special)
    counts = omnitok.WordCounts.from_items(tokenizer.pattern, "", list(words.items()))
    sizes = [min(258 + size, tokenizer.vocab_size) for size in sorted(sizes)]
    members = omnitok.nest(tokenizer, dict.fromkeys(sizes))
    first = omnitok.train(counts, sizes[0], special_tokens=special, min_frequency=1)
    assert members[0].ranks() == first.ranks()
    for small, large in pairwise(members):
        assert small.ranks().items() <= large.ranks().items()
        assert small.special_tokens == large.special_tokens
        assert small.blocks == large.blocks[: len(small.blocks)]
        assert omnitok.extend(small, counts, large.vocab_size, min_frequency=1).ranks() == large.ranks()
    for member in members:
        for line in corpus:
            assert member.encode_ordinary(line) == oracle.encode(line, member.ranks(), member.regex)
