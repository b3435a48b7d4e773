"""``omnitok encode``: text to ids, and documents of text, images and audio."""

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omnitok.cli import document, streams
from omnitok.cli.options import CodecsOption, ErrorsOption, InputArgument, PatternOption, TokenizerOption
from omnitok.cli.view import print_tokens

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from omnitok.omni import Encoded
    from omnitok.tokenizer import SpecialTokens


TextPart = Annotated[
    list[str], typer.Option("--text", metavar="TEXT", help="A document: of this text,", show_default=False)
]
ImagePart = Annotated[
    list[str],
    typer.Option("--image", metavar="FILE", help="of this picture, or BLOCK=FILE for its block,", show_default=False),
]
AudioPart = Annotated[
    list[str],
    typer.Option(
        "--audio", metavar="FILE", help="of this sound, likewise; all in the order given.", show_default=False
    ),
]
VoicePart = Annotated[
    list[str], typer.Option("--voice", metavar="NAME", help="Voice of the next --audio.", show_default=False)
]


def encode(
    context: typer.Context,
    tokenizer: TokenizerOption,
    file: InputArgument = None,
    special: Annotated[
        list[str],
        typer.Option(
            "--special",
            metavar="NAME",
            help="What text that spells a special token becomes: NAME or all, that token; none, plain text. "
            "Otherwise it is an error. In a document: that token, where it stands. May be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    lines: Annotated[bool, typer.Option("--lines", help="Every line is a text of its own.")] = False,
    format: Annotated[
        Literal["ids", "json", "numpy"],
        typer.Option(
            "--format", metavar="FORMAT", help="ids, json, or numpy: .npy; .npz with --lines, and of a document."
        ),
    ] = "ids",
    json: Annotated[bool, typer.Option("--json", help="The same as --format json.")] = False,
    view: Annotated[bool, typer.Option("--view", help="Show the tokens in colour; special tokens are text.")] = False,
    errors: ErrorsOption = "strict",
    text: TextPart = [],  # noqa: B006  typer copies it
    image: ImagePart = [],  # noqa: B006
    audio: AudioPart = [],  # noqa: B006
    voice: VoicePart = [],  # noqa: B006
    codec: CodecsOption = [],  # noqa: B006
    pad: Annotated[bool, typer.Option("--pad", help="Repeat the last pixels up to whole patches.")] = False,
    pattern: PatternOption = None,
) -> None:
    """Print the ids of a text, or of text, images and sounds.

    They are one line. With --json, those of a document come with all that is known of each.
    """
    import omnitok

    if ((json or view) and format != "ids") or (json and view):
        raise typer.BadParameter("choose one of --format, --json and --view")
    shape = "json" if json else format
    if shape == "numpy" and sys.stdout.isatty():
        raise typer.BadParameter("--format numpy writes bytes that no terminal can show; send them to a file or a pipe")
    if text or image or audio or voice:
        if file or lines or view or pattern or errors != "strict":
            raise typer.BadParameter("a document of --text, --image and --audio takes no FILE and no options of texts")
        if pad and not image:
            raise typer.BadParameter("--pad is for --image")
        omni = document.load_document_tokenizer(tokenizer, codec)
        given = {"text": text, "special": special, "image": image, "audio": audio, "voice": voice}
        _write_document(omni.encode(document.segments(context, omni, given, pad=pad)), shape)
        return
    if codec or pad:
        raise typer.BadParameter("--codec and --pad are for documents of --text, --image and --audio")
    model = omnitok.load(tokenizer, pattern)
    allowed, disallowed = _parse_special(special, model.special_tokens)
    if view:
        print_tokens(model, streams.read_text(file, errors))
        return
    if file in (None, streams.STDIN):
        content = streams.read_text(file, errors)
        texts = streams.split_lines(content) if lines else [content]
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


def _write_document(encoded: "Encoded", shape: str) -> None:
    import io

    import numpy as np

    if shape == "ids":
        streams.write_line(" ".join(map(str, encoded.ids.tolist())))
    elif shape == "json":
        streams.write_json({name: column.tolist() for name, column in vars(encoded).items()}, indent=None)
    else:
        buffer = io.BytesIO()
        np.savez(buffer, **vars(encoded))
        streams.write_bytes(buffer.getvalue())


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
