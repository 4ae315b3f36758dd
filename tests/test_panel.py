"""Within-between models: known truth, agreement with closed forms, limits, failures, and the published check."""

from __future__ import annotations

import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.regression.mixed_linear_model import MixedLM, MixedLMParams

from analysis.methods import panel as reml
from analysis.methods.panel import EDGE, Term, design, fixed_effects, within_between

OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")


def made_up(seed, groups=40, years=8, within=2.0, lagged=0.0, between=5.0, noise=1.0, slope=0.0, clustered=0.0):
    """A panel whose truth is known: the outcome of a group depends on its mean and on its distance from it."""
    rng = np.random.default_rng(seed)
    level = rng.normal(10, 3, (groups, 1))
    x = level + rng.normal(0, 1, (groups, years))
    own = x - x.mean(axis=1, keepdims=True)
    before = np.concatenate([np.zeros((groups, 1)), own[:, :-1]], axis=1)
    slopes = within + slope * rng.normal(0, 1, (groups, 1))
    error = noise * rng.normal(0, 1, (groups, years)) + clustered * own * rng.normal(0, 1, (groups, 1))
    y = 3 + slopes * own + lagged * before + between * x.mean(axis=1, keepdims=True) + error
    y = y + rng.normal(0, 2, (groups, 1))
    where = {"area": np.repeat(np.arange(groups), years), "year": np.tile(np.arange(2010, 2010 + years), groups)}
    return pd.DataFrame(where | {"x": x.ravel(), "y": y.ravel(), "z": rng.normal(0, 1, groups * years)})


def prepared(panel, *terms, **more):
    return design(panel, "y", "area", "year", terms or [Term("x")], **more)


def test_known_truth_is_found():
    panel = made_up(1, groups=120, within=2.0, lagged=1.5, between=5.0, slope=0.5)
    fit = within_between(prepared(panel, Term("x", (0, 1), slope=True), covariates=["z"]))
    assert (fit.converged, fit.groups, fit.observations) == (True, 120, 120 * 7)
    for name, truth in (("x within", 2.0), ("x within, lag 1", 1.5), ("x mean", 5.0), ("z", 0.0)):
        found = fit.estimate(name)
        assert abs(found.value - truth) < 3.5 * found.standard_error, name
    both = fit.estimate("x within", "x within, lag 1")
    assert abs(both.value - 3.5) < 3.5 * both.standard_error


def test_the_sum_has_the_standard_error_of_a_model_written_in_the_sum():
    """y = a·x0 + b·x1 = (a + b)·x0 + b·(x1 − x0): the coefficient of x0 there is the sum, with its own error."""
    fit = within_between(prepared(made_up(2), Term("x", (0, 1))))
    made = prepared(made_up(2), Term("x", (0, 1)))
    again = made.fixed.assign(**{"x within, lag 1": made.fixed["x within, lag 1"] - made.fixed["x within"]})
    other = within_between(type(made)(made.outcome, again, made.group, []))
    assert fit.estimate("x within", "x within, lag 1") == pytest.approx(other.estimate("x within"), rel=1e-4)


def test_in_a_balanced_panel_the_within_part_is_the_fixed_effects_estimate():
    panel = made_up(3)
    own = panel["x"] - panel.groupby("area")["x"].transform("mean")
    theirs = panel["y"] - panel.groupby("area")["y"].transform("mean")
    closed_form = float((own * theirs).sum() / (own**2).sum())
    made = prepared(panel)
    assert within_between(made).estimate("x within").value == pytest.approx(closed_form, rel=1e-6)
    assert fixed_effects(made).estimate("x within").value == pytest.approx(closed_form, rel=1e-9)
    assert list(fixed_effects(made).coefficients.index) == ["x within"], "a mean does not vary within a group"


def holds(estimate, truth, z=1.645):
    """Whether the normal interval of an estimate holds a value."""
    return abs(estimate.value - truth) < z * estimate.standard_error


