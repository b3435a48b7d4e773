"""Intervals by resampling sentences: the same for all languages and tokenizers, so that differences are paired."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

DRAWS = 2000
SEED = 20
_TAILS = (2.5, 97.5)


class Interval(NamedTuple):
    """A figure and where 95 % of its resampled values lie (percentile interval)."""

    value: float
    low: float
    high: float


class Resampling:
    """Which sentences are drawn how often, the same for everything that is measured on a set.

    Args:
        sentences: number of sentences of the set.
        draws: number of samples.
        seed: equal seeds draw equal sentences.
    """

    def __init__(self, sentences: int, draws: int = DRAWS, seed: int = SEED) -> None:
        drawn = np.random.default_rng(seed).integers(sentences, size=(draws, sentences))
        self._times = np.stack([np.bincount(one, minlength=sentences) for one in drawn]).astype(np.float64)

    def means(self, tokens: NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Tokens per sentence.

        Args:
            tokens: of each sentence in each language, shape [languages, sentences].

        Returns:
            Those of the set, shape [languages], and of every sample, shape [draws, languages].
        """
        sentences = tokens.shape[1]
        return tokens.mean(axis=1), self._times @ tokens.T.astype(np.float64) / sentences


def interval(value: float, samples: Floats) -> Interval:
    """The interval of a figure whose resampled values are known."""
    low, high = np.percentile(samples, _TAILS)
    return Interval(float(value), float(low), float(high))


def gini(values: Floats) -> Floats:
    """The Gini coefficient along the last axis: ``sum_ij |x_i - x_j| / (2 m^2 mean x)``."""
    count = values.shape[-1]
    differences = np.abs(values[..., :, None] - values[..., None, :]).sum(axis=(-2, -1))
    result: Floats = differences / (2 * count**2 * values.mean(axis=-1))
    return result
