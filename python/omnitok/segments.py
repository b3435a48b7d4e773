"""Typed pieces of a sequence: text, special tokens, images, audio."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike

    from numpy.typing import ArrayLike, NDArray


class Comparable:
    """Equal to what has equal fields, arrays included."""

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return all(_same(getattr(self, field.name), getattr(other, field.name)) for field in fields(self))  # type: ignore[arg-type]

    __hash__ = None  # type: ignore[assignment]


def _same(one: Any, other: Any) -> bool:
    import numpy as np

    if one is None or other is None:
        return one is other
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(np.array_equal(one, other))


class Codec(Protocol):
    """What turns pixels or samples into codes and back; see :mod:`omnitok.codecs`."""

    def describe(self) -> Any:
        """What it is; ``digest`` is its SHA-256 in hex."""

    def encode(self, signal: Any) -> Any:
        """The codes of a signal."""

    def decode(self, codes: Any) -> Any:
        """The signal of codes."""


@dataclass(frozen=True)
class Text:
    """A text, in which nothing is special.

    Attributes:
        text: any string.
        loss: what each of its ids counts in the loss.
    """

    text: str
    loss: float = 1.0


@dataclass(frozen=True)
class Special:
    """A special token.

    Attributes:
        name: its name.
        loss: what it counts in the loss.
    """

    name: str
    loss: float = 1.0


@dataclass(frozen=True, eq=False)
class Image(Comparable):
    """An image.

    Attributes:
        codes: integers [rows, columns], or [codebooks, rows, columns].
        pixels: in place of codes, what the codec of the block takes, or the path of a picture.
        block: the block of its codes.
        loss: what each of its ids counts in the loss, times the weight of its codebook.
    """

    codes: ArrayLike | None = None
    pixels: NDArray[Any] | str | PathLike[str] | None = None
    block: str = "image"
    loss: float = 1.0


@dataclass(frozen=True, eq=False)
class Audio(Comparable):
    """Audio.

    Attributes:
        codes: integers [codebooks, frames]; for a codec with several rates, an array for each codebook.
        samples: in place of codes, what the codec of the block takes, or the path of a recording.
        voice: the voice it is spoken in; None for audio that comes from outside.
        block: the block of its codes.
        loss: what each of its ids counts in the loss, times the weight of its codebook.
    """

    codes: ArrayLike | Sequence[ArrayLike] | None = None
    samples: NDArray[Any] | str | PathLike[str] | None = None
    voice: str | None = None
    block: str = "audio"
    loss: float = 1.0


@dataclass(frozen=True)
class Invalid:
    """Ids that cannot stand where they do.

    Attributes:
        ids: the ids.
        position: the place of the first in the sequence.
        reason: what they are, and what must stand there.
    """

    ids: tuple[int, ...]
    position: int
    reason: str


Segment: TypeAlias = Text | Special | Image | Audio
"""What a sequence is made of."""
