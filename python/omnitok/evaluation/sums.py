"""Sums over sentences, of the text as it is and of every draw of the bootstrap."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omnitok.evaluation.sentences import TOKEN_QUANTITIES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omnitok.evaluation.sentences import Sentences

    Sums = NDArray[np.float64]
    """Of shape ``[1 + draws, languages]``: row 0 for the text as it is."""


class SumsBy:
    """Sums by quantity."""

    def __init__(self, counts: NDArray[np.float64], weights: NDArray[np.float64], quantities: tuple[str, ...]) -> None:
        """Takes counts ``[n, languages, quantities]`` and weights ``[1 + draws, n]``."""
        self._sums = weigh(counts, weights)
        self._quantities = quantities

    def __getitem__(self, quantity: str) -> Sums:
        """One quantity."""
        return self._sums[:, :, self._quantities.index(quantity)]


def weigh(counts: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted sums over sentences, ``[1 + draws, languages, quantities]``; NaN where a count is."""
    sentences, languages, quantities = counts.shape
    flat = counts.reshape(sentences, -1)
    is_missing = np.isnan(flat).any(axis=0)
    # NaN times nothing would be NaN too, and slow; what is missing for one sentence is missing for the sum.
    sums = weights @ np.where(is_missing, 0.0, flat)
    sums[:, is_missing] = np.nan
    return sums.reshape(len(weights), languages, quantities)


def lossless(sentences: Sentences) -> list[str]:
    """The tokenizers that gave back every line of every language; only they are ranked."""
    place = TOKEN_QUANTITIES.index("intact")
    return [name for name, counts in sentences.tokens.items() if (counts[:, :, place] == 1).all()]
