"""``omnitok prune``: an existing vocabulary to a smaller one, without what a text uses least."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import targets, vocabularies
from omnitok.cli.options import (
    ErrorsOption,
    ForceOption,
    NewNameOption,
    PatternOption,
    QuietOption,
    RecordOption,
    SourcesArgument,
    TargetOption,
    TemperatureOption,
    TextFieldOption,
    ThreadsOption,
    TokenizerOption,
    VocabularyFolderOption,
    WeightOption,
    parse_numbers,
)
from omnitok.cli.progress import Meter


def prune(
    tokenizer: TokenizerOption,
    sources: SourcesArgument,
    out: VocabularyFolderOption,
    vocab_size: Annotated[
        int | None, typer.Option("--vocab-size", metavar="N", min=256, help="Number of ids to leave in all.")
    ] = None,
    min_use: Annotated[
        int, typer.Option("--min-use", metavar="N", min=0, help="Tokens used less go too, unless others need them.")
    ] = 0,
    whole_words: Annotated[
        bool, typer.Option("--whole-words", help="Others may be left that are only looked up as whole words.")
    ] = False,
    old_ids: Annotated[
        Path | None,
        typer.Option(
            "--old-ids", metavar="FILE", help="A .npy file: the old id of each id, rows of an embedding to keep."
        ),
    ] = None,
    pattern: PatternOption = None,
    name: NewNameOption = None,
    weight: WeightOption = [],  # noqa: B006  typer copies it
    temperature: TemperatureOption = None,
    target: TargetOption = [],  # noqa: B006
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Take the tokens away that a text uses least.

    Give --vocab-size, --min-use or both. Every token that is left is reached as before; ids close up.
    """
    import omnitok

    weights, targets_wanted = parse_numbers("weight", weight), parse_numbers("target", target)
    targets.check_vocabulary_folder(out, force=force)
    if old_ids is not None:
        targets.check_file(old_ids, force=force)
    old = omnitok.load(tokenizer, pattern)
    vocabularies.note_left_out(sources, quiet=quiet)
    with Meter(quiet=quiet) as meter:
        counts = omnitok.count_words(
            sources, old.pattern, text_field=text_field, errors=errors, num_threads=threads, progress=meter
        )
        pruned = omnitok.prune(
            old,
            counts,
            vocab_size,
            name=name,
            min_use=min_use,
            whole_words=whole_words,
            weights=weights,
            temperature=temperature,
            targets=targets_wanted,
            num_threads=threads,
            progress=meter,
        )
        meter.enter_stage("save")
        if old_ids is not None:
            pruned.save_old_ids(old_ids, force=force)
        pruned.tokenizer.save(out, force=force)
    vocabularies.tell(pruned.tokenizer, out, counts.bytes, meter.seconds, json=json, quiet=quiet)
