"""Merges over codes: learnt from arrays of codes, they make fewer symbols of them, and back."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np

from omnitok import _native
from omnitok.blocks import code_block, exact_rate, to_json
from omnitok.errors import CorruptFileError, TrainingError, VocabularyError
from omnitok.progress import Progress
from omnitok.threads import thread_count
from omnitok.vocabulary import CodeMerge

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

    from omnitok.blocks import Rate

Modality: TypeAlias = Literal["audio", "image"]


@dataclass(frozen=True)
class CodeMerges:
    """Merges over the codes of a codec. Immutable; ``VocabBuilder.merges`` takes them.

    Symbols are the codes of all codebooks, those of the first one first, and behind them the merges.

    Attributes:
        pairs: the merges, in the order of their symbols.
        sizes: number of codes of each codebook.
        modality: ``audio``, codes in time, or ``image``, codes in a plane.
        strides: for audio, steps between two codes of each codebook; default 1 each.
        whole_frames: each merge of audio lies inside one frame, or is made of whole ones.
        counts: how often each pair could be replaced where it was learnt; empty where nobody knows.

    Raises:
        VocabularyError: a merge names a symbol that is not before it, makes no run or rectangle, or is there twice.

    Example:
        >>> from omnitok.code_merges import CodeMerges
        >>> merges = CodeMerges([(0, 1), (4, 2)], sizes=[4], modality="audio")
        >>> merges.encode([3, 0, 1, 2, 0, 1]).tolist()
        [3, 5, 4]
        >>> merges.decode([3, 5, 4]).tolist()
        [[3, 0, 1, 2, 0, 1]]
    """

    pairs: Sequence[CodeMerge]
    sizes: Sequence[int]
    modality: Modality = "audio"
    strides: Sequence[int] = ()
    whole_frames: bool = False
    counts: Sequence[int] = ()
    _table: _native.CodeTable = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Checks the merges."""
        object.__setattr__(self, "pairs", tuple(CodeMerge(*pair) for pair in self.pairs))
        object.__setattr__(self, "sizes", tuple(self.sizes))
        object.__setattr__(self, "strides", tuple(self.strides))
        object.__setattr__(self, "counts", tuple(self.counts))
        for number, (left, right, _) in enumerate(self.pairs):
            if not (0 <= left < 2**32 and 0 <= right < 2**32):
                raise VocabularyError(f"merge {number} of {left} and {right} names a symbol that is not before it")
        block = _layout(self.sizes, self.modality, self.strides)
        object.__setattr__(self, "_table", _native.CodeTable(block, list(self.pairs), self.whole_frames))

    def __len__(self) -> int:
        """Number of merges."""
        return len(self.pairs)

    def __reduce__(self) -> tuple[Any, tuple[Any, ...]]:
        """Travels between processes as what it was made of."""
        return CodeMerges, (self.pairs, self.sizes, self.modality, self.strides, self.whole_frames, self.counts)

    def encode(self, codes: ArrayLike | Sequence[ArrayLike]) -> NDArray[np.uint32]:
        """The symbols of codes, in the order of a sequence: each where its first code is, top left. O(n log n).

        Args:
            codes: of audio [frames] or [codebooks, frames], or for several rates an array a codebook; of an image
                [rows, columns] or [codebooks, rows, columns].

        Raises:
            ValueError: a code that its codebook does not have; the message names its place.
        """
        lines, columns = _lines("codes", codes, self.modality)
        return self._table.encode(lines, columns)

    def decode(self, symbols: ArrayLike, columns: int | None = None) -> Any:
        """The codes of symbols: [codebooks, frames] or [codebooks, rows, columns]; a list of arrays where rates differ.

        Args:
            symbols: what :meth:`encode` gave.
            columns: of an image, how many it has.

        Raises:
            SequenceError: a symbol that cannot stand where it does, or frames and rows that are not full.
            ValueError: columns are not given for an image, or for audio, or are none.
        """
        if (columns is not None) != (self.modality == "image"):
            raise ValueError(f"columns is {columns}; it is given for images, and for nothing else")
        if columns is not None and not 1 <= columns < 2**63:
            raise ValueError(f"columns is {columns}; an image has at least one, and fewer than 2^63")
        codes = self._table.decode(integers("symbols", symbols).reshape(-1), columns)
        if columns is not None:
            return np.stack(codes).reshape(len(codes), -1, columns)
        return np.stack(codes) if len({len(one) for one in codes}) == 1 else codes

    def save(self, path: str | os.PathLike[str], *, force: bool = False) -> None:
        """A merge a line: two symbols, and ``down`` where the second lies below. :func:`read_merges` reads it."""
        lines = (f"{left} {right}{' down' if down else ''}\n" for left, right, down in self.pairs)
        _native.write_file(path, "".join(lines).encode(), force=force)


