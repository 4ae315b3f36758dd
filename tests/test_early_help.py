"""Early-help spend: the methods against known answers and limits, and its page against figures changed on purpose."""

from __future__ import annotations

import csv
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

from analysis.figures import Figures
from analysis.methods import appraisal, breakeven, part_year
from analysis.methods.appraisal import Spread
from analysis.methods.prices import Prices
from analysis.position import clear_change
from analysis.report import Report
from analysis.topics.early_help import board, documents, need, outturn, pays, pays_charts
from analysis.topics.early_help.outturn import Spending
from drawn_once import unpictured
from notebook_runs import copy_data, run_notebook, usual

NAME = "early_help_spend"
OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
CHILDREN, PER_CHILD, FALL, CARE_YEAR = 103_979, 100, 3.5, 77_200
"""The published arithmetic of a break-even: its children, pounds a child, fall per 10,000 and cost of a care-year."""
CERTAIN = pays.Terms(
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
def report(figures):
    return Report(figures=figures)


@pytest.fixture(scope="module")
def wiltshire(figures):
    return outturn.spending(figures, "E06000054", outturn.prices(figures, "CPIH", 0.045))


# --- Break-even --------------------------------------------------------------------------------------


def test_the_published_break_even():
    cost = PER_CHILD * CHILDREN
    assert f"{cost / 1e6:.1f}" == "10.4"
    saved = FALL * CHILDREN / 10_000 * CARE_YEAR
    assert f"{saved / 1e6:.1f}" == "2.8"
    share = breakeven.share_recovered(FALL, CHILDREN, CARE_YEAR, cost)
    assert share == pytest.approx(saved / cost)
    assert round(share * 100) == 27
    assert round(CERTAIN.share(FALL, CARE_YEAR)) == 27
    assert CERTAIN.returned == (pytest.approx(share * 100), (pytest.approx(share * 100), pytest.approx(share * 100)))


def test_the_totals_of_the_strategy(report):
    judged = documents.totals(report)
    table = documents.totals_table(report, judged).frame
    assert table["As printed"].tolist() == [18_418_700, 17_792_900, 21_000_000]
    assert table["Added up"].tolist() == [18_418_700, 17_792_900, 21_285_500]
    assert table["Verdict"].tolist() == ["Holds", "Holds", "Holds within rounding"]
    assert documents.totals_finding(judged) == "all three printed totals hold"
    judged["verdict"] = ["contradicted", *judged["verdict"][1:]]
    assert documents.totals_finding(judged) == "two of the three printed totals hold"


def test_a_later_saving_is_worth_less():
    assert breakeven.discounted_years(1, 0.035, 1) == pytest.approx(1 / 1.035)
    assert breakeven.discounted_years(3, 0.035, 2) == pytest.approx(sum(1.035**-year for year in (2, 3, 4)))
    assert breakeven.cases_to_break_even(77_200, 77_200, 1, 0.035, 1) == pytest.approx(1.035)
    for bad in ((0, 0.0, 0), (1, -0.1, 0), (1, 0.0, -1)):
        with pytest.raises(ValueError, match="discounted_years: expected"):
            breakeven.discounted_years(*bad)


@given(st.floats(0.01, 2), st.floats(0, 0.1), st.integers(0, 10))
def test_savings_over_the_years_needed_are_the_spend(share, rate, lag):
    years = breakeven.years_to_break_even(share, rate, lag)
    if math.isinf(years):
        assert share * breakeven.discounted_years(5000, rate, lag) < 1 + 1e-9
        return
    whole = math.floor(years)
    saved = share * (breakeven.discounted_years(whole, rate, lag) if whole else 0.0)
    saved += share * (years - whole) * (1 + rate) ** -(lag + whole)
    assert saved == pytest.approx(1, rel=1e-6)


def test_years_to_break_even_at_its_limits():
    assert breakeven.years_to_break_even(0) == math.inf
    assert breakeven.years_to_break_even(0.25) == 4
    assert breakeven.years_to_break_even(1) == 1
    assert breakeven.years_to_break_even(0.03, 0.035) == math.inf
    with pytest.raises(ValueError, match="0 or more"):
        breakeven.years_to_break_even(-0.1)


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
    with pytest.raises(ValueError, match="a point or more"):
        appraisal.draw(chance[:0], Spread(1, 2, 3))


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
    case = pays.Case(PER_CHILD * CHILDREN, CHILDREN, 453, 1.0, wide)
    value, limits = case.needed
    costs = stats.triang((77_200 - 40_000) / 60_000, 40_000, 60_000).ppf([0.5, 0.975, 0.025])
    exact = [breakeven.cases_to_break_even(case.spend, c, 1, wide.discount, wide.lag) for c in costs]
    assert (value, *limits) == pytest.approx(exact, rel=0.0005)
    for changed in ({"seed": 5}, {"seed": 77}, {"draws": 4 * wide.draws}):
        terms = replace(wide, **changed)
        again = _flat(replace(case, terms=terms).needed)
        assert [pays.cases(v) for v in again] == [pays.cases(v) for v in (value, *limits)]
        assert _flat(terms.returned) == pytest.approx(_flat(wide.returned), rel=0.005)


def _flat(middle):
    value, limits = middle
    return (value, *limits)


def test_the_same_seed_gives_the_same_result_and_another_another():
    terms = replace(CERTAIN, effect=Spread(0, 3.76, 8), optimism=0.4)
    assert terms.returned == replace(terms).returned
    assert terms.returned != replace(terms, seed=2).returned


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
    assert terms.share(min(falls), min(costs), optimism) <= low + 1e-9
    assert high <= terms.share(max(falls), max(costs)) + 1e-9


def test_what_is_needed_and_what_comes_back_are_two_sides_of_one_sum():
    case = pays.Case(PER_CHILD * CHILDREN, CHILDREN, 453, 1.0, CERTAIN)
    value, _ = case.needed
    assert case.per_10000(value) == pytest.approx(pays.full_effect(CERTAIN))
    assert case.per_10000(value) == pytest.approx(
        FALL / breakeven.share_recovered(FALL, CHILDREN, CARE_YEAR, case.spend)
    )


@pytest.mark.parametrize(("value", "text"), [(0.48, "0.5"), (24.7, "25"), (219.8, "220"), (1316, "1,300")])
def test_few_cases_are_not_rounded_to_none(value, text):
    assert pays.cases(value) == text


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (10_000, ", or 13% of the number of children in care today"),
        (1347, ", or 100% of the number of children in care today"),
        (1346, ", more than all children in care today: it cannot pay for itself through care costs alone"),
        (0, ""),
        (math.nan, ""),
    ],
)
def test_what_is_needed_is_never_a_share_above_all(now, words):
    case = pays.Case(PER_CHILD * CHILDREN * 10, CHILDREN, now, 1.0, CERTAIN)
    assert case.needed[0] == pytest.approx(1346.878, abs=0.001)  # £103.979 million at £77,200 a care-year
    assert case.scale == words
    (cell,) = [row[1] for row in _shares(case)]
    assert cell == {10_000: "13%", 1347: "100%", 1346: "more than all"}.get(now, "[x]")


