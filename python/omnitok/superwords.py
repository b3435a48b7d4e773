"""Superwords: tokens that reach over the ends of words inside a phrase, learnt from counted candidates."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from omnitok import _native
from omnitok.counting import WordCounts, count_into, parse_memory
from omnitok.errors import CorpusError, TrainingError
from omnitok.learning import Recipe, learn
from omnitok.threads import thread_count

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from typing import TypeAlias

    from omnitok.counting import Paths, Sources
    from omnitok.progress import Progress
    from omnitok.tokenizer import Tokenizer

    Texts: TypeAlias = "Iterable[str] | Mapping[str, Iterable[str]] | None"

#: Patterns that end so cut phrases.
PHRASES = "-super"
#: With so many pairs left for each superword that is wanted, all are mostly found at the first try.
_PAIRS_FOR_EACH = 4
#: When they are not, phrases are cut again at pairs so many times rarer.
_STEP = 2
#: Room for weights that nobody knows yet when candidates are counted.
_LARGEST_WEIGHT = 2.0


def count_superwords(
    tokenizer: Tokenizer,
    sources: Paths = (),
    *,
    superwords: int = 50_000,
    min_count: int | None = None,
    texts: Texts = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    memory: int | str | None = None,
    temporary_folder: str | os.PathLike[str] | None = None,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> WordCounts:
    """Counts what superwords can be learnt from, once and for all: :func:`omnitok.extend` needs nothing else.

    The sources are read twice. First every two tokens that stand side by side in a phrase are counted, in a table of
    fixed size, then phrases are cut between tokens of which that shows that they do so fewer than ``min_count`` times,
    and the pieces are counted as words are. So the counts of everything that occurs ``min_count`` times are exact. The
    result does not depend on the order of the sources, the number of threads or the memory.

    Args:
        tokenizer: the first stage, whose pattern has phrases: ``o200k`` or ``omni``. Its tokens keep characters whole,
            and merges lead to all of them.
        sources: text, ``.jsonl`` or ``.parquet`` files and folders, as in :func:`omnitok.count_words`, but no counts.
        superwords: how many you mean to learn, with weights up to 2; ``min_count`` follows from it.
        min_count: how often a superword must occur to be counted as it is. Where it is low, there are many pieces.
        texts: as in :func:`omnitok.count_words`, but not read-once iterators.
        text_field: see there, and so are the others.
        errors: see there.
        memory: see there; the table of pairs (128 MiB) comes on top.
        temporary_folder: see there.
        num_threads: see there.
        progress: see there; the stages are ``"side by side"`` and ``"phrases"``.

    Raises:
        TrainingError: the pattern has no phrases, or a token is in the way of superwords.
        CorpusError: as in :func:`omnitok.count_words`; the sources cannot be read twice.
        CorruptFileError: see there.
        ValueError: a ``min_count`` below 1; too little memory to work with.

    Example:
        >>> import omnitok
        >>> texts = ["in the end of the day", "at the end of the year"] * 5
        >>> words = omnitok.train(texts=texts, vocab_size=270, whole_characters=True)
        >>> counts = omnitok.count_superwords(words, texts=texts, min_count=10)
        >>> [(piece.decode(), count) for piece, count in counts.items()]
        [(' the end of the', 10)]
    """
    _require_ranks(tokenizer)
    refuse_what_is_read_once(sources, texts)
    if min_count is None and superwords < 1:
        raise ValueError(f"superwords is {superwords}; how many you mean to learn is at least 1")
    counting = _Candidates(
        _native.FirstStage(tokenizer.pattern, list(tokenizer.ranks())),
        lambda counter, stage: count_into(
            counter, sources, texts=texts, text_field=text_field, errors=errors, stage=stage, progress=progress
        ),
        None if memory is None else (parse_memory(memory), temporary_folder or tempfile.gettempdir()),
        num_threads,
    )
    counts = counting.count(counting.min_count_for(superwords, _LARGEST_WEIGHT) if min_count is None else min_count)
    if not counts.total:
        raise CorpusError(
            "the sources hold no phrase of which a part occurs often enough; name more text, or lower min_count"
        )
    return counts


def learn_superwords(
    tokens: Sequence[bytes],
    pattern: str,
    sources: Paths,
    vocab_size: int,
    recipe: Recipe,
    *,
    texts: Texts,
    text_field: str,
    errors: Literal["strict", "replace", "skip"],
    special: int,
    check: bool,
    num_threads: int | None,
    progress: Callable[[Progress], None] | None,
) -> tuple[list[bytes], WordCounts]:
    """Goes on from a first stage, and counts candidates anew where those that there are do not do.

    Args:
        tokens: those of the first stage, by rank.
        pattern: of its words.
        sources: as in :func:`count_superwords`.
        vocab_size: number of text tokens in all.
        recipe: how to learn.
        texts: as in :func:`count_superwords`.
        text_field: see there.
        errors: see there.
        special: as in :func:`omnitok.learning.learn`.
        check: see there.
        num_threads: see there.
        progress: see there.

    Returns:
        All tokens by rank, and the candidates that the last ones were learnt from.
    """
    counting = _Candidates(
        _native.FirstStage(pattern, list(tokens)),
        lambda counter, stage: count_into(
            counter, sources, texts=texts, text_field=text_field, errors=errors, stage=stage, progress=progress
        ),
        None,
        num_threads,
    )
    min_count = counting.min_count_for(vocab_size - len(tokens), max(recipe.weights.values(), default=1.0))
    while True:
        counts = counting.count(min_count)
        weights = {code: weight for code, weight in recipe.weights.items() if code in counts.languages}
        try:
            learnt, _ = learn(
                counts,
                Recipe(recipe.min_frequency, recipe.max_token_bytes, weights),
                vocab_size,
                base=tokens,
                special=special,
                check=check,
                num_threads=num_threads,
                progress=progress,
            )
        except TrainingError as error:
            if min_count == 1 or (counts.total and "smaller min_count" not in str(error)):
                raise
            min_count = max(min_count // _STEP, 1)
        else:
            return learnt, counts


def superword_share(superwords: float, vocab_size: int) -> int:
    """How many of the ids are superwords, from their number or from their share of all.

    Raises:
        TrainingError: it is neither.
    """
    share = isinstance(superwords, float) and superwords < 1
    number = round(superwords * vocab_size) if share else superwords
    if number != int(number) or number < 0:
        raise TrainingError(
            f"superwords is {superwords}; it is a number of ids, or a share of vocab_size from 0 to 1, such as 0.25"
        )
    return int(number)


def check_superwords(sources: Sources, texts: Texts, mode: str, text_size: int, word_size: int) -> None:
    """Refuses what cannot be had with superwords, before the long work.

    Raises:
        TrainingError: for the mode and the sizes.
        CorpusError: as :func:`refuse_what_is_read_once`.
    """
    if mode != "exact":
        raise TrainingError(f"superwords are learnt in the mode exact only, not in {mode}")
    if word_size < 256:
        raise TrainingError(
            f"{text_size - word_size} superwords of {text_size} text tokens leave {word_size}, and the 256 bytes stay"
        )
    refuse_what_is_read_once(sources, texts)


def candidates_among(sources: Sources, temperature: float | None, targets: object) -> WordCounts | None:
    """The candidates of superwords, when ``sources`` is nothing else.

    Raises:
        TrainingError: they are to be learnt with shares of the text.
    """
    if not isinstance(sources, WordCounts) or sources.candidates is None:
        return None
    if temperature is not None or targets:
        raise TrainingError(
            "temperature and targets are about shares of the text, which pieces of phrases do not tell; give weights"
        )
    return sources


def refuse_what_is_read_once(sources: Sources, texts: Texts) -> None:
    """Superwords take two passes over the text.

    Raises:
        CorpusError: there are counts among the sources, or iterators that are empty after the first pass.
    """
    given = [sources] if isinstance(sources, (str, WordCounts)) or hasattr(sources, "__fspath__") else sources
    if isinstance(given, Iterator):
        raise CorpusError(
            "the sources are an iterator, which is read once, and superwords take two passes; pass a list"
        )
    if any(isinstance(source, WordCounts) or str(source).endswith(".counts") for source in given):
        raise CorpusError(
            "counts of words do not know what stands beside a word, and superwords need that; name the texts, or learn "
            "the first stage from the counts, then count_superwords with it, and extend it"
        )
    for one in texts.values() if isinstance(texts, Mapping) else [texts]:
        if isinstance(one, Iterator):
            raise CorpusError(
                "texts is an iterator, which is read once, and superwords take two passes; pass a list, or a stream "
                "that begins anew"
            )


class _Candidates:
    """The candidates of one text, cut as often as need be. The pairs are counted at the first use."""

    def __init__(
        self,
        stage: _native.FirstStage,
        count_into: Callable[[_native.WordCounter, str], None],
        budget: tuple[int, str | os.PathLike[str]] | None,
        num_threads: int | None,
    ) -> None:
        self._stage, self._count_into = stage, count_into
        self._budget, self._threads = budget, thread_count(num_threads)
        self._count_into(stage.pair_counter(num_threads=self._threads), "side by side")

    def min_count_for(self, superwords: int, largest_weight: float) -> int:
        found = self._stage.min_count_for(_PAIRS_FOR_EACH * superwords)
        return max(int(found / max(largest_weight, 1.0)), 1)

    def count(self, min_count: int) -> WordCounts:
        counter = self._stage.candidate_counter(min_count, budget=self._budget, num_threads=self._threads)
        self._count_into(counter, "phrases")
        return counter.finish()


def _require_ranks(tokenizer: Tokenizer) -> None:
    if tokenizer.merges() is not None or tokenizer.normalizer is not None or not tokenizer.whole_words:
        raise TrainingError(
            f"{tokenizer.name} does not merge by rank alone, so superwords cannot come after its tokens; take a "
            "vocabulary that does"
        )
