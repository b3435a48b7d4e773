"""SentencePiece models, unigram or BPE, through the package ``sentencepiece``: to be measured beside others.

Most of them normalize text and put a space before it, so what they encode is not what they decode; evaluation says so
and does not rank them where text is lost.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from omnitok import _native
from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.interop.pieces import bytes_of_piece


class SentencePieceTokenizer:
    """A SentencePiece model with the methods that evaluation asks for.

    Attributes:
        name: what tables call it.
        vocab_size: number of its pieces, control symbols included.
        digest: SHA-256 of the file.
        library: the package that encodes, and its version.
        special_tokens: control symbols by name, which no text gives.
        adds_space: whether it puts a space before every text.
    """

    def __init__(self, content: bytes, name: str, origin: str) -> None:
        """Takes the content of a model file; ``origin`` is for messages.

        Raises:
            VocabularyError: the package is missing.
            CorruptFileError: it is no such model.
        """
        try:
            import sentencepiece
        except ImportError:
            raise VocabularyError(
                f"{origin} is a SentencePiece model, which needs sentencepiece: pip install 'omnitok[sentencepiece]'"
            ) from None
        self._processor: Any = sentencepiece.SentencePieceProcessor()
        try:
            self._processor.LoadFromSerializedProto(content)
        except RuntimeError as error:
            raise CorruptFileError(f"{origin} is no SentencePiece model: {error}") from error
        self.library = f"sentencepiece {version('sentencepiece')}"
        self.name = name
        self.digest = _native.sha256(content)
        self.vocab_size = int(self._processor.vocab_size())
        self.special_tokens: dict[str, int] = {
            self._processor.id_to_piece(piece): piece
            for piece in range(self.vocab_size)
            if self._processor.is_control(piece)
        }
        first: list[str] = self._processor.encode("a", out_type=str)[:1]
        self.adds_space = bytes_of_piece("".join(first)).startswith(b" ")

    def encode_ordinary(self, text: str) -> list[int]:
        """The ids of a text, without marks for its beginning and end."""
        ids: list[int] = self._processor.encode(text, out_type=int)
        return ids

    def decode(self, ids: list[int]) -> str:
        """The text of ids, as far as it was not normalized away."""
        text: str = self._processor.decode(ids)
        return text

    def token_bytes(self, id: int) -> bytes | None:
        """The bytes of a piece; none of the unknown piece, and of control symbols."""
        if self._processor.is_unknown(id) or self._processor.is_control(id) or self._processor.is_unused(id):
            return None
        return bytes_of_piece(self._processor.id_to_piece(id))
