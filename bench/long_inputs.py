"""Inputs that are one long word, and have brought encoders down."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


def _letters(size: int) -> str:
    return "".join(random.Random(2).choices("abcdefghijklmnopqrstuvwxyz", k=size))


def _chinese(size: int) -> str:
    """The sentences of the project's Chinese text in random order, everything but its characters left out."""
    text = (ROOT / "corpora" / "parallel" / "zh.txt").read_text(encoding="utf-8")
    sentences = ["".join(one for one in line if "\u4e00" <= one <= "\u9fff") for line in text.splitlines()]
    chosen: list[str] = []
    missing = size // 3
    chance = random.Random(2)
    while missing > 0:
        chosen.append(chance.choice(sentences)[:missing])
        missing -= len(chosen[-1])
    return "".join(chosen)


LONG_INPUTS: dict[str, Callable[[int], str]] = {
    "one letter": lambda size: "a" * size,
    "spaces": lambda size: " " * size,
    "random letters": _letters,
    "one Chinese sentence without a stop": _chinese,
}
"""What makes them, by name and from the number of bytes."""
