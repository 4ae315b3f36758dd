"""Checking a table of `data/` against its schema, so that each bad row is named.

Nothing is repaired or dropped here: a table is either as described or refused with file, line, column and what was
expected. What `columns.csv` cannot say, as it is of more than one column, stands in `MORE`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from analysis.data.columns import RANGES, TYPES, BadTable, Column, read_texts, tables, with_numbers
from analysis.data.figure import MODELLED

_SHOWN = 5
_EXPECTED = {
    "field_uniqueness": "no value twice",
    "multiple_fields_uniqueness": "no such row twice",
    "not_nullable": "a number",
}
"""What pandera's own checks expect, in words."""
_WITHOUT_VALUE = ("c", "x", "z", "low", "u")
"""Symbols that may stand without a value."""
_BETWEEN = partial(pa.Check.in_range, include_min=False, include_max=False)


def _or_symbol(table: pd.DataFrame) -> pd.Series:
    return table["value"].notna() | (table["symbol"] != "" if "symbol" in table else False)


def _has_content(table: pd.DataFrame) -> pd.Series:
    numbers = table[["value", "lower", "upper"]].notna().any(axis=1)
    return numbers | table["symbol"].isin(_WITHOUT_VALUE)


def _ordered(table: pd.DataFrame) -> pd.Series:
    value, lower, upper = table["value"], table["lower"], table["upper"]
    return ~((lower > upper) | (value < lower) | (value > upper))


def _estimated(table: pd.DataFrame) -> pd.Series:
    return (table["converged"] == "yes") == (table["value"].notna() & table["standard_error"].notna())


_FIGURES = [
    pa.Check(_has_content, error="a value, a bound, or a symbol that says why there is none"),
    pa.Check(_ordered, error="lower ≤ value ≤ upper"),
]
_SYMBOL = [pa.Check(_or_symbol, error="a value, or a symbol that says why not")]
MORE = {
    "figures.csv": _FIGURES,
    "figures_official.csv": _FIGURES,
    "last_edition.csv": _SYMBOL,
    "local.csv": _SYMBOL,
    "cross_checks.csv": [
        pa.Check(lambda t: (t["disagreeing"] == 0) == (t["reason"] == ""), error="a reason where values disagree"),
        pa.Check(lambda t: (t["source"] != "") | (t["other_source"] != ""), error="one release or two"),
    ],
    "panel_estimates.csv": [
        pa.Check(_estimated, error="a value and its standard error where the fit converged, and only there")
    ],
}
"""Checks of whole rows, by file."""
MORE_OF_COLUMNS = {
    ("indicators", "caution"): pa.Check(
        lambda s: s.str.startswith(MODELLED) | ~s.str.contains("modelled", case=False),
        error=f"{MODELLED.strip()!r} at the beginning, or no such word",
    )
}
"""Checks of a column that are no pattern, by table and column."""


def schema(file: str, folder: Path | None = None) -> pa.DataFrameSchema:
    """Return the schema of a table, such as "figures.csv", as `columns.csv` describes it (BadTable if not in order)."""
    described = tables(folder)[file]
    together = [column.column for column in described if column.unique == "together"]
    columns = {column.column: _column(column) for column in described}
    return pa.DataFrameSchema(columns, checks=MORE.get(file), unique=together or None, strict=True)


def _column(column: Column) -> pa.Column:
    blank = column.blank != "no"
    checks = [*(_number_checks(column) if column.number else _text_checks(column, blank))]
    if (column.table, column.column) in MORE_OF_COLUMNS:
        checks.append(MORE_OF_COLUMNS[column.table, column.column])
    about = {"unique": column.unique == "alone", "required": column.blank != "absent"}
    return pa.Column(float if column.number else str, checks, nullable=column.number and blank, **about)


def _text_checks(column: Column, blank: bool) -> Iterator[pa.Check]:
    more = " or blank" if blank else ""
    if not blank:
        yield pa.Check(lambda s: s.str.strip() != "", error="not blank")
    if column.choices:
        allowed = (*column.choices, "") if blank else column.choices
        yield pa.Check.isin(allowed, error=f"one of {', '.join(column.choices)}{more}")
    for pattern, expected in (TYPES[column.type], (column.pattern, column.expected)):
        if pattern:
            yield _matches(f"({pattern})?" if blank else pattern, expected + more)


def _matches(pattern: str, expected: str) -> pa.Check:
    return pa.Check(lambda s: s.str.fullmatch(pattern), error=expected)


def _number_checks(column: Column) -> Iterator[pa.Check]:
    if column.type == "whole":
        yield pa.Check(lambda s: s % 1 == 0, error="a whole number")
    for form, check in zip(RANGES, (pa.Check.gt, pa.Check.ge, pa.Check.in_range, _BETWEEN), strict=True):
        if found := re.fullmatch(form, column.range):
            yield check(*map(float, found.groups()), error=column.range)


def checked(path: Path, content: bytes, file: str = "", folder: Path | None = None) -> pd.DataFrame:
    """Return a table of a CSV's content, checked, as `tables.read_table` does.

    It has the layout of a file, its own if "", that `columns.csv` of a data folder describes, the one it is in if None.
    Raises BadTable if it is no CSV, or a row is not as described; up to five rows are named.
    """
    columns = tables(folder or path.parent)[file or path.name]
    table = read_texts(path, content)
    missing = [column.column for column in columns if column.blank != "absent" and column.column not in table]
    extra = sorted(set(table) - {column.column for column in columns})
    if missing or extra:
        raise BadTable(
            f"{path.name}, line 1: columns missing: {missing or 'none'}; columns not expected: {extra or 'none'}"
        )
    if not isinstance(table.index, pd.RangeIndex):  # pandas made an index of the first of too many fields
        raise BadTable(f"{path.name}, line 2: more fields than the header has; expected {len(columns)}")
    if table.empty:
        raise BadTable(f"{path.name}: no rows under the header; expected one or more (see data/README.md)")
    table = with_numbers(path, table, columns)
    _check(path, table, schema(file or path.name, folder or path.parent))
    return table


def _check(path: Path, table: pd.DataFrame, described: pa.DataFrameSchema) -> None:
    """Run a schema and turn its findings into one line a row."""
    try:
        described.validate(table, lazy=True)
    except pa.errors.SchemaErrors as errors:
        lines: dict[str, None] = {}
        for case in errors.failure_cases.to_dict("records"):
            where = "" if pd.isna(case["index"]) else f", line {int(case['index']) + 2}"
            value = "" if pd.isna(case["failure_case"]) else case["failure_case"]
            found = f", column {case['column']}: found {value!r}; " if case["schema_context"] == "Column" else ": "
            lines[f"{path.name}{where}{found}expected {_EXPECTED.get(case['check'], case['check'])}"] = None
        more = f"\n… and {len(lines) - _SHOWN} more" if len(lines) > _SHOWN else ""
        raise BadTable("\n".join([*lines][:_SHOWN]) + more) from None
