"""Early-help spend: the methods against known answers and limits, and its page against figures changed on purpose."""

from __future__ import annotations

import math
import os
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.data.figures import Figures
from analysis.methods import appraisal, intervals
from analysis.methods.appraisal import Normal, Prices, Spread
from analysis.models import early_help
from analysis.standing import clear_change
from notebook_runs import page_of, quick, ran, rewritten, said, value_of

NAME = "early_help_spend"
OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
CHILDREN, PER_CHILD, FALL, CARE_YEAR = 103_979, 100, 3.5, 77_200
"""The published arithmetic of a break-even: its children, pounds a child, fall per 10,000 and cost of a care-year."""
CERTAIN = early_help.Terms(
    unit_cost=Spread(CARE_YEAR, CARE_YEAR, CARE_YEAR),
    effect=Spread(FALL, FALL, FALL),
    optimism=0.0,
    years=1,
    lag=0,
    discount=0.035,
    confidence=0.95,
    draws=1000,
    seed=1,
)


@pytest.fixture(scope="module")
def figures():
    return Figures()


@pytest.fixture(scope="module")
def page():
    """The page of Wiltshire with its defaults."""
    return ran(NAME)


@pytest.fixture(scope="module")
def money():
    """What tests the strategy's money and the board's projections, with its defaults."""
    return ran("documents_money")


# --- Break-even --------------------------------------------------------------------------------------


def test_the_published_break_even():
    cost = PER_CHILD * CHILDREN
    assert f"{cost / 1e6:.1f}" == "10.4"
    saved = FALL * CHILDREN / 10_000 * CARE_YEAR
    assert f"{saved / 1e6:.1f}" == "2.8"
    share = saved / cost
    assert round(share * 100) == 27
    assert CERTAIN.returned == (pytest.approx(share * 100), (pytest.approx(share * 100), pytest.approx(share * 100)))


def test_the_first_year_is_whole_and_a_later_saving_worth_less():
    """HM Treasury Green Book, 3.5%: 1 + 0.96618 + 0.93351. And £77,200 a care-year: Webb 2024."""
    assert appraisal.discounted_years(1, 0.035) == 1
    assert appraisal.discounted_years(3, 0.035) == pytest.approx(2.89969, abs=5e-6)
    assert appraisal.discounted_years(5, 0) == 5
    assert appraisal.cases_to_break_even(PER_CHILD * CHILDREN, CARE_YEAR) == pytest.approx(134.69, abs=0.005)
    assert appraisal.discounted_years(3, 0.035, 2) == pytest.approx(sum(1.035**-year for year in (2, 3, 4)))
    assert appraisal.cases_to_break_even(77_200, 77_200, 1, 0.035, 1) == pytest.approx(1.035)
    for bad in ((0, 0.0, 0), (1, -0.1, 0), (1, 0.0, -1)):
        with pytest.raises(ValueError, match="discounted_years: expected"):
            appraisal.discounted_years(*bad)


@given(st.floats(0.01, 2), st.floats(0, 0.1), st.integers(0, 10))
def test_savings_over_the_years_needed_are_the_spend(share, rate, lag):
    years = appraisal.years_to_break_even(share, rate, lag)
    if math.isinf(years):
        assert share * appraisal.discounted_years(5000, rate, lag) < 1 + 1e-9
        return
    whole = math.floor(years)
    saved = share * (appraisal.discounted_years(whole, rate, lag) if whole else 0.0)
    saved += share * (years - whole) * (1 + rate) ** -(lag + whole)
    assert saved == pytest.approx(1, rel=1e-6)


def test_years_to_break_even_at_its_limits():
    assert appraisal.years_to_break_even(0) == math.inf
    assert appraisal.years_to_break_even(0.25) == 4
    assert appraisal.years_to_break_even(1) == 1
    assert appraisal.years_to_break_even(0.03, 0.035) == math.inf
    with pytest.raises(ValueError, match="0 or more"):
        appraisal.years_to_break_even(-0.1)


