"""Charts as SVG text, in the colours of the benchmark's: light ground, one accent for the recipe."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.chart import BEST_COLOUR, INK, OTHER_COLOUR, OUR_COLOUR, SOFT, text_at
from bench.languages import language_names
from study.choosing import BASELINE
from study.variants import OF_WORDS, RECOMMENDED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from study.figures import SetFigures

_FONT = 'font-family="system-ui, sans-serif" font-size="10.5"'
_LEFT, _TOP, _STEP, _WIDTH, _MARGIN = 96, 66, 18, 420, 14


def languages(recipe: SetFigures, plain: SetFigures) -> str:
    """How many tokens each language needs beside the baseline: the recipe with its interval, and plain training."""
    names = language_names()
    height = _TOP + len(names) * _STEP + 30
    low, high = _bounds([recipe, plain])

    def x(ratio: float) -> float:
        return round(_LEFT + (ratio - low) / (high - low) * _WIDTH, 1)

    parts = _begin(
        f"Tokens of NTREX-128 beside {BASELINE}",
        f"Left of the line is fewer. Blue is the recipe {RECOMMENDED} with its 95 % interval, grey is plain training.",
        _LEFT + _WIDTH + 60,
        height,
    )
    parts += _ticks(low, high, x, height)
    for place, (code, name) in enumerate(names.items()):
        y = _TOP + place * _STEP + _STEP / 2
        ours, other = recipe.ratios[BASELINE][code], plain.ratios[BASELINE][code]
        parts += [
            text_at(_LEFT - 8, y + 4, name, anchor="end"),
            f'<circle cx="{x(other.value)}" cy="{y:g}" r="3.5" fill="{OTHER_COLOUR}"/>',
            f'<path d="M{x(ours.low)} {y:g}H{x(ours.high)}" stroke="{OUR_COLOUR}" stroke-width="2"/>',
            f'<circle cx="{x(ours.value)}" cy="{y:g}" r="4" fill="{OUR_COLOUR}"/>',
            text_at(_LEFT + _WIDTH + 10, y + 4, f"{100 * (ours.value - 1):+.1f} %", colour=OUR_COLOUR),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def trade(points: Sequence[tuple[str, float, float]]) -> str:
    """What English needs against what the mean of all languages needs, one point for each variant."""
    height, width = 420, _LEFT + _WIDTH + 120
    left, right = _around([english for _, english, _ in points])
    bottom, top = _around([mean for _, _, mean in points])

    def x(ratio: float) -> float:
        return round(_LEFT + (ratio - left) / (right - left) * _WIDTH, 1)

    def y(ratio: float) -> float:
        return round(height - 40 - (ratio - bottom) / (top - bottom) * (height - 40 - _TOP), 1)

    parts = _begin(
        f"English and the mean of 20 languages, NTREX-128 beside {BASELINE}",
        "Down and to the left is fewer. Blue are the recipes.",
        width,
        height,
    )
    parts += _ticks(left, right, x, height)
    for step in _steps(bottom, top):
        parts += [
            f'<line x1="{_LEFT}" y1="{y(step)}" x2="{_LEFT + _WIDTH}" y2="{y(step)}" stroke="#e5e8eb"/>',
            text_at(_LEFT - 8, y(step) + 4, f"{100 * (step - 1):+.0f} %", colour=SOFT, anchor="end"),
        ]
    last = -100.0
    for name, english, mean in sorted(points, key=lambda point: -point[2]):
        colour = OUR_COLOUR if name in (RECOMMENDED, OF_WORDS) else BEST_COLOUR if name == "plain" else SOFT
        # Names that would lie on each other are pushed down.
        last = max(y(mean), last + 10)
        parts += [
            f'<circle cx="{x(english)}" cy="{y(mean)}" r="4" fill="{colour}"/>',
            text_at(x(english) + 8, last + 4, name, colour=colour),
        ]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bounds(sets: Iterable[SetFigures]) -> tuple[float, float]:
    return _around([bound for one in sets for ratio in one.ratios[BASELINE].values() for bound in ratio])


def _around(values: Sequence[float]) -> tuple[float, float]:
    """The values and a little room, to a whole per cent."""
    return int(min(values) * 100 - 1) / 100, (int(max(values) * 100) + 2) / 100


def _steps(low: float, high: float) -> list[float]:
    """Round numbers of per cent from one to the other, ten at most."""
    width = next(width for width in (1, 2, 5, 10, 20, 50, 100, 200) if (high - low) * 100 / width <= 10)
    first = -(-round(low * 100) // width)
    return [step * width / 100 for step in range(first, round(high * 100) // width + 1)]


def _begin(title: str, says: str, width: float, height: float) -> list[str]:
    return [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" {_FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width:g}" height="{height:g}" fill="#ffffff"/>',
        text_at(_MARGIN, 22, title, weight="bold", size=14),
        text_at(_MARGIN, 40, says, colour=SOFT),
    ]


def _ticks(low: float, high: float, x: Callable[[float], float], height: float) -> list[str]:
    parts = []
    for step in _steps(low, high):
        at = x(step)
        colour = INK if abs(step - 1) < 1e-9 else "#e5e8eb"
        parts += [
            f'<line x1="{at}" y1="{_TOP}" x2="{at}" y2="{height - 26}" stroke="{colour}"/>',
            text_at(at, height - 12, f"{100 * (step - 1):+.0f} %", colour=SOFT, anchor="middle"),
        ]
    return parts
