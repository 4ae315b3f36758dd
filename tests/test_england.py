"""The page of every authority: figures, ranks and quarters worked out again from the table of figures."""

from __future__ import annotations

import pandas as pd
import pytest

from notebook_runs import ROOT, quick, usual

EHC, CARE = "ehc_plans_20_weeks_rate", "cla_rate"


def authorities(made):
    return made.table("authorities").set_index("Authority")


@pytest.fixture(scope="module")
def table():
    """The table of authorities as text."""
    return authorities(usual("england"))


def published(indicator):
    """The latest figures of every authority, read without the package."""
    figures = pd.read_csv(ROOT / "data" / "figures_official.csv", dtype=str, keep_default_na=False)
    areas = pd.read_csv(ROOT / "data" / "areas.csv", dtype=str, keep_default_na=False).set_index("area")
    here = figures[(figures["indicator"] == indicator) & figures["area"].str.match("E(06|08|09|10)")]
    here = here[here["time_period"] == here["time_period"].max()]
    return here.assign(name=here["area"].map(areas["name"])).set_index("name")["value"]


@pytest.mark.parametrize(("indicator", "head"), [(EHC, "EHC plans on time"), (CARE, "Children in care")])
def test_figures_and_ranks_are_those_of_the_release(table, indicator, head):
    values = published(indicator)
    known = pd.to_numeric(values[values != ""])
    assert len(table) == len(values) >= 151
    for name, value in known.items():
        assert float(table.at[name, head]) == pytest.approx(value, rel=1e-9)
        better = known > value if indicator == EHC else known < value  # from the good end, else from the lowest
        assert float(table.at[name, f"{head}, rank"]) == better.sum() + 1, name
    assert set(table.loc[values.index[values == ""], head]) <= {"x"}


def test_another_measure_leads_and_a_region_narrows_the_table():
    made = quick("england", measure="EHC plans on time", region="South West")
    answer = " ".join(data["text/plain"] for data, mark in made.shown if mark["kind"] == "finding")
    known = pd.to_numeric(published(EHC).replace("", float("nan"))).dropna()
    assert any(f"highest in {name}, " in answer for name in known.index[known == known.max()])
    assert set(authorities(made)["Region"]) == {"South West"}
