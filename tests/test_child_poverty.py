"""Child poverty: the checks of the method, sums and wards against the raw releases, the page for any authority."""

from __future__ import annotations

import csv
import math
import os
import re
from pathlib import Path

import pandas as pd
import pytest
import statsmodels.formula.api as smf

from analysis.data import reads
from analysis.data.figures import ENGLAND, Figures
from analysis.methods import intervals
from analysis.models import estimates
from analysis.official.assemble import with_sums
from analysis.official.geography import Places
from analysis.official.readers import read_wards as read_all
from analysis.official.releases import ReleaseError
from analysis.official.tables import Measure
from analysis.standing import DOUBT
from notebook_runs import (
    ROOT,
    cells_of,
    execute,
    has_parameters,
    quick,
    ran,
    rewritten,
    said,
    with_figure,
)
from official_samples import Made, dwp

OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
WILTSHIRE, KENT, CITY, SCILLY = "E06000054", "E10000016", "E09000001", "E06000053"
AFTER, COUNT, BEFORE = "low_income_ahc_rate_under_16", "low_income_ahc_under_16", "low_income_bhc_rate"
HMRC = "hmrc_low_income_rate_under_16"
MEASURES = ("after housing costs", "before housing costs", "HMRC local measure", "free school meals")
EFFECTS = {
    "no time control": "entries_2020_none_clustered",
    "linear trend": "entries_2020_linear_clustered",
    "year effects": "entries_2020_year_effects_clustered",
}


@pytest.fixture(scope="module")
def wiltshire():
    return ran("child_poverty")


@pytest.fixture(scope="module")
def documents():
    return ran("documents")


def answer(area, root=ROOT, **parameters):
    """The sentences of the answer and what the cells have named, without running the rest of the notebook."""
    space, shown = {"__name__": "__main__"}, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ANALYSIS_ROOT", str(root))
        for cell in cells_of("child_poverty")[1]:
            if not shown:
                shown = [data["text/plain"] for data, _ in execute("child_poverty", cell, space, patch)]
            if has_parameters(cell):
                space |= {"area": area} | parameters
    return [line.removeprefix("- ") for line in shown[0].splitlines()], space


DIRECTION = re.compile(r"\b(rose|fell|risen|fallen|went from|no clear change)\b")
SIDE = re.compile(r"\b(a (higher|lower) share|clearly|higher than|lower than|above|below|not clearly different)\b")


def no_direction(lines):
    """Of measures of income the answer gives values and the doubt, between years and between areas."""
    found = [line for line in lines if "low-income families after" in line or "low-income families before" in line]
    assert found
    assert not [line for line in found if DIRECTION.search(line) or SIDE.search(line)]
    assert all(", beside England's " in line for line in found)


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
    share = wiltshire.values[AFTER]
    # the release rounds the share to a tenth: the interval holds those of both ends of what that allows
    ends = [intervals.wilson((19.0 + by) / 100 * 91626, 91626, 0.95)[n] for n, by in enumerate((-0.05, 0.05))]
    assert (share["lower"], share["upper"]) == pytest.approx([100 * end for end in ends])


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
    # The children implied by its parts give the share that the release has of the United Kingdom.
    poor, children = (
        sum(number(line[3]) for line in everyone),
        sum(number(line[3]) / number(line[5]) for line in everyone),
    )
    assert poor / children == pytest.approx(number(rows["K02000001"][5]), abs=0.06)


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


def test_the_wards_of_wiltshire_against_the_release(official, figures, wiltshire):
    rows = [line for line in raw("cilif_ahc_ward_fye2025.csv") if line[1] == WILTSHIRE]
    found = reads.wards(figures, WILTSHIRE)
    latest = found[found["time_period"] == "202425"].set_index("ward")
    assert len(rows) == len(latest) == 98
    for line in rows:
        assert (latest.at[line[3], "children"], latest.at[line[3], "rate"]) == (number(line[5]), number(line[7]))
    order = sorted(rows, key=lambda line: -number(line[7]))[:10]
    share = sum(number(line[5]) for line in order) / sum(number(line[5]) for line in rows)
    children = sum(number(line[5]) / number(line[7]) for line in order)
    held = wiltshire.names["held"]
    assert held.units == 10
    assert held.events == pytest.approx(share)
    total = sum(number(line[5]) / number(line[7]) for line in rows)
    assert held.population == pytest.approx(children / total)
    assert held.lower <= held.events <= held.upper
    assert wiltshire.values["wards_worst_tenth_share"]["value"] == pytest.approx(100 * held.underlying)
    shares = [*wiltshire.table("wards-all")["Percent"].astype(float)]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) == 98


