"""Parity mode gives the merges of ``BpeTrainer`` of tokenizers 0.23, and exact mode those of the oracle."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import omnitok
from omnitok import _native, oracle
from omnitok.errors import TrainingError
from omnitok.interop.huggingface import byte_alphabet
from tests.parity import texts

tokenizers = pytest.importorskip("tokenizers")

ALPHABET = byte_alphabet()


def spelling(token: bytes) -> str:
    return "".join(ALPHABET[byte] for byte in token)


def train_with_tokenizers(lines: Iterable[str], vocab_size: int, pattern: str = "o200k", **options: Any) -> Any:
    """The ``model`` of the tokenizer.json that ``BpeTrainer`` learns."""
    peer = tokenizers.Tokenizer(tokenizers.models.BPE())
    regex = tokenizers.Regex(_native.PATTERNS[pattern])
    steps = [
        tokenizers.pre_tokenizers.Split(regex, "isolated"),
        tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
    peer.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(steps)
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=vocab_size,
        show_progress=False,
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        **options,
    )
    peer.train_from_iterator(lines, trainer)
    return json.loads(peer.to_str())["model"]


def train(
    lines: Sequence[str], vocab_size: int, mode: Literal["exact", "huggingface"], **options: Any
) -> omnitok.Tokenizer:
    return omnitok.train(
        texts=lines, vocab_size=vocab_size, mode=mode, special_tokens=(), **({"min_frequency": 1} | options)
    )


def assert_same_model(tokenizer: omnitok.Tokenizer, model: Any) -> None:
    tokens = {number: spelling(token) for token, number in tokenizer.ranks().items()}
    assert {token: number for number, token in tokens.items()} == model["vocab"]
    merges = tokenizer.merges()
    assert merges is not None
    assert [[tokens[left], tokens[right]] for left, right in merges] == model["merges"]


# --- the merges of another library ------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", ["gpt2", "o200k"])
def test_real_text_gives_the_merges_of_tokenizers(pattern: str, shared_data: Path, scale: float) -> None:
    lines = texts.parallel_lines(shared_data)
    lines = lines[:: max(1, round(0.3 / scale))]
    vocab_size = 4000 if scale < 1 else 32_000
    model = train_with_tokenizers(lines, vocab_size, pattern, min_frequency=2)
    assert len(model["vocab"]) == vocab_size
    ours = train(lines, vocab_size, "huggingface", pattern=pattern, min_frequency=2)
    assert_same_model(ours, model)
    loaded = tokenizers.Tokenizer(tokenizers.models.BPE(vocab=model["vocab"], merges=list(map(tuple, model["merges"]))))
    loaded.pre_tokenizer = tokenizers.pre_tokenizers.Sequence(
        [
            tokenizers.pre_tokenizers.Split(tokenizers.Regex(_native.PATTERNS[pattern]), "isolated"),
            tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    for line in lines[::50]:
        assert ours.encode_ordinary(line) == loaded.encode(line).ids


# Ties, runs, and words that hold each other: where trainers differ.
difficult_corpora = st.lists(
    st.one_of(
        st.text("ab", min_size=1, max_size=24),
        st.text("ab ", min_size=1, max_size=24),
        st.text("aé中 ", min_size=1, max_size=12),
        st.builds(lambda unit, times: unit * times, st.text("abc", min_size=1, max_size=3), st.integers(1, 20)),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=300)
@given(difficult_corpora, st.sampled_from([None, 2, 3, 5]), st.integers(1, 3))
def test_ties_and_runs_give_the_merges_of_tokenizers(lines: list[str], longest: int | None, least: int) -> None:
    options = {} if longest is None else {"max_token_length": longest}
    model = train_with_tokenizers(lines, 400, min_frequency=least, **options)
    size = len(model["vocab"])
    ours = train(lines, size, "huggingface", min_frequency=least, max_token_bytes=longest)
    assert_same_model(ours, model)
    if size < 400:
        with pytest.raises(TrainingError, match=str(size)):
            train(lines, size + 1, "huggingface", min_frequency=least, max_token_bytes=longest)


# --- the definition ---------------------------------------------------------------------------------------------------


@settings(max_examples=300)
@given(difficult_corpora, st.sampled_from([None, 2, 3, 5]), st.integers(1, 3), st.integers(1, 60))
def test_exact_mode_is_the_definition(lines: list[str], longest: int | None, least: int, wanted: int) -> None:
    merges = oracle.learn(lines, 256 + wanted, _native.PATTERNS["o200k"], max_token_bytes=longest, min_count=least)
    size = 256 + len(merges)
    ours = train(lines, size, "exact", min_frequency=least, max_token_bytes=longest)
    assert ours.ranks() == oracle.ranks_of(merges)
    if len(merges) < wanted:
        with pytest.raises(TrainingError, match=f"yields {size} tokens"):
            train(lines, size + 1, "exact", min_frequency=least, max_token_bytes=longest)


def test_exact_mode_is_the_definition_on_real_words() -> None:
    lines = ["low lower lowest newer newest wider widest"] * 3 + ["नमस्ते दुनिया", "你好世界 你好", "привет мир"] * 2
    merges = oracle.learn(lines, 330, _native.PATTERNS["o200k"])
    ours = train(lines, 256 + len(merges), "exact")
    assert ours.ranks() == oracle.ranks_of(merges)
    for line in lines:
        assert ours.encode_ordinary(line) == oracle.encode(line, ours.ranks(), ours.regex)


@settings(max_examples=100)
@given(difficult_corpora, difficult_corpora)
def test_weights_are_repetition(first: list[str], second: list[str]) -> None:
    """A language that weighs 3 counts like one whose corpus was written three times."""
    weighted = omnitok.count_words(texts={"en": first, "de": second})
    repeated = omnitok.count_words(texts=first + second * 3)
    options: dict[str, Any] = {"special_tokens": (), "min_frequency": 1}
    merges = oracle.learn(dict(repeated.items()), 300, "", min_count=1)
    size = 256 + len(merges)
    ours = omnitok.train(weighted, vocab_size=size, weights={"de": 3.0}, **options)
    assert ours.ranks() == omnitok.train(repeated, vocab_size=size, **options).ranks() == oracle.ranks_of(merges)


# --- the same bytes ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Six files with ties between them, in three languages."""
    folder = tmp_path_factory.mktemp("corpus")
    lines = [
        *("the cat sat on the mat", "the dog sat on the log", "aaaa aaaa bbbb bbbb abab baba"),
        *("der Hund und die Katze", "कुत्ता और बिल्ली", "नमस्ते सब लोग"),
    ]
    files = []
    for index, line in enumerate(lines):
        path = folder / f"part{index}.txt"
        path.write_text("".join(f"{line} {number % 7}\n" for number in range(2000 + index)), encoding="utf-8")
        files.append(path)
    return files


