"""The SEND report: its published checks, its history of plans, the table of all authorities, its words and extremes."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from analysis import charts, forecasts, register
from analysis import narrative as say
from analysis import report as reports
from analysis.charts import About
from analysis.figures import Figures
from analysis.forecasts import COHORT, LEVELS, METHODS
from analysis.methods import backtest
from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import one_measure
from analysis.plan_history import plans_of
from analysis.reading import read_table
from analysis.report import Report
from analysis.topics.send import amounts, costs, documents, forecasting, sections, timeliness, trying, words
from analysis.topics.send.outlook import CHOSEN, Assumptions, coverage, outlook
from analysis.topics.send.timeliness import Year
from notebook_runs import ROOT, run_notebook, usual

OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
WILTSHIRE, ENGLAND = "E06000054", "E92000001"
NATIONAL = read_table(ROOT / "data" / "plan_backtest.csv")

with_releases = pytest.mark.skipif(
    not OFFICIAL, reason="set ANALYSIS_OFFICIAL to the folder with the official releases"
)


@pytest.fixture(scope="module")
def wiltshire():
    return outlook(Report(WILTSHIRE), Assumptions())


@pytest.fixture
def page():
    return usual("send")


def shown(patch):
    """Collect what a report shows: (kind, text) pairs."""
    seen = []
    patch.setattr(
        reports, "display", lambda data, raw, metadata: seen.append((metadata["analysis"]["kind"], data["text/plain"]))
    )
    return seen


# ---- Published checks ----------------------------------------------------------------------------


@pytest.mark.parametrize(("year", "plans"), [(2013, 1875), (2015, 1992), (2022, 4287), (2025, 6383)])
def test_plans_in_force_are_those_of_sen2(wiltshire, year, plans):
    assert wiltshire.history.total[0, list(wiltshire.years).index(year)] == plans


@pytest.mark.parametrize(
    ("area", "shares"),
    [
        (WILTSHIRE, {2019: 84.8, 2020: 56.6, 2021: 25.5, 2022: 14.2, 2023: 27.5, 2024: 29.5}),
        (ENGLAND, {2019: 60.4, 2020: 58, 2021: 59.9, 2022: 49.2, 2023: 50.3, 2024: 46.4}),
    ],
)
def test_timeliness_follows_from_its_counts(area, shares):
    found = {y.year: round(y.share, 1) for y in timeliness.years_of(Report(WILTSHIRE), area)}
    assert {year: found[year] for year in shares} == shares
    assert min(found) == 2015, "plans of 2014 had hardly time to be late"


def test_ages_add_up_to_all_plans_in_both_collections(wiltshire):
    for history in (wiltshire.history, wiltshire.england):
        known = np.isfinite(history.bands[0]).all(axis=1)
        assert list(wiltshire.years[~known]) == [2023]
        added, total = history.bands[0][known].sum(axis=1), history.total[0][known]
        assert (added[:-2] == total[:-2]).all()
        assert added[-1] == total[-1]
        # In January 2024 a few authorities gave no ages.
        assert 0.99 * total[-2] < added[-2] <= total[-2]
        assert history is wiltshire.england or added[-2] == total[-2]


def test_the_straight_line_of_2019_is_out_by_1_6_percent_for_2022(wiltshire, page):
    line = wiltshire.past["linear"]
    row = list(line.origins).index(2019)
    assert line.actual[row, 0, 2] == 4287
    assert 100 * line.relative[row, 0, 2] == pytest.approx(1.6, abs=0.05)
    assert "Fitted to 2015 to 2019, the straight line foresaw 4,357 and was 1.6% too high for January 2022" in page.text


# ---- The history of plans ------------------------------------------------------------------------


def rows(*figures):
    return pd.DataFrame(figures, columns=["indicator", "area", "time_period", "value"])


def test_a_number_of_new_plans_that_cannot_be_is_not_used():
    made = plans_of(
        rows(
            *[("ehc_plans", "A", str(y), 100 + y - 2019) for y in range(2019, 2024)],
            *[("ehc_plans_new", "A", str(y), v) for y, v in [(2018, 10), (2019, 6078), (2020, 12), (2022, 14)]],
            ("ehc_plans_issued", "A", "2019", 9),
            ("ehc_plans_issued", "A", "2020", 99),
            ("population_0_17", "A", "2020", 5000),
        ),
        ["A"],
    )
    assert made.history.joiners[0].tolist() == [10, 9, 12, 13, 14]
    assert [(m.year, m.used, m.by) for m in made.mended] == [
        (2019, 9, "the plans issued"),
        (2021, 13, "the mean of the years beside it"),
    ]
    assert made.history.children[0].tolist() == [5000] * 5
    assert "6,078 new plans for 2019" in sections._mended(made.mended[0])
    assert sections._mended(made.mended[1]).startswith("the release has no number of new plans for 2021")


def test_a_gap_that_nothing_fills_stays_a_gap():
    made = plans_of(rows(("ehc_plans", "A", "2020", 50), ("ehc_plans", "A", "2021", 60)), ["A", "B"])
    assert np.isnan(made.history.joiners).all()
    assert np.isnan(made.history.total[1]).all()
    assert made.mended == []
    assert not forecasts.complete(made.history).any()


def test_ages_with_one_unknown_band_are_unknown_but_the_oldest_had_no_plans_before_2015():
    bands = ("under_5", "5_to_10", "11_to_15", "16_to_19", "20_to_25")
    known = [("ehc_plans", "A", str(y), 10) for y in (2014, 2015, 2016)]
    known += [(f"ehc_plans_{band}", "A", str(y), 2) for band in bands[:4] for y in (2014, 2015, 2016)]
    known += [("ehc_plans_20_to_25", "A", "2015", 3), ("ehc_plans_20_to_25", "A", "2016", np.nan)]
    found = plans_of(rows(*known), ["A"]).history.bands[0]
    assert found[0].tolist() == [2, 2, 2, 2, 0]
    assert found[1].tolist() == [2, 2, 2, 2, 3]
    assert np.isnan(found[2]).all()


def test_single_years_of_age_are_added_and_a_symbol_is_not_added_to():
    measure = Measure("n", "s", "n", "", (("age", "age 3|age 4"),), "January", 0, ((1.0, ""),))
    cells = [
        ("E1", "age 3", "5"),
        ("E1", "age 4", "7"),
        ("E1", "age 5", "100"),
        ("E2", "age 3", "c"),
        ("E2", "age 4", "7"),
    ]
    table = pd.DataFrame(cells, columns=["place", "age", "n"]).assign(
        period="2024", level="Local authority", at="line 2"
    )
    release = Release("x", "x.csv", "ees", "", "Nobody", "Made up", "2025", "", "", bytes=1)
    found = one_measure(release, table, measure).set_index("place")["text"]
    assert found.to_dict() == {"E1": "12", "E2": "c"}


# ---- All authorities -----------------------------------------------------------------------------


@pytest.mark.parametrize("method", [*METHODS, CHOSEN])
def test_intervals_hold_85_to_99_percent_over_all_authorities_and_origins(method):
    given, claimed = coverage(NATIONAL, [method])
    assert 85 <= given <= 99
    assert claimed < 75, "left to itself each method would have claimed too much"
    assert given > claimed + 15


def test_methods_and_the_rule_are_compared_over_the_same_forecasts():
    """Made from 2015 on, the first January that knows an outcome: the cohort model is out by 10.64%, the rule 12.2%."""
    for _, at in NATIONAL.groupby("horizon"):
        assert set(at["method"]) == {*METHODS, CHOSEN}
        for part in ("forecasts", "authorities", "first_origin", "last_origin", "checked"):
            assert at[part].nunique() == 1, part
        assert at["first_origin"].iloc[0] == 2015
    up = NATIONAL[NATIONAL["horizon"] <= 4].groupby("method")["mean_error"].mean()
    assert up[COHORT] == pytest.approx(10.64, abs=0.005)
    assert up[CHOSEN] == pytest.approx(12.21, abs=0.005)


def test_a_forecast_that_one_method_lacks_enters_no_comparison(wiltshire):
    """Without its worst years a method would seem better; it is held against the others over the same years."""
    worst = wiltshire.past["linear"]
    flattered = np.where(np.abs(worst.relative) > 0.05, np.nan, worst.expected)
    made = replace(wiltshire, past={**wiltshire.past, "linear": worst._replace(expected=flattered)})
    assert np.nanmean(np.abs(made.past["linear"].relative)) < np.nanmean(np.abs(worst.relative)) / 2
    for one, other in pairwise(made.compared.values()):
        assert (np.isfinite(one.relative) == np.isfinite(other.relative)).all()
    assert wiltshire.errors[COHORT].tolist() == (100 * backtest.accuracy(wiltshire.past[COHORT])[0]).tolist()


def test_one_method_wins_in_each_authority():
    for _, at in NATIONAL[NATIONAL["method"] != CHOSEN].groupby("horizon"):
        assert at["wins"].sum() == at["authorities"].max() == 147
        assert set(at["method"]) == set(METHODS)
    steps = NATIONAL.dropna()[[f"factor_{end}" for end in LEVELS]].diff(axis=1).iloc[:, 1:]
    assert (steps > 0).all(axis=None)


@with_releases
def test_the_table_is_what_the_releases_give():
    from analysis.official import plan_backtest

    made = plan_backtest.table(ROOT / "data").reset_index(drop=True)
    assert made[["method", "horizon"]].equals(NATIONAL[["method", "horizon"]].astype({"horizon": int}))
    exact = ["forecasts", "authorities", "first_origin", "last_origin", "checked", "wins", "mean_error", "bias"]
    loose = ["own_coverage", "coverage", *(f"factor_{end}" for end in LEVELS)]  # of simulated spreads
    pd.testing.assert_frame_equal(made[exact], NATIONAL[exact], check_dtype=False, rtol=1e-5)
    pd.testing.assert_frame_equal(made[loose], NATIONAL[loose], check_dtype=False, rtol=1e-3)


# ---- What the page says of Wiltshire -------------------------------------------------------------


def test_the_answer_leads_with_the_question(page):
    answer = page.outputs[0][0]["text/plain"].splitlines()
    assert len(answer) == 5
    assert answer[0].startswith(
        "- 6,383 children and young people in Wiltshire have an education, health and care plan"
    )
    assert answer[1].startswith("- The number of plans rose by 15.3% in a year (England's rose by 10.8%)")
    assert re.match(
        r"- About [\d,]+ plans are to be expected in January 2029 \(95% interval [\d,]+ to [\d,]+\)", answer[2]
    )
    assert answer[3] == (
        "- 29.5% of new plans were issued within the lawful 20 weeks in 2024 (95% interval 26.5% to 32.6%), "
        "lower than England's 46.4%."
    )
    assert answer[4].startswith("- One percent more children joining each year would make about 50 more plans")


def test_the_forecast_is_that_of_the_method_with_the_least_error(wiltshire):
    mean = {
        name: np.mean([np.nanmean(np.abs(t.relative[:, 0, h])) for h in range(4)]) for name, t in wiltshire.past.items()
    }
    assert wiltshire.method == min(mean, key=mean.get)
    assert wiltshire.error(wiltshire.method) == pytest.approx(100 * min(mean.values()))
    value, limits = wiltshire.expected()[-1], wiltshire.interval(4)
    factor = float(wiltshire.row(wiltshire.method, 4)["factor_95"])
    wide = factor * backtest.spread(wiltshire.paths[wiltshire.method])[0, 3]
    assert limits == (pytest.approx(value - wide), pytest.approx(value + wide))
    inner = [wiltshire.interval(4, level) for level in (0.5, 0.8, 0.95)]
    assert all(b.lower <= a.lower <= a.upper <= b.upper for a, b in pairwise(inner))


def test_the_interval_of_the_forecast_has_settled_to_two_figures(wiltshire):
    """Other seeds give the same text; the thousand futures of a forecast that is tried would move the third digit."""
    texts, wide, few = set(), [], []
    for seed in (1, 2, 3, 4):
        made = replace(wiltshire, assumed=replace(wiltshire.assumed, seed=seed))
        texts.add(say.span(made.interval(4), say.modelled))
        wide.append(tuple(made.interval(4)))
        rng = np.random.default_rng(seed)
        few.append(float(forecasts.cohort_path(wiltshire.model, 4, rng, forecasts.DRAWS).error[0, 3]))
    assert texts == {"7,200 to 13,000"}
    assert np.ptp(wide, axis=0) == pytest.approx((0, 0), abs=25)
    assert np.ptp(few) > 10


def test_one_more_percent_of_joiners_is_a_hundredth_of_what_twice_as_many_would_add(wiltshire):
    twice = wiltshire.scenario(joiners=2.0) - wiltshire.scenario()
    assert wiltshire.extra() == pytest.approx(twice / 100, rel=0.05)
    assert (np.diff(wiltshire.extra()) > 0).all()
    dear = replace(wiltshire, assumed=replace(wiltshire.assumed, unit_cost=34000.0))
    assert say.rough_pounds(float(dear.extra()[-1] * 34000)) in words.cost(Report(WILTSHIRE), dear)


def test_where_a_simple_rule_wins_it_is_published_and_the_page_says_that_the_model_lost(wiltshire, monkeypatch):
    trial = wiltshire.past["drift"]
    right = trial._replace(expected=np.where(np.isfinite(trial.actual), trial.actual, trial.expected))
    made = replace(wiltshire, past={**wiltshire.past, "drift": right})
    assert made.method == "drift"
    assert made.expected().tolist() == made.paths["drift"].expected[0].tolist()
    said = words.outlook(made)
    assert "the simple rule that the mean yearly rise goes on came closest in past years, out by 0.0%" in said
    assert "our own model of who joins and leaves lost, out by 10.6%" in said
    seen = shown(monkeypatch)
    forecasting.forecast(Report(WILTSHIRE), made)
    trying.backtest(Report(WILTSHIRE), made)
    assert any("Drift came closest in Wiltshire, out by 0.0%" in text for _, text in seen)


def test_assumptions_are_drawn_and_said_only_where_they_differ(wiltshire, monkeypatch):
    assert forecasting._assumed(wiltshire) == []
    made = replace(wiltshire, assumed=Assumptions(joiner_growth=-10.0, cease_rate=3.0))
    (said,) = forecasting._assumed(made)
    assert said.startswith("with new plans growing 10% a year slower and plans ending 3.00 times as often than")
    assert made.scenario()[-1] < wiltshire.scenario()[-1]
    assert "Your assumptions" in forecasting._others(made)
    assert "Your assumptions" not in forecasting._others(wiltshire)


def test_the_rises_of_the_documents_by_hand(page):
    early = documents.early_rises(Report(WILTSHIRE), 1.0)
    assert [(r.before.value, r.after.value) for r in early] == [(63, 86), (64, 87), (152, 116), (712, 738)]
    assert [r.clear for r in early] == [False, False, True, False]
    assert early[2].value == pytest.approx(100 * (116 / 152 - 1))
    later = documents.referral_rises(Report(WILTSHIRE), 1.0)
    assert [round(r.value, 1) for r in later] == [27.3, 14.9, 46.3]
    assert all(r.clear for r in later)
    assert not any(r.clear for r in documents.referral_rises(Report(WILTSHIRE), 10.0)[:2])
    assert "Early-years referrals rose by 46% in two years, more than chance explains." in page.text
    assert "The 27% stated for 2021/22 holds within rounding: from 495 to 630 referrals is 27.3%" in page.text
    assert "The 13% stated for 2022/23 is contradicted: from 630 to 724 referrals is 14.9%" in page.text
    # The words of the register's verdict, which the page's table of claims has too.
    assert "early years and at primary level is contradicted: by the department's count new statements" in page.text
    assert "rose by 37%, from 63 to 86 (95% interval −1% to 89%), which chance alone could explain" in page.text
    judged = register.named(Report(WILTSHIRE).figures, "ehs-sen-significant-rise")
    assert (judged.verdict, judged.chance) == ("contradicted", "No")
    assert "2.4% would mean 76,500 to 79,800 children: none of the populations read here fits." in page.text


def test_the_bridge_adds_up(page):
    assert pytest.approx(70.2) == 56.247 + (137.2 - 56.247) - 67
    assert (
        "The council is to meet £70.2 million of a deficit of £137.2 million: the agreement pays £67.0 million."
        in page.text
    )
    assert "The printed parts add up" in page.text


def test_plans_above_those_of_the_deficit_are_priced_for_each_january(wiltshire, page):
    known = dict(zip(wiltshire.years, wiltshire.history.total[0], strict=True))
    added = known[2025] - known[2024] + sum(wiltshire.expected() - known[2024])
    assert f"would cost {say.rough_pounds(float(added * 17000))} together over the years to 2029" in page.text


def test_the_page_is_the_same_twice(page, monkeypatch):
    again = run_notebook("send", monkeypatch)
    assert json.dumps([d for d, _ in again.outputs]) == json.dumps([d for d, _ in page.outputs])


def test_everything_at_its_worst_together(monkeypatch):
    made = run_notebook(
        "send", monkeypatch, horizon=5, joiner_growth=20.0, cease_rate=3.0, unit_cost=100000.0, mitigation=100.0,
        backtest_origin=2024, dispersion=10.0, seed=1000000,
    )  # fmt: skip
    prose = re.sub(r"<svg.*?</svg>", "", made.text, flags=re.S)
    assert not re.search(r"\bnan\b|\binf\b|\bNone\b(?! of)", prose)
    assert "after 100% is saved as assumed" in prose


# ---- Words at their edges ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "hardly any more plans"),
        (0.02, "about 0.02 more plans"),
        (1, "about 1 more plan"),
        (4.13, "about 4.1 more plans"),
        (50.1, "about 50 more plans"),
        (1234, "about 1,230 more plans"),
    ],
)
def test_a_few_plans_in_words(value, text):
    assert amounts.few(value, "more plan") == text


@pytest.mark.parametrize(
    ("count", "total", "text"),
    [(0, 10, "none of ten"), (1, 10, "one of ten"), (11, 11, "all 11"), (9, 11, "nine of 11")],
)
def test_so_many_of_them_in_words(count, total, text):
    assert amounts.out_of(count, total) == text


RUTLAND = {2016: (22, 17), 2017: (28, 19), 2018: (27, 27), 2019: (31, 31), 2020: (41, 31), 2021: (37, 16),
           2022: (38, 16), 2023: (35, 23), 2024: (51, 40)}  # fmt: skip
"""Plans without an exception in Rutland, and those of them on time: DfE, EHC plans 2025."""


def on_time(monkeypatch, years):
    """What the chart of time finds of these years."""
    seen = shown(monkeypatch)
    monkeypatch.setattr(timeliness, "years_of", lambda _, area=None: [Year(y, *n) for y, n in years.items()])
    timeliness.control(Report(WILTSHIRE))
    return next(text for kind, text in seen if kind == "finding")


def test_a_change_in_time_is_from_the_first_year_to_the_last_and_no_year_is_chosen_by_its_size(monkeypatch):
    """Rutland did not fall from the 100.0% of its two best years: it began at 77.3% and stands at 78.4%."""
    said = on_time(monkeypatch, RUTLAND)
    assert said.startswith("From 77.3% in 2016 to 78.4% in 2024 is no clear change in the share on time, but ")
    assert "100" not in said
    best_last = dict(zip(RUTLAND, [*list(RUTLAND.values())[5:], *list(RUTLAND.values())[:5]], strict=True))
    assert on_time(monkeypatch, best_last).startswith(
        "The share on time rose from 43.2% in 2016 to 75.6% in 2024, more"
    )
    turned = dict(zip(RUTLAND, [(400, 340), *list(RUTLAND.values())[1:-1], (400, 100)], strict=True))
    assert on_time(monkeypatch, turned).startswith("The share on time fell from 85.0% in 2016 to 25.0% in 2024, more")


def test_a_step_too_large_for_need_is_doubted():
    """Newham's 2,705 plans of January 2024 are 1,199 in 2025, while more of its pupils have one."""
    assert words.doubtful(2705, 1199)
    assert not words.doubtful(5536, 6383)
    assert not words.doubtful(17, 5)


