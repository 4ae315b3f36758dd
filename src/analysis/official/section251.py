"""The workbook of the Section 251 outturn of 2013-14: one row an area, amounts in thousands of pounds."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.figure import ENGLAND
from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError
from analysis.official.tables import ROWS, read_workbook, require

_CODE_HEAD = "LA Code"
_NATION = "ENGLAND"


def read(path: Path, wanted: list[Measure], period: str) -> pd.DataFrame:
    """Read measures named "sheet | column", in pounds; see `ees.read`. `period` is the year in which the return ends.

    Rows of regions have no code and are left out.
    """
    book = read_workbook(path)
    parts = []
    for measure in wanted:
        sheet, _, column = measure.measure.partition(" | ")
        require(path, [sheet], book, "sheet")
        areas = _areas(path, book[sheet])
        require(path, [column], areas.columns)
        texts = [_pounds(value) for value in areas[column]]
        rows = {"indicator": measure.indicator, "place": areas["place"], "period": period, "text": texts}
        parts.append(pd.DataFrame(rows | {"per": "", "base": ""}))
    return pd.concat(parts, ignore_index=True)[ROWS]


def _areas(path: Path, sheet: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of England and of authorities, with the sheet's headings and a column `place`."""
    heads = sheet.index[sheet[0] == _CODE_HEAD]
    if heads.empty:
        raise ReleaseError(f"{path.name}: no cell {_CODE_HEAD!r}; expected it over the first column")
    names = [_name(text) for text in sheet.loc[heads[0]]]
    below = sheet.loc[heads[0] + 1 :]
    codes = pd.to_numeric(below[0], errors="coerce")
    place = codes.map("{:.0f}".format).where(codes.notna(), below[1].map({_NATION: ENGLAND}))
    table = below.set_axis(names, axis=1)
    return table.loc[:, [name for name in names if name]].assign(place=place).dropna(subset="place")


def _name(text: object) -> str:
    """Return a heading without its footnotes, "Total (4) (Children's)" → "Total"; "" where there is none."""
    return re.sub(r"\s*\(.*", "", " ".join(text.split())) if isinstance(text, str) else ""


def _pounds(value: object) -> str:
    """Return a cell of thousands in pounds; a mark stays as it is."""
    return value if isinstance(value, str) else f"{value * 1000:.0f}"
