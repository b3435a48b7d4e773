"""Rows of exactness: how many texts have other ids than with a peer."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from bench.child import call
from bench.figures import Bar, Figure, markdown_table
from bench.places import data
from bench.row import Row, Samples, Tell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bench.scale import Scale

NONE = Bar("at most", 0, "0 differences")

ENCODINGS = ("r50k_base", "p50k_base", "cl100k_base", "o200k_base")
TELLTALE = tuple(f"telltale, pattern {pattern}" for pattern in ("r50k", "cl100k", "o200k"))
MODELS = ("gpt4o", "llama3_1", "qwen3")
KINDS = ("20 languages", "code", "code points", "adversarial")


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure_tiktoken(scale: Scale, tell: Tell) -> Samples:
    data("tiktoken-cache")
    plan = [(vocabulary, kind) for vocabulary in ENCODINGS for kind in KINDS]
    plan += [(vocabulary, kind) for vocabulary in TELLTALE for kind in KINDS[2:]]
    return _measure("tiktoken", plan, scale, tell)


def _measure_tokenizers(scale: Scale, tell: Tell) -> Samples:
    for model in MODELS:
        data("vocabularies", f"{model}.tokenizer.json.xz")
    return _measure("tokenizers", [(model, kind) for model in MODELS for kind in KINDS], scale, tell)


def _measure(peer: str, plan: Iterable[tuple[str, str]], scale: Scale, tell: Tell) -> Samples:
    data("parallel", "udhr")
    data("mono", "code.jsonl.zst")
    sets = []
    for vocabulary, kind in plan:
        tell(f"{vocabulary}: {kind}")
        outcome = call(
            "bench.tasks.parity:compare_ids",
            limit=1800,
            peer=peer,
            vocabulary=vocabulary,
            kind=kind,
            part=scale.parity,
        )
        found = {"failure": outcome.failure} if outcome.failure else outcome.result()
        sets.append({"vocabulary": vocabulary, "kind": kind, **found})
    return {"peer": peer, "peer_version": version(peer), "sets": sets}


# --- showing ----------------------------------------------------------------------------------------------------------


def _figures(samples: Samples) -> list[Figure]:
    by_vocabulary: dict[str, list[dict[str, Any]]] = {}
    for one in samples["sets"]:
        by_vocabulary.setdefault(one["vocabulary"], []).append(one)
    peer = f"{samples['peer']} {samples['peer_version']}"
    return [_figure(f"ids against {peer}: {name}", sets) for name, sets in by_vocabulary.items()]


def _figure(what: str, sets: list[dict[str, Any]]) -> Figure:
    failures = [f"{one['kind']}: {one['failure']}" for one in sets if "failure" in one]
    if failures:
        return Figure(what, NONE.wording, "; ".join(failures), "failed")
    differences = sum(one["differences"] for one in sets)
    texts, size = sum(one["inputs"] for one in sets), sum(one["bytes"] for one in sets)
    return NONE.judge(what, differences, f"{differences:,} in {texts:,} texts, {size / 1e6:,.0f} MB")


def _details(samples: Samples) -> str:
    rows = []
    shown: list[str] = []
    for one in samples["sets"]:
        if "failure" in one:
            rows.append([one["vocabulary"], one["kind"], "", "", one["failure"]])
            continue
        rows.append([one["vocabulary"], one["kind"], f"{one['inputs']:,}", f"{one['bytes']:,}", one["differences"]])
        shown += [f"- {one['vocabulary']}, {one['kind']}: `{text}`" for text in one["shown"]]
    table = markdown_table(["vocabulary", "texts of", "texts", "bytes", "differences"], rows, numbers_from=2)
    contexts = max((one.get("contexts", 0) for one in samples["sets"]), default=0)
    explanation = _EXPLANATION.format(contexts=contexts)
    return "\n\n".join([table, explanation, *(["Shortest texts that differ:\n" + "\n".join(shown)] if shown else [])])


_EXPLANATION = (
    "20 languages: lines and whole files of NTREX-128 and of the Universal Declaration of Human Rights. Code: source "
    "files in several programming languages. Code points: each of them in {contexts} contexts that show its class. "
    "Adversarial: strings in which every rule of every split pattern has something to do. A telltale "
    "vocabulary has a token for every pair of bytes, so that no cut stays hidden."
)

TIKTOKEN = Row("parity-tiktoken", "The same ids as tiktoken", _measure_tiktoken, figures=_figures, details=_details)
TOKENIZERS = Row(
    "parity-tokenizers", "The same ids as tokenizers", _measure_tokenizers, figures=_figures, details=_details
)
