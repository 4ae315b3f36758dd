"""The Department for Education's underlying data: one row an area and period, the standard columns first.

The layout of Explore Education Statistics, which the NEET tables and the population estimates share.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.tables import ROWS, one_measure, read_text, require

_STANDARD = ["time_period", "time_identifier", "geographic_level", "country_code", "region_code", "new_la_code"]
_CODE = {"National": "country_code", "Regional": "region_code", "Local authority": "new_la_code"}


def read(path: Path, wanted: list[Measure], _period: str) -> pd.DataFrame:
    """Read measures from a file in this layout.

    Returns:
        A row a measure, area and period, with the columns `tables.ROWS`.

    Raises:
        ReleaseError: if a column is missing, a level is unknown, or nothing fits a measure's `where`.
    """
    filters = {column for measure in wanted for column, _ in measure.where}
    columns = list(dict.fromkeys([*_STANDARD, *sorted(filters), *(c for m in wanted for c in m.columns)]))
    table = read_text(path, columns)
    require(path, columns, table.columns)
    table["place"] = _places(path, table)
    table["period"] = table["time_period"]
    return pd.concat([one_measure(path, table, measure) for measure in wanted], ignore_index=True)[ROWS]


def _places(path: Path, table: pd.DataFrame) -> pd.Series:
    require(path, set(table["geographic_level"]), set(_CODE), "geographic level")
    places = pd.Series("", index=table.index)
    for level, column in _CODE.items():
        places = places.mask(table["geographic_level"] == level, table[column])
    return places
