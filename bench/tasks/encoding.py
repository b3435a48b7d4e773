"""Encoding documents: warm, cold, and over threads."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from bench import peers
from bench.clock import in_turns, seconds
from bench.documents import documents, utf8_length

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from bench.peers import Encoder, Ids

_SAMPLE_BYTES = 2_000_000
"""A sample of a small corpus is several passes, so that it lasts long enough to be timed."""


def warm(corpus: str, vocabulary: str, names: list[str], rounds: int, longest: int) -> dict[str, Any]:
    """Passes over the same documents by peers in turn. The pass that compares the ids has warmed everybody."""
    texts = documents(corpus, longest)
    encoders = {name: peers.load(name, vocabulary) for name in names}
    return {"corpus": corpus, **rounds_of(encoders, texts, rounds)}


def rounds_of(encoders: dict[str, Encoder], texts: list[str], rounds: int) -> dict[str, Any]:
    """The samples of encoders that agree on every text; without samples when they do not."""
    passes = max(1, _SAMPLE_BYTES // max(1, size_of(texts)))

    def sample(encoder: Encoder) -> float:
        return seconds(lambda: [encoder.each(texts) for _ in range(passes)]) / passes

    found = _size_and_differences({name: encoder.each(texts) for name, encoder in encoders.items()}, texts)
    if found["differences"]:
        return found
    contenders: dict[str, Callable[[], float]] = {name: partial(sample, encoders[name]) for name in encoders}
    return {**found, "passes": passes, "seconds": in_turns(contenders, rounds)}


def cold(corpus: str, vocabulary: str, name: str, longest: int) -> dict[str, Any]:
    """One pass over documents that this process has never seen, after loading and a first word."""
    texts = documents(corpus, longest)
    encoder = peers.load(name, vocabulary)
    encoder.each(["hello"])
    arrays: list[Ids] = []
    taken = seconds(lambda: arrays.extend(encoder.each(texts)))
    return {"seconds": taken, **_size(texts, arrays), "ids_sha256": peers.digest(arrays)}


def threaded(corpus: str, vocabulary: str, names: list[str], rounds: int, longest: int) -> dict[str, Any]:
    """Batches over every CPU and, for the first of the names, on one thread."""
    texts = documents(corpus, longest)
    cpus = len(os.sched_getaffinity(0))
    encoders = {name: peers.load(name, vocabulary) for name in names}
    found = _size_and_differences({name: encoders[name].batch(texts, cpus) for name in names}, texts)
    if found["differences"]:
        return {"corpus": corpus, "cpus": cpus, **found}

    def sample(name: str, threads: int) -> float:
        return seconds(lambda: encoders[name].batch(texts, threads))

    contenders: dict[str, Callable[[], float]] = {name: partial(sample, name, cpus) for name in names}
    contenders[f"{names[0]}, 1 thread"] = partial(sample, names[0], 1)
    return {"corpus": corpus, "cpus": cpus, **found, "seconds": in_turns(contenders, rounds)}


def size_of(texts: Iterable[str]) -> int:
    """Bytes of UTF-8."""
    return sum(utf8_length(text) for text in texts)


def _size(texts: Sequence[str], arrays: Sequence[Ids]) -> dict[str, int]:
    return {"documents": len(texts), "bytes": size_of(texts), "tokens": sum(len(ids) for ids in arrays)}


def _size_and_differences(results: dict[str, Iterable[Ids]], texts: list[str]) -> dict[str, Any]:
    """How many documents have other ids with some peer than with the first."""
    reference, *others = [list(arrays) for arrays in results.values()]
    differing = {
        index
        for arrays in others
        for index, (left, right) in enumerate(zip(reference, arrays, strict=True))
        if left.tolist() != right.tolist()
    }
    return {**_size(texts, reference), "differences": len(differing)}
