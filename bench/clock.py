"""Timing: the garbage collector off, contenders in turn, every sample kept."""

from __future__ import annotations

import gc
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_Name = TypeVar("_Name")
_Sample = TypeVar("_Sample")


class Taken(TypedDict):
    """What work took. More CPU seconds than seconds say that a second CPU worked, fewer that the machine was busy."""

    seconds: float
    cpu_seconds: float


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


def taken(work: Callable[[], object]) -> Taken:
    """The time of one call, by the clock on the wall and by the CPUs of all threads of the process."""
    with without_collector():
        cpu = time.process_time()
        start = time.perf_counter()
        work()
        end = time.perf_counter()
        return {"seconds": end - start, "cpu_seconds": time.process_time() - cpu}


def seconds(work: Callable[[], object]) -> float:
    """The time of one call."""
    return taken(work)["seconds"]


def in_turns(
    contenders: Mapping[_Name, Callable[[], _Sample | None]], rounds: int, budget: float = float("inf")
) -> dict[_Name, list[_Sample]]:
    """Asks every contender for one sample a round.

    Another one begins each round, so that nobody always runs right after the same neighbour. Samples of one round were
    taken within seconds of each other: on a machine with noise their ratio means more than the ratio of two medians.

    Args:
        contenders: by name; one that returns None has failed and is not asked again.
        rounds: the number of samples of each.
        budget: seconds; a contender that has used them up is not asked again, so that the slowest of the field does not
            decide how often the others are measured. Everybody gives one sample.
    """
    samples: dict[_Name, list[_Sample]] = {name: [] for name in contenders}
    used = dict.fromkeys(contenders, 0.0)
    names = list(contenders)
    for turn in range(rounds):
        first = turn % len(names)
        for name in names[first:] + names[:first]:
            if turn > 0 and used[name] >= budget:
                continue
            start = time.monotonic()
            sample = contenders[name]()
            used[name] += time.monotonic() - start
            if sample is None:
                used[name] = float("inf")
            else:
                samples[name].append(sample)
    return samples
