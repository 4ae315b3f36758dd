"""How children in poverty are spread over wards: known answers, limits, and simulations held against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.methods.concentration import fewest, held, if_alike, underlying, worst


def rng(seed=1):
    return np.random.default_rng(seed)


UNITS = st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1)), min_size=1, max_size=60).map(
    lambda pairs: (np.array([round(n * p) for n, p in pairs]), np.array([n for n, _ in pairs]))
)


def test_known_answers():
    events, population = np.array([10, 30, 10]), np.array([100, 100, 200])
    assert worst(events, population) == (1, 0.6, 0.25)
    events, population = np.tile(events, 5), np.tile(population, 5)
    assert worst(events, population) == pytest.approx((2, 60 / 250, 200 / 2000)), "1.5 units are two"
    assert (fewest(np.array([10, 30, 10])), fewest(np.array([10, 20, 10])), fewest(np.array([9, 20, 12]))) == (1, 1, 2)


def test_what_is_held_is_what_the_functions_say_and_nothing_of_fewer_than_four():
    events, population = np.array([10, 30, 10, 5]), np.array([100, 100, 200, 90])
    found, draws = held(events, population, 3, 0.9), rng(3)
    assert found[:3] == worst(events, population)
    share, limits = underlying(events, population, draws, 0.9)
    assert (found.underlying, found.lower, found.upper) == (share, *limits)
    assert (found.alike, found.half) == (if_alike(events, population, draws), 1)
    assert np.isnan(held(events[:3], population[:3], 3, 0.9)).all()


@settings(max_examples=20)
@given(UNITS, st.integers(0, 1000))
def test_draws_stay_shares_and_repeat_with_their_seed(units, seed):
    events, population = units
    if not events.sum():
        return
    one, other = (underlying(events, population, rng(seed), 0.95, draws=200) for _ in range(2))
    assert one == other
    assert 0 <= one.interval.lower <= one.value <= one.interval.upper <= 1


def test_if_alike_is_the_mean_of_the_highest_of_normal_draws():
    """20 alike wards of 1,000 at 20%: the two highest of 20 normal rates lie about 1.638 standard deviations up."""
    expected = 0.1 * (1 + 1.638 * np.sqrt(0.2 * 0.8 / 1000) / 0.2)
    assert if_alike(np.full(20, 200), np.full(20, 1000), rng()) == pytest.approx(expected, rel=0.01)


def test_intervals_cover_the_share_that_truly_is_in_the_worst_tenth():
    hits, simulations = 0, 200
    for seed in range(simulations):
        draw = rng(seed)
        population = draw.integers(300, 2000, 60)
        rates = draw.beta(8, 32, 60)
        first = np.argsort(-rates)[:6]
        truth = (rates * population)[first].sum() / (rates * population).sum()
        found = underlying(draw.binomial(population, rates), population, draw, 0.95, draws=600)
        hits += found.interval.contains(truth)
    assert 0.90 <= hits / simulations <= 0.99
