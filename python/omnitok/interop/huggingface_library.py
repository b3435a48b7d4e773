"""Any ``tokenizer.json`` through the library ``tokenizers``, to be measured beside others: unigram, WordPiece and more.

What omnitok can encode itself it does, by :mod:`omnitok.interop.huggingface`; this is for the rest.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok import _native
from omnitok.batches import TokenBatch
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.interop.huggingface import byte_alphabet
from omnitok.interop.pieces import SPACE, bytes_of_piece

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


class HuggingFaceTokenizer:
    """A tokenizer of the library ``tokenizers`` with the methods that evaluation asks for.

    Special tokens in a text are text, nothing is added around it, and it is neither cut off nor padded.

    Attributes:
        name: what tables call it.
        vocab_size: number of its ids, added tokens included.
        digest: SHA-256 of the ``tokenizer.json``.
        library: the package that encodes, and its version.
        special_tokens: added tokens by name.
        adds_space: whether it puts a space before every text.
        token_bytes: the bytes of a token, by its id; ``None`` where tokens are spelled in a way that does not tell.
    """

    def __init__(self, content: bytes, name: str, origin: str) -> None:
        """Takes the content of a ``tokenizer.json``; ``origin`` is for messages.

        Raises:
            VocabularyError: the library is missing.
            CorruptFileError: it is no such file.
        """
        try:
            import tokenizers
        except ImportError:
            raise VocabularyError(
                f"{origin} is none that omnitok encodes with itself, and measuring it needs tokenizers: "
                "pip install 'omnitok[hf]'"
            ) from None
        try:
            self._tokenizer: Any = tokenizers.Tokenizer.from_str(content.decode())
        except Exception as error:  # it raises nothing more specific
            raise CorruptFileError(f"the library tokenizers cannot load {origin}: {error}") from error
        self._tokenizer.encode_special_tokens = True
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.library = f"tokenizers {version('tokenizers')}"
        self.name = name
        self.digest = _native.sha256(content)
        # Ids may have gaps.
        self.vocab_size = max(self._tokenizer.get_vocab(with_added_tokens=True).values(), default=-1) + 1
        self.special_tokens: dict[str, int] = {
            token.content: place for place, token in self._tokenizer.get_added_tokens_decoder().items()
        }
        self._bytes_of = _spelling(json.loads(content))
        self.token_bytes: Callable[[int], bytes | None] | None = None if self._bytes_of is None else self._token_bytes
        self.adds_space = self._adds_space()

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text."""
        ids: list[int] = self._tokenizer.encode(text, add_special_tokens=False).ids
        return ids

    def encode_batch(
        self,
        texts: Sequence[str],
        *,
        num_threads: int | None = None,  # noqa: ARG002 - the library decides itself how many it takes
        disallowed_special: tuple[()] = (),  # noqa: ARG002 - nothing in a text is special
    ) -> TokenBatch:
        """The ids of many texts."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        offsets = np.array([0, *accumulate(len(one.ids) for one in encoded)], dtype=np.int64)
        ids = chain.from_iterable(one.ids for one in encoded)
        return TokenBatch(np.fromiter(ids, dtype=np.uint32, count=int(offsets[-1])), offsets)

    def decode(self, ids: list[int]) -> str:
        """The text of ids."""
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text

    def _token_bytes(self, id: int) -> bytes | None:
        piece = self._tokenizer.id_to_token(id)
        return None if piece is None or self._bytes_of is None else self._bytes_of(piece)

    def _adds_space(self) -> bool:
        ids = self.encode_ordinary("a")
        first = self._token_bytes(ids[0]) if ids else None
        return first is not None and first.startswith(b" ")


def _spelling(document: dict[str, Any]) -> Callable[[str], bytes | None] | None:
    """From the spelling of a token to its bytes, where the decoder says how tokens are spelled."""
    steps = _steps(document.get("decoder"), "decoders")
    kinds = {step.get("type") for step in steps}
    if "ByteLevel" in kinds:
        return _bytes_of_alphabet
    replaced = [step.get("pattern") for step in steps if step.get("type") == "Replace"]
    return bytes_of_piece if "Metaspace" in kinds or {"String": SPACE} in replaced else None


def _steps(part: Any, inner: str) -> list[dict[str, Any]]:
    steps = part.get(inner, []) if isinstance(part, dict) and part.get("type") == "Sequence" else [part]
    return [step for step in steps if isinstance(step, dict)]


_BYTE_OF = {character: byte for byte, character in enumerate(byte_alphabet())}


def _bytes_of_alphabet(piece: str) -> bytes | None:
    try:
        return bytes(_BYTE_OF[character] for character in piece)
    except KeyError:
        return None
