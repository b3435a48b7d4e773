"""Where training text comes from: SOURCEs (files, folders, saved counts) and the texts inside them.

Counting reads text and JSON Lines natively, see ``WordCounter.add_file``; the readers here serve everything that wants
Python strings, and Parquet, which only pyarrow can read. All of them stream: memory is bounded by the longest text and,
for Parquet, by one batch of rows.
"""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import os
import shutil
import tempfile
import zlib
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, cast

from omnitok.corpora.languages import language_codes
from omnitok.errors import CorpusError, InvalidTextError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Format = Literal["txt", "jsonl", "parquet", "counts"]
ErrorPolicy = Literal["strict", "replace", "skip"]

FORMATS: tuple[Format, ...] = ("txt", "jsonl", "parquet", "counts")
COMPRESSIONS = (".gz", ".zst")
CODE = "code"
"""What stands in file names and counts for the language of programs."""
READABLE = ".txt, .jsonl or .parquet, plain or followed by .gz or .zst, or .counts"
"""The file names that are SOURCEs, for messages."""

_BUFFER = 1 << 20


@dataclass(frozen=True, slots=True)
class Source:
    """One file of training text.

    Attributes:
        path: The file.
        format: How to read it once it is decompressed.
        language: Two-letter code, or ``code`` for programs, when the file is called ``<code>.<format>``;
            ``<code>/<part>`` when it is called ``<code>.<part>.<format>``; else ``""``.
    """

    path: Path
    format: Format
    language: str = ""

    @property
    def compression(self) -> Literal["", ".gz", ".zst"]:
        """The suffix that tells how the file is compressed, or ``""``."""
        suffix = self.path.suffix.lower()
        return cast('Literal["", ".gz", ".zst"]', suffix if suffix in COMPRESSIONS else "")


def resolve_sources(
    sources: str | PathLike[str] | Iterable[str | PathLike[str]],
    *,
    on_ignored: Callable[[Path], None] | None = None,
) -> list[Source]:
    """Turns what a user names into files to read.

    A file is taken by its suffix. A folder is searched to any depth in sorted order; hidden files and folders are
    passed over, files with other suffixes are ignored and reported. The order of the result never depends on the file
    system.

    Args:
        sources: One path or several.
        on_ignored: Called with each file of a folder that is left out because of its suffix.

    Raises:
        CorpusError: Nothing was named; a path does not exist; a file has a suffix that we cannot read; a folder holds
            no readable file; a file was named twice, which would count its text twice.
    """
    named = [sources] if isinstance(sources, (str, PathLike)) else list(sources)
    if not named:
        raise CorpusError("no source given; name at least one file or folder of text")
    found: list[Source] = []
    for entry in named:
        path = Path(entry)
        if path.is_dir():
            found += _search_folder(path, on_ignored)
        elif not path.exists():
            raise CorpusError(f"{path} does not exist; give an existing file or folder ({READABLE})")
        elif (source := _recognise(path)) is not None:
            found.append(source)
        else:
            raise CorpusError(f"{path} has a suffix that is none of ours; a source is called {READABLE}")
    _refuse_repeats(found)
    return found


def _recognise(path: Path) -> Source | None:
    """The source that a file name promises, or None for a name that promises nothing to us."""
    name = path.name.lower()
    for compression in COMPRESSIONS:
        name = name.removesuffix(compression)
    stem, _, suffix = name.rpartition(".")
    if suffix not in FORMATS or (suffix == "counts" and name != path.name.lower()):
        return None
    return Source(path, suffix, _language_named(stem))


def _language_named(stem: str) -> str:
    """The language, and the part of it, that a file name without its suffixes tells of."""
    code, _, part = stem.partition(".")
    if code != CODE and code not in language_codes():
        return ""
    return f"{code}/{part}" if part else code


def _search_folder(folder: Path, on_ignored: Callable[[Path], None] | None) -> list[Source]:
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(name for name in files if not name.startswith(".")):
            path = Path(parent) / name
            if (source := _recognise(path)) is not None:
                found.append(source)
            elif on_ignored is not None:
                on_ignored(path)
    if not found:
        raise CorpusError(f"{folder} holds no file that we can read; looked for {READABLE} at any depth")
    return found


def _refuse_repeats(sources: list[Source]) -> None:
    seen: dict[Path, Path] = {}
    for source in sources:
        first = seen.setdefault(source.path.resolve(), source.path)
        if first is not source.path:
            raise CorpusError(f"{source.path} is named twice (also as {first}); name each file once")