def test_money_in_words():
    assert [say.rough_pounds(v) for v in (851_705, 63.9e6, 228.7e6, -219_000, 0)] == [
        "£852,000", "£63.9 million", "£229 million", "−£219,000", "£0",
    ]  # fmt: skip


def test_control_charts_of_few_years_none_and_steady_ones(monkeypatch):
    seen = shown(monkeypatch)
    report = Report(WILTSHIRE)
    for years in ([], [Year(2024, 100, 40)], [Year(y, 400, 200 + y % 3) for y in range(2019, 2025)]):
        monkeypatch.setattr(timeliness, "years_of", lambda _, area=None, years=years: years)
        timeliness.control(report)
    found = [text for kind, text in seen if kind == "finding"]
    assert found == [
        "Too few plans are issued in Wiltshire to judge their time from year to year.",
        "40.0% of plans were on time in 2024; one year is too few to tell a trend from chance.",
        "From 2019 to 2024 the share on time moved by no more than chance explains.",
    ]


def test_a_break_is_drawn_before_its_period():
    drawn = charts.lines(
        [(str(y), "A", y - 2000) for y in range(2020, 2026)],
        About("a", "b", "c"),
        str,
        "Plans",
        breaks=[("2023", "counted anew")],
    )
    assert "counted anew" in re.sub(r"\s+", " ", drawn.svg)
    with pytest.raises(ValueError, match="2030"):
        charts.lines([("2020", "A", 1.0)], About("a", "b", "c"), str, "Plans", breaks=[("2030", "no such period")])


