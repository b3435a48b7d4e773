"""The parallel text of an evaluation: the same sentences in every language, and what is counted without a tokenizer."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from omnitok.corpora.languages import Language, load_languages
from omnitok.corpora.parallel import read_parallel
from omnitok.errors import CorpusError
from omnitok.evaluation.metrics import count_graphemes, lines_not_nfc

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PIVOT = "en"
"""Code of the language that premiums are relative to."""


@dataclass(frozen=True)
class LanguageText:
    """The sentences of one language."""

    language: Language
    lines: tuple[str, ...]
    sha256: str
    """Of the file's bytes, in hexadecimal."""
    bytes: int
    characters: int
    graphemes: int
    not_nfc: tuple[int, ...]
    """Numbers, from 1, of the lines that are not in normalization form C."""


@dataclass(frozen=True)
class ParallelText:
    """Line ``i`` of every language says the same. English is always among the languages."""

    name: str
    texts: Mapping[str, LanguageText]
    """By language code, in the order of ``languages.toml``."""

    @property
    def sentences(self) -> int:
        """Number of lines of each language."""
        return len(self.texts[PIVOT].lines)


def read_parallel_text(folder: str | Path, languages: Sequence[str] | None = None) -> ParallelText:
    """Reads a folder of line-aligned ``<code>.txt`` files.

    Args:
        folder: holds ``en.txt`` and any of the other languages of ``languages.toml``.
        languages: codes to read; by default every language whose file is there. English is read in any case.

    Raises:
        CorpusError: the folder, ``en.txt`` or a file asked for is missing, a language is unknown, a file is not UTF-8,
            a line is empty, or line counts differ.
    """
    folder = Path(folder)
    if folder.is_dir() and not (folder / f"{PIVOT}.txt").is_file():
        raise CorpusError(
            f"{folder / f'{PIVOT}.txt'} is missing, and English is what the other languages are compared with; "
            "add it, or give another folder of line-aligned <code>.txt files"
        )
    lines = read_parallel(folder, None if languages is None else {*languages, PIVOT})
    known = {language.code: language for language in load_languages()}
    if unknown := [code for code in lines if code not in known]:
        raise CorpusError(
            f"{folder / f'{unknown[0]}.txt'} is in no known language; the codes are {', '.join(known)}. "
            "Move the file away, or name the languages to measure"
        )
    texts = {code: _language_text(known[code], part, folder / f"{code}.txt") for code, part in lines.items()}
    return ParallelText(folder.resolve().name, texts)


def _language_text(language: Language, lines: Sequence[str], path: Path) -> LanguageText:
    return LanguageText(
        language=language,
        lines=tuple(lines),
        sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        bytes=sum(len(line.encode("utf-8")) for line in lines),
        characters=sum(map(len, lines)),
        graphemes=sum(map(count_graphemes, lines)),
        not_nfc=lines_not_nfc(lines),
    )