def decode_utf8(data: bytes, errors: ErrorPolicy, origin: str) -> str:
    """Decodes UTF-8 under one of the three policies.

    Args:
        data: The bytes.
        errors: ``"strict"`` refuses; ``"replace"`` writes U+FFFD as Unicode recommends (one for each maximal part of an
            ill-formed sequence); ``"skip"`` drops the ill-formed bytes.
        origin: Where the bytes come from, for the message.

    Raises:
        InvalidTextError: The bytes are not UTF-8 and the policy is ``"strict"``; its ``__cause__`` is the
            ``UnicodeDecodeError``.
    """
    if errors not in ("strict", "replace", "skip"):
        raise ValueError(f"errors must be 'strict', 'replace' or 'skip', not {errors!r}")
    try:
        return data.decode("utf-8", errors="ignore" if errors == "skip" else errors)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _decoding_error(error, origin, position=error.start, line=line) from error


def _decoding_error(error: UnicodeDecodeError, origin: str, *, position: int, line: int) -> InvalidTextError:
    return InvalidTextError(
        f"invalid UTF-8 at byte {position} of {origin}, line {line} (0x{error.object[error.start]:02x}: "
        f"{error.reason}); repair the file, or choose the error policy replace or skip"
    )


class _ZstdFrames(io.RawIOBase):
    """The content of zstd frames one after the other. Unlike zstandard's own reader, it notices a missing end."""

    # A few bytes of zstd can stand for 128 KiB, so this bounds what one step unpacks: some hundred MiB at worst.
    _STEP = 1 << 13

    def __init__(self, packed: BinaryIO, new_frame: Callable[[], Any]) -> None:
        self._packed = packed
        self._new_frame = new_frame
        self._frame: Any = None
        self._behind_frame = b""
        self._unread = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer as far as one step of unpacking allows.

        Raises:
            EOFError: The packed bytes end inside a frame.
        """
        while not self._unread:
            packed = self._behind_frame or self._packed.read(self._STEP)
            if not packed:
                if self._frame is None:
                    return 0
                raise EOFError("it ends inside a zstd frame")
            self._frame = self._frame or self._new_frame()
            self._unread = memoryview(self._frame.decompress(packed))
            self._behind_frame = self._frame.unused_data
            if self._frame.eof:
                self._frame = None
        count = min(len(buffer), len(self._unread))
        buffer[:count], self._unread = self._unread[:count], self._unread[count:]
        return count


@contextlib.contextmanager
def open_source(source: Source) -> Iterator[BinaryIO]:
    """Opens a source for reading bytes, decompressed.

    Raises:
        CorpusError: The file is compressed with zstd and no decompressor is installed.
    """
    with contextlib.ExitStack() as stack:
        raw = stack.enter_context(source.path.open("rb"))
        if source.compression == ".gz":
            yield cast("BinaryIO", stack.enter_context(gzip.GzipFile(fileobj=raw)))
        elif source.compression == ".zst":
            try:
                import zstandard
            except ImportError:
                raise CorpusError(
                    f"reading {source.path} needs the package zstandard: pip install 'omnitok[corpora]', or unpack it"
                ) from None
            frames = _ZstdFrames(raw, zstandard.ZstdDecompressor(max_window_size=1 << 31).decompressobj)
            yield cast("BinaryIO", stack.enter_context(io.BufferedReader(frames, _BUFFER)))
        else:
            yield raw


def read_texts(source: Source, *, text_field: str = "text", errors: ErrorPolicy = "strict") -> Iterator[str]:
    """The texts of a source, one at a time.

    A text is a line of a text file without its line end, or the field ``text_field`` of a JSON object or of a Parquet
    row. Empty lines of a JSON Lines file and null values are no texts; empty lines of a text file are.

    Args:
        source: The file.
        text_field: Field or column that holds the text; text files ignore it.
        errors: What to do with bytes that are not UTF-8, see :func:`decode_utf8`.

    Raises:
        CorpusError: The content is not what its suffix promises; the message names the file and the line.
    """
    if source.format == "counts":
        raise CorpusError(f"{source.path} holds counts of words, not text; give the text that was counted")
    if source.format == "parquet":
        yield from read_parquet_texts(source.path, text_field)
        return
    with open_source(source) as file:
        lines = _read_lines(file, source.path, errors)
        if source.format == "txt":
            yield from (line for _, line in lines)
        else:
            yield from _parse_json_lines(lines, source.path, text_field, errors)


def _read_lines(file: BinaryIO, path: Path, errors: ErrorPolicy) -> Iterator[tuple[int, str]]:
    r"""Line numbers, from 1, and lines without ``\n`` or ``\r\n``."""
    offset = 0
    with _named_damage(path):
        for number, data in enumerate(file, start=1):
            line = data.removesuffix(b"\n").removesuffix(b"\r")
            try:
                text = line.decode("utf-8")
            except UnicodeDecodeError as error:
                if errors == "strict":
                    raise _decoding_error(error, str(path), position=offset + error.start, line=number) from error
                text = decode_utf8(line, errors, str(path))
            yield number, text
            offset += len(data)


@contextlib.contextmanager
def _named_damage(path: Path) -> Iterator[None]:
    """Gives errors of a decompressor the name of the file."""
    try:
        yield
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise CorpusError(f"{path} is damaged: {error}; fetch or compress it again") from error
    except Exception as error:
        # zstandard has an exception of its own, which cannot be named without importing it.
        if type(error).__name__ != "ZstdError":
            raise
        raise CorpusError(f"{path} is damaged: {error}; fetch or compress it again") from error


def _parse_json_lines(
    lines: Iterator[tuple[int, str]], path: Path, text_field: str, errors: ErrorPolicy
) -> Iterator[str]:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (json.JSONDecodeError, RecursionError) as error:
            raise CorpusError(f"{path}, line {number} is not JSON: {error}; expected one object a line") from None
        if not isinstance(record, dict):
            raise CorpusError(f"{path}, line {number} is a JSON {type(record).__name__}; expected an object")
        if text_field not in record:
            raise CorpusError(
                f"{path}, line {number} has no field {text_field!r}; it has {', '.join(record) or 'none'}: "
                "name the one that holds the text"
            )
        text = record[text_field]
        if text is None:
            continue
        if not isinstance(text, str):
            raise CorpusError(f"{path}, line {number}: {text_field!r} is {type(text).__name__}; expected a string")
        yield _without_surrogates(text, errors, f"{path}, line {number}")


def _without_surrogates(text: str, errors: ErrorPolicy, origin: str) -> str:
    """JSON can spell half of a surrogate pair, which is no character and has no UTF-8."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        if errors == "strict":
            raise InvalidTextError(
                f"{origin} spells the lone surrogate U+{ord(text[error.start]):04X} at character {error.start}, "
                "which is no character; repair the file, or choose the error policy replace or skip"
            ) from None
        substitute = "\ufffd" if errors == "replace" else ""
        return "".join(substitute if "\ud800" <= character <= "\udfff" else character for character in text)
    return text


