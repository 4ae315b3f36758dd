"""Limits of a funnel and of a p-chart: known answers, properties, coverage in simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from analysis.methods import funnel

TARGET = st.floats(0.02, 0.98)


@settings(max_examples=60)
@given(st.integers(1, 50_000), TARGET, st.floats(0.5, 0.998))
def test_exact_limits_lie_within_a_case_of_the_binomial_quantiles(size, target, confidence):
    lower, upper = (float(end[0]) for end in funnel.exact(np.array([size]), target, confidence))
    quantiles = [stats.binom.ppf(tail, size, target) / size for tail in (0.5 - confidence / 2, 0.5 + confidence / 2)]
    assert (lower, upper) == pytest.approx(quantiles, abs=1.001 / size)
    assert 0 <= lower <= target + 1 / size
    assert target - 1 / size <= upper <= 1


PHE = [  # of primary care trusts: numerator, denominator, and beyond which limits each lies about 80.642448%
    (24803.6, 31824, "below", "below"), (50050.7, 61921, "within", "within"), (26789.2, 33012, "above", "within"),
    (30277.5, 37828, "below", "within"), (36850.0, 45449, "above", "within"), (35795.6, 45449, "below", "below"),
    (29301.6, 33415, "above", "above"),
]  # fmt: skip


def test_limits_of_proportions_are_those_that_public_health_england_published():
    """PHEindicatormethods, test data of funnels: its limits are the normal form of what is exact here."""
    events, sizes, *expected = zip(*PHE, strict=True)
    for confidence, places in zip((0.95, 0.998), expected, strict=True):
        limits = funnel.exact(np.array(sizes), 0.80642448, confidence)
        assert tuple(funnel.places(np.divide(events, sizes), *limits)) == places
    known = {1242: (78.445123, 82.839773), 13669: (79.980099, 81.304797), 110_000: (80.408963, 80.875933)}
    for size, limits in known.items():
        found = funnel.exact(np.array([size]), 0.80642448, 0.95)
        assert [100 * end[0] for end in found] == pytest.approx(limits, abs=100 / size), "within a case"


@settings(max_examples=40)
@given(st.integers(1, 10_000), TARGET, st.floats(0, 2))
def test_usual_limits_stay_within_0_and_1_narrow_with_size_and_hold_those_of_chance(size, centre, between):
    (low, far_low), (high, far_high) = funnel.Usual(centre, between, 1.0).limits(np.array([size, 16 * size]), 0.95)
    chance = funnel.exact(np.array([size]), centre, 0.95)
    assert 0 <= low <= chance[0][0]
    assert chance[1][0] <= high <= 1
    assert far_high - far_low <= high - low + 1e-9
    wider = funnel.Usual(centre, between + 0.1, 1.0).limits(np.array([size]), 0.95)
    assert wider[0][0] <= low <= high <= wider[1][0]
    assert low > 0 or stats.binom.pmf(0, size, centre) > 0.02, "no limit is cut off at nought where some are expected"


def test_the_usual_solves_the_equation_of_paule_and_mandel():
    """The weighted squares about the weighted mean are as many as areas less one."""
    events, sizes = np.array([2, 12, 4, 9, 31, 0]), np.array([43, 111, 47, 35, 99, 61])
    found = funnel.usual(events / sizes, sizes)
    odds = np.log((events + 0.5) / (sizes - events + 0.5))
    weights = 1 / (1 / (events + 0.5) + 1 / (sizes - events + 0.5) + found.between**2)
    assert special.logit(found.centre) == pytest.approx((weights * odds).sum() / weights.sum(), rel=1e-5)
    assert (weights * (odds - special.logit(found.centre)) ** 2).sum() == pytest.approx(5, rel=1e-3)


def test_usual_limits_cover_areas_that_differ_some_without_a_case():
    rng = np.random.default_rng(5)
    sizes = rng.integers(30, 30_000, 4000)
    true = special.expit(special.logit(0.056) + 0.5 * rng.standard_normal(4000))
    shares = rng.binomial(sizes, true) / sizes
    held = [place == "within" for place in funnel.places(shares, *funnel.usual(shares, sizes).limits(sizes, 0.95))]
    assert (shares == 0).any()
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
    assert 0.062 + 1.959964 * math.sqrt(0.062 * 0.938 / size) == pytest.approx(0.063)
    assert funnel.size_to_tell(0.05, 0.05, 0.95) == math.inf
