"""What tables show of a vocabulary on a parallel set, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from study.bootstrap import Interval, Resampling, gini, interval

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    import numpy as np
    from numpy.typing import NDArray

PIVOT = "en"


class SetFigures(NamedTuple):
    """A vocabulary on one set."""

    tokens_per_sentence: dict[str, float]
    ratios: dict[str, dict[str, Interval]]
    """Tokens of each language / those of a baseline, by baseline; below 1 is fewer."""
    mean: Interval
    """Tokens per sentence, mean over the languages."""
    mean_ratios: dict[str, Interval]
    """That mean / the one of a baseline."""
    gini: Interval
    """Of tokens per sentence over the languages."""
    worst_premium: Interval
    """The most tokens of a language / those of English."""
    worst_language: str
    """Whose that is."""

    def fewer(self, baseline: str) -> int:
        """In how many languages it needs fewer tokens than the baseline: the whole interval is below 1."""
        return sum(ratio.high < 1 for ratio in self.ratios[baseline].values())

    def record(self) -> dict[str, Any]:
        """For JSON, to five digits behind the point."""
        rounded: dict[str, Any] = _rounded(self._asdict())
        return rounded

    @classmethod
    def of_record(cls, record: Mapping[str, Any]) -> SetFigures:
        """The figures of :meth:`record`."""
        return cls(
            tokens_per_sentence=record["tokens_per_sentence"],
            ratios={
                name: {code: Interval(*values) for code, values in ratios.items()}
                for name, ratios in record["ratios"].items()
            },
            mean=Interval(*record["mean"]),
            mean_ratios={name: Interval(*values) for name, values in record["mean_ratios"].items()},
            gini=Interval(*record["gini"]),
            worst_premium=Interval(*record["worst_premium"]),
            worst_language=record["worst_language"],
        )


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(one) for key, one in value.items()}
    if isinstance(value, (tuple, list)):
        return [_rounded(one) for one in value]
    return round(value, 5) if isinstance(value, float) else value


def set_figures(
    languages: Sequence[str],
    tokens: NDArray[np.int64],
    baselines: Mapping[str, NDArray[np.int64]],
    resampling: Resampling,
) -> SetFigures:
    """The figures of one vocabulary.

    Args:
        languages: codes, English among them.
        tokens: of each sentence, shape [languages, sentences].
        baselines: the same of each baseline.
        resampling: of the sentences of the set.
    """
    english = languages.index(PIVOT)
    means, samples = resampling.means(tokens)
    ratios, mean_ratios = {}, {}
    for name, others in baselines.items():
        other_means, other_samples = resampling.means(others)
        ratios[name] = {
            code: interval(means[at] / other_means[at], samples[:, at] / other_samples[:, at])
            for at, code in enumerate(languages)
        }
        mean_ratios[name] = interval(
            means.mean() / other_means.mean(), samples.mean(axis=1) / other_samples.mean(axis=1)
        )
    premiums, premium_samples = means / means[english], samples / samples[:, [english]]
    return SetFigures(
        tokens_per_sentence=dict(zip(languages, means.tolist(), strict=True)),
        ratios=ratios,
        mean=interval(means.mean(), samples.mean(axis=1)),
        mean_ratios=mean_ratios,
        gini=interval(float(gini(means)), gini(samples)),
        worst_premium=interval(premiums.max(), premium_samples.max(axis=1)),
        worst_language=languages[int(premiums.argmax())],
    )
