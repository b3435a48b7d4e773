"""Pruned and nested vocabularies in tiktoken and tokenizers: the same ids, special tokens included."""

from __future__ import annotations

import base64
import functools
import json
from itertools import pairwise
from pathlib import Path

import pytest

import omnitok
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.interop.huggingface_export import to_huggingface, tokenizer_document
from omnitok.interop.merges import merges_of_ranks
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.verification.adversarial import difficult_texts

tokenizers = pytest.importorskip("tokenizers")
tiktoken = pytest.importorskip("tiktoken")

SPECIAL = ("<|endoftext|>", "<|pad|>")


@functools.cache
def lines() -> list[str]:
    return difficult_texts() + [line for text in read_parallel(bundled_parallel()).values() for line in text[::10]]


@functools.cache
def counts() -> omnitok.WordCounts:
    return omnitok.count_words("corpora/parallel")


@functools.cache
def large() -> omnitok.Tokenizer:
    return omnitok.train(counts(), 6000, special_tokens=SPECIAL, pad_to_multiple_of=128)


@functools.cache
def refined() -> dict[str, omnitok.Tokenizer]:
    members = {member.name: member for member in omnitok.nest(large(), [1000, 2500, 6000])}
    pruned = {
        "pruned": omnitok.prune(large(), counts(), 4500).tokenizer,
        "pruned by use": omnitok.prune(large(), counts(), min_use=8).tokenizer,
        "over-trained": omnitok.train(counts(), 4500, special_tokens=SPECIAL, over_train=1.3),
    }
    return members | pruned | {"nested of pruned": omnitok.nest(pruned["pruned"], [2000, 3000])[1]}


NAMES = [
    "omnitok-1000", "omnitok-2500", "omnitok-6000", "pruned", "pruned by use", "over-trained", "nested of pruned",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_other_libraries_give_the_same_ids(name: str, tmp_path: Path) -> None:
    tokenizer = refined()[name]
    tokenizer.save(tmp_path / "folder")
    to_huggingface(tokenizer, tmp_path / "hf")
    loaded = omnitok.load(tmp_path / "folder")
    assert loaded == tokenizer
    # As anybody reads it: the file of the folder, and the special tokens of its manifest.
    lines_of_file = (tmp_path / "folder" / "text.tiktoken").read_bytes().split(b"\n")
    pairs = (line.split() for line in lines_of_file if line)
    ranks = {base64.b64decode(token): int(rank) for token, rank in pairs}
    special = tokenizer.special_tokens
    encoding = tiktoken.Encoding("any", pat_str=tokenizer.regex, mergeable_ranks=ranks, special_tokens=special)
    model = tokenizers.Tokenizer.from_file(str(tmp_path / "hf" / "tokenizer.json"))
    for line in lines():
        ids = tokenizer.encode_ordinary(line)
        assert loaded.encode_ordinary(line) == ids
        assert encoding.encode_ordinary(line) == model.encode(line, add_special_tokens=False).ids == ids
        assert tokenizer.decode(ids) == line
    spelled = "a<|pad|> b<|endoftext|>"
    ids = tokenizer.encode(spelled, allowed_special="all")
    assert encoding.encode(spelled, allowed_special="all") == model.encode(spelled).ids == ids
    assert set(tokenizer.special_tokens.values()) <= set(ids)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "over-trained"])
def test_every_token_is_reached(name: str) -> None:
    """By merging alone, as engines do that never look a whole word up."""
    ranks = refined()[name].ranks()
    made = {left + right for left, right in merges_of_ranks(ranks)}
    assert made == {token for token in ranks if len(token) > 1}


def test_an_id_of_a_member_means_the_same_in_all_larger_ones() -> None:
    members = [refined()[name] for name in NAMES[:3]]
    for small, larger in pairwise(members):
        meant = [block for block in small.blocks if block.kind != "reserved"]
        for number in (number for block in meant for number in range(block.start, block.end)):
            assert small.token_bytes(number) == larger.token_bytes(number)
        assert larger.blocks[: len(small.blocks)] == small.blocks
    assert [member.vocab_size for member in members] == [1000, 2500, 6000]


def test_pruning_by_use_leaves_only_stepping_stones_that_are_used_less() -> None:
    pruned = omnitok.prune(large(), counts(), min_use=8)
    ranks = pruned.tokenizer.ranks()
    needed = {part for pair in merges_of_ranks(ranks) for part in pair}
    rare = {token for token, rank in ranks.items() if pruned.uses[rank] < 8 and len(token) > 1}
    assert rare <= needed
    assert len(ranks) < len(large().ranks())
    assert not pruned.uses[[*pruned.tokenizer.special_tokens.values()]].any()


def test_tokens_for_whole_words_only_are_looked_up_by_other_libraries_too() -> None:
    """Pruned by Hindi alone; what only a whole word becomes is not reached by merging any more."""
    hindi = omnitok.count_words("corpora/parallel/hi.txt")
    learnt = omnitok.train(hindi, 3000, min_frequency=1)
    tokenizer = omnitok.prune(learnt, hindi, 2500, whole_words=True).tokenizer
    ranks = tokenizer.ranks()
    made = {left + right for left, right in merges_of_ranks(ranks)}
    assert any(len(token) > 1 and token not in made for token in ranks)
    encoding, document = to_tiktoken(tokenizer), tokenizer_document(tokenizer)
    model = tokenizers.Tokenizer.from_str(json.dumps(document))
    for line in lines():
        ids = tokenizer.encode_ordinary(line)
        assert encoding.encode_ordinary(line) == model.encode(line, add_special_tokens=False).ids == ids
