"""What the subject of a text changes, and what other spellings of it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitok.evaluation.figures import SURE, Estimate, Figures
from omnitok.evaluation.parallel_text import ALL

if TYPE_CHECKING:
    from collections.abc import Callable

    from omnitok.corpora.languages import Language
    from omnitok.report.material import Material

SPELLINGS = (
    ("cost_of_nfd", "Decomposed (NFD)"),
    ("cost_without_joiners", "Without joiners"),
    ("cost_of_wide_digits", "Full-width digits"),
)


@dataclass(frozen=True)
class Beside:
    """A gain over a baseline in one domain."""

    gain: Estimate
    is_sure: bool
    """False where the difference may be chance; True also where nobody knows, as elsewhere."""


@dataclass(frozen=True)
class Domain:
    """One subject: mean tokens per sentence by tokenizer, and gains by tokenizer and baseline."""

    name: str
    sentences: int
    tokens: dict[str, Estimate]
    gains: dict[tuple[str, str], Beside]


@dataclass(frozen=True)
class Spelling:
    """One way to spell: the figure of every language that it changes the cost of, by tokenizer."""

    label: str
    rows: list[tuple[Language, list[float]]]


@dataclass(frozen=True)
class Domains:
    """The section.

    Attributes:
        domains: empty when nobody named the subjects of the text.
        spellings: those that change the cost of a language, with their definitions in ``METRICS``.
        unchanged: those that change nothing in any language.
    """

    domains: list[Domain]
    spellings: list[Spelling]
    unchanged: list[str]

    @classmethod
    def of(cls, material: Material) -> Domains:
        """Gathers both."""
        names = [one.name for one in material.series]
        domains = []
        for domain in material.figures.domains:
            figures = Figures(material.run.frame, domain)
            gains = {pair: _beside(figures, *pair) for pair in material.pairs}
            tokens = {name: figures.figure(name, ALL, "tokens_per_sentence") for name in names}
            domains.append(Domain(domain, figures.sentences, tokens, gains))
        spellings = [Spelling(label, _changed(material, metric)) for metric, label in SPELLINGS]
        return cls(
            domains,
            [one for one in spellings if one.rows],
            [one.label for one in spellings if not one.rows],
        )


def _beside(figures: Figures, name: str, baseline: str) -> Beside:
    p = figures.across(name, "gain_p", baseline)
    return Beside(figures.figure(name, ALL, "gain", baseline), math.isnan(p) or p < SURE)


def _changed(material: Material, metric: str) -> list[tuple[Language, list[float]]]:
    rows = [
        (language, [material.figures.value(one.name, language.code, metric) for one in material.series])
        for language in material.languages
    ]
    # What rounds to the same two decimals is no finding.
    is_other: Callable[[float], bool] = lambda value: abs(value - 1) >= 0.005  # noqa: E731
    return [(language, values) for language, values in rows if any(map(is_other, values))]
