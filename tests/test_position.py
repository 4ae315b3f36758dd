"""Where an area stands: which figures are compared, whether one changed, what heading, chart and table hold."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analysis import report as reports
from analysis.data.fact import fact
from analysis.data.figure import PER_10_000, Figure, chance
from analysis.data.figures import ENGLAND, WILTSHIRE, Figures
from analysis.report import Report
from analysis.standing import DOUBT, change, clear_change, doubtful, gaps, heading, moved, standing
from notebook_runs import ROOT, with_figure
from passages import rows

DATA = ROOT / "data"
SOUTH_WEST = "E12000009"
NAN = math.nan
WORDS = {  # unit → title, label, decimals
    "percent": ("Share of pupils with a plan", "Pupils with a plan", 1),
    PER_10_000: ("Children looked after per 10,000", "Looked after", 1),
    "children": ("Plans in force", "Plans", 0),
    "pounds": ("Spend on all services", "Spend", 0),
    "pounds per child": ("Spend on support per child", "Support per child", 0),
}


def figure(value, period="2025", unit="percent", area=WILTSHIRE, base=NAN, symbol="", identifier="Reporting year"):
    """A figure of one indicator, with words of its unit; a value of NaN needs a symbol."""
    title, label, decimals = WORDS[unit]
    return Figure(
        "tried_rate", area, str(period), identifier, "actual", value, NAN, NAN, 10.0**-decimals, base, symbol,
        "as printed", "made_up", "nowhere", "", title, label, unit, decimals,
    )  # fmt: skip


# --- What chance alone would do ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "lower", "upper"),
    [
        # The technical guide of the Office for Health Improvement and Disparities; checked there and in test_methods.
        (figure(65.0, base=100), 55.2544, 73.6358),
        (figure(65.0, base=10_000, unit=PER_10_000), 50.1632, 82.8491),
        (figure(0.0, base=20_000, unit=PER_10_000), 0.0, 3.688879 / 2),  # −ln 0.025 events
        (figure(0.0, base=8), 0.0, 100 * 1.959964**2 / (8 + 1.959964**2)),
    ],
)
def test_chance_against_known_answers(made, lower, upper):
    assert chance(replace(made, rounding=NAN)) == pytest.approx((lower, upper), abs=5e-5)


def test_a_change_is_judged_at_the_coverage_of_the_report():
    ends = figure(20.0, base=500), figure(24.0, base=500)  # z = 1.53: 1.28 is enough at 80%, 1.96 is not at 95%
    assert [clear_change(*(replace(f, confidence=level) for f in ends)) for level in (0.95, 0.8)] == [False, True]


def test_where_the_cases_are_not_known_chance_says_nothing():
    unknown = figure(65.0), figure(NAN, base=100, symbol="c"), figure(233.3, base=3)
    assert [chance(made) for made in (*unknown, figure(40, unit="pounds per child", base=100))] == [None] * 4


# --- Whether a change is more than chance ------------------------------------------------------


@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_a_change_of_counts_is_clear_by_the_score_test(before, after):
    score = (after - before) ** 2 / (after + before)
    assume(abs(score - 3.841459) > 1e-3)
    assert clear_change(figure(before, unit="children"), figure(after, unit="children")) is (score > 3.841459)


@pytest.mark.parametrize(
    ("before", "after", "clear"),
    [
        (figure(2.0), figure(3.0, base=5_000), None),
        (figure(0, unit="children"), figure(90, unit="children"), None),
        (figure(NAN, symbol="c", base=5_000), figure(3.0, base=5_000), None),
        (figure(2_000_000, unit="pounds"), figure(9_000_000, unit="pounds"), None),
        # The difference of two proportions; a ratio of counts would see none.
        (figure(51, base=78), figure(74, base=112), True),
        (figure(2.0, base=500), figure(3.0, base=500), False),
        (figure(75.0, unit=PER_10_000, base=100_000), figure(60.0, unit=PER_10_000, base=100_000), True),
        # More children among as many more is no change of rate.
        (figure(60.0, unit=PER_10_000, base=100_000), figure(60.0, unit=PER_10_000, base=200_000), False),
    ],
)
def test_a_change_is_clear_or_not_and_nothing_is_said_without_counts_above_zero(before, after, clear):
    assert clear_change(before, after) is clear


# --- Sentences ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series", "said", "since"),
    [
        ([figure(NAN, 2024, symbol="c"), figure(NAN, 2025, symbol="x")], "Plans: no figure", ""),
        ([figure(5.0, 2024), figure(NAN, 2025, symbol="c")], "Plans stood at 5.0%", ""),
        ([figure(5.0, 2016), figure(9.0, 2020), figure(5.0, 2025)],
         "Plans: 5.0%, as in 2016", "was 5.0% in 2016"),
        ([figure(5.0, 2016), figure(6.0, 2025)], "Plans: 6.0%, after 5.0% in 2016", "was 5.0% in 2016"),
        ([figure(0.0, 2016, base=900), figure(6.0, base=900)],
         "Plans rose from 0.0% to 6.0% since 2016", "rose from 0.0% in 2016"),
        ([figure(2.0, 2016, base=500), figure(3.0, base=500)],
         "Plans showed no clear change since 2016", "no clear change, from 2.0% in 2016"),
        ([figure(3.0, 2016, base=5_000), figure(2.0, base=5_000)],
         "Plans fell from 3.0% to 2.0% since 2016", "fell from 3.0% in 2016"),
        ([figure(1_992, 2015, "children", identifier="January"), figure(6_383, 2025, "children", identifier="January")],
         "Plans rose from 1,992 to 6,383 since 2015", "rose from 1,992 in January 2015"),
    ],
)  # fmt: skip
def test_a_trend_as_a_heading_and_in_short(series, said, since):
    assert (heading(series, "Plans"), change(series)) == (said, since)


@given(
    st.lists(st.floats(0, 100), min_size=2, max_size=5),
    st.sampled_from([NAN, 5, 90, 9_000_000]),
    st.sampled_from(["percent", PER_10_000, "children"]),
)
def test_a_modelled_measure_never_has_a_direction(values, base, unit):
    """However far its figures lie apart and however many cases are behind them."""
    counted = [figure(value, 2016 + place, unit, base=base) for place, value in enumerate(values)]
    series = [replace(one, modelled=True) for one in counted]
    first, last = series[0], series[-1]
    assert clear_change(first, last) is None
    assert moved(series) == ""
    assert not re.search(r"\b(rose|fell|risen|fallen|went|clear change)\b", heading(series, "It") + change(series))
    differ = str(first) != str(last)
    assert doubtful(series) is differ
    assert change(series) == f"was {first} in 2016" + f"; {DOUBT}" * differ


def test_missing_periods_are_named_a_sentence_a_symbol():
    gone = [figure(NAN, year, symbol=symbol) for year, symbol in ((2018, "c"), (2020, "x"), (2022, "c"))]
    gone.append(figure(NAN, "202425", symbol="c", identifier="Financial year"))
    assert gaps([figure(1.0, 2019), *gone, figure(0.0, 2021), figure(1.0, 2023, symbol="u")]) == [
        "no figure for 2018, 2022 and 2024/25: confidential [c]",
        "no figure for 2020: not available [x]",
    ]
    assert gaps([figure(1.0), figure(2.0, symbol="r")]) == []


# --- The chart and the tables ------------------------------------------------------------------


def cells(html):
    """The cells of a table, by row."""
    return [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row) for row in re.findall(r"<tr>(.*?)</tr>", html, re.S)]


# --- One figure changed, followed to the page --------------------------------------------------


RATE, VALUES = "cla_rate", "application/vnd.analysis.values+json"


def shown_of(folder):
    """What a report on Wiltshire shows of the indicator: answer, cells of the table, headline value, trend, chart."""
    shown = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reports, "display", lambda data, raw, metadata: shown.append((data, metadata["analysis"])))
        report = Report(WILTSHIRE, Figures(folder))
        where = standing(report.figures, RATE)
        report.answer("{it}, {it:vs England}, {it:vs its neighbours' median}", it=fact(where.loc[RATE]))
        report.stands(where)
        report.trend(RATE)
        report.close()
    first = {mark["kind"]: (data, mark) for data, mark in reversed(shown)}
    marked = {mark["id"]: (data, mark) for data, mark in shown if "id" in mark}
    shares = dict(zip(*cells(marked["rates"][0]["text/html"]), strict=True))
    return shares | {
        "answer": first["answer"][0]["text/plain"],
        "value": [{k: v for k, v in row.items() if k != "beside"} for row in first["values"][0][VALUES]],
        "trend": first["finding"][0]["text/plain"],
        "chart": (first["chart"][0]["image/svg+xml"], marked["cla-rate-data"][1]["csv"]),
    }


@pytest.fixture(scope="module")
def usual():
    return shown_of(DATA)


@pytest.fixture(scope="module")
def values():
    """The indicator's values in data/: area and period → text."""
    return {(r["area"], r["time_period"]): r["value"] for r in rows("figures_official.csv") if r["indicator"] == RATE}


