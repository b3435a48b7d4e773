"""Counting words into a file, within a memory budget, and from where an interruption left it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from omnitok.corpora.readers import resolve_sources
from omnitok.counting.checkpoints import Checkpoints, count_in_parts
from omnitok.counting.files import Counting, Meter, check_windows
from omnitok.counting.memory import parse_memory
from omnitok.counting.words import settings_of
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable

    from omnitok.counting.words import Paths
    from omnitok.progress import Progress


@dataclass(frozen=True)
class CountsFile:
    """A counts file that was written.

    Attributes:
        path: where it is.
        digest: SHA-256 of the counts, as of :class:`WordCounts`.
        languages: codes of the languages counted, sorted; ``""`` for text whose language nobody named.
        total: number of words, repeats included.
        distinct: number of distinct words.
        bytes: bytes of all words, repeats included.
        min_count: where pieces of phrases were counted, how often a superword must occur to be counted as it is.
    """

    path: Path
    digest: str
    languages: list[str]
    total: int
    distinct: int
    bytes: int
    min_count: int | None = None


def count_to_file(
    sources: Paths,
    out: str | os.PathLike[str],
    pattern: str | None = None,
    *,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    max_word_bytes: int | None = None,
    max_per_document: int | None = None,
    memory: int | str | None = None,
    temporary_folder: str | os.PathLike[str] | None = None,
    on_bad: Callable[[Path, Exception], None] | None = None,
    resume: bool = False,
    num_threads: int | None = None,
    force: bool = False,
    progress: Callable[[Progress], None] | None = None,
) -> CountsFile:
    """Counts the words of a corpus, merges counts files, or both, into a counts file.

    With ``memory`` neither the words of the corpus nor those of counts files need fit into it: only loading the file
    holds all its words. The file is the one that :func:`count_words` and saving give, byte for byte.

    Args:
        sources: as in :func:`count_words`, without :class:`WordCounts`.
        out: the file to write, called ``*.counts`` if it is to be a source later. It appears whole or not at all.
        pattern: as in :func:`count_words`; default that of the counts files when there is nothing else, else ``o200k``.
        text_field: as in :func:`count_words`.
        errors: as in :func:`count_words`.
        max_word_bytes: as in :func:`count_words`.
        max_per_document: as in :func:`count_words`.
        memory: as in :func:`count_words`, without the result on top.
        temporary_folder: where temporary files go, which may take twice the size of the result; default: the folder
            of ``out``. They are gone when the call is over, also if it is killed.
        on_bad: as in :func:`count_words`.
        resume: keep counts of files that are finished in the folder ``<out>.partial``, and begin with what is there.
            It is removed when the count is complete.
        num_threads: as in :func:`count_words`.
        force: replace a file that is there.
        progress: as in :func:`count_words`.

    Raises:
        FileExistsError: ``out`` is there and ``force`` is false.
        CorpusError: as in :func:`count_words`; with ``resume`` also when files or options are others than before.
        CorruptFileError: as in :func:`count_words`.
        PatternError: as in :func:`count_words`.
        ValueError: as in :func:`count_words`.
    """
    out = free_place(out, force=force)
    files = resolve_sources(sources)
    texts = [file for file in files if file.format != "counts"]
    saved_counts = [file.path for file in files if file.format == "counts"]
    if not texts and pattern is None and max_word_bytes is None and max_per_document is None:
        pattern, max_word_bytes, max_per_document = settings_of(saved_counts, on_bad)
    budget = None if memory is None else (parse_memory(memory), temporary_folder or out.absolute().parent)
    counting = Counting(
        pattern or "o200k", text_field, errors, max_word_bytes, max_per_document, budget, num_threads, on_bad
    )
    # Refuses caps, pattern, memory and what cannot be merged before the long work.
    counter = counting.counter()
    check_windows(counter, texts)
    mergeable = [path for path in saved_counts if counting.is_sound(counter, path)]
    meter = Meter(texts, progress)
    checkpoints = None
    if resume:
        checkpoints = Checkpoints(out.with_name(f"{out.name}.partial"), counting.settings(), counting.counter)
        count_in_parts(counting, texts, checkpoints, meter)
        mergeable += checkpoints.files
        is_some = bool(mergeable)
    else:
        is_some = sum(counting.add(counter, file, meter) for file in texts) + len(mergeable) > 0
    if not is_some:
        raise CorpusError(f"all sources are damaged ({len(files)}); nothing was counted")
    saved = counter.save(out, mergeable, force=force)
    if checkpoints is not None:
        checkpoints.remove()
    return CountsFile(out, *saved)


def free_place(out: str | os.PathLike[str], *, force: bool) -> Path:
    """Where a file may be written.

    Raises:
        FileExistsError: something is there, and ``force`` is false.
    """
    if os.path.lexists(out) and not force:
        raise FileExistsError(f"{out} exists already; choose another place or ask to overwrite it")
    return Path(out)
