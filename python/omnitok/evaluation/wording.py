"""How figures are worded, the same on the terminal, in Markdown and in HTML."""

from __future__ import annotations

import math

MISSING = "–"
"""What stands where there is no figure."""


def decimal(value: float, digits: int = 1) -> str:
    """A number with thousands separators and a fixed number of decimals."""
    return MISSING if math.isnan(value) else f"{value:,.{digits}f}"


def whole(value: float) -> str:
    """A count with thousands separators."""
    return decimal(value, 0)


def times(value: float, digits: int = 2) -> str:
    """A ratio, ``1.98×``."""
    return MISSING if math.isnan(value) else f"{value:,.{digits}f}×"


def between(lo: float, hi: float, digits: int = 1) -> str:
    """An interval, ``35.5–36.9``; empty where there is none."""
    return "" if math.isnan(lo) or math.isnan(hi) else f"{lo:,.{digits}f}–{hi:,.{digits}f}"


def fewer(gain: float, digits: int = 1) -> str:
    """A gain in words: ``4.4× fewer``, ``1.1× more`` or ``same``.

    A gain so near to 1 that it would round to 1.0 gets one more decimal, so that only equality reads as ``same``.
    """
    if math.isnan(gain):
        return MISSING
    if gain == 1:
        return "same"
    factor, word = (gain, "fewer") if gain > 1 else (1 / gain, "more")
    while digits < 4 and float(f"{factor:.{digits}f}") == 1:
        digits += 1
    return f"{factor:,.{digits}f}× {word}"


def per_cent(share: float) -> str:
    """A share as per cent that reads 100% only when nothing is missing."""
    if math.isnan(share):
        return MISSING
    if share == 1:
        return "100%"
    return f"{min(100 * share, 99.99):.2f}%"


def listing(names: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
