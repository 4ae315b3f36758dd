"""The tables of data/: each figure against the text it was read from, and the shape of the tables.

The checks against the documents need their texts (see `document_text` in conftest.py); the others do not.
"""

from __future__ import annotations

import csv
import math
import re
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

DATA = Path(__file__).resolve().parent.parent / "data"
UNITS = {
    "assessments", "cases", "children", "contacts", "families", "parents", "people", "referrals", "reports",
    "percent", "pounds", "per 1,000 girls aged 15 to 17", "per 10,000 children", "per 10,000 children under 18",
    "per 100,000 children",
}  # fmt: skip
WILTSHIRE, ENGLAND = "E06000054", "E92000001"
BOARD_PLACE = "Section 4.1, Safeguarding Improvement Board data set (July 2013)"


def rows(name):
    """The rows of a table of data/, as text."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


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


def one_line(text):
    return " ".join(text.split())


# --- What `stated` says ------------------------------------------------------------------------


def number(text):
    """Value and the unit of the last printed digit: "1,028" → 1028, 1; "£21m" → 21000000, 1000000."""
    digits, million = re.search(r"(-?\d[\d,]*(?:\.\d+)?)(m?)", text).groups()
    value = Decimal(digits.replace(",", ""))
    scale = 1_000_000 if million else 1
    return value * scale, Decimal(1).scaleb(value.as_tuple().exponent) * scale


def read_stated(stated):
    """What a fragment says ({"value": …, "lower": …, "upper": …}) and the unit of its last digit, None if unknown."""
    fraction = re.fullmatch(r"(\d+) in (\d+)", stated)
    interval = re.fullmatch(r"(\S+) \((\S+) to (\S+)\)", stated)
    span = re.fullmatch(r"\(?(£?[\d,]+)%?(?:-| and )(£?[\d,]+)%?\)?", stated)
    bound = re.match(r"(over|under|up to) ", stated)
    if fraction:
        return {"value": 100 * Decimal(fraction[1]) / Decimal(fraction[2])}, None
    if interval:
        value, unit = number(interval[1])
        return {"value": value, "lower": number(interval[2])[0], "upper": number(interval[3])[0]}, unit
    if span:
        unit = None if "£" in stated else number(span[1])[1]
        return {"lower": number(span[1])[0], "upper": number(span[2])[0]}, unit
    if bound:
        return {"lower" if bound[1] == "over" else "upper": number(stated)[0]}, None
    value, unit = number(stated)
    return {"value": value}, unit


@pytest.mark.parametrize(
    ("stated", "says", "unit"),
    [
        ("6.3%", {"value": "6.3"}, "0.1"),
        ("1,028 parents", {"value": "1028"}, "1"),
        ("£21m", {"value": "21000000"}, "1000000"),
        ("-3.76", {"value": "-3.76"}, "0.01"),
        ("1 in 5", {"value": "20"}, None),
        ("over 70%", {"lower": "70"}, None),
        ("under £3,000", {"upper": "3000"}, None),
        ("up to £8,000", {"upper": "8000"}, None),
        ("65%-69%", {"lower": "65", "upper": "69"}, "1"),
        ("(52%-59%)", {"lower": "52", "upper": "59"}, "1"),
        ("£5,000 and £450,000", {"lower": "5000", "upper": "450000"}, None),
        ("5 (2 to 8)", {"value": "5", "lower": "2", "upper": "8"}, "1"),
        ("495 referrals in 20/21", {"value": "495"}, "1"),
    ],
)
def test_stated_fragments_are_read(stated, says, unit):
    values, printed = read_stated(stated)
    assert values == {key: Decimal(value) for key, value in says.items()}
    assert printed == (None if unit is None else Decimal(unit))


def test_values_are_what_stated_says():
    wrong = []
    for row in FIGURES + OFFICIAL:
        says, _ = read_stated(row["stated"])
        has = {column: Decimal(row[column]) for column in ("value", "lower", "upper") if row[column]}
        if has != says:
            wrong.append(f"{name(row)}: stated {row['stated']!r}, table has {has}")
    assert wrong == []


def test_rounding_fits_the_digits_stated():
    """It is the last printed digit, or coarser where the note says it is assumed; official files may round to 5."""
    wrong = []
    for row in FIGURES + OFFICIAL:
        _, printed = read_stated(row["stated"])
        if not row["rounding"] or printed is None:
            fits = not row["rounding"] and printed is None
        else:
            rounding = Decimal(row["rounding"])
            digits = (1, 5) if row in OFFICIAL else (1,)
            ends = [Decimal(row[column]) for column in ("value", "lower", "upper") if row[column]]
            explained = row in OFFICIAL or f"ounding assumed to the nearest {rounding:,}" in row["note"]
            fits = (
                rounding.normalize().as_tuple().digits[0] in digits
                and len(rounding.normalize().as_tuple().digits) == 1
                and all(end % rounding == 0 for end in ends)
                and (rounding == printed or (rounding > printed and explained))
            )
        if not fits:
            wrong.append(f"{name(row)}: {row['stated']!r}, rounding {row['rounding'] or 'blank'}, {row['note']!r}")
    assert wrong == []


# --- The documents: passages -------------------------------------------------------------------

HEADING = re.compile(r"^(?:(\d+)\. (?=[A-Z]{3})|(\d+\.\d+) (?=[A-Z]))(.*)$", re.MULTILINE)
BULLET = re.compile(r"^[-•>] ", re.MULTILINE)


def section(text, wanted):
    """Title and body of a numbered section of the strategy, down to the next numbered heading."""
    heads = list(HEADING.finditer(text))
    for head, following in zip(heads, [*heads[1:], None], strict=True):
        if (head[1] or head[2]) == wanted:
            return head[3].strip(), text[head.end() : following.start() if following else None]
    raise AssertionError(f"no section {wanted}")


def blocks(body):
    return [block.strip() for block in re.split(r"\n\s*\n", body) if block.strip()]


def under(body, subheading):
    """The part of a section below a subheading: a short line of its own that ends in no mark."""
    parts = blocks(body)
    titles = [n for n, block in enumerate(parts) if re.fullmatch(r".{1,60}\w", block) and not BULLET.match(block)]
    start = next(n for n in titles if parts[n].startswith(subheading))
    end = next((n for n in titles if n > start), None)
    return "\n\n".join(parts[start + 1 : end])


def strategy_passage(text, locator):
    """The paragraph or bullet that a locator such as "Section 4, Poverty and deprivation, bullet 1" names."""
    number_, *subheadings, where = re.fullmatch(r"Section ([\d.]+), (.*)", locator).expand(r"\1, \2").split(", ")
    title, body = section(text, number_)
    for subheading in subheadings:
        body = body if subheading.lower() == title.lower() else under(body, subheading)
    paragraphs = [block for block in blocks(body) if not BULLET.match(block)]
    if where == "below the table":
        return body[body.rindex("TOTAL\t") :]
    if where == "last paragraph":
        return paragraphs[-1]
    kind, position = where.split(" ")
    if kind == "paragraph":
        return paragraphs[int(position) - 1]
    assert kind == "bullet", locator
    return re.split(r"\n\s*\n", BULLET.split(body)[int(position)])[0]


def activity(text, locator):
    """The planned activity whose description has every word that the locator names it by, and no other's."""
    words, director = re.match(r"Planned activity on (.*?) \((.*?)\)", locator).groups()
    words = [word for word in words.lower().split() if len(word) > 2]
    found = []
    for part in re.split(r"Planned\s+Activity\s", text)[1:]:
        described = one_line(re.split(r"Intended\s+Impact", part)[0]).lower()
        if all(re.search(rf"\b{word}\b", described) for word in words):
            found.append(part)
    assert len(found) == 1, f"{locator}: {len(found)} planned activities match"
    assert f"Director {director}" in one_line(found[0])
    return re.split(r"\bUpdates\b", found[0], maxsplit=1)[1]


