"""What each layout of official release does to a reader: made-up samples, and the real files where they are there."""

from __future__ import annotations

import csv
import functools
import math
import re
import string

import hypothesis
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.data import columns
from analysis.data.tables import faults, read_table
from analysis.official import assemble, cache, tables
from analysis.official.geography import Places
from analysis.official.releases import ReleaseError
from official_samples import (
    CALENDAR,
    DATA,
    DWP_HEAD,
    ENGLAND,
    EXAMPLES,
    HMRC_GROUPS,
    KEY,
    SCILLY,
    SOUTH_WEST,
    SWINDON,
    WILTSHIRE,
    YEAR,
    by_key,
    dwp,
    example,
    neighbours,
    official_folder,
    table_of,
    undisturbed,
    workbook,
)
from official_samples import ees as ees_release
from official_samples import lait as lait_release

CUMBRIA, CUMBERLAND, DORSET_COUNTY, BCP = "E10000006", "E06000063", "E10000009", "E06000058"


@pytest.fixture
def make_example(tmp_path, monkeypatch):
    """A function that returns a project with the example of a layout."""
    undisturbed(monkeypatch)
    return functools.partial(example, tmp_path)


@pytest.fixture(scope="module")
def real_lait():
    """The extract of the interactive tool as it is, read without the reader."""
    return pd.read_parquet(official_folder() / "lait" / "bds_long_0.parquet")


@pytest.fixture(scope="module")
def dictionary():
    """The rows of the interactive tool's dictionary by short description."""
    with (official_folder() / "lait" / "lait_data_dictionary.csv").open(encoding="utf-8-sig", newline="") as stream:
        return {row["Measure_short"]: row for row in csv.DictReader(stream)}


@pytest.fixture(scope="module")
def areas():
    """The project's areas."""
    return read_table(DATA / "areas.csv").set_index("area")


@pytest.fixture(scope="module")
def embedded():
    """The embedded figures, which need no release."""
    return read_table(DATA / "figures_official.csv")


def some(figures, **columns):
    """Return the rows with these values."""
    for name, value in columns.items():
        figures = figures[figures[name].isin(value if isinstance(value, list) else [value])]
    return figures


def one(figures, *key):
    """Return the row of an indicator, area and period."""
    (row,) = some(figures, indicator=key[0], area=key[1], time_period=key[2]).itertuples()
    return row


# ---- cells --------------------------------------------------------------------------------------------------------

NUMBERS = st.one_of(
    st.integers(-(10**12), 10**12).map(lambda n: (str(n), f"{n:,}")),
    st.floats(-1e12, 1e12).map(lambda x: (f"{x:.3f}", f"{x:,.3f}")),
    st.floats(-1e12, 1e12).map(repr).filter(lambda text: "e" not in text).map(lambda text: (text, text)),
)


@given(NUMBERS, st.booleans(), st.sampled_from(["{}", "{}%", "{} %", " {} ", "\t{}%\n"]))
def test_a_number_is_read_back_from_any_form_it_is_printed_in(number, commas, form):
    plain, grouped = number
    assert tables.parse(form.format(grouped if commas else plain)) == (float(plain), "")


def example_of(*texts):
    """Try these texts first."""
    return lambda test: functools.reduce(lambda made, text: hypothesis.example(text)(made), texts, test)


MANGLED = ["n.a.", "LOW", "nan", "inf", "(c)", "1 000", "5%%", "£5", "2 to 5", "c1", "<5", "%", ",", "[]", "[", "c%"]
MANGLED += ["c,", "5]", "[c", "1,23", "1,,234", "1e9", "1.18E+06", "٢"]


MARKS = {"k": "low", "": "x", "  ": "x", "NA": "x", ":": "x", "..": "x", "-": "x", ".": "z"}
MARKS |= {form.format(mark): mark for mark in ("c", "x", "z", "u", "low") for form in ("{}", "[{}]")}


def test_a_mark_becomes_its_symbol_and_no_number():
    for mark, symbol in MARKS.items():
        value, found = tables.parse(mark)
        assert (math.isnan(value), found) == (True, symbol), mark
        assert symbol in columns.choices("figures", "symbol")


@example_of(*MANGLED)
@given(st.text(string.ascii_letters + string.digits + "£-. :/()?", min_size=1))
def test_any_other_text_is_refused(text):
    if text.strip() in tables.SYMBOLS or re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", text.strip(), re.ASCII):
        return
    with pytest.raises(ValueError, match=re.escape(f"{text!r} is neither a number nor one of the symbols")):
        tables.parse(text)


# ---- symbols, from the cell to the table --------------------------------------------------------------------------


