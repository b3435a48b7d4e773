"""What a tokenizer must offer to be measured, and the measuring of one tokenizer on one text."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

from omnitok.errors import OmnitokError, SameNameError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray


@runtime_checkable
class SupportsEncode(Protocol):
    """The least that evaluation asks of a tokenizer; ``omnitok.Tokenizer`` has it, and a few lines give it to others.

    ``decode(encode_ordinary(text))`` is expected to be ``text``. Where it is not, the tokenizer is measured all the
    same, but flagged and not ranked, because a tokenizer that drops text can always be short.
    """

    @property
    def name(self) -> str:
        """What tables and charts call it."""

    @property
    def vocab_size(self) -> int:
        """Number of ids."""

    def encode_ordinary(self, text: str, /) -> list[int]:
        """The ids of a text, special tokens read as plain text."""

    def decode(self, ids: list[int], /) -> str:
        """The text of ids."""


class EncodedBatch(Protocol):
    """Texts encoded together: text ``i`` has the ids from ``offsets[i]`` to ``offsets[i + 1]``."""

    @property
    def ids(self) -> NDArray[np.uint32]:
        """The ids of all texts, one text after the other."""

    @property
    def offsets(self) -> NDArray[np.int64]:
        """Where each text begins, and where the last one ends: one more than there are texts."""


@runtime_checkable
class SupportsBatch(SupportsEncode, Protocol):
    """A tokenizer with a faster way for many texts."""

    def encode_batch(
        self, texts: Sequence[str], /, *, num_threads: int | None = None, disallowed_special: tuple[()] = ()
    ) -> EncodedBatch:
        """Encodes many texts; with nothing disallowed, each as ``encode_ordinary`` does."""


class Measured(NamedTuple):
    """One tokenizer on the lines of one text."""

    tokens: int
    lines: int
    intact: int
    """Lines that decode to exactly what was encoded."""


def encode_lines(
    tokenizer: SupportsEncode, lines: Sequence[str], num_threads: int | None = None
) -> Iterator[list[int]]:
    """Yields the ids of each line, through ``encode_batch`` where the tokenizer has it."""
    if not isinstance(tokenizer, SupportsBatch):
        yield from map(tokenizer.encode_ordinary, lines)
        return
    batch = tokenizer.encode_batch(lines, num_threads=num_threads, disallowed_special=())
    offsets = batch.offsets.tolist()
    for start, end in pairwise(offsets):
        yield batch.ids[start:end].tolist()


def measure_lines(tokenizer: SupportsEncode, lines: Sequence[str], num_threads: int | None = None) -> Measured:
    """Counts the tokens of the lines, each encoded alone, and the lines that survive the round trip."""
    tokens = intact = 0
    for line, ids in zip(lines, encode_lines(tokenizer, lines, num_threads), strict=True):
        tokens += len(ids)
        intact += tokenizer.decode(ids) == line
    return Measured(tokens, len(lines), intact)


def check_tokenizers(tokenizers: Sequence[Any], baselines: Sequence[Any] = ()) -> tuple[SupportsEncode, ...]:
    """Returns tokenizers and baselines as one sequence, each of them once.

    Raises:
        TypeError: one of them lacks a method or property of ``SupportsEncode``.
        OmnitokError: there is no tokenizer; as :class:`SameNameError`, two different ones have the same name.
    """
    if not tokenizers:
        raise OmnitokError("there is no tokenizer to evaluate; give at least one")
    by_name: dict[str, SupportsEncode] = {}
    for tokenizer in (*tokenizers, *baselines):
        if not isinstance(tokenizer, SupportsEncode):
            missing = [
                name for name in ("name", "vocab_size", "encode_ordinary", "decode") if not hasattr(tokenizer, name)
            ]
            raise TypeError(
                f"{type(tokenizer).__name__} lacks {', '.join(missing)}; pass what omnitok.load() returns, "
                "or an object with these members"
            )
        if by_name.setdefault(tokenizer.name, tokenizer) is not tokenizer:
            raise SameNameError(
                f"two tokenizers are named {tokenizer.name!r}, so a table could not tell them apart; "
                "leave one out, or give one another name: with_name('...')"
            )
    return tuple(by_name.values())
