"""One door for every kind of tokenizer, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

import omnitok
from omnitok.errors import VocabularyError
from omnitok.interop.huggingface_export import to_huggingface
from omnitok.interop.tiktoken import to_tiktoken, write_rank_file

TEXT = "The quick brown fox, नमस्ते दुनिया 👍🏽"


def test_every_form_on_disk_gives_the_same_ids(tiny: omnitok.Tokenizer, tmp_path: Path) -> None:
    tiny.save(tmp_path / "folder")
    write_rank_file(tiny, tmp_path / "tiny.tiktoken")
    to_huggingface(tiny, tmp_path / "hf")
    for source in ("folder", "folder/manifest.json", "tiny.tiktoken", "hf", "hf/tokenizer.json"):
        assert omnitok.load(tmp_path / source).encode(TEXT) == tiny.encode(TEXT), source
        assert omnitok.load(str(tmp_path / source)).encode(TEXT) == tiny.encode(TEXT), source


def test_objects_of_other_libraries_and_their_subclasses(tiny: omnitok.Tokenizer, tmp_path: Path) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    tokenizers = pytest.importorskip("tokenizers")

    class Encoding(tiktoken.Encoding):  # type: ignore[misc]
        """Somebody's own."""

    to_huggingface(tiny, tmp_path / "hf")
    model = tokenizers.Tokenizer.from_file(str(tmp_path / "hf" / "tokenizer.json"))
    own = Encoding("own", pat_str=tiny.regex, mergeable_ranks=tiny.ranks(), special_tokens={})
    for source in (tiny, to_tiktoken(tiny), own, model):
        assert omnitok.load(source).encode_ordinary(TEXT) == tiny.encode_ordinary(TEXT)


def test_what_is_no_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(TypeError, match=r"from builtins\.bytes; give a path"):
        omnitok.load(b"o200k_base")
    with pytest.raises(VocabularyError, match=r"holds no manifest\.json, tokenizer\.json"):
        omnitok.load(tmp_path)
