"""The benchmark: a tiny run on the project's own data, tasks that fail, and samples of everybody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import omnitok
from bench import document_file, documents, environments, peers, team
from bench.child import Child, call
from bench.clock import in_turns
from bench.document_file import DOCUMENT_BYTES, blocks_of, packed, texts_of, write_documents
from bench.long_inputs import LONG_INPUTS, ONE_WORD
from bench.peers import Peer, omnitok_encoder, tiktoken_encoder
from bench.places import MissingDataError, data
from bench.record import Record
from bench.rows import ROWS
from bench.tasks.encoding import Session
from bench.tasks.hard_training import count, learn
from bench.tasks.memory import after_encoding
from bench.tasks.training import train
from bench.team import Team, cpus, differences

ROOT = Path(__file__).resolve().parents[2]
PROJECT_TEXT = sorted((ROOT / "corpora" / "parallel").glob("*.txt"))

RUN = {"commit": "0" * 40, "versions": {"omnitok": "0.1.0"}, "scale": {"name": "full"}}


@pytest.fixture(scope="module")
def small() -> omnitok.Tokenizer:
    """1,000 text tokens learnt from the project's own text."""
    return omnitok.train(PROJECT_TEXT, vocab_size=1000, special_tokens=())


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return list(packed(PROJECT_TEXT[0].read_text(encoding="utf-8").splitlines(keepends=True)))


