"""Byte-pair encoding as a textbook page: the slow, obvious learner and encoder that the fast ones are tested against.

Nothing here is clever. The learner counts every pair of the corpus anew for every merge, and the encoder looks at every
pair of a word for every merge, so a reader can hold this file against the definition (Gage, 1994; Sennrich, Haddow and
Birch, 2016) and see that it is right. It imports nothing of omnitok and nothing of omnitok imports it. It needs the
package ``regex``.

Definitions. A *word* is what the pattern cuts out of a text; merges never cross words. A *token* is a string of bytes
with an id; ids 0 to 255 are the single bytes. A *merge* replaces two neighbouring tokens by one that has the bytes of
both.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import regex

Word = tuple[int, ...]
"""A word as the ids of its tokens, left to right."""


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


def split(text: str, pattern: str) -> list[str]:
    """The words of a text: all matches of ``pattern``, in the syntax of the package ``regex``."""
    return [match.group() for match in regex.finditer(pattern, text)]


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


def keeps_characters(token: bytes) -> bool:
    """Whether a token is whole characters, or the beginning of one."""
    try:
        token.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start == 0 and error.reason == "unexpected end of data"
    return True


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


def parts(token: bytes, ranks: Mapping[bytes, int]) -> list[bytes]:
    """The two tokens that merge into ``token`` in the last step; empty when its bytes do not lead to it."""
    others = {other: rank for other, rank in ranks.items() if other != token}
    by_id = {rank: other for other, rank in others.items()}
    left = [by_id[token_id] for token_id in encode_word(token, others)] if len(token) > 1 else []
    return left if len(left) == 2 else []


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


def merge_word(word: Sequence[int], left: int, right: int, id: int) -> Word:
    """Replaces ``left right`` by ``id`` in a word, from left to right and without overlap."""
    merged: list[int] = []
    position = 0
    while position < len(word):
        if tuple(word[position : position + 2]) == (left, right):
            merged.append(id)
            position += 2
        else:
            merged.append(word[position])
            position += 1
    return tuple(merged)


def ranks_of(merges: Iterable[Merge]) -> dict[bytes, int]:
    """The vocabulary that merges make: every token with its id, which is also its rank."""
    return {bytes([byte]): byte for byte in range(256)} | {merge.token: merge.id for merge in merges}


def encode(text: str, ranks: Mapping[bytes, int], pattern: str) -> list[int]:
    """The ids of a text, as tiktoken defines them; special tokens play no part.

    Args:
        text: The text.
        ranks: Every token with its rank, which is also its id; all 256 bytes must be there.
        pattern: Regular expression that cuts the text into words.
    """
    return [token_id for word in split(text, pattern) for token_id in encode_word(word.encode("utf-8"), ranks)]


def encode_word(word: bytes, ranks: Mapping[bytes, int]) -> list[int]:
    """The ids of one word: the word's own id if it is a token, else what merging its bytes leads to.

    Of all neighbours whose bytes together are a token, the two with the lowest rank merge, the leftmost of several;
    this repeats until no neighbours form a token. O(n**2) for a word of n bytes.
    """
    if word in ranks:
        return [ranks[word]]
    parts = [bytes([byte]) for byte in word]
    while True:
        ranked = [
            (ranks[left + right], position)
            for position, (left, right) in enumerate(pairwise(parts))
            if left + right in ranks
        ]
        if not ranked:
            return [ranks[part] for part in parts]
        _, position = min(ranked)
        parts[position : position + 2] = [parts[position] + parts[position + 1]]


# --- merges over codes ------------------------------------------------------------------------------------------------

Tiles = dict[tuple[int, int], int]
"""Symbols by the row and the column where their tile begins. A line is a plane of one row."""


def learn_codes(
    planes: Iterable[Sequence[Sequence[int]]],
    merges: int,
    codes: int,
    *,
    rows_only: bool = False,
    min_count: int = 1,
    max_codes: int | None = None,
    frame: int = 1,
) -> list[tuple[int, int, bool, int]]:
    """Learns merges of neighbouring tiles, up to ``merges`` of them: left symbol, right symbol, below, count.

    Each step takes the pair that can be replaced most often; of several the smallest, beside before below.

    Args:
        planes: rows of codes.
        merges: how many.
        codes: number of codes; the first merge is the symbol of this number.
        rows_only: no merge joins rows.
        min_count: a pair that can be replaced less often is not merged.
        max_codes: the most codes of a tile.
        frame: codes in a frame: a tile lies inside one, or is made of whole ones.
    """
    shapes = dict.fromkeys(range(codes), (1, 1))
    learned: list[tuple[int, int, bool, int]] = []
    tilings = [code_tiles(plane) for plane in planes]
    while len(learned) < merges:
        counts: Counter[tuple[int, int, bool]] = Counter()
        for tiles in tilings:
            for place, symbol in tiles.items():
                for down in (False, True)[: 1 if rows_only else 2]:
                    behind = tiles.get(_behind(place, shapes[symbol], down))
                    if behind is not None:
                        counts[symbol, behind, down] = 0
        for pair in counts:
            for tiles in tilings:
                counts[pair] += len(replaceable(tiles, shapes, pair, frame))
        allowed = {
            pair: count
            for pair, count in counts.items()
            if count >= min_count
            and count
            and (max_codes is None or sum(shapes[symbol][0] * shapes[symbol][1] for symbol in pair[:2]) <= max_codes)
        }
        if not allowed:
            break
        pair = min(allowed, key=lambda pair: (-allowed[pair], pair))
        learned.append((*pair, allowed[pair]))
        for tiles in tilings:
            merge_tiles(tiles, shapes, pair, codes + len(learned) - 1, frame)
    return learned


def encode_codes(
    plane: Sequence[Sequence[int]], merges: Iterable[tuple[int, int, bool]], codes: int, *, frame: int = 1
) -> list[int]:
    """The symbols of a plane, in reading order of where their tiles begin: each merge in turn, wherever it fits."""
    shapes, tiles = dict.fromkeys(range(codes), (1, 1)), code_tiles(plane)
    for symbol, merge in enumerate(merges, codes):
        merge_tiles(tiles, shapes, merge, symbol, frame)
    return [tiles[place] for place in sorted(tiles)]


def code_tiles(plane: Sequence[Sequence[int]]) -> Tiles:
    """A tile for each code."""
    return {(row, column): code for row, line in enumerate(plane) for column, code in enumerate(line)}


def merge_tiles(
    tiles: Tiles, shapes: dict[int, tuple[int, int]], pair: tuple[int, int, bool], symbol: int, frame: int
) -> None:
    """Replaces a pair by a symbol, in reading order."""
    (height, width), (other_height, other_width) = shapes[pair[0]], shapes[pair[1]]
    for place in replaceable(tiles, shapes, pair, frame):
        del tiles[_behind(place, shapes[pair[0]], pair[2])]
        tiles[place] = symbol
    shapes[symbol] = (height + other_height, width) if pair[2] else (height, width + other_width)


def replaceable(
    tiles: Tiles, shapes: Mapping[int, tuple[int, int]], pair: tuple[int, int, bool], frame: int
) -> list[tuple[int, int]]:
    """Where a pair can be replaced, in reading order, so that no tile is used twice."""
    left, right, down = pair
    edge = 1 if down else 0
    if shapes[left][edge] != shapes[right][edge]:
        return []
    width = shapes[left][1] if down else shapes[left][1] + shapes[right][1]
    used: set[tuple[int, int]] = set()
    found = []
    for place in sorted(tiles):
        behind, phase = _behind(place, shapes[left], down), place[1] % frame
        keeps = phase + width <= frame or (phase == 0 and width % frame == 0)
        keeps = keeps or frame == 1
        if tiles[place] == left and tiles.get(behind) == right and keeps and not used & {place, behind}:
            used |= {place, behind}
            found.append(place)
    return found


def _behind(place: tuple[int, int], shape: tuple[int, int], down: bool) -> tuple[int, int]:
    (row, column), (height, width) = place, shape
    return (row + height, column) if down else (row, column + width)
