"""The libraries whose ids are the measure, and how the vocabulary to compare with is found."""

from __future__ import annotations

import hashlib
import importlib
import importlib.metadata
import json
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

from omnitok.errors import CorruptFileError, is_panic
from omnitok.interop.huggingface_export import tokenizer_document, tokenizer_json
from omnitok.interop.published import format_ranks, published_encoding
from omnitok.interop.tiktoken import to_tiktoken
from omnitok.loading import load
from omnitok.verification.comparison import Refusal
from omnitok.verification.telltale import telltale, telltale_ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import tiktoken

    from omnitok.tokenizer import Tokenizer

_REASON = 200

T = TypeVar("T")
Library = Literal["tiktoken", "huggingface"]

LIBRARIES: dict[Library, tuple[str, str]] = {
    "tiktoken": ("tiktoken", "tiktoken"),
    "huggingface": ("tokenizers", "'omnitok[hf]'"),
}
"""The module of each library, and what ``pip`` installs it from."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Which vocabulary a reference has.

    Attributes:
        name: Its name, or the name of its file.
        kind: ``published``: the library's own, by name; ``file``: a tokenizer.json; ``object``: it was given as an
            object of the library; ``export``: omnitok's export of a tokenizer.
        sha256: Of the rank file, or of the tokenizer.json.
        regex: The split pattern that goes with a rank file; ``None`` for a tokenizer.json, which holds its own.
    """

    name: str
    kind: Literal["published", "file", "object", "export"]
    sha256: str
    regex: str | None = None


class Reference(Protocol):
    """A vocabulary in another library. Text is plain text to it as far as the library can do that.

    Attributes:
        library: Name of the library as it is installed.
        origin: Which vocabulary.
        takes_surrogates: Whether it encodes strings with lone surrogates.
        always_parsed: Special tokens that it finds in text whether asked or not.
    """

    library: str
    origin: Origin
    takes_surrogates: bool
    always_parsed: frozenset[str]

    def encode(self, texts: list[str]) -> Sequence[Sequence[int] | Refusal]:
        """The ids of each text, or why there are none. May be called from several threads at once."""

    def telltale(self) -> Reference:
        """The same split pattern and normalizer with the vocabulary of :mod:`omnitok.verification.telltale`."""

    def is_letter(self, character: str) -> bool:
        r"""Whether its ``\p{L}`` matches a character."""


def version_of(reference: Reference) -> str:
    """The version of the library."""
    return importlib.metadata.version(reference.library)


def find_reference(library: Library, source: Any, tokenizer: Tokenizer, *, wanted: Any = None) -> Reference:
    """The vocabulary of a library to compare with.

    Args:
        library: The library.
        source: What the tokenizer was loaded from.
        tokenizer: Ours.
        wanted: The reference that was asked for: an object of the library, the name of a published encoding, a
            tokenizer.json, or anything else that ``omnitok.load`` takes, which the library then gets as omnitok exports
            it. ``None`` to find it: ``source`` if it is the library's own, the published encoding of the tokenizer's
            name for tiktoken, else the export of the tokenizer.

    Raises:
        ImportError: The library is missing; the message says what to install.
        VocabularyError: The library cannot get at the vocabulary, or cannot express it.
        PatternError: The library cannot express the split pattern.
        CorruptFileError: The library cannot load the file.
    """
    module, package = LIBRARIES[library]
    try:
        importlib.import_module(module)
    except ImportError:
        raise ImportError(f"comparing with {library} needs {module}; install it with: pip install {package}") from None
    find = _find_tiktoken if library == "tiktoken" else _find_huggingface
    return find(source, tokenizer, wanted)


# --- tiktoken ---------------------------------------------------------------------------------------------------------


class TiktokenReference:
    """An encoding of tiktoken."""

    library = "tiktoken"
    takes_surrogates = True
    always_parsed: frozenset[str] = frozenset()

    def __init__(self, encoding: tiktoken.Encoding, kind: Literal["published", "object", "export"]) -> None:
        self._encoding = encoding
        digest = hashlib.sha256(format_ranks(encoding._mergeable_ranks)).hexdigest()
        self.origin = Origin(encoding.name, kind, digest, encoding._pat_str)

    def encode(self, texts: list[str]) -> Sequence[Sequence[int] | Refusal]:
        """See :class:`Reference`."""
        encode = self._encoding.encode_ordinary
        return _answers(texts, lambda: [encode(text) for text in texts], encode)

    def telltale(self) -> TiktokenReference:
        """See :class:`Reference`."""
        return self._with_ranks(self._encoding._pat_str, telltale_ranks())

    def is_letter(self, character: str) -> bool:
        """See :class:`Reference`. tiktoken drops what its pattern does not match."""
        letters = self._with_ranks(r"\p{L}", {bytes([byte]): byte for byte in range(256)})
        return bool(letters._encoding.encode_ordinary(character))

    @staticmethod
    def _with_ranks(pattern: str, ranks: dict[bytes, int]) -> TiktokenReference:
        import tiktoken

        encoding = tiktoken.Encoding("telltale", pat_str=pattern, mergeable_ranks=ranks, special_tokens={})
        return TiktokenReference(encoding, "object")


