"""Child poverty: the checks of the method, sums and wards against the raw releases, the page for any authority."""

from __future__ import annotations

import csv
import math
import os
import re
import shutil
from pathlib import Path

import nbformat
import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis import derived, reads
from analysis import report as reports
from analysis.figures import ENGLAND, Figures
from analysis.methods import intervals
from analysis.official import estimates
from analysis.official.districts import load_districts, parts_of, with_sums
from analysis.official.measures import Measure
from analysis.official.places import Places
from analysis.official.releases import ReleaseError
from analysis.official.wards import read_all
from analysis.position import position, sentence
from analysis.report import EndOfReport, Report
from analysis.topics.child_poverty import charts
from analysis.topics.child_poverty.care import EFFECTS, Care
from analysis.topics.child_poverty.charts import as_printed
from analysis.topics.child_poverty.facts import AFTER, BEFORE, HMRC, LENSES, Poverty, year_of
from analysis.topics.child_poverty.wards import Wards
from analysis.trends import in_doubt
from notebook_runs import ROOT, run_notebook, usual
from official_samples import Made, dwp

OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
WILTSHIRE, KENT, CITY, SCILLY = "E06000054", "E10000016", "E09000001", "E06000053"
AREAS = {
    CITY: "City of London",
    SCILLY: "Isles of Scilly",
    "E06000063": "Cumberland",
    "E06000064": "Westmorland and Furness",
    "E06000058": "Bournemouth, Christchurch and Poole",
    "E08000025": "Birmingham",
    KENT: "Kent",
    "E06000017": "Rutland",
}


@pytest.fixture(scope="module")
def figures():
    return Figures()


@pytest.fixture(scope="module")
def wiltshire(tmp_path_factory):
    """The page of Wiltshire, run once, where no release is."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANALYSIS_OFFICIAL", str(tmp_path_factory.mktemp("none")))
        return run_notebook("child_poverty", patch)


def raw(file):
    """The rows of a release of the department as text, read with nothing of the project's."""
    with (Path(OFFICIAL) / "poverty" / file).open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    start = next(n for n, line in enumerate(lines) if line[0].startswith("Local Authority"))
    return [line for line in lines[start + 1 :] if line[0].strip()]


def number(text):
    return float(text.replace(",", "").rstrip("%"))


# ---- the checks of the method -------------------------------------------------------------------------------------


def test_the_local_measure_of_2011(figures):
    """METHODS: HMRC 2011, Wiltshire under 16: 10,325 of 86,420 = 11.9%."""
    poor, children = (figures.get(name, period=2011) for name in ("hmrc_low_income_under_16", "hmrc_children_under_16"))
    assert (poor.value, children.value) == (10_325, 86_420)
    rate = figures.get("hmrc_low_income_rate_under_16", period=2011)
    assert str(rate) == "11.9%"
    assert rate.rounding_interval.contains(poor.value / children.value * 100)


def test_after_housing_costs_of_2025(figures, wiltshire):
    """METHODS: DWP after housing costs, financial year ending 2025: 17,409 (19.0%)."""
    assert figures.get("low_income_ahc_under_16", period=202425).value == 17_409
    assert str(figures.get("low_income_ahc_rate_under_16", period=202425)) == "19.0%"
    lead = wiltshire.outputs[0][0]["text/plain"].splitlines()[0]
    assert lead.startswith("- 17,409 children under 16 in Wiltshire, 19.0% (95% interval ")


def test_the_study_is_as_published(figures):
    """METHODS: one point more child poverty goes with 5 (2 to 8) more children entering care per 100,000."""
    found = figures.get("poverty_care_entries_per_point", area=ENGLAND)
    assert (found.value, found.lower, found.upper, found.source) == (5, 2, 8, "bennett_2022")
    care = Care(Report(), Poverty(Report(), "after housing costs", 2025), "published", 1.0, "0 to 15")
    children = 17_409 / 0.19
    assert care.entering == pytest.approx(5 * children / 100_000, rel=1e-4)
    assert care.limits == pytest.approx((2 * children / 100_000, 8 * children / 100_000), rel=1e-4)


# ---- sums of districts --------------------------------------------------------------------------------------------


