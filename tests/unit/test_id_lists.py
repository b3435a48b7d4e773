"""Lists of ids, whose integers are shared: right, counted, and freed."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitok import _native
from omnitok.batches import TokenBatch
from omnitok.tokenizer import Tokenizer

# Behind the integers that Python itself shares, and behind the table.
IDS = [0, 5, 256, 257, 300, 70_000, (1 << 20) - 1, 1 << 20, (1 << 32) - 1]


def id_list(ids: list[int], *, direct: bool) -> list[int]:
    [found] = _native.id_lists(np.array(ids, dtype=np.uint32), np.array([0, len(ids)]), direct=direct)
    return found


@pytest.mark.parametrize("direct", [True, False])
@given(ids=st.lists(st.sampled_from(IDS) | st.integers(0, 3000), max_size=200), cuts=st.lists(st.integers(0, 200)))
def test_lists_hold_what_numpy_gives(direct: bool, ids: list[int], cuts: list[int]) -> None:
    """Both ways to fill a list: into its memory, and by the calls that a free-threaded Python needs."""
    array = np.array(ids, dtype=np.uint32)
    offsets = np.array([0, *sorted(min(cut, len(ids)) for cut in cuts), len(ids)])
    found = _native.id_lists(array, offsets, direct=direct)
    assert found == [part.tolist() for part in TokenBatch(array, offsets)]
    assert all(type(value) is int for part in found for value in part)


@pytest.mark.parametrize("direct", [True, False])
def test_references_are_counted(direct: bool) -> None:
    [value] = id_list([3001], direct=direct)
    before = sys.getrefcount(value)
    many = id_list([3001] * 1000, direct=direct)
    assert all(item is value for item in many)
    assert sys.getrefcount(value) == before + 1000
    assert [many.pop(), many.pop(0)] == [3001, 3001]
    assert sys.getrefcount(value) == before + 998
    many[5:] = [1] * 5
    del many
    assert sys.getrefcount(value) == before
    # What is put into the list first, the table holds for good.
    assert before >= 2


def test_every_method_shares_the_integers(tiny: Tokenizer) -> None:
    text = "the quick brown fox " * 3
    methods: list[Callable[[], list[int]]] = [
        lambda: tiny.encode(text),
        lambda: tiny.encode_ordinary(text),
        lambda: tiny.encode_with_offsets(text)[0],
        lambda: tiny.encode_batch([text]).tolist()[0],
        lambda: tiny.with_name("other").encode(text),
    ]
    first = tiny.encode(text)
    assert max(first) > 256
    for method in methods:
        again = method()
        assert again == first
        assert all(one is other for one, other in zip(first, again, strict=True))


def test_a_list_is_the_callers_own_and_known_to_the_collector(tiny: Tokenizer) -> None:
    ids: list[Any] = tiny.encode("the dog")
    assert gc.is_tracked(ids)
    ids.append(ids)  # a cycle, which only the collector frees
    ids[0] = "changed"
    assert tiny.encode("the dog")[0] != "changed"
    del ids
    assert gc.collect() >= 1
    grown = tiny.encode("the dog")
    grown.extend(range(1000))
    grown.sort(reverse=True)
    assert grown[0] == 999


def test_offsets_that_do_not_fit_are_refused() -> None:
    for offsets in ([0, 3], [-1, 1], [2, 1]):
        with pytest.raises(ValueError, match=r"text 0 of the batch would be ids\[.*\], and there are 2 ids"):
            TokenBatch(np.zeros(2, np.uint32), np.array(offsets)).tolist()


@pytest.mark.parametrize("direct", [True, False])
def test_nothing_leaks(tiny: Tokenizer, direct: bool) -> None:
    batch = tiny.encode_batch(["the quick brown fox", "नमस्ते", ""] * 5)

    def work() -> None:
        for _ in range(2000):
            _native.id_lists(batch.ids, batch.offsets, direct=direct)
            tiny.encode("the quick brown fox")
            tiny.encode_with_offsets("the quick brown fox")
            tiny.encode_to_numpy("the quick brown fox")
            batch.padded(30)

    work()
    gc.collect()
    before = sys.getallocatedblocks()
    work()
    gc.collect()
    assert abs(sys.getallocatedblocks() - before) < 100


@pytest.mark.parametrize("direct", [True, False])
def test_threads_fill_lists_at_the_same_time(direct: bool) -> None:
    """The first lists with these ids, so that threads race for the places of the table."""
    ids = list(range(200_000, 220_000)) if direct else list(range(220_000, 240_000))
    results: list[list[int]] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        results.append(id_list(ids, direct=direct))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [ids] * 4
    assert all(one is other for one, other in zip(results[0], results[3], strict=True))


def test_arrays_make_no_integers_and_lists_forty_bytes_each() -> None:
    program = """
import numpy as np
from omnitok import _native
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
ids, each = np.arange(1000, 201_000, dtype=np.uint32), np.arange(200_001)
start = resident()
for first in range(0, 200_000, 100):
    _native.id_lists(ids, each[first : first + 101])
print((resident() - start) / 200_000)
"""
    if sys.platform != "linux":
        pytest.skip("reads /proc")
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, timeout=60)
    assert 35 <= float(found.stdout) <= 45
