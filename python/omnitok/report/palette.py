"""Colours and shapes of tokenizers, shared by the page and the charts.

Hues that stay apart under the common colour deficiencies (after Okabe and Ito 2008), darkened or lightened until text
in them reads on white and on near-black. Shape says the same again, so nothing rests on colour alone.
"""

from __future__ import annotations

from typing import NamedTuple


class Mark(NamedTuple):
    """How one tokenizer is drawn."""

    light: str
    """Colour on a light ground."""
    dark: str
    """Colour on a dark ground."""
    shape: str
    """matplotlib's letter of the shape."""
    path: str
    """The same shape as an SVG path around (0, 0), 10 units wide."""


MARKS = (
    Mark("#0b5cad", "#74b3ff", "o", "M5 0A5 5 0 1 1-5 0A5 5 0 1 1 5 0Z"),
    Mark("#c04f00", "#ff9c5a", "s", "M-4.4-4.4H4.4V4.4H-4.4Z"),
    Mark("#59636e", "#aeb7c2", "D", "M0-5.6L5.6 0L0 5.6L-5.6 0Z"),
    Mark("#067a5b", "#4fd0a8", "^", "M0-5.2L5.2 4.2H-5.2Z"),
    Mark("#99408f", "#e79ddd", "v", "M0 5.2L5.2-4.2H-5.2Z"),
    Mark("#866400", "#dfbd49", "P", "M-1.8-5H1.8V-1.8H5V1.8H1.8V5H-1.8V1.8H-5V-1.8H-1.8Z"),
)


def mark(index: int) -> Mark:
    """The mark of the tokenizer at a place in the table: past the last colour they start again, in other shapes."""
    colour, shape = MARKS[index % len(MARKS)], MARKS[(index + index // len(MARKS)) % len(MARKS)]
    return Mark(colour.light, colour.dark, shape.shape, shape.path)
