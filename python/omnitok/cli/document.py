"""Documents of text, images and audio on the command line: options in their order to segments, segments to files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import typer

from omnitok.cli.failures import Command

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from omnitok.omni import OmniTokenizer

_ORDER = "omnitok.order"
PARTS = ("text", "special", "image", "voice", "audio")
"""Options that are segments, or say something of the next one."""


class DocumentCommand(Command):
    """A command some of whose options count in the order of the command line, whatever they are called."""

    def parse_args(self, context: Any, arguments: list[str]) -> list[str]:
        """Notes the order, which is lost when values are gathered by option."""
        order = self.make_parser(context).parse_args(args=list(arguments))[2]
        context.meta[_ORDER] = [parameter.name for parameter in order if parameter.name in PARTS]
        return super().parse_args(context, arguments)


def load_document_tokenizer(source: str, codecs: list[str]) -> OmniTokenizer:
    """The vocabulary of a folder with its codecs, some of which lie elsewhere: ``BLOCK=FILE``."""
    from omnitok.codecs import load_omni
    from omnitok.errors import VocabularyError

    given = {}
    for value in codecs:
        block, _, file = value.partition("=")
        if not block or not file:
            raise typer.BadParameter(
                f"a --codec is BLOCK=FILE, such as image=image.codec.safetensors; this is {value!r}"
            )
        given[block] = file
    try:
        return load_omni(source, codecs=given)
    except FileNotFoundError as error:
        if str(error.filename).endswith("manifest.json"):
            raise VocabularyError(
                f"{source} is no folder of a vocabulary, which documents of images and audio need; build one"
            ) from None
        raise


def segments(context: typer.Context, omni: OmniTokenizer, given: Mapping[str, list[str]], *, pad: bool) -> list[Any]:
    """The segments that the options say, in the order of the command line."""
    from omnitok.segments import Audio, Special, Text

    values = {name: iter(of_option) for name, of_option in given.items()}
    found: list[Any] = []
    voice: str | None = None
    for name in context.meta[_ORDER]:
        value = next(values[name])
        if voice is not None and name != "audio":
            raise typer.BadParameter(f"--voice {voice} comes before --{name}; it is for the --audio behind it")
        if name == "text":
            found.append(Text(value))
        elif name == "special":
            found.append(Special(value))
        elif name == "voice":
            voice = value
        elif name == "image":
            found.append(_image(omni, value, pad=pad))
        else:
            block, file = named_block(omni, value, "audio")
            found.append(Audio(samples=file, voice=voice, block=block))
            voice = None
    if voice is not None:
        raise typer.BadParameter(f"--voice {voice} comes last; it is for the --audio behind it")
    return found


def _image(omni: OmniTokenizer, value: str, *, pad: bool) -> Any:
    from omnitok.codecs import pad_image
    from omnitok.segments import Image

    block, file = named_block(omni, value, "image")
    codec = omni.codecs.get(block)
    if not pad or codec is None:
        return Image(pixels=file, block=block)
    pixels = codec.read(file)  # type: ignore[attr-defined]
    return Image(pixels=pad_image(pixels, omni.vocabulary.codes(block).patch or (1, 1)), block=block)


def named_block(omni: OmniTokenizer, value: str, kind: str) -> tuple[str, str]:
    """The block and the file of ``BLOCK=FILE``; or of a file, where there is one block of the kind."""
    blocks = [
        block["name"]
        for block in omni.vocabulary.describe()
        if block["kind"] == "code" and ("patch" if kind == "image" else "rate") in block
    ]
    block, equals, file = value.partition("=")
    is_named = bool(equals) and block in blocks
    if not (file if is_named else value):
        raise typer.BadParameter(f"--{kind} {value!r} names no file")
    if is_named:
        return block, file
    if len(blocks) != 1:
        there = f"several blocks for it: {', '.join(blocks)}" if blocks else "no block for it"
        raise typer.BadParameter(f"--{kind} {value}: the vocabulary has {there}; --{kind} BLOCK=FILE names one")
    return blocks[0], value


def write_document(omni: OmniTokenizer, found: list[Any], folder: Path) -> None:
    """Writes segments as files into a new folder, with ``document.json``, which lists them in their order."""
    from omnitok.codec_files import codec_file
    from omnitok.codecs.files import write_image, write_sound
    from omnitok.segments import Audio, Image, Special, Text

    def name_of(number: int, kind: str, block: str) -> str:
        # A block may be called anything, and its files may not.
        return f"{number:03}-{block if codec_file(block) else kind}"

    listed: list[dict[str, Any]] = []
    for number, segment in enumerate(found):
        if isinstance(segment, Text):
            name = f"{number:03}-text.txt"
            (folder / name).write_bytes(segment.text.encode())
            listed.append({"kind": "text", "file": name})
        elif isinstance(segment, Special):
            listed.append({"kind": "special", "name": segment.name})
        elif isinstance(segment, Image):
            name = f"{name_of(number, 'image', segment.block)}.png"
            write_image(folder / name, segment.pixels)  # type: ignore[arg-type]
            listed.append({"kind": "image", "block": segment.block, "file": name})
        elif isinstance(segment, Audio):
            name = f"{name_of(number, 'audio', segment.block)}.wav"
            rate = omni.codecs[segment.block].describe().sample_rate
            write_sound(folder / name, segment.samples, rate)  # type: ignore[arg-type]
            listed.append({"kind": "audio", "block": segment.block, "voice": segment.voice, "file": name})
        else:
            listed.append({"kind": "invalid", "ids": list(segment.ids), "reason": segment.reason})
    text = json.dumps({"segments": listed}, ensure_ascii=False, indent=2)
    (folder / "document.json").write_text(text + "\n", encoding="utf-8")