def test_symbols_of_wards_stay_what_they_are(official):
    found = read_all(ROOT / "data")
    city = found[(found["area"] == CITY) & (found["time_period"] == "202425")]
    assert len(city) == 10
    assert set(city["rate_symbol"]) == {"x"}
    assert set(city["children_symbol"]) == {"", "low"}
    assert (city["children"].isna() == (city["children_symbol"] == "low")).all()
    assert found["area"].nunique() == 153
    assert not found.duplicated(["ward", "time_period"]).any()


# ---- the association ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def panel(official):
    """The raw panel: an authority and a year a row, entries to care per 100,000."""
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    table = table[~table["new_la_code"].isin([SCILLY, CITY]) & table["time_period"].between(2015, 2020)]
    table = table.drop_duplicates(["new_la_code", "time_period"])
    table = table[["new_la_code", "time_period", "rel_pov_rate100", "cla_start_rate10000"]].dropna()
    return table.assign(y=table["cla_start_rate10000"] * 10, group=pd.factorize(table["new_la_code"])[0])


def test_an_estimate_worked_out_without_the_projects_model(panel):
    mean = panel.groupby("group")["rel_pov_rate100"].transform("mean")
    table = panel.assign(mean=mean, own=panel["rel_pov_rate100"] - mean)
    fit = smf.mixedlm("y ~ own + mean + C(time_period)", table, groups="group").fit(reml=True)
    row = reads.estimates(Figures(), "rel_pov_rate100").loc["entries_2020_year_effects_plain"]
    assert (row["observations"], row["authorities"]) == (len(panel), panel["group"].nunique()) == (891, 149)
    assert (row["value"], row["standard_error"]) == pytest.approx((fit.params["own"], fit.bse["own"]), abs=0.006)


# Without levels of years theirs counts the 149 levels of authorities as parameters, of which each lies in one cluster.
FREE = math.sqrt(741 / 890)


@pytest.mark.parametrize(
    ("control", "formula", "free"),
    [("no time control", "", FREE), ("linear trend", " + time_period", FREE), ("year effects", " + C(time_period)", 1)],
)
def test_a_clustered_estimate_worked_out_without_the_projects_model(panel, control, formula, free):
    model = smf.ols(f"y ~ rel_pov_rate100 + C(group){formula}", panel)
    fit = model.fit(cov_type="cluster", cov_kwds={"groups": panel["group"]})
    row = reads.estimates(Figures(), "rel_pov_rate100").loc[EFFECTS[control]]
    assert row["value"] == pytest.approx(fit.params["rel_pov_rate100"], abs=0.001)
    assert row["standard_error"] == pytest.approx(fit.bse["rel_pov_rate100"] * free, rel=0.004)


def test_the_printed_changes_and_levels_of_regions_are_made_again_and_those_kept_differ_for_a_reason(official):
    """METHODS: changes to 2022, 1.5 (1.3), with a change over five years as if it were over one: without it, 1.7 (1.3).

    And region by year to 2020, 8.7 (11.1), by the release's own column of regions, which from 2015 to 2017 holds the
    authority's code, so that three years alone count: by the regions of areas.csv, 2.9 (3.5).
    """
    kept = reads.estimates(Figures(), "rel_pov_rate100")[["value", "standard_error", "observations"]]
    assert kept.loc["entries_2022_changes_by_year_clustered"].tolist() == [1.729, 1.344, 1038]
    assert kept.loc["entries_2020_region_by_year_clustered"].tolist() == [2.862, 3.494, 891]
    table = pd.read_csv(official / "spend/panel_2010_2022.csv", low_memory=False)
    table = table[~table["new_la_code"].isin([SCILLY, CITY]) & (table["time_period"] >= 2015)]
    table = table.drop_duplicates(["new_la_code", "time_period"]).sort_values(["new_la_code", "time_period"])
    table = table.assign(y=table["cla_start_rate10000"] * 10, x=table["rel_pov_rate100"]).dropna(subset=["x", "y"])
    years = table.groupby("new_la_code")["time_period"].diff()
    moved = table[["x", "y"]].groupby(table["new_la_code"]).diff().join(table[["new_la_code", "time_period"]])
    moved = moved[years.notna()]
    fit = smf.ols("y ~ x + C(time_period)", moved)
    fit = fit.fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(moved["new_la_code"])[0]})
    assert (round(fit.params["x"], 1), round(fit.bse["x"], 1), len(moved)) == (1.5, 1.3, 1039)
    assert years[years > 1].tolist() == [5]
    late = table[table["time_period"].between(2018, 2020)]
    assert (table.loc[table["time_period"] < 2018, "region_name"] == "LA").all()
    fit = smf.ols("y ~ x + C(new_la_code) + C(region_name):C(time_period)", late).fit()
    assert fit.params["x"] == pytest.approx(8.7, abs=0.05)


