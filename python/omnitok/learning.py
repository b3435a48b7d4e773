"""How to learn: what ``train``, ``extend`` and ``prune`` share, from the words that count to the call of the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from omnitok import _native
from omnitok.corpora.parallel import read_parallel
from omnitok.counting import WordCounts, count_words
from omnitok.errors import ExhaustedError, OmnitokError, TrainingError
from omnitok.mixture import weights_of
from omnitok.progress import Progress
from omnitok.threads import thread_count

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from omnitok.counting.words import Sources
    from omnitok.tokenizer import Tokenizer

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


def check_options(
    vocab_size: int,
    special_tokens: Sequence[str],
    min_frequency: int,
    max_token_bytes: int | None,
    pad_to_multiple_of: int | None,
) -> int:
    """How many ids are left for text.

    Raises:
        TrainingError: a number cannot be, which is said before the long work.
        TypeError: the special tokens are one string, whose characters would be their names.
    """
    if isinstance(special_tokens, str):
        raise TypeError(
            f"special_tokens is the string {special_tokens!r}; pass a sequence of names: [{special_tokens!r}]"
        )
    repeated = sorted({name for name in special_tokens if list(special_tokens).count(name) > 1})
    if repeated:
        raise TrainingError(f"the special token {repeated[0]!r} is named twice; name each once")
    least = 256 + len(special_tokens)
    if not least <= vocab_size < 2**32:
        raise TrainingError(
            f"vocab_size is {vocab_size}, but the 256 bytes and {len(special_tokens)} special tokens need {least}, and "
            "ids are 32-bit"
        )
    for name, value in (
        ("min_frequency", min_frequency),
        ("max_token_bytes", max_token_bytes),
        ("pad_to_multiple_of", pad_to_multiple_of),
    ):
        if value is not None and not 1 <= value < 2**63:
            raise TrainingError(f"{name} is {value}; it must be at least 1 and below 2^63")
    return vocab_size - len(special_tokens)


def parity_of(
    counts: WordCounts,
    folder: str | os.PathLike[str] | None,
    global_merges: int,
    window: int | None,
    num_threads: int | None,
) -> Parity | None:
    """Who chooses the merges: the parallel texts are cut and capped as the words to learn from were.

    Raises:
        TrainingError: a number makes no sense, or says how parity chooses where there is none.
    """
    if folder is None:
        if global_merges or window is not None:
            raise TrainingError("parity_global and parity_window say how parity chooses; name the parallel texts too")
        return None
    for name, value, least in (("parity_global", global_merges, 0), ("parity_window", window, 1)):
        if value is not None and not least <= value < 2**32:
            raise TrainingError(f"{name} is {value}; it must be at least {least} and below 2^32")
    development = count_words(
        texts=read_parallel(folder),
        pattern=counts.pattern,
        max_word_bytes=counts.max_word_bytes,
        num_threads=num_threads,
    )
    return Parity(development, global_merges, window)


def counts_of(
    sources: Sources, pattern: str | None, *, texts: Any, takes_candidates: bool = False, **how: Any
) -> WordCounts:
    """The counts that ``sources`` is, where it is nothing else, or what is counted of them.

    Args:
        sources: as in :func:`omnitok.count_words`.
        pattern: a name or a regular expression; default that of the counts, else ``o200k``.
        texts: as in :func:`omnitok.count_words`.
        takes_candidates: whether candidates of superwords will do.
        how: the other arguments of :func:`omnitok.count_words`.

    Raises:
        TrainingError: the counts are of another pattern, or candidates that will not do.
        CorpusError: as in :func:`omnitok.count_words`.
    """
    if not isinstance(sources, WordCounts) or texts is not None:
        return count_words(sources, pattern or "o200k", texts=texts, **how)
    if sources.candidates is not None:
        if takes_candidates:
            return sources
        raise TrainingError(
            "these counts are of pieces of phrases, candidates of superwords: they do not tell how often words occur; "
            "extend the vocabulary that they were counted for, or count the words"
        )
    if pattern is not None and _native.PATTERNS.get(pattern, pattern) != sources.regex:
        raise TrainingError(f"the counts were made with the pattern {sources.pattern!r}, not {pattern!r}; count again")
    return sources


def require_ranks(tokenizer: Tokenizer, refusal: str, error: type[OmnitokError] = TrainingError) -> None:
    """Refuses a tokenizer that does not merge by rank alone, as tiktoken does.

    Args:
        tokenizer: whichever.
        refusal: what follows from it, for the message.
        error: the class of the exception.
    """
    if tokenizer.merges() is not None or tokenizer.normalizer is not None or not tokenizer.whole_words:
        raise error(f"{tokenizer.name} does not merge by rank alone, as tiktoken does, so {refusal}")


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
    except ExhaustedError as error:
        if not special:
            raise
        # The core counts text tokens only.
        more = type(error)(f"{error}; special tokens ({special}) come on top")
        more.found = error.found
        raise more from None
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
