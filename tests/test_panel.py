"""Panels: known truth and coverage, agreement with closed forms and other ways, known answers, the published check."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis.methods import panel as method
from analysis.methods.panel import Term, design, differences, fixed_effects, within_between, without, without_each


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


def test_in_a_balanced_panel_the_within_part_is_the_fixed_effects_estimate():
    panel = made_up(3)
    own = panel["x"] - panel.groupby("area")["x"].transform("mean")
    theirs = panel["y"] - panel.groupby("area")["y"].transform("mean")
    closed_form = float((own * theirs).sum() / (own**2).sum())
    made = prepared(panel)
    assert within_between(made).estimate("x within").value == pytest.approx(closed_form, rel=1e-5)
    assert fixed_effects(made).estimate("x within").value == pytest.approx(closed_form, rel=1e-9)
    assert list(fixed_effects(made).coefficients.index) == ["x within"], "a mean does not vary within a group"


def holds(estimate, truth, z=1.645):
    """Whether the normal interval of an estimate holds a value."""
    return abs(estimate.value - truth) < z * estimate.standard_error


def wandering(rng, groups, years, together):
    """Noise of variance one, of which each year keeps so much of the year before."""
    noise = rng.normal(0, 1, (groups, years))
    for year in range(1, years):
        noise[:, year] = together * noise[:, year - 1] + math.sqrt(1 - together**2) * noise[:, year]
    return noise


def test_clustered_intervals_cover_where_years_go_together_and_a_placebo_finds_nothing():
    """200 terms with an autocorrelation of 0.76 in what is left, as in the panel of spending: 95%, by chance 91.5."""
    covered, silent, plain = [], [], []
    names = [f"x{n}" for n in range(10)]  # ten in each panel, apart from each other: a tenth of the fits
    for seed in range(20):
        rng = np.random.default_rng(seed)
        terms = {name: wandering(rng, 50, 10, 0.76) for name in names}
        y = rng.normal(0, 2, (50, 1)) + rng.normal(0, 2, (1, 10)) - 1.3 * sum(terms.values())
        where = {"area": np.repeat(np.arange(50), 10), "year": np.tile(np.arange(10), 50)}
        where |= {name: x.ravel() for name, x in terms.items()} | {"y": (y + wandering(rng, 50, 10, 0.76)).ravel()}
        made = prepared(pd.DataFrame(where), *(Term(name, (0, -1)) for name in names))
        fit = fixed_effects(made, made.time)
        covered += [holds(fit.estimate(f"{name} within"), -1.3, 1.96) for name in names]
        silent += [holds(fit.estimate(f"{name} within, lead 1"), 0, 1.96) for name in names]
        if seed < 4:
            alone = replace(made, fixed=made.fixed[[f"{name} within" for name in names]])
            fit = fixed_effects(alone, made.time, errors="unadjusted")
            plain += [holds(fit.estimate(f"{name} within"), -1.3, 1.96) for name in names]
    assert 0.91 <= np.mean(covered) <= 0.985
    assert 0.91 <= np.mean(silent) <= 0.985
    assert np.mean(plain) < 0.9, "errors that take years as independent are too narrow"


# ---- one group left out -------------------------------------------------------------------------------------------

NAMES = ["x within", "x within, lag 1"]


def test_without_a_group_least_squares_are_those_of_a_refit():
    made = prepared(made_up(11), Term("x", (0, 1)), covariates=["z"])
    steps = without_each(made, NAMES)
    for group in (0, 17, 39):
        rest = without(made, group)
        assert steps[group] == pytest.approx(fixed_effects(rest, rest.time).estimate(*NAMES).value, rel=1e-8)


# ---- how sure -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["area", "half"])
def test_the_wild_bootstrap_is_that_of_models_fitted_anew_in_each_draw(by):
    """Written out: residuals without the link, one of Webb's weights a cluster, dummies, the sandwich's t."""
    panel = made_up(6, groups=8, years=5, within=0.3, lagged=0.2, noise=2.0).assign(half=lambda d: d["area"] // 2)
    made = prepared(panel, Term("x", (0, 1)), covariates=["z"])
    clusters = panel.loc[made.outcome.index, by]
    found = method.wild_p(made, NAMES, made.time, clusters, draws=60, seed=3)
    dummies = [pd.get_dummies(made.group), pd.get_dummies(made.time).iloc[:, 1:]]
    rest = np.hstack([*dummies, made.fixed[[NAMES[1]]] - made.fixed[[NAMES[0]]].to_numpy(), made.fixed[["z"]]])
    x = np.column_stack([made.fixed[NAMES[0]], rest]).astype(float)

    def t(outcome):
        left, inverse = outcome - x @ np.linalg.lstsq(x, outcome)[0], np.linalg.inv(x.T @ x)
        scores = np.array([(x * left[:, None])[clusters == one].sum(axis=0) for one in clusters.unique()])
        return np.linalg.lstsq(x, outcome)[0][0] / math.sqrt((inverse @ scores.T @ scores @ inverse)[0, 0])

    y, null = made.outcome.to_numpy(), x[:, 1:]
    fitted = null @ np.linalg.lstsq(null, y)[0]
    drawn = np.random.default_rng(3).choice(method.WEBB.ravel(), (60, clusters.nunique()))
    ratios = [abs(t(fitted + (y - fitted) * row[pd.factorize(clusters)[0]])) for row in drawn]
    assert found == pytest.approx(np.mean(np.array(ratios) >= abs(t(y))))
    assert 0 < found < 1


def test_webbs_weights_have_no_mean_and_a_variance_of_one_and_the_robustness_value_is_that_of_darfur():
    """Cinelli and Hazlett (2020), table 1: t = 4.18 on 783 degrees of freedom, 13.9%."""
    assert (len(set(method.WEBB.ravel())), method.WEBB.mean()) == (6, 0)
    assert (method.WEBB**2).mean() == pytest.approx(1)
    assert method.robustness_value(4.18, 783) == pytest.approx(0.139, abs=0.0005)
    assert method.robustness_value(-4.18, 783) == method.robustness_value(4.18, 783)
    assert method.robustness_value(0, 10) == 0


def test_what_can_be_seen_is_2_8_standard_errors():
    """Bloom (1995): at 5% on two sides and a power of 80%; of many estimates with that truth four in five are clear."""
    assert method.detectable(1.0) == pytest.approx(2.802, abs=0.001)
    drawn = np.random.default_rng(1).normal(method.detectable(1.0), 1, 100_000)
    assert (np.abs(drawn) > 1.95996).mean() == pytest.approx(0.8, abs=0.005)


def test_what_levels_explain_is_the_fall_of_the_sum_of_squares():
    made = prepared(made_up(8), covariates=["z"])
    groups, years = (sm.add_constant(pd.get_dummies(of).iloc[:, 1:].astype(float)) for of in (made.group, made.time))
    held, years = groups.join(made.fixed[["z"]]), years.iloc[:, 1:].add_prefix("year ")
    for target, held_equal, found in (
        (made.fixed["x within"], held, 0),
        (made.outcome, held.join(made.fixed[["x within"]]), 1),
    ):
        few, more = (sm.OLS(target, x).fit().ssr for x in (held_equal, held_equal.join(years)))
        assert method.explained(made, "x within", made.time)[found] == pytest.approx(1 - more / few)


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


def test_a_lead_is_the_year_after_and_a_change_has_both_years():
    panel = pd.DataFrame({"area": [1, 1, 1, 2, 2, 2], "year": [1, 2, 4, 1, 2, 3], "x": [1.0, 2, 6, 0, 0, 3], "y": 1.0})
    made = prepared(panel, Term("x", (0, -1)))
    assert made.fixed["x within, lead 1"].tolist() == [-1, -1, 2]
    changed = differences(prepared(panel))
    assert changed.fixed["x within"].tolist() == [1, 0, 3], "not over the year 3 of the first"
    assert changed.time.tolist() == [2, 2, 3]


def test_a_fit_that_fails_says_so_and_gives_no_number():
    panel = made_up(9, groups=12)
    twice = prepared(panel.assign(again=panel["x"]), Term("x"), Term("again"))
    still = prepared(panel.assign(x=1.0))
    fits = [within_between(twice), fixed_effects(twice), within_between(still), fixed_effects(still)]
    for fit in fits:
        assert fit.message
        assert fit.coefficients.isna().all()
        assert np.isnan(fit.estimate("x within")).all()


# ---- the published check ------------------------------------------------------------------------------------------


def test_spending_and_children_looked_after_as_published(official):
    """METHODS: −3.7499 (standard error 0.5951), N = 1,741, 148 authorities; the panel's repeated rows as they stand."""
    panel = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    panel = panel[~panel["la_name"].isin(["Isles of Scilly", "Isle of Wight", "City of London"])]
    panel = panel.assign(spend=panel["gspend_noncla_nonsg_pc"] / 100, safeguarding=panel["gspend_saf_pc"] / 100)
    terms = [Term("spend", (0, 1), slope=True), Term("safeguarding", (0, 1))]
    terms += [Term("at31_cpp_rate10000", (0, 1)), Term("at31_cin_ep_rate_10000", (0, 1))]
    where = ("at_31_cla_rate10000", "new_la_code", "time_period")
    fit = within_between(design(panel, *where, terms, ["imd19_idaci"], lag_by_row=True))
    assert (fit.message, fit.observations, fit.groups) == ("", 1741, 148)
    assert fit.estimate("spend within", "spend within, lag 1") == pytest.approx((-3.7499, 0.5951), abs=0.0001)
