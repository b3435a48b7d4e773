"""Where a value lies on an axis, in per cent of its length."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class LogScale:
    """A logarithmic axis for ratios: the way from 1 to 2 is as long as the way from 2 to 4."""

    low: float
    high: float

    @classmethod
    def around(cls, values: Iterable[float]) -> LogScale:
        """An axis that holds 1 and every finite value, with a margin of 6% of its length at both ends."""
        finite = [1.0, *(value for value in values if math.isfinite(value) and value > 0)]
        low, high = math.log(min(finite)), math.log(max(max(finite), 1.5))
        margin = 0.06 * (high - low)
        return cls(math.exp(low - margin), math.exp(high + margin))

    def position(self, value: float) -> float:
        """Per cent of the axis, two decimals; NaN for a value that has no place."""
        if not math.isfinite(value) or value <= 0:
            return math.nan
        return round(100 * math.log(value / self.low) / math.log(self.high / self.low), 2)

    def ticks(self) -> list[float]:
        """Round values on the axis: 1, 2, 4, 8 ..., with 1.5 and 3 between them while the axis is short."""
        steps = [2.0**power for power in range(-6, 12)]
        if self.high / self.low < 4:
            steps = sorted({*steps, *(1.5 * step for step in steps)})
        return [step for step in steps if self.low <= step <= self.high]


@dataclass(frozen=True)
class LinearScale:
    """An axis from 0 for amounts."""

    high: float

    @classmethod
    def up_to(cls, values: Iterable[float]) -> LinearScale:
        """An axis from 0 to the largest finite value."""
        return cls(max((value for value in values if math.isfinite(value)), default=0) or 1.0)

    def position(self, value: float) -> float:
        """Per cent of the axis, two decimals; NaN for a value that has no place."""
        return round(100 * value / self.high, 2) if math.isfinite(value) else math.nan
