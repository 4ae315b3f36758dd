"""Children in low-income families, Department for Work and Pensions: lines of text, then the table."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, records, refuse, require, shown, whole

_YEAR = re.compile(r"(.+) FYE ([0-9]{4})\b.*")
_NO_CELL = re.compile(r'["\r\n]')
_SHARE = "(%)"
"""What stands in the heading of a column of percentages, whose cells end in a percent sign."""


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures such as "Number of children" for every year the table has; see `ees.read`."""
    header, body = table(release, folder)
    code = codes(release, header)[-1]  # the ward's, where each row has an authority's and a ward's
    return pd.DataFrame(
        [
            (measure.indicator, row[code], year, cell(release, header, column, at, row), "", "", at)
            for measure in wanted
            for year, column in years(release, header, measure.measure).items()
            for at, row in body
        ],
        columns=ROWS,
    )


def table(release: Release, folder: Path) -> tuple[list[str], list[tuple[str, list[str]]]]:
    """Return the table's header, each cell in one line, and its rows that begin with something, with where they stand.

    Raises:
        ReleaseError: if there is no header, a cell is blank, an area stands twice, or there are not as many rows as
            the register says.
    """
    found = records(release, folder, ["utf-8-sig"])
    header = next((row for _, row in found if row and row[0].startswith("Local Authority")), None)
    if header is None:
        refuse(release, "", "no row that begins with 'Local Authority'; expected the table's header there")
    header = [" ".join(cell.split()) for cell in header]
    body = [(f"line {line}", row) for line, row in found if row[0].strip()]
    whole(release, len(body))
    code, seen = codes(release, header)[-1], set()
    for at, row in body:
        for name, text in zip(header, row, strict=True):
            if name and (not text.strip() or _NO_CELL.search(text)):
                refuse(release, f"{at}, column {name}", f"found {shown(text)}; expected a cell with text of one line")
        if row[code] in seen:
            refuse(release, at, f"a second row of {row[code]}; expected one an area")
        seen.add(row[code])
    return header, body


def codes(release: Release, header: list[str]) -> list[int]:
    """Return the places of the columns that hold an area's code.

    Raises:
        ReleaseError: if there is none.
    """
    require(release, ["Area Code"], set(header))
    return [number for number, cell in enumerate(header) if cell == "Area Code"]


def years(release: Release, header: list[str], name: str) -> dict[str, int]:
    """Return the columns of a measure by year ("Number of children FYE 2025" → "2025").

    Raises:
        ReleaseError: if there is none, or not one for each year of the register.
    """
    matches = [(number, _YEAR.fullmatch(cell)) for number, cell in enumerate(header)]
    found = [(match[2], number) for number, match in matches if match and match[1] == name]
    require(release, [name], {name} if found else set())
    expected = [str(year) for year in range(int(release.first), int(release.last) + 1)]
    if [year for year, _ in found] != expected:
        have, wanted = ", ".join(year for year, _ in found), ", ".join(expected)
        refuse(release, f"column {name}", f"found the years {have}; expected {wanted}, as releases.csv has them")
    return dict(found)


def cell(release: Release, header: list[str], column: int, at: str, row: list[str]) -> str:
    """Return a cell: a percentage in a column of them, a number without a percent sign elsewhere, or a mark.

    Raises:
        ReleaseError: for a share without its percent sign, such as 0.263 for 26.3%, or the reverse.
    """
    text = row[column].strip()
    share = _SHARE in header[column]
    if any(map(str.isdigit, text)) and text.endswith("%") != share:
        words = f"found {text!r}; expected a number with{'' if share else 'out'} a percent sign"
        refuse(release, f"{at}, column {header[column]}", words)
    return row[column]
