"""What is asked of the recommended recipe on the set that was held out, and whether it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from study.choosing import BASELINE, HELD_OUT
from study.figures import SetFigures

if TYPE_CHECKING:
    from collections.abc import Mapping


class Asked(NamedTuple):
    """A figure that was asked for."""

    what: str
    bar: str
    aim: str
    plain: str
    reached: str
    is_bar: bool
    is_aim: bool


def asked(recipe: Mapping[str, Any], plain: Mapping[str, Any], superwords: Mapping[str, Any]) -> list[Asked]:
    """Every figure that was asked for, for the recipe and for the plainest way to train.

    Args:
        recipe: the row of the recipe at 200,000 ids.
        plain: that of all words as they are.
        superwords: that of the recipe with superwords.
    """
    ours, other = (SetFigures.of_record(row["sets"][HELD_OUT]) for row in (recipe, plain))
    lines = [
        _line("languages with fewer tokens", 20 - ours.fewer(BASELINE), 1, 0, lambda x: f"{20 - x:g} of 20"),
        _line("English against o200k_base", ours.ratios[BASELINE]["en"].value, 1.02, 1.0, percent),
        _line(
            "mean tokens per sentence against o200k_base", ours.mean_ratios[BASELINE].value, 0.85, 0.82, _exact_percent
        ),
        _line("Gini of tokens per sentence", ours.gini.value, 0.045, 0.035, _three),
        _line("worst premium", ours.worst_premium.value, 1.40, 1.30, _three),
        _line("code held out against o200k_base", recipe["claimed_code"], 1.07, 1.02, percent),
    ]
    lines += [
        _line(what, recipe["audit"][key], 0, 0, lambda x: f"{x:g}")
        for key, what in (
            ("fragments", "tokens with fragments of characters"),
            ("unused", "tokens that the training text never has"),
        )
    ]
    lines.insert(-1, _line("unreachable tokens", unreachable(recipe), 0, 0, lambda x: f"{x:g}"))
    plains = [
        f"{other.fewer(BASELINE)} of 20",
        percent(other.ratios[BASELINE]["en"].value),
        _exact_percent(other.mean_ratios[BASELINE].value),
        _three(other.gini.value),
        f"{_three(other.worst_premium.value)} {other.worst_language}",
        percent(plain["claimed_code"]),
        *map(str, (plain["audit"]["fragments"], unreachable(plain), plain["audit"]["unused"])),
    ]
    worst = lines[4]
    lines[4] = worst._replace(reached=f"{worst.reached} {ours.worst_language}")
    lines = [line._replace(plain=was) for line, was in zip(lines, plains, strict=True)]
    return lines + _with_superwords(SetFigures.of_record(superwords["sets"][HELD_OUT]))


def _with_superwords(figures: SetFigures) -> list[Asked]:
    """Of the profile with superwords less is asked: its mean. The others are what is asked of the recipe."""
    mean, english = figures.mean_ratios[BASELINE].value, figures.ratios[BASELINE]["en"].value
    return [
        _line("with superwords: mean tokens per sentence", mean, 0.72, 0.62, _exact_percent),
        _line(
            "with superwords: languages with fewer tokens",
            20 - figures.fewer(BASELINE),
            1,
            0,
            lambda x: f"{20 - x:g} of 20",
        ),
        _line("with superwords: English", english, 1.02, 1.0, percent),
    ]


def unreachable(row: Mapping[str, Any]) -> int:
    """The most tokens that may be unreachable: what the training text has is reached, and so is what stands alone."""
    most: int = min(row["audit"]["not_alone"], row["audit"]["unused"])
    return most


def _line(what: str, value: float, bar: float, aim: float, show: Any) -> Asked:
    """A figure of which less is better."""
    return Asked(what, show(bar), show(aim), "", show(value), value <= bar, value <= aim)


def percent(ratio: float) -> str:
    """A ratio as what is saved or added: 0.85 is -15.0 %."""
    return f"{100 * (ratio - 1):+.1f} %"


def _exact_percent(ratio: float) -> str:
    """The same near a bound."""
    return f"{100 * (ratio - 1):+.2f} %"


def _three(value: float) -> str:
    return f"{value:.3f}"
