"""What the readers share: reading a text table or a workbook, and refusing one that is not what the register says.

A publisher's file may come damaged, or changed by a program it went through: cut off, rows lost or doubled, cells
shifted, years turned into fractions. Such a file is refused with the place; it never gives other figures.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from numbers import Real
from pathlib import Path
from typing import NoReturn

import pandas as pd

from analysis.official.cells import parse
from analysis.official.measures import Measure
from analysis.official.places import Places
from analysis.official.releases import Release, ReleaseError

OR = "|"
"""Between the values of a column that a measure takes together, in `measures.csv`."""

ROWS = ["indicator", "place", "period", "text", "per", "base", "at"]
"""Columns every reader returns: place and period as the release writes them, cells as text ("" where not asked for),
and where in the file the row stands ("line 45"), for messages."""

_PERIOD = re.compile(r"([0-9]{4})([0-9]{2})?")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def records(
    release: Release, folder: Path, encodings: Iterable[str] = ("utf-8-sig", "cp1252")
) -> Iterator[tuple[int, list[str]]]:
    """Read the records of a CSV, each with the line on which it begins; all have as many fields as the first.

    Args:
        release: which file.
        folder: where the releases lie.
        encodings: what it may be in; UTF-8, or Windows-1252 as older releases have it.

    Raises:
        ReleaseError: if it is no CSV, or a record has more or fewer fields than the first.
    """
    reader = csv.reader(io.StringIO(_text(release, folder, encodings), newline=""), strict=True)
    line, width = 1, 0
    while True:
        try:
            record = next(reader, None)
        except csv.Error:
            refuse(release, f"line {line}", "not a CSV: the quotation marks of a cell that begins here do not match")
        if record is None:
            return
        width = width if line > 1 else len(record)
        if len(record) != width:
            refuse(release, f"line {line}", f"{len(record)} fields; expected {width}, as its first line has")
        yield line, record
        line = reader.line_num + 1


def _text(release: Release, folder: Path, encodings: Iterable[str]) -> str:
    """Return the text of a file that ends with a whole line."""
    content = release.path(folder).read_bytes()
    if content.startswith(_UTF_16):
        refuse(release, "", "UTF-16 text; expected UTF-8 (in Excel: save it as CSV UTF-8)")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        refuse(release, "", "not UTF-8 text, or Windows-1252 where an older release has it")
    if "\0" in text:
        refuse(release, f"line {text[: text.index(chr(0))].count(chr(10)) + 1}", "a NUL character; expected text")
    for run in () if text.isascii() else re.finditer(r"[^\x00-\x7f]+", text):
        if _read_twice(run[0]):
            line = text.count("\n", 0, run.start()) + 1
            refuse(release, f"line {line}", f"{run[0]!r} is UTF-8 read as Windows-1252; expected the file as published")
    if not text.endswith(("\n", "\r")):
        line = text.count("\n") + 1
        refuse(release, f"line {line}", "no line end after it: the file is cut off" if text else "the file is empty")
    return text


def _read_twice(characters: str) -> bool:
    """Say whether characters are what UTF-8 looks like as Windows-1252: "Ã´" for "ô"."""
    try:
        characters.encode("cp1252").decode("utf-8")
    except UnicodeError:
        return False
    return True


def read_text(release: Release, folder: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read columns of a CSV with one header row, every cell as text, and where each row stands as `at`.

    Raises:
        ReleaseError: if it is no CSV, a column is missing, a row stands twice, or there are not as many rows as the
            register says.
    """
    found = records(release, folder)
    _, header = next(found)
    names = list(dict.fromkeys(columns))
    require(release, names, header)
    if not all(name.strip() for name in header) or len(set(header)) < len(header):
        refuse(release, "line 1", "a column has no name, or the name of another; expected a name for each")
    places = [header.index(name) for name in names]
    seen: dict[tuple[str, ...], int] = {}
    body = []
    for line, record in found:
        before = seen.setdefault(tuple(record), line)
        if before != line:
            refuse(release, f"line {line}", f"the same row as line {before}; expected each once")
        body.append((f"line {line}", record[-1], *(record[place] for place in places)))
    whole(release, len(body))
    table = pd.DataFrame(body, columns=["at", "last field", *names], dtype=str)
    check_filled(release, table["last field"].str.strip() == "", table["at"], "last field")
    return table.drop(columns="last field")


