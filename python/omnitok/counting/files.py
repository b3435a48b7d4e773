"""Counting the files of a corpus; damaged ones are left out whole, if somebody wants to hear of it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omnitok import _native
from omnitok.corpora.readers import read_parquet_texts
from omnitok.counting.texts import batches
from omnitok.errors import CorpusError, CorruptFileError
from omnitok.progress import Progress
from omnitok.threads import thread_count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from omnitok.corpora.readers import Source


@dataclass(frozen=True)
class Counting:
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
        """A counter that counts so."""
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

    def add(self, counter: _native.WordCounter, source: Source, meter: Meter) -> bool:
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
            for batch in batches(read_parquet_texts(source.path, self.text_field)):
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


def check_windows(counter: _native.WordCounter, files: Iterable[Source]) -> None:
    """Refuses files that take more to unpack than the counter's memory has room for, before the long work.

    Raises:
        ValueError: it names the first, and the least memory for it.
    """
    for file in files:
        counter.check_window(file.path)


def _is_damage(error: Exception, path: Path) -> bool:
    """Whether the file is to blame, and not the disk that we write to or a package that is missing."""
    if isinstance(error, OSError):
        return error.filename is not None and Path(os.fsdecode(error.filename)) == path
    return not isinstance(error.__context__, ImportError)


class Meter:
    """Turns the bytes read of each file into the progress of all."""

    def __init__(
        self, files: Iterable[Source], progress: Callable[[Progress], None] | None, stage: str = "count"
    ) -> None:
        self._sizes = {file.path: file.path.stat().st_size for file in files}
        self._total, self._before, self._progress = sum(self._sizes.values()), 0, progress
        self._stage = stage

    def tell(self, read: int) -> None:
        """So many bytes of the file at hand are read."""
        if self._progress is not None:
            self._progress(Progress(self._stage, self._before + read, self._total))

    def leave(self, path: Path) -> None:
        """A file is done with."""
        self._before += self._sizes[path]
        self.tell(0)
