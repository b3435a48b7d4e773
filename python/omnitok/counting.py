"""Counting words: of sources into memory, or into a file within a memory budget."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from omnitok import _native
from omnitok.checkpoints import Checkpoints, stamp_of
from omnitok.corpora.readers import read_parquet_texts, resolve_sources
from omnitok.errors import CorpusError, CorruptFileError
from omnitok.progress import Progress
from omnitok.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import TypeAlias

    from omnitok.corpora.readers import Source

    Paths: TypeAlias = "str | os.PathLike[str] | Sequence[str | os.PathLike[str]]"
    Sources: TypeAlias = "str | os.PathLike[str] | WordCounts | Sequence[str | os.PathLike[str] | WordCounts]"

WordCounts = _native.WordCounts

#: Texts that are handed to the core at once: enough to keep every thread busy.
_TEXTS_PER_CALL = 4096
#: An interrupted count loses the work of so long at most, and what one file takes.
_CHECKPOINT_SECONDS = 30.0

_UNITS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 1 << 10,
    "mi": 1 << 20,
    "gi": 1 << 30,
    "ti": 1 << 40,
}


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
    """

    path: Path
    digest: str
    languages: list[str]
    total: int
    distinct: int
    bytes: int


def parse_memory(memory: int | str) -> int:
    """A number of bytes, or a string such as ``"2GiB"``, ``"500 MB"`` or ``"1.5G"``.

    Raises:
        ValueError: it is neither.

    Example:
        >>> parse_memory("2GiB"), parse_memory("1.5 MB")
        (2147483648, 1500000)
    """
    if isinstance(memory, int):
        return memory
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?\s*", memory.lower())
    if found is None or found[2] not in _UNITS:
        raise ValueError(f"memory is {memory!r}; give bytes, or a size such as 2GiB or 500MB")
    return int(float(found[1]) * _UNITS[found[2]])


@dataclass(frozen=True)
class _Counting:
    """How to count, for any number of counters."""

    pattern: str
    text_field: str
    errors: str
    max_word_bytes: int | None
    max_per_document: int | None
    budget: tuple[int, str | os.PathLike[str]] | None
    num_threads: int | None
    on_bad: Callable[[Path, Exception], None] | None

    def counter(self) -> _native.WordCounter:
        return _native.WordCounter(
            self.pattern,
            max_word_bytes=self.max_word_bytes,
            max_per_document=self.max_per_document,
            budget=self.budget,
            num_threads=thread_count(self.num_threads),
        )

    def settings(self) -> dict[str, object]:
        """All that the counts depend on beside the files."""
        names = ("pattern", "text_field", "errors", "max_word_bytes", "max_per_document")
        return {name: getattr(self, name) for name in names}

    def add(self, counter: _native.WordCounter, source: Source, meter: _Meter) -> bool:
        """Counts a file; without it when it is damaged and somebody wants to hear of it, and then false."""
        counted = True
        if self.on_bad is None:
            self._add(counter, source, meter.tell)
        else:
            counter.begin_part()
            try:
                self._add(counter, source, meter.tell)
            except (CorpusError, CorruptFileError, OSError) as error:
                counter.drop_part()
                if not _is_damage(error, source.path):
                    raise
                self.on_bad(source.path, error)
                counted = False
            else:
                counter.keep_part()
        meter.leave(source.path)
        return counted

    def _add(self, counter: _native.WordCounter, source: Source, tell: Callable[[int], None]) -> None:
        if source.format == "parquet":
            for batch in _batches(read_parquet_texts(source.path, self.text_field)):
                counter.add_texts(batch, language=source.language)
                tell(0)
            return
        counter.add_file(
            source.path,
            format=source.format,
            language=source.language,
            text_field=self.text_field,
            errors=self.errors,
            progress=tell,
        )

    def is_sound(self, counter: _native.WordCounter, path: Path) -> bool:
        """Whether a counts file can be merged; false for a damaged one when somebody wants to hear of it.

        Raises:
            CorpusError: it was made with another pattern or other caps.
        """
        try:
            counter.check_mergeable(path)
        except (CorruptFileError, OSError) as error:
            if self.on_bad is None or not _is_damage(error, path):
                raise
            self.on_bad(path, error)
            return False
        return True


def _is_damage(error: Exception, path: Path) -> bool:
    """Whether the file is to blame, and not the disk that we write to or a package that is missing."""
    if isinstance(error, OSError):
        return error.filename is not None and Path(os.fsdecode(error.filename)) == path
    return not isinstance(error.__context__, ImportError)


