"""`data/columns.csv`: it describes every table, the dictionary says what it says, and a bad row of it is refused."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.checks import check_project
from analysis.data import columns, tables
from analysis.data.columns import BadTable
from analysis.data.figure import DATED
from passages import DATA, rows

COLUMNS = [column for table in columns.tables().values() for column in table]


def content(table):
    """A table's rows, a list of dicts, as the bytes of a CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(table[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(table)
    return stream.getvalue().encode()


# --- What it describes -------------------------------------------------------------------------


def test_every_table_is_described_and_has_the_columns_described():
    files = {file.name for file in DATA.glob("*.csv")}
    assert files == set(columns.tables()) - {"local.csv"}
    for file in files:
        header = (DATA / file).read_text(encoding="utf-8").splitlines()[0].split(",")
        absent = {c.column for c in columns.tables()[file] if c.blank == "absent"}
        described = columns.columns_of(file.removesuffix(".csv"))
        assert [name for name in described if name in header or name not in absent] == header, file


def test_the_dictionary_says_what_columns_csv_says():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    assert columns.readme(text, DATA) == text, "run python -m analysis.data.columns"
    assert set(re.findall(r"^## `(\w+\.csv)`", text, re.M)) == set(columns.tables())


def test_each_example_is_a_cell_there_may_be():
    wrong = []
    for column in COLUMNS:
        example = float(column.example) if column.number else column.example
        found = tables.faults(pd.DataFrame({column.column: [example]}), [column])
        wrong += [
            f"{column.table}.{column.column}: {expected}"
            for _, bad, expected in found
            if bad.any() and column.type != "sha256"  # shortened, to be read
        ]
    assert wrong == []


def test_choices_are_those_the_package_knows():
    assert columns.choices("indicators", "dated") == tuple(DATED)
    assert set(tables.WITHOUT_VALUE) < set(columns.choices("figures", "symbol"))
    assert set(columns.TYPES) == set(columns.choices("columns", "type"))
    assert columns.choices("wards", "rate_symbol") == columns.choices("figures", "symbol")


# --- What is refused ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (",words,example\n", ",words\n", r", line 1: found the columns table, .*; expected table, column, type"),
        ("areas,name,text,", "areas,name,words,", r", line \d+, column type: found 'words'; expected one of text, id"),
        (
            "between 0 and 1",
            "between 0 and one",
            r", line \d+, column range: found 'between 0 and one'; expected a range",
        ),
        ("as figures.symbol", "as figures.mark", r", line \d+, column choices: found 'as figures.mark'; expected as, "),
        (",areas.area,", ",areas.code,", r", line \d+, column refers: found 'areas.code'; expected table.column, a "),
        (r",\d{3},three", r",(\d{3},three", r", line \d+, column pattern: found '\(.*; expected a regular expression"),
        ("areas,name,text,no,alone", "areas,area,text,no,alone", r", line \d+: expected no such row twice"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(data_copy, old, new, complaint):
    file = data_copy / columns.FILE
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadTable, match=rf"^columns\.csv{complaint}"):
        tables.checked(file, file.read_bytes())


def test_a_row_that_refers_to_nothing_is_named_with_its_place(data_copy):
    (data_copy.parent / "notebooks").mkdir()
    file = data_copy / "key_indicators.csv"
    text = file.read_text(encoding="utf-8")
    assert "; board_cin_rate," in text
    file.write_text(text.replace("; board_cin_rate,", "; board_cin_ratee,"), encoding="utf-8")
    line = text[: text.index("; board_cin_rate,")].count("\n") + 1
    problems, _ = check_project(data_copy.parent)
    expected = "column figures_here: 'board_cin_ratee' is not in indicators.csv; did you mean 'board_cin_rate'?"
    assert problems[0] == f"key_indicators.csv, line {line}, {expected}"


WHOLE = (DATA / columns.FILE).read_text(encoding="utf-8")


@settings(max_examples=60)
@given(st.integers(0, len(WHOLE)), st.integers(0, 40), st.text(max_size=5))
def test_a_spoilt_description_is_read_or_refused_in_plain_words(start, length, text):
    spoilt = (WHOLE[:start] + text + WHOLE[start + length :]).encode("utf-8", "replace")
    try:
        found = columns._tables(spoilt)
    except BadTable as error:
        found = {str(error): []}
    assert all(re.match(r"\w+(; \w+)*\.csv|columns\.csv", name) for name in found)


# --- Any table, any cell -----------------------------------------------------------------------

CELLS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12),
    st.sampled_from(
        ["", " ", "nan", "1e999", "-0", "0", "1.5", "E06000054", "2025", "202526", "c", "yes", "a; b", "=1"]
    ),
)
SAMPLES = {name: rows(name)[:3] for name in sorted(columns.tables()) if name not in ("local.csv", "columns.csv")}


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_cell_is_kept_as_it_stands_or_refused_with_its_place(data):
    name = data.draw(st.sampled_from(sorted(SAMPLES)))
    table = [dict(row) for row in SAMPLES[name]]
    row, column = data.draw(st.integers(0, len(table) - 1)), data.draw(st.sampled_from(list(table[0])))
    table[row][column] = cell = data.draw(CELLS)
    try:
        found = tables.checked(DATA / name, content(table))
    except BadTable as error:
        lines = str(error).splitlines()
        assert 1 <= len(lines) <= 6
        assert all(re.match(rf"{re.escape(name)}(, line \d+|:)|… and \d+ more", line) for line in lines), lines
        assert any("expected" in line or "not a UTF-8 CSV" in line for line in lines)
        return
    numbers = {column.column for column in columns.tables()[name] if column.number}
    for number, (before, after) in enumerate(zip(table, found.to_dict("records"), strict=True)):
        for key, text in before.items():
            if key in numbers and not text:
                assert pd.isna(after[key])
            else:
                assert after[key] == (float(text) if key in numbers else text)
        assert number != row or column in numbers or after[column] == cell


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused_in_plain_words(noise):
    with pytest.raises(BadTable, match=r"^areas\.csv"):
        tables.checked(DATA / "areas.csv", noise)