def test_sums_are_those_of_the_release(official, figures):
    rows = {line[1]: line for line in raw("cilif_ahc_la_fye2025.csv")}
    england = [line for code, line in rows.items() if code.startswith("E")]
    assert len(england) == 296
    everyone = [line for code, line in rows.items() if code != "K02000001"]
    assert sum(number(line[3]) for line in everyone) == pytest.approx(number(rows["K02000001"][3]), abs=200)
    parts = {ENGLAND: england, KENT: [rows[f"E07{n:06d}"] for n in range(105, 117)]}
    everything = Figures(area=KENT)
    for area, lines in parts.items():
        poor = sum(number(line[3]) for line in lines)
        children = sum(number(line[3]) / number(line[5]) * 100 for line in lines)
        assert everything.get("low_income_ahc_under_16", area, 202425).value == poor
        rate = everything.get("low_income_ahc_rate_under_16", area, 202425)
        assert (rate.value, rate.symbol) == (round(poor / children * 100, 1), "e")
        assert rate.note.startswith("Worked out here")
    assert figures.get("low_income_ahc_rate_under_16", ENGLAND, 202425).value == 27.1


def test_the_sum_of_the_kingdom_by_shares_is_its_own_share(official):
    """The release gives the United Kingdom's share: the children implied by its parts must give it too."""
    rows = {line[1]: line for line in raw("cilif_ahc_la_fye2025.csv")}
    kingdom = rows.pop("K02000001")
    children = sum(number(line[3]) / number(line[5]) * 100 for line in rows.values())
    assert sum(number(line[3]) for line in rows.values()) / children * 100 == pytest.approx(
        number(kingdom[5]), abs=0.06
    )


def test_every_district_of_the_release_is_in_one_county(official):
    districts = load_districts(ROOT / "data")
    found = {line[1] for line in raw("cilif_ahc_la_fye2025.csv") if line[1].startswith("E07")}
    assert set(districts) == found
    assert len(set(districts.values())) == 21
    parts = parts_of(Figures().areas, districts)
    assert len(parts[ENGLAND]) == 296
    assert len(parts[KENT]) == 12


def sums(cells, whole=("E07000105", "E07000106")):
    """The rows that two districts' cells give for their county."""
    share = Measure("rate", "s", "Percentage", "", (), "Financial year", 0, ((0.1, ""),), count="number")
    count = Measure("number", "s", "Number", "", (), "Financial year", 0, ((1.0, ""),))
    rows = [
        {"indicator": name, "place": place, "period": "2025", "text": text, "per": "", "base": ""}
        for place, texts in cells.items()
        for name, text in zip(("number", "rate"), texts, strict=True)
    ]
    places = Places(Figures().areas)
    made = with_sums(pd.DataFrame(rows), [count, share], {KENT: list(whole)}, places)
    return made[made["place"] == KENT].set_index("indicator")["text"].to_dict()


def test_a_sum_needs_every_part_with_a_value():
    assert sums({"E07000105": ("100", "10%"), "E07000106": ("300", "30%")}) == {"number": "400", "rate": "20.0"}
    assert sums({"E07000105": ("100", "10%"), "E07000106": ("[low]", "[x]")}) == {"number": "x", "rate": "x"}
    assert sums({"E07000105": ("0", "0%"), "E07000106": ("300", "30%")})["number"] == "300"
    assert sums({"E07000105": ("100", "10%")}) == {}, "a part is not in the release"


# ---- wards --------------------------------------------------------------------------------------------------------


def test_the_wards_of_wiltshire_against_the_release(official, figures):
    rows = [line for line in raw("cilif_ahc_ward_fye2025.csv") if line[1] == WILTSHIRE]
    found = derived.wards(figures, WILTSHIRE)
    latest = found[found["time_period"] == "202425"].set_index("ward")
    assert len(rows) == len(latest) == 98
    for line in rows:
        assert (latest.at[line[3], "children"], latest.at[line[3], "rate"]) == (number(line[5]), number(line[7]))
    order = sorted(rows, key=lambda line: -number(line[7]))[:10]
    share = sum(number(line[5]) for line in order) / sum(number(line[5]) for line in rows)
    children = sum(number(line[5]) / number(line[7]) for line in order)
    wards = Wards(Report(), 2025, 1)
    assert wards.worst.units == 10
    assert wards.worst.events == pytest.approx(share)
    total = sum(number(line[5]) / number(line[7]) for line in rows)
    assert wards.worst.population == pytest.approx(children / total)
    assert wards.underlying.interval.contains(wards.worst.events)