def update_passage(text, locator):
    """The part of the 2024 update a locator names: an activity's updates, or what is above, in or below its table."""
    updates = activity(text, locator)
    table = re.search(r", table (.*?)(?:, |$)", locator)
    if not table:
        return updates
    assert table[1] in one_line(updates), locator
    lines = updates.splitlines()
    in_table = [n for n, line in enumerate(lines) if CARE_LEAVERS.match(line) or CONTACTS.match(line)]
    if locator.endswith("text above"):
        return "\n".join(lines[: in_table[0]])
    if locator.endswith("text below"):
        return "\n".join(lines[in_table[-1] + 1 :])
    return "\n".join(lines[in_table[0] : in_table[-1] + 1])


CARE_LEAVERS = re.compile(r"^(\d\d)-(\d\d) (\d+%) (\d+%)\s*$")
CONTACTS = re.compile(r"^(\d\d/\d\d) (\d+) (\d+%) (\d+%) (\d+%)\s*$")
PASSAGES = {"early_help_2013": strategy_passage, "csc_update_2024": update_passage}


def in_prose(row):
    """Whether a figure stands in running text (the tables have tests of their own)."""
    return not row["locator"].startswith((BOARD_PLACE, "Section 5.1, expenditure table"))


def prose(source):
    return [row for row in FIGURES if row["source"] == source and in_prose(row)]


def find_stated(stated, passage):
    """Where a fragment stands in a passage as a whole: "3%" is not in "73%"."""
    return re.search(r"(?<![\d.,])" + re.escape(stated) + r"(?!\d|[.,]\d)", one_line(passage))


