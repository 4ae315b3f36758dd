"""Any measure of the interactive tool: found by words, read whole for all areas, and refused in one line."""

from __future__ import annotations

import csv
import io
import re

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.methods.rounding import to_unit
from analysis.official import lait as tool
from analysis.official.lait import NoSuchMeasure, find_measures, lait
from analysis.official.releases import ReleaseError
from official_samples import DATA, ENGLAND, SOUTH_WEST, WILTSHIRE, Made, official_folder, table_of
from official_samples import lait as extract

MEASURES = 434
NORTHAMPTONSHIRE, WEST_NORTHAMPTONSHIRE = "E10000021", "E06000062"


@pytest.fixture
def real(monkeypatch):
    """The project's data folder, with the real releases."""
    monkeypatch.setenv("ANALYSIS_OFFICIAL", str(official_folder()))
    return DATA


def dictionary(*measures, last="NA"):
    """Return a dictionary of the tool: a measure is short name, title, axis, decimals and kind of year, and topics."""
    stream = io.StringIO()
    names = ["Topic", "Measure", "Chart_title", "Measure_short", "y_axis_name", "dps", "Year_Type", "No_Quartile"]
    more = ["Polarity", "Description", "Next Update", "Hyperlink(s)", "Data Owner (DO) /Supplier and Contact Details"]
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*names[:-1], *more, names[-1]])
    for short, title, axis, dps, years, *topics in measures:
        said = ["Low", "Children in care. More.", "46447", "https://example.org/care", "DfE", last]
        writer.writerows([topic, title, title, short, axis, dps, years, *said] for topic in topics or ["Care"])
    return stream.getvalue().encode()


CARE = ("A", "Children in care (%)", "% of children", "NA", "Annual", "Care", "Children in need")
SPEND = ("B-1", "Spend on care", "Spend", "0", "Financial Year", "Finance")
NUMBER = ("B_1%", "Children counted", "Rate per 10,000", "2", "Academic Year")