def _shares(case):
    """The lines of the break-even table that are a share of the children in care or in need."""
    table = pays_charts.finance_table(case, "2024/25", 2022, math.nan).frame
    return [row for row in table.to_numpy() if "as a share of" in row[0]]


MANY = (
    "E09000012",
    "E06000017",
    "E06000009",
    "E09000001",
    "E06000053",
    "E06000063",
    "E08000003",
    "E10000016",
    "E09000030",
)
"""Hackney, Rutland, Blackpool, small, new and large ones."""


def test_an_effect_of_nothing_has_no_years_and_no_price():
    nothing = replace(CERTAIN, effect=Spread(0, 0, 0))
    assert pays.years_needed(nothing) == math.inf
    said = " ".join(pays.conditions(nothing))
    assert "lasts at least" not in said
    assert "care-year costs" not in said
    assert "worth 100p" in said


def test_a_large_effect_leaves_no_gap():
    large = replace(CERTAIN, effect=Spread(16, 16, 16), unit_cost=Spread(1e5, 1e5, 1e5))
    assert "benefits outside care" not in " ".join(pays.conditions(large))
    assert pays.conditions_finding(large) == ("on what is assumed here, each £1 would bring back £1.60 in care costs")


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
    assert outturn.prices(figures, deflator, 0.0).worth == pytest.approx(raw.to_dict(), abs=0.0005)


