"""Principal components, the same for any number of threads: numpy's own loops add up, never a BLAS or LAPACK."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Steps of the iteration. Components of nearly equal variance converge slowly, but are of nearly equal use.
_STEPS = 200


def principal_components(centred: NDArray[np.int32], count: int) -> tuple[NDArray[np.float64], list[float]]:
    """The directions of the largest variance, by orthogonal iteration.

    O(n · d²) for the covariance, then O(count · d²) a step.

    Args:
        centred: vectors [n, d] whose mean is about 0.
        count: how many.

    Returns:
        Orthonormal directions [count, d] and their variances, falling.
    """
    covariance = np.zeros((centred.shape[1], centred.shape[1]))
    for place, column in enumerate(centred.T.astype(np.int64)):
        # Integers: exact.
        covariance[place] = np.einsum("n,nd->d", column, centred, dtype=np.int64)
    covariance /= max(len(centred), 1)
    directions = _orthonormal(covariance[np.argsort(-covariance.diagonal(), kind="stable")[:count]])
    for _ in range(_STEPS):
        directions = _orthonormal(np.einsum("cd,de->ce", directions, covariance))
    images = np.einsum("cd,de->ce", directions, covariance)
    variances = np.einsum("cd,cd->c", images, directions)
    order = np.argsort(-variances, kind="stable")
    return directions[order], [float(variance) for variance in variances[order]]


def _orthonormal(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Gram-Schmidt, twice over for accuracy; a row that depends on those before it becomes 0."""
    result = np.zeros_like(rows)
    for place, row in enumerate(rows):
        left = row
        for _ in range(2):
            left = left - np.einsum("c,cd->d", np.einsum("cd,d->c", result[:place], left), result[:place])
        length = np.sqrt(np.sum(left * left))
        if length > 1e-9 * np.sqrt(np.sum(row * row)):
            result[place] = left / length
    return result
