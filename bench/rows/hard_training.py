"""The row of hard training: all of the text, Chinese and Japanese alone, words made up to be hard, little memory."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from bench import mono
from bench.child import call
from bench.clock import in_turns
from bench.figures import Bar, Figure, markdown_table
from bench.languages import language_names
from bench.places import data, scratch
from bench.row import Row, Samples, Tell
from bench.spread import ratios, spread
from bench.training_text import write_corpus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.scale import Scale

THREADS = 2
SPACELESS = ("zh", "ja")
EVERYTHING, MIX, ALONE = "all of the text", "mix of 20 languages", "Chinese and Japanese"
BESIDE = {"ties": "common", "beyond": "common", "runs": "no runs"}
"""Words made up to be hard, and those without the difficulty that they are measured beside."""
TITLES = {
    "ties": "all counts equal",
    "beyond": "counts beyond 2^32",
    "runs": "words that repeat one letter",
    "common": "counts by Zipf's law",
    "no runs": "as long, without runs",
}
RUNS_VOCAB_SIZE = 256 + 4 * 26
BOUNDED, UNBOUNDED = "bounded", "unbounded"
SAME = Bar("at most", 0, "the same tokens")


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("mono")
    tell("writing the corpora")
    with _corpora(scale) as (folder, mix, alone):
        sources = {EVERYTHING: folder, MIX: mix, ALONE: alone}
        texts = {name: _train(name, path, scale, tell) for name, path in sources.items()}
        sizes = {name: path.stat().st_size for name, path in sources.items() if path.is_file()}
        counting = {
            name: _ask("count", tell, folder=str(folder), memory=memory, threads=THREADS)
            for name, memory in ((BOUNDED, scale.hard_memory), (UNBOUNDED, None))
        }
    return {
        "threads": THREADS,
        "vocab_size": scale.train_vocab_size,
        "texts": texts,
        "bytes": sizes,
        "memory": scale.hard_memory,
        "counting": counting,
        "words_vocab_size": scale.hard_vocab_size,
        "words": _words(scale, tell),
        "checked": {kind: _learn(kind, scale, tell, words=scale.hard_words // 10, check=True) for kind in BESIDE},
    }


@contextmanager
def _corpora(scale: Scale) -> Iterator[tuple[Path, Path, Path]]:
    """The folder of all text, and plain files of the mix and of Chinese and Japanese; what was written goes again."""
    mix, _ = write_corpus(scale.train_bytes)
    alone, folder = scratch("spaceless.txt"), data("mono")
    with alone.open("wb") as file:
        for code in SPACELESS:
            file.writelines(_beginning(code, scale.hard_bytes))
    if scale.hard_bytes is not None:
        folder = scratch("mono")
        folder.mkdir(exist_ok=True)
        for code in language_names():
            (folder / f"{code}.txt").write_bytes(b"".join(_beginning(code, scale.hard_bytes)))
    try:
        yield folder, mix, alone
    finally:
        mix.unlink()
        alone.unlink()
        if scale.hard_bytes is not None:
            shutil.rmtree(folder)


def _beginning(code: str, size: int | None) -> Iterator[bytes]:
    for line in mono.lines(code):
        yield line
        if size is not None:
            size -= len(line)
            if size <= 0:
                return


def _train(name: str, path: Path, scale: Scale, tell: Tell) -> list[dict[str, Any]]:
    found = []
    for turn in range(scale.hard_rounds):
        tell(f"{name}, round {turn + 1} of {scale.hard_rounds}")
        outcome = call(
            "bench.tasks.training:train",
            limit=1800,
            trainer="omnitok",
            path=str(path),
            vocab_size=scale.train_vocab_size,
            threads=THREADS,
        )
        found.append(outcome.result())
    return found


def _ask(task: str, tell: Tell, **arguments: Any) -> dict[str, Any]:
    tell(f"{task} {arguments}")
    found: dict[str, Any] = call(f"bench.tasks.hard_training:{task}", limit=1800, **arguments).result()
    return found


def _learn(kind: str, scale: Scale, tell: Tell, *, words: int, check: bool) -> dict[str, Any]:
    # Runs yield few tokens: most are twice another.
    size = RUNS_VOCAB_SIZE if "runs" in kind else scale.hard_vocab_size
    if check:
        size = min(size, max(RUNS_VOCAB_SIZE, scale.hard_vocab_size // 10))
    return _ask("learn", tell, kind=kind, words=words, vocab_size=size, threads=THREADS, check=check)


def _words(scale: Scale, tell: Tell) -> dict[str, list[dict[str, Any]]]:
    kinds = dict.fromkeys([*BESIDE, *BESIDE.values()])
    ask = {kind: partial(_learn, kind, scale, tell, words=scale.hard_words, check=False) for kind in kinds}
    return in_turns(ask, scale.hard_rounds)


# --- showing ----------------------------------------------------------------------------------------------------------


def _of(runs: list[dict[str, Any]], key: str) -> list[float]:
    return [float(one[key]) for one in runs]


def _figures(samples: Samples) -> list[Figure]:
    threads, size = f"{samples['threads']} threads", f"{samples['vocab_size']:,}"
    return [*_text_figures(samples, f"to {size}, {threads}"), *_words_figures(samples), *_counting_figures(samples)]


def _text_figures(samples: Samples, how: str) -> list[Figure]:
    everything = samples["texts"][EVERYTHING]
    seconds = spread(_of(everything, "seconds")).median
    peak = spread(_of(everything, "peak_bytes")).median / 1e9
    per_byte = {
        name: [one / samples["bytes"][name] for one in _of(samples["texts"][name], "seconds")] for name in (MIX, ALONE)
    }
    times = ratios(per_byte[ALONE], per_byte[MIX]).median
    return [
        Bar("at most", 20, "at most 20 s").judge(f"{EVERYTHING} {how}: time", seconds, f"{seconds:.1f} s"),
        Bar("at most", 1.5, "at most 1.5 GB").judge(f"{EVERYTHING} {how}: memory", peak, f"{peak:.2f} GB"),
        Bar("at most", 3, "at most 3× the mix").judge(f"{ALONE} {how}: time a byte", times, f"{times:.2f}×"),
    ]


def _words_figures(samples: Samples) -> list[Figure]:
    figures = []
    asked = Bar("at most", 2, "at most 2× as slow")
    for kind, plain in BESIDE.items():
        runs, others = samples["words"][kind], samples["words"][plain]
        times = ratios(_of(runs, "seconds"), _of(others, "seconds")).median
        figures.append(asked.judge(f"{TITLES[kind]}: beside {TITLES[plain]}", times, f"{times:.2f}×"))
    digests = {one["tokens_sha256"] for kind in ("beyond", "common") for one in samples["words"][kind]}
    verdict = "the same SHA-256" if len(digests) == 1 else "other tokens"
    figures.append(SAME.judge(f"{TITLES['beyond']}: as small counts give", len(digests) - 1, verdict))
    checked = ", ".join(TITLES[kind] for kind in samples["checked"])
    return [*figures, Figure(f"every merge derived again: {checked}", "no merge is wrong", "none is", "yes")]


def _counting_figures(samples: Samples) -> list[Figure]:
    bounded, unbounded = samples["counting"][BOUNDED], samples["counting"][UNBOUNDED]
    limit = f"{samples['memory'] / (1 << 20):.0f} MiB"
    same = Bar("at most", 0, "the same counts")
    verdict = "the same SHA-256" if bounded["digest"] == unbounded["digest"] else "other counts"
    what = f"counting {EVERYTHING} within {limit}"
    spent = (
        f"{bounded['peak_bytes'] / (1 << 20):.0f} MiB beside {unbounded['peak_bytes'] / (1 << 20):.0f} without limit"
    )
    return [
        same.judge(what, int(bounded["digest"] != unbounded["digest"]), verdict),
        Figure(f"{what}: peak over Python with omnitok", "", spent),
    ]


def _details(samples: Samples) -> str:
    rows = []
    for name, runs in samples["texts"].items():
        memory = f"{spread(_of(runs, 'peak_bytes')).median / 1e6:.0f}"
        rows.append([name, samples["vocab_size"], *_times(runs), memory, runs[0]["tokens_sha256"][:12]])
    for kind, runs in samples["words"].items():
        size = "" if "runs" in kind else samples["words_vocab_size"]
        rows.append([TITLES[kind], size, *_times(runs), "", runs[0]["tokens_sha256"][:12]])
    for name, one in samples["counting"].items():
        rows.append([f"counting, {name}", "", *_times([one]), f"{one['peak_bytes'] / 1e6:.0f}", one["digest"][:12]])
    header = ["what", "ids", "seconds", "least–most", "peak MB", "SHA-256"]
    return f"{markdown_table(header, rows)}\n\n{_EXPLANATION}"


def _times(runs: list[dict[str, Any]]) -> list[str]:
    seconds = spread(_of(runs, "seconds"))
    return [f"{seconds.median:.2f}", f"{seconds.least:.2f}–{seconds.most:.2f}"]


_EXPLANATION = (
    "Texts from files to a finished tokenizer. Words that are made up: from counts in memory to a finished tokenizer, "
    "each kind in turn with the one it is measured beside, runs to 360 ids; a tenth of them once more with every merge "
    "derived again. Counting: from files to a counts file; memory over that of the process before. What a decompressor "
    "needs, for zstd up to the size of a file, is part of the peak and not of the limit."
)

TRAIN_HARD = Row("train-hard", "Train on what is hard", _measure, figures=_figures, details=_details)