def test_a_year_that_is_missing_where_counting_changed_leaves_a_gap(monkeypatch):
    """Hackney and Leicester have no count for 2023, the first year counted child by child."""
    drawn, report = [], Report(WILTSHIRE)
    monkeypatch.setattr(report, "chart", drawn.append)
    years = [Year(y, 400, 200 + 20 * (y % 3)) for y in (2019, 2020, 2021, 2022, 2024)]
    monkeypatch.setattr(timeliness, "years_of", lambda _, area=None: years)
    timeliness.control(report)
    table = drawn[0].table.frame
    assert table.loc[table["Period"] == "2023"].drop(columns="Period").isna().all(axis=None)
    assert "counted anew" in re.sub(r"\s+", " ", drawn[0].svg)


def test_too_short_a_history_gets_a_sentence_and_no_line(wiltshire, monkeypatch):
    short = replace(wiltshire.history, total=np.where(wiltshire.years < 2024, np.nan, wiltshire.history.total))
    made = replace(wiltshire, name="Newshire", history=short, past={})
    assert made.reason.startswith("the number of plans in Newshire is known for two Januaries only, too few")
    seen = shown(monkeypatch)
    report = Report(WILTSHIRE)
    for show in (forecasting.forecast, trying.backtest, costs.cost, costs.tornado, sections.caseload):
        show(report, made)
    trying.tried(report, made, 2019)
    kinds = [kind for kind, _ in seen]
    assert kinds.count("chart") == 1, "the number of plans alone is drawn"
    assert words.cost(report, made).startswith("one percent more new plans than in 2024 would be about 9.9 more plans")


