"""The row of pathological inputs: a single word of 2 MB. A peer that panics or hangs is recorded, not fatal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.child import Outcome, call
from bench.figures import Bar, Figure, markdown_table
from bench.long_inputs import LONG_INPUTS
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.spread import spread

if TYPE_CHECKING:
    from bench.scale import Scale

NAMES = ("omnitok", "tiktoken", "tokenizers")
VOCABULARY = "o200k_base"
SECOND = Bar("below", 1.0, "below 1 s, no panic")


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("tiktoken-cache")
    data("vocabularies")
    return {"bytes": scale.long_bytes, "inputs": {kind: _input(kind, scale, tell) for kind in LONG_INPUTS}}


def _input(kind: str, scale: Scale, tell: Tell) -> dict[str, Any]:
    tell(kind)
    outcomes: dict[str, list[Outcome]] = {name: [] for name in NAMES}
    for _ in range(scale.long_rounds):
        for name, so_far in outcomes.items():
            # What failed once is not asked again: a hang costs the whole limit each time.
            if any(outcome.failure for outcome in so_far):
                continue
            outcome = call(
                "bench.tasks.long_words:encode",
                limit=scale.long_limit,
                peer=name,
                vocabulary=VOCABULARY,
                kind=kind,
                size=scale.long_bytes,
            )
            so_far.append(outcome)
    return {name: _summary(so_far) for name, so_far in outcomes.items()}


def _summary(outcomes: list[Outcome]) -> dict[str, Any]:
    """The samples of a peer, or why it has none."""
    if outcomes[-1].failure is not None:
        return {"failure": outcomes[-1].failure}
    return {"seconds": [one.value["seconds"] for one in outcomes], "ids_sha256": outcomes[0].value["ids_sha256"]}


# --- showing ----------------------------------------------------------------------------------------------------------


def _figures(samples: Samples) -> list[Figure]:
    size = f"{samples['bytes'] / 1e6:g} MB"
    return [_figure(f"encode {size}: {kind}", found) for kind, found in samples["inputs"].items()]


def _figure(what: str, found: dict[str, Any]) -> Figure:
    ours = found["omnitok"]
    if "failure" in ours:
        return Figure(what, SECOND.wording, ours["failure"], "no")
    witnesses = {name: one for name, one in found.items() if name != "omnitok" and "failure" not in one}
    if any(one["ids_sha256"] != ours["ids_sha256"] for one in witnesses.values()):
        return Figure(what, SECOND.wording, f"other ids than {' and '.join(witnesses)}", "no")
    median = spread(ours["seconds"]).median
    others = ", ".join(f"{name} {_shown(one)}" for name, one in found.items() if name != "omnitok")
    return SECOND.judge(what, median, f"{median:.2f} s ({others})")


def _shown(one: dict[str, Any]) -> str:
    if "failure" in one:
        return "panics" if "Panic" in one["failure"] else "fails"
    return f"{spread(one['seconds']).median:.2f} s"


def _details(samples: Samples) -> str:
    rows = []
    for kind, found in samples["inputs"].items():
        for name, one in found.items():
            if "failure" in one:
                rows.append([kind, name, "", "", "", one["failure"]])
                continue
            taken = spread(one["seconds"])
            speed = samples["bytes"] / 1e6 / taken.median
            around = f"{taken.least:.3f}–{taken.most:.3f}"
            rows.append([kind, name, f"{taken.median:.3f}", around, f"{speed:.1f}", one["ids_sha256"][:12]])
    header = ["input", "encoder", "seconds", "least–most", "MB/s", "SHA-256 of the ids, or the failure"]
    return markdown_table(header, rows, numbers_from=2) + (
        f"\n\n{samples['bytes']:,} bytes, one word to the split pattern of {VOCABULARY}; a fresh process for each "
        "sample."
    )


LONG_WORDS = Row("long-words", "Encode one word of 2 MB", _measure, _figures, _details)
