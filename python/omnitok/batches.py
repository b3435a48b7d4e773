"""The ids of many texts as two flat arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class TokenBatch:
    """Token ids of n texts, end to end; text i has ``ids[offsets[i]:offsets[i + 1]]``.

    The same layout as an Arrow ``LargeList``: ``pyarrow.LargeListArray.from_arrays(batch.offsets, batch.ids)`` copies
    no ids.

    Attributes:
        ids: uint32, shape [total number of ids].
        offsets: int64, shape [n + 1], ascending from 0.
    """

    ids: NDArray[np.uint32]
    offsets: NDArray[np.int64]

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
        """The ids as nested lists of Python integers."""
        return [ids.tolist() for ids in self]
