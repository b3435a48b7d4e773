"""Quantizers: vectors of integers to codes and back. What the vectors are is for the codec to say."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, ClassVar, Protocol

import numpy as np

from omnitok.codecs import kmeans
from omnitok.codecs.components import principal_components
from omnitok.errors import CodecError, TrainingError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from omnitok.codecs.draws import Draws

#: Components are kept as integers of this many to 1, so that projections are exact.
_UNIT = 1 << 12
#: Values beyond this could overflow where codebooks are added up.
_LARGEST = 1 << 24
_MOST_CODEBOOKS = 64
#: Vectors that components are found from.
_COVARIANCE = 1 << 16


class Quantizer(Protocol):
    """Vectors [n, d] to codes [codebooks, n] and back."""

    kind: ClassVar[str]

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each codebook."""

    @property
    def dimensions(self) -> int:
        """Values of a vector."""

    def encode(self, vectors: NDArray[np.int32]) -> NDArray[np.uint32]:
        """The codes of vectors."""

    def decode(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        """The vectors that codes stand for; codes are in range."""

    def tensors(self) -> dict[str, NDArray[np.int32]]:
        """All there is to it, by name."""


class ResidualQuantizer:
    """Each codebook quantizes what those before it left over; with one codebook, plain vector quantization.

    Args:
        codebooks: [k, d] each, with the same d.

    Raises:
        CodecError: there is none, or one is of another shape.
    """

    kind: ClassVar[str] = "residual"

    def __init__(self, codebooks: Sequence[NDArray[np.int32]]) -> None:
        if not 1 <= len(codebooks) <= _MOST_CODEBOOKS:
            raise CodecError(f"a quantizer has 1 to {_MOST_CODEBOOKS} codebooks, not {len(codebooks)}")
        for number, codebook in enumerate(codebooks):
            if codebook.ndim != 2 or not codebook.size or codebook.shape[1] != codebooks[0].shape[1]:
                raise CodecError(
                    f"codebook {number} has the shape {list(codebook.shape)}; all codebooks are [codes, dimensions] "
                    "with the same dimensions"
                )
            if not -_LARGEST <= codebook.min() <= codebook.max() <= _LARGEST:
                raise CodecError(f"codebook {number} holds values beyond {_LARGEST:,}")
        self._codebooks = [np.ascontiguousarray(codebook, dtype=np.int32) for codebook in codebooks]

    @classmethod
    def train(cls, vectors: NDArray[np.int32], sizes: Sequence[int], *, draws: Draws, rounds: int) -> ResidualQuantizer:
        """Learns one codebook after the other; see :func:`omnitok.codecs.kmeans.train`."""
        codebooks = []
        left = vectors
        for number, size in enumerate(sizes, start=1):
            codebooks.append(kmeans.train(left, size, draws=draws, rounds=rounds))
            if number < len(sizes):
                left = left - codebooks[-1][kmeans.nearest(left, codebooks[-1])]
        return cls(codebooks)

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, NDArray[np.int32]]) -> ResidualQuantizer:
        """What :meth:`tensors` gave."""
        return cls([tensors[f"codebook.{number}"] for number in range(len(tensors))])

    @property
    def sizes(self) -> tuple[int, ...]:
        """The number of codes of each codebook."""
        return tuple(len(codebook) for codebook in self._codebooks)

    @property
    def dimensions(self) -> int:
        """Values of a vector."""
        return int(self._codebooks[0].shape[1])

    def encode(self, vectors: NDArray[np.int32]) -> NDArray[np.uint32]:
        """The codes [codebooks, n] of vectors [n, d]."""
        codes = np.empty((len(self._codebooks), len(vectors)), dtype=np.uint32)
        left = vectors
        for number, codebook in enumerate(self._codebooks):
            codes[number] = kmeans.nearest(left, codebook)
            left = left - codebook[codes[number]]
        return codes

    def decode(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        """The vectors [n, d] of codes [q, n], where q may be fewer codebooks than all: the first ones."""
        vectors = np.zeros((codes.shape[1], self.dimensions), dtype=np.int32)
        for codebook, row in zip(self._codebooks, codes, strict=False):
            vectors += codebook[row]
        return vectors

    def tensors(self) -> dict[str, NDArray[np.int32]]:
        """The codebooks."""
        return {f"codebook.{number}": codebook for number, codebook in enumerate(self._codebooks)}


class ScalarQuantizer:
    """Finite scalar quantization: a few components of a vector, each to a few levels, all in one code.

    The components are the principal ones, as a learned encoder would be the better choice and needs a framework. A code
    is the number whose digits are the levels, the first component the last digit: code = l0 + L0·(l1 + L1·(l2 + ...)).

    Args:
        mean: [d].
        components: [c, d], in units of 1/4096.
        levels: the values that each component can take, rising, c arrays.

    Raises:
        CodecError: shapes that do not fit each other.
    """

    kind: ClassVar[str] = "scalar"

    def __init__(
        self, mean: NDArray[np.int32], components: NDArray[np.int32], levels: Sequence[NDArray[np.int32]]
    ) -> None:
        fits = mean.ndim == 1 and components.ndim == 2 and components.shape == (len(levels), mean.size)
        if not fits or not levels or not all(one.ndim == 1 and one.size and (np.diff(one) > 0).all() for one in levels):
            raise CodecError(
                f"a mean [d], components [c, d] and c rising lists of levels are needed, not {list(mean.shape)}, "
                f"{list(components.shape)} and {len(levels)} lists"
            )
        self._mean, self._components, self._levels = mean, components, list(levels)
        # Between two levels, half way; an input there goes to the lower one.
        self._bounds = [(one[:-1].astype(np.int64) + one[1:]) // 2 for one in levels]

    @classmethod
    def train(cls, vectors: NDArray[np.int32], size: int, *, draws: Draws, rounds: int) -> ScalarQuantizer:
        """Learns components and levels, as many as are worth most with at most ``size`` codes.

        Raises:
            TrainingError: the vectors do not differ enough for two levels of anything.
        """
        mean = np.rint(vectors.sum(axis=0, dtype=np.int64) / max(len(vectors), 1)).astype(np.int32)
        some = vectors[draws.order(len(vectors))[:_COVARIANCE]] - mean
        components, variances = principal_components(some, min(size.bit_length() - 1, vectors.shape[1]))
        counts = share_out(variances, size)
        if not counts:
            raise TrainingError(
                f"a scalar quantizer of {size:,} codes has nothing to tell apart in the {len(vectors):,} vectors there "
                "are; ask for at least 2 codes or name more sources"
            )
        rounded = np.rint(components[: len(counts)] * _UNIT).astype(np.int32)
        projected = _project(vectors - mean, rounded)
        levels = [
            np.unique(kmeans.train(projected[:, [place]], count, draws=draws, rounds=rounds))
            for place, count in enumerate(counts)
        ]
        return cls(mean, rounded, levels)

    @classmethod
    def of_tensors(cls, tensors: Mapping[str, NDArray[np.int32]]) -> ScalarQuantizer:
        """What :meth:`tensors` gave."""
        levels = [tensors[f"levels.{number}"] for number in range(len(tensors) - 2)]
        return cls(tensors["mean"], tensors["components"], levels)

    @property
    def levels(self) -> tuple[int, ...]:
        """The number of levels of each component."""
        return tuple(len(one) for one in self._levels)

    @property
    def sizes(self) -> tuple[int, ...]:
        """One codebook that nobody stores: all combinations of levels."""
        return (math.prod(self.levels),)

    @property
    def dimensions(self) -> int:
        """Values of a vector."""
        return int(self._mean.size)

    def encode(self, vectors: NDArray[np.int32]) -> NDArray[np.uint32]:
        """The codes [1, n] of vectors [n, d]."""
        projected = _project(vectors - self._mean, self._components)
        digits = [np.searchsorted(bounds, projected[:, place]) for place, bounds in enumerate(self._bounds)]
        return join_digits(np.array(digits), self.levels)[None]

    def decode(self, codes: NDArray[np.uint32]) -> NDArray[np.int32]:
        """The vectors [n, d] of codes [1, n]."""
        digits = split_digits(codes[0], self.levels)
        values = np.array([one[row] for one, row in zip(self._levels, digits, strict=True)], dtype=np.int64)
        # The components are orthogonal and of length _UNIT, and so are their values that many times too large twice.
        sums = np.einsum("cn,cd->nd", values, self._components, dtype=np.int64)
        return np.asarray(self._mean + ((sums + _UNIT // 2) // _UNIT).astype(np.int32))

    def tensors(self) -> dict[str, NDArray[np.int32]]:
        """Mean, components and levels."""
        levels = {f"levels.{number}": one for number, one in enumerate(self._levels)}
        return {"mean": self._mean, "components": self._components, **levels}


QUANTIZERS: dict[str, type[ResidualQuantizer | ScalarQuantizer]] = {
    one.kind: one for one in (ResidualQuantizer, ScalarQuantizer)
}


def join_digits(digits: NDArray[np.int64], levels: Sequence[int]) -> NDArray[np.uint32]:
    """The numbers [n] whose digits [c, n] are given; digit i is below ``levels[i]``, and the first counts least."""
    numbers = np.zeros(digits.shape[1], dtype=np.int64)
    for row, count in zip(digits[::-1], levels[::-1], strict=True):
        numbers = numbers * count + row
    return numbers.astype(np.uint32)


def split_digits(numbers: NDArray[np.uint32], levels: Sequence[int]) -> NDArray[np.int64]:
    """What :func:`join_digits` joined: digits [c, n]."""
    left = numbers.astype(np.int64)
    digits = np.empty((len(levels), len(numbers)), dtype=np.int64)
    for place, count in enumerate(levels):
        left, digits[place] = np.divmod(left, count)
    return digits


def share_out(variances: Sequence[float], size: int) -> list[int]:
    """Levels of each component, the product at most ``size``: one more each time where it takes most error away.

    The error of a component with L levels is about its variance / L².

    Returns:
        Counts of the first components, at least 2 each; empty when none is worth one.
    """
    counts = [1] * len(variances)
    while True:
        product = math.prod(counts)
        gains = [
            variance * (count**-2 - (count + 1) ** -2) if product // count * (count + 1) <= size else 0.0
            for variance, count in zip(variances, counts, strict=True)
        ]
        if not any(gain > 0 for gain in gains):
            return counts[: counts.index(1)] if 1 in counts else counts
        counts[gains.index(max(gains))] += 1


def _project(vectors: NDArray[np.int32], components: NDArray[np.int32]) -> NDArray[np.int32]:
    """Coordinates [n, c] in whole units of the vectors, exact: no BLAS takes part."""
    sums = np.einsum("nd,cd->nc", vectors, components, dtype=np.int64)
    return np.asarray((sums + _UNIT // 2) // _UNIT, dtype=np.int32)
