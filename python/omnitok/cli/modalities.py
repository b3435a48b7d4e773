"""``omnitok modalities``: what a vocabulary spends on text, images and sound, in one table."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import document, streams
from omnitok.cli.options import CodecsOption, JsonOption, LanguagesOption, ParallelOption, ThreadsOption

if TYPE_CHECKING:
    import pandas as pd

    from omnitok.omni import OmniTokenizer


def modalities(
    tokenizer: Annotated[
        str, typer.Option("--tokenizer", "-t", metavar="DIR", help="The folder of a vocabulary with blocks of codes.")
    ],
    image: Annotated[
        list[str],
        typer.Option(
            "--image",
            metavar="[BLOCK=]SOURCE",
            help="Measure pictures, files of codes, or a folder; may be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    audio: Annotated[
        list[str],
        typer.Option("--audio", metavar="[BLOCK=]SOURCE", help="The same for sound.", show_default=False),
    ] = [],  # noqa: B006
    fitted_on: Annotated[
        list[str],
        typer.Option(
            "--fitted-on",
            metavar="BLOCK=SOURCE",
            help="Fit the unigram model of a block on others; may be repeated.",
            show_default=False,
        ),
    ] = [],  # noqa: B006
    codec: CodecsOption = [],  # noqa: B006
    parallel: ParallelOption = None,
    languages: LanguagesOption = [],  # noqa: B006
    threads: ThreadsOption = None,
    json: JsonOption = False,
) -> None:
    """Measure a vocabulary of text, images and audio, beside the rules of APIs.

    Prints what 1,000 tokens hold, tokens for a word, a megapixel and a second, and bits: those of a unigram model where
    there are signals, else those of a uniform code. Blocks without signals have the figures that they declare.
    """
    from omnitok.corpora.parallel import bundled_parallel
    from omnitok.evaluation import read_parallel_text
    from omnitok.evaluation.modalities import measure_modalities

    omni = document.load_document_tokenizer(tokenizer, codec)
    sources = [
        document.named_block(omni, value, kind) for kind, of in (("image", image), ("audio", audio)) for value in of
    ]
    frame = measure_modalities(
        omni,
        text=read_parallel_text(parallel or bundled_parallel(), languages or None, num_threads=threads),
        codes=_codes(omni, sources),
        fitted_on=_codes(omni, [_named(value) for value in fitted_on]),
        num_threads=threads,
    )
    if json:
        streams.write_json(frame.to_dict("records"))
    else:
        _print(frame)


def _named(value: str) -> tuple[str, str]:
    block, _, source = value.partition("=")
    if not block or not source:
        raise typer.BadParameter(f"a --fitted-on is BLOCK=SOURCE, such as image=photos/; this is {value!r}")
    return block, source


def _codes(omni: "OmniTokenizer", sources: list[tuple[str, str]]) -> dict[str, list[Any]]:
    """The codes of files and folders, by block."""
    from omnitok.codecs import codes_of_sources

    found: dict[str, list[Any]] = {}
    for block, source in sources:
        found.setdefault(block, []).extend(codes_of_sources([Path(source)], omni.codec(block)))
    return found


def _print(frame: "pd.DataFrame") -> None:
    """A line for each language, block and rule."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("")
    for title in ("1,000 tokens", "tokens", "bits", "codes/token", "measured"):
        table.add_column(title, justify="right")
    lines: dict[str, dict[str, dict[Any, Any]]] = {}
    for row in frame.to_dict("records"):
        lines.setdefault(f"{row['modality']} {row['part']}", {})[row["metric"]] = row
    for what, figures in lines.items():
        measured = max(row["n"] for row in figures.values())
        cells = [_cell(figures, names) for names in _SHOWN]
        table.add_row(Text(what), *cells, f"{measured:,}" if measured else "")
    streams.stdout_console().print(table)


_SHOWN = [
    [f"{extent}_per_1000_{what}" for what in ("tokens", "codes") for extent in ("words", "megapixels", "seconds")],
    [
        "tokens_per_word", "tokens_per_megapixel", "tokens_per_second", "tokens_at_1024x1024",
        "codes_per_megapixel", "codes_per_second",
    ],
    [f"{model}_bits_per_{extent}" for model in ("unigram", "uniform") for extent in ("pixel", "second")],
    ["codes_per_token"],
]  # fmt: skip
"""The metrics of each column: the first that there is."""


def _cell(figures: dict[str, dict[Any, Any]], names: list[str]) -> str:
    row = next((figures[name] for name in names if name in figures), None)
    if row is None:
        return ""
    value = row["value"]
    if row["metric"] == "codes_per_token":
        return f"{value:.2f}"
    return (f"{value:,.0f}" if value >= 1000 else f"{value:.4g}") + f" {row['unit']}"
