"""One door for every kind of tokenizer: :func:`load`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.compiled import places
from omnitok.errors import VocabularyError
from omnitok.interop.formats import FILES_OF_FOLDERS, format_of
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    import os


def load(source: str | os.PathLike[str] | Any, pattern: str | None = None) -> Tokenizer:
    """Loads a tokenizer.

    What loading computes for a large vocabulary is kept in a hidden file beside it, or in the user's cache folder, and
    read the next time. The environment variable ``OMNITOK_CACHE`` names another folder for it, or is ``off``.

    Args:
        source: a vocabulary folder; a ``.tiktoken`` rank file; a Hugging Face ``tokenizer.json``, a ``tekken.json`` of
            Mistral, or a folder with one; a published name such as ``"o200k_base"``; or an object:
            ``tiktoken.Encoding``, ``tokenizers.Tokenizer``. Files are told apart by what they hold.
        pattern: the split pattern of a rank file, which does not say it itself: a built-in name or a regular
            expression. For any other source it must be the one that the source has.

    Raises:
        VocabularyError: there is no such file, folder or name, the file needs something that omnitok does not have, or
            it has another pattern.
        CorruptFileError: a file is not what its format or checksum promises.

    Example:
        >>> import omnitok
        >>> omnitok.load("o200k_base").encode("hello")  # doctest: +SKIP
        [24912]
    """
    path = Path(source) if isinstance(source, str) or hasattr(source, "__fspath__") else None
    if path is None:
        tokenizer = _from_object(source)
    elif path.exists():
        file = tokenizer_file(path)
        is_ours = file.name == "manifest.json"
        if not is_ours and format_of(file) == "ranks":
            from omnitok.interop.tiktoken import read_rank_file

            return read_rank_file(file, pattern)
        tokenizer = _from_folder(file.parent) if is_ours else _from_file(file)
    else:
        tokenizer = _from_name(source, path)
    if pattern is not None and pattern not in (tokenizer.pattern, tokenizer.regex):
        raise VocabularyError(
            f"{tokenizer.name!r} has a split pattern of its own, {tokenizer.pattern!r}, and another would give other "
            "ids; leave pattern out"
        )
    return tokenizer


def tokenizer_file(path: Path) -> Path:
    """The file that says what a tokenizer is: ``path`` itself, or the one in the folder ``path``.

    Raises:
        VocabularyError: the folder has none.
    """
    if not path.is_dir():
        return path
    found = next((path / name for name in FILES_OF_FOLDERS if (path / name).is_file()), None)
    if found is None:
        *names, last = FILES_OF_FOLDERS
        raise VocabularyError(f"the folder {str(path)!r} holds no {', '.join(names)} or {last}")
    return found


def _from_name(source: str | os.PathLike[str], path: Path) -> Tokenizer:
    if isinstance(source, str) and path.name == source and not path.suffix:
        from omnitok.interop.published import load_published

        return load_published(source)
    raise VocabularyError(
        f"there is no file or folder {str(path)!r}; a tokenizer is a vocabulary folder, a .tiktoken file, "
        f"a tokenizer.json, a tekken.json or a published name such as 'o200k_base'"
    )


def _from_folder(path: Path) -> Tokenizer:
    return Tokenizer._from_native(_native.Tokenizer.from_folder(path, compiled=places(beside=True)))


def _from_file(path: Path) -> Tokenizer:
    kind = format_of(path)
    if kind == "sentencepiece":
        raise VocabularyError(
            f"{str(path)!r} is a SentencePiece model, which omnitok measures and does not encode with: "
            "omnitok evaluate, omnitok report and omnitok.evaluation.load_subject take it"
        )
    if kind == "tekken":
        from omnitok.interop.tekken import from_tekken

        return from_tekken(path)
    from omnitok.interop.huggingface import from_huggingface

    return from_huggingface(path)


def _from_object(source: Any) -> Tokenizer:
    if isinstance(source, Tokenizer):
        return source
    modules = {base.__module__.partition(".")[0] for base in type(source).__mro__}
    if "tiktoken" in modules:
        from omnitok.interop.tiktoken import from_tiktoken

        return from_tiktoken(source)
    if modules & {"tokenizers", "transformers"}:
        from omnitok.interop.huggingface import from_huggingface

        return from_huggingface(source)
    raise TypeError(
        f"a tokenizer cannot be made from {type(source).__module__}.{type(source).__qualname__}; give a path, a "
        "published name, a tiktoken.Encoding, a tokenizers.Tokenizer or a fast tokenizer of transformers"
    )
