"""omnitok: train, encode, measure and report byte-pair vocabularies over 20 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omnitok._native import __version__
from omnitok.candidates import count_superwords
from omnitok.counting import WordCounts, count_words
from omnitok.extending import extend
from omnitok.loading import load
from omnitok.refining import nest, prune
from omnitok.tokenizer import Tokenizer
from omnitok.training import train

if TYPE_CHECKING:
    from omnitok.evaluation import evaluate
    from omnitok.verification import verify

__all__ = [
    "Tokenizer", "WordCounts", "__version__", "count_superwords", "count_words", "evaluate", "extend", "load", "nest",
    "prune", "train", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    """``evaluate`` and ``verify`` on first use: they bring what most programs never need."""
    if name == "evaluate":
        from omnitok.evaluation import evaluate

        return evaluate
    if name == "verify":
        from omnitok.verification import verify

        return verify
    raise AttributeError(f"module 'omnitok' has no attribute {name!r}")
