"""The training text: documents without a line that is measured on, and slices that nothing is learnt from."""

from __future__ import annotations

import hashlib
import io
import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import zstandard

from bench.languages import language_names
from omnitok.corpora.parallel import read_parallel
from study.overlap import OverlapFinder
from study.places import data

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

CODE = "code"
"""The language of programs, beside the 20."""


class Document(NamedTuple):
    """A run of lines of one source."""

    source: str
    name: str
    lines: list[str]


@dataclass
class Prepared:
    """What became of one language's text."""

    lines: int = 0
    removed: Counter[str] = field(default_factory=Counter)
    """Lines that say what a set says, by set; one line can do so for several."""
    removed_lines: int = 0
    bytes: int = 0
    """UTF-8 bytes left to learn from."""
    held_out: Counter[str] = field(default_factory=Counter)
    """UTF-8 bytes of each slice that is held out."""
    sha256: str = ""
    """Of all that was written, in its order."""

    def record(self) -> dict[str, object]:
        """For the report."""
        return {
            "lines": self.lines,
            "removed_lines": self.removed_lines,
            "removed_by_set": dict(sorted(self.removed.items())),
            "bytes": self.bytes,
            "held_out_bytes": dict(sorted(self.held_out.items())),
            "sha256": self.sha256,
        }


def slice_of(language: str, name: str) -> str:
    """Where a document goes: ``train``, ``development``, or ``claim``, which no choice is made by.

    A hundredth of the documents of each language is for development; of the few files of code a tenth, and another
    tenth for the claim. The digest of the name decides, so that no order of files does.
    """
    part = int.from_bytes(hashlib.sha256(f"{language}/{name}".encode()).digest()[:4], "big") % 100
    if language == CODE:
        return "development" if part < 10 else "claim" if part < 20 else "train"
    return "development" if part < 1 else "train"


def prepare(language: str, documents: Iterable[Document], finder: OverlapFinder, folder: Path) -> Prepared:
    """Writes the documents as ``train/<language>.<source>.jsonl`` and the slices as ``<slice>/<language>.jsonl``.

    Args:
        language: its code.
        documents: all text of the language.
        finder: the sets that no line may repeat.
        folder: where to write; files that are there are replaced.
    """
    prepared, files, digest = Prepared(), {}, hashlib.sha256()
    try:
        for document in documents:
            lines = list(_without_overlap(document.lines, finder, prepared))
            if not lines:
                continue
            text = "\n".join(lines) + "\n"
            where = slice_of(language, document.name)
            size = len(text.encode())
            if where == "train":
                prepared.bytes += size
            else:
                prepared.held_out[where] += size
            path = folder / where / (f"{language}.{document.source}.jsonl" if where == "train" else f"{language}.jsonl")
            if path not in files:
                path.parent.mkdir(parents=True, exist_ok=True)
                files[path] = path.open("w", encoding="utf-8")
            files[path].write(json.dumps({"text": text}, ensure_ascii=False) + "\n")
            digest.update(f"{path.name}\0{text}".encode())
    finally:
        for file in files.values():
            file.close()
    prepared.sha256 = digest.hexdigest()
    return prepared


def _without_overlap(lines: Iterable[str], finder: OverlapFinder, prepared: Prepared) -> Iterator[str]:
    for line in lines:
        prepared.lines += 1
        if found := finder.found_in(line):
            prepared.removed.update(found)
            prepared.removed_lines += 1
        else:
            yield line


def documents_of(language: str) -> Iterator[Document]:
    """The documents of a language, or those of :data:`CODE`, in the order of their file.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    if language == CODE:
        for record in map(json.loads, _lines(data("mono", "code.jsonl.zst"))):
            source = record["source"].lower().replace("/", "-").replace(" ", "-")
            yield Document(source, f"{record['source']}/{record['path']}", record["text"].split("\n"))
        return
    lines = _lines(data("mono", f"{language}.txt.zst"))
    for number, run in enumerate(_lines(data("mono", f"{language}.runs.tsv.zst"))):
        source, _, length = run.partition("\t")
        yield Document(source, str(number), [next(lines) for _ in range(int(length))])


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as packed:
        text = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(packed), encoding="utf-8", newline="\n")
        for line in text:
            yield line.removesuffix("\n")


def finder_of(language: str, sets: Mapping[str, Path]) -> OverlapFinder:
    """The sets in one language; for code, those in English."""
    code = "en" if language == CODE else language
    return OverlapFinder(code, {name: read_parallel(folder, [code])[code] for name, folder in sets.items()})


def languages() -> list[str]:
    """The 20 languages and code."""
    return [*language_names(), CODE]
