"""k-means over integers, exact: the same codebook for any number of threads, any BLAS and any processor.

Vectors and centroids are integers, and so are all products and sums of a distance. As long as these stay below 2^24
in single or 2^53 in double precision, floating point holds every one exactly, in whatever order a BLAS adds them up.
So nothing is left to rounding: two machines that agree on the vectors agree on every code.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from omnitok.errors import CodecError, TrainingError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omnitok.codecs.draws import Draws

#: Rows whose distances are looked at together: small enough for the caches.
_ROWS = 1024
#: Vectors that one round looks at.
_BATCH = 1 << 16
#: The weight that earlier rounds keep when a round sees a part of the vectors.
_KEPT = 0.75
#: k-means++ chooses from so many vectors for each centroid, and from so many at most.
_CHOICE, _LARGEST_CHOICE = 16, 1 << 15


def nearest(vectors: NDArray[np.int32], centroids: NDArray[np.int32]) -> NDArray[np.int64]:
    """The index of the nearest centroid of every vector, the first of equally near ones.

    O(n · k · d) time, O(n) memory.

    Args:
        vectors: [n, d].
        centroids: [k, d].

    Returns:
        Indices [n].

    Raises:
        CodecError: values so large that distances would not be exact.
    """
    kind = _exact(vectors, centroids)
    # |x - c|² without |x|², which is the same for all centroids.
    table = (-2 * centroids.astype(np.int64).T).astype(kind)
    offsets = squares(centroids).astype(kind)
    indices = np.empty(len(vectors), dtype=np.int64)
    for start in range(0, len(vectors), _ROWS):
        scores = vectors[start : start + _ROWS].astype(kind) @ table
        scores += offsets
        indices[start : start + _ROWS] = scores.argmin(axis=1)
    return indices


def squares(vectors: NDArray[np.int32]) -> NDArray[np.int64]:
    """The sum of squares of every vector [n]."""
    wide = vectors.astype(np.int64)
    return np.asarray(np.einsum("nd,nd->n", wide, wide))


def _exact(vectors: NDArray[np.int32], centroids: NDArray[np.int32]) -> type[np.floating]:
    """The smallest type that holds every sum on the way to a distance."""
    reach, farthest = _largest(vectors), _largest(centroids)
    bound = vectors.shape[1] * farthest * (2 * reach + farthest)
    if bound < 2**24:
        return np.float32
    if bound < 2**53:
        return np.float64
    raise CodecError(
        f"distances between vectors of {vectors.shape[1]} values up to {reach:,} and a codebook with values up to "
        f"{farthest:,} are not exact in double precision; make the values smaller"
    )


def _largest(values: NDArray[np.int32]) -> int:
    return max(-int(values.min()), int(values.max())) if values.size else 0


def train(vectors: NDArray[np.int32], size: int, *, draws: Draws, rounds: int) -> NDArray[np.int32]:
    """A codebook: k-means++, then rounds of mini-batches, in which codes that nothing uses start again elsewhere.

    A round moves every centroid to the mean of its vectors, earlier rounds weighing less and less. Where a batch holds
    all vectors, this is Lloyd's algorithm, and ends when nothing moves.

    Args:
        vectors: [n, d].
        size: k, the number of codes.
        draws: what is drawn.
        rounds: how many rounds at most.

    Returns:
        Centroids [k, d].

    Raises:
        TrainingError: fewer than ``size`` different vectors.
        CodecError: see :func:`nearest`.
    """
    order = draws.order(len(vectors))
    centroids = _first(vectors[order[: min(_CHOICE * size, _LARGEST_CHOICE)]], size, draws)
    batch = min(_BATCH, len(vectors))
    sums = np.zeros(centroids.shape)
    counts = np.zeros(size)
    start = 0
    for number in range(rounds):
        rows = vectors[order[np.arange(start, start + batch) % len(order)]]
        start = (start + batch) % len(order)
        kept = _KEPT if batch < len(vectors) else 0.0
        indices = nearest(rows, centroids)
        # Element by element: no sum whose order could matter.
        sums = kept * sums + _sums(rows, indices, size)
        counts = kept * counts + np.bincount(indices, minlength=size)
        is_used = counts > _KEPT**16
        moved = centroids.copy()
        moved[is_used] = np.rint(sums[is_used] / counts[is_used, None]).astype(np.int32)
        if number < rounds - 1 and not is_used.all():
            dead = np.flatnonzero(~is_used)
            moved[dead] = _badly_served(rows, squares(rows - centroids[indices]), moved[dead], draws)
            sums[dead], counts[dead] = moved[dead], 1
        if not kept and np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids


def _first(vectors: NDArray[np.int32], size: int, draws: Draws) -> NDArray[np.int32]:
    """k-means++: each centroid is a vector, as likely as its squared distance from those before it."""
    chosen = np.empty((size, vectors.shape[1]), dtype=np.int32)
    kind = _exact(vectors, vectors)
    lengths, floats = squares(vectors), vectors.astype(kind)
    distances = np.ones(len(vectors), dtype=np.int64)
    for code in range(size):
        if not distances.any():
            raise TrainingError(
                f"a codebook of {size:,} codes needs as many different vectors; the {len(vectors):,} that it begins "
                f"with hold {code:,}: ask for a smaller codebook or name more sources"
            )
        place = draws.weighted(distances)
        chosen[code] = vectors[place]
        fresh = lengths + lengths[place] + (floats @ (-2 * floats[place])).astype(np.int64)
        distances = np.minimum(distances, fresh) if code else fresh
    return chosen


def _sums(rows: NDArray[np.int32], indices: NDArray[np.int64], size: int) -> NDArray[np.float64]:
    """The sum of the rows of each code, exact."""
    order = np.argsort(indices, kind="stable")
    codes, starts = np.unique(indices[order], return_index=True)
    sums = np.zeros((size, rows.shape[1]))
    sums[codes] = np.add.reduceat(rows[order].astype(np.int64), starts, axis=0)
    return sums


def _badly_served(
    rows: NDArray[np.int32], distances: NDArray[np.int64], instead: NDArray[np.int32], draws: Draws
) -> NDArray[np.int32]:
    """Vectors as likely as their squared distances, each once, for as many codes; where there is none, ``instead``."""
    found = instead.copy()
    for place in range(len(found)):
        if distances.any():
            chosen = draws.weighted(distances)
            found[place] = rows[chosen]
            distances[chosen] = 0
    return found
