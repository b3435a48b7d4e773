"""Superwords: tokens that reach over the ends of words inside a phrase, learnt from counted candidates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from omnitok import _native
from omnitok.candidates import Candidates, refuse_what_is_read_once
from omnitok.counting import WordCounts, count_into
from omnitok.errors import TrainingError, UncountedError
from omnitok.learning import Recipe, learn
from omnitok.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from omnitok.candidates import Texts
    from omnitok.counting.words import Paths, Sources
    from omnitok.progress import Progress

#: Patterns that end so cut phrases.
PHRASES = "-super"
#: When there are too few candidates, phrases are cut again at pairs so many times rarer.
_STEP = 2


class Superwords:
    """The superwords of one text: what is learnt of them, and what the text becomes with them.

    Args:
        first_stage: the other tokens, by rank.
        pattern: of their words.
        sources: as in :func:`count_superwords`.
        recipe: how to learn.
        texts: as in :func:`count_superwords`.
        text_field: see there.
        errors: see there.
        special: as in :func:`omnitok.learning.learn`.
        check: see there.
        num_threads: see there.
        progress: see there.
    """

    def __init__(
        self,
        first_stage: Sequence[bytes],
        pattern: str,
        sources: Paths,
        recipe: Recipe,
        *,
        texts: Texts,
        text_field: str,
        errors: Literal["strict", "replace", "skip"],
        special: int,
        check: bool,
        num_threads: int | None,
        progress: Callable[[Progress], None] | None,
    ) -> None:
        self.first_stage, self._recipe = first_stage, recipe
        self._learning: Any = {"special": special, "check": check, "num_threads": num_threads, "progress": progress}

        def count_texts(counter: _native.WordCounter, stage: str) -> None:
            count_into(
                counter, sources, texts=texts, text_field=text_field, errors=errors, stage=stage, progress=progress
            )

        self.pattern = f"{pattern}{PHRASES}"
        self._count_texts, self._threads = count_texts, thread_count(num_threads)
        self._counting = Candidates(_native.FirstStage(pattern, list(first_stage)), count_texts, None, num_threads)
        self._candidates: WordCounts | None = None
        self._min_count = 0

    def learn(self, vocab_size: int) -> tuple[list[bytes], WordCounts]:
        """Goes on from the first stage, and counts candidates anew where those that there are do not do.

        Args:
            vocab_size: number of text tokens in all.

        Returns:
            All tokens by rank, and the candidates that the last ones were learnt from.

        Raises:
            ExhaustedError: the text yields fewer.
        """
        largest = max(self._recipe.weights.values(), default=1.0)
        min_count = self._counting.min_count_for(vocab_size - len(self.first_stage), largest)
        while True:
            counts = self._candidates_of(min_count)
            if not counts.total and min_count > 1:
                min_count = max(min_count // _STEP, 1)
                continue
            recipe = Recipe(self._recipe.min_frequency, self._recipe.max_token_bytes, self.weights_in(counts))
            try:
                tokens, _ = learn(counts, recipe, vocab_size, base=self.first_stage, **self._learning)
            except UncountedError:
                min_count = max(min_count // _STEP, 1)
            else:
                return tokens, counts

    def _candidates_of(self, min_count: int) -> WordCounts:
        """Candidates of which all is known down to ``min_count``: those that there are, or others."""
        if self._candidates is None or self._min_count > min_count:
            self._candidates = None  # before the next ones take memory
            self._candidates, self._min_count = self._counting.count(min_count), min_count
        return self._candidates

    def emitted(self, tokens: Sequence[bytes]) -> WordCounts:
        """How often the text becomes each of these tokens, counted as words are.

        Args:
            tokens: all of a vocabulary with superwords, by rank.
        """
        counter = _native.token_counter(self.pattern, tokens, num_threads=self._threads)
        self._count_texts(counter, "tokens")
        return counter.finish()

    def weights_in(self, counts: WordCounts) -> dict[str, float]:
        """The weights of the languages in which something was counted."""
        return {code: weight for code, weight in self._recipe.weights.items() if code in counts.languages}


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


def refuse_shares(sources: Sources, temperature: float | None, targets: object, part_temperature: float | None) -> None:
    """Refuses to learn with shares of the text from candidates of superwords.

    Raises:
        TrainingError: ``sources`` are such candidates, and one of the others is given.
    """
    is_candidates = isinstance(sources, WordCounts) and sources.candidates is not None
    if is_candidates and (temperature is not None or targets or part_temperature is not None):
        raise TrainingError(
            "temperature and targets are about shares of the text, which pieces of phrases do not tell; give weights"
        )
