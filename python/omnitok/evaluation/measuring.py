"""What a tokenizer must offer to be measured, and how it is asked."""

from __future__ import annotations

from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

import numpy as np

from omnitok.errors import OmnitokError, SameNameError
from omnitok.evaluation.published import is_published
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


@runtime_checkable
class SupportsEncode(Protocol):
    """The least that evaluation asks of a tokenizer; ``omnitok.Tokenizer`` has it, and a few lines give it to others.

    ``decode(encode_ordinary(text))`` is expected to be ``text``. Where it is not, the tokenizer is measured all the
    same, but flagged and not ranked, because a tokenizer that drops text can always be short.

    Where tokens end among words and characters is known of tokenizers that also have ``token_bytes(id)``, or whose
    ``decode([id])`` gives whole characters; for others those metrics are missing. The audit of the vocabulary needs
    ``token_bytes``.
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


class Encoded(NamedTuple):
    """The ids of lines, one line after the other: line ``i`` has those from ``offsets[i]`` to ``offsets[i + 1]``."""

    ids: NDArray[np.uint32]
    offsets: NDArray[np.int64]


def encode_lines(tokenizer: SupportsEncode, lines: Sequence[str], num_threads: int | None = None) -> Encoded:
    """The ids of lines, each encoded alone, through ``encode_batch`` where the tokenizer has it.

    Raises:
        OmnitokError: an id is no whole number from 0 to 2^32 - 1.
    """
    if isinstance(tokenizer, SupportsBatch):
        batch = tokenizer.encode_batch(lines, num_threads=num_threads, disallowed_special=())
        ids, offsets = np.ascontiguousarray(batch.ids, np.uint32), np.ascontiguousarray(batch.offsets, np.int64)
        return Encoded(ids, offsets)
    encoded = [tokenizer.encode_ordinary(line) for line in lines]
    offsets = np.array([0, *accumulate(map(len, encoded))], dtype=np.int64)
    try:
        ids = np.fromiter(chain.from_iterable(encoded), dtype=np.uint32, count=int(offsets[-1]))
    except (OverflowError, TypeError, ValueError) as error:
        raise OmnitokError(
            f"{tokenizer.name} gives ids that are no whole numbers from 0 to 2^32 - 1: {error}"
        ) from error
    return Encoded(ids, offsets)


def count_tokens(tokenizer: SupportsEncode, lines: Sequence[str], num_threads: int | None = None) -> NDArray[np.int64]:
    """The number of tokens of each line, encoded alone."""
    if isinstance(tokenizer, Tokenizer):
        return tokenizer.count_batch(lines, num_threads=num_threads)
    return np.diff(encode_lines(tokenizer, lines, num_threads).offsets)


class Deferred:
    """A tokenizer that is let go of when it has been measured, with the caches that it filled, so that many can be.

    It is loaded now, for its name, size and digest, and anew when it is asked for a second time.
    """

    def __init__(self, load: Callable[[], SupportsEncode]) -> None:
        """Takes what loads it, which must give the same one every time."""
        self._load = load
        self._loaded: SupportsEncode | None = load()
        self.name, self.vocab_size = self._loaded.name, self._loaded.vocab_size
        self.digest, self.library = digest_of(self._loaded), getattr(self._loaded, "library", None)

    def open(self) -> SupportsEncode:
        """The tokenizer; the caller holds it from now on."""
        loaded, self._loaded = self._loaded, None
        return self._load() if loaded is None else loaded

    def encode_ordinary(self, text: str, /) -> list[int]:
        """Loads it for this one text; whoever has many opens it."""
        return self.open().encode_ordinary(text)

    def decode(self, ids: list[int], /) -> str:
        """Loads it for these ids; whoever has many opens it."""
        return self.open().decode(ids)


def opened(tokenizer: SupportsEncode) -> SupportsEncode:
    """The tokenizer itself, loaded when it is deferred."""
    return tokenizer.open() if isinstance(tokenizer, Deferred) else tokenizer


def digest_of(tokenizer: SupportsEncode) -> str:
    """The digest of a tokenizer that has one."""
    digest = getattr(tokenizer, "digest", None)
    return digest if isinstance(digest, str) else ""


def check_tokenizers(tokenizers: Sequence[Any], baselines: Sequence[Any] = ()) -> tuple[SupportsEncode, ...]:
    """Returns tokenizers and baselines as one sequence, each of them once.

    Raises:
        TypeError: one of them lacks a method or property of ``SupportsEncode``.
        OmnitokError: there is no tokenizer; as :class:`SameNameError`, two different ones have the same name.
    """
    if not tokenizers:
        raise OmnitokError("there is no tokenizer to evaluate; give at least one")
    by_name: dict[str, SupportsEncode] = {}
    # What ends so in a table was not measured.
    if taken := [one.name for one in (*tokenizers, *baselines) if is_published(getattr(one, "name", ""))]:
        raise OmnitokError(f"{taken[0]!r} is a name of published counts; give the tokenizer another name")
    for tokenizer in (*tokenizers, *baselines):
        if not isinstance(tokenizer, SupportsEncode):
            missing = [
                name for name in ("name", "vocab_size", "encode_ordinary", "decode") if not hasattr(tokenizer, name)
            ]
            raise TypeError(
                f"{type(tokenizer).__name__} lacks {', '.join(missing)}; pass what omnitok.load() returns, "
                "or an object with these members; omnitok.evaluation.load_subject() makes one of others"
            )
        if by_name.setdefault(tokenizer.name, tokenizer) is not tokenizer:
            raise SameNameError(
                f"two tokenizers are named {tokenizer.name!r}, so a table could not tell them apart; "
                "leave one out, or give one another name: with_name('...')"
            )
    return tuple(by_name.values())
