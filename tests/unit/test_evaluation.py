"""Evaluation: each metric on cases small enough to count by hand, and the published figures on real text."""

from __future__ import annotations

import io
import json
import math
from collections import Counter
from itertools import accumulate
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from omnitok.corpora.languages import load_languages
from omnitok.errors import CorpusError, CorruptFileError, OmnitokError, SameNameError
from omnitok.evaluation import (
    METRICS,
    Greeting,
    evaluate,
    first_lines,
    greetings_table,
    measure_run,
    metrics,
    print_greetings,
    print_table,
    printed_differences,
    read_greetings,
    read_parallel_text,
)
from omnitok.evaluation.definitions import OF_VOCABULARY
from omnitok.evaluation.figures import Figures
from omnitok.evaluation.wording import decimal, fewer, listing, per_cent, times

DATA = Path(__file__).parents[3] / "shared" / "data"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the shared data folder is not there")


class ByteTokenizer:
    """One token a UTF-8 byte."""

    name = "bytes"
    vocab_size = 256

    def encode_ordinary(self, text: str) -> list[int]:
        return list(text.encode())

    def decode(self, ids: list[int]) -> str:
        return bytes(ids).decode()


class CharacterTokenizer:
    """One token a code point."""

    name = "characters"
    vocab_size = 0x110000

    def encode_ordinary(self, text: str) -> list[int]:
        return list(map(ord, text))

    def decode(self, ids: list[int]) -> str:
        return "".join(map(chr, ids))


class LowercaseTokenizer(CharacterTokenizer):
    """Loses capitals, so it does not give back what it was given."""

    name = "lowercase"

    def encode_ordinary(self, text: str) -> list[int]:
        return super().encode_ordinary(text.lower())


class BatchTokenizer(CharacterTokenizer):
    """Encodes batches only, and like ``omnitok.Tokenizer`` refuses special tokens in text unless told otherwise."""

    def encode_ordinary(self, text: str) -> list[int]:
        raise AssertionError("the batch must be used")

    def encode_batch(self, texts: list[str], *, num_threads: int | None = None, disallowed_special: Any = "all") -> Any:
        assert disallowed_special == (), "text of a corpus is plain text, whatever it spells"
        ids = np.array([ord(character) for text in texts for character in text], dtype=np.uint32)
        offsets = np.array([0, *accumulate(map(len, texts))], dtype=np.int64)
        return SimpleNamespace(ids=ids, offsets=offsets)


