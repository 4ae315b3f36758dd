"""Children in low-income families by ward, of the release that names both a ward and its authority in each row."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.official import dwp
from analysis.official.cells import parse
from analysis.official.districts import load_districts
from analysis.official.places import Places
from analysis.official.releases import Release, ReleaseError, in_order, load_releases, official_dir
from analysis.official.tables import require
from analysis.reading import read_table
from analysis.schemas.derived import WARDS

LAYOUT = "dwp_low_income_wards"
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
        return pd.DataFrame(columns=list(WARDS.columns))
    areas = read_table(data / "areas.csv").set_index("area")
    return pd.concat([_read(r, folder, Places(areas), load_districts(data)) for r in found], ignore_index=True)


def _read(release: Release, folder: Path, places: Places, districts: dict[str, str]) -> pd.DataFrame:
    path = release.path(folder)
    header, body = dwp.table(path)
    first, second = dwp.codes(path, header)
    require(path, ["Ward"], {cell.split(" [")[0] for cell in header})
    numbers, shares = (dict(map(reversed, dwp.years(path, header, name))) for name in (NUMBER, SHARE))
    rows = []
    for line in (line for line in body if len(line) >= len(header)):
        try:
            area = districts.get(line[first]) or places.code(line[first])
            cells = [(year, *parse(line[numbers[year]]), *parse(line[shares[year]])) for year in numbers]
        except (LookupError, ValueError) as error:
            raise ReleaseError(f"{path.name}: {error}") from None
        about = (line[second], line[second - 1].strip(), line[first - 1].strip())
        rows += [(area, *about, f"{int(year) - 1}{year[2:]}", *cell) for year, *cell in cells if area]
    return pd.DataFrame(rows, columns=list(WARDS.columns)[:-1]).assign(source=release.source)
