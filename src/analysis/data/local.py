"""An analyst's own figures: CSV files in `data/local/`, in the layout that `columns.csv` has under `local`.

Nothing outside that folder is read. Git keeps only the template, so that what is not published stays where it is.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.data.columns import LOCAL, BadTable, tables
from analysis.data.tables import read_table
from analysis.files import did_you_mean

TEMPLATE = "template.csv"
_LAYOUT = f"{LOCAL}.csv"
_MARK = b"\xef\xbb\xbf"
"""What Excel writes before UTF-8."""


def local(folder: Path, file: str) -> pd.DataFrame:
    """Read figures of one's own from a CSV in the data folder's `local/`, such as "referrals.csv".

    Returns a row a figure, with the columns of `local` in `columns.csv` and `name`, that of the area; what the file
    leaves out is blank. BadTable says in one line what is not there, or not as described.
    """
    path = place(folder, file)
    if not os.path.isfile(path):  # False too for a name that is too long
        near = did_you_mean(file, sorted(found.name for found in path.parent.glob("*.csv")))
        raise BadTable(f"{file!r}: no such file in data/{LOCAL}/{near}; expected a CSV in the layout of {TEMPLATE}")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise BadTable(f"{file!r}: cannot be read: {error.strerror or error}") from None
    from analysis.data.checking import checked  # loads pandera

    try:
        table = checked(path, content.removeprefix(_MARK), _LAYOUT, folder)
    except BadTable as error:
        first, *more = str(error).splitlines()
        hint = " (in Excel: save it as CSV UTF-8)" if "not a UTF-8 CSV" in first else ""
        raise BadTable(f"{first}{hint}{f' (and more: {len(more)} lines)' if more else ''}") from None
    areas = read_table(folder / "areas.csv").set_index("area")["name"]
    _refuse_unknown(path.name, table["area"], areas)
    columns = tables(folder)[_LAYOUT]
    absent = {c.column: np.nan if c.number else "" for c in columns if c.column not in table}
    table = table.assign(name=table["area"].map(areas), **absent)
    return table[[name for c in columns for name in (c.column, *(["name"] if c.column == "area" else []))]]


def about(folder: Path, file: str) -> dict[str, str]:
    """Return what a page says of a file: `file`, `owner` ("; " between several), `sha256`, `rows` and `periods`."""
    table = local(folder, file)
    periods = sorted(table["time_period"])
    return {
        "file": f"data/{LOCAL}/{file}",
        "owner": "; ".join(dict.fromkeys(table["owner"])),
        "sha256": hashlib.sha256(place(folder, file).read_bytes()).hexdigest(),
        "rows": f"{len(table):,}",
        "periods": periods[0] if periods[0] == periods[-1] else f"{periods[0]} to {periods[-1]}",
    }


def place(folder: Path, file: str) -> Path:
    """Return where a file is: in `data/local/`, links followed; BadTable if it is no CSV, or would lie elsewhere."""
    home, name = (folder / LOCAL).resolve(), str(file)
    try:
        path = (home / name).resolve()
    except (OSError, ValueError, RuntimeError):  # a loop of links, a NUL character
        path = home
    if not name.lower().endswith(".csv"):
        raise BadTable(f"{name!r}: expected the name of a CSV in data/{LOCAL}/, such as {TEMPLATE!r}")
    if home not in path.parents:
        raise BadTable(f"{name!r}: expected a file in data/{LOCAL}/, not elsewhere")
    return path


def _refuse_unknown(name: str, cells: pd.Series, areas: pd.Series) -> None:
    """Refuse an area that `areas.csv` does not have; say the code of one that is given by its name."""
    for row, cell in cells[~cells.isin(areas.index)].items():
        codes = areas.index[areas.str.casefold() == cell.strip().casefold()]
        hint = f"; its code is {codes[0]!r}" if len(codes) else did_you_mean(cell, areas.index)
        raise BadTable(f"{name}, line {row + 2}, column area: {cell!r} is not in areas.csv{hint}")
