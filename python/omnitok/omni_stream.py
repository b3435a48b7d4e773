"""Reading ids as they arrive: events, and what a sampler may draw next."""

from __future__ import annotations

import operator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from omnitok import _native
from omnitok.segments import Comparable, Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import SupportsIndex

    import numpy as np
    from numpy.typing import NDArray

    from omnitok.tokenizer import Tokenizer

OUTSIDE = 2**32 - 1
"""An id that no vocabulary has. It stands for the integers that are no u32, which are outside of all as well."""


@dataclass(frozen=True)
class TextDelta:
    """Text that became whole."""

    text: str


@dataclass(frozen=True)
class SpecialToken:
    """A special token."""

    name: str


@dataclass(frozen=True)
class Begin:
    """A segment of a block begins; audio perhaps in a voice."""

    block: str
    voice: str | None


@dataclass(frozen=True, eq=False)
class AudioFrame(Comparable):
    """A frame of audio: its codes, in codebook order."""

    codes: NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class ImageRow(Comparable):
    """A row of an image: its codes, cell after cell."""

    codes: NDArray[np.uint32]


@dataclass(frozen=True)
class End:
    """The segment ends."""


Event: TypeAlias = TextDelta | SpecialToken | Begin | AudioFrame | ImageRow | End | Invalid


class OmniStream:
    """Reads ids as they arrive. No id raises: what cannot stand where it does is an :class:`Invalid` event.

    Texts never hold half a character: what is left of one when something else follows is U+FFFD.
    """

    def __init__(self, omni: _native.Omni, tokenizer: Tokenizer, names: Mapping[int, str]) -> None:
        """A reader at the beginning of a sequence; :meth:`OmniTokenizer.stream` makes one.

        Args:
            omni: the grammar.
            tokenizer: what has the bytes of text.
            names: those of special tokens and voices.
        """
        self._native = _native.OmniStream(omni)
        self._tokenizer = tokenizer
        self._names = names
        self._text = _native.Utf8Stream()

    def push(self, id: SupportsIndex) -> list[Event]:
        """What an id brings: nothing while a character, a frame or a row goes on.

        Raises:
            TypeError: it is no integer.
        """
        given = operator.index(id)
        known = given if 0 <= given < OUTSIDE else OUTSIDE
        return [event for found in self._native.push(known) for event in self._events(given, *found)]

    def finish(self) -> list[Event]:
        """What is left at the end; the stream starts afresh then."""
        return [event for found in self._native.finish() for event in self._events(OUTSIDE, *found)] + self._rest()

    def allowed(self) -> list[range]:
        """The ids that a sampler may draw next. Voices are none of them, and the begin of audio only behind a voice."""
        return [range(start, end) for start, end in self._native.allowed()]

    def mask(self) -> NDArray[np.bool_]:
        """:meth:`allowed` as an array [vocab_size]."""
        return self._native.mask(self._tokenizer.vocab_size)

    def _rest(self) -> list[Event]:
        rest = self._text.finish()
        return [TextDelta(rest)] if rest else []

    def _events(
        self,
        given: int,
        kind: str,
        block: str | None,
        token: int | None,
        values: NDArray[np.uint32],
        number: int,
        reason: str | None,
    ) -> list[Event]:
        if kind == "text":
            text = self._text.push(self._tokenizer.token_bytes(token or 0))
            return [TextDelta(text)] if text else []
        event: Event
        if kind == "special":
            event = SpecialToken(self._names[token or 0])
        elif kind == "begin":
            event = Begin(block or "", None if token is None else self._names[token])
        elif kind == "frame":
            event = AudioFrame(values)
        elif kind == "row":
            event = ImageRow(values)
        elif kind == "end":
            event = End()
        else:
            event = invalid(values, number, reason or "", given)
        return [*self._rest(), event]


def invalid(ids: NDArray[np.uint32], position: int, reason: str, given: int) -> Invalid:
    """Ids that cannot stand where they do; the one that was given where the core only knows that it is outside."""
    if ids.tolist() == [OUTSIDE]:
        return Invalid((given,), position, as_given(reason, given))
    return Invalid(tuple(ids.tolist()), position, reason)


def as_given(message: str, given: int) -> str:
    """A message of the core about :data:`OUTSIDE`, about the integer that was given."""
    return message.replace(f"id {OUTSIDE} is", f"id {given} is", 1)
