"""The same ids as tiktoken 0.14, for its encodings and for its split patterns: zero differences.

The everyday run takes all of the real text, all adversarial strings and every assigned code point;
``OMNITOK_TEST_SCALE=1`` takes all 1,112,064 scalar values.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

import pytest

import omnitok
from tests.parity import texts
from tests.parity.comparison import Comparison, compare
from tests.parity.telltale import PATTERNS, telltale_encoding

tiktoken = pytest.importorskip("tiktoken")

ENCODINGS = ("r50k_base", "p50k_base", "cl100k_base", "o200k_base")
ADVERSARIAL = 100_000
THREADS = os.cpu_count() or 1

Published = Callable[[str], omnitok.Tokenizer]
TiktokenEncoding = Callable[[str], "tiktoken.Encoding"]


def differences(ours: omnitok.Tokenizer, theirs: tiktoken.Encoding, inputs: Iterable[str]) -> Comparison:
    return compare(
        lambda batch: [ours.encode_ordinary(text) for text in batch],
        lambda batch: theirs.encode_ordinary_batch(batch, num_threads=THREADS),
        inputs,
    )


@functools.cache
def adversarial(count: int, seed: int) -> tuple[str, ...]:
    return tuple(texts.adversarial_strings(count, seed))


def agree(comparison: Comparison, at_least: int) -> None:
    assert comparison.differences == 0, comparison.shown
    assert comparison.inputs >= at_least


@pytest.fixture(params=ENCODINGS)
def pair(
    request: pytest.FixtureRequest, published: Published, tiktoken_encoding: TiktokenEncoding
) -> tuple[omnitok.Tokenizer, tiktoken.Encoding]:
    return published(request.param), tiktoken_encoding(request.param)


@pytest.fixture(params=PATTERNS)
def telltale(
    request: pytest.FixtureRequest, tiktoken_encoding: TiktokenEncoding
) -> tuple[omnitok.Tokenizer, tiktoken.Encoding]:
    encoding = telltale_encoding(request.param)
    tokenizer = omnitok.load(encoding)
    assert tokenizer.pattern == request.param, "the scanner is under test, not the automaton of custom patterns"
    return tokenizer, encoding


def test_twenty_languages(pair: tuple[omnitok.Tokenizer, tiktoken.Encoding], shared_data: Path) -> None:
    agree(differences(*pair, texts.parallel_lines(shared_data)), 40_000)


def test_whole_documents(pair: tuple[omnitok.Tokenizer, tiktoken.Encoding], shared_data: Path) -> None:
    documents = [path.read_text(encoding="utf-8") for path in sorted((shared_data / "parallel").glob("*/*.txt"))]
    agree(differences(*pair, documents), 40)


def test_a_megabyte_of_code(pair: tuple[omnitok.Tokenizer, tiktoken.Encoding], shared_data: Path) -> None:
    comparison = differences(*pair, texts.code_documents(shared_data))
    agree(comparison, 50)
    assert comparison.bytes >= 1_000_000


def test_every_code_point(pair: tuple[omnitok.Tokenizer, tiktoken.Encoding], scale: float) -> None:
    values = texts.scalar_values(scale)
    agree(differences(*pair, texts.code_point_probes(values)), len(values) // 256)


def test_adversarial_strings(pair: tuple[omnitok.Tokenizer, tiktoken.Encoding]) -> None:
    agree(differences(*pair, adversarial(ADVERSARIAL, 0)), ADVERSARIAL)


def test_every_cut_at_every_code_point(telltale: tuple[omnitok.Tokenizer, tiktoken.Encoding], scale: float) -> None:
    values = texts.scalar_values(scale)
    agree(differences(*telltale, texts.code_point_probes(values)), len(values) // 256)


def test_every_cut_of_adversarial_strings(telltale: tuple[omnitok.Tokenizer, tiktoken.Encoding], scale: float) -> None:
    count = max(1000, round(scale * ADVERSARIAL))
    agree(differences(*telltale, adversarial(count, 1)), count)


# --- the probe itself -------------------------------------------------------------------------------------------------

# Some code points of each class, three bytes each.
REPRESENTATIVES = {
    "upper": "\u2c00\u10a0\u1f88\u1ffc",
    "lower": "\u2c30\u2d00\u1e01",
    "caseless": "\u1d2c\u2c7c\u4e00\u0e01\uac00",
    "mark": "\u20dd\u1ab0\u1b04",
    "number": "\u2160\u0e50\u2460\u3007",
    "space": "\u2005\u2028\u3000",
    "other": "\u2010\ue000\u2fe0\u20ac\u200d\u0378",
}
CLASSES = {
    "r50k": [("upper", "lower", "caseless"), ("number",), ("space",), ("mark", "other")],
    "cl100k": [("upper", "lower", "caseless"), ("number",), ("space",), ("mark", "other")],
    "o200k": [("upper",), ("lower",), ("caseless",), ("mark",), ("number",), ("space",), ("other",)],
}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_contexts_tell_the_classes_apart(pattern: str, tiktoken_encoding: TiktokenEncoding) -> None:
    """Otherwise zero differences over every code point would prove little."""
    encoding = telltale_encoding(pattern)

    def signature(character: str) -> tuple[tuple[int, ...], ...]:
        probes = (context.replace("{}", character) for context in texts.CONTEXTS)
        return tuple(tuple(map(len, encoding.decode_tokens_bytes(encoding.encode_ordinary(probe)))) for probe in probes)

    classes = [
        {signature(character) for name in names for character in REPRESENTATIVES[name]} for names in CLASSES[pattern]
    ]
    for (left, names), (right, other_names) in combinations(zip(classes, CLASSES[pattern], strict=True), 2):
        assert not left & right, f"{pattern}: {names} and {other_names} look alike"


def test_a_difference_is_found_and_shortened() -> None:
    """The comparison can fail."""

    def ours(batch: list[str]) -> list[list[int]]:
        return [[ord(character) for character in text] for text in batch]

    def theirs(batch: list[str]) -> list[list[int]]:
        return [[0 if character == "x" else ord(character) for character in text] for text in batch]

    comparison = compare(ours, theirs, ["abc", "a long text with an x in it", "x"])
    assert (comparison.inputs, comparison.differences) == (3, 2)
    assert comparison.shown == ["'x'", "'x'"]
