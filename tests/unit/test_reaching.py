"""Which tokens the audit calls unreachable."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

import omnitok
from omnitok.corpora.parallel import bundled_parallel
from omnitok.evaluation.reaching import find_unreached

if TYPE_CHECKING:
    from pathlib import Path

    from omnitok import Tokenizer


def of_tokens(folder: Path, tokens: list[str], pattern: str) -> Tokenizer:
    """A vocabulary of the bytes and these tokens."""
    ranked = [bytes([byte]) for byte in range(256)] + [token.encode() for token in tokens]
    lines = (b"%s %d\n" % (base64.b64encode(token), rank) for rank, token in enumerate(ranked))
    (folder / "small.tiktoken").write_bytes(b"".join(lines))
    return omnitok.load(folder / "small.tiktoken", pattern=pattern)


def unreached(tokenizer: Tokenizer) -> tuple[set[str], set[str]]:
    texts = {rank: token.decode() for token, rank in tokenizer.ranks().items() if len(token) > 1}
    found = find_unreached(tokenizer, texts)
    assert found.unreachable is not None
    return {texts[one] for one in found.unreachable}, {texts[one] for one in found.not_reached_alone}


@pytest.mark.parametrize("pattern", ["o200k-super", "omni-super"])
def test_superwords_are_reached_behind_a_letter(tmp_path: Path, pattern: str) -> None:
    """Alone a comma begins no phrase, and a space at the end of one belongs to it before a letter only."""
    tokens = [" t", " th", " the", ", the", "in", " in", " in the", ", in", ", in the", ", "]
    tokenizer = of_tokens(tmp_path, tokens, pattern)
    alone = {token for token in tokens if tokenizer.encode_ordinary(token) != [256 + tokens.index(token)]}
    assert alone == {", the", ", in", ", in the", ", "}
    assert unreached(tokenizer) == (set(), set())


def test_what_one_word_does_not_become_no_text_becomes(tmp_path: Path) -> None:
    """By the rules of that library a word is merged even where it is a token; here ``ab`` takes the ``b`` of ``bc``."""
    tokenizers = pytest.importorskip("tokenizers")
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    tokens = [*sorted(alphabet), "ab", "bc", "abc", "\u010aa"]
    merges = [("a", "b"), ("b", "c"), ("a", "bc"), ("\u010a", "a")]
    made = tokenizers.Tokenizer(tokenizers.models.BPE({token: rank for rank, token in enumerate(tokens)}, merges))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    made.save(str(tmp_path / "tokenizer.json"))
    assert unreached(omnitok.load(tmp_path / "tokenizer.json")) == ({"abc"}, {"\na"})


def test_what_was_not_found_is_not_said_to_be_unreachable(tmp_path: Path) -> None:
    """No phrase has two sentences, which nobody here proves. A slash behind a line end is in a word behind a sign."""
    tokens = [". ", ". A", "\nb", "\n/"]
    assert unreached(of_tokens(tmp_path, tokens, "o200k-super")) == (set(), {". A", ". ", "\nb"})


def test_every_superword_that_was_learnt_is_reached() -> None:
    tokenizer = omnitok.train(bundled_parallel(), vocab_size=6000, recipe="balanced-super")
    # Some tokens are beginnings of characters.
    texts = {rank: token.decode(errors="ignore") for token, rank in tokenizer.ranks().items()}
    texts = {rank: text for rank, text in texts.items() if text.encode() == tokenizer.token_bytes(rank)}
    assert sum(len(tokenizer.encode_ordinary(text)) > 1 for text in texts.values()) > 100
    assert find_unreached(tokenizer, texts) == ([], [])
    assert find_unreached(tokenizer, texts, num_threads=1) == ([], [])