def test_symbols_of_wards_stay_what_they_are(official):
    found = read_all(ROOT / "data")
    city = found[(found["area"] == CITY) & (found["time_period"] == "202425")]
    assert len(city) == 10
    assert set(city["rate_symbol"]) == {"x"}
    assert set(city["children_symbol"]) == {"", "low"}
    assert (city["children"].isna() == (city["children_symbol"] == "low")).all()
    assert found["area"].nunique() == 153
    assert not found.duplicated(["ward", "time_period"]).any()


def test_another_seed_changes_the_draws_only():
    one, other = (Wards(Report(), 2025, seed) for seed in (1, 2))
    assert one.worst == other.worst
    assert one.underlying != other.underlying
    assert one.underlying.value == pytest.approx(other.underlying.value, abs=0.002)


def test_ward_intervals_are_wilsons():
    wards = Wards(Report(confidence=0.9), 2025, 1)
    table = wards.all_table().frame
    row = wards.rated.iloc[0]
    limits = intervals.wilson(row["children"], row["children"] / row["rate"] * 100, 0.9).times(100)
    assert tuple(table.loc[0, ["Lower limit", "Upper limit"]]) == pytest.approx(limits)
    assert len(table) == 98


# ---- the association ----------------------------------------------------------------------------------------------


def test_an_estimate_worked_out_without_the_projects_model(official):
    panel = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    panel = panel[~panel["new_la_code"].isin([SCILLY, CITY]) & panel["time_period"].between(2015, 2020)]
    panel = panel.drop_duplicates(["new_la_code", "time_period"])[
        ["new_la_code", "time_period", "rel_pov_rate100", "cla_start_rate10000"]
    ].dropna()
    mean = panel.groupby("new_la_code")["rel_pov_rate100"].transform("mean")
    panel = panel.assign(mean=mean, own=panel["rel_pov_rate100"] - mean, y=panel["cla_start_rate10000"] * 10)
    fit = smf.mixedlm("y ~ own + mean + C(time_period)", panel, groups="new_la_code").fit(reml=True)
    row = derived.estimates(Figures()).loc["entries_2020_year_effects_plain"]
    assert (row["observations"], row["authorities"]) == (len(panel), panel["new_la_code"].nunique()) == (891, 149)
    assert (row["value"], row["standard_error"]) == pytest.approx((fit.params["own"], fit.bse["own"]), abs=0.002)


def test_a_clustered_estimate_worked_out_without_the_projects_model(official):
    panel = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    panel = panel[~panel["new_la_code"].isin([SCILLY, CITY]) & panel["time_period"].between(2015, 2020)]
    panel = panel.drop_duplicates(["new_la_code", "time_period"])[
        ["new_la_code", "time_period", "rel_pov_rate100", "cla_start_rate10000"]
    ]
    panel = panel.dropna().assign(
        y=lambda t: t["cla_start_rate10000"] * 10, group=lambda t: pd.factorize(t["new_la_code"])[0]
    )
    for control, formula in (("no time control", ""), ("linear trend", " + time_period")):
        model = smf.ols(f"y ~ rel_pov_rate100 + C(group){formula}", panel)
        fit = model.fit(cov_type="cluster", cov_kwds={"groups": panel["group"]})
        row = derived.estimates(Figures()).loc[EFFECTS[control]]
        assert row["value"] == pytest.approx(fit.params["rel_pov_rate100"], abs=0.001)
        # theirs counts the 149 levels as parameters: 891 rows less 150 or 151 instead of less 1 or 2
        assert row["standard_error"] == pytest.approx(fit.bse["rel_pov_rate100"] * math.sqrt(741 / 890), rel=0.002)


def test_every_fit_converged_and_one_that_had_not_is_shown():
    table = derived.estimates(Figures())
    assert (table["converged"] == "yes").all()
    care = Care(Report(), Poverty(Report(), "after housing costs", 2025), "published", 1, "0 to 15")
    assert "did not converge" not in care.chart().note
    care.table = table.copy()
    care.table.loc["entries_2022_none_plain", ["value", "standard_error", "converged"]] = [math.nan, math.nan, "no"]
    chart = care.chart()
    assert "[x]" in chart.svg
    assert "A row without a value did not converge." in chart.note
    assert len(chart.table.frame) == len(table) + 1
    assert care.unclear().split(" of our own ")[1].startswith("15 estimates")


