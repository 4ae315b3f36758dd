"""The extract of the Department for Education's local authority interactive tool: one row a measure, area and year."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError
from analysis.official.tables import ROWS, require

_COLUMNS = ["Short Desc", "Years", "LA and Regions", "Values", "LA Number"]
_YEARS = re.compile(r"(\d{4})(?:[-/](\d{2}))?(?: \((?:OT|Rev|Final|prov)\))?", re.IGNORECASE)
_AREA_NUMBERS = (201, 969)
"""The first and last number that is an authority's; those above stand for regions and England, known by name."""


def read(path: Path, wanted: list[Measure], _period: str) -> pd.DataFrame:
    """Read measures from the extract; see `ees.read`.

    "Data item" is not used: it is blank on most rows. "Short Desc" is the key to the dictionary.
    """
    try:
        table = pd.read_parquet(path)
    except (OSError, ValueError) as error:
        raise ReleaseError(f"{path.name}: not a Parquet file ({error})") from None
    require(path, _COLUMNS, table.columns)
    require(path, [m.measure for m in wanted], set(table["Short Desc"]), "measure")
    table = table[table["Short Desc"].isin([m.measure for m in wanted])]
    numbers = table["LA Number"].astype(int)
    table = table.assign(
        place=numbers.astype(str).where(numbers.between(*_AREA_NUMBERS), table["LA and Regions"]),
        period=[_period_of(path, years) for years in table["Years"]],
        text=[_printed(value) for value in table["Values"]],
    )
    parts = [
        table[table["Short Desc"] == m.measure].assign(indicator=m.indicator, per="", base="")[ROWS] for m in wanted
    ]
    return pd.concat(parts, ignore_index=True)


def _period_of(path: Path, years: str) -> str:
    """Return "2025", or "202425" for "2024-25 (OT)" and "2024/25"."""
    found = _YEARS.fullmatch(years.strip())
    if not found:
        raise ReleaseError(f"{path.name}: year {years!r} is neither one year nor two that follow each other")
    first, second = found.groups()
    if second and int(second) != (int(first) + 1) % 100:
        raise ReleaseError(f"{path.name}: {years!r} spans more than two years; expected one year or two in a row")
    return first + (second or "")


def _printed(value: str) -> str:
    """Return a value without the tail that binary fractions leave ("260.60000000000002" → "260.6")."""
    return f"{round(float(value), 10):.15g}" if "." in value else value
