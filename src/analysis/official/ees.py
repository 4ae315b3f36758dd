"""The Department for Education's underlying data: one row an area and period, the standard columns first.

The layout of Explore Education Statistics, which the NEET tables and the population estimates share.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, check_periods, one_measure, read_text, refuse, refuse_where

_STANDARD = ["time_period", "time_identifier", "geographic_level", "country_code", "region_code", "new_la_code"]
_CODE = {"National": "country_code", "Regional": "region_code", "Local authority": "new_la_code"}


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures from a file in this layout.

    Returns:
        A row a measure, area and period, with the columns `tables.ROWS`.

    Raises:
        ReleaseError: if the file is not as the register says, a column is missing, a level or a filter is unknown, or
            a measure has not one row an area and period.
    """
    filters = sorted({column for measure in wanted for column, _ in measure.where})
    table = read_text(release, folder, [*_STANDARD, *filters, *(c for m in wanted for c in m.columns)])
    check_periods(release, table, "time_period")
    expected = f"{release.time_identifier!r}, as releases.csv has it"
    other = table["time_identifier"] != release.time_identifier
    refuse_where(release, table, other, "time_identifier", expected)
    table["level"], table["place"] = table["geographic_level"], _places(release, table)
    table["period"] = table["time_period"]
    _check_filters(release, table, filters)
    return pd.concat([one_measure(release, table, measure) for measure in wanted], ignore_index=True)[ROWS]


def _places(release: Release, table: pd.DataFrame) -> pd.Series:
    unknown = ~table["geographic_level"].isin(_CODE)
    refuse_where(release, table, unknown, "geographic_level", f"one of {', '.join(_CODE)}")
    places = pd.Series("", index=table.index)
    for level, column in _CODE.items():
        here = table["geographic_level"] == level
        refuse_where(release, table, here & (table[column].str.strip() == ""), column, "an area's code")
        places = places.mask(here, table[column])
    return places


def _check_filters(release: Release, table: pd.DataFrame, filters: list[str]) -> None:
    """Refuse filters that England does not have in the period: misspelt ones would be passed over without a word."""
    columns = ["period", *filters]
    england = pd.MultiIndex.from_frame(table.loc[table["geographic_level"] == "National", columns])
    other = ~pd.MultiIndex.from_frame(table[columns]).isin(england)
    if filters and other.any():
        row = table.loc[other].iloc[0]
        found = ", ".join(f"{column} {row[column]!r}" for column in filters)
        refuse(release, row["at"], f"found {found}; expected what England has in {row['period']} too")
