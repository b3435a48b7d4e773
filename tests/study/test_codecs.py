"""The study of codecs: its judge, and what its report says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from study import code_merges, code_merges_report, codec_report, record, speech_judge
from study.places import CODECS, ROOT
from study.speech_judge import Clip

if TYPE_CHECKING:
    from pathlib import Path

pytest.importorskip("soundfile")


def clips_of(noise: float) -> list[Clip]:
    """A tone for each digit, three takes by two speakers, with noise."""
    random = np.random.default_rng(0)
    time = np.arange(3200) / speech_judge.RATE
    return [
        Clip(digit, speaker, take, 0.3 * np.sin(2 * np.pi * (300 + 300 * digit) * time) + random.normal(0, noise, 3200))
        for digit in range(10)
        for speaker in ("a", "b")
        for take in range(3)
    ]


def test_the_judge_tells_tones_apart_and_is_lost_in_noise() -> None:
    clips = clips_of(0.01)
    heard = np.array([speech_judge.features(clip.samples) for clip in clips])
    folds = [clip.speaker for clip in clips]
    assert speech_judge.verdicts(clips, heard, heard, folds).all()
    noise = np.random.default_rng(1).normal(0, 0.1, (len(clips), 3200))
    asked = np.array([speech_judge.features(one) for one in noise])
    assert speech_judge.verdicts(clips, heard, asked, folds).mean() < 0.4


def test_the_judge_never_learns_from_the_fold_that_it_is_asked_about() -> None:
    clips = clips_of(0.01)
    heard = np.array([speech_judge.features(clip.samples) for clip in clips])
    digits = [clip.digit for clip in clips]
    # Each digit is a fold, so its judge has never heard it.
    assert not speech_judge.verdicts(clips, heard, heard, digits).any()


def test_the_bars_are_reached() -> None:
    results = record.read(CODECS)
    assert codec_report.bar_row(results)["psnr_db"] >= codec_report.LEAST_PSNR
    for judge in codec_report.JUDGES:
        assert codec_report.lost_points(results, judge) <= codec_report.MOST_POINTS


def test_the_report_says_when_a_bar_is_missed() -> None:
    results = record.read(CODECS)
    results["speech"]["judges"]["stranger"]["decoded"] = 0
    assert codec_report.bars_table(results).count("missed") == 1 + codec_report.bars_table(record.read(CODECS)).count(
        "missed"
    )
    assert codec_report.render(results).startswith("# Codecs")


def test_real_images_and_speech(shared_data: Path) -> None:
    from omnitok import codecs
    from omnitok.codecs.files import read_images, read_sounds

    images = list(read_images([shared_data / "modality" / "images" / "cifar10_train_3000.npz"], channels=3))
    codec = codecs.train_image(images[:400], codebook_sizes=[256], rounds=8)
    assert codecs.evaluate_codec(codec, images[2000:2100])["psnr_db"] > 20
    sounds = list(read_sounds(sorted((shared_data / "modality" / "audio").glob("librispeech_*.wav"))))
    speech = codecs.train_speech(sounds[:2], codebook_sizes=[64, 64], rate=25, rounds=4)
    assert codecs.evaluate_codec(speech, sounds[2:])["quantizer_rmse_db"] < 6


def test_the_bars_of_merges_are_judged_by_what_was_measured() -> None:
    results = record.read(CODECS)
    rectangles, speech, seconds, memory, symbols = code_merges_report.bar_rows(results)
    assert rectangles[-1] == seconds[-1] == memory[-1] == "reached"
    assert speech[-1] == "reached with 64, 128, 256 codes"
    assert symbols[-1].split()[0] in ("reached", "missed")
    results["image-merges"]["rows"][0]["exact"] -= 1
    for row in results["learner"]:
        row |= {"seconds": 31.0 if row["task"] == "codes" else 1.0, "peak_bytes": 401e6}
    for row in results["speech-merges"]:
        row["codes_per_token"] = 1.9
    assert [row[-1] for row in code_merges_report.bar_rows(results)] == ["missed"] * 5


def test_ratios_are_of_all_speakers_together() -> None:
    # A second of 50 codes in 10 tokens and three of 150 in 75: 200 codes in 85.
    rows = [{"seconds": 1, "codes_per_token": 5}, {"seconds": 3, "codes_per_token": 2}]
    assert code_merges_report.ratio(rows) == pytest.approx(200 / 85)


def test_merges_up_to_a_vocabulary_and_fewer_where_there_are_fewer() -> None:
    draws = np.random.default_rng(0)
    known = [draws.integers(0, 4, 500).astype(np.uint32) for _ in range(4)]
    figures = code_merges._merged(known, [np.zeros(7, np.uint32), np.array([1, 1, 2], np.uint32)], 4, {"min_count": 3})
    assert 0 < figures["merges"] < code_merges.SPEECH_VOCABULARY - 4
    assert figures["codes_per_run"] == 10 / 3
    assert figures["seconds"] == 10 / code_merges.SPEECH_RATE
    assert figures["known_codes_per_token"] > 1
    assert min(figures["code_bits_per_second"], figures["bits_per_second"]) > 0


def test_the_learner_is_measured_in_a_process(tmp_path: Path) -> None:
    np.save(tmp_path / "codes.npy", np.random.default_rng(0).integers(0, 256, 20_000).astype(np.uint32))
    for task in ("codes", "words"):
        call = [sys.executable, "-m", "study.learner_task", task, str(tmp_path / "codes.npy"), "40", "1"]
        told = json.loads(subprocess.run(call, cwd=ROOT, capture_output=True, check=True).stdout)
        assert told["symbols"] == 20_000
        assert 0 < told["before_bytes"] <= told["peak_bytes"]
        assert told["seconds"] > 0
