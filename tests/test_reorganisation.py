"""Authorities to come and to go: no figures yet, an end that lies ahead, predecessors, symbols alone, one year alone.

East and West Surrey take over from Surrey in April 2027. Their codes have not been issued: those here are nobody's.
"""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from analysis.data.areas import load_areas, select_areas
from analysis.data.figure import ENGLAND
from analysis.data.tables import read_table
from analysis.models import plan_backtest
from analysis.official import cache
from analysis.official.assemble import with_sums
from analysis.official.cache import everywhere
from analysis.official.geography import Places, authorities, boundaries, load_districts, parts_of
from analysis.official.releases import cache_folder
from analysis.official.tables import Measure
from notebook_runs import run
from test_any_area import NOTEBOOKS
from unpictured import unpictured

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SURREY, EAST, WEST, SOUTH_EAST = "E10000030", "E06000067", "E06000068", "E12000008"


def reorganise(areas, more=()):
    """Write to a table of areas that Surrey ends, its successors, and authorities that there are not."""
    with areas.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row["end"] = "2027" if row["area"] == SURREY else row["end"]
    new = dict.fromkeys(rows[0], "") | {"level": "Local authority", "region": SOUTH_EAST, "has_published": "false"}
    rows += [
        new | {"area": code, "name": name, "start": "2027", "predecessors": SURREY}
        for code, name in ((EAST, "East Surrey"), (WEST, "West Surrey"))
    ]
    rows += [new | {"area": code, "name": name} for code, name in more]
    with areas.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, rows[0], lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    return areas


def figures_until(data, year):
    """Let the official figures have one of a period that ends in a year, which no figure does so far."""
    file = data / "figures_official.csv"
    text = file.read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("cla_rate,E92000001,2025,"))
    file.write_text(text + line.replace(",2025,", f",{year},", 1) + "\n", encoding="utf-8")


# --- Which authorities there are, by the figures and no clock -----------------------------------


def test_in_every_year_either_the_old_authorities_have_figures_or_the_new_ones(data_copy):
    table = read_table(reorganise(data_copy / "areas.csv"))
    rows = table.set_index("area").to_dict("index")
    heirs = {code: row["predecessors"].split("; ") for code, row in rows.items() if row["predecessors"]}
    assert len(heirs) == 8
    for year in range(2005, 2035):
        there = set(authorities(table, year)["area"])
        for new, old in heirs.items():
            assert all((new in there) != (code in there) for code in old), (new, year)
    # 150 in 2018, of which three became two; 151 with Northamptonshire in two, 152 then; 153 with Cumbria in two.
    assert [len(authorities(table, year)) for year in (2020, 2022, 2024, 2027, 2028)] == [151, 152, 153, 153, 154]


def names(data, *wanted):
    return [area.name for area in select_areas(wanted, load_areas(data / "areas.csv"))]


def test_an_end_changes_nothing_until_figures_go_beyond_it(data_copy):
    before = names(data_copy, "all")
    reorganise(data_copy / "areas.csv")
    assert names(data_copy, "east surrey", WEST) == ["East Surrey", "West Surrey"], "without figures, if asked for"
    with pytest.raises(LookupError, match="unknown area 'East Surey'; did you mean 'East Surrey'"):
        names(data_copy, "East Surey")
    with pytest.raises(LookupError, match="'Cumbria' was abolished in April 2023: give Cumberland or Westmorland and"):
        names(data_copy, "Cumbria")
    assert names(data_copy, "surrey", "936", SURREY) == ["Surrey"]
    for year in (2026, 2027):
        assert names(data_copy, "all") == before
        assert names(data_copy, "Surrey") == ["Surrey"]
        figures_until(data_copy, year + 1)
    with pytest.raises(LookupError, match=r"^area 'Surrey' was abolished in April 2027: give East Surrey or West Sur"):
        names(data_copy, "Surrey")
    now = names(data_copy, "all")
    assert set(now) ^ set(before) == {"Surrey", "East Surrey", "West Surrey"}
    assert len(now) == 154


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("areas.csv", ",2027,,E10000030", ",Spring,,E10000030", "start should be a year or blank, not 'Spring'"),
        ("figures_official.csv", "time_period", "period", "cannot be read as a table with the column time_period"),
    ],
)
def test_what_cannot_be_judged_by_is_refused_in_one_line(data_copy, file, old, new, said):
    reorganise(data_copy / "areas.csv")
    text = (data_copy / file).read_text(encoding="utf-8")
    assert old in text
    (data_copy / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=re.escape(said)) as caught:
        load_areas(data_copy / "areas.csv")
    assert file in str(caught.value)
    assert "\n" not in str(caught.value)


# --- Sums, and all authorities together ---------------------------------------------------------