def test_every_specification_is_in_the_table():
    wanted = {f"entries_{last}_{c.replace(' ', '_')}" for last, c, _, _ in estimates.specifications()}
    assert {name.rsplit("_", 1)[0] for name in derived.estimates(Figures()).index} == wanted


def test_a_fall_is_never_more_than_there_is():
    report = Report()
    poverty = Poverty(report, "after housing costs", 2025)
    poverty.latest = lambda indicator: type("F", (), {"value": 4.0})()
    care = Care(report, poverty, "published", 10.0, "0 to 15")
    assert care.points == 4.0
    assert "has only 4 percentage points" in care.capped()
    assert Care(report, poverty, "published", 1.0, "0 to 15").capped() == ""


# ---- the page -----------------------------------------------------------------------------------------------------


def answer(area, **parameters):
    """The sentences of the answer, without running the rest of the notebook."""
    used = {"measure": "after housing costs", "year": 2025, "effect": "published", "points": 1.0}
    used |= {"age_base": "0 to 15"} | parameters
    report = Report(area, confidence=used.get("confidence", 0.95))
    poverty = Poverty(report, used["measure"], used["year"])
    care = Care(report, poverty, used["effect"], used["points"], used["age_base"])
    return [*poverty.sentences(), Wards(report, used["year"], 1).sentence(), care.sentence()]


@pytest.mark.parametrize("measure", LENSES)
@pytest.mark.parametrize("year", [2011, 2014, 2022, 2025])
def test_any_measure_may_lead_in_any_year(measure, year):
    said = answer(WILTSHIRE, measure=measure, year=year)
    assert len(said) == 5
    assert not re.search(r"\bnan\b|\binf\b|None|  |, ,", " ".join(said))
    years = [int(y) for y in re.findall(r"(?:in|January) (20\d\d)\b", " ".join(said[:4]).split("first one")[0])]
    assert all(found <= year for found in years)


@pytest.mark.parametrize("effect", EFFECTS)
def test_each_effect_has_its_own_interval(effect):
    narrow, wide = (answer(WILTSHIRE, effect=effect, confidence=c)[-1] for c in (0.5, 0.999))
    assert "50% interval" in narrow
    assert "99.9% interval" in wide
    assert "not an effect" in narrow


def test_the_answer_begins_with_a_number_and_no_register_title(wiltshire):
    (first,) = [data for data, mark in wiltshire.outputs if mark["kind"] == "answer"]
    lines = first["text/plain"].splitlines()
    assert len(lines) == 5
    titles = set(Figures().indicators["title"])
    assert not [line for line in lines for title in titles if title in line]
    assert "12% to 12%" not in wiltshire.text
    assert "12.0%" not in next(data["image/svg+xml"] for data, mark in wiltshire.outputs if mark.get("id") == "england")


# ---- a modelled measure has no direction --------------------------------------------------------------------------

DIRECTION = re.compile(r"\b(rose|fell|risen|fallen|went from|no clear change)\b")
MODELLED_LENSES = {name for name, lens in LENSES.items() if lens in (AFTER, BEFORE)}


def of_models(said):
    """The sentences on the measures of income; at least one."""
    found = [one for one in said if "a low income after housing costs" in one or "income before housing costs" in one]
    assert found
    return found


def no_direction(said):
    """Of measures of income the answer gives values and the doubt: once in full, then in short."""
    found = of_models(said)
    assert not [one for one in found if DIRECTION.search(one)]
    doubtful = [one for one in found if re.search(r"; it was [\d.]+% in", one)]
    assert [in_doubt() in one for one in doubtful] == [n == 0 for n in range(len(doubtful))]
    assert all(one.endswith("and the same doubt holds") for one in doubtful[1:])


def test_the_register_says_which_measures_are_modelled(figures):
    named = {row.Index for row in figures.indicators.itertuples() if row.topic == "child_poverty"}
    modelled = {name for name in named if any(f.modelled for f in figures.series(name))}
    assert modelled == {AFTER.rate, AFTER.count, BEFORE.rate}
    assert {name for name, lens in LENSES.items() if lens.rate in modelled} == MODELLED_LENSES


