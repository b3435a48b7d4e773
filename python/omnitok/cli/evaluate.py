"""``omnitok evaluate``: tokenizers on the same sentences in many languages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import streams, targets
from omnitok.cli.options import (
    BaselinesOption,
    ForceOption,
    ParallelOption,
    ThreadsOption,
    TokenizersOption,
)

if TYPE_CHECKING:
    import pandas as pd

SUFFIXES = (".csv", ".json", ".parquet")


def evaluate(
    tokenizer: TokenizersOption,
    baseline: BaselinesOption = [],  # noqa: B006  typer copies it
    parallel: ParallelOption = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write all figures to a .csv, .parquet or .json file instead."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print all figures as JSON.")] = False,
    threads: ThreadsOption = None,
    force: ForceOption = False,
) -> None:
    """Measure tokenizers on parallel texts.

    Prints tokens per sentence by language, the gain over each baseline, and how evenly languages fare.
    """
    from omnitok.cli.tokenizers import load_named
    from omnitok.corpora.parallel import bundled_parallel
    from omnitok.evaluation import evaluate, print_table
    from omnitok.interop.files import write_files

    if out is not None:
        if out.suffix not in SUFFIXES:
            raise typer.BadParameter(f"the name of --out ends in {', '.join(SUFFIXES)}; this one is {out.name!r}")
        targets.check_file(out, force=force)
    frame = evaluate(
        [load_named(source) for source in tokenizer],
        parallel or bundled_parallel(),
        baselines=[load_named(source) for source in baseline],
        num_threads=threads,
    )
    if out is not None:
        write_files(out.parent, {out.name: _format(frame, out.suffix)}, force=force)
        streams.note(f"{out}: {len(frame):,} figures")
    if json:
        streams.write_json(_records(frame))
    elif out is None:
        print_table(frame, console=streams.stdout_console())


def _records(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    """A row as an object; what has no value is null."""
    records: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return records


def _format(frame: "pd.DataFrame", suffix: str) -> bytes:
    """The table as the content of a file."""
    import io
    import json

    if suffix == ".csv":
        return frame.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode()
    if suffix == ".json":
        return (json.dumps(_records(frame), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    buffer = io.BytesIO()
    frame.to_parquet(buffer, index=False)
    return buffer.getvalue()
