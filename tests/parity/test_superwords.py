"""Vocabularies with superwords encode in tiktoken and in ``tokenizers`` as they do here, which the definition confirms.

These libraries see phrases only: their regular expression gives them as words, and they merge each by rank. Here the
words inside are merged first. The vocabularies are learned here, and telltale ones, in which every cut shows.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok import _native
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.interop.huggingface_export import tokenizer_json
from omnitok.interop.tiktoken import to_tiktoken, write_rank_file
from omnitok.tokenizer import Tokenizer
from omnitok.verification import verify
from omnitok.verification.adversarial import adversarial_texts, difficult_texts
from omnitok.verification.code_points import code_point_probes
from omnitok.verification.comparison import compare, plain_text
from omnitok.verification.references import HuggingFaceReference, TiktokenReference
from omnitok.verification.telltale import telltale
from tests.parity import texts
from tests.superwords import definition, holds_an_end, with_superwords

pytest.importorskip("tiktoken")
pytest.importorskip("tokenizers")

LIBRARIES = ("tiktoken", "tokenizers")
PATTERNS = ("o200k-super", "omni-super")
UNITS = ("the", " the", " of", " a", ".", ",", " (", "'s", "-", "\n", " 1", "，", "我", "।", "है", " क", "\u0301")


@functools.cache
def lines() -> tuple[str, ...]:
    return tuple(line for text in read_parallel(bundled_parallel()).values() for line in text)


@functools.cache
def learned(pattern: str, *, whole_characters: bool = True) -> Tokenizer:
    """A thousand tokens of words, and 300 superwords."""
    plain = omnitok.train(
        texts=lines()[::5],
        vocab_size=1000,
        pattern=pattern.removesuffix("-super"),
        whole_characters=whole_characters,
        special_tokens=(),
        min_frequency=1,
    )
    found = with_superwords(plain, pattern, lines()[::10], 300)
    assert found.vocab_size > 1300
    return found


@functools.cache
def reference(library: str, tokenizer: Tokenizer) -> Any:
    if library == "tiktoken":
        return TiktokenReference(to_tiktoken(tokenizer), "export")
    return HuggingFaceReference(tokenizer_json(tokenizer), "superwords", "export")


def mixed(count: int) -> list[str]:
    """Texts of what phrases are made of."""
    dice = random.Random(5)
    return ["".join(dice.choices(UNITS, k=dice.randint(1, 40))) for _ in range(count)]


def agree(tokenizer: Tokenizer, encode: Callable[[list[str]], Any], inputs: Iterable[str]) -> None:
    comparison = compare(plain_text(tokenizer), encode, inputs)
    assert (comparison.differences, comparison.refused) == (0, 0), comparison.found


@pytest.mark.parametrize("whole_characters", [True, False])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_the_definition(pattern: str, whole_characters: bool) -> None:
    tokenizer = learned(pattern, whole_characters=whole_characters)
    for text in [*lines()[::40], *mixed(300), "the " * 50, " a" * 40]:
        assert tokenizer.encode_ordinary(text) == definition(tokenizer, text)
    ids = tokenizer.encode_ordinary("\n".join(lines()))
    assert sum(holds_an_end(tokenizer.token_bytes(token)) for token in ids) > len(ids) / 50


@pytest.mark.parametrize("whole_characters", [True, False])
@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_exports(library: str, pattern: str, whole_characters: bool, scale: float) -> None:
    tokenizer = learned(pattern, whole_characters=whole_characters)
    theirs = reference(library, tokenizer)
    made = adversarial_texts(max(1000, round(20_000 * scale)), 7, surrogates=theirs.takes_surrogates)
    agree(tokenizer, theirs.encode, [*lines()[::2], *difficult_texts(), *mixed(3000), *made])


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("library", LIBRARIES)
def test_every_code_point(library: str, pattern: str, scale: float) -> None:
    theirs = reference(library, telltale(pattern))
    values = texts.chosen_scalar_values(scale)
    values = values if scale >= 1 else values[:: round(0.5 / scale) | 1]
    agree(telltale(pattern), theirs.encode, code_point_probes(values, pattern))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_it_is_known_again_in_an_export(pattern: str, tmp_path: Path) -> None:
    tokenizer = learned(pattern)
    write_rank_file(tokenizer, tmp_path / "superwords.tiktoken")
    (tmp_path / "tokenizer.json").write_bytes(tokenizer_json(tokenizer))
    tokenizer.save(tmp_path / "folder")
    sources: list[Any] = [to_tiktoken(tokenizer), *(tmp_path / name for name in ("superwords.tiktoken", "folder"))]
    for source in [*sources, tmp_path / "tokenizer.json"]:
        back = omnitok.load(source)
        assert (back.pattern, back.regex) == (pattern, _native.PATTERNS[pattern])
        for line in lines()[::7]:
            assert back.encode_ordinary(line) == tokenizer.encode_ordinary(line)


@pytest.mark.parametrize("against", ["tiktoken", "huggingface"])
def test_verify_takes_them(against: Any) -> None:
    outcome = verify(learned("o200k-super"), against, quick=True, adversarial=500)
    assert outcome.is_exact, outcome
