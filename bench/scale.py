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
        warm_rounds: rounds in one process.
        cold_rounds: fresh processes of each peer.
        train_bytes: corpus of the train row.
        train_vocab_size: its vocabulary.
        train_rounds: fresh processes of each trainer.
        import_rounds: fresh processes of each import.
        load_rounds: fresh processes of each load.
        long_bytes: size of the pathological inputs.
        long_rounds: fresh processes of each peer on each of them.
        long_limit: seconds that a peer gets for one.
    """

    name: str
    parity: float
    document_bytes: int
    warm_rounds: int
    cold_rounds: int
    train_bytes: int
    train_vocab_size: int
    train_rounds: int
    import_rounds: int
    load_rounds: int
    long_bytes: int
    long_rounds: int
    long_limit: float

    def record(self) -> dict[str, Any]:
        """For the results."""
        return asdict(self)


FULL = Scale(
    name="full",
    parity=1.0,
    document_bytes=1 << 30,
    warm_rounds=15,
    cold_rounds=7,
    train_bytes=100_000_000,
    train_vocab_size=100_000,
    train_rounds=3,
    import_rounds=41,
    load_rounds=15,
    long_bytes=2_000_000,
    long_rounds=3,
    long_limit=120.0,
)

QUICK = Scale(
    name="quick",
    parity=0.01,
    document_bytes=500_000,
    warm_rounds=3,
    cold_rounds=2,
    train_bytes=2_000_000,
    train_vocab_size=4_000,
    train_rounds=1,
    import_rounds=7,
    load_rounds=3,
    long_bytes=100_000,
    long_rounds=1,
    long_limit=30.0,
)
