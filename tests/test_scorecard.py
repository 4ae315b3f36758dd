"""The scorecard: its rule, its directions and any authority's page; and the board's table of 2013, tested."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import charts
from analysis.data.figures import WILTSHIRE, Figures
from analysis.methods import intervals, rating
from analysis.methods.intervals import Interval
from notebook_runs import ROOT, ran


@pytest.fixture(scope="module")
def card():
    """Wiltshire's scorecard with its defaults."""
    return ran("scorecard")


@pytest.fixture(scope="module")
def board():
    """The board's table of 2013, tested, with its defaults."""
    return ran("documents_board")


def board_rows():
    """The indicators of the board's table by their row."""
    rows = Figures().read("scorecard.csv").query("indicator != ''")
    return dict(zip(rows["row"].astype(int), rows["indicator"], strict=True))


# --- The rule ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "good", "colour"),
    [(100, "low", "green"), (110, "low", "amber"), (110.1, "low", "red"), (50, "low", "green"),
     (90, "high", "amber"), (89.9, "high", "red"), (150, "high", "green"), (90, "near", "amber"), (111, "near", "red")],
)  # fmt: skip
def test_tolerance_has_its_edges_where_it_says(value, good, colour):
    assert rating.by_tolerance(value, 100, good, 10) == colour


@pytest.mark.parametrize(
    ("limits", "colours"),
    [
        ((90, 99), ("green", "red", "red")),
        ((90, 100), ("amber", "amber", "green")),
        ((101, 110), ("red", "green", "red")),
    ],
)
def test_chance_colours_what_the_interval_leaves_out(limits, colours):
    assert tuple(rating.by_chance(Interval(*limits), 100, good) for good in rating.GOOD) == colours


@given(st.floats(0, 1e4), st.floats(0.1, 1e4), st.floats(0, 60))
def test_low_and_high_never_both_call_a_figure_worse(value, other, tolerance):
    low, high = (rating.by_tolerance(value, other, good, tolerance) for good in ("low", "high"))
    assert "green" in (low, high)
    assert rating.by_tolerance(value, other, "near", tolerance) == max(low, high, key=rating.COLOURS.index)


@given(st.floats(1, 1e3), st.floats(1, 1e3), st.floats(0, 30), st.floats(0, 30))
def test_a_wider_tolerance_never_makes_a_colour_worse(value, other, one, two):
    small, large = sorted((one, two))
    colours = [rating.COLOURS.index(rating.by_tolerance(value, other, "low", t)) for t in (small, large)]
    assert colours[1] <= colours[0]


@given(st.lists(st.floats(-80, 80), min_size=2, max_size=12), st.floats(0, 10), st.floats(10, 60))
def test_the_best_rule_finds_a_rule_that_gave_every_colour(gaps, near, tolerance):
    made = [rating.by_tolerance(100 + gap, 100, "low", tolerance, near) for gap in gaps]
    fit = rating.best_rule([str(n) for n in range(len(gaps))], gaps, made, {str(n): ("low",) for n in range(len(gaps))})
    assert fit.given.all()


def test_the_best_rule_agrees_with_trying_every_half_percent(board):
    names = board.names
    able, fit = names["able"], names["fit"]
    rated, targets = names["rated"][able], names["held"]["Target"].to_numpy()[able]
    cells = [
        (*row, float(other)) for row, other in zip(rated[["value", "good", "rag"]].to_numpy(), targets, strict=True)
    ]
    most = max(
        sum(rating.by_tolerance(value, other, good, far, near) == rag for value, good, rag, other in cells)
        for near, far in itertools.combinations_with_replacement(np.arange(0, 60, 0.5), 2)
    )
    assert fit.given.sum() == most == 19


# --- Noise ---------------------------------------------------------------------------------------


def test_a_change_by_chance_alone_is_the_conditional_test():
    found = rating.change(20, 48, 2, 3, confidence=0.95)
    share = stats.binomtest(20, 68).proportion_ci(0.95, "wilson")
    assert found == pytest.approx((share.low / (1 - share.low) * 1.5, share.high / (1 - share.high) * 1.5))
    assert found.contains(1)


def test_the_usual_swing_is_found_again_and_shrugs_off_two_wild_areas():
    rng = np.random.default_rng(5)
    cases = rng.integers(200, 2000, 400)
    logs = rng.normal(0, np.sqrt(0.15**2 + 2 / cases))
    logs[:2] = 4
    assert rating.usual_swing(np.exp(logs), 2 / cases) == pytest.approx(0.15, abs=0.03)
    assert rating.usual_swing(np.exp(rng.normal(0, np.sqrt(2 / cases))), 2 / cases) < 0.05
    assert math.isnan(rating.usual_swing([1.0] * 4, [0.1] * 4))


def test_the_interval_of_a_change_covers_in_simulation():
    rng = np.random.default_rng(2)
    swing, inside = 0.1, 0
    for _ in range(1500):
        before, after = rng.poisson(300), rng.poisson(360 * math.exp(rng.normal(0, swing)))
        inside += rating.change(after, before, 1.2, 1.0, swing=swing, confidence=0.95).contains(1)
    assert inside / 1500 == pytest.approx(0.95, abs=0.02)


def test_a_change_of_shares_is_that_of_the_difference():
    found = rating.change_of_shares(589, 931, 640, 1070, confidence=0.95)
    assert not found.contains(1)
    assert found.lower < (589 / 640) / (931 / 1070) < found.upper
    with pytest.raises(ValueError, match="earlier"):
        rating.change_of_shares(1, 0, 10, 10, confidence=0.95)


