"""The same ids as ``tokenizers`` 0.23 for published files: zero differences.

The everyday run takes a part of the figures; ``OMNITOK_TEST_SCALE=1`` takes everything.
"""

from __future__ import annotations

import functools
import lzma
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

import omnitok
from omnitok.verification.adversarial import adversarial_texts
from omnitok.verification.code_points import code_point_probes
from omnitok.verification.comparison import compare, plain_text
from omnitok.verification.references import HuggingFaceReference
from tests.parity import texts

tokenizers = pytest.importorskip("tokenizers")

NAMES = ("gpt4o", "llama3_1", "qwen3")
Pair = tuple[omnitok.Tokenizer, HuggingFaceReference]
LoadPair = Callable[[str], Pair]


@pytest.fixture(scope="module")
def load_pair(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> LoadPair:
    @functools.cache
    def load(name: str) -> Pair:
        path = tmp_path_factory.mktemp(name) / "tokenizer.json"
        path.write_bytes(lzma.decompress((shared_data / "vocabularies" / f"{name}.tokenizer.json.xz").read_bytes()))
        return omnitok.load(path), HuggingFaceReference(path.read_bytes(), name, "file")

    return load


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest, load_pair: LoadPair) -> Pair:
    return load_pair(request.param)


def check(pair: Pair, inputs: Iterable[str], at_least: int) -> None:
    ours, theirs = pair
    comparison = compare(plain_text(ours, theirs.always_parsed), theirs.encode, inputs)
    assert (comparison.differences, comparison.refused) == (0, 0), comparison.found
    assert comparison.inputs >= at_least


def test_twenty_languages(pair: Pair, shared_data: Path, scale: float) -> None:
    lines = texts.parallel_lines(shared_data)
    check(pair, lines[:: max(1, round(0.5 / scale))], round(min(1, scale) * len(lines)))


def test_a_megabyte_of_code(pair: Pair, shared_data: Path, scale: float) -> None:
    check(pair, texts.code_documents(shared_data, round(1_000_000 * min(1, 2 * scale))), 10)


def test_every_code_point(pair: Pair, scale: float) -> None:
    values = texts.chosen_scalar_values(scale)
    check(pair, code_point_probes(values if scale >= 1 else values[:: round(0.5 / scale) | 1]), 100)


def test_adversarial_strings(pair: Pair, scale: float) -> None:
    count = max(1000, round(100_000 * scale))
    check(pair, adversarial_texts(count, 2, special_tokens=list(pair[0].special_tokens), surrogates=False), count)


@pytest.mark.parametrize("name", NAMES)
def test_added_tokens_are_ours_when_allowed(load_pair: LoadPair, name: str) -> None:
    ours, reference = load_pair(name)
    theirs = tokenizers.Tokenizer.from_str(reference.content.decode())
    added = list(ours.special_tokens)
    text = "first" + "".join(f"{token} between\n" for token in added) + added[0] * 2
    assert ours.encode(text, allowed_special="all") == theirs.encode(text, add_special_tokens=False).ids
