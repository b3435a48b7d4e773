"""Tokens for the eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok.cli import streams

if TYPE_CHECKING:
    from omnitok.tokenizer import Tokenizer


def print_tokens(tokenizer: Tokenizer, text: str) -> None:
    """Prints the tokens of a text: each on its own colour, or with bars between them where there is no colour."""
    console = streams.stdout_console()
    view = tokenizer.view(text)
    if console.color_system is None or console.no_color:
        streams.write_line(str(view))
    else:
        console.print(view, soft_wrap=True)
