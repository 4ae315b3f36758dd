"""An analyst's own figures: small numbers withheld for good, bad rows refused in one line, nothing read elsewhere."""

from __future__ import annotations

import csv
import io
import itertools
import os
import re
import subprocess

import numpy as np
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


TEMPLATES = sorted((DATA / "local").glob("template_*.csv"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.stem)
def test_a_template_has_every_column_and_is_of_use_only_without_its_examples(data_copy, template):
    text = template.read_text(encoding="utf-8")
    assert text.splitlines()[0].split(",") == columns_of("local")
    assert refused(data_copy, template.name).startswith(f"{template.name!r}: no CSV of your own in data/local/")
    write(data_copy, text.encode())
    assert refused(data_copy) == "own.csv, line 2, column owner: expected figures of your own, not the example's"
    found = own.local(write(data_copy, text.replace(",Example,", ",Our team,").encode()), "own.csv")
    assert list(found) == [*columns_of("local"), "name", "rounding"]
    assert found["name"].unique().tolist() == ["Wiltshire (local figures)"]
    mixed = text.replace(",Example,", ",Our team,", 1).encode()
    assert refused(write(data_copy, mixed)).startswith("own.csv, line 3, column owner")


def test_git_keeps_the_templates_and_nothing_else_of_the_folder():
    def git(*words):
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=False)

    listed = git("ls-files", "data/local")
    if listed.returncode:
        pytest.skip("this copy of the project is no git checkout")
    assert listed.stdout.split() == [f"data/local/{path.name}" for path in TEMPLATES]
    assert len(TEMPLATES) == 4
    for name in ("referrals.csv", "referrals.CSV", "template.csv", "below/template_x.csv", "referrals.xlsx"):
        assert git("check-ignore", "-q", f"data/local/{name}").returncode == 0, name
    for template in TEMPLATES:  # an example that was overwritten with figures of one's own would be committed
        rows = csv.DictReader(io.StringIO(template.read_text(encoding="utf-8")))
        assert {row["owner"] for row in rows} == {"Example"}


def test_what_a_spreadsheet_program_writes_is_read(data_copy):
    plain = own.local(write(data_copy, [ROW]), "own.csv")
    marked = b"\xef\xbb\xbf" + content([ROW]).replace(b"\n", b"\r\n")
    assert own.local(write(data_copy, marked), "own.csv").equals(plain)
    old = content([ROW | {"owner": "Équipe"}]).decode().encode("cp1252")
    assert "(in Excel: save it as CSV UTF-8)" in refused(write(data_copy, old))


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"value": "many"}, "line 2, column value: expected a number or blank"),
        ({"value": ""}, "line 2: expected a value, or a symbol that says why not"),
        ({"value": "", "symbol": "7"}, "line 2, column symbol: expected one of c, x, z, low, "),
        ({"area": "Wiltshire"}, "line 2, column area: expected a code of areas.csv; its code is 'E06000054'"),
        ({"time_period": "Apr-25"}, "line 2, column time_period: expected a year, 6 digits for"),
        ({"base": "0"}, "line 2, column base: expected greater than 0"),
        ({"base": "7"}, "line 2, column base: expected how many people a share is of"),
        ({"unit": "percent"}, "line 2, column base: expected how many people a share is of"),
        ({"unit": "per child", "base": "7"}, "line 2, column base: expected how many people a share is of"),
        ({"value": "7.5"}, "line 2, column value: expected a whole number, 0 or more"),
        ({"value": "-7"}, "line 2, column value: expected a whole number"),
        ({"owner": " "}, "line 2, column owner: expected not blank"),
        ({"control": "none"}, "line 2, column control: expected one of suppress 1 to 5, round to 5, round to 10, "),
        ({"colour": "red"}, "line 1: columns missing: none; columns not expected: ['colour']"),
        ({"7": "red"}, "line 1: columns missing: none; columns not expected: "),
    ],
)
def test_a_bad_row_is_refused_with_line_column_found_and_expected(data_copy, changed, complaint):
    said = refused(write(data_copy, [ROW | changed]))
    assert said.startswith(f"own.csv, {complaint}")
    assert "7" not in said.removeprefix(f"own.csv, {complaint}"), "no number of the file"


@pytest.mark.parametrize(
    ("changed", "line"),
    [
        (
            {"breakdown": "Total", "value": "113"},
            "line 4, column value: expected the sum of its parts, unless they overlap",
        ),
        (
            {"breakdown": "Total", "value": "11"},
            "line 4, column value: expected the sum of its parts, unless they overlap",
        ),
        ({"unit": "people"}, "line 2, column unit: expected the same in all rows of a measure"),
        ({"control": "round to 5"}, "line 2, column control: expected the same in all rows of a measure"),
        ({"breakdown": "School"}, "line 2: expected no such row twice"),
    ],
)
def test_rows_that_do_not_go_together_are_refused(data_copy, changed, line):
    rows = [ROW | {"breakdown": part, "value": "56", "control": ""} for part in ("School", "Police")]
    assert refused(write(data_copy, [*rows, ROW | {"breakdown": "Other", "control": ""} | changed])).startswith(
        f"own.csv, {line}"
    )


