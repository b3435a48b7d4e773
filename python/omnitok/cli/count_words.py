"""``omnitok count-words``: the distinct words of a corpus and how often each occurs, as a file to train from."""

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
    complete_pattern,
)
from omnitok.cli.progress import Meter


def count_words(
    sources: SourcesArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file to write, such as words.counts.")],
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            metavar="NAME",
            help="Split pattern: a name or a regex; default: o200k, or that of .counts files.",
            autocompletion=complete_pattern,
        ),
    ] = None,
    memory: MemoryOption = None,
    temporary: Annotated[
        Path | None, typer.Option("--temporary", metavar="DIR", help="Where these go; default: beside the result.")
    ] = None,
    max_word_bytes: Annotated[
        int | None,
        typer.Option("--max-word-bytes", metavar="N", min=4, help="Longer words count as several, cut at characters."),
    ] = None,
    max_per_document: Annotated[
        int | None,
        typer.Option(
            "--max-per-document",
            metavar="N",
            min=1,
            help="A word counts so often in a document (line of text or JSON, row) at most.",
        ),
    ] = None,
    skip_bad: Annotated[
        bool, typer.Option("--skip-bad", help="Leave damaged files out, whole, and name each on stderr.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Keep finished files in FILE.partial, and go on from what is there.")
    ] = False,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Count the words of a corpus into a file for train.

    Counts files among the sources are merged. A file named CODE.txt, such as hi.txt, speaks that language.
    """
    from omnitok.counting import count_to_file

    skipped: list[dict[str, str]] = []

    def skip(path: Path, error: Exception) -> None:
        skipped.append({"file": str(path), "reason": str(error)})
        streams.note(f"skipped: {error}")

    targets.check_file(out, force=force)
    with Meter(quiet=quiet) as meter:
        counts = count_to_file(
            sources,
            out,
            pattern,
            text_field=text_field,
            errors=errors,
            max_word_bytes=max_word_bytes,
            max_per_document=max_per_document,
            memory=memory,
            temporary_folder=temporary,
            on_bad=skip if skip_bad else None,
            resume=resume,
            num_threads=threads,
            force=force,
            progress=meter,
        )
    if json:
        seconds = {stage: round(passed, 3) for stage, passed in meter.seconds.items()}
        record = {"file": str(out), "words": counts.total, "distinct": counts.distinct, "bytes": counts.bytes}
        more = {"languages": counts.languages, "digest": counts.digest, "skipped": skipped, "seconds": seconds}
        streams.write_json({**record, **more})
    if not quiet:
        left_out = f", {len(skipped):,} files skipped" if skipped else ""
        streams.note(f"{out}: {counts.total:,} words, {counts.distinct:,} distinct{left_out}")
