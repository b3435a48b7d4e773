"""The ids of many texts as two flat arrays, and as a rectangle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import DTypeLike, NDArray


class PaddedBatch(NamedTuple):
    """Token ids of n texts in rows of one length.

    Attributes:
        ids: uint32 or int64, shape [n, length].
        mask: bool, shape [n, length]; true for ids of the text, false for padding.
    """

    ids: NDArray[Any]
    mask: NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """Token ids of n texts, end to end; text i has ``ids[offsets[i]:offsets[i + 1]]``.

    The same layout as an Arrow ``LargeList``: ``pyarrow.LargeListArray.from_arrays(batch.offsets, batch.ids)`` copies
    no ids.

    Attributes:
        ids: uint32, shape [total number of ids].
        offsets: int64, shape [n + 1], ascending from 0.
        pad_id: the tokenizer's special token for padding, if it has one; :meth:`padded` uses it.
    """

    ids: NDArray[np.uint32]
    offsets: NDArray[np.int64]
    pad_id: int | None = None

    def __len__(self) -> int:
        """Number of texts."""
        return len(self.offsets) - 1

    def __getitem__(self, index: int) -> NDArray[np.uint32]:
        """The ids of one text, a view."""
        length = len(self)
        if not -length <= index < length:
            raise IndexError(f"text {index} of a batch of {length}")
        index %= length
        return self.ids[self.offsets[index] : self.offsets[index + 1]]

    def __iter__(self) -> Iterator[NDArray[np.uint32]]:
        """The ids of each text, as views."""
        return (self[index] for index in range(len(self)))

    def lengths(self) -> NDArray[np.int64]:
        """Number of ids of each text: int64, shape [n]."""
        lengths: NDArray[np.int64] = self.offsets[1:] - self.offsets[:-1]
        return lengths

    def tolist(self) -> list[list[int]]:
        """The ids as nested lists of Python integers, shared between all lists: 2 ns an id."""
        import numpy as np

        return _native.id_lists(np.ascontiguousarray(self.ids), np.ascontiguousarray(self.offsets))

    def padded(
        self,
        length: int | None = None,
        *,
        pad_id: int | None = None,
        side: Literal["right", "left"] = "right",
        truncate: Literal["right", "left"] | None = None,
        dtype: DTypeLike = "uint32",
    ) -> PaddedBatch:
        """The ids in rows of one length, and a mask that tells them from padding.

        The result takes 5 bytes for every place of uint32 and 9 of int64, n · length places; nothing else is made.

        Args:
            length: ids in a row; by default those of the longest text.
            pad_id: the id that fills rows up; by default the tokenizer's special token for padding. There is no other
                default: an id of text would be text to the model.
            side: where rows are filled up.
            truncate: where texts that are too long lose ids; by default they are an error.
            dtype: ``uint32`` or ``int64``.

        Example:
            >>> import omnitok
            >>> tok = omnitok.train(texts=["hello hello world"] * 3, vocab_size=264, special_tokens=["<|pad|>"])
            >>> ids, mask = tok.encode_batch(["hello", "hello world"]).padded()
            >>> ids.tolist(), mask.sum(axis=1).tolist()
            ([[259, 263, 263, 263, 263], [259, 260, 111, 114, 262]], [1, 5])

        Raises:
            ValueError: the tokenizer has no token for padding and ``pad_id`` is not given; a text has more ids than
                ``length`` and ``truncate`` is not given; memory does not hold the result.
        """
        import numpy as np

        pad_id = self.pad_id if pad_id is None else pad_id
        if pad_id is None:
            raise ValueError(
                "this vocabulary has no special token for padding; pass pad_id=..., or add one with "
                "tok.with_special_tokens(['<|pad|>'])"
            )
        arrays = np.ascontiguousarray(self.ids), np.ascontiguousarray(self.offsets)
        return PaddedBatch(
            *_native.pad(
                *arrays, length=length, pad_id=pad_id, side=side, truncate=truncate, dtype=np.dtype(dtype).name
            )
        )
