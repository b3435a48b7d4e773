"""The row of pathological inputs of 2 MB. A peer that panics or hangs is recorded, not fatal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.contest import FASTER, SPEED, Ask, Contest, details_table
from bench.document_file import write_documents
from bench.figures import Bar
from bench.long_inputs import LONG_INPUTS
from bench.peers import present
from bench.places import data, scratch
from bench.row import Row, Samples, Tell
from bench.rows.encoding import cpu_of, note_of
from bench.team import VOCABULARY, Team, differences

if TYPE_CHECKING:
    from pathlib import Path

    from bench.scale import Scale

FAST_ENOUGH = Ask(Bar("at least", 20.0, "at least 20 MB/s"))


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure(scale: Scale, tell: Tell) -> Samples:
    """In each round fresh processes, each of which gets one input after another until one is too much for it."""
    data("vocabularies")
    data("tiktoken-cache")
    written = {}
    for place, (kind, make) in enumerate(LONG_INPUTS.items()):
        path = scratch(f"long-{place}.documents")
        written[kind] = (path, write_documents(path, [make(scale.long_bytes)])["bytes"])
    found: dict[str, dict[str, Any]] = {
        kind: {"bytes": size, "peers": {name: {"passes": []} for name in present()}, "hashes": {}}
        for kind, (_, size) in written.items()
    }
    for turn in range(scale.long_rounds):
        with Team(present(), limit=scale.long_limit) as team:
            for kind, (path, _) in written.items():
                tell(f"{kind}, round {turn + 1} of {scale.long_rounds}")
                _ask_for_one(team, path, found[kind], scale.budget)
    for one in found.values():
        for name, count in differences(one.pop("hashes")).items():
            one["peers"][name]["differences"] = count
    return {"vocabulary": VOCABULARY, "inputs": found}


def _ask_for_one(team: Team, path: Path, found: dict[str, Any], budget: float) -> None:
    """One sample of each peer that has not failed at this input, nor spent its time on it."""
    for name, peer in found["peers"].items():
        if "failure" in peer or sum(one["seconds"] for one in peer["passes"]) >= budget:
            continue
        team.ask(name, ".read", path=str(path))
        sample = team.ask(name, ".first_pass", output="flat")
        if name in team.failures:
            peer["failure"] = team.failures[name]
            team.reopen(name)
            continue
        found["hashes"][name] = sample.pop("hashes")
        peer["passes"].append(sample)


# --- showing ----------------------------------------------------------------------------------------------------------


def _contests(samples: Samples) -> list[Contest]:
    return [_contest(kind, one) for kind, one in samples["inputs"].items()]


def _contest(kind: str, one: dict[str, Any]) -> Contest:
    megabytes = one["bytes"] / 1e6
    samples = {
        name: [megabytes / taken["cpu_seconds"] for taken in peer["passes"]] for name, peer in one["peers"].items()
    }
    return Contest(
        what=f"{megabytes:.3g} MB: {kind}",
        unit=SPEED,
        samples=samples,
        notes={name: note for name, peer in one["peers"].items() if (note := note_of(peer))},
        asks=(FASTER, FAST_ENOUGH),
        cpu={name: cpu_of(peer["passes"]) for name, peer in one["peers"].items() if peer["passes"]},
    )


def _details(samples: Samples) -> str:
    return details_table(_contests(samples)) + (
        "\n\nOne call in one process a peer and round, which has encoded the inputs above it. A peer that failed goes "
        "on with the next input in a new process, and is not asked for the same one again. Digits and base64 are many "
        "words to the split pattern, the others are one. A speed is by the CPU seconds of the process."
    )


LONG_WORDS = Row("long-words", "Encode pathological inputs of 2 MB", _measure, details=_details, contests=_contests)
