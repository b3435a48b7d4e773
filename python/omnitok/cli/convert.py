"""``omnitok convert``: a tokenizer in the format of another library, and the proof that it is the same."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from omnitok.cli import streams, targets
from omnitok.cli.failures import Status
from omnitok.cli.options import ForceOption, ParallelOption, PatternOption, TokenizerOption

if TYPE_CHECKING:
    from omnitok.tokenizer import Tokenizer
    from omnitok.verification.comparison import Difference, Theirs

IDS_SHOWN = 8

Format = Literal["tiktoken", "huggingface", "omnitok"]


def convert(
    tokenizer: TokenizerOption,
    to: Annotated[Format, typer.Option("--to", metavar="FORMAT", help="tiktoken, huggingface or omnitok.")],
    out: Annotated[
        Path, typer.Option("--out", metavar="PATH", help="A .tiktoken file for tiktoken, a folder for the others.")
    ],
    pattern: PatternOption = None,
    parallel: ParallelOption = None,
    force: ForceOption = False,
    json: Annotated[bool, typer.Option("--json", help="Print the outcome of the check as JSON.")] = False,
) -> None:
    """Write a tokenizer in another format, and check it.

    What was written is read back, by the library it is for where that is installed, and compared on parallel texts.
    Any difference ends with exit status 3.
    """
    import omnitok
    from omnitok.corpora.parallel import bundled_parallel, read_parallel
    from omnitok.verification.comparison import compare, plain_text

    if to == "tiktoken" and out.suffix != ".tiktoken":
        raise typer.BadParameter(f"the name of a rank file ends in .tiktoken; this one is {out.name!r}")
    model = omnitok.load(tokenizer, pattern)
    texts = read_parallel(parallel or bundled_parallel())
    _write(model, to, out, force=force)
    encode, checker = _read_back(to, out)
    places = [(code, number) for code, lines in texts.items() for number in range(1, len(lines) + 1)]
    outcome = compare(plain_text(model), encode, (line for lines in texts.values() for line in lines), keep=None)
    found = [_describe(model, difference, places) for difference in outcome.found]
    if json:
        record = {"path": str(out), "format": to, "checked_with": checker, "languages": len(texts)}
        streams.write_json({**record, "checked": outcome.inputs, "differences": found})
    else:
        streams.write_line(
            f"{out}: checked {outcome.inputs:,} texts in {len(texts)} languages with {checker}, "
            f"{len(found) or 'no'} difference{'' if len(found) == 1 else 's'}"
        )
    if found:
        first = found[0]
        streams.note(
            f"error: the ids differ, first in {first['language']}.txt, line {first['line']}, byte {first['byte']}: "
            f"{first['expected']} became {first['found']}"
        )
        raise typer.Exit(Status.CHECK_FAILED)


def _write(model: "Tokenizer", to: Format, out: Path, *, force: bool) -> None:
    if to == "tiktoken":
        from omnitok.interop.tiktoken import write_rank_file

        write_rank_file(model, out, force=force)
    elif to == "huggingface":
        from omnitok.interop.huggingface_export import to_huggingface

        to_huggingface(model, out, force=force)
    else:
        targets.check_vocabulary_folder(out, force=force)
        model.save(out, force=force)


def _read_back(to: Format, out: Path) -> "tuple[Theirs, str]":
    """How what was written encodes, and who says so: the library it is for, or omnitok where that is missing."""
    import omnitok
    from omnitok.verification.comparison import plain_text
    from omnitok.verification.references import LIBRARIES, find_reference, version_of

    written = omnitok.load(out)
    if to != "omnitok":
        file = out / "tokenizer.json" if to == "huggingface" else out
        try:
            reference = find_reference(to, file, written, wanted=file)
        except ImportError:
            module, _ = LIBRARIES[to]
            streams.note(f"{module} is not installed, so omnitok itself reads back what it wrote")
        else:
            return reference.encode, f"{reference.library} {version_of(reference)}"
    own = plain_text(written)
    return lambda texts: own(texts).tolist(), f"omnitok {omnitok.__version__}"


def _describe(model: "Tokenizer", difference: "Difference", places: list[tuple[str, int]]) -> dict[str, object]:
    language, line = places[difference.index]
    first = difference.first
    shown = slice(first, first + IDS_SHOWN)
    ids = {"expected": list(difference.ours[shown]), "found": list(difference.theirs[shown])}
    return {"language": language, "line": line, "byte": len(model.decode_bytes(difference.ours[:first])), **ids}
