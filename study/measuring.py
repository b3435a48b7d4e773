"""What a vocabulary needs for every text: raw numbers of tokens, and an audit of its entries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from omnitok.corpora.parallel import read_parallel

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from omnitok import Tokenizer

_BYTES = 256


class ParallelSet(NamedTuple):
    """Sentences that say the same in every language."""

    name: str
    lines: dict[str, list[str]]

    @property
    def sentences(self) -> int:
        """Number of sentences of each language."""
        return len(next(iter(self.lines.values())))


def read_set(name: str, folder: Path, languages: Sequence[str]) -> ParallelSet:
    """The sentences of a folder, languages in the order given.

    Raises:
        CorpusError: a language is missing, or line counts differ.
    """
    lines = read_parallel(folder, languages)
    return ParallelSet(name, {code: lines[code] for code in languages})


def tokens_of_sentences(tokenizer: Tokenizer, parallel: ParallelSet) -> NDArray[np.int64]:
    """Tokens of each sentence, encoded alone: shape [languages, sentences]."""
    return np.array([tokenizer.count_batch(lines) for lines in parallel.lines.values()], dtype=np.int64)


def read_slice(file: Path) -> list[str]:
    """The documents of a slice that was held out."""
    return [json.loads(line)["text"] for line in file.read_text(encoding="utf-8").split("\n") if line]


class Audit(NamedTuple):
    """What is wrong with entries of a vocabulary."""

    fragments: int
    """Tokens, apart from the 256 bytes, that hold a part of a character beside anything else."""
    beginnings: int
    """Tokens that are nothing but the beginning of a character, which longer characters are merged from."""
    not_alone: int
    """Tokens of whole characters that encoding their own text does not give; words in which they stand may."""
    unused: int | None
    """Tokens, apart from the 256 bytes, that the training text never has; None where it is not known."""
    unreached: int | None
    """Those of them that no short text was found to have either: at most so many are unreachable."""


def audit(tokenizer: Tokenizer, uses: Sequence[int] | None = None) -> Audit:
    """Looks at every text token; ``uses`` is how often each is in the text that it was learnt from, by rank."""
    tokens = list(tokenizer.ranks())
    whole = [token for token in tokens if _is_text(token)]
    broken = [token for token in tokens if len(token) > 1 and not _is_text(token)]
    beginnings = sum(_is_beginning(token) for token in broken)
    lengths = tokenizer.count_batch([token.decode() for token in whole])
    unused = unreached = None
    if uses is not None:
        without = [rank for rank, token in enumerate(tokens) if not uses[rank] and len(token) > 1]
        unused = len(without)
        unreached = sum(not _is_reached(tokenizer, rank, tokens[rank]) for rank in without)
    return Audit(len(broken) - beginnings, beginnings, int((lengths > 1).sum()), unused, unreached)


_BEFORE = ("", "a", " ", "a ", ".", "\n", "1", "(", "\u092e", "\u0915", "\u0627", "\u0411", "\u6f22", "-")
_BEHIND = ("", " a", "a", " ", ".", "\n", "1", ")", "\u092e", "\u0930", "\u0627", "\u0411", "\u6f22", "-")


def _is_reached(tokenizer: Tokenizer, rank: int, token: bytes) -> bool:
    """Whether some short text has the token: its own with something around it, or a character that it begins."""
    if _is_text(token):
        text = token.decode()
        return any(rank in tokenizer.encode(f"{before}{text}{behind}") for before in _BEFORE for behind in _BEHIND)
    if not _is_beginning(token):
        return False
    ends = (bytes([first]) + b"\x80" * missing for first in range(0x80, 0xC0) for missing in range(3))
    return any(rank in tokenizer.encode((token + end).decode()) for end in ends if _is_text(token + end))


def _is_text(token: bytes) -> bool:
    try:
        token.decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_beginning(token: bytes) -> bool:
    """Whether bytes are the first ones of exactly one character that is not complete."""
    lead = token[0]
    length = 2 if 0xC2 <= lead < 0xE0 else 3 if 0xE0 <= lead < 0xF0 else 4 if 0xF0 <= lead < 0xF5 else 0
    return len(token) < length and all(0x80 <= byte < 0xC0 for byte in token[1:])


def tokens_of_texts(tokenizer: Tokenizer, texts: Sequence[str]) -> int:
    """Tokens of all texts."""
    return int(tokenizer.count_batch(list(texts)).sum())
