"""Tokens as SentencePiece spells them, which other libraries have taken over."""

from __future__ import annotations

import re

SPACE = "\u2581"
"""Stands for a space."""

_BYTE = re.compile(r"<0x([0-9A-Fa-f]{2})>")


def bytes_of_piece(piece: str) -> bytes:
    """The bytes that a piece stands for: ``▁the`` for `` the``, ``<0xE2>`` for one byte."""
    byte = _BYTE.fullmatch(piece)
    if byte:
        return bytes.fromhex(byte[1])
    return piece.replace(SPACE, " ").encode("utf-8", "surrogatepass")
