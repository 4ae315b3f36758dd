"""The ten statistical neighbours of each authority, as the Department for Education's workbook lists them."""

from __future__ import annotations

from numbers import Real
from pathlib import Path

import pandas as pd

from analysis.data.columns import columns_of
from analysis.official.places import Places
from analysis.official.releases import Release
from analysis.official.tables import read_workbook, refuse, require, shown, whole

_HEADER = "LA num"


def read(release: Release, folder: Path, areas: pd.DataFrame) -> pd.DataFrame:
    """Return who is whose neighbour, nearest first, in the layout of `neighbours.csv`.

    Authorities that were abolished stand under a heading of their own at the end of the sheet and are left out:
    their neighbours were chosen from another set of authorities.

    Raises:
        ReleaseError: if the workbook is not in its layout or names an unknown authority.
    """
    table = next(iter(read_workbook(release, folder).values()), pd.DataFrame([[None]]))
    start = table.index[table[0] == _HEADER]
    require(release, [_HEADER], [_HEADER] * len(start), "header")
    header = table.loc[start[0]].tolist()
    ranks = [f"SN{rank}" for rank in range(1, 11)]
    require(release, ranks, header, "header")
    body = table.loc[start[0] + 1 :]
    body = body[body.index < body.index[body[0].isna()].min()] if body[0].isna().any() else body
    whole(release, len(body))
    places, rows, seen = Places(areas), [], set()
    for row, line in zip(body.index, body.itertuples(index=False, name=None), strict=True):
        at = f"row {row + 1}"
        around = [line[0], *(line[header.index(rank)] for rank in ranks)]
        codes = [_code(release, at, places, number) for number in around]
        if len(set(codes)) < len(codes) or codes[0] in seen:
            refuse(release, at, f"an authority stands twice: {', '.join(codes)}; expected each and ten neighbours once")
        seen.add(codes[0])
        for rank, code in enumerate(codes[1:], 1):
            near = line[header.index(ranks[rank - 1]) + 1]
            if not isinstance(near, str) or not near.strip():
                refuse(release, at, f"found {shown(near)} beside SN{rank}; expected how close it is, in words")
            rows.append((codes[0], rank, code, near))
    return pd.DataFrame(rows, columns=["area", "rank", "neighbour", "closeness"]).assign(source=release.source)[
        columns_of("neighbours")
    ]


def _code(release: Release, at: str, places: Places, number: object) -> str:
    text = f"{number:.0f}" if isinstance(number, Real) and number % 1 == 0 else str(number)
    try:
        found = places.code(text)
    except LookupError:
        found = ""
    if not found:
        refuse(release, at, f"found {shown(number if pd.isna(number) else text)}; expected an authority of areas.csv")
    return found