def command(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bench", *arguments],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


# --- runs and records -------------------------------------------------------------------------------------------------


def test_a_quick_run_without_shared_data_measures_what_it_can_and_skips_the_rest_by_name(tmp_path: Path) -> None:
    out = tmp_path / "out"
    only = ("--only", "import", "encode", "train")
    done = command("run", "--quick", *only, "--out", str(out), OMNITOK_BENCH_DATA=str(tmp_path / "nothing"))
    assert done.returncode == 0, done.stderr
    rows = json.loads((out / "results.json").read_text(encoding="utf-8"))["rows"]
    assert list(rows) == ["encode", "train", "import"]
    assert rows["encode"]["skipped"] == "the shared data has no vocabularies"
    assert "mono" in rows["train"]["skipped"]
    assert rows["import"]["samples"]["heavy"] == []
    assert {len(one) for one in rows["import"]["samples"]["seconds"].values()} == {7}
    assert "| import omnitok | below 60 ms over bare Python |" in done.stdout
    assert "skipped" in done.stdout
    assert done.stdout.strip() in (out / "report.md").read_text(encoding="utf-8")


def test_a_second_run_keeps_the_rows_that_it_does_not_measure_and_forgets_those_that_are_no_more(
    tmp_path: Path,
) -> None:
    record = Record.read(tmp_path)
    for name in ("train", "load"):
        record.begin({**RUN, "commit": name})
        record.put(name, {"skipped": "for now"})
    record.write(tmp_path, list(ROWS))
    record = Record.read(tmp_path)
    assert list(record.rows) == ["load", "train"]
    record.begin({**RUN, "commit": "later"})
    record.put("train", {"skipped": "again"})
    record.write(tmp_path, list(ROWS))
    record = Record.read(tmp_path)
    assert [record.run_of(name)["commit"] for name in ("load", "train")] == ["load", "later"]
    assert len(record.runs) == 2
    record.forget_all_but({"train"})
    record.write(tmp_path, list(ROWS))
    record = Record.read(tmp_path)
    assert [run["commit"] for run in record.runs] == ["later"]


# --- peers ------------------------------------------------------------------------------------------------------------


def test_every_call_of_an_encoder_gives_the_same_ids(small: omnitok.Tokenizer, texts: list[str]) -> None:
    tiktoken = pytest.importorskip("tiktoken")
    encoding = tiktoken.Encoding("small", pat_str=small.regex, mergeable_ranks=small.ranks(), special_tokens={})
    wanted = [small.encode_ordinary(text) for text in texts]
    for encoder in (omnitok_encoder(small), tiktoken_encoder(encoding)):
        assert [encoder.array(encoder.flat(text)).tolist() for text in texts] == wanted
        assert [encoder.ids(text) for text in texts] == wanted
        assert [ids.tolist() for ids in encoder.arrays(encoder.batch(texts, 2))] == wanted
        assert [list(ids) for ids in encoder.lists(texts)] == wanted


@pytest.mark.parametrize("name", [name for name, version in peers.versions().items() if version])
def test_peers_that_are_here_agree_on_the_projects_own_text(name: str, texts: list[str]) -> None:
    try:
        for file in ("o200k_base.tiktoken", "gpt4o.tokenizer.json.xz"):
            data("vocabularies", file)
    except MissingDataError as error:
        pytest.skip(str(error))
    if peers.PEERS[name].environment:
        pytest.skip("lives in another environment")
    encoder, right = peers.load(name, "o200k_base"), peers.load("tiktoken", "o200k_base")
    wanted = [right.ids(text) for text in texts]
    assert [encoder.array(encoder.flat(text)).tolist() for text in texts] == wanted
    assert [encoder.ids(text) for text in texts] == wanted
    assert [ids.tolist() for ids in encoder.arrays(encoder.batch(texts, 1))] == wanted


def test_a_session_measures_what_it_compares(small: omnitok.Tokenizer, texts: list[str], tmp_path: Path) -> None:
    small.save(tmp_path / "vocabulary")
    written = write_documents(tmp_path / "documents", texts)
    session = Session("omnitok", str(tmp_path / "vocabulary"))
    session.read(str(tmp_path / "documents"))
    flat, listed = session.first_pass("flat"), session.first_pass("list")
    assert flat["hashes"] == listed["hashes"] == session.batch_hashes(2)
    assert len(set(flat["hashes"])) == written["documents"] == len(texts)
    assert flat["tokens"] == sum(map(small.count, texts))
    for sample in (flat, session.passes("flat"), session.passes("list"), session.calls(), session.batch(1)):
        assert sample["cpu_seconds"] > 0
        assert sample["seconds"] > 0


def test_memory_is_looked_at_after_as_many_bytes_as_asked(small: omnitok.Tokenizer, tmp_path: Path) -> None:
    small.save(tmp_path / "vocabulary")
    size = write_documents(tmp_path / "documents", ["some text"] * 100)["bytes"]
    arguments = ("omnitok", str(tmp_path / "vocabulary"), str(tmp_path / "documents"))
    found = after_encoding(*arguments, size=3 * size - 1, seconds=60)
    assert found["encoded"] == 3 * size
    assert min(found["before"], found["loaded"], found["after"]) > 1_000_000
    assert after_encoding(*arguments, size=3 * size, seconds=0)["encoded"] == 0


def test_a_peer_that_cannot_be_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nobody = Peer("nobody", "nobody==0", "nobody", omnitok_encoder)
    monkeypatch.setattr(environments, "PEERS", {"omnitok": peers.PEERS["omnitok"], "nobody": nobody})
    monkeypatch.setattr(environments, "_failure", lambda command: f"no {command[-1]} anywhere")
    environments.main()
    assert capsys.readouterr().err == "nobody is left out: no nobody==0 (no nobody==0 anywhere)\n"


def test_a_peer_without_its_environment_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    far = Peer("far", "far==1", "far", omnitok_encoder, environment="no-such-folder")
    monkeypatch.setattr(peers, "PEERS", {"omnitok": peers.PEERS["omnitok"], "far": far})
    peers.versions.cache_clear()
    try:
        assert peers.versions() == {"omnitok": omnitok.__version__, "far": None}
        assert peers.present() == ["omnitok"]
    finally:
        peers.versions.cache_clear()


# --- processes and turns ----------------------------------------------------------------------------------------------


def test_a_child_keeps_an_object_and_answers_whatever_is_printed() -> None:
    with Child() as child:
        child.ask("tests.bench.fake_session:FakeSession", peer="a", vocabulary="b").result()
        assert child.ask(".name").result() == "a"
        assert "OverflowError: stack" in str(child.ask(".panics_if", peer="a").failure)
        assert "OverflowError: stack" in str(child.ask(".name").failure)


def test_a_child_runs_where_it_is_told() -> None:
    with Child(cpus=cpus()[:1]) as child:
        assert child.ask("bench.team:cpus").result() == cpus()[:1]


def test_a_member_of_a_team_that_fails_is_asked_nothing_more_until_it_is_opened_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(team, "SESSION", "tests.bench.fake_session:FakeSession")
    with Team(["omnitok", "tiktoken"]) as members:
        assert members.each(".name") == {"omnitok": "omnitok", "tiktoken": "tiktoken"}
        assert members.turns(".panics_if", 2, 60.0, peer="tiktoken") == {"omnitok": ["omnitok"] * 2}
        assert list(members.failures) == ["tiktoken"]
        assert members.each(".name") == {"omnitok": "omnitok"}
        members.reopen("tiktoken")
        assert members.failures == {}
        assert members.ask("tiktoken", ".name") == "tiktoken"


def test_differences_are_counted_against_who_is_right() -> None:
    hashes = {"omnitok": ["a", "b"], "gigatoken": ["x", "y"], "tiktoken": ["a", "b"]}
    assert differences(hashes) == {"omnitok": 0, "gigatoken": 2, "tiktoken": 0}
    assert differences({"omnitok": ["a", "c"], "tokenizers": ["a", "b"]}) == {"omnitok": 1, "tokenizers": 0}
    assert differences({"toktok": ["a"], "omnitok": ["b"]}) == {"toktok": 1, "omnitok": 0}
    assert differences({}) == {}


def test_another_contender_begins_each_round() -> None:
    order: list[str] = []

    def contender(name: str) -> Any:
        return lambda: order.append(name) or 1.0

    assert in_turns({name: contender(name) for name in "abc"}, 3) == {name: [1.0] * 3 for name in "abc"}
    assert "".join(order) == "abcbcacab"


def test_who_fails_or_has_used_its_time_gets_no_more_turns() -> None:
    times = iter(range(100))

    def failing() -> int | None:
        return 1 if next(times) < 1 else None

    contenders = {"fast": lambda: 1, "failing": failing, "slow": lambda: 1}
    assert in_turns(contenders, 3, budget=60.0) == {"fast": [1] * 3, "failing": [1], "slow": [1] * 3}
    assert in_turns(contenders, 3, budget=0.0) == {"fast": [1], "failing": [], "slow": [1]}


def test_trainers_agree_on_the_projects_own_text(tmp_path: Path) -> None:
    pytest.importorskip("tokenizers")
    corpus = tmp_path / "corpus.txt"
    corpus.write_bytes(b"".join(path.read_bytes() for path in PROJECT_TEXT))
    theirs = train("tokenizers", str(corpus), 1000, 2)
    ours = train("omnitok, parity mode", str(corpus), 1000, 2)
    assert ours["merges"] == theirs["merges"] > 700
    assert (ours["merges_sha256"], ours["tokens_sha256"]) == (theirs["merges_sha256"], theirs["tokens_sha256"])
    assert ours["peak_bytes"] > 1_000_000


def test_words_that_are_made_up_are_hard_and_learnt_exactly() -> None:
    made = {kind: learn(kind, 600, 360, 2, check=True) for kind in ("common", "beyond", "ties", "runs", "no runs")}
    assert made["common"]["tokens_sha256"] == made["beyond"]["tokens_sha256"] != made["ties"]["tokens_sha256"]
    assert made["beyond"]["largest"] == made["common"]["largest"] << 33
    assert made["ties"]["largest"] == 1000
    assert made["runs"]["bytes"] > 0.9 * made["no runs"]["bytes"] > 10_000
    assert made["runs"]["tokens_sha256"] != made["no runs"]["tokens_sha256"]


def test_counting_within_a_limit_gives_the_same_counts(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"".join(path.read_bytes() for path in PROJECT_TEXT))
    bounded, unbounded = (count(str(tmp_path), memory, 1) for memory in (3 << 19, None))
    assert bounded["digest"] == unbounded["digest"]
    assert bounded["distinct"] == unbounded["distinct"] > 10_000


@pytest.mark.parametrize(
    ("function", "arguments", "failure"),
    [
        ("os:abort", {}, "ended by SIGABRT"),
        ("json:loads", {"s": "{"}, "JSONDecodeError"),
        ("subprocess:check_call", {"args": ["sleep", "2"]}, "no result after 1 s"),
    ],
)
def test_a_task_that_crashes_or_hangs_is_recorded(function: str, arguments: dict[str, Any], failure: str) -> None:
    outcome = call(function, limit=1, **arguments)
    assert outcome.value is None
    assert failure in str(outcome.failure)


# --- documents --------------------------------------------------------------------------------------------------------


def test_documents_are_whole_lines_of_four_kilobytes() -> None:
    lines = PROJECT_TEXT[0].read_text(encoding="utf-8").splitlines(keepends=True)
    documents = list(packed(lines))
    assert "".join(documents) == "".join(lines)
    assert all(len(document.encode()) >= DOCUMENT_BYTES for document in documents[:-1])


def test_a_file_of_documents_is_read_whole_or_in_blocks(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    wanted = ["", "one", "नमस्ते", "a longer one than a block", ""]
    written = write_documents(tmp_path / "documents", wanted)
    assert written["bytes"] == sum(len(text.encode()) for text in wanted)
    assert texts_of((tmp_path / "documents").read_bytes()) == wanted
    monkeypatch.setattr(document_file, "_BLOCK_BYTES", 7)
    assert [text for block in blocks_of(tmp_path / "documents") for text in block] == wanted[:-1]


def test_a_corpus_ends_where_it_should_and_holds_no_special_token(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setitem(documents.CORPORA, "some", lambda _: ["a" * 10, "<|endoftext|>", "b\0", "b" * 10, "c" * 10])
    monkeypatch.setattr(documents, "scratch", lambda name: tmp_path / name)
    for longest, wanted in ((25, ["a" * 10, "b" * 10]), (5, ["a" * 10]), (30, ["a" * 10, "b" * 10, "c" * 10])):
        written = documents.write_corpus("some", longest)
        assert texts_of(Path(written["path"]).read_bytes()) == wanted
        assert written["documents"] == len(wanted)


def test_code_and_markdown_are_found_on_every_machine() -> None:
    code = "".join(documents.CORPORA[documents.CODE](0))
    assert "def test_code_and_markdown_are_found_on_every_machine" in code
    assert "fn " in code
    markdown = "".join(documents.CORPORA[documents.MARKDOWN](0))
    assert "# Contributing" in markdown
    assert "Made by `make bench` from" not in markdown


@pytest.mark.parametrize("kind", LONG_INPUTS)
def test_long_inputs_have_the_size_asked_for(kind: str, small: omnitok.Tokenizer) -> None:
    text = LONG_INPUTS[kind](30_000)
    assert len(text.encode()) == 30_000
    assert text == LONG_INPUTS[kind](30_000)
    assert (small.split(text) == [text]) == (kind in ONE_WORD)
