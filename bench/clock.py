"""Timing: the garbage collector off, contenders in turn, every sample kept."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


@contextmanager
def without_collector() -> Iterator[None]:
    """Runs the garbage collector before, and not during."""
    gc.collect()
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def seconds(work: Callable[[], object]) -> float:
    """The time of one call."""
    with without_collector():
        start = time.perf_counter()
        work()
        return time.perf_counter() - start


def in_turns(contenders: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Asks every contender for one sample a round.

    Another one begins each round, so that nobody always runs right after the same neighbour. Samples of one round were
    taken within seconds of each other: on a machine with noise their ratio means more than the ratio of two medians.
    """
    samples: dict[str, list[float]] = {name: [] for name in contenders}
    names = list(contenders)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            samples[name].append(contenders[name]())
    return samples
