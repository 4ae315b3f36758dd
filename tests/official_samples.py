"""Small made-up releases in each layout, a project folder that registers them, and the real releases read once."""

from __future__ import annotations

import csv
import hashlib
import io
import os
import re
import shutil
import tempfile
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from unittest import mock

import pandas as pd
import pytest

from analysis.data.tables import read_table
from analysis.official import assemble, cache, extract, tables
from analysis.official.releases import load_releases
from once import made_once

DATA = Path(__file__).resolve().parents[1] / "data"
OFFICIAL = os.environ.get("ANALYSIS_OFFICIAL")
ENGLAND, SOUTH_WEST, WILTSHIRE, SWINDON, SCILLY = "E92000001", "E12000009", "E06000054", "E06000030", "E06000053"
FEW = [WILTSHIRE, SWINDON, SCILLY, "E06000025", "E06000046", *(f"E0900000{number}" for number in range(1, 9))]
KEY = ["indicator", "area", "time_period", "time_identifier"]


def table_of(name: str) -> list[dict[str, str]]:
    """Return the rows of a table of the project's data folder, all cells as text."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


# ---- releases, as bytes -------------------------------------------------------------------------------------------


def _csv(rows: list[dict], columns: list[str] | None = None) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, columns or list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def ees(rows: list[dict]) -> bytes:
    """Return underlying data of the department; a row has `area` (a code), `period`, and its filters and numbers."""
    made = []
    for row in rows:
        area, period = row["area"], row["period"]
        national, regional = area.startswith("E92"), area.startswith(("E12", "E13"))
        level = "National" if national else "Regional" if regional else "Local authority"
        made.append(
            {"time_period": period, "time_identifier": "Reporting year", "geographic_level": level}
            | {"country_code": ENGLAND, "country_name": "England"}
            | {"region_code": area if regional else "" if national else SOUTH_WEST, "region_name": ""}
            | {"old_la_code": "", "new_la_code": "" if national or regional else area, "la_name": ""}
            | {name: value for name, value in row.items() if name not in ("area", "period")}
        )
    return _csv(made)


def lait(rows: list[tuple]) -> bytes:
    """Return an extract of the interactive tool; a row is short description, years, place, number and value."""
    table = pd.DataFrame(rows, columns=["Short Desc", "Years", "LA and Regions", "LA Number", "Values"])
    table = table.assign(**{"Data item": None, "Region": "", "LA Number": table["LA Number"].astype(float)})
    stream = io.BytesIO()
    table.to_parquet(stream, index=False)
    return stream.getvalue()


DWP_HEAD = [
    ["Table 2: Number and Percentage of Children, FYE 2024 to 2025"],
    ["FYE = Financial Years Ending."],
    ["Source: "],
    [
        "Local Authority [note 2]",
        "Area Code",
        *("Number of children \nFYE 2024", "Number of children \nFYE 2025"),
        *("Percentage of children \nFYE 2024\n(%)\n[note 3]", "Percentage of children \nFYE 2025\n(%)\n[note 3]"),
    ],
]


def dwp(rows: list[list[str]], head: list[list[str]] | None = None) -> bytes:
    """Return a table of the Department for Work and Pensions: lines of text, a header of several lines, then rows."""
    stream = io.StringIO()
    lines = [*(DWP_HEAD if head is None else head), *rows, [], [""]]
    width = max(map(len, lines))
    csv.writer(stream, lineterminator="\r\n").writerows([*line, *[""] * (width - len(line))] for line in lines)
    return stream.getvalue().encode("utf-8-sig")


def workbook(sheets: dict[str, list[list]]) -> bytes:
    """Return an Excel workbook; a sheet is a list of rows, a cell text, a number or None."""
    stream = io.BytesIO()
    with pd.ExcelWriter(stream, engine="xlsxwriter") as book:
        for name, rows in sheets.items():
            whole = pd.DataFrame(zip_longest(*rows), dtype=object).T
            whole.to_excel(book, sheet_name=name, header=False, index=False)
    return stream.getvalue()


def rows_of(layout: str, content: bytes) -> int:
    """Return the number of rows that the register has for a made-up release; 1 for one that cannot be read."""
    try:
        if layout == "lait":
            return len(pd.read_parquet(io.BytesIO(content)))
        if layout in ("hmrc_low_income", "section251", "neighbours"):
            last = list(pd.read_excel(io.BytesIO(content), sheet_name=None, header=None, engine="calamine").values())[
                -1
            ]
            first, second = (last[n].astype(str) for n in (0, 1))
            rows = first.str.fullmatch(r"E\d{8}|\d{3}(\.0)?") | (second == "ENGLAND")
            return int((rows & ~((first == "Old") | (second == "Old")).cumsum().astype(bool)).sum())
        if layout.startswith("dwp"):
            lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
            return len([line for line in lines if line and line[0] and re.search(r"[A-Z]\d{8}", ",".join(line))])
    except Exception:
        return 1
    return content.count(b"\n") - 1


HMRC_GROUPS = ["Children in Child Benefit families", "% of Children in low-income families1"]


def hmrc(rows: list[list], sheet: str = "Summary (rounded)", groups: list[str] | None = None) -> bytes:
    """Return a workbook of HM Revenue and Customs: a row is a code and, of each group, under 16 and all children."""
    names = HMRC_GROUPS if groups is None else groups
    head = ["Local Authority Code", "Local Authority", None, *(cell for name in names for cell in (name, None))]
    below = [None, None, None, *(cell for _ in names for cell in ("Under 16", "All Children2"))]
    body = [[row[0], "00AA", "A name2", *row[1:]] for row in rows]
    notes = [["1 These percentages are based on unrounded totals."]]
    title = [["Revised 10 December 2014"]]
    return workbook({"Notes": [["Notes:"]], sheet: [*title, head, below, [None], *body, [None], *notes]})


OTHERS = [803, 420, 921, 201, 301, 302, 303, 304, 305, 202, 306]
"""Numbers of authorities that a project of made-up releases has."""


def neighbours(rows: list[list]) -> bytes:
    """Return the department's workbook of statistical neighbours: a row is a number and its nearest, others follow."""
    head = ["LA num", "LA name", *(cell for rank in range(1, 11) for cell in (f"SN{rank}", "SNP"))]
    ten = [[*row[1:], *(number for number in OTHERS if number not in row)][:10] for row in rows]
    body = [
        [row[0], "A name", *(cell for number in near for cell in (number, "Very close"))] if row[0] else [None, "Old"]
        for row, near in zip(rows, ten, strict=True)
    ]
    return workbook({"SN": [["Title"], head, *body]})


