"""A vocabulary that shows every cut.

The ids of a real vocabulary show a cut between two words only where some token would reach across it. This vocabulary
has a token for every pair of bytes, so any two neighbours in a word may become one, and those pairs go first that join
ASCII with something else: a code point between ASCII characters grows together with them wherever the split pattern
does not cut, whatever the code point is. Next come those that join the last byte of a longer character with the first
of another, before any inside a character, so a cut between two of these shows as well.
"""

from __future__ import annotations

import random

from omnitok import _native
from omnitok.tokenizer import Tokenizer


def telltale_ranks() -> dict[bytes, int]:
    """The 256 bytes and the 65,536 pairs, those first that join characters."""
    pairs = [bytes((left, right)) for left in range(256) for right in range(256)]
    random.Random(16).shuffle(pairs)
    pairs.sort(key=lambda pair: (not _joins_ascii(*pair), not _joins_longer(*pair)))
    return {token: rank for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *pairs])}


def _joins_ascii(left: int, right: int) -> bool:
    """Whether one of two bytes is ASCII."""
    return (left < 0x80) != (right < 0x80)


def _joins_longer(left: int, right: int) -> bool:
    """Whether the first byte ends a character of several bytes and the second starts one."""
    return 0x80 <= left < 0xC0 <= right


def telltale(pattern: str, normalizer: str | None = None) -> Tokenizer:
    """The vocabulary above with a split pattern and a normalizer."""
    native = _native.Tokenizer(
        name="telltale", pattern=pattern, ranks=telltale_ranks(), special_tokens={}, normalizer=normalizer
    )
    return Tokenizer._from_native(native)
