"""Ctrl-C ends long work soon."""

from __future__ import annotations

import pickle
import subprocess
import sys
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from omnitok.code_merges import learn_code_merges
from omnitok.progress import Progress
from omnitok.tokenizer import Tokenizer

PROGRAM = """
import os, pickle, signal, sys, threading, time
tok = pickle.load(sys.stdin.buffer)
call, threads, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
text = "the quick brown fox, नमस्ते दुनिया " * 2_000_000
texts = [text[start : start + 1000] for start in range(0, len(text), 1000)]
work = {
    "encode_batch": lambda: tok.encode_batch(texts, threads),
    "count_batch": lambda: tok.count_batch(texts, threads),
    "encode": lambda: tok.encode(text, num_threads=threads),
    "encode_to_numpy": lambda: tok.encode_to_numpy(text, num_threads=threads),
    "count": lambda: tok.count(text, num_threads=threads),
    "encode_files": lambda: tok.encode_files([path] * 400, threads),
}[call]
# Strings keep the UTF-8 that is made of them, and to make it takes a while.
tok.count_batch(texts); tok.count(text)
pressed = 0.0
def press():
    global pressed
    pressed = time.perf_counter()
    os.kill(os.getpid(), signal.SIGINT)
threading.Timer(0.1, press).start()
try:
    for _ in range(100): work()
except KeyboardInterrupt:
    print(time.perf_counter() - pressed)
"""


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("call", ["encode_batch", "count_batch", "encode", "encode_to_numpy", "count", "encode_files"])
def test_ctrl_c_ends_it(tiny: Tokenizer, tmp_path: Path, call: str, threads: int) -> None:
    path = tmp_path / "text"
    path.write_text("the quick brown fox, नमस्ते दुनिया\n" * 100_000, encoding="utf-8")
    command = [sys.executable, "-c", PROGRAM, call, str(threads), str(path)]
    found = subprocess.run(command, input=pickle.dumps(tiny), capture_output=True, timeout=120)
    assert (found.returncode, found.stderr) == (0, b"")
    # 50 ms between two looks, and what the machine has to do besides. Without looks it would take several seconds.
    assert float(found.stdout) < 1


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("modality", ["audio", "image"])
@pytest.mark.parametrize("size", [4, 3000])
def test_learning_over_codes_looks_often_at_every_stage(
    modality: Literal["audio", "image"], size: int, threads: int
) -> None:
    """Counts the looks, because how long they are from each other depends on the machine: some 10 ms to 100 ms."""
    codes = np.random.default_rng(0).integers(0, size, (1024, 2048), dtype=np.uint32)
    arrays = [codes.ravel() if modality == "audio" else codes[:512]]
    stages: list[str] = []

    def learn(stop_at: int) -> None:
        def look(progress: Progress) -> None:
            stages.append(progress.stage)
            if len(stages) == stop_at:
                raise KeyboardInterrupt

        learn_code_merges(arrays, 6, sizes=size, modality=modality, num_threads=threads, progress=look)

    learn(0)
    counts = [stages.count(stage) for stage in ("pairs", "merges")]
    # In two passes, on a grid every 2^16 places and elsewhere every 2^20; then for every 2^17 replacements.
    assert counts[0] >= (32 if modality == "image" else 5)
    assert counts[1] >= (1 if size > 4 else 4)
    for stop_at in (2, sum(counts) // 2, sum(counts) - 1):
        stages.clear()
        with pytest.raises(KeyboardInterrupt):
            learn(stop_at)
        assert len(stages) == stop_at


def test_a_signal_handler_may_encode(tiny: Tokenizer) -> None:
    program = """
import pickle, signal, sys
tok = pickle.load(sys.stdin.buffer)
texts = ["the quick brown fox " * 50] * 30_000
found = []
signal.signal(signal.SIGALRM, lambda *_: found.append(tok.encode("the fox " * 3)))
signal.setitimer(signal.ITIMER_REAL, 0.02, 0.02)
batch = tok.encode_batch(texts, 1)
signal.setitimer(signal.ITIMER_REAL, 0)
print(len(set(map(tuple, found))), batch.tolist() == [tok.encode(texts[0])] * len(texts))
"""
    data = pickle.dumps(tiny)
    found = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, timeout=120)
    assert (found.stdout, found.stderr) == (b"1 True\n", b"")
