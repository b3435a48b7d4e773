"""Conversions keep every id: to and from tiktoken, to and from the library ``tokenizers``.

Peers: tiktoken 0.14, tokenizers 0.23, transformers. Vocabularies: small ones learned here, which need nothing but this
repository, and published ones where ``../shared/data`` holds them.
"""

from __future__ import annotations

import functools
import json
import lzma
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitok import _native, oracle
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.errors import CorruptFileError, PatternError, VocabularyError
from omnitok.interop.huggingface import byte_alphabet, from_huggingface
from omnitok.interop.huggingface_export import to_huggingface, tokenizer_document
from omnitok.interop.merges import last_pair, merges_of_ranks
from omnitok.interop.published import load_published
from omnitok.interop.tiktoken import from_tiktoken, read_rank_file, to_tiktoken, write_rank_file
from omnitok.tokenizer import Tokenizer
from omnitok.verification.adversarial import difficult_texts
from omnitok.verification.comparison import Difference, compare, plain_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

tiktoken = pytest.importorskip("tiktoken")
tokenizers = pytest.importorskip("tokenizers")

DATA = Path(__file__).resolve().parents[2].parent / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="no published vocabularies in ../shared/data")
PATTERNS = tuple(_native.PATTERNS)
SPECIAL = {"<|endoftext|>": 400, "<|pad|>": 403}


@functools.cache
def lines() -> list[str]:
    """Every tenth line of the parallel texts in every language, and texts on which tokenizers are known to differ."""
    return difficult_texts() + [line for text in read_parallel(bundled_parallel()).values() for line in text[::10]]


@functools.cache
def learned_ranks() -> dict[bytes, int]:
    text = [line for text in read_parallel(bundled_parallel()).values() for line in text[:4]]
    return oracle.ranks_of(oracle.learn(text, 400, r"\s?\S+|\s+"))


@functools.cache
def learned(pattern: str = "o200k", *, whole_words: bool = True, normalizer: Literal["nfc"] | None = None) -> Tokenizer:
    """A vocabulary of 400 tokens with two special tokens and a hole between them."""
    native = _native.Tokenizer(
        name="small",
        pattern=pattern,
        ranks=learned_ranks(),
        special_tokens=SPECIAL,
        whole_words=whole_words,
        normalizer=normalizer,
    )
    return Tokenizer._from_native(native)


def with_tokens(*tokens: bytes, merges: list[tuple[bytes, bytes]] | None = None, whole_words: bool = True) -> Tokenizer:
    """A vocabulary of the bytes and a few tokens, perhaps with a merge list."""
    ranks = {bytes([byte]): byte for byte in range(256)} | {token: 256 + index for index, token in enumerate(tokens)}
    native = _native.Tokenizer(
        name="tiny",
        pattern="gpt2",
        ranks=ranks,
        special_tokens={},
        merges=None if merges is None else [(ranks[left], ranks[right]) for left, right in merges],
        whole_words=whole_words,
    )
    return Tokenizer._from_native(native)


def encode_with(peer: Any) -> Callable[[str], list[int]]:
    """Encodes as the library ``tokenizers`` does, without special tokens around the text."""
    return lambda text: peer.encode(text, add_special_tokens=False).ids


def differences(tokenizer: Tokenizer, encode: Callable[[str], list[int]], texts: Iterable[str]) -> list[Difference]:
    """The texts that another tokenizer has other ids for."""
    return compare(plain_text(tokenizer), lambda batch: [encode(text) for text in batch], texts).found


def load_document(tokenizer: Tokenizer) -> Any:
    return tokenizers.Tokenizer.from_str(json.dumps(tokenizer_document(tokenizer)))


@functools.cache
def published_document(name: str) -> str:
    return lzma.open(DATA / "vocabularies" / f"{name}.tokenizer.json.xz", "rt", encoding="utf-8").read()


# --- to tokenizers ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("whole_words", [True, False])
def test_tokenizers_gives_our_ids_for_an_export(pattern: str, whole_words: bool) -> None:
    tokenizer = learned(pattern, whole_words=whole_words)
    assert differences(tokenizer, encode_with(load_document(tokenizer)), lines()) == []
    assert len(lines()) > 400


