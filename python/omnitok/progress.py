"""How far a run is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a run is.

    Attributes:
        stage: of counting and training ``"count"`` (in bytes read from disk), ``"pairs"`` (counting pairs),
            ``"merges"`` or ``"prune"`` (in tokens that went); for superwords ``"side by side"``, ``"phrases"`` and
            ``"tokens"`` (in bytes as well); of verifying the name of a set of texts; of evaluating ``"measure"`` (in
            tokenizers) and ``"intervals"`` (in domains).
        done: how much of the stage is done.
        total: how much there is; 0 when nobody knows.
        share: of learning, the share of its work that is done, from 0 to 1; ``None`` when nobody knows. The number of
            merges is no measure of it: the first ones change the most words.
    """

    stage: str
    done: int
    total: int
    share: float | None = None
