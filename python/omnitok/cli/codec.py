"""``omnitok codec``: images and sound to codes and back, and the codecs that do it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from omnitok.cli import streams
from omnitok.cli.failures import Command
from omnitok.cli.merges import merges
from omnitok.cli.options import CodecFileOption, ForceOption, JsonOption, QuietOption, RecordOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from omnitok.codecs import Codec

codec = typer.Typer(
    name="codec",
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Images and sound to codes and back, and merges over codes.",
)

SignalsArgument = Annotated[
    list[Path],
    typer.Argument(metavar="SOURCE", help="Pictures, .npy and .npz arrays, or .wav, .flac, .ogg; folders of them."),
]


@codec.command(cls=Command)
def train(
    sources: SignalsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The codec file to write, .safetensors.")],
    kind: Annotated[
        Literal["image", "speech", "waveform"],
        typer.Option("--kind", metavar="KIND", help="image; speech, which sounds alike; waveform, sample by sample."),
    ],
    codebook_size: Annotated[
        int, typer.Option("--codebook-size", metavar="K", min=2, help="Codes of a codebook.")
    ] = 1024,
    codebooks: Annotated[
        int | None,
        typer.Option("--codebooks", metavar="N", min=1, max=64, help="Default: image 1, speech 4, waveform 8."),
    ] = None,
    quantizer: Annotated[
        Literal["residual", "scalar"],
        typer.Option("--quantizer", metavar="NAME", help="residual; or scalar (FSQ), which has one codebook."),
    ] = "residual",
    patch: Annotated[int, typer.Option("--patch", metavar="N", min=1, help="Image: pixels of a patch's side.")] = 4,
    grey: Annotated[bool, typer.Option("--grey", help="Image: one channel in place of red, green, blue.")] = False,
    sample_rate: Annotated[
        int, typer.Option("--sample-rate", metavar="HZ", min=1000, help="Sound: of the codec; others are resampled.")
    ] = 8000,
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate", metavar="R", help="Sound: frames a second, such as 25/2. Default: speech 25/2, waveform 100."
        ),
    ] = None,
    held_out: Annotated[
        list[Path],
        typer.Option("--held-out", metavar="SOURCE", help="Evaluate on these; may be repeated.", show_default=False),
    ] = [],  # noqa: B006  typer copies it
    seed: Annotated[int, typer.Option("--seed", metavar="N", min=0, help="Other random draws.")] = 0,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Learn a codec on this machine's CPU.

    Equal sources, options and seed give equal files, for any number of threads.
    """
    import time

    from omnitok import codecs
    from omnitok.cli.targets import check_file

    check_file(out, force=force)
    count = codebooks or (1 if quantizer == "scalar" else {"image": 1, "speech": 4, "waveform": 8}[kind])
    sizes = [codebook_size] * count
    start = time.perf_counter()
    if kind == "image":
        images = _images(sources, 1 if grey else 3)
        learnt: Any = codecs.train_image(images, codebook_sizes=sizes, patch=patch, quantizer=quantizer, seed=seed)
    else:
        function: Any = codecs.train_speech if kind == "speech" else codecs.train_waveform
        options = {} if rate is None else {"rate": _rate(rate)}
        learnt = function(
            _sounds(sources), codebook_sizes=sizes, sample_rate=sample_rate, quantizer=quantizer, seed=seed, **options
        )
    seconds = time.perf_counter() - start
    learnt.save(out, force=force)
    figures = codecs.evaluate_codec(learnt, _signals(learnt, held_out)) if held_out else {}
    record = {"codec": learnt.describe().as_dict(), **figures, "training_seconds": round(seconds, 3)}
    if json:
        streams.write_json(record)
    elif figures:
        _print_figures(record)
    if not quiet:
        streams.note(f"wrote {out} after {seconds:.1f} s")


