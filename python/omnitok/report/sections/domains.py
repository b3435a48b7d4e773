"""What the subject of a text changes, and what other spellings of it cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from omnitok.evaluation.figures import SURE, Estimate, Figures
from omnitok.evaluation.parallel_text import ALL

if TYPE_CHECKING:
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
class Domains:
    """The section.

    Attributes:
        domains: empty when nobody named the subjects of the text.
        spellings: what tokens of the text in another spelling are, beside those of the usual one.
        rows: the languages of which a spelling changes the cost, with figures by spelling and tokenizer.
    """

    domains: list[Domain]
    spellings: list[str]
    rows: list[tuple[Language, list[list[float]]]]

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
        rows = [
            (
                language,
                [[material.figures.value(name, language.code, metric) for name in names] for metric, _ in SPELLINGS],
            )
            for language in material.languages
        ]
        changed = [(language, figures) for language, figures in rows if any(map(_is_other, chain(*figures)))]
        return cls(domains, [label for _, label in SPELLINGS], changed)


def _beside(figures: Figures, name: str, baseline: str) -> Beside:
    p = figures.across(name, "gain_p", baseline)
    return Beside(figures.figure(name, ALL, "gain", baseline), math.isnan(p) or p < SURE)


def _is_other(cost: float) -> bool:
    """What rounds to 1.00 is no finding."""
    return abs(cost - 1) >= 0.005
