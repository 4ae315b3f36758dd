"""What the readers share: measures, cells, reading a text table or a workbook, and refusing what is out of order.

A file may come damaged, or changed by a program it went through: cut off, rows lost or doubled, cells shifted, years
turned into fractions. It is refused with the place; it never gives other figures.
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from numbers import Real
from pathlib import Path
from typing import Any, NoReturn

import pandas as pd

from analysis.data.areas import last_year
from analysis.data.tables import read_table
from analysis.official.releases import Release, ReleaseError

SYMBOLS = {
    **{symbol: symbol for symbol in ("c", "x", "z", "u", "low")},
    "k": "low",  # the department's looked-after tables write k for a share above zero that rounds to zero
    "": "x",  # the department's NEET tables leave cells blank
    **dict.fromkeys(("NA", ":"), "x"),
    ".": "z",
    **dict.fromkeys(("..", "-"), "x"),
}
"""A release's own mark → ours. Readers whose release gives a mark another meaning say so."""
ROWS = ["indicator", "place", "period", "text", "per", "base", "at"]
"""Columns every reader returns: place and period as the release writes them, cells as text ("" where not asked for),
and where in the file the row stands ("line 45"), for messages."""
LARGER = "larger"
"""In `rounding`: of regions and countries, whose counts some releases round more than those of authorities."""
LARGER_ONES = ("E12", "E13", "E92", "K02")
_OF_OURS = re.compile(r"(\w+) of the (same year|year before)")
PRINTED = re.compile(r"[-+]?(?=\.?[0-9])([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]+|(?<=[0-9])\.)?\s*%?")
"""No exponent: a program that writes 1181088 as 1.18E+06 has lost digits."""
_PERIOD = re.compile(r"([0-9]{4})([0-9]{2})?")


# ---- measures and cells -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Measure:
    """One indicator in one release, a row of `measures.csv`.

    `measure` is the release's own name for it (a column; sheet, group and column with " | " between; a short
    description), `per` what it is divided by, `where` what other columns must hold, `base` that of the number of
    cases a rate is out of, `of` the indicator of ours that gives that number (of a share its cases), and `count` the
    one that counts the cases of the rate, from which it follows. `whole` is the indicator of ours that `count` is
    divided by, and how many years before it is of. `lag` is by how many years the column lies before its file's
    period, and `rounding` its unit, with those of some areas or periods.
    """

    indicator: str
    source: str
    measure: str
    per: str
    where: tuple[tuple[str, str], ...]
    time_identifier: str
    lag: int
    rounding: tuple[tuple[float, str], ...]
    base: str = ""
    count: str = ""
    whole: tuple[str, int] | None = None
    of: str = ""

    @property
    def columns(self) -> list[str]:
        """The release's columns that hold its numbers."""
        return [name for name in (self.measure, self.per, self.base) if name]

    @property
    def words(self) -> str:
        """What to look for in the release: "column A, where age is 5", or "A out of B"."""
        where = "".join(f", {column} {value}" for column, value in self.where)
        return f"{self.measure} out of {self.per}{where}" if self.per else f"{self.measure}{where}"

    def unit(self, area: str, time_period: str) -> float:
        """Return the unit to which the release rounds the measure for an area and period of ours."""
        found = self.rounding[0][0]
        for unit, which in self.rounding[1:]:
            if area.startswith(LARGER_ONES) if which == LARGER else last_year(time_period) <= int(which):
                found = unit
        return found


def load_measures(data: Path) -> list[Measure]:
    """Read `measures.csv`; raises BadTable if it is not as `data/README.md` describes."""
    table = read_table(data / "measures.csv").fillna({"lag": 0})
    ours = table["base"].isin(read_table(data / "indicators.csv")["indicator"])
    table = table.assign(of=table["base"].where(ours, ""), base=table["base"].mask(ours, ""))
    return [measure_of(row) for row in table.to_dict("records")]


