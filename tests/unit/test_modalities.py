"""What a vocabulary spends on text, images and sound, by hand and beside the published rules."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import omnitok
from omnitok.errors import VocabularyError
from omnitok.evaluation import read_parallel_text
from omnitok.evaluation.modalities import RULE, measure_modalities, unigram_bits
from omnitok.evaluation.token_rules import patch_tokens, tile_tokens
from omnitok.omni import OmniTokenizer
from omnitok.tokenizer import Tokenizer
from omnitok.vocabulary import CodeMerge

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "parallel"


@pytest.fixture(scope="module")
def omni() -> OmniTokenizer:
    text = omnitok.train(texts=["the cat sat on the mat"] * 5, vocab_size=262)
    builder = omnitok.VocabBuilder("small").text(text)
    builder = builder.codes("audio", sizes=[8, 16], rate="25/2", strides=[1, 2])
    builder = builder.codes2d("image", 4, patch=4, grid=(2, 2)).merges(parent="image", pairs=[CodeMerge(0, 1)])
    return OmniTokenizer(builder.build())


def value(frame: pd.DataFrame, part: str, metric: str) -> float:
    [found] = frame[(frame.part == part) & (frame.metric == metric)].value
    return float(found)


def test_declared_rates_by_hand(omni: OmniTokenizer) -> None:
    frame = measure_modalities(omni)
    assert value(frame, "audio", "codes_per_second") == 12.5 + 6.25
    assert value(frame, "audio", "seconds_per_1000_codes") == pytest.approx(1000 / 18.75)
    assert value(frame, "audio", "uniform_bits_per_second") == 12.5 * 3 + 6.25 * 4
    assert value(frame, "image", "codes_per_megapixel") == 62_500
    assert value(frame, "image", "megapixels_per_1000_codes") == pytest.approx(0.016)
    assert value(frame, "image", "uniform_bits_per_pixel") == 2 / 16
    assert set(frame.n) == {0}


def test_codes_are_measured_as_they_are_written(omni: OmniTokenizer) -> None:
    images = [np.array([[0, 1], [2, 3]]), np.array([[0, 1], [0, 1]])]
    sound = [[np.arange(4) % 8, np.arange(2)]]
    frame = measure_modalities(omni, codes={"image": images, "audio": sound})
    # Begin and end of each image; the pair 0 1 is one token.
    assert value(frame, "image", "tokens") == 5 + 4
    assert value(frame, "image", "codes_per_token") == 8 / 5
    assert value(frame, "image", "megapixels_per_1000_tokens") == pytest.approx(1000 * 2 * 64 / 1e6 / 9)
    # Three times the merge, and 2 and 3 once each.
    bits = 3 * math.log2(5 / 3) + 2 * math.log2(5)
    assert value(frame, "image", "unigram_bits_per_pixel") == pytest.approx(bits / 128)
    assert value(frame, "image", "unused") == pytest.approx(2 / 5)
    assert value(frame, "audio", "tokens") == 6 + 2
    assert value(frame, "audio", "tokens_per_second") == pytest.approx(8 / (4 / 12.5))
    assert value(frame, "audio", "codes_per_token") == 1


def test_a_model_fitted_elsewhere_costs_more() -> None:
    own, other = np.array([0, 0, 1], np.uint32), np.array([1, 1, 2], np.uint32)
    assert unigram_bits(own, None, 8) == pytest.approx(2 * math.log2(3 / 2) + math.log2(3))
    # One more of each: 0 once, 1 three times, 2 twice.
    assert unigram_bits(own, other, 8) == pytest.approx(2 * math.log2(6) + math.log2(2))


def test_text_stands_beside(omni: OmniTokenizer, tiny: Tokenizer) -> None:
    text = read_parallel_text(CORPUS, ["hi", "ja"])
    frame = measure_modalities(omni, text=text)
    for code, part in text.texts.items():
        tokens = sum(map(omni.vocabulary.tokenizer.count, part.lines))
        words = value(frame, code, "words_per_1000_tokens") * tokens / 1000
        assert words == pytest.approx(round(words))
        assert value(frame, code, "tokens_per_word") == pytest.approx(tokens / words)


def test_what_cannot_be_measured_is_refused(omni: OmniTokenizer) -> None:
    with pytest.raises(ValueError, match="nothing to measure for block 'image'"):
        measure_modalities(omni, codes={"image": []})
    with pytest.raises(VocabularyError, match="video"):
        measure_modalities(omni, codes={"video": [[[0]]]})
    with pytest.raises(ValueError, match='code 1 of codebook 0 of "image" is not below 4'):
        measure_modalities(omni, codes={"image": [[[0, 4], [0, 0]]]})


@pytest.mark.parametrize(
    ("rule", "size", "tokens"),
    [
        # The examples of the guides.
        (tile_tokens, (1024, 1024), 765),
        (tile_tokens, (2048, 4096), 1105),
        (tile_tokens, (512, 512), 255),
        (patch_tokens, (1024, 1024), 1024),
        (patch_tokens, (1800, 2400), 1452),
        (tile_tokens, (1, 1), 255),
        (patch_tokens, (1, 1), 1),
        (patch_tokens, (1, 1_000_000), 1536),
    ],
)
def test_rules_of_apis(rule: object, size: tuple[int, int], tokens: int) -> None:
    assert callable(rule)
    assert rule(*size) == tokens
    with pytest.raises(ValueError, match="0 x 5 pixels"):
        rule(0, 5)


def test_rules_are_rows_and_marked_as_none_of_ours(omni: OmniTokenizer) -> None:
    frame = measure_modalities(omni)
    rules = frame[frame.tokenizer == RULE]
    assert value(rules, "tiles of 512", "tokens_at_1024x1024") == 765
    assert value(rules, "sound spoken", "seconds_per_1000_tokens") == 50
    assert set(frame[frame.tokenizer != RULE].tokenizer) == {"small"}
