"""Comparing ids with a peer over the texts of the parity tests."""

from __future__ import annotations

import time
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, Literal

import omnitok
from bench import peers
from bench.places import data
from omnitok.verification.adversarial import adversarial_texts, difficult_texts
from omnitok.verification.code_points import CONTEXTS, code_point_probes
from omnitok.verification.comparison import compare, plain_text, shortened
from omnitok.verification.references import Reference, find_reference
from omnitok.verification.telltale import telltale
from tests.parity import texts

if TYPE_CHECKING:
    from collections.abc import Iterable

ADVERSARIAL = 100_000
CODE_BYTES = 1_000_000
TELLTALE = "telltale, pattern "
"""Begins the name of a vocabulary in which every cut shows; the name of a split pattern follows."""


class RefusedError(Exception):
    """The peer could not encode a text, so that nothing is known of its ids."""


def compare_ids(peer: Literal["tiktoken", "tokenizers"], vocabulary: str, kind: str, part: float) -> dict[str, Any]:
    """The number of texts on which omnitok and a peer have other ids.

    Args:
        peer: who.
        vocabulary: a published encoding or a ``tokenizer.json`` that the peer loads, or a telltale vocabulary.
        kind: what texts; see :func:`chosen`.
        part: how much of the texts; 1 is everything.
    """
    tokenizer, reference = _pair(peer, vocabulary)
    ours, theirs = plain_text(tokenizer, reference.always_parsed), reference.encode
    start = time.perf_counter()
    found = compare(ours, theirs, chosen(kind, part, surrogates=reference.takes_surrogates))
    seconds = time.perf_counter() - start
    if found.refused:
        raise RefusedError(f"{peer} refused {found.refused} texts: {found.refusals[0].reason}")
    shown = [ascii(shortened(difference, ours, theirs).text) for difference in found.found]
    figures = {"inputs": found.inputs, "bytes": found.bytes, "differences": found.differences, "shown": shown}
    return {**figures, "contexts": len(CONTEXTS), "seconds": seconds}


PATTERNS = {"r50k": "r50k_base", "cl100k": "cl100k_base", "o200k": "o200k_base"}
"""Split patterns, and a published encoding that has each. That of ``p50k_base`` is ``r50k``."""


def _pair(peer: Literal["tiktoken", "tokenizers"], vocabulary: str) -> tuple[omnitok.Tokenizer, Reference]:
    if vocabulary.startswith(TELLTALE):
        pattern = vocabulary.removeprefix(TELLTALE)
        encoding = PATTERNS[pattern]
        return telltale(pattern), find_reference("tiktoken", encoding, omnitok.load(encoding)).telltale()
    if peer == "tiktoken":
        tokenizer = omnitok.load(vocabulary)
        return tokenizer, find_reference("tiktoken", vocabulary, tokenizer)
    path = peers.tokenizer_json(vocabulary)
    tokenizer = omnitok.load(path)
    return tokenizer, find_reference("huggingface", path, tokenizer)


def chosen(kind: str, part: float, *, surrogates: bool) -> Iterable[str]:
    """The texts of a kind. Only tiktoken can take surrogates."""
    if kind == "20 languages":
        lines = texts.parallel_lines(data("parallel").parent)
        files = sorted(data("parallel").glob("*/*.txt"))
        whole = [path.read_text(encoding="utf-8") for path in files] if part >= 1 else []
        return [*lines[:: round(1 / part)], *whole]
    if kind == "code":
        return texts.code_documents(data("mono", "code.jsonl.zst").parents[1], round(CODE_BYTES * part))
    if kind == "code points":
        values = texts.chosen_scalar_values(part)
        return code_point_probes(values if part >= 1 else values[:: round(0.5 / part)])
    adversarial = adversarial_texts(ADVERSARIAL, surrogates=surrogates)
    return chain(difficult_texts(), islice(adversarial, round(ADVERSARIAL * part)))
