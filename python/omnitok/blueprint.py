"""A vocabulary written down as TOML: a text tokenizer, and a table for each block that follows it.

::

    name = "small"
    text = "tiny"              # what omnitok.load takes; a relative path is looked for beside this file first

    [[block]]
    add = "codes"              # the method of VocabBuilder; the other keys are its arguments
    name = "audio"
    sizes = [1024, 1024]
    rate = "25/2"
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.builder import VocabBuilder
from omnitok.code_merges import read_merges
from omnitok.codecs.loading import load_codec
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.loading import load

if TYPE_CHECKING:
    from os import PathLike

    from omnitok.codecs import Codec
    from omnitok.vocabulary import Vocabulary

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

METHODS = (
    "special",
    "codes",
    "codes2d",
    "codec",
    "merges",
    "size_tokens",
    "voices",
    "marks",
    "reserve",
    "align",
    "pad",
)


def build_vocabulary(path: str | PathLike[str]) -> Vocabulary:
    """The vocabulary of :func:`read_blueprint`."""
    return read_blueprint(path)[0]


def read_blueprint(path: str | PathLike[str]) -> tuple[Vocabulary, dict[str, Any]]:
    """The vocabulary that a TOML file describes, and the codecs that it names, by block.

    Equal files, with all that they name, give equal vocabularies.

    Sizes of ``size_tokens`` are ``[first, last]``; the pairs of ``merges`` may be the name of a file, with a merge a
    line: two symbols, and ``down`` where the second lies below. The ``codec`` of ``codec`` is a file, or the folder of
    a pretrained model.

    Raises:
        CorruptFileError: The file is no TOML, or a table or key is not what it should be; the message names it.
        VocabularyError: The vocabulary cannot exist, or there is no such tokenizer.
    """
    path = Path(path)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorruptFileError(f"{path} is no TOML: {error}") from error
    if unknown := sorted(document.keys() - {"name", "text", "block"}):
        raise CorruptFileError(f"{path}: there is no key {unknown[0]!r}; the keys are name, text and tables [[block]]")
    name, text, tables = document.get("name"), document.get("text"), document.get("block", [])
    if not isinstance(text, str) or not isinstance(name, (str, type(None))) or not isinstance(tables, list):
        raise CorruptFileError(
            f"{path}: text is {text!r} and name {name!r}; text names a tokenizer, and each block is [[block]]"
        )
    beside = path.parent / text
    try:
        builder = VocabBuilder(name).text(load(beside if beside.exists() else text))
    except VocabularyError as error:
        raise VocabularyError(f"{path}: text: {error}") from error
    codecs: dict[str, Any] = {}
    for number, table in enumerate(tables, 1):
        _add(builder, table, f"{path}: block {number}", path.parent, codecs)
    try:
        return builder.build(), codecs
    except VocabularyError as error:
        raise VocabularyError(f"{path}: {error}") from error


def _add(builder: VocabBuilder, table: Any, place: str, folder: Path, codecs: dict[str, Any]) -> None:
    arguments = dict(table) if isinstance(table, dict) else {}
    method = arguments.pop("add", None)
    if method not in METHODS:
        raise CorruptFileError(f"{place}: add is {method!r}; it is one of {', '.join(METHODS)}")
    if method == "size_tokens":
        arguments["sizes"] = _sizes(arguments.get("sizes"), place)
    if method == "merges" and isinstance(arguments.get("pairs"), str):
        arguments["pairs"] = read_merges(folder / arguments["pairs"])
    if method == "codec":
        arguments["codec"] = codecs[str(arguments.get("name"))] = _codec(arguments.get("codec"), place, folder)
    add = getattr(builder, method)
    try:
        inspect.signature(add).bind(**arguments)
    except TypeError as error:
        raise CorruptFileError(f"{place}, {method}: {error}") from error
    try:
        add(**arguments)
    except (TypeError, ValueError) as error:
        raise CorruptFileError(f"{place}, {method}: {error}") from error
    except VocabularyError as error:
        raise VocabularyError(f"{place}, {method}: {error}") from error


def _codec(file: Any, place: str, folder: Path) -> Codec:
    if not isinstance(file, str):
        raise CorruptFileError(
            f"{place}, codec: codec is {file!r}; it names a file, or the folder of a pretrained model"
        )
    return load_codec(folder / file)


def _sizes(sizes: Any, place: str) -> range:
    if isinstance(sizes, list) and len(sizes) == 2 and all(isinstance(size, int) for size in sizes):
        return range(sizes[0], sizes[1] + 1)
    raise CorruptFileError(f"{place}, size_tokens: sizes is {sizes!r}; it is the first and the last, such as [1, 64]")
