"""The published reports: every vocabulary that is at hand, on parallel texts that nobody trained on.

Sentences of the texts are not in them, and what is committed is small: pages, charts, the record of the run, and
``results.json`` with the figures that the README shows.
"""

from __future__ import annotations

import json
import lzma
import shutil
from typing import TYPE_CHECKING, Any

import omnitok
from bench.places import data
from omnitok.evaluation import Run, Settings, SupportsEncode, load_subject, read_prices
from omnitok.evaluation.figures import Figures
from omnitok.report import write_report
from study.places import REPORTS, SCRATCH
from study.run import prepare_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

OURS = {"omnitok-200k": "balanced", "omnitok-200k-super": "balanced-super"}
"""Vocabularies of ours, and their recipes."""
BASELINES = ("o200k_base", "cl100k_base")
OLDER = ("p50k_base", "r50k_base")
PACKED = ("gpt4o", "qwen3", "llama3_1")
"""Published as tokenizer.json."""
TEXTS = ("ntrex128", "udhr")
TITLES = {"ntrex128": "NTREX-128", "udhr": "UDHR", "greetings": "the greetings that announced GPT-4o"}
COMMITTED = ("report.html", "report.md", "run.json")
RESULTS = "results.json"


def make_reports(threads: int, tell: Callable[[str], None]) -> None:
    """Trains, measures and writes ``reports/o200k-cl100k`` and ``reports/tokenizers``.

    Raises:
        MissingDataError: the shared data is not on this machine.
    """
    texts = {**{name: data("parallel", name) for name in TEXTS}, "greetings": greetings_folder()}
    settings = Settings(prices=read_prices())
    o200k, cl100k = map(load_subject, BASELINES)
    for name, folder in texts.items():
        tell(f"o200k_base beside cl100k_base on {TITLES[name]}")
        _publish([o200k], [cl100k], folder, REPORTS / "o200k-cl100k" / name, settings)
    ours = [_trained(name, recipe, threads, tell) for name, recipe in OURS.items()]
    others = [_unpacked(name) for name in PACKED] + [load_subject(name) for name in OLDER]
    for name in TEXTS:
        tell(f"every vocabulary on {TITLES[name]}")
        _publish([*ours, *others], [o200k, cl100k], texts[name], REPORTS / "tokenizers" / name, settings)


def greetings_folder() -> Path:
    """The sentences of the announcement as a parallel text: a file of one line a language."""
    rows = json.loads(data("gpt4o_table.json").read_bytes())
    folder = SCRATCH / "greetings"
    folder.mkdir(parents=True, exist_ok=True)
    for row in rows:
        (folder / f"{row['code']}.txt").write_bytes(f"{row['sentence']}\n".encode())
    return folder


def _publish(
    tokenizers: list[SupportsEncode], baselines: list[SupportsEncode], text: Path, out: Path, settings: Settings
) -> None:
    whole = SCRATCH / "reports" / out.relative_to(REPORTS)
    whole.parent.mkdir(parents=True, exist_ok=True)
    write_report(
        tokenizers,
        baselines=baselines,
        parallel=text,
        out=whole,
        greetings=data("gpt4o_table.json"),
        show_sentences=False,
        playground=False,
        settings=settings,
        force=True,
    )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    for name in COMMITTED:
        shutil.copy(whole / name, out / name)
    shutil.copytree(whole / "charts", out / "charts")
    (out / RESULTS).write_text(as_json(results(Run.load(whole))), encoding="utf-8")


def results(run: Run) -> dict[str, Any]:
    """What the README shows of a run, by tokenizer and language; ``all`` is the mean over languages."""
    figures = Figures(run.frame)
    codes = [language.code for language in figures.languages]
    return {
        "corpus": figures.corpus,
        "sentences": figures.sentences,
        "tokenizers": {
            name: {
                "vocab_size": round(figures.across(name, "vocabulary")),
                "tokens_per_sentence": {
                    code: round(figures.value(name, code, "tokens_per_sentence"), 4) for code in [*codes, "all"]
                },
                "gini": round(figures.across(name, "gini"), 4),
                "worst_premium": [(worst := figures.worst(name))[0].code, round(worst[1], 4)],
                "round_trip": round(figures.across(name, "round_trip"), 6),
            }
            for name in figures.tokenizers
        },
    }


def as_json(content: Mapping[str, Any]) -> str:
    """JSON as it is committed."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


# --- vocabularies -----------------------------------------------------------------------------------------------------


def _trained(name: str, recipe: str, threads: int, tell: Callable[[str], None]) -> SupportsEncode:
    """One of ours, by its recipe, on text without a line that is measured on."""
    folder = SCRATCH / "reports" / "vocabularies" / name
    if not (folder / "manifest.json").is_file():
        prepare_text(SCRATCH, threads, tell)
        tell(f"training {name}")
        tokenizer = omnitok.train(SCRATCH / "train", 200_000, recipe=recipe, name=name, num_threads=threads)
        tokenizer.save(folder)
    return load_subject(folder)


def _unpacked(name: str) -> SupportsEncode:
    folder = SCRATCH / "reports" / "vocabularies" / name
    folder.mkdir(parents=True, exist_ok=True)
    packed = data("vocabularies", f"{name}.tokenizer.json.xz")
    (folder / "tokenizer.json").write_bytes(lzma.decompress(packed.read_bytes()))
    return load_subject(folder, name=name)
