"""Counts of finished files, kept so that a count that was interrupted goes on from them.

A folder holds parts, each of which is the sum of some whole source files, and a journal that says which. A part is
written first, then the journal, each whole or not at all: a source file is in the journal exactly if it is in a part
that the journal names. Parts are merged, never added to, so the sum is the one of a single run.
"""

from __future__ import annotations

import json
import shutil
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.errors import CorpusError, CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from omnitok.corpora.readers import Source
    from omnitok.counting.files import Counting, Meter

_JOURNAL = "journal.json"
_VERSION = 2
#: An interrupted count loses the work of so long at most, and what one file takes.
_SECONDS = 30.0
#: With more parts than this the smaller half becomes one, so that a long count does not end with merging thousands.
_MOST_PARTS = 16


def stamp_of(path: Path) -> dict[str, Any]:
    """What tells a source file from another, and from what it was before it was changed."""
    status = path.stat()
    return {"path": str(path.resolve()), "size": status.st_size, "modified_ns": status.st_mtime_ns}


class Journal(ABC):
    """Which source files are finished, and in which parts they are.

    Attributes:
        folder: where the parts are.
        suffix: what their names end with.
        new_counter: makes a counter for the next part.
    """

    suffix: str

    def __init__(
        self, folder: Path, settings: Mapping[str, object], new_counter: Callable[[], _native.WordCounter]
    ) -> None:
        """Takes up the parts that are there; one that is damaged or missing is forgotten, to be counted again.

        Raises:
            CorpusError: the folder holds parts of a count with other settings, or something else.
        """
        self.folder, self.new_counter = folder, new_counter
        self._settings = dict(settings)
        self._parts: list[dict[str, Any]] = []
        if folder.exists():
            self._parts = [part for part in self._read() if self._is_sound(part)]
        folder.mkdir(parents=True, exist_ok=True)

    @abstractmethod
    def _is_sound(self, part: Mapping[str, Any]) -> bool:
        """Whether a part is what the journal says."""

    @abstractmethod
    def add(self, counter: _native.WordCounter, sources: Sequence[Mapping[str, Any]]) -> None:
        """Makes a part of what a counter counted of whole source files."""

    def _read(self) -> list[dict[str, Any]]:
        path = self.folder / _JOURNAL
        if not path.exists():
            # What begins with a dot, the process left that was killed while it wrote.
            names = (entry.name for entry in self.folder.iterdir() if not entry.name.startswith("."))
            if not all(name.endswith(self.suffix) for name in names):
                raise CorpusError(f"{self.folder} holds something else than an interrupted count; remove or rename it")
            return []
        try:
            journal = json.loads(path.read_bytes())
            version, settings, parts = journal["version"], journal["settings"], list(journal["parts"])
        except (ValueError, KeyError, TypeError) as error:
            raise CorpusError(f"{path} is damaged ({error!r}); remove {self.folder} to count anew") from None
        if version != _VERSION:
            raise CorpusError(f"{path} has version {version}, and this program reads {_VERSION}; remove {self.folder}")
        for name, value in self._settings.items():
            if settings.get(name) != value:
                raise CorpusError(
                    f"the count that {self.folder} holds was made with {name} {settings.get(name)!r}, not {value!r}; "
                    "go on with that, or remove the folder to count anew"
                )
        return parts

    def pending(self, paths: Sequence[Path]) -> list[Path]:
        """Those of the source files that are in no part.

        Raises:
            CorpusError: a file that is in a part is not among them, or was changed since.
        """
        done = {stamp["path"]: stamp for part in self._parts for stamp in part["sources"]}
        pending = []
        for path in paths:
            stamp = done.pop(str(path.resolve()), None)
            if stamp is None:
                pending.append(path)
            elif stamp != stamp_of(path):
                raise CorpusError(f"{path} was changed after it was counted; remove {self.folder} to count anew")
        if done:
            raise CorpusError(
                f"{next(iter(done))} was counted before the interruption and is no source now; name it again, or "
                f"remove {self.folder} to count anew"
            )
        return pending

    def _new_place(self) -> Path:
        """A name that no part has."""
        taken = {part["file"] for part in self._parts}
        names = (f"part-{number:06}{self.suffix}" for number in range(1, len(taken) + 2))
        return self.folder / next(name for name in names if name not in taken)

    def _write(self, parts: Iterable[dict[str, Any]]) -> None:
        """From here on these are the parts, and those that were before are gone."""
        before, self._parts = self._parts, list(parts)
        journal = {"version": _VERSION, "settings": self._settings, "parts": self._parts}
        _native.write_file(self.folder / _JOURNAL, json.dumps(journal, indent=1).encode(), force=True)
        kept = {part["file"] for part in self._parts}
        for part in before:
            if part["file"] not in kept:
                (self.folder / part["file"]).unlink(missing_ok=True)

    def remove(self) -> None:
        """Removes the folder: the count is finished."""
        shutil.rmtree(self.folder)


class Checkpoints(Journal):
    """The counts of one corpus in parts, which are counts files."""

    suffix = ".counts"

    def _is_sound(self, part: Mapping[str, Any]) -> bool:
        try:
            return bool(_native.check_counts(self.folder / part["file"])[0] == part["digest"])
        except (CorruptFileError, FileNotFoundError):
            return False

    def add(self, counter: _native.WordCounter, sources: Sequence[Mapping[str, Any]]) -> None:
        """Writes the part, and merges the smaller ones where there are many."""
        self._write([*self._parts, self._part(counter, sources)])
        while len(self._parts) > _MOST_PARTS:
            by_size = sorted(self._parts, key=lambda part: (self.folder / part["file"]).stat().st_size)
            small, large = by_size[: _MOST_PARTS // 2], by_size[_MOST_PARTS // 2 :]
            merged = [source for part in small for source in part["sources"]]
            files = [self.folder / part["file"] for part in small]
            self._write([*large, self._part(self.new_counter(), merged, files)])

    def _part(
        self, counter: _native.WordCounter, sources: Sequence[Mapping[str, Any]], merging: Sequence[Path] = ()
    ) -> dict[str, Any]:
        place = self._new_place()
        digest, _, total, _, _ = counter.save(place, merging, force=True)
        return {"file": place.name, "digest": digest, "total": total, "sources": list(sources)}

    @property
    def files(self) -> list[Path]:
        """The counts files of the parts."""
        return [self.folder / part["file"] for part in self._parts]

    @property
    def are_empty(self) -> bool:
        """Whether nothing was counted in any part."""
        return not any(part["total"] for part in self._parts)


def count_in_parts(counting: Counting, files: Sequence[Source], journal: Journal, meter: Meter) -> None:
    """Counts the files that are in no part of the journal, and makes parts of them."""
    pending = set(journal.pending([file.path for file in files]))
    counter, sources, began = journal.new_counter(), [], time.monotonic()
    for file in files:
        if file.path not in pending:
            meter.leave(file.path)
            continue
        stamp = stamp_of(file.path)
        if counting.add(counter, file, meter):
            sources.append(stamp)
        if sources and time.monotonic() - began >= _SECONDS:
            journal.add(counter, sources)
            counter, sources, began = journal.new_counter(), [], time.monotonic()
    if sources:
        journal.add(counter, sources)
