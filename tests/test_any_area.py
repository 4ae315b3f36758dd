"""Reports on authorities without published documents: run from the real releases and held against their raw files.

The releases are not part of the project; the environment variable ANALYSIS_OFFICIAL names their folder.
"""

from __future__ import annotations

import re

import pandas as pd
import pytest

from analysis.words import SYMBOL_KEY
from notebook_runs import ROOT

NOTEBOOKS = ("overview", "hidden_harm", "child_poverty", "neet", "send", "early_help_spend", "scorecard")
AREAS = {
    "E09000001": "City of London",  # a few hundred children: most counts suppressed, shares of 0% and above 100%
    "E06000053": "Isles of Scilly",  # some measures never published, some not applicable
    "E06000063": "Cumberland",  # formed in 2023: one or two periods, and one predecessor
    "E06000061": "North Northamptonshire",  # formed in 2021: measures that end before it began
    "E06000058": "Bournemouth, Christchurch and Poole",  # formed in 2019 from three, with commas in its name
}
RUN = {  # not all pairs, for time: each notebook for two areas or more, and each area's traps where they show
    "E09000001": ("overview", "hidden_harm", "neet", "early_help_spend", "spend_outcomes"),
    "E06000053": ("overview", "hidden_harm", "child_poverty", "neet"),
    "E06000063": ("overview", "send", "early_help_spend", "spend_outcomes"),
    "E06000061": ("hidden_harm", "early_help_spend"),
    "E06000058": ("child_poverty", "send", "spend_outcomes"),
}
PAIRS = [pytest.param(code, name, id=f"{AREAS[code]}-{name}") for code, names in RUN.items() for name in names]
OF_ALL = re.compile(r'^ *Wiltshire[, ].*$|<tr><th scope="row">Wiltshire</th>|<title>Wiltshire[^<]*</title>', re.M)
"""Wiltshire's line in a table of every authority, and its mark in a chart of them."""
SYMBOL = re.compile(r"\[(c|x|z|low|p|r|e|f|u)\]")


def rounded(text, decimals):
    """A cell of a CSV as its release prints it: a share worked out from two counts has more digits."""
    return text if text.isalpha() else f"{float(text):.{decimals}f}"


def areas_of(name):
    """The areas a notebook is run for here."""
    return [pytest.param(code, id=AREAS[code]) for code, names in RUN.items() if name in names]


# --- Every page -------------------------------------------------------------------------------


@pytest.mark.parametrize(("area", "name"), PAIRS)
def test_a_page_is_whole_and_sound(page, area, name):
    made = page(area, name)
    keyed(made.shown)
    kinds = [mark["kind"] for _, mark in made.shown]
    assert (kinds[0], kinds[-2:]) == ("answer", ["values", "sources"])
    (answer,) = made.all("answer")
    sentences = answer["text/plain"].splitlines()
    assert 1 <= len(sentences) <= 5
    assert all(re.fullmatch(r"- [A-Z\d£].*\.", sentence) for sentence in sentences)
    assert not [w for part in made.words() for w in re.findall(r"\b(?:nan|NaN|NaT|None|inf)\b", part)]
    near = ("neighbours", "neighbours-data")  # those of the area are named there, and Wiltshire can be one
    assert not [part for part in made.words(sources=False, without=near) if "Wiltshire" in OF_ALL.sub("", part)]
    assert AREAS[area] in "".join(made.words(sources=False))
    ids = [mark["id"] for _, mark in made.shown if "id" in mark]
    assert len(ids) == len(set(ids))
    assert len(made.values) >= 3
    for value in made.values.values():
        assert (value["value"] is None) is (value["symbol"] in ("c", "x", "z", "low", "u"))
        assert value["lower"] is None or value["lower"] <= value["value"] <= value["upper"]
        assert value["period"]
        assert value["source"]


def keyed(shown):
    """Hold each symbol to its key: a table's stands below it, a sentence's before it; a tile says it in words."""
    for place, (data, mark) in enumerate(shown):
        kind = next((kind for kind in ("text/html", "text/plain") if kind in data), "")
        if mark["kind"] in ("sources", "values", "caption") or not kind:
            continue
        for symbol in SYMBOL.findall(re.sub(r'<p class="table-note">.*', "", data[kind])):
            below = next((bundle["text/html"] for bundle, _ in shown[place:] if "text/html" in bundle), "")
            key = f"{SYMBOL_KEY[symbol]} [{symbol}]" if kind == "text/plain" else f"[{symbol}] {SYMBOL_KEY[symbol]}"
            key = SYMBOL_KEY[symbol] if mark["kind"] == "html" else key
            assert key in (data[kind] if kind == "text/plain" else below), (mark.get("id"), symbol)


# --- Against the raw files --------------------------------------------------------------------


