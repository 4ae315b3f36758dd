"""The tables of data/: each figure against the text it was read from, and the shape of the tables.

The checks against the documents need their texts (see `document_text` in conftest.py); the others do not.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter, defaultdict
from decimal import Decimal

import pytest

from analysis.claims.entries import KEYS, KINDS, VERDICTS
from analysis.claims.expressions import functions
from passages import (
    BOARD_PLACE,
    CARE_LEAVERS,
    CONTACTS,
    DATA,
    PASSAGES,
    SPENDING_PLACE,
    entries,
    find_stated,
    one_line,
    passage,
    rows,
    section,
)

MONTHS = ("January", "March", "April", "September", "October", "December")
WILTSHIRE, ENGLAND, SOUTH_WEST = "E06000054", "E92000001", "E12000009"

FIGURES = rows("figures.csv")
OFFICIAL = rows("figures_official.csv")
INDICATORS = {row["indicator"]: row for row in rows("indicators.csv")}
SOURCES = {row["source"]: row for row in rows("sources.csv")}
RATINGS = rows("board_ratings.csv")


def name(row):
    """A figure's key, for messages."""
    return " ".join(row[column] for column in ("indicator", "area", "time_period", "time_identifier", "status"))


def of_table(start):
    """The figures whose locator begins with `start`."""
    return [row for row in FIGURES if row["locator"].startswith(start)]


# --- What `stated` says ------------------------------------------------------------------------


WORDS = {
    "no": 0, "one": 1, "two": 2, "second": 2, "three": 3, "four": 4, "six": 6, "nine": 9, "ten": 10, "twelve": 12,
}  # fmt: skip


def number(text):
    """Value and unit of the last printed digit of the first number: "1,028" → 1028, 1; "£21m" → 21000000, 1000000."""
    found = re.search(rf"(-?\d[\d,]*(?:\.\d+)?)(bn\b|m\b| million\b)?|\b(?i:({'|'.join(WORDS)}))\b", text)
    if found[3]:
        return Decimal(WORDS[found[3].lower()]), Decimal(1)
    value = Decimal(found[1].replace(",", ""))
    scale = {"bn": 10**9, "m": 10**6, " million": 10**6}.get(found[2], 1)
    return value * scale, Decimal(1).scaleb(value.as_tuple().exponent) * scale


def read_stated(stated):
    """What a fragment says ({"value": …, "lower": …, "upper": …}) and the unit of its last digit, None if unknown."""
    fraction = re.fullmatch(r"(\d+) in (\d+)", stated)
    interval = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", stated)
    span = re.fullmatch(r"\(?(£?[\d,]+(?:bn)?)%?(?:-| and | to )(£?[\d,]+(?:bn)?)%?\)?", stated)
    if fraction:
        return {"value": 100 * Decimal(fraction[1]) / Decimal(fraction[2])}, None
    if interval:
        value, unit = number(interval[1])
        return {"value": value, "lower": number(interval[2])[0], "upper": number(interval[3])[0]}, unit
    if span:
        unit = None if "£" in stated else number(span[1])[1]
        return {"lower": number(span[1])[0], "upper": number(span[2])[0]}, unit
    if re.match(r"(?i:over) |\d+ plus ", stated):
        return {"lower": number(stated)[0]}, None
    if re.match(r"(under|up to) |\d+% most ", stated):
        return {"upper": number(stated)[0]}, None
    value, unit = number(stated)
    return {"value": value}, unit


def test_values_and_rounding_are_what_stated_says():
    """The rounding is the last printed digit, or coarser where the note says it is assumed."""
    for row in FIGURES:
        says, printed = read_stated(row["stated"])
        has = {column: Decimal(row[column]) for column in ("value", "lower", "upper") if row[column]}
        assert has == says, name(row)
        assert bool(row["rounding"]) == (printed is not None), name(row)
        if printed is not None:
            rounding = Decimal(row["rounding"])
            assert rounding.normalize().as_tuple().digits == (1,), name(row)
            assert all(end % rounding == 0 for end in has.values()), name(row)
            explained = f"ounding assumed to the nearest {rounding:,}" in row["note"]
            assert rounding == printed or (rounding > printed and explained), name(row)


