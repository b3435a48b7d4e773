"""The rows, in the order of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.rows import encoding, long_words, parity, startup, training

if TYPE_CHECKING:
    from bench.row import Row

ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        parity.TIKTOKEN,
        parity.TOKENIZERS,
        encoding.WARM,
        encoding.COLD,
        encoding.THREADS,
        training.TRAIN,
        startup.IMPORT_ROW,
        startup.LOAD_ROW,
        long_words.LONG_WORDS,
    )
}
