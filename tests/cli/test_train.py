"""``omnitok train``."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import omnitok

from .conftest import TEXT, Invoke, Run


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_is_what_the_function_trains(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    options = ("--min-frequency", "1", "--max-token-bytes", "6", "--mode", "huggingface", "--pad-to-multiple-of", "64")
    special = ("--special", "<|a|>", "--special", "<|b|>")
    arguments = (corpus, "--out", tmp_path / "cli", "--vocab-size", "290", "--name", "n", "--pattern", "gpt2")
    result = invoke("train", *arguments, *options, *special)
    assert result.exit_code == 0, result.stderr
    expected = omnitok.train(
        corpus,
        290,
        pattern="gpt2",
        name="n",
        special_tokens=["<|a|>", "<|b|>"],
        min_frequency=1,
        max_token_bytes=6,
        mode="huggingface",
        pad_to_multiple_of=64,
    )
    expected.save(tmp_path / "function")
    assert content(tmp_path / "cli") == content(tmp_path / "function")


def test_a_limit_of_memory_changes_nothing_and_is_too_small_by_name(
    invoke: Invoke, corpus: Path, tmp_path: Path
) -> None:
    for name, options in {"whole": (), "bounded": ("--memory", "8MiB", "--threads", "1")}.items():
        result = invoke("train", corpus, "--out", tmp_path / name, "--vocab-size", "280", *options)
        assert result.exit_code == 0, result.stderr
    assert content(tmp_path / "whole") == content(tmp_path / "bounded")
    result = invoke("train", corpus, "--out", tmp_path / "none", "--vocab-size", "280", "--memory", "1k")
    assert result.exit_code == 1
    assert "too little to count in with" in result.stderr


def test_parity_is_what_the_function_chooses(invoke: Invoke, tmp_path: Path) -> None:
    for folder, text in (
        ("corpus", {"de": "gut besser\n" * 9, "en": "good\n" * 9}),
        ("dev", {"de": "b\n", "en": "ood\n"}),
    ):
        (tmp_path / folder).mkdir()
        for code, lines in text.items():
            (tmp_path / folder / f"{code}.txt").write_text(lines, encoding="utf-8")
    arguments = ("train", tmp_path / "corpus", "--vocab-size", "262", "--parity", tmp_path / "dev")
    form = ("--parity-global", "2", "--parity-window", "3")
    result = invoke(*arguments, *form, "--out", tmp_path / "cli")
    assert result.exit_code == 0, result.stderr
    counts = omnitok.count_words(tmp_path / "corpus")
    expected = omnitok.train(counts, 262, parity=tmp_path / "dev", parity_global=2, parity_window=3)
    assert omnitok.load(tmp_path / "cli") == expected != omnitok.train(counts, 262)
    (tmp_path / "dev" / "en.txt").write_text("one\ntwo\n", encoding="utf-8")
    result = invoke(*arguments, "--out", tmp_path / "unequal")
    assert result.exit_code == 1
    assert "are not aligned" in result.stderr
    assert not (tmp_path / "unequal").exists()


def test_parts_and_least_use_are_those_of_the_function(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    for name, text in {
        "en.news": "good news " * 90,
        "en.fiction": "better fiction " * 9,
        "de": "gut besser " * 20,
    }.items():
        (tmp_path / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    arguments = ("train", tmp_path / "corpus", "--vocab-size", "264", "--special", "none")
    result = invoke(*arguments, "--part-temperature", "5", "--min-use", "1", "--out", tmp_path / "cli")
    assert result.exit_code == 0, result.stderr
    options: dict[str, Any] = {"special_tokens": (), "part_temperature": 5.0, "min_use": 1}
    expected = omnitok.train(tmp_path / "corpus", 264, **options)
    assert omnitok.load(tmp_path / "cli") == expected
    for option in ("part_temperature", "min_use"):
        assert expected.ranks() != omnitok.train(tmp_path / "corpus", 264, **(options | {option: None})).ranks()
    result = invoke(*arguments, "--part-temperature", "0", "--out", tmp_path / "none")
    assert result.exit_code == 1
    assert "part_temperature is 0.0; it must be a number above 0" in result.stderr
    for wrong in (("--min-use", "-1"), ("--whole-characters", "--no-whole-characters")):
        assert invoke(*arguments, *wrong, "--out", tmp_path / "none").exit_code == 2


def test_summary_is_on_stderr_and_nothing_on_stdout(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    result = invoke("train", corpus, "--out", tmp_path / "v", "--vocab-size", "270")
    assert result.stdout == ""
    assert result.stderr.startswith(f"{tmp_path / 'v'}: 270 ids from {len(TEXT.encode()):,} bytes of text (count ")
    assert result.stderr.count("\n") == 1


def test_record(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    result = invoke("train", corpus, "--out", tmp_path / "v", "--vocab-size", "270", "--json", "--quiet")
    assert result.stderr == ""
    record = json.loads(result.stdout)
    assert list(record["seconds"]) == ["count", "pairs", "merges", "save"]
    assert all(seconds >= 0 for seconds in record.pop("seconds").values())
    tokenizer = omnitok.load(tmp_path / "v")
    assert record == {
        "folder": str(tmp_path / "v"),
        "name": "omnitok",
        "vocab_size": 270,
        "pattern": "o200k",
        "digest": tokenizer.digest,
    }


def test_no_special_tokens(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    assert invoke("train", corpus, "--out", tmp_path / "v", "--vocab-size", "270", "--special", "none").exit_code == 0
    assert omnitok.load(tmp_path / "v").special_tokens == {}


def test_from_saved_counts_is_the_same(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    counts = tmp_path / "text.counts"
    size = ("--vocab-size", "275")
    assert invoke("train", corpus, "--out", tmp_path / "a", "--save-counts", counts, *size).exit_code == 0
    assert invoke("train", counts, "--out", tmp_path / "b", *size).exit_code == 0
    assert content(tmp_path / "a") == content(tmp_path / "b")


def test_counts_of_another_pattern_are_an_error(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    omnitok.count_words(corpus, pattern="gpt2").save(tmp_path / "text.counts")
    result = invoke("train", tmp_path / "text.counts", "--pattern", "qwen2", "--out", tmp_path / "v")
    assert result.exit_code == 1
    assert "gpt2" in result.stderr
    assert "qwen2" in result.stderr
    assert not (tmp_path / "v").exists()


def test_weights(invoke: Invoke, parallel: Path, tmp_path: Path) -> None:
    size = ("--vocab-size", "260", "--min-frequency", "1")
    result = invoke("train", parallel, "--out", tmp_path / "v", *size, "--weight", "hi=0", "--weight", "de=2.5")
    assert result.exit_code == 0, result.stderr
    training = omnitok.load(tmp_path / "v").training
    assert training is not None
    assert training["options"]["weights"] == {"de": 2.5, "hi": 0.0}


@pytest.mark.parametrize("weight", ["hi", "hi=", "=2", "hi=x", "hi=-1", "hi=nan", "hi=inf"])
def test_a_bad_weight_is_wrong_usage(invoke: Invoke, corpus: Path, tmp_path: Path, weight: str) -> None:
    result = invoke("train", corpus, "--out", tmp_path / "v", "--weight", weight)
    assert result.exit_code == 2
    assert repr(weight) in result.stderr


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--vocab-size", "255"),
        ("--threads", "0"),
        ("--mode", "quick"),
        ("--errors", "ignore"),
        ("--min-frequency", "0"),
        ("--pad-to-multiple-of", "0"),
    ],
)
def test_a_bad_option_is_wrong_usage(invoke: Invoke, corpus: Path, tmp_path: Path, option: str, value: str) -> None:
    result = invoke("train", corpus, "--out", tmp_path / "v", option, value)
    assert result.exit_code == 2
    assert option in result.stderr
    assert not (tmp_path / "v").exists()


def test_an_unknown_pattern_is_an_error(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    result = invoke("train", corpus, "--out", tmp_path / "v", "--pattern", "o20k")
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert "o200k" in result.stderr


def test_a_missing_source_is_an_error(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("train", tmp_path / "nothing.txt", "--out", tmp_path / "v")
    assert result.exit_code == 1
    assert f"{tmp_path / 'nothing.txt'} does not exist" in result.stderr


def test_invalid_utf8_names_file_and_byte(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.txt").write_bytes(b"good\nba\xffd\n" * 2)
    arguments = ("train", tmp_path / "bad.txt", "--out", tmp_path / "v", "--vocab-size", "257")
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert f"invalid UTF-8 at byte 7 of {tmp_path / 'bad.txt'}" in result.stderr
    assert "hint: --errors replace" in result.stderr
    assert invoke(*arguments, "--errors", "skip").exit_code == 0


def test_half_of_a_surrogate_pair_names_file_and_line(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"text": "abab"}\n{"text": "ab\\ud800"}\n', encoding="utf-8")
    arguments = ("train", tmp_path / "bad.jsonl", "--out", tmp_path / "v", "--vocab-size", "258")
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert f"{tmp_path / 'bad.jsonl'}: line 2: field" in result.stderr
    assert "hint: --errors replace puts U+FFFD there, --errors skip leaves it out" in result.stderr
    assert invoke(*arguments, "--errors", "skip").exit_code == 0


def test_an_existing_folder_is_refused_before_any_work(invoke: Invoke, vocabulary: Path, tmp_path: Path) -> None:
    before = content(vocabulary)
    # The source does not exist either: that it is not the complaint shows what is looked at first.
    result = invoke("train", tmp_path / "nothing.txt", "--out", vocabulary)
    assert result.exit_code == 1
    assert result.stderr == f"error: {vocabulary} exists already; choose another name\nhint: --force replaces it\n"
    assert content(vocabulary) == before


def test_existing_counts_are_refused_before_any_work(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    result = invoke("train", tmp_path / "nothing.txt", "--out", tmp_path / "v", "--save-counts", corpus)
    assert result.exit_code == 1
    assert f"{corpus} exists already" in result.stderr


def test_force_replaces_a_vocabulary(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    arguments = ("train", corpus, "--out", tmp_path / "v", "--vocab-size")
    assert invoke(*arguments, "270").exit_code == 0
    assert invoke(*arguments, "271", "--force").exit_code == 0
    assert omnitok.load(tmp_path / "v").vocab_size == 271
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_force_replaces_what_a_link_leads_to(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    assert invoke("train", corpus, "--out", tmp_path / "v", "--vocab-size", "270").exit_code == 0
    (tmp_path / "link").symlink_to("v")
    assert invoke("train", corpus, "--out", tmp_path / "link", "--vocab-size", "271", "--force").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert omnitok.load(tmp_path / "v").vocab_size == 271


def test_force_never_deletes_what_is_no_vocabulary(invoke: Invoke, corpus: Path, tmp_path: Path) -> None:
    folder = tmp_path / "thesis"
    folder.mkdir()
    (folder / "chapter.txt").write_text("years of work", encoding="utf-8")
    for target in (folder, folder / "chapter.txt"):
        result = invoke("train", corpus, "--out", target, "--vocab-size", "270", "--force")
        assert result.exit_code == 1
        assert "is not a vocabulary" in result.stderr
        assert "--force" not in result.stderr
    assert (folder / "chapter.txt").read_text(encoding="utf-8") == "years of work"


def test_a_place_that_cannot_be_written_is_an_error_before_any_work(
    invoke: Invoke, corpus: Path, tmp_path: Path
) -> None:
    result = invoke("train", tmp_path / "nothing.txt", "--out", corpus / "v")
    assert result.exit_code == 1
    assert result.stderr == f"error: {corpus}: Not a directory\n"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_without_permission_is_an_error(invoke: Invoke, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    result = invoke("train", tmp_path / "nothing.txt", "--out", tmp_path / "v")
    tmp_path.chmod(0o755)
    assert result.exit_code == 1
    assert result.stderr == f"error: {tmp_path}: Permission denied\n"


# --- interrupted ------------------------------------------------------------------------------------------------------

posix = pytest.mark.skipif(os.name != "posix", reason="needs the signals of POSIX")


@posix
def test_control_c_leaves_nothing_behind(environment: dict[str, str], tmp_path: Path) -> None:
    source = tmp_path / "text.jsonl"
    os.mkfifo(source)
    # A job of a shell in the foreground has this handler, whatever the test runner does about the signal.
    program = (
        "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "from omnitok.cli.app import main; main()"
    )
    work = subprocess.Popen(
        [sys.executable, "-c", program, "train", str(source), "--out", str(tmp_path / "v")],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with source.open("wb") as pipe:
        # Opening a pipe waits for its reader: from here on the run is counting.
        os.kill(work.pid, signal.SIGINT)
        try:
            while work.poll() is None:
                pipe.write(b'{"text": "some words to count"}\n' * 1000)
                time.sleep(0.001)
        except BrokenPipeError:
            pass
    stdout, stderr = work.communicate(timeout=60)
    assert work.returncode == 130
    assert stdout == b""
    assert stderr == b"interrupted\n"
    assert [path.name for path in tmp_path.iterdir()] == ["text.jsonl"]


LIMITED = """
import resource, signal, sys
if {dies}:
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
from omnitok.cli.app import main
main()
"""


@posix
@pytest.mark.parametrize("dies", [False, True], ids=["disk full", "killed while writing"])
def test_a_save_that_breaks_off_leaves_the_old_vocabulary(
    invoke: Invoke, environment: dict[str, str], corpus: Path, tmp_path: Path, dies: bool
) -> None:
    """No file may grow beyond 1000 bytes: saving fails in the middle of the ranks, or the kernel kills it there."""
    arguments = ["train", str(corpus), "--out", str(tmp_path / "v"), "--quiet", "--vocab-size"]
    assert invoke(*arguments, "270").exit_code == 0
    before = content(tmp_path / "v")
    program = [sys.executable, "-c", LIMITED.format(dies=dies), *arguments, "280", "--force"]
    result = subprocess.run(program, env=environment, capture_output=True, timeout=60)
    assert content(tmp_path / "v") == before
    if dies:
        assert result.returncode == -signal.SIGXFSZ
    else:
        assert result.returncode == 1
        assert result.stderr.endswith(b": File too large\n")
        assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_sources_of_a_folder_speak_their_language(run: Run, parallel: Path, tmp_path: Path) -> None:
    result = run("train", parallel, "--out", tmp_path / "v", "--vocab-size", "260", "--min-frequency", "1")
    assert result.returncode == 0, result.stderr
    training = omnitok.load(tmp_path / "v").training
    assert training is not None
    assert training["corpus"]["languages"] == ["de", "en", "hi"]
