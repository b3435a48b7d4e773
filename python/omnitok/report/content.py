"""What a report shows, gathered once for the HTML page, the Markdown page and the charts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from omnitok.report.sections.cost import Cost
from omnitok.report.sections.domains import Domains
from omnitok.report.sections.fairness import Fairness
from omnitok.report.sections.matrix import Matrix
from omnitok.report.sections.method import Method
from omnitok.report.sections.premium import Premiums
from omnitok.report.sections.verdict import Verdict
from omnitok.report.sections.vocabulary import Vocabularies

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.report.material import Material
    from omnitok.report.sections.greetings import Greetings


@dataclass(frozen=True)
class Content:
    """The sections by name."""

    material: Material
    verdict: Verdict
    greetings: Greetings
    premium: Premiums
    matrix: Matrix
    cost: Cost
    vocabulary: Vocabularies
    fairness: Fairness
    domains: Domains
    method: Method

    @classmethod
    def gather(cls, material: Material, greetings: Greetings, options: Sequence[str] = ()) -> Content:
        """All of them; ``options`` are those of ``omnitok report`` that neither the run nor the greetings tell."""
        return cls(
            material,
            Verdict.of(material),
            greetings,
            Premiums.of(material),
            Matrix.of(material),
            Cost.of(material),
            Vocabularies.of(material),
            Fairness.of(material),
            Domains.of(material),
            Method.of(material, [*greetings.options, *options]),
        )
