"""Counts of finished files, kept so that a count that was interrupted goes on from them.

A folder holds a counts file for each part, which is the sum of some whole source files, and a journal that says which.
A part is written first, then the journal, each whole or not at all: a source file is in the journal exactly if its
words are in a part that the journal names. Parts are merged, never added to, so the sum is the one of a single run.
"""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

from omnitok import _native
from omnitok.errors import CorpusError, CorruptFileError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_JOURNAL = "journal.json"
_VERSION = 1


def stamp_of(path: Path) -> dict[str, Any]:
    """What tells a source file from another, and from what it was before it was changed."""
    status = path.stat()
    return {"path": str(path.resolve()), "size": status.st_size, "modified_ns": status.st_mtime_ns}


class Checkpoints:
    """The parts of one count.

    Attributes:
        folder: where they are.
    """

    def __init__(self, folder: Path, settings: Mapping[str, object]) -> None:
        """Takes up the parts that are there; one that is damaged or missing is forgotten, to be counted again.

        Raises:
            CorpusError: the folder holds parts of a count with other settings, or something else.
        """
        self.folder = folder
        self._settings = dict(settings)
        self._parts: list[dict[str, Any]] = []
        if folder.exists():
            self._parts = [part for part in self._read() if self._is_sound(part)]
        folder.mkdir(parents=True, exist_ok=True)

    def _read(self) -> list[dict[str, Any]]:
        path = self.folder / _JOURNAL
        if not path.exists():
            if any(entry.suffix != ".counts" for entry in self.folder.iterdir()):
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

    def _is_sound(self, part: Mapping[str, Any]) -> bool:
        try:
            return bool(_native.check_counts(self.folder / part["file"])[0] == part["digest"])
        except (CorruptFileError, FileNotFoundError):
            return False

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

    def add(self, counter: _native.WordCounter, sources: Sequence[Mapping[str, Any]]) -> None:
        """Makes a part of what a counter counted of whole source files."""
        taken = {part["file"] for part in self._parts}
        number = next(number for number in range(1, len(taken) + 2) if f"part-{number:06}.counts" not in taken)
        path = self.folder / f"part-{number:06}.counts"
        digest = counter.save(path, force=True)[0]
        self._parts.append({"file": path.name, "digest": digest, "sources": list(sources)})
        journal = {"version": _VERSION, "settings": self._settings, "parts": self._parts}
        _native.write_file(self.folder / _JOURNAL, json.dumps(journal, indent=1).encode(), force=True)

    @property
    def files(self) -> list[Path]:
        """The counts files of the parts."""
        return [self.folder / part["file"] for part in self._parts]

    def remove(self) -> None:
        """Removes the folder: the count is finished."""
        shutil.rmtree(self.folder)
