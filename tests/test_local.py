"""An analyst's own figures: read as they stand, or refused in one line; never from outside their folder."""

from __future__ import annotations

import csv
import hashlib
import io
import math
import os
import re

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.data import local as own
from analysis.data.columns import BadTable, columns_of
from passages import DATA

ROOT = DATA.parent
ROW = {
    "measure": "Referrals",
    "area": "E06000054",
    "time_period": "2025-04",
    "value": "112",
    "unit": "referrals",
    "owner": "Early help team",
}
"""All that a figure must have."""


def content(rows):
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def write(data, rows, name="own.csv"):
    (data / "local" / name).write_bytes(rows if isinstance(rows, bytes) else content(rows))
    return data


def refused(data, name="own.csv"):
    with pytest.raises(BadTable) as error:
        own.local(data, name)
    assert "\n" not in str(error.value)
    return str(error.value)


def test_the_template_is_in_order_and_has_every_column():
    header = (DATA / "local" / "template.csv").read_text(encoding="utf-8").splitlines()[0]
    assert header.split(",") == columns_of("local")
    found = own.local(DATA, own.TEMPLATE)
    assert list(found) == ["measure", "area", "name", *columns_of("local")[2:]]
    assert found["name"].unique().tolist() == ["Wiltshire"]
    assert found["value"].tolist()[0] == 112
    assert math.isnan(found["value"][1])
    assert found["symbol"].tolist() == ["", "x", "p"]


def test_columns_that_may_be_missing_are_blank(data_copy):
    found = own.local(write(data_copy, [ROW]), "own.csv")
    assert found.loc[0, ["measure", "name", "value", "symbol", "note"]].tolist() == [
        "Referrals", "Wiltshire", 112.0, "", "",
    ]  # fmt: skip
    assert found["base"].isna().all()
    assert found["base"].dtype == float


def test_what_a_spreadsheet_program_writes_is_read(data_copy):
    plain = own.local(write(data_copy, [ROW]), "own.csv")
    marked = b"\xef\xbb\xbf" + content([ROW]).replace(b"\n", b"\r\n")
    assert own.local(write(data_copy, marked), "own.csv").equals(plain)
    old = content([ROW | {"owner": "Équipe"}]).decode().encode("cp1252")
    assert "(in Excel: save it as CSV UTF-8)" in refused(write(data_copy, old))


def test_a_page_can_name_owner_digest_and_periods(data_copy):
    rows = [ROW, ROW | {"time_period": "2025-05"}, ROW | {"time_period": "2025-06", "owner": "Someone else"}]
    write(data_copy, rows)
    assert own.about(data_copy, "own.csv") == {
        "file": "data/local/own.csv",
        "owner": "Early help team; Someone else",
        "sha256": hashlib.sha256(content(rows)).hexdigest(),
        "rows": "3",
        "periods": "2025-04 to 2025-06",
    }
    one = own.about(write(data_copy, [ROW]), "own.csv")
    assert (one["rows"], one["periods"]) == ("1", "2025-04")


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"value": "many"}, "line 2, column value: found 'many'; expected a number or blank"),
        ({"value": ""}, "line 2: expected a value, or a symbol that says why not"),
        ({"value": "", "symbol": "?"}, "line 2, column symbol: found '?'; expected one of c, x, z, low, "),
        ({"area": "Wiltshire"}, "line 2, column area: 'Wiltshire' is not in areas.csv; its code is 'E06000054'"),
        ({"time_period": "Apr-25"}, "line 2, column time_period: found 'Apr-25'; expected a year, 6 digits for"),
        ({"base": "0"}, "line 2, column base: found 0.0; expected greater than 0"),
        ({"owner": " "}, "line 2, column owner: found ' '; expected not blank"),
        ({"colour": "red"}, "line 1: columns missing: none; columns not expected: ['colour']"),
    ],
)
def test_a_bad_row_is_refused_with_line_column_found_and_expected(data_copy, changed, complaint):
    assert refused(write(data_copy, [ROW | changed])).startswith(f"own.csv, {complaint}")


