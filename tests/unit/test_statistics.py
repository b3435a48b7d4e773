"""Intervals, corrections and the figures of inequality and usage: by hand, and against slow definitions."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from omnitok.evaluation import spread
from omnitok.evaluation.resampling import draw_weights, holm, intervals, two_sided_p
from omnitok.evaluation.sums import weigh
from omnitok.evaluation.usage import ALPHA, usage, uses_of_ranks

positive = st.lists(st.integers(1, 1000), min_size=1, max_size=12)


class TestSpread:
    @given(positive)
    def test_gini_is_the_mean_difference_of_all_pairs(self, values: list[int]) -> None:
        x = np.array(values, dtype=np.float64)
        slow = sum(abs(a - b) for a in values for b in values) / (2 * len(values) * sum(values))
        assert spread.gini(x) == pytest.approx(slow)

    @given(positive)
    def test_the_area_over_the_lorenz_curve_is_half_of_gini(self, values: list[int]) -> None:
        x = np.array(values, dtype=np.float64)
        curve = np.concatenate([[0.0], np.sort(spread.lorenz(x))])
        area = ((curve[1:] + curve[:-1]) / 2).mean()
        assert 1 - 2 * area == pytest.approx(float(spread.gini(x)), abs=1e-12)

    def test_by_hand(self) -> None:
        x = np.array([1.0, 3.0])
        assert spread.jain(x) == pytest.approx(16 / (2 * 10))
        assert spread.variation(x) == 0.5
        assert spread.max_over_min(x) == 3
        assert spread.lorenz(x).tolist() == [0.25, 1.0]

    def test_every_draw_is_a_row(self) -> None:
        x = np.array([[1.0, 3.0], [2.0, 2.0]])
        assert spread.gini(x).tolist() == [0.25, 0.0]
        assert spread.lorenz(x).tolist() == [[0.25, 1.0], [0.5, 1.0]]

    def test_nothing_is_equal_and_its_ratio_unknown(self) -> None:
        nothing = np.zeros(3)
        assert spread.gini(nothing) == 0
        assert spread.jain(nothing) == 1
        assert math.isnan(spread.max_over_min(nothing))


class TestDraws:
    def test_a_draw_takes_as_many_sentences_as_there_are(self) -> None:
        weights = draw_weights(50, 100, seed=1)
        assert weights.shape == (101, 50)
        assert (weights[0] == 1).all()
        assert (weights.sum(axis=1) == 50).all()
        assert (weights[1:].max(axis=1) > 1).all()

    def test_a_seed_gives_the_same_draws_and_another_others(self) -> None:
        assert (draw_weights(9, 50, seed=3) == draw_weights(9, 50, seed=3)).all()
        assert (draw_weights(9, 50, seed=3) != draw_weights(9, 50, seed=4)).any()

    def test_sums_are_those_of_the_sentences_drawn(self) -> None:
        counts = np.random.default_rng(5).integers(0, 2**31, (7, 2, 3)).astype(np.float64)
        counts[3, 1, 2] = np.nan
        weights = draw_weights(7, 40, seed=2)
        sums = weigh(counts, weights)
        for draw in (0, 17):
            rows = np.repeat(np.arange(7), weights[draw].astype(int))
            slow = [[[int(v) for v in counts[row, language]] for row in rows] for language in (0,)]
            assert sums[draw, 0].tolist() == [sum(row[place] for row in slow[0]) for place in range(3)]
        assert np.isnan(sums[:, 1, 2]).all()
        assert not np.isnan(sums[:, 1, :2]).any()

    def test_bounds_leave_out_as_many_on_either_side(self) -> None:
        values = np.concatenate([[7.0], np.random.default_rng(1).permutation(2000).astype(np.float64)])
        value, low, high = intervals(values)
        assert (value, low, high) == (7.0, 50.0, 1949.0)

    def test_without_draws_there_are_no_bounds(self) -> None:
        value, low, high = intervals(np.array([[3.0, 4.0]]))
        assert value.tolist() == [3.0, 4.0]
        assert np.isnan([low, high]).all()

    def test_the_interval_covers_the_truth_as_often_as_it_says(self) -> None:
        generator = np.random.default_rng(7)
        weights = draw_weights(60, 400, seed=11)
        hits = 0
        for _ in range(300):
            _, low, high = intervals(weights @ generator.normal(5.0, 2.0, 60) / 60)
            hits += low <= 5.0 <= high
        assert 0.90 <= hits / 300 <= 0.98

    def test_p_counts_the_rarer_side(self) -> None:
        ratios = np.concatenate([[1.1], np.full(1990, 1.1), np.full(9, 0.9)])
        assert two_sided_p(ratios) == pytest.approx(2 * 10 / 2000)
        assert two_sided_p(np.full(2000, 1.2)) == pytest.approx(2 / 2000)
        assert two_sided_p(np.full(2000, 1.0)) == 1
        assert np.isnan(two_sided_p(np.array([1.2])))

    def test_holm_by_hand(self) -> None:
        p = np.array([0.01, 0.04, np.nan, 0.03, 0.5])
        expected = [0.04, 0.09, math.nan, 0.09, 0.5]
        assert holm(p).tolist() == pytest.approx(expected, nan_ok=True)
        assert holm(np.array([0.6, 0.7])).tolist() == [1.0, 1.0]


class TestUsage:
    def test_even_use_of_eight_tokens_has_three_bits(self) -> None:
        even = usage(np.full(8, 5), vocab_size=64)
        assert (even.entropy, even.renyi_entropy) == (pytest.approx(3), pytest.approx(3))
        assert (even.renyi_efficiency, even.renyi_efficiency_of_used) == (pytest.approx(0.5), pytest.approx(1))
        assert (even.tokens_used, even.vocabulary_use) == (8, 0.125)
        assert (even.zipf_slope, even.zipf_deviation) == (pytest.approx(0), pytest.approx(0))

    def test_definitions(self) -> None:
        uses = usage(np.array([1, 6, 3]), vocab_size=16)
        shares = [0.6, 0.3, 0.1]
        assert uses.entropy == pytest.approx(-sum(p * math.log2(p) for p in shares))
        assert uses.renyi_entropy == pytest.approx(math.log2(sum(p**ALPHA for p in shares)) / (1 - ALPHA))

    def test_a_power_law_has_its_exponent_and_no_deviation(self) -> None:
        line = usage(np.array([2**20 // rank**2 for rank in (1, 2, 4, 8, 16)]) * 0 + 1, 16)
        assert line.zipf_slope == pytest.approx(0)
        ranks = np.arange(1, 200)
        fit = usage((10**12 / ranks).astype(np.int64), 256)
        assert fit.zipf_slope == pytest.approx(-1, abs=1e-6)
        assert fit.zipf_deviation == pytest.approx(0, abs=1e-6)

    def test_uses_by_place(self) -> None:
        assert uses_of_ranks(np.array([3, 9, 1, 4, 4, 2, 7])) == {1: 9, 2: 7, 5: 3, 7: 1}
        assert uses_of_ranks(np.arange(1, 1001)) == {
            place: 1001 - place for place in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
        }
        assert uses_of_ranks(np.array([6])) == {1: 6}
        assert uses_of_ranks(np.array([], dtype=np.int64)) == {}

    def test_nothing_used(self) -> None:
        nothing = usage(np.array([], dtype=np.int64), 10)
        assert (nothing.tokens_used, nothing.vocabulary_use) == (0, 0)
        assert math.isnan(nothing.entropy)
        assert math.isnan(usage(np.array([3]), 10).zipf_slope)
