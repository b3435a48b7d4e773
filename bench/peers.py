"""Encoders under one surface, so that rows need not know whose they are.

A peer is added here and in the dependency group ``bench`` of ``pyproject.toml``. One whose package clashes with
another's needs an environment of its own; ``bench.child.call`` takes its interpreter.
"""

from __future__ import annotations

import hashlib
import importlib
import lzma
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from bench.places import data

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import numpy as np
    from numpy.typing import NDArray

    Ids = NDArray[np.uint32]


class Encoder(Protocol):
    """A loaded vocabulary. Text is never searched for special tokens: only encoding is compared."""

    def ids(self, text: str) -> list[int]:
        """The ids of one text."""

    def each(self, texts: Iterable[str]) -> list[Ids]:
        """The ids of texts as arrays, one call a text, on this thread: the loop that is timed."""

    def batch(self, texts: list[str], threads: int) -> Iterable[Ids]:
        """The ids of texts as arrays, over threads."""


class Omnitok:
    """omnitok."""

    def __init__(self, source: Any) -> None:
        import omnitok

        self._tokenizer = omnitok.load(source)

    def ids(self, text: str) -> list[int]:
        """See :class:`Encoder`."""
        return self._tokenizer.encode_ordinary(text)

    def each(self, texts: Iterable[str]) -> list[Ids]:
        """See :class:`Encoder`."""
        encode = self._tokenizer.encode_to_numpy
        return [encode(text, disallowed_special=()) for text in texts]

    def batch(self, texts: list[str], threads: int) -> Iterable[Ids]:
        """See :class:`Encoder`."""
        return self._tokenizer.encode_batch(texts, threads, disallowed_special=())


class Tiktoken:
    """tiktoken. Its own batch methods make lists, so arrays come from a pool of threads as theirs do."""

    def __init__(self, source: Any) -> None:
        import tiktoken

        self._encoding = tiktoken.get_encoding(source) if isinstance(source, str) else source

    def ids(self, text: str) -> list[int]:
        """See :class:`Encoder`."""
        ids: list[int] = self._encoding.encode_ordinary(text)
        return ids

    def each(self, texts: Iterable[str]) -> list[Ids]:
        """See :class:`Encoder`."""
        encode = self._encoding.encode_to_numpy
        return [encode(text, disallowed_special=()) for text in texts]

    def batch(self, texts: list[str], threads: int) -> Iterable[Ids]:
        """See :class:`Encoder`."""
        encode = self._encoding.encode_to_numpy
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(lambda text: encode(text, disallowed_special=()), texts))


class HuggingFace:
    """Hugging Face ``tokenizers``, which knows published encodings as ``tokenizer.json``."""

    def __init__(self, source: str) -> None:
        import tokenizers

        self._tokenizer = tokenizers.Tokenizer.from_str(tokenizer_json(source))

    def ids(self, text: str) -> list[int]:
        """See :class:`Encoder`."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def each(self, texts: Iterable[str]) -> list[Ids]:
        """See :class:`Encoder`."""
        import numpy as np

        encode = self._tokenizer.encode
        return [np.array(encode(text, add_special_tokens=False).ids, dtype=np.uint32) for text in texts]

    def batch(self, texts: list[str], threads: int) -> Iterable[Ids]:
        """See :class:`Encoder`."""
        import numpy as np

        del threads  # The library takes their number from RAYON_NUM_THREADS.
        encodings = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        return [np.array(encoding.ids, dtype=np.uint32) for encoding in encodings]


_FILE_OF_ENCODING = {"o200k_base": "gpt4o"}


def tokenizer_json(name: str) -> str:
    """The ``tokenizer.json`` of a model, or of a published encoding.

    Raises:
        MissingDataError: it is not on this machine.
    """
    path = data("vocabularies", f"{_FILE_OF_ENCODING.get(name, name)}.tokenizer.json.xz")
    return lzma.decompress(path.read_bytes()).decode()


@dataclass(frozen=True)
class Peer:
    """A library: its name in tables, its distribution, its module, and what loads a vocabulary with it."""

    name: str
    distribution: str
    module: str
    load: Callable[[Any], Encoder]


PEERS = {
    peer.name: peer
    for peer in (
        Peer("omnitok", "omnitok", "omnitok", Omnitok),
        Peer("tiktoken", "tiktoken", "tiktoken", Tiktoken),
        Peer("tokenizers", "tokenizers", "tokenizers", HuggingFace),
    )
}
"""Who is measured, by name."""


def load(peer: str, source: Any) -> Encoder:
    """A vocabulary, loaded by a peer whose package is imported first."""
    importlib.import_module(PEERS[peer].module)
    return PEERS[peer].load(source)


def digest(arrays: Iterable[Ids]) -> str:
    """SHA-256 over the ids of texts and where they end."""
    hashed = hashlib.sha256()
    for ids in arrays:
        hashed.update(len(ids).to_bytes(8, "big"))
        hashed.update(ids.astype("<u4", copy=False).tobytes())
    return hashed.hexdigest()
