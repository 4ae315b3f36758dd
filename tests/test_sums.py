"""A sum over areas is divided by a sum over the same areas: England's early-help spend, and the rule behind it."""

from __future__ import annotations

import csv
import math

import pandas as pd
import pytest

from analysis.data.figures import ENGLAND, Figures
from analysis.models import early_help
from analysis.official.assemble import NOT_THE_SUM, over_children
from analysis.official.tables import Measure
from notebook_runs import usual
from official_samples import table_of

SOUTH_WEST = "E12000009"
LINES = {
    "spend_official_sure_start": "SureStartFinance",
    "spend_official_family_support": "FamilySupportFinance",
    "spend_official_young_people": "YoungPeopleFinance",
}


def test_englands_spend_a_child_is_over_the_children_of_those_that_returned():
    figures = Figures()
    spent = early_help.spending(figures, early_help.prices(figures, "CPIH", 0.045))
    england = spent[spent["role"] == "England"].set_index("year")["real"]
    assert (round(england[2025]), round(england[2024])) == (244, 242)
    assert round(100 * (england[2025] / england[2017] - 1)) == -7
    (note,) = [mark["note"] for _, mark in usual("early_help_spend").shown if mark.get("id") == "spend-per-child"]
    assert "without Cumberland and Westmorland and Furness in 2023/24" in note
    assert "without Middlesbrough and Wandsworth in 2024/25" in note


def test_the_base_of_each_total_is_what_the_raw_releases_give(official):
    """Worked out from the two files without the package: who has an amount, and how many children these have."""
    raw = pd.read_parquet(official / "lait" / "bds_long_0.parquet")
    raw = raw.assign(number=raw["LA Number"].astype(int), amount=pd.to_numeric(raw["Values"], errors="coerce"))
    raw = raw[raw["number"].between(201, 969) & raw["amount"].notna()]
    with (official / "csc" / "ons_mid-year_population_estimates_2012_to_2024.csv").open(encoding="utf-8-sig") as file:
        people = list(csv.DictReader(file))
    checked = 0
    for row in table_of("figures_official.csv"):
        if row["indicator"] not in LINES or row["area"] not in (ENGLAND, SOUTH_WEST):
            continue
        period = row["time_period"]
        same = raw[(raw["Short Desc"] == LINES[row["indicator"]]) & raw["Years"].str.startswith(f"{period[:4]}-")]
        there = [p for p in people if p["time_period"] == period[:4]]
        there = [p for p in there if row["area"] in (p["country_code"], p["region_code"])]
        authorities = [p for p in there if p["new_la_code"]]
        returned = set(same["number"].astype(str)) & {p["old_la_code"] for p in authorities}
        gone = [p for p in authorities if p["old_la_code"] not in returned]
        (whole,) = [p for p in there if p["geographic_level"] == ("National" if row["area"] == ENGLAND else "Regional")]
        children = int(whole["population_estimate"]) - sum(int(p["population_estimate"]) for p in gone)
        amount = same.loc[same["number"].astype(str).isin(returned), "amount"].sum()
        assert amount == pytest.approx(float(row["value"]), abs=len(returned)), row
        assert (float(row["base"]), row["note"].startswith(f"The sum of {len(returned)} ")) == (children, True), row
        assert all(p["la_name"] in row["note"] for p in gone), row
        assert ("without" in row["note"]) == bool(gone), row
        checked += 1
    assert checked == 2 * 3 * 9


def test_a_total_that_is_not_the_sum_of_its_authorities_is_divided_by_nothing():
    areas = pd.DataFrame(
        {"level": ["National", "Local authority", "Local authority"], "region": "", "name": ["England", "One", "Two"]},
        index=[ENGLAND, "A", "B"],
    )
    spent = [(ENGLAND, 300.0), ("A", 100.0), ("B", 140.0)]
    rows = [("spend", area, "202425", value) for area, value in spent]
    rows += [("people", area, "2024", value) for area, value in ((ENGLAND, 30.0), ("A", 10.0), ("B", 20.0))]
    table = pd.DataFrame(rows, columns=["indicator", "area", "time_period", "value"]).assign(base=math.nan, note="")
    measures = [Measure("spend", "x", "Spend", "", (), "Financial year", 0, ((1.0, ""),), count="people")]
    units = pd.DataFrame({"unit": ["pounds", "children"]}, index=["spend", "people"])
    made = over_children(table, measures, units, areas)
    assert made["note"].tolist() == [NOT_THE_SUM, *[""] * 5]
    assert made["base"].tolist()[1:3] == [10.0, 20.0]
    assert math.isnan(made["base"][0])
    table.loc[0, "value"] = 240.0
    assert over_children(table, measures, units, areas).loc[0, ["base", "note"]].tolist() == [
        30.0, "The sum of 2 authorities",
    ]  # fmt: skip
    table.loc[[0, 2], "value"] = 100.0, math.nan  # what Two has is not in the sum, nor are its children
    assert over_children(table, measures, units, areas).loc[0, ["base", "note"]].tolist() == [
        10.0, "The sum of 1 authorities, without Two",
    ]  # fmt: skip
