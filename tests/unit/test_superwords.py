"""Superwords from Python: what composes, what is refused, and that nothing is learnt that is not known exactly."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import omnitok
from omnitok import oracle
from omnitok.candidates import count_superwords_to_file
from omnitok.counting import checkpoints, count_to_file
from omnitok.counting.files import Counting
from omnitok.errors import CorpusError, ExhaustedError, TrainingError, UncountedError
from omnitok.progress import Progress

TEXTS = {
    "en": ["at the end of the day", "in the end, of the year", "at the end of it all"] * 8,
    "hi": ["यह एक परीक्षण है।", "यह एक दूसरा वाक्य है।"] * 8,
}


@pytest.fixture(scope="module")
def words() -> omnitok.Tokenizer:
    return omnitok.train(texts=TEXTS, vocab_size=300, pattern="omni", whole_characters=True)


def superwords_of(tokenizer: omnitok.Tokenizer) -> list[bytes]:
    assert tokenizer.training is not None
    first = tokenizer.training["superwords"]["first_stage"]
    return list(tokenizer.ranks())[first:]


def test_training_is_the_first_stage_and_then_candidates(words: omnitok.Tokenizer, tmp_path: Path) -> None:
    both = omnitok.train(texts=TEXTS, vocab_size=312, pattern="omni", superwords=12, weights={"en": 2})
    assert (both.pattern, both.vocab_size, both.special_tokens) == ("omni-super", 312, {"<|endoftext|>": 311})
    assert both.training is not None
    assert both.training["options"]["whole_characters"] is True
    first = omnitok.train(
        texts=TEXTS, vocab_size=299, pattern="omni", whole_characters=True, weights={"en": 2}, special_tokens=()
    )
    assert list(both.ranks())[:299] == list(first.ranks())
    counts = omnitok.count_superwords(first, texts=TEXTS, min_count=1)
    counts.save(tmp_path / "phrases.counts")
    loaded = omnitok.WordCounts.load(tmp_path / "phrases.counts")
    assert (loaded, loaded.candidates) != (counts, None)
    assert (loaded.digest, loaded.candidates) == (counts.digest, counts.candidates)
    grown = omnitok.extend(first, loaded, 311, weights={"en": 2})
    assert grown.pattern == "omni-super"
    assert list(grown.ranks()) == list(both.ranks())
    assert b" of the" in superwords_of(both)
    text = "in the end of the day यह एक वाक्य"
    assert both.decode(both.encode(text)) == text
    assert both.count(text) < first.count(text)


def test_a_share_and_a_number_are_the_same() -> None:
    assert omnitok.train(texts=TEXTS, vocab_size=300, superwords=0.05) == omnitok.train(
        texts=TEXTS, vocab_size=300, superwords=15
    )


def test_files_threads_progress_and_options(tmp_path: Path) -> None:
    for code, lines in TEXTS.items():
        (tmp_path / f"{code}.txt").write_text("\n".join(lines), encoding="utf-8")
    stages: list[Progress] = []
    options: dict[str, Any] = {
        "superwords": 10,
        "over_train": 1.1,
        "temperature": 2,
        "max_token_bytes": 12,
        "check": True,
    }
    one = omnitok.train(tmp_path, 290, num_threads=1, progress=stages.append, checkpoint=tmp_path / "merges", **options)
    three = omnitok.train([tmp_path / "hi.txt", tmp_path / "en.txt"], 290, num_threads=3, **options)
    assert one == three
    assert max(map(len, one.ranks())) <= 12
    names = list(dict.fromkeys(now.stage for now in stages))
    assert names == ["count", "pairs", "merges", "prune", "side by side", "phrases", "tokens"]
    # Every token is reached by merges alone: there is no look-up of words inside a phrase.
    ranks = one.ranks()
    assert all(len(token) == 1 or oracle.parts(token, ranks) for token in ranks)


def unused(tokenizer: omnitok.Tokenizer, texts: list[str]) -> list[bytes]:
    ids = set(tokenizer.encode_batch(texts).ids.tolist())
    return [token for token, rank in tokenizer.ranks().items() if len(token) > 1 and rank not in ids]


def test_tokens_that_the_text_never_becomes_give_way_to_others() -> None:
    lines = Path("corpora/parallel/en.txt").read_text(encoding="utf-8").splitlines()[:60]
    plain = omnitok.train(texts=lines, vocab_size=517, superwords=60)
    lean = omnitok.train(texts=lines, vocab_size=517, superwords=60, min_use=1)
    assert (len(unused(plain, lines)), unused(lean, lines)) == (7, [])
    assert lean.training is not None
    assert lean.training["options"]["min_use"] == 1
    # Both kinds are among them, and what took their ids are superwords.
    assert lean.training["superwords"]["first_stage"] < 456


def test_where_the_text_has_no_more_tokens_some_stay_that_it_never_becomes() -> None:
    tok = omnitok.train(texts=TEXTS, vocab_size=300, superwords=20, min_use=1)
    assert tok.vocab_size == 300
    assert unused(tok, [line for lines in TEXTS.values() for line in lines])
    with pytest.raises(ExhaustedError, match="this corpus yields"):
        omnitok.train(texts=TEXTS, vocab_size=300, superwords=20, over_train=3)


def test_what_a_text_becomes_is_counted_by_the_vocabulary_that_is_pruned() -> None:
    tokens = [bytes([byte]) for byte in range(256)] + [b"th"]
    counter = omnitok._native.token_counter("omni-super", tokens)
    counter.add_texts(["the"], language="en")
    emitted = counter.finish()
    assert emitted.items("en") == [(b"e", 1), (b"th", 1)]

    def prune(tokens: list[bytes], size: int = 256, **options: Any) -> list[int]:
        common = {"min_use": 0, "unwanted": [], "weights": []}
        return omnitok._native.prune_emitted(emitted, tokens, size, **common | options)

    assert prune(tokens) == list(range(256))
    assert prune(tokens, 257, weights=[("en", 0.5)], min_use=1) == list(range(256))
    with pytest.raises(TrainingError, match='found to become "th", which is no token'):
        prune(tokens[:256])
    with pytest.raises(TrainingError, match="the id 257 is unwanted, and no text token has it"):
        prune(tokens, unwanted=[257])
    with pytest.raises(TrainingError, match="258 text tokens cannot be left of 257"):
        prune(tokens, 258)
    with pytest.raises(TrainingError, match=r"weight for language .*de"):
        prune(tokens, weights=[("de", 1.0)])
    # A token is both parts of another, and what that is used counts twice.
    emitted = omnitok.WordCounts.from_items("omni-super", "en", [(b"aa", 2**62)])
    with pytest.raises(TrainingError, match=r"exceeds 2\^64 - 1 while adding up the use of a token"):
        prune([*tokens[:256], b"aa"], weights=[("en", 2.0)])


def test_what_is_rarer_than_candidates_know_is_not_learnt(words: omnitok.Tokenizer) -> None:
    counts = omnitok.count_superwords(words, texts=TEXTS, min_count=10)
    with pytest.raises(UncountedError, match=r"fewer than 10 times, or weighs less .* smaller min_count") as refusal:
        omnitok.extend(words, counts, 400)
    most = int(str(refusal.value).split("lower vocab_size to ")[1].split(",")[0]) + 1
    grown = omnitok.extend(words, counts, most)
    assert {b" the end", "यह एक".encode()} <= set(grown.ranks())
    # With a weight, what is rarer in another language may weigh as much, so more is asked of all.
    with pytest.raises(TrainingError, match="smaller min_count"):
        omnitok.extend(words, counts, most, weights={"hi": 3})


def test_training_counts_again_until_all_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = omnitok.train(texts=TEXTS, vocab_size=300, superwords=10)
    monkeypatch.setattr("omnitok.candidates._PAIRS_FOR_EACH", 0)
    stages: list[str] = []
    again = omnitok.train(texts=TEXTS, vocab_size=300, superwords=10, progress=lambda now: stages.append(now.stage))
    assert list(again.ranks()) == list(expected.ranks())
    with pytest.raises(ExhaustedError, match=r"this corpus yields .* lower vocab_size to") as refusal:
        omnitok.train(texts=TEXTS, vocab_size=1300, superwords=1000)
    assert type(refusal.value) is ExhaustedError


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"superwords": 10, "mode": "sentencepiece"}, TrainingError, "in the mode exact only"),
        ({"superwords": 10, "pattern": "cl100k"}, TrainingError, "'?cl100k.* has no phrases"),
        ({"superwords": 100}, TrainingError, "leave 199, and the 256 bytes stay"),
        ({"superwords": 1.5}, TrainingError, "superwords is 1.5; it is a number of ids, or a share"),
        ({"superwords": -1}, TrainingError, "superwords is -1"),
        ({"superwords": 10, "texts": iter(["a b"])}, CorpusError, "an iterator, which is read once"),
        ({"superwords": 10, "texts": {"en": iter(["a b"])}}, CorpusError, "an iterator, which is read once"),
        ({"superwords": 10, "sources": iter(["a.txt"]), "texts": None}, CorpusError, "an iterator, which is read once"),
        ({"superwords": 10, "sources": ["x.counts"]}, CorpusError, "counts of words do not know"),
        ({"superwords": 10, "texts": ["b", "c"]}, TrainingError, "this corpus yields"),
    ],
)
def test_what_training_refuses(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        omnitok.train(**{"texts": TEXTS, "vocab_size": 300} | arguments)


def test_counts_of_words_are_refused() -> None:
    counts = omnitok.count_words(texts=TEXTS)
    with pytest.raises(CorpusError, match="counts of words do not know"):
        omnitok.train(counts, 300, superwords=10)


def test_wrong_first_stages_are_refused(words: omnitok.Tokenizer) -> None:
    def refused(tokenizer: omnitok.Tokenizer, message: str) -> None:
        with pytest.raises(TrainingError, match=message):
            omnitok.count_superwords(tokenizer, texts=TEXTS)

    refused(omnitok.train(texts=TEXTS, vocab_size=300, pattern="gpt2"), "has no phrases")
    refused(omnitok.train(texts=TEXTS, vocab_size=300, pattern="omni"), "mixes a part of a character")
    refused(omnitok.train(texts=TEXTS, vocab_size=300, superwords=3), "has no phrases")
    tokens = [bytes([byte]) for byte in range(256)]

    def of(*more: str) -> omnitok.Tokenizer:
        ranks = {token: rank for rank, token in enumerate([*tokens, *(token.encode() for token in more)])}
        native = omnitok._native.Tokenizer(name="n", pattern="omni", ranks=ranks, special_tokens={})
        return omnitok.Tokenizer._from_native(native)

    refused(of("a,"), 'token 256, "a,": it reaches over the end of a word')
    refused(of("abc"), "no merges lead to it")
    counts = omnitok.count_superwords(words, texts=TEXTS, min_count=1)
    with pytest.raises(TrainingError, match="counted for another vocabulary"):
        omnitok.extend(of("ab"), counts, 300)


def test_candidates_are_no_counts_of_words(words: omnitok.Tokenizer) -> None:
    counts = omnitok.count_superwords(words, texts=TEXTS, min_count=5)
    assert "pieces of phrases" in repr(counts)
    with pytest.raises(CorpusError, match="cut in different ways"):
        counts.merge(omnitok.count_superwords(words, texts=TEXTS, min_count=6))
    with pytest.raises(CorpusError, match="cut in different ways"):
        counts.merge(omnitok.count_words(texts=TEXTS, pattern="omni-super"))
    with pytest.raises(TrainingError, match="candidates of superwords: they do not tell how often words occur; extend"):
        omnitok.train(counts, 300)
    grown = omnitok.extend(words, counts, 305)
    with pytest.raises(TrainingError, match="candidates of superwords: they do not tell how often words occur"):
        omnitok.prune(grown, counts, 300)
    with pytest.raises(TrainingError, match="whole_words is not to be had"):
        omnitok.prune(grown, texts=TEXTS, vocab_size=300, whole_words=True)
    with pytest.raises(TrainingError, match="cannot be extended"):
        omnitok.extend(grown, texts=TEXTS, vocab_size=310)
    for shares in ({"temperature": 2}, {"targets": {"en": 0.5}}, {"part_temperature": 2}):
        with pytest.raises(TrainingError, match="about shares of the text"):
            omnitok.extend(words, counts, 305, **shares)


@pytest.fixture
def shards(tmp_path: Path) -> Path:
    folder = tmp_path / "shards"
    folder.mkdir()
    for number in range(4):
        for code, lines in TEXTS.items():
            text = "\n".join(lines[number:] + lines[: number % 3]) + "\n"
            (folder / f"{code}.{number}.txt").write_text(text, encoding="utf-8")
    return folder


def count_until(words: omnitok.Tokenizer, shards: Path, out: Path, stage: str, **options: Any) -> None:
    """Counts until two files of a pass are finished."""

    def stop(progress: Progress) -> None:
        if progress.stage == stage and progress.done > 2 * progress.total // 8 + 200:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count_superwords_to_file(words, shards, out, resume=True, progress=stop, **options)


@pytest.mark.parametrize("options", [{"min_count": 5}, {"superwords": 3, "memory": "8MiB", "num_threads": 1}])
def test_an_interrupted_count_goes_on_in_both_passes(
    words: omnitok.Tokenizer, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: dict[str, Any]
) -> None:
    monkeypatch.setattr(checkpoints, "_SECONDS", 0.0)
    expected = omnitok.count_superwords(words, shards, **options)
    expected.save(tmp_path / "expected.counts")
    out = tmp_path / "out.counts"
    written = count_superwords_to_file(words, shards, out, **options)
    assert out.read_bytes() == (tmp_path / "expected.counts").read_bytes()
    assert expected.candidates is not None
    assert (written.digest, written.min_count) == (expected.digest, expected.candidates[1])
    with pytest.raises(FileExistsError):
        count_superwords_to_file(words, shards, out, **options)
    out.unlink()
    counted: list[str] = []
    native_add = Counting._add

    def watch(self: Counting, *arguments: Any) -> None:
        counted.append(arguments[1].path.name)
        native_add(self, *arguments)

    monkeypatch.setattr(Counting, "_add", watch)
    names = sorted(path.name for path in shards.iterdir())
    count_until(words, shards, out, "side by side", **options)
    first = len(counted)
    count_until(words, shards, out, "phrases", **options)
    assert not out.exists()
    assert {path.name for path in tmp_path.iterdir() if "out" in path.name} == {
        "out.counts.pairs.partial",
        "out.counts.partial",
    }
    assert count_superwords_to_file(words, shards, out, resume=True, **options).digest == expected.digest
    # In each pass every file is counted once, but for the one that was interrupted.
    assert 1 < first < len(names)
    assert len(counted) == 2 * (len(names) + 1)
    for of_pass in (counted[: len(names) + 1], counted[len(names) + 1 :]):
        assert sorted(set(of_pass)) == names
    assert out.read_bytes() == (tmp_path / "expected.counts").read_bytes()
    assert [path.name for path in tmp_path.iterdir() if "out" in path.name] == ["out.counts"]


def test_what_does_not_go_on(
    words: omnitok.Tokenizer, shards: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_SECONDS", 0.0)
    out = tmp_path / "out.counts"
    pairs = tmp_path / "out.counts.pairs.partial"
    count_until(words, shards, out, "phrases", min_count=5)
    other = omnitok.train(texts=TEXTS, vocab_size=290, pattern="omni", whole_characters=True)
    with pytest.raises(CorpusError, match="was made with first_stage "):
        count_superwords_to_file(other, shards, out, resume=True, min_count=5)
    with pytest.raises(CorpusError, match="was made with min_count 5, not 6"):
        count_superwords_to_file(words, shards, out, resume=True, min_count=6)
    with pytest.raises(CorpusError, match=r"out\.counts\.partial holds was made with pattern None, not 'o200k'"):
        count_to_file(shards, out, resume=True)
    # A table that is damaged is no table: its pairs are counted again.
    (table,) = pairs.glob("*.pairs")
    table.write_bytes(table.read_bytes()[:-9])
    expected = omnitok.count_superwords(words, shards, min_count=5).digest
    assert count_superwords_to_file(words, shards, out, resume=True, min_count=5).digest == expected
    with pytest.raises(CorpusError, match="no phrase of which a part occurs often enough"):
        count_superwords_to_file(words, shards, tmp_path / "none.counts", resume=True, min_count=10_000)
    assert not list(tmp_path.glob("none*"))


def test_bad_numbers_and_too_little_memory(words: omnitok.Tokenizer) -> None:
    with pytest.raises(ValueError, match="min_count is 2147483649; it must be at least 1 and at most 2147483648"):
        omnitok.count_superwords(words, texts=TEXTS, min_count=2**31 + 1)
    with pytest.raises(ValueError, match="superwords is 0"):
        omnitok.count_superwords(words, texts=TEXTS, superwords=0)
    with pytest.raises(ValueError, match="at least"):
        omnitok.count_superwords(words, texts=TEXTS, min_count=1, memory=1000)
    with pytest.raises(CorpusError, match="hold no phrase of which a part occurs often enough"):
        omnitok.count_superwords(words, texts=["a b"], min_count=9)
    spilled = omnitok.count_superwords(words, texts=TEXTS, min_count=2, memory="16MiB")
    assert spilled.digest == omnitok.count_superwords(words, texts=TEXTS, min_count=2).digest
