"""Sequences of text, images and audio: segments to ids with side tables, and ids to segments."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok import _native
from omnitok.errors import (
    CodecError,
    CorruptFileError,
    MissingCodecError,
    RaggedImageError,
    SequenceError,
    VocabularyError,
)
from omnitok.omni_given import Named
from omnitok.omni_stream import OUTSIDE, OmniStream, as_given, invalid
from omnitok.segments import Audio, Comparable, Image, Invalid, Special, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import ArrayLike, NDArray

    from omnitok.segments import Codec, Segment
    from omnitok.vocabulary import Codes, Vocabulary

_REFUSALS = (RaggedImageError, CodecError, CorruptFileError, ValueError, TypeError, MissingCodecError, VocabularyError)
"""What writing a segment raises, kinds before those that they are of."""

MODALITIES = ("text", "image", "audio")
"""What the numbers of ``Encoded.modality`` stand for."""


@dataclass(frozen=True, eq=False)
class Encoded(Comparable):
    """The ids of a document, and what is known of each. All arrays have one length.

    Attributes:
        ids: uint32.
        modality: uint8, the place in :data:`MODALITIES`; special tokens count as text, marks as what they mark.
        codebook: int16, the codebook of a code, else -1.
        segment: uint32, the place of the segment in its document.
        document: uint32, the place of the document in its batch.
        time_ms: int64, for codes of audio the milliseconds from the beginning of their segment, rounded down; else -1.
        positions: int32 [n, 3], time, row and column for rotary embeddings of three axes. A token of text is one step
            on every axis; cells of an image share a time and have rows and columns of their own; codes of audio are
            at the step of their codec, wherever a layout puts them, and marks between them at that of their row. What
            follows begins behind the largest of the three.
        loss_weight: float32, what the id counts in the loss: a code as its segment times its codebook, marks and
            sizes as their segment. A voice counts nothing: no model draws it.
        labels: int64, the id, or -100 where it counts nothing.
    """

    ids: NDArray[np.uint32]
    modality: NDArray[np.uint8]
    codebook: NDArray[np.int16]
    segment: NDArray[np.uint32]
    document: NDArray[np.uint32]
    time_ms: NDArray[np.int64]
    positions: NDArray[np.int32]
    loss_weight: NDArray[np.float32]
    labels: NDArray[np.int64]

    def __len__(self) -> int:
        """Number of ids."""
        return len(self.ids)


class OmniTokenizer:
    """Writes and reads sequences of one vocabulary. Immutable.

    Args:
        vocabulary: with blocks of codes and their marks.
        codecs: for segments with pixels or samples, the codec of each block; it must be the one that the block names.
        loss_weights: what codes of a block count in the loss: a number, or one for each codebook.

    Raises:
        VocabularyError: a block is none of codes, its codec is another one, or images need size tokens and have none.
        ValueError: weights are not as many as codebooks, or not finite numbers from 0 on.

    Example:
        >>> import numpy as np, omnitok
        >>> from omnitok.omni import OmniTokenizer
        >>> from omnitok.segments import Image, Text
        >>> from omnitok.builder import VocabBuilder
        >>> tok = omnitok.train(texts=["hello hello world"] * 3, vocab_size=264)
        >>> omni = OmniTokenizer(VocabBuilder().text(tok).codes2d("image", 16, patch=4, grid=(2, 2)).build())
        >>> encoded = omni.encode([Text("hello"), Image([[0, 1], [2, 3]])])
        >>> encoded.ids.tolist()
        [259, 280, 264, 265, 266, 267, 281]
        >>> omni.decode(encoded.ids) == [Text("hello"), Image(np.array([[0, 1], [2, 3]]))]
        True
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        *,
        codecs: Mapping[str, Codec] | None = None,
        loss_weights: Mapping[str, float | Sequence[float]] | None = None,
    ) -> None:
        self.vocabulary = vocabulary
        self._codecs = dict(codecs or {})
        for block, codec in self._codecs.items():
            _check_codec(vocabulary, block, codec)
        blocks = vocabulary.describe()
        self._codes = {block["name"]: vocabulary.codes(block["name"]) for block in blocks if block["kind"] == "code"}
        voices: dict[str, tuple[int, str]] = {
            name: (block["start"] + index, block["parent"])
            for block in blocks
            if block["kind"] == "voice"
            for index, name in enumerate(block["names"])
        }
        special_tokens = vocabulary.tokenizer.special_tokens
        self._names = {token: name for name, (token, _) in voices.items()}
        self._names |= {token: name for name, token in special_tokens.items()}
        self._named = Named(special_tokens, self._codecs, voices)
        self._loss_weights = dict(loss_weights or {})
        weights = [(block, self._weights(block, given)) for block, given in self._loss_weights.items()]
        self._native = _native.Omni(vocabulary.tokenizer._native, weights)

    def _weights(self, block: str, given: float | Sequence[float]) -> list[float]:
        count = len(self.vocabulary.codes(block).codebooks)
        weights = np.asarray(given)
        if weights.dtype.kind not in "iuf" or weights.ndim > 1:
            raise ValueError(f"the weights of {block!r} are {given!r}; they are a number, or one for each codebook")
        return [float(weights)] * count if weights.ndim == 0 else weights.astype(float).tolist()

    def __repr__(self) -> str:
        """Its vocabulary and the blocks that segments are of."""
        return f"<omnitok.OmniTokenizer of {self.vocabulary.name!r}: {', '.join(self._codes) or 'text'}>"

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Travels between processes as its vocabulary, its codecs and its weights."""
        return _unpickle, (self.vocabulary, self._codecs, self._loss_weights)

    @property
    def codecs(self) -> dict[str, Codec]:
        """The codecs by block."""
        return dict(self._codecs)

    def codec(self, block: str) -> Codec:
        """The codec of a block.

        Raises:
            VocabularyError: there is no such block of codes, or no codec for it.
        """
        self.vocabulary.codes(block)
        return self._named.codec(block, f"block {block!r}")

    # --- segments to ids ----------------------------------------------------------------------------------------------

    def encode(self, segments: Iterable[Segment]) -> Encoded:
        """The ids of a document and their side tables, made in one pass.

        Raises:
            ValueError: codes are no integers, not below the number of codes of their codebook, or no whole frames; an
                image has a size that the vocabulary does not have. The message names the segment.
            VocabularyError: there is no such block, special token or voice, or no codec for pixels or samples.
        """
        columns = self._native.write(self._named.give(segments))
        return Encoded(document=np.zeros(len(columns["ids"]), np.uint32), **columns)

    def encode_batch(self, documents: Iterable[Iterable[Segment]]) -> Encoded:
        """:meth:`encode` for documents, end to end: ``document`` tells them apart, and positions begin anew in each."""
        all_columns = [self._write(number, segments) for number, segments in enumerate(documents)]
        if not all_columns:
            return self.encode([])
        lengths = [len(columns["ids"]) for columns in all_columns]
        document = np.repeat(np.arange(len(lengths), dtype=np.uint32), lengths)
        joined = {name: np.concatenate([columns[name] for columns in all_columns]) for name in all_columns[0]}
        return Encoded(document=document, **joined)

    def _write(self, number: int, segments: Iterable[Segment]) -> dict[str, NDArray[Any]]:
        try:
            return self._native.write(self._named.give(segments))
        except _REFUSALS as error:
            kind = next(kind for kind in _REFUSALS if isinstance(error, kind))
            raise kind(f"document {number}, {error}") from error

    def count(self, segments: Iterable[Segment]) -> int:
        """The number of ids of :meth:`encode`, without making them."""
        return self._native.count(self._named.give(segments))

    # --- ids to segments ----------------------------------------------------------------------------------------------

    def decode(self, ids: ArrayLike, *, lenient: bool = False, signals: bool = False) -> list[Segment | Invalid]:
        """The segments of ids. Texts that follow each other are one.

        Args:
            ids: integers.
            lenient: give ids that cannot stand where they do as :class:`Invalid` segments. What is complete of the
                image or the audio around them comes before.
            signals: give pixels and samples, from the codecs, in place of codes.

        Raises:
            SequenceError: ids do not follow the grammar, and ``lenient`` is false; the message names the position.
            VocabularyError: signals are asked for, and there is no codec for a block.
        """
        given, known = _ids(ids)
        try:
            found = self._native.read(known, lenient)
        except SequenceError as error:
            raise _about_given(error, given, known) from None
        segments = [self._segment(given, *piece) for piece in found]
        return [self._as_signal(index, segment) for index, segment in enumerate(segments)] if signals else segments

    def _as_signal(self, index: int, segment: Segment | Invalid) -> Segment | Invalid:
        if isinstance(segment, Image):
            return replace(segment, codes=None, pixels=self._signal(segment, f"segment {index}"))
        if isinstance(segment, Audio):
            return replace(segment, codes=None, samples=self._signal(segment, f"segment {index}"))
        return segment

    def _segment(
        self,
        given: NDArray[Any],
        kind: str,
        block: str | None,
        token: int | None,
        values: NDArray[np.uint32],
        number: int,
        reason: str | None,
    ) -> Segment | Invalid:
        if kind == "text":
            return Text(self.vocabulary.tokenizer.decode(values))
        if kind == "special":
            return Special(self._names[token or 0])
        if block is None:
            return invalid(values, number, reason or "", int(given[number]) if number < len(given) else OUTSIDE)
        codes = self._codes[block]
        if kind == "image":
            cells = values.reshape(number, -1, len(codes.codebooks))
            return Image(cells[:, :, 0] if cells.shape[2] == 1 else np.moveaxis(cells, -1, 0), block=block)
        voice = None if token is None else self._names[token]
        return Audio(_by_codebook(values, codes), voice=voice, block=block)

    def signal(self, segment: Image | Audio) -> Any:
        """The pixels or samples of a segment, from its codec.

        Raises:
            VocabularyError: there is no codec for its block.
            TypeError: it is no image and no audio.
        """
        if not isinstance(segment, (Image, Audio)):
            raise TypeError(f"only images and audio have a signal, and not {segment!r}")
        return self._signal(segment, "signal")

    def _signal(self, segment: Image | Audio, place: str) -> Any:
        codec = self._named.codec(segment.block, place)
        if isinstance(segment, Audio):
            return codec.decode(segment.codes)
        codes = np.asarray(segment.codes)
        return codec.decode(codes[None] if codes.ndim == 2 else codes)

    def stream(self) -> OmniStream:
        """A reader for ids that arrive one by one, which also says what a sampler may draw next."""
        return OmniStream(self._native, self.vocabulary.tokenizer, self._names)

    def steps(self, ids: ArrayLike) -> NDArray[np.int64]:
        """Which ids a model that has a head for each codebook draws in one step.

        With the layouts ``parallel`` and ``delay`` those of a row are one step, codebook beside codebook; any other id
        is one by itself, in the first column.

        Returns:
            Places in ``ids``, int64 [steps, the most ids of a step], -1 where a step has fewer: ``ids[steps]`` stacks
            ids, and any side table, and ``stacked[steps >= 0]`` has them in their order again.

        Raises:
            SequenceError: as :meth:`validate`, but the sequence may end anywhere.
        """
        given, known = _ids(ids)
        try:
            steps, places = self._native.steps(known)
        except SequenceError as error:
            raise _about_given(error, given, known) from None
        shape = (int(steps[-1]) + 1 if len(steps) else 0, int(places.max(initial=0)) + 1)
        stacked = np.full(shape, -1, dtype=np.int64)
        stacked[steps, places] = np.arange(len(known))
        return stacked

    # --- grammar ------------------------------------------------------------------------------------------------------

    def validate(self, ids: ArrayLike) -> None:
        """Makes sure that a whole sequence follows the grammar.

        Raises:
            SequenceError: it does not; the message names the position, what stands there and what must.
        """
        given, known = _ids(ids)
        try:
            self._native.validate(known)
        except SequenceError as error:
            raise _about_given(error, given, known) from None


def _unpickle(vocabulary: Vocabulary, codecs: dict[str, Codec], loss_weights: dict[str, Any]) -> OmniTokenizer:
    return OmniTokenizer(vocabulary, codecs=codecs, loss_weights=loss_weights)


def _check_codec(vocabulary: Vocabulary, block: str, codec: Codec) -> None:
    """Makes sure that a block was declared for this codec, and as it describes itself."""
    says, codes = codec.describe(), vocabulary.codes(block)
    vocabulary.check_codec(block, says.digest)
    ones = (1,) * len(codes.codebooks)
    declared = {
        "codebook_sizes": codes.codebooks, "patch": codes.patch, "rate": codes.rate, "strides": codes.strides or ones,
    }  # fmt: skip
    for name, value in declared.items():
        # What a codec does not describe, its digest vouches for.
        told = getattr(says, name, None)
        if told not in (None, ()) and told != value:
            raise VocabularyError(
                f"block {block!r} was declared with {name} {_shown(value)}, and its codec has {_shown(told)}; "
                "VocabBuilder.codec declares it as the codec is"
            )


def _shown(value: Any) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)


# --- arrays -----------------------------------------------------------------------------------------------------------


def _ids(ids: ArrayLike) -> tuple[NDArray[Any], NDArray[np.uint32]]:
    """Ids as they were given and as the core takes them."""
    array = np.asarray(ids)
    if array.size == 0:
        return array, np.zeros(0, np.uint32)
    are_wide = array.dtype.kind in "fO" and isinstance(ids, (list, tuple)) and all(type(one) is int for one in ids)
    if are_wide:
        # Integers of more than 64 bits, or of both ends of 64, have no type of their own.
        array = np.array(ids, dtype=object)
    if not (are_wide or array.dtype.kind in "iu") or array.ndim != 1:
        raise ValueError(f"ids are integers [n]; these are {array.dtype} {list(array.shape)}")
    known = np.where((array < 0) | (array >= OUTSIDE), OUTSIDE, array)
    return array, np.ascontiguousarray(known, dtype=np.uint32)


def _about_given(error: SequenceError, given: NDArray[Any], known: NDArray[np.uint32]) -> SequenceError:
    """The error with the integer that was given: where it is about one that is outside, then about the first."""
    outside = given[known == OUTSIDE]
    return SequenceError(as_given(str(error), int(outside[0]))) if len(outside) else error


def _by_codebook(values: NDArray[np.uint32], codes: Codes) -> Any:
    """Codes in the order of a sequence as an array for each codebook; as one, where all have one rate."""
    strides = codes.strides or (1,) * len(codes.codebooks)
    times = [max(strides) // stride for stride in strides]
    frames = values.reshape(-1, sum(times))
    ends = np.cumsum(times).tolist()
    parts = [frames[:, end - count : end].reshape(-1) for end, count in zip(ends, times, strict=True)]
    return np.stack(parts) if len(set(times)) == 1 else parts
