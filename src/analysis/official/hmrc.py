"""HM Revenue and Customs' workbooks of the low-income local measure: two header rows, groups over columns."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import ReleaseError
from analysis.official.tables import ROWS, read_workbook, require

_FOOTNOTE = re.compile(r"(?<=[A-Za-z])\d$")
_SUPPRESSED = "c"
_NOTE = re.compile(r"(\d) .*\bsuppressed\b.*")


def read(path: Path, wanted: list[Measure], period: str) -> pd.DataFrame:
    """Read measures named "sheet | group | column"; see `ees.read`. `period` is the year, which no cell gives."""
    book = read_workbook(path)
    sheets = {name.strip(): _sheet(path, table) for name, table in book.items() if name.strip() != "Notes"}
    return pd.concat([_measure(path, sheets, measure, period) for measure in wanted], ignore_index=True)[ROWS]


def _sheet(path: Path, table: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet with columns "group | column" and the area's code as index; only the rows of areas."""
    first = table.index[table[0] == "Local Authority Code"]
    if first.empty:
        raise ReleaseError(f"{path.name}: no cell 'Local Authority Code'; expected it over the first column")
    groups = table.loc[first[0]].map(_clean, na_action="ignore").ffill()
    below = table.loc[first[0] + 1].map(_clean, na_action="ignore")
    names = [f"{group} | {name}" if isinstance(name, str) else "" for group, name in zip(groups, below, strict=True)]
    areas = table[table[0].astype("string").str.fullmatch(r"[EWSN]\d{8}").fillna(False)].set_index(0)
    areas.columns = names[1:]
    shares = [name for name in areas.columns if name.startswith("%")]
    areas.loc[_withheld(table, areas), shares] = "-"
    return areas.loc[:, [name for name in areas.columns if name]]


def _withheld(table: pd.DataFrame, areas: pd.DataFrame) -> list[str]:
    """Return the areas whose name carries the number of a note on suppression; some hold a 0 where the share was."""
    notes = [_NOTE.fullmatch(text) for text in table[0].dropna().astype(str)]
    marks = {note[1] for note in notes if note}
    named = areas.iloc[:, :2].map(str).to_numpy()
    return [code for code, row in zip(areas.index, named, strict=True) if any(_marked(name, marks) for name in row)]


def _marked(name: str, marks: set[str]) -> bool:
    """Say whether a name ends in the number of one of the notes; an older code of digits alone is no name."""
    return name[-1:] in marks and name[-2:-1].isalpha()


def _clean(text: object) -> str:
    return _FOOTNOTE.sub("", " ".join(str(text).split()))


def _measure(path: Path, sheets: dict[str, pd.DataFrame], measure: Measure, period: str) -> pd.DataFrame:
    texts = {name: _column(path, sheets, name) for name in measure.columns}
    first = texts[measure.measure]
    return pd.DataFrame(
        {
            "indicator": measure.indicator,
            "place": first.index,
            "period": period,
            "text": first.to_numpy(),
            "per": "",
            "base": texts[measure.base].to_numpy() if measure.base else "",
        }
    )


def _column(path: Path, sheets: dict[str, pd.DataFrame], name: str) -> pd.Series:
    """Return a column's cells as they are shown: a share as a percentage, a suppressed one as "c"."""
    sheet, _, column = name.partition(" | ")
    require(path, [sheet], sheets, "sheet")
    require(path, [column], sheets[sheet].columns)
    share = column.startswith("%")

    def shown(value: object) -> str:
        if isinstance(value, str):  # a dash: the workbook's note says that shares are suppressed
            return _SUPPRESSED if share and value.strip() == "-" else value
        return f"{value * 100:.1f}%" if share else f"{value:.0f}"

    return sheets[sheet][column].map(shown)
