"""Limits of a funnel and of a p-chart: known answers, properties, coverage in simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.methods import funnel

TARGET = st.floats(0.02, 0.98)


def test_exact_limits_hold_their_tails_where_chance_is_continuous():
    lower, upper = funnel.exact(np.array([12603.0]), 0.062, 0.95)
    assert (lower[0], upper[0]) == pytest.approx(tuple(stats.binom.ppf([0.025, 0.975], 12603, 0.062) / 12603), abs=1e-4)


@settings(max_examples=60)
@given(st.integers(1, 50_000), TARGET, st.floats(0.5, 0.998))
def test_exact_limits_lie_within_a_case_of_the_binomial_quantiles(size, target, confidence):
    lower, upper = (float(end[0]) for end in funnel.exact(np.array([size]), target, confidence))
    quantiles = [stats.binom.ppf(tail, size, target) / size for tail in (0.5 - confidence / 2, 0.5 + confidence / 2)]
    assert (lower, upper) == pytest.approx(quantiles, abs=1.001 / size)
    assert 0 <= lower <= target + 1 / size
    assert target - 1 / size <= upper <= 1


@settings(max_examples=40)
@given(st.integers(100, 10_000), TARGET)
def test_limits_narrow_with_size_and_widen_with_spread(size, target):
    near, far = (np.diff(funnel.widened(np.array([n]), target, 0.95, 0.0), axis=0)[0, 0] for n in (size, 4 * size))
    wide = np.diff(funnel.widened(np.array([size]), target, 0.95, 0.01), axis=0)[0, 0]
    assert far <= near <= wide


def test_limits_at_their_limits():
    sizes = np.array([1, 10, 10**6])
    for share in (0.0, 1.0):
        for ends in (funnel.exact(sizes, share, 0.998), funnel.widened(sizes, share, 0.95, 0)):
            assert all((end == share).all() for end in ends)
    wide = funnel.widened(sizes, 0.5, 0.95, 0.1)
    assert (wide[1] - wide[0])[-1] == pytest.approx(2 * 1.959964 * 0.1, rel=0.001)


def test_limits_of_chance_cover_chance():
    draws = np.random.default_rng(7).binomial(800, 0.056, 20_000) / 800
    lower, upper = funnel.exact(np.array([800]), 0.056, 0.95)
    assert np.mean((draws >= lower) & (draws <= upper)) == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("between", [0.0, 0.004, 0.016])
def test_spread_finds_what_it_was_made_with(between):
    rng = np.random.default_rng(3)
    sizes = rng.uniform(3000, 30_000, 150)
    found = []
    for _ in range(60):
        true = np.clip(0.056 + between * rng.standard_normal(150), 0.001, 1)
        found.append(funnel.spread(rng.binomial(sizes.astype(int), true) / sizes, sizes, 0.056))
    middle = np.median([one.between for one in found])
    assert middle == pytest.approx(between, rel=0.06, abs=0.0006)
    if not between:
        assert np.median([one.dispersion for one in found]) == pytest.approx(1, abs=0.08)


def test_chance_is_blamed_as_often_as_said_and_a_spread_is_seen_among_eleven_areas():
    rng, sizes = np.random.default_rng(2), np.full(11, 500)
    even = [funnel.spread(rng.binomial(500, 0.4, 11) / 500, sizes, 0.4).by_chance for _ in range(1000)]
    assert np.mean(np.array(even) < 0.05) == pytest.approx(0.05, abs=0.02)
    uneven = funnel.spread(rng.binomial(500, rng.beta(8, 12, 11)) / 500, sizes, 0.4)
    assert uneven.by_chance < 1e-6
    assert uneven.dispersion > 5


def test_limits_with_spread_cover_areas_that_differ():
    rng = np.random.default_rng(5)
    sizes = rng.uniform(3000, 30_000, 4000)
    shares = rng.binomial(sizes.astype(int), np.clip(0.056 + 0.01 * rng.standard_normal(4000), 0, 1)) / sizes
    usual = funnel.about(0.056, funnel.spread(shares, sizes, 0.056).between)
    held = [place == "within" for place in funnel.places(shares, *usual(sizes, 0.95))]
    assert np.mean(held) == pytest.approx(0.95, abs=0.015)


def test_places_and_percent():
    assert funnel.places([0.1, 0.2, 0.4, 0.5, 0.6], np.full(5, 0.2), np.full(5, 0.5)) == [
        "below", "within", "within", "within", "above",
    ]  # fmt: skip
    sizes, chance = np.array([40, 900]), funnel.about(0.3)
    for percent, share in zip(funnel.in_percent(chance)(sizes, 0.95), funnel.exact(sizes, 0.3, 0.95), strict=True):
        assert percent == pytest.approx(100 * share)


def test_size_to_tell_is_where_the_normal_limit_meets_the_share():
    size = funnel.size_to_tell(0.063, 0.062, 0.95)
    assert funnel.widened(np.array([size]), 0.062, 0.95, 0.0)[1][0] == pytest.approx(0.063)
    assert funnel.size_to_tell(0.05, 0.05, 0.95) == math.inf


def test_the_centre_of_a_p_chart_is_the_share_of_all_periods_together():
    assert funnel.pooled(np.array([1, 2]), np.array([10, 90])) == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("call", "arguments"),
    [
        (funnel.exact, (np.array([0]), 0.1, 0.95)),
        (funnel.exact, (np.array([math.nan]), 0.5, 0.9)),
        (funnel.exact, (np.array([10]), 1.5, 0.95)),
        (funnel.exact, (np.array([10]), 0.5, 1.0)),
        (funnel.widened, (np.array([10]), 0.5, 0.95, -1)),
        (funnel.spread, ([0.1], [10], 0.1)),
        (funnel.spread, ([0.1, 0.2], [10, 10], 0.0)),
        (funnel.pooled, (np.array([3]), np.array([2]))),
        (funnel.pooled, (np.array([]), np.array([]))),
    ],
)
def test_what_is_out_of_range_is_refused(call, arguments):
    with pytest.raises(ValueError, match="expected"):
        call(*arguments)
