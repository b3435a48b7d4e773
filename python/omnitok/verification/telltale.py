"""A vocabulary that shows every cut.

The ids of a real vocabulary show a cut between two words only where some token would reach across it. This vocabulary
has a token for every pair of bytes, so any two neighbours in a word may become one, and those pairs go first that join
ASCII with something else: a code point between ASCII characters grows together with them wherever the split pattern
does not cut, whatever the code point is.
"""

from __future__ import annotations

import random

from omnitok import _native
from omnitok.tokenizer import Tokenizer


def telltale_ranks() -> dict[bytes, int]:
    """The 256 bytes and the 65,536 pairs, those of ASCII with something else before the others."""
    pairs = [bytes((left, right)) for left in range(256) for right in range(256)]
    random.Random(16).shuffle(pairs)
    pairs.sort(key=lambda pair: (pair[0] < 0x80) == (pair[1] < 0x80))
    return {token: rank for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *pairs])}


def telltale(pattern: str, normalizer: str | None = None) -> Tokenizer:
    """The vocabulary above with a split pattern and a normalizer."""
    native = _native.Tokenizer(
        name="telltale", pattern=pattern, ranks=telltale_ranks(), special_tokens={}, normalizer=normalizer
    )
    return Tokenizer._from_native(native)
