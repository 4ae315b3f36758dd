"""Reading releases: a row a measure, area and period (`tables.ROWS`).

Each layout of `releases.csv` gives a table of `place`, `level`, `period`, `at` and the columns asked for, as text; a
file that is not as the register says is refused, with the place. The interactive tool's extract is read in `lait`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.data.figure import ENGLAND
from analysis.data.tables import read_table
from analysis.official.geography import Places, load_districts
from analysis.official.releases import Release, in_order, load_releases, needed, newest, official_dir
from analysis.official.tables import (
    PRINTED,
    ROWS,
    Measure,
    check_periods,
    code_in,
    parse,
    read_as,
    read_text,
    read_workbook,
    records,
    refuse,
    refuse_where,
    require,
    span,
    whole,
)


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures of a release: its layout's table, of which each measure takes its rows and columns.

    Filters must be England's, lest a misspelt one be passed over.
    """
    filters = sorted({column for measure in wanted for column, _ in measure.where})
    names = dict.fromkeys([*filters, *(name for measure in wanted for name in measure.columns)])
    table = TABLES[release.layout](release, folder, names)
    keys = ["period", *filters]
    england = pd.MultiIndex.from_frame(table.loc[table["level"] == "National", keys])
    other = ~pd.MultiIndex.from_frame(table[keys]).isin(england)
    if filters and other.any():
        row = table.loc[other].iloc[0]
        found = ", ".join(f"{column} {row[column]!r}" for column in filters)
        refuse(release, row["at"], f"found {found}; expected what England has in {row['period']} too")
    if release.layout == "panel":
        table = table.drop_duplicates(["place", "period"])
    parts = [_measure(release, table, measure) for measure in wanted]
    return pd.concat(parts, ignore_index=True)[ROWS]


