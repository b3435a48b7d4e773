"""Inputs without a place to rest: one long word, or many that no cache has seen. They have brought encoders down."""

from __future__ import annotations

import random
import string
from typing import TYPE_CHECKING

from bench.places import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

_SEED = 2


def _drawn_from(alphabet: str) -> Callable[[int], str]:
    """Characters at random; all have the same number of bytes."""
    width = len(alphabet[0].encode())
    return lambda size: "".join(random.Random(_SEED).choices(alphabet, k=size // width))


def _over_and_over(piece: str) -> Callable[[int], str]:
    """One piece again and again; the last may be cut."""
    width = len(piece.encode()) // len(piece)
    return lambda size: (piece * (size // width // len(piece) + 1))[: size // width]


def _chinese_sentence() -> str:
    """The longest sentence of the project's Chinese text, everything but its characters left out."""
    text = (ROOT / "corpora" / "parallel" / "zh.txt").read_text(encoding="utf-8")
    sentences = ["".join(one for one in line if "\u4e00" <= one <= "\u9fff") for line in text.splitlines()]
    return max(sentences, key=len)


def _characters(first: int, last: int) -> str:
    return "".join(map(chr, range(first, last + 1)))


ONE_WORD: dict[str, Callable[[int], str]] = {
    "one letter": _over_and_over("a"),
    "ab over and over": _over_and_over("ab"),
    "spaces": _over_and_over(" "),
    "line ends": _over_and_over("\n"),
    "random letters": _drawn_from(string.ascii_lowercase),
    "DNA": _drawn_from("ACGT"),
    "one Chinese sentence over and over": _over_and_over(_chinese_sentence()),
    "random Chinese characters": _drawn_from(_characters(0x4E00, 0x9FFF)),
    "combining marks": _drawn_from(_characters(0x300, 0x36F)),
    "emoji": _drawn_from(_characters(0x1F600, 0x1F64F)),
}
"""Those that are one word to the split patterns, by name and from the number of bytes."""

LONG_INPUTS: dict[str, Callable[[int], str]] = {
    **ONE_WORD,
    "digits": _drawn_from(string.digits),
    "base64": _drawn_from(string.ascii_letters + string.digits + "+/"),
}
"""All of them."""
