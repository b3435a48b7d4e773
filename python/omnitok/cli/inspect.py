"""``omnitok inspect``: what a tokenizer is, or what it does to a text."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from omnitok.cli import streams
from omnitok.cli.options import JsonOption, PatternOption, TokenizerOption
from omnitok.cli.view import print_tokens

if TYPE_CHECKING:
    from rich.table import Table

    from omnitok.tokenizer import Tokenizer

LONGEST_TOKENS = 8
SPECIAL_TOKENS_SHOWN = 8
BAR_WIDTH = 40


def inspect(
    tokenizer: TokenizerOption,
    text: Annotated[str | None, typer.Option("--text", metavar="TEXT", help="Show the tokens of this text.")] = None,
    pattern: PatternOption = None,
    json: JsonOption = False,
) -> None:
    """Show what a tokenizer is, or its tokens of a text.

    Blocks of ids, special tokens, the longest tokens and how it was trained; with --text the tokens of that text.
    """
    import omnitok

    model = omnitok.load(tokenizer, pattern)
    if text is not None:
        tokens = _tokens(model, text)
        if json:
            streams.write_json({"text": text, "tokens": tokens})
        else:
            print_tokens(model, text)
            _print_tokens_table(tokens)
    elif json:
        streams.write_json(_describe(model))
    else:
        _print_description(_describe(model))


def _describe(model: "Tokenizer") -> dict[str, Any]:
    from omnitok.vocabulary import Vocabulary

    longest = sorted(model.ranks().items(), key=lambda entry: (-len(entry[0]), entry[1]))[:LONGEST_TOKENS]
    return {
        "name": model.name,
        "vocab_size": model.vocab_size,
        "digest": model.digest,
        "pattern": model.pattern,
        "regex": model.regex,
        "normalizer": model.normalizer,
        "whole_words": model.whole_words,
        "blocks": Vocabulary(model).describe(),
        "special_tokens": dict(sorted(model.special_tokens.items(), key=lambda entry: entry[1])),
        "longest_tokens": [{"id": rank, "text": _show(token), "bytes": len(token)} for token, rank in longest],
        "training": model.training,
    }


def _show(token: bytes) -> str:
    """The text of a token; its bytes where they are no text."""
    return token.decode("utf-8", "backslashreplace")


def _tokens(model: "Tokenizer", text: str) -> list[dict[str, Any]]:
    """Tokens as a reader sees them; those that share a character are one entry."""
    from omnitok.display import cells

    return [
        {"ids": list(cell.ids), "text": cell.text, "bytes": [token.hex() for token in cell.tokens]}
        for cell in cells(model, text)
    ]


def _table(*titles: str) -> "Table":
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=bool(titles), header_style="bold")
    for title in titles:
        table.add_column(title, justify="right" if title in ("id", "size", "bytes") else "left", overflow="fold")
    return table


def _print_tokens_table(tokens: list[dict[str, Any]]) -> None:
    from rich.text import Text

    table = _table("ids", "text", "bytes in hex")
    for token in tokens:
        table.add_row(" ".join(map(str, token["ids"])), Text(repr(token["text"])), " ".join(token["bytes"]))
    streams.stdout_console().print(table)


def _print_description(description: dict[str, Any]) -> None:
    from rich.text import Text

    console = streams.stdout_console()
    facts = _table()
    facts.add_row("name", Text(description["name"], style="bold"))
    facts.add_row("ids", f"{description['vocab_size']:,}")
    facts.add_row("pattern", Text(description["pattern"]))
    facts.add_row("digest", description["digest"])
    special = list(description["special_tokens"].items())
    shown = ", ".join(f"{name} {number}" for name, number in special[:SPECIAL_TOKENS_SHOWN])
    hidden = len(special) - SPECIAL_TOKENS_SHOWN
    facts.add_row("special tokens", Text((shown or "none") + (f" and {hidden:,} more" if hidden > 0 else "")))
    for key, value in _training_facts(description["training"]):
        facts.add_row(key, Text(value))
    console.print(facts)
    console.print()
    console.print(_blocks_table(description))
    console.print()
    longest = _table("longest tokens", "id", "bytes")
    for token in description["longest_tokens"]:
        longest.add_row(Text(repr(token["text"])), str(token["id"]), str(token["bytes"]))
    console.print(longest)


def _training_facts(record: dict[str, Any] | None) -> list[tuple[str, str]]:
    if record is None:
        return [("trained", "elsewhere; there is no record")]
    corpus = record["corpus"]
    languages = [code for code in corpus["languages"] if code]
    options = ", ".join(f"{key} {value}" for key, value in record["options"].items() if value not in (None, {}))
    return [
        ("trained on", f"{corpus['bytes']:,} bytes, {corpus['distinct_words']:,} distinct words"),
        ("languages", " ".join(languages) or "not named"),
        ("trained with", f"omnitok {record['omnitok']}, {options}"),
    ]


def _blocks_table(description: dict[str, Any]) -> "Table":
    """A row for each block, its share of the ids drawn as a bar."""
    from rich.text import Text

    table = _table("block", "kind", "ids", "size", "", "")
    size = description["vocab_size"]
    for block in description["blocks"]:
        ids = f"{block['start']:,} to {block['end'] - 1:,}"
        # Even the smallest block is seen.
        first = min(BAR_WIDTH * block["start"] // size, BAR_WIDTH - 1)
        end = max(BAR_WIDTH * block["end"] // size, first + 1)
        bar = " " * first + "█" * (end - first)
        number = f"{block['end'] - block['start']:,}"
        table.add_row(Text(block["name"]), block["kind"], ids, number, Text(bar, "cyan"), Text(_facts(block)))
    return table


def _facts(block: dict[str, Any]) -> str:
    """What else a block says, in a few words."""
    if block["kind"] == "code":
        sizes = block["codebooks"]
        same = len(set(sizes)) == 1
        facts = [f"{len(sizes)} × {sizes[0]:,}" if same else " + ".join(f"{size:,}" for size in sizes)]
        facts += [f"{block['rate']} Hz"] if "rate" in block else []
        facts += ["strides " + " ".join(map(str, block["strides"]))] if "strides" in block else []
        facts += ["patch {} × {}".format(*block["patch"])] if "patch" in block else []
        facts += [block["layout"] + (" {} × {}".format(*block["grid"]) if "grid" in block else "")] * (
            "layout" in block
        )
        return ", ".join([*facts, f"codec {block['codec'][:12]}" if "codec" in block else "no codec"])
    if block["kind"] == "size":
        return f"{block['axis']} from {block['first']} to {block['first'] + block['end'] - block['start'] - 1}"
    if block["kind"] in ("mark", "voice"):
        return f"of {block['parent']}: " + ", ".join(block["names"])
    return f"of {block['parent']}" if block["kind"] == "merge" else ""
