"""The results in README.md, between two markers, from records that are committed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bench.figures import markdown_table
from bench.languages import language_names
from bench.report import charts_of, tables

if TYPE_CHECKING:
    from pathlib import Path

    from bench.record import Record
    from bench.row import Row

BEGIN = "<!-- results: made by `python -m bench render`, do not edit -->"
END = "<!-- end of results -->"
TOKENIZERS = ("omnitok-200k", "omnitok-200k-super", "o200k_base", "cl100k_base", "llama3_1", "qwen3")
"""What the table shows of an evaluation; the report has the others too."""
OURS, BASELINE = TOKENIZERS[:2], "o200k_base"


def render(record: Record, rows: dict[str, Row], evaluation: Path) -> str:
    """What stands between the markers.

    Args:
        record: the benchmark.
        rows: its rows.
        evaluation: the ``results.json`` of a report that ``make reports`` wrote.
    """
    parts = []
    if evaluation.is_file():
        parts += ["Tokens per sentence of NTREX-128, fewer is better:", compression_table(evaluation)]
    if record.rows:
        parts.append("Speed and exactness beside peers in the same session ([every sample](reports/bench/report.md)):")
        parts += tables(record, rows, only_asked=True)
        parts += [f"![Encoding beside peers](reports/bench/{file})" for file in charts_of(record, rows)][:1]
    return "\n\n".join(parts)


def compression_table(evaluation: Path) -> str:
    """Tokens per sentence in 20 languages, the mean over them, and how evenly they fare."""
    found = json.loads(evaluation.read_bytes())["tokenizers"]
    tokens = {name: found[name]["tokens_per_sentence"] for name in TOKENIZERS}
    names = {**language_names(), "all": f"**mean of {len(language_names())}**"}
    lines = [[title, *_cells({name: one[code] for name, one in tokens.items()})] for code, title in names.items()]
    gini = [f"{found[name]['gini']:.3f}" for name in TOKENIZERS]
    worst = [f"{code} {premium:.2f}×" for code, premium in (found[name]["worst_premium"] for name in TOKENIZERS)]
    lines += [["Gini", *gini, *[""] * len(OURS)], ["worst premium", *worst, *[""] * len(OURS)]]
    versus = [f"{name}: times fewer than {BASELINE}" for name in OURS]
    return markdown_table(["language", *TOKENIZERS, *versus], lines)


def _cells(values: dict[str, float]) -> list[str]:
    """The numbers, and how many times fewer ours are than those of the baseline."""
    return [f"{one:.1f}" for one in values.values()] + [f"{values[BASELINE] / values[name]:.2f}×" for name in OURS]


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