@settings(deadline=None, max_examples=300)
@given(st.text(), st.sampled_from(PATTERNS))
def test_tokenizers_gives_our_ids_for_any_text(text: str, pattern: str) -> None:
    tokenizer = learned(pattern)
    assert small_peer(pattern).encode(text, add_special_tokens=False).ids == tokenizer.encode_ordinary(text)


@functools.cache
def small_peer(pattern: str) -> Any:
    return load_document(learned(pattern))


def test_normalization_survives_the_export() -> None:
    tokenizer = learned(normalizer="nfc")
    assert differences(tokenizer, encode_with(load_document(tokenizer)), lines()) == []
    assert tokenizer.encode_ordinary("e\u0301") == tokenizer.encode_ordinary("\u00e9")


def test_special_tokens_survive_the_export_behind_holes() -> None:
    """``tokenizers`` numbers added tokens anew unless the vocabulary has them: 403 would become 401."""
    text = "one<|endoftext|>two <|pad|>"
    assert load_document(learned()).encode(text).ids == learned().encode(text, allowed_special="all")
    assert load_document(learned()).encode("<|pad|>").ids == [403]


def test_an_export_is_a_folder_that_transformers_loads(tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    to_huggingface(learned(), tmp_path / "out")
    loaded = transformers.AutoTokenizer.from_pretrained(tmp_path / "out")
    assert loaded.eos_token == "<|endoftext|>"
    assert differences(learned(), lambda text: loaded.encode(text, add_special_tokens=False), lines()) == []
    assert from_huggingface(loaded).encode_ordinary("Hello") == learned().encode_ordinary("Hello")


def test_an_export_overwrites_nothing_unasked_and_is_the_same_every_time(tmp_path: Path) -> None:
    to_huggingface(learned(), tmp_path)
    first = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    assert set(first) == {"tokenizer.json", "tokenizer_config.json"}
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(FileExistsError, match=r"tokenizer_config\.json exists already"):
        to_huggingface(learned(), tmp_path)
    assert not (tmp_path / "tokenizer.json").exists(), "nothing is touched when any file is in the way"
    to_huggingface(learned(), tmp_path, force=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == first


@pytest.mark.parametrize("regex", [r"a$|\S+|\s+", r"^a|\S+$|\s+"])
def test_a_pattern_that_oniguruma_reads_otherwise_is_refused(regex: str) -> None:
    with pytest.raises(PatternError, match=r"'\$' at character \d+ of the pattern"):
        tokenizer_document(learned(regex))


def test_a_pattern_of_ones_own_survives_the_export() -> None:
    tokenizer = learned(r"\p{L}+|\p{N}|[^\p{L}\p{N}]")
    assert differences(tokenizer, encode_with(load_document(tokenizer)), lines()) == []


def test_codes_change_no_text_in_other_formats(tmp_path: Path) -> None:
    plain, tokenizer = learned(), learned().with_codes("image", [16])
    assert to_tiktoken(tokenizer).n_vocab == plain.vocab_size + 16
    for exported in (to_tiktoken(tokenizer).encode_ordinary, encode_with(load_document(tokenizer))):
        assert differences(plain, exported, lines()) == []
    write_rank_file(tokenizer, tmp_path / "codes.tiktoken")
    assert differences(plain, read_rank_file(tmp_path / "codes.tiktoken").encode_ordinary, lines()) == []


def test_a_token_that_looks_like_a_code_is_refused() -> None:
    tokenizer = with_tokens(b"\xffimage:3").with_codes("image", [16])
    for convert in (tokenizer_document, to_tiktoken):
        with pytest.raises(VocabularyError, match="has the bytes that stand for id 260 of a block of codes"):
            convert(tokenizer)


def test_a_special_token_spelled_like_a_text_token_is_refused() -> None:
    with pytest.raises(VocabularyError, match="cannot tell the special token 'ab' from the text token"):
        tokenizer_document(with_tokens(b"ab").with_special_tokens(["ab"]))


# --- merges -----------------------------------------------------------------------------------------------------------


@given(st.lists(st.binary(min_size=2, max_size=5), max_size=30), st.binary(max_size=30))
def test_last_pairs_merge_as_ranks_do(tokens: list[bytes], word: bytes) -> None:
    """The claim of ``merges.py``, on vocabularies that no learner would make."""
    few = [bytes(97 + byte % 3 for byte in token) for token in tokens]
    word = bytes(97 + byte % 3 for byte in word)
    ranks = {bytes([byte]): byte for byte in range(256)}
    for token in few:
        ranks.setdefault(token, len(ranks))
    place_of = {pair: place for place, pair in enumerate(merges_of_ranks(ranks))}
    assert merge(word, lambda left, right: place_of.get((left, right))) == merge(
        word, lambda left, right: ranks.get(left + right)
    )


def merge(word: bytes, place_of: Callable[[bytes, bytes], int | None]) -> list[bytes]:
    """The tokens of a word under any order of merging, as slowly and plainly as possible."""
    parts = [word[index : index + 1] for index in range(len(word))]
    while True:
        places = [(place_of(*parts[index : index + 2]), index) for index in range(len(parts) - 1)]
        ranked = [(place, index) for place, index in places if place is not None]
        if not ranked:
            return parts
        index = min(ranked)[1]
        parts[index : index + 2] = [parts[index] + parts[index + 1]]


def test_the_last_pair_is_not_any_split_into_tokens() -> None:
    ranks = {b"a": 0, b"b": 1, b"c": 2, b"bc": 3, b"ab": 4, b"abc": 5}
    # ab and c are tokens too, but bc merges first.
    assert last_pair(b"abc", lambda left, right: ranks.get(left + right)) == (b"a", b"bc")
    assert merges_of_ranks(ranks) == [(b"b", b"c"), (b"a", b"b"), (b"a", b"bc")]


def test_a_token_that_merges_never_reach_has_no_last_pair() -> None:
    assert merges_of_ranks({b"a": 0, b"b": 1, b"c": 2, b"abc": 3}) == []


@needs_data
def test_the_merges_of_o200k_are_those_published_for_gpt4o(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(DATA / "tiktoken-cache"))
    ours = tokenizer_document(load_published("o200k_base"))["model"]["merges"]
    assert [" ".join(pair) for pair in ours] == json.loads(published_document("gpt4o"))["model"]["merges"]


# --- from tokenizers --------------------------------------------------------------------------------------------------


@needs_data
@pytest.mark.parametrize(
    ("name", "pattern", "whole_words", "normalizer"),
    [("gpt4o", "o200k", False, None), ("llama3_1", "llama3", True, None), ("qwen3", "qwen2", False, "nfc")],
)
def test_published_files_are_read_with_their_ids(
    name: str, pattern: str, whole_words: bool, normalizer: str | None
) -> None:
    peer = tokenizers.Tokenizer.from_str(published_document(name))
    tokenizer = from_huggingface(peer, name=name)
    assert (tokenizer.name, tokenizer.pattern) == (name, pattern)
    assert (tokenizer.whole_words, tokenizer.normalizer) == (whole_words, normalizer)
    assert differences(tokenizer, encode_with(peer), lines()) == []
    special = "a<|endoftext|>b" + "".join(list(tokenizer.special_tokens)[:5])
    assert tokenizer.encode(special, allowed_special="all") == peer.encode(special, add_special_tokens=False).ids


@needs_data
@pytest.mark.parametrize("name", ["gpt4o", "llama3_1", "qwen3"])
def test_every_code_point_is_in_the_same_class(name: str) -> None:
    peer = tokenizers.Tokenizer.from_str(published_document(name))
    tokenizer = from_huggingface(peer, name=name)
    # From U+20000 on there are ideographs, tags and variation selectors, and planes without any character.
    planes = [range(0xD800), range(0xE000, 0x20000), range(0x20000, 0x110000, 0x100), range(0xE0000, 0xE0200)]
    texts = (f"a{chr(point)}b {chr(point)} 1{chr(point)}2" for plane in planes for point in plane)
    assert differences(tokenizer, encode_with(peer), texts) == []


@pytest.mark.parametrize("pattern", PATTERNS)
def test_an_export_is_read_back_as_it_was(pattern: str, tmp_path: Path) -> None:
    to_huggingface(learned(pattern), tmp_path / "small")
    back = from_huggingface(tmp_path / "small")
    assert back.name == "small"
    # gpt2, r50k and p50k are one rule by three names.
    assert back.pattern == {"r50k": "gpt2", "p50k": "gpt2"}.get(pattern, pattern)
    assert back.special_tokens == SPECIAL
    assert differences(learned(pattern), back.encode_ordinary, lines()) == []


def test_what_tokenizers_trains_is_read() -> None:
    peer = tokenizers.Tokenizer(tokenizers.models.BPE())
    peer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    peer.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<s>"],
        initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    peer.train_from_iterator(lines(), trainer)
    tokenizer = from_huggingface(peer)
    assert tokenizer.pattern == "gpt2"
    assert differences(tokenizer, encode_with(peer), lines()) == []
    assert tokenizer.encode("x<s>", allowed_special="all") == peer.encode("x<s>").ids


def test_the_alphabet_is_that_of_tokenizers() -> None:
    assert sorted(byte_alphabet()) == sorted(tokenizers.pre_tokenizers.ByteLevel.alphabet())
    assert byte_alphabet()[ord(" ")] == "\u0120"
    assert byte_alphabet()[ord("a")] == "a"


SPLIT = {"type": "Split", "pattern": {"Regex": r"\S+|\s+"}, "behavior": "Isolated", "invert": False}
LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}


def sequence(*steps: dict[str, Any]) -> dict[str, Any]:
    return {"type": "Sequence", "pretokenizers": list(steps)}


REFUSED: list[tuple[str, Any, str]] = [
    ("model.type", "Unigram", 'model.type is "Unigram", which omnitok cannot do; supported is "BPE"'),
    ("model.dropout", 0.1, "model.dropout is 0.1"),
    ("model.unk_token", "<unk>", 'model.unk_token is "<unk>"'),
    ("model.byte_fallback", True, "model.byte_fallback is true"),
    ("model.continuing_subword_prefix", "##", 'model.continuing_subword_prefix is "##"'),
    ("model.vocab", {"\u2581the": 0}, 'model.vocab is "\u2581the"'),
    ("model.vocab", {"a b": 0}, 'model.vocab is "a b"'),
    ("model.merges", [["a"]], r"model.merges[0] is ["),
    ("truncation", {"max_length": 512}, 'truncation is {"max_length": 512}'),
    ("padding", {"strategy": "BatchLongest"}, "padding is {"),
    (
        "normalizer",
        {"type": "Lowercase"},
        'normalizer is {"type": "Lowercase"}, which omnitok cannot do; supported is null',
    ),
    ("normalizer", {"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Strip"}]}, "normalizer is {"),
    ("normalizer", "NFC", 'normalizer is "NFC"'),
    ("pre_tokenizer", None, "pre_tokenizer is null"),
    ("pre_tokenizer", {"type": "Whitespace"}, 'pre_tokenizer is {"type": "Whitespace"}'),
    ("pre_tokenizer", sequence(SPLIT, SPLIT, LEVEL), "pre_tokenizer is {"),
    ("pre_tokenizer", LEVEL, "ByteLevel.use_regex is false, which omnitok cannot do; supported is true"),
    ("pre_tokenizer", sequence(SPLIT, LEVEL | {"use_regex": True}), "ByteLevel.use_regex is true"),
    ("pre_tokenizer", sequence(SPLIT, LEVEL | {"add_prefix_space": True}), "ByteLevel.add_prefix_space is true"),
    ("pre_tokenizer", sequence({"type": "Digits"}, LEVEL), 'type of the first step is "Digits"'),
    ("pre_tokenizer", sequence(SPLIT | {"behavior": "MergedWithNext"}, LEVEL), '["MergedWithNext", false]'),
    ("pre_tokenizer", sequence(SPLIT | {"invert": True}, LEVEL), '["Isolated", true]'),
    ("pre_tokenizer", sequence(SPLIT | {"pattern": {"String": " "}}, LEVEL), 'Split.pattern is {"String": " "}'),
    ("post_processor", {"type": "BertProcessing"}, 'post_processor.type is "BertProcessing"'),
    ("post_processor", {"type": "Sequence", "processors": [{"type": "X"}]}, 'post_processor.processors[0].type is "X"'),
    ("added_tokens", [{"id": 400, "content": "<s>", "lstrip": True}], "added_tokens[0].lstrip is true"),
]
CORRUPT: list[tuple[str, Any, str]] = [
    ("model.vocab", {"a": -1}, "model.vocab['a'] is -1; expected an id"),
    ("model.vocab", {"a": True}, "model.vocab['a'] is True; expected an id"),
    ("model.vocab", [], "model.vocab is missing; expected dict"),
    ("model.merges", [["z", "qqqq"]], "model.merges[0] needs b'qqqq', which model.vocab does not have"),
    ("added_tokens", [{"id": "x", "content": "<s>"}], "added_tokens[0].id is 'x'; expected an id"),
    ("added_tokens", [{"id": 400}], "added_tokens[0].content is None; expected a string"),
    ("model", None, "has no object 'model'"),
]