# --- The documents: passages -------------------------------------------------------------------

COUNTS = {"early_help_2013": 183, "csc_update_2024": 118, "wscb_plan_2013": 17, "strategies_list": 5, "svpp_context": 1}
"""How many figures each document gives."""


def of_documents():
    return [row for row in FIGURES if row["source"] in PASSAGES]


def outside_the_board_table():
    return [row for row in of_documents() if not row["locator"].startswith(BOARD_PLACE)]


@pytest.mark.parametrize("source", COUNTS)
def test_stated_is_where_the_locator_says(document_text, source):
    text = document_text(source)
    of_it = [row for row in FIGURES if row["source"] == source]
    wrong = [
        f"{name(row)}: {row['stated']!r} is not at {row['locator']!r}"
        for row in of_it
        if not find_stated(row["stated"], passage(row, text))
    ]
    assert wrong == []
    assert len(of_it) == COUNTS[source]
    assert set(COUNTS) == set(PASSAGES) == {s for s, row in SOURCES.items() if row["kind"] == "document"}


def test_national_figures_are_those_called_national(document_text):
    text = document_text("early_help_2013")
    wrong = []
    for row in outside_the_board_table():
        if row["source"] != "early_help_2013" or not row["locator"].startswith("Section 4"):
            continue
        place = passage(row, text)
        before = one_line(place)[: find_stated(row["stated"], place).start()]
        if before.rstrip().endswith(("national average of", "national figure of")) != (row["area"] == ENGLAND):
            wrong.append(name(row))
    assert wrong == []


def test_figures_of_counties_stand_in_their_own_part_of_the_appendix():
    elsewhere = [row for row in outside_the_board_table() if row["area"] != WILTSHIRE]
    counties = {row["area"]: row["name"].split(" (")[0] for row in rows("areas.csv")}
    for row in elsewhere:
        county = re.match(r"Appendix 2, (\w+)", row["locator"])
        assert bool(county) == row["area"].startswith("E10"), name(row)
        assert not county or county[1] == counties[row["area"]], name(row)


def period_forms(row):
    """The ways in which a figure's year or month may be printed."""
    start, end = row["time_period"][:4], row["time_period"][4:]
    if end:
        return [f"{start}/{end}", f"{start}/{end[-1:]}", f"{start[2:]}/{end}"]
    return [start, f"-{start[2:]}"]


def published(row, document_text):
    """The year and month in which a list entry was published, as printed there, and when the figure says so."""
    number_ = re.match(r"Entry (\d+),", row["locator"])
    if not number_ or "ear of publication" not in row["note"]:
        return ""
    return entries(document_text(row["source"]))[int(number_[1]) - 1][1]


PAGE_HEAD = re.compile(r"Priority WSCB/ sub-group Lead .*? Update Dec 2013")
"""Printed within the rows of the board's plan; its dates are no figure's."""


def what_is_said_of_the_period(row, document_text):
    """A figure's passage, locator and note, and of a list entry its date."""
    said = f"{row['locator']} {row['note']} {published(row, document_text)}"
    if row["locator"].startswith(SPENDING_PLACE):
        return said
    return f"{said} {PAGE_HEAD.sub('', one_line(passage(row, document_text(row['source']))))}"


def test_periods_are_printed_or_the_note_says_how_they_were_taken(document_text):
    """A period stands at the figure's place or in its note; where no year is known it is the document's own."""
    wrong = []
    for row in outside_the_board_table():
        said = what_is_said_of_the_period(row, document_text)
        source = SOURCES[row["source"]]
        own_year = "ot stated" in row["note"] and source["date"].startswith(row["time_period"][:4])
        plan_year = row["time_identifier"] == "Financial year" and period_forms(row)[0] in source["title"]
        if not (own_year or plan_year or any(form in said for form in period_forms(row))):
            wrong.append(f"{name(row)}: {row['note']!r}")
        month = row["time_identifier"]
        if month in MONTHS and not re.search(rf"\b{month}\b|\b{month[:3]}t?[-. ]", said):
            wrong.append(f"{name(row)}: no {month} at {row['locator']!r} or in the note")
    assert wrong == []


