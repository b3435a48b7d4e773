"""One thing that omnitok and its peers were all measured at, and what the samples say."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from bench.figures import Bar, Figure, Verdict, markdown_table
from bench.peers import OURS
from bench.spread import Spread, ratios, spread

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

BEST = "the best peer"
"""Against whom a bar is, when it is not one peer by name."""


@dataclass(frozen=True)
class Unit:
    """What is counted, and whether more of it is better."""

    name: str
    more_is_better: bool
    digits: int


SPEED = Unit("MB/s", more_is_better=True, digits=1)
CALL = Unit("µs", more_is_better=False, digits=2)
WAIT = Unit("ms", more_is_better=False, digits=0)
MEMORY = Unit("MB", more_is_better=False, digits=0)
SCALING = Unit("times 1 thread", more_is_better=True, digits=2)


@dataclass(frozen=True)
class Ask:
    """A bar on the ratio to a peer or to the best of them, or on omnitok's own number where ``against`` is empty."""

    bar: Bar
    against: str = ""


def times_the_best(factor: float) -> Ask:
    """At least so many times better than the best peer."""
    return Ask(Bar("at least", factor, f"at least {factor:g}× the best peer"), BEST)


FASTER = times_the_best(1)


@dataclass(frozen=True)
class Contest:
    """Samples of everybody in one unit.

    Attributes:
        what: what was measured.
        unit: of the samples.
        samples: by name, one a round; a slow peer may have fewer.
        notes: why a peer has no samples, or what is wrong with its ids, by name.
        asks: what is asked of omnitok.
        cpu: CPU seconds for a second of wall clock, by name, where that says something.
        group: contests that one line may stand for.
        label: its name in a chart.
        panel: the part of a chart that it is in.
    """

    what: str
    unit: Unit
    samples: Mapping[str, Sequence[float]]
    notes: Mapping[str, str] = field(default_factory=dict)
    asks: Sequence[Ask] = ()
    cpu: Mapping[str, float] = field(default_factory=dict)
    group: str = ""
    label: str = ""
    panel: str = ""

    def ours(self) -> Spread | None:
        """The samples of omnitok; None when it has none or other ids than it should."""
        return None if OURS in self.notes or not self.samples.get(OURS) else spread(self.samples[OURS])

    def best(self) -> str | None:
        """The peer with the best median, exact or not; None when nobody else has samples."""
        medians = {name: spread(found).median for name, found in self.samples.items() if name != OURS and found}
        choose = max if self.unit.more_is_better else min
        return choose(medians, key=medians.__getitem__, default=None)

    def ratio(self, peer: str) -> Spread | None:
        """How many times better than a peer omnitok is, within the rounds that both have; above 1 is better."""
        ours, theirs = self.samples.get(OURS, ()), self.samples.get(peer, ())
        rounds = min(len(ours), len(theirs))
        if rounds == 0 or self.ours() is None:
            return None
        sides = (ours[:rounds], theirs[:rounds])
        return ratios(*sides) if self.unit.more_is_better else ratios(*reversed(sides))

    def shown(self, name: str) -> str:
        """The median of somebody, or why there is none."""
        found = self.samples.get(name)
        if not found:
            return self.notes.get(name, "not measured")
        note = f" ({self.notes[name]})" if name in self.notes else ""
        return f"{spread(found).median:,.{self.unit.digits}f}{note}"

    def verdicts(self) -> list[tuple[str, Verdict]]:
        """Each thing that was asked, and whether it was reached."""
        return [(ask.bar.wording, self._verdict(ask)) for ask in self.asks]

    def _verdict(self, ask: Ask) -> Verdict:
        ours = self.ours()
        if ours is None:
            return "no"
        if not ask.against:
            return ask.bar.verdict(ours.median)
        peer = self.best() if ask.against == BEST else ask.against
        ratio = self.ratio(peer) if peer else None
        return ask.bar.verdict(ratio.median) if ratio else "skipped"

    def figures(self) -> list[Figure]:
        """Lines for the table that a run ends with: one for each thing asked, or one without."""
        measured = f"{self.shown(OURS)} {self.unit.name}" if self.ours() else self.shown(OURS)
        best = self.best()
        if best is not None:
            times = self.ratio(best)
            measured += f"; {best} {self.shown(best)}" + (f", {times.median:.2f}×" if times else "")
        return [Figure(self.what, asked, measured, reached) for asked, reached in self.verdicts() or [("", "")]]


def worst(contests: Iterable[Contest]) -> Contest | None:
    """The contest in which omnitok does worst against its best peer."""
    ratio_of = {}
    for one in contests:
        best = one.best()
        ratio = one.ratio(best) if best else None
        if ratio is None:
            return one
        ratio_of[one.what] = (ratio.median, one)
    return min(ratio_of.values(), key=lambda pair: pair[0])[1] if ratio_of else None


# --- tables -----------------------------------------------------------------------------------------------------------


def summary_table(contests: Iterable[Contest]) -> str:
    """A line for each contest, and one for each group of them: the one in which omnitok does worst."""
    header = ["what", "omnitok", "best peer", "", "times the best peer", "asked", "reached"]
    return markdown_table(header, [_summary(one) for one in _one_of_each_group(contests)], numbers_from=1)


def _one_of_each_group(contests: Iterable[Contest]) -> list[Contest]:
    groups: dict[tuple[str, str], list[Contest]] = {}
    for one in contests:
        groups.setdefault((one.group, "" if one.group else one.what), []).append(one)
    return [found for found in (worst(members) for members in groups.values()) if found]


def _summary(one: Contest) -> list[Any]:
    best = one.best()
    ratio = one.ratio(best) if best else None
    what = f"{one.group}: worst is {one.label}" if one.group else one.what
    return [
        f"{what}, {one.unit.name}",
        one.shown(OURS),
        one.shown(best) if best else "",
        best or "",
        f"{ratio.median:.2f}" if ratio else "",
        "; ".join(asked for asked, _ in one.verdicts()),
        ", ".join(reached for _, reached in one.verdicts()),
    ]


def details_table(contests: Iterable[Contest]) -> str:
    """A line for everybody in each contest."""
    lines = [_line(one, name) for one in contests for name in dict.fromkeys([*one.samples, *one.notes])]
    header = ["what", "who", "median [quartiles]", "least–most", "unit", "rounds", "omnitok is", "CPU/wall", ""]
    return markdown_table(header, lines, numbers_from=2)


def _line(one: Contest, name: str) -> list[Any]:
    found = one.samples.get(name)
    note = one.notes.get(name, "best peer" if name == one.best() else "")
    if not found:
        return [one.what, name, "", "", "", "", "", "", note]
    around, digits, ratio = spread(found), one.unit.digits, one.ratio(name)
    return [
        one.what,
        name,
        f"{around:.{digits}f}",
        f"{around.least:.{digits}f}–{around.most:.{digits}f}",
        one.unit.name,
        len(found),
        f"{ratio.median:.2f}×" if ratio and name != OURS else "",
        f"{one.cpu[name]:.2f}" if name in one.cpu else "",
        note,
    ]
