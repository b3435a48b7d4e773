"""What each language pays beside English, with each tokenizer."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitok.evaluation.parallel_text import PIVOT
from omnitok.report.scale import LogScale

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language
    from omnitok.evaluation.figures import Estimate
    from omnitok.report.material import Material, Series

SPREAD = 2.4
"""Pixels between the middles of tokenizers in one row, so that intervals do not cover each other."""
MOST_SPREAD = 12.0
"""Of the first and the last of many."""


@dataclass(frozen=True)
class Dot:
    """A mark of the plot; places are per cent of the axis."""

    series: Series
    place: float
    low: float
    high: float
    drop: float
    """Pixels below the middle of the row."""


@dataclass(frozen=True)
class Premiums:
    """The section.

    Attributes:
        languages: most expensive first, with the first tokenizer.
        scale: of the axis.
        dots: by language code; a tokenizer without a figure has none.
        figures: by tokenizer and language code.
    """

    languages: list[Language]
    scale: LogScale
    dots: dict[str, list[Dot]]
    figures: dict[tuple[str, str], Estimate]

    @classmethod
    def of(cls, material: Material) -> Premiums:
        """Places the premiums of all tokenizers on one axis."""
        lead, names = material.subjects[0], [one.name for one in material.series]
        figures = {
            (name, language.code): material.figures.figure(name, language.code, "premium", PIVOT)
            for name in names
            for language in material.languages
        }
        scale = LogScale.around(bound for figure in figures.values() for bound in figure)
        step = min(SPREAD, MOST_SPREAD / max(1, len(names) - 1))

        def dot(one: Series, figure: Estimate) -> Dot:
            drop = round((one.index - (len(names) - 1) / 2) * step, 1)
            return Dot(one, scale.position(figure.value), scale.position(figure.lo), scale.position(figure.hi), drop)

        dots = {
            language.code: [
                dot(one, figure)
                for one in material.series
                if not math.isnan((figure := figures[one.name, language.code]).value)
            ]
            for language in material.languages
        }

        def cost(language: Language) -> float:
            value = figures[lead, language.code].value
            return -value if value == value else math.inf

        return cls(sorted(material.languages, key=cost), scale, dots, figures)
