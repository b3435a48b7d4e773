"""Batches as rectangles."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitok.batches import TokenBatch
from omnitok.tokenizer import Tokenizer


def batch_of(lists: list[list[int]], pad_id: int | None = 7) -> TokenBatch:
    ids = np.array([token for ids in lists for token in ids], dtype=np.uint32)
    return TokenBatch(ids, np.cumsum([0, *map(len, lists)]), pad_id)


@given(
    lists=st.lists(st.lists(st.integers(0, 2**32 - 1), max_size=9), max_size=6),
    length=st.none() | st.integers(0, 12),
    side=st.sampled_from(["right", "left"]),
    truncate=st.sampled_from(["right", "left"]),
    dtype=st.sampled_from(["uint32", np.int64, np.dtype("uint32")]),
)
def test_rows_are_their_texts(lists: list[list[int]], length: int | None, side: Any, truncate: Any, dtype: Any) -> None:
    padded = batch_of(lists).padded(length, side=side, truncate=truncate, dtype=dtype)
    width = max(map(len, lists), default=0) if length is None else length
    assert (padded.ids.dtype, padded.mask.dtype) == (np.dtype(dtype), np.dtype(bool))
    assert padded.ids.shape == padded.mask.shape == (len(lists), width)
    for row, mask, ids in zip(padded.ids.tolist(), padded.mask.tolist(), lists, strict=True):
        kept = ids[max(len(ids) - width, 0) :] if truncate == "left" else ids[:width]
        spare = width - len(kept)
        expected = [7] * spare + kept if side == "left" else kept + [7] * spare
        assert row == expected
        assert mask == (
            [False] * spare + [True] * len(kept) if side == "left" else [True] * len(kept) + [False] * spare
        )


def test_the_pad_token_is_the_tokenizers(tiny: Tokenizer) -> None:
    texts = ["the lazy dog", "the"]
    ids, mask = tiny.encode_batch(texts).padded()
    assert tiny.pad_id == tiny.special_tokens["<|pad|>"]
    assert ids[1].tolist() == tiny.encode("the") + [tiny.pad_id] * (ids.shape[1] - 1)
    assert mask.sum(axis=1).tolist() == tiny.count_batch(texts).tolist()
    assert tiny.encode_batch(texts).padded(pad_id=0).ids[1, -1] == 0


def test_text_is_never_padding(tiny: Tokenizer) -> None:
    with pytest.raises(ValueError, match=r"no special token for padding; pass pad_id=..., or add one with"):
        batch_of([[1]], None).padded()
    assert batch_of([[1], []], None).padded(pad_id=0).ids.tolist() == [[1], [0]]
    grown = tiny.with_special_tokens(["[PAD]"])
    assert grown.pad_id == tiny.pad_id, "ours comes first"


def test_what_does_not_fit_is_refused() -> None:
    batch = batch_of([[1], [1, 2, 3]])
    with pytest.raises(ValueError, match=r'text 1 of the batch has 3 ids, and a row has length=2; .*truncate="right"'):
        batch.padded(2)
    with pytest.raises(ValueError, match="length is -1; it must be at least 0"):
        batch.padded(-1)
    with pytest.raises(ValueError, match="2 rows of 4611686018427387904 ids take 5 bytes a place, more memory"):
        batch.padded(2**62)
    for option in ({"side": "middle"}, {"truncate": "both"}, {"dtype": "float32"}):
        with pytest.raises(ValueError, match=r"is .*; it is one of"):
            batch.padded(**option)  # type: ignore[arg-type]
    for pad_id in (-1, 2**32):
        with pytest.raises(OverflowError):
            batch.padded(pad_id=pad_id)
