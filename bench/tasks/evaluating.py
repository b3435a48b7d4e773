"""An evaluation of many tokenizers, with every metric and the intervals."""

from __future__ import annotations

import resource
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.tasks.memory import peak_bytes

if TYPE_CHECKING:
    from omnitok import Tokenizer


def evaluate(parallel: str, vocabularies: list[str], tokenizers: int, sentences: int, draws: int) -> dict[str, Any]:
    """Measures, beside the first of them, and says what it took in this process.

    Args:
        parallel: a folder of parallel text.
        vocabularies: names that ``omnitok.load`` takes; there are as many tokenizers as asked for by taking them in
            turn, each loaded by itself under a name of its own.
        tokenizers: how many.
        sentences: of the text, from its beginning.
        draws: of the bootstrap.
    """
    from omnitok.corpora.parallel import read_parallel
    from omnitok.evaluation import Settings, measure_run, read_parallel_text
    from omnitok.evaluation.measuring import Deferred

    names = [f"{vocabularies[number % len(vocabularies)]}, {number + 1}" for number in range(tokenizers)]
    lines = {code: part[:sentences] for code, part in read_parallel(Path(parallel)).items()}
    begin, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    first, *others = [Deferred(partial(_load, name)) for name in names]
    text = read_parallel_text(lines)
    run = measure_run(others, text, baselines=[first], settings=Settings(draws=draws))
    after = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime,
        "peak_bytes": peak_bytes(),
        "tokenizers": len(run.record["tokenizers"]),
        "languages": len(text.texts),
        "sentences": text.sentences,
        "figures": len(run.frame),
        "intervals": int(run.frame.lo.notna().sum()),
    }


def _load(name: str) -> Tokenizer:
    import omnitok

    return omnitok.load(name.partition(",")[0]).with_name(name)
