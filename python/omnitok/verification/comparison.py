"""Comparing the ids of texts, over threads, and cutting a text on which they differ down to what matters."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from omnitok.threads import usable_threads

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from concurrent.futures import Future
    from typing import TypeAlias

    from omnitok.batches import TokenBatch
    from omnitok.tokenizer import Tokenizer

    Ours: TypeAlias = Callable[[list[str]], TokenBatch]
    Theirs: TypeAlias = "Callable[[list[str]], Sequence[Sequence[int] | Refusal]]"

# One batch is encoded in a fraction of a second, so that an interrupt is answered soon.
_TEXTS_AT_ONCE = 1024
_CHARACTERS_AT_ONCE = 1 << 18
_REFUSALS_LISTED = 100
_BEGINNING = 24
_FRAME = 8


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a reference gives in place of ids for a text that it cannot encode."""

    reason: str


@dataclass(frozen=True, slots=True)
class RefusedText:
    """A text that the reference could not encode. Nothing is known of its ids.

    Attributes:
        index: Which text of its set, from 0.
        beginning: Its first 24 characters.
        characters: Their number in all.
        reason: Why.
    """

    index: int
    beginning: str
    characters: int
    reason: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A text with other ids than the reference has.

    Attributes:
        index: Which text of its set, from 0.
        text: The text.
        ours: Our ids.
        theirs: Those of the reference.
    """

    index: int
    text: str
    ours: tuple[int, ...]
    theirs: tuple[int, ...]

    @property
    def first(self) -> int:
        """Position of the first id that differs, from 0; the end of the shorter list when it begins the longer."""
        pairs = enumerate(zip(self.ours, self.theirs, strict=False))
        shorter = min(len(self.ours), len(self.theirs))
        return next((position for position, (left, right) in pairs if left != right), shorter)


@dataclass
class Comparison:
    """What came of comparing a set of texts.

    Attributes:
        inputs: Number of texts.
        bytes: Their size as UTF-8.
        ids: Number of our ids of those that were compared.
        refused: Number of texts that the reference could not encode, which are not compared.
        different: The indexes of those with other ids.
        found: The first of them, in text order.
        refusals: The first 100 that were refused.
        texts_sha256: SHA-256 of all texts, each behind its length in bytes (8 bytes, big-endian).
        ids_sha256: SHA-256 of our ids of the texts compared, each text's behind their number; little-endian uint32.
    """

    inputs: int = 0
    bytes: int = 0
    ids: int = 0
    refused: int = 0
    different: list[int] = field(default_factory=list)
    found: list[Difference] = field(default_factory=list)
    refusals: list[RefusedText] = field(default_factory=list)
    texts_sha256: str = ""
    ids_sha256: str = ""

    @property
    def differences(self) -> int:
        """Number of texts with other ids."""
        return len(self.different)

    def _add(self, part: _Part, keep: int | None) -> None:
        self.bytes += part.size
        self.ids += part.id_count
        self.inputs += part.inputs
        self.different += [difference.index for difference in part.differences]
        self.refused += len(part.refusals)
        self.found += part.differences if keep is None else part.differences[: keep - len(self.found)]
        self.refusals += part.refusals[: _REFUSALS_LISTED - len(self.refusals)]


class _Part(NamedTuple):
    """What came of one batch; ``texts`` and ``ids`` are what the digests are taken of."""

    inputs: int
    size: int
    id_count: int
    texts: bytes
    ids: bytes
    differences: list[Difference]
    refusals: list[RefusedText]


def plain_text(tokenizer: Tokenizer, always_parsed: Collection[str] = ()) -> Ours:
    """How our side encodes: nothing in a text is special but the special tokens that the other side parses unasked."""
    allowed = [name for name in tokenizer.special_tokens if name in always_parsed]
    return lambda texts: tokenizer.encode_batch(texts, 1, allowed_special=allowed, disallowed_special=())


def compare(
    ours: Ours,
    theirs: Theirs,
    texts: Iterable[str],
    *,
    keep: int | None = 5,
    num_threads: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> Comparison:
    """Compares the ids of texts. The result does not depend on the number of threads.

    Args:
        ours: Our ids of some texts.
        theirs: Ids of the same texts, or why there are none. Both are called from several threads at once.
        texts: The texts; they are read as they are needed, and few are in memory at a time.
        keep: How many differences are kept beside their number; ``None`` keeps all.
        num_threads: Default ``OMNITOK_NUM_THREADS``, else every CPU that the process may use.
        progress: Called with the number of texts compared so far.
    """
    result = Comparison()
    texts_hash, ids_hash = hashlib.sha256(), hashlib.sha256()
    threads = usable_threads(num_threads)
    pool = ThreadPoolExecutor(threads)
    running: deque[Future[_Part]] = deque()

    def finish_first() -> None:
        part = running.popleft().result()
        result._add(part, keep)
        texts_hash.update(part.texts)
        ids_hash.update(part.ids)
        if progress is not None:
            progress(result.inputs)

    try:
        for start, batch in _batches(texts):
            running.append(pool.submit(_compare_batch, ours, theirs, batch, start))
            if len(running) > 2 * threads:
                finish_first()
        while running:
            finish_first()
    finally:
        pool.shutdown(cancel_futures=True)
    result.texts_sha256, result.ids_sha256 = texts_hash.hexdigest(), ids_hash.hexdigest()
    return result


def _batches(texts: Iterable[str]) -> Iterator[tuple[int, list[str]]]:
    """Batches of texts, each with the index of its first."""
    start = 0
    batch: list[str] = []
    characters = 0
    for text in texts:
        batch.append(text)
        characters += len(text)
        if len(batch) == _TEXTS_AT_ONCE or characters >= _CHARACTERS_AT_ONCE:
            yield start, batch
            start, batch, characters = start + len(batch), [], 0
    if batch:
        yield start, batch


def _compare_batch(ours: Ours, theirs: Theirs, texts: list[str], start: int) -> _Part:
    import numpy as np

    kept: list[tuple[int, str, Sequence[int]]] = []
    refusals: list[RefusedText] = []
    for index, (text, answer) in enumerate(zip(texts, theirs(texts), strict=True), start):
        if isinstance(answer, Refusal):
            refusals.append(RefusedText(index, text[:_BEGINNING], len(text), answer.reason))
        else:
            kept.append((index, text, answer))
    batch = ours([text for _, text, _ in kept])
    ids = np.insert(batch.ids, batch.offsets[:-1], batch.lengths().astype(np.uint32)).astype("<u4", copy=False)
    framed = b"".join(map(_framed, texts))
    size = len(framed) - _FRAME * len(texts)
    return _Part(len(texts), size, len(batch.ids), framed, ids.tobytes(), _differences(batch, kept), refusals)


def _framed(text: str) -> bytes:
    data = text.encode("utf-8", "surrogatepass")
    return len(data).to_bytes(_FRAME, "big") + data


def _differences(batch: TokenBatch, theirs: list[tuple[int, str, Sequence[int]]]) -> list[Difference]:
    import numpy as np

    lengths = np.fromiter((len(ids) for _, _, ids in theirs), dtype=np.int64, count=len(theirs))
    ids = chain.from_iterable(ids for _, _, ids in theirs)
    flat = np.fromiter(ids, dtype=np.int64, count=int(lengths.sum()))
    if np.array_equal(lengths, batch.lengths()) and np.array_equal(flat, batch.ids):
        return []
    rows = zip(batch.tolist(), theirs, strict=True)
    return [
        Difference(index, text, tuple(left), tuple(right)) for left, (index, text, right) in rows if left != list(right)
    ]


# --- the shortest text that shows it ----------------------------------------------------------------------------------


def shortened(difference: Difference, ours: Ours, theirs: Theirs) -> Difference:
    """The difference on a part of its text which loses it when it loses any one character.

    In a text that differs in one place, some 2.5 times its length is encoded.
    """
    best = difference
    step = len(best.text) // 2
    while step:
        before, start = best, 0
        while start < len(best.text):
            part = best.text[:start] + best.text[start + step :]
            if shorter := compare_one(part, ours, theirs, difference.index):
                best = shorter
            else:
                start += step
        # Losing a character can make an earlier one superfluous.
        if step > 1 or best is before:
            step //= 2
    return best


def compare_one(text: str, ours: Ours, theirs: Theirs, index: int = 0) -> Difference | None:
    """The difference on one text, or ``None`` when there is none or the reference cannot encode it."""
    (answer,) = theirs([text])
    if isinstance(answer, Refusal):
        return None
    left, right = tuple(ours([text]).ids.tolist()), tuple(answer)
    return None if left == right else Difference(index, text, left, right)
