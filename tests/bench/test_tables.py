"""The tables and charts of the benchmark, from samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from bench import chart, readme, report
from bench.contest import CALL, FASTER, SPEED, Ask, Contest, details_table, summary_table
from bench.figures import Bar
from bench.record import Record
from bench.rows import ROWS
from bench.spread import ratios, spread

ROOT = Path(__file__).resolve().parents[2]

RUN = {
    "commit": "0" * 40,
    "uncommitted_changes": False,
    "date": "2026-01-02T03:04:05+00:00",
    "cpu": "a CPU",
    "cpus": 2,
    "python": "3.11.0",
    "versions": {"omnitok": "0.1.0"},
    "scale": {"name": "full"},
}


def taken(*seconds: float) -> list[dict[str, float]]:
    return [{"seconds": 2 * one, "cpu_seconds": one} for one in seconds]


def encoded(corpus: str, **peers: Any) -> dict[str, Any]:
    """A contest of an encode row over 10 MB."""
    return {"corpus": corpus, "output": "flat", "documents": 3, "bytes": 10_000_000, "sha256": "0", "peers": peers}


def recorded(folder: Path, rows: dict[str, Any], run: dict[str, Any] = RUN) -> Record:
    record = Record([], {})
    record.begin(run)
    for name, row in rows.items():
        record.put(name, row)
    record.write(folder, list(ROWS))
    return Record.read(folder)


# --- numbers ----------------------------------------------------------------------------------------------------------


def test_a_spread_is_of_samples_and_a_ratio_of_rounds() -> None:
    assert spread([3.0]).median == spread([3.0]).most == 3.0
    assert f"{spread([1.0, 2.0, 3.0, 4.0, 5.0]):.1f}" == "3.0 [2.0–4.0]"
    assert ratios([2.0, 30.0], [1.0, 10.0]).median == 2.5


@pytest.mark.parametrize(
    ("side", "value", "reached"),
    [
        ("at least", 5.0, "yes"),
        ("at least", 4.9, "no"),
        ("at most", 5.0, "yes"),
        ("at most", 5.1, "no"),
        ("below", 5.0, "no"),
    ],
)
def test_a_bar_judges(side: Any, value: float, reached: str) -> None:
    assert Bar(side, 5.0, "asked").judge("what", value, "measured").reached == reached


# --- contests ---------------------------------------------------------------------------------------------------------


def test_a_ratio_above_one_is_better_whatever_the_unit() -> None:
    samples = {"omnitok": [10.0, 10.0, 10.0], "toktok": [5.0, 20.0], "splintr": [40.0]}
    speed, wait = Contest("a", SPEED, samples), Contest("b", CALL, samples)
    assert (speed.best(), wait.best()) == ("splintr", "toktok")
    assert [one.ratio("splintr").median for one in (speed, wait)] == [0.25, 4.0]  # type: ignore[union-attr]
    assert speed.ratio("toktok").median == 1.25, "of the two rounds that both have"  # type: ignore[union-attr]
    assert speed.ratio("nobody") is None


def test_a_peer_that_is_not_exact_keeps_its_speed_and_is_marked() -> None:
    one = Contest("a", SPEED, {"omnitok": [10.0], "toktok": [20.0]}, {"toktok": "not exact, 3 differences"}, (FASTER,))
    assert one.verdicts() == [(FASTER.bar.wording, "no")]
    assert "| 20.0 (not exact, 3 differences) | toktok | 0.50 |" in summary_table([one])


def test_nothing_is_reached_with_other_ids_or_without_samples() -> None:
    asks = (FASTER, Ask(Bar("at least", 5.0, "at least 5 MB/s")))
    for samples, notes in (
        ({"omnitok": [10.0], "tiktoken": [1.0]}, {"omnitok": "not exact, 1 difference"}),
        ({"omnitok": [], "tiktoken": [1.0]}, {"omnitok": "ended by SIGKILL"}),
    ):
        one = Contest("a", SPEED, samples, notes, asks)
        assert [reached for _, reached in one.verdicts()] == ["no", "no"]
        assert notes["omnitok"] in summary_table([one])


def test_what_is_asked_against_a_peer_that_is_not_there_is_skipped() -> None:
    one = Contest("a", SPEED, {"omnitok": [10.0]}, asks=(FASTER, Ask(Bar("at least", 5.0, "5×"), "tiktoken")))
    assert [reached for _, reached in one.verdicts()] == ["skipped", "skipped"]
    assert one.best() is None


def test_a_group_has_one_line_for_its_worst() -> None:
    contests = [
        Contest(name, SPEED, {"omnitok": [10.0], "toktok": [theirs]}, asks=(FASTER,), group="languages", label=name)
        for name, theirs in (("Urdu", 5.0), ("Korean", 20.0), ("French", 8.0))
    ]
    table = summary_table([*contests, Contest("alone", SPEED, {"omnitok": [1.0], "toktok": [1.0]})])
    assert (
        "| languages: worst is Korean, MB/s | 10.0 | 20.0 | toktok | 0.50 | at least 1× the best peer | no |" in table
    )
    assert len(table.splitlines()) == 2 + 2


# --- rows -------------------------------------------------------------------------------------------------------------


def test_an_encode_row_shows_both_states_and_what_is_wrong_with_a_peer() -> None:
    peers = {
        "omnitok": {"cold": taken(0.2), "warm": taken(0.1, 0.1), "differences": 0},
        "gigatoken": {"cold": taken(0.4), "warm": taken(0.05, 0.05), "differences": 2},
        "splintr": {"cold": [], "warm": [], "failure": "no result after 9 s"},
    }
    row = ROWS["encode"]
    warm, cold = row.contests({"vocabulary": "o200k_base", "contests": [encoded("code", **peers)]})
    assert (warm.what, cold.what) == ("code, warm", "code, cold")
    assert (warm.samples["omnitok"], cold.samples["omnitok"]) == ([100.0, 100.0], [50.0])
    assert warm.cpu["omnitok"] == 0.5
    assert [one.ratio("gigatoken").median for one in (warm, cold)] == [0.5, 2.0]  # type: ignore[union-attr]
    table = details_table([warm, cold])
    assert (
        "| code, warm | gigatoken | 200.0 [200.0–200.0] | 200.0–200.0 | MB/s | 2 | 0.50× | 0.50 | not exact, 2" in table
    )
    assert "| code, warm | splintr |  |  |  |  |  |  | no result after 9 s |" in table


def test_long_words_show_who_panicked() -> None:
    peers = {
        "omnitok": {"passes": taken(0.05, 0.08), "differences": 0},
        "tiktoken": {"passes": [], "failure": "pyo3_runtime.PanicException: stack"},
        "toktok": {"passes": taken(0.4), "differences": 1},
    }
    samples = {"vocabulary": "o200k_base", "inputs": {"spaces": {"bytes": 2_000_000, "peers": peers}}}
    (one,) = ROWS["long-words"].contests(samples)
    assert [reached for _, reached in one.verdicts()] == ["yes", "yes"]
    assert one.shown("tiktoken") == "pyo3_runtime.PanicException: stack"
    assert one.shown("toktok") == "5.0 (not exact, 1 difference)"
    assert "pyo3_runtime.PanicException: stack" in ROWS["long-words"].details(samples)


def test_threads_are_compared_round_by_round() -> None:
    peers = {"omnitok": {"alone": taken(0.4, 0.8), "together": taken(0.2, 0.4), "differences": 0}}
    samples = {"vocabulary": "o200k_base", "corpus": "mix", "bytes": 8_000_000, "threads": 2, "peers": peers}
    together, alone, times = ROWS["encode-threads"].contests(samples)
    assert together.samples["omnitok"] == [20.0, 10.0], "by the clock on the wall"
    assert alone.samples["omnitok"] == [20.0, 10.0], "by CPU seconds"
    assert times.samples["omnitok"] == [2.0, 2.0]
    assert times.verdicts() == [("at least 1.85× 1 thread", "yes")]


def test_memory_counts_who_came_to_the_end() -> None:
    whole = {"before": 30_000_000, "loaded": 50_000_000, "after": 80_000_000, "encoded": 1_000_000_000}
    peers = {"omnitok": whole, "tiktoken": {**whole, "encoded": 5_000_000}, "toktok": {"failure": "ended by SIGKILL"}}
    samples = {"vocabulary": "o200k_base", "size": 1_000_000_000, "text": 1, "peers": peers}
    (one,) = ROWS["memory"].contests(samples)
    assert one.samples == {"omnitok": [50.0]}
    assert one.notes == {"tiktoken": "stopped after 5 MB", "toktok": "ended by SIGKILL"}
    assert "| tiktoken | 20.0 | 50.0 | 5 |" in ROWS["memory"].details(samples)


def test_a_load_with_another_first_token_is_marked() -> None:
    one = {"import_seconds": 0.01, "load_seconds": 0.04, "cpu_seconds": 0.03, "peak_bytes": 1, "ids": [1]}
    loads = {"omnitok": [one], "tiktoken": [one], "splintr": [{**one, "ids": [2]}]}
    samples = {"vocabulary": "o200k_base", "loads": loads, "failures": {"toktok": "ended by SIGABRT"}}
    (contest,) = ROWS["load"].contests(samples)
    assert contest.notes == {"splintr": "not exact, another first token", "toktok": "ended by SIGABRT"}
    assert contest.samples["omnitok"] == pytest.approx([50.0])
    assert contest.cpu["omnitok"] == pytest.approx(0.6)
    assert contest.verdicts()[1] == ("below 60 ms", "yes")


# --- pages ------------------------------------------------------------------------------------------------------------

ENCODE = {
    "samples": {
        "vocabulary": "o200k_base",
        "contests": [
            encoded(
                "code",
                omnitok={"cold": taken(0.2), "warm": taken(0.1), "differences": 0},
                toktok={"cold": taken(0.1), "warm": taken(0.2), "differences": 0},
                tiktoken={"cold": taken(1.0), "warm": taken(1.0), "differences": 0},
            )
        ],
    }
}


def test_the_report_shows_what_was_reached_and_what_failed(tmp_path: Path) -> None:
    record = recorded(tmp_path, {"encode": ENCODE, "train": {"failed": "ended by SIGKILL"}})
    files = report.files(record, ROWS)
    assert sorted(files) == ["encode.svg", "report.md"]
    text = files["report.md"]
    assert "| code, warm, MB/s | 100.0 | 50.0 | toktok | 2.00 | at least 1× the best peer | yes |" in text
    assert "| code, cold, MB/s | 50.0 | 100.0 | toktok | 0.50 | at least 1× the best peer | no |" in text
    assert "| Train on the 20-language mix |  | ended by SIGKILL | failed |" in text
    assert "Commit `000000000000`, 2 × a CPU" in text
    assert report.QUICK_WARNING not in text
    quick = recorded(tmp_path, {"encode": ENCODE}, {**RUN, "scale": {"name": "quick"}})
    assert report.QUICK_WARNING in report.render(quick, ROWS)


def test_a_chart_has_a_bar_for_everybody_and_two_that_stand_out(tmp_path: Path) -> None:
    from omnitok.report.palette import mark

    assert (mark(0).light, mark(1).light) == (chart.OUR_COLOUR, chart.BEST_COLOUR)
    contests = ROWS["encode"].contests(ENCODE["samples"])
    for everybody, bars in ((True, 3), (False, 2)):
        root = ElementTree.fromstring(chart.draw("A & B", contests, everybody=everybody))
        assert root[0].text == "A & B"
        colours = [one.get("fill") for one in root if one.tag.endswith("rect")][1:]
        assert len(colours) == 2 * bars
        assert colours.count(chart.OUR_COLOUR) == colours.count(chart.BEST_COLOUR) == 2
        widths = [float(one.get("width", "")) for one in root if one.tag.endswith("rect")][1:]
        assert max(widths) == 250.0
        words = [one.text for one in root if one.tag.endswith("text")]
        assert "100  2.00×" in words
        assert "50  0.50×" in words
        assert words.count("tiktoken") == (2 if everybody else 0)


def test_the_readme_has_the_rendered_results_and_keeps_the_rest(tmp_path: Path) -> None:
    text = f"before\n{readme.BEGIN}\nold\n{readme.END}\nafter\n"
    assert readme.replaced(text, "new") == f"before\n{readme.BEGIN}\n\nnew\n\n{readme.END}\nafter\n"
    with pytest.raises(ValueError, match="no results between"):
        readme.replaced("nothing", "new")
    record = recorded(tmp_path, {"encode": ENCODE, "train": {"failed": "ended by SIGKILL"}})
    rendered = readme.render(record, ROWS, tmp_path / "none")
    assert "| code, cold, MB/s |" in rendered
    assert "(reports/bench/encode.svg)" in rendered
    assert "SIGKILL" not in rendered, "only what was asked is on the first page"


def test_the_compression_table_has_every_language() -> None:
    table = readme.compression_table(ROOT / "reports" / "tokenizers" / "ntrex128" / "results.json")
    assert len(table.splitlines()) == 2 + 20 + 3
    assert "| **mean of 20** |" in table
    assert table.splitlines()[-1].startswith("| worst premium | ")


def test_the_row_of_evaluation_judges_what_was_asked() -> None:
    run = {
        "seconds": 61.0, "cpu_seconds": 90.0, "peak_bytes": 999_000_000, "tokenizers": 22, "languages": 20,
        "sentences": 1997, "figures": 30_000, "intervals": 20_000,
    }  # fmt: skip
    row, samples = ROWS["evaluate"], {"draws": 2000, "run": run}
    assert [(one.measured, one.reached) for one in row.figures(samples)] == [("61.0 s", "no"), ("999 MB", "yes")]
    assert row.figures(samples)[0].what == "evaluate 22 tokenizers, 20 languages, 1,997 sentences, 2,000 draws"
    assert "| 61.0 | 90.0 | 999 | 30,000 | 20,000 |" in row.details(samples)


def test_an_evaluation_is_measured_in_this_process() -> None:
    from bench.tasks.evaluating import evaluate

    found = evaluate(str(ROOT / "corpora" / "parallel"), ["o200k_base"], tokenizers=2, sentences=5, draws=40)
    assert (found["tokenizers"], found["languages"], found["sentences"]) == (2, 20, 5)
    assert 0 < found["intervals"] < found["figures"]
    assert found["peak_bytes"] > 0


def test_the_row_of_hard_training_judges_what_was_asked() -> None:
    def runs(seconds: float, digest: str = "d") -> list[dict[str, Any]]:
        return [{"seconds": seconds, "peak_bytes": 2e9, "tokens_sha256": digest}]

    counted = {"seconds": 1.0, "peak_bytes": 1 << 20, "digest": "c"}
    samples = {
        "threads": 2,
        "vocab_size": 1000,
        "words_vocab_size": 500,
        "texts": {"all of the text": runs(19.0), "mix of 20 languages": runs(1.0), "Chinese and Japanese": runs(2.0)},
        "bytes": {"mix of 20 languages": 100, "Chinese and Japanese": 50},
        "words": {kind: runs(3.0, kind) for kind in ("ties", "beyond", "runs")}
        | {"common": runs(1.0), "no runs": runs(2.0)},
        "checked": {"ties": {}},
        "memory": 1 << 20,
        "counting": {"bounded": counted, "unbounded": {**counted, "digest": "other"}},
    }
    row = ROWS["train-hard"]
    verdicts = [(figure.measured, figure.reached) for figure in row.figures(samples)]
    assert verdicts[:3] == [("19.0 s", "yes"), ("2.00 GB", "no"), ("4.00×", "no")]
    assert verdicts[3:7] == [("3.00×", "no"), ("3.00×", "no"), ("1.50×", "yes"), ("other tokens", "no")]
    assert verdicts[7:] == [("none is", "yes"), ("other counts", "no"), ("1 MiB beside 1 without limit", "")]
    assert "| counting, bounded |" in row.details(samples)