def test_a_blank_where_others_of_the_level_have_something_is_refused(made):
    rows = [{"area": WILTSHIRE, "period": "2025", "n": "", "last": "1"}]
    rows += [{"area": SOUTH_WEST, "period": "2025", "n": "5", "last": "1"}]
    made.release("blanks", "ees", ees_release(rows))
    made.measure("cla_number", "blanks", "n")
    assert made.table()["cla_number", WILTSHIRE, "2025"] == (None, "x")
    for changed in ([*rows, rows[0] | {"area": SWINDON, "n": "7"}], [rows[0] | {"area": ENGLAND}, rows[1]], rows[:1]):
        made.release("blanks", "ees", ees_release(changed))
        with pytest.raises(ReleaseError, match=r"blanks, line 2, column n: found a blank; expected a number or a symb"):
            made.read()


def test_symbols_stay_apart_from_the_cell_to_the_table_and_the_cache(made):
    codes = [row["area"] for row in table_of("areas.csv") if row["area"].startswith("E09")][:8]
    rows = [
        {"area": area, "period": "2025", "n": text}
        for area, text in zip(codes, ["0", "c", "x", "z", "low", "u", "k", "-"], strict=True)
    ]
    rows = [row | {"last": "1"} for row in [*rows, {"area": SOUTH_WEST, "period": "2025", "n": ""}]]
    made.release("marks", "ees", ees_release(rows))
    made.measure("cla_number", "marks", "n")
    expected = [(0.0, ""), *((None, symbol) for symbol in ("c", "x", "z", "low", "u", "low", "x", "x"))]
    table = made.table()
    assert [table["cla_number", area, "2025"] for area in [*codes, SOUTH_WEST]] == expected
    kept = cache.read(cache.ready(made.data), "figures", "area", "in", [*codes, SOUTH_WEST])
    assert by_key(kept) == table
    kept.to_csv(made.data / "figures.csv", index=False)
    assert by_key(read_table(made.data / "figures.csv")) == table


SHARES = [
    *(("5", "40", (12.5, "")), ("0", "40", (0.0, "")), ("c", "40", (None, "c")), ("low", "40", (None, "low"))),
    *(("5", "c", (None, "c")), ("0", "c", (None, "c")), ("c", "0", (None, "c")), ("z", "0", (None, "z"))),
    ("0", "0", (None, "z")),
]
"""The part, the whole, and the share: none is worked out from what is withheld."""


def test_a_share_is_worked_out_only_from_two_published_numbers(made):
    codes = [row["area"] for row in table_of("areas.csv") if row["area"].startswith("E09")][: len(SHARES)]
    cells = zip(codes, SHARES, strict=True)
    rows = [{"area": area, "period": "2025", "part": part, "whole": whole} for area, (part, whole, _) in cells]
    # The total would give withheld numbers away; they stay withheld.
    made.release(
        "shares", "ees", ees_release([*rows, {"area": SOUTH_WEST, "period": "2025", "part": "8", "whole": "50"}])
    )
    made.measure("factor_alcohol_parent_share", "shares", "part", per="whole", rounding="0.1")
    (made.data / "areas.csv").write_bytes((DATA / "areas.csv").read_bytes())
    table = made.table()
    found = [table["factor_alcohol_parent_share", area, "2025"] for area in codes]
    assert found == [expected for *_, expected in SHARES]


def test_the_base_of_a_rate_is_not_derived_where_its_count_is_withheld(made):
    rows = [{"area": WILTSHIRE, "period": "2025", "n": "c", "rate": "46"}]
    rows += [{"area": SWINDON, "period": "2025", "n": "300", "rate": "60"}]
    made.release("rates", "ees", ees_release(rows))
    made.measure("cla_number", "rates", "n")
    made.measure("cla_rate", "rates", "rate", count="cla_number")
    figures = made.read().figures
    assert math.isnan(one(figures, "cla_rate", WILTSHIRE, "2025").base)
    assert one(figures, "cla_rate", SWINDON, "2025").base == 50_000
    assert one(figures, "cla_number", WILTSHIRE, "2025").symbol == "c"


def test_no_real_value_stands_where_a_release_withholds_it(real):
    withheld = set(some(real.parts, symbol="c")[KEY].itertuples(index=False, name=None))
    figures = real.everything.figures
    given_out = figures[figures["value"].notna()][KEY].itertuples(index=False, name=None)
    assert len(withheld) > 200
    assert withheld.isdisjoint(given_out)
    shares = figures[figures["stated"].str.contains(r"^c of |of c$")]
    assert len(shares) > 50
    assert set(shares["symbol"]) == {"c"}
    assert shares["value"].isna().all()
    assert not any(bad.any() for _, bad, _ in faults(figures, columns.tables()["figures.csv"], "figures.csv"))
    missing = figures["value"].isna()
    assert set(figures.loc[missing, "symbol"]) == {"c", "x", "z", "u"}
    assert set(figures.loc[~missing, "symbol"]) == {"", "r", "e"}


