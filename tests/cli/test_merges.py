"""``omnitok codec merges``: from pictures, sounds and files of codes to merges that a vocabulary takes."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from omnitok import codecs
from omnitok.cli.progress import Meter
from omnitok.code_merges import learn_code_merges, read_merges
from omnitok.vocabulary import Vocabulary

if TYPE_CHECKING:
    from pathlib import Path

    from omnitok.progress import Progress

    from .conftest import Invoke

soundfile = pytest.importorskip("soundfile")
image_module = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures with a margin beyond whole patches, sounds, and a codec of each."""
    folder = tmp_path_factory.mktemp("merges")
    rows, columns = np.mgrid[:18, :26]
    for number in range(4):
        pixels = (100 + 90 * np.sin(rows / (2 + number)) * (columns > 12)).astype(np.uint8)
        image_module.fromarray(pixels).save(folder / f"{number}.png")
        soundfile.write(folder / f"{number}.wav", 0.4 * np.sin(np.arange(4000) // 1000 * np.arange(4000) / 9), 8000)
    images = list(codecs.files.read_images([folder], channels=1))
    codecs.train_image(images, codebook_sizes=[4]).save(folder / "image.codec.safetensors")
    speech = codecs.train_speech(codecs.files.read_sounds([folder]), codebook_sizes=[4, 4], rate=50)
    speech.save(folder / "audio.codec.safetensors")
    return folder


def run(invoke: Invoke, *arguments: Any) -> dict[str, Any]:
    result = invoke("codec", "merges", *arguments, "--json")
    assert result.exit_code == 0, result.stderr
    return dict(json.loads(result.stdout))


def test_pictures_make_rectangles(folder: Path, tmp_path: Path, invoke: Invoke) -> None:
    out, codec = tmp_path / "image.merges", codecs.load_codec(folder / "image.codec.safetensors")
    record = run(invoke, folder, "-c", folder / "image.codec.safetensors", "--merges", 5, "--out", out)
    arrays = list(codecs.codes_of_sources([folder], codec))
    assert [array.shape for array in arrays] == [(1, 4, 6)] * 4
    expected = learn_code_merges(arrays, 5, sizes=[4], modality="image")
    assert tuple(read_merges(out)) == expected.pairs
    assert any(merge.down for merge in expected.pairs)
    symbols = sum(len(expected.encode(array)) for array in arrays)
    assert (record["merges"], record["codes"], record["symbols"]) == (5, 96, symbols)
    rows = tmp_path / "rows.merges"
    run(invoke, folder, "-c", folder / "image.codec.safetensors", "--merges", 3, "--rows-only", "--out", rows)
    assert not any(merge.down for merge in read_merges(rows))


def test_files_of_codes_and_sounds_give_the_same(folder: Path, tmp_path: Path, invoke: Invoke) -> None:
    codec = folder / "audio.codec.safetensors"
    for number in range(4):
        out = tmp_path / f"{number}.codes.safetensors"
        assert invoke("codec", "encode", folder / f"{number}.wav", "-c", codec, "--out", out).exit_code == 0
    options = ("-c", codec, "--merges", 6, "--codebook", 0, "--max-ms", 100, "--min-count", 1, "--threads", 1)
    held_out = tmp_path / "0.codes.safetensors"
    record = run(invoke, folder, *options, "--held-out", folder / "0.wav", "--out", tmp_path / "a.merges")
    again = run(invoke, tmp_path, *options, "--held-out", held_out, "--out", tmp_path / "b.merges")
    assert {**record, "seconds": 0} == {**again, "seconds": 0}
    assert (tmp_path / "a.merges").read_bytes() == (tmp_path / "b.merges").read_bytes()
    # Of four equal sounds one is held out. A merge has at most five codes, all of the first codebook.
    assert 4 * record["held_out"]["symbols"] == record["symbols"] < record["codes"]
    learnt = read_merges(tmp_path / "a.merges")
    lengths = [1] * 8
    for merge in learnt:
        assert max(merge.left, merge.right) < 8 + len(learnt)
        assert not {merge.left, merge.right} & set(range(4, 8)), "codes of the second codebook"
        lengths.append(lengths[merge.left] + lengths[merge.right])
    assert 1 < max(lengths) <= 5


def test_a_vocabulary_takes_the_file(folder: Path, vocabulary: Path, tmp_path: Path, invoke: Invoke) -> None:
    codec = folder / "image.codec.safetensors"
    result = invoke("codec", "merges", folder, "-c", codec, "--merges", 5, "--out", tmp_path / "image.merges")
    assert result.stdout.startswith("5 merges; learnt from: 96 codes, ")
    assert result.stderr == f"wrote {tmp_path / 'image.merges'}\n"
    (tmp_path / "omni.toml").write_text(
        f"""text = {json.dumps(str(vocabulary))}
[[block]]
add = "codec"
name = "image"
codec = {json.dumps(str(codec))}
grid = [4, 6]
[[block]]
add = "merges"
parent = "image"
pairs = "image.merges"
""",
        encoding="utf-8",
    )
    assert invoke("vocab", "build", tmp_path / "omni.toml", "--out", tmp_path / "v").exit_code == 0
    assert Vocabulary.load(tmp_path / "v").merges("image") == read_merges(tmp_path / "image.merges")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--merges", 10_000), "ask for "),
        (("--codebook", 2), "there is no codebook 2; these codes have 2, counted from 0"),
        (("--rows-only",), "codes in time have no rows"),
        (("--max-ms", 1), "the longest merge would take 0 steps"),
        (("--max-ms", "inf"), "max_ms is inf; it is a number of milliseconds"),
        (("--merges", 10**30), "below 2^63"),
        (("--held-out", "nothing"), "nothing: No such file"),
    ],
)
def test_what_cannot_be_learnt_is_a_line(
    folder: Path, tmp_path: Path, invoke: Invoke, options: tuple[Any, ...], message: str
) -> None:
    out = tmp_path / "audio.merges"
    result = invoke("codec", "merges", folder, "-c", folder / "audio.codec.safetensors", "--out", out, *options)
    assert result.exit_code == 1
    assert message in result.stderr
    assert not out.exists()


