"""Parallel text in the layouts that it is found in: plain folders, FLORES, NTREX, tables and data sets."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from omnitok.corpora.languages import load_languages
from omnitok.corpora.parallel import (
    bundled_parallel,
    check_alignment,
    in_order,
    parallel_domains,
    read_parallel,
    read_parallel_lines,
)
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

ParallelSource: TypeAlias = "str | os.PathLike[str] | Mapping[str, Iterable[str]] | Any"
"""A folder or file, a mapping from language codes to lines, or a ``datasets.Dataset`` with a column a language."""

FLORES_SPLITS = ("dev", "devtest")
LICENCES = {
    "ntrex": "CC BY-SA 4.0 (NTREX-128)",
    "flores": "CC BY-SA 4.0 (FLORES-200), whose keepers ask that its sentences are not put on the web again",
}
"""By layout, of texts that say it elsewhere than in their folder."""
BUNDLED_LICENCE = "CC0-1.0, written for omnitok and translated by its authors"
LICENCE_FILES = ("LICENSE", "LICENSE.md")
LICENCE_LETTERS = 200


@dataclass(frozen=True)
class Parallel:
    """Lines of parallel text by language code.

    Attributes:
        name: of the folder, file or data set.
        lines: in the order of ``languages.toml``; all of one length.
        domains: the subject of each line; empty when nobody said.
        missing: codes that were asked for and are not there.
        unequal: lines of languages that were left out, because English has another number of them.
        where: where a language is, or should be.
        layout: how it was found: ``files``, ``ntrex``, ``flores`` or ``columns``.
        licence: of the text, as far as it says; empty when it does not.
    """

    name: str
    lines: Mapping[str, list[str]]
    domains: tuple[str, ...]
    missing: tuple[str, ...]
    unequal: Mapping[str, int]
    where: str
    layout: Literal["files", "ntrex", "flores", "columns"]
    licence: str = ""

    def place(self, code: str) -> str:
        """Where a language is, or should be, for messages."""
        return self.where.format(code=code)


def read_layout(
    source: ParallelSource, languages: Collection[str] | None = None, *, allow_missing: bool = False
) -> Parallel:
    """Reads parallel text and proves that it is aligned.

    A folder is read as NTREX when it has ``newstest2019-src.eng.txt``, as FLORES when it has files such as
    ``eng_Latn.devtest`` (or folders ``dev``, ``devtest`` of them, which are read one after the other), and else as
    ``<code>.txt`` files, perhaps with ``domains.tsv`` and ``LICENSE``, of which the first line counts. A parquet
    file has a column of text for each language, under our code, that of FLORES or that of NTREX, and perhaps a column
    ``domain``. So has a data set, or a mapping.

    Args:
        source: see above.
        languages: codes to read; by default every language that is there.
        allow_missing: leave out languages that are not there, or have another number of lines than English, instead of
            raising.

    Raises:
        CorpusError: nothing is there, a language is missing, a file is not UTF-8, a line is empty, or line counts
            differ.
    """
    if not isinstance(source, (str, os.PathLike)):
        return _columns(source, languages, allow_missing, "the data set", "column {code} of the data set")
    path = Path(source)
    if path.is_file():
        if path.suffix != ".parquet":
            raise CorpusError(
                f"{path} is a file, and no .parquet; give a folder of <code>.txt files or a .parquet file"
            )
        return _columns(_read_parquet(path), languages, allow_missing, path.stem, f"column {{code}} of {_braced(path)}")
    if files := _ntrex_files(path):
        return _known_files(path, files, languages, allow_missing, "ntrex")
    if files := _flores_files(path):
        return _known_files(path, files, languages, allow_missing, "flores")
    missing = _missing_files(path, languages) if allow_missing else ()
    wanted = None if languages is None else set(languages) - set(missing)
    lines = read_parallel(path, wanted, is_aligned=not allow_missing)
    lines, unequal = _aligned(str(path), lines, allow_missing)
    domains = tuple(domain.name for domain in parallel_domains(path) for _ in range(domain.first, domain.last + 1))
    _check_domains(domains, lines, str(path / "domains.tsv"))
    where = _braced(path / "{code}.txt", keep=True)
    name, licence = path.resolve().name, _stated_licence(path)
    return Parallel(name, lines, domains, missing, unequal, where, "files", licence)


def _stated_licence(folder: Path) -> str:
    """The first line of the folder's licence."""
    if folder.resolve() == bundled_parallel().resolve():
        return BUNDLED_LICENCE
    file = next((folder / name for name in LICENCE_FILES if (folder / name).is_file()), None)
    lines = file.read_text("utf-8", errors="replace").split("\n") if file else []
    return next((line.strip(" #\r")[:LICENCE_LETTERS] for line in lines if line.strip(" #\r")), "")


def _braced(path: Path, *, keep: bool = False) -> str:
    """A path for ``str.format``; with ``keep``, its last part is meant for it."""
    folder = str(path.parent).replace("{", "{{").replace("}", "}}")
    name = path.name if keep else path.name.replace("{", "{{").replace("}", "}}")
    return f"{folder}{os.sep}{name}"


def _missing_files(folder: Path, languages: Collection[str] | None) -> tuple[str, ...]:
    return tuple(code for code in in_order(languages or ()) if not (folder / f"{code}.txt").is_file())


