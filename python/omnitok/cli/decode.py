"""``omnitok decode``: ids to text, or to files of text, images and audio."""

import json as json_format
from pathlib import Path
from typing import Annotated, Any

import typer

from omnitok.cli import document, streams
from omnitok.cli.options import (
    CodecsOption,
    ForceOption,
    InputArgument,
    JsonOption,
    PatternOption,
    TokenizerOption,
)


def decode(
    tokenizer: TokenizerOption,
    file: InputArgument = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Every line holds the ids of one text; print every text on a line.")
    ] = False,
    json: JsonOption = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Write a document: a file for each text, image and sound."),
    ] = None,
    lenient: Annotated[
        bool,
        typer.Option("--lenient", help="With --out: leave out ids that cannot stand where they do, and list them."),
    ] = False,
    codec: CodecsOption = [],  # noqa: B006  typer copies it
    force: ForceOption = False,
    pattern: PatternOption = None,
) -> None:
    """Print the text of ids, or write files of a document.

    A text is printed byte for byte. Ids are separated by white space, or are a JSON list, or what encode --json prints.
    """
    import omnitok

    if out is not None:
        if lines or json or pattern:
            raise typer.BadParameter("--out writes one document; --lines, --json and --pattern are for texts")
        _write_files(tokenizer, file, out, codec, lenient=lenient, force=force)
        return
    if lenient or codec or force:
        raise typer.BadParameter("--lenient, --codec and --force are for --out")
    model = omnitok.load(tokenizer, pattern)
    data, origin = streams.read_bytes(file), streams.origin_of(file)
    if lines:
        rows = [(row, f"{origin}, line {number}") for number, row in enumerate(data.splitlines(), start=1)]
    else:
        rows = [(data, origin)]
    for row, place in rows:
        ids = _parse_ids(row, place)
        try:
            text = model.decode_bytes(ids)
        except omnitok.errors.UnknownTokenError as error:
            has_codes = any(block.kind == "code" for block in model.blocks)
            way_out = "; --out DIR writes documents of text, images and audio" if has_codes else ""
            raise omnitok.errors.UnknownTokenError(f"{place}: {error}{way_out}") from error
        if json:
            record = {"text": text.decode("utf-8", "replace"), "tokens": len(ids), "bytes": len(text)}
            streams.write_json(record, indent=None)
        else:
            streams.write_bytes(text + b"\n" if lines else text)


def _write_files(tokenizer: str, file: str | None, out: Path, codec: list[str], *, lenient: bool, force: bool) -> None:
    from omnitok.errors import SequenceError
    from omnitok.folders import DOCUMENT, check_target, new_folder

    check_target(out, DOCUMENT, force=force)
    omni = document.load_document_tokenizer(tokenizer, codec)
    data, origin = streams.read_bytes(file), streams.origin_of(file)
    try:
        found = omni.decode(_parse_ids(data, origin), lenient=lenient, signals=True)
    except SequenceError as error:
        raise SequenceError(f"{origin}: {error}") from error
    with new_folder(out, DOCUMENT, force=force) as folder:
        document.write_document(omni, found, folder)
    streams.note(f"{out}: {len(found):,} segments")


def _parse_ids(data: bytes, origin: str) -> list[int]:
    """The ids that the input spells.

    Raises:
        CorruptFileError: It spells something else; the message names the position, from 0.
    """
    from omnitok.errors import CorruptFileError

    words: list[Any] = data.split()
    if data.lstrip()[:1] in (b"[", b"{"):
        try:
            value = json_format.loads(data)
        except (ValueError, RecursionError) as error:
            raise CorruptFileError(f"{origin} begins like JSON but is none: {error}") from error
        ids = value.get("ids") if isinstance(value, dict) else value
        if not isinstance(ids, list):
            raise CorruptFileError(f"{origin} is JSON without a list of ids; give a list, or an object with ids in it")
        words = ids
    for position, word in enumerate(words):
        is_id = type(word) is int or (isinstance(word, bytes) and word.isdigit())
        if not is_id:
            shown = word.decode("utf-8", "replace") if isinstance(word, bytes) else word
            raise CorruptFileError(
                f"{origin}: {shown!r} at position {position} is no id; an id is a whole number from 0, and white space "
                "separates ids"
            )
    return [int(word) for word in words]
