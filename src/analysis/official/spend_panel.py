"""The research panel of spending and outcomes: a row an authority and year, for models of all authorities."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.official import readers
from analysis.official.geography import Places
from analysis.official.releases import Release, needed, newest, official_dir
from analysis.official.tables import read_as

SOURCE = "webb_panel_2022"
COLUMNS = {
    "new_la_code": "area",
    "la_name": "name",
    "time_period": "year",
    "gspend_noncla_nonsg_pc": "spend",
    "gspend_saf_pc": "safeguarding",
    "gspend_ss5_pc": "sure_start",
    "at_31_cla_rate10000": "looked_after",
    "at31_cpp_rate10000": "plans",
    "at31_cin_ep_rate_10000": "in_need",
    "imd19_idaci": "deprivation",
    "population_0_16": "children",
}
"""Columns of the release → ours; spend in pounds of 2022 per child aged 0 to 16, rates per 10,000 of them."""
_TEXT = ("area", "name")
LEFT_OUT = ("E06000053", "E06000046", "E09000001")
"""Isles of Scilly, Isle of Wight and City of London: the published study leaves them out, and so do we."""


def release_of(data: Path) -> Release:
    """Return the panel's entry in the register; raises ReleaseError unless its file is there and the registered one."""
    return needed(data, newest(data, "source", SOURCE))


def read(data: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return the panel in our names, in order of area and year, with present codes; repeated rows as they stand.

    `areas` is `areas.csv` with its code as index. `region` is its: from 2011 to 2017 the release has "LA" and the
    authority's own code in its place. Raises ReleaseError as `release_of`, or if a column holds no number.
    """
    release = release_of(data)
    table = readers.columns(release, official_dir(data), COLUMNS)
    table = readers.numbers(release, table, [name for name, ours in COLUMNS.items() if ours not in _TEXT])
    codes = read_as(release, table, "new_la_code", Places(areas).code)
    table = table[list(COLUMNS)].rename(columns=COLUMNS)
    table["area"] = table["area"].map(codes)
    table["region"] = table["area"].map(areas["region"])
    table = table[~table["area"].isin(LEFT_OUT)]
    return table.sort_values(["area", "year"], kind="stable").reset_index(drop=True)
