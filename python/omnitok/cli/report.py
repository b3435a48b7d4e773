"""``omnitok report``: an evaluation as a folder to read, print and send."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import streams
from omnitok.cli.options import BaselinesOption, ForceOption, ParallelOption, ThreadsOption, TokenizersOption


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
    threads: ThreadsOption = None,
    force: ForceOption = False,
) -> None:
    """Write a report: HTML, Markdown, charts and figures."""
    from omnitok.cli.tokenizers import load_named
    from omnitok.corpora.parallel import bundled_parallel
    from omnitok.report import write_report

    folder = write_report(
        [load_named(source) for source in tokenizer],
        baselines=[load_named(source) for source in baseline],
        parallel=parallel or bundled_parallel(),
        out=out,
        greetings=greetings,
        show_sentences=sentences,
        num_threads=threads,
        force=force,
    )
    streams.write_line(str(folder / "report.html"))
