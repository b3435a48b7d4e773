"""Options that several commands have, so that they mean and read the same everywhere."""

from __future__ import annotations

import math
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


_TOKENIZER_HELP = "A folder, a .tiktoken file, tokenizer.json, tekken.json, or a name such as o200k_base."

TokenizerOption = Annotated[
    str, typer.Option("--tokenizer", "-t", metavar="TOK", help=_TOKENIZER_HELP, autocompletion=_complete_tokenizer)
]
TokenizersOption = Annotated[
    list[str],
    typer.Option(
        "--tokenizer",
        "-t",
        metavar="TOK",
        help=f"{_TOKENIZER_HELP[:-1]}; or a SentencePiece model. NAME=TOK renames it. May be repeated.",
        autocompletion=_complete_tokenizer,
    ),
]
TokensOfOption = Annotated[
    str,
    typer.Option(
        "--tokenizer",
        "-t",
        metavar="TOK",
        help=f"{_TOKENIZER_HELP[:-1]}; or a SentencePiece model. NAME=TOK renames it.",
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
CodecsOption = Annotated[
    list[str],
    typer.Option(
        "--codec",
        metavar="BLOCK=FILE",
        help="The codec of a block, if it is not in the folder of the vocabulary.",
        show_default=False,
    ),
]
CodecFileOption = Annotated[
    Path, typer.Option("--codec", "-c", metavar="CODEC", help="A codec file, or the folder of a pretrained model.")
]
InputArgument = Annotated[
    str | None, typer.Argument(metavar="FILE", help="What to read; - or nothing for stdin.", show_default=False)
]
LanguagesOption = Annotated[
    list[str],
    typer.Option(
        "--language",
        metavar="CODE",
        help="Measure this language, and English; may be repeated. Default: all that are there.",
        show_default=False,
    ),
]
AllowMissingOption = Annotated[
    bool, typer.Option("--allow-missing", help="Go on without a --language that is not there or not aligned.")
]
PricesOption = Annotated[
    Path | None, typer.Option("--prices", metavar="FILE", help="What models cost, TOML or JSON; default: bundled.")
]
PublishedOption = Annotated[
    list[str],
    typer.Option(
        "--published",
        metavar="NAME",
        help="Show published counts of a tokenizer that is not here, on FLORES-200 or the GPT-4o greetings.",
        show_default=False,
    ),
]
DrawsOption = Annotated[
    int, typer.Option("--draws", metavar="N", min=0, help="Samples that intervals come from; 0: no intervals.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, help="Threads; default: OMNITOK_NUM_THREADS, else every CPU."),
]
ErrorPolicy = Literal["strict", "replace", "skip"]
ErrorsOption = Annotated[
    ErrorPolicy,
    typer.Option("--errors", metavar="POLICY", help="For broken UTF-8: strict, replace, skip."),
]
TextFieldOption = Annotated[
    str, typer.Option("--text-field", metavar="NAME", help="Field of .jsonl, column of .parquet.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]
RecordOption = Annotated[bool, typer.Option("--json", help="Print a record of the run as JSON.")]
QuietOption = Annotated[bool, typer.Option("--quiet", help="No progress bars, no summary.")]
SourcesArgument = Annotated[
    list[str],
    typer.Argument(metavar="SOURCE", help="Files: text, .jsonl, .parquet (.gz, .zst), .counts; folders."),
]
VocabularyFolderOption = Annotated[Path, typer.Option("--out", metavar="DIR", help="The vocabulary folder to write.")]
NewNameOption = Annotated[str | None, typer.Option("--name", metavar="NAME", help="Default: the name that it has.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace what is there already.")]

# --- how to learn -----------------------------------------------------------------------------------------------------

MinFrequencyOption = Annotated[
    int, typer.Option("--min-frequency", metavar="N", min=1, help="Rarer pairs never become a token.")
]
MaxTokenBytesOption = Annotated[
    int | None, typer.Option("--max-token-bytes", metavar="N", min=1, help="The longest token.")
]
MemoryOption = Annotated[
    str | None,
    typer.Option("--memory", metavar="SIZE", help="Count within this, such as 2GiB; the rest goes to files."),
]
WeightOption = Annotated[
    list[str],
    typer.Option(
        "--weight",
        metavar="CODE=X",
        help="How much a language counts, 0 for nothing; may be repeated.",
        show_default=False,
    ),
]
TemperatureOption = Annotated[
    float | None, typer.Option("--temperature", metavar="T", help="Learn shares s of languages as s^(1/T).")
]
TargetOption = Annotated[
    list[str],
    typer.Option(
        "--target",
        metavar="CODE=X",
        help="The share that a language is learnt with; may be repeated.",
        show_default=False,
    ),
]
ParityOption = Annotated[
    Path | None,
    typer.Option("--parity", metavar="DIR", help="Parallel CODE.txt files: who is worst off there chooses merges."),
]
ParityGlobalOption = Annotated[
    int, typer.Option("--parity-global", metavar="N", min=0, help="All choose so many merges first.")
]
ParityWindowOption = Annotated[
    int | None,
    typer.Option("--parity-window", metavar="N", min=1, help="Nobody has over twice its share of so many choices."),
]
PartTemperatureOption = Annotated[
    float | None,
    typer.Option("--part-temperature", metavar="T", help="The same for parts of a language, such as te/news."),
]
WholeCharactersOption = Annotated[
    bool, typer.Option("--whole-characters", help="No token mixes a part of a character with others.")
]
CheckpointOption = Annotated[
    Path | None,
    typer.Option("--checkpoint", metavar="FILE", help="Keep the merges; go on from them if they are there."),
]
CheckOption = Annotated[bool, typer.Option("--check", help="Derive every merge again, which takes long.")]


def parse_numbers(option: str, values: list[str]) -> dict[str, float]:
    """The numbers by language of an option such as ``--weight hi=2.5``."""
    numbers = {}
    for value in values:
        code, _, text = value.partition("=")
        try:
            number = float(text)
        except ValueError:
            number = math.nan
        if not code or not 0 <= number < math.inf:
            raise typer.BadParameter(f"a {option} is CODE=X, such as hi=0.5, with X from 0; this is {value!r}")
        numbers[code] = number
    return numbers