# --- Spending -------------------------------------------------------------------------------------------


def spending(rows, levels=None, children=1000.0):
    """A made-up authority: rows are children's centres, family support, young people."""
    table = pd.DataFrame(
        {line: [row[k] for row in rows] for k, line in enumerate(outturn.LINES)},
        index=range(2017, 2017 + len(rows)),
        dtype=float,
    )
    table = table.assign(period=[str(y) for y in table.index], total=table.sum(axis=1), children=children)
    made = Spending("Made up", table, levels or Prices({2010: 1.0}), 2016 + len(rows))
    return replace(made, table=table.assign(real=made.a_child("total")))


def test_wiltshires_last_year_is_the_sum_of_its_three_lines(wiltshire):
    assert wiltshire.last["total"] == 520_938 + 13_711_282 + 3_913_956
    assert wiltshire.per_child == pytest.approx(18_146_176 / 104_201)
    assert wiltshire.last["real"] == pytest.approx(wiltshire.per_child)
    first = (5_117_375 + 6_735_508 + 2_681_765) / 103_549 * 1.163 * 1.045**3
    assert wiltshire.first["real"] == pytest.approx(first, rel=1e-6)


def test_the_moved_line_of_wiltshire_is_the_heading(wiltshire):
    said = outturn.lines_finding(wiltshire)
    assert said.startswith("Children's centres: £3.8 million in 2023/24, £0.5 million in 2024/25, while")
    assert said.endswith("probably a change of the return")
    assert "family support rose by £4.9 million" in said


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
    found = outturn.steps(spending(rows))
    assert len(found) == count
    if found:
        assert found[0].moved is moved


def test_one_chart_has_one_unit():
    millions = outturn.one_unit([520_938, 5_117_375])
    assert (millions(520_938), millions(5_117_375)) == ("£0.5 million", "£5.1 million")
    assert outturn.one_unit([46_914, 1_715_678])(46_914) == "£0.05 million"
    assert outturn.one_unit([0, 33_018])(33_018) == "£33,018"
    assert outturn.one_unit([math.nan, 0.0])(0.0) == "£0"


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (100, 112, "12% more"), (100, 97, "3% less"), (100, 100.2, "no more and no less, to the nearest percent,"),
        (0, 5, "an unknown amount more or less"), (math.nan, 5, "an unknown amount more or less"),
    ],
)  # fmt: skip
def test_more_or_less(before, after, words):
    assert outturn.more_or_less(before, after) == words


def test_an_authority_without_spend_says_so():
    nobody = Spending("Nowhere", pd.DataFrame(), Prices({2022: 1.0}), 2022)
    assert "do not have all three lines" in outturn.spend_sentence(nobody, {})
    assert outturn.spend_finding(nobody, {}) == outturn.spend_sentence(nobody, {})
    assert outturn.real_sentence(nobody) == ""
    assert outturn.steps(nobody) == []


@pytest.mark.skipif(not OFFICIAL, reason="set ANALYSIS_OFFICIAL to the folder with the official releases")
def test_a_years_spend_is_the_releases(figures, wiltshire):
    table = pd.read_parquet(f"{OFFICIAL}/lait/bds_long_0.parquet")
    own = table[(table["LA and Regions"] == "Wiltshire") & (table["Years"] == "2024-25 (OT)")]
    raw = dict(zip(own["Short Desc"], own["Values"], strict=True))
    total = sum(float(raw[f"{name}Finance"]) for name in ("SureStart", "FamilySupport", "YoungPeople"))
    assert wiltshire.last["total"] == total
    # The department's own weekly cost is the looked-after spend per child, to the nearest five pounds.
    week = float(raw["TotalLACFinance"]) / figures.get("cla_number", period=2025).value / 365 * 7
    assert abs(figures.get("care_week_cost", period=202425).value - week) <= 5


# --- Need ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("part", "whole", "words"),
    [
        (0, 3, "none of the three"), (3, 3, "all three"), (2, 2, "both"), (1, 1, "the one"), (0, 1, "none of the one"),
        (6, 7, "six of the seven"),
    ],
)  # fmt: skip
def test_parts_of_a_whole_in_words(part, whole, words):
    assert need._some(part, whole) == words


