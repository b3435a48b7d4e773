"""What training refuses, and that it refuses before the long work."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok.corpora.datasets_loader import TextStream
from omnitok.errors import TrainingError

TEXTS = ["low lower lowest"] * 10


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"special_tokens": "<|end|>"}, TypeError, r"pass a sequence of names: \['<\|end\|>'\]"),
        ({"pad_to_multiple_of": 0}, TrainingError, "pad_to_multiple_of is 0; it must be at least 1"),
        ({"pad_to_multiple_of": -8}, TrainingError, "pad_to_multiple_of is -8"),
        ({"vocab_size": 256}, TrainingError, "the 256 bytes and 1 special tokens need 257"),
    ],
)
def test_arguments_are_looked_at_before_the_corpus(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    def unread() -> Any:
        raise AssertionError("the corpus was read")
        yield ""

    with pytest.raises(error, match=message):
        omnitok.train(texts=unread(), **({"vocab_size": 260} | arguments))


def test_an_unknown_mode_is_a_value_error() -> None:
    with pytest.raises(ValueError, match='mode is "x"; it is one of "exact", "huggingface"'):
        omnitok.train(texts=TEXTS, vocab_size=260, mode="x")  # type: ignore[arg-type]


def test_what_a_small_corpus_yields_is_named_so_that_it_can_be_had() -> None:
    special = ["<|a|>", "<|b|>"]
    with pytest.raises(
        TrainingError, match=r"lower vocab_size to \d+, .*; special tokens \(2\) come on top$"
    ) as caught:
        omnitok.train(texts=TEXTS, vocab_size=1000, special_tokens=special)
    size = int(str(caught.value).partition("lower vocab_size to ")[2].partition(",")[0]) + 2
    assert omnitok.train(texts=TEXTS, vocab_size=size, special_tokens=special).vocab_size == size
    with pytest.raises(TrainingError):
        omnitok.train(texts=TEXTS, vocab_size=size + 1, special_tokens=special)


def test_a_stream_knows_its_language() -> None:
    class Stream(TextStream):
        def __iter__(self) -> Any:
            return iter(TEXTS)

    assert omnitok.count_words(texts=Stream("own", language="en")).languages == ["en"]
    assert omnitok.count_words(texts=TEXTS).languages == [""]


def test_counts_say_what_they_are() -> None:
    counts = omnitok.count_words(texts={"en": TEXTS, "de": ["ja"]}, pattern="gpt2")
    assert repr(counts) == "<omnitok.WordCounts: 31 words, 4 distinct, pattern 'gpt2', languages de en>"
    assert repr(omnitok.count_words(texts=["a"])).endswith("languages not named>")


def test_counting_in_little_memory_gives_the_same_bytes(tmp_path: Path) -> None:
    chance = random.Random(0)
    corpus = tmp_path / "corpus.txt"
    corpus.write_text(" ".join("".join(chance.choices("abcdefgh", k=7)) for _ in range(200_000)), encoding="utf-8")
    folders = []
    for name, options in {"whole": {}, "bounded": {"memory": "2MiB", "num_threads": 1}}.items():
        folders.append(tmp_path / name)
        omnitok.train(corpus, 400, **options).save(folders[-1])  # type: ignore[arg-type]
    whole, bounded = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert whole == bounded
    with pytest.raises(ValueError, match="at least"):
        omnitok.train(corpus, 400, memory="1k")
