"""Rows of encoding speed: warm, cold, and over threads, each beside a peer on the same documents."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.clock import in_turns
from bench.documents import CORPORA, documents
from bench.figures import Bar, Figure, markdown_table
from bench.row import Row, Samples, Tell
from bench.spread import Spread, ratios, spread

if TYPE_CHECKING:
    from bench.scale import Scale

VOCABULARY = "o200k_base"
PEER = "tiktoken"
NAMES = ["omnitok", PEER]
FIVEFOLD = Bar("at least", 5.0, f"at least 5× {PEER}")
ASKED_OF = "20-language mix"


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure_warm(scale: Scale, tell: Tell) -> Samples:
    """Both peers in one process, in turn, over documents that both have seen."""
    return {"corpora": [_one_process("warm", corpus, scale, tell) for corpus in CORPORA]}


def _measure_threads(scale: Scale, tell: Tell) -> Samples:
    return {"corpora": [_one_process("threaded", ASKED_OF, scale, tell)]}


def _one_process(task: str, corpus: str, scale: Scale, tell: Tell) -> dict[str, Any]:
    documents(corpus, 1)  # Says that data is missing before anything is started.
    tell(corpus)
    outcome = call(
        f"bench.tasks.encoding:{task}",
        corpus=corpus,
        vocabulary=VOCABULARY,
        names=NAMES,
        rounds=scale.warm_rounds,
        longest=scale.document_bytes,
    )
    found: dict[str, Any] = outcome.result()
    return found


def _measure_cold(scale: Scale, tell: Tell) -> Samples:
    """A fresh process for every sample, the processes of the peers in turn."""
    return {"corpora": [_cold_corpus(corpus, scale, tell) for corpus in CORPORA]}


def _cold_corpus(corpus: str, scale: Scale, tell: Tell) -> dict[str, Any]:
    documents(corpus, 1)
    tell(corpus)
    seen: list[dict[str, Any]] = []

    def sample(name: str) -> float:
        outcome = call(
            "bench.tasks.encoding:cold",
            corpus=corpus,
            vocabulary=VOCABULARY,
            name=name,
            longest=scale.document_bytes,
        )
        seen.append(outcome.result())
        return float(seen[-1]["seconds"])

    seconds = in_turns({name: partial(sample, name) for name in NAMES}, scale.cold_rounds)
    size = {key: seen[0][key] for key in ("documents", "bytes", "tokens")}
    differences = sum(one["ids_sha256"] != seen[0]["ids_sha256"] for one in seen)
    found = {"corpus": corpus, **size, "differences": differences}
    return found if differences else {**found, "seconds": seconds}


# --- showing ----------------------------------------------------------------------------------------------------------


def _figures(samples: Samples, state: str) -> list[Figure]:
    return [_figure(one, f"encode, {state}, 1 thread, {one['corpus']}") for one in samples["corpora"]]


def _figure(one: dict[str, Any], what: str) -> Figure:
    asked = one["corpus"] == ASKED_OF
    if one["differences"]:
        measured = f"other ids in {one['differences']:,} documents; not timed"
        return Figure(what, FIVEFOLD.wording if asked else "", measured, "no" if asked else "")
    ratio = ratios(one["seconds"][PEER], one["seconds"]["omnitok"])
    measured = f"{ratio.median:.2f}× {PEER} ({_speed(one, 'omnitok').median:.1f} MB/s)"
    return FIVEFOLD.judge(what, ratio.median, measured) if asked else Figure(what, "", measured)


def _figures_of_threads(samples: Samples) -> list[Figure]:
    (one,) = samples["corpora"]
    what = f"encode, warm, {one['cpus']} threads, {one['corpus']}"
    if one["differences"]:
        return [Figure(what, "", f"other ids in {one['differences']:,} documents; not timed")]
    ratio = ratios(one["seconds"][PEER], one["seconds"]["omnitok"])
    scaling = ratios(one["seconds"]["omnitok, 1 thread"], one["seconds"]["omnitok"])
    speed = _speed(one, "omnitok").median
    return [
        Figure(what, "", f"{ratio.median:.2f}× {PEER} ({speed:.1f} MB/s)"),
        Figure(f"encode, {one['cpus']} threads over 1", "", f"{scaling.median:.2f}×"),
    ]


def _speed(one: dict[str, Any], name: str) -> Spread:
    """MB/s of each sample."""
    return spread([one["bytes"] / 1e6 / seconds for seconds in one["seconds"][name]])


def _details(samples: Samples) -> str:
    rows = [line for one in samples["corpora"] if not one["differences"] for line in _lines(one)]
    header = ["corpus", "encoder", "MB", "documents", "rounds", "MB/s", "least–most", f"times {PEER}"]
    return markdown_table(header, rows, numbers_from=2) + "\n\n" + _EXPLANATION


_EXPLANATION = (
    f"Vocabulary {VOCABULARY}, documents of 4 kB, ids to numpy arrays. Median [quartiles] over rounds; a ratio is "
    "taken within each round. The ids of every document were compared first."
)


def _lines(one: dict[str, Any]) -> list[list[Any]]:
    lines = []
    for name, seconds in one["seconds"].items():
        speed = _speed(one, name)
        ratio = f"{ratios(one['seconds'][PEER], seconds):.2f}"
        size = [f"{one['bytes'] / 1e6:.2f}", f"{one['documents']:,}", len(seconds)]
        lines.append([one["corpus"], name, *size, f"{speed:.1f}", f"{speed.least:.1f}–{speed.most:.1f}", ratio])
    return lines


WARM = Row(
    "encode-warm",
    "Encode, warm: one process, peers in turn, documents seen before",
    _measure_warm,
    lambda samples: _figures(samples, "warm"),
    _details,
)
COLD = Row(
    "encode-cold",
    "Encode, cold: a fresh process for each sample, each document seen once",
    _measure_cold,
    lambda samples: _figures(samples, "cold"),
    _details,
)
THREADS = Row(
    "encode-threads",
    "Encode a batch over all CPUs",
    _measure_threads,
    _figures_of_threads,
    _details,
)