@pytest.fixture
def parallel(tmp_path: Path) -> Path:
    """Two sentences in German, Hindi and English; German has one line in form D."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "hi.txt").write_text("नमस्ते\nक\n", encoding="utf-8")
    (folder / "de.txt").write_text("Äb\nu\u0308x\n", encoding="utf-8")
    (folder / "en.txt").write_text("Ab\ncd e\n", encoding="utf-8")
    return folder


def value(frame: pd.DataFrame, tokenizer: str, language: str, metric: str, against: str = "") -> float:
    rows = frame[
        (frame.tokenizer == tokenizer)
        & (frame.language == language)
        & (frame.metric == metric)
        & (frame.against == against)
    ]
    assert len(rows) == 1, rows
    return float(rows.value.iloc[0])


class TestMetrics:
    def test_gini_of_equal_values_is_zero(self) -> None:
        assert metrics.gini([3.0, 3.0, 3.0]) == 0

    def test_gini_of_one_value_is_zero(self) -> None:
        assert metrics.gini([7.0]) == 0

    def test_gini_when_one_holds_everything_is_one_less_the_fair_share(self) -> None:
        assert metrics.gini([0.0, 0.0, 0.0, 8.0]) == pytest.approx(3 / 4)

    def test_gini_by_hand(self) -> None:
        # |1-2| + |1-3| + |2-3| = 4, both ways 8; 2 * 3^2 * mean 2 = 36.
        assert metrics.gini([1.0, 2.0, 3.0]) == pytest.approx(8 / 36)

    def test_gini_does_not_depend_on_the_unit(self) -> None:
        assert metrics.gini([10.0, 20.0, 30.0]) == pytest.approx(metrics.gini([1.0, 2.0, 3.0]))

    def test_gini_of_zeros_is_zero(self) -> None:
        assert metrics.gini([0.0, 0.0]) == 0

    @pytest.mark.parametrize("values", [[], [1.0, -1.0]])
    def test_gini_refuses_what_it_is_not_defined_for(self, values: list[float]) -> None:
        with pytest.raises(ValueError, match=r"undefined|at least 0"):
            metrics.gini(values)

    def test_gain_and_saving_say_the_same_in_two_ways(self) -> None:
        assert metrics.gain(33, 145) == pytest.approx(4.3939, abs=1e-4)
        assert metrics.saving(25, 100) == 75
        assert metrics.saving(120, 100) == pytest.approx(-20)

    def test_premium(self) -> None:
        assert metrics.premium(30, 20) == 1.5

    def test_ratio_to_nothing_is_not_a_number(self) -> None:
        assert math.isnan(metrics.ratio(1, 0))

    def test_worst_takes_the_first_of_equals(self) -> None:
        assert metrics.worst({"te": 2.0, "ta": 2.0, "en": 1.0}) == ("te", 2.0)

    def test_equal_values_share_the_better_place(self) -> None:
        assert metrics.ranks({"a": 5, "b": 3, "c": 5, "d": 9}) == {"a": 2, "b": 1, "c": 2, "d": 4}

    @pytest.mark.parametrize(
        ("text", "graphemes"),
        [("", 0), ("abc", 3), ("नमस्ते", 3), ("u\u0308", 1), ("👩‍👩‍👧", 1), ("한국", 2), ("தமிழ்", 3)],
    )
    def test_graphemes_are_what_a_reader_sees(self, text: str, graphemes: int) -> None:
        assert metrics.count_graphemes(text) == graphemes

    def test_lines_not_in_form_c_are_numbered_from_one(self) -> None:
        assert metrics.lines_not_nfc(["é", "e\u0301", "a", "A\u030a"]) == (2, 4)


class TestWording:
    @pytest.mark.parametrize(
        ("gain", "words"),
        [
            (145 / 33, "4.4× fewer"),
            (1.0, "same"),
            (0.5, "2.0× more"),
            (1.04, "1.04× fewer"),
            (1.0004, "1.0004× fewer"),
            (1 / 1.002, "1.002× more"),
            (math.nan, "–"),
        ],
    )
    def test_gains(self, gain: float, words: str) -> None:
        assert fewer(gain) == words

    def test_a_share_reads_as_whole_only_when_it_is(self) -> None:
        assert per_cent(1.0) == "100%"
        assert per_cent(0.999999) == "99.99%"
        assert per_cent(0.5) == "50.00%"

    def test_numbers_and_lists(self) -> None:
        assert decimal(1234.56) == "1,234.6"
        assert times(2) == "2.00×"
        assert listing(["a"]) == "a"
        assert listing(["a", "b", "c"]) == "a, b and c"


class TestEvaluate:
    def test_every_figure_of_a_language_by_hand(self, parallel: Path) -> None:
        frame = evaluate([ByteTokenizer()], parallel, baselines=[CharacterTokenizer()])
        # de: "Äb" is 3 bytes, 2 characters; "u" + combining diaeresis + "x" is 4 bytes, 3 characters, 2 graphemes.
        assert value(frame, "(text)", "de", "bytes") == 7
        assert value(frame, "(text)", "de", "characters") == 5
        assert value(frame, "(text)", "de", "graphemes") == 4
        assert value(frame, "(text)", "de", "lines_not_nfc") == 1
        assert value(frame, "(text)", "de", "byte_premium", "en") == pytest.approx(7 / 6)
        assert value(frame, "bytes", "de", "tokens") == 7
        assert value(frame, "bytes", "de", "tokens_per_sentence") == 3.5
        assert value(frame, "bytes", "de", "bytes_per_token") == 1
        assert value(frame, "bytes", "de", "characters_per_token") == pytest.approx(5 / 7)
        assert value(frame, "bytes", "de", "graphemes_per_token") == pytest.approx(4 / 7)
        assert value(frame, "bytes", "de", "premium", "en") == pytest.approx(7 / 6)
        assert value(frame, "bytes", "de", "round_trip") == 1
        assert value(frame, "bytes", "de", "gain", "characters") == pytest.approx(5 / 7)
        assert value(frame, "bytes", "de", "saving", "characters") == pytest.approx(-40)

    def test_figures_across_languages_by_hand(self, parallel: Path) -> None:
        frame = evaluate([ByteTokenizer()], parallel, baselines=[CharacterTokenizer()])
        # Bytes: hi 18 + 3 = 21, de 7, en 6. Characters: hi 6 + 1 = 7, de 5, en 6.
        assert value(frame, "bytes", "all", "tokens") == 34
        assert value(frame, "bytes", "all", "tokens_per_sentence") == pytest.approx(34 / 6)
        assert value(frame, "bytes", "all", "gini") == pytest.approx(2 * (14 + 15 + 1) / (2 * 9 * 34 / 3))
        assert value(frame, "bytes", "all", "max_over_min") == pytest.approx(21 / 6)
        assert value(frame, "bytes", "hi", "worst_premium", "en") == pytest.approx(21 / 6)
        assert value(frame, "bytes", "all", "gain", "characters") == pytest.approx(18 / 34)
        assert value(frame, "bytes", "all", "rank") == 2
        assert value(frame, "characters", "all", "rank") == 1
        assert value(frame, "characters", "all", "round_trip") == 1
        characters = 2 * (2 + 1 + 1) / (2 * 9 * 18 / 3)
        ratio = 2 * (14 + 15 + 1) / (2 * 9 * 34 / 3) / characters
        assert value(frame, "bytes", "all", "gini_ratio", "characters") == pytest.approx(ratio)
        assert value(frame, "bytes", "all", "worst_premium_ratio", "characters") == pytest.approx((21 / 6) / (7 / 6))
        assert value(frame, "bytes", "de", "nsl_to_fewest", "characters") == pytest.approx(7 / 5)
        assert value(frame, "characters", "de", "nsl_to_fewest", "characters") == 1
        letters = "".join(path.read_text("utf-8") for path in parallel.glob("*.txt")).replace("\n", "")
        uses = sorted(Counter(letters).values(), reverse=True)
        of_rank = frame[(frame.tokenizer == "characters") & (frame.metric == "uses_of_rank")]
        assert {int(rank): value for rank, value in zip(of_rank.against, of_rank.value, strict=True)} == {
            rank: uses[rank - 1] for rank in (1, 2, 5, 10, len(uses)) if rank <= len(uses)
        }

    def test_rows_are_complete_tidy_and_defined(self, parallel: Path) -> None:
        frame = evaluate([ByteTokenizer()], parallel, baselines=[CharacterTokenizer()])
        assert list(frame.columns) == [
            "tokenizer", "sha256", "language", "corpus", "domain", "metric", "against",
            "value", "lo", "hi", "n", "unit",
        ]  # fmt: skip
        assert set(METRICS) - set(frame.metric) == {
            # No price of these two, no training text, and no audit of tokenizers that do not tell their tokens.
            "price_of_input", "price_of_output", "lines_in_training", "words_in_training",
            "lines_perhaps_in_training", "overlap", "overlap_of_script", "common_tokens",
            *OF_VOCABULARY,
        }  # fmt: skip
        assert set(frame.metric) <= set(METRICS)
        assert not frame.duplicated(["tokenizer", "language", "domain", "metric", "against"]).any()
        assert set(frame.corpus) == {"tiny"}
        assert (frame.unit == frame.metric.map(lambda name: METRICS[name].unit)).all()
        assert set(frame[frame.language == "de"].n) == {2}
        assert set(frame[frame.language == "all"].n) == {3}

    def test_languages_come_in_the_order_of_the_table_of_languages(self, parallel: Path) -> None:
        frame = evaluate([ByteTokenizer()], parallel)
        order = [language.code for language in load_languages()]
        codes = list(frame[frame.metric == "premium"].language)
        assert codes == sorted(["de", "en", "hi"], key=order.index)

    def test_languages_can_be_chosen_and_english_stays(self, parallel: Path) -> None:
        frame = evaluate([ByteTokenizer()], parallel, languages=["hi"])
        assert list(frame[frame.metric == "premium"].language) == ["hi", "en"]

    def test_batches_give_the_same_table(self, parallel: Path) -> None:
        pd.testing.assert_frame_equal(
            evaluate([BatchTokenizer()], parallel), evaluate([CharacterTokenizer()], parallel)
        )

    def test_a_tokenizer_that_loses_text_is_flagged_and_not_ranked(self, parallel: Path) -> None:
        frame = evaluate([LowercaseTokenizer()], parallel, baselines=[ByteTokenizer()])
        assert value(frame, "lowercase", "de", "round_trip") == 0.5
        assert value(frame, "lowercase", "hi", "round_trip") == 1
        assert value(frame, "lowercase", "all", "round_trip") == pytest.approx(4 / 6)
        assert math.isnan(value(frame, "lowercase", "all", "rank"))
        assert value(frame, "bytes", "all", "rank") == 1
        figures = Figures(frame)
        assert [(one.language.code, one.lines, one.of) for one in figures.failures()] == [("de", 1, 2), ("en", 1, 2)]
        # Short as it is, it is not the best anywhere.
        assert figures.best("hi") == {"bytes"}

    def test_a_tokenizer_may_be_its_own_baseline(self, parallel: Path) -> None:
        same = ByteTokenizer()
        frame = evaluate([same], parallel, baselines=[same])
        assert "gain" not in set(frame.metric)
        assert list(frame[frame.metric == "rank"].tokenizer) == ["bytes"]


class TestRefusals:
    def test_no_tokenizer(self, parallel: Path) -> None:
        with pytest.raises(OmnitokError, match="no tokenizer to evaluate"):
            evaluate([], parallel)

    def test_two_tokenizers_with_one_name(self, parallel: Path) -> None:
        with pytest.raises(SameNameError, match="two tokenizers are named 'bytes'"):
            evaluate([ByteTokenizer(), ByteTokenizer()], parallel)

    @pytest.mark.parametrize("name", ["(text)", "x (published)", "", " ", "a\nb", "a\x00", "a\udcff", "a\u2028b"])
    def test_a_name_that_no_table_can_show(self, parallel: Path, name: str) -> None:
        tokenizer = ByteTokenizer()
        tokenizer.name = name
        with pytest.raises(OmnitokError, match="another name"):
            evaluate([ByteTokenizer()], parallel, baselines=[tokenizer])

    def test_a_subject_that_stands_for_the_whole_text(self, parallel: Path) -> None:
        (parallel / "domains.tsv").write_text("domain\tfirst\tlast\nall\t1\t1\nnews\t2\t2\n", "utf-8")
        with pytest.raises(CorpusError, match=r"domains\.tsv has a subject 'all'"):
            evaluate([ByteTokenizer()], parallel)
        with pytest.raises(CorpusError, match="domain has a subject 'all'"):
            evaluate([ByteTokenizer()], {"en": ["a", "b"], "domain": ["all", "x"]})

    def test_subjects_in_another_encoding(self, parallel: Path) -> None:
        (parallel / "domains.tsv").write_bytes(b"domain\tfirst\tlast\ncaf\xe9\t1\t2\n")
        with pytest.raises(CorpusError, match=r"invalid UTF-8 at byte 21 of .*domains\.tsv, line 2"):
            evaluate([ByteTokenizer()], parallel)

    def test_something_that_is_no_tokenizer(self, parallel: Path) -> None:
        with pytest.raises(TypeError, match="str lacks name, vocab_size, encode_ordinary"):
            evaluate(["o200k_base"], parallel)  # type: ignore[list-item]

    def test_english_is_missing(self, parallel: Path) -> None:
        (parallel / "en.txt").unlink()
        with pytest.raises(CorpusError, match=r"en\.txt is missing, and English is what .* add it"):
            evaluate([ByteTokenizer()], parallel)

    def test_a_mark_of_the_byte_order_is_no_text(self, parallel: Path) -> None:
        plain = read_parallel_text(parallel)
        file = parallel / "hi.txt"
        file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
        assert read_parallel_text(parallel).texts["hi"].sha256 == plain.texts["hi"].sha256

    def test_line_counts_differ(self, parallel: Path) -> None:
        (parallel / "de.txt").write_text("eins\nzwei\ndrei\n", encoding="utf-8")
        with pytest.raises(CorpusError, match=r"not aligned: de\.txt has 3, .* have 2 lines"):
            evaluate([ByteTokenizer()], parallel)

    def test_a_language_with_other_lines_may_be_left_out(self, parallel: Path) -> None:
        (parallel / "de.txt").write_text("eins\nzwei\ndrei\n", encoding="utf-8")
        run = measure_run([ByteTokenizer()], read_parallel_text(parallel, allow_missing=True))
        assert run.problems == ["de: left out, it has 3 lines, and English 2"]
        assert set(run.frame.language) == {"hi", "en", "all"}
        columns = {"en": ["one", "two"], "hi": ["एक"]}
        assert read_parallel_text(columns, allow_missing=True).unequal == {"hi": 1}
        for several in (columns, {"en": ["one"], "hi": ["एक", "दो"], "de": ["eins", "zwei"]}):
            with pytest.raises(CorpusError, match="not aligned"):
                read_parallel_text(several, allow_missing=several is not columns)

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("Äb\nüx\n".encode("utf-16"), r"invalid UTF-8 at byte 0 of .*de\.txt, line 1"),
            ("Äb\nüx\n".encode("latin-1"), r"invalid UTF-8 at byte 0 of .*de\.txt, line 1"),
            ("Äb\n\n".encode(), r"de\.txt, line 2 is empty"),
            ("Äb\n \t\n".encode(), r"de\.txt, line 2 is empty"),
            (b"", r"de\.txt, line 1 is empty"),
        ],
    )
    def test_other_encodings_and_empty_lines(self, parallel: Path, content: bytes, message: str) -> None:
        (parallel / "de.txt").write_bytes(content)
        with pytest.raises(CorpusError, match=message):
            evaluate([ByteTokenizer()], parallel)

    def test_a_file_that_is_not_utf8(self, parallel: Path) -> None:
        (parallel / "de.txt").write_bytes(b"ab\nc\xff\n")
        with pytest.raises(CorpusError, match=r"de\.txt"):
            evaluate([ByteTokenizer()], parallel)

    def test_a_language_asked_for_that_is_not_there(self, parallel: Path) -> None:
        with pytest.raises(CorpusError, match=r"fr\.txt"):
            evaluate([ByteTokenizer()], parallel, languages=["fr"])

    def test_a_file_in_no_known_language(self, parallel: Path) -> None:
        (parallel / "notes.txt").write_text("one\ntwo\n", encoding="utf-8")
        with pytest.raises(CorpusError, match=r"notes\.txt is in no known language"):
            evaluate([ByteTokenizer()], parallel)

    def test_a_folder_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CorpusError, match="nowhere"):
            evaluate([ByteTokenizer()], tmp_path / "nowhere")


class TestGreetings:
    ROWS = (Greeting("fa", "Persian", "سلام", {"cl100k_base": 61}), Greeting("en", "English", "Hello"))

    def test_counts_and_gains(self) -> None:
        table = greetings_table([CharacterTokenizer()], self.ROWS, baselines=[ByteTokenizer()])
        assert list(table["characters tokens"]) == [4, 5]
        assert list(table["bytes tokens"]) == [8, 5]
        assert list(table["characters vs bytes"]) == [2.0, 1.0]

    def test_a_missing_printed_count_stays_missing(self) -> None:
        table = greetings_table([CharacterTokenizer()], self.ROWS)
        assert table["cl100k_base printed"].isna().tolist() == [False, True]
        assert "o200k_base printed" not in table

    def test_printed_counts_of_absent_tokenizers_are_no_difference(self) -> None:
        assert printed_differences(greetings_table([CharacterTokenizer()], self.ROWS)) == ()

    def test_a_difference_carries_its_reason_where_one_is_known(self) -> None:
        tokenizer = CharacterTokenizer()
        tokenizer.name = "cl100k_base"
        (difference,) = printed_differences(greetings_table([tokenizer], self.ROWS))
        assert (difference.language, difference.printed, difference.measured) == ("Persian", 61, 4)
        assert "prints 61" in difference.explanation

    def test_first_lines_of_a_parallel_text(self, parallel: Path) -> None:
        rows = first_lines(read_parallel_text(parallel))
        assert [(row.code, row.sentence) for row in rows] == [("hi", "नमस्ते"), ("de", "Äb"), ("en", "Ab")]

    @pytest.mark.parametrize(
        ("content", "message"),
        [
            ("no json", "is not JSON"),
            ("{}", "must hold a list"),
            ("[]", "must hold a list"),
            ("[1]", "object 1 is not an object"),
            ('[{"code": "xx", "sentence": "a"}]', "code is 'xx'"),
            ('[{"code": ["en"], "sentence": "a"}]', "code is"),
            ('[{"code": "en", "sentence": ""}]', "sentence is ''"),
            ('[{"code": "en", "sentence": "a", "published_gpt4": "27"}]', "printed count of cl100k_base is '27'"),
            (
                '[{"code": "en", "sentence": "a"}, {"code": "en", "sentence": "b"}]',
                "object 2: language 'en' comes twice",
            ),
        ],
    )
    def test_a_bad_file_is_named_with_the_place(self, tmp_path: Path, content: str, message: str) -> None:
        path = tmp_path / "greetings.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(CorruptFileError, match=message):
            read_greetings(path)


class TestTerminal:
    def test_table(self, parallel: Path) -> None:
        output = io.StringIO()
        frame = evaluate([LowercaseTokenizer()], parallel, baselines=[ByteTokenizer()])
        print_table(frame, console=Console(file=output, width=120))
        text = output.getvalue()
        assert "Tokens per sentence · 2 sentences of tiny" in text
        assert "3.00× fewer" in text
        assert "hi 3.50×" in text
        assert "not ranked: lowercase changed 1 of 2 lines of German" in text

    def test_greetings(self) -> None:
        output = io.StringIO()
        table = greetings_table([CharacterTokenizer()], TestGreetings.ROWS, baselines=[ByteTokenizer()])
        print_greetings(table, sentences=True, console=Console(file=output, width=120))
        text = output.getvalue()
        assert "2.0× fewer  8 → 4" in text
        assert "same  5 → 5" in text
        assert "سلام" in text


class Tiktoken:
    """An encoding of tiktoken as evaluation wants it."""

    def __init__(self, name: str) -> None:
        import tiktoken

        self.encoding = tiktoken.get_encoding(name)
        self.name = name
        self.vocab_size = self.encoding.n_vocab
        self.special_tokens = {
            token: self.encoding.encode_single_token(token) for token in self.encoding.special_tokens_set
        }
        self.token_bytes = self.encoding.decode_single_token_bytes

    def encode_ordinary(self, text: str) -> list[int]:
        return self.encoding.encode_ordinary(text)

    def decode(self, ids: list[int]) -> str:
        return self.encoding.decode(ids)


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> tuple[Tiktoken, Tiktoken]:
    """o200k_base and cl100k_base, from the shared cache."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(DATA / "tiktoken-cache"))
    return Tiktoken("o200k_base"), Tiktoken("cl100k_base")


