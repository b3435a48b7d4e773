"""Which version of Unicode a library knows, found out by asking it about letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

FIRST_LETTERS = {
    "10.0": "\u0860",
    "11.0": "\u1c90",
    "12.0": "\U0001e100",
    "13.0": "\u08be",
    "14.0": "\u0870",
    "15.0": "\U0001e4d0",
    "15.1": "\U0002ebf0",
    "16.0": "\u1c89",
    "17.0": "\u088f",
}
"""A letter that is new in each version, oldest first (``DerivedAge.txt`` of the Unicode Character Database)."""


def unicode_version(is_letter: Callable[[str], bool]) -> str:
    """The newest version whose letter is one: ``"16.0"``; a library that knows none of them is ``"before 10.0"``.

    Versions without new letters, such as 12.1, look like the one before them; what is newer than 17.0 looks like 17.0.
    """
    known = [version for version, letter in FIRST_LETTERS.items() if is_letter(letter)]
    return known[-1] if known else f"before {next(iter(FIRST_LETTERS))}"