def _find_tiktoken(source: Any, tokenizer: Tokenizer, wanted: Any) -> Reference:
    import tiktoken

    given = source if wanted is None else wanted
    if isinstance(given, tiktoken.Encoding):
        return TiktokenReference(given, "object")
    name = tokenizer.name if wanted is None else wanted
    is_path = wanted is not None and (not isinstance(wanted, str) or Path(wanted).exists())
    if not is_path and name in tiktoken.list_encoding_names():
        return TiktokenReference(published_encoding(name), "published")
    return TiktokenReference(to_tiktoken(tokenizer if wanted is None else load(wanted)), "export")


# --- Hugging Face -----------------------------------------------------------------------------------------------------


class HuggingFaceReference:
    """A ``tokenizer.json`` in the library ``tokenizers``, without what it adds around a text or cuts off.

    Attributes:
        content: The ``tokenizer.json``.
    """

    library = "tokenizers"
    takes_surrogates = False

    def __init__(self, content: bytes, name: str, kind: Literal["file", "object", "export"]) -> None:
        import tokenizers

        self.content = content
        self.origin = Origin(name, kind, hashlib.sha256(content).hexdigest())
        try:
            self._tokenizer = tokenizers.Tokenizer.from_str(content.decode())
        except Exception as error:  # it raises nothing more specific
            raise CorruptFileError(f"the library tokenizers cannot load {name}: {error}") from error
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        added = self._tokenizer.get_added_tokens_decoder().values()
        self.always_parsed = frozenset(token.content for token in added if not token.special)

    def encode(self, texts: list[str]) -> Sequence[Sequence[int] | Refusal]:
        """See :class:`Reference`."""
        reader = self._tokenizer
        return _answers(
            texts,
            lambda: [encoding.ids for encoding in reader.encode_batch_fast(texts, add_special_tokens=False)],
            lambda text: reader.encode(text, add_special_tokens=False).ids,
        )

    def telltale(self) -> HuggingFaceReference:
        """See :class:`Reference`."""
        document = json.loads(self.content)
        model = tokenizer_document(telltale("gpt2"))["model"]
        document |= {"added_tokens": [], "post_processor": None, "model": model}
        return HuggingFaceReference(json.dumps(document).encode(), "telltale", "object")

    def is_letter(self, character: str) -> bool:
        """See :class:`Reference`."""
        import tokenizers

        split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(r"\p{L}"), "isolated")
        return len(split.pre_tokenize_str(f"!{character}")) == 2


def _find_huggingface(source: Any, tokenizer: Tokenizer, wanted: Any) -> Reference:
    import tokenizers

    given = source if wanted is None else wanted
    # transformers wraps the object of tokenizers.
    backend = getattr(given, "backend_tokenizer", given)
    if isinstance(backend, tokenizers.Tokenizer):
        return HuggingFaceReference(backend.to_str().encode(), tokenizer.name, "object")
    path = _tokenizer_json_of(given)
    if path is not None:
        return HuggingFaceReference(path.read_bytes(), path.name, "file")
    exported = tokenizer if wanted is None else load(wanted)
    return HuggingFaceReference(tokenizer_json(exported), exported.name, "export")


def _tokenizer_json_of(given: Any) -> Path | None:
    """The tokenizer.json that ``omnitok.load`` would read, if it would."""
    if not isinstance(given, (str, os.PathLike)):
        return None
    path = Path(given)
    if path.is_dir():
        is_foreign = not (path / "manifest.json").is_file() and (path / "tokenizer.json").is_file()
        return path / "tokenizer.json" if is_foreign else None
    return path if path.is_file() and path.suffix == ".json" and path.name != "manifest.json" else None


# --- refusals ---------------------------------------------------------------------------------------------------------


def _answers(
    texts: list[str], encode_all: Callable[[], list[list[int]]], encode: Callable[[str], list[int]]
) -> Sequence[Sequence[int] | Refusal]:
    """The ids of all texts at once; one by one when that fails, to find out which text it was."""
    answers = _attempt(encode_all)
    return [_attempt(partial(encode, text)) for text in texts] if isinstance(answers, Refusal) else answers


def _attempt(encode: Callable[[], list[T]]) -> list[T] | Refusal:
    """What ``encode`` gives, or its failure."""
    try:
        return encode()
    except BaseException as error:
        if not isinstance(error, Exception) and not is_panic(error):
            raise
        return Refusal(" ".join(f"{type(error).__name__}: {error}".split())[:_REASON])
