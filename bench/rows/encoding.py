"""Rows of encoding on one thread: a first pass in a fresh process, and passes over documents seen before.

A corpus has a process of each peer to itself: what was encoded before it in the same process would have filled the
caches, and its first pass would not be cold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.contest import FASTER, SPEED, Contest, details_table, times_the_best
from bench.documents import BULK, CJK, CODE, DOCUMENT, INDIC, MARKDOWN, MIX, ORIGINS, PROSE, write_corpus
from bench.languages import language_names
from bench.peers import OURS, present
from bench.places import data
from bench.row import Row, Samples, Tell
from bench.team import VOCABULARY, Team, differences

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.scale import Scale
    from bench.tasks.encoding import Output

ASKED = {
    (MIX, "flat", "warm"): 1.4,
    (MIX, "flat", "cold"): 2.5,
    (CJK, "flat", "cold"): 2,
    (INDIC, "flat", "cold"): 2.5,
    (BULK, "flat", "cold"): 1.5,
    (MIX, "list", "warm"): 1.3,
    (PROSE, "list", "warm"): 1.3,
}
"""How many times the best peer, by corpus, output and state; 1 for all others."""
LANGUAGES_GROUP = "each of 20 languages"
_BUDGET_BYTES = 10_000_000
"""Up to this size the budget of a row is what it is; more text has more time."""


# --- measuring --------------------------------------------------------------------------------------------------------


def _measure(
    corpora: Callable[[Scale], Iterable[str]],
    outputs: tuple[Output, ...] = ("flat",),
    longest: Callable[[Scale], int] = lambda scale: scale.document_bytes,
    *,
    warm: bool = True,
) -> Callable[[Scale, Tell], Samples]:
    """What measures a row of some corpora."""

    def measure(scale: Scale, tell: Tell) -> Samples:
        data("vocabularies")
        found = []
        for corpus in corpora(scale):
            for output in outputs:
                tell(f"{corpus}, {output}")
                found.append(_contest(corpus, output, longest(scale), scale, warm_rounds=scale.warm_rounds * warm))
        return {"vocabulary": VOCABULARY, "contests": found}

    return measure


def _contest(corpus: str, output: Output, longest: int, scale: Scale, *, warm_rounds: int) -> dict[str, Any]:
    """The first passes of all peers, a process for each sample; those of the first round go on to the warm ones."""
    written = write_corpus(corpus, longest)
    found: dict[str, dict[str, Any]] = {name: {"cold": [], "warm": []} for name in present()}
    hashes: dict[str, list[str]] = {}
    for turn in range(scale.cold_rounds):
        names = [name for name in found if turn == 0 or _may_go_on(name, found[name], longest, scale.budget)]
        if not names:
            break
        with Team(names[turn % len(names) :] + names[: turn % len(names)]) as team:
            team.each(".read", path=written["path"])
            for name, sample in team.each(".first_pass", output=output).items():
                own = sample.pop("hashes")
                if hashes.setdefault(name, own) != own:
                    team.failures[name] = "other ids in another process"
                found[name]["cold"].append(sample)
            if turn == 0 and warm_rounds:
                for name, samples in team.turns(".passes", warm_rounds, scale.budget, output=output).items():
                    found[name]["warm"] = samples
            for name, failure in team.failures.items():
                found[name]["failure"] = failure
    for name, count in differences(hashes).items():
        found[name]["differences"] = count
    size = {key: written[key] for key in ("documents", "bytes", "sha256")}
    return {"corpus": corpus, "output": output, **size, "peers": found}


def _may_go_on(name: str, found: dict[str, Any], size: int, budget: float) -> bool:
    """Whether somebody is asked for another cold sample: omnitok always, peers while they have time for the size."""
    budget *= max(1.0, size / _BUDGET_BYTES)
    return "failure" not in found and (name == OURS or sum(one["cpu_seconds"] for one in found["cold"]) < budget)


# --- showing ----------------------------------------------------------------------------------------------------------


def _contests(samples: Samples) -> list[Contest]:
    """Two for each corpus, warm before cold; one where nothing was measured warm."""
    return [
        _shown(one, state)
        for one in samples["contests"]
        for state in ("warm", "cold")
        if any(peer[state] for peer in one["peers"].values()) or state == "cold"
    ]


def _shown(one: dict[str, Any], state: str) -> Contest:
    corpus, megabytes = one["corpus"], one["bytes"] / 1e6
    names = language_names().values()
    return Contest(
        what=_what(one, state),
        unit=SPEED,
        samples={
            name: [megabytes / sample["cpu_seconds"] for sample in peer[state]] for name, peer in one["peers"].items()
        },
        notes={name: note for name, peer in one["peers"].items() if (note := note_of(peer))},
        asks=(times_the_best(ASKED[row]) if (row := (corpus, one["output"], state)) in ASKED else FASTER,),
        cpu={name: cpu_of(peer[state]) for name, peer in one["peers"].items() if peer[state]},
        group=f"{LANGUAGES_GROUP}, {state}" if corpus in names else "",
        label=corpus,
        panel=state,
    )


def _what(one: dict[str, Any], state: str) -> str:
    """The corpus, its size where that is the point, and lists where they are made."""
    size = [f"{one['bytes'] / 1e6:.3g} MB"] if one["corpus"] in (DOCUMENT, BULK) else []
    return ", ".join([one["corpus"], *size, *(["lists"] if one["output"] == "list" else []), state])


def note_of(found: dict[str, Any]) -> str:
    """What is wrong with a peer, or nothing."""
    if "failure" in found:
        return str(found["failure"])
    count = found.get("differences", 0)
    return f"not exact, {count:,} {'difference' if count == 1 else 'differences'}" if count else ""


def cpu_of(samples: list[dict[str, float]]) -> float:
    """CPU seconds for a second of wall clock."""
    return sum(one["cpu_seconds"] for one in samples) / sum(one["seconds"] for one in samples)


def _details(samples: Samples) -> str:
    corpora = {one["corpus"]: one for one in samples["contests"]}
    origins = [f"{name} is {ORIGINS[name]}." for name in corpora if name in ORIGINS]
    sizes = [f"{name} {one['bytes'] / 1e6:.2f} MB in {one['documents']:,} documents" for name, one in corpora.items()]
    return "\n\n".join([details_table(_contests(samples)), _EXPLANATION, " ".join(origins), "; ".join(sizes) + "."])


_EXPLANATION = (
    f"Vocabulary {VOCABULARY}, one call a document of 4 kB, every process on one CPU. Cold: a fresh process for each "
    "sample, loaded and past its first word; each document is seen once and its ids are kept. Warm: the process of the "
    "first round goes on, with new string objects for each pass, and drops the ids. Ids of every document are compared "
    "with those of tiktoken. A speed is by the CPU seconds of all threads of the process, which are those of the clock "
    "on the wall when nothing else runs; CPU/wall far below 1 is a busy machine, above 1 would be a second CPU. A slow "
    "peer has fewer rounds. tokenizers 0.23 has no flat form; its lists are measured in its place. toktok's ids are "
    "behind a private name. Corpora are NTREX-128 where nothing else is said."
)


def _languages(scale: Scale) -> list[str]:
    return list(language_names().values())[:: 20 // scale.languages]


ENCODE = Row(
    "encode",
    "Encode, one thread, flat ids",
    _measure(lambda _: (PROSE, MARKDOWN, CODE, MIX, CJK, INDIC)),
    details=_details,
    contests=_contests,
)
LANGUAGES = Row(
    "encode-languages",
    "Encode, one thread, flat ids, language by language",
    _measure(_languages),
    details=_details,
    contests=_contests,
)
LISTS = Row(
    "encode-lists",
    "Encode, one thread, to lists of integers",
    _measure(lambda _: (MIX, PROSE), ("list",)),
    details=_details,
    contests=_contests,
)
ONE_DOCUMENT = Row(
    "encode-document",
    "Encode one long document, one thread, flat ids",
    _measure(lambda _: (DOCUMENT,), longest=lambda scale: scale.long_document_bytes),
    details=_details,
    contests=_contests,
)
BULK_ROW = Row(
    "encode-bulk",
    "Encode much text once, one thread, flat ids",
    _measure(lambda _: (BULK,), longest=lambda scale: scale.bulk_bytes, warm=False),
    details=_details,
    contests=_contests,
)
