"""How to learn: the options that ``train`` and ``extend`` share, and the call of the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from omnitok import _native
from omnitok.errors import TrainingError
from omnitok.mixture import weights_of
from omnitok.progress import Progress
from omnitok.threads import thread_count

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence

Mode: TypeAlias = Literal["exact", "huggingface", "rustbpe", "sentencepiece"]
Merges: TypeAlias = "list[tuple[int, int, int, int]]"


@dataclass(frozen=True)
class Parity:
    """Who chooses the merges, where it is not all words together.

    Attributes:
        development: the words of a text that says the same in every language.
        global_merges: number of merges that all words choose together before.
        window: number of last merges in which a language may have twice its even share.
    """

    development: _native.WordCounts
    global_merges: int = 0
    window: int | None = None

    def record(self) -> dict[str, object]:
        """What the record of a vocabulary says of it."""
        return {
            "development_sha256": self.development.digest,
            "global_merges": self.global_merges,
            "window": self.window,
        }


@dataclass(frozen=True)
class Recipe:
    """What decides which tokens are learnt from given counts, but for how many."""

    min_frequency: int = 2
    max_token_bytes: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    temperature: float | None = None
    targets: Mapping[str, float] = field(default_factory=dict)
    part_temperature: float | None = None
    mode: Mode = "exact"
    whole_characters: bool = False
    parity: Parity | None = None
    spare_word_ends: bool = False

    def record(self) -> dict[str, object]:
        """The options for the record of a vocabulary; the newer ones only where they are used."""
        record: dict[str, object] = {
            "max_token_bytes": self.max_token_bytes,
            "min_frequency": self.min_frequency,
            "mode": self.mode,
            "weights": dict(sorted(self.weights.items())),
        }
        if self.temperature is not None:
            record["temperature"] = self.temperature
        if self.targets:
            record["targets"] = dict(sorted(self.targets.items()))
        if self.part_temperature is not None:
            record["part_temperature"] = self.part_temperature
        if self.whole_characters:
            record["whole_characters"] = True
        if self.parity is not None:
            record["parity"] = self.parity.record()
        return record

    def language_weights(self, counts: _native.WordCounts) -> list[tuple[str, float]]:
        """The weight of each language, as the core takes it; 1 for those that are not there."""
        return weights_of(counts, self.weights, self.temperature, self.targets, self.part_temperature)

    def options(self, counts: _native.WordCounts, vocab_size: int) -> dict[str, object]:
        """The options as the core takes them."""
        return {
            "vocab_size": vocab_size,
            "min_frequency": self.min_frequency,
            "max_token_bytes": self.max_token_bytes,
            "weights": self.language_weights(counts),
            "mode": self.mode,
            "whole_characters": self.whole_characters,
            "spare_word_ends": self.spare_word_ends,
            "parity": self.parity and (self.parity.development, self.parity.global_merges, self.parity.window),
        }


def learn(
    counts: _native.WordCounts,
    recipe: Recipe,
    vocab_size: int,
    *,
    base: Sequence[bytes] | None = None,
    special: int = 0,
    checkpoint: str | os.PathLike[str] | None = None,
    check: bool = False,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> tuple[list[bytes], Merges]:
    """The tokens by rank and the new merges.

    Args:
        counts: the words.
        recipe: how to learn.
        vocab_size: number of text tokens, those of ``base`` included.
        base: the tokens to go on from, by rank.
        special: number of special tokens that the caller's size has besides, for the message of a corpus too small.
        checkpoint: file to keep the merges in and to go on from.
        check: derives every merge again.
        num_threads: as in :func:`omnitok.train`.
        progress: as in :func:`omnitok.train`.
    """
    options = recipe.options(counts, vocab_size)

    def tell(stage: str, done: int, total: int, work: tuple[int, int]) -> None:
        if progress is not None:
            work_done, expected = work
            progress(Progress(stage, done, total, min(work_done / expected, 1.0) if expected else None))

    try:
        tokens, merges = _native.learn(
            counts,
            options,
            base=base,
            checkpoint=checkpoint,
            num_threads=thread_count(num_threads),
            progress=None if progress is None else tell,
        )
    except TrainingError as error:
        # The core counts text tokens only.
        if special and "lower vocab_size to" in str(error):
            raise TrainingError(f"{error}; special tokens ({special}) come on top") from None
        raise
    if check:
        _native.check_merges(counts, options, tokens, merges)
    return tokens, merges


def corpus_record(counts: _native.WordCounts) -> dict[str, object]:
    """What was learnt from."""
    corpus: dict[str, object] = {
        "bytes": counts.bytes,
        "counts_sha256": counts.digest,
        "distinct_words": counts.distinct,
        "languages": counts.languages,
        "words": counts.total,
    }
    if counts.candidates is not None:
        corpus["min_count"] = counts.candidates[1]
    return corpus


def training_record(counts: _native.WordCounts, options: dict[str, object], vocab_size: int) -> dict[str, object]:
    """How a vocabulary came about. No clock, no path, no number of threads: equal runs have equal records."""
    version = _native.__version__
    return {"corpus": corpus_record(counts), "omnitok": version, "options": options, "vocab_size": vocab_size}
