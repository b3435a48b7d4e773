"""Trains codecs on real images and speech and measures them on what is held out."""

from __future__ import annotations

import io
import platform
import time
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from bench.places import data
from omnitok import codecs
from study import code_merges
from study.codec_report import PICTURE
from study.places import CODECS
from study.signals import cifar_split, fashion, fashion_split, kodak_split, other_speech
from study.speech_judge import RATE, features, read_clips, verdicts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from study.speech_judge import Clip

#: Name, images, codebook sizes, patch, quantizer.
IMAGE_ROWS: list[tuple[str, list[int], int, str]] = [
    ("fashion-mnist", [256], 4, "residual"),
    ("fashion-mnist", [1024], 4, "residual"),
    ("fashion-mnist", [1024, 1024], 4, "residual"),
    ("fashion-mnist", [1024], 4, "scalar"),
    ("fashion-mnist", [1024], 7, "residual"),
    ("cifar-10", [1024], 4, "residual"),
    ("kodak", [1024, 1024], 4, "residual"),
]
#: The row that a bar is about, and that is shown.
BAR_ROW = IMAGE_ROWS[1]
SPEECH_SIZES, SPEECH_RATE = [2048] * 4, Fraction(25, 2)
SPEECH_ROUNDS = 8
WAVEFORM_SIZES, WAVEFORM_RATE = [256] * 8, Fraction(200)
SHOWN = 12


def run(only: Sequence[str], tell: Callable[[str], None]) -> dict[str, Any]:
    """The figures of the parts that are asked for."""
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    return {name: PARTS[name](tell) for name in only} | {"versions": versions}


# --- images -----------------------------------------------------------------------------------------------------------


def _images(tell: Callable[[str], None]) -> list[dict[str, Any]]:
    sets = {"fashion-mnist": fashion_split(), "cifar-10": cifar_split(), "kodak": kodak_split()}
    rows = []
    for name, sizes, patch, quantizer in IMAGE_ROWS:
        training, held_out = sets[name]
        start = time.process_time()
        codec = codecs.train_image(training, codebook_sizes=sizes, patch=patch, quantizer=quantizer)  # type: ignore[arg-type]
        seconds = time.process_time() - start
        figures = codecs.evaluate_codec(codec, held_out)
        about = {"data": name, "codebook_sizes": sizes, "patch": patch, "quantizer": quantizer}
        rows.append(about | figures | {"training_cpu_seconds": round(seconds, 1)})
        if (name, sizes, patch, quantizer) == BAR_ROW:
            (CODECS / PICTURE).write_bytes(_picture(codec))
        tell(f"{name} {sizes} {patch} {quantizer}: {figures['psnr_db']:.2f} dB after {seconds:.0f} s of CPU")
    return rows


def _picture(codec: codecs.ImageCodec) -> bytes:
    """A PNG: held-out images above, what the codec made of them below."""
    from PIL import Image

    held_out = fashion("t10k-images-idx3-ubyte.gz")[:SHOWN]
    rows = [np.concatenate(list(held_out), axis=1)]
    rows.append(np.concatenate([codec.decode(codec.encode(one)) for one in held_out], axis=1))
    out = io.BytesIO()
    picture = Image.fromarray(np.concatenate(rows))
    picture.resize((picture.width * 2, picture.height * 2), Image.Resampling.NEAREST).save(out, format="PNG")
    return out.getvalue()


# --- speech -----------------------------------------------------------------------------------------------------------


def _heard(clips: Sequence[Clip]) -> Iterator[tuple[NDArray[np.float64], int]]:
    return ((clip.samples, RATE) for clip in clips)


def _speech(tell: Callable[[str], None]) -> dict[str, Any]:
    """For each speaker a codec of the other speakers; and whether judges of originals understand what comes back."""
    clips = read_clips(data("modality", "audio", "fsdd.zip"))
    others = other_speech()
    original = np.array([features(clip.samples) for clip in clips])
    decoded, limit = np.zeros_like(original), np.zeros_like(original)
    speakers = []
    for speaker in sorted({clip.speaker for clip in clips}):
        start = time.process_time()
        known = [*_heard([clip for clip in clips if clip.speaker != speaker]), *others]
        codec = codecs.train_speech(known, codebook_sizes=SPEECH_SIZES, rate=SPEECH_RATE, rounds=SPEECH_ROUNDS)
        seconds = time.process_time() - start
        figures = codecs.evaluate_codec(codec, _heard([clip for clip in clips if clip.speaker == speaker]))
        for place, clip in enumerate(clips):
            if clip.speaker == speaker:
                again = codec.decode(codec.encode(clip.samples)).astype(np.float64)
                decoded[place] = features(again[: len(clip.samples)])
                limit[place] = features(
                    codec.sound(codec.vectors(clip.samples))[: len(clip.samples)].astype(np.float64)
                )
        speakers.append({"speaker": speaker, **figures, "training_cpu_seconds": round(seconds, 1)})
        tell(f"speech without {speaker}: {figures['quantizer_rmse_db']:.2f} dB after {seconds:.0f} s of CPU")
    judges: dict[str, Sequence[object]] = {
        "stranger": [clip.speaker for clip in clips],
        "acquaintance": [clip.take for clip in clips],
    }
    scores = {}
    for judge, folds in judges.items():
        asked = {"original": original, "without_codes": limit, "decoded": decoded}
        right = {name: verdicts(clips, original, rows, folds) for name, rows in asked.items()}
        scores[judge] = {name: int(one.sum()) for name, one in right.items()}
        scores[judge] |= {
            "lost": int((right["original"] & ~right["decoded"]).sum()),
            "won": int((~right["original"] & right["decoded"]).sum()),
        }
        tell(f"{judge}: {scores[judge]} of {len(clips)}")
    return {"clips": len(clips), "judges": scores, "speakers": speakers}


def _waveform(tell: Callable[[str], None]) -> dict[str, Any]:
    clips = read_clips(data("modality", "audio", "fsdd.zip"))
    last = max(clip.speaker for clip in clips)
    start = time.process_time()
    known = [*_heard([clip for clip in clips if clip.speaker != last]), *other_speech()]
    codec = codecs.train_waveform(known, codebook_sizes=WAVEFORM_SIZES, rate=WAVEFORM_RATE)
    seconds = time.process_time() - start
    figures = codecs.evaluate_codec(codec, _heard([clip for clip in clips if clip.speaker == last]))
    tell(f"waveform without {last}: {figures['snr_db']:.2f} dB after {seconds:.0f} s of CPU")
    return {"speaker": last, **figures, "training_cpu_seconds": round(seconds, 1)}


PARTS: dict[str, Callable[[Callable[[str], None]], Any]] = {
    "images": _images,
    "speech": _speech,
    "waveform": _waveform,
    "image-merges": code_merges.images,
    "speech-merges": code_merges.speech,
    "learner": code_merges.learner,
}
"""What is measured, by the names that the record has for it."""
