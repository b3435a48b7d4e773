"""A tokenizer travels: through pickles, into forked and spawned processes, and between threads."""

from __future__ import annotations

import copy
import multiprocessing
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import Any

import pytest

from omnitok.errors import CorruptFileError
from omnitok.tokenizer import Tokenizer

TEXTS = [f"the {number} dogs sleep over the lazy नमस्ते café {number * 7919}" for number in range(400)]


def encode_in_child(tokenizer: Tokenizer) -> tuple[list[list[int]], str]:
    """What a worker does; at the top of the module, so that a spawned process finds it."""
    return tokenizer.encode_batch(TEXTS, num_threads=2).tolist(), tokenizer.digest


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_is_the_same_tokenizer(tiny: Tokenizer, protocol: int) -> None:
    back = pickle.loads(pickle.dumps(tiny, protocol))
    assert back == tiny
    assert back.encode_batch(TEXTS).tolist() == tiny.encode_batch(TEXTS).tolist()
    assert (back.training, back.special_tokens, back.blocks) == (tiny.training, tiny.special_tokens, tiny.blocks)


def test_a_tokenizer_with_everything_survives_a_pickle(tiny: Tokenizer) -> None:
    grown = tiny.with_codes("image", [16], patch=4, grid=(7, 7)).with_reserved("padding", 8).with_name("grown")
    back = pickle.loads(pickle.dumps(grown))
    assert (back, back.digest) == (grown, grown.digest)


def test_a_damaged_pickle_is_refused(tiny: Tokenizer) -> None:
    rebuild, (files,) = tiny.__reduce__()
    with pytest.raises(CorruptFileError, match=r"text\.tiktoken: the SHA-256 is"):
        rebuild({**files, "text.tiktoken": files["text.tiktoken"][:-9]})


def test_copies_are_equal(tiny: Tokenizer) -> None:
    assert copy.copy(tiny) == copy.deepcopy(tiny) == tiny


def test_cloudpickle_carries_it_inside_a_function(tiny: Tokenizer) -> None:
    cloudpickle = pytest.importorskip("cloudpickle")
    data = cloudpickle.dumps(lambda text: tiny.encode(text))
    program = "import pickle, sys; print(pickle.load(sys.stdin.buffer)('the lazy dog'))"
    result = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, check=True, timeout=60)
    assert result.stdout.decode() == f"{tiny.encode('the lazy dog')}\n"


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_processes_encode_what_their_parent_does(tiny: Tokenizer, method: str) -> None:
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    # The parent has used its threads and caches before: a fork copies them in the state they are in.
    expected = tiny.encode_batch(TEXTS, num_threads=2).tolist()
    context = multiprocessing.get_context(method)
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        for ids, digest in pool.map(encode_in_child, [tiny] * 3, timeout=120):
            assert ids == expected
            assert digest == tiny.digest


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_fork_while_other_threads_encode_neither_hangs_nor_slows_the_child(tiny: Tokenizer) -> None:
    """In a process of its own, because pytest's could hold locks of its own at the moment of the fork.

    A child that inherits every lock locked makes new caches for each text, which takes it ten seconds.
    """
    program = """
import os, pickle, sys, threading, time, warnings
warnings.simplefilter("ignore")
tokenizer = pickle.load(sys.stdin.buffer)
texts = [f"the {number} dogs" for number in range(40)]
expected = tokenizer.encode_batch(texts).tolist()
stop = threading.Event()
def encode():
    while not stop.is_set():
        tokenizer.encode_batch(texts, num_threads=2)
threads = [threading.Thread(target=encode) for _ in range(2)]
for thread in threads: thread.start()
statuses = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        equal = tokenizer.encode_batch(texts, num_threads=2).tolist() == expected
        start = time.perf_counter()
        for _ in range(5000): tokenizer.encode(texts[0])
        os._exit(1 if not equal else 2 if time.perf_counter() - start > 4 else 0)
    statuses.append(os.waitpid(child, 0)[1])
stop.set()
for thread in threads: thread.join()
print(statuses)
"""
    data = pickle.dumps(tiny)
    result = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, timeout=120)
    assert (result.stdout, result.stderr) == (f"{[0] * 10}\n".encode(), b"")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_child_of_a_process_whose_threads_share_a_long_text_shares_one_too(tiny: Tokenizer) -> None:
    program = """
import os, pickle, sys, threading, warnings
warnings.simplefilter("ignore")
tokenizer = pickle.load(sys.stdin.buffer)
text = "the lazy dog, " * 100_000
expected = tokenizer.encode(text, num_threads=1)
stop = threading.Event()
def encode():
    while not stop.is_set():
        assert tokenizer.encode_to_numpy(text, num_threads=3).tolist() == expected
threads = [threading.Thread(target=encode) for _ in range(2)]
for thread in threads: thread.start()
statuses = []
for _ in range(10):
    child = os.fork()
    if child == 0:
        equal = all(tokenizer.encode(text, num_threads=number) == expected for number in (None, 1, 3))
        os._exit(0 if equal and tokenizer.encode_batch([text, "a"], 2)[0].tolist() == expected else 1)
    statuses.append(os.waitpid(child, 0)[1])
stop.set()
for thread in threads: thread.join()
print(statuses)
"""
    data = pickle.dumps(tiny)
    result = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, timeout=120)
    assert (result.stdout, result.stderr) == (f"{[0] * 10}\n".encode(), b"")


def test_threads_share_a_tokenizer(tiny: Tokenizer) -> None:
    expected = [tiny.encode(text) for text in TEXTS]
    start = threading.Barrier(8)

    def encode(first: int) -> list[list[int]]:
        start.wait()
        turned = TEXTS[first:] + TEXTS[:first]
        ids = [tiny.encode(text) for text in turned]
        return ids[len(TEXTS) - first :] + ids[: len(TEXTS) - first]

    with ThreadPoolExecutor(8) as pool:
        assert all(ids == expected for ids in pool.map(encode, range(0, 400, 50)))


@pytest.mark.parametrize(
    "work",
    [
        lambda tok, text: tok.encode_ordinary(text),
        lambda tok, text: tok.count(text),
        lambda tok, text: tok.encode_batch([text], num_threads=1),
        lambda tok, text: tok.truncate(text, 10**6),
    ],
    ids=["encode_ordinary", "count", "encode_batch", "truncate"],
)
def test_the_interpreter_goes_on_while_text_is_encoded(tiny: Tokenizer, work: Callable[[Tokenizer, str], Any]) -> None:
    def turns_of_this_thread(text: str) -> int:
        turns, done = 0, threading.Event()

        def encode() -> None:
            try:
                work(tiny, text)
            finally:
                done.set()

        thread = threading.Thread(target=encode)
        thread.start()
        while not done.wait(0.001):
            turns += 1
        thread.join()
        return turns

    # With the GIL held this thread comes around once or twice, however long the other takes. Fast machines and slow
    # ones need texts of different sizes to show the difference.
    sizes = (100_000 << doubling for doubling in range(6))
    assert any(turns_of_this_thread("the quick brown fox " * size) >= 8 for size in sizes)
