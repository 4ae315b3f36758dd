"""The scorecard of the improvement board: its rule, its arrows, the table of 2013 and the page of any authority."""

from __future__ import annotations

import csv
import itertools
import math
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.methods import intervals, rating
from analysis.methods.intervals import Interval
from analysis.methods.rounding import nearest
from analysis.report import Report
from analysis.topics.board_scorecard import directions, later, page, published, words
from analysis.topics.board_scorecard import standing as st_
from analysis.topics.board_scorecard.rows import BOARD_GOOD, MEASURES, NAMES, ROWS
from notebook_runs import ROOT, run_notebook

RULE = st_.Rule(st_.NEIGHBOURS, st_.CHANCE, 10.0, st_.BOARD, 3, st_.ALONE)
AWKWARD = {
    "E09000001": "City of London",
    "E06000053": "Isles of Scilly",
    "E06000063": "Cumberland",
    "E06000064": "Westmorland and Furness",
    "E06000058": "Bournemouth, Christchurch and Poole",
    "E10000016": "Kent",
}


@pytest.fixture(scope="module")
def report():
    return Report()


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


@pytest.mark.parametrize("wrong", [(1, 0, "low"), (math.nan, 1, "low"), (1, 1, "best")])
def test_a_rating_refuses_what_it_cannot_judge(wrong):
    with pytest.raises(ValueError, match="worse_by"):
        rating.worse_by(*wrong)
    with pytest.raises(ValueError, match="tolerance"):
        rating.by_tolerance(1, 1, "low", 1, near=2)


@given(st.lists(st.floats(-80, 80), min_size=2, max_size=12), st.floats(0, 10), st.floats(10, 60))
def test_the_best_rule_finds_a_rule_that_gave_every_colour(gaps, near, tolerance):
    made = [rating.by_tolerance(100 + gap, 100, "low", tolerance, near) for gap in gaps]
    fit = rating.best_rule([str(n) for n in range(len(gaps))], gaps, made, {str(n): ("low",) for n in range(len(gaps))})
    assert fit.given.all()


def test_the_best_rule_agrees_with_trying_every_half_percent(report):
    able, fit = published.best(report, published.ratings(report), free=False)
    aims = [report.figure(r.row.board, status="target").rounding_interval for r in able]
    targets = [min(max(r.value, aim.lower), aim.upper) for r, aim in zip(able, aims, strict=True)]
    most = max(
        sum(
            rating.by_tolerance(r.value, target, BOARD_GOOD[r.row.board], far, near) == r.colour
            for r, target in zip(able, targets, strict=True)
        )
        for near, far in itertools.combinations_with_replacement(np.arange(0, 60, 0.5), 2)
    )
    assert fit.given.sum() == most == 19


# --- Noise ---------------------------------------------------------------------------------------


def test_a_change_by_chance_alone_is_the_conditional_test():
    found = rating.change(20, 48, 2, 3, confidence=0.95)
    share = stats.binomtest(20, 68).proportion_ci(0.95, "wilson")
    assert found == pytest.approx((share.low / (1 - share.low) * 1.5, share.high / (1 - share.high) * 1.5))
    assert found.contains(1)


def test_a_change_allows_for_the_usual_swing():
    alone, wide = (rating.change(300, 400, 1e4, 1e4, swing=swing, confidence=0.95) for swing in (0, 0.2))
    assert wide.lower < alone.lower < alone.upper < wide.upper
    assert rating.change(300, 400, 1e4, 1e4, swing=1e-9, confidence=0.95) == pytest.approx(alone, rel=0.01)


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


