"""Encoding one long input, which a peer may not survive."""

from __future__ import annotations

from typing import Any

from bench import peers
from bench.clock import seconds
from bench.long_inputs import LONG_INPUTS


def encode(peer: str, vocabulary: str, kind: str, size: int) -> dict[str, Any]:
    """Seconds from a loaded vocabulary to the ids of the input, and their digest."""
    text = LONG_INPUTS[kind](size)
    encoder = peers.load(peer, vocabulary)
    encoder.each(["hello"])
    arrays: list[peers.Ids] = []
    taken = seconds(lambda: arrays.extend(encoder.each([text])))
    return {"seconds": taken, "tokens": len(arrays[0]), "ids_sha256": peers.digest(arrays)}
