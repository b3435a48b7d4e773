"""``omnitok decode``: ids to text."""

import json as json_format
from typing import Annotated, Any

import typer

from omnitok.cli import streams
from omnitok.cli.options import InputArgument, JsonOption, PatternOption, TokenizerOption


def decode(
    tokenizer: TokenizerOption,
    file: InputArgument = None,
    lines: Annotated[
        bool, typer.Option("--lines", help="Every line holds the ids of one text; print every text on a line.")
    ] = False,
    json: JsonOption = False,
    pattern: PatternOption = None,
) -> None:
    """Print the text of ids, byte for byte.

    Ids are separated by white space, or are a JSON list, or what encode --json prints.
    """
    import omnitok

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
            raise omnitok.errors.UnknownTokenError(f"{place}: {error}") from error
        if json:
            record = {"text": text.decode("utf-8", "replace"), "tokens": len(ids), "bytes": len(text)}
            streams.write_json(record, indent=None)
        else:
            streams.write_bytes(text + b"\n" if lines else text)


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
