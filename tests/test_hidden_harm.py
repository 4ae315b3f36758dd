"""Hidden harm: its methods on known answers and limits, and its page under changed settings, figures and areas."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pandas as pd
import pytest
from scipy import optimize, stats
from statsmodels.stats.proportion import proportion_confint

from analysis import words as say
from analysis.methods import prevalence as bounds
from analysis.methods import rounding
from analysis.methods import simulation as synthetic
from analysis.methods.intervals import Interval
from analysis.methods.simulation import middle, points
from analysis.models import hidden_harm
from analysis.models.hidden_harm import GROUPS, HARMS, NEAREST, Model
from analysis.report import Report
from notebook_runs import RELEASES, quick, ran, said

UNITED_KINGDOM, ENGLAND = "K02000001", "E92000001"
USUAL = {
    "definition": "dependency", "ages": "0 to 17", "year": 2025, "design_effect": 1.5, "survey_size": 2000,
    "multiplier": Interval(0, 0), "population_error": 2.0, "size": 65_536, "seed": 2013,
}  # fmt: skip


def chance(size, seed=1):
    """Points at random between 0 and 1."""
    return np.random.default_rng(seed).random(size)


@pytest.fixture(scope="module")
def report():
    return Report()


def model(report, **changed):
    return Model(figures=report.figures, **(USUAL | changed))


@pytest.fixture(scope="module")
def wiltshire():
    return ran("hidden_harm")


@pytest.fixture(scope="module")
def documents():
    return ran("documents")


# --- Published checks -------------------------------------------------------------------------


def test_manning_shares_reproduce_the_papers_numbers_of_children(report):
    """22.1% and 5.9% of the United Kingdom's children under 16 are 2.6 million and 705,000 (Manning 2009, abstract)."""
    implied = []
    for kind in ("hazardous_drinker", "dependent_drinker"):
        share = report.figure(f"prevalence_{kind}", area=UNITED_KINGDOM)
        children = report.figure(f"children_{kind}", area=UNITED_KINGDOM)
        implied.append(rounding.implied_denominator(children.rounding_interval, share.rounding_interval))
    common = Interval(max(i.lower for i in implied), min(i.upper for i in implied))
    assert 11.8e6 < common.lower < common.upper < 12.1e6, "one number of children gives both"
    children = sum(common) / 2
    assert round(22.1 / 100 * children, -5) == 2.6e6
    assert 5.9 / 100 * children == pytest.approx(705_000, rel=0.005)


def test_the_strategys_shares_are_worked_out_again(documents):
    """1,028 of 17,621 is 5.83%; 209 of 30,019 is 0.696%; 30,019 is 26.3% of 114,130, and 9% of 195,789 parents."""
    assert documents.names["seen"]["share"].tolist() == pytest.approx([100 * 1028 / 17621, 100 * 209 / 30019])
    share = say.percent(100 * 30019 / 114130, 1)
    assert share == "26.3%"
    assert documents.names["shares"]["children aged 0 to 19"].startswith(f"{share} of")
    assert list(documents.names["everyone"].values())[-1] == pytest.approx(195_789, abs=0.5)
    assert documents.names["in_all"].contains(195_789)


LOCAL = {  # Children's Commissioner (2019), Wiltshire, ages 0 to 17
    "domestic_abuse": 6060, "severe_mental_health": 11780, "dependency": 3950, "any_of_three": 16450,
    "all_of_three": 930,
}  # fmt: skip


def test_the_commissioners_estimates_keep_within_the_bounds_and_far_from_independence(report):
    found = {name: report.figure(f"local_{name}").value for name in LOCAL}
    assert found == LOCAL
    children = report.figure("population_0_17", period=2017).value
    three = [found[name] for name in ("domestic_abuse", "severe_mental_health", "dependency")]
    assert bounds.at_least_one(three, children) == (11780, 6060 + 11780 + 3950)
    assert bounds.at_least_one(three, children).contains(found["any_of_three"])
    assert bounds.all_of(three, children).contains(found["all_of_three"])
    either, every = bounds.independent(three, children)
    assert every < found["all_of_three"] / 20
    assert either > found["any_of_three"] * 1.15


# --- Bounds -----------------------------------------------------------------------------------