# ---- Any authority -------------------------------------------------------------------------------


@with_releases
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("City of London", "no share of plans issued within 20 weeks is given for 2024: not applicable [z]"),
        ("Isles of Scilly", "within the lawful 20 weeks in 2024 (1 of 1 plan; England 46.4%)"),
        ("Cumberland", "known for two Januaries only, too few for a forecast"),
        ("Westmorland and Furness", "known for two Januaries only, too few for a forecast"),
        ("Bournemouth, Christchurch and Poole", "known for six Januaries only, too few for a forecast"),
        ("Birmingham", "came closest in past years"),
        ("Kent", "came closest in past years"),
        ("Rutland", "came closest in past years"),
    ],
)  # fmt: skip
def test_the_answer_for_awkward_authorities(name, expected):
    areas = Figures().areas
    (code,) = areas.index[(areas["name"] == name) & (areas["level"] == "Local authority")]
    report = Report(code)
    said = words.answer(report, outlook(report, Assumptions()))
    assert 3 <= len(said) <= 5
    assert any(expected in sentence for sentence in said)
    assert not [s for s in said if re.search(r"\b(nan|inf|None)\b|Wiltshire", s)]


@with_releases
def test_the_fault_of_the_release_in_yorkshire_is_found_and_said():
    """The interactive tool gives every authority of Yorkshire the region's 6,078 new plans for 2022."""
    report = Report("E06000014")
    made = outlook(report, Assumptions())
    (fault,) = [m for m in made.mended if m.year == 2022]
    assert (fault.stated, fault.used) == (6078, 102)
    assert made.possible
    assert made.past[COHORT].relative[-1, 0, 0] == pytest.approx(0, abs=0.15)