def learn_code_merges(
    arrays: Iterable[ArrayLike | Sequence[ArrayLike]],
    merges: int,
    *,
    sizes: int | Sequence[int],
    modality: Modality = "audio",
    strides: Sequence[int] = (),
    codebooks: Sequence[int] | None = None,
    min_count: int = 2,
    max_frames: int | None = None,
    max_ms: float | Fraction | None = None,
    rate: Rate | None = None,
    whole_frames: bool = False,
    rows_only: bool = False,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> CodeMerges:
    """Learns merges over codes: one after the other the pair that can be replaced most often.

    Of several pairs the one with the smallest left symbol comes first, then the smallest right one, then beside before
    below. A merge joins codes of one codebook and one array; in images those that make a rectangle. The result is the
    same for any number of threads.

    Args:
        arrays: codes as :meth:`CodeMerges.encode` takes them, one array for each sound or image.
        merges: how many.
        sizes: number of codes of each codebook.
        modality: ``audio`` or ``image``.
        strides: for audio, steps between two codes of each codebook.
        codebooks: learn from these only; default: all.
        min_count: a pair that can be replaced less often is not merged.
        max_frames: the most frames that a merge of audio takes.
        max_ms: the most milliseconds that it takes, by ``rate``.
        rate: steps a second of the finest codebook.
        whole_frames: each merge lies inside one frame, or is made of whole ones: for several codes a frame.
        rows_only: merge images along their rows only.
        num_threads: default: the environment variable OMNITOK_NUM_THREADS, else every CPU.
        progress: called with a :class:`~omnitok.progress.Progress` now and then.

    Raises:
        ValueError: an array is none of codes, or has one that its codebook does not have; the message names its place.
        ExhaustedError: the codes yield fewer merges.
        TrainingError: options make no sense, or none together.
    """
    sizes = [sizes] if isinstance(sizes, int) else list(sizes)
    strides = list(strides)
    if unknown := [codebook for codebook in codebooks or () if not 0 <= codebook < len(sizes)]:
        raise TrainingError(f"there is no codebook {unknown[0]}; these codes have {len(sizes)}, counted from 0")
    for name, value, least in (("merges", merges, 0), ("min_count", min_count, 1)):
        if not least <= value < 2**63:
            raise TrainingError(f"{name} is {value}; it must be at least {least} and below 2^63")
    if modality == "image" and (max_frames, max_ms) != (None, None):
        raise TrainingError("images have no frames and no duration; leave max_frames and max_ms out")
    samples: list[tuple[int, int | None, NDArray[np.uint32]]] = []
    places: list[int] = []
    for number, array in enumerate(arrays):
        lines, columns = _lines(f"array {number}", array, modality)
        if len(lines) != len(sizes):
            raise ValueError(f"array {number} has codes of {len(lines)} codebooks, and sizes are those of {len(sizes)}")
        for codebook, line in enumerate(lines):
            if codebooks is None or codebook in codebooks:
                samples.append((codebook, columns, line))
                places.append(number)
    options = {
        "merges": merges,
        "min_count": min_count,
        "max_steps": _max_steps(max_frames, max_ms, rate, strides),
        "whole_frames": whole_frames,
        "rows_only": rows_only,
    }

    def tell(stage: str, done: int, total: int, work: tuple[int, int]) -> None:
        if progress is not None:
            work_done, expected = work
            progress(Progress(stage, done, total, min(work_done / expected, 1.0) if expected else None))

    layout, threads = _layout(sizes, modality, strides), thread_count(num_threads)
    try:
        pairs, counts = _native.learn_code_merges(layout, samples, options, num_threads=threads, progress=tell)
    except ValueError as error:
        # The core counts the lines that it is given, and the caller arrays.
        found = re.match(r"sample (\d+)(?=: )", str(error))
        if found is None:
            raise
        raise ValueError(f"array {places[int(found[1])]}{str(error)[found.end() :]}") from None
    return CodeMerges([CodeMerge(*pair) for pair in pairs], sizes, modality, strides, whole_frames, tuple(counts))


def read_merges(path: str | os.PathLike[str]) -> list[CodeMerge]:
    """The merges of a file: a merge a line, two symbols, and ``down`` where the second lies below the first.

    Raises:
        CorruptFileError: a line is none, or says what an earlier one says.
    """
    path = Path(path)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise CorruptFileError(f"{path} is no text: {error}") from error
    places: dict[CodeMerge, int] = {}
    for number, line in enumerate(lines, 1):
        words = line.split(" ")
        if (
            len(words) < 2
            or words[2:] not in ([], ["down"])
            or not all(_SYMBOL.fullmatch(word) and int(word) < 2**32 for word in words[:2])
        ):
            raise CorruptFileError(
                f"{path}: line {number}: {line!r} is no merge, which is two symbols, or these and down"
            )
        merge = CodeMerge(int(words[0]), int(words[1]), len(words) == 3)
        first = places.setdefault(merge, number)
        if first != number:
            below = " below it" if merge.down else ""
            raise CorruptFileError(
                f"{path}: lines {first} and {number} are both of {merge.left} and {merge.right}{below}; "
                "a pair is merged once"
            )
    return list(places)


_SYMBOL = re.compile("[0-9]{1,10}")


def integers(place: str, codes: Any) -> NDArray[np.uint32]:
    """Codes as the core takes them.

    Args:
        place: where they are, for messages.
        codes: any array of integers.

    Raises:
        ValueError: they are none, or not from 0 to 2^32 - 1.
    """
    array = np.asarray(codes)
    if array.dtype == np.uint32:
        return array
    if array.dtype.kind not in "iu" and array.size:
        raise ValueError(f"{place}: codes are integers, not {array.dtype}")
    if array.size and (array.min() < 0 or array.max() >= 2**32):
        raise ValueError(f"{place}: codes go from {array.min()} to {array.max()}; a code is from 0 to 2^32 - 1")
    return array.astype(np.uint32)


def _layout(sizes: Sequence[int], modality: Modality, strides: Sequence[int]) -> str:
    """Codes as the core describes them. The rate and the patch are any: nothing here depends on them."""
    if modality not in ("audio", "image"):
        raise ValueError(f"modality is {modality!r}; it is 'audio' or 'image'")
    kind: dict[str, Any] = {"rate": 1} if modality == "audio" else {"patch": 1}
    return to_json([code_block("codes", sizes, strides=strides, **kind)])[1:-1]


def _lines(place: str, codes: Any, modality: Modality) -> tuple[list[NDArray[np.uint32]], int | None]:
    """An array for each codebook, and for images the number of columns."""
    if modality == "image":
        cells = integers(place, codes)
        if cells.ndim not in (2, 3):
            shape = list(cells.shape)
            raise ValueError(f"{place}: an image has codes [rows, columns] or [codebooks, rows, columns], not {shape}")
        cells = cells if cells.ndim == 3 else cells[None]
        return [np.ascontiguousarray(plane).reshape(-1) for plane in cells], cells.shape[2]
    if isinstance(codes, (list, tuple)) and codes and not isinstance(codes[0], (int, np.integer)):
        lines = [integers(place, one) for one in codes]
    else:
        whole = integers(place, codes)
        lines = list(whole) if whole.ndim == 2 else [whole]
    if any(line.ndim != 1 for line in lines):
        raise ValueError(f"{place}: audio has codes [frames] or [codebooks, frames]")
    return [np.ascontiguousarray(line) for line in lines], None


def _max_steps(
    max_frames: int | None, max_ms: float | Fraction | None, rate: Rate | None, strides: Sequence[int]
) -> int | None:
    """The most steps of a merge."""
    limits = [] if max_frames is None else [max_frames * max(strides, default=1)]
    if max_ms is not None:
        if rate is None:
            raise ValueError(f"max_ms is {max_ms}, and without a rate nobody knows how many steps that is; give a rate")
        if not math.isfinite(max_ms):
            raise ValueError(f"max_ms is {max_ms}; it is a number of milliseconds, and without it there is no limit")
        limits.append(math.floor(Fraction(max_ms) * exact_rate(rate) / 1000))
    if any(limit < 1 for limit in limits):
        raise ValueError(
            f"the longest merge would take {min(limits)} steps; max_frames and max_ms leave it one at least"
        )
    # No merge takes so many steps: it has at most 2^16 codes, each of at most 2^12.
    return min(*limits, 2**32) if limits else None
