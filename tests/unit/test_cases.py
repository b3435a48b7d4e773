"""The cases that Rust and Python share, each through every way to encode, and against the peers that can say it."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tomllib

from omnitok import _native
from omnitok.errors import VocabularyError
from omnitok.interop.huggingface_export import tokenizer_document
from omnitok.tokenizer import Tokenizer

FOLDER = Path(__file__).parents[1] / "cases"
CASES = tomllib.loads((FOLDER / "encoder.toml").read_text(encoding="utf-8"))
SPLITS = tomllib.loads((FOLDER / "splitter.toml").read_text(encoding="utf-8"))["case"]

# Longer texts take a cut at every place too long.
SHORT_TEXT = 600


def from_case(entry: dict[str, Any]) -> Tokenizer:
    """The vocabulary that a table of the cases describes."""
    tokens = [token.encode() if isinstance(token, str) else bytes(token) for token in entry["tokens"]]
    native = _native.Tokenizer(
        name=entry["name"],
        pattern=entry["pattern"],
        ranks={token: rank for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *tokens])},
        special_tokens=entry.get("special", {}),
        merges=[(left, right) for left, right in entry["merges"]] if "merges" in entry else None,
        whole_words=entry["whole_words"],
        normalizer=entry.get("normalizer"),
    )
    return Tokenizer._from_native(native)


ENTRIES = {entry["name"]: entry for entry in CASES["vocabulary"]}
TOKENIZERS = {name: from_case(entry) for name, entry in ENTRIES.items()}


def repeated(case: dict[str, Any]) -> tuple[str, list[int]]:
    times = case.get("times", 1)
    return case["text"] * times, case["ids"] * times


def name_of(case: dict[str, Any]) -> str:
    return f"{case['vocabulary']}: {case['text'][:20]!r}"


@pytest.mark.parametrize("case", CASES["case"], ids=name_of)
def test_every_way_to_encode_gives_the_ids(case: dict[str, Any]) -> None:
    text, ids = repeated(case)
    allowed = case.get("allowed", ())
    # One tokenizer knows the words of the cases before, the other none.
    for tokenizer in (TOKENIZERS[case["vocabulary"]], from_case(ENTRIES[case["vocabulary"]])):
        for _ in range(2):
            assert tokenizer.encode(text, allowed, ()) == ids
        assert tokenizer.encode_to_numpy(text, allowed, ()).tolist() == ids
        for threads in (1, 2, 3):
            batch = tokenizer.encode_batch(
                ["", text, text, ""], threads, allowed_special=allowed, disallowed_special=()
            )
            assert batch.tolist() == [[], ids, ids, []]
        if not allowed:
            check_ordinary(tokenizer, text, ids)
            if len(text) <= SHORT_TEXT:
                check_truncation(tokenizer, text, ids)
        check_decoding(tokenizer, text, ids)


def check_ordinary(tokenizer: Tokenizer, text: str, ids: list[int]) -> None:
    assert tokenizer.encode_ordinary(text) == ids
    assert tokenizer.count(text) == len(ids)
    assert tokenizer.count_batch([text, "", text], 2).tolist() == [len(ids), 0, len(ids)]
    found, spans = tokenizer.encode_with_offsets(text)
    assert (found, spans.dtype, spans.shape) == (ids, np.dtype(np.int64), (len(ids), 2))
    if ids:
        assert [0, *spans[:, 1].tolist()] == [*spans[:, 0].tolist(), len(text.encode())]
    if tokenizer.normalizer is None:
        assert [text.encode()[start:end] for start, end in spans.tolist()] == list(map(tokenizer.token_bytes, ids))


def check_truncation(tokenizer: Tokenizer, text: str, ids: list[int]) -> None:
    for most in range(len(ids) + 2):
        short = tokenizer.truncate(text, most)
        assert text.startswith(short)
        assert tokenizer.count(short) <= most
        assert short == text or most < len(ids)


def check_decoding(tokenizer: Tokenizer, text: str, ids: list[int]) -> None:
    stream = tokenizer.stream_decoder()
    decoded = "".join(map(stream.push, ids)) + stream.finish()
    assert decoded == tokenizer.decode(ids, errors="strict")
    assert b"".join(map(tokenizer.token_bytes, ids)) == tokenizer.decode_bytes(ids) == decoded.encode()
    if tokenizer.normalizer is None:
        assert decoded == text


# --- what the peers say -----------------------------------------------------------------------------------------------


def has_names_inside_names(names: list[str]) -> bool:
    return any(other.startswith(name) for name, other in itertools.permutations(names, 2))


def test_tiktoken_gives_the_ids() -> None:
    tiktoken = pytest.importorskip("tiktoken")
    compared = 0
    for case in CASES["case"]:
        tokenizer, (text, ids) = TOKENIZERS[case["vocabulary"]], repeated(case)
        allowed = case.get("allowed", [])
        # Its rules are ranks and whole words, and of several names at one place it takes any.
        if tokenizer.merges() is not None or not tokenizer.whole_words or has_names_inside_names(allowed):
            continue
        theirs = tiktoken.Encoding(
            "case",
            pat_str=tokenizer.regex,
            mergeable_ranks=tokenizer.ranks(),
            special_tokens=tokenizer.special_tokens,
        )
        assert theirs.encode(text, allowed_special=set(allowed), disallowed_special=()) == ids, case
        compared += 1
    assert compared > 60


def test_tokenizers_gives_the_ids() -> None:
    tokenizers = pytest.importorskip("tokenizers")
    compared = 0
    for case in CASES["case"]:
        # It parses every special token, asked or not.
        if "special" in ENTRIES[case["vocabulary"]]:
            continue
        text, ids = repeated(case)
        try:
            document = tokenizer_document(TOKENIZERS[case["vocabulary"]])
        except VocabularyError:
            # No list of merges says what the ranks say.
            continue
        theirs = tokenizers.Tokenizer.from_str(json.dumps(document))
        assert theirs.encode(text, add_special_tokens=False).ids == ids, case
        compared += 1
    assert compared > 60


# --- the splitter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", SPLITS, ids=lambda case: f"{'|'.join(case['patterns'])[:20]}: {case['text'][:20]!r}")
def test_the_words_are_those_of_the_cases(case: dict[str, Any]) -> None:
    for pattern in case["patterns"]:
        assert splitting(pattern).split(case["text"]) == case["words"]


def splitting(pattern: str) -> Tokenizer:
    """The 256 bytes under a pattern."""
    return from_case({"name": "bytes", "pattern": pattern, "tokens": [], "whole_words": True})
