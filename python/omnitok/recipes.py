"""Recipes: options of training that go well together, by name. How they were found is in ``reports/vocabulary``."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from omnitok.errors import TrainingError
from omnitok.mixture import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True)
class NamedRecipe:
    """What a recipe says where the caller says nothing; names and meanings are those of :func:`omnitok.train`.

    Attributes:
        shares: by language code, ``code`` for programs, how much of the text a language is learnt with. Only their
            proportions matter.
    """

    pattern: str
    max_per_document: int
    whole_characters: bool
    over_train: float
    min_use: int
    part_temperature: float
    shares: Mapping[str, float]
    superwords: float = 0

    def counting(self, pattern: str | None, sources: object) -> dict[str, Any]:
        """How to count, for :func:`omnitok.count_words`; counts that are there already keep their own cap.

        Args:
            pattern: what the caller asks for.
            sources: what is counted: a path, or a sequence of them.
        """
        given = list(sources) if isinstance(sources, (list, tuple)) else [sources]
        is_counted = bool(given) and all(str(source).lower().endswith(".counts") for source in given)
        return {"pattern": pattern or self.pattern, "max_per_document": None if is_counted else self.max_per_document}

    def targets(self, names: Iterable[str]) -> dict[str, float]:
        """The shares of the languages that there are, together 1. One that the recipe does not know is an average one.

        Args:
            names: languages, and parts of them, as counts have them.
        """
        languages = sorted({language_of(name) for name in names})
        average = sum(self.shares.values()) / len(self.shares)
        shares = {language: self.shares.get(language, average) for language in languages}
        total = sum(shares.values())
        return {language: share / total for language, share in shares.items()}


BALANCED = NamedRecipe(
    pattern="omni",
    max_per_document=1,
    whole_characters=True,
    over_train=1.05,
    min_use=1,
    part_temperature=1.5,
    shares={
        "ar": 0.037,
        "code": 0.036,
        "de": 0.028,
        "en": 0.144,
        "es": 0.049,
        "fa": 0.035,
        "fr": 0.051,
        "gu": 0.05,
        "hi": 0.052,
        "it": 0.02,
        "ja": 0.042,
        "ko": 0.031,
        "mr": 0.07,
        "pt": 0.042,
        "ru": 0.046,
        "ta": 0.09,
        "te": 0.08,
        "tr": 0.024,
        "ur": 0.03,
        "vi": 0.013,
        "zh": 0.029,
    },
)
"""For 20 languages and code: every sentence counts the same whatever language it is in, but for languages that would
otherwise need more tokens than with ``o200k_base``, and for code."""

BALANCED_SUPER = replace(
    BALANCED,
    superwords=0.175,
    shares={
        "ar": 0.049,
        "code": 0.01,
        "de": 0.03,
        "en": 0.023,
        "es": 0.028,
        "fa": 0.047,
        "fr": 0.028,
        "gu": 0.066,
        "hi": 0.068,
        "it": 0.027,
        "ja": 0.056,
        "ko": 0.041,
        "mr": 0.093,
        "pt": 0.027,
        "ru": 0.057,
        "ta": 0.119,
        "te": 0.106,
        "tr": 0.031,
        "ur": 0.04,
        "vi": 0.017,
        "zh": 0.038,
    },
)
"""The same with superwords. Languages that write many short words gain most from these, and they are those that need a
larger share without: here every sentence counts the same, and no exception is needed."""

RECIPES = {"balanced": BALANCED, "balanced-super": BALANCED_SUPER}


def recipe_named(name: str) -> NamedRecipe:
    """A recipe by its name.

    Raises:
        TrainingError: there is none of that name.
    """
    if name not in RECIPES:
        raise TrainingError(f"there is no recipe {name!r}; the recipes are {', '.join(RECIPES)}")
    return RECIPES[name]
