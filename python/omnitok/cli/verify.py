"""``omnitok verify``: the proof that ids are those of another library."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omnitok.cli import streams, targets
from omnitok.cli.failures import Status
from omnitok.cli.options import (
    ErrorsOption,
    ForceOption,
    JsonOption,
    PatternOption,
    TextFieldOption,
    ThreadsOption,
    TokenizerOption,
)
from omnitok.cli.progress import Meter

if TYPE_CHECKING:
    from omnitok.verification import Verification


def verify(
    tokenizer: TokenizerOption,
    against: Annotated[
        Literal["tiktoken", "huggingface"],
        typer.Option("--against", metavar="LIBRARY", help="The library: tiktoken, or huggingface for its tokenizers."),
    ],
    corpora: Annotated[
        list[str],
        typer.Argument(
            metavar="CORPUS",
            help="Texts to compare on as well: .txt, .jsonl, .parquet (.gz, .zst); folders of them.",
            show_default=False,
        ),
    ] = [],  # noqa: B006  typer copies it
    reference: Annotated[
        str | None,
        typer.Option(
            "--reference",
            metavar="TOK",
            help="The library's vocabulary, as -t. Default: the one that -t is of, else what omnitok exports to it.",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Write the certificate, if it is one; as JSON to a .json file."),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="N", help="Other random texts.")] = 0,
    adversarial: Annotated[
        int | None,
        typer.Option(
            "--adversarial", metavar="N", min=0, help="Adversarial texts; default: 100000, with --quick 10000."
        ),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Compare a sample: seconds in place of a minute.")] = False,
    pattern: PatternOption = None,
    text_field: TextFieldOption = "text",
    errors: ErrorsOption = "strict",
    threads: ThreadsOption = None,
    force: ForceOption = False,
    json: JsonOption = False,
) -> None:
    """Prove that a tokenizer gives the ids that another library gives.

    Compares every code point, adversarial texts, every token and your corpora. Prints a certificate, or the shortest
    texts that differ and ends with exit status 3.
    """
    import omnitok

    if out is not None:
        targets.check_file(out, force=force, makes_folders=True)
    with Meter() as meter:
        outcome = omnitok.verify(
            tokenizer,
            against,
            reference=reference,
            corpora=corpora,
            pattern=pattern,
            seed=seed,
            adversarial=adversarial,
            quick=quick,
            text_field=text_field,
            errors=errors,
            num_threads=threads,
            progress=meter,
        )
    if json:
        streams.write_line(outcome.to_json().rstrip("\n"))
    else:
        streams.write_line(str(outcome))
    if not outcome.is_exact:
        if out is not None:
            streams.note(f"{out} is not written: this is no certificate")
        raise typer.Exit(Status.CHECK_FAILED)
    if out is not None:
        _write(outcome, out, force=force)


def _write(outcome: "Verification", out: Path, *, force: bool) -> None:
    from omnitok.interop.files import write_files

    content = outcome.to_json() if out.suffix == ".json" else f"{outcome}\n"
    write_files(out.parent, {out.name: content.encode()}, force=force)
    streams.note(f"{out}: the certificate")
