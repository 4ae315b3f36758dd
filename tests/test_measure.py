"""Any measure of the interactive tool as a page, held against the extract itself; and a topic's measures together."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.official import lait
from analysis.official.releases import ReleaseError
from notebook_runs import ROOT, quick, said

AREAS = {
    "Wiltshire": 865, "Hackney": 204, "Rutland": 857, "Cornwall": 908, "City of London": 201, "Isles of Scilly": 420,
}  # fmt: skip
"""Areas with their numbers in the extract."""


def of_every_form():
    """Return measures of every kind of unit and of every form of period, each with one of the areas in turn.

    The many units that count something are one kind, and the averages of several scores.
    """
    try:
        listed = lait.find_measures(ROOT / "data")
    except ReleaseError:
        return []
    form = listed["latest"].str.replace(r"\d", "9", regex=True)
    kind = listed["unit"].str.replace(r"^(Number|Average|Score)\b.*", r"\1", regex=True)
    chosen = listed[~kind.duplicated() | ~form.duplicated()]["id"]
    return list(zip(chosen, [*AREAS] * len(chosen), strict=False))


PAIRS = of_every_form()
pytestmark = pytest.mark.skipif(not PAIRS, reason="the extract of the interactive tool is not there: analysis fetch")


@pytest.fixture(scope="module")
def extract():
    folder = Path(os.environ.get("ANALYSIS_OFFICIAL", ROOT / "data" / "official"))
    return pd.read_parquet(folder / "lait" / "bds_long_0.parquet")


@pytest.mark.parametrize(("measure", "area"), PAIRS)
def test_a_measures_page_has_the_extracts_own_figures(measure, area, extract):
    run = quick("measure", measure=measure, area=area)
    value, text = run.values["measure"], " ".join(said(run))
    assert not {"nan", "None", "NaN"} & set(text.replace(".", " ").replace(",", " ").split())
    rows = extract[(extract["Short Desc"] == measure) & (extract["Years"].str.strip() != "0")]
    rows = rows.assign(number=pd.to_numeric(rows["Values"], errors="coerce"))
    last = rows.loc[rows["number"].notna(), "Years"].max()
    own = rows.loc[(rows["LA Number"] == AREAS[area]) & (rows["Years"] == last), "number"].dropna()
    assert [value["value"]] == [*own.round(10)] if len(own) else value["symbol"] in ("x", "c", "z", "low")
    everyone = rows[(rows["Years"] == last) & rows["LA Number"].between(201, 969)]["number"].dropna().round(10)
    if len(own):
        mine, high = own.iloc[0].round(10), lait.about(ROOT / "data", measure)["polarity"] == "high"
        rank = (everyone > mine).sum() + 1 if high else (everyone < mine).sum() + 1
        assert f"ranks {ordinal(rank)} of {len(everyone)}, {'highest' if high else 'lowest'} first" in text


def ordinal(rank):
    return f"{rank}{'th' if rank % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(rank % 10, 'th')}"


def test_the_last_period_that_counts_is_a_parameter(extract):
    run = quick("measure", measure="TotPerAbNew", area="Wiltshire", period="2018")
    own = extract[(extract["Short Desc"] == "TotPerAbNew") & (extract["LA Number"] == 865)].set_index("Years")["Values"]
    assert run.values["measure"]["value"] == round(float(own["2018"]), 10)
    assert "2019" not in " ".join(said(run))


def test_a_profile_has_every_measure_of_its_topic_and_counts_the_outer_quarters(extract):
    topic = "Child Protection"
    run = quick("profile", topic=topic, area="Blackpool")
    listed = lait.find_measures(ROOT / "data")
    titles = {
        title for title, topics in zip(listed["title"], listed["topic"], strict=True) if topic in topics.split("; ")
    }
    rows = run.table("all").to_dict("records")
    assert {row["Measure"] for row in rows} == titles
    good, ids = listed.set_index("title")["polarity"], listed.set_index("title")["id"]
    own = extract[extract["LA Number"] == 890].assign(number=pd.to_numeric(extract["Values"], errors="coerce"))
    for row in rows:
        (last,) = own.loc[own["Short Desc"] == ids[row["Measure"]]].sort_values("Years")["number"].tail(1)
        shown = row["Blackpool"].replace("−", "-").strip("%£").replace(",", "")
        assert shown.startswith("[") if np.isnan(last) else abs(float(shown) - last) <= 0.5 + 1e-9
    best = 0
    for row in rows:
        if row["Rank"] != "[x]" and good[row["Measure"]] != "neither":
            rank, among = map(int, row["Rank"].split(" of "))
            best += np.ceil(4 * rank / among) == 1  # ranks go from the good end
    (answer,) = said(run, "answer")
    assert (
        f"best quarter of authorities on {['none', 'one', 'two', 'three', 'four', 'five', 'six'][int(best)]} of"
        in answer
    )
