"""Sentences cut between characters where tokens end."""

from __future__ import annotations

from itertools import pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from omnitok.report.pieces import Piece, join_pieces, pieces_of
from omnitok.tokenizer import Tokenizer


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [
        ([b"ab", b"c"], [("ab", (0,)), ("c", (1,))]),
        ([b"\xe0\xa4", b"\xa8"], [("न", (0, 1))]),
        ([b"a\xe0", b"\xa4\xa8b", b"c"], [("aनb", (0, 1)), ("c", (2,))]),
        # A vowel sign belongs to its letter, a skin to its hand.
        (["न".encode(), "ि".encode(), b" x"], [("नि", (0, 1)), (" x", (2,))]),
        (["👋".encode(), "🏽".encode()], [("👋🏽", (0, 1))]),
        ([], []),
    ],
)
def test_pieces_by_hand(tokens: list[bytes], expected: list[tuple[str, tuple[int, ...]]]) -> None:
    sentence = b"".join(tokens).decode()
    assert join_pieces(sentence, range(len(tokens)), tokens) == [Piece(*piece) for piece in expected]


@given(st.text(st.sampled_from("aनि\u200d👋🏽\u0301 \r\n가ᄀ"), max_size=30), st.data())
def test_pieces_hold_all_and_end_with_characters(text: str, data: st.DataObject) -> None:
    whole = text.encode()
    cuts = sorted(data.draw(st.sets(st.integers(1, max(1, len(whole) - 1))))) if len(whole) > 1 else []
    edges = [0, *cuts, len(whole)]
    tokens = [whole[one:other] for one, other in pairwise(edges)] if whole else []
    pieces = join_pieces(text, range(len(tokens)), tokens)
    assert "".join(piece.text for piece in pieces) == text
    assert [one for piece in pieces for one in piece.ids] == list(range(len(tokens)))
    assert [one for piece in pieces for one in regex.findall(r"\X", piece.text)] == regex.findall(r"\X", text)
    for piece in pieces:
        assert b"".join(tokens[one] for one in piece.ids) == piece.text.encode()


def test_tokenizers_that_tell_no_bytes_have_no_pieces(tiny: Tokenizer) -> None:
    class Silent:
        name, vocab_size = "silent", 1

        def encode_ordinary(self, text: str) -> list[int]:
            return [0] * len(text)

        def decode(self, ids: list[int]) -> str:
            return "x" * len(ids)

    assert pieces_of(Silent(), "abc") is None
    found = pieces_of(tiny, "the quick नमस्ते")
    assert found is not None
    assert "".join(piece.text for piece in found) == "the quick नमस्ते"
