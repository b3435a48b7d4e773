"""The ways to train that are compared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from omnitok.recipes import BALANCED, BALANCED_SUPER

if TYPE_CHECKING:
    from collections.abc import Mapping

SIZES = (64_000, 200_000)
RECOMMENDED = "balanced-super"
"""The variant that is the recipe of that name."""
OF_WORDS = "balanced"
"""The same, of those that cut text into words."""

_LARGEST = SIZES[-1:]
"""What the smaller size would only say again."""
_CODE_LEFT_OUT = {"code": 0.0}
_BY_HAND = {"en": 3.0, "es": 1.5, "pt": 1.5, "code": 3.0}


@dataclass(frozen=True)
class Variant:
    """A way to train.

    Attributes:
        name: what tables call it.
        says: what it does, in a few words.
        pattern: how words are cut.
        cap: how often a word counts in a document; None: as often as it is there.
        by_part: whether counts tell the sources of a language apart.
        options: of :func:`omnitok.train`.
        shares: whose shares of languages are its targets: ``recipe``, ``sentences`` (every sentence counts the same),
            ``English`` (nothing else), or empty: none.
        parity: whether the project's own texts choose the merges.
        global_part: which part of the merges is chosen by all words before that.
        is_candidate: whether it could be the recipe.
        sizes: how many ids it is trained to.
    """

    name: str
    says: str
    pattern: str = "omni"
    cap: int | None = None
    by_part: bool = True
    options: Mapping[str, Any] = field(default_factory=dict)
    shares: str = ""
    parity: bool = False
    global_part: float = 0.0
    is_candidate: bool = True
    sizes: tuple[int, ...] = SIZES

    @property
    def has_superwords(self) -> bool:
        """Whether tokens reach over the ends of words."""
        return "superwords" in self.options


_WHOLE = {"whole_characters": True}
_FULL = {
    "whole_characters": BALANCED.whole_characters,
    "part_temperature": BALANCED.part_temperature,
    "over_train": BALANCED.over_train,
    "min_use": BALANCED.min_use,
}


def _less(
    name: str, says: str, *, pattern: str = BALANCED.pattern, cap: int | None = 1, left_out: tuple[str, ...] = ()
) -> Variant:
    """The recipe without one of its parts."""
    options = {key: value for key, value in _FULL.items() if key not in left_out}
    return Variant(name, says, pattern, cap, options=options, shares="recipe", sizes=_LARGEST)


def _super(name: str, says: str, recipe: str, superwords: float) -> Variant:
    """A recipe with so many superwords."""
    options = {"recipe": recipe, "superwords": superwords}
    return Variant(name, says, BALANCED.pattern, BALANCED.max_per_document, options=options, sizes=_LARGEST)


def variants() -> list[Variant]:
    """All of them, from the plainest on."""
    return [
        Variant("plain", "all words as they are, without code", "o200k", options={"weights": _CODE_LEFT_OUT}),
        Variant("with code", "plain, with code", "o200k", sizes=_LARGEST),
        Variant(
            "by hand",
            "English and code 3 times, Spanish and Portuguese 1.5",
            "o200k",
            options={"weights": _BY_HAND},
            sizes=_LARGEST,
        ),
        Variant(
            "temperature 5", "shares of languages near to equal", "o200k", options={"temperature": 5.0}, sizes=_LARGEST
        ),
        Variant("omni", "with code, in the pattern omni"),
        Variant("whole characters", "omni, with whole characters", options=_WHOLE),
        Variant(
            "over-trained",
            "whole characters, 1.05 times the tokens and pruned",
            options={**_WHOLE, "over_train": 1.05},
            sizes=_LARGEST,
        ),
        Variant("by document", "whole characters, a word once a document", cap=1, options=_WHOLE, sizes=_LARGEST),
        Variant(
            "by source",
            "whole characters, sources nearer to equal",
            options={**_WHOLE, "part_temperature": 1.5},
            sizes=_LARGEST,
        ),
        Variant(
            "parity",
            "whole characters without code, parity",
            by_part=False,
            options={**_WHOLE, "weights": _CODE_LEFT_OUT},
            parity=True,
        ),
        Variant(
            "parity, window",
            "the same in a window of 100",
            by_part=False,
            options={**_WHOLE, "weights": _CODE_LEFT_OUT, "parity_window": 100},
            parity=True,
        ),
        Variant(
            "parity, hybrid",
            "whole characters with code, parity after the first half",
            by_part=False,
            options=_WHOLE,
            parity=True,
            global_part=0.5,
        ),
        Variant(
            "equal sentences",
            "the recipe, but every sentence counts the same",
            cap=1,
            options=_FULL,
            shares="sentences",
        ),
        Variant(OF_WORDS, "the recipe", BALANCED.pattern, BALANCED.max_per_document, options={"recipe": OF_WORDS}),
        _less("balanced, o200k", "the recipe in the pattern o200k", pattern="o200k"),
        _less("balanced, any fragment", "the recipe without whole characters", left_out=("whole_characters",)),
        _less("balanced, all counts", "the recipe without the cap by document", cap=None),
        _less(
            "balanced, sources as they are", "the recipe without its care for sources", left_out=("part_temperature",)
        ),
        _less("balanced, not over-trained", "the recipe without pruning", left_out=("over_train", "min_use")),
        _super("balanced, superwords", "35,000 ids of the recipe are superwords", OF_WORDS, 35_000),
        _super("balanced-super, more", "50,000 superwords, every sentence counts the same", RECOMMENDED, 50_000),
        _super(
            RECOMMENDED, "the recipe: 35,000, every sentence counts the same", RECOMMENDED, BALANCED_SUPER.superwords
        ),
        Variant(
            "English alone",
            "the recipe for English text only: what more weight could reach",
            cap=1,
            options={"whole_characters": True},
            shares="English",
            is_candidate=False,
            sizes=SIZES[:1],
        ),
    ]
