"""Finds lines of training text that say what an evaluation text says: the same sentence, or a long piece of one."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

WORDS = 8
"""So many words in a row are a piece of a sentence that cannot be there by chance ..."""
CHARACTERS = 24
"""... and so many characters in scripts that write no spaces."""
WITHOUT_SPACES = ("zh", "ja")

_BETWEEN = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def words_of(line: str) -> list[str]:
    """The words of a line without what may differ between two copies of it: case, punctuation, compatibility forms."""
    folded = line.casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded)
    spaced: str = _BETWEEN.sub(" ", folded)
    return spaced.split()


@dataclass(frozen=True)
class _Pieces:
    """What one set says in one language."""

    sentences: frozenset[str]
    shingles: frozenset[str]


class OverlapFinder:
    """Knows the sentences of one language in several sets.

    Args:
        language: its code, which says how long a piece has to be.
        sets: the sentences of each set.

    Example:
        >>> finder = OverlapFinder("en", {"poems": ["It was a bright cold day in April, and clocks were striking."]})
        >>> finder.found_in("IT WAS A BRIGHT COLD DAY IN APRIL, they say")
        ['poems']
        >>> finder.found_in("It was a bright cold day in May, they say")
        []
    """

    def __init__(self, language: str, sets: Mapping[str, Iterable[str]]) -> None:
        self._is_spaced = language not in WITHOUT_SPACES
        self._sets = {name: self._pieces(lines) for name, lines in sets.items()}
        # Most lines are in no set at all, and one look-up for each piece says so.
        self._sentences = frozenset().union(*(pieces.sentences for pieces in self._sets.values()))
        self._shingles = frozenset().union(*(pieces.shingles for pieces in self._sets.values()))

    def found_in(self, line: str) -> list[str]:
        """The names of the sets that a line repeats a sentence of, or a long piece of one."""
        words = words_of(line)
        whole = "".join(words)
        if whole not in self._sentences and self._shingles.isdisjoint(self._shingles_of(words)):
            return []
        shingles = set(self._shingles_of(words))
        return [
            name
            for name, pieces in self._sets.items()
            if whole in pieces.sentences or not pieces.shingles.isdisjoint(shingles)
        ]

    def _pieces(self, lines: Iterable[str]) -> _Pieces:
        sentences, shingles = set(), set()
        for line in lines:
            words = words_of(line)
            sentences.add("".join(words))
            shingles.update(self._shingles_of(words))
        return _Pieces(frozenset(sentences), frozenset(shingles))

    def _shingles_of(self, words: list[str]) -> list[str]:
        if self._is_spaced:
            return [" ".join(words[start : start + WORDS]) for start in range(len(words) - WORDS + 1)]
        whole = "".join(words)
        return [whole[start : start + CHARACTERS] for start in range(len(whole) - CHARACTERS + 1)]