@pytest.mark.parametrize("counts", list(itertools.product((0, 3, 7, 10), repeat=2)))
def test_both_ends_of_the_bounds_are_reached(counts):
    first, nested, apart = set(range(counts[0])), set(range(counts[1])), set(range(10 - counts[1], 10))
    union, both = bounds.at_least_one(counts, 10), bounds.all_of(counts, 10)
    assert (len(first | nested), len(first | apart)) == union
    assert (len(first & apart), len(first & nested)) == both


# --- Simulation -------------------------------------------------------------------------------


@pytest.mark.parametrize(("true", "n"), [(0.059, 4783), (0.006, 4783), (0.5, 20)])
def test_simulated_intervals_cover_the_true_share_at_their_nominal_rate(true, n):
    """Of all surveys that one population may give, each as likely as it is, about 95 in 100 hold the true share."""
    random, held = np.random.default_rng(7), 0.0
    spread = 6 * math.sqrt(n * true * (1 - true))
    for found in range(max(0, int(n * true - spread)), min(n, int(n * true + spread)) + 1):
        interval = middle(synthetic.survey_shares(found / n * 100, n, random.random(2000)), 0.95).interval
        held += interval.contains(true) * stats.binom.pmf(found, n, true)
    assert held == pytest.approx(0.95, abs=0.02)


@pytest.mark.parametrize("draws", [1, 1000, 1025])
def test_points_fill_the_cube_evenly_and_none_lies_on_its_edge(draws):
    made = points(4, draws, 7)
    count = made.shape[1]
    assert draws <= count < 2 * draws
    assert count & (count - 1) == 0
    assert ((made > 0) & (made < 1)).all()
    for row in made:  # one in each of as many equal parts: far more even than chance
        assert sorted(np.floor(row * count)) == list(range(count))
    assert (points(4, draws, 7) == made).all()
    assert (points(4, draws, 8) != made).any()


# --- The model --------------------------------------------------------------------------------


def test_every_definition_has_an_ordered_estimate_and_the_ladder_runs_down(report):
    made = model(report)
    national, simulated = made.at_national(), made.simulated()
    assert len(national) == 18
    assert list(national.index) == list(simulated.index)
    assert national["value"].is_monotonic_decreasing
    for frame in (national, simulated):
        assert ((frame["lower"] < frame["value"]) & (frame["value"] < frame["upper"])).all()
    middles = [made.ratio(name).middle for name in national.index] * national["value"]
    assert simulated["value"].tolist() == pytest.approx(middles.tolist(), rel=0.03)
    assert not national["phrase"].str.contains(r"^Children|^with (?!a parent)").any()


ENDS = ["value", "lower", "upper"]
PRIOR = (0.5, 1.3)
"""The range of the multiplier of earlier editions."""


def exact_quantiles(percent, effective, children, off, low, high, wanted):
    """Quantiles of share × population × multiplier by quadrature over the first two, without any draw."""
    a, b = percent / 100 * effective + 0.5, (1 - percent / 100) * effective + 0.5
    (u, w), (v, x) = (np.polynomial.legendre.leggauss(n) for n in (600, 80))
    shares, people = (
        stats.beta.ppf((u + 1) / 2, a, b),
        children * (1 + off / 100 / 1.959964 * stats.norm.ppf((v + 1) / 2)),
    )
    product, weight = np.multiply.outer(shares, people), np.multiply.outer(w, x) / 4

    def below(value, share):
        return (weight * np.clip((value / product - low) / (high - low), 0, 1)).sum() - share

    return [optimize.brentq(below, 1, children, args=(share,)) for share in wanted]


def test_the_converged_answer_under_the_range_of_earlier_editions(report):
    """3,757 (2,029 to 6,062), and 903 more for a half, by an independent analysis of many draws; and by quadrature."""
    made = model(report, multiplier=Interval(*PRIOR))
    spread = made.simulated("dependency").iloc[0][ENDS].tolist()
    assert spread[0] == pytest.approx(3757, rel=0.0005)
    assert spread[1:] == pytest.approx([2029, 6062], rel=0.002)
    share = made.definitions.at["dependency", "percent"]
    exact = exact_quantiles(share, 2000 / 1.5, 104_201, 2.0, *PRIOR, [0.5, 0.025, 0.975])
    assert spread == pytest.approx(exact, rel=0.001)
    assert [say.modelled(v) for v in spread] == ["3,800", "2,000", "6,100"]
    assert made.more(50.0)["value"].item() == pytest.approx(903, abs=0.5)


