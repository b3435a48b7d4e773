"""Vocabularies packed for the playground, the part of the page that encodes what a reader types."""

from __future__ import annotations

import base64
import zlib
from itertools import chain
from typing import Any, TypedDict

from omnitok.errors import PatternError
from omnitok.interop.ecmascript import to_ecmascript
from omnitok.tokenizer import Tokenizer


class Packed(TypedDict):
    """What the script needs to encode: see ``templates/encoder.js``, which reads it."""

    name: str
    regex: str
    normalizer: str | None
    whole_words: bool
    tokens: str
    """Base64 of deflated bytes; a token is the distance of its id to the one before, its length, its bytes."""
    merges: str | None
    """The same of pairs of ids in their order; none where the ids of tokens say the order."""


def pack(tokenizer: Any) -> Packed | None:
    """The vocabulary of a tokenizer for a page, about 1.3 MB for 200,000 tokens.

    Returns:
        None where no script of a page can have the same ids: for a tokenizer that is not ours, one with a pattern
        without a name, or one with superwords.
    """
    if not isinstance(tokenizer, Tokenizer):
        return None
    try:
        regex = to_ecmascript(tokenizer.pattern, tokenizer.regex)
    except PatternError:
        return None
    data, before = bytearray(), -1
    for token, rank in sorted(tokenizer.ranks().items(), key=lambda entry: entry[1]):
        data += _number(rank - before - 1) + _number(len(token)) + token
        before = rank
    merges = tokenizer.merges()
    return Packed(
        name=tokenizer.name,
        regex=regex,
        normalizer=tokenizer.normalizer,
        whole_words=tokenizer.whole_words,
        tokens=_deflated(data),
        merges=None if merges is None else _deflated(b"".join(map(_number, chain.from_iterable(merges)))),
    )


def _number(value: int) -> bytes:
    """LEB128: seven bits a byte, the lowest first."""
    written = bytearray()
    while value >= 128:
        written.append(value & 127 | 128)
        value >>= 7
    written.append(value)
    return bytes(written)


def _deflated(data: bytes | bytearray) -> str:
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    return base64.b64encode(packer.compress(bytes(data)) + packer.flush()).decode()