def test_neighbours_without_either_kind_are_not_told_of():
    names = ["Early-help spend a child", "Children in care, rate", "first", "last", "clear"]
    rows = [[-5, 4, 2017, 2025, True], [-3, 2, 2017, 2025, True]]
    table = pd.DataFrame(rows, index=["Here", "There"], columns=names)
    said = need.neighbours_sentence(table, "Here")
    assert said == "among its neighbours the rate in care rose by more than chance in the one that spent less"
    assert need.neighbours_sentence(table.loc[["Here"]], "Here") == ""


@pytest.mark.parametrize(
    ("change", "clear", "said"),
    [
        (7.2, True, "rose by 7%"),
        (-7.2, True, "fell by 7%"),
        (7.2, False, "did not change clearly (7% higher)"),
        (-7.2, None, "stood 7% lower"),
        (0.2, False, "did not change"),
    ],
)
def test_a_change_that_chance_could_make_is_no_rise(change, clear, said):
    assert need._moved(change, clear) == said


def test_care_is_judged_by_one_rule_in_both_sections(figures):
    """The page says of the rate in care once that it did not change clearly: the shorter span may not say it rose."""
    series = {f.time_period: f for f in figures.series("cla_rate")}
    assert clear_change(series["2017"], series["2025"]) is False
    page = usual(NAME)
    found = [data["text/plain"] for data, mark in page.outputs if mark["kind"] == "finding"]
    assert any("its rate in care did not change clearly (7% higher)" in text for text in found)


# --- The board ----------------------------------------------------------------------------------------------


def test_the_range_of_a_year_covers_as_often_as_it_says():
    rng, yearly = np.random.default_rng(3), 240
    seen, rest = rng.poisson(yearly / 6, 4000), rng.poisson(yearly * 5 / 6, 4000)
    limits = {int(n): part_year.year_from_part(int(n), 1 / 6, 0.95) for n in set(seen)}
    covered = np.mean([limits[int(n)].contains(n + more) for n, more in zip(seen, rest, strict=True)])
    assert 0.94 <= covered <= 0.97


@given(st.integers(0, 3000), st.floats(0.05, 0.95))
@settings(max_examples=50)
def test_a_year_is_no_less_than_its_first_part(seen, part):
    low, high = part_year.year_from_part(seen, part, 0.95)
    assert seen <= low <= high
    wide = part_year.year_from_part(seen, part, 0.95, dispersion=4.0)
    assert wide.upper >= high - 8


def test_part_years_refuse_what_cannot_be():
    for bad in ((-1, 0.5, 0.95, 1), (5, 0, 0.95, 1), (5, 1, 0.95, 1), (5, 0.5, 1, 1), (5, 0.5, 0.95, 0.5)):
        with pytest.raises(ValueError, match="year_from_part: expected"):
            part_year.year_from_part(*bad)
    with pytest.raises(ValueError, match="miss: expected"):
        part_year.miss(5, 0)


def test_the_projections_of_the_board_against_what_came(report):
    made = {one.months.indicator: one for one in board.backtest(report)}
    finals = {name: one.final.value for name, one in made.items()}
    assert finals == {
        "board_referrals": 4376,
        "board_cpp_starts": 512,
        "board_cla_starts": 177,
        "board_cla_ceased": 220,
    }
    assert all(one.projection.value == 6 * one.months.value for one in made.values())
    assert made["board_referrals"].miss == pytest.approx((3840 / 4376 - 1) * 100)
    assert [name for name, one in made.items() if one.nearer] == ["board_cpp_starts"]
    assert board.backtest_finding(list(made.values())) == (
        "two months times six was 9% to 37% too low; the year before would have been nearer for three of four counts"
    )


# --- The strategy -------------------------------------------------------------------------------------------


def test_every_line_of_the_strategy_has_one_place(figures):
    listed = figures.listing("spend_lines").set_index("indicator")
    lines = [f.indicator for group in documents.GROUPS for f in figures.group(NAME, group)]
    assert set(listed.index) == {*lines, "spend_free_entitlement_2"}
    assert ((listed["section251"] == "") != (listed["elsewhere"] == "")).all()
    assert set(listed["section251"]) - {""} <= set(figures.indicators.index)


