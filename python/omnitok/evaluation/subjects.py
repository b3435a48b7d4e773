"""What can be measured: tokenizers of omnitok, and those of others through their own library."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from omnitok.errors import PatternError, VocabularyError
from omnitok.interop.formats import format_of
from omnitok.interop.huggingface_library import HuggingFaceTokenizer
from omnitok.interop.sentencepiece import SentencePieceTokenizer
from omnitok.loading import load, tokenizer_file
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from omnitok.evaluation.measuring import SupportsEncode

_NAMES_THAT_SAY_NOTHING = frozenset({"tokenizer", "tekken", "spiece", "sentencepiece", "sp"})


def load_subject(source: str | os.PathLike[str] | Any, *, name: str | None = None) -> SupportsEncode:
    """Loads a tokenizer to be measured.

    Args:
        source: what :func:`omnitok.load` takes; a SentencePiece model, through the package ``sentencepiece``; any other
            ``tokenizer.json``, through ``tokenizers``; or an object with ``encode(text)`` and ``decode(ids)``, such as
            a ``SentencePieceProcessor`` or a tokenizer of transformers.
        name: what tables call it; by default its own name, or that of its file or folder.

    Raises:
        VocabularyError: there is no such tokenizer, or the package that reads it is missing.
        CorruptFileError: its file is damaged.
        TypeError: an object has no ``encode`` or ``decode``, or nothing says its name or size.
    """
    is_path = isinstance(source, (str, os.PathLike))
    found = _from_path(source, name) if is_path else _from_object(source, name)
    if name is not None and isinstance(found, Tokenizer) and found.name != name:
        return found.with_name(name)
    return found


def _from_path(source: str | os.PathLike[str], name: str | None) -> SupportsEncode:
    path = Path(source)
    file = tokenizer_file(path) if path.exists() else path
    if not file.is_file() or file.name == "manifest.json":
        return load(source)
    kind = format_of(file)
    own_name = name or (file.resolve().parent.name if file.stem in _NAMES_THAT_SAY_NOTHING else file.stem)
    if kind == "sentencepiece":
        return SentencePieceTokenizer(file.read_bytes(), own_name, str(file))
    if kind == "tekken" and name is None:
        return load(source).with_name(own_name)
    return _ours_or(lambda: load(source), lambda: HuggingFaceTokenizer(file.read_bytes(), own_name, str(file)))


def _ours_or(ours: Callable[[], SupportsEncode], other: Callable[[], SupportsEncode]) -> SupportsEncode:
    """Ours where omnitok gives the same ids, else the other library's."""
    try:
        return ours()
    except (VocabularyError, PatternError) as refusal:
        try:
            return other()
        except VocabularyError as error:
            raise VocabularyError(f"{refusal}. {error}") from refusal


def _from_object(source: Any, name: str | None) -> SupportsEncode:
    if isinstance(source, (Tokenizer, HuggingFaceTokenizer, SentencePieceTokenizer)):
        return source
    modules = {base.__module__.partition(".")[0] for base in type(source).__mro__}
    backend = getattr(source, "backend_tokenizer", source)
    if modules & {"tokenizers", "transformers"} and hasattr(backend, "to_str"):
        own_name = name or getattr(source, "name_or_path", "") or "huggingface"
        content = backend.to_str().encode()
        return _ours_or(
            lambda: load(source).with_name(own_name), lambda: HuggingFaceTokenizer(content, own_name, "tokenizer.json")
        )
    if "sentencepiece" in modules:
        return SentencePieceTokenizer(source.serialized_model_proto(), name or "sentencepiece", "the processor")
    if "tiktoken" in modules:
        return _ours_or(lambda: load(source), lambda: EncodingObject(source, name))
    return EncodingObject(source, name)


class EncodingObject:
    """Any object with ``encode`` and ``decode``, with the methods that evaluation asks for.

    Attributes:
        name: what tables call it.
        vocab_size: number of its ids.
        special_tokens: by name, where the object tells them.
        token_bytes: the bytes of a token, by its id; ``None`` where the object does not tell them.
    """

    def __init__(self, source: Any, name: str | None = None) -> None:
        """Takes the object.

        Raises:
            TypeError: it lacks something.
        """
        kind = type(source).__qualname__
        encode = getattr(source, "encode_ordinary", None) or getattr(source, "encode", None)
        if encode is None or not hasattr(source, "decode"):
            raise TypeError(f"a {kind} has no {'decode' if encode else 'encode'}, so it cannot be measured")
        if type(source).__module__.startswith("transformers"):
            encode = partial(encode, add_special_tokens=False)
        own_name = name or getattr(source, "name", None)
        size = next((found for key in ("vocab_size", "n_vocab") if (found := getattr(source, key, None))), None)
        size = size() if callable(size) else size
        if not isinstance(own_name, str) or not isinstance(size, int):
            lacking = "vocab_size" if isinstance(own_name, str) else "name"
            raise TypeError(f"a {kind} does not say its {lacking}; set it as an attribute")
        self._encode, self._decode = encode, source.decode
        self.name, self.vocab_size = own_name, size
        self.special_tokens: dict[str, int] = dict(getattr(source, "special_tokens", None) or {})
        self.token_bytes = getattr(source, "token_bytes", None) or getattr(source, "decode_single_token_bytes", None)

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text."""
        return list(self._encode(text))

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        text: str = self._decode(ids)
        return text
