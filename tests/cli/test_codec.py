"""``omnitok codec``: from files to codes and back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Invoke, Run

for module in ("safetensors", "PIL", "soundfile"):
    pytest.importorskip(module)

from omnitok.codecs.files import read_images, read_sounds, write_image, write_sound  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Pictures, sounds, and a codec of each kind."""
    path = tmp_path_factory.mktemp("codec")
    random = np.random.default_rng(0)
    for number in range(4):
        rows, columns = np.mgrid[:16, :18]
        wave = 128 + 100 * np.sin(rows / (2 + number) + columns / 3) + random.normal(0, 5, (16, 18))
        write_image(path / f"{number}.png", wave.clip(0, 255).astype(np.uint8))
        time = np.arange(6000) / 8000
        tone = np.sin(2 * np.pi * (200 + 100 * number + 300 * time) * time) * 0.3
        write_sound(path / f"{number}.wav", tone, 8000)
    return path


@pytest.fixture(scope="module")
def image_codec(folder: Path, invoke: Invoke) -> Path:
    out = folder / "image.codec.safetensors"
    result = invoke("codec", "train", folder, "--kind", "image", "--grey", "--codebook-size", 16, "--out", out)
    assert result.exit_code == 0, result.stderr
    return out


@pytest.fixture(scope="module")
def speech_codec(folder: Path, invoke: Invoke) -> Path:
    out = folder / "speech.codec.safetensors"
    options = ("--kind", "speech", "--codebook-size", 16, "--rate", "25/2", "--quiet", "--json")
    result = invoke("codec", "train", *folder.glob("*.wav"), *options, "--held-out", folder, "--out", out)
    assert result.exit_code == 0, result.stderr
    record = json.loads(result.stdout)
    assert record["codec"]["rate"] == "25/2"
    assert record["training_seconds"] > 0
    assert record["log_spectral_rmse_db"] > 0
    return out


@pytest.mark.parametrize("command", [[], ["train"], ["encode"], ["decode"], ["evaluate"], ["merges"]])
def test_help_fits_a_screen(run: Run, command: list[str]) -> None:
    result = run("codec", *command, "--help", COLUMNS="100")
    lines = result.stdout.decode().splitlines()
    assert result.returncode == 0
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100
    assert not any(line.rstrip().endswith("...") for line in lines[1:]), "a help text was cut"


def test_training_is_the_same_twice(folder: Path, image_codec: Path, tmp_path: Path, invoke: Invoke) -> None:
    options = ("--kind", "image", "--grey", "--codebook-size", 16)
    result = invoke("codec", "train", folder, *options, "--out", tmp_path / "again.safetensors")
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "again.safetensors").read_bytes() == image_codec.read_bytes()


def test_a_picture_comes_back_in_its_size(folder: Path, image_codec: Path, tmp_path: Path, invoke: Invoke) -> None:
    picture, codes, out = folder / "0.png", tmp_path / "0.codes", tmp_path / "0.png"
    result = invoke("codec", "encode", picture, "-c", image_codec, "--out", codes)
    assert result.exit_code == 1
    assert "16x18 pixels (height x width) is not made of whole patches of 4x4; cut it to 16x16 or pad" in result.stderr
    assert "hint: --pad" in result.stderr
    assert invoke("codec", "encode", picture, "-c", image_codec, "--pad", "--out", codes).exit_code == 0
    assert invoke("codec", "decode", codes, "-c", image_codec, "--out", out).exit_code == 0
    ((before,), (after,)) = (list(read_images([one], channels=1)) for one in (picture, out))
    assert before.shape == after.shape
    assert np.abs(before.astype(int) - after).mean() < 30


def test_a_sound_comes_back_in_its_length(folder: Path, speech_codec: Path, tmp_path: Path, invoke: Invoke) -> None:
    codes, out = tmp_path / "0.codes", tmp_path / "0.flac"
    assert invoke("codec", "encode", folder / "0.wav", "-c", speech_codec, "--out", codes).exit_code == 0
    assert invoke("codec", "decode", codes, "-c", speech_codec, "--out", out).exit_code == 0
    ((samples, rate),) = read_sounds([out])
    assert (len(samples), rate) == (6000, 8000)


def test_codes_are_printed_as_json(folder: Path, speech_codec: Path, invoke: Invoke) -> None:
    result = invoke("codec", "encode", folder / "0.wav", "-c", speech_codec)
    printed = json.loads(result.stdout)
    assert np.array(printed["codes"]).shape == tuple(printed["shape"]) == (4, 10)
    assert printed["size"] == {"samples": 6000}


def test_another_codec_is_refused(
    folder: Path, image_codec: Path, speech_codec: Path, tmp_path: Path, invoke: Invoke
) -> None:
    codes = tmp_path / "codes"
    invoke("codec", "encode", folder / "0.wav", "-c", speech_codec, "--out", codes)
    result = invoke("codec", "decode", codes, "-c", image_codec, "--out", tmp_path / "a.png")
    assert result.exit_code == 1
    assert "holds codes of the codec" in result.stderr
    assert not (tmp_path / "a.png").exists()


def test_evaluation(folder: Path, image_codec: Path, invoke: Invoke) -> None:
    figures = json.loads(invoke("codec", "evaluate", folder, "-c", image_codec, "--json").stdout)
    assert figures["images"] == 4
    assert figures["psnr_db"] > 15
    assert figures["bits_per_pixel"] == 0.25
    lines = invoke("codec", "evaluate", folder, "-c", image_codec).stdout.splitlines()
    assert lines[0].startswith("codec patches ")
    assert lines[-1].startswith("codebook 0: 16 of 16 codes used")


def test_nothing_is_replaced_without_force(folder: Path, image_codec: Path, invoke: Invoke) -> None:
    before = image_codec.read_bytes()
    result = invoke("codec", "train", folder, "--kind", "image", "--out", image_codec)
    assert result.exit_code == 1
    assert "hint: --force" in result.stderr
    assert image_codec.read_bytes() == before


def test_damaged_input_is_a_line(folder: Path, image_codec: Path, tmp_path: Path, invoke: Invoke) -> None:
    for name in ("a.png", "a.wav", "a.safetensors"):
        (tmp_path / name).write_bytes(b"nothing of the kind")
    for arguments in (
        ("encode", tmp_path / "a.png", "-c", image_codec),
        ("evaluate", tmp_path / "a.png", "-c", image_codec),
        ("encode", folder / "0.png", "-c", tmp_path / "a.safetensors"),
        ("train", tmp_path / "a.wav", "--kind", "speech", "--out", tmp_path / "b"),
    ):
        result = invoke("codec", *arguments)
        assert result.exit_code == 1
        assert len(result.stderr.splitlines()) == 1
        assert "/a." in result.stderr


def test_one_signal_is_encoded_at_a_time(folder: Path, image_codec: Path, tmp_path: Path, invoke: Invoke) -> None:
    for count in (0, 2):
        np.save(tmp_path / "a.npy", np.zeros((count, 4, 4), dtype=np.uint8))
        result = invoke("codec", "encode", tmp_path / "a.npy", "-c", image_codec)
        assert result.exit_code == 1
        assert "is not one image" in result.stderr
    assert invoke("codec", "encode", folder, "-c", image_codec).exit_code == 1


def test_a_rate_is_a_number(folder: Path, tmp_path: Path, invoke: Invoke) -> None:
    for rate in ("0", "-1", "x", "1/0"):
        result = invoke("codec", "train", folder, "--kind", "speech", "--rate", rate, "--out", tmp_path / "a")
        assert result.exit_code == 2, rate