@pytest.mark.parametrize(("health", "twos", "total"), [(True, True, 21_285_500), (False, False, 13_418_700)])
def test_the_bridge_ends_at_the_return(report, health, twos, total):
    lines = documents.strategy_lines(report, health, twos)
    assert documents.total_of(lines) == total
    steps = documents.return_chart(report, lines).table.frame["Pounds"].tolist()
    assert steps[0] == total
    assert steps[-1] == 7_772_000 + 7_081_000 + 4_919_000
    inside = steps.index(next(value for value in steps if value == 8_975_000))
    assert sum(steps[:inside]) == steps[inside]
    assert sum(steps[inside:-1]) == steps[-1]


# --- The page -----------------------------------------------------------------------------------------------


def changed(folder, names, change):
    """A project folder in which the figures of some indicators are changed."""
    data = copy_data(folder)
    for file in ("figures.csv", "figures_official.csv"):
        with (data / file).open(encoding="utf-8", newline="") as stream:
            table = list(csv.DictReader(stream))
        for row in table:
            if row["indicator"] in names:
                row.update(change(row))
        with (data / file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(table)
    return folder


def test_more_spend_moves_every_place_that_shows_it(monkeypatch, tmp_path):
    """Twice the family support: total, a child, what is needed, and the share of care follow."""
    before = {v["key"]: v["value"] for v in usual(NAME).values}
    root = changed(tmp_path, ["spend_official_family_support"], lambda row: {"value": str(2 * float(row["value"]))})
    unpictured(monkeypatch)
    page = run_notebook(NAME, monkeypatch, root=root)
    after = {v["key"]: v["value"] for v in page.values}
    ratio = (18_146_176 + 13_711_282) / 18_146_176
    for key in ("spend_total", "spend_per_child", "break_even_years"):
        assert after[key] == pytest.approx(before[key] * ratio, rel=1e-6)
    assert after["returned"] == before["returned"]
    assert "£31.9 million on early help" in page.text
    assert "£18.1 million on early help" not in page.text


def test_a_withheld_number_in_care_stays_withheld(monkeypatch, tmp_path):
    def hide(row):
        last = row["time_period"] == "2025" and row["area"] == "E06000054"
        return {"value": "", "symbol": "c", "rounding": "1"} if last else {}

    folder = changed(tmp_path, ("cla_rate", "cla_number"), hide)
    unpictured(monkeypatch)
    page = run_notebook(NAME, monkeypatch, root=folder)
    answer = page.outputs[0][0]["text/plain"]
    assert "how many were in care on 31 March 2025 is confidential [c]; the last one is 46 on 31 March 2024" in answer
    assert "of the number of children in care today" not in answer
    assert "for every 10,000 children." in answer


def test_the_answer_in_full():
    answer = usual(NAME).outputs[0][0]["text/plain"].splitlines()
    assert len(answer) == 5
    assert answer[0].startswith("- Wiltshire spent £18.1 million on early help")
    assert "£174 for each child under 18; it was £244 in England" in answer[0]
    assert "care-years every year" in answer[3]
    assert "an association and not an effect" in answer[4]


def test_no_word_of_the_page_makes_an_effect_of_an_association():
    text = re.sub(r"<svg.*?</svg>|<[^>]+>", " ", usual(NAME).text, flags=re.S).lower()
    for claim in (
        "effect of spend",
        "spend reduces",
        "spend reduced",
        "caused by",
        "because of early help",
        "leads to",
    ):
        assert claim not in text
    for reason in ("confounding", "reverse causation", "regression to the mean"):
        assert reason in text


def test_another_outcome_prices_it_by_the_areas_own_return(monkeypatch):
    unpictured(monkeypatch)
    page = run_notebook(NAME, monkeypatch, outcome="children in need")
    answer = page.outputs[0][0]["text/plain"]
    assert "through social work costs alone" in answer
    (value,) = [v for v in page.values if v["key"] == "break_even_years"]
    cost = 200 * 365 / 7  # pounds a year, from the weekly cost of 2024/25
    assert value["value"] == pytest.approx(18_146_176 * 1.035 / cost, rel=0.1)


@pytest.mark.parametrize(("rate", "words"), [(0.0, "rose 0.0% a year"), (0.15, "rose 15.0% a year")])
def test_the_assumed_rise_of_prices_is_said(monkeypatch, rate, words):
    unpictured(monkeypatch)
    assert words in run_notebook(NAME, monkeypatch, inflation_after=rate).text