@pytest.mark.parametrize("control", ["linear", "year effects"])
def test_a_trend_that_all_share_is_taken_out(control):
    panel = made_up(4, within=0.0)
    trend = 3.0 * (panel["year"] - 2010)
    panel = panel.assign(x=panel["x"] + trend, y=panel["y"] + 2 * trend)
    without = within_between(prepared(panel)).estimate("x within")
    found = within_between(prepared(panel, time_control=control)).estimate("x within")
    assert without.value - 1.96 * without.standard_error > 1
    assert holds(found, 0, 3.29)


def test_intervals_cover_at_their_nominal_rate():
    mixed, clustered = [], []
    for seed in range(40):
        made = prepared(made_up(seed, groups=20, years=4))
        mixed.append(holds(within_between(made).estimate("x within"), 2.0))
    for seed in range(120):
        made = prepared(made_up(seed + 1000, groups=60, years=6, clustered=1.0))
        clustered.append(holds(fixed_effects(made).estimate("x within"), 2.0))
    assert 0.78 <= np.mean(mixed) <= 0.98
    assert 0.83 <= np.mean(clustered) <= 0.96


# ---- the search ---------------------------------------------------------------------------------------------------


def theirs(made):
    """The same model in statsmodels."""
    own = made.fixed[["intercept", *made.slopes]].to_numpy()
    return MixedLM(made.outcome.to_numpy(), made.fixed.to_numpy(), made.group.to_numpy(), own)


def likelihood(made, spread, noise):
    """The restricted log likelihood, of the covariance of all rows written out (Harville 1977, his equation 2.2)."""
    x, y = made.fixed.to_numpy(), made.outcome.to_numpy()
    own = made.fixed[["intercept", *made.slopes]].to_numpy()
    same = made.group.to_numpy()[:, None] == made.group.to_numpy()[None]
    variance = own @ np.asarray(spread) @ own.T * same + noise * np.eye(len(y))
    inverse = np.linalg.inv(variance)
    weight = x.T @ inverse @ x
    left = y - x @ np.linalg.solve(weight, x.T @ inverse @ y)
    logs = np.linalg.slogdet(variance)[1] + np.linalg.slogdet(weight)[1]
    return -(logs + left @ inverse @ left + (len(y) - x.shape[1]) * math.log(2 * math.pi)) / 2


@pytest.mark.filterwarnings("ignore::statsmodels.tools.sm_exceptions.ConvergenceWarning", "ignore:Maximum Likelihood")
@pytest.mark.filterwarnings("ignore:MixedLM", "ignore:Gradient", "ignore:.*boundary", "ignore:.*singular")
@pytest.mark.parametrize(("slope", "lags"), [(0.0, (0,)), (0.7, (0,)), (0.7, (0, 1))])
def test_no_other_search_finds_a_higher_likelihood(slope, lags):
    """With two lags the top is at the edge, where statsmodels' searches stop short."""
    made = prepared(made_up(14, slope=slope), Term("x", lags, slope=slope > 0), time_control="year effects")
    fit = within_between(made)
    ours = likelihood(made, fit.spread, fit.noise)
    for method in ("lbfgs", "bfgs", "powell"):
        other = theirs(made).fit(method=method)
        assert likelihood(made, other.cov_re, other.scale) == pytest.approx(other.llf, abs=1e-4)
        assert other.llf <= ours + 1e-8, method
    assert other.llf == pytest.approx(ours, abs=1e-3)
    assert (EDGE in fit.messages) == (len(lags) == 2)


@pytest.mark.parametrize("slope", [True, False])
def test_standard_errors_are_those_of_statsmodels_at_the_same_place(slope):
    made = prepared(made_up(14, slope=0.7), Term("x", slope=slope), time_control="year effects")
    fit, model, size = within_between(made), theirs(made), made.fixed.shape[1]
    model.cov_pen = model.fe_pen = None
    at = MixedLMParams.from_components(fit.coefficients.to_numpy(), cov_re=fit.spread.to_numpy() / fit.noise)
    score = np.concatenate(model.score_full(at, calc_fe=True))
    assert score == pytest.approx(np.zeros(len(score)), abs=1e-6), "a top by their slope too"
    covariance = np.linalg.inv(-model.hessian(at)[0])[:size, :size]
    assert fit.covariance.to_numpy() == pytest.approx(covariance, rel=1e-6, abs=1e-9)