def rows_of(name, *cells, area=("Wiltshire", 865)):
    return [(name, years, *area, value) for years, value in cells]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A data folder with a small extract of three measures."""
    made = Made(tmp_path_factory.mktemp("tool"))
    rows = rows_of("A", ("2024", "1.5"), ("2025", "-"), area=("South West", 990))
    rows += rows_of("A", ("2024", "260.60000000000002"), ("2025", "7.0000000000000007E-2"))
    rows += rows_of("B-1", ("2023-24 (OT)", "1181088"), ("2024-25 (OT)", "5"))
    rows += rows_of("B_1%", ("2024", "3"), ("2025 (prov)", "4.25"))
    made.release("tool", "lait", extract(rows))
    made.release("words", "lait_dictionary", dictionary(CARE, SPEND, NUMBER))
    made.save()
    return made.data


def read(made, rows, *measures, name="A"):
    """Read a measure of a made-up extract whose dictionary has these measures."""
    made.release("tool", "lait", extract(rows))
    made.release("words", "lait_dictionary", dictionary(*(measures or [CARE])))
    return lait(made.save(), name)


@pytest.fixture(autouse=True)
def _at_home(request, monkeypatch):
    if "real" not in request.fixturenames:
        monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)


# ---- one measure --------------------------------------------------------------------------------------------------


def test_a_measure_is_a_tidy_table_of_every_area_and_year(small):
    found = lait(small, "A")
    about = ["indicator", "title", "area", "name", "time_period", "time_identifier"]
    assert list(found) == [*about, "value", "symbol", "unit", "decimals", "source", "locator"]
    assert found[["area", "name", "time_period", "value", "symbol"]].astype(object).fillna("").values.tolist() == [
        [WILTSHIRE, "Wiltshire", "2024", 260.6, ""],
        [WILTSHIRE, "Wiltshire", "2025", 0.07, ""],
        [SOUTH_WEST, "South West", "2024", 1.5, ""],
        [SOUTH_WEST, "South West", "2025", "", "x"],
    ]
    same = {"indicator": "lait_a", "title": "Children in care (%)", "unit": "percent", "decimals": 1, "source": "tool"}
    assert found[list(same)].drop_duplicates().to_dict("records") == [same]
    assert found["time_identifier"].unique().tolist() == ["Reporting year"]
    assert found["locator"].tolist()[1:3] == ["A, 865, 2025", "A, South West, 2024"]
    spend, number = lait(small, "B-1"), lait(small, "Children counted")
    cells = ["indicator", "time_period", "value", "symbol", "unit", "decimals"]
    assert spend.loc[0, cells].tolist() == ["lait_b_1", "202324", 1181088.0, "", "pounds", 0]
    assert number.loc[1, cells].tolist() == ["lait_b_1_percent", "2025", 4.25, "p", "per 10,000", 2]


PERIODS = [
    ("2025", "Annual", "2025", "Reporting year"),
    ("2025", "Calendar Year", "2025", "Calendar year"),
    ("2025", "Annual (end of Sept)", "2025", "September"),
    ("2023/24", "Academic Year", "202324", "Academic year"),
    ("2024-25 (OT)", "Financial Year", "202425", "Financial year"),
    ("2021-23", "Calendar Year", "2021 to 2023", "Calendar year"),
    ("2020/21-22/23", "Financial Year", "202021 to 202223", "Financial year"),
]


def test_forms_of_period(made):
    names = [f"A{number}" for number, _ in enumerate(PERIODS)]
    rows = [row for name, (years, *_) in zip(names, PERIODS, strict=True) for row in rows_of(name, (years, "1"))]
    measures = [(name, *CARE[1:4], kind) for name, (_, kind, *_) in zip(names, PERIODS, strict=True)]
    read(made, rows, *measures, name="A0")
    for name, (_, _, *expected) in zip(names, PERIODS, strict=True):
        assert lait(made.data, name)[["time_period", "time_identifier"]].values.tolist() == [expected]


@pytest.mark.parametrize("years", ["2021-20", "2021/22-20/21", "2021/23-24/25", "draft"])
def test_a_value_of_no_period_is_refused_and_a_dash_of_none_left_out(made, years):
    with pytest.raises(ReleaseError, match=rf"^made/tool, row 2, column Years: found '{re.escape(years)}'; exp"):
        read(made, rows_of("A", ("2025", "1"), (years, "2")))
    assert read(made, rows_of("A", ("2025", "1"), (years, "-")))["time_period"].tolist() == ["2025"]


def test_a_symbol_for_an_authority_that_was_not_there_is_left_out(made):
    rows = rows_of("A", ("2020", "-"), ("2022", "8"), area=("West Northamptonshire", 941))
    rows += rows_of("A", ("2020", "5"), ("2022", "-"), area=("Northamptonshire", 928))
    found = read(made, rows)
    assert set(found[["area", "time_period", "value"]].itertuples(index=False, name=None)) == {
        (NORTHAMPTONSHIRE, "2020", 5.0),
        (WEST_NORTHAMPTONSHIRE, "2022", 8.0),
    }


@pytest.mark.parametrize(
    ("rows", "measures", "complaint"),
    [
        (rows_of("A", ("2025", "1,000")), (), "row 1, column Values: found '1,000'; expected a number without"),
        (rows_of("A", ("0", "-")), (), "measure A: a row is missing or stands twice; expected each area each year"),
        (rows_of("Z", ("2025", "1")), (CARE,), "no row for 'Z', a measure of made/tool; expected one for each"),
    ],
)
def test_a_release_that_is_not_in_order_is_refused_in_one_line(made, rows, measures, complaint):
    with pytest.raises(ReleaseError) as refused:
        read(made, rows, *measures)
    assert re.fullmatch(r"made/(tool|words)[,:] .*", str(refused.value))
    assert complaint in str(refused.value)


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.decimals(-(10**9), 10**9, places=4, allow_nan=False), min_size=30, max_size=30))
def test_values_are_what_was_printed_without_the_tail_of_binary_fractions(tmp_path_factory, numbers):
    made = Made(tmp_path_factory.mktemp("tool"))
    cells = [(str(2000 + place), f"{float(number):.17g}") for place, number in enumerate(numbers)]
    found = read(made, rows_of("A", *cells))
    assert found["value"].tolist() == [float(number) for number in numbers]


# ---- words --------------------------------------------------------------------------------------------------------


def test_a_measure_is_meant_by_its_name_its_title_or_words_that_it_alone_has(small):
    for name in ("A", "a", "lait_a", "Children in care (%)", "children  in CARE", "children care need", "in need"):
        assert lait(small, name)["indicator"][0] == "lait_a", name


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("children", "'children' may be any of 2 measures, expected one: 'A' (Children in care (%)); 'B_1%' (Chil"),
        ("spends", "no measure of the interactive tool for 'spends'; did you mean 'spend'?"),
        ("spend childern", "no measure of the interactive tool for 'spend childern'; did you mean 'children'?"),
        ("zzzz", "no measure of the interactive tool for 'zzzz'"),
        ("", "no measure of the interactive tool for ''"),
    ],
)
def test_words_of_none_or_several_are_refused_with_those_there_are(small, name, complaint):
    with pytest.raises(NoSuchMeasure) as refused:
        lait(small, name)
    assert str(refused.value).startswith(complaint)
    assert "\n" not in str(refused.value)
    assert isinstance(refused.value, LookupError)


def test_measures_are_found_by_words_of_name_title_or_topic(small):
    found = find_measures(small, "care")
    assert list(found) == ["id", "title", "topic", "unit", "polarity", "latest", "areas"]
    assert found.values.tolist() == [
        ["A", "Children in care (%)", "Care; Children in need", "percent", "low", "2025", 1],
        ["B-1", "Spend on care", "Finance", "pounds", "low", "202425", 1],
        ["B_1%", "Children counted", "Care", "per 10,000", "low", "2025", 1],
    ]
    assert find_measures(small, "FINANCE")["id"].tolist() == ["B-1"]
    assert len(find_measures(small)) == 3
    with pytest.raises(NoSuchMeasure, match=r"^no measure .* for 'finnance'; did you mean 'finance'\?$"):
        find_measures(small, "finnance")


def outcome(ask, data, words):
    """What a question gives: a table, or the words of a refusal."""
    try:
        return ask(data, words)
    except NoSuchMeasure as refused:
        return str(refused)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(max_size=20), st.sampled_from(["(", "%", ".*", "A B", "\\", "care\n", "lait_b_1_percent"])))
def test_any_words_give_a_table_or_one_line(small, words):
    for ask in (lait, find_measures):
        said = outcome(ask, small, words)
        assert len(said.splitlines()) == 1 if isinstance(said, str) else len(said) > 0


# ---- where it is from ---------------------------------------------------------------------------------------------


def test_what_a_page_lists(small):
    assert tool.source_rows(lait(small, "A")) == [
        {"source": "tool", "figure": "Children in care (%)", "area": "2 areas", "stated": "4 figures", "note": ""}
        | {"place": "A, 2024 to 2025"}
    ]


def test_a_release_that_is_not_there_is_said_with_what_to_do(made):
    read(made, rows_of("A", ("2025", "1")))
    for name in ("words", "tool"):
        file = made.folder / "made" / name
        kept = file.read_bytes()
        file.unlink()
        with pytest.raises(ReleaseError, match=rf"^made/{name} is missing: run `analysis fetch`, or set ANALYSIS_OFF"):
            find_measures(made.data)
        file.write_bytes(kept + b"\n")
        with pytest.raises(ReleaseError, match=rf"^made/{name}: not the file of the register"):
            lait(made.data, "A")
        file.write_bytes(kept)
    del made.releases["words"]
    with pytest.raises(ReleaseError, match=r"^releases.csv: no release with the layout 'lait_dictionary'"):
        lait(made.save(), "A")


# ---- the real extract ---------------------------------------------------------------------------------------------


def test_the_real_tool_has_all_its_measures_and_each_a_name_of_its_own(real):
    found = find_measures(real)
    assert len(found) == MEASURES
    about = tool._measures(real)[2]
    slugs = about.loc[found["id"], "slug"]
    assert slugs.is_unique
    assert slugs.str.fullmatch(r"[a-z][a-z0-9_]*").all()
    assert set(slugs).isdisjoint(row["indicator"] for row in table_of("indicators.csv"))
    assert (found["areas"] > 0).all()
    assert found["latest"].str.fullmatch(r"\d{4}|\d{6}|\d{4} to \d{4}|\d{6} to \d{6}").all()
    assert {"TotAbs", "PriTotAbs"} < set(find_measures(real, "absence")["id"])


KNOWN = [
    ("LACnum", WILTSHIRE, "2025", 478, 0),
    ("CIN", WILTSHIRE, "2025", 227.6, 1),
    ("TotPerAbNew", WILTSHIRE, "2016", 10.27, 2),
    ("16-17_not known_NEET", ENGLAND, "2025", 5.6, 1),
]


def test_known_answers(real):
    for name, area, period, value, decimals in KNOWN:
        found = lait(real, name).set_index(["area", "time_period"])
        assert set(found["decimals"]) == {decimals}
        assert to_unit(float(found.at[(area, period), "value"]), 10.0**-decimals) == pytest.approx(value)


def test_a_measure_holds_every_value_that_the_extract_has(real):
    raw = pd.read_parquet(official_folder() / "lait" / "bds_long_0.parquet")
    for name in ("CINPermExclusion", "Hosp_Adm_Alc_<18yrs", "RTA", "LAC_Fixed_ Ex", "C&YPExpenditure"):
        values = pd.to_numeric(raw.loc[raw["Short Desc"] == name, "Values"], errors="coerce").dropna()
        found = lait(real, name)
        assert found["value"].notna().sum() == len(values)
        assert found["value"].sum() == pytest.approx(values.sum())
        assert found.duplicated(["area", "time_period"]).sum() == 0
        assert (found["value"].isna() == found["symbol"].isin(["x", "c", "z"])).all()


@pytest.mark.slow
def test_every_measure_of_the_real_tool_is_read(real):
    for name in find_measures(real)["id"]:
        found = lait(real, name)
        assert len(found) > 100, name
        assert found["area"].nunique() > 150, name


def test_the_months_of_the_next_figures_are_those_the_department_announces():
    """Its dictionary counts days as Excel does; of a measure that stands there twice the later month is kept."""
    about = pd.read_csv(official_folder() / "lait" / "lait_data_dictionary.csv", dtype=str)
    days = pd.to_numeric(about["Next Update"], errors="coerce")
    about["month"] = (pd.Timestamp("1899-12-30") + pd.to_timedelta(days, "D")).dt.strftime("%Y-%m")
    measures = pd.read_csv(DATA / "measures.csv", dtype=str).query("source == 'dfe_lait_2026'")
    found = measures.merge(about, left_on="measure", right_on="Measure_short").groupby("indicator")["month"].max()
    kept = pd.read_csv(DATA / "expected.csv").set_index("indicator")["expected"]
    assert kept.to_dict() == found.dropna().to_dict()
    assert kept["cla_rate"] == "2026-11"
