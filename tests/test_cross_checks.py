"""Releases held against each other: what a comparison finds, and what it found in the real releases."""

from __future__ import annotations

import csv
import io

import pytest

from analysis.official import cross_checks
from official_samples import DATA, FEW, SWINDON, WILTSHIRE, ees, table_of

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


def test_a_wrong_column_and_two_areas_exchanged_are_found(made):
    swapped = {f"{a}_{y}": number(b, y) for a, b in ((WILTSHIRE, SWINDON), (SWINDON, WILTSHIRE)) for y in YEARS}
    for changed, wrong in (({f"{area}_{y}": "7" for area in PLACES for y in YEARS}, 48), (swapped, 8)):
        put(made, "second", "other", **changed)
        (line,) = cross_checks.problems(table(made))[0]
        assert f", {wrong} disagreeing (the first: " in line


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


def test_every_comparison_has_a_year_an_area_and_counts_that_are_right(real, monkeypatch):
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(real.folder))
    rows = cross_checks.read_table(DATA / cross_checks.FILE).to_dict("records")
    outcomes = cross_checks.outcomes(DATA, real.everything, rows, {row["source"] for row in table_of("releases.csv")})
    assert len(outcomes) == len(rows) > 100
    assert [line for n, outcome in outcomes.items() for line in cross_checks._wrong(rows[n], n + 2, outcome)] == []
