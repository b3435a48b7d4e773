"""The rows, in the order of the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.rows import (
    encoding,
    evaluating,
    hard_training,
    long_words,
    memory,
    omni,
    parity,
    short_calls,
    startup,
    threads,
    training,
)

if TYPE_CHECKING:
    from bench.row import Row

ROWS: dict[str, Row] = {
    row.name: row
    for row in (
        parity.TIKTOKEN,
        parity.TOKENIZERS,
        encoding.ENCODE,
        encoding.LANGUAGES,
        encoding.LISTS,
        encoding.ONE_DOCUMENT,
        encoding.BULK_ROW,
        short_calls.SHORT_CALLS,
        threads.THREADS,
        long_words.LONG_WORDS,
        omni.OMNI,
        evaluating.EVALUATE,
        startup.LOAD_ROW,
        memory.MEMORY_ROW,
        training.TRAIN,
        hard_training.TRAIN_HARD,
        startup.IMPORT_ROW,
    )
}
