"""A vocabulary that shows every cut.

The ids of a real vocabulary show a cut between two words only where some token would reach across it. This vocabulary
has a token for every pair of bytes, so any two neighbours in a word may become one, and those pairs go first that join
ASCII with something else: a code point between ASCII characters grows together with them wherever the split pattern
does not cut, whatever the code point is.
"""

from __future__ import annotations

import random

import tiktoken

PATTERNS = {"r50k": "r50k_base", "cl100k": "cl100k_base", "o200k": "o200k_base"}
"""Split patterns, and a published encoding that has each. That of ``p50k_base`` is ``r50k``."""


def telltale_ranks() -> dict[bytes, int]:
    """The 256 bytes and the 65,536 pairs, those of ASCII with something else before the others."""
    pairs = [bytes((left, right)) for left in range(256) for right in range(256)]
    random.Random(16).shuffle(pairs)
    pairs.sort(key=lambda pair: (pair[0] < 0x80) == (pair[1] < 0x80))
    return {token: rank for rank, token in enumerate([*(bytes([byte]) for byte in range(256)), *pairs])}


def telltale_encoding(pattern: str) -> tiktoken.Encoding:
    """An encoding of tiktoken with the split pattern of a published one and the ranks above."""
    regex = tiktoken.get_encoding(PATTERNS[pattern])._pat_str
    return tiktoken.Encoding(f"telltale_{pattern}", pat_str=regex, mergeable_ranks=telltale_ranks(), special_tokens={})