def test_every_row_has_both_colours_and_they_are_those_of_the_source():
    folder = os.environ.get("ANALYSIS_SOURCES")
    if not folder:
        pytest.skip("ANALYSIS_SOURCES is not set: the source documents are not here")
    texts = [path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.txt"))]
    (text,) = [t for t in texts if "extract from the Safeguarding Improvement Board" in t]
    lines = {int(m[1]): m[0].split("\t") for m in re.finditer(r"^(\d{1,2})\.\t.*$", text, re.M) if int(m[1]) <= 14}
    report = Report()
    names = {"G": "green", "A": "amber", "А": "amber", "R": "red"}  # the source has a Cyrillic A in one row
    table = report.figures.ratings.set_index(["indicator", "time_period"])
    for row in ROWS:
        cells = [cell.strip() for cell in lines[row.number]]
        march, may = ((row.board, period) for period in ("201213", "201314"))
        assert (table.at[march, "rag"], table.at[may, "rag"]) == (names[cells[5]], names[cells[7]]), row
        assert table.at[may, "stated_direction"] == cells[8], row
        kept = [f.stated for f in report.series(row.board, status=None)]
        printed = [cell for cell in [*cells[2:5], cells[6], *cells[9:11]] if cell]
        assert sorted(set(printed)) == sorted(set(kept)), row
    assert len(lines) == 14


def test_colours_of_the_table(report):
    rated = published.ratings(report)
    assert len(rated) == 28
    assert [sum(r.colour == c for r in rated) for c in rating.COLOURS] == [13, 13, 2]


def test_no_single_rule_gives_the_colours(report):
    rated = published.ratings(report)
    made = published.colours_by(report, rated, 10.0)
    hits = {name: sum(c == r.colour for c, r in zip(cs, rated, strict=True)) for name, cs in made.items()}
    assert (hits["Target, 10%"], hits["Target, by chance"]) == (14, 18)
    assert max(hits.values()) == 18
    able, free = published.best(report, rated, free=True)
    assert (len(able), int(free.given.sum())) == (24, 22)
    missed = {(r.row.number, r.colour) for r, given in zip(able, free.given, strict=True) if not given}
    assert missed == {(7, "red"), (8, "red")}


def test_a_quarter_counts_four_times_and_two_months_six_times_as_the_boards_estimate_does(report):
    later_half = [r for r in published.ratings(report) if r.period == "201314"]
    assert len(later_half) == 14
    for r in later_half:
        estimate = report.figure(r.row.board, period="201314", identifier="Financial year", status="projection")
        assert r.value == estimate.value, r.row


# --- Question 3 and what came later --------------------------------------------------------------


def test_question_three_by_the_same_year(report):
    """The figures of the panel, worked out here without the page: 2011/12 and 2012/13, children aged 0 to 16."""
    found = {(s.words, s.basis): s for s in later.sides(report)}
    with (ROOT / "data" / "figures_official.csv").open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["indicator"].startswith("panel_")]
    near = set(report.figures.neighbours["neighbour"])
    for measure, (_, _, name) in later.PARTS.items():
        for year, basis in (("2012", "2011/12"), ("2013", "2012/13")):
            own = [
                float(r["value"])
                for r in rows
                if (r["indicator"], r["time_period"]) == (measure, year) and r["area"] in near
            ]
            assert len(own) == 10
            assert found[name, basis].other == pytest.approx(np.median(own))
    verdicts = [found[name, basis].verdict for basis in ("2011/12", "2012/13") for _, _, name in later.PARTS.values()]
    assert verdicts == ["below", "below", "level with", "below", "level with", "level with"]


def test_what_became_of_children_in_care_is_the_panels(report, monkeypatch):
    """453, 194 and 153 of the board were provisional: the panel has 446, 199 and 174, and what came in 2013/14."""
    shown, said = [], []
    monkeypatch.setattr(type(report), "table", lambda self, table: shown.append(table.frame))
    monkeypatch.setattr(type(report), "finding", lambda self, text: said.append(text))
    later.forward(report)
    frame = shown[0].set_index(shown[0]["Indicator"].str.partition(".")[0])[["2012/13 official", "2013/14 official"]]
    assert frame.loc[["3", "9", "11", "13"]].values.tolist() == [
        ["4,405", "4,376"], ["446", "397"], ["199", "177"], ["174", "220"],
    ]  # fmt: skip
    assert said == [
        "seven of the eight estimates of the board for 2013/14 that can be checked fell short of the year's official "
        "figure"
    ]


# --- The page ------------------------------------------------------------------------------------


def test_wiltshire_today(report):
    found = st_.card(report, RULE)
    assert [s.colour for s in found.standings] == ["green", "green", "green", "amber", "green", "green", "red"]
    assert {s.measure: s.change.way for s in found.standings if s.change.way} == {
        "referrals_rate": "fell", "cin_rate": "fell", "cpp_starts_rate": "rose",
    }  # fmt: skip


def test_a_target_is_held_against_what_it_is_rounded_from(report):
    """Plans started: 39.9 with an interval from 36.2, and a target printed as 36, which is anything up to 36.5."""
    s = st_.card(report, replace(RULE, compared_with=st_.TARGET))["cpp_starts_rate"]
    assert (s.rated.value, s.other, s.held, s.colour) == (39.9, 36, 36.5, "amber")
    assert not s.interval.contains(s.other)
    assert not words.beyond_chance(s)


@given(st.floats(0, 100), st.integers(1, 100), st.sampled_from(rating.GOOD), st.floats(0.1, 5))
def test_no_figure_that_could_be_the_target_is_worse_than_it(value, target, good, half):
    allowed = Interval(target - 0.5, target + 0.5)
    near = nearest(value, allowed)
    assert allowed.contains(near)
    spread = Interval(max(0.0, value - half), value + half)
    told_apart = rating.by_chance(spread, near, good) != ("green" if good == "near" else "amber")
    assert told_apart is not spread.meets(allowed)
    if allowed.contains(value):
        assert rating.by_tolerance(value, near, good, 10) == "green"