# --- Simulation --------------------------------------------------------------------------------------


def test_draws_are_triangular_and_a_certain_input_is_itself():
    chance = np.random.default_rng(1).random(200_000)
    spread = Spread(0.0, 3.76, 8.0)
    drawn = appraisal.draw(chance, spread)
    assert drawn.mean() == pytest.approx(spread.mean, abs=0.02)
    exact = stats.triang(c=3.76 / 8, loc=0, scale=8)
    assert np.quantile(drawn, [0.025, 0.5, 0.975]) == pytest.approx(exact.ppf([0.025, 0.5, 0.975]), abs=0.05)
    assert set(appraisal.draw(chance[:10], Spread(5, 5, 5))) == {5}
    for bad in (Spread(2, 1, 3), Spread(1, 3, 2)):
        with pytest.raises(ValueError, match="low <= likely <= high"):
            appraisal.draw(chance[:10], bad)


def test_the_simulation_agrees_with_its_closed_form():
    """Effect, cost and optimism are independent: the mean of their product is the product of their means."""
    effect, cost = Spread(0.0, 3.76, 8.0), Spread(40_000.0, 77_200.0, 100_000.0)
    chance = np.random.default_rng(2).random((3, 400_000))
    shares = appraisal.simulated_shares(chance, effect, cost, 0.4, 0.966)
    assert shares.mean() == pytest.approx(effect.mean / 10_000 * cost.mean * 0.8 * 0.966 / 100, rel=0.005)
    assert shares.min() >= 0
    for optimism, pounds in ((-0.1, 100), (1.1, 100), (0.4, 0)):
        with pytest.raises(ValueError, match="simulated_shares"):
            appraisal.simulated_shares(chance, effect, cost, optimism, 1.0, pounds)


def test_what_is_needed_and_what_comes_back_have_settled():
    """The middle and the ends of the cost's triangle by their closed form; other seeds and more draws read the same."""
    costs, falls = Spread(40_000.0, 77_200.0, 100_000.0), Spread(0, 3.76, 8)
    wide = replace(CERTAIN, unit_cost=costs, effect=falls, optimism=0.4, draws=65_536)
    case = early_help.Case(PER_CHILD * CHILDREN, CHILDREN, 1.0, wide)
    costs = stats.triang((77_200 - 40_000) / 60_000, 40_000, 60_000).ppf([0.5, 0.975, 0.025])
    exact = [appraisal.cases_to_break_even(case.spend, c, 1, wide.discount, wide.lag) for c in costs]
    assert _flat(case.needed) == pytest.approx(exact, rel=0.0005)
    for changed in ({"seed": 5}, {"seed": 77}, {"draws": 4 * wide.draws}):
        terms = replace(wide, **changed)
        assert _flat(replace(case, terms=terms).needed) == pytest.approx(exact, rel=0.0005)
        assert _flat(terms.returned) == pytest.approx(_flat(wide.returned), rel=0.005)


def _flat(middle):
    value, limits = middle
    return (value, *limits)


@pytest.mark.parametrize(
    ("effect", "pence"),
    [
        (Spread(0, 3.76, 8), (20.9, 4.5, 45.5)),  # METHODS: 21p, 5p to 46p, at the published association
        (Normal(0.768, 0.713), (4.1, -4.4, 13.2)),  # METHODS: 4p, −4p to 13p, by the mixed model with levels of years
        (Normal(1.329, 0.931), (7.1, -3.4, 19.5)),  # by the primary model of the panel, which the page stands behind
    ],
)
def test_what_comes_back_at_each_association(effect, pence):
    costs = Spread(40_000.0, 77_200.0, 100_000.0)
    terms = early_help.Terms(costs, effect, early_help.OPTIMISM, 1, 1, 0.035, 0.95)
    assert _flat(terms.returned) == pytest.approx(pence, abs=0.05)


