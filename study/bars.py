"""What is asked of the recommended recipe on the set that was held out, and whether it is reached."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from study.choosing import BASELINE, HELD_OUT
from study.figures import SetFigures

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Reached(NamedTuple):
    """What a vocabulary has of a figure that was asked for."""

    shown: str
    is_bar: bool
    is_aim: bool

    def __str__(self) -> str:
        """With a mark for the bar and two for the aim."""
        return f"{self.shown} {'✓✓' if self.is_aim else '✓' if self.is_bar else ''}".rstrip()


class Asked(NamedTuple):
    """A figure that was asked for, and what each vocabulary has of it; None where it was not asked."""

    what: str
    bar: str
    aim: str
    reached: tuple[Reached | None, ...]


def asked(rows: Sequence[Mapping[str, Any]], superwords: Sequence[bool]) -> list[Asked]:
    """Every figure that was asked for.

    Args:
        rows: of vocabularies of 200,000 ids.
        superwords: which of them have superwords: more is asked of their mean.
    """
    sets = [SetFigures.of_record(row["sets"][HELD_OUT]) for row in rows]

    def line(what: str, values: Sequence[float | None], bar: float, aim: float, show: Any, more: Any = None) -> Asked:
        """A figure of which less is better."""
        more = more or [""] * len(rows)
        reached = [
            None if value is None else Reached(f"{show(value)} {suffix}".rstrip(), value <= bar, value <= aim)
            for value, suffix in zip(values, more, strict=True)
        ]
        return Asked(what, show(bar), show(aim), tuple(reached))

    means = [one.mean_ratios[BASELINE].value for one in sets]
    worst = [one.worst_premium.value for one in sets]
    lines = [
        line(
            "languages with fewer tokens",
            [20 - one.fewer(BASELINE) for one in sets],
            1,
            0,
            lambda x: f"{20 - x:g} of 20",
        ),
        line(f"English against {BASELINE}", [one.ratios[BASELINE]["en"].value for one in sets], 1.02, 1.0, percent),
        line(f"mean tokens per sentence against {BASELINE}", means, 0.85, 0.82, _exact_percent),
        line(
            "the same, asked of superwords",
            [mean if is_super else None for mean, is_super in zip(means, superwords, strict=True)],
            0.72,
            0.62,
            _exact_percent,
        ),
        line("Gini of tokens per sentence", [one.gini.value for one in sets], 0.045, 0.035, _three),
        line("worst premium", worst, 1.40, 1.30, _three, [one.worst_language for one in sets]),
        line(f"code held out against {BASELINE}", [row["claimed_code"] for row in rows], 1.07, 1.02, percent),
    ]
    return lines + [
        line(what, [row["audit"][key] for row in rows], 0, 0, lambda x: f"{x:g}")
        for what, key in (
            ("tokens with fragments of characters", "fragments"),
            ("unreachable tokens, at most", "unreached"),
            ("tokens that the training text never has", "unused"),
        )
    ]


def percent(ratio: float) -> str:
    """A ratio as what is saved or added: 0.85 is -15.0 %."""
    return f"{100 * (ratio - 1):+.1f} %"


def _exact_percent(ratio: float) -> str:
    """The same near a bound."""
    return f"{100 * (ratio - 1):+.2f} %"


def _three(value: float) -> str:
    return f"{value:.3f}"
