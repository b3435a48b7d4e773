"""Options that several commands have, so that they mean and read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def _complete_tokenizer(incomplete: str) -> list[str]:
    from omnitok.interop.published import PUBLISHED

    return [name for name in PUBLISHED if name.startswith(incomplete)]


def complete_pattern(incomplete: str) -> list[str]:
    """The built-in patterns that begin so, for shell completion."""
    from omnitok._native import PATTERNS

    return [name for name in PATTERNS if name.startswith(incomplete)]


_TOKENIZER_HELP = "A folder, a .tiktoken file, a tokenizer.json, or a name such as o200k_base."

TokenizerOption = Annotated[
    str, typer.Option("--tokenizer", "-t", metavar="TOK", help=_TOKENIZER_HELP, autocompletion=_complete_tokenizer)
]
TokenizersOption = Annotated[
    list[str],
    typer.Option(
        "--tokenizer",
        "-t",
        metavar="TOK",
        help=f"{_TOKENIZER_HELP} NAME=TOK gives it another name. May be repeated.",
        autocompletion=_complete_tokenizer,
    ),
]
BaselinesOption = Annotated[
    list[str],
    typer.Option(
        "--baseline",
        metavar="TOK",
        help="Compare with this one; as -t. May be repeated.",
        show_default=False,
        autocompletion=_complete_tokenizer,
    ),
]
PatternOption = Annotated[
    str | None,
    typer.Option(
        "--pattern",
        metavar="NAME",
        help="Split pattern of a .tiktoken file: a name such as o200k, or a regular expression.",
        autocompletion=complete_pattern,
    ),
]
ParallelOption = Annotated[
    Path | None,
    typer.Option("--parallel", metavar="DIR", help="Folder of line-aligned CODE.txt files; default: those of omnitok."),
]
InputArgument = Annotated[
    str | None, typer.Argument(metavar="FILE", help="What to read; - or nothing for stdin.", show_default=False)
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="Threads; default: OMNITOK_NUM_THREADS, else every CPU."),
]
ErrorPolicy = Literal["strict", "replace", "skip"]
ErrorsOption = Annotated[
    ErrorPolicy,
    typer.Option("--errors", metavar="POLICY", help="Bytes that are not UTF-8: strict, replace or skip."),
]
TextFieldOption = Annotated[
    str, typer.Option("--text-field", metavar="NAME", help="Field of .jsonl, column of .parquet.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]