def test_an_estimate_is_drawn_as_normal_and_the_bias_takes_nothing_from_a_rise():
    chance = np.random.default_rng(4).random((3, 400_000))
    assert appraisal.draw(chance[0], Normal(1.3, 0.9)).std() == pytest.approx(0.9, rel=0.01)
    cost, rise = Spread(1e6, 1e6, 1e6), Normal(-2.0, 0.0)
    assert appraisal.simulated_shares(chance[:, :9], rise, cost, 0.4, 1.0) == pytest.approx([-2.0] * 9)


def test_the_two_associations_are_the_panels_primary_model_and_what_was_assumed(figures):
    found = early_help.associations(figures, CERTAIN)
    assert list(found) == ["ours", "published"]
    assert found["ours"].effect == (1.329, 0.931)
    assert found["published"] is CERTAIN
    assert replace(found["ours"], effect=CERTAIN.effect) == CERTAIN, "all else, prices among it, is the same"


@given(
    st.lists(st.floats(0, 16), min_size=3, max_size=3),
    st.lists(st.floats(5_000, 1e6), min_size=3, max_size=3),
    st.floats(0, 0.9),
)
@settings(max_examples=30)
def test_what_comes_back_lies_between_the_worst_and_the_best(falls, costs, optimism):
    terms = replace(CERTAIN, effect=Spread.of(*falls), unit_cost=Spread.of(*costs), optimism=optimism)
    value, (low, high) = terms.returned
    assert low <= value <= high
    worst, best = (pence(pick(falls), pick(costs)) for pick in (min, max))
    assert worst * (1 - optimism) <= low + 1e-9
    assert high <= best + 1e-9


def pence(fall, cost):
    return fall / 100 * cost / PER_CHILD * appraisal.discounted_years(1, CERTAIN.discount, CERTAIN.lag)


def test_what_would_have_to_be_true_and_what_is_needed_are_two_sides_of_one_sum():
    case = early_help.Case(PER_CHILD * CHILDREN, CHILDREN, 1.0, CERTAIN)
    assert case.per_10000(case.needed.value) == pytest.approx(FALL * CERTAIN.times)
    assert case.needed.value == pytest.approx(float(case.at_cost(CARE_YEAR)))
    share = CERTAIN.returned.value / 100
    assert CERTAIN.times == pytest.approx(1 / share)
    assert CERTAIN.years_needed == pytest.approx(appraisal.years_to_break_even(share, 0.035))
    longer = replace(CERTAIN, years=6)
    assert longer.years_needed == pytest.approx(CERTAIN.years_needed)
    nothing = replace(CERTAIN, effect=Spread(0, 0, 0))
    assert (nothing.returned.value, nothing.times, nothing.years_needed) == (0, math.inf, math.inf)


@pytest.mark.skipif(not OFFICIAL, reason="ANALYSIS_OFFICIAL is not set")
@pytest.mark.parametrize("area", ["E09000012", "E09000001", "E06000053", "E06000063", "E10000030"])
def test_no_area_has_to_prevent_a_share_of_its_children_in_care_above_100(with_cache, area):
    made = page_of(area, NAME, drawn=False)
    table = made.table("break-even-table").set_index("Line")
    (share,) = [row for name, row in table.iterrows() if "of all children" in name]
    texts = " ".join(data["text/plain"] for kind in ("answer", "finding", "text") for data in made.all(kind))
    numbers = re.findall(r"([\d,]+)%", share["Value"] + share["Range"])
    assert not [text for text in numbers if float(text.replace(",", "")) > 100]
    assert ("early help cannot pay for itself" in texts) is (area == "E09000012")
    assert (share["Value"] == "more than all") is (area == "E09000012")
    if area == "E06000053":
        assert table.at["Care-years to prevent", "Value"] == "0.5"


# --- Prices -------------------------------------------------------------------------------------------


