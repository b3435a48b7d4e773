"""``omnitok count``: how many tokens files have."""

from typing import Annotated, Any

import typer

from omnitok.cli import streams
from omnitok.cli.options import ErrorsOption, JsonOption, PatternOption, TokenizerOption


def count(
    tokenizer: TokenizerOption,
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="What to count; - or nothing for stdin.", show_default=False),
    ] = [],  # noqa: B006  typer copies it
    json: JsonOption = False,
    errors: ErrorsOption = "strict",
    pattern: PatternOption = None,
) -> None:
    """Count the tokens of files.

    Names of special tokens are counted as plain text.
    """
    import omnitok

    model = omnitok.load(tokenizer, pattern)
    inputs: list[str | None] = [*files] or [None]
    rows = []
    for file in inputs:
        text = streams.read_text(file, errors)
        rows.append(_row(streams.origin_of(file), len(text.encode("utf-8")), model.count(text)))
    total = _row("total", sum(row["bytes"] for row in rows), sum(row["tokens"] for row in rows))
    if json:
        del total["file"]
        streams.write_json({"tokenizer": model.name, "files": rows, "total": total})
        return
    _print_table(model.name, rows if len(rows) == 1 else [*rows, total])


def _row(file: str, bytes: int, tokens: int) -> dict[str, Any]:
    ratio = round(bytes / tokens, 4) if tokens else None
    return {"file": file, "bytes": bytes, "tokens": tokens, "bytes_per_token": ratio}


def _print_table(name: str, rows: list[dict[str, Any]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    table.add_column("file", overflow="fold")
    for title in ("bytes", f"tokens of {name}", "bytes per token"):
        table.add_column(Text(title), justify="right")
    for row in rows:
        ratio = row["bytes_per_token"]
        cells = (f"{row['bytes']:,}", f"{row['tokens']:,}", "" if ratio is None else f"{ratio:.2f}")
        table.add_row(Text(row["file"]), *cells, style="bold" if row["file"] == "total" and row is not rows[0] else "")
    streams.stdout_console().print(table)
