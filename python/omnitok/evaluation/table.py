"""The rows of the tidy table, with their intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from omnitok.evaluation.definitions import METRICS
from omnitok.evaluation.parallel_text import ALL
from omnitok.evaluation.resampling import intervals

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TEXT = "(text)"
"""Stands in the column ``tokenizer`` for a figure of the text itself."""


class Row(NamedTuple):
    """One figure; the columns of the table."""

    tokenizer: str
    sha256: str
    language: str
    corpus: str
    domain: str
    metric: str
    against: str
    value: float
    lo: float
    hi: float
    n: int
    unit: str


class Table:
    """Collects rows about one corpus."""

    def __init__(self, corpus: str, digests: Mapping[str, str]) -> None:
        """Takes the name of the corpus and the sha256 of tokenizers by their name."""
        self.rows: list[Row] = []
        self._corpus = corpus
        self._digests = digests

    def add(
        self, tokenizer: str, language: str, metric: str, value: float, n: int, *, against: str = "", domain: str = ALL
    ) -> None:
        """A figure without an interval."""
        self._append(tokenizer, language, domain, metric, against, (value, np.nan, np.nan), n)

    def add_drawn(
        self,
        tokenizer: str,
        languages: Sequence[str],
        metric: str,
        values: NDArray[np.float64],
        n: int,
        *,
        against: str = "",
        domain: str = ALL,
    ) -> None:
        """A figure for each language, from values of shape ``[1 + draws, languages]``, with their intervals."""
        for language, *bounds in zip(languages, *(bound.tolist() for bound in intervals(values)), strict=True):
            self._append(tokenizer, language, domain, metric, against, tuple(bounds), n)

    def _append(
        self,
        tokenizer: str,
        language: str,
        domain: str,
        metric: str,
        against: str,
        bounds: Sequence[float],
        n: int,
    ) -> None:
        digest, unit = self._digests.get(tokenizer, ""), METRICS[metric].unit
        value, lo, hi = bounds
        self.rows.append(
            Row(tokenizer, digest, language, self._corpus, domain, metric, against, value, lo, hi, n, unit)
        )

    def frame(self) -> pd.DataFrame:
        """The rows as a table."""
        frame = pd.DataFrame(self.rows, columns=list(Row._fields))
        return frame.astype({"value": "float64", "lo": "float64", "hi": "float64", "n": "int64"})
