"""Tables of `data/`: each is as `columns.csv` describes it, or refused with its bad rows named; nothing is repaired."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from analysis.data.columns import RANGES, SEVERAL, TYPES, BadTable, Column, key_of, read_texts, tables
from analysis.data.figure import MODELLED
from analysis.files import did_you_mean

FIGURE_FILES = ("figures.csv", "figures_official.csv")
"""Figures transcribed from documents and research, and figures taken from official releases: one layout."""
WITHOUT_VALUE = ("c", "x", "z", "low", "u")
"""Symbols that may stand without a value."""
Lists = Mapping[str, pd.Series | pd.Index]
"""What there is, by the table and column that others refer to, such as "areas.area"."""
_SHOWN = 5
_known: dict[str, tuple[str, pd.DataFrame]] = {}
"""The last table of each name, with the SHA-256 of its content and of what describes it."""


def read_table(path: Path) -> pd.DataFrame:
    """Return one CSV of `data/`, checked.

    A row a line, text columns as text (blank is ""), numbers as float (blank is NaN). Raises BadTable if the file is
    missing or is not as described; the message names file, line, column, what was found and what was expected, for up
    to five rows. KeyError for a file that `columns.csv` does not describe.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadTable(
            f"{path.name}: no such file in {path.parent.name}/; expected a table with the columns of data/README.md"
        ) from None
    digest = hashlib.sha256(content + repr(tables(path.parent).get(path.name)).encode()).hexdigest()
    if _known.get(path.name, ("", None))[0] != digest:
        _known[path.name] = digest, checked(path, content)
    return _known[path.name][1].copy()


