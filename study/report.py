"""``report.md``, its tables as CSV and its charts, from the record alone."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from bench.figures import markdown_table
from bench.languages import language_names
from study import chart
from study.bars import asked, percent
from study.choosing import BASELINE, DEVELOPMENT, HELD_OUT, LEAST_FEWER, MOST_CODE, MOST_ENGLISH
from study.figures import SetFigures
from study.overlap import CHARACTERS, WORDS
from study.text import CODE
from study.variants import OF_WORDS, RECOMMENDED, SIZES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from study.bootstrap import Interval

LARGEST = max(SIZES)
SET_NAMES = {"own": "the project's own texts", "udhr": "UDHR", HELD_OUT: "NTREX-128"}
CHARTS = {"languages.svg": "Tokens beside o200k_base", "trade.svg": "What English and the mean need"}


def files(record: Mapping[str, Any]) -> dict[str, str]:
    """All files of the report by name, but for the record itself."""
    return {
        "report.md": render(record),
        "variants.csv": _csv(list(_variant_rows(record))),
        "languages.csv": _csv(list(_language_rows(record))),
        "overlap.csv": _csv(list(_overlap_rows(record))),
        "languages.svg": chart.languages(_figures(_row(record, RECOMMENDED), HELD_OUT), _plain(record)),
        "trade.svg": chart.trade(_points(record)),
    }


_OVERLAP = f"""
A line is removed when it is a sentence of a set, or has {WORDS} words in a row of one ({CHARACTERS} characters in
Chinese and Japanese), whatever their case and punctuation. For development a hundredth of the documents is held out,
and of code a tenth, with another tenth for what is claimed.
"""
_CHOICES = f"""
By {SET_NAMES["own"]} and {SET_NAMES["udhr"]} alone: of the vocabularies with fewer tokens than {BASELINE} in at least
{LEAST_FEWER} languages, at most {percent(MOST_ENGLISH)} tokens in English, both on each of the two sets, and at most
{percent(MOST_CODE)} on the development slice of code, the one with the smallest mean, among all and among those without
superwords. The texts that parity chooses merges by are the project's own.
"""
_WORDS = """
*fragments* are tokens that mix a part of a character with anything else; *beginnings* are the first bytes of one
character, which longer characters are merged from. *not alone* are tokens that their own text is not encoded as, but a
word is in which they stand: in the pattern omni those that begin with a mark, and some line ends with slashes. *unused*
are never in the training text; *unreached* are those of them that no short text was found to have either, by itself,
beside a letter or sign of several scripts, or as the beginning of a character: at most so many are unreachable.
"""


def render(record: Mapping[str, Any]) -> str:
    """The report."""
    introduction = (
        f"Made by `make vocabulary` from `results.json`. Recommended: **{record['chosen']}**, the recipe of that name "
        f"in `omnitok train --recipe`, and **{record['chosen_of_words']}** where no token may span words. Intervals "
        "are 95 %, from 2,000 samples of sentences, the same for all."
    )
    parts = ["# Vocabulary study", introduction, "## Asked and reached"]
    parts += [f"The recipes at {LARGEST:,} ids on {SET_NAMES[HELD_OUT]}, by which no choice was made."]
    parts += [bars_table(record), *(f"![{title}]({file})" for file, title in CHARTS.items())]
    parts += ["## Overlap of the training text with what is measured on", _OVERLAP.strip(), _overlap_table(record)]
    parts += ["## Choices", _CHOICES.strip(), _development_table(record)]
    parts += ["Shares of the text that languages are learnt with, and how important a sentence of each is:"]
    parts += [_shares_table(record), f"## {SET_NAMES[HELD_OUT]}"]
    parts += [*(_held_out_table(record, size) for size in SIZES), "Made elsewhere:", _held_out_table(record, None)]
    parts += [_WORDS.strip(), "## Every language"]
    parts += [f"{RECOMMENDED} at {LARGEST:,} ids: tokens per sentence, and how many more or fewer than {BASELINE}."]
    parts += [_languages_table(_row(record, RECOMMENDED))]
    return "\n\n".join(parts) + "\n"


def bars_table(record: Mapping[str, Any]) -> str:
    """What was asked for."""
    names = ["plain", OF_WORDS, RECOMMENDED]
    rows = asked([_row(record, name) for name in names], [name == RECOMMENDED for name in names])
    lines = [[one.what, one.bar, one.aim, *("" if each is None else str(each) for each in one.reached)] for one in rows]
    return markdown_table(["what", "bar ✓", "aim ✓✓", *names], lines)


# --- rows of the record -----------------------------------------------------------------------------------------------


def _row(record: Mapping[str, Any], name: str, size: int = LARGEST) -> Mapping[str, Any]:
    found: Mapping[str, Any] = next(row for row in record["rows"] if row["name"] == name and row["vocab_size"] == size)
    return found


def _rows(record: Mapping[str, Any], size: int | None) -> list[Mapping[str, Any]]:
    """Those of a size, or those of no size of ours: the baselines, and what was made elsewhere."""
    return [row for row in record["rows"] if (row["vocab_size"] == size if size else row["vocab_size"] not in SIZES)]


def _figures(row: Mapping[str, Any], name: str) -> SetFigures:
    return SetFigures.of_record(row["sets"][name])


def _plain(record: Mapping[str, Any]) -> SetFigures:
    return _figures(_row(record, "plain"), HELD_OUT)


def _points(record: Mapping[str, Any]) -> list[tuple[str, float, float]]:
    """Name, English and mean of every variant, beside the baseline."""
    return [
        (row["name"], figures.ratios[BASELINE]["en"].value, figures.mean_ratios[BASELINE].value)
        for row in _rows(record, LARGEST)
        for figures in [_figures(row, HELD_OUT)]
    ]


# --- tables -----------------------------------------------------------------------------------------------------------


def _shown(value: Interval, show: Any = percent) -> str:
    return f"{show(value.value)} [{show(value.low)}, {show(value.high)}]".replace(" %", "")


def _overlap_table(record: Mapping[str, Any]) -> str:
    header, *lines = _overlap_rows(record)
    return markdown_table(header, lines)


def _overlap_rows(record: Mapping[str, Any]) -> Iterator[list[Any]]:
    sets = [*DEVELOPMENT, HELD_OUT]
    yield ["language", "lines", "removed", *sets, "bytes left", "held out"]
    for language, one in record["overlap"].items():
        by_set = [one["removed_by_set"].get(name, 0) for name in sets]
        held = sum(one["held_out_bytes"].values())
        yield [language, one["lines"], one["removed_lines"], *by_set, one["bytes"], held]


def _development_table(record: Mapping[str, Any]) -> str:
    lines = []
    for row in _rows(record, LARGEST):
        sets = [_figures(row, name) for name in DEVELOPMENT]
        cells = [
            _by_set(sets, lambda one: percent(one.mean_ratios[BASELINE].value)),
            _by_set(sets, lambda one: percent(one.ratios[BASELINE]["en"].value)),
            _by_set(sets, lambda one: str(one.fewer(BASELINE))),
            _by_set(sets, lambda one: f"{one.gini.value:.3f}"),
            _by_set(sets, lambda one: f"{one.worst_premium.value:.2f} {one.worst_language}"),
        ]
        lines.append([_named(row, record), row["says"], *cells, percent(row["slices"][CODE])])
    header = ["variant", "", "mean", "English", "fewer in", "Gini", "worst premium", "code"]
    return f"Own texts / UDHR, {LARGEST:,} ids, beside {BASELINE}:\n\n" + markdown_table(header, lines, 2)


def _by_set(sets: Sequence[SetFigures], show: Any) -> str:
    return " / ".join(show(one) for one in sets)


def _named(row: Mapping[str, Any], record: Mapping[str, Any]) -> str:
    return f"**{row['name']}**" if row["name"] in (record["chosen"], record["chosen_of_words"]) else row["name"]


def _shares_table(record: Mapping[str, Any]) -> str:
    names, last = language_names(), record["importance"][-1]
    lines = [
        [names.get(code, code), f"{100 * share:.1f} %", f"{last[code]:.2f}"]
        for code, share in sorted(record["shares"].items(), key=lambda item: (-item[1], item[0]))
    ]
    return markdown_table(["language", "share", "importance"], lines)


def _held_out_table(record: Mapping[str, Any], size: int | None) -> str:
    lines = []
    for row in _rows(record, size):
        one, audit = _figures(row, HELD_OUT), row["audit"]
        lines.append(
            [
                _named(row, record),
                f"{one.mean.value:.2f}",
                _shown(one.mean_ratios[BASELINE]),
                _shown(one.mean_ratios["cl100k_base"]),
                _shown(one.ratios[BASELINE]["en"]),
                one.fewer(BASELINE),
                _shown(one.gini, lambda x: f"{x:.3f}"),
                f"{one.worst_premium.value:.2f} {one.worst_language}",
                percent(row["claimed_code"]),
                audit["fragments"],
                audit["beginnings"],
                audit["not_alone"],
                *("" if audit[key] is None else audit[key] for key in ("unused", "unreached")),
            ]
        )
    header = ["variant" if size else "vocabulary", "tokens per sentence", "to o200k %", "to cl100k %", "English %"]
    header += [
        "fewer in",
        "Gini",
        "worst premium",
        "code",
        "fragments",
        "beginnings",
        "not alone",
        "unused",
        "unreached",
    ]
    title = f"{size:,} ids:\n\n" if size else ""
    return title + markdown_table(header, lines)


def _languages_table(row: Mapping[str, Any]) -> str:
    names, sets = language_names(), [HELD_OUT, *DEVELOPMENT]
    figures = [_figures(row, name) for name in sets]
    lines = []
    for code, name in names.items():
        cells = [
            cell
            for one in figures
            for cell in (f"{one.tokens_per_sentence[code]:.1f}", _shown(one.ratios[BASELINE][code]))
        ]
        lines.append([name, *cells, percent(row["slices"][code])])
    header = ["language"]
    for name in sets:
        header += [SET_NAMES[name], "to o200k %"]
    return markdown_table([*header, "held-out slice"], lines)


# --- CSV --------------------------------------------------------------------------------------------------------------


def _variant_rows(record: Mapping[str, Any]) -> Iterator[list[Any]]:
    header = [
        "variant",
        "vocab_size",
        "set",
        "tokens_per_sentence",
        "baseline",
        "mean_ratio",
        "low",
        "high",
        "fewer_in",
    ]
    audits = ["fragments", "beginnings", "not_alone", "unused", "unreached"]
    yield [*header, "gini", "gini_low", "gini_high", "worst_premium", "worst_language", "claimed_code", *audits]
    for row in record["rows"]:
        for name in row["sets"]:
            one = _figures(row, name)
            for baseline, ratio in one.mean_ratios.items():
                yield [
                    *(row["name"], row["vocab_size"], name, one.mean.value, baseline, *ratio, one.fewer(baseline)),
                    *(*one.gini, one.worst_premium.value, one.worst_language, row["claimed_code"]),
                    *("" if row["audit"][key] is None else row["audit"][key] for key in audits),
                ]


def _language_rows(record: Mapping[str, Any]) -> Iterator[list[Any]]:
    yield ["variant", "vocab_size", "set", "language", "tokens_per_sentence", "baseline", "ratio", "low", "high"]
    for row in record["rows"]:
        for name in row["sets"]:
            one = _figures(row, name)
            for baseline, ratios in one.ratios.items():
                for code, ratio in ratios.items():
                    tokens = one.tokens_per_sentence[code]
                    yield [row["name"], row["vocab_size"], name, code, tokens, baseline, *ratio]


def _csv(lines: list[list[Any]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()
