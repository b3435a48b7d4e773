"""Rank files and ``tiktoken.Encoding`` objects, in both directions.

A rank file holds tokens and ranks, but neither the split pattern nor the special tokens, and a wrong pattern gives
other ids without any error. So writing adds a sidecar in JSON, and reading refuses to guess.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.compiled import places
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.interop.code_forms import code_forms
from omnitok.interop.files import write_files
from omnitok.interop.merges import merges_of_ranks, require_ranks_suffice
from omnitok.interop.published import PATTERN_OF_DIGEST, format_ranks
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from os import PathLike

    import tiktoken


def from_tiktoken(encoding: tiktoken.Encoding) -> Tokenizer:
    """Our tokenizer with the ranks, pattern and special tokens of an encoding of tiktoken.

    Raises:
        PatternError: The pattern of the encoding is one that cannot be run in linear time.
        VocabularyError: The ranks lack one of the 256 bytes.
    """
    native = _native.Tokenizer(
        name=encoding.name,
        pattern=encoding._pat_str,
        ranks=encoding._mergeable_ranks,
        special_tokens=encoding._special_tokens,
    )
    return Tokenizer._from_native(native)


def to_tiktoken(tokenizer: Tokenizer) -> tiktoken.Encoding:
    """An encoding of tiktoken that gives the same ids.

    Ids reserved for padding have no place in an encoding; they stand for nothing and are left out, so its ``n_vocab``
    may be smaller. Codes are there under byte forms that no text has; see :mod:`omnitok.interop.code_forms`.

    Raises:
        VocabularyError: tiktoken is missing, or cannot express the tokenizer; see :func:`write_rank_file`.
    """
    try:
        import tiktoken
    except ImportError:
        raise VocabularyError("making an encoding of tiktoken needs tiktoken: pip install tiktoken") from None
    ranks = expressible_ranks(tokenizer)
    return tiktoken.Encoding(
        tokenizer.name,
        pat_str=tokenizer.regex,
        mergeable_ranks=ranks,
        special_tokens=dict(tokenizer.special_tokens),
    )


def expressible_ranks(tokenizer: Tokenizer, *, whole: bool = False) -> dict[bytes, int]:
    """The ranks of a tokenizer, once it is sure that nothing else decides its ids, and byte forms of its codes.

    Args:
        tokenizer: whose ranks.
        whole: leave no hole before the last code; see :func:`code_forms`.

    Raises:
        VocabularyError: The text is normalized first, whole words are not looked up where that matters, or merges
            follow an order of their own.
    """
    if tokenizer.normalizer is not None:
        raise VocabularyError(
            f"tiktoken does not normalize text, but this tokenizer applies {tokenizer.normalizer.upper()} first; save "
            "a folder or a tokenizer.json"
        )
    ranks, merges = tokenizer.ranks(), tokenizer.merges()
    if merges is not None:
        bytes_of = {token_id: token for token, token_id in ranks.items()}
        pairs = [(bytes_of[left], bytes_of[right]) for left, right in merges]
        require_ranks_suffice(ranks, pairs, whole_words=tokenizer.whole_words)
    elif not tokenizer.whole_words:
        require_ranks_suffice(ranks, merges_of_ranks(ranks), whole_words=False)
    return ranks | code_forms(tokenizer, whole=whole)


def write_rank_file(tokenizer: Tokenizer, path: str | PathLike[str], *, force: bool = False) -> None:
    """Writes ``path`` and beside it ``<stem>.json`` with the name, pattern and special tokens.

    Ids reserved for padding stand for nothing and are left out.

    Args:
        tokenizer: What to write.
        path: The rank file, by custom called ``*.tiktoken``.
        force: Replace files that exist.

    Raises:
        VocabularyError: Ranks cannot express the tokenizer; see :func:`expressible_ranks`.
        FileExistsError: One of the files exists and ``force`` is false.
    """
    path = Path(path)
    if path == _sidecar(path):
        raise VocabularyError(f"{path} is the name of the sidecar; call the rank file {path.stem}.tiktoken")
    ranks = format_ranks(expressible_ranks(tokenizer, whole=True))
    description = {
        "name": tokenizer.name,
        "pattern": tokenizer.regex,
        "sha256": _native.sha256(ranks),
        "special_tokens": dict(sorted(tokenizer.special_tokens.items(), key=lambda entry: entry[1])),
    }
    sidecar = json.dumps(description, ensure_ascii=False, indent=2) + "\n"
    write_files(path.parent, {path.name: ranks, _sidecar(path).name: sidecar.encode()}, force=force)


def read_rank_file(path: str | PathLike[str], pattern: str | None = None) -> Tokenizer:
    """Reads a rank file. Its pattern comes from the argument, the sidecar or the known digest of a published file.

    Special tokens come from the sidecar; without one there are none.

    Args:
        path: The rank file.
        pattern: Name or regular expression of the split pattern.

    Raises:
        CorruptFileError: The rank file or its sidecar is not what it should be, or they do not belong together.
        VocabularyError: Nothing tells the pattern.
    """
    path = Path(path)
    data = path.read_bytes()
    digest = _native.sha256(data)
    description = _read_sidecar(_sidecar(path), digest) if _sidecar(path).is_file() else {}
    pattern = pattern or description.get("pattern") or PATTERN_OF_DIGEST.get(digest)
    if pattern is None:
        raise VocabularyError(
            f"{path} does not say how text is split into words, and a wrong pattern gives wrong ids; name one of "
            f"{', '.join(sorted(_native.PATTERNS))} or a regular expression, or put {_sidecar(path).name} beside it"
        )
    native = _native.Tokenizer.from_rank_file(
        data,
        path,
        sha256=digest,
        name=description.get("name", path.stem),
        pattern=pattern,
        special_tokens=description.get("special_tokens", {}),
        compiled=places(beside=True),
    )
    return Tokenizer._from_native(native)


def _sidecar(path: Path) -> Path:
    return path.with_suffix(".json")


def _read_sidecar(path: Path, digest: str) -> dict[str, Any]:
    """The description beside a rank file whose SHA-256 is ``digest``."""
    try:
        description = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise CorruptFileError(f"{path} is not JSON: {error}; write the rank file again") from error
    if not isinstance(description, dict):
        raise CorruptFileError(f"{path} holds a JSON {type(description).__name__}; expected an object")
    expected: dict[str, type] = {"name": str, "pattern": str, "sha256": str, "special_tokens": dict}
    for key, kind in expected.items():
        if key in description and not isinstance(description[key], kind):
            raise CorruptFileError(f"{path}: {key} is {description[key]!r}; expected {kind.__name__}")
    for name, number in description.get("special_tokens", {}).items():
        if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 2**32:
            raise CorruptFileError(f"{path}: special token {name!r} has id {number!r}; expected an integer below 2^32")
    if description.get("sha256", digest) != digest:
        raise CorruptFileError(
            f"{path} describes another rank file (SHA-256 {description['sha256']}, found {digest}); write both again"
        )
    return description
