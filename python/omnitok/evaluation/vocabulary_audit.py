"""What is in a vocabulary: scripts, parts of characters, tokens that no text reaches, junk, what two of them share."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from omnitok import _native
from omnitok.errors import OmnitokError
from omnitok.evaluation.reaching import find_unreached
from omnitok.evaluation.token_bytes import all_token_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from omnitok.evaluation.measuring import SupportsEncode

RARE = 5
"""A token that the corpus uses less often is rare."""

WHOLE = _native.UTF8_KINDS.index("whole")


@dataclass(frozen=True)
class Finding:
    """One token that a reader of the audit should see."""

    tokenizer: str
    id: int
    token: str
    """Its text as a JSON string, or its bytes in hexadecimal after ``0x``."""
    kind: str
    """``unreachable``, ``not_reached_alone``, or a kind of junk."""
    script: str
    uses: int
    """In the corpus, all languages together."""


@dataclass(frozen=True)
class Audit:
    """Figures of one vocabulary.

    Attributes:
        tokens: the bytes of each id, or ``None``.
        uses: int64, ``[vocab_size]``: how often the corpus uses each; 0 without a corpus.
        scripts: of each id, a place in ``names``; 255 for ids without bytes.
        names: of scripts.
        figures: by metric and ``against``; what cannot be known is missing.
        findings: tokens that no text is known to become, and junk, by id.
        duplicates: ids of tokens that differ only in case or in white space around them, the groups by their first.
    """

    tokens: list[bytes | None]
    uses: NDArray[np.int64]
    scripts: NDArray[np.uint8]
    names: list[str]
    figures: dict[tuple[str, str], int]
    findings: list[Finding]
    duplicates: list[tuple[int, ...]]


def audit_tokenizer(tokenizer: SupportsEncode, num_threads: int | None = None) -> Audit:
    """The audit of a vocabulary by itself, without a corpus.

    Raises:
        OmnitokError: the tokenizer does not tell the bytes of its tokens.
    """
    tokens = all_token_bytes(tokenizer)
    if tokens is None:
        raise OmnitokError(f"{tokenizer.name} does not tell the bytes of its tokens, so they cannot be looked at")
    return audit_vocabulary(tokenizer, tokens, num_threads=num_threads)


def audit_vocabulary(
    tokenizer: SupportsEncode,
    tokens: list[bytes | None],
    uses: NDArray[np.int64] | None = None,
    num_threads: int | None = None,
) -> Audit:
    """Looks at every token once, and encodes the text of each that has one, if need be with something around it.

    Which tokens are unreachable is not asked of a tokenizer that puts a space before every text (``adds_space``): most
    of its tokens stand inside words, and no text alone gives them. Of other libraries it is only said which tokens are
    not reached alone.

    Args:
        tokenizer: encodes the tokens, to see which of them come back.
        tokens: the bytes of each id; ``None`` for special tokens, which text never gives.
        uses: how often a corpus uses each id; without it nothing is said of use.
        num_threads: for tokenizers with ``encode_batch``.
    """
    table = _native.TokenTable(tokens)
    kinds, places, junk, names = table.classes()
    has_bytes = np.array([token is not None for token in tokens], dtype=bool)
    found: list[tuple[int, str]] = []
    figures: dict[tuple[str, str], int] = {("vocabulary", ""): tokenizer.vocab_size}
    for place in np.argsort(names):
        figures["script_tokens", names[place]] = int((places[has_bytes] == place).sum())
    if not getattr(tokenizer, "adds_space", False):
        texts = {one: (tokens[one] or b"").decode() for one in np.flatnonzero(kinds == WHOLE).tolist()}
        for kind, ids in find_unreached(tokenizer, texts, num_threads)._asdict().items():
            if ids is not None:
                figures[kind, ""] = len(ids)
                found += [(one, kind) for one in ids]
    for number, kind in enumerate(_native.UTF8_KINDS):
        if number != WHOLE:
            figures[f"undecodable_{kind}", ""] = int((kinds == number).sum())
    if uses is None:
        uses = np.zeros(len(tokens), dtype=np.int64)
    else:
        figures["never_emitted", ""] = int((uses[has_bytes] == 0).sum())
        figures["rare", ""] = int((uses[has_bytes] < RARE).sum())
    for bit, kind in enumerate(_native.JUNK_KINDS):
        figures["junk", kind] = int((junk >> bit & 1).sum())
    duplicates = _groups(table.folded_duplicates())
    figures["duplicates", ""] = sum(len(group) - 1 for group in duplicates)
    found += [
        (one, kind) for bit, kind in enumerate(_native.JUNK_KINDS) for one in np.flatnonzero(junk >> bit & 1).tolist()
    ]
    findings = [
        Finding(tokenizer.name, one, spelled(tokens[one] or b""), kind, names[places[one]], int(uses[one]))
        for one, kind in sorted(found)
    ]
    return Audit(tokens, uses, places, names, figures, findings, duplicates)


def _groups(first: NDArray[np.uint32]) -> list[tuple[int, ...]]:
    """Ids that have the same first one, for every first one that is not alone."""
    order = np.argsort(first, kind="stable")
    starts = np.flatnonzero(np.diff(first[order], prepend=-1))
    return [tuple(group.tolist()) for group in np.split(order, starts[1:]) if len(group) > 1]


def spelled(token: bytes) -> str:
    """A token for people: its text in quotes with escapes, or its bytes in hexadecimal."""
    try:
        return json.dumps(token.decode(), ensure_ascii=False)
    except UnicodeDecodeError:
        return f"0x{token.hex()}"


def only_in(one: Audit, other: Audit) -> list[int]:
    """Ids of the tokens whose bytes are none of the other's."""
    others = {token for token in other.tokens if token is not None}
    return [place for place, token in enumerate(one.tokens) if token is not None and token not in others]


def overlap(one: Audit, other: Audit) -> Iterator[tuple[str, str, float]]:
    """What two vocabularies share: metric, script or nothing, value. Tokens are the same when their bytes are."""
    others = {token for token in other.tokens if token is not None}
    is_token = np.array([token is not None for token in one.tokens], dtype=bool)
    is_common = np.array([token in others for token in one.tokens], dtype=bool) & is_token
    yield "overlap", "", _jaccard(int(is_common.sum()), int(is_token.sum()), len(others))
    used = int(one.uses.sum())
    yield "common_tokens", "", int(one.uses[is_common].sum()) / used if used else np.nan
    everything = np.ones(len(other.tokens), dtype=bool)
    mine, common, theirs = _by_script(one, is_token), _by_script(one, is_common), _by_script(other, everything)
    for script in sorted(mine.keys() | theirs.keys()):
        yield "overlap_of_script", script, _jaccard(common.get(script, 0), mine.get(script, 0), theirs.get(script, 0))


def _by_script(audit: Audit, at: NDArray[np.bool_]) -> dict[str, int]:
    counts = np.bincount(audit.scripts[at], minlength=len(audit.names))
    return dict(zip(audit.names, counts.tolist(), strict=False))


def _jaccard(common: int, one: int, other: int) -> float:
    either = one + other - common
    return common / either if either else np.nan