def test_slopes_that_vary_with_the_levels_entirely_lie_at_the_edge_and_still_have_errors():
    rng, panel = np.random.default_rng(15), made_up(15, within=0.0)
    draw = 5 * rng.normal(0, 1, 40)[panel["area"]]
    panel["y"] += draw * (1 + panel["x"] - panel.groupby("area")["x"].transform("mean"))
    panel["y"] -= panel.groupby("area")["y"].transform("mean") - draw
    made = prepared(panel, Term("x", slope=True))
    fit = within_between(made)
    assert fit.messages == (EDGE,)
    ours = likelihood(made, fit.spread, fit.noise)
    for nudge in (np.diag([0.01, 0]), np.diag([0, 0.01])):
        assert likelihood(made, fit.spread + nudge, fit.noise) < ours
    assert 0.5 < fit.estimate("x within").standard_error < 1.5, "near 5 / √40, the slopes' own spread"


def test_a_variance_of_zero_is_no_failure_where_it_is_the_best():
    """Groups that differ less than chance would have them: least squares, by its own formula."""
    panel = made_up(16, groups=30, years=6)
    panel["y"] -= panel.groupby("area")["y"].transform("mean") - 5 * panel.groupby("area")["x"].transform("mean")
    made = prepared(panel)
    fit = within_between(made)
    x, y = made.fixed.to_numpy(), made.outcome.to_numpy()
    beta = np.linalg.solve(x.T @ x, x.T @ y)
    variance = ((y - x @ beta) ** 2).sum() / (len(y) - 3)
    assert fit.messages == (EDGE,)
    assert fit.coefficients.to_numpy() == pytest.approx(beta, rel=1e-9)
    assert fit.noise == pytest.approx(variance, rel=1e-9)
    assert fit.covariance.to_numpy() == pytest.approx(variance * np.linalg.inv(x.T @ x), rel=1e-9)


@settings(max_examples=20, deadline=None)
@given(scale=st.floats(1e-3, 1e3), outcome=st.floats(1e-3, 1e3), seed=st.integers(0, 5))
def test_units_and_the_order_of_rows_carry_over_to_the_last_digits(scale, outcome, seed):
    panel = made_up(seed, groups=15, years=6, slope=0.7)
    usual = within_between(prepared(panel, Term("x", slope=True)))
    mixed = panel.assign(x=panel["x"] * scale, y=panel["y"] * outcome).sample(frac=1, random_state=seed)
    found = within_between(prepared(mixed, Term("x", slope=True)))
    wanted = [part * outcome / scale for part in usual.estimate("x within")]
    assert list(found.estimate("x within")) == pytest.approx(wanted, rel=1e-8)
    assert found.messages == usual.messages


def test_a_search_that_ends_elsewhere_is_a_failure(monkeypatch):
    made = prepared(made_up(11, slope=1.0), Term("x", slope=True))
    plain = reml._Scaled.search
    monkeypatch.setattr(reml._Scaled, "search", lambda self, start: plain(self, start) + 0.1 * (start[0, 0] < 1))
    assert within_between(made).messages == ("two searches end in different places",)
    monkeypatch.undo()
    monkeypatch.setattr(reml._Scaled, "_step", lambda self, flat: 0.01 * self.at(flat)["slope"])
    monkeypatch.setattr("scipy.optimize.minimize", lambda value, start, **more: type("Found", (), {"x": start})())
    assert within_between(made).messages == ("the search did not end at a top",)


# ---- preparing a panel --------------------------------------------------------------------------------------------


