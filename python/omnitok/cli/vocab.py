"""``omnitok vocab``: vocabularies of text, images and audio."""

from pathlib import Path
from typing import Annotated

import typer

from omnitok.cli import streams, targets
from omnitok.cli.failures import Command
from omnitok.cli.options import ForceOption, JsonOption, VocabularyFolderOption

vocab = typer.Typer(name="vocab", help="Vocabularies of text, images and audio.", no_args_is_help=True)


@vocab.command(cls=Command)
def build(
    file: Annotated[Path, typer.Argument(metavar="FILE.toml", help="What the vocabulary is made of.")],
    out: VocabularyFolderOption,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Build a vocabulary from a description in TOML.

    It names a text tokenizer, and in tables [[block]] what follows: codes of audio and images, merges, sizes, voices.
    """
    from omnitok.blueprint import read_blueprint

    targets.check_vocabulary_folder(out, force=force)
    vocabulary, codecs = read_blueprint(file)
    # A pretrained model stays in its folder.
    vocabulary.save(out, force=force, codecs={block: one for block, one in codecs.items() if hasattr(one, "to_bytes")})
    if json:
        record = {"folder": str(out), "name": vocabulary.name, "vocab_size": vocabulary.vocab_size}
        streams.write_json({**record, "digest": vocabulary.digest, "blocks": vocabulary.describe()})
    streams.note(f"{out}: {vocabulary.vocab_size:,} ids in {len(vocabulary.blocks)} blocks")
