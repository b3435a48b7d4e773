"""``omnitok codec merges``: merges over codes, for a vocabulary."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import streams
from omnitok.cli.options import CodecFileOption, ForceOption, QuietOption, RecordOption, ThreadsOption

if TYPE_CHECKING:
    from omnitok.code_merges import CodeMerges


def merges(
    sources: Annotated[
        list[Path],
        typer.Argument(metavar="SOURCE", help="What encode --out wrote, or pictures or sounds to encode; folders."),
    ],
    codec: CodecFileOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The file of merges to write.")],
    number: Annotated[int, typer.Option("--merges", metavar="N", min=1, help="How many.")] = 1024,
    codebooks: Annotated[
        list[int],
        typer.Option(
            "--codebook",
            metavar="N",
            min=0,
            help="Merge codes of this codebook, from 0; may be repeated. Default: all.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    min_count: Annotated[int, typer.Option("--min-count", metavar="N", min=1, help="Rarer pairs are not merged.")] = 2,
    max_ms: Annotated[
        float | None, typer.Option("--max-ms", metavar="MS", min=0, help="Sound: the longest merge, in milliseconds.")
    ] = None,
    max_frames: Annotated[
        int | None, typer.Option("--max-frames", metavar="N", min=1, help="Sound: the longest merge, in frames.")
    ] = None,
    whole_frames: Annotated[
        bool, typer.Option("--whole-frames", help="Sound: a merge is inside a frame, or made of whole ones.")
    ] = False,
    rows_only: Annotated[
        bool, typer.Option("--rows-only", help="Image: merge along rows, in place of rectangles.")
    ] = False,
    held_out: Annotated[
        list[Path],
        typer.Option("--held-out", metavar="SOURCE", help="Count here too; may be repeated.", show_default=False),
    ] = [],  # noqa: B006
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: RecordOption = False,
    quiet: QuietOption = False,
) -> None:
    """Learn which codes that stand side by side are one symbol.

    In sound they follow each other, in pictures they make rectangles. The file is for "pairs" of omnitok vocab build.
    """
    from omnitok.cli.progress import Meter
    from omnitok.cli.targets import check_file
    from omnitok.code_merges import learn_code_merges
    from omnitok.codecs import codes_of_sources, load_codec

    check_file(out, force=force)
    model = load_codec(codec)
    says = model.describe()
    with Meter(quiet=quiet) as meter:
        meter.enter_stage("codes")
        arrays, others = list(codes_of_sources(sources, model)), list(codes_of_sources(held_out, model))
        learnt = learn_code_merges(
            arrays,
            number,
            sizes=says.codebook_sizes,
            modality=says.kind,
            strides=says.strides,
            codebooks=codebooks or None,
            min_count=min_count,
            max_frames=max_frames,
            max_ms=max_ms,
            rate=says.rate,
            whole_frames=whole_frames,
            rows_only=rows_only,
            num_threads=threads,
            progress=meter,
        )
    learnt.save(out, force=force)
    codes = _size(arrays)
    record = {"merges": len(learnt), "modality": says.kind, **_figures(codes, codes - sum(learnt.counts))}
    if held_out:
        record["held_out"] = _held_out(learnt, others)
    _tell(record | {"seconds": {stage: round(passed, 3) for stage, passed in meter.seconds.items()}}, json=json)
    if not quiet:
        more = ", with whole_frames = true in the description of a vocabulary" if whole_frames else ""
        streams.note(f"wrote {out}{more}")


def _size(arrays: Sequence[Any]) -> int:
    return sum(int(array.size) for array in arrays)


def _held_out(learnt: "CodeMerges", arrays: Sequence[Any]) -> dict[str, Any]:
    return _figures(_size(arrays), sum(len(learnt.encode(array)) for array in arrays))


def _figures(codes: int, symbols: int) -> dict[str, Any]:
    return {"codes": codes, "symbols": symbols, "codes_per_symbol": codes / symbols if symbols else None}


def _tell(record: dict[str, Any], *, json: bool) -> None:
    if json:
        streams.write_json(record)
        return
    streams.write_line(f"{record['merges']:,} merges; learnt from: {_shown(record)}")
    if "held_out" in record:
        streams.write_line(f"held out: {_shown(record['held_out'])}")


def _shown(figures: dict[str, Any]) -> str:
    each = figures["codes_per_symbol"]
    return f"{figures['codes']:,} codes, {figures['symbols']:,} symbols" + (f", {each:.2f} codes each" if each else "")
