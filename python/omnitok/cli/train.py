"""``omnitok train``: text to a vocabulary folder."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from omnitok.cli import targets, vocabularies
from omnitok.cli.options import (
    CheckOption,
    CheckpointOption,
    ErrorsOption,
    ForceOption,
    MaxTokenBytesOption,
    MemoryOption,
    MinFrequencyOption,
    ParityGlobalOption,
    ParityOption,
    ParityWindowOption,
    PartTemperatureOption,
    QuietOption,
    RecordOption,
    SourcesArgument,
    TargetOption,
    TemperatureOption,
    TextFieldOption,
    ThreadsOption,
    VocabularyFolderOption,
    WeightOption,
    complete_pattern,
    parse_numbers,
)
from omnitok.cli.progress import Meter

NO_SPECIAL_TOKENS = "none"


def train(
    sources: SourcesArgument,
    out: VocabularyFolderOption,
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", metavar="N", min=256, help="Ids, special tokens included.")
    ] = 200_000,
    recipe: Annotated[
        Literal["balanced", "balanced-super"] | None,
        typer.Option("--recipe", metavar="NAME", help="For many languages: balanced, balanced-super."),
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(
            "--pattern",
            metavar="NAME",
            help="Split pattern: a name or a regex; default: o200k.",
            autocompletion=complete_pattern,
        ),
    ] = None,
    name: Annotated[str, typer.Option("--name", metavar="NAME", help="The vocabulary's name.")] = "omnitok",
    special: Annotated[
        list[str],
        typer.Option("--special", metavar="TOKEN", help="A special token, or none; repeatable."),
    ] = ["<|endoftext|>"],  # noqa: B006  typer copies it
    min_frequency: MinFrequencyOption = 2,
    max_token_bytes: MaxTokenBytesOption = None,
    weight: WeightOption = [],  # noqa: B006  typer copies it
    temperature: TemperatureOption = None,
    part_temperature: PartTemperatureOption = None,
    target: TargetOption = [],  # noqa: B006
    whole_characters: Annotated[
        bool,
        typer.Option("--whole-characters", help="No token mixes parts of characters; --no-whole-characters undoes it."),
    ] = False,
    # Beside a recipe. Shown on the line of the other, so that all fit a screen.
    no_whole_characters: Annotated[bool, typer.Option("--no-whole-characters", hidden=True)] = False,
    parity: ParityOption = None,
    parity_global: ParityGlobalOption = 0,
    parity_window: ParityWindowOption = None,
    mode: Annotated[
        Literal["exact", "huggingface", "rustbpe", "sentencepiece"],
        typer.Option("--mode", metavar="MODE", help="exact, huggingface, rustbpe or sentencepiece."),
    ] = "exact",
    over_train: Annotated[
        float | None,
        typer.Option("--over-train", metavar="X", min=1, max=10, help="Learn X times the size, then prune to it."),
    ] = None,
    min_use: Annotated[
        int | None,
        typer.Option("--min-use", metavar="N", min=0, help="Tokens that the text has less often give way to others."),
    ] = None,
    superwords: Annotated[
        float | None,
        typer.Option("--superwords", metavar="N", min=0, help="So many tokens, or that share, span words."),
    ] = None,
    pad_to_multiple_of: Annotated[
        int | None, typer.Option("--pad-to-multiple-of", metavar="N", min=1, help="Reserve ids up to a multiple.")
    ] = None,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    memory: MemoryOption = None,
    save_counts: Annotated[
        Path | None, typer.Option("--save-counts", metavar="FILE", help="Keep the word counts: a SOURCE for later.")
    ] = None,
    checkpoint: CheckpointOption = None,
    check: CheckOption = False,
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Train a vocabulary on text. A file named CODE.txt, such as hi.txt, speaks that language."""
    import omnitok
    from omnitok.recipes import RECIPES

    counting = RECIPES[recipe].counting(pattern, sources) if recipe else {"pattern": pattern or "o200k"}
    if superwords is None:
        superwords = RECIPES[recipe].superwords if recipe else 0
    weights, targets_wanted = parse_numbers("weight", weight), parse_numbers("target", target)
    targets.check_vocabulary_folder(out, force=force, is_text=True)
    if save_counts is not None:
        targets.check_file(save_counts, force=force)
    vocabularies.note_left_out(sources, quiet=quiet)
    if whole_characters and no_whole_characters:
        raise typer.BadParameter("--whole-characters and --no-whole-characters are both given; choose one")
    if superwords and save_counts is not None:
        raise typer.BadParameter("superwords are not learnt from counts of words; keep those of count-words instead")
    with Meter(quiet=quiet) as meter:
        given: list[str] | omnitok.WordCounts = sources
        if not superwords:
            given = omnitok.count_words(
                sources,
                text_field=text_field,
                errors=errors,
                memory=memory,
                num_threads=threads,
                progress=meter,
                **counting,
            )
            if save_counts is not None:
                given.save(save_counts, force=force)
        tokenizer = omnitok.train(
            given,
            vocab_size,
            recipe=recipe,
            pattern=pattern if superwords else None,
            name=name,
            special_tokens=[] if special == [NO_SPECIAL_TOKENS] else special,
            min_frequency=min_frequency,
            max_token_bytes=max_token_bytes,
            weights=weights,
            temperature=temperature,
            part_temperature=part_temperature,
            targets=targets_wanted or None,
            mode=mode,
            whole_characters=whole_characters or (False if no_whole_characters else None),
            parity=parity,
            parity_global=parity_global,
            parity_window=parity_window,
            over_train=over_train,
            min_use=min_use,
            superwords=superwords,
            pad_to_multiple_of=pad_to_multiple_of,
            text_field=text_field,
            errors=errors,
            checkpoint=checkpoint,
            check=check,
            num_threads=threads,
            progress=meter,
        )
        meter.enter_stage("save")
        tokenizer.save(out, force=force)
    learnt_from = tokenizer.training["corpus"]["bytes"] if tokenizer.training else 0
    vocabularies.tell(tokenizer, out, learnt_from, meter.seconds, json=json, quiet=quiet)
