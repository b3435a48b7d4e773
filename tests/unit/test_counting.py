"""Counting into memory and into files: the same counts however little memory, however often it was interrupted."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import omnitok
from omnitok.counting import checkpoints, count_to_file, parse_memory
from omnitok.counting.files import Counting
from omnitok.errors import CorpusError, CorruptFileError, InvalidTextError
from omnitok.progress import Progress

MONO = Path(__file__).parents[3] / "shared" / "data" / "mono"


def words(seed: int, number: int = 400) -> str:
    """Lines of words, half of which another seed has too."""
    made = (f"w{(index + seed * number // 2) * 2654435761 % 2**32:x}" for index in range(number))
    return "\n".join(f"{word} नमस्ते {word}" for word in made) + "\n"


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    """A text of each kind that is read natively, one of them compressed."""
    folder = tmp_path / "shards"
    folder.mkdir()
    (folder / "en.txt").write_text(words(0), encoding="utf-8")
    (folder / "b.txt.gz").write_bytes(gzip.compress(words(1).encode()))
    lines = "".join(json.dumps({"text": line}) + "\n" for line in words(2).splitlines())
    (folder / "c.jsonl").write_text(lines, encoding="utf-8")
    return sorted(folder.iterdir())


def damage(shards: list[Path]) -> dict[Path, type[Exception]]:
    """Adds damaged files, and says which error each is."""
    folder = shards[0].parent
    damaged: dict[Path, type[Exception]] = {
        folder / "bad.txt": InvalidTextError,
        folder / "cut.txt.gz": CorruptFileError,
        folder / "line.jsonl": CorruptFileError,
        folder / "old.counts": CorruptFileError,
    }
    (folder / "bad.txt").write_bytes(words(5).encode() + b"\xff")
    (folder / "cut.txt.gz").write_bytes(gzip.compress(os.urandom(50_000).hex().encode())[:20_000])
    (folder / "line.jsonl").write_text('{"text": "one"}\n{"text": \n', encoding="utf-8")
    (folder / "old.counts").write_bytes(b"omnitok counts\n\x01 and more that nobody wrote like this" + b"x" * 40)
    return damaged


def test_a_file_holds_what_counting_and_saving_give(shards: list[Path], tmp_path: Path) -> None:
    counts = omnitok.count_words(shards)
    counts.save(tmp_path / "expected.counts")
    for name, options in {"plain": {}, "little": {"memory": "3MiB", "num_threads": 1}}.items():
        out = tmp_path / f"{name}.counts"
        written = count_to_file(shards, out, **options)  # type: ignore[arg-type]
        assert out.read_bytes() == (tmp_path / "expected.counts").read_bytes()
        assert (written.path, written.digest, written.languages) == (out, counts.digest, counts.languages)
        assert (written.total, written.distinct, written.bytes) == (counts.total, counts.distinct, counts.bytes)
    assert omnitok.count_words(shards, memory=3 << 20, num_threads=1).digest == counts.digest
    with pytest.raises(FileExistsError):
        count_to_file(shards, out)


def test_counts_files_merge_and_take_new_text(shards: list[Path], tmp_path: Path) -> None:
    parts = []
    for index, shard in enumerate(shards):
        parts.append(tmp_path / f"{index}.counts")
        count_to_file(shard, parts[-1], max_word_bytes=9)
    whole = count_to_file(shards, tmp_path / "whole.counts", max_word_bytes=9)
    # The settings are those of the counts, where there is nothing else.
    assert count_to_file(parts, tmp_path / "a.counts").digest == whole.digest
    mixed = [shards[0], *parts[1:]]
    assert count_to_file(mixed, tmp_path / "b.counts", max_word_bytes=9, memory="8MB").digest == whole.digest
    assert omnitok.count_words(parts).digest == whole.digest
    assert omnitok.count_words([omnitok.WordCounts.load(parts[0]), *parts[1:]]).max_word_bytes == 9
    for sources in (mixed, [*parts, tmp_path / "gpt2.counts"]):
        omnitok.count_words(shards[0], "gpt2").save(tmp_path / "gpt2.counts", force=True)
        with pytest.raises(CorpusError, match=r"counts: these counts were made with different (caps|patterns)"):
            count_to_file(sources, tmp_path / "c.counts")
        assert not (tmp_path / "c.counts").exists()


@pytest.mark.parametrize("memory", [None, "3MiB"])
def test_damaged_shards_are_left_out_whole(shards: list[Path], tmp_path: Path, memory: str | None) -> None:
    expected = omnitok.count_words(shards).digest
    damaged = damage(shards)
    folder = shards[0].parent
    told: dict[Path, Exception] = {}
    out = tmp_path / "out.counts"
    for resume in (False, True):
        told.clear()
        written = count_to_file(
            folder, out, memory=memory, on_bad=told.__setitem__, force=True, resume=resume, num_threads=2
        )
        assert written.digest == expected
        assert {path: type(error) for path, error in told.items()} == damaged
        assert all(str(path) in str(error) for path, error in told.items())
    assert omnitok.count_words(folder, on_bad=told.__setitem__).digest == expected
    for path, error in damaged.items():
        with pytest.raises(error, match=path.name):
            count_to_file([*shards, path], tmp_path / "none.counts")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.counts", "shards"]
    with pytest.raises(CorpusError, match="all sources are damaged"):
        count_to_file(list(damaged), tmp_path / "none.counts", on_bad=told.__setitem__)


def test_damaged_parquet_is_a_damaged_shard(shards: list[Path], tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    path = tmp_path / "rows.parquet"
    parquet.write_table(pyarrow.table({"text": words(3, 20_000).splitlines()}), path, compression="zstd")
    data = bytearray(path.read_bytes())
    data[2000:3000] = bytes(1000)
    path.write_bytes(data)
    told: dict[Path, Exception] = {}
    assert omnitok.count_words([*shards, path], on_bad=told.__setitem__).digest == omnitok.count_words(shards).digest
    assert list(told) == [path]
    with pytest.raises(CorpusError, match=r"rows\.parquet is damaged"):
        omnitok.count_words(path)


def test_a_full_disk_is_no_damaged_shard(shards: list[Path], tmp_path: Path) -> None:
    shards[0].write_text(words(0, 60_000), encoding="utf-8")
    told: dict[Path, Exception] = {}
    with pytest.raises(OSError, match="none"):
        count_to_file(
            shards,
            tmp_path / "out.counts",
            memory="1573000",
            temporary_folder=tmp_path / "none",
            on_bad=told.__setitem__,
            num_threads=1,
        )
    assert told == {}


def test_an_interrupted_count_goes_on(shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_SECONDS", 0.0)
    expected = count_to_file(shards, tmp_path / "expected.counts").digest
    out = tmp_path / "out.counts"
    size = shards[0].stat().st_size
    read: list[int] = []

    def stop(progress: Progress) -> None:
        read.append(progress.done)
        if progress.done > size:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        count_to_file(shards, out, resume=True, progress=stop)
    assert not out.exists()
    assert sorted(path.name for path in (tmp_path / "out.counts.partial").iterdir()) == [
        "journal.json",
        "part-000001.counts",
    ]
    counted: list[str] = []
    native_add = Counting._add

    def watch(self: Counting, *arguments: object) -> None:
        counted.append(arguments[1].path.name)  # type: ignore[attr-defined]
        native_add(self, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Counting, "_add", watch)
    assert count_to_file(shards, out, resume=True).digest == expected
    assert counted == [path.name for path in shards[1:]]
    assert out.read_bytes() == (tmp_path / "expected.counts").read_bytes()
    assert not (tmp_path / "out.counts.partial").exists()


def interrupted(shards: list[Path], out: Path, **options: object) -> Path:
    """The folder of a count whose last file could not be read."""
    bad = shards[0].parent / "zz.txt"
    bad.write_bytes(b"\xff")
    with pytest.raises(CorpusError, match=r"zz\.txt"):
        count_to_file([*shards, bad], out, resume=True, **options)  # type: ignore[arg-type]
    bad.unlink()
    return out.with_name(f"{out.name}.partial")


def test_what_does_not_go_on_is_an_error(shards: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_SECONDS", 0.0)
    out = tmp_path / "out.counts"
    expected = omnitok.count_words(shards).digest
    folder = interrupted(shards, out)
    with pytest.raises(CorpusError, match="pattern 'o200k', not 'gpt2'"):
        count_to_file(shards, out, "gpt2", resume=True)
    with pytest.raises(CorpusError, match="max_per_document None, not 3"):
        count_to_file(shards, out, max_per_document=3, resume=True)
    with pytest.raises(CorpusError, match="is no source now"):
        count_to_file(shards[:2], out, resume=True)
    # A part that is damaged, or was not told of before the end, is counted again.
    (folder / "part-000002.counts").write_bytes(b"half")
    (folder / "part-000009.counts").write_bytes(b"half")
    assert count_to_file(shards, out, resume=True).digest == expected
    folder = interrupted(shards, tmp_path / "again.counts")
    shards[0].write_text("changed", encoding="utf-8")
    with pytest.raises(CorpusError, match=f"{shards[0].name} was changed after it was counted"):
        count_to_file(shards, tmp_path / "again.counts", resume=True)
    (folder / checkpoints._JOURNAL).write_text("{}")
    with pytest.raises(CorpusError, match=r"journal\.json is damaged"):
        count_to_file(shards, tmp_path / "again.counts", resume=True)
    (tmp_path / "other.counts.partial").mkdir()
    (tmp_path / "other.counts.partial" / "notes.txt").write_text("mine")
    with pytest.raises(CorpusError, match="holds something else"):
        count_to_file(shards, tmp_path / "other.counts", resume=True)


def test_many_parts_become_few(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoints, "_SECONDS", 0.0)
    folder, out = tmp_path / "shards", tmp_path / "out.counts"
    folder.mkdir()
    for seed in range(60):
        (folder / f"{seed:02}.txt").write_text(words(seed % 9, 20 + 40 * (seed % 7 == 0)), encoding="utf-8")
    expected = omnitok.count_words(folder).digest
    partial = out.with_name("out.counts.partial")
    most, read = 0, 0

    def watch(progress: Progress) -> None:
        nonlocal most, read
        parts = list(partial.glob("*.counts"))
        most, read = max(most, len(parts)), read + 1
        if read in {50, 90}:
            raise KeyboardInterrupt

    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            count_to_file(folder, out, resume=True, memory="3MiB", num_threads=1, progress=watch)
        journal = json.loads((partial / "journal.json").read_bytes())
        named = [part["file"] for part in journal["parts"]]
        assert sorted(named) == sorted(path.name for path in partial.glob("*.counts"))
        sources = [source["path"] for part in journal["parts"] for source in part["sources"]]
        assert len(sources) == len(set(sources)) > 10
    assert count_to_file(folder, out, resume=True, progress=watch).digest == expected
    assert 8 < most <= 17


def test_killed_half_way_it_leaves_nothing_but_its_parts(shards: list[Path], tmp_path: Path) -> None:
    for seed in range(8):
        (shards[0].parent / f"more{seed}.txt").write_text(words(seed, 60_000), encoding="utf-8")
    out = tmp_path / "out" / "words.counts"
    out.parent.mkdir()
    program = (
        "import sys; from omnitok.counting import checkpoints, count_to_file; checkpoints._SECONDS = 0.0; "
        "print('on', flush=True); "
        "count_to_file(sys.argv[1], sys.argv[2], memory='3MiB', num_threads=2, resume=True)"
    )
    call = [sys.executable, "-c", program, str(shards[0].parent), str(out)]
    with subprocess.Popen(call, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"on\n"
        journal = out.with_name("words.counts.partial") / checkpoints._JOURNAL
        deadline = time.monotonic() + 60
        while not journal.exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        child.send_signal(signal.SIGKILL)
    assert [path.name for path in out.parent.iterdir()] == ["words.counts.partial"]
    written = count_to_file(shards[0].parent, out, resume=True)
    assert written.digest == omnitok.count_words(shards[0].parent).digest
    assert [path.name for path in out.parent.iterdir()] == ["words.counts"]


def test_spam_counts_for_little(tmp_path: Path) -> None:
    spam = ["buy " * 100, "to be or not to be", "buy now"]
    counts = omnitok.count_words(texts=spam, max_per_document=2)
    assert dict(counts.items())[b" buy"] == 2
    assert dict(counts.items())[b"buy"] == 2
    assert counts.max_per_document == 2
    (tmp_path / "lines.txt").write_text("a b a a\n\n\na\n", encoding="utf-8")
    # Line by line: "a b a a", then the line feeds that begin there, then "a".
    assert dict(omnitok.count_words(tmp_path / "lines.txt", max_per_document=1).items()) == {
        b"a": 2,
        b" b": 1,
        b" a": 1,
        b"\n\n\n": 1,
        b"\n": 1,
    }


def test_words_are_cut_at_characters() -> None:
    counts = omnitok.count_words(texts=["你好世界你好 abcdefgh"], max_word_bytes=7)
    assert dict(counts.items()) == {"你好".encode(): 2, "世界".encode(): 1, b" abcdef": 1, b"gh": 1}
    assert omnitok.train(counts, 260, min_frequency=1).vocab_size == 260


def test_sizes() -> None:
    assert [parse_memory(size) for size in (7, "7", "2 KiB", "1.5GB", "3m", "1Ti")] == [
        7,
        7,
        2048,
        1_500_000_000,
        3_000_000,
        1 << 40,
    ]
    for size in ("", "GiB", "-1", "2 GiX", "1e9", "two"):
        with pytest.raises(ValueError, match="give bytes, or a size such as 2GiB"):
            parse_memory(size)


def test_too_little_memory_names_the_least(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("a", encoding="utf-8")
    for call in (
        lambda: omnitok.count_words(tmp_path / "a.txt", memory=1000, num_threads=2),
        lambda: count_to_file(tmp_path / "a.txt", tmp_path / "a.counts", memory="1k", num_threads=2),
    ):
        with pytest.raises(ValueError, match="too little to count in with 2 threads; give at least 2097152"):
            call()
    zstandard = pytest.importorskip("zstandard")
    (tmp_path / "packed").mkdir()
    packed = tmp_path / "packed" / "b.txt.zst"
    packed.write_bytes(zstandard.ZstdCompressor().compress(b"a few words " * 300_000))
    for call in (
        lambda memory: omnitok.count_words(packed, memory=memory, num_threads=2),
        lambda memory: count_to_file(packed, tmp_path / "b.counts", memory=memory, num_threads=2),
    ):
        with pytest.raises(ValueError, match=r"to unpack .*b\.txt\.zst takes \d+; give at least \d+") as refusal:
            call("3MiB")
        least = int(str(refusal.value).split("at least ")[1].split(",")[0])
        assert least < 8 << 20
        assert call(least).digest == omnitok.count_words(packed).digest
    for option in ("max_word_bytes", "max_per_document"):
        with pytest.raises(ValueError, match=f"{option} is 0; it must be at least"):
            omnitok.count_words(texts=["a"], **{option: 0})  # type: ignore[arg-type]


GROWN = """
import sys
from omnitok.counting import count_to_file

