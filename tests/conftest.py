"""What every test may ask for: the shared data, the peers, and a small tokenizer of our own.

``OMNITOK_TEST_SCALE`` is the part of the full figures that parity tests run over: 0.1 when it is not set, 1 for all.
"""

from __future__ import annotations

import atexit
import functools
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

import omnitok

if TYPE_CHECKING:
    from collections.abc import Callable

    import tiktoken

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"

# `tests` is imported as a package by the parity tests, also when pytest was not started as `python -m pytest`.
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

# No network in tests: tiktoken finds its rank files where they lie.
if (SHARED_DATA / "tiktoken-cache").is_dir():
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(SHARED_DATA / "tiktoken-cache"))

# Compiled forms go to a folder of this run, and never beside the shared data or into the user's cache.
os.environ["OMNITOK_CACHE"] = tempfile.mkdtemp(prefix="omnitok-cache-")
atexit.register(shutil.rmtree, os.environ["OMNITOK_CACHE"], ignore_errors=True)

# The same examples on every machine: a test that fails, fails for everybody.
settings.register_profile(
    "omnitok",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("omnitok")


@pytest.fixture(scope="session")
def scale() -> float:
    """The part of the full figures to run over."""
    return float(os.environ.get("OMNITOK_TEST_SCALE", "0.1"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real text, parallel sets and rank files."""
    if not SHARED_DATA.is_dir():
        pytest.skip("../shared/data is not there")
    return SHARED_DATA


@pytest.fixture(scope="session")
def tiktoken_encoding(shared_data: Path) -> Callable[[str], tiktoken.Encoding]:
    """Encodings of tiktoken by name."""
    return pytest.importorskip("tiktoken").get_encoding


@pytest.fixture(scope="session")
def published(shared_data: Path) -> Callable[[str], omnitok.Tokenizer]:
    """Our tokenizers of the published encodings by name, each loaded once."""
    return functools.cache(omnitok.load)


TINY_TEXTS = [
    "the quick brown fox jumps over the lazy dog; the dog sleeps",
    "There's a there there, isn't there? THE END",
    "über straße naïve café — señor, où êtes-vous?",
    "привет мир, привет всем",
    "नमस्ते दुनिया, नमस्ते सब",
    "你好世界，你好大家",
    "123 1234 12345 2024-01-01",
    "👩‍🚀 👍🏽 ok\n\n  indented\n\ttabbed",
]


@pytest.fixture(scope="session")
def tiny() -> omnitok.Tokenizer:
    """448 ids over a few sentences in several scripts: 446 text tokens and two special ones."""
    return omnitok.train(
        texts=TINY_TEXTS * 3,
        vocab_size=448,
        name="tiny",
        special_tokens=("<|endoftext|>", "<|pad|>"),
        min_frequency=1,
        num_threads=1,
    )
