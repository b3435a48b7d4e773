"""How much is measured: all of it, or a little to see that the benchmark works."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Scale:
    """Sizes and numbers of rounds.

    Attributes:
        name: ``full`` or ``quick``.
        parity: part of the texts that ids are compared on; 1 is everything.
        document_bytes: longest corpus of an encode row.
        languages: how many of the 20 have a corpus of their own; a divisor of 20.
        long_document_bytes: the one document of the row that has one.
        bulk_bytes: the text that is encoded once.
        warm_rounds: rounds in one process.
        cold_rounds: fresh processes of each peer.
        budget: seconds after which a slow peer is not asked for more rounds of the same.
        memory_bytes: what is encoded before memory is looked at.
        memory_limit: CPU seconds that a peer gets for it.
        train_bytes: corpus of the train row.
        train_vocab_size: its vocabulary.
        train_rounds: fresh processes of each trainer.
        hard_bytes: what the hard corpora take of each language's file; None is everything.
        hard_words: different words of those that are made up.
        hard_vocab_size: the vocabulary that is learnt from these.
        hard_memory: the limit within which counting is to do with ten times as much text.
        hard_rounds: fresh processes of each of them.
        import_rounds: fresh processes of each import.
        load_rounds: fresh processes of each load.
        long_bytes: size of the pathological inputs.
        long_rounds: fresh processes of each peer on each of them.
        long_limit: seconds that a peer gets for one.
        omni_documents: documents of text, images and audio in a round.
        evaluated_tokenizers: tokenizers of an evaluation.
        evaluated_sentences: its sentences of each language at most.
        draws: of its intervals.
    """

    name: str
    parity: float
    document_bytes: int
    languages: int
    long_document_bytes: int
    bulk_bytes: int
    warm_rounds: int
    cold_rounds: int
    budget: float
    memory_bytes: int
    memory_limit: float
    train_bytes: int
    train_vocab_size: int
    train_rounds: int
    hard_bytes: int | None
    hard_words: int
    hard_vocab_size: int
    hard_memory: int
    hard_rounds: int
    import_rounds: int
    load_rounds: int
    long_bytes: int
    long_rounds: int
    long_limit: float
    omni_documents: int
    evaluated_tokenizers: int
    evaluated_sentences: int
    draws: int

    def record(self) -> dict[str, Any]:
        """For the results."""
        return asdict(self)


FULL = Scale(
    name="full",
    parity=1.0,
    document_bytes=10_000_000,
    languages=20,
    long_document_bytes=10_000_000,
    bulk_bytes=100_000_000,
    warm_rounds=11,
    cold_rounds=3,
    budget=1.5,
    memory_bytes=1_000_000_000,
    memory_limit=40.0,
    train_bytes=100_000_000,
    train_vocab_size=200_000,
    train_rounds=1,
    hard_bytes=None,
    hard_words=300_000,
    hard_vocab_size=50_000,
    hard_memory=48 << 20,
    hard_rounds=1,
    import_rounds=41,
    load_rounds=9,
    long_bytes=2_000_000,
    long_rounds=2,
    long_limit=60.0,
    omni_documents=300,
    evaluated_tokenizers=22,
    evaluated_sentences=2_000,
    draws=2_000,
)

QUICK = Scale(
    name="quick",
    parity=0.01,
    document_bytes=300_000,
    languages=1,
    long_document_bytes=1_000_000,
    bulk_bytes=2_000_000,
    warm_rounds=3,
    cold_rounds=1,
    budget=0.3,
    memory_bytes=20_000_000,
    memory_limit=3.0,
    train_bytes=2_000_000,
    train_vocab_size=4_000,
    train_rounds=1,
    hard_bytes=100_000,
    hard_words=10_000,
    hard_vocab_size=1_000,
    hard_memory=3 << 20,
    hard_rounds=1,
    import_rounds=7,
    load_rounds=1,
    long_bytes=100_000,
    long_rounds=1,
    long_limit=30.0,
    omni_documents=30,
    evaluated_tokenizers=3,
    evaluated_sentences=100,
    draws=100,
)
