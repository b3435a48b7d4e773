"""The numbers of an evaluation, as small pure functions, and the names they have in the tidy table.

Notation used below, for one language on ``n`` sentences that are parallel across languages: ``t`` tokens without
special tokens, ``b`` UTF-8 bytes, ``c`` code points, ``g`` extended grapheme clusters, each summed over the sentences.
Every ratio is a ratio of such sums (micro), never a mean of per-sentence ratios: a long sentence counts for what it
costs.
"""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Metric(NamedTuple):
    """What a value of the tidy table means."""

    unit: str
    definition: str


METRICS: dict[str, Metric] = {
    # The text itself, without any tokenizer.
    "bytes": Metric("bytes", "UTF-8 bytes of all sentences, line ends not counted"),
    "characters": Metric("characters", "Unicode code points of all sentences"),
    "graphemes": Metric("graphemes", "extended grapheme clusters of all sentences (UAX 29)"),
    "byte_premium": Metric("ratio", "UTF-8 bytes of the language / UTF-8 bytes of English, same sentences"),
    "lines_not_nfc": Metric("lines", "lines that are not in Unicode normalization form C"),
    # One tokenizer in one language.
    "tokens": Metric("tokens", "tokens of all sentences, each sentence encoded alone, no special tokens"),
    "tokens_per_sentence": Metric("tokens/sentence", "tokens / sentences"),
    "bytes_per_token": Metric("bytes/token", "UTF-8 bytes / tokens; compare inside one language only"),
    "characters_per_token": Metric("characters/token", "code points / tokens; compare inside one language only"),
    "graphemes_per_token": Metric("graphemes/token", "grapheme clusters / tokens; compare inside one language only"),
    "premium": Metric("ratio", "tokens of the language / tokens of English, same sentences"),
    "round_trip": Metric("share", "lines whose tokens decode to exactly the line / lines"),
    # One tokenizer against a baseline.
    "gain": Metric("ratio", "tokens of the baseline / tokens, same sentences: 2.0 reads as 2.0× fewer"),
    "saving": Metric("%", "share of the baseline's tokens that are no longer needed"),
    # One tokenizer across languages.
    "gini": Metric("0 to 1", "Gini coefficient of tokens per sentence over languages; 0 is equal treatment"),
    "worst_premium": Metric("ratio", "largest premium of a language"),
    "max_over_min": Metric("ratio", "largest tokens per sentence of a language / smallest"),
    "rank": Metric("place", "place by mean tokens per sentence; empty when the round trip fails"),
}


def ratio(numerator: float, denominator: float) -> float:
    """Quotient that is NaN, not an error, when nothing was counted in the denominator."""
    return numerator / denominator if denominator else math.nan


def premium(tokens: float, tokens_english: float) -> float:
    """How many times the tokens of English a language needs for the same sentences: ``sum t_l / sum t_en``.

    Source: Petrov et al. 2023 (arXiv 2305.15425). With bytes in place of tokens this is the byte premium of
    Arnett et al. 2024 (arXiv 2403.00686).
    """
    return ratio(tokens, tokens_english)


def gain(tokens: float, tokens_baseline: float) -> float:
    """How many times fewer tokens than the baseline: ``sum t_base / sum t``. Below 1 it needs more."""
    return ratio(tokens_baseline, tokens)


def saving(tokens: float, tokens_baseline: float) -> float:
    """Per cent of the baseline's tokens that are saved: ``100 (1 - t / t_base)``. Negative when it needs more."""
    return 100.0 * (1.0 - ratio(tokens, tokens_baseline))


def mean(values: Sequence[float]) -> float:
    """Arithmetic mean; every language weighs the same.

    Raises:
        ValueError: there are no values.
    """
    if not values:
        raise ValueError("the mean of no values is undefined")
    return math.fsum(values) / len(values)


def gini(values: Sequence[float]) -> float:
    """Gini coefficient: ``sum_ij |x_i - x_j| / (2 m^2 mean x)`` over m values.

    0 when all values are equal, ``(m - 1) / m`` when one value holds everything. O(m^2), meant for tens of languages.

    Raises:
        ValueError: there are no values, or one is negative.
    """
    average = mean(values)
    if min(values) < 0:
        raise ValueError(f"the Gini coefficient needs values of at least 0, got {min(values)}")
    if average == 0:
        return 0.0
    differences = math.fsum(abs(one - other) for one in values for other in values)
    return differences / (2 * len(values) ** 2 * average)


def worst(values: Mapping[str, float]) -> tuple[str, float]:
    """Key and value of the largest value; among equals the first key in the mapping's order.

    Raises:
        ValueError: there are no values.
    """
    key = max(values, key=values.__getitem__)
    return key, values[key]


def max_over_min(values: Sequence[float]) -> float:
    """Largest value over smallest. 1 when all are equal."""
    return ratio(max(values), min(values))


def ranks(values: Mapping[str, float]) -> dict[str, int]:
    """Places 1, 2, 3, ... from the smallest value up; equal values share the better place."""
    return {key: 1 + sum(other < value for other in values.values()) for key, value in values.items()}


def count_graphemes(text: str) -> int:
    """Number of extended grapheme clusters (Unicode annex 29), which readers see as one character each."""
    import regex

    return len(regex.findall(r"\X", text))


def lines_not_nfc(lines: Sequence[str]) -> tuple[int, ...]:
    """Numbers, from 1, of the lines that normalization form C would change."""
    return tuple(number for number, line in enumerate(lines, 1) if not unicodedata.is_normalized("NFC", line))