@needs_data
class TestPublishedFigures:
    def test_the_table_of_the_announcement(self, encodings: tuple[Tiktoken, Tiktoken]) -> None:
        o200k, cl100k = encodings
        file = DATA / "gpt4o_table.json"
        table = greetings_table([o200k], read_greetings(file), baselines=[cl100k])
        assert len(table) == 20
        pairs = list(zip(table["cl100k_base tokens"], table["o200k_base tokens"], strict=True))
        printed = list(zip(table["cl100k_base printed"], table["o200k_base printed"], strict=True))
        agreeing = [one == other for one, other in zip(pairs, printed, strict=True)]
        assert agreeing.count(True) == 19
        persian = list(table["code"]).index("fa")
        assert pairs[persian] == (63, 32)
        assert printed[persian] == (61, 32)
        (difference,) = printed_differences(table)
        assert difference.language == "Persian"
        assert difference.explanation
        ratios = [row["published_ratio"] for row in json.loads(file.read_text(encoding="utf-8"))]
        for index, ratio in enumerate(ratios):
            if index != persian:
                assert fewer(table["o200k_base vs cl100k_base"][index]) == f"{ratio:.1f}× fewer"

    def test_means_on_ntrex_are_those_that_tiktoken_counts(self, encodings: tuple[Tiktoken, Tiktoken]) -> None:
        folder = DATA / "parallel" / "ntrex128"
        frame = evaluate(encodings, folder)
        for one in encodings:
            tokens = 0
            for path in sorted(folder.glob("*.txt")):
                lines = path.read_text(encoding="utf-8").splitlines()
                tokens += sum(map(len, one.encoding.encode_ordinary_batch(lines)))
            assert value(frame, one.name, "all", "tokens") == tokens
            assert value(frame, one.name, "all", "tokens_per_sentence") == pytest.approx(tokens / (20 * 1997))
            assert value(frame, one.name, "all", "round_trip") == 1
        # Rounded figures of the two encodings on this text; they move only when the text or the counting does.
        assert decimal(value(frame, "o200k_base", "all", "tokens_per_sentence"), 2) == "39.06"
        assert decimal(value(frame, "cl100k_base", "all", "tokens_per_sentence"), 2) == "87.22"
        assert Figures(frame).worst("o200k_base")[0].code == "ta"
        assert Figures(frame).worst("cl100k_base")[0].code == "te"

    def test_our_own_tokenizer_gives_the_same_table_as_tiktoken(self, encodings: tuple[Tiktoken, Tiktoken]) -> None:
        from omnitok.interop.published import load_published

        folder = DATA / "parallel" / "udhr"
        ours = evaluate([load_published("o200k_base")], folder, baselines=[load_published("cl100k_base")])
        o200k, cl100k = encodings
        theirs = evaluate([o200k], folder, baselines=[cl100k])

        def known_of_both(frame: pd.DataFrame) -> pd.DataFrame:
            # Of another library only the texts of single tokens are tried.
            kept = frame[~frame["metric"].isin(["unreachable", "not_reached_alone"])]
            return kept.drop(columns="sha256").reset_index(drop=True)

        pd.testing.assert_frame_equal(known_of_both(ours), known_of_both(theirs))
