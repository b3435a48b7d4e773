"""Line charts as paths of an SVG, of which the page draws axes, lines and marks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.report.material import Series

WIDTH, HEIGHT = 560, 350
LEFT, RIGHT, TOP, BOTTOM = 52, 24, 30, 44
"""Margins, for what is written at the axes."""
MARKS = 10
"""About so many points of a line carry the mark of its tokenizer."""


@dataclass(frozen=True)
class Axis:
    """One axis: where it begins and ends, and what is written at it.

    Attributes:
        low: the value at its beginning.
        high: the value at its end.
        ticks: values and what they are called.
        title: what it shows.
        is_log: whether equal ratios are equal ways.
    """

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    title: str
    is_log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, 0 to 1."""
        if self.is_log:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)

    @classmethod
    def of_powers(cls, low: float, high: float, title: str) -> Axis:
        """Logarithmic, in whole powers of ten."""
        first, last = math.floor(math.log10(low)), max(math.ceil(math.log10(high)), math.floor(math.log10(low)) + 1)
        ticks = [(10.0**power, _power(power)) for power in range(first, last + 1)]
        return cls(10.0**first, 10.0**last, ticks, title, is_log=True)


@dataclass(frozen=True)
class Line:
    """One tokenizer: its path, and where its marks are."""

    series: Series
    path: str
    marks: list[tuple[float, float]]


@dataclass(frozen=True)
class LineChart:
    """Lines over two axes, in the pixels of ``WIDTH`` and ``HEIGHT``."""

    x: Axis
    y: Axis
    lines: list[Line]

    @classmethod
    def draw(cls, x: Axis, y: Axis, points: Sequence[tuple[Series, Sequence[tuple[float, float]]]]) -> LineChart:
        """Places the points of each tokenizer."""
        chart = cls(x, y, [])
        for series, values in points:
            places = [(chart.across(one), chart.down(other)) for one, other in values]
            path = "M" + "L".join(f"{one:g} {other:g}" for one, other in places) if places else ""
            chart.lines.append(Line(series, path, places[1 : -1 : 1 + len(places) // MARKS] or places))
        return chart

    def across(self, value: float) -> float:
        """Pixels from the left."""
        return round(LEFT + (WIDTH - LEFT - RIGHT) * self.x.share(value), 1)

    def down(self, value: float) -> float:
        """Pixels from the top."""
        return round(HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * self.y.share(value), 1)


def _power(power: int) -> str:
    """A power of ten in few letters: 100, 10k, 1M."""
    thousands = min(power // 3, 3)
    return f"{10 ** (power - 3 * thousands)}{('', 'k', 'M', 'G')[thousands]}"
