"""Rows of what a program waits for: the import, and a published vocabulary up to its first token."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.clock import in_turns, seconds
from bench.figures import Bar, Figure, markdown_table
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
LOAD = Bar("below", 150.0, "below 150 ms")


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
    tell(f"{scale.load_rounds} rounds")
    names = (*NAMES, UNCOMPILED)
    seen: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    with tempfile.TemporaryDirectory() as cache:

        def sample(name: str) -> float:
            peer, environment = (name, {"OMNITOK_CACHE": cache})
            if name == UNCOMPILED:
                peer, environment = ("omnitok", {"OMNITOK_CACHE": "off"})
            outcome = call("bench.tasks.startup:first_token", environment=environment, peer=peer, vocabulary=VOCABULARY)
            seen[name].append(outcome.result())
            return float(seen[name][-1]["load_seconds"])

        for name in names:
            sample(name)  # Files are in the page cache, the compiled form is made; the sample does not count.
            seen[name].clear()
        in_turns({name: partial(sample, name) for name in names}, scale.load_rounds)
    return {"vocabulary": VOCABULARY, "loads": seen}


def _figures_of_load(samples: Samples) -> list[Figure]:
    what = f"load {samples['vocabulary']} to first token"
    firsts = {tuple(one["ids"]) for runs in samples["loads"].values() for one in runs}
    if len(firsts) != 1:
        return [Figure(what, LOAD.wording, "the first tokens differ", "failed")]
    ours, theirs = (
        spread([one["load_seconds"] * 1e3 for one in samples["loads"][name]]).median for name in ("omnitok", "tiktoken")
    )
    return [LOAD.judge(what, ours, f"{ours:.0f} ms (tiktoken {theirs:.0f} ms)")]


def _details_of_load(samples: Samples) -> str:
    rows = []
    for name, runs in samples["loads"].items():
        loading = spread([one["load_seconds"] * 1e3 for one in runs])
        importing = spread([one["import_seconds"] * 1e3 for one in runs])
        memory = spread([one["peak_bytes"] / 1e6 for one in runs])
        around = f"{loading.least:.0f}–{loading.most:.0f}"
        rows.append([name, len(runs), f"{loading:.0f}", around, f"{importing:.0f}", f"{memory:.0f}"])
    header = ["library", "processes", "load ms", "least–most", "import ms", "peak MB"]
    notes = (
        f"\n\n{samples['vocabulary']} from files in the page cache; a fresh process for each sample. tokenizers reads "
        "the same vocabulary from a tokenizer.json, which it unpacks first."
    )
    if UNCOMPILED in samples["loads"]:
        notes += " omnitok reads what an earlier load computed, unless it is told to have no compiled form."
    return markdown_table(header, rows) + notes


IMPORT_ROW = Row("import", "Import", _measure_import, _figures_of_import, _details_of_import)
LOAD_ROW = Row("load", "Load a published vocabulary", _measure_load, _figures_of_load, _details_of_load)
