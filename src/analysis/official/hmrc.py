"""HM Revenue and Customs' workbooks of the low-income local measure: two header rows, groups over columns."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd

from analysis.official.measures import Measure
from analysis.official.releases import Release
from analysis.official.tables import ROWS, check_filled, number_in, read_workbook, refuse, require, whole

_FOOTNOTE = re.compile(r"(?<=[A-Za-z])\d$")
_SUPPRESSED = "c"
_ABOUT = 3
"""How many columns say which area it is: present code, former one, name."""
_NOTE = re.compile(r"(\d) .*\bsuppressed\b.*")


def read(release: Release, folder: Path, wanted: list[Measure]) -> pd.DataFrame:
    """Read measures named "sheet | group | column"; see `ees.read`. No cell gives the year: it is the register's."""
    book = {name.strip(): table for name, table in read_workbook(release, folder).items()}
    require(release, [m.measure.partition(" | ")[0] for m in wanted], book, "sheet")
    sheets = {
        name: _sheet(release, name, book[name])
        for name in dict.fromkeys(column.partition(" | ")[0] for m in wanted for column in m.columns)
    }
    return pd.concat([_measure(release, sheets, measure) for measure in wanted], ignore_index=True)[ROWS]


def _sheet(release: Release, name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet with columns "group | column" and `at`, and the area's code as index; only the rows of areas."""
    first = table.index[table[0] == "Local Authority Code"]
    if first.empty or first[0] + 1 not in table.index:
        refuse(release, f"sheet {name}", "no cell 'Local Authority Code'; expected it over the first column")
    groups = table.loc[first[0]].map(_clean, na_action="ignore").ffill()
    below = table.loc[first[0] + 1].map(_clean, na_action="ignore")
    names = [f"{group} | {name}" if isinstance(name, str) else "" for group, name in zip(groups, below, strict=True)]
    areas = table[table[0].astype("string").str.fullmatch(r"[EWSN][0-9]{8}").fillna(False)]
    whole(release, len(areas), f"sheet {name}")
    at = [f"sheet {name}, row {row + 1}" for row in areas.index]
    for column in areas.columns[_ABOUT:]:
        check_filled(release, areas[column].isna(), at, f"column {column + 1}")
    areas = areas.set_index(0)
    if areas.index.duplicated().any():
        code = areas.index[areas.index.duplicated()][0]
        refuse(release, f"sheet {name}", f"two rows of {code}; expected one an area")
    areas.columns = names[1:]
    shares = [name for name in areas.columns if name.startswith("%")]
    areas.loc[_withheld(table, areas), shares] = "-"
    return areas.loc[:, [name for name in areas.columns if name]].assign(at=at)


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


def _measure(release: Release, sheets: dict[str, pd.DataFrame], measure: Measure) -> pd.DataFrame:
    texts = {name: _column(release, sheets, name) for name in measure.columns}
    first = texts[measure.measure]
    return pd.DataFrame(
        {
            "indicator": measure.indicator,
            "place": first.index,
            "period": release.time_period,
            "text": first.to_numpy(),
            "per": "",
            "base": texts[measure.base].reindex(first.index).to_numpy() if measure.base else "",
            "at": sheets[measure.measure.partition(" | ")[0]]["at"].to_numpy(),
        }
    )


def _column(release: Release, sheets: dict[str, pd.DataFrame], name: str) -> pd.Series:
    """Return a column's cells as they are shown: a share as a percentage, a suppressed one as "c"."""
    sheet, _, column = name.partition(" | ")
    require(release, [column], sheets[sheet].columns)
    share = column.startswith("%")

    def shown(at: str, value: object) -> str:
        value = number_in(release, value, f"{at}, column {column}")
        if isinstance(value, str):  # a dash: the workbook's note says that shares are suppressed
            return _SUPPRESSED if share and value.strip() == "-" else value
        return f"{value * 100:.1f}%" if share else f"{value:.0f}"

    rows = sheets[sheet]
    return pd.Series([shown(at, value) for at, value in zip(rows["at"], rows[column], strict=True)], index=rows.index)
