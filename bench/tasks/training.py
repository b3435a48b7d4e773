"""Training a vocabulary on one file."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench.clock import seconds
from bench.tasks.memory import peak_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import omnitok

PATTERN = "o200k"
LONGEST = 1 << 20
"""Bytes of the longest token, for the one that asks for a limit: none."""
MIN_FREQUENCY = 2


def train(trainer: str, path: str, vocab_size: int, threads: int) -> dict[str, Any]:
    """Trains, and says how long that took, the peak of memory, and the digest of the merges.

    Args:
        trainer: a key of :data:`TRAINERS`.
        path: the corpus.
        vocab_size: ids, 256 bytes included.
        threads: for the trainers that take a number; others read RAYON_NUM_THREADS.
    """
    return TRAINERS[trainer](path, vocab_size, threads)


def _omnitok(mode: Literal["exact", "huggingface"]) -> Callable[[str, int, int], dict[str, Any]]:
    def run(path: str, vocab_size: int, threads: int) -> dict[str, Any]:
        import omnitok
        from omnitok.interop.huggingface import byte_alphabet

        options: dict[str, Any] = {"special_tokens": (), "min_frequency": MIN_FREQUENCY, "num_threads": threads}
        made: list[omnitok.Tokenizer] = []
        taken = seconds(lambda: made.append(omnitok.train(path, vocab_size, pattern=PATTERN, mode=mode, **options)))
        peak = peak_bytes()
        alphabet = byte_alphabet()
        spelled = {number: "".join(alphabet[byte] for byte in token) for token, number in made[0].ranks().items()}
        merges = made[0].merges()
        pairs = None if merges is None else [(spelled[left], spelled[right]) for left, right in merges]
        vocabulary = {token: number for number, token in spelled.items()}
        return {"seconds": taken, "peak_bytes": peak, **_digests(vocabulary, pairs)}

    return run


def _tokenizers(path: str, vocab_size: int, threads: int) -> dict[str, Any]:
    del threads
    import tokenizers

    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(_regex()), "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        min_frequency=MIN_FREQUENCY,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
    )
    taken = seconds(lambda: tokenizer.train([path], trainer))
    peak = peak_bytes()
    model = json.loads(tokenizer.to_str())["model"]
    return {"seconds": taken, "peak_bytes": peak, **_digests(model["vocab"], model["merges"])}


def _rustbpe(path: str, vocab_size: int, threads: int) -> dict[str, Any]:
    del threads
    import rustbpe

    tokenizer = rustbpe.Tokenizer()
    taken = seconds(lambda: tokenizer.train_from_iterator(_lines(path), vocab_size, pattern=_regex()))
    return {"seconds": taken, "peak_bytes": peak_bytes(), **_tokens(tokenizer.get_mergeable_ranks())}


def _ffbpe(path: str, vocab_size: int, threads: int) -> dict[str, Any]:
    del threads
    import ffbpe

    made: list[Any] = []

    def run() -> None:
        counter = ffbpe.PreTokenizer([], pat_str=_regex()).word_counter()
        counter.add_source(_lines(path))
        trainer = ffbpe.BpeTrainer([])
        trainer.add_word_counter(counter)
        trainer.train(vocab_size)
        made.append(trainer.validate_model())

    taken = seconds(run)
    peak = peak_bytes()
    return {"seconds": taken, "peak_bytes": peak, **_tokens(made[0].vocab.items())}


def _bpeasy(path: str, vocab_size: int, threads: int) -> dict[str, Any]:
    del threads
    import bpeasy

    made: list[dict[bytes, int]] = []
    taken = seconds(lambda: made.append(bpeasy.train_bpe(_lines(path), _regex(), LONGEST, vocab_size)))
    return {"seconds": taken, "peak_bytes": peak_bytes(), **_tokens(made[0].items())}


def _lines(path: str) -> Iterator[str]:
    """What the others train on: texts one by one, as ``tokenizers`` makes them of a file."""
    with Path(path).open(encoding="utf-8", newline="") as file:
        yield from file


def _tokens(ranks: Iterable[tuple[Any, int]]) -> dict[str, Any]:
    """Digests where the order of merges is not handed out."""
    from omnitok.interop.huggingface import byte_alphabet

    alphabet = byte_alphabet()
    return _digests({"".join(alphabet[byte] for byte in bytes(token)): rank for token, rank in ranks}, None)


def _regex() -> str:
    """The split pattern as a regular expression, without loading any other part of omnitok than its core."""
    from omnitok import _native

    return _native.PATTERNS[PATTERN]


TRAINERS: dict[str, Callable[[str, int, int], dict[str, Any]]] = {
    "omnitok": _omnitok("exact"),
    "omnitok, parity mode": _omnitok("huggingface"),
    "tokenizers": _tokenizers,
    "rustbpe": _rustbpe,
    "ffbpe": _ffbpe,
    "bpeasy": _bpeasy,
}


def tokens_digest(tokenizer: omnitok.Tokenizer) -> str:
    """SHA-256 of the tokens in their order, each after its length."""
    ranks = sorted(tokenizer.ranks().items(), key=lambda item: item[1])
    return hashlib.sha256(b"".join(len(token).to_bytes(4, "little") + token for token, _ in ranks)).hexdigest()


def _digests(vocabulary: dict[str, int], merges: Iterable[Iterable[str]] | None) -> dict[str, Any]:
    """SHA-256 of a vocabulary and its merges, spelled in the byte alphabet, as ``vocab.json`` and ``merges.txt``."""
    tokens = "\n".join(sorted(vocabulary, key=vocabulary.__getitem__))
    lines = None if merges is None else [" ".join(pair) for pair in merges]
    return {
        "tokens": len(vocabulary),
        "tokens_sha256": hashlib.sha256(tokens.encode()).hexdigest(),
        "merges": None if lines is None else len(lines),
        "merges_sha256": None if lines is None else hashlib.sha256("\n".join(lines).encode()).hexdigest(),
    }