def read(official, file, area, **where):
    """An area's rows of a release as text, read without the project's readers."""
    table = pd.read_csv(official / file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for column, value in {"new_la_code": area, **where}.items():
        table = table[table[column] == value]
    assert not table.empty
    return table.set_index("time_period").sort_index()


def is_number(text):
    return re.fullmatch(r"\d+(\.\d+)?", text) is not None


def rate_shown(value):
    """A rate as a table shows it: one decimal below 100."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"


TITLES = pd.read_csv(ROOT / "data" / "indicators.csv").set_index("indicator")["title"]


FACTORS = {
    "factor_alcohol_parent_share": "Alcohol_Misuse_parent",
    "factor_drugs_parent_share": "Drug_Misuse_parent",
    "factor_domestic_abuse_parent_share": "Domestic_Abuse_parent",
    "factor_mental_health_parent_share": "Mental_Health_parent",
}
CALLED = dict(zip(FACTORS, ("Alcohol misuse", "Drug misuse", "Domestic abuse", "Mental ill-health"), strict=True))


def raw_shares(official, area, column):
    """Year → the share as a page writes it, or the symbol that the release has in place of either number."""
    rows = read(official, "csc/c3_factors_identified_at_end_of_assessment_2018_to_2025.csv", area)
    found = {}
    for year, row in rows.iterrows():
        count, among = row[column], row["Episodes_with_assessment_factor"]
        missing = [text for text in (count, among) if not is_number(text)]
        found[year] = f"[{missing[0]}]" if missing else f"{100 * int(count) / int(among):.1f}%"
    return found


@pytest.mark.parametrize("area", areas_of("hidden_harm"))
def test_factors_are_those_of_the_release_and_suppressed_ones_stay_so(page, official, area):
    made = page(area, "hidden_harm")
    sentences = " ".join(data["text/plain"] for kind in ("text", "finding") for data in made.all(kind))
    for indicator, column in FACTORS.items():
        raw = raw_shares(official, area, column)
        known = {year: text for year, text in raw.items() if not SYMBOL.match(text)}
        cells, latest = made.cells(TITLES[indicator]), max(raw)
        shown = raw[latest].strip("[]")
        assert (cells["Period"], cells[AREAS[area]]) == (f"year to March {latest}", shown)
        # worked out from two counts: the table shows it rounded
        expected = pytest.approx(float(shown.strip("%")), abs=0.05) if latest in known else None
        assert made.values[indicator]["value"] == expected
        drawn = made.table("recording-data")
        drawn = drawn[drawn["Measure"] == CALLED[indicator]] if drawn is not None else []
        assert bool(len(drawn)) is (len(known) > 1)
        if len(drawn):
            texts = dict(zip(drawn["Period"], drawn[AREAS[area]], strict=True))
            plain = {year: text.strip("[]%") for year, text in raw.items()}
            assert {year: rounded(text, 1) for year, text in texts.items()} == plain
        for symbol in {text for text in raw.values() if SYMBOL.match(text)}:
            years = [year for year, text in sorted(raw.items()) if text == symbol]
            listed = ", ".join(years[:-1]) + " and " + years[-1] if len(years) > 1 else years[0]
            assert f"{CALLED[indicator]}: no figure for {listed}: {SYMBOL_KEY[symbol[1:-1]]} {symbol}." in sentences


@pytest.mark.parametrize("area", areas_of("send"))
def test_plans_in_force_are_those_of_the_release(page, official, area):
    where = {"breakdown_topic": "All EHC plans", "breakdown": "All EHC plans"}
    raw = read(official, "send/ehcp_2025_caseload.csv", area, **where)["ehcplans"]
    raw.index = [f"20{year[4:]}" for year in raw.index]  # the January of an academic year is in its second half
    made = page(area, "send")
    cells = made.cells(TITLES["ehc_plans"])
    assert (cells["Period"], cells[AREAS[area]]) == ("January 2025", f"{int(raw['2025']):,}")
    drawn = made.table("ehc-plans-data").set_index("Period")[AREAS[area]]
    shared = [year for year in raw.index if year in drawn.index]
    assert len(shared) >= 2
    assert drawn[shared].to_dict() == raw[shared].to_dict()


@pytest.mark.parametrize("area", areas_of("child_poverty"))
def test_low_income_is_that_of_the_release(page, official, area):
    with (official / "poverty/cilif_ahc_la_fye2025.csv").open(encoding="utf-8-sig", newline="") as stream:
        lines = list(pd.read_csv(stream, header=None, names=range(20), dtype=str).fillna("").itertuples(index=False))
    (line,) = (line for line in lines if area in line or line[0] == AREAS[area])
    numbers = [text.strip() for text in line if re.fullmatch(r"[\d,. ]+%?", text.strip())]
    made = page(area, "child_poverty")
    count = made.cells(TITLES["low_income_ahc_under_16"])[AREAS[area]]
    share = made.cells(TITLES["low_income_ahc_rate_under_16"])[AREAS[area]]
    assert count in numbers
    assert float(share.strip("%")) in [float(text.strip("%")) for text in numbers if "%" in text]


def test_care_leavers_of_the_city_stay_suppressed_and_those_of_the_isles_not_applicable(page, official):
    where = {"care_leaver_age": "17 to 18 years", "breakdown": "Total in education, employment or training"}
    file = "csc/la_care_leavers_activity.csv"
    raw = read(official, file, "E09000001", **where)["care_leaver_percent"]
    assert set(raw) > {"c"}
    drawn = page("E09000001", "neet").table("care-leavers-17-18-eet-rate-data").set_index("Period")["City of London"]
    assert {year: rounded(text, 0) for year, text in drawn.items()} == raw.to_dict()
    assert set(read(official, file, "E06000053", **where)["care_leaver_percent"]) == {"z"}
    made = page("E06000053", "neet")
    value = made.values["care_leavers_17_18_eet_rate"]
    assert (value["value"], value["lower"], value["upper"], value["symbol"]) == (None, None, None, "z")
    assert made.cells(TITLES["care_leavers_17_18_eet_rate"])["Isles of Scilly"] == "z"


def test_a_share_that_a_note_says_is_suppressed_is_no_zero(page, official):
    """The workbooks have a 0 or a dash where the share of the Isles of Scilly was, and a note that it is suppressed."""
    for year, cell in ((2012, "0"), (2013, "-")):
        book = pd.read_excel(official / f"poverty/hmrc_low_income_{year}.xls", sheet_name=1, header=None, dtype=str)
        assert book[0].str.contains("within the Isles of Scilly has been suppressed", na=False).any()
        (row,) = book[book[0] == "E06000053"].to_numpy().tolist()
        assert row[19].strip() == cell
    made = page("E06000053", "child_poverty")
    said = "Low income, local measure to 2013: no figure for 2012 and 2013: confidential [c]."
    assert any(said in data["text/plain"] for data in made.all("text"))
    cells = made.cells(TITLES["hmrc_low_income_rate_under_16"])
    assert (cells["Period"], cells["Isles of Scilly"]) == ("2013", "c")


def test_comparators_are_the_areas_own(page, official):
    """City of London: the median of its own ten neighbours, read from the workbook, and its own region."""
    sheet = pd.read_excel(official / "lait/sn_may_2025.xlsx", header=None, dtype=str, engine="calamine")
    (row,) = sheet[sheet[0].isin(["201", "201.0"])].itertuples(index=False)
    start = next(i for i, cells in sheet.iterrows() if cells[0] == "LA num")
    near = [row[list(sheet.loc[start]).index(f"SN{rank}")].removesuffix(".0") for rank in range(1, 11)]
    table = pd.read_parquet(official / "lait/bds_long_0.parquet")
    rates = table[(table["Short Desc"] == "CIN") & (table["Years"].astype(str) == "2025")]
    by_number = {
        str(n).removesuffix(".0"): float(v)
        for n, v in zip(rates["LA Number"], rates["Values"], strict=True)
        if v != "-"
    }
    known = sorted(by_number[number] for number in near)
    cells = page("E09000001", "early_help_spend").cells(TITLES["cin_rate"])
    assert cells["Neighbours"] == rate_shown((known[4] + known[5]) / 2)
    assert cells["Their range"] == f"{rate_shown(known[0])} to {rate_shown(known[-1])}"
    (london,) = rates.loc[rates["LA and Regions"] == "London", "Values"]
    assert cells["Region"] == rate_shown(float(london))


@pytest.mark.parametrize(
    ("area", "name", "formed", "before", "counts"),
    [
        ("E06000063", "early_help_spend", 2023, "Cumbria", "cla-rate-data"),
        ("E06000061", "early_help_spend", 2021, "Northamptonshire", "cla-rate-data"),
        ("E06000058", "send", 2019, "Bournemouth, Poole and Dorset (county council)", "ehc-plans-data"),
    ],
)
def test_a_new_authority_says_from_which_it_was_formed(page, area, name, formed, before, counts):
    made = page(area, name)
    said = [data["text/plain"] for data in made.all("text") if "was formed" in data["text/plain"]]
    assert len(said) == 1
    assert said[0].startswith(f"{AREAS[area]} was formed in April {formed} from {before}, or parts of them.")
    first = made.table(counts)["Period"].min()
    assert int(first) == formed + 1, "the first count, of January or March, after it was formed"
    assert not [part for part in page("E09000001", "neet").words() if "was formed" in part], "others say nothing of it"
