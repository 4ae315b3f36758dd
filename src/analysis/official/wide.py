"""Two wide layouts without the standard columns: the department's tables before 2015, and the panel of spending."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.figure import ENGLAND
from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError
from analysis.official.tables import ROWS, one_measure, read_text, require

NATIONAL = ("cpih", "sppi")
"""Columns of the panel that are not of an authority: they hold the same number in every row of a year."""


def read_sfr(path: Path, wanted: list[Measure], period: str) -> pd.DataFrame:
    """Read a statistical first release: one row an area, one year; see `ees.read`.

    The row of England is known by its level: its code is blank in some releases and an authority's in others.
    """
    columns = ["geog_l", "new_la_code", *(column for measure in wanted for column in measure.columns)]
    table = read_text(path, columns)
    require(path, columns, table.columns)
    require(path, set(table["geog_l"]), {"National", "LA", "Region", "Regional"}, "level")
    table = table[table["geog_l"].isin(["National", "LA"])]
    place = table["new_la_code"].mask(table["geog_l"] == "National", ENGLAND)
    table = table.assign(place=place, period=period)
    return pd.concat([one_measure(path, table, measure) for measure in wanted], ignore_index=True)[ROWS]


def read_panel(path: Path, wanted: list[Measure], _period: str) -> pd.DataFrame:
    """Read the panel of authorities and years; see `ees.read`. Its year is the one in which the financial year ends."""
    columns = ["new_la_code", "time_period", *(column for measure in wanted for column in measure.columns)]
    table = read_text(path, columns)
    require(path, columns, table.columns)
    table = table.assign(place=table["new_la_code"], period=table["time_period"])
    parts = [one_measure(path, _national(path, table, measure), measure) for measure in wanted]
    return pd.concat(parts, ignore_index=True)[ROWS]


def _national(path: Path, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return one row a year as England's for a measure of the whole country, else the table as it is.

    Raises:
        ReleaseError: if the measure differs within a year.
    """
    if measure.measure not in NATIONAL:
        return table
    years = table[["period", measure.measure]].drop_duplicates()
    twice = years["period"].duplicated()
    if twice.any():
        year = years["period"][twice.idxmax()]
        raise ReleaseError(f"{path.name}: {measure.measure} differs between authorities in {year}; expected one number")
    return years.assign(place=ENGLAND)
