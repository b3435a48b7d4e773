"""omnitok: train, encode, measure and report byte-pair vocabularies over 20 languages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from omnitok._native import __version__
from omnitok.loading import load
from omnitok.tokenizer import Tokenizer
from omnitok.training import WordCounts, count_words, train

if TYPE_CHECKING:
    from omnitok.evaluation import evaluate

__all__ = ["Tokenizer", "WordCounts", "__version__", "count_words", "evaluate", "load", "train"]


def __getattr__(name: str) -> Any:
    """``evaluate`` on first use: it brings pandas, which most programs never need."""
    if name == "evaluate":
        from omnitok.evaluation import evaluate

        return evaluate
    raise AttributeError(f"module 'omnitok' has no attribute {name!r}")
