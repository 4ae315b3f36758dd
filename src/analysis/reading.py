"""Reading a table of `data/`: it is as described there, or refused."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd

from analysis import checked_tables
from analysis.csv_files import BadTable as BadTable  # who reads a table takes it from here
from analysis.csv_files import read_texts, with_numbers

_known: dict[str, tuple[str, pd.DataFrame]] = {}
"""The last table of each name, with its content's SHA-256."""


def read_table(path: Path, afresh: bool = False) -> pd.DataFrame:
    """Read one CSV of `data/`, checked.

    Args:
        path: one of the tables that `columns.csv` beside it describes: a UTF-8 CSV with one header row.
        afresh: check it even if it was found in order before.

    Returns:
        The table, one row a line, text columns as text (blank is ""), numbers as float (blank is NaN).

    Raises:
        BadTable: if the file is missing, is no CSV, or a row is not as described; the message names
            file, line, column, the value found and what was expected, for up to five rows.
        KeyError: for a file that is none of these tables.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise BadTable(
            f"{path.name}: no such file in {path.parent.name}/; expected a table with the columns of data/README.md"
        ) from None
    digest = hashlib.sha256(content).hexdigest()
    if afresh or _known.get(path.name, ("", None))[0] != digest:
        _known[path.name] = digest, _table(path, content, digest, afresh)
    return _known[path.name][1].copy()


def _table(path: Path, content: bytes, digest: str, afresh: bool) -> pd.DataFrame:
    """Return a table that was found in order before, or check it now."""
    numbers = None if afresh else checked_tables.columns_of_numbers(path, digest)
    if numbers is not None:
        return with_numbers(path, read_texts(path, content), numbers)
    from analysis.schemas.checking import checked  # loads pandera

    table, numbers = checked(path, content)
    checked_tables.note(path, digest, numbers)
    return table
