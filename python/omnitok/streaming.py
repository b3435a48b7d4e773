"""Ids to text, one by one, as a model makes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok import _native

if TYPE_CHECKING:
    from collections.abc import Callable


class StreamDecoder:
    """Decodes ids one by one.

    Example:
        >>> import omnitok
        >>> tok = omnitok.train(texts=["hello"], vocab_size=257)
        >>> decoder = tok.stream_decoder()
        >>> [decoder.push(id) for id in tok.encode("é!")] + [decoder.finish()]
        ['', 'é', '!', '']
    """

    def __init__(self, token_bytes: Callable[[int], bytes]) -> None:
        """A decoder at the start of a sequence, of ids whose bytes a function knows."""
        self._token_bytes = token_bytes
        self._stream = _native.Utf8Stream()

    def push(self, id: int) -> str:
        """The text that this id completes; empty while a character is in parts.

        Raises:
            UnknownTokenError: the id is outside the vocabulary, reserved, or a code.
        """
        return self._stream.push(self._token_bytes(id))

    def finish(self) -> str:
        """What is left: nothing, or U+FFFD for a character that never became whole. The decoder starts afresh."""
        return self._stream.finish()
