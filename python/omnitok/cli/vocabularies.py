"""What the commands that make vocabularies say besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from omnitok.cli import streams

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from omnitok.tokenizer import Tokenizer


def note_left_out(sources: list[str], *, quiet: bool) -> None:
    """Names files of the sources that are not read, before the long work."""
    from omnitok.corpora.readers import resolve_sources

    left_out: list[Path] = []
    resolve_sources(sources, on_ignored=left_out.append)
    if left_out and not quiet:
        several = f"{len(left_out):,} files, such as " if len(left_out) > 1 else ""
        streams.note(f"left out for their suffix: {several}{left_out[0]}")


def tell(
    tokenizer: Tokenizer, out: Path, text_bytes: int, seconds: Mapping[str, float], *, json: bool, quiet: bool
) -> None:
    """A record of the run to stdout if it is asked for, and a summary to stderr."""
    if json:
        record = {"folder": str(out), "name": tokenizer.name, "vocab_size": tokenizer.vocab_size}
        rounded = {stage: round(passed, 3) for stage, passed in seconds.items()}
        streams.write_json({**record, "pattern": tokenizer.pattern, "digest": tokenizer.digest, "seconds": rounded})
    if not quiet:
        stages = ", ".join(f"{stage} {passed:.1f} s" for stage, passed in seconds.items())
        streams.note(f"{out}: {tokenizer.vocab_size:,} ids from {text_bytes:,} bytes of text ({stages})")
