"""What the readers share: reading a text table, and refusing one that is not in its layout."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.official.cells import parse
from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError

OR = "|"
"""Between the values of a column that a measure takes together, in `measures.csv`."""

ROWS = ["indicator", "place", "period", "text", "per", "base"]
"""Columns every reader returns: place and period as the release writes them, cells as text ("" where not asked for)."""


def read_text(path: Path, columns: Iterable[str] | None = None) -> pd.DataFrame:
    """Read a CSV with one header row, every cell as text.

    Args:
        path: the file; UTF-8, or Windows-1252 as older releases have it.
        columns: the only ones wanted, where the file has them; None for all.

    Raises:
        ReleaseError: if it is no CSV.
    """
    wanted = None if columns is None else set(columns).__contains__
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding, usecols=wanted)
        except UnicodeDecodeError:
            continue
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise ReleaseError(f"{path.name}: not a CSV with one header row ({error})") from None
    raise ReleaseError(f"{path.name}: neither UTF-8 nor Windows-1252 text")


def read_workbook(path: Path) -> dict[str, pd.DataFrame]:
    """Read every sheet of an Excel workbook, cells as they are and without header.

    Raises:
        ReleaseError: if it is no workbook.
    """
    try:
        return pd.read_excel(path, sheet_name=None, header=None, engine="calamine")
    except Exception as error:  # calamine raises its own types for a broken file
        raise ReleaseError(f"{path.name}: not an Excel workbook ({error})") from None


def require(path: Path, wanted: Iterable[str], found: Iterable[str], what: str = "column") -> None:
    """Refuse a file that lacks something its layout has; name what is missing.

    Raises:
        ReleaseError: if anything wanted is not found.
    """
    have = set(found)
    missing = [name for name in wanted if name not in have]
    if missing:
        raise ReleaseError(
            f"{path.name}: {what} {', '.join(map(repr, missing))} is not in its layout; "
            "expected the release that data/releases.csv names"
        )


def one_measure(path: Path, table: pd.DataFrame, measure: Measure) -> pd.DataFrame:
    """Return the rows of one measure from a table that has `place` and `period` and the measure's columns.

    Where a `where` names several values of a column, the rows of an area and period are added up.

    Raises:
        ReleaseError: if no row fits the measure's `where`.
    """
    rows, several = table, False
    for column, value in measure.where:
        wanted = value.split(OR)
        rows, several = rows[rows[column].isin(wanted)], several or len(wanted) > 1
    if rows.empty:
        raise ReleaseError(f"{path.name}: no row with {measure.words}; expected one an area and period")
    found = pd.DataFrame(
        {
            "indicator": measure.indicator,
            "place": rows["place"],
            "period": rows["period"],
            "text": rows[measure.measure],
            "per": rows[measure.per] if measure.per else "",
            "base": rows[measure.base] if measure.base else "",
        }
    )
    if not several:
        return found
    together = found.groupby(["indicator", "place", "period", "per", "base"], as_index=False, sort=False)
    return together.agg(text=("text", _added_up))[ROWS]


def _added_up(cells: pd.Series) -> str:
    """Return the sum of cells as text; the symbol of the first that has one, as nothing is worked out from it."""
    for text in cells:
        if parse(text)[1]:
            return text
    return f"{sum(parse(text)[0] for text in cells):g}" if len(cells) else ""
