"""Learns merges over codes of real images and speech, and counts on what is held out."""

from __future__ import annotations

import json
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from omnitok import CodeMerges, codecs, learn_code_merges
from omnitok.errors import ExhaustedError
from omnitok.evaluation.modalities import unigram_bits
from study.places import ROOT, SCRATCH, data
from study.signals import SPEAKERS, fashion_split, read_prompts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

IMAGE_CODES, IMAGE_VOCABULARIES = 256, (512, 1024, 2048)
SPEECH_RATE, SPEECH_CODES, SPEECH_VOCABULARY = 50, (64, 128, 256, 512, 1024), 8192
#: Prompts that a codec learns from; its merges are learnt from all.
CODEC_PROMPTS, CODEC_ROUNDS = 300, 8
#: What might help, tried with so many codes and each speaker held out.
OPTION_CODES = 128
OPTIONS: dict[str, dict[str, Any]] = {
    "at most 100 ms": {"max_ms": 100},
    "at most 200 ms": {"max_ms": 200},
    "at most 400 ms": {"max_ms": 400},
    "at least 4 times": {"min_count": 4},
    "at least 8 times": {"min_count": 8},
}
LONG_CODES, LONG_LENGTH = 256, 10_000_000
_CHAINS = 10_000

Arrays = list["NDArray[np.uint32]"]


def images(tell: Callable[[str], None]) -> dict[str, Any]:
    """Rectangles beside rows, at equal vocabulary."""
    training, held_out = fashion_split()
    codec = codecs.train_image(training, codebook_sizes=[IMAGE_CODES])
    known, asked = ([codec.encode(image)[0] for image in images] for images in (training, held_out))
    rows = []
    for method in ("rows", "rectangles"):
        most = max(IMAGE_VOCABULARIES) - IMAGE_CODES
        learnt = learn_code_merges(known, most, sizes=IMAGE_CODES, modality="image", rows_only=method == "rows")
        for vocabulary in IMAGE_VOCABULARIES:
            merges = CodeMerges(learnt.pairs[: vocabulary - IMAGE_CODES], [IMAGE_CODES], "image")
            symbols = [merges.encode(image) for image in asked]
            exact = sum(
                np.array_equal(merges.decode(one, image.shape[1])[0], image)
                for one, image in zip(symbols, asked, strict=True)
            )
            bits = _bits(symbols, [merges.encode(image) for image in known], vocabulary)
            tokens = sum(map(len, symbols)) / len(asked)
            figures = {"tokens": tokens, "bits": bits / len(asked), "exact": exact}
            rows.append({"method": method, "vocabulary": vocabulary, **figures})
            tell(f"{method}, {vocabulary:,} ids: {tokens:.2f} tokens, {bits / len(asked):.1f} bits an image")
    codes = {"tokens": asked[0].size, "bits": _bits(_flat(asked), _flat(known), IMAGE_CODES) / len(asked)}
    return {"training": len(known), "held_out": len(asked), "codes": codes, "rows": rows}


def _flat(arrays: Sequence[NDArray[np.uint32]]) -> Arrays:
    return [array.ravel() for array in arrays]


def _bits(symbols: Arrays, known: Arrays, size: int) -> float:
    return unigram_bits(np.concatenate(symbols), np.concatenate(known), size)


# --- speech -----------------------------------------------------------------------------------------------------------