def test_values_are_centred_before_they_are_lagged_and_before_rows_are_left_out():
    panel = pd.DataFrame({"area": ["a"] * 3 + ["b"] * 3, "year": [1, 2, 3] * 2})
    panel = panel.assign(x=[1.0, 2.0, 6.0, 0.0, 0.0, 3.0], y=[1.0, 2.0, 3.0, 4.0, 5.0, np.nan])
    made = prepared(panel, Term("x", (0, 1)))
    assert made.fixed["x mean"].tolist() == [3, 3, 1], "the mean is of all rows, also of those that are left out"
    assert made.fixed["x within"].tolist() == [-1, 3, -1]
    assert made.fixed["x within, lag 1"].tolist() == [-2, -1, -1]


def test_a_lag_does_not_reach_over_a_year_that_is_missing():
    panel = made_up(7, groups=5, years=4)
    gap = panel[panel["year"] != 2011]
    assert len(prepared(gap, Term("x", (0, 1))).outcome) == 5, "only 2013 has the year before it"
    assert len(prepared(gap, Term("x", (0, 1)), lag_by_row=True).outcome) == 10


def test_what_cannot_be_used_is_refused():
    panel = made_up(8, groups=3)
    with pytest.raises(ValueError, match="no column spend"):
        prepared(panel, Term("spend"))
    with pytest.raises(ValueError, match="each year once"):
        prepared(pd.concat([panel, panel[:2]]))
    with pytest.raises(ValueError, match="two groups or more"):
        prepared(panel[panel["area"] == 0])
    with pytest.raises(ValueError, match="two groups or more"):
        prepared(panel.assign(y=np.nan))
    with pytest.raises(ValueError, match="expected a time control"):
        prepared(panel, time_control="seasonal")
    with pytest.raises(KeyError, match="no coefficient"):
        fixed_effects(prepared(panel)).estimate("x mean")


def test_a_fit_that_fails_says_so_and_gives_no_number():
    panel = made_up(9, groups=12)
    twice = prepared(panel.assign(again=panel["x"]), Term("x"), Term("again"))
    still = prepared(panel.assign(x=1.0))
    for fit in (within_between(twice), fixed_effects(twice), within_between(still), fixed_effects(still)):
        assert not fit.converged
        assert fit.messages
        assert fit.coefficients.isna().all()
        assert np.isnan(fit.estimate("x within").value)


# ---- the published check ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def webb():
    """The panel of spending, with Isles of Scilly, Isle of Wight and City of London left out."""
    if not OFFICIAL:
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    panel = pd.read_csv(Path(OFFICIAL) / "spend/panel_2010_2022.csv", low_memory=False)
    panel = panel[~panel["la_name"].isin(["Isles of Scilly", "Isle of Wight", "City of London"])].copy()
    return panel.assign(spend=panel["gspend_noncla_nonsg_pc"] / 100, safeguarding=panel["gspend_saf_pc"] / 100)


def spending(panel, lag_by_row):
    terms = [Term("spend", (0, 1), slope=True), Term("safeguarding", (0, 1))]
    terms += [Term("at31_cpp_rate10000", (0, 1)), Term("at31_cin_ep_rate_10000", (0, 1))]
    where = ("at_31_cla_rate10000", "new_la_code", "time_period")
    return within_between(design(panel, *where, terms, ["imd19_idaci"], lag_by_row=lag_by_row))


def test_spending_and_children_looked_after_as_published(webb):
    """METHODS: −3.750 (standard error 0.595), N = 1,741, 148 authorities; the panel's repeated rows as they stand."""
    fit = spending(webb, lag_by_row=True)
    found = fit.estimate("spend within", "spend within, lag 1")
    assert (fit.converged, fit.observations, fit.groups) == (True, 1741, 148)
    assert found == pytest.approx((-3.750, 0.595), abs=0.0005)


def test_without_the_repeated_rows_of_the_panel_it_is_nearly_the_same(webb):
    assert webb.duplicated(["new_la_code", "time_period"]).sum() == 7
    fit = spending(webb.drop_duplicates(["new_la_code", "time_period"]), lag_by_row=False)
    found = fit.estimate("spend within", "spend within, lag 1")
    assert (fit.converged, fit.observations, fit.groups) == (True, 1734, 148)
    assert found == pytest.approx((-3.743, 0.595), abs=0.0005)
