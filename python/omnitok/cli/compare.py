"""``omnitok compare``: whether a vocabulary got worse in any language."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import streams
from omnitok.cli.failures import Status

if TYPE_CHECKING:
    from omnitok.evaluation.comparing import Comparison


def _parse_share(text: str) -> float:
    """``1%`` and ``0.01`` are the same."""
    try:
        share = float(text[:-1]) / 100 if text.endswith("%") else float(text)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise typer.BadParameter(f"it is a share such as 1% or 0.01, from 0 to 1; this is {text!r}")
    return share


def compare(
    run_a: Annotated[Path, typer.Argument(metavar="RUN_A", help="The run to compare with: omnitok evaluate --run.")],
    run_b: Annotated[Path, typer.Argument(metavar="RUN_B", help="The run to judge, on the same text.")],
    max_regression: Annotated[
        str, typer.Option("--max-regression", metavar="SHARE", help="How much more tokens a language may need.")
    ] = "0%",
    json: Annotated[bool, typer.Option("--json", help="Print every change as JSON.")] = False,
) -> None:
    """Compare two runs language by language, and fail when one got worse.

    A language got worse when it needs more tokens than --max-regression allows and that is more than chance: its 95 %
    interval over the same sentences lies above 1. Then, and when text gets lost, the exit status is 3.
    """
    from omnitok.evaluation import Run
    from omnitok.evaluation.comparing import compare_runs

    comparisons = compare_runs(Run.load(run_a), Run.load(run_b), max_regression=_parse_share(max_regression))
    if json:
        streams.write_json([_as_object(one) for one in comparisons])
    else:
        for one in comparisons:
            _print(one)
    for one in comparisons:
        if one.worse:
            streams.note(f"{one.after} got worse in {', '.join(one.worse)}")
        if one.lost_text:
            streams.note(f"{one.after} does not give back every line any more")
    if any(one.is_regression for one in comparisons):
        raise typer.Exit(Status.CHECK_FAILED)


def _as_object(comparison: "Comparison") -> dict[str, Any]:
    import math

    changes = [
        {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in vars(change).items()}
        for change in comparison.changes
    ]
    return {**vars(comparison), "changes": changes, "is_regression": comparison.is_regression}


def _print(comparison: "Comparison") -> None:
    from rich.table import Table
    from rich.text import Text

    from omnitok.evaluation.wording import MISSING, decimal

    names = comparison.after if comparison.before == comparison.after else f"{comparison.before} and {comparison.after}"
    table = Table(
        title=f"Tokens per sentence · {names}", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    for column in ("language", "before", "after", "change", "95 % interval"):
        table.add_column(column, justify="left" if column == "language" else "right", no_wrap=True)
    for change in comparison.changes:
        bounds = f"{_change(change.lo)} to {_change(change.hi)}" if change.lo == change.lo else MISSING
        cells = (change.language, decimal(change.before, 2), decimal(change.after, 2), _change(change.ratio), bounds)
        style = "red" if change.is_worse else ""
        table.add_row(*(Text(cell, style=style) for cell in cells))
    streams.stdout_console().print(table)


def _change(ratio: float) -> str:
    from omnitok.evaluation.wording import MISSING

    return MISSING if ratio != ratio else f"{100 * (ratio - 1):+.2f}%"
