"""Reads ``tekken.json``, the file of Mistral's tokenizers: byte-level BPE by ranks, with special tokens first.

The file holds more tokens than the tokenizer has: of ``default_vocab_size`` ids the first
``default_num_special_tokens`` are special, and as many tokens as there is room for behind them, lowest rank first, are
those of text. The id of one is its rank and the number of special ones.
"""

from __future__ import annotations

import base64
import binascii
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.errors import CorruptFileError
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from os import PathLike

SPECIAL_TOKENS_OF_OLD_FILES = (
    "<unk>", "<s>", "</s>", "[INST]", "[/INST]", "[AVAILABLE_TOOLS]", "[/AVAILABLE_TOOLS]", "[TOOL_RESULTS]",
    "[/TOOL_RESULTS]", "[TOOL_CALLS]", "[IMG]", "<pad>", "[IMG_BREAK]", "[IMG_END]", "[PREFIX]", "[MIDDLE]",
    "[SUFFIX]", "[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]", "[TOOL_CONTENT]",
)  # fmt: skip
"""What ``mistral-common`` takes a file up to version 7 to have that names none, from id 0."""

FILLER = "<SPECIAL_{}>"
"""The name of a special id that the file does not name, as ``mistral-common`` spells it."""

_EXPECTED = "expected a tekken.json with the objects 'config' and 'vocab'"


def from_tekken(path: str | PathLike[str], *, name: str | None = None) -> Tokenizer:
    """Our tokenizer with the tokens, pattern and special tokens of a ``tekken.json``. O(tokens in the file).

    Args:
        path: the file.
        name: name of the result; by default that of the file without its suffix.

    Raises:
        CorruptFileError: the file is not JSON, lacks a part, or its parts contradict each other.
        PatternError: its pattern cannot be run in linear time.
    """
    path = Path(path)
    document = _Document(path)
    native = _native.Tokenizer(
        name=name or path.stem,
        pattern=document.text(document.config, "pattern"),
        ranks=document.ranks(),
        special_tokens=document.special_tokens(),
    )
    return Tokenizer._from_native(native)


class _Document:
    """A parsed file, taken apart with the place of whatever is wrong."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            parsed = json.loads(path.read_bytes())
        except (ValueError, RecursionError) as error:
            raise CorruptFileError(f"{path} is not JSON: {error}") from error
        is_tekken = isinstance(parsed, dict) and isinstance(parsed.get("config"), dict)
        if not is_tekken or not isinstance(parsed.get("vocab"), list):
            raise CorruptFileError(f"{path} has no config and vocab; {_EXPECTED}")
        self._parsed: dict[str, Any] = parsed
        self.config: dict[str, Any] = parsed["config"]
        self._special = self._count("default_num_special_tokens")
        self._size = self._count("default_vocab_size")
        held = len(parsed["vocab"])
        if not self._special <= self._size <= self._special + held:
            raise CorruptFileError(
                f"{path}: default_vocab_size is {self._size}, but there are {self._special} special tokens and "
                f"{held} others"
            )

    def text(self, part: dict[str, Any], key: str, where: str = "config") -> str:
        value = part.get(key)
        if not isinstance(value, str):
            raise CorruptFileError(f"{self._path}: {where}.{key} is {value!r}; expected a string")
        return value

    def _count(self, key: str) -> int:
        value = self.config.get(key)
        # JSON's true is an int in Python.
        if type(value) is not int or not 0 <= value < 2**32:
            raise CorruptFileError(f"{self._path}: config.{key} is {value!r}; expected a whole number from 0")
        return value

    def ranks(self) -> dict[bytes, int]:
        """Text tokens and their ids: those for which there is room, whose ranks must be all from 0 on."""
        room = self._size - self._special
        ranks: dict[bytes, int] = {}
        for place, entry in enumerate(self._parsed["vocab"]):
            where = f"vocab[{place}]"
            rank = entry.get("rank") if isinstance(entry, dict) else None
            # Wherever it stands, a rank is its own place: the order of merging and of ids depends on it.
            if type(rank) is not int or rank != place:
                raise CorruptFileError(f"{self._path}: {where}.rank is {rank!r}; expected {place}")
            if place < room:
                token = self._bytes(self.text(entry, "token_bytes", where), where)
                if ranks.setdefault(token, rank + self._special) != rank + self._special:
                    raise CorruptFileError(f"{self._path}: {where} is {token!r}, as another token is; keep one")
        return ranks

    def _bytes(self, encoded: str, where: str) -> bytes:
        try:
            return base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError) as error:
            raise CorruptFileError(f"{self._path}: {where}.token_bytes is {encoded!r}, no base64: {error}") from error

    def special_tokens(self) -> dict[str, int]:
        """Special tokens by name, those that the file does not name included."""
        listed = self._parsed.get("special_tokens")
        entries: list[Any] = (
            [{"rank": rank, "token_str": token} for rank, token in enumerate(SPECIAL_TOKENS_OF_OLD_FILES)]
            if listed is None
            else listed
        )
        if not isinstance(entries, list) or len(entries) > self._special:
            raise CorruptFileError(
                f"{self._path}: special_tokens must be a list of at most config.default_num_special_tokens, "
                f"{self._special}"
            )
        special: dict[str, int] = {}
        for place, entry in enumerate(entries):
            where = f"special_tokens[{place}]"
            rank = entry.get("rank") if isinstance(entry, dict) else None
            if type(rank) is not int or rank != place:
                raise CorruptFileError(f"{self._path}: {where}.rank is {rank!r}; expected {place}")
            if special.setdefault(self.text(entry, "token_str", where), rank) != rank:
                raise CorruptFileError(f"{self._path}: {where} is {entry['token_str']!r}, as another one is; keep one")
        special.update((FILLER.format(rank), rank) for rank in range(len(entries), self._special))
        if len(special) != self._special:
            raise CorruptFileError(f"{self._path}: a special token is spelled as one that has no name, {FILLER}")
        return special
