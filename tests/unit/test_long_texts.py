"""Long texts, which threads share: the same ids for any number, special tokens and all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitok import _native
from omnitok.errors import SpecialTokenError
from omnitok.tokenizer import Tokenizer

LONG = 1 << 17


def check(tokenizer: Tokenizer, text: str) -> None:
    assert len(text.encode("utf-8", "replace")) >= LONG
    # Offsets come from the whole text in one piece.
    expected, _ = tokenizer.encode_with_offsets(text)
    for threads in (None, 1, 2, 7):
        assert tokenizer.encode_ordinary(text, num_threads=threads) == expected
        assert tokenizer.encode(text, disallowed_special=(), num_threads=threads) == expected
        assert tokenizer.encode_to_numpy(text, (), (), num_threads=threads).tolist() == expected
        assert tokenizer.count(text, num_threads=threads) == len(expected)
        assert tokenizer.encode_batch([text, "the", text], threads, disallowed_special=()).tolist() == [
            *(expected, tokenizer.encode("the"), expected)
        ]


@settings(max_examples=40)
@given(
    pieces=st.lists(
        st.sampled_from(
            ["the dog", " ", "\n", "\r\n", "  ", "नमस्ते", "\u0301", "/", "'s", "1234", "<|pad|", "é", "\u2028"]
        ),
        min_size=1,
        max_size=30,
    )
)
def test_any_text_made_long(tiny: Tokenizer, pieces: list[str]) -> None:
    text = "".join(pieces)
    check(tiny, text * (LONG // len(text.encode()) + 1))


@pytest.mark.parametrize("pattern", sorted(_native.PATTERNS))
@pytest.mark.parametrize("normalizer", [None, "nfc"])
def test_every_pattern(pattern: str, normalizer: str | None) -> None:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b" a": 256, b"\n\n": 257, b"ab": 258, b" \n": 259}
    native = _native.Tokenizer(
        name="small", pattern=pattern, ranks=ranks, special_tokens={"<x>": 300}, normalizer=normalizer
    )
    tokenizer = Tokenizer._from_native(native)
    for text in ("ab e\u0301 \n\u0301 ᄀ\u1161\n\nab/\n/a  b ", "\n" * 7 + "a", "ab"):
        long = text * (LONG // len(text.encode()) + 1)
        assert tokenizer.encode_ordinary(long, num_threads=3) == tokenizer.encode_with_offsets(long)[0]


def test_real_text_as_tiktoken_has_it(
    published: Callable[[str], Tokenizer], tiktoken_encoding: Callable[[str], Any]
) -> None:
    text = (
        ("The rain in Spain, mainly.\n\n    def f(x): return x  # नमस्ते 你好\r\n" * 5000)
        + "<|endoftext|>"
        + "a b " * 50_000
    )
    theirs = tiktoken_encoding("o200k_base").encode(text, allowed_special="all")
    for threads in (1, 2, 7):
        assert published("o200k_base").encode(text, "all", num_threads=threads) == theirs


def test_special_tokens_of_every_kind(tiny: Tokenizer) -> None:
    line = "the dog <|pad|> sleeps\n<|endoftext|><|pad|>"
    ids = tiny.encode(line, allowed_special="all")
    for threads in (1, 2, 7):
        assert tiny.encode(line * 8000, allowed_special="all", num_threads=threads) == ids * 8000
    # A name that a cut could split: then nothing is cut.
    spaced = tiny.with_special_tokens(["dog sleeps", "a\nb"])
    line = "the dog sleeps<|pad|>a\nb<|pad|>"
    text = line * 20_000
    ids = spaced.encode(line, allowed_special="all")
    assert spaced.special_tokens["dog sleeps"] in ids
    for threads in (1, 2, 7):
        assert spaced.encode(text, allowed_special="all", num_threads=threads) == ids * 20_000


def test_a_refused_token_far_behind_is_told_with_its_place(tiny: Tokenizer) -> None:
    text = "the dog " * 100_000 + "<|pad|>" + " the dog" * 100_000 + "<|endoftext|>"
    for threads in (1, 2, 7):
        with pytest.raises(SpecialTokenError, match=r'^text contains the special token "<\|pad\|>" at byte 800000\.'):
            tiny.encode(text, num_threads=threads)
        with pytest.raises(SpecialTokenError, match=r"^text 1 of the batch: .* at byte 800000\."):
            tiny.encode_batch(["a", text, text], threads)


def test_surrogates_in_a_long_text(tiny: Tokenizer) -> None:
    check(tiny, "the \ud800 dog \ud83d\ude00 " * 20_000)


def test_the_number_of_threads_is_checked_for_every_text(tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    long = "the dog " * 40_000
    for method in (tiny.encode, tiny.encode_ordinary, tiny.encode_to_numpy, tiny.count):
        for text in ("short", long):
            with pytest.raises(ValueError, match="num_threads is 0; it must be at least 1"):
                method(text, num_threads=0)
    monkeypatch.setenv("OMNITOK_NUM_THREADS", "many")
    with pytest.raises(ValueError, match="OMNITOK_NUM_THREADS is 'many'"):
        tiny.encode(long)
    assert tiny.encode("short", num_threads=3) == tiny.encode("short"), "short texts need no threads"


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="reads /proc")
def test_one_thread_is_what_the_variable_says(tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "नमस्ते दुनिया " * 1_000_000

    def most_threads() -> int:
        most, done = 0, threading.Event()

        def watch() -> None:
            nonlocal most
            while not done.wait(0.0005):
                most = max(most, len(list(Path("/proc/self/task").iterdir())))

        watcher = threading.Thread(target=watch)
        watcher.start()
        for _ in range(3):
            tiny.count(text)
        done.set()
        watcher.join()
        return most

    monkeypatch.setenv("OMNITOK_NUM_THREADS", "1")
    one = most_threads()
    monkeypatch.setenv("OMNITOK_NUM_THREADS", "3")
    assert most_threads() == one + 2


def test_a_batch_names_what_is_no_text(tiny: Tokenizer) -> None:
    for method in (tiny.encode_batch, tiny.count_batch):
        with pytest.raises(TypeError, match=r"^text 2 of the batch is of type bytes; every text is a str$"):
            method(["a", "b", b"c"])  # type: ignore[list-item, operator]


def test_arrays_of_long_texts_are_not_copied(tiny: Tokenizer) -> None:
    array = tiny.encode_to_numpy("the dog " * 40_000)
    assert array.base is not None, "the array stands on the memory of the encoder"
    assert array.flags.writeable
    assert array.flags.c_contiguous
    assert isinstance(array, np.ndarray)