def test_the_estimates_have_their_intervals_and_those_that_leave_zero_open_are_counted(wiltshire):
    table = reads.estimates(Figures(), "rel_pov_rate100")
    assert (table["converged"] == "yes").all()
    wanted = {f"entries_{last}_{c.replace(' ', '_')}" for last, c, _ in estimates.specifications()}
    assert {name.rsplit("_", 1)[0] for name in table.index} == wanted
    reach = 1.959963984540054 * table["standard_error"]
    clear = (table["value"] - reach > 0) | (table["value"] + reach < 0)
    assert not clear[EFFECTS["year effects"]]
    models = wiltshire.names["models"].loc[table.index]
    pd.testing.assert_series_equal(models["lower"], table["value"] - reach, check_names=False)


def test_a_fit_that_had_not_converged_is_shown_and_not_counted_and_a_fall_is_never_more_than_there_is(tmp_path):
    """And the page says of a fall of 10 points that the area has only 4 percentage points before housing costs."""

    def change(row):
        if row["estimate"] == "entries_2022_none_plain":
            row.update(value="", standard_error="", converged="no")

    rewritten(tmp_path, "panel_estimates.csv", change)
    with_figure(tmp_path, BEFORE, WILTSHIRE, "202425", value="4")
    made = quick("child_poverty", root=tmp_path, reduction_points=10.0)
    assert any("Of our 18 sensitivities" in text for text in said(made, "text"))
    assert len(made.table("specifications-data")) == 21
    assert any("only 4 percentage points" in text for text in said(made, "text"))
    assert made.values["care_association"]["value"] == pytest.approx(5 * 4 * 91626 / 100_000)


@pytest.mark.parametrize(("effect", "ages", "children"), [("no time control", "0 to 15", 91_626)])
def test_each_effect_is_carried_with_its_own_interval_and_source(effect, ages, children):
    row = reads.estimates(Figures(), "rel_pov_rate100").loc[EFFECTS[effect]]
    made = quick("child_poverty", effect=effect, age_base=ages, confidence=0.8)
    carried, reach = made.values["care_association"], 1.2815515655446004 * row["standard_error"]
    expected = [x * children / 100_000 for x in (row["value"], row["value"] - reach, row["value"] + reach)]
    assert [carried[name] for name in ("value", "lower", "upper")] == pytest.approx(expected)
    assert (carried["coverage"], carried["source"].split("; ")[0]) == (0.8, "webb_panel_2022")
    assert "an association, not an effect" in said(made, "text")[-1]


# ---- the page -----------------------------------------------------------------------------------------------------


LED = [*((m, y) for m in MEASURES for y in (2011, 2025)), ("HMRC local measure", 2014)]


@pytest.mark.parametrize(("measure", "year"), LED)
def test_any_measure_may_lead_in_any_year_and_a_modelled_one_has_no_direction(measure, year):
    lines, names = answer(WILTSHIRE, measure=measure, year=year)
    assert 2 <= len(lines) <= 4
    assert not re.search(r"\bnan\b|\binf\b|None|  |, ,", " ".join(lines))
    years = [int(y) for y in re.findall(r"(?:in|January|up to) (20\d\d)\b", " ".join(lines))]
    assert years
    assert all(found <= year for found in years)
    first = names["now"].loc[names["lead"]["rate"]]
    assert lines[0].startswith("No figure: ") == math.isnan(first["value"])
    assert not first["ends"] > year
    if year >= 2022:
        no_direction(lines)
        assert any(DOUBT in line for line in lines) <= first["modelled"]
        assert not (first["modelled"] and DIRECTION.search(lines[1]))


# ---- what the strategy says, tested -------------------------------------------------------------------------------


def test_the_strategys_numbers_imply_how_many_were_counted(documents):
    among = documents.names["among"]
    assert among.loc["In poverty, ages 0 to 16"].tolist() == pytest.approx([10_500 / 0.125, 11_500 / 0.115])
    assert among.loc["Free school meals"].tolist() == pytest.approx([5_350 / 0.0845, 5_450 / 0.0835])
    assert among.loc["Two-year-olds"].tolist() == pytest.approx([725.5 / 0.205, 726.5 / 0.195])
    fits = documents.names["bases"]["fits"]
    assert fits.tolist() == [True, False, False]  # Child Benefit of 2011; all aged 0 to 17, and 0 to 19, of 2013
    assert any("cannot be shares of the same children" in finding for finding in said(documents, "finding"))


# ---- a modelled measure has no direction --------------------------------------------------------------------------