def south_east(areas, districts, released):
    """The sum that the region gets from a release with 10 of 100 children in each of some places."""
    share = Measure("rate", "s", "Percentage", "", (), "Financial year", 0, ((0.1, ""),), count="number")
    count = Measure("number", "s", "Number", "", (), "Financial year", 0, ((1.0, ""),))
    columns = ["place", "indicator", "text"]
    cells = [(place, *cell) for place in released for cell in (("number", "10"), ("rate", "10%"))]
    table = pd.DataFrame(cells, columns=columns).assign(period="202425", per="", base="")
    for year in boundaries(areas):
        table = with_sums(table, [count, share], parts_of(areas, districts, year), Places(areas))
    made = table[table["place"] == SOUTH_EAST]
    return made.set_index("indicator")["text"].to_dict()


def test_a_sum_is_of_the_authorities_that_the_release_has(data_copy):
    areas, districts = read_table(data_copy / "areas.csv").set_index("area"), load_districts(data_copy)
    now = parts_of(areas, districts)[SOUTH_EAST]
    surrey = {code for code, county in districts.items() if county == SURREY}
    assert len(surrey) == 11
    expected = {"number": str(10 * len(now)), "rate": "10.0"}
    assert south_east(areas, districts, now) == expected
    areas = read_table(reorganise(data_copy / "areas.csv")).set_index("area")
    assert south_east(areas, districts, now) == expected, "authorities to come take no sum away"
    then = [code for code in now if code not in surrey] + [EAST, WEST]
    assert south_east(areas, districts, then) == {"number": str(10 * len(then)), "rate": "10.0"}
    assert not south_east(areas, districts, [code for code in then if code != WEST]), "a part is missing"


def test_all_authorities_of_the_newest_january_try_the_forecasts(data_copy, tmp_path, monkeypatch):
    reorganise(data_copy / "areas.csv")
    monkeypatch.setattr(cache, "ready", lambda _: tmp_path)

    def tried(last):
        rows = [("ehc_plans", code, period, 100.0) for code in (SURREY, ENGLAND) for period in ("2024", str(last))]
        table = pd.DataFrame(rows, columns=["indicator", "area", "time_period", "value"])
        table.to_parquet(tmp_path / "figures.parquet")
        return set(plan_backtest.national(data_copy)[0].areas)

    assert SURREY in tried(2025)
    assert not {EAST, WEST, "E10000006"} & tried(2025)
    assert tried(2025) ^ tried(2028) == {SURREY, EAST, WEST}


# --- Every notebook, from the releases -----------------------------------------------------------

MADE_UP = {"E06000081": "Symbolshire", "E06000082": "Oneyear", "E06000083": "Onlycare"}
PAGES = {"E06000067": "East Surrey", **MADE_UP}
ODD = re.compile(r"\b(?:nan|NaN|NaT|None(?! of )|inf|Traceback)\b")


def made_up(real):
    """Figures of authorities that there are not: with symbols only, with one year only, and of one indicator."""
    none = dict.fromkeys(("value", "lower", "upper", "base"), float("nan"))
    last = real["time_period"] == real.groupby("indicator")["time_period"].transform("max")
    parts = {
        "E06000081": real.assign(**none, symbol="c", stated="c"),
        "E06000082": real[last],
        "E06000083": real[real["indicator"] == "cla_rate"],
    }
    return [part.assign(area=code) for code, part in parts.items()]


def reorganised(root, made, more=()):
    """Copy the project with authorities to come, and made-up ones; return it, its cache and the one of the project."""
    for name in ("data", "notebooks"):
        shutil.copytree(root / name, made / name, ignore=shutil.ignore_patterns(".cache"))
    reorganise(made / "data" / "areas.csv", more)
    there, here = cache_folder(root / "data"), cache_folder(made / "data")
    shutil.copytree(there, here)
    for kept in there.parent.glob("fits-*"):
        (here.parent / kept.name).symlink_to(kept, target_is_directory=True)
    return made, here, there


@pytest.fixture(scope="module")
def to_come(root, tmp_path_factory):
    """A copy of the project with East and West Surrey to come, and all figures as they are."""
    return reorganised(root, tmp_path_factory.mktemp("to_come"))[0]


@pytest.fixture(scope="module")
def project(root, tmp_path_factory):
    """The same with authorities that there are not, beside the figures of all others."""
    made, here, there = reorganised(root, tmp_path_factory.mktemp("reorganised"), MADE_UP.items())
    real = pd.read_parquet(there / "figures.parquet")
    table = pd.concat([real, *made_up(real[real["area"] == SURREY])], ignore_index=True)
    table = table.sort_values("area", kind="stable", ignore_index=True)
    table.to_parquet(here / "figures.parquet", index=False, row_group_size=1000)
    table[everywhere(table)].to_parquet(here / "everywhere.parquet", index=False)
    return made