@pytest.mark.parametrize(
    ("place", "value", "message", "error"),
    [(*case, VocabularyError) for case in REFUSED] + [(*case, CorruptFileError) for case in CORRUPT],
)
def test_what_we_cannot_do_is_refused_with_its_place(
    place: str, value: Any, message: str, error: type[Exception], tmp_path: Path
) -> None:
    document = tokenizer_document(learned())
    *parents, last = place.split(".")
    functools.reduce(lambda part, key: part[key], parents, document)[last] = value
    (tmp_path / "tokenizer.json").write_text(json.dumps(document))
    with pytest.raises(error) as raised:
        from_huggingface(tmp_path)
    assert message in str(raised.value)
    assert str(tmp_path / "tokenizer.json") in str(raised.value)


@pytest.mark.parametrize("regex", [r"\p{N}{1,3}+|\S+|\s+", r"\s+$|\S+|\s+", _native.PATTERNS["cl100k"]])
def test_a_pattern_that_means_something_else_to_us_is_refused(regex: str) -> None:
    document = tokenizer_document(learned())
    document["pre_tokenizer"] = sequence(SPLIT | {"pattern": {"Regex": regex}}, LEVEL)
    peer = tokenizers.Tokenizer.from_str(json.dumps(document))
    with pytest.raises(PatternError, match="the library tokenizers reads it as end of line or as a repetition"):
        from_huggingface(peer)