def simulated(made):
    """Every simulated number of a page that a reader sees."""
    frames = [made.simulated(), made.per_hundred("dependency"), made.more(50.0), made.more(100.0)]
    return pd.concat(frames).dropna(subset="value")[ENDS].to_numpy().ravel()


def shown_apart(one, other):
    """Pairs of numbers that read otherwise, but those that lie within a part in two hundred of where a text turns."""
    pairs = [(a, b) for a, b in zip(one, other, strict=True) if say.modelled(a) != say.modelled(b)]
    return [(a, b) for a, b in pairs if say.modelled(a * 0.995) == say.modelled(a * 1.005)]


@pytest.mark.parametrize("area", ["E06000054", pytest.param("E06000009", marks=RELEASES)])
def test_no_digit_on_the_page_is_chances(area):
    """Other seeds and twice the draws give the same two figures; by far most of them to a part in a thousand."""
    report = Report(area)
    base = simulated(model(report))
    for changed in ({"seed": 7}, {"size": 131_072}):
        other = simulated(model(report, **changed))
        assert not shown_apart(base, other), changed
        large = base > 10
        assert np.quantile(np.abs(other / np.where(large, base, 1) - 1)[large], 0.9) < 0.001


def test_the_leading_estimate_by_an_independent_calculation(report):
    """473,750 of England's 11,716,740 children of 2017, on Wiltshire's 104,201 of 2024."""
    estimate = model(report).at_national().loc["dependency"]
    assert estimate["value"] == pytest.approx(473_750 / 11_716_740 * 104_201, rel=1e-9)
    limits = proportion_confint(473_750 / 11_716_740 * 2000 / 1.5, 2000 / 1.5, method="wilson")
    assert (estimate["lower"], estimate["upper"]) == pytest.approx(np.multiply(limits, 104_201), rel=1e-5)


def test_known_children_by_an_independent_calculation(report):
    """Wiltshire, year to March 2025: 592 and 111 for alcohol, 622 and 127 for drugs; 18.7% of referrals again."""
    made = model(report)
    found, values = made.known("dependency"), made.values(50.0)
    assert found.assessments == (622, 592 + 111 + 622 + 127)
    assert found.children == pytest.approx((622 * (1 - 0.187), 1452))
    ratio = values.loc["share_known"]
    assert ratio["lower"] < ratio["value"] < ratio["upper"]
    more = pd.concat([made.more(target) for target in (0, 10, 50, 100)])
    assert more["value"].iloc[0] == 0
    assert more["value"].is_monotonic_increasing
    assert values[ENDS].equals(model(report).values(50.0)[ENDS]), "the same seed gives the same"
    needed = values.at["children_estimated", "value"] / 2 - sum(found.children) / 2
    assert values.at["more_to_know", "value"] == pytest.approx(needed, rel=0.05)


def test_the_reconciliation_tries_every_way(documents):
    ways = documents.names["ways"]
    assert len(ways) == 33
    assert ways.index[ways["children"]].tolist() == [("children aged 0 to 17", "binge_drinker")]


# --- How the area compares with the nation --------------------------------------------------


def test_the_commissioners_ratios_run_from_074_to_145_over_151_authorities(report):
    """Wiltshire 0.94: the local estimates' percentages ÷ England's (Children's Commissioner 2019)."""
    found = hidden_harm.ratios(report.figures, "dependency")
    assert len(found) == 151
    assert (found["ratio"].min(), found["ratio"].max()) == pytest.approx((0.74, 1.45), abs=0.005)
    own = model(report).ratio("dependency")
    assert (own.among, own.least, own.most) == (151, found["ratio"].min(), found["ratio"].max())
    assert own.middle == pytest.approx(0.94, abs=0.005)
    assert own.spread == pytest.approx(0.1285, abs=0.0005)
    assert own.limits == pytest.approx((0.729, 1.206), abs=0.001)


NATIONAL = {  # the national percentages that the Commissioner's model is scaled to: the plain mean over authorities
    "domestic_abuse": 6.6, "severe_mental_health": 13.5, "dependency": 4.0, "any_substance_misuse": 10.5,
    "any_of_three": 18.2, "two_of_three": 4.9, "all_of_three": None,
}  # fmt: skip


