"""A tokenizer under strain: forks in the middle of its work, many threads, an interrupt, and no memory left.

Each in a process of its own: what goes wrong there would take the tests along.
"""

from __future__ import annotations

import os
import pickle
import re
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import TypeAlias

import pytest

from omnitok.tokenizer import Tokenizer

Child: TypeAlias = "subprocess.Popen[bytes]"

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux what memory there is")

BEGINNING = """
import os, pickle, random, signal, sys, threading, time, warnings
warnings.simplefilter("ignore")
tokenizer = pickle.load(sys.stdin.buffer)
texts = [f"the {number} dogs sleep over the lazy नमस्ते café {number * 7919}" for number in range(400)]
expected = tokenizer.encode_batch(texts, num_threads=2).tolist()
"""


def start(program: str, tokenizer: Tokenizer, environment: Mapping[str, str] = MappingProxyType({})) -> Child:
    child = subprocess.Popen(
        [sys.executable, "-c", BEGINNING + program],
        env={**os.environ, **environment},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert child.stdin is not None
    child.stdin.write(pickle.dumps(tokenizer))
    child.stdin.close()
    child.stdin = None
    return child


def output(
    program: str,
    tokenizer: Tokenizer,
    timeout: float = 120,
    environment: Mapping[str, str] = MappingProxyType({}),
) -> str:
    """What a program prints that neither fails nor says anything on stderr."""
    out, err = start(program, tokenizer, environment).communicate(timeout=timeout)
    assert err == b""
    return out.decode()


# --- forks ------------------------------------------------------------------------------------------------------------

forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@forks
def test_many_forks_in_the_middle_of_a_parallel_call(tiny: Tokenizer) -> None:
    """Threads of threads: two callers with three threads each, at work at the moment of every fork."""
    program = """
stop = threading.Event()
def encode():
    while not stop.is_set():
        tokenizer.encode_batch(texts * 20, num_threads=3)
callers = [threading.Thread(target=encode) for _ in range(2)]
for caller in callers: caller.start()
statuses = []
for _ in range(60):
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # what hangs dies of it
        equal = tokenizer.encode_batch(texts, num_threads=3).tolist() == expected
        equal = equal and [tokenizer.encode(text) for text in texts] == expected
        again = pickle.loads(pickle.dumps(tokenizer))
        equal = equal and again.encode_batch(texts, num_threads=2).tolist() == expected
        os._exit(0 if equal else 1)
    statuses.append(os.waitpid(child, 0)[1])
stop.set()
for caller in callers: caller.join()
print(statuses == [0] * 60 or statuses)
"""
    assert output(program, tiny, 240) == "True\n"


@forks
def test_a_forked_pool_while_other_threads_encode(tiny: Tokenizer) -> None:
    program = """
import multiprocessing
stop = threading.Event()
def encode():
    while not stop.is_set():
        tokenizer.encode_batch(texts * 20, num_threads=2)
def work(_):
    return tokenizer.encode_batch(texts, num_threads=2).tolist() == expected
caller = threading.Thread(target=encode)
caller.start()
with multiprocessing.get_context("fork").Pool(4) as pool:
    print(all(pool.map_async(work, range(40)).get(timeout=90)))
stop.set()
caller.join()
"""
    assert output(program, tiny) == "True\n"


@forks
def test_a_child_of_a_child(tiny: Tokenizer) -> None:
    program = """
def check():
    return tokenizer.encode_batch(texts, num_threads=2).tolist() == expected
def descend(depth):
    child = os.fork()
    if child == 0:
        signal.alarm(30)
        equal = check() and (depth == 0 or descend(depth - 1) == 0)
        os._exit(0 if equal else 1)
    equal = check()
    status = os.waitpid(child, 0)[1]
    return 0 if equal and status == 0 else 1
print(descend(5))
"""
    assert output(program, tiny) == "0\n"


# --- threads ----------------------------------------------------------------------------------------------------------


@linux_only
def test_64_threads_share_a_tokenizer_and_give_the_memory_back(tiny: Tokenizer) -> None:
    """What a thread needs is 23 MiB at most, and the pool keeps it for a few threads only."""
    program = """
def resident():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
before = resident()
barrier = threading.Barrier(64)
wrong = []
def encode(seed):
    words = random.Random(seed)
    some = [f"{words.random()} {words.random()}" for _ in range(300)]
    alone = [tokenizer.encode(text) for text in some]
    barrier.wait()
    for _ in range(3):
        turned = [tokenizer.encode(text) for text in some]
        batch = tokenizer.encode_batch(some + texts, num_threads=2).tolist()
        if turned != alone or batch != alone + expected:
            wrong.append(seed)
threads = [threading.Thread(target=encode, args=(seed,)) for seed in range(64)]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(wrong, (resident() - before) >> 20)
"""
    wrong, kept = output(program, tiny, 240).rsplit(" ", 1)
    assert wrong == "[]"
    assert int(kept) < 400


def test_a_tokenizer_is_pickled_while_it_encodes(tiny: Tokenizer) -> None:
    program = """
stop = threading.Event()
def encode():
    while not stop.is_set():
        tokenizer.encode_batch(texts, num_threads=2)
callers = [threading.Thread(target=encode) for _ in range(2)]
for caller in callers: caller.start()
data = {pickle.dumps(tokenizer) for _ in range(50)}
back = pickle.loads(data.pop())
print(len(data), back == tokenizer, back.encode_batch(texts).tolist() == expected)
stop.set()
for caller in callers: caller.join()
"""
    assert output(program, tiny) == "0 True True\n"


# --- an interrupt -----------------------------------------------------------------------------------------------------

LONG_BATCH = """
letters = random.Random(1)
slow = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=300_000))] * SIZE
print("ready", flush=True)
begin = time.monotonic()
try:
    while True: CALL
except KeyboardInterrupt:
    print(time.monotonic() - begin, tokenizer.encode_batch(texts).tolist() == expected)
"""
CALLS = ["tokenizer.encode_batch(slow, num_threads=2)", "tokenizer.count_batch(slow, num_threads=2)"]


def interrupted(call: str, size: int, tokenizer: Tokenizer) -> float:
    """Seconds from the start of calls that never end, which are interrupted after half a second, to the exception."""
    child = start(LONG_BATCH.replace("SIZE", str(size)).replace("CALL", call), tokenizer)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    time.sleep(0.5)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=200)
    assert err == b""
    seconds, works = out.decode().split(" ")
    assert works == "True\n"
    return float(seconds)


