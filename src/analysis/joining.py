"""The figures tables read, held against the lists they refer to, and joined."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.figure import ENGLAND, UNITED_KINGDOM
from analysis.files import did_you_mean
from analysis.reading import BadTable, read_table
from analysis.schemas import key_of

FIGURE_FILES = ("figures.csv", "figures_official.csv")
"""Figures transcribed from documents and research, and figures taken from official releases: one layout."""


def read_figures(path: Path, lists: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Read one figures table and check it against the lists it refers to, which stand by column."""
    table = read_table(path)
    refer(path.name, table, lists)
    return table


def from_releases(folder: Path, area: str, areas: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the official figures of an area, its predecessors and those it is compared with, and its neighbours.

    Raises:
        ReleaseError: if the full releases are not there or not in order.
    """
    from analysis.official import cache  # reads Parquet: only needed here

    place = cache.ready(folder)
    near = cache.read_neighbours(place, area)
    before = areas.at[area, "predecessors"].split("; ")
    wanted = [area, areas.at[area, "region"], *near["neighbour"], ENGLAND, UNITED_KINGDOM, *before]
    wanted = [code for code in wanted if code]
    tables = [cache.read_areas(place, wanted), cache.read_everywhere(place, wanted)]
    return pd.concat(tables, ignore_index=True), near


def join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the figures tables under one another; refuse a figure that two of them have."""
    table = pd.concat(tables, ignore_index=True)
    key = key_of("figures")
    twice = table.duplicated(key)
    if twice.any():
        figure = ", ".join(table.loc[twice.idxmax(), key])
        raise BadTable(f"{' and '.join(FIGURE_FILES)}: both have {figure}; expected it in one of them")
    return table


def refer(name: str, table: pd.DataFrame, lists: dict[str, pd.DataFrame]) -> None:
    """Refuse a row that names an indicator, area or source its list does not have."""
    for column, known in lists.items():
        for row in table.index[~table[column].isin(known.index)]:
            wanted = table.at[row, column]
            raise BadTable(
                f"{name}, line {row + 2}, column {column}: {wanted!r} is not in {column}s.csv"
                f"{did_you_mean(wanted, known.index)}"
            )
