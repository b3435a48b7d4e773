"""Files to ids without Python in between."""

from __future__ import annotations

import gzip
import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from omnitok.errors import CorpusError, CorruptFileError, SpecialTokenError
from omnitok.tokenizer import Tokenizer

THREADS = (None, 1, 2, 7)
TEXTS = ["", "the lazy dog\n", "\ufeffनमस्ते\r\n\r\n", "the dog <|pad|\n" * 200_000, "नमस्ते" * 100_000, "the  \n" * 10]


def test_a_file_is_a_text(tiny: Tokenizer, tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    packers = [lambda data: data, gzip.compress, zstandard.compress]
    paths = [tmp_path / f"{index}" for index in range(len(TEXTS) * 3)]
    for index, path in enumerate(paths):
        path.write_bytes(packers[index % 3](TEXTS[index // 3].encode()))
    expected = tiny.encode_batch([text for text in TEXTS for _ in range(3)])
    for threads in THREADS:
        batch = tiny.encode_files(paths, threads)
        assert batch.offsets.tolist() == expected.offsets.tolist()
        assert batch.ids.tobytes() == expected.ids.tobytes()
        assert batch.pad_id == tiny.pad_id
    assert tiny.encode_files(map(str, paths[:4])).tolist() == [tiny.encode(text) for text in [""] * 3 + TEXTS[1:2]]
    assert tiny.encode_files([]).tolist() == []


@settings(max_examples=50)
@given(lines=st.lists(st.text(st.sampled_from("ab <|>pd é\ud800न\r"), max_size=20), max_size=40), end=st.booleans())
def test_lines_and_records(
    tiny: Tokenizer, tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: bool
) -> None:
    folder = tmp_path_factory.mktemp("files")
    texts = [line.replace("\ud800", "").replace("\r", "") for line in lines]
    body = "\r\n".join(texts) + "\n" * end
    (folder / "lines.txt").write_bytes(body.encode())
    expected = tiny.encode_batch(
        [line.removesuffix("\r") for line in body.split("\n")[: None if body[-1:] not in ("\n", "") else -1]]
    )
    assert tiny.encode_files([folder / "lines.txt"], 2, documents="line").tolist() == expected.tolist()
    records = "".join(f"{json.dumps({'n': 1, 'body': line})}\n\n" for line in lines)
    (folder / "records").write_text(records, encoding="utf-8")
    found = tiny.encode_files([folder / "records"], 2, documents="record", text_field="body", errors="replace")
    assert found.tolist() == tiny.encode_batch(lines).tolist()


def test_special_tokens(tiny: Tokenizer, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text("the dog <|pad|>\n" * 200_000, encoding="utf-8")
    line = tiny.encode("the dog <|pad|>\n", allowed_special="all")
    for threads in THREADS:
        assert tiny.encode_files([path], threads, allowed_special={"<|pad|>"}).tolist() == [line * 200_000]
        with pytest.raises(SpecialTokenError) as refusal:
            tiny.encode_files([path], threads)
        assert str(refusal.value).startswith(f'{path}: text contains the special token "<|pad|>" at byte 8. ')
        with pytest.raises(SpecialTokenError) as refusal:
            tiny.encode_files([path], threads, documents="line")
        assert str(refusal.value).startswith(f"{path}, line 1: text contains")


def test_what_is_wrong_is_told_with_its_place(tiny: Tokenizer, tmp_path: Path) -> None:
    bad, good = tmp_path / "bad", tmp_path / "good"
    good.write_text('{"text": "fine"}\n', encoding="utf-8")

    def refusal(kind: type[Exception], content: bytes, **options: Any) -> str:
        bad.write_bytes(content)
        with pytest.raises(kind) as refusal:
            tiny.encode_files([good, bad, good], 2, **options)
        return str(refusal.value).replace(str(bad), "BAD")

    long = b"the dog\n" * 300_000
    assert refusal(CorpusError, long + b"\xff").startswith(f"invalid UTF-8 at byte {len(long)} of BAD (0xff)")
    assert refusal(CorruptFileError, gzip.compress(long)[:-9]).startswith("BAD: the compressed data is damaged")
    record = {"documents": "record"}
    assert refusal(CorruptFileError, b'{"text": "a"}\n{"a": 1}\n', **record).startswith('BAD: line 2: no field "text"')
    assert refusal(CorruptFileError, b"\n[]\n", **record).startswith("BAD: line 2: ")
    with pytest.raises(FileNotFoundError, match="missing"):
        tiny.encode_files([good, tmp_path / "missing"])
    with pytest.raises(IsADirectoryError):
        tiny.encode_files([tmp_path])
    with pytest.raises(TypeError, match=r"^paths are a sequence of paths, and this is one; pass \["):
        tiny.encode_files("text.txt")
    with pytest.raises(TypeError, match="this is one"):
        tiny.encode_files(good)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match='documents is "page"; it is one of "file", "line", "record"'):
        tiny.encode_files([good], documents="page")  # type: ignore[arg-type]
    bad.write_bytes(b"a\xffb")
    assert tiny.encode_files([bad], errors="skip").tolist() == [tiny.encode("ab")]
    assert tiny.encode_files([bad], errors="replace").tolist() == [tiny.encode("a\ufffdb")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_a_pipe_is_read_to_its_end(tiny: Tokenizer, tmp_path: Path) -> None:
    pipe, text = tmp_path / "pipe", "the dog sleeps\n" * 100_000
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text(text, encoding="utf-8"))
    writer.start()
    assert tiny.encode_files([pipe]).tolist() == [tiny.encode(text)]
    writer.join()
