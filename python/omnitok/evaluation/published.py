"""Counts that were published of tokenizers that are not here, on texts that many measure.

They stand in the table under a name that says so, without an interval, and are never ranked with what was measured.
"""

from __future__ import annotations

import hashlib
import math
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok.corpora.languages import language_codes
from omnitok.errors import CorpusError, CorruptFileError
from omnitok.evaluation import spread
from omnitok.evaluation.parallel_text import ALL, PIVOT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from omnitok.evaluation.parallel_text import ParallelText
    from omnitok.evaluation.sentences import Sentences
    from omnitok.evaluation.table import Table

BUNDLED = Path(__file__).parent / "published_counts.toml"
"""Counts that come with omnitok, with their dates and sources."""

MARK = " (published)"
"""Ends the name of whatever was not measured here."""

TOLERANCE = 0.01
"""What is measured and published of the same tokenizer may differ so much, by rounding and by versions of a text."""


@dataclass(frozen=True)
class PublishedCounts:
    """What one tokenizer needs on one text.

    Attributes:
        name: of the tokenizer.
        corpus: name of the text.
        source: who counted, and how.
        date: when.
        tokens_per_sentence: by language code.
    """

    name: str
    corpus: str
    source: str
    date: str
    tokens_per_sentence: Mapping[str, float]

    def record(self) -> dict[str, str]:
        """What ``run.json`` says of it."""
        return {"name": self.name, "corpus": self.corpus, "source": self.source, "date": self.date}


@dataclass(frozen=True)
class PublishedCorpus:
    """A text, and what was published of it.

    Attributes:
        name: of the text.
        sentences: its lines.
        layout: how its folder is laid out; empty when ``sha256`` says what it is.
        sha256: of the lines ``<code> <sha256>`` of its languages, in the order of codes.
        counts: by name of the tokenizer.
    """

    name: str
    sentences: int
    layout: str
    sha256: str
    counts: Mapping[str, PublishedCounts]

    def is_text(self, text: ParallelText) -> bool:
        """Whether that is this text, or a part of its languages where it is known by its layout."""
        if self.sentences != text.sentences:
            return False
        return self.sha256 == digest_of_text(text) if self.sha256 else self.layout == text.layout


def digest_of_text(text: ParallelText) -> str:
    """SHA-256 of the lines ``<code> <sha256>`` of its languages, in the order of codes."""
    lines = (f"{code} {part.sha256}\n" for code, part in sorted(text.texts.items()))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def is_published(name: str) -> bool:
    """Whether a name in a table is that of published counts."""
    return name.endswith(MARK)


