"""``report.md``: the figures and the samples behind them, from the record alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.chart import draw
from bench.contest import summary_table
from bench.figures import Figure, markdown_table

if TYPE_CHECKING:
    from pathlib import Path

    from bench.contest import Contest
    from bench.record import Record
    from bench.row import Row

NAME = "report.md"
CHARTS = {"encode.svg": ("encode", True), "languages.svg": ("encode-languages", False)}
"""File, row, and whether all peers have a bar."""
QUICK_WARNING = "**Some rows come from a quick run, which is for trying out only.**"
_INTRODUCTION = (
    "Made by `make bench` from `results.json`, which holds every sample. Peers run in the same session, in turn, and "
    "their ids are compared; who has others is marked. Only ratios say something about other machines."
)


def figures_of(record: Record, rows: dict[str, Row]) -> list[Figure]:
    """What was asked beside contests, and the rows that there are no samples of, in the order of the rows."""
    figures: list[Figure] = []
    for name, row in rows.items():
        kept = record.rows.get(name, {})
        if "samples" in kept:
            figures += row.figures(kept["samples"])
        elif "skipped" in kept:
            figures.append(Figure(row.title, "", kept["skipped"], "skipped"))
        elif "failed" in kept:
            figures.append(Figure(row.title, "", kept["failed"], "failed"))
    return figures


def contests_of(record: Record, rows: dict[str, Row]) -> list[Contest]:
    """The contests of every row that was measured, in the order of the rows."""
    measured = [name for name in rows if "samples" in record.rows.get(name, {})]
    return [one for name in measured for one in rows[name].contests(record.rows[name]["samples"])]


def charts_of(record: Record, rows: dict[str, Row]) -> dict[str, str]:
    """The charts whose rows were measured, by file name."""
    found = {}
    for file, (name, everybody) in CHARTS.items():
        kept = record.rows.get(name, {})
        if "samples" in kept:
            contests = rows[name].contests(kept["samples"])
            found[file] = draw(f"{rows[name].title}, {kept['samples']['vocabulary']}", contests, everybody=everybody)
    return found


def is_quick(record: Record, rows: dict[str, Row]) -> bool:
    """Whether any row comes from a run that was for trying out."""
    return any(record.run_of(name)["scale"]["name"] != "full" for name in record.rows if name in rows)


def tables(record: Record, rows: dict[str, Row], *, only_asked: bool = False) -> list[str]:
    """The contests, and what was asked beside them."""
    contests = contests_of(record, rows)
    figures = [one for one in figures_of(record, rows) if one.asked or not only_asked]
    parts = [QUICK_WARNING] if is_quick(record, rows) else []
    parts += [summary_table(contests)] if contests else []
    return parts + ([figures_table(figures)] if figures else [])


def figures_table(figures: list[Figure]) -> str:
    """Asked, measured, reached."""
    cells = [[one.what, one.asked, one.measured, one.reached] for one in figures]
    return markdown_table(["what", "asked", "measured", "reached"], cells, numbers_from=4)


def render(record: Record, rows: dict[str, Row]) -> str:
    """The report."""
    parts = ["# Benchmark", _INTRODUCTION, *_runs(record), "## Figures", *tables(record, rows)]
    parts += [f"![{file}]({file})" for file in charts_of(record, rows)]
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
    """Writes the report and its charts beside the record."""
    for file, text in files(record, rows).items():
        (folder / file).write_text(text, encoding="utf-8")


def files(record: Record, rows: dict[str, Row]) -> dict[str, str]:
    """The report and its charts, by file name."""
    return {NAME: render(record, rows), **charts_of(record, rows)}
