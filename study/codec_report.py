"""``report.md`` of the codecs, from ``results.json`` alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from bench.figures import markdown_table
from study import code_merges_report
from study.code_merges_report import verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

PICTURE = "images.png"
_PICTURE = f"""
`make codecs` draws held-out images and what 49 codes of 1,024 make of them beside this page, as `{PICTURE}`. It is not
kept here, as the images are not ours.
"""
LEAST_PSNR, MOST_POINTS = 22.5, 3.0
JUDGES = {
    "stranger": "has heard neither the speaker nor, as the codec has not, anything of the speaker's",
    "acquaintance": "has heard the other takes of the speaker, which the codec has not",
}

_INTRODUCTION = """
Made by `make codecs` from `results.json`. All codecs are learnt from nothing on a CPU, and measured on what they have
not learnt from. Bits are those of the sizes of codebooks, and of the entropy of the codes that occur.
*CPU s* is what training took, all threads together.
"""
_IMAGES = """
Fashion-MNIST: 10,000 training images, 2,000 test images, grey. CIFAR-10: 2,500 and 500 colour images of the training
set, as JPEG had left them. Kodak: 8 and 4 photographs. `scalar` is finite scalar quantization of principal components.
"""
_SPEECH = """
320 spoken digits of four speakers (free spoken digit dataset, 8 kHz). Each speaker in turn is held out: the codec
learns from the other three and from 68 s of read and broadcast speech. What it makes of the held-out speaker is judged
by classifiers that learn from original clips alone; *without codes* are the same spectra through Griffin-Lim
unquantized, the limit of any codebook. There is no SNR, as phases are made up. Rate, bands and sizes were chosen on
these clips: 40 and 24 bands, and codebooks of 1,024, lost more. Clips last half a second and the last frame of each is
filled up, hence more than 50 tokens/s in the table; 80 clips hold some 500 frames, hence the small part of codes used.
"""
_WAVEFORM = """
The codec of samples keeps phases, so it has an SNR. One speaker is held out.
"""


def render(record: Mapping[str, Any]) -> str:
    """The report."""
    parts = ["# Codecs", _INTRODUCTION.strip(), "## Asked and reached", bars_table(record)]
    parts += ["## Images", _IMAGES.strip(), _images_table(record)]
    parts += [_PICTURE.strip()]
    parts += ["## Speech", _SPEECH.strip(), _judges_table(record), _speakers_table(record)]
    parts += ["## Waveform", _WAVEFORM.strip(), _waveform_table(record), *code_merges_report.sections(record)]
    return "\n\n".join(parts) + "\n"


def bars_table(record: Mapping[str, Any]) -> str:
    """What was asked for."""
    row = bar_row(record)
    lines = [
        [
            "Fashion-MNIST, 4x4 patches, K = 1,024, held-out PSNR",
            f"at least {LEAST_PSNR} dB",
            f"{row['psnr_db']:.2f} dB",
            verdict(row["psnr_db"] >= LEAST_PSNR),
        ]
    ]
    for judge in JUDGES:
        points = lost_points(record, judge)
        lines.append(
            [
                f"speech at {_tokens(record):.0f} tokens/s, judge *{judge}*, lost on held-out speakers",
                f"at most {MOST_POINTS:g} points",
                f"{points:.1f} points",
                verdict(points <= MOST_POINTS),
            ]
        )
    lines += code_merges_report.bar_rows(record)
    return markdown_table(["what", "asked", "measured", "reached"], lines)


def bar_row(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The row of images that a bar is about."""
    wanted = {"data": "fashion-mnist", "codebook_sizes": [1024], "patch": 4, "quantizer": "residual"}
    found: Mapping[str, Any] = next(row for row in record["images"] if wanted.items() <= row.items())
    return found


def lost_points(record: Mapping[str, Any], judge: str) -> float:
    """How many of a hundred clips fewer a judge understands after the codec."""
    speech = record["speech"]
    scores = speech["judges"][judge]
    return float(100 * (scores["original"] - scores["decoded"]) / speech["clips"])


def _tokens(record: Mapping[str, Any]) -> float:
    codec = record["speech"]["speakers"][0]["codec"]
    whole, _, part = codec["rate"].partition("/")
    return len(codec["codebook_sizes"]) * int(whole) / int(part or 1)


def _images_table(record: Mapping[str, Any]) -> str:
    lines = []
    for row in record["images"]:
        books = row["codebooks"]
        sizes = " + ".join(f"{one['size']:,}" for one in books)
        lines.append(
            [
                row["data"],
                f"{row['patch']}x{row['patch']}",
                f"{row['quantizer']} {sizes}",
                f"{row['psnr_db']:.2f}",
                f"{row['tokens_per_pixel']:.4f}",
                f"{row['bits_per_pixel']:.3f}",
                f"{row['entropy_bits_per_pixel']:.3f}",
                _used(books),
                f"{row['training_cpu_seconds']:.0f}",
            ]
        )
    header = [
        "images",
        "patch",
        "codes",
        "PSNR dB",
        "tokens/pixel",
        "bits/pixel",
        "entropy/pixel",
        "used",
        "CPU s",
    ]
    return markdown_table(header, lines, 3)


def _used(books: list[Mapping[str, Any]]) -> str:
    return " / ".join(f"{100 * one['used'] / one['size']:.0f} %" for one in books)


def _judges_table(record: Mapping[str, Any]) -> str:
    clips = record["speech"]["clips"]
    lines = []
    for judge, says in JUDGES.items():
        scores = record["speech"]["judges"][judge]
        shown = [_share(scores[name], clips) for name in ("original", "without_codes", "decoded")]
        lines.append([f"*{judge}*: {says}", *shown, f"{scores['lost']} / {scores['won']}"])
    return markdown_table(["judge", "originals", "without codes", "decoded", "clips lost / won"], lines)


def _share(right: int, clips: int) -> str:
    low, high = _wilson(right, clips)
    return f"{100 * right / clips:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def _wilson(right: int, total: int) -> tuple[float, float]:
    """The 95 % interval of a share."""
    z, share = 1.96, right / total
    middle = share + z * z / (2 * total)
    width = z * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return (middle - width) / scale, (middle + width) / scale


def _speakers_table(record: Mapping[str, Any]) -> str:
    lines = [
        [
            row["speaker"],
            f"{row['tokens_per_second']:.1f}",
            f"{row['bits_per_second']:.0f}",
            f"{row['entropy_bits_per_second']:.0f}",
            f"{row['quantizer_rmse_db']:.2f}",
            f"{row['log_spectral_rmse_db']:.2f}",
            _used(row["codebooks"]),
            f"{row['training_cpu_seconds']:.0f}",
        ]
        for row in record["speech"]["speakers"]
    ]
    header = ["held out", "tokens/s", "bits/s", "entropy/s", "quantizer dB", "log-spectral dB", "used", "CPU s"]
    return markdown_table(header, lines)


def _waveform_table(record: Mapping[str, Any]) -> str:
    row = record["waveform"]
    line = [
        row["speaker"],
        f"{row['tokens_per_second']:.0f}",
        f"{row['bits_per_second']:.0f}",
        f"{row['entropy_bits_per_second']:.0f}",
        f"{row['snr_db']:.2f}",
        f"{row['log_spectral_rmse_db']:.2f}",
        _used(row["codebooks"]),
        f"{row['training_cpu_seconds']:.0f}",
    ]
    header = ["held out", "tokens/s", "bits/s", "entropy/s", "SNR dB", "log-spectral dB", "used", "CPU s"]
    return markdown_table(header, [line])