def test_a_row_twice_and_several_faults_are_one_line(data_copy):
    rows = [ROW | {"unit": "", "time_period": str(year)} for year in range(2010, 2020)]
    assert refused(write(data_copy, rows)).endswith("expected not blank (and more: 5 lines)")
    assert "expected no such row twice" in refused(write(data_copy, [ROW, ROW]))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("owm.csv", "'owm.csv': no such file in data/local/; did you mean 'own.csv'?; expected a CSV in the layout"),
        ("own.xlsx", "'own.xlsx': expected the name of a CSV in data/local/, such as 'template.csv'"),
        ("../areas.csv", "'../areas.csv': expected a file in data/local/, not elsewhere"),
        ("/etc/own.csv", "'/etc/own.csv': expected a file in data/local/, not elsewhere"),
        ("link.csv", "'link.csv': expected a file in data/local/, not elsewhere"),
        ("loop.csv", "'loop.csv': "),
        ("folder.csv", "'folder.csv': no such file in data/local/"),
        ("pipe.csv", "'pipe.csv': no such file in data/local/"),
        ("a\0.csv", r"'a\x00.csv': expected a file in data/local/, not elsewhere"),
        pytest.param("x" * 5000 + ".csv", "'xxx", id="long"),
    ],
)
def test_nothing_is_read_but_a_file_of_the_folder(data_copy, name, complaint):
    write(data_copy, [ROW])
    (data_copy / "local" / "link.csv").symlink_to(data_copy / "areas.csv")
    (data_copy / "local" / "loop.csv").symlink_to("loop.csv")
    (data_copy / "local" / "folder.csv").mkdir()
    os.mkfifo(data_copy / "local" / "pipe.csv")
    assert refused(data_copy, name).startswith(complaint)


TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=15).filter(str.strip)
FIGURE = st.fixed_dictionaries(
    {
        "measure": TEXT,
        "area": st.sampled_from(["E06000054", "E92000001", "E06000030"]),
        "time_period": st.from_regex(r"20[0-9]{2}|20(0[0-9]|1[0-9])-(0[1-9]|1[0-2])", fullmatch=True),
        "value": st.floats(allow_nan=False, allow_infinity=False).map(repr),
        "unit": TEXT,
        "owner": TEXT,
        "note": st.one_of(st.just(""), TEXT),
    }
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A data folder with what `local` needs."""
    made = tmp_path_factory.mktemp("data")
    (made / "local").mkdir()
    for name in ("areas.csv", "columns.csv"):
        (made / name).write_bytes((DATA / name).read_bytes())
    return made


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(FIGURE, min_size=1, max_size=4, unique_by=lambda row: (row["measure"], row["area"], row["time_period"]))
)
@example([ROW | {"measure": "=cmd()", "note": "<script>"}])
def test_what_is_in_order_is_read_as_it_stands(folder, rows):
    found = own.local(write(folder, rows), "own.csv")
    for before, after in zip(rows, found.to_dict("records"), strict=True):
        assert {name: repr(after[name]) if name == "value" else after[name] for name in before} == (
            before | {"value": repr(float(before["value"]))}
        )


@settings(max_examples=40)
@given(st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda noise: content([ROW]) + noise)))
def test_anything_else_is_refused_in_one_line(folder, noise):
    write(folder, noise)
    said = outcome(folder)
    if isinstance(said, str):
        assert re.fullmatch(r"own\.csv[,:] .*", said)
    else:
        assert said["measure"].str.strip().ne("").all(), "what was added is a row in order, or a line end"


def outcome(folder):
    """What reading gives: a table, or the words of a refusal."""
    try:
        return own.local(folder, "own.csv")
    except BadTable as error:
        return str(error)
