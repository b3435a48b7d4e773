"""Parallel texts: one file a language, line *n* of each file saying the same thing."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omnitok.corpora.languages import DATA, language_codes
from omnitok.corpora.readers import decode_utf8
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike


@dataclass(frozen=True, slots=True)
class Domain:
    """A contiguous block of lines about one subject.

    Attributes:
        name: Such as ``"news"`` or ``"law"``.
        first: Its first line, counted from 1.
        last: Its last line, inclusive.
    """

    name: str
    first: int
    last: int


def bundled_parallel() -> Path:
    """The folder of the parallel texts that come with omnitok: 20 languages, written for it, public domain (CC0)."""
    return DATA / "parallel"


def parallel_domains(folder: str | PathLike[str] | None = None) -> tuple[Domain, ...]:
    """The subjects of a parallel folder, from its ``domains.tsv`` (columns domain, first, last).

    Args:
        folder: A folder of parallel texts; the bundled one when left out.

    Returns:
        The domains in line order; empty when the folder has no ``domains.tsv``.

    Raises:
        CorpusError: A row has another form, or its block does not begin where the one before it ends.
    """
    path = Path(folder or bundled_parallel()) / "domains.tsv"
    if not path.is_file():
        return ()
    domains: list[Domain] = []
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t")
        next(rows, None)
        for row in rows:
            try:
                name, first, last = row
                domain = Domain(name, int(first), int(last))
            except ValueError:
                message = f"{path}, line {rows.line_num}: expected a name and two line numbers, found {row!r}"
                raise CorpusError(message) from None
            expected = domains[-1].last + 1 if domains else 1
            if domain.first != expected or domain.last < domain.first:
                raise CorpusError(
                    f"{path}, line {rows.line_num}: {domain.name} runs from {domain.first} to {domain.last}, but must "
                    f"begin at {expected} and not end before it begins"
                )
            domains.append(domain)
    return tuple(domains)


def read_parallel(
    folder: str | PathLike[str], languages: Iterable[str] | None = None, *, is_aligned: bool = True
) -> dict[str, list[str]]:
    """Reads the ``<code>.txt`` files of a folder and proves that they are aligned.

    Args:
        folder: The folder.
        languages: Codes to read; every file of the folder when left out.
        is_aligned: Ask that all files have the same number of lines.

    Returns:
        Lines without line ends by language code: first the languages of :func:`load_languages` in their order, then any
        others by code. All lists have the same length, unless ``is_aligned`` is false.

    Raises:
        CorpusError: The folder or a language is missing, a file is not UTF-8, a line is empty, or line counts differ.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise CorpusError(f"{folder} is not a folder; give a folder that holds one <code>.txt file a language")
    present = {path.stem for path in folder.glob("*.txt") if not path.name.startswith(".")}
    if not present:
        raise CorpusError(f"{folder} holds no <code>.txt file; give a folder with one such file a language")
    wanted = present if languages is None else set(languages)
    if missing := sorted(wanted - present):
        raise CorpusError(
            f"{folder} has no {', '.join(f'{code}.txt' for code in missing)}; it has {' '.join(in_order(present))}"
        )
    texts = {code: read_parallel_lines(folder / f"{code}.txt") for code in in_order(wanted)}
    if is_aligned:
        check_alignment(str(folder), {f"{code}.txt": lines for code, lines in texts.items()})
    return texts


def in_order(codes: Iterable[str]) -> list[str]:
    """Codes in the order of the table of languages, unknown ones last and by name."""
    position = {code: index for index, code in enumerate(language_codes())}
    return sorted(codes, key=lambda code: (position.get(code, len(position)), code))


def read_parallel_lines(path: Path) -> list[str]:
    """The lines of one file of parallel text, without their ends.

    Raises:
        CorpusError: it is not UTF-8, or a line is empty.
    """
    lines = decode_utf8(path.read_bytes(), "strict", str(path)).removesuffix("\n").split("\n")
    lines = [line.removesuffix("\r") for line in lines]
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            raise CorpusError(
                f"{path}, line {number} is empty; in parallel texts every line needs its translation: "
                "write it, or take the line out of every language"
            )
    return lines


def check_alignment(source: str, texts: Mapping[str, list[str]]) -> None:
    """Asks that all texts have as many lines as most of them do.

    Raises:
        CorpusError: one has not; the message names it.
    """
    lengths = [len(lines) for lines in texts.values()]
    if len(set(lengths)) <= 1:
        return
    # The commonest length is taken as right, and the larger of two equally common ones.
    usual = max(sorted(set(lengths), reverse=True), key=lengths.count)
    odd = {name: len(lines) for name, lines in texts.items() if len(lines) != usual}
    listed = ", ".join(f"{name} has {length}" for name, length in odd.items())
    raise CorpusError(
        f"the files of {source} are not aligned: {listed}, the other {len(texts) - len(odd)} have {usual} lines; "
        "line n of every file must say the same thing, so add or remove the lines that differ"
    )
