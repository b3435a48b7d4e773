"""Where a command's input comes from and its results go to."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from rich.console import Console

    from omnitok.cli.options import ErrorPolicy

STDIN = "-"


def read_bytes(file: str | None) -> bytes:
    """The content of a file, or of stdin for ``-`` and for nothing.

    Raises:
        typer.BadParameter: Nothing was named and stdin is a terminal: nobody is going to type there.
        OSError: The file cannot be read.
    """
    if file is None and sys.stdin.isatty():
        raise typer.BadParameter("there is no input; name a file, pipe something in, or give - to type it")
    return sys.stdin.buffer.read() if file in (None, STDIN) else Path(str(file)).read_bytes()


def read_text(file: str | None, errors: ErrorPolicy) -> str:
    """The text of a file or of stdin.

    Raises:
        CorpusError: It is not UTF-8 and ``errors`` is ``"strict"``; the message names the byte.
    """
    from omnitok.corpora.readers import decode_utf8

    return decode_utf8(read_bytes(file), errors, origin_of(file))


def origin_of(file: str | None) -> str:
    """What messages call the input."""
    return "stdin" if file in (None, STDIN) else str(file)


def split_lines(text: str) -> list[str]:
    r"""The lines of a text without ``\n`` or ``\r\n``; the end of the last line is not one more line."""
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def write_bytes(data: bytes) -> None:
    """Writes to stdout exactly these bytes."""
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def write_line(line: str) -> None:
    """Writes a line to stdout."""
    sys.stdout.write(f"{line}\n")


def write_json(value: Any, indent: int | None = 2) -> None:
    """Writes a JSON value and a line end to stdout."""
    write_line(json.dumps(value, ensure_ascii=False, indent=indent, allow_nan=False))


def note(line: str) -> None:
    """Writes a line for people to stderr."""
    sys.stderr.write(f"{line}\n")


def stdout_console() -> Console:
    """A console of rich for results: coloured on a terminal unless NO_COLOR is set, and never folded elsewhere."""
    from rich.console import Console

    is_fixed = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(file=sys.stdout, width=None if is_fixed else 1000, highlight=False, markup=False, emoji=False)
