"""Paired bootstrap over sentences: what another sample of sentences would have given.

A draw takes n of the n sentences, with replacement. The same draw holds for every language and every tokenizer, because
they all speak the same sentences; so what makes a sentence long for all of them goes out of a ratio. A draw is a row of
weights, and sums over all draws are one product of matrices: of whole numbers below 2^53, and therefore exact, whatever
order they are summed in.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEVEL = 0.95
"""Intervals hold this share of the draws, and leave out as many below as above."""


def draw_weights(sentences: int, draws: int, seed: int) -> NDArray[np.float64]:
    """How often each sentence counts, shape ``[1 + draws, sentences]``; in row 0 every sentence counts once.

    Row 0 times per-sentence figures gives the figures of the text itself; the others give their distribution.
    """
    generator = np.random.default_rng([seed, sentences])
    weights = np.ones((1 + draws, sentences))
    for draw in range(1, 1 + draws):
        weights[draw] = np.bincount(generator.integers(0, sentences, sentences), minlength=sentences)
    return weights


def intervals(values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Value, lower and upper bound of figures with the shape ``[1 + draws, ...]``: percentiles of the draws.

    The bounds are values of draws, not means between two: draw ``floor(0.025 d)`` from below and from above. Bounds are
    NaN where there are no draws or a value is NaN.
    """
    value, sample = values[0], values[1:]
    draws = len(sample)
    if draws == 0:
        nothing = np.full_like(value, np.nan)
        return value, nothing, nothing
    outside = int((1 - LEVEL) / 2 * draws)
    parted = np.partition(sample, (outside, draws - 1 - outside), axis=0)
    is_missing = np.isnan(sample).any(axis=0) | np.isnan(value)
    low = np.where(is_missing, np.nan, parted[outside])
    high = np.where(is_missing, np.nan, parted[draws - 1 - outside])
    return value, low, high


def two_sided_p(ratios: NDArray[np.float64]) -> NDArray[np.float64]:
    """P of ratios other than 1, of shape ``[1 + draws, ...]``: twice the share of draws on the rarer side.

    Never below ``2 / (draws + 1)``, which is all that so many draws can tell. NaN without draws and for NaN.
    """
    sample = ratios[1:]
    if len(sample) == 0:
        return np.full_like(ratios[0], np.nan)
    rarer = np.minimum((sample <= 1).sum(axis=0), (sample >= 1).sum(axis=0))
    p = np.minimum(1.0, 2.0 * (rarer + 1) / (len(sample) + 1))
    return np.where(np.isnan(ratios[0]), np.nan, p)


def holm(p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Holm's correction of p values that are looked at together, in their order; NaN stays out and stays NaN."""
    order = np.argsort(p, kind="stable")
    count = int((~np.isnan(p)).sum())
    steps = np.maximum(count - np.arange(len(p)), 1)
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(1.0, np.maximum.accumulate(p[order] * steps))
    return adjusted


def least_draws(compared: int, level: float) -> int:
    """Draws that it takes for a p, corrected for so many looked at together, to be below a level."""
    return math.floor(2 * compared / level)