class _Meter:
    """Turns the bytes read of each file into the progress of all."""

    def __init__(
        self, files: Iterable[Source], progress: Callable[[Progress], None] | None, stage: str = "count"
    ) -> None:
        self._sizes = {file.path: file.path.stat().st_size for file in files}
        self._total, self._before, self._progress = sum(self._sizes.values()), 0, progress
        self._stage = stage

    def tell(self, read: int) -> None:
        if self._progress is not None:
            self._progress(Progress(self._stage, self._before + read, self._total))

    def leave(self, path: Path) -> None:
        self._before += self._sizes[path]
        self.tell(0)


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
        _, max_word_bytes, max_per_document = _settings_of([*ready, *saved_counts], on_bad)
    budget = None if memory is None else (parse_memory(memory), temporary_folder or tempfile.gettempdir())
    counting = _Counting(pattern, text_field, errors, max_word_bytes, max_per_document, budget, num_threads, on_bad)
    counter = counting.counter()
    ready += [WordCounts.load(path) for path in saved_counts if counting.is_sound(counter, path)]
    _count_all(counting, counter, texts_in_files, texts, _Meter(texts_in_files, progress))
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
    files = resolve_sources(sources) if given else []
    for file in files:
        if file.format == "counts":
            raise CorpusError(f"{file.path} holds counts, and texts are needed here; leave it out")
    counting = _Counting("", text_field, errors, None, None, None, None, None)
    _count_all(counting, counter, files, texts, _Meter(files, progress, stage))


def _count_all(
    counting: _Counting,
    counter: _native.WordCounter,
    files: Iterable[Source],
    texts: Iterable[str] | Mapping[str, Iterable[str]] | None,
    meter: _Meter,
) -> None:
    for file in files:
        counting.add(counter, file, meter)
    for language, iterable in _by_language(texts):
        for batch in _batches(iterable):
            counter.add_texts(batch, language=language)


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
    out = Path(out)
    if os.path.lexists(out) and not force:
        raise FileExistsError(f"{out} exists already; choose another place or ask to overwrite it")
    files = resolve_sources(sources)
    texts = [file for file in files if file.format != "counts"]
    saved_counts = [file.path for file in files if file.format == "counts"]
    if not texts and pattern is None and max_word_bytes is None and max_per_document is None:
        pattern, max_word_bytes, max_per_document = _settings_of(saved_counts, on_bad)
    budget = None if memory is None else (parse_memory(memory), temporary_folder or out.absolute().parent)
    counting = _Counting(
        pattern or "o200k", text_field, errors, max_word_bytes, max_per_document, budget, num_threads, on_bad
    )
    # Refuses caps, pattern, memory and what cannot be merged before the long work.
    counter = counting.counter()
    mergeable = [path for path in saved_counts if counting.is_sound(counter, path)]
    meter = _Meter(texts, progress)
    checkpoints = Checkpoints(out.with_name(f"{out.name}.partial"), counting.settings()) if resume else None
    if checkpoints is not None:
        counter = _count_in_parts(counting, texts, checkpoints, meter)
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


def _settings_of(
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


def _count_in_parts(
    counting: _Counting, files: Sequence[Source], checkpoints: Checkpoints, meter: _Meter
) -> _native.WordCounter:
    """Counts the files that no checkpoint has, and makes checkpoints of them. Returns a counter with nothing in it."""
    pending = set(checkpoints.pending([file.path for file in files]))
    counter, sources, began = counting.counter(), [], time.monotonic()
    for file in files:
        if file.path not in pending:
            meter.leave(file.path)
            continue
        stamp = stamp_of(file.path)
        if counting.add(counter, file, meter):
            sources.append(stamp)
        if sources and time.monotonic() - began >= _CHECKPOINT_SECONDS:
            checkpoints.add(counter, sources)
            counter, sources, began = counting.counter(), [], time.monotonic()
    if sources:
        checkpoints.add(counter, sources)
    return counting.counter()


def _by_language(texts: Iterable[str] | Mapping[str, Iterable[str]] | None) -> Iterable[tuple[str, Iterable[str]]]:
    if texts is None:
        return ()
    if isinstance(texts, str):
        raise TypeError("texts is one string; pass an iterable of strings, or [text]")
    if isinstance(texts, Mapping):
        return texts.items()
    # A stream of `omnitok.corpora.datasets_loader` knows what it speaks.
    language = getattr(texts, "language", "")
    return [(language if isinstance(language, str) else "", texts)]


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    batch: list[str] = []
    for text in texts:
        batch.append(text)
        if len(batch) == _TEXTS_PER_CALL:
            yield batch
            batch = []
    if batch:
        yield batch
