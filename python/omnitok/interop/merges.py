"""Ranks and merge lists: two ways to say which tokens merge first, and when they say the same.

A rank file says: two neighbours merge when their bytes together are a token, lowest rank of that token first. A merge
list, as in ``tokenizer.json``, says: two neighbours merge when the pair is listed, earliest first. Call the pair of
tokens that makes a token in the last step when its own bytes are merged, starting from single bytes, the *last pair* of
that token. A token whose bytes do not merge into itself has none; only looking whole words up can produce it.

Claim: while any word is merged, two neighbours whose bytes together are a token T are T's last pair. For consider the
bytes that the two cover. Every merge there so far lay inside them, was the first in priority there when it happened,
and so is a step of merging T's bytes alone as well. Hence merging T alone passes through these same two tokens; it
passes through only one state of two tokens, and that is the last pair. And where T has no last pair, the two would have
merged to give it one.

So a vocabulary of ranks is a merge list of one merge a token, its last pair, in rank order; and a merge list is a
vocabulary of ranks if each token has the same last pair under both rules and the last pairs are listed in rank order.
The naive choices fail: any split of a token into two known tokens would do only if it is the last pair.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from omnitok.errors import VocabularyError

Pair = tuple[bytes, bytes]
Priority = Callable[[bytes, bytes], "int | None"]
"""Gives the place of a pair in the order of merging, lower first, or None for a pair that does not merge."""


def last_pair(token: bytes, priority: Priority) -> Pair | None:
    """The two tokens that merge into ``token`` in the last step, or None when its bytes do not merge into one token.

    O(n**2) for n bytes.
    """
    parts = [token[index : index + 1] for index in range(len(token))]
    while len(parts) > 2:
        best: tuple[int, int] | None = None
        for position in range(len(parts) - 1):
            place = priority(parts[position], parts[position + 1])
            if place is not None and (best is None or place < best[0]):
                best = (place, position)
        if best is None:
            return None
        position = best[1]
        parts[position : position + 2] = [parts[position] + parts[position + 1]]
    if len(parts) < 2 or priority(parts[0], parts[1]) is None:
        return None
    return parts[0], parts[1]


def merges_of_ranks(ranks: Mapping[bytes, int]) -> list[Pair]:
    """The merge list that encodes as ``ranks`` do: the last pair of each token that has one, in rank order.

    Args:
        ranks: Every token with its rank.
    """

    def priority(left: bytes, right: bytes) -> int | None:
        return ranks.get(left + right)

    pairs = (last_pair(token, priority) for token in sorted(ranks, key=ranks.__getitem__))
    return [pair for pair in pairs if pair is not None]


def require_ranks_suffice(ranks: Mapping[bytes, int], merges: Sequence[Pair], *, whole_words: bool) -> None:
    """Proves that a vocabulary with a merge list encodes the same when only its ranks are kept.

    A rank file also implies that a word which is a token is looked up and not merged. Where the vocabulary does not do
    so, its tokens must all be reached by merging, which then leads to the same id.

    Args:
        ranks: Every token with its rank.
        merges: The merge list, highest priority first.
        whole_words: Whether the vocabulary looks words up.

    Raises:
        VocabularyError: It does not; the message names a token that merges in another way or at another time.
    """
    place_of = {pair: place for place, pair in enumerate(merges)}
    by_rank = {left + right: (left, right) for left, right in merges_of_ranks(ranks)}
    latest = -1
    for token in sorted(ranks, key=ranks.__getitem__):
        pair = last_pair(token, lambda left, right: place_of.get((left, right)))
        if pair != by_rank.get(token):
            ways = f"is made of {pair} by its merges, but of {by_rank.get(token)} by ranks"
            raise _not_expressible(token, ranks, ways)
        if pair is None:
            if len(token) > 1 and not whole_words:
                raise _not_expressible(token, ranks, "is never the result of a merge, but a rank file would look it up")
            continue
        if place_of[pair] < latest:
            raise _not_expressible(token, ranks, "merges before a token of lower rank")
        latest = place_of[pair]


def _not_expressible(token: bytes, ranks: Mapping[bytes, int], reason: str) -> VocabularyError:
    return VocabularyError(
        f"ranks alone cannot express this vocabulary: token {ranks[token]} ({token!r}) {reason}; keep the merges: save "
        "a folder or a tokenizer.json"
    )
