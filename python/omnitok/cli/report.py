"""``omnitok report``: an evaluation as a folder to read, print and send."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import streams
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


def report(
    tokenizer: TokenizersOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The report folder to write.")],
    baseline: BaselinesOption = [],  # noqa: B006  typer copies it
    parallel: ParallelOption = None,
    greetings: Annotated[
        Path | None,
        typer.Option("--greetings", metavar="FILE", help="JSON with a sentence a language; default: the first lines."),
    ] = None,
    sentences: Annotated[
        bool, typer.Option("--sentences/--no-sentences", help="Whether those sentences are printed in the report.")
    ] = True,
    playground: Annotated[
        bool,
        typer.Option(
            "--playground/--no-playground", help="Whether the page carries vocabularies, to cut what you type."
        ),
    ] = True,
    languages: LanguagesOption = [],  # noqa: B006
    allow_missing: AllowMissingOption = False,
    prices: PricesOption = None,
    published: PublishedOption = [],  # noqa: B006
    draws: DrawsOption = 2000,
    threads: ThreadsOption = None,
    force: ForceOption = False,
) -> None:
    """Write a report: HTML, Markdown, charts and figures."""
    from omnitok.cli.progress import Meter
    from omnitok.cli.tokenizers import load_named
    from omnitok.corpora.parallel import bundled_parallel
    from omnitok.evaluation import Run, Settings, read_prices
    from omnitok.report import write_report

    with Meter() as meter:
        folder = write_report(
            [load_named(source) for source in tokenizer],
            baselines=[load_named(source) for source in baseline],
            parallel=parallel or bundled_parallel(),
            out=out,
            greetings=greetings,
            show_sentences=sentences,
            playground=playground,
            languages=languages or None,
            allow_missing=allow_missing,
            settings=Settings(draws=draws, prices=read_prices(prices), published=tuple(published)),
            num_threads=threads,
            progress=meter,
            force=force,
        )
    run = Run.load(folder)
    for problem in (*run.problems, *run.unknown):
        streams.note(problem)
    streams.write_line(str(folder / "report.html"))
