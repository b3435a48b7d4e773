"""Encoding and decoding: what holds for every text under every vocabulary."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitok import oracle
from omnitok.tokenizer import Tokenizer
from tests.conftest import SHARED_DATA
from tests.property.strategies import texts, vocabularies

NAMES = ("r50k_base", "cl100k_base", "o200k_base")


@pytest.fixture(params=["tiny", *NAMES], scope="module")
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    """A trained vocabulary, and the published ones where they are."""
    if request.param == "tiny":
        found: Tokenizer = request.getfixturevalue("tiny")
        return found
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not there")
    published: Tokenizer = request.getfixturevalue("published")(request.param)
    return published


def check_text(tokenizer: Tokenizer, text: str) -> None:
    """Everything that holds for one text."""
    ids = tokenizer.encode_ordinary(text)
    assert tokenizer.decode(ids, errors="strict") == text
    assert tokenizer.count(text) == len(ids)
    assert "".join(tokenizer.split(text)) == text
    text_blocks = [range(block.start, block.end) for block in tokenizer.blocks if block.kind == "text"]
    assert all(any(token in block for block in text_blocks) for token in ids)
    stream = tokenizer.stream_decoder()
    pieces = [stream.push(token) for token in ids]
    assert "".join(pieces) == text
    assert stream.finish() == ""


@settings(max_examples=1000)
@given(text=texts)
def test_every_text(tokenizer: Tokenizer, text: str) -> None:
    check_text(tokenizer, text)


@settings(max_examples=200)
@given(tokenizer=vocabularies(), some=st.lists(texts, min_size=1, max_size=4))
def test_every_text_under_every_vocabulary(tokenizer: Tokenizer, some: list[str]) -> None:
    for text in some:
        check_text(tokenizer, text)


@settings(max_examples=300)
@given(tokenizer=vocabularies(), some=st.lists(texts, min_size=1, max_size=4))
def test_ids_are_those_of_the_definition(tokenizer: Tokenizer, some: list[str]) -> None:
    ranks = tokenizer.ranks()
    for text in some:
        assert tokenizer.encode_ordinary(text) == oracle.encode(text, ranks, tokenizer.regex)
        # A second time the words may come out of a cache.
        assert tokenizer.encode_ordinary(text + text) == oracle.encode(text + text, ranks, tokenizer.regex)


@settings(max_examples=500)
@given(text=texts)
def test_spans_partition_the_text(tokenizer: Tokenizer, text: str) -> None:
    ids, spans = tokenizer.encode_with_offsets(text)
    data = text.encode()
    assert [data[start:end] for start, end in spans.tolist()] == [tokenizer.token_bytes(token) for token in ids]
    assert [0, *spans[:, 1].tolist()] == [*spans[:, 0].tolist(), len(data)]
    same_ids, characters = tokenizer.encode_with_offsets(text, unit="character")
    assert same_ids == ids
    first_byte = list(itertools.accumulate((len(character.encode()) for character in text), initial=0))
    for (start, end), (first, last) in zip(spans.tolist(), characters.tolist(), strict=True):
        assert first_byte[first] <= start < first_byte[first + 1]
        assert first_byte[last - 1] < end <= first_byte[last]


@settings(max_examples=100)
@given(some=st.lists(texts, max_size=30), threads=st.integers(1, 5))
def test_a_batch_is_its_texts_for_any_number_of_threads(tokenizer: Tokenizer, some: list[str], threads: int) -> None:
    singles = [tokenizer.encode_ordinary(text) for text in some]
    batch = tokenizer.encode_batch(some, threads, disallowed_special=())
    assert batch.tolist() == singles
    assert tokenizer.count_batch(some, threads).tolist() == [len(ids) for ids in singles]
    assert tokenizer.decode_batch(batch, errors="strict") == some


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_a_large_batch_is_its_texts(tiny: Tokenizer, threads: int) -> None:
    """Large enough to be cut into chunks for several threads, with texts larger than a chunk."""
    some = ["नमस्ते café " * (number % 97) for number in range(3000)] + ["the dog " * 20_000, "", "x" * 100_000]
    batch = tiny.encode_batch(some, threads)
    assert batch.tolist() == [tiny.encode(text) for text in some]


@settings(max_examples=1000)
@given(text=texts, limit=st.integers(0, 40))
def test_a_truncated_text_is_a_beginning_and_fits(tokenizer: Tokenizer, text: str, limit: int) -> None:
    short = tokenizer.truncate(text, limit)
    assert text.startswith(short)
    assert tokenizer.count(short) <= limit
    if tokenizer.count(text) <= limit:
        assert short == text


@settings(max_examples=150)
@given(tokenizer=vocabularies(), text=texts, limit=st.integers(0, 40))
def test_truncating_under_every_vocabulary(tokenizer: Tokenizer, text: str, limit: int) -> None:
    short = tokenizer.truncate(text, limit)
    assert text.startswith(short)
    assert tokenizer.count(short) <= limit
    # Nothing is given up where what the first tokens hold in whole characters needs no more tokens by itself.
    ends_of_characters = set(itertools.accumulate((len(character.encode()) for character in text), initial=0))
    lengths = (len(tokenizer.token_bytes(token)) for token in tokenizer.encode_ordinary(text)[:limit])
    ends_of_tokens = itertools.accumulate(lengths, initial=0)
    longest = text.encode()[: max(end for end in ends_of_tokens if end in ends_of_characters)].decode()
    if tokenizer.count(longest) <= limit:
        assert short == longest
    else:
        assert len(short) < len(longest)


@settings(max_examples=200)
@given(st.lists(st.integers(0, 447), max_size=40))
def test_any_ids_decode_alike_at_once_and_one_by_one(tiny: Tokenizer, ids: list[int]) -> None:
    stream = tiny.stream_decoder()
    pieces = [stream.push(token) for token in ids]
    assert "".join(pieces) + stream.finish() == tiny.decode(ids)
    assert tiny.decode_bytes(ids) == b"".join(map(tiny.token_bytes, ids))


@settings(max_examples=200)
@given(
    tokenizer=vocabularies(), some=st.lists(st.sampled_from(["<|end|>", "a", "नम", "b", "न", "<|", " "]), max_size=12)
)
def test_special_tokens_come_from_permission_only(tokenizer: Tokenizer, some: list[str]) -> None:
    text = "".join(some)
    special = set(tokenizer.special_tokens.values())
    assert special.isdisjoint(tokenizer.encode(text, disallowed_special=()))
    assert special.isdisjoint(tokenizer.encode_ordinary(text))
    allowed = tokenizer.encode(text, allowed_special="all")
    assert tokenizer.decode(allowed) == text
    assert special.isdisjoint(allowed) == (not any(name in text for name in tokenizer.special_tokens))
