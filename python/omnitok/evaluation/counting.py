"""Runs one tokenizer over all languages: what it does to each sentence, and which of its tokens it uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnitok.errors import is_panic
from omnitok.evaluation.measuring import Encoded, count_tokens, encode_lines
from omnitok.evaluation.respelling import SPELLINGS
from omnitok.evaluation.sentences import SPAN_QUANTITIES, TOKEN_QUANTITIES
from omnitok.evaluation.token_bytes import KnownTokens
from omnitok.tokenizer import Tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from omnitok.evaluation.measuring import SupportsEncode
    from omnitok.evaluation.parallel_text import LanguageText, ParallelText

SPANS = slice(TOKEN_QUANTITIES.index(SPAN_QUANTITIES[0]), TOKEN_QUANTITIES.index(SPAN_QUANTITIES[-1]) + 1)


@dataclass(frozen=True)
class WordShares:
    """Shares over the distinct words of a language; NaN where tokens have no known bytes."""

    retention_of_types: float
    retention_bare: float


@dataclass(frozen=True)
class Counted:
    """One tokenizer on one parallel text.

    Attributes:
        sentences: float64, ``[n, languages, TOKEN_QUANTITIES]``; NaN for what could not be counted.
        words: by language.
        uses: how often each id was used, by language, as ids that were used and their counts.
        tokens: the bytes of its tokens.
        failures: what it raised, by language.
    """

    sentences: NDArray[np.float64]
    words: dict[str, WordShares]
    uses: dict[str, tuple[NDArray[np.uint32], NDArray[np.int64]]]
    tokens: KnownTokens
    failures: dict[str, str]


def count_all(tokenizer: SupportsEncode, text: ParallelText, num_threads: int | None = None) -> Counted:
    """Counts everything. What the tokenizer raises in one language costs it that language only."""
    shape = (text.sentences, len(text.texts), len(TOKEN_QUANTITIES))
    counted = Counted(np.full(shape, np.nan), {}, {}, KnownTokens(tokenizer), {})
    for place, (code, part) in enumerate(text.texts.items()):
        try:
            _count(tokenizer, part, counted, place, num_threads)
        except BaseException as error:  # noqa: PERF203 - a tokenizer is anybody's code; what it raises is a finding
            if not isinstance(error, Exception) and not is_panic(error):
                raise
            counted.sentences[:, place] = np.nan
            counted.words.pop(code, None)
            counted.uses.pop(code, None)
            counted.failures[code] = f"{type(error).__name__}: {error}"
    return counted


def _count(
    tokenizer: SupportsEncode, part: LanguageText, counted: Counted, place: int, num_threads: int | None
) -> None:
    code, here = part.language.code, counted.sentences[:, place]
    encoded = encode_lines(tokenizer, part.lines, num_threads)
    here[:, 0] = np.diff(encoded.offsets)
    used, uses = np.unique(encoded.ids, return_counts=True)
    counted.uses[code] = used, uses
    lines, kept = part.layout.measure(*encoded, counted.tokens.table(used.tolist()), num_threads)
    are_known = lines[:, 0] > 0
    if isinstance(tokenizer, Tokenizer):
        # Its text is the bytes of its tokens, which were compared just now.
        here[:, 1] = are_known
    else:
        here[:, 1] = _intact(tokenizer, part, encoded)
    if are_known.all():
        here[:, SPANS] = lines[:, 1:]
        counted.words[code] = _word_shares(tokenizer, part, kept, num_threads)
    for column, name in enumerate(SPELLINGS, start=SPANS.stop):
        here[:, column] = here[:, 0]
        changed = part.respelled[name]
        if changed.numbers:
            here[list(changed.numbers), column] = count_tokens(tokenizer, changed.lines, num_threads)


def _intact(tokenizer: SupportsEncode, part: LanguageText, encoded: Encoded) -> list[bool]:
    ids, offsets = encoded.ids.tolist(), encoded.offsets.tolist()
    return [
        tokenizer.decode(ids[start:end]) == line
        for line, start, end in zip(part.lines, offsets, offsets[1:], strict=False)
    ]


def _word_shares(
    tokenizer: SupportsEncode, part: LanguageText, kept: NDArray[np.uint64], num_threads: int | None
) -> WordShares:
    uses = part.layout.word_uses().astype(np.float64)
    if len(uses) == 0:
        return WordShares(np.nan, np.nan)
    alone = count_tokens(tokenizer, part.layout.words(), num_threads) == 1
    return WordShares(float((kept / uses).mean()), float(uses[alone].sum() / uses.sum()))
