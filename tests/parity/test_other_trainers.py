"""The merges of rustbpe, and the ties of SentencePiece."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

import omnitok
from omnitok import _native

CORPORA = {
    "text": [Path(f"corpora/parallel/{code}.txt").read_text(encoding="utf-8") for code in ("en", "hi", "zh")],
    "runs": ["aaaa aaa aaaaaa bbaab abab ababab aaab baaa ===== ==\n\n\n"] * 3,
}


@pytest.mark.parametrize("corpus", CORPORA)
def test_rustbpe_mode_gives_the_ranks_of_rustbpe(corpus: str) -> None:
    rustbpe = pytest.importorskip("rustbpe")
    peer = rustbpe.Tokenizer()
    peer.train_from_iterator(iter(CORPORA[corpus]), 3000, pattern=_native.PATTERNS["gpt2"])
    expected = {bytes(token): rank for token, rank in peer.get_mergeable_ranks()}
    ours = omnitok.train(
        texts=CORPORA[corpus],
        vocab_size=len(expected),
        mode="rustbpe",
        pattern="gpt2",
        special_tokens=(),
        min_frequency=1,
    )
    assert ours.ranks() == expected
    assert len(expected) == {"text": 3000, "runs": 278}[corpus]


def test_sentencepiece_mode_gives_the_pieces_of_sentencepiece(tmp_path: Path) -> None:
    """On words of ASCII letters, where its characters are our bytes."""
    sentencepiece = pytest.importorskip("sentencepiece")
    words = omnitok.count_words("corpora/parallel/en.txt", "[a-z]+|[^a-z]+")
    items = [(word, count) for word, count in words.items() if word.isalpha() and word.isascii()]
    lines = "".join(f"{word.decode()}\t{count}\n" for word, count in items)
    (tmp_path / "words.tsv").write_text(lines, encoding="utf-8")
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        input=str(tmp_path / "words.tsv"),
        input_format="tsv",
        model_writer=model,
        vocab_size=1500,
        model_type="bpe",
        normalization_rule_name="identity",
        add_dummy_prefix=False,
        character_coverage=1.0,
        split_by_whitespace=False,
        minloglevel=3,
    )
    peer = sentencepiece.SentencePieceProcessor(model_proto=model.getvalue())
    names = [peer.id_to_piece(number) for number in range(peer.get_piece_size())]
    pieces = [name.encode() for name in names if len(name) > 1 and not name.startswith("<")]
    assert len(pieces) > 1000
    counts = omnitok.WordCounts.from_items("gpt2", "en", items)
    options = {"special_tokens": (), "min_frequency": 1}
    ours = omnitok.train(counts, 256 + len(pieces), mode="sentencepiece", **options)  # type: ignore[arg-type]
    assert list(ours.ranks())[256:] == pieces
    exact = omnitok.train(counts, 256 + len(pieces), **options)  # type: ignore[arg-type]
    assert list(exact.ranks())[256:] != pieces, "the corpus has no ties, so the test tells nothing"
