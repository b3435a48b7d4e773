"""A save that breaks off, whatever the reason, leaves the old vocabulary or the new one, and never half of either."""

from __future__ import annotations

import json
import os
import pickle
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

import omnitok
from omnitok.tokenizer import Tokenizer

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="needs the signals and limits of POSIX")


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture(scope="module")
def large() -> Tokenizer:
    """Of a few thousand ids, so that saving takes a moment."""
    words = random.Random(1)
    texts = [" ".join("".join(words.choices("abcdefghij", k=7)) for _ in range(3000))]
    return omnitok.train(texts=texts, vocab_size=4000, name="new", min_frequency=1, num_threads=1)


# --- killed -----------------------------------------------------------------------------------------------------------

SAVE_FOR_EVER = """
import pickle, sys
old, new, counts = pickle.load(sys.stdin.buffer)
import omnitok
words = omnitok.count_words(texts=[counts])
folder, file = sys.argv[1:]
print("ready", flush=True)
while True:
    for tokenizer in (new, old):
        tokenizer.save(folder, force=True)
        words.save(file, force=True)
"""


def test_sigkill_at_any_moment_leaves_a_whole_vocabulary(tiny: Tokenizer, large: Tokenizer, tmp_path: Path) -> None:
    folder, file = tmp_path / "v", tmp_path / "words.counts"
    text = " ".join(f"word{number}" for number in range(5000))
    omnitok.count_words(texts=[text]).save(file)
    tiny.save(folder)
    whole = file.read_bytes()
    data = pickle.dumps((tiny, large, text))
    moments = random.Random(1)
    seen: set[str] = set()
    # Twelve kills; more, and later ones, where a slow machine has not come to save anything by then.
    for kill in range(40):
        if kill >= 12 and len(seen) == 2:
            break
        work = subprocess.Popen(
            [sys.executable, "-c", SAVE_FOR_EVER, folder, file], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert work.stdin is not None
        assert work.stdout is not None
        with work.stdin, work.stdout:
            work.stdin.write(data)
            work.stdin.close()
            assert work.stdout.readline() == b"ready\n"
            time.sleep(moments.uniform(0, 0.05) * (1 + kill // 12))
            work.kill()
            work.wait(30)
        found = omnitok.load(folder)
        assert found in (tiny, large)
        assert file.read_bytes() == whole
        seen.add(found.name)
    # What the killed left behind lies under names of its own, and is in nobody's way.
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".omnitok-")} == {"v", "words.counts"}
    large.save(folder, force=True)
    assert omnitok.load(folder) == large
    assert len(seen) == 2, "no kill came while there was something to save: this test shows nothing"


# --- a full disk ------------------------------------------------------------------------------------------------------

# In a name space of its own, where the small disk is mounted, and with which it goes.
ON_A_SMALL_DISK = """
set -e
mount -t tmpfs -o size=128k none "$1"
shift
exec "$@"
"""

FILL_THE_DISK = """
import itertools, json, os, pickle, sys
from pathlib import Path
import omnitok
from omnitok.interop.tiktoken import write_rank_file
old, new = pickle.load(sys.stdin.buffer)
disk = Path(sys.argv[1])
old.save(disk / "v")
write_rank_file(old, disk / "old.tiktoken")
words = omnitok.count_words(texts=["a few words"])
words.save(disk / "words.counts")
many = omnitok.count_words(texts=[" ".join(map("".join, itertools.product("abcdefghijklmnopq", repeat=3)))])
before = {str(path): path.read_bytes() for path in sorted(disk.rglob("*")) if path.is_file()}
attempts = {
    "folder": lambda: new.save(disk / "v", force=True),
    "new folder": lambda: new.save(disk / "w"),
    "rank file": lambda: write_rank_file(new, disk / "old.tiktoken", force=True),
    "counts": lambda: many.save(disk / "words.counts", force=True),
}
# A little room is left: enough to begin, too little to end.
room = os.statvfs(disk)
(disk / "filling").write_bytes(bytes((room.f_bavail - 2) * room.f_bsize))
outcomes = {}
for name, attempt in attempts.items():
    try:
        attempt()
    except OSError as error:
        outcomes[name] = [error.strerror, str(error.filename)]
(disk / "filling").unlink()
after = {str(path): path.read_bytes() for path in sorted(disk.rglob("*")) if path.is_file()}
print(json.dumps({"outcomes": outcomes, "same": after == before, "loads": omnitok.load(disk / "v") == old}))
"""


def test_a_full_disk_is_an_error_and_leaves_the_old_files(tiny: Tokenizer, large: Tokenizer, tmp_path: Path) -> None:
    def on_a_small_disk(*command: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
        line = ["unshare", "--mount", "sh", "-c", ON_A_SMALL_DISK, "sh", str(tmp_path), *command]
        return subprocess.run(line, input=data, capture_output=True, timeout=120)

    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root can mount a small disk; test_train.py limits the size of files instead")
    try:
        if on_a_small_disk("true").returncode != 0:
            pytest.skip("this system lets root mount no disk; test_train.py limits the size of files instead")
    except FileNotFoundError:
        pytest.skip("there is no program unshare; test_train.py limits the size of files instead")
    result = on_a_small_disk(sys.executable, "-c", FILL_THE_DISK, str(tmp_path), data=pickle.dumps((tiny, large)))
    assert result.returncode == 0, result.stderr.decode()
    found = json.loads(result.stdout)
    assert set(found["outcomes"]) == {"folder", "new folder", "rank file", "counts"}, "something fitted that cannot"
    for reason, place in found["outcomes"].values():
        assert reason == "No space left on device"
        assert place.startswith(str(tmp_path))
    assert found["same"], "a file changed, or one was left behind"
    assert found["loads"]


def test_a_place_that_takes_no_file_is_an_error(tiny: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("content", encoding="utf-8")
    with pytest.raises(NotADirectoryError, match="Not a directory") as refusal:
        tiny.save(tmp_path / "file" / "v")
    assert str(tmp_path / "file") in str(refusal.value)
    with pytest.raises(OSError, match="File name too long"):
        tiny.save(tmp_path / ("x" * 300))
    assert content(tmp_path) == {"file": b"content"}


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_an_error(tiny: Tokenizer, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    try:
        with pytest.raises(PermissionError, match="Permission denied"):
            tiny.save(tmp_path / "v")
    finally:
        tmp_path.chmod(0o755)
