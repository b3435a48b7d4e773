"""Other spellings of the same text, to see what they cost."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

JOINERS = dict.fromkeys(map(ord, "\u200c\u200d"))
WIDE_DIGITS = {ord("0") + digit: ord("\uff10") + digit for digit in range(10)}

SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "tokens_of_nfc": lambda line: unicodedata.normalize("NFC", line),
    "tokens_of_nfd": lambda line: unicodedata.normalize("NFD", line),
    "tokens_without_joiners": lambda line: line.translate(JOINERS),
    "tokens_of_wide_digits": lambda line: line.translate(WIDE_DIGITS),
}
"""Spellings by the name that their tokens have in per-sentence data."""


class Respelled(NamedTuple):
    """The lines that a spelling changes; all others cost what they cost."""

    numbers: tuple[int, ...]
    """From 0."""
    lines: tuple[str, ...]


def respell(lines: Sequence[str]) -> dict[str, Respelled]:
    """The changed lines of a text by spelling."""
    spelled = {}
    for name, spell in SPELLINGS.items():
        changed = [(number, other) for number, line in enumerate(lines) if (other := spell(line)) != line]
        spelled[name] = Respelled(tuple(number for number, _ in changed), tuple(other for _, other in changed))
    return spelled
