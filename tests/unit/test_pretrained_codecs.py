"""Adapters: any object that encodes and decodes, and models of transformers built here with random weights."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from omnitok import codecs
from omnitok.codecs.pretrained import adapt_transformers
from omnitok.errors import CodecError, CorruptFileError

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = "0123456789abcdef" * 4
SAMPLES = np.sin(np.arange(4000) / 15).astype(np.float32) * 0.4


class MuLaw:
    """Every sample to one of 256 codes."""

    def encode(self, samples: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        curved = np.sign(samples) * np.log1p(255 * np.abs(samples)) / np.log(256)
        return np.rint((curved + 1) / 2 * 255).astype(np.int64)[None]

    def decode(self, codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        curved = codes[0] / 255 * 2 - 1
        return (np.sign(curved) * (256 ** np.abs(curved) - 1) / 255).astype(np.float32)


class Means:
    """Every 2 x 2 pixels to their mean."""

    def encode(self, pixels: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return pixels.reshape(pixels.shape[0] // 2, 2, -1, 2).mean(axis=(1, 3)).astype(int)[None]

    def decode(self, codes: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        return codes[0].repeat(2, axis=0).repeat(2, axis=1).astype(np.uint8)


def mu_law(**options: Any) -> codecs.AdaptedCodec:
    settings: dict[str, Any] = {"codebook_sizes": [256], "sample_rate": 8000, "rate": 8000, "digest": DIGEST}
    return codecs.adapt(MuLaw(), kind="audio", **settings | options)


def test_any_sound_codec_is_evaluated_like_ours() -> None:
    codec = mu_law()
    assert codec.describe().method == "MuLaw"
    assert codec.describe().as_dict()["rate"] == "8000"
    assert codec.describe().samples_per_frame == 1
    figures = codecs.evaluate_codec(codec, [(SAMPLES, 8000)])
    assert figures["snr_db"] > 30
    assert figures["tokens_per_second"] == 8000


def test_any_image_codec_is_evaluated_like_ours() -> None:
    codec = codecs.adapt(Means(), kind="image", codebook_sizes=[256], patch=(2, 2), channels=1, digest=DIGEST)
    image = np.random.default_rng(0).integers(0, 256, (4, 4)).astype(np.uint8).repeat(2, axis=0).repeat(2, axis=1)
    assert codecs.evaluate_codec(codec, [image])["psnr_db"] is None
    assert codec.decode(np.zeros((1, 0, 0), dtype=int)).shape == (0, 0)


def test_what_goes_in_and_out_is_checked() -> None:
    codec = mu_law()
    with pytest.raises(CodecError, match="sample 1 is nan"):
        codec.encode(np.array([0.0, np.nan]))
    with pytest.raises(CodecError, match="code 256 in codebook 0"):
        codec.decode([[256]])
    # A model that gives a code beyond what was declared: GLM-4-Voice#110 has one more.
    with pytest.raises(CodecError, match="out of range: the codebook has 200 codes"):
        mu_law(codebook_sizes=[200]).encode(SAMPLES)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"digest": "abc"}, "64 lower-case hex digits"),
        ({"sample_rate": None}, "needs sample_rate"),
        ({"rate": None}, "needs rate"),
        ({"codebook_sizes": []}, "at least one"),
    ],
)
def test_descriptions_that_cannot_be(options: dict[str, Any], message: str) -> None:
    with pytest.raises(CodecError, match=message):
        mu_law(**options)


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(CorruptFileError, match=r"holds no config\.json"):
        codecs.load_codec(tmp_path)


# --- transformers -----------------------------------------------------------------------------------------------------


def _mimi(transformers: Any) -> Any:
    return transformers.MimiModel(
        transformers.MimiConfig(
            hidden_size=32, num_filters=4, num_hidden_layers=1, num_attention_heads=2, num_key_value_heads=2,
            intermediate_size=32, codebook_size=32, codebook_dim=16, vector_quantization_hidden_dimension=16,
            num_quantizers=4, upsample_groups=32, head_dim=16,
        )
    )  # fmt: skip


def _encodec(transformers: Any) -> Any:
    return transformers.EncodecModel(
        transformers.EncodecConfig(
            target_bandwidths=[1.5, 3.0], num_filters=4, hidden_size=16, codebook_size=1024, codebook_dim=16,
            num_lstm_layers=1,
        )
    )  # fmt: skip


def _dac(transformers: Any) -> Any:
    return transformers.DacModel(
        transformers.DacConfig(
            encoder_hidden_size=4, downsampling_ratios=[2, 4, 8], decoder_hidden_size=32, upsampling_ratios=[8, 4, 2],
            n_codebooks=3, codebook_size=64, codebook_dim=4,
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("make", "sizes", "rate"),
    [
        (_mimi, (32,) * 4, Fraction(25, 2)),
        (_encodec, (1024,) * 4, Fraction(75)),
        (_dac, (64,) * 3, Fraction(250)),
    ],
)
def test_models_of_transformers(make: Any, sizes: tuple[int, ...], rate: Fraction, tmp_path: Path) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    torch.manual_seed(0)
    model = make(transformers)
    codec = adapt_transformers(model)
    description = codec.describe()
    assert (description.codebook_sizes, description.rate) == (sizes, rate)
    samples = np.random.default_rng(0).normal(0, 0.1, description.sample_rate // 2)
    codes = codec.encode(samples)
    assert codes.shape[0] == len(sizes)
    assert abs(codes.shape[1] - rate / 2) <= 1
    sound = codec.decode(codes)
    assert sound.ndim == 1
    assert np.isfinite(sound).all()
    assert abs(len(sound) - len(samples)) <= 2 * description.samples_per_frame
    assert np.array_equal(codec.encode(samples), codes)
    model.save_pretrained(tmp_path)
    again = codecs.load_codec(tmp_path, digest=description.digest)
    assert np.array_equal(again.encode(samples), codes)
    with torch.no_grad():
        next(model.parameters()).add_(1)
    assert adapt_transformers(model).describe().digest != description.digest


def test_models_whose_codes_are_not_all() -> None:
    pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    for options, message in (({"normalize": True}, "no code"), ({"chunk_length_s": 1.0}, "pieces")):
        config = transformers.EncodecConfig(num_filters=4, hidden_size=16, codebook_dim=16, **options)
        with pytest.raises(CodecError, match=message):
            adapt_transformers(transformers.EncodecModel(config))
