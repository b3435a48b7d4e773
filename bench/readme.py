"""The results in README.md, between two markers, from records that are committed."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from bench.figures import markdown_table
from bench.languages import language_names
from bench.report import charts_of, tables

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from bench.record import Record
    from bench.row import Row

BEGIN = "<!-- results: made by `python -m bench render`, do not edit -->"
END = "<!-- end of results -->"
TOKENIZERS = ("omnitok-200k", "o200k_base", "cl100k_base")
_METRIC = "tokens_per_sentence"


def render(record: Record, rows: dict[str, Row], metrics: Path) -> str:
    """What stands between the markers.

    Args:
        record: the benchmark.
        rows: its rows.
        metrics: the table of an evaluation, ``metrics.csv``.
    """
    parts = []
    if metrics.is_file():
        parts += ["Tokens per sentence of NTREX-128, fewer is better:", compression_table(metrics)]
    if record.rows:
        parts.append("Speed and exactness beside peers in the same session ([every sample](reports/bench/report.md)):")
        parts += tables(record, rows, only_asked=True)
        parts += [f"![Encoding beside peers](reports/bench/{file})" for file in charts_of(record, rows)][:1]
    return "\n\n".join(parts)


def compression_table(metrics: Path) -> str:
    """Tokens per sentence in 20 languages, and the mean over them."""
    with metrics.open(encoding="utf-8", newline="") as file:
        values = {
            (line["tokenizer"], line["language"]): float(line["value"])
            for line in csv.DictReader(file)
            if line["metric"] == _METRIC and line.get("domain", "all") == "all"
        }
    names = language_names()
    lines = [[names[code], *_cells(values[name, code] for name in TOKENIZERS)] for code in names]
    means = [sum(values[name, code] for code in names) / len(names) for name in TOKENIZERS]
    lines.append([f"**mean of {len(names)}**", *(f"**{cell}**" for cell in _cells(means))])
    ours, *others = TOKENIZERS
    return markdown_table(["language", ours, *others, *(f"times fewer than {name}" for name in others)], lines)


def _cells(values: Iterable[float]) -> list[str]:
    """The numbers, and how many times more each of the others is than the first."""
    first, *others = values
    return [f"{first:.1f}", *(f"{other:.1f}" for other in others), *(f"{other / first:.2f}×" for other in others)]


def replaced(readme: str, results: str, markers: tuple[str, str] = (BEGIN, END)) -> str:
    """A README with other results between its markers.

    Raises:
        ValueError: it has no markers.
    """
    before, begin, rest = readme.partition(markers[0])
    _, end, after = rest.partition(markers[1])
    if not (begin and end):
        raise ValueError(f"README.md has no results between {markers[0]!r} and {markers[1]!r}")
    return f"{before}{begin}\n\n{results}\n\n{end}{after}"