def saved(tokenizer: omnitok.Tokenizer, folder: Path) -> dict[str, bytes]:
    tokenizer.save(folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("mode", ["exact", "huggingface"])
def test_threads_and_order_of_files_change_no_byte(
    mode: Literal["exact", "huggingface"], corpus: list[Path], tmp_path: Path
) -> None:
    results = []
    orders = [corpus, corpus[::-1], corpus[3:] + corpus[:3]]
    for threads, order in [(1, orders[0]), (1, orders[1]), (2, orders[0]), (2, orders[2]), (3, orders[1])]:
        tokenizer = omnitok.train(order, vocab_size=340, mode=mode, num_threads=threads)
        results.append(saved(tokenizer, tmp_path / str(len(results))))
    assert all(result == results[0] for result in results)
    assert {"manifest.json", "text.tiktoken"} <= set(results[0])


def test_counting_apart_and_merging_changes_no_byte(corpus: list[Path], tmp_path: Path) -> None:
    whole = omnitok.train(corpus, vocab_size=340)
    for index, path in enumerate(corpus):
        omnitok.count_words(path).save(tmp_path / f"{index}.counts")
    parts = [omnitok.WordCounts.load(tmp_path / f"{index}.counts") for index in (4, 0, 2, 5, 1, 3)]
    merged = parts[0]
    for part in parts[1:]:
        merged = merged.merge(part)
    assert saved(omnitok.train(merged, vocab_size=340), tmp_path / "a") == saved(whole, tmp_path / "b")
    assert omnitok.train(parts, vocab_size=340) == whole