def measure_of(row: dict[str, Any]) -> Measure:
    """Return the measure that a row is.

    A rounding "1; 5 to 2017; 10 larger" is 1, but 5 in periods up to 2017 and 10 for regions and countries.
    """
    rounding = [part.partition(" ") for part in row["rounding"].split("; ")]
    cells = {
        "where": tuple(tuple(part.split("=", 1)) for part in row["where"].split("; ") if part),
        "lag": int(row["lag"]),
        "rounding": tuple((float(unit), which.removeprefix("to ")) for unit, _, which in rounding),
    }
    if ours := _OF_OURS.fullmatch(row["per"]):
        cells |= {"per": "", "whole": (ours[1], int(ours[2] == "year before"))}
    return Measure(**row | cells)


def parse(text: str) -> tuple[float, str]:
    """Return a cell's value and symbol; one of the two is NaN or "".

    It may have thousands commas, a percent sign, or its symbol in brackets. Raises ValueError for any other text.
    """
    clean = text.strip()
    if PRINTED.fullmatch(clean) and math.isfinite(value := float(clean.replace(",", "").removesuffix("%"))):
        return value, ""
    mark = clean[1:-1] if re.fullmatch(r"\[.+\]", clean) else clean
    if mark in SYMBOLS:
        return math.nan, SYMBOLS[mark]
    raise ValueError(f"{text!r} is neither a number nor one of the symbols {', '.join(filter(None, SYMBOLS))}")


def is_period(text: str) -> bool:
    """Say whether a text is a year, or two years in a row: "2025" or "202425"."""
    found = _PERIOD.fullmatch(text)
    return found is not None and (not found[2] or int(found[2]) == (int(found[1]) + 1) % 100)


# ---- refusing: each of these raises ReleaseError with file, place in it, what was found and expected ---------------


def refuse(release: Release, where: str, words: str, **fits: int | str) -> NoReturn:
    """Refuse a release with one line: file, place in it, what is wrong; `fits` are the register's cells it has."""
    raise ReleaseError(f"{release.file}{', ' if where else ''}{where}: {words}", **fits)


def refuse_where(
    release: Release, table: pd.DataFrame, bad: pd.Series, column: str | int, expected: str, name: str = "", **fits: str
) -> None:
    """Refuse the first row (a truth value each) with a bad cell in a column, which the message calls `name`."""
    if bad.any():
        row = table.loc[bad.idxmax()]
        words = f"found {shown(row[column])}; expected {expected}"
        refuse(release, f"{row['at']}, column {name or column}", words, **fits)


def shown(cell: object) -> str:
    """Return a cell as a message has it: "'2024.0'", or "a blank"."""
    return repr(str(cell)) if not pd.isna(cell) and str(cell).strip() else "a blank"


def require(release: Release, wanted: Iterable[str], found: Iterable[str], what: str = "column") -> None:
    """Refuse a file that lacks something its layout has, or has it twice; name what."""
    have, wanted = Counter(list(found)), list(dict.fromkeys(wanted))
    if missing := [repr(name) for name in wanted if not have[name]]:
        expected = "expected the release that data/releases.csv names"
        refuse(release, "", f"{what} {', '.join(missing)} is not in its layout; {expected}")
    if twice := [repr(name) for name in wanted if have[name] > 1]:
        refuse(release, "", f"{what} {', '.join(twice)} stands twice; expected it once")


def whole(release: Release, rows: int, where: str = "") -> None:
    """Refuse a file that has not as many rows as the register says."""
    if rows != release.rows:
        expected = "no number of them" if release.rows is None else f"{release.rows:,}"
        why = "rows are missing or stand twice, or it is a new issue whose number of rows belongs there"
        refuse(release, where, f"{rows:,} rows; releases.csv has {expected} for it: {why}", rows=rows)


def check_filled(release: Release, blank: pd.Series, at: pd.Series, column: str) -> None:
    """Refuse a column that is filled in some rows only, as when a cell was taken out and the rest moved up."""
    found, odd = ("a blank", blank) if blank.mean() <= 1 / 2 else ("a value", ~blank)
    if odd.any():
        where = f"{at[odd].iloc[0]}, {column}"
        refuse(release, where, f"found {found}, unlike other rows; expected no cell to have moved")


