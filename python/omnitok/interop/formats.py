"""Which format a tokenizer's file has, by its content: names and suffixes vary."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from omnitok.errors import VocabularyError

if TYPE_CHECKING:
    from pathlib import Path

Format = Literal["ranks", "tokenizer.json", "tekken", "sentencepiece"]

FILES_OF_FOLDERS = ("manifest.json", "tokenizer.json", "tekken.json", "tokenizer.model", "spiece.model")
"""What makes a folder a tokenizer, the first that is there."""

_LOOKED_AT = 1 << 20
_RANK_LINE = re.compile(rb"[A-Za-z0-9+/]+={0,2} \d+\r?\n")
_TEKKEN_ENTRY = re.compile(rb'"token_bytes"\s*:\s*"')
_PACKED = {b"\x1f\x8b": "gzip", b"\xfd7zXZ": "xz", b"\x28\xb5\x2f\xfd": "zstandard", b"PK\x03\x04": "zip"}
_OTHERS = {b"GGUF": "a GGUF model", b"\x80\x02": "a pickle", b"\x80\x04": "a pickle"}


def format_of(path: Path) -> Format:
    """The format of a file, from its first megabyte.

    Raises:
        VocabularyError: it is none that omnitok knows.
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(_LOOKED_AT)
    if head.lstrip()[:1] == b"{":
        return "tekken" if _TEKKEN_ENTRY.search(head) else "tokenizer.json"
    if path.suffix == ".tiktoken" or _RANK_LINE.match(head):
        return "ranks"
    if _is_sentencepiece(head):
        return "sentencepiece"
    packed = next((name for magic, name in _PACKED.items() if head.startswith(magic)), None)
    if packed:
        raise VocabularyError(f"{str(path)!r} is packed with {packed}; unpack it first")
    other = next((name for magic, name in _OTHERS.items() if head.startswith(magic)), "of another format")
    raise VocabularyError(
        f"{str(path)!r} is no tokenizer that omnitok knows, it is {other if head else 'empty'}; known are rank files "
        "(.tiktoken), tokenizer.json, tekken.json and SentencePiece models"
    )


def _is_sentencepiece(head: bytes) -> bool:
    """A model is a message of Protocol Buffers whose first field is a piece, and that one's first its text."""
    return len(head) > 2 and head[0] == 0x0A and head[2] == 0x0A and head[3:4] != b""