def test_what_is_shown_stands_under_its_own_name(report):
    """Referrals closed without action are not those that led to no assessment: they stand in no row of the board's."""
    found = st_.card(report, RULE)
    lines = {line["Indicator"]: line for line in (page._row(found, row, True) for row in page.LINES)}
    assert lines["4. Referrals which led to an initial assessment"]["Wiltshire"] == "[x]"
    assert lines["Beside 4. Referrals closed without further action"]["Wiltshire"] == "2.1%"
    assert {row.board: row.shown for row in ROWS if row.shown} == {
        "board_referrals": "referrals_number",
        "board_cin": "cin_number",
        "board_cin_rate": "cin_rate",
        "board_cpp_starts": "cpp_starts_number",
        "board_cpp_start_rate": "cpp_starts_rate",
        "board_cla": "cla_number",
        "board_cla_rate": "cla_rate",
        "board_cla_starts": "cla_starts_number",
        "board_cla_start_rate": "cla_starts_rate",
        "board_cla_ceased": "cla_ceased_number",
        "board_cla_ceased_rate": "cla_ceased_rate",
    }


def test_children_who_left_care_are_judged_out_of_those_in_care(report):
    """143 of 478 in Wiltshire; the ten neighbours' median is 40.0, worked out here from their numbers."""
    found = st_.card(report, RULE)
    s = found["cla_ceased_per_100"]
    shares = [
        100
        * report.figures.in_period("cla_ceased_number", code, 2025).value
        / report.figures.in_period("cla_number", code, 2025).value
        for code in report.figures.neighbours_of(report.area)
    ]
    assert s.here.value == pytest.approx(100 * 143 / 478)
    assert (s.other, s.colour) == (pytest.approx(np.median(shares)), "red")
    assert s.interval == pytest.approx(intervals.rate(143, 478, 100, 0.95))
    assert (found["cla_ceased_rate"].colour, found["cla_ceased_rate"].change.way) == ("", "")
    assert "cla_ceased_rate" not in [s.measure for s in found.rated]


def test_the_departments_dictionary_names_one_direction(report):
    found = st_.card(report, replace(RULE, good_direction=st_.DEPARTMENT))
    assert [s.measure for s in found.rated] == ["cpp_starts_rate"]
    assert "one is amber and six not rated" in words.answer(found)[0]


def test_no_measure_with_an_arrow_is_a_models_result(report):
    """Chance and swings say nothing of a model's own error, so an arrow would claim more than is known."""
    assert [name for name in MEASURES if any(figure.modelled for figure in report.series(name))] == []


def test_every_measure_has_its_words():
    assert set(NAMES) == set(MEASURES) | {row.measure for row in ROWS if row.measure}
    assert len(ROWS) == 14
    assert [row.number for row in ROWS] == list(range(1, 15))


def test_a_colour_is_never_only_a_colour():
    assert [text[0] for text in words.WORDS.values()] == ["G", "A", "R", "n"]


@pytest.mark.parametrize("area", AWKWARD, ids=AWKWARD.values())
@pytest.mark.skipif("ANALYSIS_OFFICIAL" not in os.environ, reason="ANALYSIS_OFFICIAL is not set")
def test_any_authority_gets_a_whole_answer(area):
    other = Report(area)
    for rule in (RULE, replace(RULE, compared_with=st_.TARGET), replace(RULE, noise=st_.SWINGS, years=10)):
        said = words.answer(st_.card(other, rule))
        assert 3 <= len(said) <= 5
        assert AWKWARD[area] in said[0]
        assert not re.search(r"\bnan\b|None|\binf\b|  |\[\]", " ".join(said))


@pytest.mark.skipif("ANALYSIS_OFFICIAL" not in os.environ, reason="ANALYSIS_OFFICIAL is not set")
@pytest.mark.parametrize(("area", "span"), [("E06000063", "a year"), ("E10000016", "three years")])
def test_changes_are_said_to_be_over_the_years_that_there_are(area, span):
    made = st_.card(Report(area), RULE)
    assert directions._span([s for s in made.standings if s.change]) == span


@pytest.mark.skipif("ANALYSIS_OFFICIAL" not in os.environ, reason="ANALYSIS_OFFICIAL is not set")
def test_a_small_authority_ends_before_the_documents(monkeypatch):
    made = run_notebook("board_scorecard", monkeypatch, area="E06000053")
    assert made.outputs[-1][1]["kind"] == "sources"
