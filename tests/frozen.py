"""Freezes the headline values of every authority's reports, so that a change of code can show that none of them moved.

`make freeze` makes the reports of all authorities and writes their values to `frozen_values.csv`.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

from analysis.data.areas import load_areas

ROOT = Path(__file__).resolve().parents[1]
FILE = ROOT / "tests" / "frozen_values.csv"
COLUMNS = ("area", "notebook", "key", "value", "lower", "upper", "period", "symbol")

Row = tuple[str, ...]


def values_of(area: str, folder: Path) -> list[Row]:
    """Return the values of one area's folder of reports, as text in the columns above.

    Args:
        area: its code.
        folder: has the `values.csv` that a run writes.
    """
    with (folder / "values.csv").open(encoding="utf-8-sig", newline="") as stream:
        return [(area, *(row[column] for column in COLUMNS[1:])) for row in csv.DictReader(stream)]


def frozen() -> dict[Row, Row]:
    """Return the frozen rows by area, notebook and key."""
    with FILE.open(encoding="utf-8", newline="") as stream:
        return {tuple(row[:3]): tuple(row) for row in list(csv.reader(stream))[1:]}


def differences(area: str, rows: list[Row]) -> list[str]:
    """Return how the values of one area's reports differ from the frozen ones, a line each.

    Only notebooks that there are rows of are compared, so that some of an area's reports can be held too.
    """
    now = {row[:3]: row for row in rows}
    made = {row[1] for row in rows}
    then = {key: row for key, row in frozen().items() if key[0] == area and key[1] in made}
    return [
        f"{' '.join(key)}: frozen {_shown(then.get(key))}, now {_shown(now.get(key))}"
        for key in sorted(then.keys() | now.keys())
        if then.get(key) != now.get(key)
    ]


def _shown(row: Row | None) -> str:
    return "nothing" if row is None else ", ".join(row[3:])


def freeze(reports: Path) -> None:
    """Write the values of every area that a folder of reports has, in order."""
    folders = {area.slug: area.code for area in load_areas(ROOT / "data" / "areas.csv")}
    found = sorted(file.parent for file in reports.glob("*/values.csv"))
    rows = sorted(row for folder in found for row in values_of(folders[folder.name], folder))
    with FILE.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream, lineterminator="\n").writerows([COLUMNS, *rows])


if __name__ == "__main__":
    freeze(Path(sys.argv[1]))
