"""Texts and vocabularies that are made to find mistakes."""

from __future__ import annotations

from hypothesis import strategies as st

from omnitok import _native
from omnitok.tokenizer import Tokenizer

# Characters that patterns treat differently, and whose bytes share beginnings and ends.
CHARACTERS = "aAbst'1 2\n\r\t.,!/éèäßİǅʼकखिম中丮为あ\u200d\u0301\ufffd\u3000\u2028👍👎👩🚀\0"

_units = ["a", "ab", " ", "\n", " \n", "é", "नमस्ते", "中", "👍", "1", "A", "'s", "\0", "\u0301"]

texts: st.SearchStrategy[str] = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=CHARACTERS, max_size=60),
    st.builds(lambda unit, times, end: unit * times + end, st.sampled_from(_units), st.integers(1, 200), st.text("a ")),
)
"""Any characters at all, difficult ones, and runs."""

PATTERNS = ("gpt2", "cl100k", "o200k", "qwen2", "llama3", "o200k-super", "omni-super", r"\S+|\s+")


@st.composite
def vocabularies(draw: st.DrawFn) -> Tokenizer:
    """A vocabulary of the bytes and some dozen tokens cut out of a text anywhere, in any order of ranks."""
    source = draw(st.text(alphabet=CHARACTERS, min_size=20, max_size=40)).encode()
    cuts = draw(st.lists(st.tuples(st.integers(0, len(source) - 2), st.integers(2, 7)), max_size=40))
    pieces = {source[start : start + length] for start, length in cuts}
    tokens = draw(st.permutations([bytes([byte]) for byte in range(256)] + sorted(pieces)))
    native = _native.Tokenizer(
        name="small",
        pattern=draw(st.sampled_from(PATTERNS)),
        ranks={token: rank for rank, token in enumerate(tokens)},
        special_tokens={"<|end|>": len(tokens), "a": len(tokens) + 1, "नम": len(tokens) + 2},
    )
    return Tokenizer._from_native(native)