LAIT_MEASURES = [row for row in table_of("measures.csv") if row["source"] == "dfe_lait_2026"]

# ---- the interactive tool -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("years", "identifier", "period"),
    [
        ("2025", "Reporting year", "2025"),
        ("2024-25 (OT)", "Financial year", "202425"),
        ("1999-00", "Financial year", "199900"),
        ("2025", "Financial year", "202425"),
        ("2024-25", "January", "2025"),
    ],
)
def test_forms_of_period_of_the_interactive_tool(made, years, identifier, period):
    made.release("tool", "lait", lait_release([("A", years, "Wiltshire", 865, "7")]))
    made.measure("cla_number", "tool", "A", time_identifier=identifier)
    assert made.table() == {("cla_number", WILTSHIRE, period): (7.0, "")}


def test_every_real_value_of_the_tool_is_its_text_rounded(real_lait, real, areas):
    rows = real_lait[real_lait["Values"] != "-"]
    rows = rows.merge(pd.DataFrame(LAIT_MEASURES), left_on="Short Desc", right_on="measure")
    places, numbers = Places(areas), rows["LA Number"].astype(int)
    names = rows["LA and Regions"].mask(numbers < 970, numbers.astype(str))
    first = rows["Years"].str[:4].astype(int)
    named_by_its_end = (rows["time_identifier"] == "Financial year") & (rows["Years"].str.len() == 4)
    rows = rows.assign(
        area=names.map({name: places.code(name) for name in names.unique()}),
        start=first - named_by_its_end,
        text=rows["Values"].astype(float),
        unit=rows["rounding"].str.split("; ").str[0].astype(float),  # as printed, if not to ten in regions
    )
    found = some(real.parts, source="dfe_lait_2026").dropna(subset="value")
    found = found.assign(start=found["time_period"].str[:4].astype(int))
    both = rows.merge(found, on=["indicator", "area", "start"], suffixes=("_", ""), validate="one_to_one")
    assert len(both) == len(rows) == len(found) > 25_000
    assert ((both["value"] - both["text"]).abs() <= both["unit"] / 2 + 1e-9).all()
    assert (both["value"] == both["value"].round(2)).all()
    assert (both["value"] == both["value"].round(1))[both["unit"] >= 0.1].all()
    assert (both["value"] == both["value"].round())[both["unit"] == 1].all()


def test_rounding_and_polarity_are_the_dictionarys(dictionary):
    indicators = {row["indicator"]: row for row in table_of("indicators.csv")}
    for measure in LAIT_MEASURES:
        theirs, ours = dictionary[measure["measure"]], indicators[measure["indicator"]]
        unit = measure["rounding"].split("; ")[0]
        # Where the dictionary gives none, the tool shows one decimal at most.
        assert unit in {"0": ["1", "5"], "2": ["0.01"], "NA": ["0.1", "1"]}[theirs["dps"]], measure
        # A rate worked out from two counts has a decimal more than the tool's.
        counted = bool(measure["per"] or measure["base"])
        assert int(ours["decimals"]) <= {"5": 0, "1": 0, "0.1": 1, "0.01": 2}[unit] + counted, measure
        assert ours["polarity"] == {"High": "high", "Low": "low"}.get(theirs["Polarity"], "neither"), measure


def coarsest(values):
    """Return the largest unit of which all values are multiples, of those that releases round to."""
    units = (1000, 100, 10, 5, 1, 0.1, 0.01)
    return next((u for u in units if all(abs(v / u - round(v / u)) < 1e-6 for v in values)), 0)


def test_no_real_release_rounds_more_than_measures_csv_says(real):
    known = real.parts[real.parts["value"].notna() & ~real.parts["stated"].str.contains(" of ")]
    known = known[known["indicator"] != "cla_ceased_per_100"]  # a count until it is divided
    # The department's releases also print a rate of zero as it is, and small numbers may all be multiples by chance.
    known = known.assign(
        printed=[tables.parse(text)[0] for text in known["stated"]],
        larger=known["area"].str.startswith(("E12", "E13", "E92")),
    )
    known = known[known["printed"] != 0]
    wrong = []
    for key, part in known.groupby(["indicator", "source", "time_period", "larger"]):
        unit = coarsest(part["printed"]) if len(part) >= 8 else 0
        if unit > part["rounding"].min() * 1.001:
            wrong.append((*key, unit, part["rounding"].min()))
    assert known["rounding"].nunique() >= 6
    assert wrong == []