@pytest.mark.parametrize(("source", "count"), [("early_help_2013", 46), ("csc_update_2024", 29)])
def test_stated_is_where_the_locator_says(document_text, source, count):
    text = document_text(source)
    wrong = [
        f"{name(row)}: {row['stated']!r} is not at {row['locator']!r}"
        for row in prose(source)
        if not find_stated(row["stated"], PASSAGES[source](text, row["locator"]))
    ]
    assert wrong == []
    assert len(prose(source)) == count


def test_a_right_number_in_a_wrong_place_is_noticed(document_text):
    text = document_text("early_help_2013")
    assert find_stated("30,019", strategy_passage(text, "Section 4, Hidden Harm in Wiltshire, bullet 4"))
    assert not find_stated("30,019", strategy_passage(text, "Section 4, Hidden Harm in Wiltshire, bullet 3"))
    assert not find_stated("12%", strategy_passage(text, "Section 4, Poverty and deprivation, bullet 2"))


def test_national_figures_are_those_called_national(document_text):
    text = document_text("early_help_2013")
    wrong = []
    for row in prose("early_help_2013"):
        if not row["locator"].startswith("Section 4"):
            continue
        passage = strategy_passage(text, row["locator"])
        before = one_line(passage)[: find_stated(row["stated"], passage).start()]
        if before.rstrip().endswith(("national average of", "national figure of")) != (row["area"] == ENGLAND):
            wrong.append(name(row))
    assert wrong == []


def test_periods_are_printed_or_the_note_says_how_they_were_taken(document_text):
    """A period stands at the figure's place or in its note; where no year is known it is the document's own."""
    wrong = []
    for row in [row for row in FIGURES if row["source"] in PASSAGES and not row["locator"].startswith(BOARD_PLACE)]:
        start, end = row["time_period"][:4], row["time_period"][4:]
        forms = [f"{start}/{end}", f"{start}/{end[-1:]}", f"{start[2:]}/{end}"] if end else [start]
        place = row["locator"] + row["note"]
        if in_prose(row):
            place += PASSAGES[row["source"]](document_text(row["source"]), row["locator"])
        own_year = "ot stated" in row["note"] and SOURCES[row["source"]]["date"].startswith(start)
        if not own_year and not any(form in one_line(place) for form in forms):
            wrong.append(f"{name(row)}: {row['note']!r}")
    assert wrong == []


def test_figures_outside_the_board_table_are_of_wiltshire_and_actual_but_for_these():
    outside = [row for row in FIGURES if row["source"] in PASSAGES and not row["locator"].startswith(BOARD_PLACE)]
    national = {"neet_rate", "conception_rate_under_18", "child_poverty_rate_0_16", "fsm_eligible_rate"}
    england = {*national, "troubled_families"}
    england |= {"caf_cost", "caf_cost_complex", "early_intervention_saving", "early_intervention_saving_cases"}
    assert {row["area"] for row in outside} == {WILTSHIRE, ENGLAND}
    assert Counter(row["indicator"] for row in outside if row["area"] == ENGLAND) == dict.fromkeys(england, 1)
    assert {row["locator"] for row in outside if row["area"] == ENGLAND and row["indicator"] not in national} == {
        "Section 3.1, bullet 1",
        "Section 3, last paragraph",
    }
    targets = {"troubled_families_worked_with", "care_leavers_eet_target"}
    assert {row["indicator"] for row in outside if row["status"] != "actual"} == targets
    assert {row["status"] for row in outside if row["indicator"] in targets} == {"target"}


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


def test_directions_are_those_of_the_arrows():
    meaning = {"↑": "up", "↓": "down"}
    for row in RATINGS:
        assert row["direction"] == meaning.get(row["stated_direction"], ""), row["locator"]
        if row["stated_direction"] and not row["direction"]:
            assert "garbled" in row["note"]


def test_no_cell_of_the_board_table_is_lost():
    assert [INDICATORS[i]["group"] for i in BOARD_ROWS] == [f"{n:02}" for n in range(1, 15)]
    counts = Counter(board_key(row) for row in of_table(BOARD_PLACE))
    assert [counts[column[:5]] if column else 0 for column in BOARD_COLUMNS] == BOARD_CELLS
    assert sum(counts.values()) == sum(BOARD_CELLS)
    assert Counter(row["indicator"] for row in RATINGS) == dict.fromkeys(BOARD_ROWS, 2)
    assert Counter(row["rag"] for row in RATINGS) == {"green": 13, "amber": 13, "red": 2}


def plain(label):
    """A service's name without the differences between the table's label and an indicator's title."""
    return re.sub(r"\W+", " ", label.lower().replace("/", " and ").replace("incl.", "including")).strip()


