"""The figures table: what it answers, how it refuses a question, and how it refuses a bad table."""

from __future__ import annotations

import dataclasses
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data.figure import Figure
from analysis.data.figures import ENGLAND, GOOD_NEIGHBOURS, NEIGHBOURS, Figures, NoSuchFigure
from analysis.data.tables import BadTable


@pytest.fixture(scope="module")
def read():
    return Figures()


@pytest.fixture
def figures(read, monkeypatch):
    """The project's figures, read once; a test takes a copy that has forgotten what was used."""
    monkeypatch.setattr(read, "_used", set())
    return read


# --- Answers -----------------------------------------------------------------------------------


def test_get_gives_the_figure_with_its_source_and_meaning(figures):
    neet = figures.get("neet_rate")
    assert (neet.value, neet.stated, neet.source) == (6.3, "6.3%", "early_help_2013")
    assert (neet.unit, neet.decimals) == ("percent", 1)
    assert neet.locator == "Section 4, Local context, paragraph 4"
    assert neet.title == "Young people not in education, employment or training (NEET)"
    assert math.isnan(neet.lower)
    assert math.isnan(neet.base)


def test_get_chooses_by_area_period_identifier_and_status(figures):
    assert figures.get("neet_rate", ENGLAND).value == 6.2
    assert figures.get("eyia_referrals", period=202122).value == 630
    assert figures.get("eyia_referrals", period="202021").value == 495
    assert figures.get("board_referrals", period="201213", identifier="Financial year").value == 4690
    assert figures.get("board_referrals", period="201213", identifier="Financial year Q4").value == 1070
    assert figures.get("board_referrals", status="target").value == 4055
    assert figures.get("board_referrals", status="projection").symbol == "e"
    assert figures.get("board_cin_rate", NEIGHBOURS).value == 253
    assert figures.get("board_cin_rate", GOOD_NEIGHBOURS).value == 248


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ({"indicator": "neet_rat"}, r"unknown indicator 'neet_rat'; did you mean 'neet_rate'\?; see indicators"),
        ({"indicator": "zzzzzz"}, "unknown indicator 'zzzzzz'; see"),
        ({"indicator": "eyia_referrals"}, "several figures for eyia_referrals, E06000054, any period, .* has 202021 Aca"
         r"demic year \(actual\); 202122 Academic year \(actual\); 202223 Academic year \(actual\)$"),
        ({"period": 1999}, r"no figure for neet_rate, .*: figures.csv has 2013 Calendar year \(actual\)$"),
        ({"area": "E12000009"}, "no figure for neet_rate, .*: figures.csv has none for this area$"),
    ],
)  # fmt: skip
def test_get_says_what_there_is_when_none_or_several_match(figures, question, said):
    with pytest.raises(NoSuchFigure, match=f"^{said}"):
        figures.get(**{"indicator": "neet_rate"} | question)


def test_series_is_in_order_of_period(figures):
    assert [f.value for f in figures.series("eyia_referrals")] == [495, 630, 724]
    periods = [f.period for f in figures.series("board_contacts")]
    assert periods == ["2011/12", "2012/13", "January to March 2013", "April to May 2013"]
    assert [f.value for f in figures.series("board_contacts", identifier="Financial year")] == [10307, 10379]
    every = figures.series("board_contacts", identifier="Financial year", status=None)
    assert [f.status for f in every] == ["actual", "actual", "projection"]
    assert figures.series("board_contacts", ENGLAND) == []


# --- Periods -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "identifier", "dated", "period", "when"),
    [
        ("2025", "Calendar year", "", "2025", "in 2025"),
        ("2010", "October", "", "October 2010", "in October 2010"),
        ("199900", "Academic year", "", "1999/00", "in 1999/00"),
        ("201213", "Financial year Q4", "", "January to March 2013", "in January to March 2013"),
        ("201314", "Year to date May", "", "April to May 2013", "in April to May 2013"),
        ("2025", "Reporting year", "on 31 March", "31 March 2025", "on 31 March 2025"),
        ("2025", "Calendar year", "winter", "winter 2024/25", "in winter 2024/25"),
        ("2025", "January", "on 31 March", "January 2025", "in January 2025"),
    ],
)
def test_periods_in_words(time, identifier, dated, period, when):
    found = figure(time_period=time, time_identifier=identifier, dated=dated)
    assert (found.period, found.when) == (period, when)


# --- Rounding ----------------------------------------------------------------------------------

NAN = math.nan


def figure(**numbers):
    """A figure with only some of its numbers filled in."""
    blank = {field.name: NAN if field.type == "float" else "" for field in dataclasses.fields(Figure)}
    return Figure(**{**blank, **numbers})


