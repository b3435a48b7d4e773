"""Vocabularies with superwords, made of plain ones without training: for tests of what encodes with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import regex

from omnitok import _native, oracle
from omnitok.tokenizer import Tokenizer

_END_OF_WORD = regex.compile(r"[\p{L}\p{M}](?! ?')[^\p{L}\p{N}\p{M}]|[,;:،] ")
"""Where one word ends and the next begins inside a phrase."""


def with_superwords(plain: Tokenizer, pattern: str, texts: Sequence[str], count: int) -> Tokenizer:
    """``plain`` with another pattern, and up to ``count`` more tokens that reach over the ends of words.

    They are the most frequent neighbours in phrases of ``texts``, some at a time: later ones are made of earlier.
    """
    ranks = dict(plain.ranks())
    first = len(ranks)
    tokenizer = _tokenizer(ranks, pattern)
    phrases = [phrase for text in texts for phrase in tokenizer.split(text)]
    while len(ranks) < first + count:
        pairs: Counter[bytes] = Counter()
        for phrase in phrases:
            ids = tokenizer.encode_ordinary(phrase)
            pairs.update(tokenizer.token_bytes(left) + tokenizer.token_bytes(right) for left, right in pairwise(ids))
        spans = (token for token, _ in pairs.most_common() if token not in ranks and holds_an_end(token))
        new = [token for token, _ in zip(spans, range(min(1 + count // 4, first + count - len(ranks))), strict=False)]
        if not new:
            break
        ranks |= {token: len(ranks) + index for index, token in enumerate(new)}
        tokenizer = _tokenizer(ranks, pattern)
    return tokenizer


def holds_an_end(token: bytes) -> bool:
    """Whether a token reaches over the end of a word in a phrase."""
    return _END_OF_WORD.search(token.decode("utf-8", "ignore")) is not None


def definition(tokenizer: Tokenizer, text: str) -> list[int]:
    """The ids by the slow encoder, which knows nothing of words inside phrases."""
    return oracle.encode(text, tokenizer.ranks(), tokenizer.regex)


def _tokenizer(ranks: dict[bytes, int], pattern: str) -> Tokenizer:
    native = _native.Tokenizer(
        name="superwords", pattern=pattern, ranks=ranks, special_tokens={"<|endoftext|>": len(ranks) + 1000}
    )
    return Tokenizer._from_native(native)
