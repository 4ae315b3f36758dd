"""Tables of `data/`: each is as described there, or refused; figures held against the lists they refer to, and joined.

Checking a table takes ten times as long as reading it, and each report is a process of its own: so an empty file marks
those that were found in order, named after all that this follows from: the table's name and content, what describes
it, and the version of what checks it. `analysis check` does without.
"""

from __future__ import annotations

import hashlib
import os
import platform
from contextlib import suppress
from functools import cache
from importlib import metadata
from pathlib import Path

import pandas as pd

from analysis.data import columns, figure
from analysis.data.columns import BadTable, key_of, read_texts, with_numbers
from analysis.files import did_you_mean, put
from analysis.official.releases import places

FIGURE_FILES = ("figures.csv", "figures_official.csv")
"""Figures transcribed from documents and research, and figures taken from official releases: one layout."""
FOLDER = "checked"
"""The name of the folder of marks in the cache of a data folder."""
_known: dict[str, tuple[str, pd.DataFrame]] = {}
"""The last table of each name, with its content's SHA-256."""


def read_table(path: Path, afresh: bool = False) -> pd.DataFrame:
    """Return one CSV of `data/`, checked, `afresh` even if it was found in order before.

    A row a line, text columns as text (blank is ""), numbers as float (blank is NaN). Raises BadTable if the file is
    missing, is no CSV, or a row is not as described; the message names file, line, column, what was found and what was
    expected, for up to five rows. KeyError for a file that `columns.csv` does not describe.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadTable(
            f"{path.name}: no such file in {path.parent.name}/; expected a table with the columns of data/README.md"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if afresh or _known.get(path.name, ("", None))[0] != digest:
        _known[path.name] = digest, _table(path, content, afresh)
    return _known[path.name][1].copy()


def _table(path: Path, content: bytes, afresh: bool) -> pd.DataFrame:
    """Return a table that was found in order before, or check it now."""
    marks = marks_of(path, content)
    if not afresh and any(map(os.path.isfile, marks)):
        return with_numbers(path, read_texts(path, content), columns.tables(path.parent)[path.name])
    from analysis.data.checking import checked  # loads pandera

    table = checked(path, content)
    for mark in marks:
        with suppress(OSError):  # where none can be written, the table is checked each time
            put(mark, b"")
            for older in set(mark.parent.glob(f"{path.stem}-*")) - {mark}:
                older.unlink()
            break
    return table


def marks_of(path: Path, content: bytes) -> list[Path]:
    """Return the files, the first choice first, of which one is there if a table was found in order."""
    described = path.parent / columns.FILE
    parts = [path.name.encode(), _checker().encode(), described.read_bytes() if described.is_file() else b"", content]
    name = hashlib.sha256(b"\0".join(hashlib.sha256(part).digest() for part in parts)).hexdigest()
    return [place / FOLDER / f"{path.stem}-{name}" for place in places(path.parent)]


@cache
def _checker() -> str:
    """Return the digest of what checks tables: the schemas, what they use of this package, and libraries."""
    total = hashlib.sha256()
    for file in (columns.__file__, Path(columns.__file__).with_name("checking.py"), figure.__file__):
        total.update(Path(file).read_bytes() + b"\0")
    versions = [metadata.version(name) for name in ("numpy", "pandas", "pandera")]
    total.update(" ".join([platform.python_version(), *versions]).encode())
    return total.hexdigest()


def read_figures(path: Path, lists: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Read one figures table and check it against the lists it refers to, which stand by column."""
    table = read_table(path)
    refer(path.name, table, lists)
    return table


def join(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Put the figures tables under one another; refuse a figure that two of them have."""
    table = pd.concat(tables, ignore_index=True)
    key = key_of("figures")
    twice = table.duplicated(key)
    if twice.any():
        figure = ", ".join(table.loc[twice.idxmax(), key])
        raise BadTable(f"{' and '.join(FIGURE_FILES)}: both have {figure}; expected it in one of them")
    return table


def refer(name: str, table: pd.DataFrame, lists: dict[str, pd.DataFrame]) -> None:
    """Refuse a row that names an indicator, area or source its list does not have."""
    for column, known in lists.items():
        for row in table.index[~table[column].isin(known.index)]:
            wanted = table.at[row, column]
            raise BadTable(
                f"{name}, line {row + 2}, column {column}: {wanted!r} is not in {column}s.csv"
                f"{did_you_mean(wanted, known.index)}"
            )
