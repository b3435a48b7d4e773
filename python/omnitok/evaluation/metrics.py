"""Formulas of an evaluation, as small pure functions; :mod:`~omnitok.evaluation.definitions` says what they mean."""

from __future__ import annotations

import math
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from omnitok import _native
from omnitok.evaluation import spread
from omnitok.evaluation.definitions import METRICS as METRICS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


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

    0 when all values are equal, ``(m - 1) / m`` when one value holds everything.

    Raises:
        ValueError: there are no values, or one is negative.
    """
    mean(values)
    if min(values) < 0:
        raise ValueError(f"the Gini coefficient needs values of at least 0, got {min(values)}")
    return float(spread.gini(np.asarray(values, dtype=np.float64)))


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
    return int(_native.TextLayout([text]).figures()[0, 2])


def lines_not_nfc(lines: Sequence[str]) -> tuple[int, ...]:
    """Numbers, from 1, of the lines that normalization form C would change."""
    return tuple(number for number, line in enumerate(lines, 1) if not unicodedata.is_normalized("NFC", line))
