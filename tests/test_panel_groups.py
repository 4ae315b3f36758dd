"""What a within-between model says of one group: against statsmodels, Henderson's equations, refits and the truth."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.methods import panel as panel_groups
from analysis.methods.panel import (
    Term,
    fixed_effects,
    of_each,
    of_group,
    refit_without,
    within_between,
    without_each,
)
from test_panel import made_up, prepared


@pytest.fixture(scope="module")
def made():
    """A panel with slopes that differ, made ready."""
    return prepared(made_up(11, groups=40, slope=1.0), Term("x", (0, 1), slope=True))


@pytest.fixture(scope="module")
def fit(made):
    return within_between(made)


def test_own_effects_are_those_of_statsmodels(made, fit):
    from statsmodels.regression.mixed_linear_model import MixedLM

    own = made.fixed[["intercept", *made.slopes]].to_numpy()
    theirs = MixedLM(made.outcome.to_numpy(), made.fixed.to_numpy(), made.group.to_numpy(), own).fit(method="lbfgs")
    for group in (0, 17, 39):
        mine = of_group(made, fit, group).effects.to_numpy()
        assert mine == pytest.approx(theirs.random_effects[group].to_numpy(), abs=2e-3)  # its search ends early


def test_errors_are_those_of_hendersons_equations(made, fit):
    """The inverse of the whole system of all groups, as Henderson writes it, has the joint error as one block."""
    x, groups = made.fixed.to_numpy(), sorted(made.group.unique())
    own = made.fixed[fit.spread.columns].to_numpy()
    z = np.zeros((len(x), 3 * len(groups)))
    for row, group in enumerate(made.group):
        place = 3 * groups.index(group)
        z[row, place : place + 3] = own[row]
    prior = np.kron(np.eye(len(groups)), np.linalg.inv(fit.spread.to_numpy()))
    both = np.hstack([x, z])
    system = both.T @ both / fit.noise
    system[x.shape[1] :, x.shape[1] :] += prior
    whole = np.linalg.inv(system)
    # The common coefficients' covariance is of the curvature, some percent wider than Henderson's.
    names = fit.coefficients.index
    common = pd.DataFrame(whole[: x.shape[1], : x.shape[1]], index=names, columns=names)
    fit = replace(fit, covariance=common)
    for group in (0, 23):
        at = [*range(x.shape[1]), *(x.shape[1] + 3 * groups.index(group) + n for n in range(3))]
        mine = of_group(made, fit, group).joint.to_numpy()
        assert mine == pytest.approx(whole[np.ix_(at, at)], rel=1e-6, abs=1e-9)


def test_without_a_group_one_step_is_near_an_exact_refit(made, fit):
    names = ["x within", "x within, lag 1"]
    steps, whole = without_each(made, fit, names), fit.estimate(*names).value
    furthest = (steps - whole).abs().sort_values(ascending=False).index[:3]
    for group in furthest:
        exact = refit_without(made, group)
        assert exact.groups == fit.groups - 1
        moved = exact.estimate(*names).value - whole
        assert abs(steps[group] - whole - moved) < 0.25 * abs(moved) + 0.02


def test_a_group_with_a_wild_slope_is_the_one_that_moves_the_result_most():
    panel = made_up(12, groups=30)
    wild = panel["area"] == 7
    panel.loc[wild, "y"] += 25 * (panel["x"] - panel.loc[wild, "x"].mean())[wild]
    made = prepared(panel, Term("x", slope=True))
    fit = within_between(made)
    steps = without_each(made, fit, ["x within"])
    assert (steps - fit.estimate("x within").value).abs().idxmax() == 7
    assert of_each(made, fit, ["x within"])["value"][7] > 20


def test_own_errors_are_those_of_the_joint_covariance_where_rows_are_independent_and_alike(made, fit, monkeypatch):
    names = ["x within", "x within, lag 1"]
    which = [*names, *(f"own {name}" for name in names)]
    monkeypatch.setattr(panel_groups, "_apart", lambda left, longest: 1e9 * (np.arange(longest) == 0))
    table = of_each(made, fit, names)
    for group in (0, 17, 39):
        found = of_group(made, fit, group)
        assert table["value"][group] == pytest.approx(fit.coefficients[names].sum() + found.effects[names].sum())
        error = np.sqrt(found.joint.loc[which, which].to_numpy().sum())
        assert table["standard_error"][group] == pytest.approx(error, rel=1e-9)


@pytest.mark.parametrize("together", [0.0, 0.8])
def test_a_groups_own_slope_is_covered_at_the_nominal_rate(together):
    """Also where years hang together, x wanders, and groups are more or less steady."""
    hits = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        x = np.cumsum(rng.normal(0, 1, (60, 10)), axis=1)
        noise = rng.normal(0, 1, (60, 10))
        for year in range(1, 10):
            noise[:, year] = together * noise[:, year - 1] + np.sqrt(1 - together**2) * noise[:, year]
        noise *= np.exp(rng.normal(0, 0.5 * (together > 0), (60, 1)))
        truth = rng.normal(-0.3, 0.3, 60)
        y = rng.normal(0, 2, (60, 1)) + truth[:, None] * (x - x.mean(axis=1, keepdims=True)) + noise
        where = {"area": np.repeat(np.arange(60), 10), "year": np.tile(np.arange(10), 60)}
        made = prepared(pd.DataFrame(where | {"x": x.ravel(), "y": y.ravel()}), Term("x", slope=True))
        table = of_each(made, within_between(made), ["x within"])
        hits.append((table["value"] - truth).abs() < 1.645 * table["standard_error"])
    assert 0.85 <= np.mean(hits) <= 0.96


def test_yearly_values_lie_in_their_range_at_the_nominal_rate(made, fit):
    inside = []
    for group in sorted(made.group.unique()):
        found = of_group(made, fit, group)
        inside += list((found.actual - found.fitted).abs() < 1.645 * found.error)
    assert np.mean(inside) >= 0.88, "fitted values are drawn to the data, so more than nine in ten"


def test_without_slopes_a_groups_association_is_the_common_one():
    made = prepared(made_up(13), Term("x"))
    fit = within_between(made)
    assert list(of_each(made, fit, ["x within"]).loc[3]) == pytest.approx(list(fit.estimate("x within")), rel=1e-9)


def test_what_cannot_be_said_is_refused(made, fit):
    with pytest.raises(KeyError, match="no group 'nobody'"):
        of_group(made, fit, "nobody")
    with pytest.raises(KeyError):
        of_each(made, fit, ["z"])
    failed = within_between(prepared(made_up(9, groups=12).assign(x=1.0)))
    plain = fixed_effects(made)
    for bad in (failed, plain):
        with pytest.raises(ValueError, match="mixed model that converged"):
            of_group(made, bad, 1)
        with pytest.raises(ValueError, match="mixed model that converged"):
            without_each(made, bad, ["x within"])
        with pytest.raises(ValueError, match="mixed model that converged"):
            of_each(made, bad, ["x within"])
