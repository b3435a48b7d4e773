"""Rows of what a program waits for: the import, and a published vocabulary up to its first token."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.clock import in_turns, seconds
from bench.contest import FASTER, WAIT, Ask, Contest, details_table
from bench.figures import Bar, Figure, markdown_table
from bench.peers import OURS, PEERS, REFERENCES, present, tokenizer_json
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.spread import Spread, spread

if TYPE_CHECKING:
    from bench.scale import Scale

BARE = "bare Python"
NAMES = ("omnitok", "tiktoken", "tokenizers")
UNCOMPILED = "omnitok, no compiled form"
VOCABULARY = "o200k_base"
IMPORT = Bar("below", 60.0, "below 60 ms over bare Python")
LIGHT = Bar("at most", 0, "none of numpy, pandas, matplotlib, datasets, torch, tokenizers")
LOAD = Ask(Bar("below", 60.0, "below 60 ms"))


# --- import -----------------------------------------------------------------------------------------------------------


def _measure_import(scale: Scale, tell: Tell) -> Samples:
    """Whole processes, from start to end, so that nothing which an import leaves for later is missed."""
    tell(f"{scale.import_rounds} rounds")
    statements = {BARE: "pass", **{name: f"import {name}" for name in NAMES}}
    with tempfile.TemporaryDirectory() as empty:

        def sample(statement: str) -> float:
            command = [sys.executable, "-c", statement]
            return seconds(lambda: subprocess.run(command, check=True, cwd=empty, stdin=subprocess.DEVNULL))

        for statement in statements.values():
            sample(statement)  # Byte code is compiled, files are in the page cache.
        samples = in_turns({name: partial(sample, one) for name, one in statements.items()}, scale.import_rounds)
    loaded = call("bench.tasks.startup:heavy_imports", module="omnitok").result()
    return {"seconds": samples, **loaded}


def _over_bare(samples: Samples, name: str) -> Spread:
    """Milliseconds over bare Python in the same round."""
    bare = samples["seconds"][BARE]
    return spread([(one - base) * 1e3 for one, base in zip(samples["seconds"][name], bare, strict=True)])


def _figures_of_import(samples: Samples) -> list[Figure]:
    ours = _over_bare(samples, "omnitok").median
    heavy = samples["heavy"]
    loaded = ", ".join(heavy) if heavy else f"none ({samples['modules']} modules in all)"
    return [
        IMPORT.judge("import omnitok", ours, f"{ours:.1f} ms"),
        LIGHT.judge("import omnitok: heavy packages loaded", len(heavy), loaded),
    ]


def _details_of_import(samples: Samples) -> str:
    rows = []
    for name, taken in samples["seconds"].items():
        whole = spread([one * 1e3 for one in taken])
        over = "" if name == BARE else f"{_over_bare(samples, name):.1f}"
        rows.append([name, len(taken), f"{whole:.1f}", f"{whole.least:.1f}–{whole.most:.1f}", over])
    header = ["import", "processes", "ms", "least–most", "ms over bare Python"]
    return markdown_table(header, rows) + (
        "\n\nWhole processes, in turn. Median [quartiles]; the difference is taken within each round. Heavy packages "
        "count as soon as an import of them is tried, installed or not."
    )


# --- load -------------------------------------------------------------------------------------------------------------


def _measure_load(scale: Scale, tell: Tell) -> Samples:
    data("tiktoken-cache")
    data("vocabularies")
    tokenizer_json(VOCABULARY)  # Unpacked before anybody is timed.
    tell(f"{scale.load_rounds} rounds")
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in (*present(), UNCOMPILED)}
    failures: dict[str, str] = {}

    def sample(name: str, cache: str) -> dict[str, Any] | None:
        peer, cache = (OURS, "off") if name == UNCOMPILED else (name, cache)
        outcome = call(
            "bench.tasks.startup:first_token",
            python=PEERS[peer].python,
            environment={"OMNITOK_CACHE": cache},
            peer=peer,
            vocabulary=VOCABULARY,
        )
        if outcome.failure is not None:
            failures[name] = outcome.failure
            return None
        found: dict[str, Any] = outcome.value
        return found

    with tempfile.TemporaryDirectory() as cache:
        # Files are in the page cache, the compiled form is made; these do not count.
        in_turns({name: partial(sample, name, cache) for name in seen}, 1)
        standing = [name for name in seen if name not in failures]
        seen.update(in_turns({name: partial(sample, name, cache) for name in standing}, scale.load_rounds))
    return {"vocabulary": VOCABULARY, "loads": seen, "failures": failures}


def _contests_of_load(samples: Samples) -> list[Contest]:
    loads, notes = samples["loads"], dict(samples["failures"])
    reference = next((loads[name][0]["ids"] for name in (*REFERENCES, OURS) if loads.get(name)), None)
    for name, runs in loads.items():
        if any(one["ids"] != reference for one in runs):
            notes[name] = "not exact, another first token"
    return [
        Contest(
            what=f"load {samples['vocabulary']} to first token",
            unit=WAIT,
            samples={
                name: [(one["import_seconds"] + one["load_seconds"]) * 1e3 for one in runs]
                for name, runs in loads.items()
            },
            notes=notes,
            asks=(FASTER, LOAD),
            cpu={name: _cpu_of(runs) for name, runs in loads.items() if runs},
        )
    ]


def _cpu_of(runs: list[dict[str, Any]]) -> float:
    waited = sum(one["import_seconds"] + one["load_seconds"] for one in runs)
    return float(sum(one["cpu_seconds"] for one in runs) / waited)


def _details_of_load(samples: Samples) -> str:
    rows = []
    for name, runs in samples["loads"].items():
        if runs:
            importing, loading = (
                spread([one[key] * 1e3 for one in runs]) for key in ("import_seconds", "load_seconds")
            )
            memory = spread([one["peak_bytes"] / 1e6 for one in runs])
            rows.append([name, f"{importing:.0f}", f"{loading:.0f}", f"{memory:.0f}"])
    parts = markdown_table(["library", "import ms", "load ms", "peak MB"], rows)
    return f"{details_table(_contests_of_load(samples))}\n\n{_EXPLANATION_OF_LOAD}\n\n{parts}"


_EXPLANATION_OF_LOAD = (
    "The import, the load and a first word in a fresh process for each sample, from files in the page cache or, with "
    "splintr and toktok, from the package itself; over all CPUs where a library uses them. Both tokenizers read a "
    "tokenizer.json of the same vocabulary. omnitok reads what an earlier load computed, unless it has no compiled "
    "form."
)


IMPORT_ROW = Row("import", "Import", _measure_import, figures=_figures_of_import, details=_details_of_import)
LOAD_ROW = Row(
    "load", "Load a published vocabulary", _measure_load, details=_details_of_load, contests=_contests_of_load
)
