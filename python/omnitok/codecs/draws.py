"""Random draws from a seed that stay the same for every version of numpy.

numpy promises that for the bits of its generators, and for nothing that it makes of them (NEP 19).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Draws:
    """Draws in the order in which they are asked for."""

    def __init__(self, seed: int) -> None:
        self._bits = np.random.PCG64(seed)

    def below(self, end: int) -> int:
        """An integer from 0 to ``end``, which is left out."""
        return int(self._bits.random_raw()) * end >> 64

    def order(self, count: int) -> NDArray[np.int64]:
        """The numbers below ``count``, shuffled."""
        raw = np.asarray(self._bits.random_raw(count), dtype=np.uint64)
        return np.argsort(raw, kind="stable").astype(np.int64)

    def weighted(self, weights: NDArray[np.int64]) -> int:
        """A place, as likely as its weight; some weight is not 0."""
        ends = np.cumsum(weights)
        return int(np.searchsorted(ends, self.below(int(ends[-1])), side="right"))

    def phases(self, shape: tuple[int, ...]) -> NDArray[np.float64]:
        """Angles from 0 to 2π, in radians."""
        raw = np.asarray(self._bits.random_raw(int(np.prod(shape))), dtype=np.uint64)
        return (raw >> np.uint64(11)).astype(np.float64).reshape(shape) * (2 * np.pi / 2**53)