# ---- what must not be joined --------------------------------------------------------------------------------------


def test_after_housing_costs_of_counties_regions_and_england_is_a_sum_that_says_so(real):
    rows = some(real.everything.figures, indicator=["low_income_ahc_under_16", "low_income_ahc_rate_under_16"])
    assert set(rows["source"]) == {"dwp_low_income_ahc_2025"}
    made = rows["note"].str.startswith("Worked out here, as the release has no row for it")
    assert set(rows.loc[~made, "area"].str[:3]) == {"E06", "E08", "E09", "K02"}
    assert (~made).sum() == 2 * 2 * (63 + 36 + 33 + 1)
    assert set(rows.loc[made, "area"].str[:3]) == {"E10", "E12", "E92"}
    assert made.sum() == 2 * 2 * (21 + 9 + 1)
    before = some(real.everything.figures, indicator="low_income_bhc_rate", area=WILTSHIRE)
    # The release of May 2025 had 11.6 and 13.4 for these two years.
    assert before.set_index("time_period")["value"].loc[["202223", "202324"]].tolist() == [12.4, 12.2]
    assert set(rows.loc[made & rows["indicator"].str.contains("rate"), "symbol"]) == {"e"}


def test_the_base_of_a_rate_is_of_the_count_the_rate_was_made_of(real):
    figures = real.everything.figures
    wrong = []
    for revision in real.everything.revisions.itertuples():
        rate = one(figures, "cin_rate", revision.area, revision.time_period)
        implied = float(revision.old.replace(",", "")) / rate.value * 10_000
        if not (math.isnan(rate.base) or abs(rate.base - implied) <= 1):
            wrong.append((revision.area, rate.base, round(implied)))
    assert wrong == []


# ---- the department's older layout, and the panel -----------------------------------------------------------------


def test_england_is_known_by_its_level_not_by_its_code(make_example, real):
    table = make_example("sfr_wide").table()
    assert table["cin_number", ENGLAND, "2013"] == (378_600.0, "")
    assert table["cin_number", "E06000046", "2013"] == (1232.0, "")
    figures = some(real.parts, source="dfe_cin_2014", indicator="cin_number").set_index("area")["value"]
    assert (figures[ENGLAND], figures["E06000046"]) == (397_600, 1155)


def test_a_number_of_the_whole_country_is_englands(made):
    rows = f"new_la_code,time_period,cpih\n{WILTSHIRE},2014,1.2098\n{SWINDON},2014,1.2098\n{WILTSHIRE},2015,1.205\n"
    made.release("prices", "panel", rows.encode())
    made.measure("price_index_cpih", "prices", "cpih", rounding="0.001", **CALENDAR)
    assert made.table() == {
        ("price_index_cpih", ENGLAND, "2014"): (1.21, ""),
        ("price_index_cpih", ENGLAND, "2015"): (1.205, ""),
    }


def test_section_251_is_read_in_pounds_for_england_and_authorities_only(make_example):
    assert make_example("section251").table() == {
        ("spend_s251_youth_justice", ENGLAND, "201314"): (328_747_000.0, ""),
        ("spend_s251_youth_justice", WILTSHIRE, "201314"): (7_772_000.0, ""),
        ("spend_s251_youth_justice", SWINDON, "201314"): (1_200_000.0, ""),
    }


# ---- which authority ----------------------------------------------------------------------------------------------


def test_a_former_code_is_the_same_authority(made, areas):
    former = [(code, row["former_codes"]) for code, row in areas.iterrows() if row["former_codes"]]
    assert ("E06000066", "E10000027") in former
    rows = [{"area": old, "period": "2023", "n": "1"} for _, old in former]
    rows += [{"area": new, "period": "2024", "n": "2"} for new, _ in former]
    made.release("codes", "ees", ees_release(rows))
    made.measure("cla_number", "codes", "n")
    table = made.table()
    for new, _ in former:
        assert table["cla_number", new, "2023"] == (1.0, "")
        assert table["cla_number", new, "2024"] == (2.0, "")
    assert len(table) == 2 * len(former)


def test_districts_and_other_nations_are_passed_over(made):
    places = [WILTSHIRE, "E07000001", "S12000005", "W06000001", "N09000001", "K04000001"]
    made.release("nations", "dwp_low_income", dwp([["A", code, "1", "2", "3%", "4%"] for code in places]))
    made.measure("low_income_ahc_under_16", "nations", "Number of children", **YEAR)
    # England and Wales is an area of ours, of research estimates; no report is made for it.
    assert {key[1] for key in made.table()} == {WILTSHIRE, "K04000001"}