# --- The documents: tables ---------------------------------------------------------------------

BOARD_ROWS = {
    "board_caf_active": "Number of CAFs active",
    "board_contacts": "Number of contacts (excl those that went to referral)",
    "board_referrals": "Number of referrals in year",
    "board_referral_assessment_rate": "% referrals which led to initial assessment",
    "board_cin": "Number of children in need at end of period (CIN/CPP/LAC)",
    "board_cin_rate": "Rate of children in need per 10,000 under 18",
    "board_cpp_starts": "Number becoming subject to CP plan during the year",
    "board_cpp_start_rate": "Rate per 10,000 becoming subject to a CP plan during the year",
    "board_cla": "Number of looked after children",
    "board_cla_rate": "Looked after children rate per 10,000",
    "board_cla_starts": "Children who started to be looked after – numbers",
    "board_cla_start_rate": "Children who started to be looked after – rate per 10,000",
    "board_cla_ceased": "Children who ceased to be looked after – numbers",
    "board_cla_ceased_rate": "Children who ceased to be looked after – rate per 10,000",
}
"""The indicator of each row and the row's title as printed, in order."""

# Area, period, identifier, status, symbol and the words of the locator for each column, in order. The three
# columns in between hold the ratings and the direction of travel.
BOARD_COLUMNS = [
    (WILTSHIRE, "201112", "Financial year", "actual", "", "2011/12"),
    (WILTSHIRE, "201213", "Financial year", "actual", "p", "2012/13 provisional"),
    (WILTSHIRE, "201213", "Financial year Q4", "actual", "", "January to March 2013"),
    None,
    (WILTSHIRE, "201314", "Year to date May", "actual", "", "April to May 2013"),
    None,
    None,
    (WILTSHIRE, "201314", "Financial year", "projection", "e", "2013/14 estimate based on year to date"),
    (WILTSHIRE, "201314", "Financial year", "target", "", "2013/14 target"),
    (ENGLAND, "201112", "Financial year", "actual", "", "England average 2011/12"),
    ("SN2011", "201112", "Financial year", "actual", "", "statistical neighbours average 2011/12"),
    ("SNGOOD2011", "201112", "Financial year", "actual", "", "statistical neighbours average 2011/12, in brackets"),
]
BOARD_CELLS = [14, 14, 14, 0, 14, 0, 0, 14, 12, 6, 6, 4]
"""How many rows have a figure in each column."""


def board_cells(text):
    """The rows of the board table, [number, title, cell, …]; the neighbours' brackets are a column of their own."""
    found = []
    for line in text.splitlines():
        if re.match(r"\d+\.\t", line):
            *cells, neighbours = line.split("\t")
            average, _, good = neighbours.partition(" ")
            found.append([*cells, average, good])
    return found


def board_key(row):
    return tuple(row[c] for c in ("area", "time_period", "time_identifier", "status", "symbol"))


def test_every_cell_of_the_board_table_is_a_figure(document_text):
    printed = {}
    table = board_cells(document_text("early_help_2013"))
    for indicator, (position, title, *cells) in zip(BOARD_ROWS, table, strict=True):
        assert title == BOARD_ROWS[indicator]
        for column, cell in zip(BOARD_COLUMNS, cells, strict=True):
            if column and cell not in ("", "-"):
                printed[(indicator, *column[:5])] = (cell, f"{BOARD_PLACE}, row {position.rstrip('.')}, {column[5]}")
    recorded = {(row["indicator"], *board_key(row)): (row["stated"], row["locator"]) for row in of_table(BOARD_PLACE)}
    assert recorded == printed
    assert len(printed) == sum(BOARD_CELLS)