def read_published(path: str | Path | None = None) -> tuple[PublishedCorpus, ...]:
    """Reads published counts.

    Args:
        path: a TOML file of tables ``[[corpus]]`` with ``name``, ``sentences``, ``languages``, and ``layout`` or
            ``sha256``, and in each tables ``[[corpus.tokenizer]]`` with ``name``, ``source``, ``date`` and
            ``tokens_per_sentence``, one number a language. By default the file that comes with omnitok.

    Raises:
        CorruptFileError: the file is not what it should be.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib

    path = Path(path or BUNDLED)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CorruptFileError(f"{path} is no table of published counts: {error}") from error
    rows = _tables(table.get("corpus"), f"{path} must hold tables [[corpus]]")
    return tuple(_corpus(row, f"{path}, corpus {number}") for number, row in enumerate(rows, start=1))


def _tables(rows: Any, otherwise: str) -> list[dict[str, Any]]:
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise CorruptFileError(otherwise)
    return rows


def _corpus(row: Mapping[str, Any], place: str) -> PublishedCorpus:
    name = _text(row, "name", place)
    sentences, codes = row.get("sentences"), row.get("languages")
    if type(sentences) is not int or sentences < 1:
        raise CorruptFileError(f"{place}: sentences is {sentences!r}; it must be a whole number from 1")
    if not isinstance(codes, list) or not codes or any(code not in language_codes() for code in codes):
        raise CorruptFileError(f"{place}: languages is {codes!r}; it must be a list of {', '.join(language_codes())}")
    known_by = [key for key in ("layout", "sha256") if key in row]
    if len(known_by) != 1:
        raise CorruptFileError(f"{place}: give a layout or a sha256, by which the text is known")
    by = {key: _text(row, key, place) for key in known_by}
    entries = _tables(row.get("tokenizer"), f"{place} must hold tables [[corpus.tokenizer]]")
    counts: dict[str, PublishedCounts] = {}
    for number, entry in enumerate(entries, start=1):
        one = _counts(entry, name, codes, f"{place}, tokenizer {number}")
        if counts.setdefault(one.name, one) is not one:
            raise CorruptFileError(f"{place}, tokenizer {number}: {one.name!r} comes twice; keep one")
    return PublishedCorpus(name, sentences, by.get("layout", ""), by.get("sha256", ""), counts)


def _counts(row: Mapping[str, Any], corpus: str, codes: Sequence[str], place: str) -> PublishedCounts:
    values = row.get("tokens_per_sentence")
    numbers = values if isinstance(values, list) else []
    if len(numbers) != len(codes) or not all(type(one) in (int, float) and 0 < one < math.inf for one in numbers):
        raise CorruptFileError(f"{place}: tokens_per_sentence is {values!r}; it must be {len(codes)} numbers above 0")
    name, source, date = (_text(row, key, place) for key in ("name", "source", "date"))
    return PublishedCounts(name, corpus, source, date, dict(zip(codes, map(float, numbers), strict=True)))


def _text(row: Mapping[str, Any], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value:
        raise CorruptFileError(f"{place}: {key} is {value!r}; it must be a text that is not empty")
    return value


def find_published(
    names: Iterable[str], text: ParallelText, corpora: Sequence[PublishedCorpus]
) -> list[PublishedCounts]:
    """The counts of tokenizers on a text.

    Raises:
        CorpusError: nothing was published of this text, or not of that tokenizer, or not in one of the languages.
    """
    names = list(dict.fromkeys(names))
    if not names:
        return []
    corpus = next((one for one in corpora if one.is_text(text)), None)
    if corpus is None:
        known = " and ".join(f"{one.name} ({one.sentences:,} lines)" for one in corpora)
        raise CorpusError(
            f"no counts of {names[0]!r} are published for {text.name}, which has {text.sentences:,} lines; they are "
            f"for {known}, and counts on another text cannot stand beside these"
        )
    if unknown := [name for name in names if name not in corpus.counts]:
        raise CorpusError(
            f"no counts of {unknown[0]!r} are published on {corpus.name}; they are of {', '.join(corpus.counts)}"
        )
    found = [corpus.counts[name] for name in names]
    for one in found:
        if missing := [code for code in text.texts if code not in one.tokens_per_sentence]:
            raise CorpusError(f"of {one.name!r} no counts are published for {', '.join(missing)} of {corpus.name}")
    return found


def write_published(found: Iterable[PublishedCounts], text: ParallelText, table: Table) -> None:
    """The figures that counts alone give, for the languages of the text."""
    codes = list(text.texts)
    for one in found:
        name = one.name + MARK
        values = np.array([one.tokens_per_sentence[code] for code in codes])
        premiums = values / one.tokens_per_sentence[PIVOT]
        for code, value, premium in zip(codes, values.tolist(), premiums.tolist(), strict=True):
            table.add(name, code, "tokens_per_sentence", value, text.sentences)
            table.add(name, code, "premium", premium, text.sentences, against=PIVOT)
        table.add(name, ALL, "tokens_per_sentence", float(values.mean()), len(codes))
        for metric in ("gini", "jain", "variation", "max_over_min"):
            table.add(name, ALL, metric, float(getattr(spread, metric)(values)), len(codes))
        worst = int(premiums.argmax())
        table.add(name, codes[worst], "worst_premium", float(premiums[worst]), len(codes), against=PIVOT)


def disagreements(sentences: Sentences, text: ParallelText, corpora: Sequence[PublishedCorpus]) -> list[str]:
    """Where tokenizers that were measured need other numbers of tokens than published: it may be another text.

    Args:
        sentences: what was measured.
        text: what was measured on.
        corpora: what was published.
    """
    found = []
    counts = next((one.counts for one in corpora if one.is_text(text)), {})
    for name in counts.keys() & sentences.tokens.keys():
        for code in text.texts:
            value = float(sentences.of(name, code, "tokens").mean())
            expected = counts[name].tokens_per_sentence.get(code, math.nan)
            if abs(value / expected - 1) > TOLERANCE:
                found.append(
                    f"{name} needs {value:.1f} tokens per sentence in {code}, and {expected:.1f} are published: "
                    "is it the same text?"
                )
    return sorted(found)