@pytest.fixture(scope="module")
def published(project, official, tmp_path_factory):
    """What one run publishes of four authorities, and what it says."""
    output = tmp_path_factory.mktemp("reports")
    words = [word for name in PAGES.values() for word in ("--area", name)]
    command = [sys.executable, "-m", "analysis", "run", *NOTEBOOKS, *words, "--output", str(output)]
    environment = os.environ | {"ANALYSIS_ROOT": str(project), "ANALYSIS_OFFICIAL": str(official)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return output


def cells_of(published, name, notebook):
    file = published / name.lower().replace(" ", "-") / f"{notebook}.ipynb"
    return nbformat.read(file, as_version=4).cells


def texts_of(published, name, notebook):
    """Everything a page shows, as plain text."""
    outputs = [out for cell in cells_of(published, name, notebook) for out in cell.get("outputs", [])]
    return [out["data"]["text/plain"] for out in outputs if out["metadata"]["analysis"]["kind"] != "sources"]


@pytest.mark.parametrize("name", PAGES.values())
def test_every_notebook_makes_a_whole_page(published, name):
    for notebook in NOTEBOOKS:
        texts = texts_of(published, name, notebook)
        assert not [text for text in texts if ODD.search(text)], notebook
        page = (published / name.lower().replace(" ", "-") / f"{notebook}.html").read_text(encoding="utf-8")
        assert "Traceback" not in page
        shown = Counter()
        sections, code, heading = [], set(), ""
        for cell in cells_of(published, name, notebook):
            if cell.cell_type == "markdown" and cell.source.startswith("## "):
                heading = cell.source.splitlines()[0]
                sections.append(heading)
            elif cell.cell_type == "code":
                code.add(heading)
                shown[heading] += len(cell.outputs)
        assert [section for section in sections if section in code and not shown[section]] == [], notebook


def test_a_page_without_any_figure_says_so_and_what_the_predecessors_were(published, official):
    said = (
        "No figure of East Surrey is published yet. The newest figures end in 2025. "
        "East Surrey has no statistical neighbours in the list."
    )
    for notebook in NOTEBOOKS:
        texts = texts_of(published, "East Surrey", notebook)
        assert texts.count(said) == 1, notebook
        own = re.compile(r"Before, [^.]*, Surrey: [£\d]")
        assert notebook == "overview" or any(own.search(text) for text in texts), notebook
    raw = pd.read_csv(official / "csc/cla_number_and_rate_per_10k_children.csv", dtype=str, encoding="utf-8-sig")
    raw = raw[raw["new_la_code"].eq(SURREY) & raw["time_period"].eq("2025")]
    (row,) = raw[raw["population_type"] == "Children looked after on 31 March each year"].itertuples()
    rate = f"{10_000 * int(row.children_count) / int(row.population_estimate):.1f}"  # printed in whole numbers
    own = f"Before, Children looked after per 10,000 children, Surrey: {rate} per 10,000 children on 31 March 2025."
    for notebook in ("early_help_spend", "scorecard"):
        assert any(own in text for text in texts_of(published, "East Surrey", notebook))


def test_symbols_alone_stay_symbols_and_one_figure_is_the_only_one(published):
    answers = "\n".join(texts_of(published, "Symbolshire", "early_help_spend"))
    assert "Symbolshire on 31 March 2025, confidential [c]" in answers
    values = pd.read_csv(published / "symbolshire" / "values.csv", dtype=str, keep_default_na=False)
    own = values[~values["key"].isin(["returned", "returned_panel"])]
    assert len(own) > 20
    assert (set(own["value"]), set(own["symbol"])) == ({""}, {"c"})
    said = texts_of(published, "Oneyear", "scorecard")
    assert any("no two figures of any measure" in text for text in said)
    values = pd.read_csv(published / "onlycare" / "values.csv", dtype=str, keep_default_na=False)
    named = {"overview", "early_help_spend", "scorecard"}
    assert set(values.loc[values["key"] == "cla_rate", "notebook"]) == named


def test_the_panel_page_says_why_it_carries_nothing_to_an_authority_to_come(project):
    shown = run(project, "spend_outcomes", EAST).shown
    words = "\n".join(data["text/plain"] for data, _ in shown if "text/plain" in data)
    assert "East Surrey was formed in April 2027 from Surrey" in words
    assert "has no rows of it: nothing is carried to it alone" in words


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_pages_of_others_are_the_same_with_authorities_to_come(to_come, page, name):
    with pytest.MonkeyPatch.context() as patch:
        unpictured(patch)
        pages = [
            [(dict(data), mark) for data, mark in made.shown]
            for made in (page(SURREY, name), run(to_come, name, SURREY))
        ]
    for shown in pages:
        for data, _ in shown:
            data.pop("application/vnd.analysis.read+json", None)  # it has the digest of the table of areas
    assert pages[0] == pages[1]
