"""``omnitok extend``: an existing vocabulary to a larger one with the same ids."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from omnitok.cli import targets, vocabularies
from omnitok.cli.options import (
    CheckOption,
    CheckpointOption,
    ErrorsOption,
    ForceOption,
    MaxTokenBytesOption,
    MinFrequencyOption,
    NewNameOption,
    ParityGlobalOption,
    ParityOption,
    ParityWindowOption,
    PartTemperatureOption,
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
    WholeCharactersOption,
    parse_numbers,
)
from omnitok.cli.progress import Meter

if TYPE_CHECKING:
    from omnitok import WordCounts


def saved_counts(sources: list[str]) -> "WordCounts | None":
    """Those of a counts file that is the only source, whatever was counted there."""
    import omnitok

    is_one = len(sources) == 1 and sources[0].endswith(".counts") and Path(sources[0]).is_file()
    return omnitok.WordCounts.load(sources[0]) if is_one else None


def extend(
    tokenizer: TokenizerOption,
    sources: SourcesArgument,
    out: VocabularyFolderOption,
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", metavar="N", min=256, help="Number of ids, the old ones included.")
    ],
    pattern: PatternOption = None,
    name: NewNameOption = None,
    min_frequency: MinFrequencyOption = 2,
    max_token_bytes: MaxTokenBytesOption = None,
    weight: WeightOption = [],  # noqa: B006  typer copies it
    temperature: TemperatureOption = None,
    part_temperature: PartTemperatureOption = None,
    target: TargetOption = [],  # noqa: B006
    whole_characters: WholeCharactersOption = False,
    parity: ParityOption = None,
    parity_global: ParityGlobalOption = 0,
    parity_window: ParityWindowOption = None,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    checkpoint: CheckpointOption = None,
    check: CheckOption = False,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Go on training a vocabulary; every old id keeps its meaning.

    New text tokens get the ids behind all old ones. From a file of count-superwords they are superwords.
    """
    import omnitok

    weights, targets_wanted = parse_numbers("weight", weight), parse_numbers("target", target)
    targets.check_vocabulary_folder(out, force=force)
    old = omnitok.load(tokenizer, pattern)
    vocabularies.note_left_out(sources, quiet=quiet)
    with Meter(quiet=quiet) as meter:
        counts = saved_counts(sources) or omnitok.count_words(
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
            part_temperature=part_temperature,
            targets=targets_wanted,
            whole_characters=whole_characters,
            parity=parity,
            parity_global=parity_global,
            parity_window=parity_window,
            checkpoint=checkpoint,
            check=check,
            num_threads=threads,
            progress=meter,
        )
        meter.enter_stage("save")
        grown.save(out, force=force)
    vocabularies.tell(grown, out, counts.bytes, meter.seconds, json=json, quiet=quiet)
