"""Training on what is hard for a trainer, and counting in little memory."""

from __future__ import annotations

import random
import string
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.clock import seconds
from bench.tasks.memory import peak_bytes, resident_bytes
from bench.tasks.training import PATTERN, tokens_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    import omnitok

Items = list[tuple[bytes, int]]
BEYOND = 2**33
"""What counts are multiplied by so that they do not fit into 32 bits."""
RUNS_IN = 20
"""So many times fewer words are runs: the longest of them are long."""


def learn(kind: str, words: int, vocab_size: int, threads: int, check: bool) -> dict[str, Any]:
    """Learns from words that were made up, and says how long that took and what came out.

    Args:
        kind: a key of :data:`KINDS`.
        words: about how many different ones.
        vocab_size: ids, 256 bytes included.
        threads: to learn on.
        check: derive every merge again; an error if one is wrong.
    """
    import omnitok

    items = KINDS[kind](words)
    counts = omnitok.WordCounts.from_items(PATTERN, "", items)
    factor = BEYOND if kind == "beyond" else 1
    made: list[omnitok.Tokenizer] = []
    taken = seconds(
        lambda: made.append(
            omnitok.train(counts, vocab_size, special_tokens=(), min_frequency=factor, check=check, num_threads=threads)
        )
    )
    found = {"bytes": sum(len(word) for word, _ in items), "largest": max(count for _, count in items)}
    return {"seconds": taken, **found, "tokens_sha256": tokens_digest(made[0])}


def count(folder: str, memory: int | None, threads: int) -> dict[str, Any]:
    """Counts a folder into a file, within so many bytes of memory or as many as there are.

    The peak is what counting adds to a process in which the package is loaded.
    """
    from omnitok.counting import count_to_file

    before = resident_bytes()
    with tempfile.TemporaryDirectory() as out:
        made: list[Any] = []
        path = Path(out) / "words.counts"
        taken = seconds(lambda: made.append(count_to_file(folder, path, PATTERN, memory=memory, num_threads=threads)))
        found = {"file_bytes": path.stat().st_size, "distinct": made[0].distinct, "digest": made[0].digest}
    return {"seconds": taken, "peak_bytes": peak_bytes() - before, **found}


def _words(words: int) -> list[bytes]:
    """Different words of 3 to 12 letters, the same ones every time."""
    chance = random.Random(0)
    found: dict[bytes, None] = {}
    while len(found) < words:
        found["".join(chance.choices(string.ascii_lowercase, k=chance.randint(3, 12))).encode()] = None
    return list(found)


def _common(words: int) -> Items:
    """The n-th word is n times as rare as the first (Zipf's law)."""
    return [(word, max(2, words // place)) for place, word in enumerate(_words(words), 1)]


def _ties(words: int) -> Items:
    return [(word, 1000) for word in _words(words)]


def _beyond(words: int) -> Items:
    return [(word, count * BEYOND) for word, count in _common(words)]


def _runs(words: int) -> Items:
    """Each letter again and again, in every length."""
    letters = string.ascii_lowercase.encode()
    longest = max(40, words // RUNS_IN // len(letters))
    return [(bytes([letter]) * length, 2) for length in range(1, longest + 1) for letter in letters]


def _no_runs(words: int) -> Items:
    """Words as long as those of :func:`_runs`, in which no letter follows itself."""
    chance = random.Random(0)
    made: dict[bytes, None] = {}
    for run, _ in _runs(words):
        word = [chance.randrange(26)]
        for _ in run[1:]:
            word.append((word[-1] + chance.randrange(1, 26)) % 26)
        made[bytes(ord("a") + letter for letter in word)] = None
    return [(word, 2) for word in made]


KINDS: dict[str, Callable[[int], Items]] = {
    "common": _common,
    "ties": _ties,
    "beyond": _beyond,
    "no runs": _no_runs,
    "runs": _runs,
}