def test_the_caution_of_the_register_decides(tmp_path):
    """A measure that is not called modelled there is compared, by the interval by chance alone."""
    assert DOUBT in answer(WILTSHIRE)[0][1]
    assert answer(WILTSHIRE, measure="HMRC local measure")[0][1] == "That share fell from 11.9% in 2011."

    def change(row):
        row["caution"] = row["caution"].replace("Modelled: calibrated", "Calibrated")

    lines, _ = answer(WILTSHIRE, root=rewritten(tmp_path, "indicators.csv", change))
    assert lines[0].endswith("lower than England's 27.1%.")
    assert lines[1] == "That share showed no clear change from 18.6% in 2023/24."
    assert not [line for line in lines if "own error" in line]


def test_no_heading_title_or_value_gives_a_modelled_measure_a_direction(wiltshire):
    """The whole page: each sentence shown, each chart's title and alternative text, the words beside the values."""
    lines = [
        line for kind in ("finding", "text", "answer") for text in said(wiltshire, kind) for line in text.splitlines()
    ]
    texts = [str(text) for _, mark in wiltshire.shown for key, text in mark.items() if key != "csv"]
    lines += [part for text in texts for part in text.split("; ")]  # an alternative text says one measure after another
    of_income = [line for line in lines if re.search(r"(before|after) housing costs|own error", line)]
    assert of_income
    assert not [line for line in of_income if DIRECTION.search(line)]
    words = {key: value["change"] for key, value in wiltshire.values.items()}
    assert all(words[key].endswith(f"; {DOUBT}") for key in (COUNT, AFTER, BEFORE))


@pytest.mark.parametrize("area", [WILTSHIRE, "E09000012"])
def test_between_areas_too_a_modelled_measure_has_no_direction(page, area):
    """19.0% beside the neighbours' 19.6%: which is higher hangs on the model's own error, which nobody publishes."""
    shown = page(area, "child_poverty").shown
    lines = [data["text/plain"] for data, mark in shown if mark["kind"] == "finding"]
    ids = ("neighbours", "wards", "wards-most", "over-time")
    marks = [mark for _, mark in shown if mark.get("id") in ids]
    assert len(marks) == 4
    lines = [line for line in lines if "local measure" not in line]
    lines += [mark[part] for mark in marks for part in ("title", "subtitle", "note")]
    assert not [line for line in lines if SIDE.search(line)]
    assert any(", beside its neighbours' median of " in line for line in lines)


def test_a_changed_ward_or_estimate_changes_the_digest(tmp_path):
    """That the page says other numbers is shown of every notebook in `test_notebooks`."""

    def ward(row):
        if (row["ward"], row["time_period"]) == ("E05013474", "202425"):
            row.update(children="656", rate="36.4")

    rewritten(tmp_path, "wards.csv", ward)
    rewritten(tmp_path, "panel_estimates.csv", lambda row: row.update(value=row["value"].replace("5.098", "9.098")))
    before, now = Figures(ROOT / "data"), Figures(tmp_path / "data")
    for name in (f"wards of {WILTSHIRE}", "panel_estimates.csv"):
        read = {"figures": {}, "topics": [], "tables": [name]}
        assert reads.digest(before, read) != reads.digest(now, read)


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

    def read(rows, head=HEAD):
        made.release("by_ward", "dwp_low_income_wards", dwp(rows, head), period="2025 to 2025", rows=len(rows))
        return read_all(made.save())

    return read


def test_the_release_by_ward_is_read_with_its_symbols(by_ward):
    low = ["Swindon", "E06000030", "Abbey", "E05000001", "[low]", "[x]"]
    elsewhere = ["Fife", "S12000047", "Cupar", "S13003134", "10", "10.0%"]
    found = by_ward([WARD, low, elsewhere])
    assert found[["area", "name", "time_period"]].to_numpy().tolist() == [
        [WILTSHIRE, "Mere", "202425"], ["E06000030", "Abbey", "202425"],
    ]  # fmt: skip
    first, second = found.to_dict("records")
    assert (first["children"], first["rate"], first["children_symbol"]) == (1227, 35.7, "")
    assert (second["children_symbol"], second["rate_symbol"]) == ("low", "x")


@pytest.mark.parametrize(
    ("rows", "head", "words"),
    [
        ([["Wiltshire", WILTSHIRE, "Mere", "E05013446", "many", "35.7%"]], HEAD, "'many' is neither a number"),
        ([WARD], [[cell.replace("Ward", "Place") for cell in line] for line in HEAD], "column 'Ward' is not in"),
        ([WARD], [[cell.replace("Number", "Count") for cell in line] for line in HEAD], "'Number of children' is not"),
    ],
)
def test_a_release_by_ward_in_another_layout_is_refused(by_ward, rows, head, words):
    with pytest.raises(ReleaseError, match=re.escape(words)):
        by_ward(rows, head)