def test_every_line_of_the_expenditure_table_is_a_figure(document_text):
    _, body = section(document_text("early_help_2013"), "5.1")
    lines = re.findall(r"^(\S.*)\t([\d,]+)$", body, re.MULTILINE)
    recorded = of_table("Section 5.1, expenditure table")
    totals = iter(("first", "second"))
    assert [row["stated"] for row in recorded] == [amount for _, amount in lines]
    for row, (label, _) in zip(recorded, lines, strict=True):
        if label == "TOTAL":
            assert row["locator"] == f"Section 5.1, expenditure table, {next(totals)} TOTAL"
        else:
            line = row["locator"].removeprefix("Section 5.1, expenditure table, line ")
            title = INDICATORS[row["indicator"]]["title"]
            assert label.startswith(line), f"{name(row)}: the line is {label!r}"
            assert plain(label).startswith(plain(title)), f"{title!r} is not the line {label!r}"


def test_spending_has_nineteen_services_and_its_totals_add_up():
    recorded = of_table("Section 5.1, expenditure table")
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


def test_every_indicator_has_a_figure():
    assert set(INDICATORS) - {row["indicator"] for row in FIGURES + OFFICIAL} == set()


def test_every_source_is_cited_or_says_that_it_is_not():
    cited = {row["source"] for row in FIGURES + OFFICIAL + RATINGS}
    says_not = {source for source, row in SOURCES.items() if "no figure is taken from it" in row["note"]}
    assert cited | says_not == set(SOURCES)
    assert cited & says_not == set()


def test_sources_that_are_read_have_a_hash():
    for source, row in SOURCES.items():
        assert bool(row["sha256"]) == bool(row["bytes"]) == (row["kind"] != "research"), source


def test_official_figures_are_apart_from_transcribed_ones():
    assert {SOURCES[row["source"]]["kind"] for row in FIGURES} == {"document", "research"}
    assert {SOURCES[row["source"]]["kind"] for row in OFFICIAL} == {"official"}


def test_units_are_from_a_short_list():
    assert {row["unit"] for row in INDICATORS.values()} <= UNITS


def test_percentages_lie_between_0_and_100():
    for row in FIGURES + OFFICIAL:
        if INDICATORS[row["indicator"]]["unit"] == "percent":
            numbers = [float(row[c]) for c in ("value", "lower", "upper") if row[c]]
            assert all(0 <= x <= 100 for x in numbers), name(row)


def test_counts_are_whole_and_not_negative():
    for row in FIGURES + OFFICIAL:
        unit = INDICATORS[row["indicator"]]["unit"]
        if unit != "percent" and not unit.startswith("per "):
            whole = "average of" not in INDICATORS[row["indicator"]]["definition"]
            numbers = [float(row[c]) for c in ("value", "lower", "upper") if row[c]]
            assert all(x >= 0 and (x == math.floor(x) or not whole) for x in numbers), name(row)


def test_decimals_are_no_finer_than_a_figure_printed():
    for indicator, about in INDICATORS.items():
        of_it = [row for row in FIGURES + OFFICIAL if row["indicator"] == indicator and row["rounding"]]
        printed = [Decimal(row["rounding"]) for row in of_it]
        if printed:
            assert Decimal(1).scaleb(-int(about["decimals"])) >= min(*printed, Decimal(1)), indicator


def test_six_digit_periods_span_two_years_that_follow():
    for row in FIGURES + OFFICIAL + RATINGS:
        period = row["time_period"]
        two_years = row["time_identifier"] not in ("Calendar year", "Reporting year", "October")
        assert len(period) == (6 if two_years else 4), row
        if two_years:
            assert (int(period[2:4]) + 1) % 100 == int(period[4:]), row


@pytest.mark.parametrize("file", sorted(DATA.glob("*.csv")), ids=lambda file: file.name)
def test_tables_are_plain_utf8_with_unix_lines(file):
    content = file.read_bytes()
    assert b"\r" not in content
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\n")
    cells = [cell for row in csv.reader(content.decode("utf-8").splitlines()) for cell in row]
    assert [cell for cell in cells if cell != cell.strip() or "\n" in cell] == []


def test_the_dictionary_describes_every_file_and_column():
    text = (DATA / "README.md").read_text(encoding="utf-8")
    for file in sorted(DATA.glob("*.csv")):
        part = re.search(rf"^## `{re.escape(file.name)}`.*?(?=^##|\Z)", text, re.MULTILINE | re.DOTALL)
        assert part, f"data/README.md has no section for {file.name}"
        header = file.read_text(encoding="utf-8").splitlines()[0].split(",")
        if file.name != "figures_official.csv":  # the columns of figures.csv
            assert re.findall(r"^\| `(\w+)` \|", part[0], re.MULTILINE) == header, file.name
