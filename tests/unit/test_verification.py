"""Verification: it finds a wrong tokenizer and shows where, and certifies a right one, the same way every time."""

from __future__ import annotations

import gzip
import hashlib
import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

import omnitok
from omnitok import _native
from omnitok.errors import CorpusError, CorruptFileError, VocabularyError
from omnitok.interop.huggingface_export import tokenizer_document, tokenizer_json
from omnitok.interop.published import format_ranks, published_encoding
from omnitok.interop.tiktoken import to_tiktoken, write_rank_file
from omnitok.tokenizer import Tokenizer
from omnitok.verification import Verification
from omnitok.verification.adversarial import adversarial_texts
from omnitok.verification.code_points import scalar_values
from omnitok.verification.comparison import Difference, Refusal, compare, plain_text, shortened
from omnitok.verification.references import HuggingFaceReference, TiktokenReference
from omnitok.verification.sets import TextSet, corpus_sets
from omnitok.verification.telltale import telltale
from omnitok.verification.unicode_version import FIRST_LETTERS, unicode_version

if TYPE_CHECKING:
    from omnitok.verification.comparison import Theirs

tiktoken = pytest.importorskip("tiktoken")
tokenizers = pytest.importorskip("tokenizers")


def changed(tokenizer: Tokenizer, **parts: Any) -> Tokenizer:
    """A tokenizer with something else in place of its pattern, its ranks or its special tokens."""
    kept = {"name": tokenizer.name, "pattern": tokenizer.pattern, "ranks": tokenizer.ranks()}
    return Tokenizer._from_native(_native.Tokenizer(**{**kept, "special_tokens": tokenizer.special_tokens, **parts}))


def with_swapped(tokenizer: Tokenizer, one: bytes, other: bytes) -> Tokenizer:
    """A tokenizer in which two tokens have each other's id, and so the place of its merge as well."""
    ranks = tokenizer.ranks()
    ranks[one], ranks[other] = ranks[other], ranks[one]
    return changed(tokenizer, ranks=ranks)


Small = Callable[..., Verification]


