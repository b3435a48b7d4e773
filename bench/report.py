"""``report.md``: the figures and the samples behind them, from the record alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.figures import Figure, markdown_table

if TYPE_CHECKING:
    from pathlib import Path

    from bench.record import Record
    from bench.row import Row

NAME = "report.md"
_INTRODUCTION = (
    "Made by `make bench` from `results.json`, which holds every sample. Peers run in the same session, in turn; ids "
    "are compared before anything is timed. Only ratios say something about other machines."
)


def figures_of(record: Record, rows: dict[str, Row]) -> list[Figure]:
    """The figures of every row that was measured, in the order of the rows."""
    figures: list[Figure] = []
    for name, row in rows.items():
        if name not in record.rows:
            continue
        kept = record.rows[name]
        if "samples" in kept:
            figures += row.figures(kept["samples"])
        elif "skipped" in kept:
            figures.append(Figure(row.title, "", kept["skipped"], "skipped"))
        else:
            figures.append(Figure(row.title, "", kept["failed"], "failed"))
    return figures


def figures_table(figures: list[Figure]) -> str:
    """Asked, measured, reached."""
    cells = [[one.what, one.asked, one.measured, one.reached] for one in figures]
    return markdown_table(["what", "asked", "measured", "reached"], cells, numbers_from=4)


def render(record: Record, rows: dict[str, Row]) -> str:
    """The report."""
    parts = [
        "# Benchmark",
        _INTRODUCTION,
        *_runs(record),
        "## Figures",
        figures_table(figures_of(record, rows)),
    ]
    for name, row in rows.items():
        if "samples" in record.rows.get(name, {}):
            kept = record.rows[name]
            parts += [f"## {row.title}", row.details(kept["samples"])]
            if "load" in kept:
                before, after = kept["load"]
                parts.append(f"Load of the machine before and after the row: {before}, {after}.")
    return "\n\n".join(parts) + "\n"


def _runs(record: Record) -> list[str]:
    """Where the rows come from: a line for each run."""
    lines = []
    for index, run in enumerate(record.runs):
        names = [name for name, row in record.rows.items() if row["run"] == index]
        versions = ", ".join(f"{name} {version}" for name, version in run["versions"].items())
        changes = " with uncommitted changes" if run["uncommitted_changes"] else ""
        warning = "**Quick run, for trying out only.** " if run["scale"]["name"] != "full" else ""
        lines.append(
            f"{warning}Commit `{run['commit'][:12]}`{changes}, {run['cpus']} × {run['cpu']}, "
            f"Python {run['python']}, {versions}: {', '.join(names)}."
        )
    return lines


def write(record: Record, rows: dict[str, Row], folder: Path) -> None:
    """Writes the report beside its record."""
    (folder / NAME).write_text(render(record, rows), encoding="utf-8")