@pytest.mark.parametrize("call", CALLS)
def test_an_interrupt_is_raised_and_leaves_a_tokenizer_that_works(tiny: Tokenizer, call: str) -> None:
    assert interrupted(call, 50, tiny) > 0.4


@pytest.mark.parametrize("call", CALLS)
def test_an_interrupt_ends_a_batch_of_a_minute_within_seconds(tiny: Tokenizer, call: str) -> None:
    assert interrupted(call, 3000, tiny) < 4


# --- no memory --------------------------------------------------------------------------------------------------------

LITTLE_MEMORY = """
import resource
import numpy as np
text = "7" * 16_000_000
ids = np.full(40_000_000, 97, dtype=np.uint32)
# Caches grow here rather than where there is no room for them.
for _ in range(2): tokenizer.encode_batch([text[:2_000_000], *texts], num_threads=1)
size = int(open("/proc/self/statm").read().split()[0]) * 4096
resource.setrlimit(resource.RLIMIT_AS, (size + (ROOM << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))
try:
    CALL
    print("enough")
except MemoryError as error:
    print(type(error).__name__, error)
resource.setrlimit(resource.RLIMIT_AS, (resource.RLIM_INFINITY,) * 2)
print(tokenizer.encode_batch(texts).tolist() == expected)
"""


@linux_only
@pytest.mark.parametrize("room", [1, 20, 40])
@pytest.mark.parametrize(
    "call",
    [
        "tokenizer.encode_to_numpy(text)",
        "tokenizer.encode_batch([text], num_threads=1)",
        "tokenizer.encode_batch([text[:1_000_000]] * 40, num_threads=1)",
        "tokenizer.encode_with_offsets(text)",
        "tokenizer.encode_with_offsets(text[:4_000_000], unit='character')",
        "tokenizer.decode_bytes(ids)",
    ],
)
def test_a_result_that_the_system_has_no_memory_for_is_a_memory_error(tiny: Tokenizer, call: str, room: int) -> None:
    """And no end of the process, which is what Rust makes of it where nobody asks."""
    found = output(LITTLE_MEMORY.replace("ROOM", str(room)).replace("CALL", call), tiny).splitlines()
    assert found[1] == "True"
    assert found[0].startswith("MemoryError ")


@linux_only
def test_what_a_word_of_megabytes_needs_is_a_memory_error_too(tiny: Tokenizer) -> None:
    call = "tokenizer.encode_to_numpy('xy' * 4_000_000)"
    found = output(LITTLE_MEMORY.replace("ROOM", "20").replace("CALL", call), tiny).splitlines()
    assert found[0].startswith("MemoryError ")


# --- no threads -------------------------------------------------------------------------------------------------------

# No system has a stack of this size to give, so none gives a thread.
NO_THREADS = {"RUST_MIN_STACK": str(1 << 60)}


def test_a_batch_needs_no_more_threads_than_there_are(tiny: Tokenizer) -> None:
    program = """
batch = tokenizer.encode_batch(texts * 50, num_threads=8)
counts = tokenizer.count_batch(texts * 50, num_threads=8)
print(batch.tolist() == expected * 50, counts.tolist() == list(map(len, batch)))
"""
    assert output(program, tiny, environment=NO_THREADS) == "True True\n"


def test_counting_files_without_threads_is_an_error(tiny: Tokenizer, tmp_path: Path) -> None:
    (tmp_path / "text.txt").write_text("the dog\n" * 500_000, encoding="utf-8")
    program = f"""
import omnitok
path = {str(tmp_path / "text.txt")!r}
try:
    omnitok.count_words(path, num_threads=3)
except omnitok.errors.CorpusError as error:
    print(error)
print(omnitok.count_words(path, num_threads=1).total)
"""
    refusal, total = output(program, tiny, environment=NO_THREADS).splitlines()
    assert re.fullmatch(r"no thread to work in \(.*\); ask for fewer \(num_threads\)", refusal)
    assert int(total) == 1_500_000
