"""The extract of the Department for Education's local authority interactive tool: one row a measure, area and year."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, is_period, refuse, refuse_where, require, whole

_COLUMNS = ["Short Desc", "Years", "LA and Regions", "Values", "LA Number"]
_YEARS = re.compile(r"([0-9]{4})(?:[-/]([0-9]{2}))?(?: \((?:OT|Rev|Final|prov)\))?", re.IGNORECASE)
_FRACTION = re.compile(r"-?[0-9]+(\.[0-9]+([eE]-[0-9]{1,3})?|[eE]-[0-9]{1,3})")
_AREA_NUMBERS = (201, 969)
"""The first and last number that is an authority's; those above stand for regions and England, known by name."""


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures from the extract; see `ees.read`.

    "Data item" is not used: it is blank on most rows. "Short Desc" is the key to the dictionary.
    """
    table = _table(release, folder, wanted)
    numbers = table["LA Number"].astype(int)
    table = table.assign(
        place=numbers.astype(str).where(numbers.between(*_AREA_NUMBERS), table["LA and Regions"]),
        period=table["Years"].map({years: _period_of(years) for years in table["Years"].unique()}),
        text=table["Values"].map({value: _printed(value) for value in table["Values"].unique()}),
    )
    refuse_where(release, table, table["period"] == "", "Years", "one year, or two in a row")
    return pd.concat([_measure(release, table, measure) for measure in wanted], ignore_index=True)[ROWS]


def _table(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Return the rows of the measures, whole, with `at`."""
    try:
        table = pd.read_parquet(release.path(folder))
    except Exception:  # pyarrow raises many types for a broken file
        refuse(release, "", "not a Parquet file that can be read; expected the extract as published")
    require(release, _COLUMNS, table.columns)
    whole(release, len(table))
    for name in _COLUMNS:
        if pd.api.types.is_numeric_dtype(table[name]) != (name == "LA Number"):
            refuse(release, f"column {name}", f"expected {'numbers' if name == 'LA Number' else 'text'}")
    measures = list(dict.fromkeys(m.measure for m in wanted))
    require(release, measures, table["Short Desc"].unique(), "measure")
    ours = table["Short Desc"].isin(measures).to_numpy()
    table = table[ours].assign(at=[f"row {number + 1}" for number in np.flatnonzero(ours)])
    for name in _COLUMNS:
        blank = table[name].isna() | (table[name].astype(str).str.strip() == "")
        refuse_where(release, table, blank, name, "what the layout has there")
    odd = table["Values"].str.contains(r"[,\s]")  # another program's writing, which may have moved the point
    refuse_where(release, table, odd, "Values", "a number without separators or blanks, or a symbol")
    refuse_where(release, table, table["LA Number"] % 1 != 0, "LA Number", "a whole number")
    return table


def _measure(release: Release, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the rows of a measure: every area in every year, the years of one kind and among the register's."""
    rows = table[table["Short Desc"] == measure.measure]
    kinds = rows["period"].str.len()
    expected = f"years of one kind, as {rows['Years'].iloc[0]!r} in another row of {measure.measure}"
    refuse_where(release, rows, kinds != kinds.iloc[0], "Years", expected)
    years = rows["period"].str[:4]
    span = f"a year from {release.first} to {release.last}, as releases.csv has them"
    refuse_where(release, rows, ~years.between(release.first, release.last), "Years", span)
    if len(rows) != rows["place"].nunique() * rows["period"].nunique():
        refuse(release, f"measure {measure.measure}", "a row is missing or stands twice; expected each area each year")
    return rows.assign(indicator=measure.indicator, per="", base="")


def _period_of(years: str) -> str:
    """Return "2025", or "202425" for "2024-25 (OT)" and "2024/25"; "" for what is neither."""
    found = _YEARS.fullmatch(years.strip())
    period = "".join(filter(None, found.groups())) if found else ""
    return period if is_period(period) else ""


def _printed(value: str) -> str:
    """Return a fraction without the tail that binary ones have ("260.60000000000002" → "260.6"); else the text."""
    if not _FRACTION.fullmatch(value):
        return value
    return np.format_float_positional(float(f"{round(float(value), 10):.15g}"), trim="-")