@pytest.mark.parametrize("measure", NATIONAL)
def test_local_estimates_add_up_to_englands_and_their_percentages_to_the_nations(report, measure):
    found, england = hidden_harm.ratios(report.figures, measure), report.figure(f"local_{measure}", area=ENGLAND)
    assert found["value"].sum() == england.value
    assert found["base"].sum() == england.base == pytest.approx(11_866_000, rel=0.002)
    if NATIONAL[measure]:
        assert (100 * found["value"] / found["base"]).mean() == pytest.approx(NATIONAL[measure], abs=0.0005)


def test_every_definition_has_a_measure_that_it_is_compared_by(report):
    assert set(NEAREST) == set(GROUPS) == set(model(report).definitions.index)
    assert {f"local_{name}" for name in NEAREST.values()} <= set(report.figures.indicators.index)
    assert all(NEAREST[name] == name for name in hidden_harm.LOCAL)
    assert {harm for groups in GROUPS.values() for group in groups for harm in group} == set(HARMS)


@RELEASES
@pytest.mark.parametrize(
    ("area", "own", "middle"),
    [
        ("E06000009", ["E06000009"], 1.4497),
        ("E09000001", ["E09000001"], 1.054),
        ("E06000063", ["E10000006"], 0.8944),
        ("E06000058", ["E06000028", "E06000029", "E10000009"], 0.9062),
        ("E06000053", [], 1.0),
    ],
)
def test_an_area_has_its_own_ratio_or_its_predecessors_or_englands(area, own, middle):
    found = model(Report(area)).ratio("dependency")
    assert list(found.own) == own
    assert found.middle == pytest.approx(middle, abs=0.001)
    assert found.spread == pytest.approx(0.1285, abs=0.0005), "the full spread, whosever the middle is"


def test_a_range_that_is_given_is_drawn_evenly_and_an_end_that_is_not_is_the_own_ratios(report):
    own = model(report).ratio("dependency")
    low, high = (model(report, multiplier=Interval(*ends)) for ends in ((0.5, 0.0), (0.0, 2.0)))
    assert low.ratio("dependency").limits == (0.5, own.limits.upper)
    assert high.ratio("dependency").limits == (own.limits.lower, 2.0)
    made = model(report, multiplier=Interval(0.7, 0.9)).ratio("dependency")
    assert (made.limits, made.middle) == ((0.7, 0.9), pytest.approx(0.8))


@pytest.mark.parametrize("ends", [(1.3, 0.5), (0.0, 0.6)])
def test_a_range_whose_ends_cross_is_refused(report, ends):
    """Wiltshire's own ratio gives 0.73 to 1.21."""
    made = model(report, multiplier=Interval(*ends))
    with pytest.raises(ValueError, match="multiplier_low and multiplier_high: expected the first to be at most"):
        made.simulated("dependency")


def test_children_recorded_are_set_against_any_misuse_too(report, wiltshire):
    """10,670 children by the Commissioner; 506 to 1,452 recorded: 5 to 14 for every 100."""
    found = model(report).known("dependency")
    assert report.figure("local_any_substance_misuse").value == 10_670
    assert [100 * end / 10_670 for end in found.children] == pytest.approx([4.7, 13.6], abs=0.05)
    beside = wiltshire.names["beside"].loc["any_substance_misuse"]
    assert beside[["lower", "upper"]].tolist() == pytest.approx([5, 14], abs=1)


def test_more_recorded_than_estimated_is_a_ratio_and_no_share():
    made = quick("hidden_harm", multiplier_low=0.1, multiplier_high=0.3)
    assert made.values["share_known"]["value"] > 100
    assert not [text for text in said(made) if re.search(r"\d{3,}%", text)]
    assert "more child" not in said(made, "answer")[0], "no number of children missed in the answer"


@RELEASES
@pytest.mark.parametrize(("area", "year"), [("E09000001", 2025), ("E06000063", 2018), ("E06000053", 2025)])
def test_a_year_gives_the_children_of_its_own_area(area, year):
    made = model(Report(area), year=year)
    assert (made.children["area"], made.possible) == (area, True)
    found = made.values(50.0)
    assert (found["lower"].isna() == found["value"].isna()).all()
    assert set(found.loc[found["value"].isna(), "symbol"]) <= {"c", "x", "z", "low"}