def test_rounding_interval_without_a_rounding_is_the_number_and_without_a_value_the_stated_range():
    assert figure(value=20.0).rounding_interval == (20, 20)
    assert figure(lower=65.0, upper=75.0, rounding=1.0).rounding_interval == (65, 75)
    lower, upper = figure(lower=70.0).rounding_interval
    assert lower == 70
    assert math.isnan(upper)


@given(st.integers(-(10**9), 10**9), st.integers(-3, 6))
def test_rounding_interval_holds_every_number_that_rounds_to_it(multiple, power):
    unit = 10.0**power
    value = multiple * unit
    lower, upper = figure(value=value, rounding=unit).rounding_interval
    for true in (value - unit * 0.499, value, value + unit * 0.499):
        assert lower <= true <= upper
        assert round(true / unit) == multiple
    for false in (value - unit * 0.501, value + unit * 0.501):
        assert not lower <= false <= upper


# --- Tables that are refused -------------------------------------------------------------------


def spoil(folder, file, old, new):
    """Replace the first `old` in a table and return the number of its line."""
    path = folder / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


ROW = "neet_count,E06000054,2013,Calendar year,actual,794,,,1,,,(794),early_help_2013,"


@pytest.mark.parametrize(
    ("file", "good", "bad", "complaint"),
    [
        (ROW, ",794,,", ",79a,,", "column value: found '79a'; expected a number or blank"),
        (ROW, ",,1,,", ",,0,,", "column rounding: found 0.0; expected greater than 0"),
        (ROW, "neet_c", "neet_k", "column indicator: 'neet_kount' is not in indicators.csv; did you mean 'neet_count'"),
        (ROW, "E06000054", "E06900054", "column area: 'E06900054' is not in areas.csv; did you mean 'E06000054'?"),
        (ROW, ",actual,", ",actuall,", "column status: found 'actuall'; expected one of actual, projection, target"),
        (ROW, ",2013,", ",201,", "column time_period: found '201'; expected 4 digits, or 6 for years that span two"),
        (ROW, ",,(794)", ",q,(794)", "column symbol: found 'q'; expected one of c, x, z, low, p, r, e, f, u or blank"),
        (ROW, ",(794),", ",,", "column stated: found ''; expected not blank"),
        (ROW, ",794,,,", ",794,800,700,", "expected lower ≤ value ≤ upper"),
        ("board_ratings.csv", "board_caf_active,", "board_caf_activ,", "column indicator: 'board_caf_activ' is not in"),
        ("indicators.csv", ",neither,", ",good,", "column polarity: found 'good'; expected one of high, low, neither"),
        ("sources.csv", ",dde6e88d9", ",DDE6E88D9", "column sha256: found 'DDE6E88D9"),
        ("sources.csv", ",2014-09,", ",Sept 2014,", "column date: found 'Sept 2014'; expected a year"),
    ],
)
def test_a_bad_cell_is_refused_with_its_place(data_copy, file, good, bad, complaint):
    if file == ROW:
        file, good, bad = "figures.csv", ROW, ROW.replace(good, bad, 1)
    line = spoil(data_copy, file, good, bad)
    with pytest.raises(BadTable) as refused:
        _ = Figures(data_copy).ratings  # a list is read when a page asks for it
    place = f"{file}, line {line}{', ' if complaint.startswith('column') else ': '}{complaint}"
    entries = str(refused.value).splitlines()
    assert any(entry.startswith(place) for entry in entries), entries


def test_a_duplicate_row_is_refused_with_both_lines(data_copy):
    file = data_copy / "figures.csv"
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
    file.write_text("".join([*lines, lines[3].replace("500", "510", 1)]), encoding="utf-8")
    with pytest.raises(BadTable) as refused:
        Figures(data_copy)
    expected = [f"figures.csv, line {n}: expected no such row twice" for n in (4, len(lines) + 1)]
    assert str(refused.value).splitlines() == expected


def test_a_figure_in_both_tables_is_refused(data_copy):
    row = (data_copy / "figures.csv").read_text(encoding="utf-8").splitlines(keepends=True)[1]
    with (data_copy / "figures_official.csv").open("a", encoding="utf-8") as stream:
        stream.write(row)
    with pytest.raises(BadTable, match=r"^figures.csv and figures_official.csv: both have population_0_19, E06000054"):
        Figures(data_copy)


def test_a_carriage_return_and_another_order_are_no_fault(data_copy, read):
    """A spreadsheet program may save the tables with other line ends; what they say is the same."""
    file = data_copy / "figures.csv"
    header, *lines = file.read_text(encoding="utf-8").splitlines()
    file.write_bytes("\r\n".join([header, *reversed(lines), ""]).encode())
    changed = Figures(data_copy)
    assert [f.value for f in changed.series("eyia_referrals")] == [495, 630, 724]
    keys = ["indicator", "area", "time_period", "time_identifier", "status"]
    one, other = (made.table.sort_values(keys, kind="stable", ignore_index=True) for made in (changed, read))
    assert one.equals(other)