def test_prices_move_both_ways_and_on_after_the_last_year():
    levels = Prices({2014: 1.2, 2022: 1.0}, 0.05)
    assert levels.factor(2014, 2022) == pytest.approx(1.2)
    assert levels.factor(2022, 2014) == pytest.approx(1 / 1.2)
    assert levels.factor(2022, 2024) == pytest.approx(1.05**2)
    assert levels.factor(2014, 2024) == pytest.approx(1.2 * 1.05**2)
    assert levels.factor(2030, 2030) == 1
    with pytest.raises(KeyError):
        levels.factor(2013, 2022)
    for bad in (({}, 0.0), ({2022: 0.0}, 0.0), ({2022: 1.0}, -1.0)):
        with pytest.raises(ValueError, match="Prices: expected"):
            Prices(*bad)


@pytest.mark.skipif(not OFFICIAL, reason="set ANALYSIS_OFFICIAL to the folder with the official releases")
@pytest.mark.parametrize("deflator", ["CPIH", "SPPI"])
def test_the_deflators_are_the_panels(figures, deflator):
    panel = pd.read_csv(f"{OFFICIAL}/spend/panel_2010_2022.csv", usecols=["time_period", deflator.lower()])
    raw = panel.groupby("time_period")[deflator.lower()].first()
    assert early_help.prices(figures, deflator, 0.0).worth == pytest.approx(raw.to_dict(), abs=0.0005)


# --- Spending -------------------------------------------------------------------------------------------


def spending(rows, children=1000.0):
    """A made-up authority: rows are children's centres, family support, young people."""
    table = pd.DataFrame(rows, columns=list(early_help.LINES), index=range(2017, 2017 + len(rows)), dtype=float)
    return table.assign(period=table.index.astype(str), total=table.sum(axis=1), children=children)


@pytest.fixture(scope="module")
def wiltshire(figures):
    spent = early_help.spending(figures, early_help.prices(figures, "CPIH", 0.045))
    return spent[spent["role"] == "area"].set_index("year")


def test_wiltshires_last_year_is_the_sum_of_its_three_lines(wiltshire):
    first, last = wiltshire.iloc[0], wiltshire.iloc[-1]
    assert last["total"] == 520_938 + 13_711_282 + 3_913_956 == 18_146_176
    assert last["real"] == pytest.approx(18_146_176 / 104_201)
    assert first["real"] == pytest.approx((5_117_375 + 6_735_508 + 2_681_765) / 103_549 * 1.163 * 1.045**3, rel=1e-6)


def test_the_moved_line_of_wiltshire_is_the_heading(page, wiltshire):
    (step,) = early_help.steps(wiltshire).to_dict("records")
    assert (step["line"], step["then"], step["period"]) == ("Children's centres", "2023/24", "2024/25")
    assert step["other"] == pytest.approx(4_859_922)
    assert step["moved"]
    assert any(text.startswith("Children's centres: £3.8 million to") for text in said(page, "finding"))


@pytest.mark.parametrize(
    ("rows", "count", "moved"),
    [
        ([(50_000, 50_000, 50_000), (5_000, 95_000, 50_000)], 1, True),
        ([(50_000, 50_000, 50_000), (5_000, 50_000, 50_000)], 1, False),
        ([(50_000, 50_000, 50_000), (40_000, 60_000, 50_000)], 0, None),
        ([(0, 0, 0), (0, 0, 0)], 0, None),
        ([(0, 100_000, 0), (100_000, 0, 0)], 2, True),
        ([(5_000, 500_000, 0), (20_000, 500_000, 0)], 0, None),  # fourfold, but little beside the whole
    ],
)
def test_a_step_is_pointed_out_where_it_is_large(rows, count, moved):
    found = early_help.steps(spending(rows))
    assert len(found) == count
    assert found["moved"].head(1).tolist() == [moved] * bool(count)


def test_lines_of_different_authorities_are_no_total(figures, monkeypatch):
    levels = early_help.prices(figures, "CPIH", 0.045)
    rows = figures.take(*early_help.LINES, *early_help.OTHERS)
    one = (rows["indicator"] == "spend_official_young_people") & (rows["role"] == "England") & (rows["ends"] == 2025)
    rows.loc[one, "base"] -= 1
    monkeypatch.setattr(figures, "take", lambda *_, **__: rows)
    made = early_help.spending(figures, levels)
    assert made.loc[made["role"] == "England", "year"].max() == 2024
    assert made.loc[made["role"] == "area", "year"].max() == 2025


