"""The oracle is right: worked examples done by hand, and tiktoken's own ids."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitok import _native, oracle
from omnitok.oracle import Merge

WORDS = r"\S+|\s+"
A, B, C = ord("a"), ord("b"), ord("c")
RANK_FILES = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "vocabularies"

SAMPLES = [
    "Hello, world! It's 2024; prices rose 1234567 times.",
    "  \n\n\t leading and trailing  \n ",
    "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e, \u0ab6\u0aac\u0acd\u0aa6",
    "\u4f60\u597d\u4e16\u754c\uff01 \u3053\u3093\u306b\u3061\u306f",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 \U0001f1ee\U0001f1f3 caf\u00e9 cafe\u0301",
    "a" * 50 + "ab" * 30,
    "def f(x):\n    return {'a': x**2}  # <|endoftext|>\n",
]


def test_the_commonest_pair_merges_first() -> None:
    # ab: 3 + 1, bc: 1 -> ab becomes 256. Then (ab)c: 1 is the only pair left.
    merges = oracle.learn(["ab ab ab abc"], 300, r"\S+")
    assert merges == [Merge(A, B, 256, b"ab", 4), Merge(256, C, 257, b"abc", 1)]


def test_ties_go_to_the_smallest_ids() -> None:
    # ca, cb and ab occur once each: (97, 98) is the smallest pair, then (99, 97) before (99, 98).
    merges = oracle.learn(["cb ca ab"], 300, r"\S+")
    assert [(merge.left, merge.right) for merge in merges] == [(A, B), (C, A), (C, B)]


def test_the_left_id_decides_a_tie_before_the_right() -> None:
    merges = oracle.learn(["bb ac"], 300, r"\S+")
    assert [merge.token for merge in merges] == [b"ac", b"bb"]


@pytest.mark.parametrize(("run", "count"), [(1, 0), (2, 1), (3, 1), (4, 2), (5, 2), (6, 3)])
def test_a_run_holds_as_many_pairs_as_can_be_merged(run: int, count: int) -> None:
    assert oracle.count_pairs({(A,) * run: 1})[A, A] == count


def test_runs_inside_a_word_are_counted_apart() -> None:
    assert oracle.count_pairs({(A, A, A, B, A, A): 2}) == {(A, A): 4, (A, B): 2, (B, A): 2}


def test_a_run_that_overlaps_does_not_beat_a_commoner_pair() -> None:
    # aaaa holds aa twice, not three times, so bc with 3 comes first.
    assert oracle.learn(["aaa aaa bc bc bc"], 257, r"\S+")[0].token == b"bc"


def test_counts_are_weights() -> None:
    assert oracle.learn({b"ab": 2, b"bc": 2**40}, 257, WORDS) == [Merge(B, C, 256, b"bc", 2**40)]


def test_texts_and_their_counts_give_the_same_merges() -> None:
    texts = ["the cat sat on the mat", "the rat ate the cat"]
    assert oracle.learn(texts, 270, WORDS) == oracle.learn(oracle.count_words(texts, WORDS), 270, WORDS)


def test_merges_do_not_cross_words() -> None:
    assert all(b" " not in merge.token for merge in oracle.learn(["x y x y x y"], 300, r"\S|\s"))


def test_the_vocabulary_has_the_size_asked_for() -> None:
    merges = oracle.learn(SAMPLES, 300, WORDS)
    assert len(oracle.ranks_of(merges)) == 300
    assert [merge.id for merge in merges] == list(range(256, 300))


@given(st.lists(st.text("ab", max_size=12), max_size=8), st.integers(1, 8))
def test_no_two_merges_make_the_same_bytes(words: list[str], longest: int) -> None:
    merges = oracle.learn([" ".join(words)], 290, r"\S+", max_token_bytes=longest)
    tokens = [merge.token for merge in merges]
    assert len(set(tokens)) == len(tokens)
    assert [merge.id for merge in merges] == list(range(256, 256 + len(merges)))


@given(st.lists(st.text("ab", min_size=1, max_size=12), min_size=1, max_size=8))
def test_encoding_by_ranks_replays_the_merges(words: list[str]) -> None:
    merges = oracle.learn([" ".join(words)], 270, r"\S+")
    ranks = oracle.ranks_of(merges)
    for word in words:
        replayed = tuple(word.encode())
        for merge in merges:
            replayed = oracle.merge_word(replayed, merge.left, merge.right, merge.id)
        assert oracle.encode_word(word.encode(), ranks) == list(replayed)


def test_a_run_by_hand() -> None:
    # aaa 4 times, aaaaa 3 times, aaaaaaa once: aa stands 4 + 2 * 3 + 3 times. Then aaa is [aa a], aaaaa [aa aa a] and
    # aaaaaaa [aa aa aa a]: (aa a) 4 + 3 + 1 times, (aa aa) 3 + 1.
    merges = oracle.learn({b"aaa": 4, b"aaaaa": 3, b"aaaaaaa": 1}, 258, WORDS)
    assert merges == [Merge(A, A, 256, b"aa", 13), Merge(256, A, 257, b"aaa", 8)]


def test_the_longest_token_allowed_is_inclusive() -> None:
    assert [merge.token for merge in oracle.learn(["abcd"] * 3, 300, WORDS, max_token_bytes=2)] == [b"ab", b"cd"]
    assert max(len(merge.token) for merge in oracle.learn(["abcd"] * 3, 300, WORDS, max_token_bytes=4)) == 4


def test_rare_pairs_are_left_alone() -> None:
    assert [merge.token for merge in oracle.learn(["ab ab cd"], 300, r"\S+", min_count=2)] == [b"ab"]


def test_nothing_to_learn() -> None:
    assert oracle.learn([], 300, WORDS) == []
    assert oracle.learn(["a b c"], 300, WORDS) == []


def test_a_word_that_is_a_token_is_not_merged() -> None:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"bc": 256, b"abc": 258}
    assert oracle.encode("abc", ranks, WORDS) == [258]
    # Merging could not have made it from ab and c, which are no tokens, but bc comes first and then a bc.
    assert oracle.encode("abcabc", ranks, WORDS) == [258, 258]


def test_the_lowest_rank_merges_first_and_the_leftmost_of_equals() -> None:
    ranks = {bytes([byte]): byte for byte in range(256)} | {b"bc": 256, b"ab": 257, b"aa": 258}
    assert oracle.encode("abc", ranks, WORDS) == [A, 256]
    assert oracle.encode("aaa", ranks, WORDS) == [258, A]


def test_learned_ranks_encode_what_was_learned() -> None:
    text = "banana bandana banana"
    ranks = oracle.ranks_of(oracle.learn([text], 300, WORDS))
    ids = oracle.encode(text, ranks, WORDS)
    token_of = {token_id: token for token, token_id in ranks.items()}
    assert b"".join(token_of[token_id] for token_id in ids).decode() == text
    assert ids == [ranks[word.encode()] for word in oracle.split(text, WORDS)]


@pytest.mark.skipif(not RANK_FILES.is_dir(), reason="no rank files in ../shared/data")
@pytest.mark.parametrize("name", ["r50k_base", "cl100k_base", "o200k_base"])
def test_ids_are_those_of_tiktoken(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(RANK_FILES.parent / "tiktoken-cache"))
    encoding = tiktoken.get_encoding(name)
    lines = (RANK_FILES / f"{name}.tiktoken").read_bytes().splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines)}
    for text in SAMPLES:
        assert oracle.encode(text, ranks, encoding._pat_str) == encoding.encode_ordinary(text)


@pytest.mark.parametrize(("pattern", "words"), [("omni", ["क", "b", " и", "b"]), ("omni-super", ["क", "b и", "b"])])
def test_sets_that_meet_are_what_they_have_in_common(pattern: str, words: list[str]) -> None:
    assert oracle.split("कb иb", _native.PATTERNS[pattern]) == words
