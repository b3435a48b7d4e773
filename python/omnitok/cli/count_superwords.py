"""``omnitok count-superwords``: what superwords can be learnt from, as a file for ``omnitok extend``."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import streams, targets
from omnitok.cli.options import (
    ErrorsOption,
    ForceOption,
    MemoryOption,
    QuietOption,
    RecordOption,
    SourcesArgument,
    TextFieldOption,
    ThreadsOption,
    TokenizerOption,
)
from omnitok.cli.progress import Meter


def count_superwords(
    tokenizer: TokenizerOption,
    sources: SourcesArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write, such as phrases.counts.")],
    superwords: Annotated[
        int, typer.Option("--superwords", metavar="N", min=1, help="How many you mean to learn.")
    ] = 50_000,
    min_count: Annotated[
        int | None,
        typer.Option("--min-count", metavar="N", min=1, help="Cut phrases at rarer pairs; default: it follows from N."),
    ] = None,
    memory: MemoryOption = None,
    temporary: Annotated[
        Path | None, typer.Option("--temporary", metavar="DIR", help="Where these go; default: beside the result.")
    ] = None,
    resume: Annotated[
        bool,
        typer.Option(
            "--resume", help="Keep finished files in FILE.partial and FILE.pairs.partial, and go on from them."
        ),
    ] = False,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Count pieces of phrases into a file, from which extend learns superwords.

    The tokenizer is the vocabulary that they are to be added to. The sources are read twice.
    """
    import omnitok
    from omnitok.candidates import count_superwords_to_file

    targets.check_file(out, force=force)
    with Meter(quiet=quiet) as meter:
        counts = count_superwords_to_file(
            omnitok.load(tokenizer),
            sources,
            out,
            superwords=superwords,
            min_count=min_count,
            text_field=text_field,
            errors=errors,
            memory=memory,
            temporary_folder=temporary,
            resume=resume,
            num_threads=threads,
            force=force,
            progress=meter,
        )
    cut_at = counts.min_count
    if json:
        seconds = {stage: round(passed, 3) for stage, passed in meter.seconds.items()}
        record = {"file": str(out), "pieces": counts.total, "distinct": counts.distinct, "min_count": cut_at}
        more = {"languages": counts.languages, "digest": counts.digest, "seconds": seconds}
        streams.write_json({**record, **more})
    if not quiet:
        streams.note(f"{out}: {counts.total:,} pieces of phrases, {counts.distinct:,} distinct, min_count {cut_at}")
