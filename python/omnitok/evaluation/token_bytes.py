"""The bytes of a tokenizer's tokens, for metrics that ask where tokens end and what they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from omnitok.evaluation.measuring import SupportsEncode


def all_token_bytes(tokenizer: SupportsEncode) -> list[bytes | None] | None:
    """The bytes of every id; ``None`` for ids without, such as special tokens.

    Nothing at all for a tokenizer that has neither ``token_bytes(id)``, as ours do, nor tiktoken's
    ``decode_single_token_bytes(id)``.
    """
    if isinstance(tokenizer, Tokenizer):
        tokens: list[bytes | None] = [None] * tokenizer.vocab_size
        for token, rank in tokenizer.ranks().items():
            tokens[rank] = token
        return tokens
    ask = getattr(tokenizer, "token_bytes", None) or getattr(tokenizer, "decode_single_token_bytes", None)
    if ask is None:
        return None
    special = set(getattr(tokenizer, "special_tokens", {}).values())
    return [None if one in special else _ask(ask, one) for one in range(tokenizer.vocab_size)]


def _ask(ask: Callable[[int], Any], id: int) -> bytes | None:
    try:
        token = ask(id)
    except Exception:  # noqa: BLE001 - ids may have gaps, and what those raise is up to the tokenizer
        return None
    return token if isinstance(token, bytes) else None


class KnownTokens:
    """The bytes of the tokens that a tokenizer emits, as the core wants them.

    A tokenizer that tells no bytes is asked to decode each id alone, which is right for whole characters only. The core
    compares the bytes of all tokens with the line, so a wrong answer makes a figure missing and never false. Whoever
    puts a space before every text says so by ``adds_space``.
    """

    def __init__(self, tokenizer: SupportsEncode) -> None:
        self.all = all_token_bytes(tokenizer)
        self._decode = tokenizer.decode
        self._found: list[bytes | None] = []
        self._asked: set[int] = set()
        self._adds_space = bool(getattr(tokenizer, "adds_space", False))
        self._table = _native.TokenTable(self.all or [], self._adds_space)

    def table(self, emitted: Iterable[int]) -> _native.TokenTable:
        """A table that holds the distinct ids ``emitted``, and those of calls before."""
        if self.all is not None:
            return self._table
        fresh = set(emitted) - self._asked
        if fresh:
            self._asked |= fresh
            self._found += [None] * (max(fresh) + 1 - len(self._found))
            for one in fresh:
                self._found[one] = self._alone(one)
            self._table = _native.TokenTable(self._found, self._adds_space)
        return self._table

    def _alone(self, id: int) -> bytes | None:
        try:
            return self._decode([id]).encode("utf-8", "surrogatepass")
        except Exception:  # noqa: BLE001 - half a character is no text, and what that raises is up to the tokenizer
            return None
