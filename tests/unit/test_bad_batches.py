"""Batches and texts that are not what they should be: refused by place, or read as what they are."""

from __future__ import annotations

import gc
import random
import sys
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from omnitok.errors import SpecialTokenError
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.tokenizer import Tokenizer

PAD = "<|pad|>"


class Loud(str):
    """A string that has its own mind about what it says."""

    __slots__ = ()

    def __str__(self) -> str:
        return "another text"

    def __len__(self) -> int:
        return 1000

    def encode(self, *arguments: Any) -> bytes:  # type: ignore[override]
        return b"another text"


# --- what a batch may be ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [list, tuple, deque, iter, lambda texts: (text for text in texts), dict.fromkeys, np.array, lambda texts: texts],
    ids=["list", "tuple", "deque", "iterator", "generator", "dict", "array", "as it is"],
)
def test_any_iterable_of_strings_is_a_batch(tiny: Tokenizer, make: Callable[[list[str]], Any]) -> None:
    texts = ["the dog", "नमस्ते", "", "x"]
    assert tiny.encode_batch(make(texts)).tolist() == [tiny.encode(text) for text in texts]
    assert tiny.count_batch(make(texts)).tolist() == [tiny.count(text) for text in texts]


@pytest.mark.parametrize("empty", [[], (), iter(()), {}, np.array([], dtype=str)], ids=repr)
def test_an_empty_batch_is_empty(tiny: Tokenizer, empty: Any) -> None:
    batch = tiny.encode_batch(empty)
    assert (batch.ids.dtype, batch.ids.shape, batch.offsets.tolist(), len(batch)) == (np.dtype(np.uint32), (0,), [0], 0)
    counts = tiny.count_batch([])
    assert (counts.dtype, counts.shape) == (np.dtype(np.int64), (0,))
    assert tiny.decode_batch(batch) == []


def test_a_million_tiny_texts(tiny: Tokenizer) -> None:
    texts = ["", "a", " ", "न"] * 250_000
    singles = [tiny.encode(text) for text in texts[:4]]
    for threads in (1, 3):
        batch = tiny.encode_batch(texts, threads)
        of_four = [token for ids in singles for token in ids]
        assert batch.offsets.tolist()[::4] == [len(of_four) * index for index in range(250_001)]
        assert batch.ids.tolist() == of_four * 250_000
        assert tiny.count_batch(texts, threads).tolist() == [len(ids) for ids in singles] * 250_000


def test_an_iterable_that_fails_fails_with_its_own_error(tiny: Tokenizer) -> None:
    def texts() -> Any:
        yield "a"
        raise KeyError("no more")

    for encode in (tiny.encode_batch, tiny.count_batch):
        with pytest.raises(KeyError, match="no more"):
            encode(texts())


# --- one bad element --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "kind"),
    [(None, "NoneType"), (5, "int"), (b"x", "bytes"), (["x"], "list"), (np.float64(1), "float64")],
    ids=repr,
)
@pytest.mark.parametrize("place", [0, 2, 4])
def test_what_is_no_string_is_named_with_its_place(tiny: Tokenizer, bad: Any, kind: str, place: int) -> None:
    texts: list[Any] = ["a", "b", "c", "d"]
    texts.insert(place, bad)
    for encode in (tiny.encode_batch, tiny.count_batch):
        with pytest.raises(TypeError) as refusal:
            encode(texts)
        assert str(refusal.value) == f"text {place} of the batch is of type {kind}; every text is a str"


def test_the_first_of_several_faults_is_named_for_any_number_of_threads(tiny: Tokenizer) -> None:
    # Chunks of 64 KiB go to different threads: the later fault may well be met earlier.
    long = "the dog " * 10_000
    texts = [long, long, f"{long}{PAD}", long, PAD, long]
    for threads in (1, 2, 3, 8):
        with pytest.raises(SpecialTokenError, match=rf"^text 2 of the batch: .* at byte {len(long)}\."):
            tiny.encode_batch(texts, threads)
    assert tiny.encode_batch(texts, allowed_special="all").tolist()[4] == [tiny.special_tokens[PAD]]


