"""Pruning and nesting: blocks, rows of an embedding, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import omnitok
from omnitok import _native
from omnitok.errors import TrainingError, VocabularyError
from omnitok.progress import Progress

TEXTS = ["low lower lowest slow slower"] * 10


def with_everything() -> omnitok.Tokenizer:
    """Text, special tokens, codes, reserved ids, and text again."""
    trained = omnitok.train(texts=TEXTS, vocab_size=264, special_tokens=("<|end|>",))
    grown = trained.with_codes("image", codebooks=[16]).with_reserved("spare", 8)
    return omnitok.extend(grown, texts=["west western"] * 10, vocab_size=grown.vocab_size + 3)


def test_other_blocks_stay_and_ids_close_up() -> None:
    old = with_everything()
    pruned, old_ids, uses = omnitok.prune(old, texts=["low slow western"] * 5, vocab_size=old.vocab_size - 4)
    sizes = {block.name: block.end - block.start for block in old.blocks}
    now = {block.name: block.end - block.start for block in pruned.blocks}
    assert list(now) == ["text", "special", "image", "spare", "text-2"]
    assert {name: now[name] for name in ("special", "image", "spare")} == {"special": 1, "image": 16, "spare": 8}
    assert sum(sizes.values()) - sum(now.values()) == 4
    assert old_ids.dtype == np.uint32
    assert np.all(np.diff(old_ids.astype(np.int64)) > 0)
    for token, new in pruned.ranks().items():
        assert old.token_bytes(int(old_ids[new])) == token
    assert old_ids[pruned.special_tokens["<|end|>"]] == old.special_tokens["<|end|>"]
    assert not uses[pruned.special_tokens["<|end|>"] :][:25].any()
    assert uses.sum() == sum(len(pruned.encode_ordinary(word)) for word in ("low", " slow", " western")) * 5


def test_ids_on_disk_can_be_brought_over() -> None:
    old = with_everything()
    pruned = omnitok.prune(old, texts=TEXTS, vocab_size=old.vocab_size - 2)
    new_ids = pruned.new_ids(old.vocab_size)
    ids = np.array(old.encode_ordinary("slow lowest"))
    assert (new_ids[ids] >= 0).all()
    assert pruned.tokenizer.decode(new_ids[ids].tolist()) == "slow lowest"
    assert (new_ids == -1).sum() == 2


def test_by_its_own_counts_a_vocabulary_loses_what_was_learnt_last() -> None:
    counts = omnitok.count_words("corpora/parallel/hi.txt")
    large, small = (omnitok.train(counts, size, special_tokens=()) for size in (900, 700))
    pruned = omnitok.prune(large, counts, 700).tokenizer
    assert len(pruned.ranks().keys() - small.ranks().keys()) < 20


def test_whole_words_let_stepping_stones_go_that_merging_needs() -> None:
    counts = omnitok.count_words(texts=["northern"] * 10 + ["xy"] * 9)
    large = omnitok.train(counts, 264, special_tokens=())
    tokens = set(large.ranks())
    strict = set(omnitok.prune(large, counts, 258).tokenizer.ranks())
    assert b"northern" in tokens
    assert b"northern" not in strict
    looked_up = omnitok.prune(large, counts, 258, whole_words=True).tokenizer
    assert {token for token in looked_up.ranks() if len(token) > 1} == {b"northern", b"xy"}
    assert looked_up.encode("northern") == [looked_up.ranks()[b"northern"]]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "there is neither a vocab_size nor a min_use"),
        ({"vocab_size": 256}, "the 256 bytes and 1 that are no text stay, so ask for 257 to 264"),
        ({"vocab_size": 265}, "so ask for 257 to 264"),
        ({"vocab_size": 260, "min_use": -1}, "min_use is -1; it must be at least 0"),
        ({"vocab_size": 260, "weights": {"fr": 2.0}}, 'a weight for language "fr", in which nothing was counted'),
    ],
)
def test_what_cannot_be_pruned(arguments: dict[str, Any], message: str) -> None:
    tokenizer = omnitok.train(texts=TEXTS, vocab_size=264)
    with pytest.raises(TrainingError, match=message):
        omnitok.prune(tokenizer, texts=TEXTS, **arguments)


def test_counts_of_another_pattern_and_merge_lists_are_refused() -> None:
    tokenizer = omnitok.train(texts=TEXTS, vocab_size=264)
    with pytest.raises(TrainingError, match="made with the pattern 'gpt2', not 'o200k'; count again"):
        omnitok.prune(tokenizer, omnitok.count_words(texts=TEXTS, pattern="gpt2"), 260)
    listed = omnitok.train(texts=TEXTS, vocab_size=264, mode="huggingface")
    refuse: list[Callable[[], object]] = [
        lambda: omnitok.prune(listed, texts=TEXTS, vocab_size=260),
        lambda: omnitok.nest(listed, [260]),
    ]
    for call in refuse:
        with pytest.raises(VocabularyError, match="does not merge by rank alone"):
            call()
    with pytest.raises(TrainingError, match="over_train is not to be had in the mode huggingface"):
        omnitok.train(texts=TEXTS, vocab_size=260, mode="huggingface", over_train=1.1)


def unused(tokenizer: omnitok.Tokenizer, counts: omnitok.WordCounts) -> int:
    uses = _native.token_uses(counts, list(tokenizer.ranks()), weights=[])
    return int((uses[256:] == 0).sum())


def test_over_training_can_leave_no_token_that_the_text_never_has() -> None:
    counts = omnitok.count_words("corpora/parallel", "omni")
    plain, better = (omnitok.train(counts, 8000, over_train=1.05, min_use=least) for least in (0, 1))
    assert unused(plain, counts) > 50
    assert unused(better, counts) == 0
    assert better.vocab_size == plain.vocab_size


def test_ids_that_come_free_beyond_what_was_over_trained_are_learnt_anew() -> None:
    counts = omnitok.count_words("corpora/parallel")
    # One token more than asked for, and more than one that is never used.
    for factor in (1.0, 4001 / 4000):
        better = omnitok.train(counts, 4001, special_tokens=(), over_train=factor, min_use=1)
        assert (better.vocab_size, unused(better, counts)) == (4001, 0)


def test_where_the_text_yields_no_better_token_an_unused_one_stays() -> None:
    counts = omnitok.count_words(texts=["aaa", "कあ中"])
    tokenizer = omnitok.train(counts, 261, special_tokens=(), min_frequency=1, over_train=1.01, min_use=1)
    assert tokenizer.vocab_size == 261
    assert tokenizer.decode(tokenizer.encode("aaa")) == "aaa"


def test_min_use_is_a_number_of_uses_and_not_for_merge_lists() -> None:
    with pytest.raises(TrainingError, match="min_use is -1; it must be at least 0"):
        omnitok.train(texts=TEXTS, vocab_size=260, min_use=-1)
    with pytest.raises(TrainingError, match="min_use is not to be had in the mode huggingface"):
        omnitok.train(texts=TEXTS, vocab_size=260, mode="huggingface", min_use=1)


@pytest.mark.parametrize("factor", [0.9, 11, float("nan")])
def test_over_training_is_a_factor(factor: float) -> None:
    with pytest.raises(TrainingError, match="it is a factor from 1"):
        omnitok.train(texts=TEXTS, vocab_size=260, over_train=factor)


def test_a_run_is_stopped_by_what_progress_raises() -> None:
    tokenizer = omnitok.train(texts=TEXTS, vocab_size=264)
    told: list[Progress] = []

    def stop(progress: Progress) -> None:
        told.append(progress)
        if progress.stage == "prune":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        omnitok.prune(tokenizer, texts=TEXTS, vocab_size=260, progress=stop)
    assert (told[-1].done, told[-1].total) == (0, 4)


def test_pads_of_members_do_not_change_ids() -> None:
    family = omnitok.nest(omnitok.train(texts=TEXTS, vocab_size=264), [258, 262])
    padded = [member.with_reserved("padding", -member.vocab_size % 128) for member in family]
    assert [member.vocab_size for member in padded] == [384, 384]
    assert [member.encode("slowest") for member in padded] == [member.encode("slowest") for member in family]


def test_published_vocabularies_can_be_pruned_and_nested(published: Callable[[str], omnitok.Tokenizer]) -> None:
    old = published("o200k_base")
    pruned = omnitok.prune(old, "corpora/parallel", 20_000)
    assert list(pruned.tokenizer.special_tokens) == list(old.special_tokens)
    small, large = omnitok.nest(old, [64_000, 128_000])
    assert small.ranks().items() <= large.ranks().items()
    assert small.special_tokens == large.special_tokens == {"<|endofprompt|>": 63_999, "<|endoftext|>": 63_980}
    assert small.training is None
