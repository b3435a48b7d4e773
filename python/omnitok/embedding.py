"""Growing the embedding table of a model with its vocabulary: which rows to copy, and where the others come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from omnitok.errors import VocabularyError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray


_SOURCES = ("mean_of_rows", "mean_of_parts", "codebook")


@dataclass(frozen=True)
class NewRows:
    """Rows ``start..end`` of a new embedding table.

    Attributes:
        block: the name of the block that they belong to.
        start: the first row.
        end: one past the last row.
        source: ``mean_of_rows``: each is the mean of old rows, those of ``rows``. ``mean_of_parts``: each is the mean
            of rows of its own, ``parts``, all of which come earlier. ``codebook``: the vectors of a codebook,
            projected to the width of the table, with the mean and the spread of ``rows``.
        rows: ranges of old rows.
        parts: a list for each row.
        codec: SHA-256 of the codec.
        codebook: which of its codebooks.
    """

    block: str
    start: int
    end: int
    source: str
    rows: tuple[tuple[int, int], ...] = ()
    parts: tuple[tuple[int, ...], ...] = ()
    codec: str | None = None
    codebook: int | None = None


@dataclass(frozen=True)
class EmbeddingPlan:
    """Where the rows of a grown embedding table come from.

    Attributes:
        old_rows: rows of the old table, which are copied as they are.
        new_rows: rows of the new table.
        initialise: where the rows behind them come from, in id order.
    """

    old_rows: int
    new_rows: int
    initialise: tuple[NewRows, ...]

    @classmethod
    def from_json(cls, text: str) -> EmbeddingPlan:
        """The plan that :meth:`to_json` wrote.

        Raises:
            VocabularyError: it is none, or some rows come from nowhere.
        """
        try:
            record = json.loads(text)
            plan = cls(record["old_rows"], record["new_rows"], tuple(map(_rows, record["initialise"])))
            plan._check()
        except (ValueError, KeyError, TypeError) as error:
            raise VocabularyError(f"this is no plan for an embedding table: {error!r}") from error
        return plan

    def _check(self) -> None:
        """Makes sure that each row comes from somewhere, and from rows that are there before it."""
        end = self.old_rows
        for rows in self.initialise:
            place = f"rows {rows.start}..{rows.end} of {rows.block!r}"
            if rows.start != end or rows.end <= end:
                raise VocabularyError(f"the plan has {place} behind row {end}")
            if rows.source not in _SOURCES:
                raise VocabularyError(
                    f"the plan has {place} from {rows.source!r}; they come from {', '.join(_SOURCES)}"
                )
            if rows.source == "mean_of_parts":
                is_whole = len(rows.parts) == rows.end - rows.start
                known = all(parts and min(parts) >= 0 and max(parts) < row for row, parts in enumerate(rows.parts, end))
            else:
                is_whole = bool(rows.rows)
                known = all(0 <= first < last <= self.old_rows for first, last in rows.rows)
            if not (is_whole and known):
                raise VocabularyError(f"the plan has {place} from rows that are not there before them")
            end = rows.end
        if end != self.new_rows:
            raise VocabularyError(f"the plan is for {self.new_rows} rows, and tells of {end}")

    def to_json(self) -> str:
        """The plan as a JSON object."""
        rows = [
            {key: value for key, value in _record(row).items() if value not in ((), None)} for row in self.initialise
        ]
        return json.dumps({"old_rows": self.old_rows, "new_rows": self.new_rows, "initialise": rows})

    def apply(
        self, table: NDArray[Any], *, codebooks: Mapping[str, Sequence[NDArray[Any]]] | None = None, seed: int = 0
    ) -> NDArray[Any]:
        """The new table: a copy of the old rows, and the new ones as planned.

        Args:
            table: the old table, [old_rows, width].
            codebooks: for each block of codes that is planned from a codec, the vectors of its codebooks: [codes, any].
            seed: of the projection.

        Returns:
            The new table, [new_rows, width], of the same type.

        Raises:
            VocabularyError: the table or a codebook has another shape, or a codebook is missing.
            TypeError: the table holds integers, which have no means.
        """
        import numpy as np

        table = np.asarray(table)
        if table.dtype.kind in "biu":
            raise TypeError(f"the table is of {table.dtype}; means of its rows need floats")
        if table.ndim != 2 or len(table) != self.old_rows:
            raise VocabularyError(f"the table has shape {table.shape}; the plan is for {self.old_rows} rows")
        new = np.empty((self.new_rows, table.shape[1]), dtype=table.dtype)
        new[: self.old_rows] = table
        for rows in self.initialise:
            if rows.source == "mean_of_parts":
                for row, parts in zip(range(rows.start, rows.end), rows.parts, strict=True):
                    new[row] = new[list(parts)].mean(axis=0, dtype=np.float64)
                continue
            like = np.concatenate([table[start:end] for start, end in rows.rows]).astype(np.float64)
            new[rows.start : rows.end] = like.mean(axis=0)
            if rows.source == "codebook":
                vectors = _vectors(rows, codebooks or {})
                new[rows.start : rows.end] += _projected(vectors, like.std(axis=0), seed).astype(table.dtype)
        return new


def _vectors(rows: NewRows, codebooks: Mapping[str, Sequence[NDArray[Any]]]) -> NDArray[np.float64]:
    import numpy as np

    index, count = rows.codebook or 0, rows.end - rows.start
    if rows.block not in codebooks or index >= len(codebooks[rows.block]):
        raise VocabularyError(
            f"rows {rows.start} to {rows.end - 1} come from codebook {index} of codec {rows.codec}; pass "
            f"codebooks={{{rows.block!r}: [...]}}"
        )
    vectors = np.asarray(codebooks[rows.block][index], dtype=np.float64)
    if vectors.ndim != 2 or len(vectors) != count or not np.isfinite(vectors).all():
        raise VocabularyError(
            f"codebook {index} of {rows.block!r} has shape {vectors.shape}; it is {count} vectors of finite numbers"
        )
    return vectors


def _projected(vectors: NDArray[np.float64], spread: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Vectors moved to mean zero, projected at random, with a spread in every direction.

    A random projection keeps distances in proportion (Johnson and Lindenstrauss, 1984), so codes that are alike
    begin close to each other.
    """
    import numpy as np

    projection = np.random.default_rng(seed).standard_normal((vectors.shape[1], len(spread)))
    projected = (vectors - vectors.mean(axis=0)) @ projection
    scale = projected.std(axis=0)
    grown: NDArray[np.float64] = projected / np.where(scale > 0, scale, 1) * spread
    return grown


def _rows(record: dict[str, Any]) -> NewRows:
    return NewRows(
        record["block"],
        record["start"],
        record["end"],
        record["from"],
        tuple((start, end) for start, end in record.get("rows", ())),
        tuple(map(tuple, record.get("parts", ()))),
        record.get("codec"),
        record.get("codebook"),
    )


def _record(rows: NewRows) -> dict[str, Any]:
    place = {"block": rows.block, "start": rows.start, "end": rows.end, "from": rows.source}
    return place | {"rows": rows.rows, "parts": rows.parts, "codec": rows.codec, "codebook": rows.codebook}
