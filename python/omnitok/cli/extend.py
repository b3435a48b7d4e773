"""``omnitok extend``: an existing vocabulary to a larger one with the same ids."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import targets, vocabularies
from omnitok.cli.options import (
    CheckOption,
    CheckpointOption,
    ErrorsOption,
    ForceOption,
    MaxTokenBytesOption,
    MinFrequencyOption,
    PatternOption,
    TargetOption,
    TemperatureOption,
    TextFieldOption,
    ThreadsOption,
    TokenizerOption,
    WeightOption,
    WholeCharactersOption,
    parse_numbers,
)
from omnitok.cli.progress import Meter


def extend(
    tokenizer: TokenizerOption,
    sources: Annotated[
        list[str],
        typer.Argument(metavar="SOURCE", help="Text, .jsonl, .parquet (.gz, .zst) and .counts files; folders of them."),
    ],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The vocabulary folder to write.")],
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", metavar="N", min=256, help="Number of ids, the old ones included.")
    ],
    pattern: PatternOption = None,
    name: Annotated[str | None, typer.Option("--name", metavar="NAME", help="Default: the name that it has.")] = None,
    min_frequency: MinFrequencyOption = 2,
    max_token_bytes: MaxTokenBytesOption = None,
    weight: WeightOption = [],  # noqa: B006  typer copies it
    temperature: TemperatureOption = None,
    target: TargetOption = [],  # noqa: B006
    whole_characters: WholeCharactersOption = False,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    checkpoint: CheckpointOption = None,
    check: CheckOption = False,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print a record of the run as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="No progress bars, no summary.")] = False,
) -> None:
    """Go on training a vocabulary; every old id keeps its meaning.

    New text tokens get the ids behind all old ones.
    """
    import omnitok

    weights, targets_wanted = parse_numbers("weight", weight), parse_numbers("target", target)
    targets.check_vocabulary_folder(out, force=force)
    old = omnitok.load(tokenizer, pattern)
    vocabularies.note_left_out(sources, quiet=quiet)
    with Meter(quiet=quiet) as meter:
        counts = omnitok.count_words(
            sources, old.pattern, text_field=text_field, errors=errors, num_threads=threads, progress=meter
        )
        grown = omnitok.extend(
            old,
            counts,
            vocab_size,
            name=name,
            min_frequency=min_frequency,
            max_token_bytes=max_token_bytes,
            weights=weights,
            temperature=temperature,
            targets=targets_wanted,
            whole_characters=whole_characters,
            checkpoint=checkpoint,
            check=check,
            num_threads=threads,
            progress=meter,
        )
        meter.enter_stage("save")
        grown.save(out, force=force)
    vocabularies.tell(grown, out, counts.bytes, meter.seconds, json=json, quiet=quiet)
