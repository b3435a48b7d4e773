"""Encoding documents with one peer, in a process of its own."""

from __future__ import annotations

import importlib
import os
import statistics
import time
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from bench import peers
from bench.clock import taken, without_collector
from bench.document_file import texts_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.clock import Taken

Output = Literal["flat", "list"]

_SAMPLE_BYTES = 2_000_000
"""A sample of a small corpus is several passes, so that it lasts long enough to be timed."""
_BLOCKS = 101
_FIRST_WORD = "hello"


class Session:
    """A loaded vocabulary that has encoded one word, and then documents.

    A pass is one call a document. What a first pass has made is kept, as a program keeps it that reads its documents
    once; later passes drop it at once, so that they measure no allocator.
    """

    def __init__(self, peer: str, vocabulary: str) -> None:
        importlib.import_module(peers.PEERS[peer].module)
        self._encoder = peers.load(peer, vocabulary)
        self._encoder.ids(_FIRST_WORD)
        self._encoder.flat(_FIRST_WORD)
        self._content = b""

    def stay_on(self, cpu: int) -> None:
        """Moves every thread that the library may have started to one CPU, and so those that it will start."""
        if hasattr(os, "sched_setaffinity"):
            for thread in Path("/proc/self/task").iterdir():
                os.sched_setaffinity(int(thread.name), {cpu})

    def read(self, path: str) -> None:
        """Takes the documents of a file."""
        self._content = Path(path).read_bytes()

    def first_pass(self, output: Output) -> dict[str, Any]:
        """Documents that this process has not seen, unless it was told them before, and the hashes of their ids."""
        encode, texts = self._call(output), texts_of(self._content)
        made: list[Any] = []
        sample = taken(lambda: made.extend([encode(text) for text in texts]))
        array = self._encoder.array if output == "flat" else peers.array_of
        arrays = [array(one) for one in made]
        return {**sample, "tokens": sum(map(len, arrays)), "hashes": peers.hashes(arrays)}

    def passes(self, output: Output) -> Taken:
        """Documents that it has seen, over and over until there were enough bytes to time.

        One pass before is not timed: other processes had their turn, and what this one works with was in no cache.
        """
        encode = self._call(output)
        _over(encode, texts_of(self._content))
        count = max(1, _SAMPLE_BYTES // max(1, len(self._content)))
        samples = []
        for _ in range(count):
            texts = texts_of(self._content)
            samples.append(taken(partial(_over, encode, texts)))
        return {
            "seconds": sum(one["seconds"] for one in samples) / count,
            "cpu_seconds": sum(one["cpu_seconds"] for one in samples) / count,
        }

    def calls(self) -> Taken:
        """One call of a list for a text: the median over blocks of a call for each document, in seconds a call."""
        encode, texts = self._encoder.ids, texts_of(self._content)
        with without_collector():
            cpu = time.process_time()
            marks = [time.perf_counter()]
            for _ in range(_BLOCKS):
                _over(encode, texts)
                marks.append(time.perf_counter())
            cpu = time.process_time() - cpu
        blocks = [end - start for start, end in pairwise(marks)]
        return {"seconds": statistics.median(blocks) / len(texts), "cpu_seconds": cpu / _BLOCKS / len(texts)}

    def batch(self, threads: int) -> Taken:
        """All documents in one call.

        One before it is not timed: other processes had their turn, and what this one works with was in no cache. Two
        threads wait longer for that than one does. Each call has strings of its own, as a program has that reads them.
        """
        self._encoder.batch(texts_of(self._content), threads)
        texts = texts_of(self._content)
        return taken(lambda: self._encoder.batch(texts, threads))

    def batch_hashes(self, threads: int) -> list[str]:
        """The hashes of what a batch gives."""
        return peers.hashes(self._encoder.arrays(self._encoder.batch(texts_of(self._content), threads)))

    def _call(self, output: Output) -> Callable[[str], Any]:
        return self._encoder.flat if output == "flat" else self._encoder.ids


def _over(encode: Callable[[str], Any], texts: list[str]) -> None:
    for text in texts:
        encode(text)
