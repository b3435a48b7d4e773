"""Texts that are in Python already, in pieces that the core takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: Texts that are handed to the core at once: enough to keep every thread busy.
_TEXTS_PER_CALL = 4096


def by_language(texts: Iterable[str] | Mapping[str, Iterable[str]] | None) -> Iterable[tuple[str, Iterable[str]]]:
    """What is given as ``texts``, with the language of each.

    Raises:
        TypeError: it is one string, whose characters would be the texts.
    """
    if texts is None:
        return ()
    if isinstance(texts, str):
        raise TypeError("texts is one string; pass an iterable of strings, or [text]")
    if isinstance(texts, Mapping):
        return texts.items()
    # A stream of `omnitok.corpora.datasets_loader` knows what it speaks.
    language = getattr(texts, "language", "")
    return [(language if isinstance(language, str) else "", texts)]


def batches(texts: Iterable[str]) -> Iterator[list[str]]:
    """The texts, as many at once as keep every thread busy."""
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _TEXTS_PER_CALL:
            yield batch
            batch = []
    if batch:
        yield batch