def _aligned(
    source: str, lines: dict[str, list[str]], allow_missing: bool
) -> tuple[dict[str, list[str]], dict[str, int]]:
    """The languages with as many lines as English, and how many the others have, if these may be missing."""
    if not allow_missing or "en" not in lines:
        check_alignment(source, lines)
        return lines, {}
    usual = len(lines["en"])
    kept = {code: part for code, part in lines.items() if len(part) == usual}
    if len(kept) == 1 and len(lines) > 2:
        # English itself is the odd one.
        check_alignment(source, lines)
    return kept, {code: len(part) for code, part in lines.items() if code not in kept}


def _check_domains(domains: tuple[str, ...], lines: Mapping[str, list[str]], where: str) -> None:
    count = len(next(iter(lines.values())))
    if domains and len(domains) != count:
        raise CorpusError(f"{where} names the subject of {len(domains)} lines, and there are {count}; correct it")


# --- NTREX and FLORES -------------------------------------------------------------------------------------------------


def _ntrex_files(folder: Path) -> dict[str, list[Path]]:
    """Files by language code, where the folder is NTREX-128 as it is published."""
    source = folder / "newstest2019-src.eng.txt"
    if not source.is_file():
        return {}
    files = {
        language.code: [folder / f"newstest2019-ref.{language.ntrex}.txt"]
        for language in load_languages()
        if language.code != "en"
    }
    files["en"] = [source]
    return {code: paths for code, paths in files.items() if paths[0].is_file()}


def _flores_files(folder: Path) -> dict[str, list[Path]]:
    """Files by language code, dev before devtest, where the folder is FLORES-200 as it is published."""
    files: dict[str, list[Path]] = {}
    for language in load_languages():
        for split in FLORES_SPLITS:
            name = f"{language.flores}.{split}"
            paths = [path for path in (folder / name, folder / split / name) if path.is_file()]
            files.setdefault(language.code, []).extend(paths[:1])
    return {code: paths for code, paths in files.items() if paths}


def _known_files(
    folder: Path,
    files: Mapping[str, list[Path]],
    languages: Collection[str] | None,
    allow_missing: bool,
    layout: Literal["ntrex", "flores"],
) -> Parallel:
    wanted = in_order(files if languages is None else languages)
    missing = tuple(code for code in wanted if code not in files)
    if missing and not allow_missing:
        raise CorpusError(f"{folder} has no {', '.join(missing)}; it has {' '.join(in_order(files))}")
    lines = {
        code: [line for path in files[code] for line in read_parallel_lines(path)] for code in wanted if code in files
    }
    lines, unequal = _aligned(str(folder), lines, allow_missing)
    domains = _flores_domains(folder, files)
    if lines and domains:
        _check_domains(domains, lines, f"the metadata of {folder}")
    where = f"{{code}} of {_braced(folder)}"
    licence = LICENCES[layout]
    return Parallel(folder.resolve().name, lines, domains, missing, unequal, where, layout, licence)


def _flores_domains(folder: Path, files: Mapping[str, list[Path]]) -> tuple[str, ...]:
    """The column ``domain`` of FLORES' own ``metadata_dev.tsv`` and ``metadata_devtest.tsv``, where they are there."""
    splits = [path.suffix[1:] for path in files.get("en", []) if path.suffix[1:] in FLORES_SPLITS]
    tables = [folder / f"metadata_{split}.tsv" for split in splits]
    if not tables or not all(table.is_file() for table in tables):
        return ()
    domains: list[str] = []
    for table in tables:
        with table.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file, delimiter="\t")
            if "domain" not in (rows.fieldnames or ()):
                return ()
            domains += [row["domain"] for row in rows]
    return tuple(domains)


# --- tables -----------------------------------------------------------------------------------------------------------


def _read_parquet(path: Path) -> dict[str, list[Any]]:
    try:
        import pyarrow.parquet as pq
    except ModuleNotFoundError as error:
        raise CorpusError(f"reading {path} needs pyarrow: pip install 'omnitok[corpora]'") from error
    try:
        columns: dict[str, list[Any]] = pq.read_table(path).to_pydict()
    except (OSError, ValueError) as error:
        raise CorpusError(f"{path} cannot be read as parquet: {error}") from error
    return columns


def _columns(source: Any, languages: Collection[str] | None, allow_missing: bool, name: str, where: str) -> Parallel:
    names = list(getattr(source, "column_names", None) or source)
    found: dict[str, str] = {}
    for language in load_languages():
        for column in (language.code, language.flores, language.ntrex):
            if column in names:
                found.setdefault(language.code, column)
    if not found:
        raise CorpusError(f"{name} has no column of a known language; it has {', '.join(map(str, names)) or 'none'}")
    wanted = in_order(found if languages is None else languages)
    missing = tuple(code for code in wanted if code not in found)
    if missing and not allow_missing:
        raise CorpusError(f"{name} has no {', '.join(missing)}; it has {' '.join(found)}")
    lines = {code: _texts(source[found[code]], f"{name}, {found[code]}") for code in wanted if code in found}
    lines, unequal = _aligned(name, lines, allow_missing)
    domains = tuple(map(str, source["domain"])) if "domain" in names else ()
    if lines:
        _check_domains(domains, lines, f"{name}, domain")
    return Parallel(name, lines, domains, missing, unequal, where, "columns")


def _texts(column: Iterable[Any], place: str) -> list[str]:
    texts = []
    for number, text in enumerate(column, start=1):
        if not isinstance(text, str) or not text.strip():
            raise CorpusError(f"{place}, row {number} is {text!r}; in parallel texts every line needs its translation")
        texts.append(text)
    return texts