def whole(release: Release, rows: int, where: str = "") -> None:
    """Refuse a file that has not as many rows as the register says.

    Raises:
        ReleaseError: if it has more or fewer, or the register does not say.
    """
    if rows != release.rows:
        expected = "no number of them" if release.rows is None else f"{release.rows:,}"
        refuse(
            release,
            where,
            f"{rows:,} rows; releases.csv has {expected} for it: rows are missing or stand twice, or it is a new issue "
            "whose number of rows belongs there",
        )


def check_filled(release: Release, blank: pd.Series, at: Iterable[str], column: str) -> None:
    """Refuse a column that is filled in some rows only, as when a cell was taken out of a row and the rest moved up.

    Args:
        blank: a truth value a row.
        at: where each row stands.
        column: what the message calls it.

    Raises:
        ReleaseError: if the column is neither filled in every row nor in none.
    """
    odd = blank if blank.mean() <= 1 / 2 else ~blank
    if odd.any():
        where = next(place for place, strange in zip(at, odd, strict=True) if strange)
        found = "a blank" if odd is blank else "a value"
        refuse(release, f"{where}, {column}", f"found {found}, unlike other rows; expected no cell to have moved")


def refuse(release: Release, where: str, words: str) -> NoReturn:
    """Refuse a release with one line: file, place in it, what is wrong.

    Raises:
        ReleaseError: always.
    """
    raise ReleaseError(f"{release.file}{', ' if where else ''}{where}: {words}")


def refuse_where(release: Release, table: pd.DataFrame, bad: pd.Series, column: str, expected: str) -> None:
    """Refuse a release whose table has a bad cell in a column; the message names the first.

    Args:
        table: with the column and `at`.
        bad: a truth value a row.
        expected: what should stand there.

    Raises:
        ReleaseError: if any row is bad.
    """
    if bad.any():
        row = table.loc[bad.idxmax()]
        refuse(release, f"{row['at']}, column {column}", f"found {shown(row[column])}; expected {expected}")


def check_periods(release: Release, table: pd.DataFrame, column: str) -> None:
    """Refuse a release with a period that is not of the kind and between the years that the register says.

    Args:
        table: with a column of periods and `at`.
        column: its name.

    Raises:
        ReleaseError: if a period is not four digits, or six of two years in a row, as the register has them.
    """
    if not release.time_period:
        refuse(release, "", "releases.csv has no time_period for it; expected its period, or the first and the last")
    good = {text for text in table[column].unique() if is_period(text) and len(text) == len(release.first)}
    good = {text for text in good if release.first <= text <= release.last}
    kind = "6 digits of two years in a row" if len(release.first) == 6 else "4 digits"
    expected = f"{kind}, within {release.first} to {release.last} as releases.csv has it"
    refuse_where(release, table, ~table[column].isin(good), column, expected)


def areas_of(release: Release, table: pd.DataFrame, column: str, places: Places) -> dict[str, str]:
    """Return the area of each place that a column names, "" for one that is known to be elsewhere.

    Args:
        table: with the column and `at`.
        column: its name.
        places: what releases call the areas.

    Raises:
        ReleaseError: if a place is not in `areas.csv`; the message names the first.
    """
    found = {}
    for place, at in table.drop_duplicates(column)[[column, "at"]].itertuples(index=False, name=None):
        try:
            found[place] = places.code(place)
        except LookupError as error:
            refuse(release, at, error.args[0])
    return found


def is_period(text: str) -> bool:
    """Say whether a text is a year, or two years in a row: "2025" or "202425"."""
    found = _PERIOD.fullmatch(text)
    return found is not None and (not found[2] or int(found[2]) == (int(found[1]) + 1) % 100)


def read_workbook(release: Release, folder: Path) -> dict[str, pd.DataFrame]:
    """Read every sheet of an Excel workbook, cells as they are and without header; empty sheets are left out.

    Raises:
        ReleaseError: if it is no workbook.
    """
    try:
        book = pd.read_excel(release.path(folder), sheet_name=None, header=None, engine="calamine")
    except Exception:  # calamine raises its own types for a broken file
        refuse(release, "", "not an Excel workbook that can be read; expected the file as published")
    return {name: sheet for name, sheet in book.items() if not sheet.empty}


