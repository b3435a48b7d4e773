"""A vocabulary is a folder: what its files say, that equal vocabularies are equal bytes, and how it grows."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pickle
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok.errors import UnknownTokenError, VocabularyError
from omnitok.tokenizer import Block, Tokenizer


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def manifest(folder: Path) -> dict[str, Any]:
    value: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return value


@pytest.fixture(scope="module")
def folder(tiny: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("vocabulary") / "tiny"
    tiny.save(path)
    return path


@pytest.fixture(scope="module")
def grown(tiny: Tokenizer) -> Tokenizer:
    """With a block of every kind."""
    with_codes = tiny.with_codes("audio", [100, 28], codec="ab" * 32, frame_rate=12.5, strides=[2, 1], layout="flat")
    return with_codes.with_special_tokens(["<|image|>"]).with_reserved("padding", 127)


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_manifest_says_everything(tiny: Tokenizer, folder: Path) -> None:
    record = manifest(folder)
    assert record == {
        "format_version": 1,
        "name": "tiny",
        "pattern": "o200k",
        "regex": tiny.regex,
        "whole_words": True,
        "normalizer": None,
        "blocks": [
            {"name": "text", "kind": "text", "start": 0, "end": 446},
            {"name": "special", "kind": "special", "start": 446, "end": 448},
        ],
        "special_tokens": {"<|endoftext|>": 446, "<|pad|>": 447},
        "files": {"text.tiktoken": hashlib.sha256((folder / "text.tiktoken").read_bytes()).hexdigest()},
        "training": tiny.training,
        "parent": None,
    }
    assert tiny.digest == hashlib.sha256((folder / "manifest.json").read_bytes()).hexdigest()


def test_the_manifest_is_canonical_json(folder: Path) -> None:
    text = (folder / "manifest.json").read_text(encoding="utf-8")
    assert text == json.dumps(json.loads(text), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def test_the_training_record_holds_no_clock_path_or_thread(tiny: Tokenizer) -> None:
    record = tiny.training
    assert record is not None
    assert record["omnitok"] == omnitok.__version__
    assert record["vocab_size"] == 448
    assert record["options"] == {"max_token_bytes": None, "min_frequency": 1, "mode": "exact", "weights": {}}
    assert set(record) == {"corpus", "omnitok", "options", "vocab_size"}
    assert set(record["corpus"]) == {"bytes", "counts_sha256", "distinct_words", "languages", "words"}


def test_the_ranks_are_a_file_that_tiktoken_reads(
    tiny: Tokenizer, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (folder / "text.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in map(bytes.split, lines)}
    assert ranks == tiny.ranks()
    load = pytest.importorskip("tiktoken.load")
    # It would keep a copy where the published files lie.
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    assert load.load_tiktoken_bpe(str(folder / "text.tiktoken")) == ranks


def test_merges_of_their_own_have_a_file(tmp_path: Path) -> None:
    tokenizer = omnitok.train(texts=["abab abab"], vocab_size=259, mode="huggingface", min_frequency=1)
    tokenizer.save(tmp_path / "v")
    assert set(manifest(tmp_path / "v")["files"]) == {"text.tiktoken", "text.merges"}
    merges = [tuple(map(int, line.split())) for line in (tmp_path / "v" / "text.merges").read_text().splitlines()]
    assert merges == tokenizer.merges()
    assert len(merges) == 2
    assert omnitok.load(tmp_path / "v") == tokenizer


def test_a_new_folder_is_for_everybody_whom_the_umask_lets(tiny: Tokenizer, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v")
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "file").touch()
    for ours, plain in ((tmp_path / "v", tmp_path / "plain"), (tmp_path / "v/manifest.json", tmp_path / "plain/file")):
        assert ours.stat().st_mode == plain.stat().st_mode


# --- equal vocabularies are equal bytes -------------------------------------------------------------------------------


def test_loading_and_saving_changes_no_byte(grown: Tokenizer, tmp_path: Path) -> None:
    grown.save(tmp_path / "a")
    omnitok.load(tmp_path / "a").save(tmp_path / "b")
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_it_loads_by_folder_and_by_manifest(tiny: Tokenizer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert omnitok.load(folder) == omnitok.load(str(folder)) == omnitok.load(folder / "manifest.json") == tiny
    monkeypatch.chdir(folder.parent)
    assert omnitok.load("tiny") == tiny


def test_pickling_and_renaming_change_no_byte(tiny: Tokenizer, folder: Path, tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(tiny)).save(tmp_path / "pickled")
    assert content(tmp_path / "pickled") == content(folder)
    tiny.with_name("other").with_name("tiny").save(tmp_path / "renamed")
    assert content(tmp_path / "renamed") == content(folder)


# --- saving -----------------------------------------------------------------------------------------------------------


def test_nothing_is_replaced_unasked(tiny: Tokenizer, tmp_path: Path) -> None:
    target = tmp_path / "v"
    tiny.save(target)
    before = content(target)
    with pytest.raises(FileExistsError, match=f"{target} exists already; choose another place or ask to overwrite it"):
        tiny.with_name("other").save(target)
    assert content(target) == before
    tiny.with_name("other").save(target, force=True)
    assert omnitok.load(target).name == "other"
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_what_is_no_vocabulary_is_never_replaced(tiny: Tokenizer, tmp_path: Path) -> None:
    thesis = tmp_path / "thesis"
    thesis.mkdir()
    (thesis / "chapter.txt").write_text("years of work", encoding="utf-8")
    for target in (thesis, thesis / "chapter.txt"):
        with pytest.raises(FileExistsError, match=r"no manifest\.json in it.*never replaced; choose another place"):
            tiny.save(target, force=True)
    assert content(thesis) == {"chapter.txt": b"years of work"}
    assert [path.name for path in tmp_path.iterdir()] == ["thesis"]


def test_folders_above_are_made(tiny: Tokenizer, tmp_path: Path) -> None:
    tiny.save(tmp_path / "a" / "b" / "v")
    assert omnitok.load(tmp_path / "a" / "b" / "v") == tiny


def test_a_name_that_is_no_text_is_a_folder_all_the_same(tiny: Tokenizer, tmp_path: Path) -> None:
    target = tmp_path / os.fsdecode(b"na\xffme")
    tiny.save(target)
    assert omnitok.load(target) == tiny


# --- blocks -----------------------------------------------------------------------------------------------------------


def test_growing_appends_blocks_and_moves_no_id(tiny: Tokenizer, grown: Tokenizer) -> None:
    assert grown.blocks == [
        *tiny.blocks,
        Block("audio", "code", 448, 576),
        Block("special-2", "special", 576, 577),
        Block("padding", "reserved", 577, 704),
    ]
    assert grown.vocab_size == 704
    assert grown.special_tokens == {**tiny.special_tokens, "<|image|>": 576}
    assert all(grown.token_bytes(token) == tiny.token_bytes(token) for token in range(tiny.vocab_size))
    for text in ("the quick brown fox", "नमस्ते"):
        assert grown.encode(text) == tiny.encode(text)
    assert grown.encode("<|image|>", allowed_special="all") == [576]


def test_the_manifest_proves_what_a_vocabulary_grew_from(tiny: Tokenizer, grown: Tokenizer, tmp_path: Path) -> None:
    tiny.with_reserved("padding", 8).save(tmp_path / "v")
    record = manifest(tmp_path / "v")
    assert record["parent"] == tiny.digest
    assert record["blocks"][:2] == [
        {"name": "text", "kind": "text", "start": 0, "end": 446},
        {"name": "special", "kind": "special", "start": 446, "end": 448},
    ]
    assert record["blocks"][2] == {"name": "padding", "kind": "reserved", "start": 448, "end": 456}


def test_the_manifest_describes_codes(grown: Tokenizer, tmp_path: Path) -> None:
    grown.save(tmp_path / "v")
    assert manifest(tmp_path / "v")["blocks"][2] == {
        "name": "audio",
        "kind": "code",
        "start": 448,
        "end": 576,
        "codebooks": [100, 28],
        "codec": "ab" * 32,
        "rate": "25/2",
        "strides": [2, 1],
        "layout": "flat",
    }
    assert omnitok.load(tmp_path / "v") == grown


@pytest.mark.parametrize(("token", "block"), [(448, "audio"), (575, "audio"), (577, "padding"), (703, "padding")])
def test_codes_and_reserved_ids_have_no_text(grown: Tokenizer, token: int, block: str) -> None:
    for call in (
        lambda: grown.token_bytes(token),
        lambda: grown.decode([97, token]),
        lambda: grown.stream_decoder().push(token),
    ):
        with pytest.raises(
            UnknownTokenError, match=f'id {token} .*lies in block "{block}", whose ids have no text form'
        ):
            call()


def test_padding_to_a_multiple_is_a_reserved_block() -> None:
    tokenizer = omnitok.train(texts=["abab abab"], vocab_size=260, min_frequency=1, pad_to_multiple_of=128)
    assert tokenizer.vocab_size == 384
    assert tokenizer.blocks[-1] == Block("padding", "reserved", 260, 384)
    even = omnitok.train(texts=["abab"], vocab_size=256, special_tokens=(), pad_to_multiple_of=128)
    assert [block.kind for block in even.blocks] == ["text"]


@pytest.mark.parametrize(
    ("grow", "message"),
    [
        (lambda tiny: tiny.with_special_tokens(["<|pad|>"]), r'there is a special token "<|pad|>" already'),
        (lambda tiny: tiny.with_special_tokens(["<|a|>", "<|a|>"]), 'there is a special token "<|a|>" already'),
        (lambda tiny: tiny.with_special_tokens([""]), "the token of id 448 is empty"),
        (lambda tiny: tiny.with_reserved("text", 5), 'block "text" at ids 448..453 needs a name of its own'),
        (lambda tiny: tiny.with_reserved("", 5), 'block "" at ids 448..453 needs a name of its own'),
        (lambda tiny: tiny.with_reserved("none", 0), 'block "none" has no ids'),
        (lambda tiny: tiny.with_reserved("much", 2**32 - 1), "ids are 32-bit"),
        (lambda tiny: tiny.with_codes("image", []), 'block "image" has no ids'),
        (lambda tiny: tiny.with_codes("image", [2**31, 2**31]), "of 4294967296 codes: ids are 32-bit"),
    ],
)
def test_what_cannot_grow_is_refused(tiny: Tokenizer, grow: Any, message: str) -> None:
    with pytest.raises(VocabularyError) as refusal:
        grow(tiny)
    assert message in str(refusal.value)


def test_growing_by_nothing_changes_no_block(tiny: Tokenizer) -> None:
    assert tiny.with_special_tokens([]).blocks == tiny.blocks
