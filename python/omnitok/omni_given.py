"""Segments as the core takes them: their codes as arrays, and signals as the codes of their codec."""

from __future__ import annotations

import os
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from omnitok.code_merges import integers
from omnitok.errors import CodecError, CorruptFileError, MissingCodecError, VocabularyError
from omnitok.segments import Audio, Image, Special, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from omnitok.segments import Codec, Segment

    GivenSegment: TypeAlias = tuple[str, str | None, str, int | None, list[NDArray[np.uint32]], tuple[int, int], float]


@dataclass(frozen=True)
class Named:
    """What segments name.

    Attributes:
        special_tokens: ids by name.
        codecs: by block.
        voices: by name the id and the block that it speaks in.
    """

    special_tokens: Mapping[str, int]
    codecs: Mapping[str, Codec]
    voices: Mapping[str, tuple[int, str]]

    def give(self, segments: Iterable[Segment]) -> list[GivenSegment]:
        """Segments as the core takes them, with the codes of their signals.

        Raises:
            ValueError: codes are no integers, or have no shape of their modality; messages name the segment.
            VocabularyError: there is no such special token or voice, or no codec for a signal.
            TypeError: one is no segment, or a field is of another type.
        """
        return [self._give(index, segment) for index, segment in enumerate(segments)]

    def _give(self, index: int, segment: Segment) -> GivenSegment:
        _check_fields(index, segment)
        if isinstance(segment, Text):
            return "text", segment.text, "", None, [], (0, 0), segment.loss
        if isinstance(segment, Special):
            token = self.special_tokens.get(segment.name)
            if token is None:
                raise VocabularyError(f"segment {index}: there is no special token {segment.name!r}")
            return "special", None, "", token, [], (0, 0), segment.loss
        if isinstance(segment, Image):
            cells = self._cells(index, segment)
            size = (cells.shape[0], cells.shape[1])
            return "image", None, segment.block, None, [cells.reshape(-1)], size, segment.loss
        if isinstance(segment, Audio):
            lines, voice = self._lines(index, segment), self._voice(index, segment)
            return "audio", None, segment.block, voice, lines, (0, 0), segment.loss
        raise TypeError(f"segment {index} is {segment!r}; a segment is Text, Special, Image or Audio")

    def _cells(self, index: int, segment: Image) -> NDArray[np.uint32]:
        """The codes of an image: [rows, columns], or [rows, columns, codebooks]."""
        codes = self._signal_codes(index, segment.block, segment.codes, segment.pixels, "pixels")
        cells = integers(f"segment {index}", codes)
        if cells.ndim == 3:
            cells = np.moveaxis(cells, 0, -1)
        if cells.ndim not in (2, 3):
            raise ValueError(
                f"segment {index}: codes of an image have shape {list(cells.shape)}; they are [rows, columns] or "
                "[codebooks, rows, columns]"
            )
        if cells.size == 0:
            raise ValueError(f"segment {index}: an image of {cells.shape[0]} x {cells.shape[1]} cells has none")
        return np.ascontiguousarray(cells)

    def _lines(self, index: int, segment: Audio) -> list[NDArray[np.uint32]]:
        """The codes of audio, an array for each codebook."""
        codes = self._signal_codes(index, segment.block, segment.codes, segment.samples, "samples")
        try:
            lines = [integers(f"segment {index}", line) for line in codes]
        except TypeError:
            raise ValueError(f"segment {index}: codes of audio are [codebooks, frames], and not {codes!r}") from None
        if any(line.ndim != 1 for line in lines):
            raise ValueError(f"segment {index}: codes of audio are [codebooks, frames]")
        return [np.ascontiguousarray(line) for line in lines]

    def _signal_codes(self, index: int, block: str, codes: Any, signal: Any, what: str) -> Any:
        if (codes is None) == (signal is None):
            raise ValueError(f"segment {index} has codes and {what}, or neither; give one of them")
        if codes is not None:
            return codes
        codec = self.codec(block, f"segment {index}")
        try:
            if isinstance(signal, (str, os.PathLike)):
                if not hasattr(codec, "read"):
                    raise TypeError(f"segment {index}: the codec of block {block!r} reads no files; give {what}")
                signal = codec.read(signal)
            return codec.encode(signal)
        except (CodecError, CorruptFileError) as error:
            raise type(error)(f"segment {index}: {error}") from error

    def codec(self, block: str, place: str) -> Codec:
        """The codec of a block.

        Raises:
            MissingCodecError: there is none; the message begins with ``place``.
        """
        if block not in self.codecs:
            raise MissingCodecError(
                f"{place}: there is no codec for block {block!r}, which signals go through; give it as codecs"
            )
        return self.codecs[block]

    def _voice(self, index: int, segment: Audio) -> int | None:
        if segment.voice is None:
            return None
        token, parent = self.voices.get(segment.voice, (-1, None))
        if parent != segment.block:
            voices = ", ".join(repr(name) for name, (_, block) in self.voices.items() if block == segment.block)
            raise VocabularyError(
                f"segment {index}: there is no voice {segment.voice!r} for block {segment.block!r}; "
                f"there is {voices or 'none'}"
            )
        return token


def _check_fields(index: int, segment: Segment) -> None:
    """Makes sure that fields have the types that the core takes, while it is known whose they are."""
    if isinstance(segment, Text) and not isinstance(segment.text, str):
        raise TypeError(f"segment {index}: text is a string, and not {segment.text!r}")
    if isinstance(segment, Special) and not isinstance(segment.name, str):
        raise TypeError(f"segment {index}: a special token is given by its name, and not {segment.name!r}")
    if isinstance(segment, (Image, Audio)) and not isinstance(segment.block, str):
        raise TypeError(f"segment {index}: a block is given by its name, and not {segment.block!r}")
    if isinstance(segment, Audio) and not isinstance(segment.voice, (str, type(None))):
        raise TypeError(f"segment {index}: a voice is given by its name, and not {segment.voice!r}")
    loss: object = getattr(segment, "loss", 1)
    if not isinstance(loss, Real):
        raise TypeError(f"segment {index}: loss is a number, and not {loss!r}")
