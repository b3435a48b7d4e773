"""``omnitok audit``: a vocabulary by itself, and beside another."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import omnitok

from .conftest import Invoke

pytest.importorskip("pandas")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two vocabularies: one knows hello, the other Hello, each with its space and without."""
    folder = tmp_path_factory.mktemp("audit")
    for name, text, size in (("small", "hello hello", 262), ("large", "Hello Hello hello hello", 264)):
        omnitok.train(texts=[text] * 9, vocab_size=size, name=name, min_frequency=1).save(folder / name)
    return folder


def test_figures(folder: Path, invoke: Invoke) -> None:
    result = invoke("audit", "-t", folder / "small", "--against", folder / "large", "--json")
    assert result.exit_code == 0, result.stderr
    answer = json.loads(result.stdout)
    assert (answer["name"], answer["against"]) == ("small", "large")
    figures = {(one["metric"], one["of"]): one["value"] for one in answer["figures"]}
    small, large = (omnitok.load(folder / name).ranks().keys() for name in ("small", "large"))
    assert figures["overlap", ""] == pytest.approx(len(small & large) / len(small | large))
    assert figures["unreachable", ""] == 0
    assert figures["undecodable_suffix", ""] == 0
    assert figures["undecodable_impossible", ""] == 13, "bytes that are never in UTF-8"
    assert ("never_emitted", "") not in figures, "no text says what is emitted"
    assert {metric for metric, _ in figures} >= {"script_tokens", "junk", "duplicates", "overlap_of_script"}


def test_tokens_of_a_kind(folder: Path, invoke: Invoke) -> None:
    lines = invoke("audit", "-t", folder / "large", "--list", "duplicates").stdout.splitlines()
    rows = [line.split("\t") for line in lines]
    groups: dict[str, list[str]] = {}
    for token in omnitok.load(folder / "large").ranks():
        text = token.decode("utf-8", "replace")
        if "\ufffd" not in text and text.strip():
            groups.setdefault(text.strip().lower(), []).append(text)
    alike = [group for group in groups.values() if len(group) > 1]
    assert [list(map(json.loads, row[1::2])) for row in rows] == alike
    assert ["A", "a"] in alike
    assert any(" hello" in group for group in alike)
    tokens = {number: token for token, number in omnitok.load(folder / "large").ranks().items()}
    for row in rows:
        for number, token in zip(row[::2], row[1::2], strict=True):
            assert tokens[int(number)].decode() == json.loads(token)
    only = invoke("audit", "-t", folder / "large", "--against", folder / "small", "--list", "only", "--json")
    listed = {json.loads(one["token"]) for (one,) in json.loads(only.stdout)}
    assert listed == {token.decode() for token in omnitok.load(folder / "large").ranks().keys()
                      - omnitok.load(folder / "small").ranks().keys()}  # fmt: skip


def test_the_table(folder: Path, invoke: Invoke) -> None:
    output = invoke("audit", "-t", folder / "small", "--against", f"other={folder / 'large'}").stdout
    assert "small and other" in output
    assert "all scripts" in output
    assert "duplicates" in output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [(["--list", "rubbish"], "--list is 'rubbish'; it is one of unreachable"), (["--list", "only"], "needs --against")],
)
def test_wrong_usage(folder: Path, invoke: Invoke, arguments: list[str], message: str) -> None:
    result = invoke("audit", "-t", folder / "small", *arguments)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_what_is_not_known_is_no_empty_list(tmp_path: Path, invoke: Invoke) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.Unigram([("\u2581a", -1.0), ("a", -2.0)], 0))
    made.pre_tokenizer, made.decoder = tokenizers.pre_tokenizers.Metaspace(), tokenizers.decoders.Metaspace()
    made.save(str(tmp_path / "pieces.json"))
    assert invoke("audit", "-t", tmp_path / "pieces.json", "--list", "duplicates").stdout == '0\t" a"\t1\t"a"\n'
    result = invoke("audit", "-t", tmp_path / "pieces.json", "--list", "unreachable")
    assert (result.exit_code, result.stdout) == (1, "")
    assert "which of its tokens are unreachable is not known" in result.stderr


def test_a_tokenizer_that_tells_nothing_is_named(tmp_path: Path, invoke: Invoke) -> None:
    tokenizers = pytest.importorskip("tokenizers")
    made = tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0, "b": 1}, unk_token="b"))
    made.save(str(tmp_path / "words.json"))
    result = invoke("audit", "-t", tmp_path / "words.json")
    assert result.exit_code == 1
    assert "words does not tell the bytes of its tokens" in result.stderr
