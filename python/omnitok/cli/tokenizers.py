"""From what stands behind ``-t`` to a tokenizer that is measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitok.evaluation import SupportsEncode


def load_named(source: str) -> SupportsEncode:
    """The tokenizer of ``TOK``, or of ``NAME=TOK`` under that name; others are measured through their own library.

    Raises:
        VocabularyError: There is no such tokenizer.
        CorruptFileError: Its file is damaged.
    """
    from omnitok.evaluation import load_subject

    name, is_named, rest = source.partition("=")
    if is_named and name and "/" not in name and not Path(source).exists():
        return load_subject(rest, name=name)
    return load_subject(source)
