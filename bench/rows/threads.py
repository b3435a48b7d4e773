"""The row of batches: all CPUs against one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bench.clock import in_turns
from bench.contest import FASTER, SCALING, SPEED, Ask, Contest, details_table
from bench.documents import MIX, write_corpus
from bench.figures import Bar
from bench.peers import present
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.rows.encoding import cpu_of, note_of
from bench.team import VOCABULARY, Team, cpus, differences

if TYPE_CHECKING:
    from bench.scale import Scale

_WANTED = {2: 1.85, 8: 6.5, 64: 40.0}
"""Times one thread, by the number of CPUs; nothing is asked of another number."""


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("vocabularies")
    written = write_corpus(MIX, scale.document_bytes)
    count = len(cpus())
    names = present()
    tell(f"{count} threads against 1")
    with Team(names) as alone, Team(names, threads=count) as together:
        hashes: dict[str, list[str]] = {}
        for team, threads in ((alone, 1), (together, count)):
            team.each(".read", path=written["path"])
            for name, own in team.each(".batch_hashes", threads=threads).items():
                if hashes.setdefault(name, own) != own:
                    team.failures[name] = f"other ids with {threads} threads"
        standing = [name for name in names if name not in {**alone.failures, **together.failures}]
        contenders = {}
        for name in standing:
            contenders[name, "alone"] = partial(alone.ask, name, ".batch", threads=1)
            contenders[name, "together"] = partial(together.ask, name, ".batch", threads=count)
        taken = in_turns(contenders, scale.warm_rounds, scale.budget)
        failures = {**alone.failures, **together.failures}
    found: dict[str, dict[str, Any]] = {name: {"alone": [], "together": []} for name in names}
    for (name, side), samples in taken.items():
        found[name][side] = samples
    for name, failure in failures.items():
        found[name] = {"alone": [], "together": [], "failure": failure}
    for name, differing in differences(hashes).items():
        found[name]["differences"] = differing
    return {"vocabulary": VOCABULARY, "corpus": MIX, "bytes": written["bytes"], "threads": count, "peers": found}


def _contests(samples: Samples) -> list[Contest]:
    peers, megabytes = samples["peers"], samples["bytes"] / 1e6
    notes = {name: note for name, peer in peers.items() if (note := note_of(peer))}
    wanted = _WANTED.get(samples["threads"])
    asked = () if wanted is None else (Ask(Bar("at least", wanted, f"at least {wanted}× 1 thread")),)

    def speed(side: str, what: str, clock: str) -> Contest:
        return Contest(
            what=f"{samples['corpus']}, a batch over {what}",
            unit=SPEED,
            samples={name: [megabytes / one[clock] for one in peer[side]] for name, peer in peers.items()},
            notes=notes,
            asks=(FASTER,),
            cpu={name: cpu_of(peer[side]) for name, peer in peers.items() if peer[side]},
        )

    times = {
        name: [one["seconds"] / both["seconds"] for one, both in zip(peer["alone"], peer["together"], strict=False)]
        for name, peer in peers.items()
    }
    threads = f"{samples['threads']} threads"
    return [
        speed("together", threads, "seconds"),
        speed("alone", "1 thread", "cpu_seconds"),
        Contest(f"{threads} against 1", SCALING, times, notes, asked),
    ]


def _details(samples: Samples) -> str:
    return details_table(_contests(samples)) + (
        f"\n\n{samples['bytes'] / 1e6:.2f} MB of documents of 4 kB in one call, right after another one, in whatever form "
        "a library gives a batch; tiktoken's arrays come from a pool of Python threads, as its own batches do. The "
        "process with one thread is held on one CPU, and its speed is by its CPU seconds; the others are by the clock "
        "on the wall, and so is the ratio."
    )


THREADS = Row("encode-threads", "Encode a batch over all CPUs", _measure, details=_details, contests=_contests)