def test_a_row_twice_and_several_faults_are_one_line(data_copy):
    rows = [ROW | {"unit": "", "time_period": str(year)} for year in range(2010, 2020)]
    assert refused(write(data_copy, rows)).endswith("expected not blank (and more: 5 lines)")
    assert "expected no such row twice" in refused(write(data_copy, [ROW, ROW]))


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("owm.csv", "'owm.csv': no CSV of your own in data/local/; did you mean 'own.csv'?; expected one in the"),
        ("own.xlsx", "'own.xlsx': no CSV of your own in data/local/"),
        ("../areas.csv", "'../areas.csv': no CSV of your own in data/local/"),
        ("/etc/own.csv", "'/etc/own.csv': no CSV of your own in data/local/"),
        ("link.csv", "'link.csv': no CSV of your own in data/local/"),
        ("loop.csv", "'loop.csv': "),
        ("folder.csv", "'folder.csv': no CSV of your own in data/local/"),
        ("pipe.csv", "'pipe.csv': no CSV of your own in data/local/"),
        ("a\0.csv", r"'a\x00.csv': no CSV of your own in data/local/"),
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
        "value": st.one_of(st.just(0), st.integers(6, 10**9)).map(str),
        "unit": TEXT.filter(lambda text: not text.startswith("per")),
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
@given(st.lists(FIGURE, min_size=1, max_size=4, unique_by=lambda row: row["measure"]))
@example([ROW | {"measure": "=cmd()", "note": "<script>"}])
def test_what_is_in_order_is_read_as_it_stands(folder, rows):
    found = own.local(write(folder, rows), "own.csv")
    for before, after in zip(rows, found.to_dict("records"), strict=True):
        assert {name: f"{after[name]:.0f}" if name == "value" else after[name] for name in before} == before


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


# --- Small numbers ---------------------------------------------------------------------------------


def months(year):
    """The twelve months from April of a year, as a file writes them."""
    return [f"{year + month // 12}-{month % 12 + 1:02d}" for month in range(3, 15)]


def breakdown(parts, **more):
    """Rows of a measure with a row a part and their total."""
    rows = [ROW | more | {"breakdown": f"Part {n}", "value": str(value)} for n, value in enumerate(parts)]
    return [*rows, ROW | more | {"breakdown": "Total", "value": str(sum(parts))}]


def written(table, column="value"):
    """A column as it is written: a number, or the symbol that stands in its place."""
    return tuple(
        symbol if value != value else value for value, symbol in zip(table[column], table["symbol"], strict=True)
    )


@pytest.mark.parametrize(
    ("parts", "expected", "why"),
    [
        ((12, 30, 7), (12, 30, 7, 49), "none is small"),
        ((0, 30, 7), (0, 30, 7, 37), "zero is shown"),
        ((3, 40, 20), ("c", 40, "c", 63), "the total less the others would be 3"),
        ((1, 2, 30, 20), ("c", "c", 30, "c", 53), "two numbers of together 3 are 1 and 2"),
        ((2, 3, 30, 20), ("c", "c", 30, 20, 55), "two numbers of together 5 may be 1 to 4"),
        ((5, 5, 30), ("c", "c", "c", 40), "two small numbers of together 10 are both 5"),
        ((3, 40), ("c", "c", 43), "the next smallest is the only other"),
        ((5, 20, 20, 30), ("c", "c", "c", 30, 75), "which of two alike was taken would tell that it is no smaller"),
        ((5, 5, 0), ("c", "c", 0, "c"), "no other part is left but zero, so the total goes"),
        ((2, 1, 0), ("c", "c", 0, "c"), "the total is small"),
    ],
)
def test_what_is_small_is_withheld_with_what_gives_it_away(data_copy, parts, expected, why):
    table = own.local(write(data_copy, breakdown(parts)), "own.csv")
    assert written(table) == expected, why
    assert table["rounding"].isna().all()


def test_shares_of_few_are_withheld_and_so_is_a_share_of_a_number_that_is(data_copy):
    share = ROW | {"unit": "percent"}
    rows = [
        *breakdown((3, 40, 20)),
        share | {"measure": "Few", "value": "4", "base": "100"},
        share | {"measure": "All but few", "value": "97", "base": "100"},
        share | {"measure": "Of few", "value": "40", "base": "5"},
        share | {"measure": "In ten thousand", "value": "2.5", "base": "20000", "unit": "per 10,000 children"},
        share | {"measure": "Enough", "value": "6.3", "base": "350"},
        share | {"measure": "The same as Part 2", "breakdown": "Part 2", "value": "31.7", "base": "63"},
        share | {"measure": "Days", "value": "3.5", "unit": "days", "control": "counts no people"},
        share | {"measure": "Spend", "value": "3.5", "unit": "pounds"},
    ]
    header = {name: "" for row in rows for name in row}
    table = own.local(write(data_copy, [header | row for row in rows]), "own.csv").set_index("measure")
    gone = table[table["symbol"] == "c"]
    few = ["Few", "All but few", "Of few", "In ten thousand", "The same as Part 2"]
    assert gone.drop("Referrals").index.tolist() == few
    assert gone[["value", "base"]].isna().all(axis=None)
    assert table.loc[["Enough", "Days", "Spend"], "value"].tolist() == [6.3, 3.5, 3.5]


