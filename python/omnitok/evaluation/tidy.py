"""From tokenizers and parallel text to one tidy table: a row for each figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd

from omnitok.evaluation import metrics
from omnitok.evaluation.measuring import Measured, SupportsEncode, check_tokenizers, measure_lines
from omnitok.evaluation.parallel_text import PIVOT, ParallelText, read_parallel_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

ALL = "all"
"""Stands in the column ``language`` for a figure across languages."""
TEXT = "(text)"
"""Stands in the column ``tokenizer`` for a figure of the text itself."""


class Row(NamedTuple):
    """One figure; the columns of the table."""

    tokenizer: str
    language: str
    corpus: str
    metric: str
    against: str
    value: float
    unit: str
    n: int


def evaluate(
    tokenizers: Sequence[SupportsEncode],
    parallel: str | Path,
    *,
    baselines: Sequence[SupportsEncode] = (),
    languages: Sequence[str] | None = None,
    num_threads: int | None = None,
) -> pd.DataFrame:
    """Measures tokenizers on the same sentences in many languages.

    Args:
        tokenizers: what to measure; see ``SupportsEncode`` for what they must offer.
        parallel: folder of line-aligned ``<code>.txt`` files, ``en.txt`` among them.
        baselines: tokenizers to compare with; they are measured like the others.
        languages: codes to measure; by default all that the folder holds. English is always measured.
        num_threads: for tokenizers with ``encode_batch``; the figures do not depend on it.

    Returns:
        A table with one figure a row and the columns ``tokenizer`` (a name, or ``(text)`` for the text itself),
        ``language`` (a code, or ``all`` for a figure across languages), ``corpus`` (name of the folder), ``metric``
        (see ``omnitok.evaluation.METRICS`` for definitions), ``against`` (what a ratio is relative to: a baseline's
        name, a language code, or empty), ``value``, ``unit`` and ``n`` (the sentences the figure rests on; for figures
        across languages the number of languages). Row order is fixed by the arguments.

    Raises:
        CorpusError: the parallel text is not complete, aligned UTF-8.
        OmnitokError: no tokenizer, or two with the same name.

    Example::

        frame = omnitok.evaluate([tok], parallel="corpora/parallel", baselines=[omnitok.load("o200k_base")])
        frame.query("metric == 'premium'").pivot(index="language", columns="tokenizer", values="value")
    """
    check_tokenizers(tokenizers, baselines)
    text = read_parallel_text(parallel, languages)
    return evaluate_text(tokenizers, text, baselines=baselines, num_threads=num_threads)


def evaluate_text(
    tokenizers: Sequence[SupportsEncode],
    text: ParallelText,
    *,
    baselines: Sequence[SupportsEncode] = (),
    num_threads: int | None = None,
) -> pd.DataFrame:
    """``evaluate`` on text that has been read already."""
    measured = {
        tokenizer.name: {code: measure_lines(tokenizer, part.lines, num_threads) for code, part in text.texts.items()}
        for tokenizer in check_tokenizers(tokenizers, baselines)
    }
    places = metrics.ranks(
        {
            name: sum(one.tokens for one in languages.values())
            for name, languages in measured.items()
            if all(one.intact == one.lines for one in languages.values())
        }
    )
    rows = list(_text_rows(text))
    for name, languages in measured.items():
        rows += _language_rows(name, languages, text)
        rows += _across_rows(name, languages, text, places.get(name, math.nan))
        for baseline in baselines:
            if baseline.name != name:
                rows += _gain_rows(name, languages, baseline.name, measured[baseline.name], text)
    return pd.DataFrame(rows, columns=list(Row._fields)).astype({"value": "float64", "n": "int64"})


def _row(
    tokenizer: str, language: str, text: ParallelText, metric: str, value: float, n: int, against: str = ""
) -> Row:
    return Row(tokenizer, language, text.name, metric, against, value, metrics.METRICS[metric].unit, n)


def _text_rows(text: ParallelText) -> Iterator[Row]:
    english = text.texts[PIVOT]
    for code, part in text.texts.items():
        for metric, value in (
            ("bytes", part.bytes),
            ("characters", part.characters),
            ("graphemes", part.graphemes),
            ("lines_not_nfc", len(part.not_nfc)),
        ):
            yield _row(TEXT, code, text, metric, value, text.sentences)
        byte_premium = metrics.premium(part.bytes, english.bytes)
        yield _row(TEXT, code, text, "byte_premium", byte_premium, text.sentences, PIVOT)


def _language_rows(name: str, measured: Mapping[str, Measured], text: ParallelText) -> Iterator[Row]:
    for code, (tokens, lines, intact) in measured.items():
        part = text.texts[code]
        for metric, value in (
            ("tokens", tokens),
            ("tokens_per_sentence", metrics.ratio(tokens, lines)),
            ("bytes_per_token", metrics.ratio(part.bytes, tokens)),
            ("characters_per_token", metrics.ratio(part.characters, tokens)),
            ("graphemes_per_token", metrics.ratio(part.graphemes, tokens)),
            ("round_trip", metrics.ratio(intact, lines)),
        ):
            yield _row(name, code, text, metric, value, lines)
        yield _row(name, code, text, "premium", metrics.premium(tokens, measured[PIVOT].tokens), lines, PIVOT)


def _across_rows(name: str, measured: Mapping[str, Measured], text: ParallelText, place: float) -> Iterator[Row]:
    per_sentence = [metrics.ratio(one.tokens, one.lines) for one in measured.values()]
    premiums = {code: metrics.premium(one.tokens, measured[PIVOT].tokens) for code, one in measured.items()}
    intact = metrics.ratio(sum(one.intact for one in measured.values()), sum(one.lines for one in measured.values()))
    languages = len(measured)
    yield _row(name, ALL, text, "tokens", sum(one.tokens for one in measured.values()), languages)
    yield _row(name, ALL, text, "tokens_per_sentence", metrics.mean(per_sentence), languages)
    yield _row(name, ALL, text, "gini", metrics.gini(per_sentence), languages)
    yield _row(name, ALL, text, "max_over_min", metrics.max_over_min(per_sentence), languages)
    yield _row(name, ALL, text, "round_trip", intact, languages)
    yield _row(name, ALL, text, "rank", place, languages)
    worst_code, worst_premium = metrics.worst(premiums)
    yield _row(name, worst_code, text, "worst_premium", worst_premium, languages, PIVOT)


def _gain_rows(
    name: str,
    measured: Mapping[str, Measured],
    baseline: str,
    measured_baseline: Mapping[str, Measured],
    text: ParallelText,
) -> Iterator[Row]:
    pairs = {code: (one.tokens, measured_baseline[code].tokens) for code, one in measured.items()}
    pairs[ALL] = (sum(tokens for tokens, _ in pairs.values()), sum(tokens for _, tokens in pairs.values()))
    for code, (tokens, tokens_baseline) in pairs.items():
        n = len(measured) if code == ALL else measured[code].lines
        yield _row(name, code, text, "gain", metrics.gain(tokens, tokens_baseline), n, baseline)
        yield _row(name, code, text, "saving", metrics.saving(tokens, tokens_baseline), n, baseline)
