"""A process that learns, and says how long it took and what memory: ``python -m study.learner_task``."""

from __future__ import annotations

import json
import math
import sys
import time

import numpy as np

import omnitok
from bench.tasks.memory import peak_bytes, resident_bytes

_WORD, _TIMES = 1000, 3


def main(task: str, source: str, merges: int, threads: int) -> None:
    """Prints the seconds of the fastest of three runs, symbols before all merges, and the bytes of this process.

    Args:
        task: ``codes``, the learner of codes on one line; ``words``, that of text on the same codes as bytes, in words
            of a thousand; ``text``, that of text on the words of a file.
        source: an array of codes, or a text.
        merges: how many.
        threads: how many of them.
    """
    if task == "text":
        counts = omnitok.count_words([source], pattern="o200k")
        symbols = sum(len(word) for word, _ in counts.items())
    else:
        codes = np.load(source)
        symbols = len(codes)
        if task == "words":
            data = codes.astype(np.uint8).tobytes()
            words = [(data[start : start + _WORD], 1) for start in range(0, len(data), _WORD)]
            counts = omnitok.WordCounts.from_items("o200k", "", words)
            del codes, data, words
    before, seconds = resident_bytes(), math.inf
    for _ in range(_TIMES):
        start = time.perf_counter()
        if task == "codes":
            omnitok.learn_code_merges([codes], merges, sizes=256, num_threads=threads)
        else:
            omnitok.train(counts, vocab_size=256 + merges, num_threads=threads)
        seconds = min(seconds, time.perf_counter() - start)
    print(json.dumps({"seconds": seconds, "symbols": symbols, "before_bytes": before, "peak_bytes": peak_bytes()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
