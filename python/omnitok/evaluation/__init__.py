"""Evaluation: measures tokenizers over parallel text and gives one tidy table.

:func:`evaluate` is the entry; :mod:`~omnitok.evaluation.metrics` has the formulas. Needs the extra ``report``.
"""

from __future__ import annotations

from omnitok.evaluation.extra import explain_missing

try:
    from omnitok.evaluation.greetings import (
        Greeting,
        PrintedDifference,
        first_lines,
        greetings_table,
        printed_differences,
        read_greetings,
    )
    from omnitok.evaluation.measuring import SupportsBatch, SupportsEncode
    from omnitok.evaluation.metrics import METRICS
    from omnitok.evaluation.parallel_text import ParallelText, read_parallel_text
    from omnitok.evaluation.prices import Price, read_prices
    from omnitok.evaluation.run import Run
    from omnitok.evaluation.sentences import Sentences
    from omnitok.evaluation.settings import Settings
    from omnitok.evaluation.subjects import load_subject
    from omnitok.evaluation.terminal import print_greetings, print_table
    from omnitok.evaluation.tidy import evaluate, evaluate_text, measure_run
except ModuleNotFoundError as error:
    raise explain_missing(error) from error

__all__ = [
    "METRICS",
    "Greeting",
    "ParallelText",
    "Price",
    "PrintedDifference",
    "Run",
    "Sentences",
    "Settings",
    "SupportsBatch",
    "SupportsEncode",
    "evaluate",
    "evaluate_text",
    "first_lines",
    "greetings_table",
    "load_subject",
    "measure_run",
    "print_greetings",
    "print_table",
    "printed_differences",
    "read_greetings",
    "read_parallel_text",
    "read_prices",
]
