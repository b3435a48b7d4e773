"""Counting what superwords can be learnt from: pieces of phrases, in two passes over the text."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal

from omnitok import _native
from omnitok.counting import CountsFile, WordCounts, count_into, parse_memory
from omnitok.counting.checkpoints import Checkpoints, Journal, count_in_parts
from omnitok.counting.files import Counting, Meter, check_windows
from omnitok.counting.to_file import free_place
from omnitok.counting.words import text_files
from omnitok.errors import CorpusError, CorruptFileError
from omnitok.learning import require_ranks
from omnitok.threads import thread_count

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from omnitok.corpora.readers import Source
    from omnitok.counting.words import Paths, Sources
    from omnitok.progress import Progress
    from omnitok.tokenizer import Tokenizer

    Texts: TypeAlias = "Iterable[str] | Mapping[str, Iterable[str]] | None"
    Budget: TypeAlias = "tuple[int, str | os.PathLike[str]]"

#: With so many pairs left for each superword that is wanted, all are mostly found at the first try.
_PAIRS_FOR_EACH = 4
#: Room for weights that nobody knows yet when candidates are counted.
_LARGEST_WEIGHT = 2.0
_NOTHING = "the sources hold no phrase of which a part occurs often enough; name more text, or lower min_count"


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
    stage = _first_stage(tokenizer, superwords if min_count is None else None)
    refuse_what_is_read_once(sources, texts)
    counting = Candidates(
        stage,
        lambda counter, stage: count_into(
            counter, sources, texts=texts, text_field=text_field, errors=errors, stage=stage, progress=progress
        ),
        None if memory is None else (parse_memory(memory), temporary_folder or tempfile.gettempdir()),
        num_threads,
    )
    counts = counting.count(counting.min_count_for(superwords, _LARGEST_WEIGHT) if min_count is None else min_count)
    if not counts.total:
        raise CorpusError(_NOTHING)
    return counts


def count_superwords_to_file(
    tokenizer: Tokenizer,
    sources: Paths,
    out: str | os.PathLike[str],
    *,
    superwords: int = 50_000,
    min_count: int | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    memory: int | str | None = None,
    temporary_folder: str | os.PathLike[str] | None = None,
    resume: bool = False,
    num_threads: int | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> CountsFile:
    """Counts what superwords can be learnt from into a file, the one that :func:`count_superwords` and saving give.

    Args:
        tokenizer: as in :func:`count_superwords`.
        sources: as in :func:`count_superwords`.
        out: the file to write, called ``*.counts`` to be a source of :func:`omnitok.extend`. It appears whole or not at
            all.
        superwords: as in :func:`count_superwords`.
        min_count: as in :func:`count_superwords`.
        text_field: as in :func:`omnitok.count_words`.
        errors: as in :func:`omnitok.count_words`.
        memory: as in :func:`count_superwords`, without the result on top.
        temporary_folder: as in :func:`omnitok.counting.count_to_file`.
        resume: keep what is known of files that are finished, in the first pass in the folder
            ``<out>.pairs.partial`` and in the second in ``<out>.partial``, and begin with what is there. Both are
            removed when the count is complete.
        num_threads: as in :func:`omnitok.count_words`.
        force: replace a file that is there.
        progress: as in :func:`count_superwords`.

    Raises:
        FileExistsError: ``out`` is there and ``force`` is false.
        TrainingError: as in :func:`count_superwords`.
        CorpusError: as in :func:`count_superwords`; with ``resume`` also when files or options are others than before.
        CorruptFileError: as in :func:`count_superwords`.
        ValueError: as in :func:`count_superwords`.
    """
    out = free_place(out, force=force)
    stage = _first_stage(tokenizer, superwords if min_count is None else None)
    refuse_what_is_read_once(sources, None)
    threads, files = thread_count(num_threads), text_files(sources)
    budget = None if memory is None else (parse_memory(memory), temporary_folder or out.absolute().parent)
    counting = Counting("", text_field, errors, None, None, budget, None, None)

    def candidate_counter() -> _native.WordCounter:
        return stage.candidate_counter(cut_at, budget=budget, num_threads=threads)

    cut_at = 1 if min_count is None else min_count
    # Refuses numbers, memory and what cannot be unpacked in it before the long work.
    check_windows(candidate_counter(), files)
    settings = {"first_stage": stage.digest, "text_field": text_field, "errors": errors}
    pairs = _PairTable(out.with_name(f"{out.name}.pairs.partial"), settings, stage, threads) if resume else None
    counted = _count_files(counting, files, pairs, stage.pair_counter(num_threads=threads), progress, "side by side")
    cut_at = min_count_for(stage, superwords, _LARGEST_WEIGHT) if min_count is None else min_count
    pieces = None
    if resume:
        pieces = Checkpoints(out.with_name(f"{out.name}.partial"), settings | {"min_count": cut_at}, candidate_counter)
    counted = _count_files(counting, files, pieces, candidate_counter(), progress, "phrases")
    is_empty = counted.is_empty() if pieces is None else pieces.are_empty
    saved = None if is_empty else counted.save(out, [] if pieces is None else pieces.files, force=force)
    for journal in (pieces, pairs):
        if journal is not None:
            journal.remove()
    if saved is None:
        raise CorpusError(_NOTHING)
    return CountsFile(out, *saved, min_count=cut_at)


def _count_files(
    counting: Counting,
    files: Sequence[Source],
    journal: Journal | None,
    counter: _native.WordCounter,
    progress: Callable[[Progress], None] | None,
    stage: str,
) -> _native.WordCounter:
    """Counts all files, those that are in no part of the journal if there is one, into that or into the counter."""
    meter = Meter(files, progress, stage)
    if journal is not None:
        count_in_parts(counting, files, journal, meter)
    else:
        for file in files:
            counting.add(counter, file, meter)
    return counter


def _first_stage(tokenizer: Tokenizer, superwords: int | None) -> _native.FirstStage:
    """The vocabulary as one that superwords come after.

    Raises:
        TrainingError: it is none.
        ValueError: fewer than one superword is wanted.
    """
    require_ranks(tokenizer, "superwords cannot come after its tokens; take a vocabulary that does")
    if superwords is not None and superwords < 1:
        raise ValueError(f"superwords is {superwords}; how many you mean to learn is at least 1")
    return _native.FirstStage(tokenizer.pattern, list(tokenizer.ranks()))


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
            "counts of words do not know what stands beside a word, and superwords need that; name the texts, learn "
            "without superwords, or learn the first stage from the counts, then count_superwords with it, and extend it"
        )
    for one in texts.values() if isinstance(texts, Mapping) else [texts]:
        if isinstance(one, Iterator):
            raise CorpusError(
                "texts is an iterator, which is read once, and superwords take two passes; pass a list, or a stream "
                "that begins anew"
            )


class Candidates:
    """The candidates of one text, cut as often as need be. The pairs are counted at the first use."""

    def __init__(
        self,
        stage: _native.FirstStage,
        count_into: Callable[[_native.WordCounter, str], None],
        budget: Budget | None,
        num_threads: int | None,
    ) -> None:
        self._stage, self._count_into = stage, count_into
        self._budget, self._threads = budget, thread_count(num_threads)
        self._count_into(stage.pair_counter(num_threads=self._threads), "side by side")

    def min_count_for(self, superwords: int, largest_weight: float) -> int:
        """With which so many are mostly found."""
        return min_count_for(self._stage, superwords, largest_weight)

    def count(self, min_count: int) -> WordCounts:
        """The pieces of phrases that are cut at pairs of fewer."""
        counter = self._stage.candidate_counter(min_count, budget=self._budget, num_threads=self._threads)
        self._count_into(counter, "phrases")
        return counter.finish()


def min_count_for(stage: _native.FirstStage, superwords: int, largest_weight: float) -> int:
    """How often superwords must occur so that so many are mostly found at the first try, whatever languages weigh."""
    return max(int(stage.min_count_for(_PAIRS_FOR_EACH * superwords) / max(largest_weight, 1.0)), 1)


class _PairTable(Journal):
    """The pairs of the files that are finished, as one table."""

    suffix = ".pairs"

    def __init__(
        self, folder: Path, settings: Mapping[str, object], stage: _native.FirstStage, threads: int | None
    ) -> None:
        self._stage = stage
        super().__init__(folder, settings, lambda: stage.pair_counter(num_threads=threads))

    def _is_sound(self, part: Mapping[str, Any]) -> bool:
        try:
            self._stage.restore_pairs(self.folder / part["file"])
        except (CorruptFileError, FileNotFoundError):
            return False
        return True

    def add(self, counter: _native.WordCounter, sources: Sequence[Mapping[str, Any]]) -> None:  # noqa: ARG002
        """The table, which all counters of pairs add to, takes the place of the one before."""
        place = self._new_place()
        self._stage.save_pairs(place)
        before = [source for part in self._parts for source in part["sources"]]
        self._write([{"file": place.name, "sources": [*before, *sources]}])
