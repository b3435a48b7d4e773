"""``omnitok audit``: what is in a vocabulary, and what two of them share."""

from typing import TYPE_CHECKING, Annotated

import typer

from omnitok.cli import streams
from omnitok.cli.failures import Status
from omnitok.cli.options import JsonOption, ThreadsOption, TokensOfOption

if TYPE_CHECKING:
    from omnitok.evaluation.vocabulary_audit import Audit

_LISTS = ("unreachable", "not_reached_alone", "duplicates", "only")


def audit(
    tokenizer: TokensOfOption,
    against: Annotated[
        str | None, typer.Option("--against", metavar="TOK", help="Say what it shares with this one; as -t.")
    ] = None,
    list_: Annotated[
        str | None,
        typer.Option(
            "--list",
            metavar="KIND",
            help="Print tokens instead: unreachable, not_reached_alone, duplicates, a kind of junk, or only: "
            "not in the other one.",
        ),
    ] = None,
    json: JsonOption = False,
    threads: ThreadsOption = None,
) -> None:
    """Show what is in a vocabulary, without any text.

    Tokens by script, parts of characters, tokens that no text reaches, junk, and tokens that differ only in case or in
    white space around them; with --against what two vocabularies share, also by script.
    """
    from omnitok._native import JUNK_KINDS
    from omnitok.cli.tokenizers import load_named
    from omnitok.evaluation.vocabulary_audit import audit_tokenizer, overlap

    kinds = (*_LISTS, *JUNK_KINDS)
    if list_ is not None and list_ not in kinds:
        raise typer.BadParameter(f"--list is {list_!r}; it is one of {', '.join(kinds)}")
    if list_ == "only" and against is None:
        raise typer.BadParameter("--list only needs --against, the vocabulary that lacks the tokens")
    subject = load_named(tokenizer)
    found = audit_tokenizer(subject, threads)
    if list_ in _LISTS[:2] and (list_, "") not in found.figures:
        why = (
            "puts a space before every text"
            if ("not_reached_alone", "") not in found.figures
            else "is of another library"
        )
        what = list_.replace("_", " ")
        streams.note(f"{subject.name} {why}, so which of its tokens are {what} is not known")
        raise typer.Exit(Status.FAILED)
    other = None if against is None else load_named(against)
    # The text is nobody's here, so what a text has in common has no place.
    audited = None if other is None else audit_tokenizer(other, threads)
    shared = [] if audited is None else [row for row in overlap(found, audited) if row[0] != "common_tokens"]
    if list_ is not None:
        rows = _listed(found, list_, audited)
        if json:
            streams.write_json([[{"id": number, "token": token} for number, token in row] for row in rows])
        for row in () if json else rows:
            streams.write_line("\t".join(f"{number}\t{token}" for number, token in row))
    elif json:
        figures = [_record(metric, against, value) for (metric, against), value in found.figures.items()]
        figures += [_record(metric, script, value) for metric, script, value in shared]
        streams.write_json({"name": subject.name, "against": None if other is None else other.name, "figures": figures})
    else:
        _print(subject.name, found, "" if other is None else other.name, shared)


def _record(metric: str, against: str, value: float) -> dict[str, object]:
    return {"metric": metric, "of": against, "value": None if value != value else value}


def _listed(found: "Audit", kind: str, other: "Audit | None") -> list[list[tuple[int, str]]]:
    """Ids and tokens; those that are alike in one row."""
    from omnitok.evaluation.vocabulary_audit import only_in, spelled

    if kind == "duplicates":
        groups = found.duplicates
    elif kind == "only" and other is not None:
        groups = [(one,) for one in only_in(found, other)]
    else:
        groups = [(one.id,) for one in found.findings if one.kind == kind]
    return [[(one, spelled(found.tokens[one] or b"")) for one in group] for group in groups]


def _print(name: str, found: "Audit", other: str, shared: list[tuple[str, str, float]]) -> None:
    from rich.table import Table
    from rich.text import Text

    from omnitok.evaluation.definitions import METRICS

    console = streams.stdout_console()
    table = Table(title=name, title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("what", "tokens", "meaning"):
        table.add_column(column, justify="right" if column == "tokens" else "left", overflow="fold")
    for (metric, of), value in found.figures.items():
        meaning = "" if of else METRICS[metric].definition
        if value or metric != "script_tokens":
            table.add_row(Text(f"{metric} {of}".rstrip()), f"{value:,}", Text(meaning, style="dim"))
    console.print(table)
    if not other:
        return
    console.print()
    table = Table(title=f"{name} and {other}", title_justify="left", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("tokens of")
    table.add_column("in both / in either", justify="right")
    for _, script, share in shared:
        table.add_row(Text(script or "all scripts"), f"{share:.1%}" if share == share else "–")
    console.print(table)
