"""The monolingual text, one packed file a language."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import zstandard

from bench.document_file import packed, utf8_length
from bench.languages import language_names
from bench.places import data

if TYPE_CHECKING:
    from collections.abc import Iterator


def lines(code: str) -> Iterator[bytes]:
    """The lines of a language, with their ends.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    with data("mono", f"{code}.txt.zst").open("rb") as packed:
        yield from io.BufferedReader(zstandard.ZstdDecompressor().stream_reader(packed))


def in_turns_by_language(size: int) -> Iterator[str]:
    """Documents of 4 kB, one of each language in turn, until ``size`` bytes or the end of all text.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    data("mono")
    left = [packed(line.decode() for line in lines(code)) for code in language_names()]
    while left:
        going = []
        for documents in left:
            document = next(documents, None)
            if document is None:
                continue
            going.append(documents)
            yield document
            size -= utf8_length(document)
            if size <= 0:
                return
        left = going