def checked(path: Path, content: bytes, file: str = "", folder: Path | None = None) -> pd.DataFrame:
    """Return a table of a CSV's content, checked, as `read_table` does and raises.

    It has the layout of a file, its own if "", that `columns.csv` of a data folder describes, the one it is in if None.
    """
    described = tables(folder or path.parent)[file or path.name]
    texts = read_texts(path, content)
    missing = [column.column for column in described if column.blank != "absent" and column.column not in texts]
    extra = sorted(set(texts) - {column.column for column in described})
    if missing or extra:
        raise BadTable(
            f"{path.name}, line 1: columns missing: {missing or 'none'}; columns not expected: {extra or 'none'}"
        )
    if not isinstance(texts.index, pd.RangeIndex):  # pandas made an index of the first of too many fields
        raise BadTable(f"{path.name}, line 2: more fields than the header has; expected {len(described)}")
    if texts.empty:
        raise BadTable(f"{path.name}: no rows under the header; expected one or more (see data/README.md)")
    columns = [column.column for column in described if column.number and column.column in texts]
    numbers = {name: pd.to_numeric(texts[name], errors="coerce").astype(float) for name in columns}
    table = texts.assign(**{name: found.where(found.abs() < float("inf")) for name, found in numbers.items()})
    unread = [(name, (texts[name] != "") & table[name].isna(), "a number or blank") for name in columns]
    found = [fault for fault in unread if fault[1].any()] or faults(table, described, file or path.name)
    lines = [line for fault in found for line in _named(path, table, texts, *fault)]
    if lines:
        more = [f"… and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else []
        raise BadTable("\n".join(lines[:_SHOWN] + more))
    return table


def _named(
    path: Path, table: pd.DataFrame, texts: pd.DataFrame, column: str, bad: pd.Series, expected: str
) -> Iterator[str]:
    """Name each row that has a fault: of a column, or of the whole row."""
    for row, cell in table[column or table.columns[0]][bad].items():
        value = texts.at[row, column] if column and cell != cell else cell
        found = f", column {column}: found {value!r}; " if column else ": "
        yield f"{path.name}, line {row + 2}{found}expected {expected}"


def faults(table: pd.DataFrame, described: list[Column], file: str = "") -> Iterator[tuple[str, pd.Series, str]]:
    """Yield each check of a table: the column ("" for whole rows), which rows fail it, and what was expected."""
    for column in described:
        if column.column in table:
            for bad, expected in _of_column(column, table[column.column]):
                yield column.column, bad, expected
    key = [column.column for column in described if column.unique == "together" and column.column in table]
    if key:
        yield "", table.duplicated(key, keep=False), "no such row twice"
    for good, expected in _of_rows(file, table):
        yield "", ~good, expected


def _of_column(column: Column, cells: pd.Series) -> Iterator[tuple[pd.Series, str]]:
    """Yield which cells of a column are bad, and what was expected."""
    filled, more = cells.notna() & (cells != ""), "" if column.blank == "no" else " or blank"
    if column.unique == "alone":
        yield cells.duplicated(keep=False), "no value twice"
    if column.blank == "no":
        yield (cells.isna(), "a number") if column.number else (cells.str.strip() == "", "not blank")
    if column.type == "whole":
        yield cells % 1 > 0, "a whole number"
    for form, inclusive in zip(RANGES, ("neither", "left", "both", "neither"), strict=True):
        if found := re.fullmatch(form, column.range):
            lower, upper = (*map(float, found.groups()), float("inf"))[:2]
            yield filled & ~cells.between(lower, upper, inclusive), column.range
    if column.choices:
        yield filled & ~cells.isin(column.choices), f"one of {', '.join(column.choices)}{more}"
    for pattern, expected in (TYPES[column.type], (column.pattern, column.expected)):
        if pattern:
            kinds = cells[filled].drop_duplicates()  # most columns have few
            yield cells.isin(kinds[~kinds.str.fullmatch(pattern)]), expected + more
    if (column.table, column.column) == ("indicators", "caution"):
        begun = cells.str.startswith(MODELLED) | ~cells.str.contains("modelled", case=False)
        yield ~begun, f"{MODELLED.strip()!r} at the beginning, or no such word"


def _of_rows(file: str, table: pd.DataFrame) -> Iterator[tuple[pd.Series, str]]:
    """Yield which rows are good by what `columns.csv` cannot say, as it is of more than one column."""
    if file in FIGURE_FILES:
        value, lower, upper = table["value"], table["lower"], table["upper"]
        numbers = table[["value", "lower", "upper"]].notna().any(axis=1)
        said = numbers | table["symbol"].isin(WITHOUT_VALUE)
        yield said, "a value, a bound, or a symbol that says why there is none"
        yield ~((lower > upper) | (value < lower) | (value > upper)), "lower ≤ value ≤ upper"
    if file in ("last_edition.csv", "local.csv"):
        symbol = table.get("symbol", pd.Series("", table.index))
        yield table["value"].notna() | (symbol != ""), "a value, or a symbol that says why not"
    if file == "cross_checks.csv":
        yield (table["disagreeing"] == 0) == (table["reason"] == ""), "a reason where values disagree"
        yield (table["source"] != "") | (table["other_source"] != ""), "one release or two"
    if file == "panel_estimates.csv":
        there = table["value"].notna() & table["standard_error"].notna()
        expected = "a value and its standard error where the fit converged, and only there"
        yield (table["converged"] == "yes") == there, expected


def astray(file: str, table: pd.DataFrame, described: list[Column], lists: Lists) -> Iterator[str]:
    """Yield where a table names, in a column that refers to one of the lists, what that does not have."""
    for column in (column for column in described if column.refers in lists):
        known, cells = lists[column.refers], table[column.column]
        if column.type in SEVERAL:
            cells = cells.str.split("; ").explode()
        for row, value in cells[cells.ne("") & ~cells.isin(known)].items():
            where = f"{file}, line {row + 2}, column {column.column}"
            yield f"{where}: {value!r} is not in {column.refers.partition('.')[0]}.csv{did_you_mean(value, known)}"


def read_referring(path: Path, lists: Lists) -> pd.DataFrame:
    """Read a table; refuse a row that names what the list that its column refers to does not have."""
    table = read_table(path)
    for problem in astray(path.name, table, tables(path.parent)[path.name], lists):
        raise BadTable(problem)
    return table


def join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the figures tables under one another; refuse a figure that two of them have."""
    table = pd.concat(tables, ignore_index=True)
    key = key_of("figures")
    twice = table.duplicated(key)
    if twice.any():
        figure = ", ".join(table.loc[twice.idxmax(), key])
        raise BadTable(f"{' and '.join(FIGURE_FILES)}: both have {figure}; expected it in one of them")
    return table
