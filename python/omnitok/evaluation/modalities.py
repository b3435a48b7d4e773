"""What a vocabulary spends on text, images and sound: one table over all of its modalities.

Tokens alone mislead: a larger vocabulary makes fewer and dearer ones. So tokens stand beside bits: those of a uniform
code, ``log2`` of the codebook, which is what a codec may spend; and those of a unigram model, which is what the tokens
carry when nothing but their frequency is known.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from omnitok import _native
from omnitok.evaluation.token_rules import IMAGE_RULES, SOUND_RULES
from omnitok.segments import Audio, Image

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from omnitok.evaluation.parallel_text import ParallelText
    from omnitok.omni import OmniTokenizer
    from omnitok.vocabulary import Codes

RULE = "(rule)"
"""Stands in the column ``tokenizer`` for what a published rule says."""
EXAMPLE_SIZE = (1024, 1024)
"""Width and height in pixels of the image for which rules are given."""


class Rate(NamedTuple):
    """One figure; the columns of the table."""

    tokenizer: str
    modality: str
    part: str
    metric: str
    value: float
    unit: str
    n: int


def measure_modalities(
    omni: OmniTokenizer,
    *,
    text: ParallelText | None = None,
    codes: Mapping[str, Sequence[Any]] | None = None,
    fitted_on: Mapping[str, Sequence[Any]] | None = None,
    num_threads: int | None = None,
) -> pd.DataFrame:
    """Tokens of words, of megapixels and of seconds, with one vocabulary.

    Args:
        omni: what to measure.
        text: sentences in many languages, for the rows of text.
        codes: for a block of codes, held-out images or clips as ``Image`` and ``Audio`` take them: they are encoded,
            merges and marks included. Without them a block has the figures that its declaration gives.
        fitted_on: for the same blocks, codes that the unigram model is fitted on; without them ``unigram_bits`` is the
            entropy of the held-out tokens themselves, which is too low where they are few.
        num_threads: for the text.

    Returns:
        A table with the columns ``tokenizer`` (the vocabulary's name, or ``(rule)``), ``modality``, ``part`` (a
        language's code, a block or a rule), ``metric``, ``value``, ``unit`` and ``n`` (sentences, images or clips
        measured; 0 for what is declared). Row order is fixed by the arguments.

    Raises:
        ValueError: codes are none of their block, there is an empty list of them, or none to measure beside those to
            fit on.
        VocabularyError: there is no such block of codes.
    """
    codes, fitted_on = dict(codes or {}), dict(fitted_on or {})
    rows: list[Rate] = []
    if text is not None:
        rows.extend(_of_text(omni, text, num_threads))
    blocks = [omni.vocabulary.codes(block.name) for block in omni.vocabulary.blocks if block.kind == "code"]
    for name in (*codes, *fitted_on):
        omni.vocabulary.codes(name)
    if idle := sorted(fitted_on.keys() - codes.keys()):
        raise ValueError(f"there are codes of block {idle[0]!r} to fit on, and none to measure; give it some, or none")
    for block in blocks:
        rows.extend(_declared(omni.vocabulary.name, block))
        if block.block.name in codes:
            rows.extend(_measured(omni, block, codes[block.block.name], fitted_on.get(block.block.name)))
    rows.extend(_rules())
    return pd.DataFrame(rows, columns=Rate._fields)


def _of_text(omni: OmniTokenizer, text: ParallelText, num_threads: int | None) -> Iterator[Rate]:
    tokenizer, name = omni.vocabulary.tokenizer, omni.vocabulary.name
    for code, part in text.texts.items():
        words = int(_native.TextLayout(part.lines, num_threads).figures()[:, 3].sum())
        tokens = sum(tokenizer.count_batch(part.lines, num_threads=num_threads))
        n = len(part.lines)
        yield Rate(name, "text", code, "words_per_1000_tokens", 1000 * words / tokens, "words", n)
        yield Rate(name, "text", code, "tokens_per_word", tokens / words, "tokens/word", n)


def _declared(name: str, codes: Codes) -> Iterator[Rate]:
    """What rates, strides and patches say, before merges and without marks."""
    part = codes.block.name
    if codes.rate is not None:
        strides = codes.strides or (1,) * len(codes.codebooks)
        rates = [float(codes.rate) / stride for stride in strides]
        tokens = sum(rates)
        bits = sum(rate * math.log2(size) for rate, size in zip(rates, codes.codebooks, strict=True))
        yield Rate(name, "audio", part, "codes_per_second", tokens, "codes/s", 0)
        yield Rate(name, "audio", part, "seconds_per_1000_codes", 1000 / tokens, "s", 0)
        yield Rate(name, "audio", part, "uniform_bits_per_second", bits, "bit/s", 0)
    if codes.patch is not None:
        pixels = codes.patch[0] * codes.patch[1]
        tokens = len(codes.codebooks) * 1e6 / pixels
        bits = sum(math.log2(size) for size in codes.codebooks) / pixels
        yield Rate(name, "image", part, "codes_per_megapixel", tokens, "codes/MP", 0)
        yield Rate(name, "image", part, "megapixels_per_1000_codes", 1000 / tokens, "MP", 0)
        yield Rate(name, "image", part, "uniform_bits_per_pixel", bits, "bit/pixel", 0)


def _measured(
    omni: OmniTokenizer, codes: Codes, held_out: Sequence[Any], fitted: Sequence[Any] | None
) -> Iterator[Rate]:
    name, part = omni.vocabulary.name, codes.block.name
    if not len(held_out):
        raise ValueError(f"there is nothing to measure for block {part!r}: the list is empty")
    is_image = codes.patch is not None
    modality, extent, per, unit = (
        ("image", "megapixels", "pixel", "MP") if is_image else ("audio", "seconds", "second", "s")
    )
    ids, in_all = _encoded(omni, codes, held_out)
    single = sum(_size(one) for one in held_out)
    amount = sum(_amount(codes, one) for one in held_out)
    n = len(held_out)
    yield Rate(name, modality, part, "tokens", in_all, "tokens", n)
    yield Rate(name, modality, part, "codes_per_token", single / len(ids), "codes/token", n)
    yield Rate(
        name,
        modality,
        part,
        f"tokens_per_{'megapixel' if is_image else 'second'}",
        in_all / amount,
        f"tokens/{unit}",
        n,
    )
    yield Rate(name, modality, part, f"{extent}_per_1000_tokens", 1000 * amount / in_all, unit, n)
    bits = unigram_bits(ids, None if fitted is None else _encoded(omni, codes, fitted)[0], omni.vocabulary.vocab_size)
    yield Rate(name, modality, part, "unigram_bits_per_token", bits / len(ids), "bit/token", n)
    yield Rate(
        name, modality, part, f"unigram_bits_per_{per}", bits / (amount * (1e6 if is_image else 1)), f"bit/{per}", n
    )
    yield Rate(name, modality, part, "unused", 1 - len(np.unique(ids)) / _ids_of(omni, part), "share", n)


def unigram_bits(ids: NDArray[np.uint32], fitted: NDArray[np.uint32] | None, size: int) -> float:
    """Bits of ``ids`` under a unigram model.

    Args:
        ids: ids [n].
        fitted: ids [m] whose frequencies, with one added to each of those that occur in either, are the model's;
            by default the frequencies of ``ids`` themselves.
        size: above every id.
    """
    uses = np.bincount(ids, minlength=size)
    counts = uses if fitted is None else np.where((seen := np.bincount(fitted, minlength=size)) + uses > 0, seen + 1, 0)
    known = uses > 0
    return float(-(uses[known] * np.log2(counts[known] / counts.sum())).sum())


def _encoded(omni: OmniTokenizer, codes: Codes, signals: Sequence[Any]) -> tuple[NDArray[np.uint32], int]:
    """The ids of codes and merges, and the number of all, marks included."""
    part = codes.block.name
    make = (lambda one: Image(one, block=part)) if codes.patch is not None else (lambda one: Audio(one, block=part))
    encoded = omni.encode_batch([make(one)] for one in signals)
    ranges = [block for block in omni.vocabulary.blocks if block.name == part or block.name in _merges_of(omni, part)]
    inside = np.zeros(len(encoded), bool)
    for block in ranges:
        inside |= (encoded.ids >= block.start) & (encoded.ids < block.end)
    return encoded.ids[inside], len(encoded)


def _merges_of(omni: OmniTokenizer, part: str) -> set[str]:
    blocks = omni.vocabulary.describe()
    return {block["name"] for block in blocks if block["kind"] == "merge" and block.get("parent") == part}


def _ids_of(omni: OmniTokenizer, part: str) -> int:
    names = {part} | _merges_of(omni, part)
    return sum(block.end - block.start for block in omni.vocabulary.blocks if block.name in names)


def _size(codes: Any) -> int:
    return sum(np.size(of_codebook) for of_codebook in codes)


def _amount(codes: Codes, one: Any) -> float:
    """Megapixels of an image, seconds of a clip."""
    if codes.patch is not None:
        rows, columns = np.shape(one)[-2:]
        return float(rows * columns * codes.patch[0] * codes.patch[1] / 1e6)
    strides = codes.strides or (1,) * len(codes.codebooks)
    steps = max(np.size(of_codebook) * stride for of_codebook, stride in zip(one, strides, strict=True))
    return float(steps / codes.rate) if codes.rate else math.nan


def _rules() -> Iterator[Rate]:
    width, height = EXAMPLE_SIZE
    for rule in IMAGE_RULES:
        tokens = rule.tokens(width, height)
        yield Rate(RULE, "image", rule.name, f"tokens_at_{width}x{height}", tokens, "tokens", 0)
        yield Rate(RULE, "image", rule.name, "megapixels_per_1000_tokens", width * height / 1000 / tokens, "MP", 0)
    for sound in SOUND_RULES:
        yield Rate(RULE, "audio", sound.name, "tokens_per_second", sound.tokens_per_second, "tokens/s", 0)
        yield Rate(RULE, "audio", sound.name, "seconds_per_1000_tokens", 1000 / sound.tokens_per_second, "s", 0)
