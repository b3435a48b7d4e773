"""What happens when a command cannot do its work: one line that says so, a hint, and the right exit status."""

from __future__ import annotations

import os
import sys
from enum import IntEnum
from typing import Any

import typer
from typer.core import TyperCommand

from omnitok.errors import (
    InvalidTextError,
    MissingCodecError,
    OmnitokError,
    RaggedImageError,
    SameNameError,
    SpecialTokenError,
)


class Status(IntEnum):
    """Exit status of a command. Scripts rely on these numbers; 2, for wrong usage, is typer's own."""

    FAILED = 1
    CHECK_FAILED = 3
    INTERRUPTED = 130


class Command(TyperCommand):
    """A command whose failures are lines for people, not tracebacks. ``OMNITOK_DEBUG=1`` shows the traceback too."""

    def invoke(self, context: Any) -> Any:
        """Runs the command; its results have left the process when it returns."""
        try:
            result = super().invoke(context)
            sys.stdout.flush()
        except BrokenPipeError:
            _close_stdout()
            raise typer.Exit(Status.FAILED) from None
        except KeyboardInterrupt:
            _say("interrupted")
            raise typer.Exit(Status.INTERRUPTED) from None
        except (OmnitokError, OSError, ValueError, ImportError, MemoryError) as error:
            if os.environ.get("OMNITOK_DEBUG", "") not in ("", "0"):
                raise
            _say(f"error: {_message(error)}", _hint(error, context.params))
            raise typer.Exit(Status.FAILED) from None
        return result


def _say(line: str, hint: str | None = None) -> None:
    """Writes to stderr, which may be closed as well."""
    try:
        sys.stderr.write(f"{line}\n" if hint is None else f"{line}\nhint: {hint}\n")
        sys.stderr.flush()
    except OSError:
        return


def _close_stdout() -> None:
    """Whoever read our output is gone; the interpreter must not stumble over it again on its way out."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _message(error: Exception) -> str:
    if isinstance(error, SpecialTokenError):
        # The advice names arguments of the Python call; the hint names ours.
        return str(error.args[0])
    if isinstance(error, OSError) and error.errno is not None:
        reason = os.strerror(error.errno)
        return reason if error.filename is None else f"{os.fspath(error.filename)}: {reason}"
    if isinstance(error, MemoryError):
        return "out of memory"
    return " ".join(str(error).splitlines()) or type(error).__name__


def _hint(error: Exception, parameters: dict[str, Any]) -> str | None:
    """The option of this command that helps, if there is one."""
    if isinstance(error, FileExistsError) and parameters.get("force") is False:
        return "--force replaces it"
    if isinstance(error, SpecialTokenError):
        return "--special NAME or --special all makes it that token, --special none makes it plain text"
    if isinstance(error, InvalidTextError) and "errors" in parameters:
        return "--errors replace puts U+FFFD there, --errors skip leaves it out"
    if isinstance(error, RaggedImageError) and parameters.get("pad") is False:
        return "--pad repeats its last pixels"
    if isinstance(error, MissingCodecError):
        return "--codec BLOCK=FILE gives it"
    if isinstance(error, SameNameError):
        return "-t NAME=TOK gives a tokenizer another name"
    return None