def test_every_rating_of_the_board_table_is_recorded(document_text):
    colours = {"G": "green", "A": "amber", "\N{CYRILLIC CAPITAL LETTER A}": "amber", "R": "red"}
    printed = []
    for indicator, (position, _, *cells) in zip(BOARD_ROWS, board_cells(document_text("early_help_2013")), strict=True):
        place = f"{BOARD_PLACE}, row {position.rstrip('.')}"
        first, second = f"{place}, first RAG column", f"{place}, second RAG column and DOT"
        printed.append((indicator, "Financial year Q4", colours[cells[3]], "", first))
        printed.append((indicator, "Year to date May", colours[cells[5]], cells[6], second))
    columns = ("indicator", "time_identifier", "rag", "stated_direction", "locator")
    assert [tuple(row[c] for c in columns) for row in RATINGS] == printed


def test_directions_are_those_of_the_arrows_and_no_cell_is_lost():
    for row in RATINGS:
        assert row["direction"] == {"↑": "up", "↓": "down"}.get(row["stated_direction"], ""), row["locator"]
        assert row["direction"] or not row["stated_direction"] or "garbled" in row["note"]
    counts = Counter(board_key(row) for row in of_table(BOARD_PLACE))
    assert [counts[column[:5]] if column else 0 for column in BOARD_COLUMNS] == BOARD_CELLS
    assert Counter(row["indicator"] for row in RATINGS) == dict.fromkeys(BOARD_ROWS, 2)
    assert Counter(row["rag"] for row in RATINGS) == {"green": 13, "amber": 13, "red": 2}


def plain(label):
    """A service's name without the differences between the table's label and an indicator's title."""
    return re.sub(r"\W+", " ", label.lower().replace("/", " and ").replace("incl.", "including")).strip()


def test_every_line_of_the_expenditure_table_is_a_figure(document_text):
    _, body = section(document_text("early_help_2013"), "5.1")
    lines = re.findall(r"^(\S.*)\t([\d,]+)$", body, re.MULTILINE)
    recorded = of_table(SPENDING_PLACE)
    totals = iter(("first", "second"))
    assert [row["stated"] for row in recorded] == [amount for _, amount in lines]
    for row, (label, _) in zip(recorded, lines, strict=True):
        if label == "TOTAL":
            assert row["locator"] == f"{SPENDING_PLACE}, {next(totals)} TOTAL"
        else:
            line = row["locator"].removeprefix(f"{SPENDING_PLACE}, line ")
            title = INDICATORS[row["indicator"]]["title"]
            assert label.startswith(line), f"{name(row)}: the line is {label!r}"
            assert plain(label).startswith(plain(title)), f"{title!r} is not the line {label!r}"


def test_spending_has_nineteen_services_and_its_totals_add_up():
    recorded = of_table(SPENDING_PLACE)
    amounts = {row["indicator"]: int(row["value"]) for row in recorded}
    services = list(amounts)[: list(amounts).index("spend_services_total")]
    assert len(services) == 19
    assert sum(amounts[s] for s in services) == amounts["spend_services_total"]
    free = amounts["spend_free_entitlement_2"] + amounts["spend_free_entitlement_3_4"]
    assert free == amounts["spend_free_entitlement_total"]


def matching(pattern, text):
    return [match.groups() for match in map(pattern.match, text.splitlines()) if match]


def test_care_leavers_table(document_text):
    printed = {}
    for lower, upper, before, after in matching(CARE_LEAVERS, document_text("csc_update_2024")):
        printed[f"care_leavers_eet_{lower}_{upper}", "202223"] = before
        printed[f"care_leavers_eet_{lower}_{upper}", "202324"] = after
    rows_of_it = of_table("Planned activity on external funding (Kathryn Davis), table Care leavers in EET")
    recorded = {
        (row["indicator"], row["time_period"]): row["stated"]
        for row in rows_of_it
        if not row["locator"].endswith("text below")
    }
    assert recorded == printed
    assert len(printed) == 4


def test_contact_conversion_table(document_text):
    names = ["school_contacts", *(f"school_contacts_{service}_share" for service in ("referral", "support", "esa"))]
    printed = []
    for year, *cells in matching(CONTACTS, document_text("csc_update_2024")):
        period = f"20{year.replace('/', '')}"
        printed += [(indicator, period, cell, f"row {year}") for indicator, cell in zip(names, cells, strict=True)]
    recorded = [
        (row["indicator"], row["time_period"], row["stated"], row["locator"].rpartition(", ")[2])
        for row in FIGURES
        if row["indicator"] in names
    ]
    assert recorded == printed
    assert len(printed) == 16


