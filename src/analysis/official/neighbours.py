"""The ten statistical neighbours of each authority, as the Department for Education's workbook lists them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from analysis.official.places import Places
from analysis.official.releases import Release, ReleaseError
from analysis.official.tables import read_workbook, require
from analysis.schemas.releases import NEIGHBOURS

_HEADER = "LA num"


def read(release: Release, folder: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return who is whose neighbour, nearest first, in the layout of `neighbours.csv`.

    Authorities that were abolished stand under a heading of their own at the end of the sheet and are left out:
    their neighbours were chosen from another set of authorities.

    Raises:
        ReleaseError: if the workbook is not in its layout or names an unknown authority.
    """
    path = release.path(folder)
    table = next(iter(read_workbook(path).values()))
    start = table.index[table[0] == _HEADER]
    require(path, [_HEADER], {_HEADER} if len(start) else set(), "header")
    header = table.loc[start[0]].tolist()
    body = table.loc[start[0] + 1 :]
    body = body[body.index < body.index[body[0].isna()].min()] if body[0].isna().any() else body
    places, rows = Places(areas), []
    for line in body.itertuples(index=False):
        for rank in range(1, 11):
            require(path, [f"SN{rank}"], header, "header")
            column = header.index(f"SN{rank}")
            if not pd.isna(line[column]):
                rows.append((_code(path, places, line[0]), rank, _code(path, places, line[column]), line[column + 1]))
    return pd.DataFrame(rows, columns=["area", "rank", "neighbour", "closeness"]).assign(source=release.source)[
        list(NEIGHBOURS.columns)
    ]


def _code(path: Path, places: Places, number: object) -> str:
    try:
        return places.code(str(int(number)))
    except (LookupError, ValueError):
        raise ReleaseError(f"{path.name}: authority {number!r} is not in areas.csv") from None
