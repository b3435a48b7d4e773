"""The corpora of the rows that encode."""

from __future__ import annotations

import random
import sysconfig
from importlib.metadata import distributions
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import mono
from bench.document_file import packed, utf8_length, write_documents
from bench.languages import language_names
from bench.places import REPORTS, ROOT, data, scratch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from importlib.metadata import Distribution

_SEED = 128
_UNFIT = ("\0", "<|")
"""What no document holds: its end in a file, and how special tokens begin, of which each peer makes something else."""
_FOLDERS = ("bench", "corpora", "docs", "python", "reports", "rust", "scripts", "tests")


# --- what they are made of --------------------------------------------------------------------------------------------


def _prose(_: int) -> Iterable[str]:
    return packed(line.decode() for line in mono.lines("en"))


def _parallel(*codes: str) -> Callable[[int], Iterable[str]]:
    """Documents of NTREX-128 of one language each, those of all languages shuffled."""

    def make(_: int) -> list[str]:
        files = [data("parallel", "ntrex128", f"{code}.txt") for code in codes or language_names()]
        made = [document for path in files for document in packed(_lines(path))]
        random.Random(_SEED).shuffle(made)
        return made

    return make


def _markdown(_: int) -> Iterable[str]:
    """The project's pages but the record of benchmarks, and what installed packages say of themselves."""
    own = [*sorted(ROOT.glob("*.md")), *_own_files("md")]
    described = sorted({one.metadata["Name"]: _description(one) for one in distributions()}.items())
    pages = [text.splitlines(keepends=True) for _, text in described]
    return _shuffled(chain(map(_lines, own), pages))


def _description(distribution: Distribution) -> str:
    """What a package says of itself, which follows the fields in the file of its metadata."""
    return (distribution.read_text("METADATA") or "").partition("\n\n")[2]


def _code(_: int) -> Iterable[str]:
    """The project's sources, and the modules of Python's standard library."""
    library = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))
    return _shuffled(map(_lines, chain(_own_files("py"), _own_files("rs"), _own_files("toml"), library)))


def _one_document(size: int) -> Iterable[str]:
    return ["".join(mono.in_turns_by_language(size))]


def _own_files(kind: str) -> list[Path]:
    """Files of the project, without what a build or this benchmark writes."""
    found = (path for folder in _FOLDERS for path in sorted((ROOT / folder).glob(f"**/*.{kind}")))
    return [path for path in found if "target" not in path.parts and not path.is_relative_to(REPORTS)]


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines(keepends=True)


def _shuffled(files: Iterable[Iterable[str]]) -> list[str]:
    made = [document for lines in files for document in packed(lines)]
    random.Random(_SEED).shuffle(made)
    return made


# --- by name ----------------------------------------------------------------------------------------------------------

PROSE, MARKDOWN, CODE, MIX = "English prose", "Markdown", "code", "20-language mix"
CJK, INDIC = "Chinese, Japanese", "Hindi, Telugu, Tamil, Gujarati, Marathi, Urdu"
DOCUMENT, BULK = "one document", "20 languages, once"

CORPORA: dict[str, Callable[[int], Iterable[str]]] = {
    PROSE: _prose,
    MARKDOWN: _markdown,
    CODE: _code,
    MIX: _parallel(),
    CJK: _parallel("zh", "ja"),
    INDIC: _parallel("hi", "te", "ta", "gu", "mr", "ur"),
    **{name: _parallel(code) for code, name in language_names().items()},
    DOCUMENT: _one_document,
    BULK: mono.in_turns_by_language,
}
"""What can be encoded, by the name that tables use; made from the number of bytes that are wanted, or more."""

ORIGINS = {
    PROSE: "the English part of the training text",
    MARKDOWN: "this project's pages and the descriptions of the packages installed beside it",
    CODE: "this project's sources and the modules of Python's standard library",
    DOCUMENT: "training text of 20 languages in turn",
    BULK: "training text of 20 languages in turn",
}
"""What a corpus is, where it is not NTREX-128."""


_ENOUGH = dict.fromkeys((PROSE, MARKDOWN, CODE), 2_000_000)
"""Bytes of those of which there is as much as one likes."""


def write_corpus(corpus: str, longest: int) -> dict[str, Any]:
    """Writes documents of a corpus, at most ``longest`` bytes of them but one at least, for children to read.

    Returns:
        ``path``, and what :func:`bench.document_file.write_documents` says.

    Raises:
        MissingDataError: the text is not on this machine.
    """
    path = scratch(f"{corpus.replace(' ', '-').replace(',', '')}.documents")
    longest = min(longest, _ENOUGH.get(corpus, longest))
    return {"path": str(path), **write_documents(path, _up_to(longest, CORPORA[corpus](longest)))}


def _up_to(longest: int, documents: Iterable[str]) -> Iterator[str]:
    size = 0
    for document in documents:
        if any(mark in document for mark in _UNFIT):
            continue
        size += utf8_length(document)
        if size > longest and size > utf8_length(document):
            return
        yield document
