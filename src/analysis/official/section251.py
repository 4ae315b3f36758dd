"""The workbook of the Section 251 outturn of 2013-14: one row an area, amounts in thousands of pounds."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.data.figure import ENGLAND
from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, check_filled, number_in, read_workbook, refuse, require, whole

_CODE_HEAD = "LA Code"
_NATION = "ENGLAND"
_WIDTH = 2
"""Code and name."""


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures named "sheet | column", in pounds; see `ees.read`. The year in which it ends is the register's.

    Rows of regions have no code and are left out.
    """
    book = read_workbook(release, folder)
    sheets = list(dict.fromkeys(measure.measure.partition(" | ")[0] for measure in wanted))
    require(release, sheets, book, "sheet")
    tables = {sheet: _areas(release, sheet, book[sheet]) for sheet in sheets}
    parts = []
    for measure in wanted:
        sheet, _, column = measure.measure.partition(" | ")
        areas = tables[sheet]
        require(release, [column], areas.columns)
        texts = [
            _pounds(number_in(release, value, f"{at}, column {column}"))
            for at, value in zip(areas["at"], areas[column], strict=True)
        ]
        rows = {"indicator": measure.indicator, "place": areas["place"], "period": release.time_period, "text": texts}
        parts.append(pd.DataFrame(rows | {"per": "", "base": "", "at": areas["at"]}))
    return pd.concat(parts, ignore_index=True)[ROWS]


def _areas(release: Release, name: str, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of England and of authorities, with the sheet's headings and columns `place` and `at`."""
    heads = sheet.index[sheet[0] == _CODE_HEAD]
    if heads.empty or sheet.shape[1] < _WIDTH:
        refuse(release, f"sheet {name}", f"no cell {_CODE_HEAD!r}; expected it over the first column")
    names = [_name(text) for text in sheet.loc[heads[0]]]
    below = sheet.loc[heads[0] + 1 :]
    codes = pd.to_numeric(below[0], errors="coerce")
    place = codes.map("{:.0f}".format).where(codes.notna(), below[1].map({_NATION: ENGLAND}))
    areas = below[place.notna()]
    at = [f"sheet {name}, row {row + 1}" for row in areas.index]
    whole(release, len(areas), f"sheet {name}")
    for column in areas.columns[_WIDTH:]:
        check_filled(release, areas[column].isna(), at, f"column {column + 1}")
    table = areas.set_axis(names, axis=1)
    return table.loc[:, [name for name in names if name]].assign(place=place, at=at)


def _name(text: object) -> str:
    """Return a heading without its footnotes, "Total (4) (Children's)" → "Total"; "" where there is none."""
    return re.sub(r"\s*\(.*", "", " ".join(text.split())) if isinstance(text, str) else ""


def _pounds(value: float | str) -> str:
    """Return a cell of thousands in pounds; a mark stays as it is."""
    return value if isinstance(value, str) else f"{value * 1000:.0f}"
