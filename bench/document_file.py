"""Documents, and a file of them, from the process that chooses them to those that encode them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

DOCUMENT_BYTES = 4096
_END = "\0"
"""Between documents; none holds it."""
_BLOCK_BYTES = 4_000_000


def write_documents(path: Path, documents: Iterable[str]) -> dict[str, Any]:
    """Writes a file of documents, and says how many there are, their bytes, and the SHA-256 of the file."""
    hashed = hashlib.sha256()
    count = size = 0
    with path.open("wb") as file:
        for document in documents:
            block = document.encode()
            count += 1
            size += len(block)
            if count > 1:
                block = _END.encode() + block
            file.write(block)
            hashed.update(block)
    return {"documents": count, "bytes": size, "sha256": hashed.hexdigest()}


def texts_of(content: bytes) -> list[str]:
    """The documents of a file, as new string objects.

    New ones for every pass: a string that an encoder has asked for its UTF-8 once keeps a copy of it, and the next pass
    would find the work done.
    """
    return content.decode().split(_END)


def blocks_of(path: Path) -> Iterator[list[str]]:
    """The documents of a file, a few megabytes at a time."""
    with path.open("rb") as file:
        rest = b""
        while block := file.read(_BLOCK_BYTES):
            whole, end, cut = (rest + block).rpartition(_END.encode())
            rest = cut
            if end:
                yield texts_of(whole)
        if rest:
            yield texts_of(rest)


def packed(lines: Iterable[str]) -> Iterator[str]:
    """Consecutive lines joined into documents of :data:`DOCUMENT_BYTES` or a little more; the last may be shorter."""
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += utf8_length(line)
        if size >= DOCUMENT_BYTES:
            yield "".join(held)
            held, size = [], 0
    if held:
        yield "".join(held)


def utf8_length(text: str) -> int:
    """The size of a text as UTF-8, without leaving a copy in the string, as ``len(text.encode())`` does not either."""
    return len(text.encode("utf-8", "surrogatepass"))
