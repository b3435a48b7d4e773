"""``omnitok encode``: text to ids."""

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omnitok.cli import streams
from omnitok.cli.options import ErrorsOption, InputArgument, PatternOption, TokenizerOption
from omnitok.cli.view import print_tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnitok.tokenizer import SpecialTokens


def encode(
    tokenizer: TokenizerOption,
    file: InputArgument = None,
    special: Annotated[
        list[str],
        typer.Option(
            "--special",
            metavar="NAME",
            help="What text that spells a special token becomes: NAME or all, that token; none, plain text. "
            "Otherwise it is an error. May be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    lines: Annotated[bool, typer.Option("--lines", help="Every line is a text of its own.")] = False,
    format: Annotated[
        Literal["ids", "json", "numpy"],
        typer.Option("--format", metavar="FORMAT", help="ids, json, or numpy: .npy, with --lines .npz (ids, offsets)."),
    ] = "ids",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    view: Annotated[bool, typer.Option("--view", help="Show the tokens in colour; special tokens are text.")] = False,
    errors: ErrorsOption = "strict",
    pattern: PatternOption = None,
) -> None:
    """Print the ids of a text, on one line."""
    import omnitok

    if ((json or view) and format != "ids") or (json and view):
        raise typer.BadParameter("choose one of --format, --json and --view")
    shape = "json" if json else format
    if shape == "numpy" and sys.stdout.isatty():
        raise typer.BadParameter("--format numpy writes bytes that no terminal can show; send them to a file or a pipe")
    model = omnitok.load(tokenizer, pattern)
    allowed, disallowed = _parse_special(special, model.special_tokens)
    if view:
        print_tokens(model, streams.read_text(file, errors))
        return
    if file in (None, streams.STDIN):
        text = streams.read_text(file, errors)
        texts = streams.split_lines(text) if lines else [text]
        batch = model.encode_batch(texts, allowed_special=allowed, disallowed_special=disallowed)
    else:
        batch = model.encode_files(
            [str(file)],
            documents="line" if lines else "file",
            errors=errors,
            allowed_special=allowed,
            disallowed_special=disallowed,
        )
    if shape == "numpy":
        _write_numpy(batch.ids, batch.offsets if lines else None)
        return
    for ids in batch:
        if shape == "json":
            streams.write_json({"ids": ids.tolist()}, indent=None)
        else:
            streams.write_line(" ".join(map(str, ids.tolist())))


def _parse_special(special: list[str], known: Collection[str]) -> "tuple[SpecialTokens, SpecialTokens]":
    """What ``--special`` allows and what it disallows, as ``Tokenizer.encode`` takes them."""
    if special == ["all"]:
        return "all", ()
    names = [name for name in special if name != "none"]
    for name in names:
        if name not in known:
            raise typer.BadParameter(
                f"--special {name}: this vocabulary has {', '.join(known) or 'no special tokens'}; or give none, or "
                "all by itself"
            )
    return names, () if "none" in special else "all"


def _write_numpy(ids: "NDArray[np.uint32]", offsets: "NDArray[np.int64] | None") -> None:
    import io

    import numpy as np

    buffer = io.BytesIO()
    if offsets is None:
        np.save(buffer, ids)
    else:
        np.savez(buffer, ids=ids, offsets=offsets)
    streams.write_bytes(buffer.getvalue())
