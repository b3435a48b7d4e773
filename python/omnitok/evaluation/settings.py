"""What an evaluation may be told, apart from tokenizers and text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from omnitok.evaluation.prices import Price


@dataclass(frozen=True)
class Settings:
    """Options of a run.

    Attributes:
        draws: of the bootstrap; 0 leaves intervals out.
        seed: of the bootstrap.
        window: tokens of a context window.
        prices: what models cost, see :func:`omnitok.evaluation.read_prices`.
        published: names of tokenizers that are not here, whose published counts on the same text stand beside what is
            measured; see :mod:`omnitok.evaluation.published`.

    Raises:
        ValueError: a number is out of its range.
    """

    draws: int = 2000
    seed: int = 20
    window: int = 128_000
    prices: tuple[Price, ...] = ()
    published: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Checks ranges."""
        if self.draws < 0 or 0 < self.draws < 40:
            raise ValueError(f"draws is {self.draws}; an interval needs 40 at least, 0 leaves intervals out")
        if self.seed < 0:
            raise ValueError(f"seed is {self.seed}; it must be at least 0")
        if self.window < 1:
            raise ValueError(f"window is {self.window}; it must be at least 1 token")