@pytest.mark.parametrize("measure", LENSES)
@pytest.mark.parametrize("year", [2022, 2024, 2025])
def test_a_modelled_measure_is_given_as_two_values_and_the_doubt(measure, year):
    no_direction(answer(WILTSHIRE, measure=measure, year=year)[:3])


def test_the_doubt_is_said_of_the_first_value():
    first, second = of_models(answer(WILTSHIRE))
    assert first.endswith(f"; it was 18.6% in 2023/24, and {in_doubt()}")
    assert second.endswith("; it was 10.9% in 2021/22, and the same doubt holds")


def test_a_measure_that_counts_still_rises_and_falls():
    assert answer(WILTSHIRE, measure="HMRC local measure")[0].endswith("; it fell from 11.9% in 2011")


def test_the_caution_of_the_register_decides(tmp_path):
    """A measure that is not called modelled there is said to rise, by the interval by chance alone."""
    data = copied(tmp_path)
    table = (data / "indicators.csv").read_text(encoding="utf-8")
    (data / "indicators.csv").write_text(table.replace("Modelled: calibrated", "Calibrated"), encoding="utf-8")
    said = Poverty(Report(figures=Figures(data)), "after housing costs", 2025).sentences()
    assert said[0].endswith("; there was no clear change from 18.6% in 2023/24")
    assert not [one for one in said if "doubt" in one or "own error" in one]


def test_no_heading_title_or_value_gives_a_modelled_measure_a_direction(wiltshire):
    """The whole page: each sentence shown, each chart's title and alternative text, the words beside the values."""
    said = [data["text/plain"] for data, mark in wiltshire.outputs if mark["kind"] in ("finding", "text", "answer")]
    said += [str(text) for _, mark in wiltshire.outputs for key, text in mark.items() if key != "csv"]
    lines = [line for text in said for line in text.splitlines()]
    of_income = [line for line in lines if re.search(r"(before|after) housing costs|own error", line)]
    assert not [line for line in of_income if DIRECTION.search(line)]
    assert "Whether the first and the last year differ by more than the model's own error is not known." in lines
    assert any(re.search(r"before housing costs was 10\.9% in 2021/22 and 13\.1% in 2024/25;", line) for line in lines)
    assert any(re.search(r"HMRC local measure fell from 11\.9% in 2011 to 11\.2% in 2013", line) for line in lines)
    words = {value["key"]: value["change"] for value in wiltshire.values}
    assert words[AFTER.count] == f"was 17,073 in 2023/24; {in_doubt()}"
    assert words[AFTER.rate] == f"was 18.6% in 2023/24; {in_doubt()}"
    assert words[BEFORE.rate] == f"was 10.9% in 2021/22; {in_doubt()}"
    assert words[HMRC.rate] == "fell from 11.9% in 2011"


SIDE = re.compile(r"\b(a (higher|lower) share|clearly|higher than|lower than|above|below|not distinguishable)\b")


@pytest.mark.parametrize("area", [WILTSHIRE, "E09000012"])
def test_between_areas_too_a_modelled_measure_has_no_direction(area):
    """19.0% beside the neighbours' 19.6%: which is higher hangs on the model's own error, which nobody publishes."""
    if area != WILTSHIRE and not OFFICIAL:
        pytest.skip("ANALYSIS_OFFICIAL is not set")
    report = Report(area)
    poverty, wards = Poverty(report, "after housing costs", 2025), Wards(report, 2025, 1)
    chart = charts.neighbours(poverty)
    said = [*of_models(poverty.sentences()), poverty.beside_others(), chart.title, chart.note, wards.apart()]
    said += [sentence(position(report.figures, AFTER.rate, area), report.name)]
    assert not [one for one in said if SIDE.search(one)]
    assert ", beside England's 27.1%" in said[0]
    assert wards.apart().endswith("whether two of them differ by more than the model's own error is not known")


def test_what_an_earlier_release_said_is_told_where_the_series_is_shown(wiltshire):
    text = wiltshire.text
    assert "from 11.6 to 12.4 (2022/23) and from 13.4 to 12.2 (2023/24)" in text


