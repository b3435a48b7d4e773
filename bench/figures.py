"""What was asked for, what was measured, and whether it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Verdict = Literal["yes", "no", "", "skipped", "failed"]


@dataclass(frozen=True)
class Figure:
    """A line of the table that a run ends with. ``asked`` and ``reached`` are empty where nothing was asked."""

    what: str
    asked: str
    measured: str
    reached: Verdict = ""


@dataclass(frozen=True)
class Bar:
    """A bound on one number.

    Attributes:
        side: on which side of the limit the number has to be.
        limit: the bound.
        wording: how tables print it.
    """

    side: Literal["at least", "below", "at most"]
    limit: float
    wording: str

    def verdict(self, value: float) -> Verdict:
        """Whether a number is on the side where it has to be."""
        reached = {
            "at least": value >= self.limit,
            "at most": value <= self.limit,
            "below": value < self.limit,
        }[self.side]
        return "yes" if reached else "no"

    def judge(self, what: str, value: float, measured: str) -> Figure:
        """The figure for a number that was measured."""
        return Figure(what, self.wording, measured, self.verdict(value))


def markdown_table(header: list[str], rows: list[list[Any]], numbers_from: int = 1) -> str:
    """A table; columns from ``numbers_from`` on are set flush right."""
    marks = ["---" if column < numbers_from else "--:" for column in range(len(header))]
    lines = [header, marks, *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
