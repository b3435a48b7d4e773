"""Compiled forms: where they are kept, that they change no id, and that nothing which befalls them matters."""

from __future__ import annotations

import contextlib
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import omnitok
from omnitok import compiled
from omnitok.interop.tiktoken import write_rank_file
from omnitok.tokenizer import Tokenizer


def word(number: int) -> str:
    """Five letters that look like chance, others for each number."""
    number = number * 7_654_321 % 26**5
    return "".join(chr(97 + number // 26**place % 26) for place in range(5))


WORDS = " ".join(map(word, range(30_000)))
TEXTS = (
    "Hello w\u00f6rld, \u0928\u092e\u0938\u094d\u0924\u0947 \u4f60\u597d 12345 \n\n abcabc",
    WORDS[::7] + WORDS[:5000],
    "w" * 5000 + "a\u0301\u0928" * 700,
    "",
)
TEXT = " ".join(map(word, range(100, 130)))


@pytest.fixture(scope="module")
def large() -> Tokenizer:
    """Large enough to be compiled, with two special tokens."""
    return omnitok.train(
        texts=[WORDS], vocab_size=25_000, name="large", special_tokens=("<|end|>", "<|pad|>"), min_frequency=1
    )


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache folder, which nothing has made yet."""
    monkeypatch.delenv("OMNITOK_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user"))
    return tmp_path / "user" / "omnitok"


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith(".")) if folder.is_dir() else []


def ids(tokenizer: Tokenizer) -> list[list[int]]:
    return [tokenizer.encode(text) for text in TEXTS]


def kept(path: Path) -> tuple[int, int]:
    """Which file has the name: writing it again gives it to another one."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


# --- where ------------------------------------------------------------------------------------------------------------


def test_a_folder_has_it_beside_its_ranks_and_is_the_same_vocabulary(
    large: Tokenizer, cache: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    assert omnitok.load(folder) == large
    form = folder / ".text.tiktoken.compiled"
    assert hidden(folder) == [form.name]
    assert not cache.exists()
    before = kept(form)
    again = omnitok.load(folder)
    assert kept(form) == before
    assert (again, again.digest, ids(again)) == (large, large.digest, ids(large))
    assert again.ranks() == large.ranks()
    assert ids(again.with_special_tokens(["<|new|>"])) == ids(large)
    again.save(tmp_path / "other")
    assert hidden(tmp_path / "other") == []
    assert pickle.dumps(again) == pickle.dumps(large)
    again.save(folder, force=True)
    assert hidden(folder) == []


def test_merges_of_their_own_are_compiled_too(cache: Path, tmp_path: Path) -> None:
    large = omnitok.train(texts=[WORDS], vocab_size=25_000, mode="huggingface", min_frequency=1)
    large.save(tmp_path / "v")
    loaded = [omnitok.load(tmp_path / "v") for _ in range(2)]
    assert hidden(tmp_path / "v") == [".text.tiktoken.compiled"]
    for again in loaded:
        assert again.merges() == large.merges()
        assert (again, ids(again)) == (large, ids(large))


def test_a_rank_file_has_it_beside_itself(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "ranks" / "large.tiktoken"
    write_rank_file(large, path)
    assert ids(omnitok.load(path)) == ids(large)
    form = path.with_name(".large.tiktoken.compiled")
    before = kept(form)
    # Neither the pattern nor special tokens have a part in it.
    assert omnitok.load(path, pattern="gpt2").encode(TEXT) == omnitok.load(path).encode(TEXT)
    path.with_suffix(".json").unlink()
    assert omnitok.load(path, pattern="gpt2").special_tokens == {}
    assert kept(form) == before
    assert not cache.exists()


def test_published_ones_are_in_the_users_cache_alone(cache: Path, shared_data: Path, tmp_path: Path) -> None:
    encoding = pytest.importorskip("tiktoken").get_encoding("o200k_base")
    first, second = omnitok.load("o200k_base"), omnitok.load("o200k_base")
    (form,) = cache.iterdir()
    before = kept(form)
    assert [first.encode(text) for text in TEXTS] == [encoding.encode(text) for text in TEXTS]
    assert [second.encode(text) for text in TEXTS] == [encoding.encode(text) for text in TEXTS]
    assert second == first
    omnitok.load("o200k_harmony")
    assert list(cache.iterdir()) == [form], "both have the same ranks"
    assert kept(form) == before
    assert hidden(Path(os.environ["TIKTOKEN_CACHE_DIR"])) == []


def test_a_variable_names_another_folder_or_none(
    large: Tokenizer, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    for off in ("off", "OFF", ""):
        monkeypatch.setenv("OMNITOK_CACHE", off)
        assert compiled.places(beside=True) == (False, None)
        assert ids(omnitok.load(folder)) == ids(large)
    assert not cache.exists()
    assert hidden(folder) == []
    monkeypatch.setenv("OMNITOK_CACHE", str(tmp_path / "chosen"))
    for _ in range(2):
        assert ids(omnitok.load(folder)) == ids(large)
    assert len(list((tmp_path / "chosen").iterdir())) == 1
    assert hidden(folder) == []


def nobody() -> Path:
    raise RuntimeError("Could not determine home directory.")


def test_without_a_home_there_is_no_folder(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert compiled.places(beside=True) == (True, cache)
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setenv("HOME", "/home/somebody")
    assert compiled.places(beside=False) == (False, Path("/home/somebody/.cache/omnitok"))
    monkeypatch.setattr(Path, "home", nobody)
    assert compiled.places(beside=False) == (False, None)


def test_where_nothing_can_be_written_loading_works(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    # Nobody, not even root, replaces a folder by a file.
    (folder / ".text.tiktoken.compiled").mkdir()
    cache.parent.mkdir()
    for _ in range(2):
        assert ids(omnitok.load(folder)) == ids(large)
    assert len(list(cache.iterdir())) == 1, "the second place"
    for path in cache.iterdir():
        path.unlink()
    cache.rmdir()
    cache.touch()
    assert ids(omnitok.load(folder)) == ids(large)
    assert hidden(folder) == [".text.tiktoken.compiled"]


def test_a_folder_that_is_read_only_leads_to_the_users_cache(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    folder.chmod(0o555)
    try:
        if os.access(folder, os.W_OK):
            pytest.skip("root writes anywhere")
        assert ids(omnitok.load(folder)) == ids(large)
        assert (hidden(folder), len(list(cache.iterdir()))) == ([], 1)
    finally:
        folder.chmod(0o755)


def test_small_vocabularies_are_not_compiled(tiny: Tokenizer, cache: Path, tmp_path: Path) -> None:
    tiny.save(tmp_path / "v")
    assert omnitok.load(tmp_path / "v") == tiny
    assert hidden(tmp_path / "v") == []
    assert not cache.exists()


# --- what befalls it --------------------------------------------------------------------------------------------------


def test_a_changed_vocabulary_never_meets_the_old_form(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.tiktoken"
    write_rank_file(large, path)
    omnitok.load(path)
    form = path.with_name(".large.tiktoken.compiled")
    before = kept(form)
    # Two tokens change places: as many bytes, as many tokens.
    lines = path.read_bytes().splitlines()
    first, second = lines[5000].split(), lines[20_000].split()
    lines[5000], lines[20_000] = second[0] + b" 5000", first[0] + b" 20000"
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    path.with_suffix(".json").unlink()
    changed = omnitok.load(path, pattern="o200k")
    assert changed.token_bytes(5000) == large.token_bytes(20_000)
    assert kept(form) != before
    assert omnitok.load(path, pattern="o200k").token_bytes(5000) == large.token_bytes(20_000)


@pytest.mark.parametrize("damage", ["cut", "empty", "flipped", "longer", "other"])
def test_a_damaged_form_is_made_again(large: Tokenizer, cache: Path, tmp_path: Path, damage: str) -> None:
    large.save(tmp_path / "v")
    omnitok.load(tmp_path / "v")
    form = tmp_path / "v" / ".text.tiktoken.compiled"
    whole = form.read_bytes()
    middle = len(whole) // 2
    form.write_bytes(
        {
            "cut": whole[:middle],
            "empty": b"",
            "flipped": whole[:middle] + bytes([whole[middle] ^ 16]) + whole[middle + 1 :],
            "longer": whole + b"\0",
            "other": b"something else entirely" * 1000,
        }[damage]
    )
    assert ids(omnitok.load(tmp_path / "v")) == ids(large)
    assert form.read_bytes() == whole


def test_its_bytes_do_not_depend_on_threads(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    if not hasattr(os, "sched_setaffinity"):
        pytest.skip("CPUs cannot be taken away here")
    large.save(tmp_path / "v")
    form = tmp_path / "v" / ".text.tiktoken.compiled"
    load = "import os, sys, omnitok; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); omnitok.load(sys.argv[1])"
    subprocess.run([sys.executable, "-c", load, str(tmp_path / "v")], check=True)
    by_one = form.read_bytes()
    form.unlink()
    omnitok.load(tmp_path / "v")
    assert form.read_bytes() == by_one


LOAD_AND_TELL = """
import sys, omnitok
while True:
    print(*omnitok.load(sys.argv[1]).encode(sys.argv[2]), flush=True)
"""


@contextlib.contextmanager
def loaders(folder: Path, number: int) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Processes that load a vocabulary over and over, until they are killed."""
    command = [sys.executable, "-c", LOAD_AND_TELL, str(folder), TEXT]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(number)]
    try:
        yield processes
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.communicate()


def test_processes_that_race_all_get_it_right(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    form = folder / ".text.tiktoken.compiled"
    expected = " ".join(map(str, large.encode(TEXT))).encode() + b"\n"
    with loaders(folder, 3) as processes:
        # Each time it goes away all of them write it, while all of them read it.
        for round_ in range(12):
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == expected
            if round_ % 2:
                form.unlink(missing_ok=True)
            else:
                form.write_bytes(form.read_bytes()[: 1000 * round_] if form.exists() else b"")


def test_threads_that_race_all_get_it_right(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    large.save(tmp_path / "v")
    results: list[list[list[int]]] = []
    threads = [threading.Thread(target=lambda: results.append(ids(omnitok.load(tmp_path / "v")))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [ids(large)] * 4


def test_a_process_that_dies_while_it_writes_leaves_no_half_form(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    omnitok.load(folder)
    form = folder / ".text.tiktoken.compiled"
    whole = form.read_bytes()
    # The system itself ends it, as soon as a file grows beyond what is left of the limit.
    dying = (
        "import resource, signal, sys, omnitok; signal.signal(signal.SIGXFSZ, signal.SIG_DFL); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]),) * 2); omnitok.load(sys.argv[1])"
    )
    for limit in (0, 1000, 100_000, len(whole) - 1):
        form.unlink(missing_ok=True)
        died = subprocess.run([sys.executable, "-c", dying, str(folder), str(limit)], check=False)
        assert died.returncode == -signal.SIGXFSZ
        assert not form.exists()
        left = [name for name in hidden(folder) if name.startswith(".omnitok-")]
        assert left, "it died while it wrote"
        assert ids(omnitok.load(folder)) == ids(large)
        assert form.read_bytes() == whole


def test_a_disk_that_is_full_is_no_error_and_leaves_nothing(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    folder = tmp_path / "v"
    large.save(folder)
    full = (
        "import resource, signal, sys, omnitok; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); "
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000,) * 2); "
        "print(*omnitok.load(sys.argv[1]).encode(sys.argv[2]))"
    )
    told = subprocess.run([sys.executable, "-c", full, str(folder), TEXT], check=True, capture_output=True, text=True)
    assert [int(token) for token in told.stdout.split()] == large.encode(TEXT)
    assert hidden(folder) == []


def test_loading_twice_is_not_slower_than_once(large: Tokenizer, cache: Path, tmp_path: Path) -> None:
    """Not a measurement, which is the benchmark's work: reading must not have become computing."""
    large.save(tmp_path / "v")

    def processor_time() -> float:
        start = time.process_time()
        omnitok.load(tmp_path / "v")
        return time.process_time() - start

    first = processor_time()
    assert min(processor_time() for _ in range(5)) < first