@pytest.mark.parametrize(
    ("area", "differ"),
    [
        (WILTSHIRE, {"answer", "Wiltshire", "Interval", "Rank", "value", "trend", "chart"}),
        (ENGLAND, {"answer", "England", "chart"}),
        (SOUTH_WEST, {"Region"}),
    ],
)
def test_a_changed_figure_changes_what_rests_on_it_and_nothing_else(data_copy, usual, values, area, differ):
    last = max(period for code, period in values if code == WILTSHIRE)
    double = f"{2 * float(values[area, last]):.0f}"
    with_figure(data_copy.parent, RATE, area, last, value=double)
    after = shown_of(data_copy)
    assert {key for key in usual if after[key] != usual[key]} == differ
    said = ["Region"] if area == SOUTH_WEST else ["answer", next(iter(differ & {"Wiltshire", "England"}))]
    for key in said:
        assert re.search(rf"\b{double}\b", after[key])
        assert not re.search(rf"\b{double}\b", usual[key])


def test_a_changed_neighbour_changes_range_or_median(data_copy, usual, values):
    last = max(period for code, period in values if code == WILTSHIRE)
    codes = [row["neighbour"] for row in rows("neighbours.csv")]
    ordered = sorted(codes, key=lambda code: float(values[code, last]))
    with_figure(data_copy.parent, RATE, ordered[-1], last, value="987")
    after = shown_of(data_copy)
    assert {key for key in usual if after[key] != usual[key]} == {"Their range"}
    assert "987" in after["Their range"]
    with_figure(data_copy.parent, RATE, ordered[0], last, value="", symbol="c")
    with_figure(data_copy.parent, RATE, ordered[-1], last, value="", symbol="x")
    after = shown_of(data_copy)
    assert after["Neighbours"] in after["answer"]
    assert "98" not in after["Their range"]


def test_a_suppressed_latest_figure_is_shown_as_its_symbol(data_copy, usual, values):
    periods = sorted(period for code, period in values if code == WILTSHIRE)
    with_figure(data_copy.parent, RATE, WILTSHIRE, periods[-1], value="", base="", symbol="c")
    after = shown_of(data_copy)
    assert after["Period"] == f"31 March {periods[-1]}" == usual["Period"]
    assert after["England"] == f"{float(values[ENGLAND, periods[-1]]):.1f}"
    assert after["answer"].endswith(f" for Wiltshire on 31 March {periods[-1]}, confidential [c].")
    assert f"{periods[-1]},c," in after["chart"][1]
    assert ">[c]<" in after["chart"][0]
    assert (after["value"][0]["value"], after["value"][0]["symbol"]) == (None, "c")
