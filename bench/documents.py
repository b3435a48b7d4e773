"""The corpora of the encode rows: NTREX-128 cut into documents of 4 kB."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from bench.languages import language_names
from bench.places import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DOCUMENT_BYTES = 4096
_SEED = 128


def _mix(*codes: str) -> Callable[[], list[str]]:
    """Documents of one language each, those of all languages shuffled."""

    def make() -> list[str]:
        made: list[str] = []
        for code in codes or language_names():
            lines = data("parallel", "ntrex128", f"{code}.txt").read_text(encoding="utf-8").splitlines(keepends=True)
            made += packed(lines)
        random.Random(_SEED).shuffle(made)
        return made

    return make


CORPORA: dict[str, Callable[[], list[str]]] = {
    "20-language mix": _mix(),
    "Chinese, Japanese": _mix("zh", "ja"),
    "Hindi, Telugu, Tamil, Gujarati, Marathi, Urdu": _mix("hi", "te", "ta", "gu", "mr", "ur"),
    "English": _mix("en"),
}
"""What can be encoded, by the name that tables use."""


def documents(corpus: str, longest: int) -> list[str]:
    """The documents of a corpus, at most ``longest`` bytes of them but one at least.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    chosen: list[str] = []
    size = 0
    for document in CORPORA[corpus]():
        size += utf8_length(document)
        if chosen and size > longest:
            break
        chosen.append(document)
    return chosen


def packed(lines: Iterable[str]) -> list[str]:
    """Consecutive lines joined into documents of :data:`DOCUMENT_BYTES` or a little more; the last may be shorter."""
    made: list[str] = []
    held: list[str] = []
    size = 0
    for line in lines:
        held.append(line)
        size += utf8_length(line)
        if size >= DOCUMENT_BYTES:
            made.append("".join(held))
            held, size = [], 0
    return [*made, "".join(held)] if held else made


def utf8_length(text: str) -> int:
    """The size of a text as UTF-8, without leaving a copy in the string, as ``len(text.encode())`` does not either."""
    return len(text.encode("utf-8", "surrogatepass"))
