"""Words and their ids: what a vocabulary makes of a text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Word = tuple[int, ...]
"""A word as the ids of its tokens, left to right."""


def split(text: str, pattern: str) -> list[str]:
    """The words of a text: all matches of ``pattern``, in the syntax V1 of the package ``regex``, where sets meet."""
    return [match.group() for match in regex.finditer(pattern, text, regex.V1)]


def encode(text: str, ranks: Mapping[bytes, int], pattern: str) -> list[int]:
    """The ids of a text, as tiktoken defines them; special tokens play no part.

    Args:
        text: The text.
        ranks: Every token with its rank, which is also its id; all 256 bytes must be there.
        pattern: Regular expression that cuts the text into words.
    """
    return [token_id for word in split(text, pattern) for token_id in encode_word(word.encode("utf-8"), ranks)]


def encode_word(word: bytes, ranks: Mapping[bytes, int]) -> list[int]:
    """The ids of one word: the word's own id if it is a token, else what merging its bytes leads to.

    Of all neighbours whose bytes together are a token, the two with the lowest rank merge, the leftmost of several;
    this repeats until no neighbours form a token. O(n**2) for a word of n bytes.
    """
    if word in ranks:
        return [ranks[word]]
    parts = [bytes([byte]) for byte in word]
    while True:
        ranked = [
            (ranks[left + right], position)
            for position, (left, right) in enumerate(pairwise(parts))
            if left + right in ranks
        ]
        if not ranked:
            return [ranks[part] for part in parts]
        _, position = min(ranked)
        parts[position : position + 2] = [parts[position] + parts[position + 1]]


def merge_word(word: Sequence[int], left: int, right: int, id: int) -> Word:
    """Replaces ``left right`` by ``id`` in a word, from left to right and without overlap."""
    merged: list[int] = []
    position = 0
    while position < len(word):
        if tuple(word[position : position + 2]) == (left, right):
            merged.append(id)
            position += 2
        else:
            merged.append(word[position])
            position += 1
    return tuple(merged)


def parts(token: bytes, ranks: Mapping[bytes, int]) -> list[bytes]:
    """The two tokens that merge into ``token`` in the last step; empty when its bytes do not lead to it."""
    others = {other: rank for other, rank in ranks.items() if other != token}
    by_id = {rank: other for other, rank in others.items()}
    left = [by_id[token_id] for token_id in encode_word(token, others)] if len(token) > 1 else []
    return left if len(left) == 2 else []
