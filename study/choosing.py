"""Choices, made by figures of the development sets alone: nothing here can be handed a figure of the set held out."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from study.figures import SetFigures

BASELINE = "o200k_base"
DEVELOPMENT = ("own", "udhr")
"""The sets that choices are made by: the project's own texts and the Declaration of Human Rights."""
HELD_OUT = "ntrex128"
"""The set that is looked at when all choices are made."""


class Development(NamedTuple):
    """All that a choice may know of a vocabulary."""

    sets: dict[str, SetFigures]
    code: float
    """Tokens of the development slice of code / those of the baseline."""

    def highest(self, language: str) -> float:
        """The upper end of the interval of a language's ratio to the baseline, on the set where it is highest."""
        return max(figures.ratios[BASELINE][language].high for figures in self.sets.values())

    def mean(self) -> float:
        """Mean tokens per sentence / those of the baseline, mean over the sets."""
        ratios = [figures.mean_ratios[BASELINE].value for figures in self.sets.values()]
        return sum(ratios) / len(ratios)


def development_of(sets: Mapping[str, SetFigures], code: float) -> Development:
    """What a choice may know.

    Raises:
        ValueError: a set is there that no choice may be made by, or one is missing.
    """
    if sorted(sets) != sorted(DEVELOPMENT):
        raise ValueError(f"choices are made by {', '.join(DEVELOPMENT)}, and not by {', '.join(sets)}")
    return Development(dict(sets), code)


LEAST_FEWER = 19
MOST_ENGLISH = 1.02
MOST_CODE = 1.07


def is_good_enough(figures: Development) -> bool:
    """Whether a vocabulary may be recommended: what is asked of it, on every development set."""
    return (
        all(one.fewer(BASELINE) >= LEAST_FEWER for one in figures.sets.values())
        and all(one.ratios[BASELINE]["en"].value <= MOST_ENGLISH for one in figures.sets.values())
        and figures.code <= MOST_CODE
    )


def choose(candidates: Mapping[str, Development]) -> str:
    """The vocabulary with the fewest tokens of those that are good enough, of equal ones the first.

    Raises:
        ValueError: none is.
    """
    good = [name for name, figures in candidates.items() if is_good_enough(figures)]
    if not good:
        raise ValueError("no vocabulary has what is asked of it on the development sets")
    return min(good, key=lambda name: candidates[name].mean())
