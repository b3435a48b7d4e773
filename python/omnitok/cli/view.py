"""Tokens for the eye."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok.cli import streams

if TYPE_CHECKING:
    from omnitok.tokenizer import Tokenizer

_BOUNDARY = "|"


def print_tokens(tokenizer: Tokenizer, text: str) -> None:
    """Prints the tokens of a text: each on its own colour, or with bars between them where there is no colour."""
    from omnitok.display import cells, to_terminal

    console = streams.stdout_console()
    if console.color_system is None or console.no_color:
        streams.write_line(_BOUNDARY.join(cell.text for cell in cells(tokenizer, text)))
    else:
        console.print(to_terminal(tokenizer, text), soft_wrap=True)
