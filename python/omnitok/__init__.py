"""omnitok: train, encode, measure and report byte-pair vocabularies over 20 languages, images and audio."""

from importlib import import_module
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
    from omnitok.builder import VocabBuilder
    from omnitok.code_merges import CodeMerges, learn_code_merges
    from omnitok.evaluation import evaluate
    from omnitok.omni import OmniTokenizer
    from omnitok.verification import verify
    from omnitok.vocabulary import Vocabulary
__all__ = [
    "CodeMerges", "OmniTokenizer", "Tokenizer", "VocabBuilder", "Vocabulary", "WordCounts", "__version__",
    "count_superwords", "count_words", "evaluate", "extend", "learn_code_merges", "load", "nest", "prune",
    "train", "verify",
]  # fmt: skip
_LATER = {"evaluate": "evaluation", "verify": "verification", "OmniTokenizer": "omni"}
_LATER |= {"VocabBuilder": "builder", "Vocabulary": "vocabulary"}
_LATER |= {"CodeMerges": "code_merges", "learn_code_merges": "code_merges"}


def __getattr__(name: str) -> Any:
    """On first use, what most programs never need."""
    if name in _LATER:
        return getattr(import_module(f"omnitok.{_LATER[name]}"), name)
    raise AttributeError(f"module 'omnitok' has no attribute {name!r}")
