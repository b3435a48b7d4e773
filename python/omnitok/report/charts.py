"""The charts as PNG files, for the Markdown page. The HTML page draws its own, so that the browser shapes the text."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from omnitok.evaluation.figures import Estimate
from omnitok.evaluation.wording import fewer, listing
from omnitok.report.fonts import family_for, latin_family
from omnitok.report.palette import mark

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from omnitok.corpora.languages import Language
    from omnitok.report.content import Content

INK, SOFT, FAINT = "#1c2128", "#656d76", "#d9dee3"
INCHES_PER_ROW = 0.31
WIDTH_INCHES = 8.4
LEGEND_LETTERS = 70
"""Letters that fit on one line of the legend."""
NAMES_INCHES = 2.15
"""Room for the names of languages to the left of the axis."""


@dataclass(frozen=True)
class Chart:
    """One PNG file and the words that stand for it."""

    file: str
    title: str
    alternative: str


@dataclass(frozen=True)
class Charts:
    """All charts of a report."""

    by_name: Mapping[str, Chart]
    fonts: Mapping[str, str | None]
    """Family that draws the native name, by language code; None where no installed font covers it."""
    english_only: Sequence[Language]
    """Languages whose charts show the English name, for want of a font."""


@dataclass(frozen=True)
class DotPlot:
    """A row a language, a mark a tokenizer."""

    languages: Sequence[Language]
    figure: Callable[[str, str], Estimate]
    """By tokenizer and language code."""
    axis: str
    log_ticks: Sequence[float] = ()
    """Ticks of a logarithmic axis; empty for an axis from zero."""
    notes: Mapping[str, str] | None = None
    """Words at the right end of a row, by language code."""
    notes_title: str = ""


def draw_charts(content: Content, folder: Path) -> Charts:
    """Draws every chart into a new folder."""
    folder.mkdir()
    fonts = {language.code: family_for(language) for language in content.material.languages}
    by_name: dict[str, Chart] = {}
    for name, title, plot in _plots(content):
        _draw(title, plot, content, fonts, folder / f"{name}.png")
        by_name[name] = Chart(f"charts/{name}.png", title, _alternative(plot, content, title))
    missing = [language for language in content.material.languages if fonts[language.code] is None]
    return Charts(by_name, fonts, missing)


def _plots(content: Content) -> list[tuple[str, str, DotPlot]]:
    figures, lead = content.material.figures, content.material.subjects[0]
    tokens = {row.language.code: row.tokens for row in content.greetings.rows}
    notes: dict[str, str] | None = None
    baseline = next((other for name, other in content.material.pairs if name == lead), "")
    if baseline:
        notes = {row.language.code: fewer(row.gains[lead, baseline]) for row in content.greetings.rows}

    def tokens_of(language: Language) -> float:
        value = figures.value(lead, language.code, "tokens")
        return -value if value == value else math.inf

    return [
        (
            "greetings",
            "Tokens of one greeting",
            DotPlot(
                [row.language for row in content.greetings.rows],
                lambda name, code: Estimate(tokens[code][name]),
                "tokens",
                notes=notes,
                notes_title=f"vs {baseline}",
            ),
        ),
        (
            "premium",
            "Premium over English",
            DotPlot(
                content.premium.languages,
                lambda name, code: figures.figure(name, code, "premium", "en"),
                "tokens relative to English, same sentences (logarithmic)",
                log_ticks=content.premium.scale.ticks(),
            ),
        ),
        (
            "tokens_per_sentence",
            "Tokens per sentence",
            DotPlot(
                sorted(content.material.languages, key=tokens_of),
                lambda name, code: figures.figure(name, code, "tokens_per_sentence"),
                "tokens per sentence",
            ),
        ),
    ]


def _alternative(plot: DotPlot, content: Content, title: str) -> str:
    ranges = []
    for series in content.material.series:
        values = [plot.figure(series.name, language.code).value for language in plot.languages]
        numbers = [value for value in values if math.isfinite(value)]
        where = f"from {min(numbers):.3g} to {max(numbers):.3g}" if numbers else "without figures"
        ranges.append(f"{series.name} {where}")
    return f"Dot plot, {title[0].lower()}{title[1:]} in {len(plot.languages)} languages: {listing(ranges)}."


def _draw(title: str, plot: DotPlot, content: Content, fonts: Mapping[str, str | None], path: Path) -> None:
    rows = len(plot.languages)
    names = [series.name for series in content.material.series]
    names_per_line = max(1, LEGEND_LETTERS // (max(map(len, names)) + 6))
    legend_inches = 0.12 + 0.27 * math.ceil(len(names) / names_per_line)
    height = 0.55 + INCHES_PER_ROW * (rows + 1) + legend_inches
    notes_inches = 1.15 if plot.notes else 0.2
    with matplotlib.rc_context():
        # Whatever the reader's own settings are, a report looks the same.
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({"font.family": latin_family(), "font.size": 9.5})
        figure = Figure(figsize=(WIDTH_INCHES, height), dpi=160, facecolor="white")
        axes = figure.add_axes(
            (
                NAMES_INCHES / WIDTH_INCHES,
                0.55 / height,
                1 - (NAMES_INCHES + notes_inches) / WIDTH_INCHES,
                INCHES_PER_ROW * (rows + 1) / height,
            )
        )
        _prepare_axes(axes, plot, rows)
        _draw_rows(axes, plot, content)
        _write_names(axes, plot, fonts)
        handles, labels = axes.get_legend_handles_labels()
        axes.legend(
            handles[::-1],
            labels[::-1],
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=names_per_line,
            frameon=False,
            handletextpad=0.2,
            columnspacing=1.4,
            borderaxespad=0.1,
        )
        figure.text(0.12 / WIDTH_INCHES, 1 - 0.24 / height, title, ha="left", va="center", color=INK, weight="bold")
        # The version that matplotlib writes by default would change the bytes without changing the picture.
        figure.savefig(path, metadata={"Software": None})


def _prepare_axes(axes: Axes, plot: DotPlot, rows: int) -> None:
    axes.set_ylim(rows - 0.3, -0.8)
    axes.yaxis.set_major_locator(NullLocator())
    axes.set_xlabel(plot.axis, color=SOFT)
    axes.grid(axis="x", color=FAINT, linewidth=0.7)
    axes.set_axisbelow(True)
    axes.tick_params(axis="x", colors=SOFT, length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    if plot.log_ticks:
        axes.set_xscale("log")
        axes.xaxis.set_major_locator(FixedLocator(list(plot.log_ticks)))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}×"))
        axes.axvline(1, color=SOFT, linewidth=1)


def _draw_rows(axes: Axes, plot: DotPlot, content: Content) -> None:
    for row, language in enumerate(plot.languages):
        figures = [plot.figure(series.name, language.code) for series in content.material.series]
        finite = [figure.value for figure in figures if math.isfinite(figure.value)]
        if finite:
            axes.plot(
                [min(finite), max(finite)], [row, row], color=FAINT, linewidth=3, solid_capstyle="round", zorder=1.5
            )
        for series, figure in zip(content.material.series, figures, strict=True):
            if figure.has_interval:
                axes.plot([figure.lo, figure.hi], [row, row], color=mark(series.index).light, linewidth=1.4, zorder=2.5)
    # The tokenizer that the report is about lies on top where marks meet.
    for series in reversed(content.material.series):
        style = mark(series.index)
        axes.plot(
            [plot.figure(series.name, language.code).value for language in plot.languages],
            range(len(plot.languages)),
            linestyle="none",
            marker=style.shape,
            color=style.light,
            markeredgecolor="white",
            markeredgewidth=0.7,
            markersize=7 if style.shape == "o" else 6.3,
            label=series.name,
            zorder=3,
            clip_on=False,
        )
    if not plot.log_ticks:
        axes.set_xlim(left=0)


def _write_names(axes: Axes, plot: DotPlot, fonts: Mapping[str, str | None]) -> None:
    transform = axes.get_yaxis_transform()
    inch = 1 / (WIDTH_INCHES * axes.get_position().width)
    for row, language in enumerate(plot.languages):
        family = fonts.get(language.code)
        native = language.native if family else language.name
        axes.text(
            -0.14 * inch,
            row,
            native,
            transform=transform,
            ha="right",
            va="center",
            color=INK,
            fontsize=10.5,
            fontfamily=family or latin_family(),
            language=language.code,
        )
        if native != language.name:
            axes.text(-2.03 * inch, row, language.name, transform=transform, ha="left", va="center", color=SOFT)
        if plot.notes:
            axes.text(1.02, row, plot.notes[language.code], transform=transform, ha="left", va="center", color=INK)
    if plot.notes:
        axes.text(1.02, -1.28, plot.notes_title, transform=transform, ha="left", va="center", color=SOFT)