def speech(tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """For each speaker and size of codebook a codec and merges of the other speakers, and the tokens of the speaker."""
    prompts = {speaker: read_prompts(speaker) for speaker in SPEAKERS}
    vectors: dict[str, list[NDArray[np.int32]]] = {}
    rows = []
    for speaker in SPEAKERS:
        others = [sound for other in SPEAKERS if other != speaker for sound in prompts[other]]
        chosen = np.random.default_rng(0).permutation(len(others))[:CODEC_PROMPTS]
        for size in SPEECH_CODES:
            codec = codecs.train_speech(
                (others[place] for place in sorted(chosen)),
                codebook_sizes=[size], rate=SPEECH_RATE, rounds=CODEC_ROUNDS,
            )  # fmt: skip
            # What is quantized is the same for all of these codecs.
            vectors = vectors or {
                one: [codec.vectors(samples) for samples, _ in sounds] for one, sounds in prompts.items()
            }
            known = [codes for other in SPEAKERS if other != speaker for codes in _codes(codec, vectors[other])]
            asked = _codes(codec, vectors[speaker])
            lost = codec.quantizer.decode(np.concatenate(asked)[None]) - np.concatenate(vectors[speaker])
            about = {
                "speaker": speaker,
                "codes": size,
                "rmse_db": float(np.sqrt((lost**2.0).mean())) / codec.steps_per_db,
            }
            rows.append(about | _merged(known, asked, size, {}))
            tell(f"speech without {speaker}, {size:,} codes: {rows[-1]['codes_per_token']:.3f} codes a token")
            if size == OPTION_CODES:
                rows += [
                    about | {"option": name} | _merged(known, asked, size, options) for name, options in OPTIONS.items()
                ]
    return rows


def _codes(codec: codecs.SpectrogramCodec, vectors: Sequence[NDArray[np.int32]]) -> Arrays:
    """The codes of each sound, made all at once, which is faster."""
    codes = codec.quantizer.encode(np.concatenate(vectors))[0]
    return np.split(codes, np.cumsum([len(one) for one in vectors])[:-1])


def _merged(known: Arrays, asked: Arrays, size: int, options: dict[str, Any]) -> dict[str, Any]:
    """What merges that ``known`` yields, up to the vocabulary, make of ``asked``."""
    options = {"sizes": size, "rate": SPEECH_RATE, **options}
    wanted = SPEECH_VOCABULARY - size
    try:
        learnt = learn_code_merges(known, wanted, **options)
    except ExhaustedError as error:
        learnt = learn_code_merges(known, error.found or 0, **options)
    symbols = [learnt.encode(codes) for codes in asked]
    count, tokens = sum(map(len, asked)), sum(map(len, symbols))
    used = len(np.unique(np.concatenate(symbols)))
    runs = sum(1 + sum(one != next_one for one, next_one in pairwise(codes.tolist())) for codes in asked if len(codes))
    bits = _bits(symbols, [learnt.encode(codes) for codes in known], SPEECH_VOCABULARY)
    return {
        "merges": len(learnt),
        "seconds": count / SPEECH_RATE,
        "known_codes_per_token": sum(map(len, known)) / (sum(map(len, known)) - sum(learnt.counts)),
        "codes_per_token": count / tokens,
        "codes_per_run": count / runs,
        "bits_per_second": bits * SPEECH_RATE / count,
        "code_bits_per_second": _bits(asked, known, size) * SPEECH_RATE / count,
        "unused": 1 - used / (size + len(learnt)),
    }


# --- the learner ------------------------------------------------------------------------------------------------------


def learner(tell: Callable[[str], None]) -> list[dict[str, Any]]:
    """Ten million codes to merges, each time in a process of its own; and the learner of text on them and on a text."""
    path = SCRATCH / "long-codes.npy"
    np.save(path, _long_codes())
    rows = []
    for task, threads in (("codes", 2), ("words", 2), ("codes", 1), ("words", 1), ("text", 2)):
        source = data("mono", "ja.txt.zst") if task == "text" else path
        arguments = [task, str(source), str(SPEECH_VOCABULARY - LONG_CODES), str(threads)]
        call = [sys.executable, "-m", "study.learner_task", *arguments]
        done = subprocess.run(call, cwd=ROOT, capture_output=True, text=True, check=True)
        rows.append({"task": task, "threads": threads, **json.loads(done.stdout)})
        tell(f"learner: {rows[-1]}")
    path.unlink()
    return rows


def _long_codes() -> NDArray[np.uint32]:
    """One line of codes that follow each other as often as in real speech: a chain of the first order, seed 0."""
    speaker = next(iter(SPEAKERS))
    prompts = read_prompts(speaker)
    codec = codecs.train_speech(
        prompts[:CODEC_PROMPTS], codebook_sizes=[LONG_CODES], rate=SPEECH_RATE, rounds=CODEC_ROUNDS
    )
    codes = np.concatenate(_codes(codec, [codec.vectors(samples) for samples, _ in prompts]))
    follows = np.zeros((LONG_CODES, LONG_CODES))
    np.add.at(follows, (codes[:-1], codes[1:]), 1)
    # A code that is last, and so is followed by nothing, is followed by any.
    chances = np.cumsum(follows + 1e-6, axis=1)
    chances /= chances[:, -1:]
    draws = np.random.default_rng(0)
    chains = np.empty((LONG_LENGTH // _CHAINS, _CHAINS), np.uint32)
    chains[0] = draws.choice(codes, _CHAINS)
    for before, now in pairwise(chains):
        # For each chain the first code whose chance reaches its draw.
        now[:] = (chances[before] < draws.random(_CHAINS)[:, None]).sum(axis=1)
    return chains.T.reshape(-1)
