"""A row of the benchmark: how it is measured, and how its samples are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.contest import Contest
    from bench.figures import Figure
    from bench.scale import Scale

Samples = dict[str, Any]
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Row:
    """One thing that is measured.

    Attributes:
        name: what ``--only`` takes.
        title: heading in the report.
        measure: does the work, tells how far it is, and returns every sample as JSON.
        details: Markdown with the samples behind the figures.
        contests: omnitok beside its peers, one contest for each thing that both did.
        figures: what else the samples say about what was asked.

    Neither ``contests`` nor ``figures`` may fail on samples of an earlier version of itself.
    """

    name: str
    title: str
    measure: Callable[[Scale, Tell], Samples]
    details: Callable[[Samples], str]
    contests: Callable[[Samples], list[Contest]] = lambda _: []
    figures: Callable[[Samples], list[Figure]] = lambda _: []
