"""Images and sound to codes and back: codecs to train on a CPU, and adapters for pretrained ones.

Needs the extra ``codecs`` for files (safetensors, Pillow, soundfile), and ``pretrained`` for models of transformers.
"""

from __future__ import annotations

from omnitok.codecs.description import Codec, CodecDescription
from omnitok.codecs.evaluation import evaluate_codec
from omnitok.codecs.files import read_signal
from omnitok.codecs.images import ImageCodec, pad_image
from omnitok.codecs.linked import load_codecs, load_omni
from omnitok.codecs.loading import load_codec, read_codes, save_codes
from omnitok.codecs.pretrained import AdaptedCodec, adapt
from omnitok.codecs.sound import resample
from omnitok.codecs.sources import codes_of_sources
from omnitok.codecs.spectrogram import SpectrogramCodec
from omnitok.codecs.training import train_image, train_speech, train_waveform
from omnitok.codecs.waveform import WaveformCodec

__all__ = [
    "AdaptedCodec", "Codec", "CodecDescription", "ImageCodec", "SpectrogramCodec", "WaveformCodec", "adapt",
    "codes_of_sources", "evaluate_codec", "load_codec", "load_codecs", "load_omni", "pad_image", "read_codes",
    "read_signal", "resample", "save_codes", "train_image", "train_speech", "train_waveform",
]  # fmt: skip