@pytest.mark.skipif(not OFFICIAL, reason="set ANALYSIS_OFFICIAL to the folder with the official releases")
def test_a_years_spend_is_the_releases(figures, wiltshire):
    table = pd.read_parquet(f"{OFFICIAL}/lait/bds_long_0.parquet")
    own = table[(table["LA and Regions"] == "Wiltshire") & (table["Years"] == "2024-25 (OT)")]
    raw = dict(zip(own["Short Desc"], own["Values"], strict=True))
    total = sum(float(raw[f"{name}Finance"]) for name in ("SureStart", "FamilySupport", "YoungPeople"))
    assert wiltshire["total"].iloc[-1] == total
    # The department's own weekly cost is the looked-after spend per child, to the nearest five pounds.
    week = float(raw["TotalLACFinance"]) / figures.get("cla_number", period=2025).value / 365 * 7
    assert abs(figures.get("care_week_cost", period=202425).value - week) <= 5


# --- Need ------------------------------------------------------------------------------------------------


def test_care_is_judged_by_one_rule_in_both_sections(figures, page):
    """The page says of the rate in care once that it did not change clearly: the shorter span may not say it rose."""
    series = {f.time_period: f for f in figures.series("cla_rate")}
    assert clear_change(series["2017"], series["2025"]) is False
    moves = page.names["moves"].set_index("name")
    assert moves.at["Wiltshire", "said"] == "showed no clear change"
    assert moves.at["Wiltshire", "care"] == pytest.approx(100 * (series["2025"].value / series["2017"].value - 1))
    assert moves.loc[moves["said"].str.startswith("rose"), "care"].gt(0).all()


# --- The board ----------------------------------------------------------------------------------------------


def test_the_range_of_a_year_covers_as_often_as_it_says():
    rng, yearly = np.random.default_rng(3), 240
    seen, rest = rng.poisson(yearly / 6, 4000), rng.poisson(yearly * 5 / 6, 4000)
    limits = {int(n): intervals.year_from_part(int(n), 1 / 6, 0.95) for n in set(seen)}
    covered = np.mean([limits[int(n)].contains(n + more) for n, more in zip(seen, rest, strict=True)])
    assert 0.94 <= covered <= 0.97


@given(st.integers(0, 3000), st.floats(0.05, 0.95))
@settings(max_examples=50)
def test_a_year_is_no_less_than_its_first_part(seen, part):
    low, high = intervals.year_from_part(seen, part, 0.95)
    assert seen <= low <= high
    wide = intervals.year_from_part(seen, part, 0.95, dispersion=4.0)
    assert wide.upper >= high - 8


def test_part_years_refuse_what_cannot_be():
    for bad in ((-1, 0.5, 0.95, 1), (5, 0, 0.95, 1), (5, 1, 0.95, 1), (5, 0.5, 1, 1), (5, 0.5, 0.95, 0.5)):
        with pytest.raises(ValueError, match="year_from_part: expected"):
            intervals.year_from_part(*bad)


def test_the_projections_of_the_board_against_what_came(money):
    tested = money.names["tested"]
    assert tested["final"].tolist() == [4376, 512, 177, 220]
    assert (tested["projected"] == 6 * tested["months"]).all()
    assert tested.at["board_referrals", "miss"] == pytest.approx((3840 / 4376 - 1) * 100)
    assert list(tested.index[tested["miss"].abs() < tested["naive"].abs()]) == ["board_cpp_starts"]
    assert "Two months times six was 9% to 37% too low." in said(money, "finding")


# --- The strategy -------------------------------------------------------------------------------------------


