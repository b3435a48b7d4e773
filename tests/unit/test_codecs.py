"""Codecs: what they keep, what they refuse, and that equal input gives equal bytes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import subprocess
import sys
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from omnitok import codecs
from omnitok.codecs import kmeans
from omnitok.codecs.draws import Draws
from omnitok.codecs.loading import codec_of
from omnitok.codecs.quantizers import ResidualQuantizer, ScalarQuantizer
from omnitok.codecs.spectrogram import mel_frames
from omnitok.codecs.stored import write_tensors
from omnitok.codecs.waveform import coefficients, samples_of
from omnitok.errors import CodecError, CorruptFileError, TrainingError

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("safetensors")

RATE = 8000


def pictures(count: int = 6, channels: int = 1) -> list[np.ndarray[Any, Any]]:
    """Smooth waves with a little noise, 24 x 20 pixels."""
    random = np.random.default_rng(5)
    rows, columns = np.mgrid[:24, :20]
    made = []
    for number in range(count):
        wave = 128 + 90 * np.sin(rows / (2 + number) + columns / 5)
        noisy = wave[:, :, None] + random.normal(0, 8, (24, 20, channels))
        made.append(noisy.clip(0, 255).astype(np.uint8))
    return [one[:, :, 0] for one in made] if channels == 1 else made


def tones(count: int = 4, seconds: float = 0.7) -> list[tuple[np.ndarray[Any, Any], int]]:
    """Vowels of a kind: harmonics under two peaks that move, with pauses."""
    made = []
    for number in range(count):
        time = np.arange(int(seconds * RATE)) / RATE
        pitch = 110 + 23 * number
        sound = np.zeros_like(time)
        for harmonic in range(1, 20):
            near = np.exp(-(((harmonic * pitch - 500 - 900 * time) / 300) ** 2))
            sound += (near + 0.02) * np.sin(2 * np.pi * harmonic * pitch * time)
        made.append((0.2 * sound * (np.sin(2 * np.pi * 3 * time) > -0.5), RATE))
    return made


@pytest.fixture(scope="module")
def image_codec() -> codecs.ImageCodec:
    return codecs.train_image(pictures(), codebook_sizes=[32, 16], rounds=8)


@pytest.fixture(scope="module")
def speech_codec() -> codecs.SpectrogramCodec:
    return codecs.train_speech(tones(), codebook_sizes=[16, 16], rate=25, rounds=6)


@pytest.fixture(scope="module")
def waveform_codec() -> codecs.WaveformCodec:
    return codecs.train_waveform(tones(), codebook_sizes=[32] * 4, rounds=6)


# --- k-means ----------------------------------------------------------------------------------------------------------


def test_lloyd_finds_the_clusters_that_are_there() -> None:
    random = np.random.default_rng(1)
    middles = np.array([[0, 0], [1000, 0], [0, 1000], [1000, 1000]])
    vectors = (middles[random.integers(0, 4, 400)] + random.integers(-9, 10, (400, 2))).astype(np.int32)
    found = kmeans.train(vectors, 4, draws=Draws(0), rounds=50)
    assert sorted(np.rint(found / 1000).tolist()) == [[0, 0], [0, 1], [1, 0], [1, 1]]


def test_a_code_that_nothing_uses_starts_again() -> None:
    # From these seeds on, plain Lloyd leaves codes unused in some run; here no code may be.
    random = np.random.default_rng(2)
    vectors = np.concatenate([random.integers(0, 50, (300, 3)), random.integers(4000, 4050, (20, 3))]).astype(np.int32)
    for seed in range(5):
        centroids = kmeans.train(vectors, 24, draws=Draws(seed), rounds=30)
        assert len(set(kmeans.nearest(vectors, centroids).tolist())) == 24


def test_mini_batches_learn_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    random = np.random.default_rng(3)
    vectors = random.integers(-100, 100, (4000, 4)).astype(np.int32)

    def lost() -> float:
        centroids = kmeans.train(vectors, 32, draws=Draws(0), rounds=30)
        return float(kmeans.squares(vectors - centroids[kmeans.nearest(vectors, centroids)]).mean())

    whole = lost()
    monkeypatch.setattr(kmeans, "_BATCH", 500)
    assert lost() < 1.1 * whole


def test_too_few_different_vectors_are_named() -> None:
    vectors = np.repeat(np.arange(5, dtype=np.int32)[:, None], 40, axis=0)
    with pytest.raises(TrainingError, match=r"8 codes .* hold 5: ask for a smaller codebook"):
        kmeans.train(vectors, 8, draws=Draws(0), rounds=3)
    with pytest.raises(TrainingError, match="nothing to learn from"):
        codecs.train_image([])


def test_values_that_would_not_be_exact_are_refused() -> None:
    huge = np.full((2, 4), 2**30, dtype=np.int32)
    with pytest.raises(CodecError, match="not exact"):
        kmeans.nearest(huge, huge)
    with pytest.raises(CodecError, match="beyond"):
        ResidualQuantizer([huge])


def test_threads_change_no_byte(tmp_path: Path) -> None:
    program = (
        "import numpy as np, sys; from omnitok import codecs\n"
        "r = np.random.default_rng(0)\n"
        "images = [r.integers(0, 256, (64, 64, 3)).astype('u1') for _ in range(8)]\n"
        "a = codecs.train_image(images, codebook_sizes=[256, 64], rounds=6)\n"
        "b = codecs.train_image(images, codebook_sizes=[64], quantizer='scalar', rounds=6)\n"
        "s = [(r.normal(0, .1, 8000), 8000) for _ in range(3)]\n"
        "c = codecs.train_speech(s, codebook_sizes=[64], rounds=6)\n"
        "d = codecs.train_waveform(s, codebook_sizes=[64], rounds=6)\n"
        "print(a.digest, b.digest, c.digest, d.digest, c.decode(c.encode(s[0][0])).tobytes().hex()[:4000])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env=os.environ | {"OPENBLAS_NUM_THREADS": threads, "OMP_NUM_THREADS": threads},
            capture_output=True,
            check=True,
        ).stdout
        for threads in ("1", "2", "7")
    }
    assert len(outputs) == 1
    assert outputs.pop()


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_more_codebooks_lose_less() -> None:
    lost = []
    for count in (1, 2, 3):
        codec = codecs.train_image(pictures(), codebook_sizes=[16] * count, rounds=8)
        lost.append(codecs.evaluate_codec(codec, pictures())["psnr_db"])
    assert lost[0] + 1 < lost[1] < lost[2]


def test_an_image_of_patches_that_are_all_known_loses_nothing() -> None:
    image = np.random.default_rng(0).integers(0, 256, (8, 12, 3)).astype(np.uint8)
    codec = codecs.train_image([image], codebook_sizes=[6], rounds=5)
    figures = codecs.evaluate_codec(codec, [image])
    assert figures["psnr_db"] is None
    assert figures["tokens_per_pixel"] == 1 / 16
    assert figures["codebooks"][0]["used"] == 6
    assert figures["codebooks"][0]["perplexity"] == pytest.approx(6)


def test_codes_are_in_raster_order(image_codec: codecs.ImageCodec) -> None:
    image = pictures()[0]
    codes = image_codec.encode(image)
    assert codes.shape == (2, 6, 5)
    assert codes.dtype == np.uint32
    for row, column in ((0, 0), (5, 4), (2, 3)):
        patch = image[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert image_codec.encode(patch)[:, 0, 0].tolist() == codes[:, row, column].tolist()
        whole = image_codec.decode(codes)[4 * row : 4 * row + 4, 4 * column : 4 * column + 4]
        assert np.array_equal(image_codec.decode(codes[:, row : row + 1, column : column + 1]), whole)


def test_scalar_codes_are_numbers_with_levels_as_digits() -> None:
    codec = codecs.train_image(pictures(channels=3), codebook_sizes=[100], quantizer="scalar")
    quantizer = codec.quantizer
    assert isinstance(quantizer, ScalarQuantizer)
    assert quantizer.sizes == (int(np.prod(quantizer.levels)),)
    assert quantizer.sizes[0] <= 100
    # Every code stands for a vector whose code it is.
    every = np.arange(quantizer.sizes[0], dtype=np.uint32)[None]
    assert np.array_equal(quantizer.encode(quantizer.decode(every)), every)


def test_the_transform_of_frames_is_undone() -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 1003)
    for size in (1, 2, 3, 40, 80, 2000):
        rows = coefficients(samples, size)
        again = samples_of(rows)
        assert len(again) == (len(rows) - 1) * size
        assert np.abs(again[:1003] - samples).max() < 2e-3
    assert len(samples_of(np.zeros((0, 40), dtype=np.int32))) == 0


def test_spectra_are_undone() -> None:
    samples = np.random.default_rng(0).uniform(-0.9, 0.9, 1600)
    for rate, hop in ((8000, 80), (16000, 160), (8000, 20)):
        frames = mel_frames(rate, hop, 40)
        assert np.abs(frames.samples(frames.spectra(samples)) - samples).max() < 1e-9
        assert frames.weights.sum(axis=1) == pytest.approx(np.ones(40))


def test_resampling_keeps_a_tone() -> None:
    time = np.arange(8000) / 8000
    tone = np.sin(2 * np.pi * 440 * time) * np.hanning(8000)
    for wanted in (16000, 22050, 11025):
        other = codecs.resample(tone, 8000, wanted)
        assert len(other) == wanted
        again = codecs.resample(other, wanted, 8000)[:8000]
        assert np.abs(again - tone).max() < 1e-3
    expected = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000) * np.hanning(16000)
    assert np.abs(codecs.resample(tone, 8000, 16000) - expected).max() < 1e-3


def test_speech_keeps_its_bands(speech_codec: codecs.SpectrogramCodec) -> None:
    figures = codecs.evaluate_codec(speech_codec, tones())
    assert figures["quantizer_rmse_db"] < 3
    assert figures["log_spectral_rmse_db"] < 6
    assert "snr_db" not in figures
    assert figures["tokens_per_second"] == pytest.approx(50, rel=0.05)


def test_waveforms_keep_their_samples(waveform_codec: codecs.WaveformCodec) -> None:
    figures = codecs.evaluate_codec(waveform_codec, tones())
    assert figures["snr_db"] > 8
    assert figures["bits_per_second"] == pytest.approx(5 * figures["tokens_per_second"])


@pytest.mark.parametrize("length", [1, 79, 80, 81, 320, 321])
def test_lengths(length: int, speech_codec: codecs.SpectrogramCodec, waveform_codec: codecs.WaveformCodec) -> None:
    samples = tones()[0][0][:length]
    codes = speech_codec.encode(samples)
    assert codes.shape == (2, -(-length // 320))
    assert len(speech_codec.decode(codes)) == codes.shape[1] * 320
    codes = waveform_codec.encode(samples)
    assert codes.shape == (4, -(-length // 80) + 1)
    assert len(waveform_codec.decode(codes)) == (codes.shape[1] - 1) * 80


def test_no_codes_are_no_signal(
    image_codec: codecs.ImageCodec, speech_codec: codecs.SpectrogramCodec, waveform_codec: codecs.WaveformCodec
) -> None:
    assert image_codec.decode(np.zeros((2, 0, 0), dtype=np.uint32)).shape == (0, 0)
    assert len(speech_codec.decode(np.zeros((2, 0), dtype=np.uint32))) == 0
    assert len(waveform_codec.decode(np.zeros((4, 0), dtype=np.uint32))) == 0


# --- descriptions and files -------------------------------------------------------------------------------------------


def test_a_description_is_what_a_block_needs(
    image_codec: codecs.ImageCodec, speech_codec: codecs.SpectrogramCodec
) -> None:
    assert image_codec.describe().as_dict() == {
        "kind": "image",
        "method": "patches",
        "codebook_sizes": [32, 16],
        "digest": image_codec.digest,
        "patch": [4, 4],
        "channels": 1,
    }
    assert speech_codec.describe().rate == Fraction(25)
    slow = codecs.train_speech(tones(), codebook_sizes=[16], rate="25/2", rounds=2).describe()
    assert slow.as_dict()["rate"] == "25/2"
    assert slow.samples_per_frame == 640
    assert slow.strides == (1,)
    json.dumps(slow.as_dict())


def test_a_file_is_the_codec(tmp_path: Path, image_codec: codecs.ImageCodec) -> None:
    path = tmp_path / "image.codec.safetensors"
    image_codec.save(path)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == image_codec.digest
    loaded = codecs.load_codec(path, digest=image_codec.digest)
    image = pictures()[3]
    assert np.array_equal(loaded.encode(image), image_codec.encode(image))
    assert loaded.describe() == image_codec.describe()
    with pytest.raises(FileExistsError):
        image_codec.save(path)
    with pytest.raises(CorruptFileError, match="another codec: its digest is"):
        codecs.load_codec(path, digest="0" * 64)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]


def test_equal_training_is_equal_bytes_and_seeds_differ(image_codec: codecs.ImageCodec) -> None:
    again = codecs.train_image(pictures(), codebook_sizes=[32, 16], rounds=8)
    assert again.to_bytes() == image_codec.to_bytes()
    assert codecs.train_image(pictures(), codebook_sizes=[32, 16], rounds=8, seed=1).digest != image_codec.digest


def test_all_kinds_come_back_from_their_bytes(
    speech_codec: codecs.SpectrogramCodec, waveform_codec: codecs.WaveformCodec
) -> None:
    scalar = codecs.train_image(pictures(), codebook_sizes=[20], quantizer="scalar")
    for codec in (speech_codec, waveform_codec, scalar):
        assert codec_of(codec.to_bytes(), "it").to_bytes() == codec.to_bytes()


def test_the_format_library_reads_what_we_write(image_codec: codecs.ImageCodec) -> None:
    from safetensors.numpy import load

    tensors = load(image_codec.to_bytes())
    assert {name: tensor.shape for name, tensor in tensors.items()} == {"codebook.0": (32, 16), "codebook.1": (16, 16)}


def test_damaged_codecs_are_refused(image_codec: codecs.ImageCodec) -> None:
    data = image_codec.to_bytes()
    for end in range(0, len(data), 97):
        with pytest.raises(CorruptFileError, match="no safetensors file"):
            codec_of(data[:end], "cut")
    header = int.from_bytes(data[:8], "little")
    for place in range(8, 8 + header):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        # Where it is still as we write it, such as with another seed in the record, it is another codec.
        with contextlib.suppress(CorruptFileError):
            assert codec_of(changed, "changed").digest != image_codec.digest


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"settings": {"patch": 5, "channels": 1}}, "does not fit"),
        ({"settings": {"patch": "4", "channels": 1}}, "its patch is '4'"),
        ({"settings": {"patch": 4.0, "channels": 1}}, r"its patch is 4\.0"),
        ({"settings": {"patch": 4, "channels": 1, "rate": "1e999999999"}}, "its rate is"),
        ({"settings": []}, "AttributeError"),
        ({"training": 3}, "TypeError"),
        ({"settings": {}}, "KeyError"),
        ({"method": "dreams"}, "KeyError"),
        ({"quantizer": "scalar"}, "KeyError"),
        ({"format": 2}, "no format that this version knows"),
    ],
)
def test_codecs_that_contradict_themselves(
    change: dict[str, Any], message: str, image_codec: codecs.ImageCodec
) -> None:
    about = {
        "format": 1,
        "method": "patches",
        "quantizer": "residual",
        "settings": image_codec.settings(),
        "training": {},
    }
    tensors = image_codec.quantizer.tensors()
    assert codec_of(write_tensors(tensors, about), "it").settings() == image_codec.settings()
    with pytest.raises(CorruptFileError, match=message):
        codec_of(write_tensors(tensors, about | change), "it")


def test_codes_know_their_codec(
    tmp_path: Path, image_codec: codecs.ImageCodec, speech_codec: codecs.SpectrogramCodec
) -> None:
    path = tmp_path / "codes.safetensors"
    codes = image_codec.encode(pictures()[0])
    codecs.save_codes(path, codes, image_codec, size={"height": 24, "width": 20})
    again, size = codecs.read_codes(path, image_codec)
    assert np.array_equal(again, codes)
    assert size == {"height": 24, "width": 20}
    with pytest.raises(CodecError, match=f"holds codes of the codec {image_codec.digest}, and this is"):
        codecs.read_codes(path, speech_codec)
    image_codec.save(tmp_path / "codec")
    with pytest.raises(CorruptFileError, match="holds no codes"):
        codecs.read_codes(tmp_path / "codec", image_codec)


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("codes", "message"),
    [
        (np.full((2, 1, 1), 16), r"code 16 in codebook 1, row 0, column 0 is out of range: the codebook has 16 codes"),
        (np.full((2, 1, 1), -1), r"code -1 in codebook 0"),
        (np.full((2, 1, 1), 1.5), "codes are integers, not float64"),
        (np.zeros((3, 1, 1), dtype=int), r"the shape \[3, 1, 1\]; this codec has 2 codebooks"),
        (np.zeros((2, 4), dtype=int), r"codes have the shape \[2, rows, columns\]"),
    ],
)
def test_codes_that_are_none(codes: Any, message: str, image_codec: codecs.ImageCodec) -> None:
    with pytest.raises(CodecError, match=message):
        image_codec.decode(codes)


@pytest.mark.parametrize(
    ("pixels", "message"),
    [
        (np.zeros((10, 20), dtype=np.uint8), "10x20 pixels .* cut it to 8x20 or pad it to 12x20"),
        (np.zeros((0, 20), dtype=np.uint8), "0x20 pixels"),
        (np.zeros((8, 8)), "pixels are uint8 from 0 to 255, not float64"),
        (np.zeros((8, 8, 3), dtype=np.uint8), r"this codec takes \[height, width\]"),
    ],
)
def test_images_that_are_none(pixels: Any, message: str, image_codec: codecs.ImageCodec) -> None:
    with pytest.raises(CodecError, match=message):
        image_codec.encode(pixels)


def test_padding_makes_whole_patches(image_codec: codecs.ImageCodec) -> None:
    image = pictures()[0][:10, :19]
    padded = codecs.pad_image(image, (4, 4))
    assert padded.shape == (12, 20)
    assert np.array_equal(padded[:10, :19], image)
    assert np.array_equal(padded[11], padded[9])
    assert image_codec.encode(padded).shape == (2, 3, 5)


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(0), "0 samples"),
        (np.array([0.0, np.nan]), "sample 1 is nan"),
        (np.array([0.0, 0.0, -np.inf]), "sample 2 is -inf"),
        (np.array([12000.0]), "sample 0 is 12000.0; samples are from -1 to 1"),
        (np.zeros(5, dtype=np.int16), "floating point from -1 to 1, not int16"),
        (np.zeros((5, 2)), "one channel"),
    ],
)
def test_sounds_that_are_none(
    samples: Any, message: str, speech_codec: codecs.SpectrogramCodec, waveform_codec: codecs.WaveformCodec
) -> None:
    for codec in (speech_codec, waveform_codec):
        with pytest.raises(CodecError, match=message):
            codec.encode(samples)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rate": 30}, "do not divide 100 windows"),
        ({"rate": 0}, "positive|do not divide"),
        ({"sample_rate": 8001}, "multiple of"),
        ({"sample_rate": 10**9}, "at most 1,048,576 Hz"),
        ({"rate": Fraction(1, 1000)}, "at most 1,048,576 in one"),
        ({"codebook_sizes": []}, "at least one"),
        ({"rounds": 0}, "at least one"),
        ({"bands": 0}, "at least one"),
        ({"quantizer": "scalar", "codebook_sizes": [4, 4]}, "one codebook"),
    ],
)
def test_options_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CodecError, match=message):
        codecs.train_speech(tones(1), **options)


def test_images_of_different_channels_are_not_learnt_together() -> None:
    with pytest.raises(CodecError, match="of 1 and of 3 channels"):
        codecs.train_image([*pictures(1), *pictures(1, channels=3)], codebook_sizes=[4])
    for image in (np.zeros((8, 8)), np.zeros((8, 8, 2), np.uint8), np.zeros(8, np.uint8)):
        with pytest.raises(CodecError, match="an image is uint8"):
            codecs.train_image([image])
    with pytest.raises(CodecError, match="a patch of 0x0"):
        codecs.train_image(pictures(), patch=0)


def test_nothing_to_evaluate_on(image_codec: codecs.ImageCodec, speech_codec: codecs.SpectrogramCodec) -> None:
    for codec in (image_codec, speech_codec):
        with pytest.raises(CodecError, match="evaluate on"):
            codecs.evaluate_codec(codec, [])


def test_importing_the_package_loads_none_of_this() -> None:
    program = "import sys, omnitok; print([name for name in sys.modules if 'codecs' in name and 'omnitok' in name])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
    program = "import sys, omnitok.codecs; print({'PIL', 'soundfile', 'safetensors', 'torch'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch, image_codec: codecs.ImageCodec) -> None:
    monkeypatch.setitem(sys.modules, "safetensors", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'omnitok\[codecs\]'"):
        codec_of(image_codec.to_bytes(), "it")