def check_periods(release: Release, table: pd.DataFrame, column: str) -> None:
    """Refuse a period that is not four digits, or six of two years in a row, as the register has them, within its."""
    if not release.time_period:
        refuse(release, "", "releases.csv has no time_period for it; expected its period, or the first and the last")
    there = set(table[column])
    like = {text for text in there if is_period(text) and len(text) == len(release.first)}
    fits = {"time_period": span(there)} if there and there == like else {}
    good = {text for text in like if release.first <= text <= release.last}
    kind = "6 digits of two years in a row" if len(release.first) == 6 else "4 digits"
    expected = f"{kind}, within {release.first} to {release.last} as releases.csv has it"
    refuse_where(release, table, ~table[column].isin(good), column, expected, **fits)


def span(periods: Iterable[str]) -> str:
    """Return periods as the register has them: "2025", or the first and the last, "2013 to 2025"."""
    return " to ".join(dict.fromkeys((min(periods), max(periods))))


def read_as(
    release: Release,
    table: pd.DataFrame,
    column: str,
    read: Callable[[str], Any],
    where: Callable[[pd.Series], str] = lambda row: row["at"],
) -> dict[str, Any]:
    """Return what is read of each text in a column; refuse one that cannot be, where `where` says its row is.

    Cells are read by `parse`, places by `Places.code`, which gives "" for one known to be elsewhere.
    """
    found = {}
    for row, text in table[column].drop_duplicates().items():
        try:
            found[text] = read(text)
        except (LookupError, ValueError) as error:
            refuse(release, where(table.loc[row]), error.args[0])
    return found


# ---- text and workbooks -------------------------------------------------------------------------------------------


def records(release: Release, folder: Path) -> Iterator[tuple[int, list[str]]]:
    """Read the records of a CSV, each with the line on which it begins; all must have as many fields as the first.

    It is in UTF-8, or Windows-1252 as first releases before 2015 are, and ends with a whole line.
    """
    try:
        text = release.path(folder).read_bytes().decode("cp1252" if release.layout == "sfr_wide" else "utf-8-sig")
    except UnicodeDecodeError:
        refuse(release, "", "not UTF-8 text; expected the file as published")
    if not text.endswith(("\n", "\r")):
        line = f"line {text.count(chr(10)) + 1}"
        refuse(release, line, "no line end after it: the file is cut off" if text else "the file is empty")
    reader, line, width = csv.reader(io.StringIO(text, newline=""), strict=True), 1, None
    try:
        for record in reader:
            width = len(record) if width is None else width
            if len(record) != width:
                refuse(release, f"line {line}", f"{len(record)} fields; expected {width}, as its first line has")
            yield line, record
            line = reader.line_num + 1
    except csv.Error:
        refuse(release, f"line {line}", "not a CSV: the quotation marks of a cell that begins here do not match")


def read_text(release: Release, folder: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read columns of a CSV with one header row, every cell as text, and where each row stands as `at`.

    Refused is a file that is no CSV, lacks a column, has a row twice, or not as many rows as the register says.
    """
    (_, header), *found = records(release, folder)
    names = list(dict.fromkeys(columns))
    require(release, names, header)
    if not all(name.strip() for name in header) or len(set(header)) < len(header):
        refuse(release, "line 1", "a column has no name, or the name of another; expected a name for each")
    table = pd.DataFrame([record for _, record in found], columns=header, dtype=str)
    at = pd.Series([f"line {line}" for line, _ in found], dtype=str)
    for place in at[table.duplicated()]:
        refuse(release, place, "the same row as one before; expected each once")
    whole(release, len(table))
    check_filled(release, table[header[-1]].str.strip() == "", at, "last field")
    return table[names].assign(at=at)


def read_workbook(release: Release, folder: Path) -> dict[str, pd.DataFrame]:
    """Read every sheet of an Excel workbook by its name, cells as they are and without header; not empty sheets."""
    try:
        book = pd.read_excel(release.path(folder), sheet_name=None, header=None, engine="calamine")
    except Exception:  # calamine raises its own types for a broken file
        refuse(release, "", "not an Excel workbook that can be read; expected the file as published")
    return {name.strip(): sheet for name, sheet in book.items() if not sheet.empty}


def code_in(value: object) -> str:
    """Return a workbook's cell with an area's code or number as text: "E06000054", "865"; "" for a blank."""
    if pd.isna(value):
        return ""
    return f"{value:.0f}" if isinstance(value, Real) and value % 1 == 0 else str(value).strip()
