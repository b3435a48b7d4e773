"""The evaluation on a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
from rich.console import Console
from rich.table import Table
from rich.text import Text

from omnitok.evaluation.figures import Figures
from omnitok.evaluation.greetings import printed_differences
from omnitok.evaluation.wording import MISSING, decimal, fewer, times

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping


def print_table(frame: pd.DataFrame, *, console: Console | None = None) -> None:
    """Prints tokens per sentence by language and tokenizer, the gains over baselines, and the figures of fairness.

    Args:
        frame: what ``omnitok.evaluate`` returned.
        console: where to print; standard output by default.
    """
    console = console or Console()
    figures = Figures(frame)
    subjects = [name for name in figures.tokenizers if name not in figures.baselines] or figures.tokenizers[:1]
    pairs = [(name, baseline) for name in subjects for baseline in figures.baselines if baseline != name]
    table = Table(
        title=f"Tokens per sentence · {figures.sentences:,} sentences of {figures.corpus}",
        title_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
    )
    table.add_column("language", no_wrap=True)
    everyone = [*figures.tokenizers, *figures.published]
    for name in everyone:
        table.add_column(Text(name), justify="right", overflow="fold")
    for name, baseline in pairs:
        table.add_column(Text(f"vs {baseline}" if len(subjects) == 1 else f"{name} vs {baseline}"), justify="right")
    for language in figures.languages:
        best = figures.best(language.code)
        cells: list[Text] = [
            Text(
                decimal(figures.value(name, language.code, "tokens_per_sentence")),
                style="bold" if name in best else "italic dim" if name in figures.published else "dim",
            )
            for name in everyone
        ]
        cells += [_gain(figures.value(name, language.code, "gain", baseline)) for name, baseline in pairs]
        table.add_row(language.name, *cells)
    table.add_section()
    _add_summary(table, figures, pairs)
    console.print(table)
    for failure in figures.failures():
        console.print(
            Text(
                f"not ranked: {failure.tokenizer} changed {failure.lines} of {failure.of} lines of "
                f"{failure.language.name} (decode(encode(x)) != x)",
                style="red",
            )
        )


def _gain(value: float) -> Text:
    return Text(fewer(value, 2), style="" if value >= 1 else "yellow")


def _add_summary(table: Table, figures: Figures, pairs: list[tuple[str, str]]) -> None:
    gains = [_gain(figures.across(name, "gain", baseline)) for name, baseline in pairs]
    blank = [""] * len(pairs)
    everyone = [*figures.tokenizers, *figures.published]
    means = [decimal(figures.across(name, "tokens_per_sentence")) for name in everyone]
    ginis = [decimal(figures.across(name, "gini"), 3) for name in everyone]
    worst = [figures.worst(name) for name in everyone]
    table.add_row("mean", *means, *gains, style="bold")
    table.add_row("Gini", *ginis, *blank)
    table.add_row("worst premium", *(f"{language.code} {times(value)}" for language, value in worst), *blank)


def print_greetings(table: pd.DataFrame, *, sentences: bool = False, console: Console | None = None) -> None:
    """Prints a greetings table: "N× fewer tokens, from A to B" for the first tokenizer against each baseline.

    Args:
        table: what ``greetings_table`` returned.
        sentences: also print the sentences.
        console: where to print; standard output by default.
    """
    console = console or Console()
    names = [column.removesuffix(" tokens") for column in table.columns if column.endswith(" tokens")]
    subject, others = names[0], names[1:]
    baselines = [name for name in others if f"{subject} vs {name}" in table]
    view = Table(
        title=f"Greetings · {subject}",
        title_justify="left",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
        header_style="bold",
    )
    view.add_column("language", no_wrap=True)
    for name in names:
        view.add_column(Text(name), justify="right")
    for baseline in baselines:
        view.add_column(Text(f"vs {baseline}"), no_wrap=True)
    if sentences:
        view.add_column("sentence", overflow="fold", style="dim")
    for row in table.to_dict("records"):
        gains = (_gain_from_to(row, subject, baseline) for baseline in baselines)
        extra = [Text(row["sentence"])] if sentences else []
        view.add_row(row["language"], *(_count(row[f"{name} tokens"]) for name in names), *gains, *extra)
    console.print(view)
    for difference in printed_differences(table):
        console.print(
            Text(
                f"{difference.language}: printed {difference.printed}, measured {difference.measured} "
                f"({difference.encoding}). {difference.explanation}".rstrip(),
                style="yellow",
            )
        )


def _count(tokens: Any) -> str:
    return MISSING if pd.isna(tokens) else str(tokens)


def _gain_from_to(row: Mapping[Hashable, Any], subject: str, baseline: str) -> Text:
    gain = row[f"{subject} vs {baseline}"]
    before, after = (_count(row[f"{name} tokens"]) for name in (baseline, subject))
    return Text.assemble((fewer(gain), "bold" if gain > 1 else ""), (f"  {before} → {after}", "dim"))
