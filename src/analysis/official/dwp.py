"""Children in low-income families, Department for Work and Pensions: lines of text, then the table."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError
from analysis.official.tables import ROWS, require

_YEAR = re.compile(r"(.+) FYE (\d{4})\b.*")


def read(path: Path, wanted: list[Measure], _period: str) -> pd.DataFrame:
    """Read measures such as "Number of children" for every year the table has; see `ees.read`."""
    header, body = table(path)
    code = codes(path, header)[-1]  # the ward's, where each row has an authority's and a ward's
    body = [line for line in body if len(line) > code and line[code].strip()]
    return pd.DataFrame(
        [
            (measure.indicator, line[code], year, line[column], "", "")
            for measure in wanted
            for column, year in years(path, header, measure.measure)
            for line in body
        ],
        columns=ROWS,
    )


def table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the table's header, each cell in one line, and its rows that begin with something.

    Raises:
        ReleaseError: if there is no header.
    """
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    start = next((n for n, line in enumerate(lines) if line and line[0].startswith("Local Authority")), None)
    if start is None:
        raise ReleaseError(f"{path.name}: no row that begins with 'Local Authority'; expected the table's header there")
    header = [" ".join(cell.split()) for cell in lines[start]]
    return header, [line for line in lines[start + 1 :] if line and line[0].strip()]


def codes(path: Path, header: list[str]) -> list[int]:
    """Return the places of the columns that hold an area's code.

    Raises:
        ReleaseError: if there is none.
    """
    require(path, ["Area Code"], header)
    return [number for number, cell in enumerate(header) if cell == "Area Code"]


def years(path: Path, header: list[str], name: str) -> list[tuple[int, str]]:
    """Return the columns of a measure, each with its year ("Number of children FYE 2025" → "2025").

    Raises:
        ReleaseError: if there is none.
    """
    matches = [(number, _YEAR.fullmatch(cell)) for number, cell in enumerate(header)]
    found = [(number, match[2]) for number, match in matches if match and match[1] == name]
    require(path, [name], {name} if found else set())
    return found
