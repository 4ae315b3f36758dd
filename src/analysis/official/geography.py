"""Areas: which one of ours a release means, which there were in a year, and of which districts a county is made."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.data.areas import existed
from analysis.data.figure import ENGLAND
from analysis.data.tables import read_table

ELSEWHERE = re.compile(r"E07\d{6}|[KNSW]\d{8}")
"""Codes of districts inside counties, the United Kingdom and its other nations: no reports are made for them."""
FILE = "districts.csv"


class Places:
    """The areas of `areas.csv` (its code as index) by what releases call them: present and former codes, names."""

    def __init__(self, areas: pd.DataFrame) -> None:
        self._codes: dict[str, str] = {}
        self._lives = dict(zip(areas.index, zip(areas["start"], areas["end"], strict=True), strict=True))
        for code, row in areas.to_dict("index").items():
            several = [*row["former_codes"].split("; "), *row["other_names"].split("; ")]
            for name in filter(None, (code, row["old_la_code"], row["name"], *several)):
                self._codes.setdefault(name.casefold(), code)

    def code(self, place: str) -> str:
        """Return the area's code; "" for a place known to be elsewhere; raises LookupError for any other."""
        found = self._codes.get(place.casefold())
        if found or ELSEWHERE.fullmatch(place):
            return found or ""
        raise LookupError(f"area {place!r} is not in areas.csv")

    def existed(self, area: str, year: int) -> bool:
        """Say whether an authority can have figures for a year; see `areas.existed`."""
        return existed(*self._lives.get(area, ("", "")), year)


def authorities(areas: pd.DataFrame, year: int) -> pd.DataFrame:
    """Return the rows of `areas.csv` of the authorities that can have figures for a year; see `areas.existed`."""
    there = [existed(start, end, year) for start, end in zip(areas["start"], areas["end"], strict=True)]
    return areas[(areas["level"] == "Local authority") & pd.Series(there, index=areas.index, dtype=bool)]


def load_districts(data: Path) -> dict[str, str]:
    """Return the county of each district by their codes; none where the data folder has no such list."""
    if not (data / FILE).is_file():
        return {}
    return read_table(data / FILE).set_index("district")["area"].to_dict()


def boundaries(areas: pd.DataFrame) -> list[int]:
    """Return for each set of authorities that there was, or is to be, the first year of its figures; newest first."""
    return sorted({1, *(int(start) + 1 for start in areas["start"] if start)}, reverse=True)


def parts_of(areas: pd.DataFrame, districts: dict[str, str], year: int | None = None) -> dict[str, list[str]]:
    """Return the districts and single-tier authorities that make up each county, each region and England.

    They are those of a year, one of `boundaries`; of the newest if None. `areas` has its id as index.
    """
    counties: dict[str, list[str]] = {}
    for district, county in districts.items():
        counties.setdefault(county, []).append(district)
    if not set(counties) <= set(areas.index):
        return {}
    parts = dict(counties)
    for code, region in authorities(areas, year or boundaries(areas)[0])["region"].items():
        for whole in filter(None, (region, ENGLAND)):
            parts.setdefault(whole, []).extend(counties.get(code, [code]))
    return parts
