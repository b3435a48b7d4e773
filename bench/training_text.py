"""The corpus of the train row: equally many bytes of each of 20 languages."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bench import mono
from bench.languages import language_names
from bench.places import scratch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def write_corpus(size: int) -> tuple[Path, str]:
    """A plain file of ``size`` bytes or a little more, and its SHA-256.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    path = scratch(f"train-{size}.txt")
    hashed = hashlib.sha256()
    share = size // len(language_names())
    with path.open("wb") as file:
        for code in language_names():
            for line in _lines(code, share):
                file.write(line)
                hashed.update(line)
    return path, hashed.hexdigest()


def _lines(code: str, size: int) -> Iterator[bytes]:
    """Lines from the start of a language's file. ``tokenizers`` cuts a file into lines before it splits words.

    So a line may not begin with what a word of the line before could go on with: line ends and slashes.
    """
    for line in mono.lines(code):
        if line[:1] in (b"\n", b"\r", b"/"):
            continue
        yield line
        size -= len(line)
        if size <= 0:
            return