@pytest.mark.parametrize("code", ["E06000999", "E10000099", "E05000001", ""])
def test_an_unknown_authority_is_refused_with_file_and_code(made, areas, code):
    made.release("unknown", "ees", ees_release([{"area": code, "period": "2025", "n": "1"}]))
    made.measure("cla_number", "unknown", "n")
    with pytest.raises(
        ReleaseError,
        match=rf"made/unknown, line 2(: area|, column new_la_code: found) {repr(code) if code else 'a blank'}",
    ):
        made.read()

    with pytest.raises(LookupError, match="South-West"):
        Places(areas).code("South-West")


def test_a_symbol_for_an_authority_outside_its_time_is_no_figure(made):
    rows = [(CUMBRIA, "2023", "5"), (CUMBRIA, "2024", "x"), (CUMBERLAND, "2023", "x"), (CUMBERLAND, "2024", "c")]
    made.release("reorganised", "ees", ees_release([{"area": a, "period": p, "n": n} for a, p, n in rows]))
    made.measure("cla_number", "reorganised", "n")
    assert made.table() == {
        ("cla_number", CUMBRIA, "2023"): (5.0, ""),
        ("cla_number", CUMBERLAND, "2024"): (None, "c"),
    }


def outside(figures, areas):
    """Return the figures of authorities for years in which they were not: before their April, or after it."""
    start, end = (pd.to_numeric(areas[name]) for name in ("start", "end"))
    last = figures["time_period"].str[:4].astype(int) + (figures["time_period"].str.len() == 6)
    # Of a calendar year, mid-year or September a new authority has figures of its first year; of January or March not.
    whole = figures["time_identifier"].isin(["Calendar year", "September"])
    whole |= figures["indicator"] == "population_0_17"
    early = last < figures["area"].map(start).fillna(0) + (~whole).astype(int)
    return figures[early | (last > figures["area"].map(end).fillna(9999))]


ON_PRESENT_BOUNDARIES = {
    "spend_prevention_per_child", "spend_sure_start_per_child", "low_income_bhc_rate",
    "panel_cla_number", "panel_cla_starts", "panel_cla_ceased",
    "panel_cin_rate", "panel_cpp_starts_rate", "panel_cla_rate",
    "panel_cin_number", "panel_cpp_number", "panel_cpp_starts", "panel_referrals", "panel_referrals_no_action",
    "panel_children_0_16",
    "ks1_mathematics_rate", "ks1_reading_rate", "ks1_writing_rate", "ks2_disadvantaged_rate", "ks2_mathematics_rate",
    "ks2_not_disadvantaged_rate", "ks2_sen_plan_rate", "ks2_sen_support_rate", "good_development_sen_plan_rate",
    "good_development_sen_support_rate", "phonics_sen_plan_rate", "phonics_sen_support_rate",
    "first_time_entrants_rate", "gcse_english_maths_rate", "good_development_fsm_rate", "good_development_rate",
    "injury_admissions_rate", "ks2_expected_rate", "level_3_gap_19", "low_birth_weight_rate", "reoffending_15_17_rate",
    "under_18_conception_rate",
}  # fmt: skip
"""Indicators that a release works out for present boundaries in earlier years too."""


def test_few_real_figures_stand_for_an_authority_outside_its_time_and_no_symbol(real, areas):
    assert outside(real.everything.figures, areas)["symbol"].eq("").all()
    found = outside(real.everything.figures, areas)
    named = found[~found["indicator"].isin(ON_PRESENT_BOUNDARIES)]
    # Care leavers of the year ending March 2020 still stand under Dorset as it was until April 2019, and the
    # interactive tool has zero plans ceased for Cumbria after its end and for its successors before they began.
    zeros = {("E06000063", "2022"), ("E06000064", "2022"), ("E10000006", "2024")}
    assert set(zip(named["area"], named["time_period"], strict=True)) <= {("E10000009", "2020"), *zeros}
    assert set(named.loc[named["indicator"] == "ehc_plans_ceased", "value"]) <= {0}


# ---- the Department for Work and Pensions -------------------------------------------------------------------------


def test_header_lines_headings_of_several_lines_and_marks_in_brackets(make_example):
    table = make_example("dwp_low_income").table()
    number, rate = "low_income_ahc_under_16", "low_income_ahc_rate_under_16"
    assert table == {
        (number, WILTSHIRE, "202324"): (17_000.0, ""),
        (number, WILTSHIRE, "202425"): (17_409.0, ""),
        (rate, WILTSHIRE, "202324"): (18.9, ""),
        (rate, WILTSHIRE, "202425"): (19.0, ""),
        (number, SWINDON, "202324"): (1.0, ""),
        (number, SWINDON, "202425"): (None, "low"),
        (rate, SWINDON, "202324"): (None, "x"),
        (rate, SWINDON, "202425"): (1.0, ""),
    }


