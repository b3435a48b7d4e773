"""The command ``omnitok``: its subcommands and its entry point.

Modules of this package import nothing but typer at the top, so that ``omnitok --help`` and shell completion answer at
once; the work is imported by the command that does it. Modules with commands do without
``from __future__ import annotations``, because typer reads their annotations at run time.
"""

import io
import sys
from typing import Annotated

import typer

from omnitok.cli.audit import audit
from omnitok.cli.codec import codec
from omnitok.cli.compare import compare
from omnitok.cli.convert import convert
from omnitok.cli.count import count
from omnitok.cli.count_superwords import count_superwords
from omnitok.cli.count_words import count_words
from omnitok.cli.decode import decode
from omnitok.cli.document import DocumentCommand
from omnitok.cli.encode import encode
from omnitok.cli.evaluate import evaluate
from omnitok.cli.extend import extend
from omnitok.cli.failures import Command
from omnitok.cli.inspect import inspect
from omnitok.cli.modalities import modalities
from omnitok.cli.nest import nest
from omnitok.cli.prune import prune
from omnitok.cli.report import report
from omnitok.cli.train import train
from omnitok.cli.verify import verify
from omnitok.cli.vocab import vocab

app = typer.Typer(
    name="omnitok",
    no_args_is_help=True,
    # Plain help and plain usage errors: they need not load rich, which takes longer than all the rest.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Results go to stdout, everything else to stderr. Exit status: 0 done, 1 failed, 2 wrong usage, "
    "3 a check failed, 130 interrupted.",
)
COMMANDS = (
    train, extend, prune, nest, count_words, count_superwords,
    encode, decode, count, evaluate, compare, modalities, inspect, audit, report, convert, verify,
)  # fmt: skip
for function in COMMANDS:
    app.command(cls=DocumentCommand if function is encode else Command)(function)
app.add_typer(codec)
app.add_typer(vocab)


def _print_version(is_wanted: bool) -> None:
    if is_wanted:
        from omnitok import __version__

        typer.echo(f"omnitok {__version__}")
        raise typer.Exit


@app.callback()
def omnitok(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Train, use, measure and report byte-pair vocabularies over 20 languages."""


def main() -> None:
    """Runs the command line and exits."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A file name that is no text, or a terminal that is not in UTF-8, must not lose the line it is on.
        sys.stdout.reconfigure(errors="backslashreplace")
    app(prog_name="omnitok")
