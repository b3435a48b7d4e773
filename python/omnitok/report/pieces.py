"""A sentence cut where tokens end, as far as a reader can see a cut: between characters, and never inside one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import regex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from omnitok.evaluation import SupportsEncode

_CHARACTERS = regex.compile(r"\X")


@dataclass(frozen=True)
class Piece:
    """Characters that some tokens hold between them.

    Attributes:
        text: grapheme clusters (Unicode annex 29).
        ids: one id, or those that share the characters: several where a token ends inside a character.
    """

    text: str
    ids: tuple[int, ...]


def pieces_of(tokenizer: SupportsEncode, sentence: str) -> list[Piece] | None:
    """The pieces of a sentence; None from a tokenizer that tells no bytes of its tokens, changes the text or raises."""
    ask = getattr(tokenizer, "token_bytes", None) or getattr(tokenizer, "decode_single_token_bytes", None)
    if ask is None:
        return None
    try:
        ids = tokenizer.encode_ordinary(sentence)
        tokens = [ask(one) for one in ids]
    except Exception:  # noqa: BLE001 - anybody's code; measuring records what it raises in a language
        return None
    # The unknown token has no bytes.
    if None in tokens:
        return None
    if getattr(tokenizer, "adds_space", False) and b"".join(tokens) == b" " + sentence.encode():
        tokens[0] = tokens[0][1:]
    return join_pieces(sentence, ids, tokens) if b"".join(tokens) == sentence.encode() else None


def join_pieces(sentence: str, ids: Sequence[int], tokens: Sequence[bytes]) -> list[Piece]:
    """Brings together the tokens that share a character, and the characters that share a token.

    Args:
        sentence: the text.
        ids: of its tokens.
        tokens: their bytes, which are the text's.
    """
    pieces, text, own = [], "", 0
    place = tokens_end = characters_end = 0
    for character in _CHARACTERS.findall(sentence):
        text += character
        characters_end += len(character.encode())
        while tokens_end < characters_end:
            tokens_end += len(tokens[place])
            place += 1
        if tokens_end == characters_end:
            pieces.append(Piece(text, tuple(ids[own:place])))
            text, own = "", place
    return pieces