@codec.command(cls=Command)
def encode(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A picture, or a sound.")],
    codec_file: CodecFileOption,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write codes with the codec's digest, .safetensors.")
    ] = None,
    pad: Annotated[
        bool, typer.Option("--pad", help="Image: repeat the last pixels up to whole patches; decode cuts them off.")
    ] = False,
    force: ForceOption = False,
) -> None:
    """Print the codes of an image or a sound as JSON, or write them to a file.

    Sound of another sample rate is resampled, and several channels are mixed to one.
    """
    from omnitok import codecs
    from omnitok.cli.targets import check_file

    if out is not None:
        check_file(out, force=force)
    model = codecs.load_codec(codec_file)
    description = model.describe()
    signal = codecs.read_signal(file, description)
    if description.kind == "image":
        size = {"height": signal.shape[0], "width": signal.shape[1]}
        signal = codecs.pad_image(signal, description.patch or (1, 1)) if pad else signal
    else:
        size = {"samples": len(signal)}
    codes = model.encode(signal)
    if out is None:
        streams.write_json(
            {"codec": description.digest, "shape": list(codes.shape), "size": size, "codes": codes.tolist()},
            indent=None,
        )
    else:
        codecs.save_codes(out, codes, model, size=size, force=force)


@codec.command(cls=Command)
def decode(
    codes_file: Annotated[Path, typer.Argument(metavar="CODES", help="What encode --out wrote.")],
    codec_file: CodecFileOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="A .png, .jpg, .wav or .flac file.")],
    force: ForceOption = False,
) -> None:
    """Make an image or a sound of codes again."""
    from omnitok import codecs
    from omnitok.cli.targets import check_file
    from omnitok.codecs.files import write_image, write_sound

    check_file(out, force=force)
    model = codecs.load_codec(codec_file)
    codes, size = codecs.read_codes(codes_file, model)
    signal = model.decode(codes)
    description = model.describe()
    if description.kind == "image":
        write_image(out, signal[: size.get("height"), : size.get("width")], force=force)
    else:
        write_sound(out, signal[: size.get("samples")], description.sample_rate or 1, force=force)


@codec.command(cls=Command)
def evaluate(sources: SignalsArgument, codec_file: CodecFileOption, json: JsonOption = False) -> None:
    """Say what a codec loses on signals, and what its codes cost.

    Name signals that it has not learnt from: others say little.
    """
    from omnitok import codecs

    model = codecs.load_codec(codec_file)
    figures = codecs.evaluate_codec(model, _signals(model, sources))
    if json:
        streams.write_json(figures)
    else:
        _print_figures(figures)


codec.command(cls=Command)(merges)


def _rate(text: str) -> Any:
    from fractions import Fraction

    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if rate <= 0:
        raise typer.BadParameter(f"--rate is a number above 0, or a fraction such as 25/2; this is {text!r}")
    return rate


def _images(sources: list[Path], channels: Any) -> "Iterator[Any]":
    from omnitok.codecs.files import read_images

    return read_images(sources, channels=channels)


def _sounds(sources: list[Path]) -> "Iterator[Any]":
    from omnitok.codecs.files import read_sounds

    return read_sounds(sources)


def _signals(model: "Codec", sources: list[Path]) -> "Iterator[Any]":
    description = model.describe()
    return _images(sources, description.channels) if description.kind == "image" else _sounds(sources)


def _print_figures(figures: dict[str, Any]) -> None:
    """A line for each figure, then one for each codebook."""
    for name, value in figures.items():
        if name == "codec":
            streams.write_line(f"codec {value['method']} {value['digest']}")
        elif name == "codebooks":
            for number, one in enumerate(value):
                streams.write_line(
                    f"codebook {number}: {one['used']:,} of {one['size']:,} codes used, "
                    f"{one['entropy_bits']:.2f} bits, perplexity {one['perplexity']:,.1f}"
                )
        else:
            shown = "no loss" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.3f}"
            streams.write_line(f"{name.replace('_', ' ')}: {shown}")