def test_wrong_sources_are_named(folder: Path, tmp_path: Path, invoke: Invoke) -> None:
    image, audio = folder / "image.codec.safetensors", folder / "audio.codec.safetensors"
    codes, out = tmp_path / "0.codes.safetensors", tmp_path / "out.merges"
    invoke("codec", "encode", folder / "0.wav", "-c", audio, "--out", codes)
    image_module.new("L", (3, 2)).save(tmp_path / "small.png")
    for source, codec, message in (
        (codes, image, "0.codes.safetensors holds codes of the codec"),
        (audio, audio, "audio.codec.safetensors holds no codes"),
        (tmp_path / "small.png", image, "small.png: an image of 0x0 pixels"),
        (tmp_path, audio.parent / "nothing", "nothing: No such file"),
    ):
        result = invoke("codec", "merges", source, "-c", codec, "--out", out)
        assert result.exit_code == 1
        assert message in result.stderr
    codes.unlink()
    result = invoke("codec", "merges", tmp_path, "-c", audio, "--out", out)
    assert "holds no file that ends in .codes.safetensors, .wav" in result.stderr
    out.write_text("mine", encoding="utf-8")
    assert "hint: --force" in invoke("codec", "merges", folder, "-c", image, "--out", out).stderr
    assert out.read_text(encoding="utf-8") == "mine"


def test_a_place_that_cannot_be_written_is_an_error_before_any_work(
    folder: Path, tmp_path: Path, invoke: Invoke
) -> None:
    out, codec = tmp_path / "a.merges", folder / "image.codec.safetensors"
    out.write_text("mine", encoding="utf-8")
    for place, more, message in (
        (tmp_path / "missing" / "a.merges", [], f"error: {tmp_path / 'missing'}: No such file or directory\n"),
        (tmp_path / "a" / "b" / "a.merges", ["--force"], f"error: {tmp_path / 'a' / 'b'}: No such file or directory\n"),
        (out / "a.merges", [], f"error: {out}: Not a directory\n"),
        (tmp_path, [], f"error: {tmp_path}: Is a directory\n"),
        (tmp_path, ["--force"], f"error: {tmp_path}: Is a directory\n"),
        (out, [], f"error: {out} exists already; choose another name\nhint: --force replaces it\n"),
    ):
        # Any work would begin with the codec, and with the source, of which there is none.
        for command in (
            ["merges", tmp_path / "nothing", "-c", codec],
            ["train", tmp_path / "nothing", "--kind", "image"],
        ):
            result = invoke("codec", *command, "--out", place, *more)
            assert (result.exit_code, result.stdout, result.stderr) == (1, "", message)
    assert out.read_text(encoding="utf-8") == "mine"
    assert sorted(tmp_path.iterdir()) == [out]


def test_control_c_while_learning_writes_nothing(
    folder: Path, tmp_path: Path, invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def press(_: Meter, progress: Progress) -> None:
        if progress.stage == "pairs":
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(Meter, "__call__", press)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        codec = folder / "image.codec.safetensors"
        result = invoke("codec", "merges", folder, "-c", codec, "--merges", 5, "--out", tmp_path / "out.merges")
    finally:
        signal.signal(signal.SIGINT, before)
    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"
    assert not list(tmp_path.iterdir())