# ---- HM Revenue and Customs ---------------------------------------------------------------------------------------


def test_a_dash_or_a_nought_for_a_share_is_confidential_though_the_counts_are_there(make_example, real):
    made = make_example("hmrc_low_income").read().figures
    for figures, year in ((made, "2011"), (real.everything.figures, "2012"), (real.everything.figures, "2013")):
        share = one(figures, "hmrc_low_income_rate_under_16", SCILLY, year)
        assert (math.isnan(share.value), share.symbol) == (True, "c")
    assert one(made, "hmrc_children_under_16", SCILLY, "2011").value == 320
    assert one(real.everything.figures, "hmrc_low_income_under_16", SCILLY, "2013").value == 0


# ---- neighbours ---------------------------------------------------------------------------------------------------


def test_neighbours_are_ranked_and_abolished_authorities_left_out(made):
    made.release("near", "neighbours", neighbours([[865, 866, 803], [866, 865], [None], [928, 865]]))
    made.release("any", "ees", EXAMPLES["ees"].make())
    made.measure("cla_number", "any", "children_count", where="population_type=on 31 March")
    near = assemble.read_everything(made.save())[1]
    assert not any(bad.any() for _, bad, _ in faults(near, columns.tables()["neighbours.csv"]))
    assert near["rank"].tolist() == [*range(1, 11), *range(1, 11)]
    assert near[near["rank"] <= 2][["area", "rank", "neighbour"]].to_numpy().tolist() == [
        [WILTSHIRE, 1, SWINDON],
        [WILTSHIRE, 2, "E06000025"],
        [SWINDON, 1, WILTSHIRE],
        [SWINDON, 2, "E06000025"],
    ]


# ---- a release that changed its layout, or is damaged inside --------------------------------------------------------

EES, LAIT, DWP, HMRC, SFR = (
    EXAMPLES[layout].make for layout in ("ees", "lait", "dwp_low_income", "hmrc_low_income", "sfr_wide")
)


def headed(old, new):
    """Return the example of low-income families with another header."""
    return DWP(head=[[cell.replace(old, new) for cell in line] for line in DWP_HEAD])


def tool(**changed):
    """Return an extract whose second row differs from what it should be."""
    row = {"years": "2025", "place": "Wiltshire", "number": 865, "value": "1"} | changed
    return lait_release([("CIN", "2025", "Swindon", 866, "2"), ("CIN", *row.values())])


