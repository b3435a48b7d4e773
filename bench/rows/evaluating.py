"""The row of an evaluation. No peer has its intervals, so there is only what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.child import call
from bench.figures import Bar, Figure, markdown_table
from bench.places import data
from bench.row import Row, Samples, Tell

if TYPE_CHECKING:
    from bench.scale import Scale

VOCABULARIES = ["o200k_base", "cl100k_base", "p50k_base", "r50k_base"]
IN_TIME = Bar("at most", 60.0, "at most 60 s")
SMALL = Bar("below", 1e9, "below 1 GB")


def _measure(scale: Scale, tell: Tell) -> Samples:
    tell(f"{scale.evaluated_tokenizers} tokenizers, {scale.evaluated_sentences:,} sentences, {scale.draws:,} draws")
    found = call(
        "bench.tasks.evaluating:evaluate",
        parallel=str(data("parallel", "ntrex128")),
        vocabularies=VOCABULARIES,
        tokenizers=scale.evaluated_tokenizers,
        sentences=scale.evaluated_sentences,
        draws=scale.draws,
    ).result()
    return {"draws": scale.draws, "run": found}


def _what(samples: Samples) -> str:
    run = samples["run"]
    return (
        f"{run['tokenizers']} tokenizers, {run['languages']} languages, {run['sentences']:,} sentences, "
        f"{samples['draws']:,} draws"
    )


def _figures(samples: Samples) -> list[Figure]:
    run = samples["run"]
    return [
        IN_TIME.judge(f"evaluate {_what(samples)}", run["seconds"], f"{run['seconds']:.1f} s"),
        SMALL.judge("memory of that", run["peak_bytes"], f"{run['peak_bytes'] / 1e6:,.0f} MB"),
    ]


def _details(samples: Samples) -> str:
    run = samples["run"]
    row = [
        f"{run['seconds']:.1f}", f"{run['cpu_seconds']:.1f}", f"{run['peak_bytes'] / 1e6:,.0f}", f"{run['figures']:,}",
        f"{run['intervals']:,}",
    ]  # fmt: skip
    table = markdown_table(["seconds", "CPU seconds", "peak MB", "figures", "with intervals"], [row], numbers_from=0)
    return (
        f"{table}\n\n{_what(samples)} of NTREX-128: every metric of `omnitok evaluate`, vocabularies audited and "
        f"compared with the first, in one process on all CPUs. {', '.join(VOCABULARIES)} take turns, each loaded anew."
    )


EVALUATE = Row("evaluate", "Evaluate many tokenizers", _measure, details=_details, figures=_figures)
