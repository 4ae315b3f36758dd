"""Releases held against each other: what a comparison finds, and what it found in the real releases."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pandas as pd
import pytest

from analysis.official import cross_checks
from official_samples import DATA, ENGLAND, FEW, SWINDON, WILTSHIRE, ees, table_of

COLUMNS = list(table_of("cross_checks.csv")[0])
YEARS = ("2022", "2023", "2024", "2025")
PLACES = [WILTSHIRE, SWINDON, *FEW[3:]]
HERE = f"{cross_checks.FILE}, line 2: cla_number (first) and second other"


@pytest.fixture
def made(made):
    """A project of two releases that give one number of children for twelve areas and four years."""
    for source, column in (("first", "n"), ("second", "other")):
        put(made, source, column)
    made.measure("cla_number", "first", "n")
    return made


def put(project, source, column, later=0, **changed):
    """Give the project a release; `later` is by how many years its file's period lies after that of its numbers."""
    rows = [
        {"area": area, "period": str(int(year) + later), column: changed.get(f"{area}_{year}", number(area, year))}
        for area in PLACES
        for year in YEARS
    ]
    project.release(source, "ees", ees(rows))


def number(area, year):
    return str(100 + 7 * PLACES.index(area) + 13 * YEARS.index(year) ** 2)


def table(project, **cells):
    """Write the table of comparisons with one row: that of the two releases, as it comes out if all is right."""
    row = dict.fromkeys(COLUMNS, "") | {
        "indicator": "cla_number", "source": "first", "other_source": "second", "other_measure": "other",
        "tolerance": "0", "periods": "2022 to 2025", "areas": len(PLACES), "agreeing": 4 * len(PLACES),
        "disagreeing": 0,
    }  # fmt: skip
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row | cells)
    (project.data / cross_checks.FILE).write_text(stream.getvalue(), encoding="utf-8")
    return project.save()


def test_a_new_disagreement_is_named_until_the_table_says_why(made):
    assert cross_checks.problems(table(made)) == ([], "1 comparison of releases")
    assert len(cross_checks.problems(table(made, agreeing=47, disagreeing=1, reason="A slip"))[0]) == 1
    put(made, "second", "other", **{f"{SWINDON}_2024": "9"})
    (line,) = cross_checks.problems(table(made))[0]
    assert line.startswith(
        f"{HERE}: found 2022 to 2025, 12 areas, 47 agreeing, 1 disagreeing (the first: {SWINDON} 2024: 159 and 9); "
        "expected 2022 to 2025, 12 areas, 48 agreeing, 0 disagreeing: see why, "
    )
    assert cross_checks.problems(table(made, agreeing=47, disagreeing=1, reason="A slip"))[0] == []


@pytest.mark.parametrize(("later", "when"), [(1, "before"), (-1, "after")])
def test_a_column_of_another_year_than_its_files_is_found(made, later, when):
    put(made, "first", "n", later=later)
    (line,) = cross_checks.problems(table(made))[0]
    assert line.startswith(f"{HERE}: 0 of 36 agree, but 48 of 48 with the other release's figures of the year {when}: ")


def test_a_column_of_the_year_before_is_right_where_the_measures_say_so(made):
    put(made, "first", "n", later=1)
    made.measures[0] |= {"lag": "1"}
    assert cross_checks.problems(table(made))[0] == []
    figures = made.read().figures
    assert set(figures["time_period"]) == set(YEARS)
    assert set(figures["note"]) == {"Of a year before that of its file"}
    put(made, "first", "n")
    made.measures[0] |= {"lag": ""}
    put(made, "second", "other", later=1)
    assert cross_checks.problems(table(made, lag=1))[0] == []


def test_a_tolerance_is_a_number_or_a_share(made):
    put(made, "second", "other", **{f"{WILTSHIRE}_2022": "101", f"{SWINDON}_2025": "226"})
    for tolerance, wrong in (("2", 0), ("1%", 0), ("1.5", 1), ("0.9%", 1)):
        assert len(cross_checks.problems(table(made, tolerance=tolerance))[0]) == wrong


def test_two_releases_of_one_figure_need_a_row(made):
    made.measure("cla_number", "second", "other")
    assert cross_checks.problems(table(made))[0] == []
    (line,) = cross_checks.problems(table(made, other_source="third"))[0]
    assert line == (
        "cross_checks.csv: cla_number is in first and second for 48 areas and periods; expected a row that compares "
        "them"
    )


