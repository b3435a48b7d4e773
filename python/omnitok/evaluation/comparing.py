"""Compares two runs on the same text: which languages got worse, and whether that is more than chance."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from omnitok.corpora.languages import load_languages
from omnitok.errors import OmnitokError
from omnitok.evaluation.figures import SURE
from omnitok.evaluation.resampling import draw_weights, holm, intervals, least_draws, two_sided_p
from omnitok.evaluation.sentences import TOKEN_QUANTITIES
from omnitok.evaluation.sum_figures import ratio
from omnitok.evaluation.sums import SumsBy, lossless

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omnitok.evaluation.run import Run


@dataclass(frozen=True)
class Change:
    """One language in two runs.

    Attributes:
        language: its code.
        before: tokens per sentence in the first run.
        after: tokens per sentence in the second.
        ratio: after / before; above 1 it got worse.
        lo: lower bound of its 95 % interval.
        hi: upper bound.
        p: two-sided, Holm-corrected over languages.
        is_worse: whether it got worse by more than was allowed, beyond its interval.
    """

    language: str
    before: float
    after: float
    ratio: float
    lo: float
    hi: float
    p: float
    is_worse: bool = field(kw_only=True)


@dataclass(frozen=True)
class Comparison:
    """One tokenizer in two runs.

    Attributes:
        before: its name in the first run.
        after: its name in the second.
        changes: by language.
        lost_text: whether it gave back every line before and does not any more.
    """

    before: str
    after: str
    changes: tuple[Change, ...]
    lost_text: bool

    @property
    def worse(self) -> list[str]:
        """English names of the languages that got worse by more than was allowed, beyond their interval."""
        names = {language.code: language.name for language in load_languages()}
        return [names.get(change.language, change.language) for change in self.changes if change.is_worse]

    @property
    def is_regression(self) -> bool:
        """Whether a language got worse, or text gets lost."""
        return bool(self.worse) or self.lost_text


def compare_runs(before: Run, after: Run, *, max_regression: float = 0.0) -> list[Comparison]:
    """Compares the tokenizers that two runs share, sentence by sentence.

    A language got worse when it needs more than ``1 + max_regression`` times the tokens, the lower bound of the paired
    interval of that ratio is above 1, and its p is below 0.05 after Holm's correction over the languages. Where no name
    is in both runs, and each has one tokenizer that is no baseline, these two are compared.

    Args:
        before: the run to compare with.
        after: the run to judge.
        max_regression: how much more a language may need, 0.01 for one per cent.

    Raises:
        OmnitokError: the runs did not measure the same text, or have no tokenizer to compare; one of them is in
            ``before`` only; or the draws of ``after`` are too few to find anything.
        ValueError: ``max_regression`` is no number from 0.
    """
    if not 0 <= max_regression < math.inf:
        raise ValueError(f"max_regression is {max_regression}; it is a share from 0, such as 0.01")
    _check_text(before, after)
    draws, seed = after.record["settings"]["draws"], after.record["settings"]["seed"]
    if draws == 0:
        raise OmnitokError("the second run was measured without draws, so it has no intervals; measure it with draws")
    languages = len(after.sentences.languages)
    if draws < (least := least_draws(languages, SURE)):
        raise OmnitokError(
            f"the second run was measured with {draws} draws, too few to tell worse from chance in {languages} "
            f"languages; measure it with {least} at least"
        )
    n = len(after.sentences)
    weights = draw_weights(n, draws, seed)
    intact = set(lossless(before.sentences)), set(lossless(after.sentences))
    comparisons = []
    for old, new in _pairs(before, after):
        first, second = _tokens(before, old, weights), _tokens(after, new, weights)
        changes = ratio(second, first)
        value, lo, hi = intervals(changes)
        p = holm(two_sided_p(changes))
        is_worse = (value > 1 + max_regression) & (lo > 1) & (p < SURE)
        # A language that could be measured before and cannot be now got worse, too.
        is_worse |= np.isnan(second[0]) & ~np.isnan(first[0])
        columns = (first[0] / n, second[0] / n, value, lo, hi, p)
        figures = [[float(one) for one in row] for row in zip(*columns, strict=True)]
        changes_by_language = tuple(
            Change(code, *row, is_worse=bool(worse))
            for code, row, worse in zip(after.sentences.languages, figures, is_worse, strict=True)
        )
        lost_text = old in intact[0] and new not in intact[1]
        comparisons.append(Comparison(old, new, changes_by_language, lost_text))
    return comparisons


def _tokens(run: Run, tokenizer: str, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    return SumsBy(run.sentences.tokens[tokenizer][:, :, :1], weights, TOKEN_QUANTITIES[:1])["tokens"]


def _check_text(before: Run, after: Run) -> None:
    one, other = before.record["parallel"], after.record["parallel"]
    if before.sentences.languages != after.sentences.languages:
        differing = sorted(set(before.sentences.languages) ^ set(after.sentences.languages))
        raise OmnitokError(f"only one of the runs measured {', '.join(differing)}; measure the same languages in both")
    changed = [file for file, digest in one["sha256"].items() if other["sha256"].get(file) != digest]
    if changed:
        raise OmnitokError(
            f"the runs measured different texts ({one['name']}, {other['name']}): {', '.join(changed)} changed; "
            "sentences can be paired on one text only, so measure both on it"
        )


def _pairs(before: Run, after: Run) -> list[tuple[str, str]]:
    gone = [name for name in before.subjects if name not in after.sentences.tokens]
    shared = [name for name in after.subjects if name in before.sentences.tokens]
    if shared and not gone:
        return [(name, name) for name in shared]
    if len(before.subjects) == len(after.subjects) == 1:
        return [(before.subjects[0], after.subjects[0])]
    if shared:
        raise OmnitokError(f"the second run does not have {', '.join(gone)}; measure that again, or compare others")
    raise OmnitokError(
        f"no tokenizer is in both runs: {', '.join(before.subjects)} and {', '.join(after.subjects)}; "
        "give them the same name with -t NAME=TOK"
    )