def read_parquet_texts(path: str | PathLike[str], text_field: str = "text", batch_size: int = 4096) -> Iterator[str]:
    """The strings of one column of a Parquet file, ``batch_size`` rows in memory at a time; nulls are left out.

    Only the pages of that column are read. A compressed Parquet file is first unpacked to a temporary file, since the
    format needs seeking.

    Raises:
        CorpusError: pyarrow is missing, the file is no Parquet, or the column is missing or holds no strings.
    """
    try:
        import pyarrow
        import pyarrow.parquet
        import pyarrow.types
    except ImportError:
        raise CorpusError(f"reading {path} needs the package pyarrow: pip install 'omnitok[corpora]'") from None
    with _seekable(Source(Path(path), "parquet")) as seekable:
        try:
            table = pyarrow.parquet.ParquetFile(seekable)
        except pyarrow.ArrowInvalid as error:
            raise CorpusError(f"{path} is not a Parquet file: {error}") from error
        schema = table.schema_arrow
        if text_field not in schema.names:
            raise CorpusError(f"{path} has no column {text_field!r}; it has {', '.join(schema.names)}")
        kind = schema.field(text_field).type
        if not (pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind)):
            raise CorpusError(f"{path}: column {text_field!r} holds {kind}; expected strings")
        batches = table.iter_batches(batch_size=batch_size, columns=[text_field])
        while True:
            # Not around the whole loop: what goes wrong where the texts are used is no damage of the file.
            try:
                batch = next(batches, None)
                texts = [] if batch is None else batch.column(0).to_pylist()
            except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as error:
                raise CorpusError(f"{path} is damaged: {error}; fetch or write it again") from error
            if batch is None:
                return
            yield from (text for text in texts if text is not None)


@contextlib.contextmanager
def _seekable(source: Source) -> Iterator[Path]:
    """The path of an uncompressed copy of a compressed source, or its own path."""
    if not source.compression:
        yield source.path
        return
    with tempfile.TemporaryDirectory(prefix="omnitok-") as folder:
        target = Path(folder) / "unpacked"
        with _named_damage(source.path), open_source(source) as packed, target.open("wb") as unpacked:
            shutil.copyfileobj(packed, unpacked, _BUFFER)
        yield target