def _measure(release: Release, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the rows of one measure from the table of a layout.

    Where a `where` names several values of a column, with "|" between, the rows of an area and period are added up.
    Refused is a `where` that no row fits, two rows, none for an area in a period that has others, and a blank cell that
    is England's or unlike others of its level.
    """
    if measure.measure in NATIONAL:
        table = table.drop_duplicates("period").assign(place=ENGLAND)
    wanted = {column: value.split("|") for column, value in measure.where}
    several = any(len(values) > 1 for values in wanted.values())
    rows = table[table[list(wanted)].isin(wanted).all(axis=1)] if wanted else table
    if rows.empty:
        refuse(release, "", f"no row with {measure.words}; expected one an area and period")
    key = ["place", "period"]
    for row in rows[rows.duplicated([*key, *wanted])].to_dict("records"):
        refuse(release, row["at"], f"a second row of {row['place']}, {row['period']} with {measure.words}")
    if wanted and not several:
        every = table[table["period"].isin(rows["period"])]
        there = pd.MultiIndex.from_frame(every[key]).isin(pd.MultiIndex.from_frame(rows[key]))
        for row in every[~there].to_dict("records"):
            which = f"{row['place']}, {row['period']} with {measure.words}"
            refuse(release, row["at"], f"no row of {which}, which others have")
    for column in measure.columns:
        blank = rows[column].str.strip() == ""
        filled = (~blank).groupby(rows["level"]).transform("any") | (rows["level"] == "National") | blank.all()
        refuse_where(release, rows, blank & filled, column, "a number or a symbol")
    cells = {"text": measure.measure, "per": measure.per, "base": measure.base}
    cells = {name: rows[column] if column else "" for name, column in cells.items()}
    found = rows[["place", "period", "at"]].assign(indicator=measure.indicator, **cells)
    if several:
        together = found.groupby(["indicator", "place", "period", "per", "base"], as_index=False, sort=False)
        found = together.agg(text=("text", _added_up), at=("at", "first"))
    return found[ROWS]


def _added_up(cells: pd.Series) -> str:
    """Return the sum of cells as text; the text of the first that is no number, as nothing comes of it."""
    odd = cells[~cells.str.strip().str.fullmatch(PRINTED)]
    return odd.iloc[0] if len(odd) else f"{sum(parse(text)[0] for text in cells):.15g}"


# ---- text with a row an area --------------------------------------------------------------------------------------


TEXTS = {
    "ees": (  # Explore Education Statistics, which the NEET tables and the population estimates share
        "geographic_level",
        "time_period",
        {"National": "country_code", "Regional": "region_code", "Local authority": "new_la_code"},
    ),
    "sfr_wide": ("geog_l", "", {"National": "", "LA": "new_la_code", "Region": None, "Regional": None}),
    "panel": ("", "time_period", {"LA": "new_la_code"}),
}
"""The department's underlying data, its statistical first releases of one year before 2015, the panel of spending: the
columns of level and period, "" where none says it, and by level that of the area's code. That is "" for England, which
is known by its level alone, as its code is blank in some releases and an authority's in others; None is not read."""
NATIONAL = ("cpih", "sppi")
"""Columns of the panel that are not of an authority: they hold the same number in every row of a year."""


def columns(release: Release, folder: Path, names: Iterable[str]) -> pd.DataFrame:
    """Return columns as text, with `level`, `place`, `period` and `at`, of the areas that are read."""
    level_of, period_of, codes = TEXTS[release.layout]
    identifier = "time_identifier" if release.time_identifier else ""
    table = read_text(release, folder, [*filter(None, [level_of, period_of, identifier, *codes.values()]), *names])
    if period_of:
        check_periods(release, table, period_of)
    if identifier:
        expected = f"{release.time_identifier!r}, as releases.csv has it"
        refuse_where(release, table, table[identifier] != release.time_identifier, identifier, expected)
    level = table[level_of] if level_of else "LA"
    table = table.assign(level=level, place=ENGLAND, period=table[period_of] if period_of else release.time_period)
    refuse_where(release, table, ~table["level"].isin(codes), "level", f"one of {', '.join(codes)}", level_of)
    for level, column in codes.items():
        here = table["level"] == level
        if column:
            refuse_where(release, table, here & (table[column].str.strip() == ""), column, "an area's code")
            table["place"] = table["place"].mask(here, table[column])
    return table[table["level"].map(codes).notna()]


def numbers(table: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Turn columns of the panel into numbers, NA into NaN."""
    return table.assign(**{name: pd.to_numeric(table[name].replace("NA", None)) for name in names})


# ---- workbooks whose publication has ended: each is known by its SHA-256, so that no damage is looked for ----------

WORKBOOKS = {
    "hmrc_low_income": ("Local Authority Code", 2, re.compile(r"(?<=[A-Za-z])\d$"), 1),
    "section251": ("LA Code", 1, re.compile(r"\s*\(.*"), 1000),
}
"""HM Revenue and Customs' low-income measure, with groups over columns, and the outturn of 2013-14: the heading of the
first column, of how many lines headings are, how their footnotes look, and what numbers are multiplied by."""
_AREA, _NOTE = r"[EWSN][0-9]{8}|[0-9]{3}", r"^(\d) .*\bsuppressed\b"


def sheets(release: Release, folder: Path, names: Iterable[str]) -> pd.DataFrame:
    """Return columns named "sheet | column" or "sheet | group | column"; no cell gives the year: the register does.

    A share is a percentage as it is shown, "c" where a dash or a note on the area's name says that it is suppressed.
    """
    book, wanted = read_workbook(release, folder), list(dict.fromkeys(name.partition(" | ")[0] for name in names))
    require(release, wanted, book, "sheet")
    parts = {name: _sheet(release, book[name]).add_prefix(f"{name} | ") for name in wanted}
    table = pd.concat(parts.values(), axis=1)
    require(release, names, table.columns)
    whole(release, len(parts[wanted[0]]), f"sheet {wanted[0]}")
    times, notes = WORKBOOKS[release.layout][3], book[wanted[0]][0].astype(str).str.extract(_NOTE)[0].dropna()
    withheld = table.iloc[:, 2].astype(str).str.fullmatch(f".*[a-z][{''.join(notes) or ' '}]")
    made = {}
    for name in names:
        share = " | %" in name
        shown = "{:.1%}" if share else "{:.0f}"
        texts = [cell if isinstance(cell, str) else shown.format(cell * times) for cell in table[name]]
        made[name] = pd.Series(texts, table.index).mask(withheld & share, "-").replace("-", "c" if share else "-")
    about = {"at": f"sheet {wanted[0]}", "level": "", "period": release.time_period}
    return pd.DataFrame(made).assign(**about).rename_axis("place").reset_index()


def _sheet(release: Release, table: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet's rows of areas by their codes; columns are headings without footnotes, after their group's."""
    head, lines, footnote, _ = WORKBOOKS[release.layout]
    require(release, [head], table[0], "heading")
    start = table.index[table[0] == head][0]
    heads = table[start : start + lines].map(lambda cell: footnote.sub("", " ".join(str(cell).split())))
    heads = heads.mask(table[start : start + lines].isna()).T
    codes = table[0].map(code_in)
    codes = codes.where(codes.str.fullmatch(_AREA), table[1].map({"ENGLAND": ENGLAND})).dropna()
    names = heads[start] if lines == 1 else heads[start].ffill() + " | " + heads[start + 1]
    return table.loc[codes.index].set_axis(names.fillna(""), axis=1).set_axis(codes)


def read_neighbours(release: Release, folder: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return who is whose neighbour, nearest first, in the layout of `neighbours.csv`.

    Authorities that were abolished stand under a heading of their own at the end of the sheet and are left out:
    their neighbours were chosen from another set of authorities.
    """
    table = next(iter(read_workbook(release, folder).values()), pd.DataFrame([[None]]))
    start = table.index[table[0] == "LA num"]
    require(release, ["LA num"], ["LA num"] * len(start), "header")
    header, ranks = table.loc[start[0]].tolist(), [f"SN{rank}" for rank in range(1, 11)]
    require(release, ranks, header, "header")
    body = table.loc[start[0] + 1 :]
    body = body[~body[0].isna().cummax()]
    whole(release, len(body))
    at, parts = [f"row {row + 1}" for row in body.index], []
    for rank, column in enumerate(map(header.index, ranks), 1):
        cells = {"area": body[0].map(code_in), "neighbour": body[column].map(code_in), "closeness": body[column + 1]}
        parts.append(pd.DataFrame(cells).assign(rank=rank, at=at))
    found = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)
    blank = found["closeness"].map(lambda cell: not isinstance(cell, str) or not cell.strip()).astype(bool)
    refuse_where(release, found, blank, "closeness", "how close it is, in words")
    for column in ("area", "neighbour"):
        found[column] = found[column].map(read_as(release, found, column, Places(areas).code))
        refuse_where(release, found, found[column] == "", column, "an authority of areas.csv")
    twice = found.duplicated(["area", "rank"]) | found.duplicated(["area", "neighbour"])
    refuse_where(release, found, twice | (found["area"] == found["neighbour"]), "neighbour", "each authority once")
    return found.assign(source=release.source)[columns_of("neighbours")]


# ---- a table of text under some lines: children in low-income families, Department for Work and Pensions ------------

_YEAR = re.compile(r"(.+) FYE ([0-9]{4})\b.*")
WARDS, NUMBER, SHARE = "dwp_low_income_wards", "Number of children", "Percentage of children"


def lines(release: Release, folder: Path, names: Iterable[str]) -> pd.DataFrame:
    """Return columns such as "Number of children", of every year the table has.

    Where each row has an authority and a ward, it is the ward's; `whole` and `authority` are the authority's code and
    name, as they are `place` and `name` in a table of authorities.
    """
    header, table = _table(release, folder)
    codes = [number for number, name in enumerate(header) if name == "Area Code"]
    for row in table[table[codes[-1]].duplicated()].to_dict("records"):
        refuse(release, row["at"], f"a second row of {row[codes[-1]]}; expected one an area")
    about = {"place": table[codes[-1]], "whole": table[codes[0]], "level": ""}
    about |= {"name": table[codes[-1] - 1].str.strip(), "authority": table[codes[0] - 1].str.strip()}
    columns = {(found[1], found[2]): n for n, cell in enumerate(header) if (found := _YEAR.fullmatch(cell))}
    years = [str(year) for year in range(int(release.first), int(release.last) + 1)]
    for name in names:
        require(release, [name], {of for of, _ in columns})
        there = [year for of, year in columns if of == name]
        if there != years:
            words = f"found the years {', '.join(there)}; expected {', '.join(years)}, as releases.csv has them"
            refuse(release, f"column {name}", words, time_period=span(there))
    parts = []
    for year in years:
        cells = {name: _cells(release, header, table, columns[name, year]) for name in names}
        parts.append(pd.DataFrame({"at": table["at"], **about, **cells, "period": year}))
    return pd.concat(parts).sort_index(kind="stable", ignore_index=True)


def _table(release: Release, folder: Path) -> tuple[list[str], pd.DataFrame]:
    """Return the header, and its rows that begin with something, by number of column."""
    found = records(release, folder)
    header = next((row for _, row in found if row and row[0].startswith("Local Authority")), None)
    if header is None:
        refuse(release, "", "no row that begins with 'Local Authority'; expected the table's header there")
    header = [" ".join(cell.split()) for cell in header]
    body = [(f"line {line}", *row) for line, row in found if row[0].strip()]
    whole(release, len(body))
    require(release, ["Area Code"], set(header))
    if header.count("Area Code") > 1:
        require(release, ["Ward"], {cell.split(" [")[0] for cell in header})
    table = pd.DataFrame(body, columns=["at", *range(len(header))], dtype=str)
    for number, name in enumerate(header):
        odd = (table[number].str.strip() == "") | table[number].str.contains(r'["\r\n]')
        refuse_where(release, table, odd & bool(name), number, "a cell with text of one line", name)
    return header, table


def _cells(release: Release, header: list[str], table: pd.DataFrame, column: int) -> pd.Series:
    """Return a column; refuse a share without its percent sign, such as 0.263 for 26.3%, or the reverse."""
    share, cells = "(%)" in header[column], table[column]
    odd = cells.str.contains("[0-9]") & (cells.str.strip().str.endswith("%") != share)
    expected = f"a number with{'' if share else 'out'} a percent sign"
    refuse_where(release, table, odd, column, expected, header[column])
    return cells


def read_wards(data: Path) -> pd.DataFrame:
    """Return every ward of every authority in the layout of `wards.csv`; no row where the release is not there.

    Where two releases have one year, the later counts. Raises ReleaseError if one is not in order or in its layout.
    """
    folder = official_dir(data)
    places, districts = Places(read_table(data / "areas.csv").set_index("area")), load_districts(data)
    found = in_order([r for r in load_releases(data) if r.layout == WARDS], folder)
    parts = [wards(r, folder, places, districts) for r in sorted(found, key=lambda r: r.date)]
    table = pd.concat(parts or [pd.DataFrame(columns=columns_of("wards"))], ignore_index=True)
    return table.drop_duplicates(["ward", "time_period"], keep="last", ignore_index=True)


def wards(release: Release, folder: Path, places: Places, districts: dict[str, str]) -> pd.DataFrame:
    """Return the wards of a release that names both a ward and its authority in each row, two rows a year beneath."""
    table = lines(release, folder, [NUMBER, SHARE])
    refuse_where(release, table, table["whole"] == table["place"], "place", "an authority's and a ward's", "Area Code")
    areas = districts | read_as(release, table[~table["whole"].isin(districts)], "whole", places.code)
    made = {"area": table["whole"].map(areas), "ward": table["place"], "source": release.source}
    made |= {"time_period": [f"{int(year) - 1}{year[2:]}" for year in table["period"]]}
    for name, column in (("children", NUMBER), ("rate", SHARE)):
        cells = read_as(release, table, column, parse)
        made |= {name: [cells[text][0] for text in table[column]]}
        made |= {f"{name}_symbol": [cells[text][1] for text in table[column]]}
    found = table.assign(**made)
    return found.loc[found["area"] != "", columns_of("wards")].reset_index(drop=True)


# ---- the research panel of spending and outcomes: a row an authority and year, for models of all authorities ---------

PANEL = "webb_panel_2022"
PANEL_COLUMNS = {
    "new_la_code": "area",
    "la_name": "name",
    "time_period": "year",
    "gspend_noncla_nonsg_pc": "spend",
    "gspend_saf_pc": "safeguarding",
    "gspend_ss5_pc": "sure_start",
    "at_31_cla_rate10000": "looked_after",
    "at31_cpp_rate10000": "plans",
    "at31_cin_ep_rate_10000": "in_need",
    "imd19_idaci": "deprivation",
    "population_0_16": "children",
}
"""Columns of the release → ours; spend in pounds of 2022 per child aged 0 to 16, rates per 10,000 of them."""
PANEL_LEFT_OUT = ("E06000053", "E06000046", "E09000001")
"""Isles of Scilly, Isle of Wight and City of London: the published study leaves them out, and so do we."""


def panel_release(data: Path) -> Release:
    """Return the panel's entry in the register; raises ReleaseError unless its file is there and the registered one."""
    return needed(data, newest(data, "source", PANEL))


def panel(data: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the panel in our names, in order of area and year, with present codes; repeated rows as they stand.

    `areas` is `areas.csv` with its code as index. `region` is its: from 2011 to 2017 the release has "LA" and the
    authority's own code in its place. Raises ReleaseError as `panel_release`.
    """
    release, texts = panel_release(data), ("new_la_code", "la_name")
    table = columns(release, official_dir(data), PANEL_COLUMNS)
    table = numbers(table, [name for name in PANEL_COLUMNS if name not in texts])
    codes = read_as(release, table, "new_la_code", Places(areas).code)
    table = table[list(PANEL_COLUMNS)].rename(columns=PANEL_COLUMNS)
    table["area"] = table["area"].map(codes)
    table["region"] = table["area"].map(areas["region"])
    table = table[~table["area"].isin(PANEL_LEFT_OUT)]
    return table.sort_values(["area", "year"], kind="stable").reset_index(drop=True)


TABLES = {**dict.fromkeys(TEXTS, columns), **dict.fromkeys(WORKBOOKS, sheets), "dwp_low_income": lines}
"""Layout in `releases.csv` → what returns its table, but for the interactive tool, neighbours and wards."""
