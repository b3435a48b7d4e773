"""Texts to merges, and tokens to more tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

from omnitok.oracle.encoding import Word, encode_word, merge_word, split


@dataclass(frozen=True)
class Merge:
    """One step of learning.

    Attributes:
        left: Id of the first token of the pair.
        right: Id of the second.
        id: Id of the token that replaces them.
        token: Its bytes.
        count: How often the pair stood in the corpus when it was chosen.
    """

    left: int
    right: int
    id: int
    token: bytes
    count: int


def count_words(texts: Iterable[str], pattern: str) -> Counter[bytes]:
    """How often each word occurs in the texts."""
    return Counter(word.encode("utf-8") for text in texts for word in split(text, pattern))


def learn(
    texts_or_counts: Iterable[str] | Mapping[bytes, int],
    vocab_size: int,
    pattern: str,
    *,
    max_token_bytes: int | None = None,
    min_count: int = 1,
    shorter_first: bool = False,
    whole_characters: bool = False,
) -> list[Merge]:
    """Learns merges until the vocabulary holds ``vocab_size`` tokens or no pair is left.

    Each step takes the pair that occurs most often and, of several, the one with the smallest ids, left id first.

    No two merges make the same bytes, so tokens and ids are one to one. For as long as a stretch of bytes begins and
    ends between tokens, the merges inside it are those that its bytes alone would undergo, in whatever word it stands.
    So when a pair with these bytes merges, every such stretch is that same pair, and none is left to merge later.

    Args:
        texts_or_counts: Texts, or words with their counts.
        vocab_size: Number of tokens, the 256 bytes included.
        pattern: Regular expression that cuts texts into words; counts do not need it.
        max_token_bytes: Longest token allowed, inclusive; None for no limit.
        min_count: A pair that occurs less often is not merged.
        shorter_first: Of the most frequent pairs the one of the fewest characters merges, then the first by its bytes.
        whole_characters: Only pairs that are whole characters or begin one are merged.

    Returns:
        The merges in the order in which they were learned. O(len(merges) * bytes of the distinct words).
    """
    counts = texts_or_counts if isinstance(texts_or_counts, Mapping) else count_words(texts_or_counts, pattern)
    words: dict[Word, int] = {tuple(word): count for word, count in counts.items()}
    tokens = [bytes([byte]) for byte in range(256)]
    merges: list[Merge] = []
    while len(tokens) < vocab_size:
        allowed = {
            pair: count
            for pair, count in count_pairs(words).items()
            if count >= min_count
            and (max_token_bytes is None or len(tokens[pair[0]] + tokens[pair[1]]) <= max_token_bytes)
            and (not whole_characters or keeps_characters(tokens[pair[0]] + tokens[pair[1]]))
        }
        if not allowed:
            break

        def order(pair: tuple[int, int]) -> tuple[object, ...]:
            token = tokens[pair[0]] + tokens[pair[1]]
            length = sum(byte & 0xC0 != 0x80 for byte in token)
            return (-allowed[pair], length, token, pair) if shorter_first else (-allowed[pair], pair)  # noqa: B023

        left, right = min(allowed, key=order)
        merges.append(Merge(left, right, len(tokens), tokens[left] + tokens[right], allowed[left, right]))
        tokens.append(merges[-1].token)
        words = merge_words(words, merges[-1])
    return merges


def learn_parity(
    counts: Mapping[str, Mapping[bytes, int]],
    development: Mapping[str, Mapping[bytes, int]],
    vocab_size: int,
    *,
    global_merges: int = 0,
    window: int = 0,
    min_count: int = 1,
) -> list[Merge]:
    """Learns merges, each chosen by the language that takes the most tokens for its development text.

    Foroutan et al. 2025 (arXiv 2508.04796). Of several languages that take the most, the first by code chooses: the
    pair that occurs most often in its own words, as :func:`learn` has it. A language without such a pair is passed
    over, and so is one that chose twice its even share of the last ``window`` merges, unless no other has a pair.

    Args:
        counts: For each language, words with their counts.
        development: For each language, the words of its development text.
        vocab_size: As in :func:`learn`, and so is ``min_count``.
        global_merges: So many merges are first chosen by the words of all languages together.
        window: How many last merges are remembered; 0 for none.
        min_count: See there.

    Returns:
        The merges. O(len(merges) * bytes of the distinct words).
    """
    words = {code: {tuple(word): count for word, count in counts[code].items()} for code in sorted(counts)}
    texts = {code: {tuple(word): count for word, count in development[code].items()} for code in sorted(development)}
    tokens = [bytes([byte]) for byte in range(256)]
    merges: list[Merge] = []
    choosers: list[str] = []
    while len(tokens) < vocab_size:
        pairs = {code: count_pairs(words[code]) for code in words}
        able = [code for code in texts if max(pairs[code].values(), default=0) >= min_count]
        if len(merges) < global_merges:
            candidates = sum(pairs.values(), Counter())
        elif able:
            lately = choosers[-window:] if window else []
            taken = {code: sum(len(word) * count for word, count in texts[code].items()) for code in able}
            waiting = [code for code in able if not window or lately.count(code) * len(texts) < 2 * window]
            choosers.append(max(waiting or able, key=lambda code: taken[code]))
            candidates = pairs[choosers[-1]]
        else:
            break
        if max(candidates.values(), default=0) < min_count:
            break
        left, right = min(candidates, key=lambda pair: (-candidates[pair], pair))
        merges.append(Merge(left, right, len(tokens), tokens[left] + tokens[right], candidates[left, right]))
        tokens.append(merges[-1].token)
        words = {code: merge_words(words[code], merges[-1]) for code in words}
        texts = {code: merge_words(texts[code], merges[-1]) for code in texts}
    return merges


def extend(counts: Mapping[bytes, int], base: Sequence[bytes], vocab_size: int) -> list[bytes]:
    """Goes on from the tokens ``base``, by rank, until there are ``vocab_size`` or no pair is left.

    Before each step all words are encoded with the tokens that there are, and the pair that occurs most often becomes
    the next token. No part of a token of ``base`` that its own bytes do not lead to becomes one.

    Returns:
        All tokens by rank. O(new tokens * bytes of the distinct words).
    """
    tokens = list(base)
    singles = {token: rank for rank, token in enumerate(base) if len(token) == 1}
    unreached = []
    for rank, token in enumerate(base):
        lower = {other: number for number, other in enumerate(base[:rank]) if len(other) > 1}
        if len(token) > 1 and len(encode_word(token, singles | lower)) != 2:
            unreached.append(token)
    while len(tokens) < vocab_size:
        ranks = {token: rank for rank, token in enumerate(tokens)}
        words: Counter[Word] = Counter()
        for word, count in counts.items():
            words[tuple(encode_word(word, ranks))] += count
        pairs = {
            pair: count
            for pair, count in count_pairs(words).items()
            if not any(tokens[pair[0]] + tokens[pair[1]] in token for token in unreached)
        }
        if not pairs:
            break
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        tokens.append(tokens[left] + tokens[right])
    return tokens


def learn_superwords(
    phrases: Mapping[bytes, int], base: Sequence[bytes], vocab_size: int, joiners_lead: bool, min_count: int = 1
) -> list[bytes]:
    """Goes on from the tokens ``base`` with tokens that have an end of a word inside, until there are ``vocab_size``.

    Before each step all phrases are encoded with the tokens that there are. Of the pairs that are whole characters with
    such a place inside, the one that occurs most often, and ``min_count`` times at least, becomes the next token.

    Args:
        phrases: Phrases with their counts, as a pattern ``-super`` cuts them.
        base: The tokens of the first stage, by rank.
        vocab_size: Number of tokens in all.
        joiners_lead: Whether ZWNJ and ZWJ lead words, as in ``o200k``, or stay with what they stand on, as in ``omni``.
        min_count: See there.

    Returns:
        All tokens by rank. O(new tokens * bytes of the distinct phrases).
    """
    symbol = r"[^\s\p{L}\p{N}\p{M}']" if joiners_lead else r"[^\s\p{L}\p{N}\p{M}'\u200C\u200D]"
    end = regex.compile(rf"(?<=\S)(?= )|(?<=[\p{{L}}\p{{M}}\u200C\u200D])(?={symbol})")
    tokens = list(base)
    while len(tokens) < vocab_size:
        ranks = {token: rank for rank, token in enumerate(tokens)}
        words: Counter[Word] = Counter()
        for phrase, count in phrases.items():
            words[tuple(encode_word(phrase, ranks))] += count
        pairs = {}
        for pair, count in count_pairs(words).items():
            token = tokens[pair[0]] + tokens[pair[1]]
            if count >= min_count and keeps_characters(token) and end.search(token.decode("utf-8", "ignore")):
                pairs[pair] = count
        if not pairs:
            break
        left, right = min(pairs, key=lambda pair: (-pairs[pair], pair))
        tokens.append(tokens[left] + tokens[right])
    return tokens


def keeps_characters(token: bytes) -> bool:
    """Whether a token is whole characters, or the beginning of one."""
    try:
        token.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start == 0 and error.reason == "unexpected end of data"
    return True


def count_pairs(words: Mapping[Word, int]) -> Counter[tuple[int, int]]:
    """How often each pair of neighbours would be merged in words with counts.

    In a run of one token the pairs overlap but cannot all be merged: ``a a a`` holds one pair ``a a``, not two.
    """
    pairs: Counter[tuple[int, int]] = Counter()
    for word, count in words.items():
        end_of_last: dict[tuple[int, int], int] = {}
        for position, pair in enumerate(pairwise(word)):
            if end_of_last.get(pair, 0) <= position:
                end_of_last[pair] = position + 2
                pairs[pair] += count
    return pairs


def merge_words(words: Mapping[Word, int], merge: Merge) -> dict[Word, int]:
    """The words after one merge."""
    merged: Counter[Word] = Counter()
    for word, count in words.items():
        merged[merge_word(word, merge.left, merge.right, merge.id)] += count
    return merged


def ranks_of(merges: Iterable[Merge]) -> dict[bytes, int]:
    """The vocabulary that merges make: every token with its id, which is also its rank."""
    return {bytes([byte]): byte for byte in range(256)} | {merge.token: merge.id for merge in merges}