def test_measures_are_lines_of_their_own():
    chart = charts.breaks(Poverty(Report(), "after housing costs", 2025))
    frame = chart.table.frame.set_index("Year")
    assert list(frame.columns) == [lens.line for lens in LENSES.values()]
    assert frame["HMRC local measure"].dropna().index.tolist() == ["2011", "2012", "2013"]
    assert frame["After housing costs"].dropna().index.tolist() == ["2024", "2025"]
    assert frame["Before housing costs"].dropna().index.tolist() == ["2022", "2023", "2024", "2025"]


def test_figures_are_written_as_printed(figures):
    twelve = figures.get("child_poverty_rate_0_16")
    assert as_printed([twelve])(twelve.value) == "12%"
    assert as_printed([twelve])(20.6) == "20.6%"
    assert [year_of(f) for f in figures.series(AFTER.rate)] == [2024, 2025]


def test_wiltshires_page_needs_no_releases(wiltshire):
    """With the releases or without, the same words; and the wards and the panel stand among the sources."""
    if OFFICIAL:
        assert usual("child_poverty").text == wiltshire.text
    (sources,) = [data for data, mark in wiltshire.outputs if mark["kind"] == "sources"]
    named = {row["source"] for row in sources["application/vnd.analysis.sources+json"]}
    assert {"dwp_low_income_ahc_wards_2025", "webb_panel_2022", "bennett_2022"} <= named
    assert 6 <= sum(mark["kind"] == "chart" for _, mark in wiltshire.outputs) <= 14


def copied(folder):
    return shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("official", ".*"))


def test_a_changed_ward_or_estimate_changes_what_is_said_and_the_digest(tmp_path, monkeypatch):
    data = copied(tmp_path)
    for file, old, new in (
        ("wards.csv", "202425,456,,25.3", "202425,656,,36.4"),
        ("panel_estimates.csv", "5.098", "9.098"),
    ):
        text = (data / file).read_text(encoding="utf-8")
        assert old in text
        (data / file).write_text(text.replace(old, new), encoding="utf-8")
    before, after = Report(), Report(figures=Figures(data))
    said = []
    for report in (before, after):
        poverty = Poverty(report, "after housing costs", 2025)
        care = Care(report, poverty, "year effects", 1.0, "0 to 15")
        said.append([Wards(report, 2025, 1).sentence(), care.sentence(), care.compared()])
    assert all(one != other for one, other in zip(*said, strict=True))
    assert "has the most, 656" in said[1][0]
    asked = {"figures": {}, "topics": []}
    for name in (f"wards of {WILTSHIRE}", "panel_estimates.csv"):
        read = asked | {"tables": [name]}
        assert reads.digest(before.figures, read) != reads.digest(after.figures, read)


# ---- any authority ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("area", AREAS, ids=AREAS.values())
def test_the_answer_for_any_authority(root, area, monkeypatch):
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    said = answer(area, points=10.0)
    assert len(said) == 5
    assert not re.search(r"\bnan\b|\binf\b|None|  |, ,|Wiltshire", " ".join(said))
    own = [line for line in raw("cilif_ahc_la_fye2025.csv") if line[1] == area]
    assert len(own) == (area != KENT), "a county has no line of its own"
    for line in own:
        assert said[0].startswith(
            f"{line[3].strip()} children under 16 in {AREAS[area]}, {line[5].strip()} (95% interval "
        )
    assert re.match(r"[\d,]+ children under 16 in .*, beside England's 27\.1%", said[0])
    no_direction(said[:3])
    if area in (CITY, SCILLY):
        assert "too few to say how concentrated poverty is" in said[3]
        assert "less than a" in said[4] or "about 0." in said[4]
    else:
        assert re.search(r"holds? \d+% of the children in poverty after housing costs", said[3])


@pytest.mark.parametrize("area", [SCILLY, KENT], ids=["Isles of Scilly", "Kent"])
def test_the_whole_page_of_an_authority(root, area, monkeypatch):
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    shown = []
    monkeypatch.setattr(reports, "display", lambda data, raw, metadata: shown.append((data, metadata["analysis"])))
    space = {"__name__": "__main__"}
    with pytest.raises(EndOfReport):
        run_cells(space, area)
    near = ("neighbours", "neighbours-data")  # the area's own, of which Wiltshire can be one
    there = [(data, mark) for data, mark in shown if mark["kind"] not in ("values", "sources")]
    parts = [part for data, mark in there if mark.get("id") not in near for part in [*data.values(), *mark.values()]]
    text = re.sub(r"<svg.*?</svg>", "", " ".join(map(str, parts)), flags=re.S)
    assert not re.search(r"\bnan\b|\bNone\b|Wiltshire", text)
    assert shown[-1][1]["kind"] == "sources"


