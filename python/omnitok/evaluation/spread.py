"""How unequal values are: of languages, along the last axis of an array."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def gini(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gini coefficient, ``sum_ij |x_i - x_j| / (2 m^2 mean x)`` over m values of at least 0.

    0 when all are equal, also when all are 0; ``(m - 1) / m`` when one holds everything. O(m log m) by the ranks of the
    values, in which form every pair is counted at once.
    """
    m = values.shape[-1]
    weights = 2.0 * np.arange(1, m + 1) - m - 1
    return _quotient(np.sort(values, axis=-1) @ weights, m * values.sum(axis=-1), of_nothing=0.0)


def jain(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Jain's index, ``(sum x)^2 / (m sum x^2)``: 1 when all are equal, ``1 / m`` when one holds everything."""
    return _quotient(values.sum(axis=-1) ** 2, values.shape[-1] * (values**2).sum(axis=-1), of_nothing=1.0)


def variation(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficient of variation: standard deviation (of the values as they are, no sample) over mean."""
    return _quotient(values.std(axis=-1), values.mean(axis=-1), of_nothing=0.0)


def max_over_min(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Largest value over smallest; NaN when the smallest is 0."""
    return _quotient(values.max(axis=-1), values.min(axis=-1), of_nothing=np.nan)


def lorenz(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """For every value the share that values no larger than it hold together, in the order of the values.

    Sorted, these are the points of the Lorenz curve. Equal values count in their order.
    """
    order = np.argsort(values, axis=-1, kind="stable")
    held = np.cumsum(np.take_along_axis(values, order, axis=-1), axis=-1)
    shares = _quotient(held, held[..., -1:], of_nothing=np.nan)
    back = np.empty_like(shares)
    np.put_along_axis(back, order, shares, axis=-1)
    return back


def _quotient(
    numerator: NDArray[np.float64], denominator: NDArray[np.float64], *, of_nothing: float
) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", invalid="ignore"):
        quotient: NDArray[np.float64] = np.where(denominator == 0, of_nothing, np.divide(numerator, denominator))
    return quotient