def test_a_surrogate_in_a_batch_is_repaired_alone(tiny: Tokenizer) -> None:
    texts = ["a", "b\ud800c", "\ude00", "d"]
    expected = to_tiktoken(tiny).encode_ordinary_batch(["a", "b\ufffdc", "\ufffd", "d"])
    assert tiny.encode_batch(texts).tolist() == expected


@pytest.mark.parametrize("value", [None, 5, b"abc", ["abc"], 1.5], ids=repr)
def test_what_is_no_text_is_a_type_error(tiny: Tokenizer, value: Any) -> None:
    for work in (
        tiny.encode,
        tiny.encode_ordinary,
        tiny.encode_to_numpy,
        tiny.encode_with_offsets,
        tiny.count,
        tiny.split,
        lambda text: tiny.truncate(text, 5),
    ):
        with pytest.raises(TypeError):
            work(value)


# --- strings of other kinds -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["the dog", "नमस्ते", "a\ud800b", "\ud83d\ude00"], ids=ascii)
def test_a_subclass_of_str_is_the_text_it_holds(tiny: Tokenizer, text: str) -> None:
    """Whatever its methods say."""
    expected = tiny.encode(text)
    loud = Loud(text)
    assert tiny.encode(loud) == tiny.encode_ordinary(loud) == expected
    assert tiny.encode_batch([loud, text]).tolist() == [expected] * 2
    assert (tiny.count(loud), tiny.count_batch([loud]).tolist()) == (len(expected), [len(expected)])
    assert tiny.encode_with_offsets(loud)[0] == expected
    assert tiny.decode(expected) == tiny.truncate(loud, 100) == "".join(tiny.split(loud))
    assert type(tiny.truncate(loud, 100)) is str


def test_a_string_of_numpy_is_a_string(tiny: Tokenizer) -> None:
    for text in ("the dog", "नमस्ते", "", "e\u0301"):
        assert tiny.encode(np.str_(text)) == tiny.encode(text)
    array = np.array(["the dog", "a", "नमस्ते"])
    assert tiny.encode_batch(array).tolist() == [tiny.encode(str(text)) for text in array]


def test_the_same_object_many_times(tiny: Tokenizer) -> None:
    text = "the lazy dog"
    references = sys.getrefcount(text)
    assert tiny.encode_batch([text] * 10_000, 3).tolist() == [tiny.encode(text)] * 10_000
    assert sys.getrefcount(text) == references


# --- meanwhile --------------------------------------------------------------------------------------------------------


def test_a_list_that_changes_meanwhile_is_the_batch_it_was(tiny: Tokenizer) -> None:
    texts = [f"the {number} dogs" for number in range(20_000)]
    expected = tiny.encode_batch(texts).tolist()
    stop = threading.Event()
    given = list(texts)

    def change() -> None:
        shuffler = random.Random(0)
        while not stop.is_set():
            given[:] = [str(shuffler.random()) for _ in range(100)]
            gc.collect(0)
            given[:] = texts

    changer = threading.Thread(target=change)
    changer.start()
    try:
        for _ in range(20):
            found = tiny.encode_batch(given, 2).tolist()
            # The list was whole or not at the moment of the call; its strings were never half gone.
            assert found == expected or len(found) < len(expected)
    finally:
        stop.set()
        changer.join()


def test_the_collector_may_run_at_any_time(tiny: Tokenizer) -> None:
    texts = [f"the {number} dogs नम" for number in range(2000)]
    expected = tiny.encode_batch(texts).tolist()
    thresholds = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        for _ in range(3):
            assert tiny.encode_batch([f"the {number} dogs नम" for number in range(2000)], 2).tolist() == expected
            assert [tiny.encode(text) for text in texts[:200]] == expected[:200]
    finally:
        gc.set_threshold(*thresholds)
