"""From tokenizers and parallel text to a run: one tidy table with a row for each figure, and all that it rests on."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from omnitok.corpora.audit import audit_parallel
from omnitok.errors import is_panic
from omnitok.evaluation.counting import Counted, count_all
from omnitok.evaluation.measuring import SupportsEncode, check_tokenizers, digest_of, opened
from omnitok.evaluation.parallel_text import ALL, ParallelText, read_parallel_text
from omnitok.evaluation.prices import read_prices
from omnitok.evaluation.published import disagreements, find_published, read_published, write_published
from omnitok.evaluation.resampling import draw_weights
from omnitok.evaluation.run import Run, make_record
from omnitok.evaluation.sentences import Sentences
from omnitok.evaluation.settings import Settings
from omnitok.evaluation.sum_figures import Scope, SumFigures
from omnitok.evaluation.table import TEXT, Table
from omnitok.evaluation.training_overlap import training_overlap
from omnitok.evaluation.usage import usage, uses_of_ranks
from omnitok.evaluation.vocabulary_audit import Audit, Finding, audit_vocabulary, overlap
from omnitok.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from omnitok import WordCounts
    from omnitok.corpora.layouts import ParallelSource

    Report = Callable[[Progress], None]


def evaluate(
    tokenizers: Sequence[SupportsEncode],
    parallel: ParallelSource,
    *,
    baselines: Sequence[SupportsEncode] = (),
    languages: Sequence[str] | None = None,
    allow_missing: bool = False,
    draws: int = 2000,
    seed: int = 20,
    window: int = 128_000,
    prices: str | Path | None = None,
    published: Sequence[str] = (),
    num_threads: int | None = None,
    progress: Report | None = None,
) -> pd.DataFrame:
    """Measures tokenizers on the same sentences in many languages.

    Args:
        tokenizers: what to measure; see ``SupportsEncode`` for what they must offer.
        parallel: folder of line-aligned ``<code>.txt`` files, ``en.txt`` among them; or FLORES, NTREX, a parquet file,
            a data set or mapping with a column a language (see :mod:`omnitok.corpora.layouts`).
        baselines: tokenizers to compare with; they are measured like the others.
        languages: codes to measure; by default all that the folder holds. English is always measured.
        allow_missing: go on without languages that were asked for and are not there, or have another number of lines
            than English.
        draws: of the paired bootstrap over sentences that intervals come from; 0 leaves them out.
        seed: of the bootstrap.
        window: tokens of the context window that ``context_words`` fills.
        prices: a file of prices (see ``read_prices``); by default the one that comes with omnitok.
        published: tokenizers that are not here, of which published counts on the same text are shown: they are named
            ``"<name> (published)"``, and have no intervals and no rank.
        num_threads: for tokenizers with ``encode_batch``; the figures do not depend on it.
        progress: is told how far the run is.

    Returns:
        A table with one figure a row and the columns ``tokenizer`` (a name, or ``(text)`` for the text itself),
        ``sha256`` (of a tokenizer that has one), ``language`` (a code, or ``all`` for a figure across languages),
        ``corpus`` (name of the folder), ``domain`` (a subject of the text, or ``all``), ``metric`` (see
        ``omnitok.evaluation.METRICS`` for definitions), ``against`` (what a ratio is relative to, or a count of: a
        baseline, a language code, a model, a script, or empty), ``value``, ``lo`` and ``hi`` (its 95 % interval; empty
        for what no bootstrap applies to), ``n`` (the sentences the figure rests on; for figures across languages the
        number of languages) and ``unit``. Row order is fixed by the arguments.

    Raises:
        CorpusError: the parallel text is not complete, aligned UTF-8; or nothing was published of it.
        CorruptFileError: the file of prices is not what it should be.
        OmnitokError: no tokenizer, or two with the same name.
        ValueError: a number is out of its range.

    Example::

        frame = omnitok.evaluate([tok], parallel="corpora/parallel", baselines=[omnitok.load("o200k_base")])
        whole = frame[(frame.metric == "premium") & (frame.domain == "all")]
        whole.pivot(index="language", columns="tokenizer", values="value")
    """
    check_tokenizers(tokenizers, baselines)
    settings = Settings(draws, seed, window, read_prices(prices), tuple(published))
    text = read_parallel_text(parallel, languages, allow_missing=allow_missing, num_threads=num_threads)
    return measure_run(
        tokenizers, text, baselines=baselines, settings=settings, num_threads=num_threads, progress=progress
    ).frame


def evaluate_text(
    tokenizers: Sequence[SupportsEncode],
    text: ParallelText,
    *,
    baselines: Sequence[SupportsEncode] = (),
    num_threads: int | None = None,
) -> pd.DataFrame:
    """``evaluate`` on text that has been read already."""
    return measure_run(tokenizers, text, baselines=baselines, num_threads=num_threads).frame


def measure_run(
    tokenizers: Sequence[SupportsEncode],
    text: ParallelText,
    *,
    baselines: Sequence[SupportsEncode] = (),
    settings: Settings | None = None,
    training: Mapping[str, Collection[str]] | None = None,
    training_counts: WordCounts | None = None,
    num_threads: int | None = None,
    progress: Report | None = None,
) -> Run:
    """Measures everything, and keeps what the figures rest on; arguments as for :func:`evaluate`.

    What a tokenizer raises in one language is recorded, its figures there are missing, and the rest goes on.

    Args:
        tokenizers: what to measure.
        text: what :func:`read_parallel_text` gave.
        baselines: tokenizers to compare with.
        settings: of the bootstrap, the window and prices.
        training: ``line_keys`` (of :mod:`omnitok.corpora.audit`) of the training text by language code, to see which
            lines it has too.
        training_counts: words of the training text, to see which lines it cannot have; see
            :mod:`omnitok.evaluation.training_overlap`.
        num_threads: for tokenizers with ``encode_batch``.
        progress: is told how far the run is.

    Raises:
        OmnitokError: no tokenizer, or two with the same name.
    """
    settings = Settings(prices=read_prices()) if settings is None else settings
    everyone = {one.name: one for one in check_tokenizers(tokenizers, baselines)}
    corpora = read_published() if settings.published else ()
    published = find_published(settings.published, text, corpora)
    tell = progress or (lambda _: None)
    digests = {name: digest_of(one) for name, one in everyone.items()}
    table, of_tokens = Table(text.name, digests), Table(text.name, digests)
    audits = audit_parallel({code: part.lines for code, part in text.texts.items()}, training)
    for code, audit in audits.items():
        for metric, value in audit.figures().items():
            table.add(TEXT, code, metric, value, text.sentences)
    if training_counts is not None:
        lines = {code: part.lines for code, part in text.texts.items()}
        for code, overlap_of_text in training_overlap(lines, training_counts).items():
            for metric, value in overlap_of_text._asdict().items():
                table.add(TEXT, code, metric, value, text.sentences)
    compared = [one.name for one in baselines]
    measured = _Measured(everyone, text, of_tokens, compared, num_threads)
    measured.measure_all(tell)
    sentences = Sentences(
        tuple(text.texts), np.stack([part.counts for part in text.texts.values()], axis=1).astype(np.float64),
        {name: measured.sentences[name] for name in everyone}, text.domains,
    )  # fmt: skip
    scopes = _scopes(sentences, settings, {name: one.vocab_size for name, one in everyone.items()})
    for done, scope in enumerate(scopes):
        tell(Progress("intervals", done, len(scopes)))
        SumFigures(scope(), table, settings).write(compared)
    write_published(published, text, table)
    record = make_record(tokenizers, baselines, text, audits, measured.failures, measured.unknown, settings)
    if training_counts is not None:
        record["training_counts"] = training_counts.digest
    if published:
        record["published"] = [one.record() for one in published]
        record["disagreements"] = disagreements(sentences, text, corpora)
    return Run(
        record,
        pd.concat([table.frame(), of_tokens.frame()], ignore_index=True),
        pd.DataFrame([vars(one) for one in measured.findings], columns=list(Finding.__annotations__)),
        sentences,
    )


class _Measured:
    """What is known of the tokenizers so far.

    Only the vocabularies of baselines are kept, to be compared with; so these are measured first.
    """

    def __init__(
        self,
        everyone: Mapping[str, SupportsEncode],
        text: ParallelText,
        table: Table,
        baselines: Sequence[str],
        num_threads: int | None,
    ) -> None:
        self.sentences: dict[str, NDArray[np.float64]] = {}
        self.failures: dict[str, dict[str, str]] = {}
        self.unknown: dict[str, list[str]] = {}
        self.findings: list[Finding] = []
        self._everyone, self._text, self._table, self._baselines = everyone, text, table, baselines
        self._num_threads = num_threads
        self._audits: dict[str, Audit] = {}

    def measure_all(self, tell: Report) -> None:
        """Counts every tokenizer, and writes what is made of its tokens."""
        order = sorted(self._everyone, key=lambda name: name not in self._baselines)
        for done, name in enumerate(order):
            tell(Progress("measure", done, len(order)))
            audit = self._measure(name)
            if audit is None:
                continue
            if name in self._baselines:
                self._audits[name] = audit
            else:
                self._write_overlaps(name, audit)
        for name, audit in self._audits.items():
            self._write_overlaps(name, audit)

    def _measure(self, name: str) -> Audit | None:
        tokenizer = opened(self._everyone[name])
        counted = count_all(tokenizer, self._text, self._num_threads)
        self.sentences[name], self.failures[name] = counted.sentences, counted.failures
        self.unknown[name] = _unknown(tokenizer, counted)
        self._write_usage(name, counted, tokenizer.vocab_size)
        if counted.tokens.all is None:
            return None
        try:
            return self._audit(tokenizer, counted, counted.tokens.all)
        except BaseException as error:
            if not isinstance(error, Exception) and not is_panic(error):
                raise
            self.failures[name][ALL] = f"{type(error).__name__}: {error}"
            return None

    def _write_usage(self, name: str, counted: Counted, vocab_size: int) -> None:
        for code, words in counted.words.items():
            self._table.add(name, code, "retention_of_types", words.retention_of_types, self._text.sentences)
            self._table.add(name, code, "retention_bare", words.retention_bare, self._text.sentences)
        for code, (_, counts) in counted.uses.items():
            self._add_usage(name, code, counts, vocab_size, self._text.sentences)
        _, counts = _pooled(counted)
        self._add_usage(name, ALL, counts, vocab_size, len(counted.uses))
        for place, uses in uses_of_ranks(counts).items():
            self._table.add(name, ALL, "uses_of_rank", uses, len(counted.uses), against=str(place))

    def _add_usage(self, name: str, language: str, counts: NDArray[np.int64], vocab_size: int, n: int) -> None:
        for metric, value in usage(counts, vocab_size)._asdict().items():
            self._table.add(name, language, metric, value, n)

    def _audit(self, tokenizer: SupportsEncode, counted: Counted, tokens: list[bytes | None]) -> Audit:
        used, counts = _pooled(counted)
        uses = np.zeros(len(tokens), dtype=np.int64)
        uses[used] = counts
        audit = audit_vocabulary(tokenizer, tokens, uses, self._num_threads)
        self.findings += audit.findings
        for (metric, against), value in audit.figures.items():
            self._table.add(tokenizer.name, ALL, metric, value, len(counted.uses), against=against)
        return audit

    def _write_overlaps(self, name: str, audit: Audit) -> None:
        """What a vocabulary shares with those of the baselines."""
        for baseline, other in self._audits.items():
            if baseline != name:
                for metric, script, value in overlap(audit, other):
                    against = f"{baseline} {script}".rstrip()
                    self._table.add(name, ALL, metric, value, len(self._text.texts), against=against)


def _unknown(tokenizer: SupportsEncode, counted: Counted) -> list[str]:
    """What the tokenizer does not let anybody know, and why."""
    reasons = []
    if counted.tokens.all is None:
        reasons.append("does not tell the bytes of its tokens, so its vocabulary is not audited")
    elif getattr(tokenizer, "adds_space", False):
        reasons.append("puts a space before every text, so which of its tokens are unreachable is not known")
    elsewhere = [code for code in counted.uses if code not in counted.words]
    if elsewhere:
        where = "any language" if len(elsewhere) == len(counted.uses) else ", ".join(elsewhere)
        reasons.append(f"its tokens do not spell every line in {where}, so where they end in words is not known there")
    return reasons


def _pooled(counted: Counted) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Ids used in any language, and how often."""
    if not counted.uses:
        return np.empty(0, np.uint32), np.empty(0, np.int64)
    ids = np.concatenate([ids for ids, _ in counted.uses.values()])
    counts = np.concatenate([counts for _, counts in counted.uses.values()])
    used, places = np.unique(ids, return_inverse=True)
    # Whole numbers below 2^53 are exact as weights.
    return used, np.bincount(places, weights=counts, minlength=len(used)).astype(np.int64)


def _scopes(sentences: Sentences, settings: Settings, sizes: Mapping[str, int]) -> list[Callable[[], Scope]]:
    """All sentences, then those of each domain; made when they are asked for, because weights are large."""

    def scope(domain: str, at: NDArray[np.bool_] | slice) -> Scope:
        tokens = {name: counts[at] for name, counts in sentences.tokens.items()}
        part = replace(sentences, text=sentences.text[at], tokens=tokens, domains=())
        # One sentence says nothing about others.
        draws = settings.draws if len(part) > 1 else 0
        return Scope(domain, part, draw_weights(len(part), draws, settings.seed), sizes)

    labels = np.array(sentences.domains)
    of_domains = [partial(scope, domain, labels == domain) for domain in dict.fromkeys(sentences.domains)]
    return [partial(scope, ALL, slice(None)), *of_domains]