REFUSED = {
    "ees": [
        (EES(column="children"), ": column 'children_count' is not in its layout"),
        (EES().replace(b"new_la_code", b"la_code"), ": column 'new_la_code' is not in its layout"),
        (EES(kind="at any time"), ": no row with children_count, population_type on 31 March"),
        (EES().replace(b"Local authority", b"District"), ", line 2, column geographic_level: found 'District'; exp"),
        (b"", ", line 1: the file is empty"),
        (b'a,"b\n1,2\n', ", line 1: not a CSV: the quotation marks"),
        (b"\x81\xff\x8d", ": not UTF-8 text"),
        (EES("1,4", "x").replace(b'"1,4"', b"1,4"), ", line 2: 13 fields; expected 12, as its first line has"),
        (
            EES().replace(b"2025,", b",", 1),
            ", line 2, column time_period: found a blank; expected 4 digits, within 1990 to",
        ),
        (EES().replace(b"2025,", b"201415,", 1), ", line 2, column time_period: found '201415'; expected 4 digits"),
        (EES().replace(b"2025,", b"1925,", 1), ", line 2, column time_period: found '1925'; expected 4 digits, within"),
        (
            EES().replace(b",Rep", b",", 1),
            ", line 2, column time_identifier: found 'orting year'; expected 'Reporting y",
        ),
        (EES().replace(b"E06000054", b"", 1), ", line 2, column new_la_code: found a blank; expected an area's code"),
        (EES("four hundred"), ", line 2, column children_count, area E06000054: 'four hundred' is neither a number"),
    ],
    "lait": [
        (LAIT(column="CiN"), ": measure 'CIN' is not in its layout"),
        (LAIT()[:-200], ": not a Parquet file"),
        (LAIT().replace(b"LA Number", b"LA number"), ": column 'LA Number' is not in its layout"),
        (tool(value="?"), ", row 2, column CIN, area 865: '?' is neither a number nor one of the symbols"),
        (tool(value=None), ", row 2, column Values: found a blank; expected what"),
        (tool(number=None), ", row 2, column LA Number: found a blank; expected what"),
        (tool(years="2024-25"), ", row 2, column Years: found '2024-25'; expected years of one kind"),
        (tool(years="1925"), ", row 2, column Years: found '1925'; expected a year from 1990 to 2030"),
    ],
    "dwp_low_income": [
        (headed("Local Authority", "Authority"), ": no row that begins with 'Local Authority'"),
        (headed("Area Code", "Code"), ": column 'Area Code' is not in its layout"),
        (headed("Percentage", "Share"), ": column 'Percentage of children' is not in its layout"),
        (dwp([]) + b'Hartlepool,E06000001,"6,129"\n', ", line 15: 3 fields; expected 6, as its first line has"),
        (dwp([]) + b"Hartlepool,E06000001", ", line 15: no line end after it: the file is cut off"),
        (dwp([]), ": 0 rows; releases.csv has 1 for it"),
        (
            DWP().replace(b"18.9%", b"0.189"),
            ", line 13, column Percentage of children FYE 2024 (%) [note 3]: found '0.189'; expected a number with a p",
        ),
    ],
    "sfr_wide": [(SFR("£2,378"), f", line 4, column CINAt31, area {WILTSHIRE}: 'Â£2,378' is neither")],
    "hmrc_low_income": [
        (HMRC()[:-60], ": not an Excel workbook"),
        (HMRC(sheet="Summary"), ": sheet 'Summary (rounded)' is not in its layout"),
        (HMRC(groups=[HMRC_GROUPS[0], "Share"]), ": column 'Summary (rounded) | % of Children in low-income families"),
    ],
    "neighbours": [
        (b"not a workbook", ": not an Excel workbook"),
        (workbook({"SN": [["LA number"], [865]]}), ": header 'LA num' is not in its layout"),
        (workbook({"SN": [["LA num", "SN1"], [865, 866]]}), ": header 'SN2', 'SN3', "),
        (neighbours([[865, 999]]), ", row 3: area '999' is not in areas.csv"),
        (neighbours([[865, 865]]), ", row 3, column neighbour: found 'E06000054'; expected each authority once"),
        (neighbours([[865, 866], [865, 866]]), ", row 4, column neighbour: found 'E06000030'; expected each"),
    ],
}
"""Content of another layout, or damaged, and the words that refuse it after the file: place, found and expected."""


@pytest.mark.parametrize(
    ("layout", "number"), [(layout, number) for layout, cases in REFUSED.items() for number in range(len(cases))]
)
def test_a_release_in_another_layout_or_damaged_inside_is_refused_by_name_and_place(make_example, layout, number):
    content, words = REFUSED[layout][number]
    made = make_example(layout if layout in EXAMPLES else "ees")
    made.release("made_up", layout, content, period=EXAMPLES[layout].period if layout in EXAMPLES else "")
    with pytest.raises(ReleaseError, match="^" + re.escape(f"made/made_up{words}")):
        made.read()


def test_a_file_that_is_not_the_registers_is_refused_by_name(make_example):
    made = make_example("ees")
    file = made.save() / "official" / "made" / "made_up"
    whole = file.read_bytes()
    for content in (whole[:-1], whole[:-1] + bytes([whole[-1] ^ 1]), whole + b"\n"):
        file.write_bytes(content)
        with pytest.raises(ReleaseError, match=r"^made/made_up: not the file of the register .*analysis fetch"):
            assemble.read_everything(made.data)
    file.unlink()
    with pytest.raises(ReleaseError, match=r"no official releases in .*analysis fetch"):
        assemble.read_everything(made.data)


def test_a_measure_without_an_equals_sign_is_refused_with_its_line(made):
    made.release("any", "ees", EXAMPLES["ees"].make())
    made.measure("cla_number", "any", "children_count", where="population_type")
    with pytest.raises(ValueError, match=r"measures\.csv, line 2, column where: found 'population_type'"):
        made.read()


def test_a_comma_inside_a_filter_is_part_of_it(made):
    kind = "Total in education, employment or training"
    row = {"area": WILTSHIRE, "period": "2025", "age": "17", "breakdown": kind, "n": "5"}
    made.release("filters", "ees", ees_release([row, row | {"breakdown": "Total", "n": "9"}]))
    made.measure("care_leavers_17_18_eet", "filters", "n", where=f"age=17; breakdown={kind}")
    with pytest.raises(ReleaseError, match=r"filters, line 2: found age '17', .* what England has in 2025 too"):
        made.read()
    rows = [row, row | {"breakdown": "Total", "n": "9"}]
    rows += [row | {"area": ENGLAND, "n": "50"}, row | {"area": ENGLAND, "breakdown": "Total", "n": "90"}]
    made.release("filters", "ees", ees_release(rows))
    figures = some(made.read().figures, area=WILTSHIRE)
    assert figures["value"].tolist() == [5.0]
    assert figures["locator"].tolist() == [f"n, age 17, breakdown {kind}, {WILTSHIRE}, 2025"]


