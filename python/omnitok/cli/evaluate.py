"""``omnitok evaluate``: tokenizers on the same sentences in many languages."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import streams, targets
from omnitok.cli.options import (
    AllowMissingOption,
    BaselinesOption,
    DrawsOption,
    ForceOption,
    LanguagesOption,
    ParallelOption,
    PricesOption,
    PublishedOption,
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
    run: Annotated[
        Path | None,
        typer.Option("--run", metavar="DIR", help="Keep the run, for omnitok compare: figures and every sentence's."),
    ] = None,
    languages: LanguagesOption = [],  # noqa: B006
    allow_missing: AllowMissingOption = False,
    prices: PricesOption = None,
    published: PublishedOption = [],  # noqa: B006
    training_counts: Annotated[
        Path | None,
        typer.Option("--training-counts", metavar="FILE", help="Say which lines this training text may have: .counts."),
    ] = None,
    draws: DrawsOption = 2000,
    threads: ThreadsOption = None,
    force: ForceOption = False,
) -> None:
    """Measure tokenizers on parallel texts.

    Prints tokens per sentence by language, the gain over each baseline, and how evenly languages fare. What is wrong
    with the texts goes to stderr.
    """
    from functools import partial

    from omnitok import WordCounts
    from omnitok.cli.progress import Meter
    from omnitok.cli.tokenizers import load_named
    from omnitok.corpora.parallel import bundled_parallel
    from omnitok.evaluation import Settings, measure_run, print_table, read_parallel_text, read_prices
    from omnitok.evaluation.measuring import Deferred
    from omnitok.folders import RUN, check_target
    from omnitok.interop.files import write_files

    if out is not None:
        if out.suffix not in SUFFIXES:
            raise typer.BadParameter(f"the name of --out ends in {', '.join(SUFFIXES)}; this one is {out.name!r}")
        targets.check_file(out, force=force, makes_folders=True)
    if run is not None:
        check_target(run, RUN, force=force)
    settings = Settings(draws=draws, prices=read_prices(prices), published=tuple(published))
    subjects, others = (
        [Deferred(partial(load_named, source)) for source in sources] for sources in (tokenizer, baseline)
    )
    text = read_parallel_text(
        parallel or bundled_parallel(), languages or None, allow_missing=allow_missing, num_threads=threads
    )
    with Meter() as meter:
        measured = measure_run(
            subjects,
            text,
            baselines=others,
            settings=settings,
            training_counts=None if training_counts is None else WordCounts.load(training_counts),
            num_threads=threads,
            progress=meter,
        )
    frame = measured.frame
    for problem in (*measured.problems, *measured.unknown):
        streams.note(problem)
    if run is not None:
        measured.save(run, force=force)
        streams.note(f"{run}: {len(frame):,} figures, {len(measured.sentences):,} sentences")
    if out is not None:
        write_files(out.parent, {out.name: _format(frame, out.suffix)}, force=force)
        streams.note(f"{out}: {len(frame):,} figures")
    if json:
        streams.write_json(_records(frame))
    elif out is None and run is None:
        print_table(frame, console=streams.stdout_console())


def _records(frame: "pd.DataFrame") -> list[dict[Any, Any]]:
    """A row as an object; what has no value is null."""
    records: list[dict[Any, Any]] = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return records


def _format(frame: "pd.DataFrame", suffix: str) -> bytes:
    """The table as the content of a file."""
    import json

    from omnitok.evaluation.run import to_csv, to_parquet

    if suffix == ".json":
        return (json.dumps(_records(frame), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    return to_csv(frame) if suffix == ".csv" else to_parquet(frame)
