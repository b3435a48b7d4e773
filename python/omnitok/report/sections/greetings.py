"""The table that announced GPT-4o, for the tokenizers of a report: one greeting a language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from omnitok.corpora.languages import Language, load_languages
from omnitok.evaluation import PrintedDifference, printed_differences
from omnitok.evaluation.greetings import PRINTED_COLUMNS
from omnitok.report.scale import LinearScale

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from omnitok.report.pieces import Piece


@dataclass(frozen=True)
class GreetingRow:
    """One language of the table."""

    language: Language
    sentence: str
    """Empty when sentences are not shown."""
    tokens: dict[str, float]
    """By tokenizer; NaN from one that could not encode it."""
    gains: dict[tuple[str, str], float]
    """By tokenizer and baseline."""
    printed: dict[str, int]


@dataclass(frozen=True)
class Greetings:
    """The section, and the view of tokens, which cuts the same sentences.

    Attributes:
        rows: a language each.
        source: where the sentences come from.
        show_sentences: whether they are printed.
        differences: printed counts that differ from the measured ones.
        printed: tokenizers of this report whose counts came printed with the greetings.
        scale: of the bars.
        pieces: where tokens end, by language code and tokenizer; empty when sentences are not shown.
    """

    rows: list[GreetingRow]
    source: str
    show_sentences: bool
    differences: tuple[PrintedDifference, ...]
    printed: list[str]
    scale: LinearScale
    pieces: Mapping[str, Mapping[str, Sequence[Piece]]]

    @classmethod
    def of(
        cls,
        table: pd.DataFrame,
        source: str | Path | None,
        *,
        show_sentences: bool,
        pieces: Mapping[str, Mapping[str, Sequence[Piece]]],
    ) -> Greetings:
        """Takes what ``greetings_table`` returned."""
        rows = _rows(table, show_sentences)
        names = [column.removesuffix(" tokens") for column in table.columns if column.endswith(" tokens")]
        return cls(
            rows,
            "line 1 of the parallel text" if source is None else Path(source).name,
            show_sentences,
            printed_differences(table),
            [name for name in names if any(name in row.printed for row in rows)],
            LinearScale.up_to(count for row in rows for count in row.tokens.values()),
            pieces,
        )

    @property
    def is_incomplete(self) -> bool:
        """Whether a tokenizer could not encode a sentence."""
        return any(math.isnan(count) for row in self.rows for count in row.tokens.values())

    @property
    def agreeing(self) -> int:
        """Rows in which no printed count differs from the measured one."""
        return len(self.rows) - len({difference.language for difference in self.differences})


def _rows(table: pd.DataFrame, show_sentences: bool) -> list[GreetingRow]:
    languages = {language.code: language for language in load_languages()}
    names = [column.removesuffix(" tokens") for column in table.columns if column.endswith(" tokens")]
    pairs = [(name, baseline) for name in names for baseline in names if f"{name} vs {baseline}" in table]
    rows: list[dict[Any, Any]] = table.to_dict("records")
    return [
        GreetingRow(
            language=languages[row["code"]],
            sentence=row["sentence"] if show_sentences else "",
            tokens={name: _number(row[f"{name} tokens"]) for name in names},
            gains={(name, baseline): _number(row[f"{name} vs {baseline}"]) for name, baseline in pairs},
            printed={
                encoding: int(row[f"{encoding} printed"])
                for encoding in PRINTED_COLUMNS.values()
                if f"{encoding} printed" in row and not pd.isna(row[f"{encoding} printed"])
            },
        )
        for row in rows
    ]


def _number(value: Any) -> float:
    return math.nan if pd.isna(value) else float(value)