# --- The shape of the tables -------------------------------------------------------------------

NOT_READ = {row[name] for row in rows("revisions.csv") for name in ("old_source", "source")}
NOT_READ -= {row["source"] for row in rows("releases.csv")}
"""Earlier releases of which only a revision is known."""


def test_nothing_is_listed_that_no_figure_has_and_sources_that_are_read_have_a_hash():
    assert set(INDICATORS) == {row["indicator"] for row in FIGURES + OFFICIAL}
    releases = {row["source"] for row in rows("releases.csv")}
    assert {row["source"] for row in FIGURES + RATINGS} | releases | NOT_READ == set(SOURCES)
    in_releases = {row["area"] for row in rows("areas.csv") if row["level"] in ("Local authority", "Regional")}
    assert {row["area"] for row in FIGURES + OFFICIAL} | in_releases == {row["area"] for row in rows("areas.csv")}
    assert {SOURCES[row["source"]]["kind"] for row in FIGURES} == {"document", "research"}
    assert {SOURCES[row["source"]]["kind"] for row in OFFICIAL} == {"official"}
    for source, row in SOURCES.items():
        read = row["kind"] != "research" and source not in NOT_READ
        assert bool(row["sha256"]) == bool(row["bytes"]) == read, source
        assert source not in NOT_READ or row["note"].startswith("Not read here")


def test_numbers_are_what_their_units_can_be():
    printed, counts = defaultdict(list), Counter()
    for row in FIGURES + OFFICIAL:
        about = INDICATORS[row["indicator"]]
        numbers = [float(row[c]) for c in ("value", "lower", "upper") if row[c]]
        kind = "percent" if about["unit"] == "percent" else about["unit"].startswith(("percent", "per ")) or "count"
        counts[kind] += 1
        if kind == "percent":
            assert all(0 <= x <= 100 for x in numbers), name(row)
        elif kind == "count":
            whole = "average of" not in about["definition"]
            assert all(x >= 0 and (x == math.floor(x) or not whole) for x in numbers), name(row)
        if row["rounding"]:
            printed[row["indicator"]].append(Decimal(row["rounding"]))
    assert min(counts["percent"], counts["count"]) > 1000
    assert len(printed) > 100
    for indicator, roundings in printed.items():  # decimals are no finer than a figure printed
        assert Decimal(1).scaleb(-int(INDICATORS[indicator]["decimals"])) >= min(*roundings, Decimal(1)), indicator


def test_tables_are_plain_utf8_with_unix_lines():
    for file in sorted(DATA.glob("*.csv")):
        content = file.read_bytes()
        assert (b"\r" in content, content[:3] == b"\xef\xbb\xbf", content[-1:]) == (False, False, b"\n"), file.name
        lines = csv.reader(content.decode("utf-8").splitlines())
        assert [cell for row in lines for cell in row if cell != cell.strip()] == [], file.name


def test_the_dictionary_describes_the_register_of_claims():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    part = re.search(r"^## `claims.yml`.*?(?=^## )", text, re.MULTILINE | re.DOTALL)[0]
    keys = re.findall(r"^\| `(\w+)` \|", part.partition("###")[0], re.MULTILINE)
    assert sorted(keys) == sorted(KEYS)
    kinds = part.partition("**Kinds.**")[2].partition("###")[0]
    assert re.findall(r"`(\w+)`", kinds) == list(KINDS)
    table = part.partition("### Expressions")[2].partition("### Verdicts")[0]
    assert sorted(re.findall(r"`(\w+)\(", table)) == sorted(functions(None, {}, ""))
    verdicts = part.partition("### Verdicts")[2].partition("### To add")[0]
    assert re.findall(r"^\| `([\w ]+)` \|", verdicts, re.MULTILINE) == list(VERDICTS)
