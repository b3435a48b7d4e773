"""Which tokens a text uses, and how evenly: figures of a table of frequencies."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

ALPHA = 2.5
"""Order of the Renyi entropy, as Zouhar et al. 2023 (arXiv 2306.16842) recommend it."""


class Usage(NamedTuple):
    """Figures of token frequencies. The names are those of the metrics."""

    entropy: float
    renyi_entropy: float
    renyi_efficiency: float
    renyi_efficiency_of_used: float
    tokens_used: float
    vocabulary_use: float
    zipf_slope: float
    zipf_deviation: float


def usage(counts: NDArray[np.int64], vocab_size: int) -> Usage:
    """Figures of the frequencies of the tokens that are used at all, in any order. O(n log n)."""
    frequencies: NDArray[np.float64] = np.sort(counts)[::-1].astype(np.float64)
    if len(frequencies) == 0:
        nan = math.nan
        return Usage(nan, nan, nan, nan, 0.0, 0.0, nan, nan)
    shares = frequencies / frequencies.sum()
    entropy = float(-(shares * np.log2(shares)).sum()) + 0.0
    renyi = float(np.log2((shares**ALPHA).sum()) / (1 - ALPHA)) + 0.0
    slope, deviation = rank_frequency_line(frequencies)
    return Usage(
        entropy=entropy,
        renyi_entropy=renyi,
        renyi_efficiency=_of_log(renyi, vocab_size),
        renyi_efficiency_of_used=_of_log(renyi, len(counts)),
        tokens_used=float(len(counts)),
        vocabulary_use=len(counts) / vocab_size,
        zipf_slope=slope,
        zipf_deviation=deviation,
    )


def uses_of_ranks(counts: NDArray[np.int64]) -> dict[int, int]:
    """How often the tokens of the places 1, 2, 5, 10, 20, 50, ... by use are used, and that of the last place."""
    frequencies = np.sort(counts)[::-1]
    last = len(frequencies)
    places = [step * 10**power for power in range(len(str(last))) for step in (1, 2, 5)]
    return {place: int(frequencies[place - 1]) for place in sorted({*places, last}) if 0 < place <= last}


def rank_frequency_line(counts: NDArray[np.float64]) -> tuple[float, float]:
    """Slope of the line of least squares through (log10 rank, log10 frequency), and the distance from it (RMS).

    ``counts`` descend. NaN for fewer than two tokens.
    """
    if len(counts) < 2:
        return math.nan, math.nan
    rank = np.log10(np.arange(1, len(counts) + 1))
    frequency = np.log10(counts)
    rank, frequency = rank - rank.mean(), frequency - frequency.mean()
    slope = float((rank * frequency).sum() / (rank**2).sum())
    return slope, float(np.sqrt(((frequency - slope * rank) ** 2).mean()))


def _of_log(entropy: float, tokens: int) -> float:
    return entropy / math.log2(tokens) if tokens > 1 else math.nan
