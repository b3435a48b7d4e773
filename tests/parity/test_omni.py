"""The pattern ``omni`` cuts as its regular expression does in tiktoken and in ``tokenizers``: zero differences.

Both engines bring scripts and classes of their own, so every code point is put between letters of every script. What is
compared are ids under a vocabulary in which every cut shows, of omnitok and of its export.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from unicodedata import category

import pytest
import regex

import omnitok
from omnitok import _native
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.interop.huggingface_export import tokenizer_json
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.verification.adversarial import adversarial_texts, difficult_texts
from omnitok.verification.code_points import NEIGHBOURS, code_point_probes, contexts_for
from omnitok.verification.comparison import compare, plain_text
from omnitok.verification.references import HuggingFaceReference, TiktokenReference
from omnitok.verification.telltale import telltale, telltale_ranks
from tests.parity import texts

pytest.importorskip("tiktoken")
pytest.importorskip("tokenizers")

LIBRARIES = ("tiktoken", "tokenizers")
ORACLE = regex.compile(_native.PATTERNS["omni"], regex.V1)
"""A third engine."""


@pytest.fixture(scope="module", params=LIBRARIES)
def theirs(request: pytest.FixtureRequest) -> Any:
    if request.param == "tiktoken":
        return TiktokenReference(to_tiktoken(telltale("omni")), "export")
    return HuggingFaceReference(tokenizer_json(telltale("omni")), "telltale", "export")


def agree(theirs: Any, inputs: Iterable[str], at_least: int) -> None:
    comparison = compare(plain_text(telltale("omni")), theirs.encode, inputs)
    assert (comparison.differences, comparison.refused) == (0, 0), comparison.found
    assert comparison.inputs >= at_least


def bundled_lines() -> list[str]:
    return [line for text in read_parallel(bundled_parallel()).values() for line in text]


def test_twenty_languages(theirs: Any) -> None:
    agree(theirs, bundled_lines(), 20 * 100)


def test_twenty_languages_of_the_shared_data(theirs: Any, shared_data: Path, scale: float) -> None:
    lines = texts.parallel_lines(shared_data)
    agree(theirs, lines[:: max(1, round(0.5 / scale))], round(min(1, scale) * len(lines)))


def test_every_code_point_between_letters_of_every_script(theirs: Any, scale: float) -> None:
    values = texts.chosen_scalar_values(scale)
    values = values if scale >= 1 else values[:: round(0.5 / scale) | 1]
    agree(theirs, code_point_probes(values, "omni"), len(values))


def test_adversarial_strings(theirs: Any, scale: float) -> None:
    count = max(1000, round(100_000 * scale))
    agree(theirs, [*difficult_texts(), *adversarial_texts(count, 3, surrogates=theirs.takes_surrogates)], count)


def test_the_contexts_tell_the_scripts_apart(theirs: Any) -> None:
    """Otherwise zero differences over every code point would prove little."""
    contexts = contexts_for("omni")
    lengths = list(map(len, telltale_ranks()))
    seen: dict[str, str] = {}
    for letter in NEIGHBOURS:
        encoded = theirs.encode([context.replace("{}", letter) for context in contexts])
        signature = repr([[lengths[token] for token in ids] for ids in encoded])
        assert signature not in seen, f"{letter} looks like {seen[signature]}"
        seen[signature] = letter
    assert len(seen) == 27


def test_a_third_engine_finds_the_same_words() -> None:
    tokenizer = telltale("omni")
    # What Unicode 16.0 does not know yet, a later one may call a letter.
    made = [text for text in adversarial_texts(5000, 4, surrogates=False) if "Cn" not in map(category, text)]
    for text in [*bundled_lines(), *difficult_texts(), *made]:
        assert tokenizer.split(text) == ORACLE.findall(text)
    assert len(made) > 2000


@pytest.mark.parametrize("library", LIBRARIES)
def test_it_is_known_again_in_an_export(library: str, tmp_path: Path) -> None:
    tokenizer = omnitok.train(texts=bundled_lines()[::10], vocab_size=400, pattern="omni", name="omni-small")
    assert (tokenizer.pattern, tokenizer.regex) == ("omni", _native.PATTERNS["omni"])
    tokenizer.save(tmp_path / "folder")
    assert omnitok.load(tmp_path / "folder").pattern == "omni"
    if library == "tiktoken":
        back = omnitok.load(to_tiktoken(tokenizer))
    else:
        (tmp_path / "tokenizer.json").write_bytes(tokenizer_json(tokenizer))
        back = omnitok.load(tmp_path / "tokenizer.json")
    assert back.pattern == "omni"
    assert all(back.encode_ordinary(line) == tokenizer.encode_ordinary(line) for line in bundled_lines())
