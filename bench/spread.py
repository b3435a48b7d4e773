"""Medians and what lies around them."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Spread:
    """The median of samples, their quartiles, the smallest and the largest."""

    median: float
    lower: float
    upper: float
    least: float
    most: float

    def __format__(self, specification: str) -> str:
        """The median and the quartiles, each as ``specification`` says."""
        median, lower, upper = (format(value, specification) for value in (self.median, self.lower, self.upper))
        return f"{median} [{lower}–{upper}]"


def spread(samples: Sequence[float]) -> Spread:
    """The spread of one sample or more."""
    lower, _, upper = statistics.quantiles(samples, n=4, method="inclusive") if len(samples) > 1 else [samples[0]] * 3
    return Spread(statistics.median(samples), lower, upper, min(samples), max(samples))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """The spread of the ratios of samples that were taken in the same round."""
    return spread([left / right for left, right in zip(above, below, strict=True)])
