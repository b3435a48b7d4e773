"""Comparing ids with a peer over the texts of the parity tests."""

from __future__ import annotations

import time
from dataclasses import asdict
from itertools import islice
from typing import TYPE_CHECKING, Any

from bench import peers
from bench.places import data
from tests.parity import texts
from tests.parity.comparison import compare

if TYPE_CHECKING:
    from collections.abc import Iterable

ADVERSARIAL = 100_000
CODE_BYTES = 1_000_000
TELLTALE = "telltale, pattern "
"""Begins the name of a vocabulary in which every cut shows; the name of a split pattern follows."""


def compare_ids(peer: str, vocabulary: str, kind: str, part: float) -> dict[str, Any]:
    """The number of texts on which omnitok and a peer have other ids.

    Args:
        peer: ``tiktoken`` or ``tokenizers``.
        vocabulary: a published encoding or a ``tokenizer.json`` that the peer loads, or a telltale vocabulary.
        kind: what texts; see :func:`chosen`.
        part: how much of the texts; 1 is everything.
    """
    ours, theirs = _pair(peer, vocabulary)
    start = time.perf_counter()
    comparison = compare(ours.lists, theirs.lists, chosen(kind, part, foreign=peer == "tiktoken"))
    seconds = time.perf_counter() - start
    return {**asdict(comparison), "contexts": len(texts.CONTEXTS), "seconds": seconds}


def _pair(peer: str, vocabulary: str) -> tuple[peers.Encoder, peers.Encoder]:
    if vocabulary.startswith(TELLTALE):
        from tests.parity.telltale import telltale_encoding

        encoding = telltale_encoding(vocabulary.removeprefix(TELLTALE))
        return peers.omnitok_encoder(encoding), peers.tiktoken_encoder(encoding)
    if peer == "tiktoken":
        return peers.load("omnitok", vocabulary), peers.load(peer, vocabulary)
    return peers.load("omnitok", peers.tokenizer_json(vocabulary)), peers.load(peer, vocabulary)


def chosen(kind: str, part: float, *, foreign: bool) -> Iterable[str]:
    """The texts of a kind. ``foreign`` ones are those that only tiktoken can take: surrogates, special tokens."""
    if kind == "20 languages":
        lines = texts.parallel_lines(data("parallel").parent)
        files = sorted(data("parallel").glob("*/*.txt"))
        whole = [path.read_text(encoding="utf-8") for path in files] if part >= 1 else []
        return [*lines[:: round(1 / part)], *whole]
    if kind == "code":
        return texts.code_documents(data("mono", "code.jsonl.zst").parents[1], round(CODE_BYTES * part))
    if kind == "code points":
        values = texts.scalar_values(part)
        return texts.code_point_probes(values if part >= 1 else values[:: round(0.5 / part)])
    return islice(texts.adversarial_strings(ADVERSARIAL, seed=0, foreign=foreign), round(ADVERSARIAL * part))
