"""Children in low-income families by ward, of the release that names both a ward and its authority in each row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.data.tables import read_table
from analysis.official import dwp
from analysis.official.cells import parse
from analysis.official.districts import load_districts
from analysis.official.places import Places
from analysis.official.releases import Release, in_order, load_releases, official_dir
from analysis.official.tables import refuse, require

LAYOUT = "dwp_low_income_wards"
_CODES = ("authorities", "wards")
NUMBER, SHARE = "Number of children", "Percentage of children"


def read_all(data: Path) -> pd.DataFrame:
    """Return every ward of every authority in the layout of `wards.csv`; no row where the release is not there.

    Raises:
        ReleaseError: if the release is not in order or in its layout.
        BadTable: if a table of the data folder is not as described.
    """
    folder = official_dir(data)
    found = in_order([r for r in load_releases(data) if r.layout == LAYOUT], folder)
    if not found:
        return pd.DataFrame(columns=columns_of("wards"))
    areas = read_table(data / "areas.csv").set_index("area")
    return pd.concat([_read(r, folder, Places(areas), load_districts(data)) for r in found], ignore_index=True)


def _read(release: Release, folder: Path, places: Places, districts: dict[str, str]) -> pd.DataFrame:
    header, body = dwp.table(release, folder)
    codes = dwp.codes(release, header)
    if len(codes) != len(_CODES):
        refuse(release, "", f"{len(codes)} columns 'Area Code'; expected those of {' and '.join(_CODES)}")
    first, second = codes
    require(release, ["Ward"], {cell.split(" [")[0] for cell in header})
    numbers, shares = (dwp.years(release, header, name) for name in (NUMBER, SHARE))
    rows = []
    for at, line in body:
        area = districts.get(line[first]) or _area(release, at, places, line[first])
        about = (line[second], line[second - 1].strip(), line[first - 1].strip())
        for year in numbers if area else ():
            cells = (_cell(release, header, columns[year], at, line) for columns in (numbers, shares))
            rows.append((area, *about, f"{int(year) - 1}{year[2:]}", *(part for cell in cells for part in cell)))
    return pd.DataFrame(rows, columns=columns_of("wards")[:-1]).assign(source=release.source)


def _area(release: Release, at: str, places: Places, code: str) -> str:
    try:
        return places.code(code)
    except LookupError as error:
        refuse(release, at, error.args[0])


def _cell(release: Release, header: list[str], column: int, at: str, line: list[str]) -> tuple[float, str]:
    try:
        return parse(dwp.cell(release, header, column, at, line))
    except ValueError as error:
        refuse(release, f"{at}, column {header[column]}", str(error))
