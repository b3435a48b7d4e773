"""Bars of a contest's samples as SVG text: light ground, one accent for omnitok, one for the best peer.

Written by hand, so that the same samples give the same bytes wherever it runs, and a check can compare them.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from bench.peers import OURS
from bench.spread import spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.contest import Contest

INK, SOFT = "#1c2128", "#656d76"
OUR_COLOUR, BEST_COLOUR, OTHER_COLOUR = "#0b5cad", "#c04f00", "#b6bec7"
"""The first two are those of the report's charts, whose module needs more than the benchmark's environment has."""
_BAR, _STEP, _HEAD, _GAP = 9, 12, 18, 10
"""Height of a bar, from bar to bar, of the name of a group, and below a group."""
_NAMES, _BARS, _VALUES, _MARGIN = 104, 250, 96, 14
"""Widths of a panel: who, the longest bar, the value at its end; and what is left around."""
_TOP = 66
_FONT = 'font-family="system-ui, sans-serif" font-size="10.5"'


def draw(title: str, contests: Iterable[Contest], *, everybody: bool) -> str:
    """A panel for each state, a group of bars for each corpus, the longest bar common to all panels.

    Args:
        title: above all.
        contests: of one unit in which more is better.
        everybody: whether all peers have a bar, or omnitok and the best peer only.
    """
    panels: dict[str, list[Contest]] = {}
    for one in contests:
        panels.setdefault(one.panel, []).append(one)
    shown = [one for members in panels.values() for one in members]
    most = max((_median(one, name) for one in shown for name in _who(one, everybody=everybody)), default=1.0)
    width = _MARGIN + len(panels) * (_NAMES + _BARS + _VALUES + _MARGIN)
    heights = [sum(_height(one, everybody=everybody) for one in members) for members in panels.values()]
    height = _TOP + max(heights, default=0) + _MARGIN
    unit = shown[0].unit.name if shown else ""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" {_FONT}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
        text_at(_MARGIN, 22, title, weight="bold", size=14),
        text_at(
            _MARGIN,
            40,
            f"{unit}, median; longer is faster. Blue is omnitok and its ratio to the best peer, in orange.",
            colour=SOFT,
        ),
    ]
    for place, (name, members) in enumerate(panels.items()):
        left = _MARGIN + place * (_NAMES + _BARS + _VALUES + _MARGIN)
        parts += _panel(name, members, left, most, everybody=everybody)
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(name: str, members: Sequence[Contest], left: int, most: float, *, everybody: bool) -> list[str]:
    parts = [text_at(left, _TOP - 6, name, weight="bold", size=12)]
    top = _TOP
    for one in members:
        parts.append(text_at(left, top + _HEAD - 5, one.label, weight="bold"))
        for place, who in enumerate(_who(one, everybody=everybody)):
            parts += _bar(one, who, left, top + _HEAD + place * _STEP, most)
        top += _height(one, everybody=everybody)
    return parts


def _bar(one: Contest, who: str, left: int, top: int, most: float) -> list[str]:
    """A bar, whose it is, and its length in figures; at omnitok's also how many times the best peer's it is."""
    value = _median(one, who)
    best = one.best()
    colour = {OURS: OUR_COLOUR, best: BEST_COLOUR}.get(who, OTHER_COLOUR)
    start, length, base = left + _NAMES, round(value / most * _BARS, 1), top + _BAR - 1
    label = f"{value:,.0f}"
    if who in one.notes:
        label += " not exact"
    ratio = one.ratio(best) if best and who == OURS else None
    if ratio:
        label += f"  {ratio.median:.2f}×"
    weight = "bold" if who in (OURS, best) else "normal"
    return [
        text_at(start - 6, base, who, colour=INK if weight == "bold" else SOFT, anchor="end", weight=weight),
        f'<rect x="{start}" y="{top}" width="{length}" height="{_BAR}" rx="1.5" fill="{colour}"/>',
        text_at(start + length + 5, base, label, colour=INK if weight == "bold" else SOFT, weight=weight),
    ]


def _who(one: Contest, *, everybody: bool) -> list[str]:
    measured = [name for name, found in one.samples.items() if found]
    return measured if everybody else [name for name in measured if name in (OURS, one.best())]


def _height(one: Contest, *, everybody: bool) -> int:
    return _HEAD + len(_who(one, everybody=everybody)) * _STEP + _GAP


def _median(one: Contest, name: str) -> float:
    return spread(one.samples[name]).median


def text_at(
    x: float, y: float, text: str, *, colour: str = INK, weight: str = "normal", anchor: str = "start", size: float = 0
) -> str:
    """A text at a place; ``size`` 0 is that of the chart."""
    big = f' font-size="{size}"' if size else ""
    bold = f' font-weight="{weight}"' if weight != "normal" else ""
    side = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:g}" y="{y:g}" fill="{colour}"{side}{bold}{big}>{escape(text)}</text>'
