"""Districts: which belong to which county, and the sums of a release that has districts but no larger area."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.figure import ENGLAND
from analysis.narrative import listed
from analysis.official.cells import parse
from analysis.official.measures import Measure
from analysis.official.places import Places, authorities
from analysis.reading import read_table

FILE = "districts.csv"
NOTE = "Worked out here, as the release has no row for it: the sum of {} in it"
RATE_NOTE = NOTE + "; the children of each are its number divided by its rounded share"


def load_districts(data: Path) -> dict[str, str]:
    """Return the county of each district by their codes; none where the data folder has no such list.

    Raises:
        BadTable: if the list is not as `data/README.md` describes.
    """
    if not (data / FILE).is_file():
        return {}
    table = read_table(data / FILE)
    return dict(zip(table["district"], table["area"], strict=True))


def boundaries(areas: pd.DataFrame) -> list[int]:
    """Return for each set of authorities that there was, or is to be, the first year of its figures; newest first."""
    return sorted({1, *(int(start) + 1 for start in areas["start"] if start)}, reverse=True)


def parts_of(areas: pd.DataFrame, districts: dict[str, str], year: int | None = None) -> dict[str, list[str]]:
    """Return the districts and single-tier authorities that make up each county, each region and England.

    Args:
        areas: the table of the data folder with its id as index.
        districts: from `load_districts`.
        year: whose authorities are the parts, one of `boundaries`; the newest if None.
    """
    counties: dict[str, list[str]] = {}
    for district, county in districts.items():
        counties.setdefault(county, []).append(district)
    if not set(districts.values()) <= set(areas.index):
        return {}
    now = authorities(areas, year or boundaries(areas)[0])
    parts = dict(counties)
    for code, region in now["region"].items():
        for whole in filter(None, (region, ENGLAND)):
            parts.setdefault(whole, []).extend(counties.get(code, [code]))
    return parts


def with_sums(rows: pd.DataFrame, wanted: list[Measure], parts: dict[str, list[str]], places: Places) -> pd.DataFrame:
    """Add a row for each whole of which a release has every part: the sum of the numbers, and the share it makes.

    Args:
        rows: as a reader returns them, one number and one share that names the number as its `count`.
        wanted: the measures read.
        parts: from `parts_of`. A release has the authorities of its own day, also for earlier years: those of each
            set of boundaries are tried, the newest first, so that authorities to come take no sum away.
        places: what releases call the areas.

    Returns:
        The rows with columns `note` and `mark`, a symbol for a value that has none: a share made here is estimated.
    """
    numbers = {m.indicator for m in wanted if not m.count}
    codes = {place: places.code(place) or place for place in rows["place"].unique()}
    known = rows.assign(code=rows["place"].map(codes), value=[parse(text)[0] for text in rows["text"]])
    made = []
    for share in (m for m in wanted if m.count in numbers):
        for period, part in known.groupby("period", sort=False):
            wide = part.pivot(index="code", columns="indicator", values="value")
            for whole, codes_in in parts.items():
                if whole not in wide.index and set(codes_in) <= set(wide.index):
                    made += _summed(wide.loc[codes_in], share, whole, period)
    rows = rows if "note" in rows else rows.assign(note="", mark="")
    return pd.concat([rows, pd.DataFrame(made)], ignore_index=True)


def _summed(part: pd.DataFrame, share: Measure, whole: str, period: str) -> list[dict[str, str]]:
    """Return the two rows of a whole: not available if any part is."""
    number = part[share.count].sum(skipna=False)
    made = together(part[share.count], part[share.count] / part[share.indicator] * 100)
    percent = math.nan if made.missing else made.ratio * 100
    words = f"the {len(part)} districts" if whole.startswith("E10") else f"the {len(part)} authorities"
    about = {"place": whole, "period": period, "per": "", "base": ""}
    return [
        about
        | {"indicator": name, "text": "x" if math.isnan(value) else f"{value:.{places}f}"}
        | {"note": note.format(words), "mark": mark}
        for name, value, places, note, mark in (
            (share.count, number, 0, NOTE, ""),
            (share.indicator, percent, 1, RATE_NOTE, "e"),
        )
    ]


@dataclass(frozen=True)
class Together:
    """A number of several areas and its divisor, added up over the `areas` that have both; `missing` lack one."""

    number: float
    divisor: float
    areas: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """The number divided by its divisor; NaN where that is 0."""
        return self.number / self.divisor if self.divisor else math.nan

    @property
    def words(self) -> str:
        """How many areas it is of, and which are missing: "151 authorities, without Middlesbrough and Wandsworth"."""
        without = f", without {listed(self.missing)}" if self.missing else ""
        return f"{len(self.areas)} authorities{without}"


def together(numbers: pd.Series, divisors: pd.Series, whole: float | None = None) -> Together:
    """Add up a number and what it is to be divided by over the same areas: those that have both.

    Args:
        numbers, divisors: a value an area, NaN where there is none, with the areas' names as the one index of both.
        whole: the divisor of all areas together, where it is published. Then an area needs no divisor of its own: those
            without a number are taken off the whole, which is NaN if theirs is not known.
    """
    number, divisor = numbers.to_numpy(float), divisors.to_numpy(float)
    known = ~np.isnan(number) & (~np.isnan(divisor) | (whole is not None))
    over = divisor[known].sum() if whole is None else whole - divisor[~known].sum()
    return Together(float(number[known].sum()), float(over), tuple(numbers.index[known]), tuple(numbers.index[~known]))
