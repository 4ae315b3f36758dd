"""Forecasts of plans: naive methods, the stock-flow model, the rolling-origin backtest, and control charts."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.methods import cohort, forecast
from analysis.methods.cohort import BANDS, History
from analysis.methods.forecast import NAIVE, Path, Trial
from analysis.models import send

SEN2_WILTSHIRE = np.array([[1992, 2342, 2733, 2982, 3349]], float)
"""Plans in January 2015 to 2019: DfE, SEN2 2022; January 2022 had 4,287."""

counts = st.lists(st.integers(0, 20_000), min_size=5, max_size=5).map(lambda x: np.array([x], float))


# ---- Naive methods -------------------------------------------------------------------------------


def test_the_line_and_its_error_are_those_of_statsmodels_and_miss_2022_by_a_little():
    x = sm.add_constant(np.arange(5))
    fitted = sm.OLS(SEN2_WILTSHIRE[0], x).fit().get_prediction(np.array([[1, 5], [1, 6], [1, 7]]))
    made = forecast.linear(SEN2_WILTSHIRE, 3)
    assert 100 * (made.expected[0, 2] / 4287 - 1) == pytest.approx(1.6, abs=0.05)
    assert made.expected[0] == pytest.approx(fitted.predicted_mean)
    assert made.error[0] == pytest.approx(np.hypot(fitted.se_obs, np.sqrt(fitted.predicted_mean)))


def test_drift_and_same_by_hand():
    drifted = forecast.drift(SEN2_WILTSHIRE, 2).expected[0]
    assert drifted == pytest.approx([3349 + 1357 / 4, 3349 + 2 * 1357 / 4])
    assert forecast.same_as_last(SEN2_WILTSHIRE, 3).expected[0].tolist() == [3349] * 3


@given(counts, st.integers(1, 5))
def test_naive_forecasts_are_counts_with_an_error_no_less_than_chance(history, horizon):
    for method in NAIVE.values():
        made = method(history, horizon)
        assert made.expected.shape == made.error.shape == (1, horizon)
        assert np.isfinite(made.expected).all()
        assert (made.expected >= 0).all()
        assert (made.error >= np.sqrt(np.maximum(made.expected, 1)) - 1e-9).all()


# ---- The stock-flow model ------------------------------------------------------------------------


def history_of(areas=1, years=12, growth=1.06, stock=2000.0, children=100_000.0):
    """A history whose plans follow from its joiners and a tenth that leaves, with ages published throughout."""
    rng = np.random.default_rng(4)
    share = np.array([0.05, 0.35, 0.35, 0.2, 0.05])
    total, joiners = np.zeros((areas, years)), np.zeros((areas, years))
    total[:, 0], joiners[:, 0] = stock, 0.15 * stock
    for year in range(1, years):
        joiners[:, year] = np.rint(0.15 * stock * growth**year * rng.uniform(0.95, 1.05, areas))
        total[:, year] = np.rint(0.9 * total[:, year - 1] + joiners[:, year])
    split = np.array([0.25, 0.45, 0.25, 0.04, 0.01])
    return History(
        total, total[..., None] * share, joiners, joiners[..., None] * split, np.full((areas, years), children)
    )


@pytest.fixture(scope="module")
def fitted():
    country = history_of(1, stock=300_000.0, children=12e6)
    return cohort.fit(history_of(3), country)


def test_nobody_is_lost_or_made(fitted):
    """Stock next year is stock, less those who leave, and those who join: movement between bands changes no total."""
    after = cohort.expected(fitted, 1)[:, 0]
    rate = fitted.joining * (1 + fitted.growth[:, 0])
    joined = (fitted.children - fitted.stock.sum(axis=1)) * rate
    left = (fitted.stock * fitted.leave).sum(axis=1)
    assert after.sum(axis=1) == pytest.approx(fitted.stock.sum(axis=1) + joined - left)


def test_without_joiners_and_leavers_the_number_stays_and_everybody_ages(fitted):
    still = fitted.scenario(joiners=0, leaving=0)
    ahead = cohort.expected(still, 30)
    assert ahead.sum(axis=2) == pytest.approx(np.repeat(fitted.stock.sum(axis=1)[:, None], 30, axis=1))
    assert (np.diff(ahead[:, :, -1], axis=1) > 0).all()
    assert ahead[:, -1, 0] == pytest.approx(0, abs=1e-3)


def test_simulated_years_agree_with_the_expected_ones(fitted):
    drawn = cohort.simulate(fitted, 4, 4000, np.random.default_rng(1))
    assert drawn.shape == (4000, 3, 4)
    assert drawn.mean(axis=0) == pytest.approx(cohort.expected(fitted, 4).sum(axis=2), rel=0.01)
    spread = drawn.std(axis=0)
    assert (np.diff(spread, axis=1) > 0).all()
    assert (drawn == cohort.simulate(fitted, 4, 4000, np.random.default_rng(1))).all()


def test_ages_that_are_not_published_are_moved_on_and_meet_the_total():
    hidden = history_of()
    hidden.bands[0, -1] = np.nan
    model = cohort.fit(hidden, history_of())
    assert model.stock.sum() == pytest.approx(hidden.total[0, -1])
    assert (model.stock > 0).all()
    assert len(BANDS) == model.stock.shape[1]


# ---- The backtest --------------------------------------------------------------------------------


def test_a_forecast_knows_nothing_of_what_came_after():
    years, country = np.arange(2010, 2022), history_of(1, stock=300_000.0, children=12e6)
    plain, other = history_of(2), history_of(2)
    for part in (other.total, other.joiners, other.children):
        part[:, 8:] = part[:, 8:] * 3 + 7
    other.bands[:, 8:] *= 2
    before, after = (send.trials(years, h, country, 1, draws=50) for h in (plain, other))
    known = before["drift"].origins <= 2017
    assert known.sum() == 4
    for name in send.METHODS:
        assert np.array_equal(before[name].expected[known], after[name].expected[known], equal_nan=True), name
        assert np.array_equal(before[name].spread[known], after[name].spread[known], equal_nan=True), name
        assert not np.array_equal(before[name].expected[~known], after[name].expected[~known], equal_nan=True)


def trial_of(origins=14, areas=60, horizons=3, wide=1.0, seed=3):
    """Forecasts of a count of 1,000 with normal errors of 100, whose method claims a spread of 100 × wide."""
    rng = np.random.default_rng(seed)
    shape = (origins, areas, horizons)
    expected, actual = np.full(shape, 1000.0), 1000 + 100 * rng.standard_normal(shape)
    years = np.arange(2000, 2000 + origins)
    late = years[:, None] + np.arange(1, horizons + 1) > years[-1] + 1
    return Trial(years, expected, np.full(shape, 100 * wide), np.where(late[:, None, :], np.nan, actual))


@pytest.mark.parametrize("wide", [0.3, 1.0, 4.0])
def test_intervals_hold_what_they_say_however_wrong_the_claimed_spread(wide):
    trial = trial_of(wide=wide)
    sides = forecast.sides(trial, 0.95)
    assert [np.nanmean(sides == side) for side in (-1, 1)] == pytest.approx([0.025 * 33 / 42] * 2, abs=0.012)
    assert np.isnan(sides[0]).all(), "no error was known to the first forecast"
    low, high = forecast.factors(trial, 2014, 0.95)
    assert high == pytest.approx(np.full(3, stats.norm.ppf(0.975) / wide), rel=0.25)
    assert low == pytest.approx(-high, rel=0.4)


def test_forecasts_that_are_all_too_low_have_an_upper_limit_alone_and_no_limit_comes_nearer_with_time():
    trial = trial_of()
    low = trial._replace(expected=trial.expected - 500)
    (below, above), known = forecast.factors(low, 2014, 0.95), low.scores[-3:, :, 0]
    assert (below == 0).all()
    assert above[0] == pytest.approx(np.quantile(known, 0.975))
    for factors in (forecast.factors(trial, 2014, 0.8), forecast.factors(low, 2012, 0.95)):
        assert (np.diff(factors[0]) <= 0).all()
        assert (np.diff(factors[1]) >= 0).all()


def test_an_outcome_does_not_set_its_own_interval():
    trial = trial_of()
    trial.actual[-1] = 1e9
    changed = forecast.sides(trial, 0.95)
    assert (changed[-1, :, 0] == 1).all()
    assert np.array_equal(forecast.sides(trial_of(), 0.95)[:-1], changed[:-1], equal_nan=True)


def test_a_lead_is_the_mean_over_origins_with_its_standard_error():
    actual, ones = np.full((3, 2, 2), 100.0), np.ones((3, 2, 2))
    one = Trial(np.arange(3), actual + 1, ones, actual)
    other = Trial(np.arange(3), actual + np.array([2, 3, 7])[:, None, None], ones, actual)
    other.expected[2, 1, 1] = np.nan
    assert forecast.lead(one, other, 2) == pytest.approx((0.03, np.std([1, 2, 6], ddof=1) / 100 / np.sqrt(3)))
    assert np.isnan(forecast.lead(one._replace(actual=actual * np.nan), other, 1)).all()


@given(st.lists(st.booleans(), min_size=12, max_size=12), st.lists(st.booleans(), min_size=12, max_size=12))
def test_trials_are_compared_over_the_forecasts_that_all_of_them_made(one, other):
    base = trial_of(origins=3, areas=2, horizons=2)
    gone = [np.array(x).reshape(3, 2, 2) for x in (one, other)]
    tried = {n: base._replace(expected=np.where(g, np.nan, base.expected)) for n, g in zip("ab", gone, strict=True)}
    made = forecast.shared(tried)
    there = np.isfinite(made["a"].relative)
    assert np.array_equal(there, np.isfinite(made["b"].relative))
    assert np.array_equal(there, np.isfinite(base.relative) & ~gone[0] & ~gone[1])
    assert np.array_equal(forecast.accuracy(made["a"]), forecast.accuracy(made["b"]), equal_nan=True)


def test_the_best_so_far_uses_errors_known_by_then():
    years, actual = np.arange(2000, 2004), np.full((4, 1, 1), 100.0)
    good_first, good_last = (np.array(x, float).reshape(4, 1, 1) for x in ([100, 150, 101, 102], [120, 104, 105, 106]))
    spread = np.ones((4, 1, 1))
    tried = {"a": Trial(years, good_first, spread, actual), "b": Trial(years, good_last, 2 * spread, actual)}
    made = forecast.best_so_far(tried, 1)
    assert np.array_equal(made.expected.ravel(), [np.nan, 150, 105, 106], equal_nan=True)
    assert np.array_equal(made.spread.ravel(), [np.nan, 1, 2, 2], equal_nan=True)


def test_factors_of_normal_errors_lie_between_those_of_the_levels_known():
    levels = [0.5, 0.8, 0.95]
    known = [1.3 * stats.norm.ppf(0.5 + level / 2) for level in levels]  # errors 1.3 times as wide as claimed
    for level in (0.5, 0.6, 0.8, 0.9, 0.95):
        assert forecast.between(level, levels, known) == pytest.approx(1.3 * stats.norm.ppf(0.5 + level / 2))
    assert forecast.between(0.8, levels, [0.529979, 1.00405, 2.01157]) == 1.00405  # at a level, its own
    for level in (0.49, 0.96):
        with pytest.raises(ValueError, match=r"^between: expected a level from 0\.5 to 0\.95; got 0\."):
            forecast.between(level, levels, known)


def test_what_is_added_to_a_spread_grows_as_the_square_root_of_the_years():
    grown = forecast.spread(Path(np.full((1, 4), 1000.0), np.zeros((1, 4))))
    assert grown[0] == pytest.approx(50 * np.sqrt([1, 2, 3, 4]))