def peak():
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))

out, folder, memory = sys.argv[1:]
before = peak()
print(count_to_file(folder, out, memory=memory, num_threads=2).digest, peak() - before)
"""


@pytest.mark.skipif(not MONO.is_dir(), reason="needs ../shared/data/mono")
@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak of memory")
@pytest.mark.parametrize(("is_packed", "memory"), [(False, 4), (True, 48)])
def test_real_text_in_a_tenth_of_the_memory(tmp_path: Path, is_packed: bool, memory: int) -> None:
    zstandard = pytest.importorskip("zstandard")
    texts = tmp_path / "texts"
    texts.mkdir()
    for code in ("hi", "zh"):
        if is_packed:
            (texts / f"{code}.txt.zst").symlink_to(MONO / f"{code}.txt.zst")
        else:
            with (MONO / f"{code}.txt.zst").open("rb") as packed, (texts / f"{code}.txt").open("wb") as unpacked:
                zstandard.ZstdDecompressor().copy_stream(packed, unpacked)
    whole = omnitok.count_words(texts)
    call = [sys.executable, "-c", GROWN, str(tmp_path / "out.counts"), str(texts), f"{memory}MiB"]
    digest, grown = subprocess.run(call, capture_output=True, check=True, text=True).stdout.split()
    assert digest == whole.digest
    assert whole.distinct * 32 * 4 / 3 > 8 * (4 << 20)
    # Beside the budget: modules that are imported on the way, and what the allocator keeps.
    assert int(grown) << 10 < (memory << 20) + (12 << 20)
