"""How far a run of training, verifying or evaluating is, on stderr, and how long its stages took."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from omnitok.progress import Progress

_TITLES = {
    "count": "counting words",
    "codes": "making codes",
    "pairs": "counting pairs",
    "merges": "learning merges",
    "prune": "pruning",
    "side by side": "counting tokens side by side",
    "phrases": "counting phrases",
    "tokens": "counting what the text becomes",
    "save": "saving",
    "measure": "measuring tokenizers",
    "intervals": "drawing samples",
}


class Meter:
    """The ``progress`` of a run: a bar for every stage, and the seconds that each took.

    Bars are drawn only on a terminal, and leave nothing behind. Use it as a context manager.

    Attributes:
        seconds: Seconds by stage, in the order of the stages, of those that are over.
    """

    def __init__(self, *, quiet: bool = False) -> None:
        self.seconds: dict[str, float] = {}
        self._bars = None if quiet or not sys.stderr.isatty() else _bars()
        self._task: TaskID | None = None
        self._stage = ""
        self._began = 0.0

    def __enter__(self) -> Meter:
        """Starts the clock and shows the bars."""
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops the clock and takes the bars away."""
        self._leave_stage()
        if self._bars is not None:
            self._bars.stop()

    def __call__(self, progress: Progress) -> None:
        """Takes what ``count_words``, ``train`` and ``verify`` tell."""
        if progress.stage != self._stage:
            self.enter_stage(progress.stage)
        if self._bars is not None and self._task is not None:
            # Pairs are counted in one go: there is nothing to show but that it goes on.
            total = None if progress.stage == "pairs" else progress.total or None
            # The bar moves with the work and not with the merges, so that the time it shows is what is left.
            done = progress.done if progress.share is None else progress.share * progress.total
            self._bars.update(self._task, completed=done, total=total)

    def enter_stage(self, stage: str) -> None:
        """Begins a stage; the one before it is over."""
        self._leave_stage()
        self._stage, self._began = stage, time.perf_counter()
        if self._bars is not None:
            self._task = self._bars.add_task(_TITLES.get(stage, stage), total=None)

    def _leave_stage(self) -> None:
        if self._stage:
            passed = time.perf_counter() - self._began
            self.seconds[self._stage] = self.seconds.get(self._stage, 0.0) + passed
        if self._bars is not None and self._task is not None:
            self._bars.remove_task(self._task)
        self._stage, self._task = "", None


def _bars() -> Bars:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
