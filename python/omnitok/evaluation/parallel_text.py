"""The parallel text of an evaluation: the same sentences in every language, and what is counted without a tokenizer."""

from __future__ import annotations

import functools
import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from omnitok import _native
from omnitok.corpora.languages import Language, load_languages
from omnitok.corpora.layouts import read_layout
from omnitok.errors import CorpusError
from omnitok.evaluation.metrics import lines_not_nfc
from omnitok.evaluation.respelling import Respelled, respell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from omnitok.corpora.layouts import ParallelSource

PIVOT = "en"
"""Code of the language that premiums are relative to."""


ALL = "all"
"""Stands for all languages, and for all domains."""


@dataclass(frozen=True)
class LanguageText:
    """The sentences of one language.

    Attributes:
        language: whose they are.
        lines: one sentence each.
        sha256: of the lines, each with a line feed behind it, in hexadecimal: that of a plain file of them.
        layout: where the words and characters of each line are.
        counts: per sentence, shape ``[n, 6]``: the ``TEXT_QUANTITIES`` of :mod:`omnitok.evaluation.sentences`.
    """

    language: Language
    lines: tuple[str, ...]
    sha256: str
    layout: _native.TextLayout
    counts: NDArray[np.uint64]

    @classmethod
    def of(cls, language: Language, lines: Sequence[str], num_threads: int | None = None) -> LanguageText:
        """Finds words and characters."""
        digest = hashlib.sha256()
        for line in lines:
            digest.update(line.encode("utf-8", "surrogatepass") + b"\n")
        layout = _native.TextLayout(lines, num_threads)
        return cls(language, tuple(lines), digest.hexdigest(), layout, layout.figures())

    @property
    def bytes(self) -> int:
        """UTF-8 bytes, line ends not counted."""
        return int(self.counts[:, 0].sum())

    @property
    def characters(self) -> int:
        """Code points."""
        return int(self.counts[:, 1].sum())

    @property
    def graphemes(self) -> int:
        """Extended grapheme clusters."""
        return int(self.counts[:, 2].sum())

    @functools.cached_property
    def not_nfc(self) -> tuple[int, ...]:
        """Numbers, from 1, of the lines that are not in normalization form C."""
        return lines_not_nfc(self.lines)

    @functools.cached_property
    def respelled(self) -> dict[str, Respelled]:
        """What the lines are in other spellings."""
        return respell(self.lines)


@dataclass(frozen=True)
class ParallelText:
    """Line ``i`` of every language says the same. English is always among the languages.

    Attributes:
        name: of the folder or file.
        texts: by language code, in the order of ``languages.toml``.
        domains: the subject of each line; empty when nobody said.
        missing: codes that were asked for and are not there.
        unequal: lines of languages that were left out, because English has another number of them.
        layout: how it was found, as :class:`omnitok.corpora.layouts.Parallel` has it.
        licence: of the text, as far as it says.
    """

    name: str
    texts: Mapping[str, LanguageText]
    domains: tuple[str, ...] = ()
    missing: tuple[str, ...] = field(default=())
    unequal: Mapping[str, int] = field(default_factory=dict)
    layout: str = "columns"
    licence: str = ""

    @property
    def sentences(self) -> int:
        """Number of lines of each language."""
        return len(self.texts[PIVOT].lines)


def read_parallel_text(
    source: ParallelSource,
    languages: Sequence[str] | None = None,
    *,
    allow_missing: bool = False,
    num_threads: int | None = None,
) -> ParallelText:
    """Reads parallel text in any of the layouts of :mod:`omnitok.corpora.layouts`.

    Args:
        source: a folder of ``<code>.txt`` files, FLORES or NTREX; a parquet file; a data set or mapping with a column
            of lines for each language.
        languages: codes to read; by default every language that is there. English is read in any case.
        allow_missing: go on without languages that were asked for and are not there, or have another number of lines
            than English; ``missing`` and ``unequal`` name them.
        num_threads: for finding words.

    Raises:
        CorpusError: the source, English or a language asked for is missing, a language is unknown, a file is not UTF-8,
            a line is empty, or line counts differ.
    """
    found = read_layout(source, None if languages is None else {*languages, PIVOT}, allow_missing=allow_missing)
    if PIVOT not in found.lines:
        raise CorpusError(
            f"{found.place(PIVOT)} is missing, and English is what the other languages are compared with; "
            "add it, or give another folder of line-aligned <code>.txt files"
        )
    known = {language.code: language for language in load_languages()}
    if unknown := [code for code in found.lines if code not in known]:
        raise CorpusError(
            f"{found.place(unknown[0])} is in no known language; the codes are {', '.join(known)}. "
            "Move the file away, or name the languages to measure"
        )
    texts = {code: LanguageText.of(known[code], lines, num_threads) for code, lines in found.lines.items()}
    return ParallelText(found.name, texts, found.domains, found.missing, found.unequal, found.layout, found.licence)
