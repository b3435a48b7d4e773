"""Sources are found in a stable order, texts are read whole, and damage is named with its place."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from omnitok.corpora.readers import Source, decode_utf8, read_parquet_texts, read_texts, resolve_sources
from omnitok.errors import CorpusError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TEXTS = ["first", "zw\u00f6lf", "\u0ab6\u0aac\u0acd\u0aa6"]


def pack_plain(content: bytes) -> bytes:
    return content


def pack_zstd(content: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    # Two frames, as `cat a.zst b.zst` makes them.
    half = len(content) // 2
    compress = zstandard.ZstdCompressor().compress
    return compress(content[:half]) + compress(content[half:])


PACKERS = {"": pack_plain, ".gz": gzip.compress, ".zst": pack_zstd}


# --- resolve_sources --------------------------------------------------------------------------------------------------


def test_a_folder_is_searched_deeply_in_sorted_order_without_hidden_files(tmp_path: Path) -> None:
    for name in ["b/x.txt", "a.jsonl.gz", "hi.txt.zst", "B.TXT", ".hidden.txt", ".git/c.txt", "notes.md", "w.counts"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    ignored: list[Path] = []
    sources = resolve_sources(tmp_path, on_ignored=ignored.append)
    assert [(str(source.path.relative_to(tmp_path)), source.format, source.language) for source in sources] == [
        ("B.TXT", "txt", ""),
        ("a.jsonl.gz", "jsonl", ""),
        ("hi.txt.zst", "txt", "hi"),
        ("w.counts", "counts", ""),
        ("b/x.txt", "txt", ""),
    ]
    assert ignored == [tmp_path / "notes.md"]


@pytest.mark.parametrize("name", ["ta.txt", "ta.txt.gz", "ta.jsonl", "ta.parquet.zst", "TA.TXT"])
def test_a_file_called_by_a_code_speaks_that_language(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    (source,) = resolve_sources([str(tmp_path / name)])
    assert source.language == "ta"


@pytest.mark.parametrize(
    ("name", "language"), [("ta.news.txt", "ta/news"), ("ta.a.b.jsonl.gz", "ta/a.b"), ("code.jsonl.zst", "code")]
)
def test_a_second_word_names_a_part_of_the_language_and_programs_speak_code(
    tmp_path: Path, name: str, language: str
) -> None:
    (tmp_path / name).touch()
    assert resolve_sources(tmp_path / name)[0].language == language


@pytest.mark.parametrize("name", ["xx.txt", "tamil.txt", "news.ta.txt"])
def test_any_other_name_speaks_no_language(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()
    assert resolve_sources(tmp_path / name)[0].language == ""


def test_several_sources_keep_the_order_in_which_they_are_named(tmp_path: Path) -> None:
    paths = [tmp_path / "b.txt", tmp_path / "a.txt"]
    for path in paths:
        path.touch()
    assert [source.path for source in resolve_sources(paths)] == paths


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ([], "no source given"),
        (["missing.txt"], "missing.txt does not exist"),
        (["table.csv"], r"table.csv has a suffix that is none of ours; a source is called .txt, .jsonl or .parquet"),
        (["w.counts.gz"], "has a suffix that is none of ours"),
        (["empty"], "empty holds no file that we can read; looked for .txt"),
        (["a.txt", "a.txt"], "named twice"),
        (["a.txt", "."], "named twice"),
    ],
)
def test_what_cannot_be_a_source_is_refused(tmp_path: Path, names: list[str], message: str) -> None:
    for name in ["table.csv", "w.counts.gz", "a.txt"]:
        (tmp_path / name).touch()
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=message):
        resolve_sources([tmp_path / name for name in names])


# --- read_texts -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", PACKERS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_file_gives_its_lines(tmp_path: Path, suffix: str, end: str) -> None:
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(PACKERS[suffix](end.join([*TEXTS, "", "last"]).encode()))
    assert list(read_texts(Source(path, "txt"))) == [*TEXTS, "", "last"]


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_json_lines_file_gives_one_field(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    records = [{"id": number, "body": text} for number, text in enumerate(TEXTS)] + [{"body": None}]
    path.write_bytes(PACKERS[suffix]("\n\n".join(map(json.dumps, records)).encode()))
    assert list(read_texts(Source(path, "jsonl"), text_field="body")) == TEXTS


@pytest.mark.parametrize("suffix", PACKERS)
def test_a_parquet_file_gives_one_column(tmp_path: Path, suffix: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / f"a.parquet{suffix}"
    column = pyarrow.array([*TEXTS, None, "last"], pyarrow.large_string())
    plain = tmp_path / "plain"
    parquet.write_table(pyarrow.table({"n": range(5), "body": column}), plain)
    path.write_bytes(PACKERS[suffix](plain.read_bytes()))
    assert list(read_texts(Source(path, "parquet"), text_field="body")) == [*TEXTS, "last"]
    assert list(read_parquet_texts(path, "body", batch_size=2)) == [*TEXTS, "last"]


def test_parquet_refusals_name_the_columns(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "a.parquet"
    parquet.write_table(pyarrow.table({"n": [1], "body": ["x"]}), path)
    with pytest.raises(CorpusError, match="has no column 'text'; it has n, body"):
        list(read_parquet_texts(path))
    with pytest.raises(CorpusError, match="column 'n' holds int64; expected strings"):
        list(read_parquet_texts(path, "n"))
    path.write_bytes(b"PAR1 but not really")
    with pytest.raises(CorpusError, match="is not a Parquet file"):
        list(read_parquet_texts(path))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"{", "line 2 is not JSON"),
        (b"[1]", "line 2 is a JSON list; expected an object"),
        (b'{"body": 1, "x": 2}', "line 2 has no field 'text'; it has body, x"),
        (b'{"text": 7}', "line 2: 'text' is int; expected a string"),
        (b'{"text": "a\\ud83d"}', r"line 2 spells the lone surrogate U\+D83D at character 1"),
        (b'{"text": "\xff"}', "invalid UTF-8 at byte 25 of .*, line 2"),
        (b"[" * 100_000, "line 2 is not JSON"),
    ],
)
def test_a_damaged_json_line_is_named(tmp_path: Path, line: bytes, message: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'{"text": "ok"}\n' + line + b"\n")
    with pytest.raises(CorpusError, match=message):
        list(read_texts(Source(path, "jsonl")))


def test_policies_for_lone_surrogates(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text('{"text": "a\\ud83db \\ud83d\\ude00"}')
    assert list(read_texts(Source(path, "jsonl"), errors="replace")) == ["a\ufffdb \U0001f600"]
    assert list(read_texts(Source(path, "jsonl"), errors="skip")) == ["ab \U0001f600"]


def test_counts_are_no_text(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds counts of words, not text"):
        list(read_texts(Source(tmp_path / "a.counts", "counts")))


def cut_short(packed: bytes) -> bytes:
    return packed[:-9]


def turned(packed: bytes) -> bytes:
    middle = len(packed) // 2
    return packed[:middle] + bytes(255 - byte for byte in packed[middle:])


@pytest.mark.parametrize("suffix", [".gz", ".zst"])
@pytest.mark.parametrize("damage", [cut_short, turned])
def test_a_damaged_archive_is_named(tmp_path: Path, suffix: str, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / f"a.txt{suffix}"
    path.write_bytes(damage(PACKERS[suffix](b"".join(b"line %d\n" % (number**3) for number in range(5000)))))
    with pytest.raises(CorpusError, match=r"a\.txt\.\w+ is damaged"):
        list(read_texts(Source(path, "txt")))


# --- decode_utf8 ------------------------------------------------------------------------------------------------------


def test_strict_decoding_names_the_byte_and_the_line() -> None:
    with pytest.raises(
        CorpusError, match=r"invalid UTF-8 at byte 7 of x\.txt, line 2 \(0xe2: unexpected end of data\)"
    ):
        decode_utf8(b"ab\ncde\xe2\x82"[0:6] + b"f\xe2\x82", "strict", "x.txt")


def test_replacing_and_skipping() -> None:
    # One replacement for a truncated sequence, one for a byte that can begin none.
    assert decode_utf8(b"a\xe2\x82b\xffc", "replace", "x") == "a\ufffdb\ufffdc"
    assert decode_utf8(b"a\xe2\x82b\xffc", "skip", "x") == "abc"


def test_the_byte_of_a_bad_line_counts_from_the_start_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"ab\ncd\nef\x80\n")
    with pytest.raises(CorpusError, match=r"byte 8 of .*line 3"):
        list(read_texts(Source(path, "txt")))
    assert list(read_texts(Source(path, "txt"), errors="replace")) == ["ab", "cd", "ef\ufffd"]
