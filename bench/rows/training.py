"""The row of training: time and peak memory beside other trainers on the same file, each in a process of its own."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.clock import in_turns
from bench.figures import Bar, Figure, markdown_table
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.spread import ratios, spread
from bench.training_text import write_corpus

if TYPE_CHECKING:
    from bench.scale import Scale

PEER = "tokenizers"
OURS = "omnitok"
PARITY = "omnitok, parity mode"
THREADS = 2
PEERS = {PEER: (30, 6), "rustbpe": (8, 3), "ffbpe": (8, None), "bpeasy": (30, None)}
"""How many times faster than each we are to be, and which part of its peak memory we may take."""
SAME = Bar("at most", 0, "merges byte-identical")


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("mono")
    tell("writing the corpus")
    path, sha256 = write_corpus(scale.train_bytes)
    seen: dict[str, list[dict[str, Any]]] = {OURS: [], PARITY: [], **{name: [] for name in PEERS}}

    def sample(name: str) -> float:
        tell(f"{name}, round {len(seen[name]) + 1} of {scale.train_rounds}")
        outcome = call(
            "bench.tasks.training:train",
            limit=1800,
            environment={"RAYON_NUM_THREADS": str(THREADS), "TOKENIZERS_PARALLELISM": "true"},
            trainer=name,
            path=str(path),
            vocab_size=scale.train_vocab_size,
            threads=THREADS,
        )
        seen[name].append(outcome.result())
        return float(seen[name][-1]["seconds"])

    in_turns({name: partial(sample, name) for name in seen}, scale.train_rounds)
    corpus = {"bytes": path.stat().st_size, "sha256": sha256}
    path.unlink()
    return {"corpus": corpus, "vocab_size": scale.train_vocab_size, "threads": THREADS, "trainers": seen}


# --- showing ----------------------------------------------------------------------------------------------------------


def _samples(samples: Samples, name: str, key: str) -> list[float]:
    return [one[key] for one in samples["trainers"][name]]


def _figures(samples: Samples) -> list[Figure]:
    size = f"{samples['corpus']['bytes'] / 1e6:.0f} MB to {samples['vocab_size']:,}, {samples['threads']} threads"
    theirs = samples["trainers"][PEER]
    digests = {(one["merges_sha256"], one["tokens_sha256"]) for one in theirs + samples["trainers"][PARITY]}
    merges = theirs[0]["merges"]
    verdict = f"{merges:,} merges, the same SHA-256" if len(digests) == 1 else "other merges"
    figures = [SAME.judge(f"train {size}, parity mode", len(digests) - 1, verdict)]
    seconds = spread(_samples(samples, OURS, "seconds")).median
    peak = spread(_samples(samples, OURS, "peak_bytes")).median / 1e6
    for name, (times, part) in PEERS.items():
        faster = ratios(_samples(samples, name, "seconds"), _samples(samples, OURS, "seconds")).median
        asked = Bar("at least", times, f"at least {times}× faster")
        figures.append(asked.judge(f"train {size}: time beside {name}", faster, f"{faster:.2f}× ({seconds:.1f} s)"))
        if part:
            share = ratios(_samples(samples, OURS, "peak_bytes"), _samples(samples, name, "peak_bytes")).median
            asked = Bar("at most", 1 / part, f"at most 1/{part} of its peak")
            what = f"train {size}: memory beside {name}"
            figures.append(asked.judge(what, share, f"{share:.2f} of it ({peak:.0f} MB)"))
    return figures


def _details(samples: Samples) -> str:
    rows = []
    for name, runs in samples["trainers"].items():
        seconds = spread([one["seconds"] for one in runs])
        memory = spread([one["peak_bytes"] / 1e6 for one in runs])
        around = f"{seconds.least:.2f}–{seconds.most:.2f}"
        rows.append([name, len(runs), f"{seconds:.2f}", around, f"{memory:.0f}", runs[0]["tokens_sha256"][:12]])
    header = ["trainer", "runs", "seconds", "least–most", "peak MB", "tokens' SHA-256"]
    return markdown_table(header, rows) + (
        f"\n\n{samples['corpus']['bytes']:,} bytes, equally many of each language, SHA-256 "
        f"`{samples['corpus']['sha256'][:12]}`, pattern o200k, minimum frequency 2, from a plain file to a finished "
        "tokenizer. Each run in a process of its own, in turn; peak memory is the largest resident size of it."
    )


TRAIN = Row("train", "Train on the 20-language mix", _measure, figures=_figures, details=_details)