def number_in(release: Release, value: object, where: str) -> float | str:
    """Return a workbook's cell if it is a number or a mark; a number that is held as text is refused.

    Raises:
        ReleaseError: for a date, a truth value, a blank, or text with digits.
    """
    mark = isinstance(value, str) and not any(map(str.isdigit, value)) and value.strip()
    if mark or (isinstance(value, Real) and not isinstance(value, bool) and not pd.isna(value)):
        return value
    return refuse(release, where, f"found {shown(value)}; expected a number, held as one")


def shown(cell: object) -> str:
    """Return a cell as a message has it: "'2024.0'", or "a blank"."""
    return repr(str(cell)) if not pd.isna(cell) and str(cell).strip() else "a blank"


def require(release: Release, wanted: Iterable[str], found: Iterable[str], what: str = "column") -> None:
    """Refuse a file that lacks something its layout has, or has it twice; name what.

    Raises:
        ReleaseError: if anything wanted is not found once.
    """
    have = Counter(list(found))
    missing = list(dict.fromkeys(name for name in wanted if not have[name]))
    if missing:
        refuse(
            release,
            "",
            f"{what} {', '.join(map(repr, missing))} is not in its layout; "
            "expected the release that data/releases.csv names",
        )
    twice = [name for name in wanted if have[name] > 1]
    if twice:
        refuse(release, "", f"{what} {', '.join(map(repr, twice))} stands twice; expected it once")


def one_measure(release: Release, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the rows of one measure from a table with `level`, `place`, `period`, `at` and the measure's columns.

    Where a `where` names several values of a column, the rows of an area and period are added up.

    Raises:
        ReleaseError: if no row fits the measure's `where`, two rows do, none does for an area in a period that has
            others, or a cell is blank that is England's, or where others of its level are not.
    """
    rows, several = table, False
    for column, value in measure.where:
        wanted = value.split(OR)
        rows, several = rows[rows[column].isin(wanted)], several or len(wanted) > 1
    if rows.empty:
        refuse(release, "", f"no row with {measure.words}; expected one an area and period")
    _once(release, table, rows, measure, several)
    for column in measure.columns:
        blank = rows[column].str.strip() == ""
        filled = (~blank).groupby(rows["level"]).transform("any") | (rows["level"] == "National") | blank.all()
        refuse_where(release, rows, blank & filled, column, "a number or a symbol")
    found = pd.DataFrame(
        {
            "indicator": measure.indicator,
            "place": rows["place"],
            "period": rows["period"],
            "text": rows[measure.measure],
            "per": rows[measure.per] if measure.per else "",
            "base": rows[measure.base] if measure.base else "",
            "at": rows["at"],
        }
    )
    if not several:
        return found
    together = found.groupby(["indicator", "place", "period", "per", "base"], as_index=False, sort=False)
    return together.agg(text=("text", _added_up), at=("at", "first"))[ROWS]


def _once(release: Release, table: pd.DataFrame, rows: pd.DataFrame, measure: Measure, several: bool) -> None:
    """Refuse rows of a measure that are not one an area and period, a value of several that are added up."""
    twice = rows.duplicated(["place", "period", *(column for column, _ in measure.where)])
    if twice.any():
        row = rows.loc[twice.idxmax()]
        refuse(release, row["at"], f"a second row of {row['place']}, {row['period']} with {measure.words}")
    if measure.where and not several:
        every = table.loc[table["period"].isin(rows["period"].unique()), ["place", "period", "at"]]
        have = pd.MultiIndex.from_frame(rows[["place", "period"]])
        lacking = every[~pd.MultiIndex.from_frame(every[["place", "period"]]).isin(have)]
        if len(lacking):
            row = lacking.iloc[0]
            refuse(
                release,
                row["at"],
                f"no row of {row['place']}, {row['period']} with {measure.words}, which others have",
            )


def _added_up(cells: pd.Series) -> str:
    """Return the sum of cells as text; the text of the first that is a symbol or no number, as nothing comes of it."""
    values = []
    for text in cells:
        try:
            value, symbol = parse(text)
        except ValueError:
            return text  # refused where cells are read
        if symbol:
            return text
        values.append(value)
    return f"{sum(values):.15g}" if len(values) else ""
