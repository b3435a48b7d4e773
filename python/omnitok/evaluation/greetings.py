"""The table that announced GPT-4o, for any tokenizer: one greeting a language, "N times fewer tokens, from A to B"."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from omnitok.corpora.languages import load_languages
from omnitok.errors import CorruptFileError
from omnitok.evaluation.measuring import SupportsEncode, check_tokenizers
from omnitok.evaluation.metrics import gain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omnitok.evaluation.parallel_text import ParallelText

PRINTED_COLUMNS = {"published_gpt4": "cl100k_base", "published_gpt4o": "o200k_base"}
"""Key of a printed count in a greetings file, and the encoding that the count is of."""

KNOWN_EXCEPTIONS = {
    ("fa", "cl100k_base", 61): (
        "The announcement prints 61 for Persian. Every published text of that row that we know of measures 63; "
        "no published text gives 61."
    ),
}
"""Printed counts known to disagree with the printed sentence: (language, encoding, printed) and why."""


@dataclass(frozen=True)
class Greeting:
    """One row: a sentence, and the counts that were printed beside it, if any."""

    code: str
    language: str
    sentence: str
    printed: Mapping[str, int] = field(default_factory=dict)
    """Printed token counts by name of encoding."""


@dataclass(frozen=True)
class PrintedDifference:
    """A printed count that the printed sentence does not have."""

    language: str
    encoding: str
    printed: int
    measured: int
    explanation: str


def read_greetings(path: str | Path) -> tuple[Greeting, ...]:
    """Reads a JSON list of objects with ``code``, ``sentence`` and perhaps ``published_gpt4``, ``published_gpt4o``.

    Sentences are taken as they stand, with no normalization: Korean in form D would cost six times the tokens.

    Raises:
        CorruptFileError: the file is not such a list, or a language is unknown or comes twice.
    """
    path = Path(path)
    try:
        rows = json.loads(path.read_bytes().decode("utf-8"))
    except ValueError as error:
        raise CorruptFileError(f"{path} is not JSON in UTF-8: {error}") from error
    if not isinstance(rows, list) or not rows:
        raise CorruptFileError(f"{path} must hold a list of objects with the keys code and sentence")
    names = {language.code: language.name for language in load_languages()}
    greetings: dict[str, Greeting] = {}
    for number, row in enumerate(rows, 1):
        greeting = _greeting(row, names, f"{path}, object {number}")
        if greetings.setdefault(greeting.code, greeting) is not greeting:
            raise CorruptFileError(f"{path}, object {number}: language {greeting.code!r} comes twice; keep one")
    return tuple(greetings.values())


def _greeting(row: Any, names: Mapping[str, str], place: str) -> Greeting:
    if not isinstance(row, dict):
        raise CorruptFileError(f"{place} is not an object with the keys code and sentence")
    code, sentence = row.get("code"), row.get("sentence")
    if not isinstance(code, str) or code not in names:
        raise CorruptFileError(f"{place}: code is {code!r}; the codes are {', '.join(names)}")
    if not isinstance(sentence, str) or not sentence:
        raise CorruptFileError(f"{place}: sentence is {sentence!r}; it must be a text that is not empty")
    printed = {encoding: row[key] for key, encoding in PRINTED_COLUMNS.items() if key in row}
    for encoding, count in printed.items():
        if type(count) is not int or count < 1:
            raise CorruptFileError(
                f"{place}: the printed count of {encoding} is {count!r}; it must be a whole number from 1"
            )
    return Greeting(code, names[code], sentence, printed)


def first_lines(text: ParallelText) -> tuple[Greeting, ...]:
    """Line 1 of every language of a parallel text as greetings."""
    return tuple(Greeting(code, part.language.name, part.lines[0]) for code, part in text.texts.items())


def greetings_table(
    tokenizers: Sequence[SupportsEncode],
    rows: Sequence[Greeting],
    *,
    baselines: Sequence[SupportsEncode] = (),
) -> pd.DataFrame:
    """Counts every greeting with every tokenizer.

    Returns:
        One row a greeting, in the order of ``rows``, with the columns ``code``, ``language``, ``sentence``, then
        ``<name> tokens`` for each tokenizer and baseline (missing where it raised), ``<name> vs <baseline>`` (times
        fewer tokens) for each pair, and ``<encoding> printed`` where a printed count came with the greetings (whole
        numbers or missing).

    Raises:
        OmnitokError: no tokenizer, or two with the same name.
    """
    everyone = check_tokenizers(tokenizers, baselines)
    columns: dict[str, Any] = {
        "code": [row.code for row in rows],
        "language": [row.language for row in rows],
        "sentence": [row.sentence for row in rows],
    }
    counts = {one.name: [_count(one, row.sentence) for row in rows] for one in everyone}
    columns.update(
        (f"{name} tokens", pd.array(values, dtype="Int64") if None in values else values)
        for name, values in counts.items()
    )
    for one in everyone:
        for baseline in baselines:
            if baseline.name != one.name:
                pairs = zip(counts[one.name], counts[baseline.name], strict=True)
                columns[f"{one.name} vs {baseline.name}"] = [
                    math.nan if tokens is None or base is None else gain(tokens, base) for tokens, base in pairs
                ]
    for encoding in PRINTED_COLUMNS.values():
        printed = [row.printed.get(encoding) for row in rows]
        if any(printed):
            columns[f"{encoding} printed"] = pd.array(printed, dtype="Int64")
    return pd.DataFrame(columns)


def _count(tokenizer: SupportsEncode, sentence: str) -> int | None:
    try:
        return len(tokenizer.encode_ordinary(sentence))
    except Exception:  # noqa: BLE001 - anybody's code; measuring records what it raises in a language
        return None


def printed_differences(table: pd.DataFrame) -> tuple[PrintedDifference, ...]:
    """The printed counts of a greetings table that differ from the measured ones, with the reason where it is known."""
    differences = []
    for encoding in PRINTED_COLUMNS.values():
        if f"{encoding} printed" not in table or f"{encoding} tokens" not in table:
            continue
        printed_column, measured_column = table[f"{encoding} printed"], table[f"{encoding} tokens"]
        for code, language, printed, measured in zip(
            table["code"], table["language"], printed_column, measured_column, strict=True
        ):
            if not pd.isna(printed) and not pd.isna(measured) and printed != measured:
                explanation = KNOWN_EXCEPTIONS.get((code, encoding, int(printed)), "")
                differences.append(PrintedDifference(language, encoding, int(printed), int(measured), explanation))
    return tuple(differences)
