"""The memory of a process."""

from __future__ import annotations

import gc
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import peers
from bench.document_file import blocks_of, utf8_length

if TYPE_CHECKING:
    from collections.abc import Callable


def peak_bytes() -> int:
    """The largest resident size of this process so far.

    From the kernel's high-water mark where there is one: what ``getrusage`` says begins with the size of the parent.
    """
    found = _from_kernel("VmHWM:")
    if found is not None:
        return found
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return size if sys.platform == "darwin" else size * 1024


def _from_kernel(name: str) -> int | None:
    """A line of the kernel's account of this process, in bytes."""
    status = Path("/proc/self/status")
    if status.is_file():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith(name):
                return int(line.split()[1]) * 1024
    return None


def resident_bytes() -> int:
    """The resident size of this process now; the largest so far where the kernel does not say."""
    found = _from_kernel("VmRSS:")
    return peak_bytes() if found is None else found


def after_encoding(peer: str, vocabulary: str, path: str, size: int, seconds: float) -> dict[str, Any]:
    """What a peer adds to a Python process with numpy in it, after it has encoded a file again and again.

    Args:
        peer: who.
        vocabulary: what it loads.
        path: a file of documents.
        size: bytes to encode, reached within a block.
        seconds: of the processor, after which it stops where it is.
    """
    import numpy as np

    file = Path(path)
    _encode_block(np.asarray, next(blocks_of(file)))  # What reading takes is there before and after.
    before = resident_bytes()
    encode = peers.load(peer, vocabulary).flat
    loaded = resident_bytes()
    encoded = _encode_again_and_again(encode, file, size, seconds)
    gc.collect()
    return {"before": before, "loaded": loaded, "after": resident_bytes(), "encoded": encoded}


def _encode_again_and_again(encode: Callable[[str], Any], file: Path, size: int, seconds: float) -> int:
    encoded = 0
    end = time.process_time() + seconds
    while True:
        for block in blocks_of(file):
            if encoded >= size or time.process_time() >= end:
                return encoded
            encoded += _encode_block(encode, block)


def _encode_block(encode: Callable[[str], Any], texts: list[str]) -> int:
    """Encodes texts, drops the ids at once, and says how many bytes the texts had."""
    for text in texts:
        encode(text)
    return sum(map(utf8_length, texts))
