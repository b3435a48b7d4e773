"""Counting words into memory."""

from __future__ import annotations

import contextlib
import tempfile
from typing import TYPE_CHECKING, Literal

from omnitok import _native
from omnitok.corpora.readers import resolve_sources
from omnitok.counting.files import Counting, Meter, check_windows
from omnitok.counting.memory import parse_memory
from omnitok.counting.texts import batches, by_language
from omnitok.errors import CorpusError, CorruptFileError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import TypeAlias

    from omnitok.corpora.readers import Source
    from omnitok.progress import Progress

    Paths: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]"
    Sources: TypeAlias = "str | os.PathLike[str] | WordCounts | Sequence[str | os.PathLike[str] | WordCounts]"

WordCounts = _native.WordCounts


def count_words(
    sources: Sources = (),
    pattern: str = "o200k",
    *,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None = None,
    text_field: str = "text",
    errors: Literal["strict", "replace", "skip"] = "strict",
    max_word_bytes: int | None = None,
    max_per_document: int | None = None,
    memory: int | str | None = None,
    temporary_folder: str | os.PathLike[str] | None = None,
    on_bad: Callable[[Path, Exception], None] | None = None,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
) -> WordCounts:
    """Counts the words of a corpus, exactly, once and for all: learning needs nothing else.

    Counts of parts of a corpus, made anywhere, merge into the counts of the whole. The result does not depend on the
    order of the sources, the number of threads or the memory.

    Args:
        sources: text, ``.jsonl`` or ``.parquet`` files, plain, ``.gz`` or ``.zst``; folders of them, in which a file
            named ``<code>.txt*`` speaks that language; saved counts files; :class:`WordCounts`. One, or a sequence.
        pattern: name of a split pattern, or a regular expression.
        texts: an iterable of strings, such as a :class:`~omnitok.corpora.datasets_loader.TextStream`, or one for each
            language. It is read once and never held as a whole.
        text_field: field or column that holds the text, in JSON lines and Parquet.
        errors: what to do with bytes that are not UTF-8: stop and name the place, put U+FFFD, or skip them.
        max_word_bytes: a longer word counts as several, cut between characters so that each has at most so many bytes
            of UTF-8; at least 4. For scripts without spaces, whose words are as long as a clause. Default: no cap, or
            that of counts if there is nothing else.
        max_per_document: how often a word counts in one document, so that spam counts for little. A document is one of
            ``texts``, a JSON line, a Parquet row or, in a text file, a line. Default: as for ``max_word_bytes``.
        memory: bytes that counting may take, or a size such as ``"2GiB"``; what does not fit goes to temporary files.
            The result is held on top, as a whole: for more words than memory holds use :func:`count_to_file`.
        temporary_folder: where temporary files go; default: the system's folder for them.
        on_bad: called with each file that is damaged, and the error; nothing of it is counted then. Default: the error
            is raised.
        num_threads: default ``OMNITOK_NUM_THREADS``, else every CPU that the process may use.
        progress: called now and then; what it raises stops the run.

    Raises:
        CorpusError: a source does not exist, holds nothing readable, or is not UTF-8; counts were made with another
            pattern or other caps.
        CorruptFileError: a damaged archive, JSON line or counts file.
        PatternError: the pattern cannot be run in linear time.
        ValueError: a cap that leaves nothing to count, or too little memory to work with; the message names the least.
    """
    given = [sources] if isinstance(sources, (str, WordCounts)) or hasattr(sources, "__fspath__") else list(sources)
    ready = [source for source in given if isinstance(source, WordCounts)]
    paths = [source for source in given if not isinstance(source, WordCounts)]
    files = resolve_sources(paths) if paths else []
    saved_counts = [file.path for file in files if file.format == "counts"]
    texts_in_files = [file for file in files if file.format != "counts"]
    if not texts_in_files and texts is None and max_word_bytes is None and max_per_document is None:
        _, max_word_bytes, max_per_document = settings_of([*ready, *saved_counts], on_bad)
    budget = None if memory is None else (parse_memory(memory), temporary_folder or tempfile.gettempdir())
    counting = Counting(pattern, text_field, errors, max_word_bytes, max_per_document, budget, num_threads, on_bad)
    counter = counting.counter()
    check_windows(counter, texts_in_files)
    ready += [WordCounts.load(path) for path in saved_counts if counting.is_sound(counter, path)]
    _count_all(counting, counter, texts_in_files, texts, Meter(texts_in_files, progress))
    counts = counter.finish()
    for other in ready:
        counts = counts.merge(other)
    if not counts.total:
        raise CorpusError("the sources hold no text at all; name files or folders with text, or pass texts=")
    return counts


def count_into(
    counter: _native.WordCounter,
    sources: Paths,
    *,
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None,
    text_field: str,
    errors: Literal["strict", "replace", "skip"],
    stage: str,
    progress: Callable[[Progress], None] | None,
) -> None:
    """Gives a counter of one's own all texts, as :func:`count_words` does; the progress is that of ``stage``.

    Raises:
        CorpusError: as in :func:`count_words`; counts are among the sources.
    """
    given = isinstance(sources, str) or hasattr(sources, "__fspath__") or len(sources) > 0
    files = text_files(sources) if given else []
    check_windows(counter, files)
    counting = Counting("", text_field, errors, None, None, None, None, None)
    _count_all(counting, counter, files, texts, Meter(files, progress, stage))


def text_files(sources: Paths) -> list[Source]:
    """The files of sources that are texts.

    Raises:
        CorpusError: as in :func:`count_words`; counts are among them.
    """
    files = resolve_sources(sources)
    for file in files:
        if file.format == "counts":
            raise CorpusError(f"{file.path} holds counts, and texts are needed here; leave it out")
    return files


def _count_all(
    counting: Counting,
    counter: _native.WordCounter,
    files: Iterable[Source],
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None,
    meter: Meter,
) -> None:
    for file in files:
        counting.add(counter, file, meter)
    for language, iterable in by_language(texts):
        for batch in batches(iterable):
            counter.add_texts(batch, language=language)


def settings_of(
    counts: Sequence[Path | WordCounts], on_bad: Callable[[Path, Exception], None] | None
) -> tuple[str, int | None, int | None]:
    """The pattern and caps of the first of several counts that is no damaged file."""
    for one in counts:
        if isinstance(one, WordCounts):
            return one.pattern, one.max_word_bytes, one.max_per_document
        with contextlib.nullcontext() if on_bad is None else contextlib.suppress(CorruptFileError):
            return _native.check_counts(one)[1:]
    # There are none, or all of them will be told of as damaged.
    return "o200k", None, None
