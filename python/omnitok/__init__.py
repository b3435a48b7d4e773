"""omnitok: train, encode, measure and report byte-pair vocabularies over 20 languages, images and audio."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from omnitok._native import __version__
from omnitok.loading import load
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from omnitok.builder import VocabBuilder
    from omnitok.candidates import count_superwords
    from omnitok.code_merges import CodeMerges, learn_code_merges
    from omnitok.counting import WordCounts, count_words
    from omnitok.evaluation import evaluate
    from omnitok.extending import extend
    from omnitok.omni import OmniTokenizer
    from omnitok.refining import nest, prune
    from omnitok.training import train
    from omnitok.verification import verify
    from omnitok.vocabulary import Vocabulary
__all__ = [
    "CodeMerges", "OmniTokenizer", "Tokenizer", "VocabBuilder", "Vocabulary", "WordCounts", "__version__",
    "count_superwords", "count_words", "evaluate", "extend", "learn_code_merges", "load", "nest", "prune",
    "train", "verify",
]  # fmt: skip
_HOMES = {
    "CodeMerges": "code_merges", "OmniTokenizer": "omni", "VocabBuilder": "builder", "Vocabulary": "vocabulary",
    "WordCounts": "counting", "count_superwords": "candidates", "count_words": "counting", "evaluate": "evaluation",
    "extend": "extending", "learn_code_merges": "code_merges", "nest": "refining", "prune": "refining",
    "train": "training", "verify": "verification",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """On first use, what a program that only encodes never needs."""
    if name not in _HOMES:
        raise AttributeError(f"module 'omnitok' has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(f"omnitok.{_HOMES[name]}"), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