def test_no_json_is_corrupt(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes(b"{\xff")
    with pytest.raises(CorruptFileError, match="is not JSON"):
        from_huggingface(tmp_path / "tokenizer.json")


# --- tiktoken ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pattern", PATTERNS)
def test_tiktoken_gives_our_ids(pattern: str) -> None:
    encoding = to_tiktoken(learned(pattern))
    assert differences(learned(pattern), encoding.encode_ordinary, lines()) == []
    back = from_tiktoken(encoding)
    assert (back.name, back.regex, back.special_tokens) == ("small", learned(pattern).regex, SPECIAL)
    assert differences(back, encoding.encode_ordinary, lines()) == []
    text = "a<|pad|><|endoftext|>"
    assert encoding.encode(text, allowed_special="all") == learned(pattern).encode(text, allowed_special="all")


def test_a_rank_file_is_read_back_with_its_sidecar(tmp_path: Path) -> None:
    write_rank_file(learned(), tmp_path / "v.tiktoken")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["v.json", "v.tiktoken"]
    back = read_rank_file(tmp_path / "v.tiktoken")
    assert (back.name, back.pattern, back.special_tokens) == ("small", "o200k", SPECIAL)
    assert differences(back, learned().encode_ordinary, lines()) == []
    assert read_rank_file(tmp_path / "v.tiktoken", "gpt2").pattern == "gpt2", "the argument goes before the sidecar"
    with pytest.raises(FileExistsError):
        write_rank_file(learned(), tmp_path / "v.tiktoken")


def test_a_rank_file_without_a_pattern_is_refused(tmp_path: Path) -> None:
    write_rank_file(learned(), tmp_path / "v.tiktoken")
    (tmp_path / "v.json").unlink()
    with pytest.raises(
        VocabularyError, match=r"does not say how text is split.*cl100k, gpt2.*or put v\.json beside it"
    ):
        read_rank_file(tmp_path / "v.tiktoken")
    assert read_rank_file(tmp_path / "v.tiktoken", "o200k").special_tokens == {}


@needs_data
def test_a_published_rank_file_is_known_by_its_digest() -> None:
    tokenizer = read_rank_file(DATA / "vocabularies" / "cl100k_base.tiktoken")
    assert (tokenizer.name, tokenizer.pattern) == ("cl100k_base", "cl100k")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sha256": "00"}, "describes another rank file"),
        ({"special_tokens": {"<s>": "1"}}, "special token '<s>' has id '1'"),
        ({"special_tokens": []}, r"special_tokens is \[\]; expected dict"),
        ({"pattern": 7}, "pattern is 7; expected str"),
    ],
)
def test_a_bad_sidecar_is_refused(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    write_rank_file(learned(), tmp_path / "v.tiktoken")
    sidecar = tmp_path / "v.json"
    sidecar.write_text(json.dumps(json.loads(sidecar.read_text()) | change))
    with pytest.raises(CorruptFileError, match=message):
        read_rank_file(tmp_path / "v.tiktoken")
    sidecar.write_text("[]")
    with pytest.raises(CorruptFileError, match="holds a JSON list"):
        read_rank_file(tmp_path / "v.tiktoken")


def test_the_sidecar_does_not_take_the_rank_files_place(tmp_path: Path) -> None:
    with pytest.raises(VocabularyError, match=r"is the name of the sidecar; call the rank file v\.tiktoken"):
        write_rank_file(learned(), tmp_path / "v.json")


def test_reserved_ids_are_left_out() -> None:
    padded = learned().with_reserved("padding", 108)
    assert padded.vocab_size == 512
    assert to_tiktoken(padded).n_vocab == 404
    assert load_document(padded).get_vocab_size() == 402


def test_ranks_cannot_normalize() -> None:
    with pytest.raises(VocabularyError, match="tiktoken does not normalize text, but this tokenizer applies NFC"):
        to_tiktoken(learned(normalizer="nfc"))


def test_ranks_express_a_merge_list_that_says_the_same() -> None:
    tokenizer = with_tokens(b"bc", b"abc", merges=[(b"b", b"c"), (b"a", b"bc")], whole_words=False)
    assert differences(tokenizer, to_tiktoken(tokenizer).encode_ordinary, ["abcbcab", "bcbc"]) == []


@pytest.mark.parametrize(
    ("tokenizer", "message"),
    [
        # The list never makes abc, ranks make it of a and bc.
        (
            with_tokens(b"bc", b"abc", merges=[(b"b", b"c")]),
            r"token 257 \(b'abc'\) is made of None by its merges, but of \(b'a', b'bc'\) by ranks",
        ),
        (with_tokens(b"bc", b"ab", merges=[(b"a", b"b"), (b"b", b"c")]), "merges before a token of lower rank"),
        (with_tokens(b"abc", merges=[], whole_words=False), "is never the result of a merge"),
        (with_tokens(b"abc", whole_words=False), "is never the result of a merge"),
    ],
)
def test_ranks_that_would_give_other_ids_are_refused(tokenizer: Tokenizer, message: str) -> None:
    with pytest.raises(VocabularyError, match=message):
        to_tiktoken(tokenizer)