# ---- a project of made-up releases --------------------------------------------------------------------------------

PERIODS = {"dwp_low_income": "2024 to 2025", **dict.fromkeys(("ees", "panel", "lait"), "1990 to 2030")}
"""The periods that made-up releases of a layout may have."""
_KNOWN_TABLES: dict[tuple, pd.DataFrame] = {}
_MEASURE = ["indicator", "source", "measure", "per", "where", "time_identifier", "lag", "rounding", "base", "count"]


def _wanted(area: dict[str, str]) -> bool:
    special = area["level"] != "Local authority" or area["former_codes"] or area["start"] or area["end"]
    return bool(special) or area["area"] in FEW


class Made:
    """A project folder whose releases are made up; its indicators and areas are real, the areas but a few."""

    def __init__(self, root: Path) -> None:
        self.data, self.folder = root / "data", root / "data" / "official"
        self.folder.mkdir(parents=True)
        for name in ("columns.csv", "indicators.csv"):
            shutil.copy(DATA / name, self.data / name)
        (self.data / "areas.csv").write_bytes(_csv([row for row in table_of("areas.csv") if _wanted(row)]))
        self.sources: dict[str, dict] = {}
        self.releases: dict[str, dict] = {}
        self.measures: list[dict] = []

    def release(
        self, source: str, layout: str, content: bytes, date: str = "2025", period: str = "", rows: int | None = None
    ) -> None:
        """Put a release in its place and register it, in place of the one of this name if there is one."""
        file = f"made/{source}"
        (self.folder / file).parent.mkdir(exist_ok=True)
        (self.folder / file).write_bytes(content)
        self.sources[source] = {"source": source, "publisher": "Nobody", "title": "Made up", "date": date} | {
            "address": "",
            "sha256": hashlib.sha256(content).hexdigest(),
            "bytes": len(content),
        }
        self.releases[source] = {"source": source, "file": file, "layout": layout}
        self.releases[source] |= {"time_period": period or PERIODS.get(layout, "")}
        self.releases[source] |= {"time_identifier": "Reporting year" if layout == "ees" else ""}
        self.releases[source] |= {"rows": max(1, rows_of(layout, content)) if rows is None else rows}

    def measure(self, indicator: str, source: str, measure: str, **more: str) -> None:
        """Say that a measure of a release is one of our indicators; more: other columns of `measures.csv`."""
        plain = dict.fromkeys(_MEASURE, "") | {"time_identifier": "Reporting year", "rounding": "1"}
        self.measures.append(plain | {"indicator": indicator, "source": source, "measure": measure} | more)

    def save(self) -> Path:
        """Write the tables that register the releases and return the data folder."""
        (self.data / "sources.csv").write_bytes(_csv(list(self.sources.values())))
        (self.data / "releases.csv").write_bytes(_csv(list(self.releases.values())))
        (self.data / "measures.csv").write_bytes(_csv(self.measures, _MEASURE))
        return self.data

    def read(self) -> assemble.Assembled:
        """Return what the releases give."""
        return assemble.read_everything(self.save())[0]

    def table(self) -> dict[tuple, tuple]:
        """Return value and symbol by indicator, area and period."""
        return by_key(self.read().figures)