def test_what_the_source_withheld_is_protected_and_what_it_marks_so_is_not_shown(data_copy):
    rows = breakdown((30, 40, 20))
    rows = [row | {"symbol": ""} for row in rows]
    rows[0] |= {"value": "", "symbol": "c"}
    assert written(own.local(write(data_copy, rows), "own.csv")) == ("c", 40, "c", 90)
    rows[0] |= {"value": "30"}
    assert written(own.local(write(data_copy, rows), "own.csv")) == ("c", 40, "c", 90)
    rows[0] |= {"value": "", "symbol": "x"}
    assert written(own.local(write(data_copy, rows), "own.csv")) == ("x", 40, 20, 90), "not available is no secret"


def test_counts_and_shares_can_be_rounded_instead(data_copy):
    rows = [row | {"control": "round to 5", "base": "", "unit": "referrals"} for row in breakdown((3, 41, 22, 0, 2))]
    rows.append(rows[0] | {"measure": "Share", "value": "22.6", "base": "62", "unit": "percent"})
    table = own.local(write(data_copy, rows), "own.csv")
    assert written(table) == (5, 40, 20, 0, 0, 70, 25.0), "15 of 60"
    assert table["rounding"].tolist()[:-1] == [5] * 6
    assert table["base"].tolist()[-1] == 60
    tens = [row | {"control": "round to 10"} for row in rows]
    assert written(own.local(write(data_copy, tens), "own.csv")) == (0, 40, 20, 0, 0, 70, 16.7), "10 of 60"
    few = [row | {"control": "round to 5"} for row in breakdown((3, 3, 3, 3))]
    assert written(own.local(write(data_copy, few), "own.csv")).count("c") == 4, "of four fives that are 10 each is 3"


@pytest.mark.parametrize(("step", "parts", "most"), [(1, 2, 16), (1, 3, 8), (1, 4, 5), (5, 3, 12), (10, 2, 24)])
def test_no_reader_who_knows_the_rule_finds_a_number_by_trying_all(step, parts, most):
    """Of all tables of small numbers: what is written leaves each number of 1 to 5 at least two values."""
    total, wrote = np.array([[1.0] * parts + [-1.0]]), {}
    for table in itertools.combinations_with_replacement(range(most + 1), parts):
        counts = np.array([*table, sum(table)], float)
        hidden = own.withheld(counts, (counts >= 1) & (counts <= 5) & (step == 1), total, step)
        seen = np.where(hidden, -1, np.floor(counts / step + 0.5) * step)
        for order in set(itertools.permutations(range(parts))):
            wrote.setdefault((*seen[list(order)], seen[-1]), []).append(counts[list(order)])
    some = 0
    for seen, tables in wrote.items():
        for cell in range(parts):
            could = {table[cell] for table in tables}
            if could & {1, 2, 3, 4, 5}:
                some += 1
                assert len(could) > 1, (seen, tables[:3])
    assert some > 20


TABLES = st.integers(2, 3).flatmap(
    lambda parts: st.lists(st.lists(st.integers(0, 12), min_size=parts, max_size=parts), min_size=12, max_size=12)
)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TABLES)
def test_no_withheld_number_follows_from_what_is_written(folder, table):
    """Of random tables of twelve months by part, with all totals, no sum or difference gives a withheld number."""
    year = [sum(column) for column in zip(*table, strict=True)]
    names = {"time_period": "", "breakdown": "", "value": ""}
    rows = [
        names | row
        for period, parts in zip([*months(2025), "202526"], [*table, year], strict=True)
        for row in breakdown(parts, time_period=period)
    ]
    found = own.local(write(folder, rows), "own.csv")
    truth = np.array([float(row["value"]) for row in rows])
    hidden = (found["symbol"] == "c").to_numpy()
    assert not ((truth >= 1) & (truth <= 5) & ~hidden).any()
    assert (found["value"].to_numpy() == truth)[~hidden].all()
    assert found.loc[hidden, "value"].isna().all()
    width = len(table[0]) + 1
    grid = np.arange(len(rows)).reshape(13, width)
    ones = np.eye(len(rows))
    sums = [ones[row[:-1]].sum(axis=0) - ones[row[-1]] for row in grid]
    sums += [ones[column[:-1]].sum(axis=0) - ones[column[-1]] for column in grid.T]
    system = np.array(sums)[:, hidden]
    for cell in np.eye(hidden.sum()):
        assert np.linalg.matrix_rank(np.vstack([system, cell])) > np.linalg.matrix_rank(system)
