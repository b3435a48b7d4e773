"""``omnitok nest``: vocabularies of several sizes from one, each of which begins with the one before."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import streams, targets
from omnitok.cli.options import ForceOption, JsonOption, PatternOption, TokenizerOption


def nest(
    tokenizer: TokenizerOption,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="The folder for the folders NAME-SIZE.")],
    size: Annotated[
        list[int],
        typer.Option("--size", metavar="N", min=256, help="Number of ids of a member; may be repeated."),
    ],
    pattern: PatternOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Make vocabularies of several sizes that agree on every id they share.

    Special tokens lie behind the text tokens of the smallest; larger ones go on behind them.
    """
    import omnitok

    members = omnitok.nest(omnitok.load(tokenizer, pattern), size)
    folders = [out / member.name for member in members]
    for folder in folders:
        targets.check_vocabulary_folder(folder, force=force)
    for folder, member in zip(folders, members, strict=True):
        folder.parent.mkdir(parents=True, exist_ok=True)
        member.save(folder, force=force)
    if json:
        made = zip(folders, members, strict=True)
        streams.write_json(
            [{"folder": str(path), "vocab_size": member.vocab_size, "digest": member.digest} for path, member in made]
        )
    for folder in folders:
        streams.note(str(folder))
