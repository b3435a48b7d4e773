"""From what stands behind ``-t`` to a tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitok.tokenizer import Tokenizer


def load_named(source: str) -> Tokenizer:
    """The tokenizer of ``TOK``, or of ``NAME=TOK`` under that name.

    Raises:
        VocabularyError: There is no such tokenizer.
        CorruptFileError: Its file is damaged.
    """
    from omnitok import load

    name, is_named, rest = source.partition("=")
    if is_named and name and "/" not in name and not Path(source).exists():
        return load(rest).with_name(name)
    return load(source)