def undisturbed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let made-up releases be read as from a project of their own, and no table be checked twice as it stands."""
    monkeypatch.delenv("ANALYSIS_OFFICIAL", raising=False)
    known = _KNOWN_TABLES

    def read_once(path: Path) -> pd.DataFrame:
        key = (path.name, path.is_file() and path.read_bytes())
        if key not in known:
            known[key] = read_table(path)
        return known[key].copy()

    for module in (assemble, extract, tables):
        monkeypatch.setattr(module, "read_table", read_once)


def by_key(figures: pd.DataFrame) -> dict[tuple, tuple]:
    """Return (value or None, symbol) by (indicator, area, period)."""
    return {
        (row.indicator, row.area, row.time_period): (None if pd.isna(row.value) else row.value, row.symbol)
        for row in figures.itertuples()
    }


@dataclass(frozen=True)
class Example:
    """A release of one layout: how to make it with one of its cells as given, and which figure that cell is."""

    make: object
    measures: list[tuple[str, str, dict]]
    key: tuple[str, str, str]
    cells: tuple
    values: tuple[float, float]
    period: str = ""


def _ees(cell: str = "478", column: str = "children_count", kind: str = "on 31 March") -> bytes:
    rows = [(WILTSHIRE, "2025", cell), (WILTSHIRE, "2024", "470"), (ENGLAND, "2025", "81770"), (SWINDON, "2025", "c")]
    rows += [(SWINDON, "2024", "290"), (ENGLAND, "2024", "83630")]
    return ees([{"area": a, "period": p, "population_type": kind, column: text} for a, p, text in rows])


def _lait(cell: str = "227.59999999999999", column: str = "CIN") -> bytes:
    rows = [("2025", "Wiltshire", 865, cell), ("2024", "Wiltshire", 865, "230"), ("2025", "Swindon", 866, "-")]
    rows += [("2024", "Swindon", 866, "8.0000000000000002E-2"), ("2025", "South West", 990, "300.1")]
    return lait([(column, *row) for row in [*rows, ("2024", "South West", 990, "299")]])


def _dwp(cell: str = "17,409", head: list[list[str]] | None = None) -> bytes:
    rows = [["Wiltshire", WILTSHIRE, "17,000", cell, "18.9%", "19.0%"], ["Swindon", SWINDON, "1", "[low]", "[x]", "1%"]]
    return dwp(rows, head)


def _hmrc(cell: float = 0.1194, sheet: str = "Summary (rounded)", groups: list[str] | None = None) -> bytes:
    return hmrc([[WILTSHIRE, 86420, 105000, cell, 0.11], [SCILLY, 320, 375, "-", "-"]], sheet, groups)


def _sfr(cell: str = "2,378", column: str = "CINAt31", level: str = "LA") -> bytes:
    rows = [("National", "E06000046", "378,600"), (level, "E06000046", "1,232"), (level, WILTSHIRE, cell)]
    return _csv([{"geog_l": a, "geog_c": "", "new_la_code": b, "geog_n": "", column: c} for a, b, c in rows])


def _panel(cell: str = "172.74", column: str = "gspend") -> bytes:
    rows = [(WILTSHIRE, "2013", cell), (SWINDON, "2013", "NA"), (SWINDON, "2014", "99.2")]
    return _csv([{"new_la_code": a, "time_period": b, "region": SOUTH_WEST, column: c} for a, b, c in rows])


def _section251(cell: float = 7772, head: str = "LA Code", column: str = "Youth justice (2)") -> bytes:
    rows = [[None, "ENGLAND", 328747], [None, "SOUTH WEST", 22000], [865, "Wiltshire", cell], [866, "Swindon", 1200]]
    return workbook({"Table 6": [["Table 6: Total expenditure"], [head, None, column], *rows]})


YEAR = {"time_identifier": "Financial year"}
CALENDAR = {"time_identifier": "Calendar year"}
_SHARE = f"Summary (rounded) | {HMRC_GROUPS[1][:-1]} | Under 16"
_CHILDREN = f"Summary (rounded) | {HMRC_GROUPS[0]} | Under 16"
_AHC, _AHC_RATE, _HMRC_RATE = "low_income_ahc_under_16", "low_income_ahc_rate_under_16", "hmrc_low_income_rate_under_16"
_TENTH = {"rounding": "0.1"}
_AHC_MEASURES = [(_AHC, "Number of children", YEAR), (_AHC_RATE, "Percentage of children", YEAR | _TENTH)]
_HMRC_MEASURES = [("hmrc_children_under_16", _CHILDREN, CALENDAR)]
_HMRC_MEASURES += [(_HMRC_RATE, _SHARE, CALENDAR | _TENTH | {"base": _CHILDREN})]
_YOUTH = ("spend_s251_youth_justice", "Table 6 | Youth justice", YEAR | {"rounding": "1000"})
_NUMBER = ("cla_number", "children_count", {"where": "population_type=on 31 March"})
_SPEND = ("spend_prevention_per_child", "gspend", YEAR)
_OF = {layout: (name, WILTSHIRE, period) for layout, name, period in (
    ("ees", "cla_number", "2025"), ("lait", "cin_rate", "2025"), ("dwp_low_income", _AHC, "202425"),
    ("hmrc_low_income", _HMRC_RATE, "2011"), ("sfr_wide", "cin_number", "2013"), ("panel", _SPEND[0], "201213"),
    ("section251", _YOUTH[0], "201314"),
)}  # fmt: skip
EXAMPLES = {
    layout: Example(make, measures, _OF[layout], cells, values, period)
    for layout, make, measures, cells, values, period in (
        ("ees", _ees, [_NUMBER], ("478", "1,479"), (478.0, 1479.0), ""),
        ("lait", _lait, [("cin_rate", "CIN", _TENTH)], ("227.59999999999999", "227.7"), (227.6, 227.7), ""),
        ("dwp_low_income", _dwp, _AHC_MEASURES, ("17,409", "17,410"), (17409.0, 17410.0), ""),
        ("hmrc_low_income", _hmrc, _HMRC_MEASURES, (0.1194, 0.1206), (11.9, 12.1), "2011"),
        ("sfr_wide", _sfr, [("cin_number", "CINAt31", {})], ("2,378", "2379"), (2378.0, 2379.0), "2013"),
        ("panel", _panel, [_SPEND], ("172.74", "174.2"), (173.0, 174.0), ""),
        ("section251", _section251, [_YOUTH], (7772, 7773), (7_772_000.0, 7_773_000.0), "2014"),
    )
}
"""One release a layout; see `Example`."""


def example(root: Path, layout: str, content: bytes | None = None) -> Made:
    """Return a project with the example of a layout, or with other content in its place."""
    made, about = Made(root), EXAMPLES[layout]
    made.release("made_up", layout, about.make() if content is None else content, period=about.period)
    for indicator, measure, more in about.measures:
        made.measure(indicator, "made_up", measure, **more)
    return made


# ---- the real releases --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Real:
    """The real releases, read: where they lie, all that they say, what of it counts, and what is embedded."""

    folder: Path
    parts: pd.DataFrame
    read: tuple[assemble.Assembled, pd.DataFrame]
    extracted: extract.Extracted

    @property
    def everything(self) -> assemble.Assembled:
        """The figures of every area."""
        return self.read[0]


def read_real() -> Real:
    """Read the real releases once in a test run; skip the test where they are not all there."""
    folder = official_folder()
    return made_once("the releases", lambda: _read(folder))


def all_there() -> bool:
    """Return whether the real releases are all there."""
    return bool(OFFICIAL) and all(release.path(Path(OFFICIAL)).is_file() for release in load_releases(DATA))


def make_cache() -> Path:
    """Make the project's own cache of the releases if there is none; all its results of models are kept there."""
    if not all_there():
        return cache.ready(DATA)
    read = read_real().read  # before the reader is replaced, which this rests on
    with mock.patch.object(assemble, "read_everything", return_value=read):
        return cache.ready(DATA)


def _read(folder: Path) -> Real:
    with tempfile.TemporaryDirectory() as scratch, mock.patch.dict(os.environ, {"ANALYSIS_OFFICIAL": str(folder)}):
        data = Path(shutil.copytree(DATA, f"{scratch}/data", ignore=shutil.ignore_patterns(".cache", "official")))
        read = assemble.read_everything(data)
        with mock.patch.object(extract, "read_everything", return_value=read):
            return Real(folder, read[0].parts, read, extract.extract(data))


def official_folder() -> Path:
    """Return the folder of the real releases; skip the test where one is missing."""
    if not OFFICIAL:
        pytest.skip("set ANALYSIS_OFFICIAL to the folder with the official releases")
    missing = [release.file for release in load_releases(DATA) if not release.path(Path(OFFICIAL)).is_file()]
    if missing:
        pytest.skip(f"the folder in ANALYSIS_OFFICIAL lacks {missing[0]}")
    return Path(OFFICIAL)