@pytest.fixture
def small(tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> Small:
    """Verifies against an export of ``tiny``, on few texts."""
    monkeypatch.setattr("omnitok.verification.sets.scalar_values", lambda *, sampled: list(range(0x250)))

    def call(tokenizer: Any, against: Any = "tiktoken", **options: Any) -> Verification:
        return omnitok.verify(tokenizer, against, **{"reference": tiny, "adversarial": 200, **options})

    return call


def by_name(verification: Verification) -> dict[str, Any]:
    return {one.name: one for one in verification.sets}


# --- a wrong tokenizer ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("against", ["tiktoken", "huggingface"])
def test_another_pattern_is_found(small: Small, tiny: Tokenizer, against: str) -> None:
    """cl100k knows no upper and lower case: ``aB`` is one word to it and two to o200k."""
    found = small(changed(tiny, pattern="cl100k"), against)
    assert not found.is_exact
    cuts = by_name(found)["cuts"]
    assert all(difference.ours != difference.theirs for difference in cuts.differences)
    assert min(len(difference.text) for difference in cuts.differences) <= 3
    assert "NOT EXACT: omnitok" in str(found)


def test_a_wrong_class_of_one_code_point_is_found_by_its_cut_alone(small: Small, tiny: Tokenizer) -> None:
    """The vocabulary has no token with U+00B5, so that no id of its own can show what is wrong."""
    wrong = changed(tiny, pattern=f"\u00b5|{tiny.regex}")
    assert (tiny.split("\u00b5b"), wrong.split("\u00b5b")) == (["\u00b5b"], ["\u00b5", "b"])
    found = by_name(small(wrong))
    assert found["code points"].comparison.differences == 0
    assert found["cuts"].code_points == [(0xB5, 0xB5)]


def test_two_ids_swapped_are_found(small: Small, tiny: Tokenizer) -> None:
    one, other = [token for token in tiny.ranks() if token.isalpha() and len(token) == 3][-2:]
    found = small(with_swapped(tiny, one, other))
    assert not found.is_exact
    texts = {difference.text for difference in by_name(found)["tokens"].differences}
    assert {one.decode(), other.decode()} & texts
    assert by_name(found)["cuts"].comparison.differences == 0, "the split is right"


def test_a_corpus_shows_what_the_made_texts_do_not(small: Small, tiny: Tokenizer, tmp_path: Path) -> None:
    """A difference far inside one long text is cut down to the word that makes it."""
    ranks = tiny.ranks()
    ranks[b"qzqz"] = max(ranks.values()) + 3
    lines = [*["plain words"] * 3000, "qzqz here", *["and more"] * 3000]
    (tmp_path / "text.txt").write_text("\n".join(lines), encoding="utf-8")
    found = small(changed(tiny, ranks=ranks), corpora=[tmp_path / "text.txt"], adversarial=0)
    corpus = by_name(found)[f"corpus {tmp_path / 'text.txt'}"]
    assert corpus.comparison.differences == 1
    assert [difference.text for difference in corpus.differences] == ["qzqz"]


def test_what_differs_is_cut_down_and_shown(small: Small, tiny: Tokenizer) -> None:
    found = small(with_swapped(tiny, b"a", b"b"))
    tokens = by_name(found)["tokens"]
    assert [difference.text for difference in tokens.differences] == ["b", "a"]
    (shown,) = [part for part in str(found).split("\n\n") if part.startswith("  text         'a'\n")][:1]
    assert shown.splitlines()[1:] == [
        "  code points  U+0061",
        "  omnitok      98",
        "  tiktoken     97",
        "  first        id 0, counted from 0",
    ]
    records = [one for one in found.record()["differences"] if one["set"] == "tokens"]
    assert records[1] == {
        "set": "tokens",
        "text": "a",
        "code_points": "U+0061",
        "ours": [98],
        "theirs": [97],
        "first": 0,
    }


# --- a right one ------------------------------------------------------------------------------------------------------

KEYS = {
    "": ["format", "exact", "tokenizer", "reference", "seed", "quick", "sets", "total", "differences", "refusals"],
    "tokenizer": ["name", "digest", "pattern", "vocab_size", "omnitok"],
    "reference": ["library", "version", "unicode", "name", "kind", "sha256", "regex"],
    "total": ["inputs", "bytes", "ids", "differences", "refused"],
}
SET_KEYS = ["name", "what", *KEYS["total"], "texts_sha256", "ids_sha256", "code_points"]


@pytest.mark.parametrize("against", ["tiktoken", "huggingface"])
def test_an_export_is_certified(tiny: Tokenizer, against: Any) -> None:
    found = omnitok.verify(tiny, against, quick=True, adversarial=1000)
    assert found.is_exact, str(found)
    record = json.loads(found.to_json())
    assert {part: list(record[part] if part else record) for part in KEYS} == KEYS
    assert all(list(one) == SET_KEYS for one in record["sets"])
    assert [one["name"] for one in record["sets"]] == ["code points", "adversarial", "cuts", "tokens", "token pairs"]
    assert (record["format"], record["exact"], record["differences"], record["refusals"]) == (1, True, [], [])
    assert record["tokenizer"]["digest"] == tiny.digest
    assert (record["reference"]["kind"], record["reference"]["unicode"]) == ("export", "16.0")
    assert record["total"]["inputs"] == sum(one["inputs"] for one in record["sets"]) > 150_000
    assert str(found).startswith(f"EXACT: omnitok {omnitok.__version__} and ")


def test_equal_runs_give_equal_bytes_for_any_number_of_threads(small: Small, tiny: Tokenizer) -> None:
    outcomes = [small(tiny, num_threads=threads) for threads in (1, 2, 5)]
    assert len({outcome.to_json() for outcome in outcomes}) == len({str(outcome) for outcome in outcomes}) == 1
    other = small(tiny, seed=1).record()
    changes = {one["name"]: one["texts_sha256"] for one in outcomes[0].record()["sets"]}
    assert [one["name"] for one in other["sets"] if one["texts_sha256"] != changes[one["name"]]] == [
        "adversarial",
        "cuts",
        "token pairs",
    ]


def test_digests_are_of_what_is_documented(tiny: Tokenizer) -> None:
    texts = ["ab", "", "\ud800\u00e9"]
    comparison = compare(plain_text(tiny), TiktokenReference(to_tiktoken(tiny), "export").encode, texts)
    framed = b"".join(len(data).to_bytes(8, "big") + data for data in (b"ab", b"", b"\xed\xa0\x80\xc3\xa9"))
    assert comparison.texts_sha256 == hashlib.sha256(framed).hexdigest()
    numbers = [number for text in texts for ids in [tiny.encode_ordinary(text)] for number in (len(ids), *ids)]
    assert comparison.ids_sha256 == hashlib.sha256(b"".join(n.to_bytes(4, "little") for n in numbers)).hexdigest()
    assert (comparison.inputs, comparison.bytes, comparison.ids) == (3, 7, len(numbers) - 3)


def test_o200k_base_is_certified_against_tiktoken(shared_data: Path, scale: float) -> None:
    found = omnitok.verify("o200k_base", "tiktoken", quick=scale < 1)
    assert found.is_exact, str(found)
    assert (found.origin.kind, found.origin.name) == ("published", "o200k_base")
    # The digest that tiktoken itself expects of the rank file.
    assert found.origin.sha256 == "446a9538cb6c348e3516120d7c08b09f57c36495e2acfffe59a5bf8b0cfb1a2d"


# --- which reference --------------------------------------------------------------------------------------------------


def test_the_librarys_own_object_is_the_reference(small: Small, tiny: Tokenizer) -> None:
    encoding = to_tiktoken(tiny)
    found = small(encoding, reference=None)
    assert (found.is_exact, found.origin.kind, found.name) == (True, "object", "tiny")
    assert small(tiny, reference=encoding).origin == found.origin
    peer = tokenizers.Tokenizer.from_str(tokenizer_json(tiny).decode())
    found = small(peer, "huggingface", reference=None)
    assert (found.is_exact, found.origin.kind) == (True, "object")
    assert not peer.encode_special_tokens, "the object of the caller is as it was"


def test_a_tokenizer_json_is_compared_as_the_file_that_it_is(small: Small, tiny: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(tokenizer_json(tiny))
    for source in (tmp_path, tmp_path / "tokenizer.json"):
        found = small(source, "huggingface", reference=None)
        assert (found.is_exact, found.origin.kind, found.origin.name) == (True, "file", "tokenizer.json")
    tiny.save(tmp_path / "folder")
    exported = small(tmp_path / "folder", "huggingface", reference=None).origin
    assert (exported.kind, exported.name) == ("export", "tiny")
    assert exported.sha256 == found.origin.sha256


def test_a_rank_file_as_reference(small: Small, tiny: Tokenizer, tmp_path: Path) -> None:
    write_rank_file(tiny, tmp_path / "other.tiktoken")
    assert small(tiny, reference=tmp_path / "other.tiktoken").is_exact
    write_rank_file(with_swapped(tiny, b"a", b"b"), tmp_path / "wrong.tiktoken")
    assert not small(tiny, reference=str(tmp_path / "wrong.tiktoken")).is_exact


def test_a_published_name_leads_to_tiktokens_own_encoding(small: Small, tiny: Tokenizer, shared_data: Path) -> None:
    found = small(tiny.with_name("gpt2"), reference=None)
    assert (found.origin.kind, found.origin.name, found.is_exact) == ("published", "r50k_base", False)


def test_a_published_name_without_its_file_and_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("OMNITOK_OFFLINE", "1")
    with pytest.raises(
        VocabularyError, match="o200k_base is not in tiktoken's cache folder and OMNITOK_OFFLINE is set"
    ):
        published_encoding("o200k_base")


def test_special_tokens_that_tokenizers_always_parses(small: Small, tiny: Tokenizer) -> None:
    """An added token that is not special becomes its id in any text; the other is plain text on both sides."""
    document = tokenizer_document(tiny)
    document["added_tokens"][1]["special"] = False
    name, number = document["added_tokens"][1]["content"], document["added_tokens"][1]["id"]
    reference = HuggingFaceReference(json.dumps(document).encode(), "edited", "file")
    assert reference.always_parsed == {name}
    text = "a<|endoftext|>" + name
    (ids,) = reference.encode([text])
    assert ids == plain_text(tiny, reference.always_parsed)([text]).ids.tolist()
    assert ids[-1] == number
    peer = tokenizers.Tokenizer.from_str(json.dumps(document))
    assert small(peer, "huggingface", reference=None).is_exact


# --- what the reference refuses ---------------------------------------------------------------------------------------


class PanicException(BaseException):
    """As pyo3 names it."""


def test_a_panic_is_listed_and_not_hidden(small: Small, tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = to_tiktoken(tiny)
    encode = encoding.encode_ordinary

    def brittle(text: str) -> list[int]:
        if text.count("\t") > 2:
            raise PanicException("called `Result::unwrap()`\n on an `Err` value")
        return encode(text)

    monkeypatch.setattr(encoding, "encode_ordinary", brittle)
    found = small(tiny, reference=encoding)
    assert found.is_exact
    record = found.record()
    assert record["total"]["refused"] == len(record["refusals"]) > 0
    assert record["refusals"][1] == {
        "set": "adversarial",
        "index": 8,
        "characters": 4,
        "beginning": "\t\t\tx",
        "reason": "PanicException: called `Result::unwrap()` on an `Err` value",
    }
    assert "tiktoken could not encode" in str(found)
    assert "adversarial, text 8: '\\t\\t\\tx', 4 characters: PanicException" in str(found)


def test_an_interrupt_is_no_refusal(tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    encoding = to_tiktoken(tiny)

    def interrupted(text: str) -> list[int]:
        raise KeyboardInterrupt

    monkeypatch.setattr(encoding, "encode_ordinary", interrupted)
    with pytest.raises(KeyboardInterrupt):
        TiktokenReference(encoding, "object").encode(["a"])


def test_a_library_that_refuses_everything_proves_nothing(
    small: Small, tiny: Tokenizer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TiktokenReference, "encode", lambda self, texts: [Refusal("no")] * len(texts))
    with pytest.raises(VocabularyError, match="tiktoken could not encode a single text, first because of no"):
        small(tiny)


def test_the_real_panic_of_tiktoken(tiktoken_encoding: Callable[[str], Any]) -> None:
    reference = TiktokenReference(tiktoken_encoding("o200k_base"), "published")
    refused, ids = reference.encode([" " * 1_000_000, "a"])
    assert isinstance(refused, Refusal)
    assert refused.reason.startswith("PanicException: ")
    assert ids == [64]


# --- comparing and shortening -----------------------------------------------------------------------------------------


def wrong_at(letter: str) -> Theirs:
    """Ids of bytes, except that a letter has another id."""
    return lambda texts: [[0 if byte == ord(letter) else byte for byte in text.encode()] for text in texts]


def test_a_difference_is_found_and_shortened() -> None:
    raw = telltale(r"[\s\S]")
    comparison = compare(plain_text(raw), wrong_at("x"), ["abc", "a long text with one letter", "x"] * 1000, keep=3)
    assert (comparison.inputs, comparison.differences, len(comparison.found)) == (3000, 2000, 3)
    assert comparison.different[:3] == [1, 2, 4]
    assert comparison.found[0].first == 9
    assert shortened(comparison.found[0], plain_text(raw), wrong_at("x")) == Difference(1, "x", (120,), (0,))
    assert len(compare(plain_text(raw), wrong_at("x"), ["x"] * 9, keep=None).found) == 9


def test_one_side_ending_early_is_a_difference() -> None:
    raw = telltale(r"[\s\S]")
    (difference,) = compare(plain_text(raw), lambda texts: [list(b"ab") for _ in texts], ["abc"]).found
    assert (difference.first, difference.ours, difference.theirs) == (2, (97, 98, 99), (97, 98))


def test_progress_ends_at_the_number_of_texts_and_can_stop_the_run(tiny: Tokenizer) -> None:
    seen: list[int] = []
    texts = (str(number) for number in range(10_000))
    encode = TiktokenReference(to_tiktoken(tiny), "export").encode
    compare(plain_text(tiny), encode, texts, progress=seen.append)
    assert seen == sorted(seen)
    assert seen[-1] == 10_000

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    endless = iter(lambda: "text", None)
    with pytest.raises(KeyboardInterrupt):
        compare(plain_text(tiny), encode, endless, progress=stop)


# --- the texts --------------------------------------------------------------------------------------------------------


def test_every_code_point_but_surrogates() -> None:
    values = scalar_values()
    assert len(values) == 1_112_064
    assert values[0xD7FF:0xD801] == [0xD7FF, 0xE000]
    assert 80_000 < len(scalar_values(sampled=True)) < 83_000


def test_adversarial_texts_depend_on_their_seed_alone() -> None:
    texts = list(adversarial_texts(2000, 7))
    assert texts == list(adversarial_texts(2000, 7))
    assert texts != list(adversarial_texts(2000, 8))
    joined = "".join(texts)
    for piece in ("'\u017f", "\u200d", "<|endoftext|>", "\n ", "\u3000", "\ud800"):
        assert piece in joined
    assert max(map(len, texts)) > 500
    plain = "".join(adversarial_texts(2000, 7, special_tokens=["[MINE]"], surrogates=False))
    assert "[MINE]" in plain
    plain.encode("utf-8")


def test_runs_of_code_points() -> None:
    texts = TextSet("x", "", (), code_points=(0x41, 0x42, 0x43, 0x61, 0x62))
    assert texts.ranges([0, 1, 3, 4, 9]) == [(0x41, 0x42), (0x61, 0x62)]
    assert texts.ranges([]) == []


def test_lines_of_a_corpus_are_compared_with_their_ends(tmp_path: Path) -> None:
    lines = [f"line {number}" for number in range(3000)]
    with gzip.open(tmp_path / "a.txt.gz", "wt", encoding="utf-8") as file:
        file.write("\n".join(lines))
    (tmp_path / "b.jsonl").write_text('{"body": "one\\ntext"}\n', encoding="utf-8")
    (corpus,) = corpus_sets([tmp_path], text_field="body", errors="strict")
    *blocks, record = corpus.texts
    assert "".join(blocks) == "\n".join(lines) + "\n"
    assert 1 < len(blocks) < 10
    assert record == "one\ntext"
    with pytest.raises(CorpusError, match="does not exist"):
        corpus_sets([tmp_path / "none.txt"], text_field="text", errors="strict")


# --- Unicode ----------------------------------------------------------------------------------------------------------


def test_the_letters_are_new_in_their_version() -> None:
    ours = tuple(map(int, unicodedata.unidata_version.split(".")[:2]))
    for version, letter in FIRST_LETTERS.items():
        is_known = tuple(map(int, version.split("."))) <= ours
        assert unicodedata.category(letter).startswith("L") == is_known, version


def test_a_version_is_that_of_the_newest_letter() -> None:
    assert unicode_version(lambda letter: letter in "\u0860\u1c90") == "11.0"
    assert unicode_version(lambda letter: False) == "before 10.0"


# --- errors -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("against", "module"), [("tiktoken", "tiktoken"), ("huggingface", "tokenizers")])
def test_a_missing_library(tiny: Tokenizer, against: Any, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, module, None)
    with pytest.raises(ImportError, match=f"comparing with {against} needs {module}; install it with: pip install"):
        omnitok.verify(tiny, against)


def test_what_the_library_cannot_express(tiny: Tokenizer) -> None:
    with pytest.raises(VocabularyError, match="tiktoken does not normalize text"):
        omnitok.verify(changed(tiny, normalizer="nfc"), "tiktoken")
    with pytest.raises(ValueError, match="against is 'other'; it is 'tiktoken' or 'huggingface'"):
        omnitok.verify(tiny, "other")  # type: ignore[arg-type]


def test_a_tokenizer_json_that_tokenizers_cannot_load(tiny: Tokenizer, tmp_path: Path) -> None:
    document = tokenizer_document(tiny)
    (tmp_path / "tokenizer.json").write_text(json.dumps(document | {"decoder": {"type": "None of these"}}))
    with pytest.raises(CorruptFileError, match=r"the library tokenizers cannot load tokenizer\.json"):
        omnitok.verify(tiny, "huggingface", reference=tmp_path)


def test_ranks_are_written_as_they_were_published(tiny: Tokenizer) -> None:
    reference = TiktokenReference(to_tiktoken(tiny), "export")
    assert reference.origin.sha256 == hashlib.sha256(format_ranks(tiny.ranks())).hexdigest()