# --- The table of 2013 ---------------------------------------------------------------------------


@given(st.floats(0, 100), st.integers(1, 100), st.sampled_from(rating.GOOD), st.floats(0.1, 5))
def test_no_figure_that_could_be_the_target_is_worse_than_it(value, target, good, half):
    allowed = Interval(target - 0.5, target + 0.5)
    near = min(max(value, allowed.lower), allowed.upper)
    assert allowed.contains(near)
    spread = Interval(max(0.0, value - half), value + half)
    told_apart = rating.by_chance(spread, near, good) != ("green" if good == "near" else "amber")
    assert told_apart is not spread.meets(allowed)
    if allowed.contains(value):
        assert rating.by_tolerance(value, near, good, 10) == "green"


# --- Question 3 and what came later --------------------------------------------------------------


def test_question_three_by_the_same_year(board):
    """The figures of the panel, worked out here without the page: 2011/12 and 2012/13, children aged 0 to 16."""
    same = board.names["same"]
    table = pd.read_csv(ROOT / "data" / "figures_official.csv", dtype={"time_period": str}, low_memory=False)
    table = table[table["area"].isin(Figures().neighbours["neighbour"])]
    for measure, year in same.index:
        own = table.loc[(table["indicator"] == measure) & (table["time_period"] == year), "value"]
        assert len(own) == 10
        assert same.at[(measure, year), "other"] == pytest.approx(own.median())
    verdicts = board.names["sides"]["verdict"].tolist()
    assert verdicts[3:] == ["below", "below", "level with", "below", "level with", "level with"]


def test_what_became_of_children_in_care_is_the_panels(board):
    """453, 194 and 153 of the board were provisional: the panel has 446, 199 and 174, and what came in 2013/14."""
    became = board.names["became"]
    became = became.set_axis(became.index.str.partition(".").get_level_values(0))
    assert became.loc[["3", "9", "11", "13"], ["2012/13 official", "2013/14 official"]].values.tolist() == [
        ["4,405", "4,376"], ["446", "397"], ["199", "177"], ["174", "220"],
    ]  # fmt: skip
    forward = board.names["forward"]
    assert (forward["short"].sum(), len(forward)) == (7, 8)


# --- The page of any authority -------------------------------------------------------------------


def test_children_who_left_care_are_judged_out_of_those_in_care(card):
    """143 of 478 in Wiltshire; the ten neighbours' median is 40.0, worked out here from their numbers."""
    row, figures = card.names["where"].loc["cla_ceased_per_100"], Figures()
    shares = [
        100
        * figures.in_period("cla_ceased_number", code, 2025).value
        / figures.in_period("cla_number", code, 2025).value
        for code in figures.neighbours_of(WILTSHIRE)
    ]
    assert row["value"] == pytest.approx(100 * 143 / 478)
    assert (row["held"], row["colour"]) == (pytest.approx(np.median(shares)), "red")
    assert (row["lower"], row["upper"]) == pytest.approx(tuple(intervals.rate(143, 478, 100, 0.95))[:2])
    assert card.names["where"].at["cla_ceased_rate", "colour"] == ""


def test_no_measure_with_a_direction_is_a_models_result(card):
    """Chance and swings say nothing of a model's own error, so a direction would claim more than is known."""
    assert not card.names["history"]["modelled"].any()


def test_the_listed_measures_fit_their_rows():
    rows = Figures().read("scorecard.csv")
    assert list(board_rows()) == list(range(1, 15))
    assert rows.loc[rows["rated"] == "yes", "measure"].nunique() == 7
    assert (rows.loc[rows["measure"] != "", ["good", "called"]] != "").all(axis=None)
    assert rows.groupby("measure")["called"].nunique().max() == 1
    of_board = rows[(rows["indicator"] != "") & (rows["measure"] != "")]
    assert (of_board["shown"].str.replace("_number", "_rate") == of_board["measure"]).all()


def test_the_spine_holds_all_authorities(card):
    spread, latest = card.names["spread"], card.names["latest"]
    for measure, count in (("cin_rate", 153), ("cla_rate", 151)):
        values = latest.loc[latest["indicator"] == measure, "value"].dropna()
        assert len(values) == count
        assert spread.loc[measure].tolist() == pytest.approx(np.quantile(values, [0, 0.25, 0.75, 1]))


@pytest.mark.parametrize(
    "missing", [{}, {"england": math.nan}, {"value": math.nan, "symbol": "c"}, {"value": 0.0, "lowest": 0.0}]
)
def test_a_spine_draws_what_there_is(missing):
    row = {"label": "Children in care", "value": 50.0, "england": 60.0, "neighbours": 55.0, "lowest": 20.0}
    row |= {"first": 40.0, "third": 80.0, "highest": 999.0, "verdict": "green", "word": "better"}
    row |= {"fmt": lambda value: f"{value:.0f}", "trend": [1.0, math.nan, 2.0]}
    made = charts.spine(pd.DataFrame([row | missing]), charts.About("a", "b", "c"), ("Here", "Others"), ["1", "2", "3"])
    assert "better" in made.svg
    shown = made.table.frame.iloc[0]
    assert shown["Here"] == ("[c]" if "symbol" in missing else f"{(row | missing)['value']:.0f}")
    assert shown["Highest"] == "999"
    assert "nan" not in made.svg + made.alt
