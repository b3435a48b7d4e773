"""Tokens to fewer tokens."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from omnitok.oracle.encoding import encode_word, parts

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence


def prune(
    counts: Mapping[bytes, int],
    tokens: Sequence[bytes],
    vocab_size: int,
    min_use: int = 0,
    *,
    whole_words: bool = False,
) -> list[bytes]:
    """Takes tokens away until ``vocab_size`` are left and none that could go is used less than ``min_use`` times.

    A *leaf* is a token that no other is merged of; the others are *stones*, to step on. Before each step all words are
    encoded with the tokens that there are. The least used leaf goes, of several the last by rank, unless a stone is
    used less. That stone is tried, once: it goes if the tokens that are merged of it can be merged of others of lower
    rank, and the text grows by fewer tokens than the leaf has uses. With ``whole_words`` it is enough that they can be
    looked up, and a stone that is used less than ``min_use`` times goes at any price.

    Returns:
        The tokens that are left, in their order. O(tokens removed * bytes of the distinct words and the tokens).
    """
    ranks = {token: rank for rank, token in enumerate(tokens)}
    tried: set[bytes] = set()
    lost: set[bytes] = set()  # what merging once did not lead to has no parts for good
    while True:
        uses = token_uses(counts, ranks)
        merged = {token: [] if token in lost else parts(token, ranks) for token in ranks if len(token) > 1}
        lost |= {token for token in merged if not merged[token]}
        needed = {part for pair in merged.values() for part in pair}
        by_use = sorted(merged, key=lambda token: (uses[token], -ranks[token]))
        leaf = next((token for token in by_use if token not in needed), None)
        owed = {token for token in needed if whole_words and uses[token] < min_use}
        stone = next((token for token in by_use if token in needed - tried | owed), None)
        price = float("inf") if leaf is None else uses[leaf]
        limit = min_use if len(ranks) <= vocab_size else float("inf")
        if stone is not None and uses[stone] < min(price, limit):
            price = float("inf") if stone in owed else price
            tried.add(stone)
            without = {token: rank for token, rank in ranks.items() if token != stone}
            now = {token: parts(token, without) for token in merged if token != stone and merged[token]}
            is_merged = all(
                new == merged[token] or (new and max(map(ranks.__getitem__, new)) < ranks[token])
                for token, new in now.items()
            )
            if (is_merged or whole_words) and token_uses(counts, without).total() < uses.total() + price:
                ranks = without
        elif leaf is not None and uses[leaf] < limit:
            del ranks[leaf]
        else:
            return list(ranks)


def prune_emitted(
    uses: Mapping[bytes, int],
    tokens: Sequence[bytes],
    vocab_size: int,
    min_use: int = 0,
    unwanted: Collection[bytes] = (),
) -> list[bytes]:
    """Takes tokens away by nothing but how often each is used: what one was used, its parts are when it goes.

    From the last token on, one that is unwanted goes, and one that is used less than ``min_use`` times: alone, if all
    that is merged of it can be merged of other tokens, of lower rank. Else the unwanted one goes with these; and of the
    other one the tokens that are merged of it go, each with those that are merged of it in turn, from the one whose
    uses are the fewest, until it is used enough, or alone, and goes. Then the least used token of which no other is
    merged goes, of several the last by rank, until there are ``vocab_size``.

    Args:
        uses: How often a text becomes each of the tokens.
        tokens: By rank. Merges lead to all of them.
        vocab_size: Number of tokens that may be left.
        min_use: See there.
        unwanted: See there.

    Returns:
        The tokens that are left, in their order. O(tokens^2 * bytes of the tokens).
    """
    ranks, uses = {token: rank for rank, token in enumerate(tokens)}, Counter(uses)

    def users(token: bytes) -> set[bytes]:
        return {other for other in ranks if token in parts(other, ranks)}

    def all_users(token: bytes) -> set[bytes]:
        return set().union(*({user} | all_users(user) for user in users(token)))

    def take(token: bytes) -> None:
        for user in users(token):
            if user in ranks:
                take(user)
        for part in parts(token, ranks):
            uses[part] += uses[token]
        del ranks[token]

    def is_spared(token: bytes) -> bool:
        without = {other: rank for other, rank in ranks.items() if other != token}
        for other in all_users(token):
            new = parts(other, without)
            if new != parts(other, ranks) and not (new and max(map(ranks.__getitem__, new)) < ranks[other]):
                return False
        return True

    for token in reversed(tokens):
        if token not in ranks or len(token) == 1:
            continue
        if token in unwanted:
            if users(token) and is_spared(token):
                del ranks[token]
            else:
                take(token)
        while token in ranks and uses[token] < min_use:
            lost = {user: sum(uses[one] for one in {user} | all_users(user)) for user in users(token)}
            if not lost:
                take(token)
            elif is_spared(token):
                del ranks[token]
            else:
                take(min(lost, key=lambda user: (lost[user], -ranks[user])))
    while len(ranks) > vocab_size:
        leaves = [token for token in ranks if len(token) > 1 and not users(token)]
        take(min(leaves, key=lambda token: (uses[token], -ranks[token])))
    return list(ranks)


def token_uses(counts: Mapping[bytes, int], ranks: Mapping[bytes, int]) -> Counter[bytes]:
    """How often each token occurs in words with counts."""
    by_id = {rank: token for token, rank in ranks.items()}
    uses: Counter[bytes] = Counter()
    for word, count in counts.items():
        for token_id in encode_word(word, ranks):
            uses[by_id[token_id]] += count
    return uses