@pytest.mark.parametrize("age", ["3 ", "3.0", "03"])
def test_a_row_that_would_be_missing_in_a_sum_is_refused(made, age):
    rows = [{"area": area, "period": "2025", "age": a, "n": "5"} for area in (ENGLAND, WILTSHIRE) for a in "34"]
    rows[2] |= {"age": age}
    made.release("ages", "ees", ees_release(rows))
    made.measure("ehc_plans_under_5", "ages", "n", where="age=3|4")
    with pytest.raises(ReleaseError, match=rf"ages, line 4: found age '{age}'; expected what England has in 2025 too"):
        made.read()


# ---- known numbers ------------------------------------------------------------------------------------------------

KNOWN = [
    ("cla_rate", WILTSHIRE, "2025", 45.8728802987),  # 478 of 104,201; the release prints 46
    ("cla_rate", WILTSHIRE, "2017", 42.6851056022),  # 442 of 103,549
    ("cla_ceased_rate", WILTSHIRE, "2022", 13.4837564387),  # 139 of 103,087; the release prints 13
    ("cla_ceased_rate", WILTSHIRE, "2025", 13.7234767421),  # 143 of 104,201; the release prints 14
    ("care_leavers_19_21_eet_rate", WILTSHIRE, "2025", 60.2870813397),  # 126 of 209; the release prints 60
    ("care_leavers_19_21_eet_rate", ENGLAND, "2025", 54),  # counts rounded to 10: the release's own share
    ("cla_number", WILTSHIRE, "2025", 478),
    ("cin_rate", WILTSHIRE, "2025", 227.6),
    ("cin_rate", WILTSHIRE, "2013", 228.7),
    ("cpp_rate", WILTSHIRE, "2025", 30.1),
    ("population_0_17", WILTSHIRE, "2024", 104_201),
    ("neet_16_17_rate", WILTSHIRE, "2025", 2.5),
    ("neet_16_17_not_known_rate", WILTSHIRE, "2025", 0.6),
    ("neet_16_17_or_not_known_rate", WILTSHIRE, "2025", 3.1),
    ("neet_16_17_rate", ENGLAND, "2025", 3.4),
    ("neet_16_17_not_known_rate", ENGLAND, "2025", 2.2),
    ("neet_16_17_or_not_known_rate", ENGLAND, "2025", 5.6),
    ("september_guarantee_rate", WILTSHIRE, "2024", 97.6),
    ("september_guarantee_rate", ENGLAND, "2024", 94.6),
    ("september_guarantee_rate", WILTSHIRE, "2025", 98.1),
    ("september_guarantee_rate", ENGLAND, "2025", 94.1),
    ("ehc_plans", WILTSHIRE, "2013", 1875),
    ("ehc_plans", WILTSHIRE, "2015", 1992),
    ("ehc_plans", WILTSHIRE, "2022", 4287),
    ("ehc_plans", WILTSHIRE, "2025", 6383),
    ("hmrc_low_income_under_16", WILTSHIRE, "2011", 10_325),
    ("hmrc_children_under_16", WILTSHIRE, "2011", 86_420),
    ("hmrc_low_income_rate_under_16", WILTSHIRE, "2011", 11.9),
    ("low_income_ahc_under_16", WILTSHIRE, "202425", 17_409),
    ("low_income_ahc_rate_under_16", WILTSHIRE, "202425", 19.0),
]
TIMELY = {
    WILTSHIRE: [84.8, 56.6, 25.5, 14.2, 27.5, 29.5],
    ENGLAND: [60.4, 58.0, 59.9, 49.2, 50.3, 46.4],
}
KNOWN += [
    ("ehc_plans_20_weeks_rate", area, str(year), value)
    for area, values in TIMELY.items()
    for year, value in enumerate(values, 2019)
]


def printed(value, known):
    """A share worked out from its counts, to the decimals that its release prints."""
    return round(value, 1) if known == round(known, 1) else value


def test_known_numbers_are_embedded(embedded):
    found = [(*key, printed(one(embedded, *key).value, value)) for *key, value in KNOWN]
    assert found == KNOWN
