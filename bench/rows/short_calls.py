"""The row of short texts: what a call costs from Python."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from bench import mono
from bench.contest import CALL, FASTER, Ask, Contest, details_table
from bench.document_file import write_documents
from bench.figures import Bar
from bench.peers import present
from bench.places import data, scratch
from bench.row import Row, Samples, Tell
from bench.rows.encoding import cpu_of, note_of
from bench.team import VOCABULARY, Team, differences

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.scale import Scale

SIZES = (13, 100, 800)
TEXTS = 64
QUICK_CALL = Ask(Bar("at most", 0.4, "at most 0.4 µs"))


def texts_of_size(size: int) -> Iterator[str]:
    """The beginnings of lines of English prose that are long enough and, so far, ASCII."""
    for line in mono.lines("en"):
        if len(line) > size and line[:size].isascii():
            yield line[:size].decode()


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("vocabularies")
    sizes = []
    with Team(present()) as team:
        for size in SIZES:
            tell(f"{size} bytes")
            path = scratch(f"texts-of-{size}.documents")
            write_documents(path, islice(texts_of_size(size), TEXTS))
            team.each(".read", path=str(path))
            hashes = {name: one["hashes"] for name, one in team.each(".first_pass", output="list").items()}
            calls = team.turns(".calls", scale.warm_rounds, scale.budget)
            found: dict[str, dict[str, Any]] = {name: {"calls": samples} for name, samples in calls.items()}
            for name, count in differences(hashes).items():
                found.setdefault(name, {"calls": []})["differences"] = count
            for name, failure in team.failures.items():
                found[name] = {"calls": [], "failure": failure}
            sizes.append({"bytes": size, "texts": TEXTS, "peers": found})
    return {"vocabulary": VOCABULARY, "sizes": sizes}


def _contests(samples: Samples) -> list[Contest]:
    return [
        Contest(
            what=f"one call, {one['bytes']} bytes to a list",
            unit=CALL,
            samples={name: [call["seconds"] * 1e6 for call in peer["calls"]] for name, peer in one["peers"].items()},
            notes={name: note for name, peer in one["peers"].items() if (note := note_of(peer))},
            asks=(FASTER, QUICK_CALL) if one["bytes"] == SIZES[0] else (FASTER,),
            cpu={name: cpu_of(peer["calls"]) for name, peer in one["peers"].items() if peer["calls"]},
        )
        for one in samples["sizes"]
    ]


def _details(samples: Samples) -> str:
    return details_table(_contests(samples)) + (
        f"\n\n{TEXTS} English texts of each size, one after another, seen before. A sample is the median over a "
        "hundred passes over them; the loop of Python is part of it."
    )


SHORT_CALLS = Row(
    "short-calls", "Encode short texts, one call each, to lists", _measure, details=_details, contests=_contests
)
