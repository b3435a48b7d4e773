"""The same ids as tiktoken 0.14, for its encodings and for its split patterns: zero differences.

The everyday run takes all of the real text, all adversarial strings and every assigned code point;
``OMNITOK_TEST_SCALE=1`` takes all 1,112,064 scalar values.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from itertools import combinations
from pathlib import Path

import pytest

import omnitok
from omnitok.verification.adversarial import adversarial_texts
from omnitok.verification.code_points import CONTEXTS, code_point_probes
from omnitok.verification.comparison import Comparison, compare, plain_text
from omnitok.verification.references import TiktokenReference
from omnitok.verification.telltale import telltale as telltale_vocabulary
from omnitok.verification.telltale import telltale_ranks
from tests.parity import texts

tiktoken = pytest.importorskip("tiktoken")

ENCODINGS = ("r50k_base", "p50k_base", "cl100k_base", "o200k_base")
PATTERNS = {"r50k": "r50k_base", "cl100k": "cl100k_base", "o200k": "o200k_base"}
"""Split patterns, and a published encoding that has each. That of ``p50k_base`` is ``r50k``."""
ADVERSARIAL = 100_000

Published = Callable[[str], omnitok.Tokenizer]
TiktokenEncoding = Callable[[str], "tiktoken.Encoding"]
Pair = tuple[omnitok.Tokenizer, TiktokenReference]


def differences(ours: omnitok.Tokenizer, theirs: TiktokenReference, inputs: Iterable[str]) -> Comparison:
    return compare(plain_text(ours), theirs.encode, inputs)


@functools.cache
def adversarial(count: int, seed: int) -> tuple[str, ...]:
    return tuple(adversarial_texts(count, seed))


def agree(comparison: Comparison, at_least: int) -> None:
    assert (comparison.differences, comparison.refused) == (0, 0), comparison.found
    assert comparison.inputs >= at_least


@pytest.fixture(params=ENCODINGS)
def pair(request: pytest.FixtureRequest, published: Published, tiktoken_encoding: TiktokenEncoding) -> Pair:
    return published(request.param), TiktokenReference(tiktoken_encoding(request.param), "published")


@pytest.fixture(params=PATTERNS)
def telltale(request: pytest.FixtureRequest, tiktoken_encoding: TiktokenEncoding) -> Pair:
    tokenizer = telltale_vocabulary(request.param)
    assert tokenizer.pattern == request.param, "the scanner is under test, not the automaton of custom patterns"
    encoding = tiktoken_encoding(PATTERNS[request.param])
    return tokenizer, TiktokenReference(encoding, "published").telltale()


def test_twenty_languages(pair: Pair, shared_data: Path) -> None:
    agree(differences(*pair, texts.parallel_lines(shared_data)), 40_000)


def test_whole_documents(pair: Pair, shared_data: Path) -> None:
    documents = [path.read_text(encoding="utf-8") for path in sorted((shared_data / "parallel").glob("*/*.txt"))]
    agree(differences(*pair, documents), 40)


def test_a_megabyte_of_code(pair: Pair, shared_data: Path) -> None:
    comparison = differences(*pair, texts.code_documents(shared_data))
    agree(comparison, 50)
    assert comparison.bytes >= 1_000_000


def test_every_code_point(pair: Pair, scale: float) -> None:
    values = texts.chosen_scalar_values(scale)
    agree(differences(*pair, code_point_probes(values)), len(values))


def test_adversarial_strings(pair: Pair) -> None:
    agree(differences(*pair, adversarial(ADVERSARIAL, 0)), ADVERSARIAL)


def test_every_cut_at_every_code_point(telltale: Pair, scale: float) -> None:
    values = texts.chosen_scalar_values(scale)
    agree(differences(*telltale, code_point_probes(values)), len(values))


def test_every_cut_of_adversarial_strings(telltale: Pair, scale: float) -> None:
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
    encoding = TiktokenReference(tiktoken_encoding(PATTERNS[pattern]), "published").telltale()

    bytes_of = list(telltale_ranks())

    def signature(character: str) -> tuple[tuple[int, ...], ...]:
        probes = [context.replace("{}", character) for context in CONTEXTS]
        return tuple(tuple(len(bytes_of[token]) for token in ids) for ids in encoding.encode(probes))

    classes = [
        {signature(character) for name in names for character in REPRESENTATIVES[name]} for names in CLASSES[pattern]
    ]
    for (left, names), (right, other_names) in combinations(zip(classes, CLASSES[pattern], strict=True), 2):
        assert not left & right, f"{pattern}: {names} and {other_names} look alike"
