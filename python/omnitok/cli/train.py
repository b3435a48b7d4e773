"""``omnitok train``: text to a vocabulary folder."""

import math
from pathlib import Path
from typing import Annotated, Literal

import typer

from omnitok.cli import streams, targets
from omnitok.cli.options import ErrorsOption, ForceOption, TextFieldOption, ThreadsOption, complete_pattern
from omnitok.cli.progress import Meter

NO_SPECIAL_TOKENS = "none"


def train(
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Text, .jsonl, .parquet (.gz, .zst) and .counts files; folders of them."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The vocabulary folder to write.")],
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", metavar="N", min=256, help="Number of ids, special tokens included.")
    ] = 200_000,
    pattern: Annotated[
        str,
        typer.Option(
            "--pattern", metavar="NAME", help="Split pattern: a name or a regex.", autocompletion=complete_pattern
        ),
    ] = "o200k",
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The vocabulary's name.")] = "omnitok",
    special: Annotated[
        list[str],
        typer.Option("--special", metavar="TOKEN", help="A special token; may be repeated; none: there are none."),
    ] = ["<|endoftext|>"],  # noqa: B006  typer copies it
    min_frequency: Annotated[
        int, typer.Option("--min-frequency", metavar="N", min=1, help="Rarer pairs never become a token.")
    ] = 2,
    max_token_bytes: Annotated[
        int | None, typer.Option("--max-token-bytes", metavar="N", min=1, help="The longest token.")
    ] = None,
    weight: Annotated[
        list[str],
        typer.Option(
            "--weight",
            metavar="CODE=X",
            help="How much a language counts, 0 for nothing; may be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    mode: Annotated[
        Literal["exact", "huggingface"],
        typer.Option("--mode", metavar="MODE", help="Merges: exact, or huggingface for those of its BpeTrainer."),
    ] = "exact",
    pad_to_multiple_of: Annotated[
        int | None, typer.Option("--pad-to-multiple-of", metavar="N", min=1, help="Reserve ids up to a multiple.")
    ] = None,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    save_counts: Annotated[
        Path | None, typer.Option("--save-counts", metavar="FILE", help="Keep the word counts: a SOURCE for later.")
    ] = None,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print a record of the run as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars, no summary.")] = False,
) -> None:
    """Train a vocabulary on text.

    A file named CODE.txt, such as hi.txt, speaks that language.
    """
    import omnitok
    from omnitok.corpora.readers import resolve_sources

    weights = dict(map(_parse_weight, weight))
    targets.check_vocabulary_folder(out, force=force)
    if save_counts is not None:
        targets.check_file(save_counts, force=force)
    left_out: list[Path] = []
    resolve_sources(sources, on_ignored=left_out.append)
    if left_out and not quiet:
        several = f"{len(left_out):,} files, such as " if len(left_out) > 1 else ""
        streams.note(f"left out for their suffix: {several}{left_out[0]}")
    with Meter(quiet=quiet) as meter:
        counts = omnitok.count_words(
            sources, pattern, text_field=text_field, errors=errors, num_threads=threads, progress=meter
        )
        if save_counts is not None:
            counts.save(save_counts, force=force)
        tokenizer = omnitok.train(
            counts,
            vocab_size,
            name=name,
            special_tokens=[] if special == [NO_SPECIAL_TOKENS] else special,
            min_frequency=min_frequency,
            max_token_bytes=max_token_bytes,
            weights=weights,
            mode=mode,
            pad_to_multiple_of=pad_to_multiple_of,
            num_threads=threads,
            progress=meter,
        )
        meter.enter_stage("save")
        tokenizer.save(out, force=force)
    if json:
        seconds = {stage: round(passed, 3) for stage, passed in meter.seconds.items()}
        record = {"folder": str(out), "name": tokenizer.name, "vocab_size": tokenizer.vocab_size}
        streams.write_json({**record, "pattern": tokenizer.pattern, "digest": tokenizer.digest, "seconds": seconds})
    if not quiet:
        stages = ", ".join(f"{stage} {passed:.1f} s" for stage, passed in meter.seconds.items())
        streams.note(f"{out}: {tokenizer.vocab_size:,} ids from {counts.bytes:,} bytes of text ({stages})")


def _parse_weight(value: str) -> tuple[str, float]:
    code, _, number = value.partition("=")
    try:
        weight = float(number)
    except ValueError:
        weight = math.nan
    if not code or not 0 <= weight < math.inf:
        raise typer.BadParameter(f"a weight is CODE=X, such as hi=2.5, with X from 0; this is {value!r}")
    return code, weight
