"""The command line: ``run`` measures, ``render`` makes the tables again from what was measured."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import readme, report
from bench.child import ChildError, peer_environment
from bench.peers import versions
from bench.places import REPORTS, ROOT, SCRATCH, MissingDataError
from bench.record import Record
from bench.rows import ROWS
from bench.scale import FULL, QUICK, Scale
from bench.surroundings import surroundings

if TYPE_CHECKING:
    from bench.row import Row

README = ROOT / "README.md"
EVALUATION = ROOT / "reports" / "tokenizers" / "ntrex128" / "results.json"


def main(arguments: list[str] | None = None) -> int:
    """Runs a command and returns the exit status: 0, 1 when a row failed, 3 when a table is not the rendering."""
    options = _parser().parse_args(arguments)
    if options.command == "render":
        return _render(check=options.check)
    scale = QUICK if options.quick else FULL
    folder = options.out.resolve() if options.out else SCRATCH / "quick" if options.quick else REPORTS
    return _run(options.only or list(ROWS), scale, folder)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measures omnitok beside its peers.")
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="measure rows, keep their samples, print what was asked and reached")
    run.add_argument("--only", nargs="+", action="extend", choices=list(ROWS), metavar="ROW", help=", ".join(ROWS))
    run.add_argument("--quick", action="store_true", help="a little of everything, into build/bench/quick")
    run.add_argument("--out", type=Path, help="folder for results.json and report.md")
    render = commands.add_parser("render", help="make the report and the table in README.md from the record")
    render.add_argument("--check", action="store_true", help="only look whether they are what would be made")
    return parser


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


# --- run --------------------------------------------------------------------------------------------------------------


def _run(names: list[str], scale: Scale, folder: Path) -> int:
    os.environ.update(peer_environment())
    record = Record.read(folder)
    record.forget_all_but(ROWS)
    record.begin({**surroundings(), "scale": scale.record()})
    for name, version in versions().items():
        if version is None:
            _tell(f"{name} is not installed and left out")
    failed = False
    for name in (name for name in ROWS if name in names):
        kept = _measure(ROWS[name], scale)
        failed |= "failed" in kept
        record.put(name, kept)
        # After each row, so that an interrupted run keeps what it has.
        record.write(folder, list(ROWS))
        record = Record.read(folder)
    report.write(record, ROWS, folder)
    if folder == REPORTS:
        _render(check=False)
    print("\n\n".join(report.tables(record, ROWS)))
    return 1 if failed else 0


def _measure(row: Row, scale: Scale) -> dict[str, object]:
    """The samples of a row, or why there are none."""
    _tell(f"{row.name}: {row.title}")
    start = time.monotonic()
    load = os.getloadavg()[0]
    try:
        samples = row.measure(scale, lambda text: _tell(f"  {text}"))
    except MissingDataError as error:
        _tell(f"  skipped: {error}")
        return {"skipped": str(error)}
    except ChildError as error:
        _tell(f"  failed: {error}")
        return {"failed": str(error)}
    # A load far above the row's own threads says that the machine was busy with something else.
    loads = [round(load, 2), round(os.getloadavg()[0], 2)]
    return {"measuring_seconds": round(time.monotonic() - start, 1), "load": loads, "samples": samples}


# --- render -----------------------------------------------------------------------------------------------------------


def _render(*, check: bool) -> int:
    record = Record.read(REPORTS)
    record.forget_all_but(ROWS)
    wanted = {README: readme.replaced(README.read_text(encoding="utf-8"), readme.render(record, ROWS, EVALUATION))}
    if record.rows:
        wanted.update({REPORTS / file: text for file, text in report.files(record, ROWS).items()})
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    for path in stale:
        if check:
            _tell(f"{path.relative_to(ROOT)} is not what its record gives; run `python -m bench render`")
        else:
            path.write_text(wanted[path], encoding="utf-8")
    return 3 if check and stale else 0
