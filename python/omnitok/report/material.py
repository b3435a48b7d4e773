"""What the sections of a report are made from: a run, its figures, and how each tokenizer is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from omnitok.evaluation.figures import Figures
from omnitok.evaluation.wording import listing
from omnitok.report.palette import Mark, mark

if TYPE_CHECKING:
    from omnitok.corpora.languages import Language
    from omnitok.evaluation import Run


@dataclass(frozen=True)
class Series:
    """One tokenizer as it is drawn: its place in the palette gives colour and shape."""

    name: str
    index: int
    is_baseline: bool

    @property
    def mark(self) -> Mark:
        """Its colour and shape."""
        return mark(self.index)


@dataclass(frozen=True)
class Material:
    """A run, prepared for showing. Every figure of the pages comes from here, and from nowhere else."""

    run: Run

    @cached_property
    def figures(self) -> Figures:
        """Those of the text as a whole."""
        return Figures(self.run.frame)

    @property
    def languages(self) -> list[Language]:
        """Those that were measured, in the order of ``languages.toml``."""
        return self.figures.languages

    @cached_property
    def baselines(self) -> list[str]:
        """What tokenizers are compared with."""
        return self.figures.baselines

    @cached_property
    def subjects(self) -> list[str]:
        """What the report is about."""
        names = self.figures.tokenizers
        return [name for name in names if name not in self.baselines] or names[:1]

    @cached_property
    def series(self) -> list[Series]:
        """The tokenizers, then the baselines."""
        return [Series(name, index, name in self.baselines) for index, name in enumerate(self.figures.tokenizers)]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every tokenizer with every baseline it is compared with."""
        return [(name, baseline) for name in self.subjects for baseline in self.baselines if baseline != name]

    @property
    def title(self) -> str:
        """What the report is about, in a few words."""
        count = len(self.languages)
        names = self.subjects if len(self.subjects) <= 4 else [*self.subjects[:3], f"{len(self.subjects) - 3} more"]
        return f"{listing(names)} on {count} language{'' if count == 1 else 's'}"

    @property
    def draws(self) -> int:
        """Of the bootstrap; without any there are no intervals."""
        return int(self.run.record["settings"]["draws"])

    @cached_property
    def failures(self) -> dict[str, dict[str, str]]:
        """What tokenizers raised, by name and language code."""
        return {one["name"]: one["failures"] for one in self.run.record["tokenizers"] if one.get("failures")}