def test_a_rate_worked_out_again_needs_a_row_and_is_held_against_the_releases_own(made):
    put(made, "people", "k")
    rows = [
        {"area": a, "period": y, "rate": str(round(int(number(a, y)) / 2000 * 10_000))} for a in PLACES for y in YEARS
    ]
    made.release("people", "ees", ees([{"area": a, "period": y, "k": "2000"} for a in PLACES for y in YEARS]))
    made.release("rates", "ees", ees(rows))
    made.measure("population_0_17", "people", "k")
    made.measure("cla_rate", "rates", "rate", count="cla_number", per="population_0_17 of the same year")
    (line,) = cross_checks.problems(table(made))[0]
    assert line == (
        "cross_checks.csv: cla_rate is worked out again from counts; expected a row with a blank source that compares "
        "it with rates"
    )
    about = {"indicator": "cla_rate", "source": "", "other_source": "rates", "other_measure": "rate"}
    assert cross_checks.problems(table(made, **about, tolerance="0.5"))[0] == []


def test_releases_that_are_not_there_are_not_compared(made):
    data = table(made)
    (made.folder / "made/second").unlink()
    assert cross_checks.problems(data) == ([], "0 of 1 comparison of releases")
    (made.folder / "made/first").unlink()
    assert cross_checks.problems(data) == ([], "releases not at hand, so not held against each other")


# ---- the real releases --------------------------------------------------------------------------------------------


def rows_of(*indicators):
    """The rows of the table for some indicators, as it is read."""
    rows = cross_checks.read_table(DATA / cross_checks.FILE)
    return rows[rows["indicator"].isin(indicators)].to_dict("records")


def found(real, monkeypatch, rows, parts):
    """What the comparisons of some rows give with other parts than the real ones."""
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(real.folder))
    present = {row["source"] for row in table_of("releases.csv")}
    return cross_checks.outcomes(DATA, replace(real.everything, parts=parts), rows, present)


def test_the_autumn_before_would_have_been_found(real, monkeypatch):
    rows, parts = rows_of("september_guarantee_rate"), real.everything.parts
    assert [row["source"] for row in rows] == ["dfe_neet_2022", "dfe_neet_2023", "dfe_neet_2025"]
    right = found(real, monkeypatch, rows, parts)
    assert [(o.agreeing, o.disagreeing, o.neighbour) for o in right.values()] == [
        (160, 0, ""),
        (160, 0, ""),
        (161, 0, ""),
    ]
    old = (parts["indicator"] == "september_guarantee_rate") & parts["source"].str.startswith("dfe_neet")
    named_by_file = (parts["time_period"][old].astype(int) + 1).astype(str)
    wrong = found(real, monkeypatch, rows, parts.assign(time_period=parts["time_period"].mask(old, named_by_file)))
    for number, outcome in wrong.items():
        (line,) = cross_checks._wrong(rows[number], number + 2, outcome)
        assert "agree, but 16" in line
        assert "with the other release's figures of the year before" in line


def test_a_wrong_column_and_a_wrong_area_are_found(real, monkeypatch):
    rows, parts = rows_of("neet_16_17_rate"), real.everything.parts
    own = (parts["indicator"] == "neet_16_17_rate") & (parts["source"] == "dfe_neet_2025")
    other = parts[(parts["indicator"] == "neet_16_17_not_known_rate") & (parts["source"] == "dfe_neet_2025")]
    column = pd.concat([parts[~own], other.assign(indicator="neet_16_17_rate")])
    swapped = parts["area"].mask(own, parts["area"].replace({WILTSHIRE: SWINDON, SWINDON: WILTSHIRE}))
    for changed, least, most in ((column, 100, 161), (parts.assign(area=swapped), 2, 2)):
        outcomes = found(real, monkeypatch, rows, changed)
        (number,) = (n for n in outcomes if rows[n]["source"] == "dfe_neet_2025")
        assert least <= outcomes[number].disagreeing <= most
        assert len(cross_checks._wrong(rows[number], number + 2, outcomes[number])) == 1


def test_every_comparison_has_a_year_an_area_and_counts_that_are_right(real, monkeypatch):
    rows = cross_checks.read_table(DATA / cross_checks.FILE).to_dict("records")
    outcomes = found(real, monkeypatch, rows, real.everything.parts)
    assert len(outcomes) == len(rows) > 100
    assert [line for n, outcome in outcomes.items() for line in cross_checks._wrong(rows[n], n + 2, outcome)] == []


def test_the_measures_with_a_second_release_by_hand(real):
    # Wiltshire and England by eye: DfE's file of 2025 and the interactive tool's 2024 and 2025.
    parts = real.everything.parts.set_index(["indicator", "source", "area", "time_period"])["value"]
    name = "september_guarantee_rate"
    for area, before, now in ((WILTSHIRE, 97.6, 98.1), (ENGLAND, 94.6, 94.1)):
        assert parts[name, "dfe_neet_2025", area, "2024"] == parts[name, "dfe_lait_2026", area, "2024"] == before
        assert parts[name, "dfe_lait_2026", area, "2025"] == now