def test_every_line_of_the_strategy_has_one_place(figures):
    listed = figures.listing("spend_lines").set_index("indicator")
    groups = ("early years", "school age", "young people", "whole family", "health")
    about = figures.indicators
    lines = about.index[(about["topic"] == NAME) & about["group"].isin(groups)]
    assert set(listed.index) == {*lines, "spend_free_entitlement_2"}
    assert ((listed["section251"] == "") != (listed["elsewhere"] == "")).all()
    assert set(listed["section251"]) - {""} <= set(figures.indicators.index)


def test_the_totals_of_the_strategy(money):
    totals = money.names["totals"]
    assert totals["recomputed"].tolist() == [18_418_700, 17_792_900, 21_285_500]
    assert totals["verdict"].astype(str).tolist() == ["holds", "holds", "holds within rounding"]


@pytest.mark.parametrize(("health", "twos", "total"), [(True, True, 21_285_500), (False, False, 13_418_700)])
def test_the_bridge_ends_at_the_return(health, twos, total):
    made = quick("documents_money", include_health=health, include_two_year_olds=twos)
    steps = made.names["bridge"]["value"].tolist()
    assert (steps[0], steps[-1]) == (total, 7_772_000 + 7_081_000 + 4_919_000)
    inside = steps.index(8_975_000)
    assert sum(steps[:inside]) == steps[inside]
    assert sum(steps[inside:-1]) == steps[-1]
    assert value_of(made, "strategy_spend")["value"] == total
    assert made.names["split"].to_numpy().sum() == total


def test_the_strategys_break_even_is_spend_over_the_cost_of_its_year(money, figures):
    cost = stats.triang((77_200 - 40_000) / 60_000, 40_000, 60_000).median()
    price = early_help.prices(figures, "CPIH", 0).factor(2022, 2014)
    expected = 21_285_500 / (cost * price) * 1.035
    assert value_of(money, "strategy_break_even")["value"] == pytest.approx(expected, rel=0.001)


# --- The page -----------------------------------------------------------------------------------------------


def test_a_withheld_number_in_care_stays_withheld(tmp_path):
    def hide(row):
        if (row["indicator"], row["area"], row["time_period"]) in hidden:
            row.update(value="", symbol="c", rounding="1")

    hidden = [(name, "E06000054", "2025") for name in ("cla_rate", "cla_number")]
    answer = said(quick(NAME, root=rewritten(tmp_path, "figures_official.csv", hide)), "answer")[0]
    assert "on 31 March 2025, confidential [c]" in answer
    assert "beside 478 children" not in answer
    assert "care-years a year." in answer


def test_two_numbers_come_back_and_all_charts_and_the_documents_page_start_from_them(page, money):
    back = value_of(page, "returned")["value"]
    ways = page.names["ways"].set_index("label")
    assert ways.at["Years each fall lasts", "low"] == pytest.approx(back)
    assert ways.at["Fall per 10,000", "low"] == 0
    rows = page.names["rows"]
    assert rows["value"].tolist() == pytest.approx([value_of(page, "returned_panel")["value"], back]), "our own first"
    assert set(re.findall(r"\b(\d+)p (?:of|would|as|or|by)", page.text)) == {"7", "21"}
    assert "7p by our model of the national panel or 21p by a published one" in " ".join(said(money, "text"))


def test_no_word_of_the_page_makes_an_effect_of_an_association(page):
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", page.text, flags=re.S).lower()
    for claim in ("effect of spend", "spend reduce", "caused by", "because of early help", "leads to"):
        assert claim not in text
    for reason in ("confounding", "reverse causation", "regression to the mean"):
        assert reason in text


def test_another_outcome_prices_it_by_the_areas_own_return():
    made = quick(NAME, outcome="children in need")
    assert "through social work costs alone" in said(made, "answer")[0]
    cost = 200 * 365 / 7  # pounds a year, from the weekly cost of 2024/25
    assert value_of(made, "break_even_years")["value"] == pytest.approx(18_146_176 * 1.035 / cost, rel=0.1)
