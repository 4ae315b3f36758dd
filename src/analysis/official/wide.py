"""Two wide layouts without the standard columns: the department's tables before 2015, and the panel of spending."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.data.figure import ENGLAND
from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, check_periods, one_measure, read_text, refuse, refuse_where

NATIONAL = ("cpih", "sppi")
"""Columns of the panel that are not of an authority: they hold the same number in every row of a year."""
_LEVELS = ("National", "LA", "Region", "Regional")
_KEY = ["new_la_code", "time_period"]


def read_sfr(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read a statistical first release: one row an area, one year; see `ees.read`.

    The row of England is known by its level: its code is blank in some releases and an authority's in others.
    """
    columns = ["geog_l", "new_la_code", *(column for measure in wanted for column in measure.columns)]
    table = read_text(release, folder, columns)
    refuse_where(release, table, ~table["geog_l"].isin(_LEVELS), "geog_l", f"one of {', '.join(_LEVELS)}")
    table = table[table["geog_l"].isin(["National", "LA"])]
    place = table["new_la_code"].mask(table["geog_l"] == "National", ENGLAND)
    refuse_where(release, table, place.str.strip() == "", "new_la_code", "an area's code")
    table = table.assign(level=table["geog_l"], place=place, period=release.time_period)
    return pd.concat([one_measure(release, table, measure) for measure in wanted], ignore_index=True)[ROWS]


def read_panel(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read the panel of authorities and years; see `ees.read`. Its year is the one in which the financial year ends."""
    table = panel(release, folder, [column for measure in wanted for column in measure.columns])
    table = table.drop_duplicates(_KEY).assign(level="LA", place=table["new_la_code"], period=table["time_period"])
    parts = [one_measure(release, _national(release, table, measure), measure) for measure in wanted]
    return pd.concat(parts, ignore_index=True)[ROWS]


def panel(release: Release, folder: Path, columns: Iterable[str]) -> pd.DataFrame:
    """Read columns of the panel as text, with the code and year of each row; repeated rows as they stand.

    The panel has some authorities' years twice, with other regions: they must agree in what is read.

    Raises:
        ReleaseError: if the file is not as the register says, a column is missing, or repeated rows differ.
    """
    table = read_text(release, folder, [*_KEY, *columns])
    check_periods(release, table, "time_period")
    refuse_where(release, table, table["new_la_code"].str.strip() == "", "new_la_code", "an area's code")
    read = [name for name in table if name != "at"]
    differs = table.duplicated(_KEY) & ~table.duplicated(read)
    if differs.any():
        row = table.loc[differs.idxmax()]
        refuse(release, row["at"], f"another row of {', '.join(row[_KEY])}, whose numbers differ; expected the same")
    return table


def numbers(release: Release, table: pd.DataFrame, columns: Iterable[str]) -> pd.DataFrame:
    """Turn columns of the panel into numbers, NA into NaN.

    Raises:
        ReleaseError: if a cell is neither; the message names the first.
    """
    made = {}
    for name in columns:
        texts = table[name]
        refuse_where(release, table, ~texts.str.fullmatch(r"NA|-?[0-9]+(\.[0-9]+)?"), name, "a number in digits, or NA")
        made[name] = pd.to_numeric(texts.replace("NA", None))
    return table.assign(**made)


def _national(release: Release, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return one row a year as England's for a measure of the whole country, else the table as it is.

    Raises:
        ReleaseError: if the measure differs within a year.
    """
    if measure.measure not in NATIONAL:
        return table
    years = table.drop_duplicates(["period", measure.measure])
    twice = years["period"].duplicated()
    if twice.any():
        row = years.loc[twice.idxmax()]
        words = f"{measure.measure} differs between authorities in {row['period']}; expected one number"
        refuse(release, row["at"], words)
    return years.assign(place=ENGLAND)
