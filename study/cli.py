"""``python -m study run`` and ``python -m study render``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from bench.places import MissingDataError
from bench.readme import replaced
from omnitok.recipes import BALANCED, BALANCED_SUPER
from study import codec_report, record, report
from study.places import CODECS, REPORT, ROOT, data
from study.variants import OF_WORDS, RECOMMENDED

if TYPE_CHECKING:
    from collections.abc import Sequence

README = ROOT / "README.md"
MARKERS = (
    "<!-- vocabulary: made by `python -m study render`, do not edit -->",
    "<!-- end of vocabulary -->",
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; the exit status is 1 where data is missing and 3 where a check failed."""
    options = _parser().parse_args(arguments)
    if options.command == "render":
        return _render(check=options.check)
    if options.command == "reports":
        return _reports(options.threads)
    if options.command == "codecs":
        return _codecs(options.only)
    try:
        return _run(options.threads, options.also)
    except MissingDataError as error:
        _tell(f"{error}; the study needs the shared data beside the repository")
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m study", description="Which vocabulary is best for 20 languages.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="train, choose, measure, and write reports/vocabulary")
    run.add_argument("--threads", type=int, default=2, metavar="N", help="changes nothing but the time")
    run.add_argument(
        "--also",
        action="append",
        default=[],
        metavar="NAME=FOLDER",
        help="a vocabulary made elsewhere, such as a published one: measured like the others, never chosen",
    )
    reports = commands.add_parser("reports", help="every vocabulary on parallel texts: reports/tokenizers and others")
    reports.add_argument("--threads", type=int, default=2, metavar="N", help="changes nothing but the time")
    codecs = commands.add_parser("codecs", help="train codecs on images and speech, measure, and write reports/codecs")
    codecs.add_argument("--only", action="append", metavar="PART", help="this part; the others stay as they are")
    render = commands.add_parser("render", help="make the report and the table in README.md from results.json")
    render.add_argument("--check", action="store_true", help="write nothing; exit 3 where a file is not up to date")
    return parser


def _run(threads: int, also: Sequence[str]) -> int:
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(data("tiktoken-cache")))
    from study import run

    study = run.Study(threads=threads, tell=_tell)
    results = run.run(study, _tell)
    for entry in also:
        name, _, folder = entry.partition("=")
        results["rows"].append(run.measure_other(study, name, Path(folder)))
    REPORT.mkdir(parents=True, exist_ok=True)
    (REPORT / record.NAME).write_text(record.as_text(results), encoding="utf-8")
    (REPORT / record.RUN).write_text(record.as_text(run.run_record(study)), encoding="utf-8")
    _render(check=False)
    print(report.bars_table(results))
    return _agrees(results)


def _reports(threads: int) -> int:
    os.environ.setdefault("TIKTOKEN_CACHE_DIR", str(data("tiktoken-cache")))
    from study.reports import make_reports

    try:
        make_reports(threads, _tell)
    except MissingDataError as error:
        _tell(f"{error}; the reports need the shared data beside the repository")
        return 1
    return 0


def _codecs(only: Sequence[str] | None) -> int:
    from study import codec_run

    if unknown := [part for part in only or () if part not in codec_run.PARTS]:
        _tell(f"there is no part {unknown[0]!r}; the parts are {', '.join(codec_run.PARTS)}")
        return 2
    CODECS.mkdir(parents=True, exist_ok=True)
    earlier = record.read(CODECS) if (CODECS / record.NAME).is_file() else {}
    try:
        results = earlier | codec_run.run(only or list(codec_run.PARTS), _tell)
    except MissingDataError as error:
        _tell(
            f"{error}; the study of codecs needs what `make codecs` fetches, and the shared data beside the repository"
        )
        return 1
    (CODECS / record.NAME).write_text(record.as_text(results), encoding="utf-8")
    if codec_run.PARTS.keys() <= results.keys():
        (CODECS / "report.md").write_text(codec_report.render(results), encoding="utf-8")
        print(codec_report.bars_table(results))
    return 0


def _render(*, check: bool) -> int:
    results = record.read(REPORT)
    wanted = {REPORT / name: text for name, text in report.files(results).items()}
    wanted[CODECS / "report.md"] = codec_report.render(record.read(CODECS))
    wanted[README] = replaced(README.read_text(encoding="utf-8"), report.bars_table(results), MARKERS)
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            _tell(f"{path.relative_to(ROOT)} is not what its record gives; run `python -m study render`")
        else:
            path.write_text(wanted[path], encoding="utf-8")
    return 3 if check and stale else _agrees(results)


def _agrees(results: dict[str, object]) -> int:
    """Whether the product's recipes are those that the study chose, with the shares that it found."""
    found = [results[name] for name in ("chosen", "chosen_of_words", "shares", "sentence_shares")]
    if found != [RECOMMENDED, OF_WORDS, dict(BALANCED.shares), dict(BALANCED_SUPER.shares)]:
        _tell("the recipes in python/omnitok/recipes.py are not what the study found, which is:")
        _tell("\n".join(map(str, found)))
        return 3
    return 0


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
