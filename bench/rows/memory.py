"""The row of memory: what a process holds after it has encoded a gigabyte."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from bench import mono
from bench.child import Outcome, call
from bench.contest import MEMORY, Ask, Contest, details_table
from bench.document_file import write_documents
from bench.figures import Bar, markdown_table
from bench.peers import PEERS, present
from bench.places import data, scratch
from bench.row import Row, Samples, Tell
from bench.team import VOCABULARY, cpus, one_thread

if TYPE_CHECKING:
    from bench.scale import Scale

SMALL = Ask(Bar("at most", 80.0, "at most 80 MB"))


def _measure(scale: Scale, tell: Tell) -> Samples:
    """Processes side by side, one a CPU: nothing is timed."""
    data("vocabularies")
    path = scratch("mono.documents")
    tell(f"writing up to {scale.memory_bytes / 1e6:,.0f} MB")
    written = write_documents(path, mono.in_turns_by_language(scale.memory_bytes))

    def outcome(name: str) -> Outcome:
        found = call(
            "bench.tasks.memory:after_encoding",
            limit=1800,
            environment=one_thread(),
            python=PEERS[name].python,
            peer=name,
            vocabulary=VOCABULARY,
            path=str(path),
            size=scale.memory_bytes,
            seconds=scale.memory_limit,
        )
        tell(name)
        return found

    with ThreadPoolExecutor(len(cpus())) as pool:
        outcomes = dict(zip(present(), pool.map(outcome, present()), strict=True))
    path.unlink()
    found: dict[str, Any] = {
        name: one.value if one.failure is None else {"failure": one.failure} for name, one in outcomes.items()
    }
    return {"vocabulary": VOCABULARY, "size": scale.memory_bytes, "text": written["bytes"], "peers": found}


def _contests(samples: Samples) -> list[Contest]:
    peers = samples["peers"]
    return [
        Contest(
            what=f"resident after {samples['size'] / 1e6:,.0f} MB",
            unit=MEMORY,
            samples={
                name: [(one["after"] - one["before"]) / 1e6]
                for name, one in peers.items()
                if one.get("encoded", 0) >= samples["size"]
            },
            notes={name: note for name, one in peers.items() if (note := _note(one, samples["size"]))},
            asks=(SMALL,),
        )
    ]


def _note(found: dict[str, Any], size: int) -> str:
    if "failure" in found:
        return str(found["failure"])
    return "" if found["encoded"] >= size else f"stopped after {found['encoded'] / 1e6:,.0f} MB"


def _details(samples: Samples) -> str:
    rows = [
        [
            name,
            *(f"{(one[key] - one['before']) / 1e6:.1f}" for key in ("loaded", "after")),
            f"{one['encoded'] / 1e6:,.0f}",
        ]
        for name, one in samples["peers"].items()
        if "after" in one
    ]
    table = markdown_table(["who", "MB when loaded", "MB after", "MB encoded"], rows)
    text = f"{samples['text'] / 1e6:,.0f} MB"
    return f"{details_table(_contests(samples))}\n\n{table}\n\n{_EXPLANATION.format(text=text)}"


_EXPLANATION = (
    "Resident size over that of Python with numpy and a block of text. Documents of 4 kB of 20 languages in turn, "
    "{text} of them over and over, one thread, flat ids, each dropped at once. Who is slow stops before the end."
)


MEMORY_ROW = Row("memory", "Memory after a gigabyte, one thread", _measure, details=_details, contests=_contests)
