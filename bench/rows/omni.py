"""The row of documents of text, images and audio. No peer encodes these, so there is only what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.child import call
from bench.figures import Bar, Figure, markdown_table
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.spread import Spread, spread

if TYPE_CHECKING:
    from bench.scale import Scale

LAYOUTS = ("flat", "delay", "coarse-first")
FAST_ENOUGH = Bar("at least", 20.0, "at least 20 M ids/s")


def _measure(scale: Scale, tell: Tell) -> Samples:
    data("tiktoken-cache")
    found = {}
    for layout in LAYOUTS:
        tell(f"{layout}, {scale.warm_rounds} rounds of {scale.omni_documents:,} documents")
        found[layout] = call(
            "bench.tasks.omni:encode", layout=layout, rounds=scale.warm_rounds, documents=scale.omni_documents
        ).result()
    return {"layouts": found}


def _speed(samples: Samples, layout: str) -> Spread:
    """Million ids a CPU second."""
    one = samples["layouts"][layout]
    return spread([one["ids"] * one["documents"] / taken["cpu_seconds"] / 1e6 for taken in one["passes"]])


def _figures(samples: Samples) -> list[Figure]:
    ours = _speed(samples, "flat").median
    return [FAST_ENOUGH.judge("text, image and audio to ids with side tables", ours, f"{ours:.1f} M ids/s")]


def _details(samples: Samples) -> str:
    rows = []
    for layout, one in samples["layouts"].items():
        speed = _speed(samples, layout)
        least, most = f"{speed.least:.1f}", f"{speed.most:.1f}"
        rows.append([layout, len(one["passes"]), one["ids"], one["text_ids"], f"{speed:.1f}", f"{least}–{most}"])
    header = ["layout of audio", "rounds", "ids", "of text", "M ids/s", "least–most"]
    return markdown_table(header, rows) + (
        "\n\nA document of 2 kB of English, an image of 1,024 codes and 60 s of audio in 8 codebooks at 12.5 Hz, "
        "with all side tables, by the CPU seconds of one process, which uses one thread. It comes back from its ids "
        "equal, or nothing is timed."
    )


OMNI = Row("omni", "Encode documents of text, images and audio", _measure, details=_details, figures=_figures)