def run_cells(space, area):
    """Run the notebook's code for an area, as JupyterLab does, until it ends itself."""
    for cell in nbformat.read(ROOT / "notebooks/child_poverty.ipynb", as_version=4).cells:
        if cell.cell_type == "code":
            exec(compile(cell.source, "child_poverty", "exec"), space)
        if "parameters" in cell.metadata.get("tags", []):
            space["area"] = area


def test_all_authorities_have_an_answer(root, monkeypatch):
    """Every authority of today: the two first sentences are made of its own figures."""
    monkeypatch.setenv("ANALYSIS_ROOT", str(root))
    areas = Figures().areas
    now = areas.index[(areas["level"] == "Local authority") & (areas["end"] == "")]
    assert len(now) == 153
    sample = np.random.default_rng(1).choice(now, 12, replace=False)
    for area in sample:
        report = Report(str(area))
        said = Poverty(report, "after housing costs", 2025).sentences()
        assert re.match(r"[\d,]+ children under 16 in ", said[0]), said[0]
        no_direction(said)


# ---- the release by ward, made up ---------------------------------------------------------------------------------

HEAD = [
    ["Table 4"],
    [
        *("Local Authority [note 2]", "Area Code", "Ward [note 2]", "Area Code"),
        *("Number of children \nFYE 2025", "Percentage of children \nFYE 2025\n(%)"),
    ],
]
WARD = ["Wiltshire", WILTSHIRE, "Mere", "E05013446", "1,227", "35.7%"]


@pytest.fixture
def by_ward(tmp_path, monkeypatch):
    """A function: what the reader makes of a release by ward."""
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    made = Made(tmp_path)

    def read(rows, head=None):
        made.release(
            "by_ward",
            "dwp_low_income_wards",
            dwp(rows, HEAD if head is None else head),
            period="2025 to 2025",
            rows=len(rows),
        )
        return read_all(made.save())

    return read


def test_the_release_by_ward_is_read_with_its_symbols(by_ward):
    low = ["Swindon", "E06000030", "Abbey", "E05000001", "[low]", "[x]"]
    elsewhere = ["Fife", "S12000047", "Cupar", "S13003134", "10", "10.0%"]
    found = by_ward([WARD, low, elsewhere]).to_dict("records")
    assert [(row["area"], row["name"], row["time_period"]) for row in found] == [
        (WILTSHIRE, "Mere", "202425"),
        ("E06000030", "Abbey", "202425"),
    ]
    assert (found[0]["children"], found[0]["rate"], found[0]["children_symbol"]) == (1227, 35.7, "")
    assert (found[1]["children_symbol"], found[1]["rate_symbol"]) == ("low", "x")


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        ([["Wiltshire", WILTSHIRE, "Mere", "E05013446", "many", "35.7%"]], HEAD, "'many' is neither a number"),
        ([["Nowhere", "E06000999", *WARD[2:]]], HEAD, "area 'E06000999' is not in areas.csv"),
        ([WARD], [[cell.replace("Ward", "Place") for cell in line] for line in HEAD], "column 'Ward' is not in"),
        ([WARD], [[cell.replace("Number", "Count") for cell in line] for line in HEAD], "'Number of children' is not"),
        ([WARD], [["Nothing"]], "no row that begins with 'Local Authority'"),
    ],
)
def test_a_release_by_ward_in_another_layout_is_refused(by_ward, rows, head, words):
    with pytest.raises(ReleaseError, match=re.escape(words)):
        by_ward(rows, head)


def test_without_the_releases_there_are_no_wards_and_no_estimates(tmp_path, monkeypatch):
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    made = Made(tmp_path)
    made.release("another", "ees", b"anything")
    made.measure("cla_number", "another", "n")
    assert read_all(made.save()).empty
    assert estimates.read_all(made.data).empty
