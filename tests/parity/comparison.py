"""Comparing two encoders, and cutting a text on which they differ down to what matters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

Encode = Callable[[str], Sequence[int]]
EncodeMany = Callable[[list[str]], Sequence[Sequence[int]]]

_TEXTS_AT_ONCE = 4096
_CHARACTERS_AT_ONCE = 1 << 20


@dataclass
class Comparison:
    """How many texts were compared, and the shortest form of the first few on which the ids differ.

    Attributes:
        inputs: Number of texts.
        bytes: Their size as UTF-8.
        differences: Number of texts with other ids.
        shown: Some of them, shortened.
    """

    inputs: int = 0
    bytes: int = 0
    differences: int = 0
    shown: list[str] = field(default_factory=list)

    def __add__(self, other: Comparison) -> Comparison:
        """Both together."""
        return Comparison(
            self.inputs + other.inputs,
            self.bytes + other.bytes,
            self.differences + other.differences,
            (self.shown + other.shown)[:5],
        )


def compare(ours: EncodeMany, theirs: EncodeMany, texts: Iterable[str]) -> Comparison:
    """Compares the ids of texts; both sides get the same few of them at a time."""
    result = Comparison()
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) == _TEXTS_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            _compare_batch(result, ours, theirs, batch)
            batch, characters = [], 0
    _compare_batch(result, ours, theirs, batch)
    return result


def _compare_batch(result: Comparison, ours: EncodeMany, theirs: EncodeMany, batch: list[str]) -> None:
    result.inputs += len(batch)
    result.bytes += sum(len(text.encode("utf-8", "surrogatepass")) for text in batch)
    for text, left, right in zip(batch, ours(batch), theirs(batch), strict=True):
        if list(left) != list(right):
            result.differences += 1
            if len(result.shown) < 5:
                result.shown.append(ascii(shorten(text, ours, theirs)))


def shorten(text: str, ours: EncodeMany, theirs: EncodeMany) -> str:
    """A part of the text on which the encoders still differ and which loses that when it loses any character."""

    def differs(part: str) -> bool:
        return list(ours([part])[0]) != list(theirs([part])[0])

    step = len(text) // 2
    while step:
        start = 0
        while start < len(text):
            part = text[:start] + text[start + step :]
            if differs(part):
                text = part
            else:
                start += step
        step = min(step - 1, max(1, step // 2))
    return text
