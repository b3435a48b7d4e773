"""What a report shows, gathered once for the HTML page, the Markdown page and the charts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from omnitok.corpora.languages import Language, load_languages
from omnitok.evaluation import ParallelText, PrintedDifference, printed_differences
from omnitok.evaluation.figures import Figures
from omnitok.evaluation.greetings import PRINTED_COLUMNS
from omnitok.evaluation.wording import listing
from omnitok.report.scale import LinearScale, LogScale
from omnitok.report.verdict import Sentence, verdict


@dataclass(frozen=True)
class Series:
    """One tokenizer as it is drawn: its place in the palette gives colour and shape."""

    name: str
    index: int
    is_baseline: bool


@dataclass(frozen=True)
class GreetingRow:
    """One language of the greetings table."""

    language: Language
    sentence: str
    """Empty when sentences are not shown."""
    tokens: dict[str, int]
    gains: dict[tuple[str, str], float]
    """By tokenizer and baseline."""
    printed: dict[str, int]


@dataclass(frozen=True)
class Content:
    """Everything on the pages. Figures come from the tidy table and the greetings table, from nowhere else."""

    figures: Figures
    series: list[Series]
    subjects: list[str]
    baselines: list[str]
    verdicts: dict[str, list[Sentence]]
    greetings: list[GreetingRow]
    greetings_source: str
    differences: tuple[PrintedDifference, ...]
    printed: list[str]
    """Tokenizers of this report whose counts came printed with the greetings."""
    show_sentences: bool
    by_premium: list[Language]
    premium_scale: LogScale
    greetings_scale: LinearScale
    sentence_scale: LinearScale
    not_nfc: list[tuple[Language, int]]
    sha256: dict[str, str]

    @classmethod
    def gather(
        cls,
        frame: pd.DataFrame,
        table: pd.DataFrame,
        text: ParallelText,
        greetings: str | Path | None,
        *,
        show_sentences: bool,
    ) -> Content:
        """Brings together a tidy table, a greetings table and facts about the text that are not figures."""
        figures = Figures(frame)
        baselines = figures.baselines
        subjects = [name for name in figures.tokenizers if name not in baselines] or figures.tokenizers[:1]
        rows = _greeting_rows(table, show_sentences)
        lead, codes = subjects[0], [language.code for language in figures.languages]
        pairs = [(name, code) for name in figures.tokenizers for code in codes]
        return cls(
            figures=figures,
            series=[Series(name, index, name in baselines) for index, name in enumerate(figures.tokenizers)],
            subjects=subjects,
            baselines=baselines,
            verdicts={name: verdict(figures, name) for name in subjects},
            greetings=rows,
            greetings_source="line 1 of the parallel text" if greetings is None else Path(greetings).name,
            differences=printed_differences(table),
            printed=[name for name in figures.tokenizers if any(name in row.printed for row in rows)],
            show_sentences=show_sentences,
            by_premium=sorted(figures.languages, key=lambda one: -figures.value(lead, one.code, "premium", "en")),
            premium_scale=LogScale.around(figures.value(name, code, "premium", "en") for name, code in pairs),
            greetings_scale=LinearScale.up_to(float(count) for row in rows for count in row.tokens.values()),
            sentence_scale=LinearScale.up_to(figures.value(name, code, "tokens_per_sentence") for name, code in pairs),
            not_nfc=[
                (language, int(count))
                for language in figures.languages
                if (count := figures.of_text(language.code, "lines_not_nfc"))
            ],
            sha256={code: part.sha256 for code, part in text.texts.items()},
        )

    @property
    def title(self) -> str:
        """What the report is about, in a few words."""
        count = len(self.figures.languages)
        return f"{listing(self.subjects)} on {count} language{'' if count == 1 else 's'}"

    @property
    def agreeing(self) -> int:
        """Rows of greetings in which no printed count differs from the measured one."""
        return len(self.greetings) - len({difference.language for difference in self.differences})

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every tokenizer with every baseline it is compared with."""
        return [(name, baseline) for name in self.subjects for baseline in self.baselines if baseline != name]


def _greeting_rows(table: pd.DataFrame, show_sentences: bool) -> list[GreetingRow]:
    languages = {language.code: language for language in load_languages()}
    names = [column.removesuffix(" tokens") for column in table.columns if column.endswith(" tokens")]
    pairs = [(name, baseline) for name in names for baseline in names if f"{name} vs {baseline}" in table]
    rows: list[dict[Any, Any]] = table.to_dict("records")
    return [
        GreetingRow(
            language=languages[row["code"]],
            sentence=row["sentence"] if show_sentences else "",
            tokens={name: int(row[f"{name} tokens"]) for name in names},
            gains={(name, baseline): float(row[f"{name} vs {baseline}"]) for name, baseline in pairs},
            printed={
                encoding: int(row[f"{encoding} printed"])
                for encoding in PRINTED_COLUMNS.values()
                if f"{encoding} printed" in row and not pd.isna(row[f"{encoding} printed"])
            },
        )
        for row in rows
    ]
