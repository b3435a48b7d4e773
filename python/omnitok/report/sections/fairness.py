"""How far apart languages are with one tokenizer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitok.evaluation.parallel_text import ALL
from omnitok.report.plots import Axis, LineChart

if TYPE_CHECKING:
    from omnitok.evaluation.figures import Estimate
    from omnitok.report.material import Material, Series

SHARES = [(step / 4, f"{25 * step}%") for step in range(5)]


@dataclass(frozen=True)
class Spread:
    """One tokenizer in the table."""

    series: Series
    gini: Estimate
    jain: Estimate
    most_over_fewest: Estimate
    intact: float
    is_ranked: bool


@dataclass(frozen=True)
class Fairness:
    """The section.

    Attributes:
        rows: a tokenizer each.
        chart: the Lorenz curves.
        curves: their points by tokenizer: the share of tokens that the first k languages hold, those that need fewest
            first; empty for a tokenizer that lacks a language.
    """

    rows: list[Spread]
    chart: LineChart
    curves: list[tuple[Series, list[float]]]

    @classmethod
    def of(cls, material: Material) -> Fairness:
        """Gathers figures and curves."""
        figures = material.figures
        curves = [(one, _lorenz(material, one.name)) for one in material.series]
        count = len(material.languages)
        points = [
            (one, [(0.0, 0.0), *((place / count, share) for place, share in enumerate(shares, start=1))])
            for one, shares in curves
            if shares
        ]
        axes = (
            Axis(0, 1, SHARES, "languages, those with the fewest tokens first"),
            Axis(0, 1, SHARES, "share of all tokens"),
        )
        rows = [
            Spread(
                one,
                figures.figure(one.name, ALL, "gini"),
                figures.figure(one.name, ALL, "jain"),
                figures.figure(one.name, ALL, "max_over_min"),
                figures.across(one.name, "round_trip"),
                figures.is_ranked(one.name),
            )
            for one in material.series
        ]
        return cls(rows, LineChart.draw(*axes, points), curves)


def _lorenz(material: Material, name: str) -> list[float]:
    shares = sorted(material.figures.value(name, language.code, "lorenz") for language in material.languages)
    return [] if any(map(math.isnan, shares)) else shares
