"""``omnitok modalities``: one table over text, images and sound, from files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

import omnitok
from omnitok import codecs
from omnitok.codecs.files import write_image, write_sound
from omnitok.evaluation import read_parallel_text
from omnitok.evaluation.modalities import measure_modalities

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Invoke

pytest.importorskip("safetensors")

DRAWS = np.random.default_rng(4)


@pytest.fixture(scope="module")
def place(vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a vocabulary, pictures and sounds."""
    place = tmp_path_factory.mktemp("modalities")
    pixels = DRAWS.integers(0, 256, (4, 8, 12, 3), dtype=np.uint8)
    samples = 0.3 * np.sin(np.cumsum(DRAWS.uniform(0.05, 0.5, (3, 4000)), axis=1))
    image = codecs.train_image(pixels, codebook_sizes=[4], patch=4)
    speech = codecs.train_speech([(one, 8000) for one in samples], codebook_sizes=[8, 8], rate="25/2")
    builder = omnitok.VocabBuilder("small").text(omnitok.load(vocabulary)).codec("image", image, grid=(2, 3))
    built = builder.merges(parent="image", pairs=[(0, 1), (1, 2, True)]).codec("audio", speech).build()
    built.save(place / "v", codecs={"image": image, "audio": speech})
    for number in range(4):
        (place / ("known" if number else "asked")).mkdir(exist_ok=True)
        write_image(place / ("known" if number else "asked") / f"{number}.png", pixels[number])
    write_sound(place / "0.wav", samples[0], 8000)
    return place


def test_the_table_is_that_of_the_library(place: Path, parallel: Path, invoke: Invoke) -> None:
    options = ("--image", place / "asked", "--audio", f"audio={place / '0.wav'}", "--parallel", parallel)
    result = invoke("modalities", "-t", place / "v", *options, "--fitted-on", f"image={place / 'known'}", "--json")
    assert result.exit_code == 0, result.stderr
    omni = codecs.load_omni(place / "v")
    of = lambda name, block: list(codecs.codes_of_sources([place / name], omni.codec(block)))  # noqa: E731
    expected = measure_modalities(
        omni,
        text=read_parallel_text(parallel),
        codes={"image": of("asked", "image"), "audio": of("0.wav", "audio")},
        fitted_on={"image": of("known", "image")},
    )
    assert json.loads(result.stdout) == expected.to_dict("records")
    assert set(expected.modality) == {"text", "image", "audio"}
    assert len(of("known", "image")) == 3


def test_a_line_for_each_language_block_and_rule(place: Path, parallel: Path, invoke: Invoke) -> None:
    options = ("--language", "hi", "--parallel", parallel)
    lines = invoke("modalities", "-t", place / "v", *options, "--image", place / "asked").stdout.splitlines()
    assert lines[0].split() == ["1,000", "tokens", "tokens", "bits", "codes/token", "measured"]
    shown = {line[:22].strip(): line for line in lines[1:]}
    assert list(shown) == [
        "text hi", "text en", "image image", "audio audio", "image tiles of 512", "image patches of 32",
        "audio sound heard", "audio sound spoken",
    ]  # fmt: skip
    # Declared alone: two codebooks of eight codes, 12.5 frames a second.
    assert shown["audio audio"].split()[2:] == ["40", "s", "25", "codes/s", "75", "bit/s"]
    assert "765 tokens" in shown["image tiles of 512"]
    assert shown["image image"].split()[-1] == "1"
    frame = pd.DataFrame(json.loads(invoke("modalities", "-t", place / "v", *options, "--json").stdout))
    assert "tokens_per_megapixel" not in set(frame.metric), "nothing of the image was measured"


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--image", "nothing.png"), 1, "nothing.png: No such file"),
        (("--image", "audio=0.wav"), 1, "audio=0.wav: No such file"),
        (("--fitted-on", "0.wav"), 2, "a --fitted-on is BLOCK=SOURCE"),
        (("--fitted-on", "video=0.wav"), 1, "there is no block 'video'"),
    ],
)
def test_what_cannot_be_measured_is_a_line(
    place: Path, invoke: Invoke, options: tuple[str, ...], status: int, message: str
) -> None:
    result = invoke("modalities", "-t", place / "v", *options)
    assert result.exit_code == status
    assert message in result.stderr


def test_fitting_without_measuring_is_refused(place: Path, invoke: Invoke) -> None:
    result = invoke("modalities", "-t", place / "v", "--fitted-on", f"audio={place / '0.wav'}")
    assert result.exit_code == 1
    assert "there are codes of block 'audio' to fit on, and none to measure" in result.stderr


def test_signals_need_a_codec(place: Path, invoke: Invoke, tmp_path: Path) -> None:
    codecs.load_omni(place / "v").vocabulary.save(tmp_path / "bare")
    arguments = ("modalities", "-t", tmp_path / "bare", "--audio", place / "0.wav")
    result = invoke(*arguments)
    assert result.exit_code == 1
    assert "hint: --codec BLOCK=FILE gives it" in result.stderr
    assert invoke(*arguments, "--codec", f"audio={place / 'v' / 'audio.codec.safetensors'}").exit_code == 0
