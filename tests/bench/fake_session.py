"""A peer that does as it is told, in place of a loaded vocabulary."""

from __future__ import annotations

import os


class FakeSession:
    def __init__(self, peer: str, vocabulary: str) -> None:
        print(f"{peer} greets {vocabulary}")
        self._peer = peer

    def stay_on(self, cpu: int) -> None:
        assert cpu in os.sched_getaffinity(0) or len(os.sched_getaffinity(0)) == 1

    def name(self) -> str:
        return self._peer

    def panics_if(self, peer: str) -> str:
        if peer == self._peer:
            raise OverflowError("stack")
        return self._peer
