"""The surface of a tokenizer: ids, offsets, counts, cuts, streams, and what it says about itself."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import omnitok
from omnitok import _native
from omnitok.errors import UnknownTokenError, VocabularyError
from omnitok.tokenizer import Block, Tokenizer

TEXTS = [
    "",
    "\0\0a\0",
    "The quick brown fox, isn't it?",
    "नमस्ते दुनिया — 你好世界",
    "👩‍🚀 naïve\r\n\tcafé  ",
    "привет" * 40,
    "<|endoftext|",
]


def by_hand() -> Tokenizer:
    """A few tokens that can be merged in the head."""
    tokens = [*(bytes([byte]) for byte in range(256)), b"ab", b"abc", b"bc", b" a", b"aa", b"aaaa"]
    ranks = {token: rank for rank, token in enumerate(tokens)}
    return Tokenizer._from_native(_native.Tokenizer(name="by hand", pattern="gpt2", ranks=ranks, special_tokens={}))


# --- ids --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS)
def test_every_way_to_encode_gives_the_same_ids(tiny: Tokenizer, text: str) -> None:
    ids = tiny.encode(text)
    array = tiny.encode_to_numpy(text)
    batch = tiny.encode_batch([text])
    assert tiny.encode_ordinary(text) == ids
    assert (array.dtype, array.shape, array.tolist()) == (np.dtype(np.uint32), (len(ids),), ids)
    assert batch.tolist() == [ids]
    assert tiny.encode_with_offsets(text)[0] == ids
    assert tiny.count(text) == len(ids)
    assert tiny.count_batch([text, text]).tolist() == [len(ids)] * 2
    assert tiny.decode(ids) == text


def test_an_array_is_the_callers_own(tiny: Tokenizer) -> None:
    array = tiny.encode_to_numpy("the dog")
    array[:] = 0
    assert tiny.encode_to_numpy("the dog").tolist() == tiny.encode("the dog") != array.tolist()


@pytest.mark.parametrize("method", ["encode", "encode_ordinary", "encode_to_numpy", "encode_with_offsets", "count"])
def test_what_is_no_text_is_a_type_error(tiny: Tokenizer, method: str) -> None:
    for value in (b"text", 5, None, ["text"]):
        with pytest.raises(TypeError):
            getattr(tiny, method)(value)


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_is_two_flat_arrays(tiny: Tokenizer) -> None:
    batch = tiny.encode_batch(TEXTS)
    singles = [tiny.encode(text) for text in TEXTS]
    assert (batch.ids.dtype, batch.offsets.dtype) == (np.dtype(np.uint32), np.dtype(np.int64))
    assert batch.offsets.tolist() == [sum(map(len, singles[:end])) for end in range(len(TEXTS) + 1)]
    assert batch.lengths().tolist() == [len(ids) for ids in singles]
    assert len(batch) == len(TEXTS)
    assert batch.tolist() == [ids.tolist() for ids in batch] == singles
    assert tiny.decode_batch(batch) == tiny.decode_batch(singles) == TEXTS


def test_a_batch_is_indexed_as_a_list(tiny: Tokenizer) -> None:
    batch = tiny.encode_batch(TEXTS)
    assert batch[-1].tolist() == batch[len(TEXTS) - 1].tolist() == tiny.encode(TEXTS[-1])
    assert np.shares_memory(batch[2], batch.ids)
    for index in (len(TEXTS), -len(TEXTS) - 1):
        with pytest.raises(IndexError, match=f"text {index} of a batch of {len(TEXTS)}"):
            batch[index]


def test_an_empty_batch(tiny: Tokenizer) -> None:
    batch = tiny.encode_batch([])
    assert (len(batch), batch.ids.tolist(), batch.offsets.tolist()) == (0, [], [0])
    assert tiny.count_batch([]).tolist() == []


@pytest.mark.parametrize("method", ["encode_batch", "count_batch"])
def test_one_string_is_no_batch(tiny: Tokenizer, method: str) -> None:
    with pytest.raises(TypeError, match=r"this is one string; pass \[text\]"):
        getattr(tiny, method)("text")
    with pytest.raises(TypeError):
        getattr(tiny, method)(["text", 5])


def test_the_number_of_threads_is_checked(tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValueError, match="num_threads is 0; it must be at least 1"):
        tiny.encode_batch(["a"], num_threads=0)
    for value in ("0", "many", "-1", "1.5"):
        monkeypatch.setenv("OMNITOK_NUM_THREADS", value)
        with pytest.raises(
            ValueError, match="num_threads is 0" if value == "0" else f"OMNITOK_NUM_THREADS is '{value}'"
        ):
            tiny.encode_batch(["a"])
        assert tiny.encode_batch(["a"], num_threads=2).tolist() == [tiny.encode("a")], "the argument comes first"


# --- offsets ----------------------------------------------------------------------------------------------------------


def test_spans_in_bytes_and_in_characters() -> None:
    tokenizer = by_hand()
    text = "abé aa"
    ids, spans = tokenizer.encode_with_offsets(text)
    assert [tokenizer.token_bytes(token) for token in ids] == [b"ab", b"\xc3", b"\xa9", b" a", b"a"]
    assert (spans.dtype, spans.tolist()) == (np.dtype(np.int64), [[0, 2], [2, 3], [3, 4], [4, 6], [6, 7]])
    same_ids, spans = tokenizer.encode_with_offsets(text, unit="character")
    assert same_ids == ids
    # Both halves of the character have it.
    assert spans.tolist() == [[0, 2], [2, 3], [2, 3], [3, 5], [5, 6]]
    assert tokenizer.encode_with_offsets("")[1].shape == (0, 2)


def test_spans_of_repaired_text_are_those_of_the_string(tiny: Tokenizer) -> None:
    _, spans = tiny.encode_with_offsets("a\ud800b", unit="character")
    assert spans[0].tolist() == [0, 1]
    assert spans[-1].tolist() == [2, 3]


def test_another_unit_is_refused(tiny: Tokenizer) -> None:
    with pytest.raises(ValueError, match="unit is 'word'; it is 'byte' or 'character'"):
        tiny.encode_with_offsets("text", unit="word")  # type: ignore[arg-type]


# --- truncating -------------------------------------------------------------------------------------------------------


def test_truncating_ends_with_a_whole_token_and_a_whole_character() -> None:
    tokenizer = by_hand()
    assert [tokenizer.truncate("abcabc é", limit) for limit in range(6)] == [
        *("", "abc", "abcabc", "abcabc "),
        # The first half of the last character alone is no text.
        *("abcabc ", "abcabc é"),
    ]


def test_truncating_by_more_than_there_is_changes_nothing(tiny: Tokenizer) -> None:
    text = TEXTS[3]
    for limit in (tiny.count(text), 10**6, sys.maxsize, 10**30):
        assert tiny.truncate(text, limit) == text
    assert tiny.truncate(text, 0) == ""


def test_a_negative_limit_is_refused(tiny: Tokenizer) -> None:
    with pytest.raises(ValueError, match="max_tokens is -1; it must be at least 0"):
        tiny.truncate("text", -1)


# --- ids to text ------------------------------------------------------------------------------------------------------


def test_ids_of_every_kind_of_sequence(tiny: Tokenizer) -> None:
    text = "the lazy dog"
    ids = tiny.encode(text)
    given: list[Any] = [ids, tuple(ids), iter(ids), (token for token in ids)]
    given += [np.array(ids, dtype=kind) for kind in (np.uint32, np.int64, np.int32, np.uint16)]
    given += [np.repeat(np.array(ids, dtype=np.uint32), 2)[::2]]
    for sequence in given:
        assert tiny.decode(sequence) == text
    assert tiny.decode([]) == ""


def test_bytes_that_are_no_text_are_decoded_as_asked(tiny: Tokenizer) -> None:
    half = tiny.encode_ordinary("\x80".encode("latin-1").decode("utf-8", "replace"))
    assert tiny.decode(half) == "\ufffd"
    assert tiny.decode_bytes([0xE0, 0xA4]) == b"\xe0\xa4"
    assert tiny.decode([0x61, 0xE0, 0xA4]) == "a\ufffd"
    assert tiny.decode([0x61, 0xE0, 0xA4], errors="ignore") == "a"
    assert tiny.decode_batch([[0x61, 0xE0]], errors="ignore") == ["a"]
    with pytest.raises(UnicodeDecodeError):
        tiny.decode([0xE0, 0xA4], errors="strict")


def test_a_special_token_decodes_to_its_name(tiny: Tokenizer) -> None:
    special = tiny.special_tokens["<|pad|>"]
    assert tiny.token_bytes(special) == b"<|pad|>"
    assert tiny.decode([special, *tiny.encode("a")]) == "<|pad|>a"


def test_a_stream_never_gives_half_a_character(tiny: Tokenizer) -> None:
    decoder = tiny.stream_decoder()
    ids = [*"é👍".encode(), 0x61]
    assert [decoder.push(token) for token in ids] == ["", "é", "", "", "", "👍", "a"]
    assert decoder.finish() == ""
    assert [decoder.push(token) for token in (0xF0, 0x9F)] == ["", ""]
    assert decoder.finish() == "\ufffd"
    assert decoder.push(0x61) == "a", "it starts afresh"
    assert [decoder.push(token) for token in (0xF0, 0x61)] == ["", "\ufffda"]


def test_a_stream_goes_on_after_an_unknown_id(tiny: Tokenizer) -> None:
    decoder = tiny.stream_decoder()
    decoder.push(0xC3)
    with pytest.raises(UnknownTokenError):
        decoder.push(tiny.vocab_size)
    assert decoder.push(0xA9) == "é"


# --- what it says about itself ----------------------------------------------------------------------------------------


def test_its_properties(tiny: Tokenizer) -> None:
    assert (tiny.name, tiny.pattern, tiny.vocab_size) == ("tiny", "o200k", 448)
    assert tiny.regex == _native.PATTERNS["o200k"]
    assert tiny.special_tokens == {"<|endoftext|>": 446, "<|pad|>": 447}
    assert tiny.blocks == [Block("text", "text", 0, 446), Block("special", "special", 446, 448)]
    assert (tiny.whole_words, tiny.normalizer, tiny.merges()) == (True, None, None)
    ranks = tiny.ranks()
    assert list(ranks.values()) == list(range(446))
    assert all(tiny.token_bytes(rank) == token for token, rank in ranks.items())
    assert repr(tiny) == "<omnitok.Tokenizer 'tiny': 448 ids, pattern 'o200k'>"


def test_words_joined_are_the_text(tiny: Tokenizer) -> None:
    assert tiny.split("The dog's  café!\n") == ["The", " dog's", " ", " café", "!\n"]


def test_it_cannot_be_changed_or_made_by_hand(tiny: Tokenizer) -> None:
    with pytest.raises(AttributeError, match="a Tokenizer is immutable; 'name' cannot be set"):
        tiny.name = "other"  # type: ignore[misc]
    tiny.special_tokens["<|x|>"] = 1
    assert "<|x|>" not in tiny.special_tokens, "what it gives out is a copy"
    with pytest.raises(TypeError, match=r"a Tokenizer comes from omnitok\.load"):
        Tokenizer()


def test_equal_tokenizers_are_equal_and_hash_alike(tiny: Tokenizer, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v")
    again = omnitok.load(tmp_path / "v")
    assert again == tiny
    assert hash(again) == hash(tiny)
    assert len({tiny, again}) == 1
    assert tiny.with_name("other") != tiny
    assert tiny != "tiny"


def test_loading_a_tokenizer_gives_it_back(tiny: Tokenizer) -> None:
    assert omnitok.load(tiny) is tiny
    assert omnitok.load(tiny, pattern="o200k") is tiny
    assert omnitok.load(tiny, pattern=tiny.regex) is tiny
    with pytest.raises(VocabularyError, match=r"has a split pattern of its own, 'o200k'.*leave pattern out"):
        omnitok.load(tiny, pattern="gpt2")
    with pytest.raises(TypeError, match=r"a tokenizer cannot be made from builtins\.int"):
        omnitok.load(5)
