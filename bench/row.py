"""A row of the benchmark: how it is measured, and how its samples are shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
        figures: what the samples say about what was asked. Must not fail on samples of an earlier version of itself.
        details: Markdown with the samples behind the figures.
    """

    name: str
    title: str
    measure: Callable[[Scale, Tell], Samples]
    figures: Callable[[Samples], list[Figure]]
    details: Callable[[Samples], str]
