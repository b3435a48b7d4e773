"""Measures, renders and writes a report folder."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from omnitok.evaluation import (
    Settings,
    SupportsEncode,
    first_lines,
    greetings_table,
    measure_run,
    read_greetings,
    read_parallel_text,
)
from omnitok.evaluation.measuring import check_tokenizers
from omnitok.evaluation.run import to_csv, to_json
from omnitok.folders import RUN, check_target, new_folder
from omnitok.report.charts import draw_charts
from omnitok.report.content import Content
from omnitok.report.material import Material
from omnitok.report.pages import render_html, render_markdown
from omnitok.report.pieces import Piece, pieces_of
from omnitok.report.playground import pack
from omnitok.report.run_record import report_record
from omnitok.report.sections.greetings import Greetings

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from omnitok.corpora.layouts import ParallelSource
    from omnitok.progress import Progress


def write_report(
    tokenizers: Sequence[SupportsEncode],
    *,
    baselines: Sequence[SupportsEncode] = (),
    parallel: ParallelSource,
    out: str | Path,
    greetings: str | Path | None = None,
    show_sentences: bool = True,
    playground: bool = True,
    languages: Sequence[str] | None = None,
    allow_missing: bool = False,
    settings: Settings | None = None,
    num_threads: int | None = None,
    progress: Callable[[Progress], None] | None = None,
    force: bool = False,
) -> Path:
    """Writes ``report.html``, ``report.md``, ``charts/``, ``greetings.csv``, and the files of the run behind them.

    What a tokenizer raises in a language costs it that language: its cells are empty there, and the page says why.

    The folder is that of an :class:`~omnitok.evaluation.Run` with pages: ``Run.load`` and ``omnitok compare`` read it.
    The folder appears whole or not at all. The same arguments, package versions and fonts give the same bytes: no file
    holds a time, a host or a path.

    Args:
        tokenizers: what the report is about.
        baselines: tokenizers to compare with.
        parallel: as for ``omnitok.evaluate``.
        out: the folder to write.
        greetings: JSON file of one sentence a language (see ``read_greetings``); by default line 1 of the parallel
            text.
        show_sentences: whether the greetings are printed. No other sentence ever is. Pass False for text that must not
            be passed on: only languages and counts are shown then.
        playground: whether ``report.html`` carries the vocabularies of the first tokenizer and the first baseline, some
            1.4 MB for 200,000 tokens, to cut what a reader types. Only tokenizers of ours can, without superwords.
        languages: codes to measure; by default all that the parallel folder holds.
        allow_missing: go on without languages that were asked for and are not there or not aligned.
        settings: of the measuring; by default those of ``omnitok.evaluate``.
        num_threads: for tokenizers with ``encode_batch``; the report does not depend on it.
        progress: is told how far the measuring is.
        force: replace a report that is there already.

    Returns:
        The folder.

    Raises:
        FileExistsError: ``out`` exists and ``force`` is not given, or ``out`` is something else than a report.
        CorpusError: the parallel text is not complete, aligned UTF-8.
        CorruptFileError: the greetings file is not what it should be.
        OmnitokError: no tokenizer, or two with the same name.
    """
    out = Path(out)
    check_target(out, RUN, force=force)
    everyone = check_tokenizers(tokenizers, baselines)
    text = read_parallel_text(parallel, languages, allow_missing=allow_missing, num_threads=num_threads)
    rows = first_lines(text) if greetings is None else read_greetings(greetings)
    run = measure_run(
        tokenizers, text, baselines=baselines, settings=settings, num_threads=num_threads, progress=progress
    )
    table = greetings_table(tokenizers, rows, baselines=baselines)
    pieces = {row.code: _pieces(everyone, row.sentence) for row in rows} if show_sentences else {}
    greeted = Greetings.of(table, greetings, show_sentences=show_sentences, pieces=pieces)
    chosen = () if languages is None else text.texts
    options = [word for code in chosen for word in ("--language", code)]
    content = Content.gather(Material(run), greeted, options + ([] if playground else ["--no-playground"]))
    shown = [*tokenizers[:1], *baselines[:1]] if playground else []
    vocabularies = [packed for one in shown if (packed := pack(one)) is not None]
    with new_folder(out, RUN, force=force) as folder:
        charts = draw_charts(content, folder / "charts")
        files = run.files()
        files["report.html"] = render_html(content, vocabularies=vocabularies).encode()
        files["report.md"] = render_markdown(content, charts).encode()
        files["greetings.csv"] = to_csv(table if show_sentences else table.drop(columns="sentence"))
        files[RUN.mark] = to_json(report_record(run, content, greetings, charts))
        for name, data in files.items():
            (folder / name).write_bytes(data)
    return out


def _pieces(tokenizers: Sequence[SupportsEncode], sentence: str) -> dict[str, list[Piece]]:
    return {one.name: pieces for one in tokenizers if (pieces := pieces_of(one, sentence)) is not None}
