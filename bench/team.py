"""Peers beside each other, each in a process of its own, asked in turn."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING, Any

from bench.child import Child, Outcome
from bench.clock import in_turns
from bench.peers import OURS, PEERS, REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Self

VOCABULARY = "o200k_base"
SESSION = "bench.tasks.encoding:Session"
_THREADS = ("RAYON_NUM_THREADS", "FASTOKENS_BPE_THREADS", "OMP_NUM_THREADS")


def cpus() -> list[int]:
    """The CPUs that this process may run on."""
    return sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else list(range(os.cpu_count() or 1))


class Team:
    """Sessions of peers. What one of them cannot do is kept in ``failures``, and that peer is asked nothing more.

    With one thread the processes are held on one CPU, the same for all, whatever pools a library may have: nobody gets
    a second one. They load over all CPUs at the same time, because that is not timed.

    Args:
        names: the peers, in the order of the first round.
        threads: 1, or the number that libraries are told.
        limit: seconds for any one answer.
    """

    def __init__(self, names: Iterable[str], *, threads: int = 1, limit: float = 900.0) -> None:
        self.failures: dict[str, str] = {}
        self._threads = threads
        self._limit = limit
        self._children: dict[str, Child] = {}
        self._open(list(names))

    def _open(self, names: list[str]) -> None:
        for place, name in enumerate(names):
            self._children[name] = _child(name, place, self._threads)
            self._children[name].send(SESSION, peer=name, vocabulary=VOCABULARY)
        for name in names:
            self._kept(name, self._children[name].receive(self._limit))
            if self._threads == 1:
                self.ask(name, ".stay_on", cpu=cpus()[-1])

    def reopen(self, name: str) -> None:
        """Starts a peer that has failed anew."""
        self._children[name].close()
        del self.failures[name]
        self._open([name])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children.values():
            child.close()

    def ask(self, name: str, method: str, **arguments: Any) -> Any:
        """The answer of one peer; None when it failed, now or before."""
        if name in self.failures:
            return None
        return self._kept(name, self._children[name].ask(method, limit=self._limit, **arguments))

    def each(self, method: str, **arguments: Any) -> dict[str, Any]:
        """The answers of all that have not failed, one after another."""
        answers = {name: self.ask(name, method, **arguments) for name in self._children}
        return {name: answer for name, answer in answers.items() if name not in self.failures}

    def turns(self, method: str, rounds: int, budget: float, **arguments: Any) -> dict[str, list[Any]]:
        """Answers round by round; see :func:`bench.clock.in_turns`."""
        standing = [name for name in self._children if name not in self.failures]
        contenders = {name: partial(self.ask, name, method, **arguments) for name in standing}
        samples = in_turns(contenders, rounds, budget)
        return {name: taken for name, taken in samples.items() if name not in self.failures}

    def _kept(self, name: str, outcome: Outcome) -> Any:
        if outcome.failure is not None:
            self.failures[name] = outcome.failure
        return outcome.value


def one_thread() -> dict[str, str]:
    """Variables that hold libraries to one thread."""
    return _told(1)


def _told(threads: int) -> dict[str, str]:
    return {
        **dict.fromkeys(_THREADS, str(threads)),
        "OPENBLAS_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "true" if threads > 1 else "false",
    }


def _child(name: str, place: int, threads: int) -> Child:
    available = cpus()
    on = [available[place % len(available)]] if threads == 1 else available
    return Child(python=PEERS[name].python, environment=_told(threads), cpus=on)


def differences(hashes: Mapping[str, list[str]]) -> dict[str, int]:
    """In how many documents each peer has other ids than the reference: tiktoken, or who stands in for it."""
    reference = next((name for name in (*REFERENCES, OURS, *hashes) if name in hashes), None)
    if reference is None:
        return {}
    right = hashes[reference]
    return {name: sum(a != b for a, b in zip(right, found, strict=True)) for name, found in hashes.items()}
