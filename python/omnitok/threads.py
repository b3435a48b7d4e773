"""How many threads a call uses when it does not say."""

from __future__ import annotations

import os


def thread_count(num_threads: int | None) -> int | None:
    """The number of threads to use; ``None`` leaves it to the core: every CPU of the affinity mask.

    Order: the argument, then the environment variable ``OMNITOK_NUM_THREADS``, then the default.

    Raises:
        ValueError: a number below 1, or a variable that is no number.
    """
    if num_threads is None:
        value = os.environ.get("OMNITOK_NUM_THREADS", "")
        if not value:
            return None
        if not value.isdigit():
            raise ValueError(f"OMNITOK_NUM_THREADS is {value!r}; set it to a number of threads from 1, or unset it")
        num_threads = int(value)
    if num_threads < 1:
        raise ValueError(f"num_threads is {num_threads}; it must be at least 1")
    return num_threads


def usable_threads(num_threads: int | None) -> int:
    """:func:`thread_count` for threads that are Python's own: the default is the CPUs that the process may use."""
    affinity = getattr(os, "sched_getaffinity", None)
    return thread_count(num_threads) or (len(affinity(0)) if affinity else os.cpu_count() or 1)
